#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Time based anti-replay in data packets: TBAR-005, TBAR-006, TBAR-009,
# TBAR-014.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../members.sh"

FRESH="tbar allowed=10000 window=10000 epoch=5 tick=1000"
build_network 3
network_ready
add_multicast
group_up "$ACL_LANS_AND_MULTICAST" null

# octets NAME FILTER OFFSET LENGTH: of the first packet that matches, from its
# IP header on, in hexadecimal
octets()
{
	show "$1" -c 1 -x "$2" | sed -n 's/^\t0x[0-9a-f]*: *//p' | tr -d ' \n' |
		cut -c $(($3 * 2 + 1))-$((($3 + $4) * 2))
}

ping_one()
{
	in_ns h1 ping -n -q -c 1 -W 2 "$("host$1" 2)" > /dev/null 2>&1
}

for length in 12 16
do
	member_fresh 1 "$FRESH header=$length"
	capture "wire$length" r1 gm "ip proto 50 or ip6 proto 50"
	for family in 4 6
	do
		check "TBAR-009 IPv$family packets with $length octets pass" \
			pings 1 2 "$family"
	done
	wait_for 5 captured_ge 12 "wire$length"
	capture_stop "wire$length"
	for family in 4 6
	do
		outer=20 next=04 inner=45 filter="ip proto 50 and src $(host4 1)"
		[ "$family" = 6 ] &&
			outer=40 next=29 inner=60 filter="ip6 proto 50 and src $(host6 1)"
		name="TBAR-014 IPv$family, $length octets"
		is "$name: next header, version, length, flags" \
			"$(octets "wire$length" "$filter" $((outer + 8)) 4)" \
			= "${next}01$(printf %02x "$length")00"
		is "$name: epoch" "$(octets "wire$length" "$filter" \
			$((outer + 12)) 4)" = 00000005
		# ticks of a second since the machine started
		ticks=$((16#$(octets "wire$length" "$filter" $((outer + 16)) 4)))
		uptime=$(cut -d. -f1 /proc/uptime)
		is "$name: ticks" "$ticks" -le "$uptime"
		is "$name: of now" "$ticks" -ge $((uptime - 30))
		[ "$length" = 12 ] || is "$name: zeroes" "$(octets "wire$length" \
			"$filter" $((outer + 20)) 4)" = 00000000
		is "$name: the packet inside follows" "$(octets "wire$length" \
			"$filter" $((outer + 8 + length)) 1)" = "$inner"
	done
done
is "TBAR-014: the header follows ESP, by next header 254" \
	"$(octets wire12 "ip proto 50 and src $(host4 1)" \
	$((20 + 8 + 12 + 84 + 2)) 2)" = 02fe
is "none was refused" "$(member_fresh_stat 2 in-errors)" -eq 0

# member 1's pseudotime is so many ticks ahead
for family in 4 6
do
	member_fresh 1 "$FRESH ticks=9"
	check "TBAR-006 IPv$family 9 s ahead of a window of 10 s" ping_one "$family"
	member_fresh 1 "$FRESH ticks=12"
	before=$(member_fresh_stat 2 early)
	check "TBAR-006 IPv$family 12 s ahead are too much" not ping_one "$family"
	is "TBAR-008 IPv$family counted as early" \
		$(($(member_fresh_stat 2 early) - before)) -eq 1
	member_fresh 1
	member_fresh 2 "$FRESH ticks=12"
	before=$(member_fresh_stat 2 late)
	check "TBAR-006 IPv$family 12 s behind are too much" not ping_one "$family"
	is "TBAR-008 IPv$family counted as late" \
		$(($(member_fresh_stat 2 late) - before)) -eq 1
	member_fresh 2 "$FRESH ticks=9"
	check "TBAR-006 IPv$family 9 s behind of a window of 10 s" \
		ping_one "$family"
	member_fresh 2
	member_fresh 1 "${FRESH/epoch=5/epoch=4}"
	before=$(member_fresh_stat 2 epoch)
	check "TBAR-014 IPv$family another epoch" not ping_one "$family"
	is "TBAR-008 IPv$family counted as that" \
		$(($(member_fresh_stat 2 epoch) - before)) -eq 1
	member_fresh 1
done
is "TBAR-008 both pseudotimes are in the history" \
	"$(dp 2 history | grep -c "mine=.*theirs=.*window=10")" -ge 4

# long ticks: all packets of one have the same stamp, and pass
for i in 1 2 3
do
	member_fresh "$i" "${FRESH/tick=1000/tick=5000}"
done
check "TBAR-005 ticks of 5 s" pings 1 2 4

# multicast, to all
for family in 4 6
do
	any=0.0.0.0 group=$GROUP4
	[ "$family" = 6 ] && any=:: group=$GROUP6
	for i in 2 3
	do
		receive "m$family-$i" "$i" "$any" 5000 -g "$group" -I eth0 -n 20 -w 10
	done
	transmit 1 "$group" 5000 -I eth0 -n 20 -r 100 -t 32 > /dev/null
	for i in 2 3
	do
		is "TBAR-006 IPv$family multicast to host $i, all" \
			"$(field distinct "$(received "m$family-$i")")" -eq 20
	done
done

# ESP's sequence numbers are not looked at: the same packet again, in time
receive again 2 0.0.0.0 5000 -n 100 -w 20 -i 1500
start_ready r2 again.inject listening "$TOOLS/inject" replay gm 5
transmit 1 "$(host4 2)" 5000 -n 1 > /dev/null
is "TBAR-006, TBAR-015 a replay inside the window passes" \
	"$(field received "$(received again)")" -eq 6
# and outside
receive late 2 0.0.0.0 5000 -n 100 -w 5 -i 1500
start_ready r2 late.inject listening "$TOOLS/inject" replay gm 5
must 2 fresh-reset
member_fresh 1 "tbar allowed=1000 epoch=5 tick=5000"
member_fresh 2 "tbar allowed=1000 epoch=5 tick=5000 ticks=3"
transmit 1 "$(host4 2)" 5000 -n 1 > /dev/null
wait_for 5 member_fresh_stat_is 2 late 6
is "TBAR-006 a packet outside the window and its replays are refused" \
	"$(member_fresh_stat 2 late)" -eq 6
is "TBAR-006 none is delivered" "$(field received "$(received late)")" -eq 0
for i in 1 2 3
do
	is "no XFRM error at member $i: $(xfrm_error_list "g$i")" \
		"$(xfrm_errors "g$i")" -eq 0
done

finish
