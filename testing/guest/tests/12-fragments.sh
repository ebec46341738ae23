#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fragments: packets the host has fragmented, packets that outgrow the path by
# encryption, and ESP fragments that arrive in another order.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../members.sh"

build_network 2
network_ready
group_up "$ACL_LANS"

# burst NAME FAMILY LEN: 30 packets from host 1 to host 2, prints how many came
burst()
{
	local any=0.0.0.0

	[ "$2" = 6 ] && any=::
	receive "$1" 2 "$any" 5000 -n 30 -w 15 -i 2000
	transmit 1 "$(host"$2" 2)" 5000 -n 30 -l "$3" -r 60 > /dev/null
	field distinct "$(received "$1")"
}

for family in 4 6
do
	proto=$([ "$family" = 4 ] && echo ip || echo ip6)
	# IPv6 hosts must first learn from a refusal what fits
	pings 1 2 "$family" -s 1500 > /dev/null 2>&1
	capture "frag$family" r1 gm "$proto"
	for len in 1472 1500 4000 9000
	do
		is "IPv$family $len octets, fragmented where needed" \
			"$(burst "f$family-$len" "$family" "$len")" -eq 30
	done
	capture_stop "frag$family"
	is "IPv$family fragments are not in clear" \
		"$(captured "frag$family" "udp port 5000")" -eq 0
	is "IPv$family no anchors on the wire" "$(captured "frag$family" \
		"(ip proto 50 or ip6 proto 50 or ip6 proto 44) and
		not net 10.0.0.0/16 and not net fd00::/16")" -eq 0
done
is "IPv4 some ESP was fragmented after encryption" "$(captured frag4 \
	"ip proto 50 and ip[6:2] & 0x1fff != 0")" -ge 30

# every packet of the edge router towards member 2 gets a delay of its own
in_ns r2 tc qdisc add dev gm root netem delay 15ms 12ms
capture order g2 wan "ip proto 50"
for len in 1472 4000
do
	is "IPv4 $len octets, reordered" "$(burst "o-$len" 4 "$len")" -eq 30
done
is "IPv6 4000 octets, reordered" "$(burst o6-4000 6 4000)" -eq 30
capture_stop order
# a later fragment whose first one has not been seen yet, by IP ID
late=$(show order -v "ip proto 50" | awk '
	match($0, /id [0-9]+, offset [0-9]+/) {
		split(substr($0, RSTART, RLENGTH), f, /[ ,]+/)
		if (f[4] == 0) seen[f[2]] = 1
		else if (!(f[2] in seen)) late++
	}
	END { print late + 0 }')
is "fragments did overtake each other" "$late" -ge 5
for i in 1 2
do
	is "no XFRM error at member $i: $(xfrm_error_list "g$i")" \
		"$(xfrm_errors "g$i")" -eq 0
done

finish
