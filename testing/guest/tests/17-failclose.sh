#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Before there is a key, after it is gone, and after the daemon died: fail-close
# (GM-051, GM-054, ACL-007) and fail-open (GM-050).

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../members.sh"

build_network 2
network_ready
capture wire r1 gm "net 10.0.0.0/16 or net fd00::/16"

# clear_packets: what the wire has seen of the hosts in clear so far
clear_packets()
{
	captured wire "not (ip proto 50 or ip6 proto 50)"
}

check "before: clear" pings 1 2 4
wait_for 5 test "$(clear_packets)" -ge 6
before=$(clear_packets)

member_up 1 "$ACL_LANS"
for family in 4 6
do
	check "GM-051 IPv$family nothing passes without a key" \
		not pings 1 2 $family
	check "GM-051 IPv$family nothing enters without a key" \
		not pings 2 1 $family
done
is "GM-051 nothing of it reached the wire" \
	"$(captured wire "src net 10.0.1.0/24 or src net fd00:1::/32")" \
	-eq "$((before / 2))"
is "no acquire, no XFRM error" "$(xfrm_errors g1)" -eq 0

must 1 acl
check "GM-050 fail-open passes" pings 1 2 4
member_acl 1 "$ACL_LANS"
check "GM-051 closed again" not pings 1 2 4

member_up 2 "$ACL_LANS"
for i in 1 2
do
	member_sa "$i" "$SPI1" cbc
	member_ready "$i" "$SPI1"
done
check "GM-054 with a key, it flows" pings 1 2 4
check "GM-054 with a key, it flows, IPv6" pings 1 2 6

# the owner is gone, its data plane must neither open nor stop
clear=$(clear_packets)
start h1 crash.ping ping -n -i 0.02 10.0.2.2
crash=$started
member_crash 1
check "the data plane outlives its owner" pings 1 2 4
check "and comes back under a new owner" member_adopt 1 "$ACL_LANS"
check "a new owner's data plane works" pings 1 2 4
stop "$crash"
is "no clear packet while owners changed" "$(clear_packets)" -eq "$clear"

member_unready 1
check "ACL-007 without a usable SA, permitted traffic is dropped" \
	not pings 1 2 4
is "ACL-007 nothing of it in clear" "$(clear_packets)" -eq "$clear"
member_crash 1
check "GM-051 closed stays closed when the owner dies" not pings 1 2 4
is "GM-051 nothing of it in clear" "$(clear_packets)" -eq "$clear"

finish
