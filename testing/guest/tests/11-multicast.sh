#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Multicast (GM-018): the group SA protects it, the core replicates on the
# preserved source and group, the receiving gateway's reverse path check sees
# the packets come from the WAN.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../members.sh"

build_network 3
network_ready
add_multicast
group_up "$ACL_LANS_AND_MULTICAST"

capture wire1 r1 gm
for family in 4 6
do
	any=0.0.0.0 group=$GROUP4
	[ "$family" = 6 ] && any=:: group=$GROUP6
	for source in 1 3
	do
		for i in 1 2 3
		do
			[ "$i" = "$source" ] || receive "m$family-$source-$i" "$i" \
				"$any" 5000 -g "$group" -I eth0 -n 20 -w 10
		done
		transmit "$source" "$group" 5000 -I eth0 -n 20 -r 100 -t 32 > /dev/null
		for i in 1 2 3
		do
			[ "$i" = "$source" ] && continue
			line=$(received "m$family-$source-$i")
			name="GM-018 IPv$family from host $source to host $i"
			is "$name, all" "$(field distinct "$line")" -eq 20
			is "$name, none twice" "$(field received "$line")" -eq 20
			is "$name, source" "$(field src "$line")" = "$(host$family $source)"
			is "$name, hops" "$(field ttl "$line")" -eq 30
		done
	done
done
wait_for 5 captured_ge 80 wire1 "ip proto 50 or ip6 proto 50"
capture_stop wire1
is "GM-018 IPv4 (S,G) outside" "$(captured wire1 \
	"ip proto 50 and src 10.0.1.2 and dst $GROUP4 and ip[8] == 31")" -eq 20
is "GM-018 IPv6 (S,G) outside" "$(captured wire1 \
	"ip6 proto 50 and src fd00:1::2 and dst $GROUP6 and ip6[7] == 31")" -eq 20
is "GM-018 IPv4 Ethernet destination is the group's" "$(captured wire1 \
	"ether dst 01:00:5e:01:01:01 and ip proto 50 and src 10.0.1.2")" -eq 20
is "GM-018 IPv6 Ethernet destination is the group's" "$(captured wire1 \
	"ether dst 33:33:00:01:00:01 and ip6 proto 50 and src fd00:1::2")" -eq 20
is "no multicast in clear" "$(captured wire1 "udp port 5000")" -eq 0
for i in 1 2 3
do
	is "no XFRM error at member $i: $(xfrm_error_list "g$i")" \
		"$(xfrm_errors "g$i")" -eq 0
done

finish
