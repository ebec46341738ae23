#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The guest itself: the network carries clear traffic of every kind, and the
# kernel's own IPsec works. Whatever fails here makes the other tests worthless.

. "$(dirname "$0")/../lib.sh"

build_network 3
network_ready
for family in 4 6
do
	for pair in "1 2" "2 3" "3 1"
	do
		# shellcheck disable=SC2086
		check "clear IPv$family $pair" pings $pair "$family"
	done
done

add_multicast
for family in 4 6
do
	group=GROUP$family any=0.0.0.0
	[ "$family" = 6 ] && any=::
	for i in 2 3
	do
		receive "clear$family-$i" "$i" "$any" 5000 -g "${!group}" -I eth0 \
			-n 10 -w 10
	done
	transmit 1 "${!group}" 5000 -I eth0 -n 10 -r 50 -t 32 > /dev/null
	for i in 2 3
	do
		line=$(received "clear$family-$i")
		is "clear multicast IPv$family to member $i" \
			"$(field distinct "$line")" -eq 10
		is "clear multicast IPv$family to member $i, hops" \
			"$(field ttl "$line")" -eq 27
	done
done

# plain XFRM between the gateways of members 1 and 2
key=0x$(head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
auth=0x$(head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
for direction in "1 2" "2 1"
do
	read -r from to <<< "$direction"
	src=172.16.$from.2 dst=172.16.$to.2
	for ns in "g$from" "g$to"
	do
		in_ns "$ns" ip xfrm state add src "$src" dst "$dst" proto esp \
			spi "0x100$from" reqid "$from" mode tunnel \
			enc 'cbc(aes)' "$key" auth-trunc 'hmac(sha256)' "$auth" 128
	done
	for where in "g$from out" "g$to in" "g$to fwd"
	do
		read -r ns dir <<< "$where"
		in_ns "$ns" ip xfrm policy add src "10.0.$from.0/24" \
			dst "10.0.$to.0/24" dir "$dir" tmpl src "$src" dst "$dst" \
			proto esp reqid "$from" mode tunnel
	done
done
capture plain r1 gm
check "plain XFRM tunnel" pings 1 2 4
wait_for 5 captured_ge 6 plain esp
capture_stop plain
is "plain XFRM encrypts" "$(captured plain esp)" -eq 6
is "plain XFRM leaks nothing" "$(captured plain icmp)" -eq 0
is "no XFRM error" "$(xfrm_errors g1)$(xfrm_errors g2)" = 00

finish
