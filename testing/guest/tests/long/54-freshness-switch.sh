#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Headers come and go under traffic: a group without them, with IP-D3P, without,
# with TBAR, without. No packet is lost (REKEY-242), as receivers take both kinds
# by the SPI, and senders change over one after the other.

. "$(dirname "$0")/../../lib.sh"
. "$(dirname "$0")/../../members.sh"

FRESH=
build_network 2
network_ready
group_up "$ACL_LANS"

RATE=${GUEST_STREAM_RATE:-500}
receive to2-4 2 0.0.0.0 5000 -n 1000000 -w 350 -i 6000
receive to1-6 1 :: 5000 -n 1000000 -w 350 -i 6000
capture wire r1 gm "ip proto 50 or ip6 proto 50"
start h1 from1-4 "$TOOLS/traffic" send -w 300 -n 1000000 -r "$RATE" \
	"$(host4 2)" 5000
sender4=$started
start h2 from2-6 "$TOOLS/traffic" send -w 300 -n 1000000 -r "$RATE" \
	"$(host6 1)" 5000
sender6=$started

# sees N SPI: ends when that member has sent 100 packets so
sees()
{
	local filter="src $(host4 1) and ip proto 50 and ip[20:4] == $2"

	[ "$1" = 2 ] &&
		filter="src $(host6 2) and ip6 proto 50 and ip6[40:4] == $2"
	in_ns r1 timeout 60 tcpdump -Z root -n -i gm -c 100 "$filter" \
		> /dev/null 2>&1 || fail "member $1 sends with $2"
}

old=$SPI1 spi=100
for next in "d3p allowed=10000" "" "tbar allowed=10000 header=16" ""
do
	spi=$((spi + 1))
	new=0x640001$(printf %02x "$spi")
	FRESH=$next
	for i in 1 2
	do
		member_sa "$i" "$new" cbc
	done
	for i in 1 2
	do
		member_turn "$i" "$new" "$([ -n "$next" ] && echo yes || echo no)"
		sees "$i" "$new"
	done
	for i in 1 2
	do
		member_sa_del "$i" "$old"
	done
	old=$new
done
stop "$sender4"
stop "$sender6"
for stream in 1-4:2-4 2-6:1-6
do
	sent=$(field sent "$(cat "$RESULTS/from${stream%:*}")")
	is "REKEY-242 a stream while headers come and go" "${sent:-0}" -ge 1000
	is "REKEY-242 no packet is lost" "$(field distinct \
		"$(received "to${stream#*:}")")" -eq "${sent:-0}"
done
capture_stop wire
is "packets had headers, sent" "$(member_fresh_stat 1 out)" -ge 200
is "packets had headers, received" "$(member_fresh_stat 1 in)" -ge 200
for i in 1 2
do
	is "none was refused" "$(member_fresh_stat "$i" in-errors)" -eq 0
	is "no XFRM error at member $i: $(xfrm_error_list "g$i")" \
		"$(xfrm_errors "g$i")" -eq 0
done

finish
