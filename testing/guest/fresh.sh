# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What tests of freshness with charon share: counters of members as gdoictl
# shows them, and a change of the group under traffic.
#
# To be sourced after policy.sh.

# replay N KEY: of member N, as "gdoictl replay" has it
replay()
{
	ctl "g$1" replay getvpn --json | value "$2"
}

# replay_ge N KEY LEAST: for wait_for
replay_ge()
{
	[ "$(replay "$1" "$2")" -ge "$3" ]
}

# replay_is N KEY VALUE: for wait_for
replay_is()
{
	[ "$(replay "$1" "$2")" = "$3" ]
}

# count N KEY: a counter, 0 before there was a time stamp
count()
{
	local value

	value=$(replay "$1" "$2")
	echo "${value:-0}"
}

# refused_none NAME: no member has refused a packet, or failed to send one
refused_none()
{
	local i

	for ((i = 1; i <= members; i++))
	do
		is "$1: member $i refused nothing" "$(count "$i" input-errors)" -eq 0
		is "$1: member $i could send all" "$(count "$i" output-errors)" -eq 0
	done
}

# none_is MODE: whether no member has a state in this mode any more. Those for
# packets with headers are in mode beet, all others in tunnel mode
none_is()
{
	local i

	for ((i = 1; i <= members; i++))
	do
		! in_ns "g$i" ip xfrm state | grep -q "mode $1" || return 1
	done
}

# change NAME LINES METHOD: other lines of the server's, ends when all members
# know
change()
{
	local i

	SERVER_LINES=$2
	check "$1: the key server takes the change" reload_server
	for ((i = 1; i <= members; i++))
	do
		check "$1: member $i has method $3" \
			wait_for 30 replay_is "$i" method "$3"
	done
}

# change_all NAME LINES METHOD MODE: the same, ends when all keys of before are
# gone, and with them all states in MODE
change_all()
{
	change "$@"
	check "$1: all keys of before end" wait_for 60 none_is "$4"
}
