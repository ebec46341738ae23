#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# TCP with and without segmentation offload, checksums left to the device.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../members.sh"

build_network 2
network_ready
group_up "$ACL_LANS"
capture wire r1 gm

# transfer FAMILY FROM TO: 2 MB, prints kbit/s
transfer()
{
	start_ready "h$3" "iperf-$1-$2-$3" listening iperf3 -s -1 --forceflush
	in_ns "h$2" timeout 40 iperf3 -c "$("host$1" "$3")" -n 2M -f k |
		tee "$RESULTS/client-$1-$2-$3" |
		awk '/receiver/ { print int($(NF - 2)) }'
}

for offload in on off
do
	for ns in h1 h2
	do
		in_ns "$ns" ethtool -K eth0 tso $offload gso $offload tx $offload \
			> /dev/null 2>&1
	done
	for family in 4 6
	do
		for way in "1 2" "2 1"
		do
			# shellcheck disable=SC2086
			kbits=$(transfer "$family" $way)
			is "IPv$family TCP $way, offload $offload (${kbits:-0} kbit/s)" \
				"${kbits:-0}" -gt 1000
		done
	done
done
capture_stop wire
is "nothing in clear" "$(captured wire tcp)" -eq 0
is "ESP was there" "$(captured wire "ip proto 50 or ip6 proto 50")" -ge 1000
for i in 1 2
do
	is "no XFRM error at member $i: $(xfrm_error_list "g$i")" \
		"$(xfrm_errors "g$i")" -eq 0
done

finish
