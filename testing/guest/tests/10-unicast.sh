#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Any-to-any unicast under one group SA with the addresses preserved (GM-017),
# hop limit and DSCP kept, IPv4 and IPv6, strict rp_filter everywhere.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../members.sh"

build_network 3
network_ready
group_up "$ACL_LANS"

for i in 1 2 3
do
	capture "wire$i" "r$i" gm
done
for family in 4 6
do
	for from in 1 2 3
	do
		for to in 1 2 3
		do
			[ "$from" = "$to" ] && continue
			check "GM-017 IPv$family host $from to host $to" \
				pings "$from" "$to" "$family"
		done
	done
done

for family in 4 6
do
	any=0.0.0.0
	[ "$family" = 6 ] && any=::
	receive "fields$family" 2 "$any" 5000 -n 20
	transmit 1 "$(host$family 2)" 5000 -n 20 -r 100 -t 40 -q 0xb8 >/dev/null
	line=$(received "fields$family")
	is "GM-017 IPv$family all arrive" "$(field distinct "$line")" -eq 20
	is "GM-017 IPv$family source is the host" "$(field src "$line")" \
		= "$(host$family 1)"
	is "IPv$family hop limit counts the two gateways" \
		"$(field ttl "$line")" -eq 38
	is "IPv$family DSCP arrives" "$(field tos "$line")" -eq 184
done

# each ping is a request and a reply, three times, in two directions and families
for i in 1 2 3
do
	wait_for 5 captured_ge 48 "wire$i" "ip proto 50 or ip6 proto 50"
	capture_stop "wire$i"
	is "GM-017 member $i's wire carries ESP" \
		"$(captured "wire$i" "ip proto 50 or ip6 proto 50")" -ge 48
	is "GM-017 member $i's wire carries only preserved addresses" \
		"$(captured "wire$i" "(ip proto 50 or ip6 proto 50) and not
			(src net 10.0.0.0/16 and dst net 10.0.0.0/16) and not
			(src net fd00::/16 and dst net fd00::/16)")" -eq 0
	is "member $i's wire carries nothing in clear" \
		"$(captured "wire$i" "(net 10.0.0.0/16 or net fd00::/16) and
			not (ip proto 50 or ip6 proto 50)")" -eq 0
	is "no XFRM error at member $i: $(xfrm_error_list "g$i")" \
		"$(xfrm_errors "g$i")" -eq 0
done
is "GM-017 pair of addresses 1-3" "$(captured wire1 \
	"ip proto 50 and src 10.0.1.2 and dst 10.0.3.2")" -eq 6
is "outer IPv4 TTL follows the inner one" "$(captured wire1 \
	"ip proto 50 and src 10.0.1.2 and dst 10.0.2.2 and ip[8] == 39")" -eq 20
is "outer IPv4 DSCP follows the inner one" "$(captured wire1 \
	"ip proto 50 and ip[1] == 0xb8")" -eq 20
is "outer IPv6 hop limit follows the inner one" "$(captured wire1 \
	"ip6 proto 50 and src fd00:1::2 and ip6[7] == 39")" -eq 20
is "outer IPv6 class follows the inner one" "$(captured wire1 \
	"ip6 proto 50 and (ip6[0:2] & 0x0ff0) == 0x0b80")" -eq 20

finish
