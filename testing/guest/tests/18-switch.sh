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

count=1500
for family in 4 6
do
	any=0.0.0.0
	[ "$family" = 6 ] && any=::
	receive "switch$family" 2 "$any" 5000 -n $count -w 60 -i 3000
	receive "back$family" 1 "$any" 5000 -n $count -w 60 -i 3000
done
capture wire r1 gm "ip proto 50 or ip6 proto 50"
jobs=()
for family in 4 6
do
	start h1 "send1-$family" "$TOOLS/traffic" send -w 60 -n $count -r 100 \
		"$(host$family 2)" 5000
	jobs+=("$started")
	start h2 "send2-$family" "$TOOLS/traffic" send -w 60 -n $count -r 100 \
		"$(host$family 1)" 5000
	jobs+=("$started")
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
		wait_for 10 captured_ge 50 wire "src net 10.0.$i.0/24 and
			ip proto 50 and ip[20:4] == $new"
	done
	for i in 1 2
	do
		member_sa_del "$i" "$old"
	done
	old=$new
done
for job in "${jobs[@]}"
do
	wait "$job"
done
for family in 4 6
do
	is "GM-008 IPv$family no packet lost from member 1" \
		"$(field distinct "$(received switch$family)")" -eq $count
	is "GM-008 IPv$family no packet lost from member 2" \
		"$(field distinct "$(received back$family)")" -eq $count
done
capture_stop wire
for spi in "$SPI1" 0x64000002 0x64000003 0x64000004
do
	is "GM-006 IPv4 SPI $spi was used" \
		"$(captured wire "ip proto 50 and ip[20:4] == $spi")" -ge 20
	is "GM-006 IPv6 SPI $spi was used" \
		"$(captured wire "ip6 proto 50 and ip6[40:4] == $spi")" -ge 20
done
for i in 1 2
do
	is "no XFRM error at member $i: $(xfrm_error_list "g$i")" \
		"$(xfrm_errors "g$i")" -eq 0
done

finish
