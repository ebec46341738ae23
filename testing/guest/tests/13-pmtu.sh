#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Path MTU (GM-020 names what others get wrong): a DF packet that doesn't fit
# after encryption is refused with the size that does, and a smaller MTU inside
# the core reaches the host as a size it can use.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../members.sh"

build_network 2
network_ready
group_up "$ACL_LANS"

# what host 1 has learned about the way to host 2, 0 if nothing
learned()
{
	local mtu

	mtu=$(in_ns h1 ip route get "$("host$1" 2)" |
		grep -o 'mtu [0-9]*' | cut -d' ' -f2)
	echo "${mtu:-0}"
}

has_learned()
{
	[ "$(learned "$1")" -gt 0 ]
}

forget()
{
	in_ns h1 ip route flush cache
	in_ns h1 ip -6 route flush cache
}

# df FAMILY SIZE: one DF packet of that size in all, ping's own headers included
df()
{
	local head=28

	[ "$1" = 6 ] && head=48
	in_ns h1 ping -n -q -c 1 -W 2 -M "do" -s $(($2 - head)) "$("host$1" 2)"
}

# try to learn: a first DF packet may be lost, its refusal is what counts
learn()
{
	local round

	forget
	for round in 1 2 3
	do
		df "$1" "$2" > "$RESULTS/learn-$1-$2-$round" 2>&1
	done
	has_learned "$1"
}

for family in 4 6
do
	name="IPv$family GM-020"
	check "$name a DF packet of the link's MTU is refused" learn "$family" 1500
	mtu=$(learned "$family")
	is "$name the size told is plausible" "$mtu" -ge 1380
	is "$name the size told leaves room for ESP" "$mtu" -lt 1460
	forget
	check "$name $mtu octets pass with DF" df "$family" "$mtu"
	forget
	check "$name one octet more does not" not df "$family" $((mtu + 1))
done

link_mtu 1 1400
for family in 4 6
do
	name="IPv$family GM-020 core of 1400"
	check "$name a DF packet that fits the link is refused by the core" \
		learn "$family" 1380
	mtu=$(learned "$family")
	is "$name the size told leaves room for ESP" "$mtu" -lt 1360
	is "$name the size told is plausible" "$mtu" -ge 1280
	capture "small$family" core r1
	check "$name $mtu octets pass with DF" df "$family" "$mtu"
	wait_for 5 captured_ge 1 "small$family" "ip proto 50 or ip6 proto 50"
	capture_stop "small$family"
	is "$name they are encrypted" "$(captured "small$family" \
		"ip proto 50 or ip6 proto 50")" -ge 1
done

# the other way round: the core's refusal reaches member 2, addressed to its
# host, from the far router
for family in 4 6
do
	forget
	start_ready h1 "iperf-s$family" listening iperf3 -s -1 --forceflush
	kbits=$(in_ns h2 timeout 20 iperf3 -c "$("host$family" 1)" -n 2M -f k |
		awk '/receiver/ { print int($(NF - 2)) }')
	is "IPv$family TCP through the smaller core flows" "${kbits:-0}" -gt 1000
done
for i in 1 2
do
	echo "# counters of member $i: $(member_stats "$i" | tr '\n' ' ')"
done

finish
