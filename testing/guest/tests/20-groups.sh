#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two groups on one gateway, each on an interface of its own: neither sees the
# other's traffic or keys, and one goes without the other noticing. The link
# may go down and up in between. A crypto map left by a dead process under
# another index is replaced by the next one on its interface.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../members.sh"

members=2
for i in 1 2
do
	add_ns "h$i" host
	add_ns "g$i" gateway
	add_link "g$i" lan "h$i" eth0 "10.0.$i" "fd00:$i"
	add_default "h$i" "10.0.$i" "fd00:$i"
	ip -n "h$i" addr add "10.1.$i.2/24" dev eth0
	ip -n "g$i" addr add "10.1.$i.1/24" dev lan
done
add_link g1 wan g2 wan 172.16.0 fd01:0
add_link g1 wan2 g2 wan2 172.16.1 fd01:1

# routes also go away with their link
add_routes()
{
	ip -n g1 route replace 10.0.2.0/24 via 172.16.0.2
	ip -n g2 route replace 10.0.1.0/24 via 172.16.0.1
	ip -n g1 route replace 10.1.2.0/24 via 172.16.1.2
	ip -n g2 route replace 10.1.1.0/24 via 172.16.1.1
}
add_routes

# dq GATEWAY GROUP COMMAND...: have the owner of a group's crypto map do it
dq()
{
	local i=$1 group=$2

	shift 2
	in_ns "g$i" timeout 90 "$DPCTL" "/run/dpctl.$i.$group" "$@"
}

# own GATEWAY GROUP INTERFACE INDEX: start an owner
own()
{
	start_ready "g$1" "dpctl-$1-$2.log" ready \
		"$DPCTL" run "/run/dpctl.$1.$2" "$3" "$4"
	owner[$1.$2]=$started
}

# talk NET: whether host 1 reaches host 2 with addresses 10.NET.x.2
talk()
{
	in_ns h1 ping -n -q -c 3 -i 0.2 -W 2 -I "10.$1.1.2" "10.$1.2.2"
}

check "groups: the network carries packets" wait_for 10 talk 1
for i in 1 2
do
	own "$i" 0 wan 0
	own "$i" 1 wan2 1
	for group in 0 1
	do
		dq "$i" "$group" acl "permit ip 10.$group.0.0/16 10.$group.0.0/16" ||
			fail "list of group $group"
		check "groups: gateway $i attaches group $group" \
			dq "$i" "$group" attach
		check "groups: gateway $i gets the key of group $group" \
			dq "$i" "$group" tek "6400000$group" cbc
	done
done

capture first g1 wan esp
capture second g1 wan2 esp
for group in 0 1
do
	check "groups: group $group talks" talk "$group"
done
wait_for 5 captured_ge 6 first
wait_for 5 captured_ge 6 second
capture_stop first
capture_stop second
is "groups: one sends its own SPI only" "$(show first |
	grep -o 'spi=0x[0-9a-f]*' | sort -u)" = spi=0x64000000
is "groups: so does the other" "$(show second |
	grep -o 'spi=0x[0-9a-f]*' | sort -u)" = spi=0x64000001

for i in 1 2
do
	ip -n "g$i" link set wan2 down
done
for i in 1 2
do
	ip -n "g$i" link set wan2 up
done
add_routes
for i in 1 2
do
	check "groups: gateway $i puts back what the link lost" dq "$i" 1 refresh
done
check "groups: the link was down, and the group talks again" \
	wait_for 10 talk 1

for i in 1 2
do
	check "groups: gateway $i lets group 0 go" dq "$i" 0 quit
done
check "groups: the other still talks" talk 1
check "groups: without one, traffic is in clear" talk 0
is "groups: it has no programs left" \
	"$(in_ns g1 tc filter show dev wan egress | wc -l)" = 0

# crash, and a successor under another index
for i in 1 2
do
	kill -9 "${owner[$i.1]}"
	wait "${owner[$i.1]}" 2>/dev/null
	in_ns "g$i" ip xfrm state flush
	in_ns "g$i" ip xfrm policy flush
	own "$i" 7 wan2 7
	dq "$i" 7 acl "permit ip 10.1.0.0/16 10.1.0.0/16" || fail "list"
	check "groups: gateway $i replaces what a crash left" dq "$i" 7 attach
	is "groups: only the successor's link is there" "$(in_ns "g$i" \
		ip -br link show type xfrm | cut -d@ -f1)" = gdoi7
	check "groups: the successor gets a key" dq "$i" 7 tek 64000007 cbc
done
check "groups: the successors talk" talk 1
for i in 1 2
do
	dq "$i" 7 quit
	is "groups: gateway $i has no in or fwd policy left" "$(in_ns "g$i" \
		ip xfrm policy | grep -c 'dir in\|dir fwd')" = 0
	is "groups: nor an anchor" "$(in_ns "g$i" ip addr show dev lo |
		grep -c '192.0.2\|2001:db8')" = 0
done
finish
