#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A member whose LAN and WAN are in a VRF, with the distribution's charon
# (GM-016): registration and rekeys find their way by a route to the key server
# in the main table and net.ipv4.udp_l3mdev_accept, traffic is the VRF's.

. "$(dirname "$0")/../../lib.sh"
. "$(dirname "$0")/../../charon.sh"
. "$(dirname "$0")/../../rekey.sh"

modprobe vrf 2>/dev/null
TEK=3600s MEMBER_LINES=''
rekey_network 2
ip -n g1 link add red type vrf table 100
ip -n g1 link set red up
ip -n g1 link set wan master red
ip -n g1 link set lan master red
ip -n g1 addr replace fd01:1::2/64 dev wan nodad
ip -n g1 addr replace fd00:1::1/64 dev lan nodad
ip -n g1 route replace default via 172.16.1.1 dev wan table 100
ip -n g1 -6 route replace default via fd01:1::1 dev wan table 100
check "GM-016: the VRF carries packets" wait_for 20 pings 1 2 4

# what the manual page tells to do
ip -n g1 route add 172.16.100.2/32 via 172.16.1.1 dev wan
in_ns g1 sysctl -q net.ipv4.udp_l3mdev_accept=1

# whether member N has received a rekey
has_rekey()
{
	grep -q GM_RECV_REKEY "$RESULTS/g$1.charon.log"
}

start_charon ks
for i in 1 2
do
	member_conf | prepare_charon "g$i"
	start_charon "g$i"
done
for i in 1 2
do
	check "GM-016: member $i registers" wait_for 180 is_registered "g$i"
done
capture wire r1 gm "net 10.0.0.0/16 or net fd00::/16"
for family in 4 6
do
	check "GM-016: IPv$family" wait_for 10 pings 1 2 "$family"
done
wait_for 5 captured_ge 12 wire
capture_stop wire
is "GM-016: nothing in clear" "$(captured wire \
	"not (ip proto 50 or ip6 proto 50)")" -eq 0

check "GM-016: the key server sends a rekey" ctl ks rekey getvpn --replace
for i in 1 2
do
	check "GM-016: member $i gets the rekey" wait_for 60 has_rekey "$i"
done
for family in 4 6
do
	check "GM-016: IPv$family with the new key" wait_for 10 pings 1 2 "$family"
done
for i in 1 2
do
	is "GM-016: no XFRM error at member $i: $(xfrm_error_list "g$i")" \
		"$(xfrm_errors "g$i")" -eq 0
	kill_charon "g$i"
done
is "GM-016: nothing is left in the VRF" "$(in_ns g1 sh -c \
	'ip addr show dev red; tc filter show dev red ingress' |
	grep -c '192.0.2\|2001:db8\|bpf')" = 0
finish
