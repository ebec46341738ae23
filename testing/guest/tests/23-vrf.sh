#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# VRF-lite (GM-016): gateways whose LAN and WAN are in a VRF, one of them with a
# VLAN as WAN, and with the VRF's table asked before the local one. What arrives
# encrypted is checked as elsewhere, multicast comes from the WAN, sizes that
# fit are told. The interface may go into the VRF, and out of it, with the
# crypto map on it.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../members.sh"

modprobe -a vrf 8021q 2>/dev/null
build_network 2
network_ready

# default routes of gateway N in a table
default_routes()
{
	ip -n "g$1" route replace default via "172.16.$1.1" dev wan table "$2"
	ip -n "g$1" -6 route replace default via "fd01:$1::1" dev wan table "$2"
}

# enter N: LAN and WAN of gateway N go into a VRF
enter()
{
	ip -n "g$1" link set wan master red
	ip -n "g$1" link set lan master red
	ip -n "g$1" addr replace "fd01:$1::2/64" dev wan nodad
	ip -n "g$1" addr replace "fd00:$1::1/64" dev lan nodad
	default_routes "$1" 100
}

# leave N: and out again
leave()
{
	ip -n "g$1" link set wan nomaster
	ip -n "g$1" link set lan nomaster
	ip -n "g$1" addr replace "fd01:$1::2/64" dev wan nodad
	ip -n "g$1" addr replace "fd00:$1::1/64" dev lan nodad
	default_routes "$1" main
}

for i in 1 2
do
	ip -n "g$i" link add red type vrf table 100
	ip -n "g$i" link set red up
done
# the order of tables that VRFs are recommended with
for family in -4 -6
do
	ip -n g1 "$family" rule add pref 32765 table local
	ip -n g1 "$family" rule del pref 0
done
# the WAN of the second one is a VLAN
ip -n g2 link set wan down
ip -n g2 addr flush dev wan
ip -n g2 link set wan name phys
ip -n g2 link set phys up
ip -n g2 link add link phys name wan type vlan id 7
ip -n g2 link set wan up
ip -n g2 addr add 172.16.2.2/24 dev wan
ip -n r2 addr flush dev gm
ip -n r2 link add link gm name gm7 type vlan id 7
ip -n r2 link set gm7 up
ip -n r2 addr add 172.16.2.1/24 dev gm7
ip -n r2 addr add fd01:2::1/64 dev gm7 nodad
ip -n r2 route replace 10.0.2.0/24 via 172.16.2.2
ip -n r2 route replace fd00:2::/64 via fd01:2::2

for i in 1 2
do
	enter "$i"
done
check "GM-016: the VRF carries IPv4" wait_for 20 pings 1 2 4
check "GM-016: the VRF carries IPv6" wait_for 20 pings 1 2 6

group_up "$ACL_LANS_AND_MULTICAST"

# decrypted N: packets that member N has checked after decryption
decrypted()
{
	member_stat "$1" decrypted
}

# talk NAME: both hosts talk, encrypted, and nothing passes unchecked
talk()
{
	local family before1 before2

	before1=$(decrypted 1)
	before2=$(decrypted 2)
	capture "$1" r1 gm
	for family in 4 6
	do
		check "$1: IPv$family" wait_for 20 pings 1 2 "$family"
	done
	wait_for 5 captured_ge 12 "$1" "ip proto 50 or ip6 proto 50"
	capture_stop "$1"
	is "$1: nothing in clear" "$(captured "$1" "icmp or (icmp6 and
		(ip6[40] == 128 or ip6[40] == 129))")" -eq 0
	is "$1: member 1 checked what it decrypted" \
		"$(($(decrypted 1) - before1))" -ge 6
	is "$1: and member 2" "$(($(decrypted 2) - before2))" -ge 6
	is "$1: no drops of XFRM: $(xfrm_error_list g1)$(xfrm_error_list g2)" \
		"$(($(xfrm_errors g1) + $(xfrm_errors g2)))" -eq 0
}

# clear packets of the group's hosts from the core don't get in (GM-055)
spoof()
{
	local before

	before=$(member_stat 2 "$STAT_CLEAR_DROPPED")
	ip -n r1 addr add 10.0.1.99/32 dev lo 2>/dev/null
	in_ns r1 ping -n -q -c 2 -i 0.2 -W 1 -I 10.0.1.99 10.0.2.2 > /dev/null
	is "$1: clear packets are dropped" \
		"$(($(member_stat 2 "$STAT_CLEAR_DROPPED") - before))" -eq 2
}

talk "GM-016 VRF"
spoof "GM-016 VRF"

export MROUTE_TABLE=100
for i in 1 2
do
	s=$((3 - i))
	start_ready "g$i" "mroute-g$i.log" ready "$TOOLS/mroute" \
		"wan 10.0.$s.2 $GROUP4 lan" "wan fd00:$s::2 $GROUP6 lan" \
		"lan 10.0.$i.2 $GROUP4 wan" "lan fd00:$i::2 $GROUP6 wan"
done
unset MROUTE_TABLE
start_ready r1 mroute-r1.log ready "$TOOLS/mroute" \
	"gm 10.0.1.2 $GROUP4 core" "gm fd00:1::2 $GROUP6 core"
start_ready core mroute-core.log ready "$TOOLS/mroute" \
	"r1 10.0.1.2 $GROUP4 r2" "r1 fd00:1::2 $GROUP6 r2"
start_ready r2 mroute-r2.log ready "$TOOLS/mroute" \
	"core 10.0.1.2 $GROUP4 gm7" "core fd00:1::2 $GROUP6 gm7"
for family in 4 6
do
	any=0.0.0.0 group=$GROUP4
	[ "$family" = 6 ] && any=:: group=$GROUP6
	receive "m$family" 2 "$any" 5000 -g "$group" -I eth0 -n 10 -w 10
	transmit 1 "$group" 5000 -I eth0 -n 10 -r 50 -t 32 > /dev/null
	is "GM-016, GM-018: multicast, IPv$family" \
		"$(field distinct "$(received "m$family")")" -eq 10
done

# a smaller link in the core: the host is told by way of the VRF (GM-020)
learned()
{
	in_ns h1 ip route get "$("host$1" 2)" | grep -q 'mtu 1[0-9]*'
}

# one round of DF packets that don't fit after encryption
learn()
{
	in_ns h1 ping -n -q -c 3 -i 0.2 -W 1 -M "do" -s 1360 "$("host$1" 2)" \
		> /dev/null
	learned "$1"
}

link_mtu 1 1380
for family in 4 6
do
	check "GM-016, GM-020: IPv$family learns the path's size" \
		wait_for 20 learn "$family"
done
link_mtu 1 1500

for i in 1 2
do
	leave "$i"
	must "$i" refresh
	is "GM-016: member $i left the VRF without a trace" "$(
		in_ns "g$i" ip addr show dev red | grep -c '192.0.2\|2001:db8'
		in_ns "g$i" tc filter show dev red ingress | wc -l)" = "0
0"
done
talk "out of the VRF"
for i in 1 2
do
	enter "$i"
	must "$i" refresh
done
talk "back in the VRF"
spoof "back in the VRF"

for i in 1 2
do
	member_down "$i"
	is "GM-016: member $i leaves no anchor" "$(in_ns "g$i" ip addr |
		grep -c '192.0.2\|2001:db8')" = 0
	is "GM-016: member $i leaves no program" "$(in_ns "g$i" tc filter show \
		dev red ingress | wc -l)" = 0
done
finish
