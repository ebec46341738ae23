#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Large packets, which hosts leave to others to cut into segments: each segment
# has a freshness header of its own, fits, and arrives in order.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../members.sh"

build_network 2
network_ready

# sent by the device that cuts
cut_by()
{
	in_ns "g$1" cat /sys/class/net/gseg0/statistics/tx_packets
}

# decrypted segments of TCP that were to be merged, and packets for the LAN
to_merge()
{
	in_ns "g$1" cat /sys/class/net/gmrg0/statistics/tx_packets
}

to_lan()
{
	in_ns "g$1" cat /sys/class/net/lan/statistics/tx_packets
}

# transfer FAMILY FROM TO [NS OPTION...]: 1 MB, from the host or NS, prints kbit/s
transfer()
{
	start_ready "h$3" "iperf-$1-$2-$3" listening iperf3 -s -1 --forceflush
	in_ns "${4:-h$2}" timeout 60 iperf3 -c "$("host$1" "$3")" -n 1M -f k "${@:5}" |
		tee "$RESULTS/client-$1-$2-$3" |
		awk '/receiver/ { print int($(NF - 2)) }'
}

# both families, both ways: NAME
transfers()
{
	local family way from to kbits before stamped merge lan

	for family in 4 6
	do
		for way in "1 2" "2 1"
		do
			read -r from to <<< "$way"
			before=$(cut_by "$from")
			stamped=$(member_fresh_stat "$from" out)
			merge=$(to_merge "$to")
			lan=$(to_lan "$to")
			kbits=$(transfer "$family" "$from" "$to")
			is "$1: IPv$family TCP $way (${kbits:-0} kbit/s)" \
				"${kbits:-0}" -gt 1000
			is "$1: IPv$family TCP $way was cut into segments" \
				$(($(cut_by "$from") - before)) -ge 300
			is "$1: IPv$family TCP $way, each has a header" \
				$(($(member_fresh_stat "$from" out) - stamped)) -ge 300
			merge=$(($(to_merge "$to") - merge))
			is "$1: IPv$family TCP $way went to be merged" "$merge" -ge 300
			is "$1: IPv$family TCP $way was merged" \
				$(($(to_lan "$to") - lan)) -lt "$merge"
		done
	done
	for i in 1 2
	do
		is "$1: all were sent by member $i" "$(member_fresh_stat "$i" out-errors)" \
			-eq 0
		is "$1: all were accepted by member $i" \
			"$(member_fresh_stat "$i" in-errors)" -eq 0
		is "$1: no XFRM error at member $i: $(xfrm_error_list "g$i")" \
			"$(xfrm_errors "g$i")" -eq 0
	done
}

# d3p.md 4, MTU: 1500 less 20 of IP, 8 of ESP, 16 of ICV and 2 of its trailer,
# in whole words, and 12 of the header
FRESH="d3p allowed=5000 window=10000"
group_up "$ACL_LANS" null
capture wire r1 gm "ip proto 50 or ip6 proto 50 or ip6 proto 44"
transfers D3P
capture_stop wire
is "no packet is larger than the link" "$(captured wire "greater 1515")" -eq 0
is "segments are full" "$(captured wire "greater 1500")" -ge 500
is "none was cut after encryption" \
	"$(captured wire "ip[6:2] & 0x3fff != 0 or ip6 proto 44")" -eq 0
# IP and ESP header, then next header, type and reserved; the capture's filter
# looks at every packet
is "D3P: no packet without header, IPv4" \
	"$(captured wire "ip and ip[28:4] != 0x04030000")" -eq 0
is "D3P: no packet without header, IPv6" \
	"$(captured wire "ip6 and ip6[48:4] != 0x29030000")" -eq 0
is "nothing in clear" "$(captured wire "ip proto 6 or ip6 proto 6")" -eq 0

# what the gateway sends itself, by routes that learn what fits
for family in 4 6
do
	in_ns g1 ip "-$family" route flush cache
	in_ns g1 ip tcp_metrics flush
	own=10.0.1.1
	[ "$family" = 6 ] && own=fd00:1::1
	kbits=$(transfer "$family" 1 2 g1 -B "$own")
	is "the gateway's own IPv$family TCP (${kbits:-0} kbit/s)" \
		"${kbits:-0}" -gt 1000
done

# a member's owner dies: the next one cuts again
member_crash 1
check "a new owner" member_adopt 1 "$ACL_LANS"
must 1 esp 0 4 0 16
member_fresh 1
must 1 stamped 0 yes
before=$(cut_by 1)
kbits=$(transfer 4 1 2)
is "after a crash: TCP (${kbits:-0} kbit/s)" "${kbits:-0}" -gt 1000
is "after a crash: segments" $(($(cut_by 1) - before)) -ge 300
for i in 1 2
do
	member_down "$i"
	check "no device is left at member $i" not in_ns "g$i" \
		grep -q -e gseg -e glow -e gmr /proc/net/dev
done

FRESH="tbar allowed=10000 window=10000 header=16"
group_up "$ACL_LANS" gcm
transfers TBAR

finish
