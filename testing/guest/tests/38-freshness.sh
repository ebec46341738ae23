#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The key server turns freshness of packets on and off while there is traffic
# between three members. No packet is lost, and none refused (D3P-004, D3P-006,
# D3P-015, REKEY-223, REKEY-242, TBAR-003). METHOD is d3p, or time for TBAR.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../charon.sh"
. "$(dirname "$0")/../rekey.sh"
. "$(dirname "$0")/../policy.sh"
. "$(dirname "$0")/../fresh.sh"

METHOD=${METHOD:-d3p}
STREAM_RATE=${GUEST_STREAM_RATE:-180} STREAM_MIN=${GUEST_STREAM_MIN:-700}

# counts_note: the packets with headers so far
counts_note()
{
	local i

	for ((i = 1; i <= members; i++))
	do
		in[i]=$(count "$i" input-packets)
		out[i]=$(count "$i" output-packets)
	done
}

# counts_rise NAME: all members send and receive packets with headers
counts_rise()
{
	local i

	counts_note
	for ((i = 1; i <= members; i++))
	do
		check "$1: member $i sends headers" \
			wait_for 10 replay_ge "$i" output-packets $((out[i] + 200))
		check "$1: member $i receives them" \
			wait_for 10 replay_ge "$i" input-packets $((in[i] + 200))
	done
}

# counts_stay NAME: packets pass without headers
counts_stay()
{
	local i

	counts_note
	is "$1: 100 packets of the stream are ESP" "$(esp_of_stream)" -eq 100
	for ((i = 1; i <= members; i++))
	do
		is "$1: member $i sends no headers" \
			"$(count "$i" output-packets)" -eq "${out[i]}"
		is "$1: member $i receives none" \
			"$(count "$i" input-packets)" -eq "${in[i]}"
	done
}

# told_d3p N: what member N shows
told_d3p()
{
	is "D3P-005 member $1: window in milliseconds" \
		"$(replay "$1" window-ms)" = 10000
	is "D3P-005 member $1: time in milliseconds" \
		"$(replay "$1" d3p-type)" = posix-time-msec
}

told_time()
{
	is "TBAR-003 member $1: window" "$(replay "$1" window-ms)" = 10000
	is "TBAR-003 member $1: the server's clock" "$(replay "$1" epoch)" = \
		"$(ctl ks replay getvpn --json | value epoch)"
}

case $METHOD in
	d3p)
		on="D3P-004 on" off="REKEY-242 off" all="D3P-006 on and off"
		lines='d3p_window = 10s'
		;;
	time)
		on="REKEY-223 on" off="REKEY-242 off" all="REKEY-223 on and off"
		lines='replay = time
					replay_window = 10s'
		;;
esac

rekey_group_up
for i in 1 2 3
do
	registered[i]=$(registrations "g$i")
done
drops_note
streams_start
begin=$SECONDS
change_all "$on" "$lines" "$METHOD" tunnel
counts_rise "D3P-015 $METHOD"
for i in 1 2 3
do
	"told_$METHOD" "$i"
done
change_all "$off" '' none beet
counts_stay "$off"
seconds=$((SECONDS - begin))
streams_stop "$all"
drops_same "$all"
refused_none "$all"
echo "       both changes in $seconds s"
for i in 1 2 3
do
	is "member $i never had to register again" \
		"$(registrations "g$i")" = "${registered[i]}"
done
finish
