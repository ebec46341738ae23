#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The policy changes while there is traffic: other lines are in force at once
# (ACL-011, ACL-012), another transform is used when the SA before it ends, and
# no packet is lost by that (ACL-013), both together (ACL-014). Then deny lines,
# of the key server and of a member, both ways and first match first (ACL-002 to
# ACL-004, ACL-010).

. "$(dirname "$0")/../../lib.sh"
. "$(dirname "$0")/../../charon.sh"
. "$(dirname "$0")/../../rekey.sh"
. "$(dirname "$0")/../../policy.sh"

# hosts 10.0.N.2 are A and B, 10.1.N.2 are C and D
A=10.0.1.2 B=10.0.2.2 C=10.1.1.2 D=10.1.2.2
TEK=24s
PERMIT_AB=$ACL_LINES
PERMIT_CD='10 = permit ip 10.1.0.0/16 10.1.0.0/16'

# in_force TEXT: waits until both members have a line
in_force()
{
	local i

	for i in 1 2
	do
		wait_for 20 has_line "g$i" "$1" || return 1
	done
}

# spis_with NS BITS: SPIs of its SAs with such keys
spis_with()
{
	in_ns "$1" ip xfrm state | awk -v "len=$((2 + $2 / 4))" '
		$1 == "proto" { spi = $4 }
		$2 == "cbc(aes)" && length($3) == len { print spi }' | sort -u
}

has_with()
{
	[ -n "$(spis_with "$@")" ]
}

# has_spi NS LINE: whether it has an SA, as spis names it
has_spi()
{
	spis "$1" | grep -qF "$2"
}

# fresh: all keys are replaced by one
fresh()
{
	local before i

	before=$(spis g1)
	ctl ks rekey getvpn --replace > /dev/null
	for i in 1 2
	do
		wait_for 20 has_one_other "g$i" "$before" || return 1
	done
}

has_one_other()
{
	[ "$(spis "$1" | wc -l)" = 1 ] && ! spis "$1" | grep -qF "$2"
}

# sending: SPIs of the next packets of the stream, both ways
sending()
{
	local name=sending-$RANDOM

	capture "$name" r1 gm -c 40 "ip proto 50 or ip6 proto 50"
	wait_for 20 not kill -0 "$started" && show "$name" |
		sed -n 's/.*spi=\(0x[0-9a-f]*\).*/\1/p' | sort -u
}

# sends_with BITS: whether all of them have such keys
sends_with()
{
	local spi known all

	all=$(sending)
	known=$(spis_with g1 "$1")
	for spi in $all
	do
		grep -q "$spi" <<< "$known" || return 1
	done
	[ -n "$all" ]
}

# change_transform NAME BITS: the TEK gets keys of another size, together with
# what else was changed in the configuration
change_transform()
{
	local name=$1 bits=$2 old begin i

	check "$name: there is one key" fresh
	begin=$SECONDS
	old=$(spis g1)
	TEK_LINES="esp_proposals = aes$bits-sha256"
	check "$name: the key server takes the change" reload_server
	for i in 1 2
	do
		check "$name: member $i has the new SA" \
			wait_for 20 has_with "g$i" "$bits"
	done
	check "$name: the lines are in force" in_force "permit ip 10.0.0.0/16"
	is "$name: A and B are encrypted" "$(fate $A $B)" = encrypted
	is "$name: C and D are clear" "$(fate $C $D)" = clear
	drops_note
	streams_start
	is "$name: the old SA goes on sending" "spi $(sending)" = "$old"
	check "$name: the new one takes over" wait_for 60 sends_with "$bits"
	is "$name: when the old one is about to end" \
		$((SECONDS - begin)) -ge 14
	streams_stop "$name"
	drops_same "$name"
	check "$name: then the old one is gone" \
		wait_for 30 not has_spi g1 "$old"
}

rekey_group_up 2
policy_networks
check "the second networks reach each other" \
	wait_for 20 in_ns h1 ping -n -q -c 1 -W 1 -I $C $D
is "ACL-012 before: A and B are encrypted" "$(fate $A $B)" = encrypted
is "ACL-012 before: C and D are clear" "$(fate $C $D)" = clear

old=$(spis g1 | tail -n 1)
ACL_LINES=$PERMIT_CD
begin=$SECONDS
check "ACL-012 the key server takes other lines" reload_server
check "ACL-011 they are in force" in_force "permit ip 10.1.0.0/16"
is "ACL-011 within seconds" $((SECONDS - begin)) -le 8
check "ACL-011 the old SA is still there" has_spi g1 "$old"
is "ACL-012 after: C and D are encrypted" "$(fate $C $D)" = encrypted
is "ACL-012 after: A and B are clear" "$(fate $A $B)" = clear

# back, with other keys (ACL-014), and then other keys alone (ACL-013)
ACL_LINES=$PERMIT_AB
change_transform ACL-014 128
change_transform ACL-013 256

ACL_LINES="10 = deny udp 10.0.1.0/24 10.0.2.0/24 port 7000
		20 = deny udp 10.0.2.0/24 port 7000 10.0.1.0/24
		30 = deny ip host $A host 10.0.2.9
		40 = permit ip 10.0.0.0/16 10.0.0.0/16
		50 = deny udp any any port 7001"
check "ACL-002 the key server takes deny lines" reload_server
check "ACL-002 members have them" in_force 10.0.2.9
capture deny r1 gm "net 10.0.0.0/16"
is "ACL-002 packets of a deny line get there" "$(arrive 1 2 7000)" -eq 10
is "ACL-004 those of a later one too" "$(arrive 1 2 7001)" -eq 10
wait_for 5 captured_ge 20 deny
capture_stop deny
is "ACL-010 a deny line is clear" "$(captured deny udp port 7000)" -eq 10
is "ACL-004 the permit line before decides" \
	"$(captured deny ip proto 50)" -eq 10
before=$(stat g1 drop-clear)
is "ACL-010 a deny line accepts what comes back in clear" \
	"$(forged 10.0.2.9 $A 6000)" -eq 5
is "GM-055 others are not accepted in clear" \
	"$(forged 10.0.2.8 $A 6000)" -eq 0
is "GM-055 and counted" "$(($(stat g1 drop-clear) - before))" -eq 5

# lines of the members' own come first
MEMBER_ACLS="own {
		10 = deny icmp host $A host $B
		20 = deny icmp host $B host $A
		30 = permit udp any any port 7000
	}"
MEMBER_LINES+='
		acl = own'
for i in 1 2
do
	check "ACL-004 member $i takes lines of its own" reload_member "$i"
done
is "ACL-004 a member's deny line comes first" "$(fate $A $B)" = clear
is "ACL-003 a member's permit line drops" "$(arrive 1 2 7000)" -eq 0
is "ACL-004 all else is as before" "$(arrive 1 2 7002)" -eq 10
finish
