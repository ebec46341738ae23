#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# IP-D3P in data packets: what is on the wire (a TEK without encryption shows
# it), and which times are accepted.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../members.sh"

FRESH="d3p allowed=5000 window=10000"
build_network 2
network_ready
group_up "$ACL_LANS" null

capture wire r1 gm "ip proto 50 or ip6 proto 50"
for family in 4 6
do
	check "D3P-008 IPv$family packets with a header pass" pings 1 2 "$family"
done
wait_for 5 captured_ge 12 wire
capture_stop wire
now=$(($(date +%s%3N) / 100000))

# octets NAME FILTER OFFSET LENGTH: of the first packet that matches, from its
# IP header on, in hexadecimal
octets()
{
	show "$1" -c 1 -x "$2" | sed -n 's/^\t0x[0-9a-f]*: *//p' | tr -d ' \n' |
		cut -c $(($3 * 2 + 1))-$((($3 + $4) * 2))
}

# IP header, ESP header of 8 octets, then the freshness header
for family in 4 6
do
	outer=20 next=04 inner=45 filter="ip proto 50 and src $(host4 1)"
	[ "$family" = 6 ] &&
		outer=40 next=29 inner=60 filter="ip6 proto 50 and src $(host6 1)"
	name="d3p.md 3, IPv$family"
	is "$name: next header, type 3, reserved" \
		"$(octets wire "$filter" $((outer + 8)) 4)" = "${next}030000"
	stamp=$((16#$(octets wire "$filter" $((outer + 12)) 8)))
	is "$name: milliseconds since 1970" $((stamp / 100000)) -ge $((now - 1))
	is "$name: and not of the future" $((stamp / 100000)) -le "$now"
	is "$name: the packet inside follows" \
		"$(octets wire "$filter" $((outer + 20)) 1)" = "$inner"
done
# with the ICV behind it: padding, its length, next header
is "d3p.md 4: IPv4 the header follows ESP, by next header 253" \
	"$(octets wire "ip proto 50 and src $(host4 1)" \
	$((20 + 8 + 12 + 84 + 2)) 2)" = 02fd
is "d3p.md 4: IPv6 the header follows ESP, by next header 253" \
	"$(octets wire "ip6 proto 50 and src $(host6 1)" \
	$((40 + 8 + 12 + 104 + 2)) 2)" = 02fd
is "D3P-015 packets are counted, sent" "$(member_fresh_stat 1 out)" -eq 6
is "D3P-015 packets are counted, received" "$(member_fresh_stat 1 in)" -eq 6
is "none was refused" "$(member_fresh_stat 1 in-errors)" -eq 0

# by: member 1's clock is so much ahead, in milliseconds; then what becomes of
# packets at member 2, with bounds half a second away from the edge
echo_one()
{
	in_ns h1 ping -n -q -c 1 -W 2 "$("host$1" 2)" > /dev/null 2>&1
}
for family in 4 6
do
	for by in 4500 -4500
	do
		must 1 skew "$by"
		# what comes back is as far away the other way round
		check "D3P-008 IPv$family a clock $by ms ahead is inside" \
			echo_one "$family"
	done
	for by in 5500:early -5500:late 86400000:early -86400000:late
	do
		must 1 skew "${by%:*}"
		before=$(member_fresh_stat 2 "${by#*:}")
		check "D3P-008 IPv$family a clock ${by%:*} ms ahead is outside" \
			not echo_one "$family"
		is "D3P-008 IPv$family that counts as ${by#*:}" \
			$(($(member_fresh_stat 2 "${by#*:}") - before)) -ge 1
	done
done
must 1 skew 0
check "D3P-008 in time again" pings 1 2 4
delta=$(member_fresh_stat 2 max-delta)
is "largest difference that was accepted" "${delta#-}" -ge 4400
is "largest difference that was accepted, at most" "${delta#-}" -le 5000
is "SHOW-108 the history has them" "$(dp 2 history | grep -c 10.0.1.2)" -ge 1

# D3P-014: 100 bad packets at once, 10 lines
must 2 fresh-reset
must 1 skew 3600000
receive none 2 0.0.0.0 5000 -n 1 -w 3
transmit 1 "$(host4 2)" 5000 -n 100 -r 200 > /dev/null
wait_for 5 member_fresh_stat_is 2 early 100
is "D3P-014 100 bad packets are counted" "$(member_fresh_stat 2 early)" -eq 100
is "D3P-014 none of them is received" "$(field received "$(received none)")" \
	-eq 0
is "D3P-014 at most 10 of them are in the history" \
	"$(dp 2 history | wc -l)" -le 10
must 1 skew 0

# GM-020: what fits is known, and told, in spite of the header
for family in 4 6
do
	# blocks of 4 octets, two of which are the trailer's
	head=28 fits=$(((1500 - 20 - 8 - 16) / 4 * 4 - 2 - 12))
	[ "$family" = 6 ] &&
		head=48 fits=$(((1500 - 40 - 8 - 16) / 4 * 4 - 2 - 12))
	df()
	{
		in_ns h1 ip route flush cache
		in_ns h1 ip -6 route flush cache
		in_ns h1 ping -n -q -c 1 -W 2 -M "do" -s $(($1 - head)) \
			"$("host$family" 2)" > /dev/null 2>&1
	}
	check "GM-020 IPv$family $fits octets pass with DF" df "$fits"
	check "GM-020 IPv$family one octet more does not" not df $((fits + 1))
	is "GM-020 IPv$family the host is told what does" "$(in_ns h1 ip route get \
		"$("host$family" 2)" | grep -o 'mtu [0-9]*')" = "mtu $fits"
	in_ns h1 ip route flush cache
	in_ns h1 ip -6 route flush cache
done

# the layout of drafts -01 to -03
for i in 1 2
do
	member_fresh "$i" d3p type=1 allowed=5000
done
capture posix r1 gm "ip proto 50 or ip6 proto 50"
for family in 4 6
do
	check "type 1, IPv$family" pings 1 2 "$family"
done
wait_for 5 captured_ge 12 posix
capture_stop posix
is "d3p.md 1: type 1, length 12" \
	"$(octets posix "ip proto 50 and src $(host4 1)" 28 4)" = 0401000c
seconds=$((16#$(octets posix "ip proto 50 and src $(host4 1)" 32 4)))
is "d3p.md 1: type 1, seconds" $((seconds / 100)) -ge $((now - 1))
is "d3p.md 1: type 1, microseconds" \
	$((16#$(octets posix "ip proto 50 and src $(host4 1)" 36 4))) -lt 1000000

# sides that disagree: never guessed from the packet
member_fresh 2 d3p type=3 allowed=5000
must 2 fresh-reset
check "d3p.md 3: another layout is refused" not echo_one 4
is "d3p.md 3: and counted" "$(member_fresh_stat 2 malformed)" -ge 1
member_fresh 2 d3p type=1 allowed=5000 protocol=200
check "another protocol is refused" not echo_one 6
is "and counted as no header" "$(member_fresh_stat 2 missing)" -ge 1
for i in 1 2
do
	member_fresh "$i" d3p allowed=5000 protocol=200
done
check "with the same protocol on both sides" pings 1 2 6
for i in 1 2
do
	is "no XFRM error at member $i: $(xfrm_error_list "g$i")" \
		"$(xfrm_errors "g$i")" -eq 0
done

finish
