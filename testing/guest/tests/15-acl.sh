#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The access list: order, deny lines, ports, no match, the mirrored check of
# what comes in, and its replacement while running.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../members.sh"

build_network 3
network_ready

# host 3 stays outside the group's list for IPv4 and IPv6
group_up "
	deny udp 10.0.0.0/16 10.0.0.0/16 port 7000
	deny udp 10.0.0.0/16 port 7000 10.0.0.0/16
	deny udp fd00::/16 fd00::/16 port 7000
	deny udp fd00::/16 port 7000 fd00::/16
	permit ip 10.0.1.0/24 10.0.2.0/24
	permit ip 10.0.2.0/24 10.0.1.0/24
	permit ip fd00:1::/32 fd00:2::/32
	permit ip fd00:2::/32 fd00:1::/32"

# arrive FROM TO FAMILY PORT: how many of 10 come
arrive()
{
	local any=0.0.0.0

	[ "$3" = 6 ] && any=::
	receive "a-$1-$2-$3-$4" "$2" "$any" "$4" -n 10 -w "${5:-10}"
	transmit "$1" "$("host$3" "$2")" "$4" -n 10 -r 100 > /dev/null
	field distinct "$(received "a-$1-$2-$3-$4")"
}

for family in 4 6
do
	capture "wire$family" r1 gm "net 10.0.0.0/16 or net fd00::/16"
	is "ACL-002 IPv$family permit line" "$(arrive 1 2 $family 6000)" -eq 10
	is "ACL-002 IPv$family deny line" "$(arrive 1 2 $family 7000)" -eq 10
	is "ACL-010 IPv$family deny line, other direction" \
		"$(arrive 2 1 $family 7000)" -eq 10
	is "ACL-008 IPv$family no line" "$(arrive 1 3 $family 6000)" -eq 10
	capture_stop "wire$family"
	is "ACL-002 IPv$family permitted traffic is encrypted" "$(captured \
		"wire$family" "ip proto 50 or ip6 proto 50")" -eq 10
	is "ACL-004 IPv$family deny ahead of permit is clear, both ways" \
		"$(captured "wire$family" "udp port 7000")" -eq 20
	is "ACL-008 IPv$family no line is clear" "$(captured "wire$family" \
		"udp port 6000")" -eq 10
done

# lines are mirrored for inbound packets, ports too, hence the pairs of lines

# in clear from the core, where the list demands encryption: the source is right
# but there was no member to encrypt it
for family in 4 6
do
	any=0.0.0.0
	[ "$family" = 6 ] && any=::
	before=$(member_stat 2 "$STAT_CLEAR_DROPPED")
	receive "spoof$family" 2 "$any" 6000 -n 1 -w 4
	in_ns r1 "$TOOLS/inject" udp "$("host$family" 1)" "$("host$family" 2)" 6000 5
	is "GM-055 IPv$family clear packets of a permit line are dropped" \
		"$(field received "$(received "spoof$family")")" -eq 0
	is "GM-055 IPv$family and counted" \
		"$(($(member_stat 2 "$STAT_CLEAR_DROPPED") - before))" -eq 5
	receive "honest$family" 2 "$any" 7000 -n 1 -w 4
	in_ns r1 "$TOOLS/inject" udp "$("host$family" 1)" "$("host$family" 2)" 7000 1
	is "ACL-010 IPv$family the same packet to a denied port passes" \
		"$(field received "$(received "honest$family")")" -eq 1
done

# scenario 1 of the guide: the pair changes, at once
for i in 1 2 3
do
	member_acl "$i" "
		permit ip 10.0.1.0/24 10.0.3.0/24
		permit ip 10.0.3.0/24 10.0.1.0/24"
done
capture swap r1 gm "net 10.0.0.0/16"
is "ACL-012 the former pair still talks" "$(arrive 1 2 4 6000)" -eq 10
is "ACL-012 the new pair talks" "$(arrive 1 3 4 6000)" -eq 10
capture_stop swap
is "ACL-012 the former pair is clear at once" "$(captured swap \
	"udp port 6000 and host 10.0.2.2")" -eq 10
is "ACL-012 the new pair is encrypted at once" "$(captured swap \
	"ip proto 50 and host 10.0.3.2")" -eq 10

# a thousand lines in front of the one that matches
member_acl_long()
{
	local n

	for n in $(seq 1000)
	do
		echo "deny udp 10.$((n / 250 + 100)).$((n % 250)).0/24 10.0.0.0/8 port 9"
	done
	echo "permit ip 10.0.0.0/16 10.0.0.0/16"
}
for i in 1 2
do
	check "ACL of 1001 lines at member $i" member_acl "$i" "$(member_acl_long)"
done
capture long r1 gm "net 10.0.0.0/16"
is "the 1001st line decides" "$(arrive 1 2 4 6001)" -eq 10
capture_stop long
is "the 1001st line encrypts" "$(captured long "ip proto 50")" -eq 10

finish
