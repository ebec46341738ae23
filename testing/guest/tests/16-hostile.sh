#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What comes from the wire and must not get in: unknown SPIs, forged ESP,
# packets to the anchors, authentic ESP under another address.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../members.sh"

build_network 3
network_ready
group_up "$ACL_LANS"

for i in 1 2 3
do
	errors[i]=$(xfrm_errors "g$i")
done

# dropped NAME STAT COUNT COMMAND...: the command's packets are counted as STAT
# at member 2
dropped()
{
	local name=$1 stat=$2 count=$3 before

	shift 3
	before=$(member_stat 2 "$stat")
	"$@" > /dev/null
	wait_for 5 member_stat_is 2 "$stat" $((before + count)) ||
		sleep 0.2
	is "$name" "$(($(member_stat 2 "$stat") - before))" -eq "$count"
}

for family in 4 6
do
	from=$(host$family 1) to=$(host$family 2)
	dropped "IPv$family unknown SPI is dropped and counted" \
		"$STAT_UNKNOWN_SPI" 5 \
		in_ns r2 "$TOOLS/inject" esp "$from" "$to" 0xdeadbeef 5
	is "IPv$family unknown SPI is no XFRM error" "$(xfrm_errors g2)" \
		-eq "${errors[2]}"
done

# the core has a route to the anchors, as an attacker on the WAN would
for anchor in $(member_anchors 2)
do
	via=172.16.2.2 src=10.0.1.2
	[[ $anchor == *:* ]] && via=fd01:2::2 src=fd00:1::2
	ip -n r2 route add "$anchor" via "$via"
	dropped "ESP to the anchor $anchor is dropped" "$STAT_ANCHOR" 5 \
		in_ns r2 "$TOOLS/inject" esp "$src" "$anchor" "$SPI1" 5
	dropped "UDP to the anchor $anchor is dropped" "$STAT_ANCHOR" 5 \
		in_ns r2 "$TOOLS/inject" udp "$src" "$anchor" 5000 5
done
is "packets to anchors are no XFRM error" "$(xfrm_errors g2)" \
	-eq "${errors[2]}"

# replay NAME FAMILY [SRC [DST]]: host 1 sends one packet to host 2; its ESP is
# sent five times more on member 2's link; prints how many host 2 gets
replay()
{
	local name=$1 family=$2 any=0.0.0.0

	[ "$family" = 6 ] && any=::
	shift 2
	receive "$name" 2 "$any" 5000 -n 100 -w 20 -i 1500
	start_ready r2 "$name.inject" listening "$TOOLS/inject" replay gm 5 "$@"
	transmit 1 "$("host$family" 2)" 5000 -n 1 > /dev/null
	field received "$(received "$name")"
}

for family in 4 6
do
	# replay protection is D3P's affair, so an exact copy has to pass: it shows
	# that nothing but the addresses stops the next ones
	is "IPv$family an exact copy passes" "$(replay "copy$family" $family)" -eq 6
	before=$(member_stat 2 "$STAT_ADDRESS")
	is "IPv$family ESP under another source is dropped" \
		"$(replay "forged$family" $family "$(host$family 3)")" -eq 1
	is "IPv$family and counted" \
		"$(($(member_stat 2 "$STAT_ADDRESS") - before))" -eq 5
done

# ESP with a known SPI that nobody authenticated: the kernel itself drops it
receive fake 2 0.0.0.0 5000 -n 1 -w 3
in_ns r2 "$TOOLS/inject" esp 10.0.1.2 10.0.2.2 "$SPI1" 5
is "forged ESP is not delivered" "$(field received "$(received fake)")" -eq 0
check "the group still talks" pings 1 2 4

finish
