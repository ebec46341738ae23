#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Packets that come again, or late, between two members: with counters, with
# IP-D3P and with TBAR. A change between the last two replaces all keys
# (D3P-008, D3P-011, D3P-014, D3P-015, REKEY-105, TBAR-004, TBAR-006, SHOW-004).

. "$(dirname "$0")/../../lib.sh"
. "$(dirname "$0")/../../charon.sh"
. "$(dirname "$0")/../../rekey.sh"
. "$(dirname "$0")/../../policy.sh"
. "$(dirname "$0")/../../fresh.sh"

# no rekey but those that are asked for
TEK=12h
SERVER_LINES='replay = counter
					replay_window = 64'

# record NAME FAMILY: 5 packets from host 1 to 2, as they come to member 2
record()
{
	local proto="ip proto 50"

	[ "$2" = 4 ] || proto="ip6 proto 50"
	capture "$1" r2 gm "$proto and src host $(host"$2" 1)"
	check "$1: packets pass" pings 1 2 "$2" -c 5
	check "$1: they are recorded" wait_for 10 captured_ge 5 "$1"
	capture_stop "$1"
	is "$1: five of them" "$(captured "$1")" -eq 5
	recorded=$SECONDS
}

# again NAME COUNT: each of them comes again so many times
again()
{
	is "$1: they are sent again" "$(in_ns r2 "$TOOLS/inject" again gm \
		"$RESULTS/$1.pcap" "$2")" = "sent=$((5 * $2))"
}

# outdated SECONDS: when what was recorded is older than that
outdated()
{
	[ $((SECONDS - recorded)) -gt "$1" ]
}

xfrm_count()
{
	in_ns "$1" awk -v "name=$2" '$1 == name { print $2 }' /proc/net/xfrm_stat
}

xfrm_count_is()
{
	[ "$(xfrm_count "$1" "$2")" = "$3" ]
}

# delay MILLISECONDS: on the way to member 2; 0 for none
delay()
{
	in_ns r2 tc qdisc del dev gm root 2> /dev/null
	[ "$1" = 0 ] ||
		in_ns r2 tc qdisc add dev gm root netem delay "$1ms" limit 10000
}

# history KEY VALUE: how many lines of it say so
history()
{
	ctl g2 replay getvpn --history --json | tr -d '\n' | tr '{' '\n' |
		grep '"kind": *"error"' | grep -c "\"$1\": *\"*$2\>"
}

# transfer FAMILY: 1 MB by TCP, prints kbit/s
transfer()
{
	start_ready h2 "iperf-$1" listening iperf3 -s -1 --forceflush
	in_ns h1 timeout 60 iperf3 -c "$("host$1" 2)" -n 1M -f k |
		tee "$RESULTS/client-$1" | awk '/receiver/ { print int($(NF - 2)) }'
}

# replaced NAME LINES METHOD: such a change under traffic; tells what is lost
replaced()
{
	local known i

	known=$(spis g1)
	streams_start
	change "$@"
	for i in 1 2
	do
		is "$1: member $i has none of the keys of before" \
			"$(spis "g$i" | grep -cxF "$known")" -eq 0
		check "$1: packets of member $i pass" \
			wait_for 20 pings "$i" $((3 - i)) 4
	done
	streams_stop ''
	is "$1: the streams go on" "$stream_sum" -gt $((2 * stream_loss))
	echo "       $1: $stream_loss of $stream_sum packets lost"
}

rekey_group_up 2
for i in 1 2
do
	check "REKEY-105 member $i: counters" replay_is "$i" method counter
	is "REKEY-105 member $i: window" "$(replay "$i" window-packets)" = 64
done
for family in 4 6
do
	before=$(xfrm_count g2 XfrmInStateSeqError)
	record "counter-$family" "$family"
	again "counter-$family" 4
	check "REKEY-105 IPv$family: what comes again is dropped and counted" \
		wait_for 10 xfrm_count_is g2 XfrmInStateSeqError $((before + 20))
	check "REKEY-105 IPv$family: new packets pass" pings 1 2 "$family"
done

# keys that count packets may live to their end, so this is not such a change
streams_start
change "IP-D3P after counters" 'd3p_window = 10s' d3p
check "all keys are replaced" ctl ks rekey getvpn --replace
check "all that is left has headers" wait_for 30 none_is tunnel
for i in 1 2
do
	check "packets of member $i have headers" \
		wait_for 10 replay_ge "$i" output-packets 20
done
streams_stop ''
echo "       $stream_loss of $stream_sum packets lost"
is "nothing was refused" "$(count 2 input-errors)" -eq 0
for family in 4 6
do
	before=$(count 2 input-packets)
	record "d3p-$family" "$family"
	again "d3p-$family" 4
	check "D3P-008 IPv$family: within the window they pass again" \
		wait_for 10 replay_ge 2 input-packets $((before + 25))
	is "D3P-008 IPv$family: and none is an error" \
		"$(count 2 input-errors)" -eq 0
done
check "D3P-008 the window ends" wait_for 30 outdated 6
again d3p-4 20
check "D3P-008 later they are refused" wait_for 10 replay_is 2 errors-late 100
is "D3P-014 100 packets, ten lines" "$(history kind error)" -eq 10
is "SHOW-004 with the reason" "$(history reason late)" -eq 10
is "SHOW-004 with their source" "$(history source "$(host4 1)")" -eq 10
is "SHOW-004 with the window" "$(history window 5.00)" -eq 10
ctl g2 replay getvpn --history | tee "$RESULTS/history"
check "SHOW-004 as text" grep -qF \
	"IP-D3P Error History (sampled at 10pak/min):" "$RESULTS/history"
is "SHOW-004 line by line" "$(grep -c my_time= "$RESULTS/history")" -eq 10
again d3p-6 2
check "D3P-008 IPv6 as well" wait_for 10 replay_is 2 errors-late 110
is "D3P-015 no other error" "$(count 2 input-errors)" -eq 110
check "new packets pass" pings 1 2 4
check "counters are reset" ctl g2 reset-counters getvpn
is "no error any more" "$(count 2 input-errors)" -eq 0
is "and no history" "$(history kind error)" -eq 0

delay 1500
check "D3P-008 packets that are 1.5 s late pass" pings 1 2 4 -W 10
check "D3P-008 IPv6 as well" pings 1 2 6 -W 10
is "and are no errors" "$(count 2 input-errors)" -eq 0
is "the delay is known" "$(count 2 max-delta-ms)" -ge 1400
delay 7000
check "D3P-008 those that are 7 s late don't" not pings 1 2 4 -W 10
check "D3P-008 they are counted" wait_for 15 replay_is 2 errors-late 3
delay 0
check "packets pass when there is no delay any more" pings 1 2 4

for family in 4 6
do
	kbits=$(transfer "$family")
	is "TCP in large packets, IPv$family (${kbits:-0} kbit/s)" \
		"${kbits:-0}" -gt 500
done
is "TCP: nothing refused" "$(count 2 input-errors)" -eq 3
for i in 1 2
do
	is "TCP: member $i could send all" "$(count "$i" output-errors)" -eq 0
done

replaced "D3P-011 to TBAR" 'replay = time
					replay_window = 10s
					replay_sync = 10s' time
known=$(spis g2)
seen=$(logged g2 GM_RECV_REKEY)
errors=$(count 2 input-errors)
check "TBAR-004 rekeys come for the pseudotime alone" \
	wait_logged 60 $((seen + 2)) g2 GM_RECV_REKEY
is "TBAR-004 with the keys of before" "$(spis g2)" = "$known"
is "TBAR-004 the time was right" "$(replay 2 sync-errors)" -eq 0
record tbar-4 4
again tbar-4 2
is "TBAR-006 within the window they pass again" \
	"$(count 2 input-errors)" -eq "$errors"
check "TBAR-006 the window ends" wait_for 40 outdated 12
again tbar-4 20
check "TBAR-006 later they are refused" \
	wait_for 10 replay_is 2 input-errors $((errors + 100))
check "new packets pass" pings 1 2 4

replaced "D3P-011 back to IP-D3P" 'd3p_window = 10s' d3p
finish
