# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Group members without charon: dpctl owns a crypto map on each gateway's wan
# interface, states and policies come from the tests. To be sourced after
# lib.sh.

DPCTL=$GDOI_BUILD/testing/guest/dpctl

# the first SPI of a group, and access lists that tests share
SPI1=0x64000001
ACL_LANS="permit ip 10.0.0.0/16 10.0.0.0/16
permit ip fd00::/16 fd00::/16"
ACL_LANS_AND_MULTICAST="$ACL_LANS
permit ip 10.0.0.0/16 239.0.0.0/8
permit ip fd00::/16 ff3e::/16"

# names of counters
STAT_CLEAR_DROPPED=drop-clear
STAT_UNKNOWN_SPI=drop-unknown-spi
STAT_ANCHOR=drop-anchor
STAT_ADDRESS=drop-addresses

KEY=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f

# freshness of members' packets: arguments of dpctl's "freshness 0", e.g. "d3p
# allowed=5000"; empty for none. What is done with a TEK goes by this
FRESH=${FRESH:-}

declare -A owner member_spis

modprobe -a esp4 esp6 xfrm_interface xfrm_user cls_bpf sch_ingress dummy \
	2>/dev/null

# what states and policies of members' TEKs are said to be
kind()
{
	[ -z "$FRESH" ] || echo beet
}

# xfrm_alg NAME: algorithm and keys as "ip xfrm state" wants them
xfrm_alg()
{
	case $1 in
		cbc) echo "enc cbc(aes) 0x$KEY auth-trunc hmac(sha256) 0x$KEY 128" ;;
		gcm) echo "aead rfc4106(gcm(aes)) 0x${KEY}00112233 128" ;;
		null) echo "enc ecb(cipher_null) '' auth-trunc hmac(sha256) 0x$KEY 128" ;;
	esac
}

# dp N COMMAND...: have member N's owner do something
dp()
{
	local i=$1

	shift
	in_ns "g$i" timeout 90 "$DPCTL" "/run/dpctl.$i" "$@"
}

# must N COMMAND...: the same, failing the test if it's refused
must()
{
	local out

	out=$(dp "$@" 2>&1) || fail "member $1 ${*:2:2}: $out"
}

# member_acl N LIST: one line each, indented as you like
member_acl()
{
	local i=$1 list=$RESULTS/acl-$1

	sed -e 's/^[[:space:]]*//' -e '/^$/d' <<< "$2" > "$list"
	must "$i" acl-file "$list"
}

# member_own N LIST: start an owner, and attach
member_own()
{
	local i=$1

	start_ready "g$i" "dpctl-$i.log" ready "$DPCTL" run "/run/dpctl.$i" wan
	owner[$i]=$started
	member_acl "$i" "$2"
}

# member_up N LIST: a member that has no key yet
member_up()
{
	member_own "$@"
	member_spis[$1]=
	must "$1" attach
}

# SPIs in and out of the inbound set
member_accept()
{
	local spi list=()

	for spi in ${member_spis[$1]}
	do
		list+=("${spi#0x}")
	done
	must "$1" spis "${list[@]}"
}

# member_fresh N [WORD]...: freshness of a member, WORDs in place of $FRESH
member_fresh()
{
	local i=$1 words

	shift
	read -ra words <<< "${*:-$FRESH}"
	must "$i" freshness 0 "${words[@]}"
}

# member_sa N SPI cbc|gcm|null: states of a TEK, accepted from now on
member_sa()
{
	# shellcheck disable=SC2046 # one word or none
	must "$1" state-add "${2#0x}" "$3" $(kind)
	case $3 in
		cbc) must "$1" esp 0 16 16 16 ;;
		gcm) must "$1" esp 0 4 8 16 ;;
		null) must "$1" esp 0 4 0 16 ;;
	esac
	[ -z "$FRESH" ] || member_fresh "$1"
	member_spis[$1]+=" $2${FRESH:++0}"
	member_accept "$1"
}

member_sa_del()
{
	member_spis[$1]=${member_spis[$1]/ $2+0/}
	member_spis[$1]=${member_spis[$1]/ $2/}
	member_accept "$1"
	must "$1" state-del "${2#0x}"
}

# member_ready N SPI: send with it
member_ready()
{
	member_switch "$@"
	must "$1" ready 0 yes
}

member_unready()
{
	must "$1" ready 0 no
	# shellcheck disable=SC2046 # one word or none
	must "$1" policy-del 0 $(kind)
}

# member_switch N NEW [OLD]
member_switch()
{
	# shellcheck disable=SC2046 # one word or none
	must "$1" policy "${2#0x}" 0 $(kind)
	[ -z "$FRESH" ] || must "$1" stamped 0 yes
}

# member_turn N NEW yes|no: send with NEW, of the other kind than before; with
# headers or without
member_turn()
{
	local before=beet now=

	[ "$3" = no ] || { before= now=beet; }
	must "$1" policy "${2#0x}" 0 $now
	must "$1" stamped 0 "$3"
	must "$1" policy-del 0 $before
}

# again NAME FRESHNESS: another test, with headers
again()
{
	local results=$RESULTS/$1-${2%% *} line

	mkdir -p "$results"
	GUEST_RESULTS=$results FRESH=$2 \
		"$(dirname "${BASH_SOURCE[0]}")/tests/$1.sh" > "$results/output" 2>&1
	# some end with owners that their subshells have started
	pkill -9 -x dpctl
	line=$(tail -n 1 "$results/output")
	if [[ $line =~ ^[1-9][0-9]*\ passed,\ 0\ failed$ ]]
	then
		pass "$1 with ${2%% *}: $line"
	else
		grep "^FAIL" "$results/output"
		fail "$1 with ${2%% *}: $line"
	fi
}

# counter of freshness
member_fresh_stat()
{
	dp "$1" fresh 0 | awk -v name="$2" '$1 == name { print $2 }'
}

member_fresh_stat_is()
{
	[ "$(member_fresh_stat "$1" "$2")" = "$3" ]
}

# member_crash N: its owner dies on the spot
member_crash()
{
	kill -9 "${owner[$1]}" 2>/dev/null
	wait "${owner[$1]}" 2>/dev/null
}

# member_adopt N LIST: a new owner after a crash, with the keys
# that are still in the kernel
member_adopt()
{
	local failures=$failed

	member_own "$@"
	must "$1" esp 0 16 16 16
	if [ -n "$FRESH" ]
	then
		member_fresh "$1"
		must "$1" stamped 0 yes
	fi
	member_accept "$1"
	[ -z "${member_spis[$1]}" ] || must "$1" ready 0 yes
	must "$1" attach
	[ "$failed" -eq "$failures" ]
}

member_down()
{
	local spi

	if in_ns "g$1" ip xfrm policy | grep -q if_id
	then
		member_unready "$1"
	fi
	for spi in ${member_spis[$1]}
	do
		member_sa_del "$1" "${spi%+0}"
	done
	must "$1" quit
	wait_for 10 not kill -0 "${owner[$1]}" ||
		fail "the owner of member $1 does not quit"
	member_crash "$1"
	unset "owner[$1]"
}

member_is_up()
{
	in_ns "g$1" tc filter show dev wan egress | grep -q bpf
}

# counters, "name value" per line
member_stats()
{
	dp "$1" stats
}

member_stat()
{
	member_stats "$1" | awk -v name="$2" '$1 == name { print $2 }'
}

member_stat_is()
{
	[ "$(member_stat "$1" "$2")" = "$3" ]
}

member_anchors()
{
	dp "$1" ids | awk '$1 ~ /^(local|remote)[46]$/ { print $2 }'
}

# group_up LIST [cbc|gcm|null]: all members of the network, with one TEK
group_up()
{
	local i

	for ((i = 1; i <= members; i++))
	do
		member_up "$i" "$1"
		member_sa "$i" "$SPI1" "${2:-cbc}"
	done
	for ((i = 1; i <= members; i++))
	do
		member_ready "$i" "$SPI1"
	done
}
