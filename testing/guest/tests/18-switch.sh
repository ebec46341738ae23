#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A new TEK beside the old one (GM-006, GM-008): receivers take both, senders
# change over at different times, and no packet is lost.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../members.sh"

build_network 2
network_ready
group_up "$ACL_LANS"

# four streams that end when the switching is over
declare -A sender
for family in 4 6
do
	any=0.0.0.0
	[ "$family" = 6 ] && any=::
	for i in 1 2
	do
		receive "to$i-$family" "$i" "$any" 5000 -n 1000000 -w 350 -i 6000
	done
done
capture wire r1 gm "ip proto 50 or ip6 proto 50"
for family in 4 6
do
	for i in 1 2
	do
		start "h$i" "from$i-$family" "$TOOLS/traffic" send -w 300 -n 1000000 \
			-r 20 "$(host$family $((3 - i)))" 5000
		sender[$i-$family]=$started
	done
done

# three rollovers; the members change over one after the other
old=$SPI1
for new in 0x64000002 0x64000003 0x64000004
do
	for i in 1 2
	do
		member_sa "$i" "$new" cbc
	done
	for i in 1 2
	do
		member_switch "$i" "$new" "$old"
		# ends when it has seen as many
		in_ns r1 timeout 60 tcpdump -Z root -n -i gm -c 20 \
			"src net 10.0.$i.0/24 and ip proto 50 and ip[20:4] == $new" \
			> /dev/null 2>&1 ||
			fail "member $i sends with $new"
	done
	for i in 1 2
	do
		member_sa_del "$i" "$old"
	done
	old=$new
done
for pid in "${sender[@]}"
do
	stop "$pid"
done
for family in 4 6
do
	for i in 1 2
	do
		sent=$(field sent "$(cat "$RESULTS/from$i-$family")")
		is "GM-008 IPv$family member $i sent while switching" "${sent:-0}" -ge 100
		is "GM-008 IPv$family no packet lost from member $i" "$(field distinct \
			"$(received "to$((3 - i))-$family")")" -eq "${sent:-0}"
	done
done
capture_stop wire
for spi in "$SPI1" 0x64000002 0x64000003 0x64000004
do
	is "GM-006 IPv4 SPI $spi was used" \
		"$(captured wire "ip proto 50 and ip[20:4] == $spi")" -ge 10
	is "GM-006 IPv6 SPI $spi was used" \
		"$(captured wire "ip6 proto 50 and ip6[40:4] == $spi")" -ge 10
done
for i in 1 2
do
	is "no XFRM error at member $i: $(xfrm_error_list "g$i")" \
		"$(xfrm_errors "g$i")" -eq 0
done

finish
