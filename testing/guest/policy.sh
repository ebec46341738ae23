# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What tests of policies share: a second network behind each gateway, what
# becomes of a packet on the wire, and what members say of themselves.
#
# To be sourced after rekey.sh.

# packets have to get there, many or few: test 31 is the one about rates
STREAM_RATE=${GUEST_STREAM_RATE:-100} STREAM_MIN=${GUEST_STREAM_MIN:-450}

# policy_networks: hosts also have 10.1.N.2
policy_networks()
{
	local i

	for ((i = 1; i <= members; i++))
	do
		ip -n "h$i" addr add "10.1.$i.2/24" dev eth0
		ip -n "g$i" addr add "10.1.$i.1/24" dev lan
		ip -n "r$i" route add "10.1.$i.0/24" via "172.16.$i.2"
		ip -n core route add "10.1.$i.0/24" via "172.17.$i.2"
	done
}

# fate SRC DST: of pings from an address of host 1's. "dropped" if there is no
# answer; if there is, how both got over the wire of member 1: "encrypted",
# "clear", or "mixed" if one was this and the other that
fate()
{
	local src=$1 dst=$2 name=fate-$1-$2-$RANDOM esp all word=dropped

	capture "$name" r1 gm host "$src" and host "$dst"
	if in_ns h1 ping -n -q -c 2 -i 0.2 -W 2 -I "$src" "$dst" > /dev/null
	then
		wait_for 5 captured_ge 4 "$name"
		word=mixed
	fi
	capture_stop "$name"
	all=$(captured "$name")
	esp=$(captured "$name" "ip proto 50 or ip6 proto 50")
	if [ "$word" = mixed ]
	then
		[ "$esp" = "$all" ] && word=encrypted
		[ "$esp" = 0 ] && word=clear
	fi
	echo "$word"
}

# arrive FROM TO PORT: how many of 10 UDP packets to a port come
arrive()
{
	local name=a-$1-$2-$3-$RANDOM

	receive "$name" "$2" 0.0.0.0 "$3" -n 10 -w 4
	transmit "$1" "$(host4 "$2")" "$3" -n 10 -r 100 > /dev/null
	field distinct "$(received "$name")"
}

# forged SRC DST PORT: how many of 5 clear packets get from the core's side to
# host 1, which were never at any member
forged()
{
	local name=f-$1-$3-$RANDOM

	receive "$name" 1 "$2" "$3" -n 5 -w 4
	in_ns r1 "$TOOLS/inject" udp "$1" "$2" "$3" 5
	field received "$(received "$name")"
}

# esp_of_stream: how many of the next 100 packets on member 1's wire are ESP
esp_of_stream()
{
	local name=stream-$RANDOM

	# who reads a capture that goes on may not get to its end
	capture "$name" r1 gm -c 100 "net 10.0.0.0/16 or net fd00::/16"
	wait_for 30 not kill -0 "$started" || fail "100 packets of the stream"
	captured "$name" "ip proto 50 or ip6 proto 50"
}

# stat NS NAME: a counter of the crypto map
stat()
{
	ctl "$1" stats --json | value "$2"
}

# shows NS KEY VALUE: whether a group has it, for wait_for
shows()
{
	[ "$(ctl "$1" groups getvpn --json | value "$2")" = "$3" ]
}

# has_line NS TEXT: whether a line is in the policy that a member has
has_line()
{
	ctl "$1" policy getvpn --json | grep -qF "$2"
}

# has_no_keys NS: whether its TEKs are gone
has_no_keys()
{
	[ -z "$(spis "$1")" ]
}
