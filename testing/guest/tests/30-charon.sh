#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# End to end: a key server and three members, the distribution's charon with our
# plugins everywhere, real ESP between them (GM-001, GM-006, GM-017, GM-018).

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../charon.sh"

build_network 3
add_key_server
network_ready
add_multicast
check "our plugins are built" merge_plugins
server_conf | prepare_charon ks
for i in 1 2 3
do
	member_conf | prepare_charon "g$i"
done

start_charon ks
capture register g1 wan udp port 848
for i in 1 2 3
do
	start_charon "g$i"
done
for i in 1 2 3
do
	check "GM-001 member $i registers" wait_for 60 is_registered "g$i"
done
capture_stop register
is "registration uses UDP 848" "$(captured register)" -ge 8

# one SPI, everywhere
for i in 1 2 3
do
	spi[i]=$(in_ns "g$i" ip xfrm state | grep -o 'spi 0x[0-9a-f]*' | sort -u)
done
is "one group SA at member 1" "$(wc -l <<< "${spi[1]}")" -eq 1
is "member 1 and 2 have the same SA" "${spi[1]}" = "${spi[2]}"
is "member 1 and 3 have the same SA" "${spi[1]}" = "${spi[3]}"

for i in 1 2 3
do
	capture "wire$i" "r$i" gm "net 10.0.0.0/16 or net fd00::/16"
done
for family in 4 6
do
	for pair in "1 2" "1 3" "2 1" "2 3" "3 1" "3 2"
	do
		# shellcheck disable=SC2086
		check "GM-017 IPv$family host ${pair/ / to host }" \
			wait_for 10 pings $pair "$family"
	done
	any=0.0.0.0 group=$GROUP4
	[ "$family" = 6 ] && any=:: group=$GROUP6
	for i in 2 3
	do
		receive "m$family-$i" "$i" "$any" 5000 -g "$group" -I eth0 -n 20
	done
	transmit 1 "$group" 5000 -I eth0 -n 20 -r 100 -t 32 > /dev/null
	for i in 2 3
	do
		is "GM-018 IPv$family multicast to host $i" \
			"$(field distinct "$(received "m$family-$i")")" -eq 20
	done
done
for i in 1 2 3
do
	capture_stop "wire$i"
	is "member $i's wire carries nothing in clear" "$(captured "wire$i" \
		"not (ip proto 50 or ip6 proto 50)")" -eq 0
	is "GM-017 member $i's wire carries ESP of hosts" "$(captured "wire$i" \
		"ip proto 50 or ip6 proto 50")" -ge 48
	is "no XFRM error at member $i: $(xfrm_error_list "g$i")" \
		"$(xfrm_errors "g$i")" -eq 0
done
show wire1 -c 4

# a crash opens nothing, and a new charon takes over
capture crash r1 gm "net 10.0.0.0/16 or net fd00::/16"
kill_charon g1 KILL
check "GM-051 traffic goes on while charon is dead" pings 1 2 4
start h1 crash.ping ping -n -i 0.05 10.0.2.2
ping=$started
start_charon g1
check "GM-001 the new charon registers" wait_for 60 is_registered g1
check "and traffic flows" wait_for 10 pings 1 2 4
stop "$ping"
capture_stop crash
is "GM-051 nothing in clear meanwhile" "$(captured crash \
	"not (ip proto 50 or ip6 proto 50)")" -eq 0

# the end of it
kill_charon g1
is "no state is left" "$(in_ns g1 ip xfrm state | wc -l)" -eq 0
is "no policy is left" \
	"$(in_ns g1 ip xfrm policy | grep -vc '^	\|socket')" -eq 0

ctl ks groups
ctl ks members
finish
