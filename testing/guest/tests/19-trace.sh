#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The crypto map leaves nothing behind: links, addresses, routes, rules, qdiscs,
# filters, states, policies, settings, pinned objects and loaded programs are
# what they were, after a life of any kind.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../members.sh"

build_network 2
network_ready

# everything of gateway 1 that a crypto map could change
snapshot()
{
	{
		in_ns g1 ip -o link | sed 's/ qlen.*//'
		in_ns g1 ip -o addr
		in_ns g1 ip route show table all
		in_ns g1 ip -6 route show table all
		in_ns g1 ip rule
		in_ns g1 ip -6 rule
		in_ns g1 tc qdisc show
		in_ns g1 tc filter show dev wan ingress
		in_ns g1 tc filter show dev wan egress
		in_ns g1 ip xfrm state
		in_ns g1 ip xfrm policy
		in_ns g1 find /sys/fs/bpf
		in_ns g1 sysctl -a 2>/dev/null |
			grep -E 'net\.ipv[46]\.(conf|ip_forward)' | grep -v stable_secret
	} 2>/dev/null | sed -e 's/expires [0-9]*sec//' -e 's/hoplimit [0-9]*//' |
		grep -v -e '^ff00::/8.*lo' | sort > "$RESULTS/$1"
}

# programs and maps that exist in the whole guest; they go some time after the
# last user does
objects()
{
	bpftool prog show | grep -c sched_cls
	bpftool map show | grep -c '^[0-9]'
}

# whether programs and maps are what they were, this time
objects_same()
{
	[ "$(objects)" = "$existing" ]
}

# no_program: whether the previous test's programs are gone
no_program()
{
	[ "$(bpftool prog show | grep -c sched_cls)" = 0 ]
}

# what keeps them, for whoever has to find out
show_programs()
{
	bpftool prog show | grep sched_cls
	ps ax -o pid,stat,args | grep -v '\[.*\]$'
	grep bpf /proc/mounts
}

same()
{
	diff -u "$RESULTS/$1" "$RESULTS/$2"
}

check "the guest begins without programs" wait_for 60 no_program
no_program || show_programs
existing=$(objects)
snapshot before
is "the snapshot sees something" "$(wc -l < "$RESULTS/before")" -ge 50

member_up 1 "$ACL_LANS" close
snapshot attached
check "the snapshot sees a crypto map" not same before attached
member_down 1
snapshot after-attach
check "attach and detach leave nothing" same before after-attach
check "attach and detach leave nothing loaded" wait_for 10 objects_same

group_up "$ACL_LANS"
check "the group works" pings 1 2 4
check "the check of loaded programs sees a crypto map" not objects_same
member_down 2
member_down 1
snapshot after-work
check "a working life leaves nothing" same before after-work
check "a working life leaves nothing loaded" wait_for 10 objects_same

member_up 1 "$ACL_LANS" close
member_sa 1 "$SPI1" cbc
member_ready 1 "$SPI1"
member_crash 1
check "after a crash, a new owner can attach" member_adopt 1 "$ACL_LANS" close
member_down 1
snapshot after-crash
check "a crashed life and its successor leave nothing" same before after-crash
check "a crashed life leaves nothing loaded" wait_for 10 objects_same
check "clear again" not member_is_up 1

finish
