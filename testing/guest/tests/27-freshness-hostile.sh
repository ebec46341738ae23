#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Headers that no honest member writes, from somebody who has the keys: an
# attacker beside the core, with states but without crypto map. And what stays
# closed when programs or their owner are gone.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../members.sh"

FRESH="d3p allowed=5000 window=10000"
SPI2=0x64000002
build_network 2
network_ready
group_up "$ACL_LANS"
# a TEK without headers beside the one with them
must 2 state-add "${SPI2#0x}" cbc
member_spis[2]+=" $SPI2"
member_accept 2

# the attacker, 10.0.9.2
add_ns x router
add_link core x x eth0 172.17.9 fd02:9
add_default x 172.17.9 fd02:9
ip -n x -b - <<- EOT
	addr add 10.0.9.2/32 dev lo
	addr add fd00:9::2/128 dev lo nodad
EOT
ip -n core route add 10.0.9.0/24 via 172.17.9.2
ip -n core route add fd00:9::/64 via fd02:9::2
wait_for 20 in_ns x ping -n -q -c 1 -W 1 172.17.9.1
wait_for 20 in_ns x ping -n -q -c 1 -W 1 fd02:9::1

# attack_with SPI beet|tunnel: what the attacker sends to host 2 is encrypted so
attack_with()
{
	local family src dst any sel words

	in_ns x ip xfrm state flush
	in_ns x ip xfrm policy flush
	for family in 4 6
	do
		src=10.0.9.2 dst=$(host4 2) any=0.0.0.0/0
		[ "$family" = 6 ] && src=fd00:9::2 dst=$(host6 2) any=::/0
		sel="sel src $src/0 dst $dst/0"
		[ "$2" = beet ] || sel=
		read -ra words <<< "$(xfrm_alg cbc) mode $2 $sel"
		in_ns x ip xfrm state add src "$src" dst "$dst" proto esp spi "$1" \
			reqid 1 replay-window 0 "${words[@]}"
		in_ns x ip xfrm policy add src "$any" dst "$dst" dir out tmpl \
			src "$src" dst "$dst" proto esp spi "$1" reqid 1 mode "$2"
	done
}

# now [MS]: eight octets of the real time, so much later
now()
{
	printf %016x $(($(date +%s%3N) + ${1:-0}))
}

# stamp FAMILY PROTOCOL HEX [CUT]: one packet of the attacker
stamp()
{
	local src=10.0.9.2 dst

	dst=$("host$1" 2)
	[ "$1" = 6 ] && src=fd00:9::2
	in_ns x "$TOOLS/stamp" "$src" "$dst" "$2" 1 "${@:3}"
}

# counts NAME COUNTER COMMAND...: at member 2, one more
counts()
{
	local name=$1 counter=$2 before

	shift 2
	before=$(member_fresh_stat 2 "$counter")
	"$@" > /dev/null
	wait_for 3 member_fresh_stat_is 2 "$counter" $((before + 1))
	is "$name: $counter" $(($(member_fresh_stat 2 "$counter") - before)) -eq 1
}

xfrm_stat()
{
	in_ns g2 awk -v name="$1" '$1 == name { print $2 }' /proc/net/xfrm_stat
}

capture answers g2 wan "icmp or icmp6"
attack_with "$SPI1" beet
for family in 4 6
do
	next=04 other=29
	[ "$family" = 6 ] && next=29 other=04
	name="IPv$family"
	receive "good$family" 2 "$([ "$family" = 4 ] && echo 0.0.0.0 || echo ::)" \
		5000 -n 1 -w 10
	counts "$name the attacker can write a good header" in \
		stamp "$family" 253 "${next}030000$(now)"
	is "$name and its packet is delivered" \
		"$(field received "$(received "good$family")")" -eq 1
	for type in 00 01 02 04 ff
	do
		counts "$name type $type" malformed \
			stamp "$family" 253 "${next}${type}0000$(now)"
	done
	for reserved in 0001 0100 000c ffff
	do
		counts "$name reserved octets $reserved" malformed \
			stamp "$family" 253 "${next}03${reserved}$(now)"
	done
	for what in "$other" 00 11 32 fd
	do
		counts "$name next header $what" malformed \
			stamp "$family" 253 "${what}030000$(now)"
	done
	header="${next}030000$(now)"
	for length in 1 2 4 8 11
	do
		counts "$name $length octets of a header" malformed \
			stamp "$family" 253 "${header:0:$((length * 2))}" 0
	done
	for cut in 0 1 19
	do
		counts "$name $cut octets behind the header" malformed \
			stamp "$family" 253 "${next}030000$(now)" $cut
	done
	for time in 0000000000000000 0000000000000001 "$(now -5500)" "$(now -86400000)"
	do
		counts "$name time $time" late \
			stamp "$family" 253 "${next}030000$time"
	done
	for time in 7fffffffffffffff "$(now 7000)" "$(now 86400000)" \
		00000fffffffffff
	do
		counts "$name time $time" early \
			stamp "$family" 253 "${next}030000$time"
	done
	for protocol in 254 17 47
	do
		counts "$name protocol $protocol" missing \
			stamp "$family" "$protocol" "${next}030000$(now)"
	done
	# fragments of a good one, made before encryption, are refused by BEET or
	# never sent; made after it they are a good one
	counts "$name a good one is still good" in \
		stamp "$family" 253 "${next}030000$(now)"
done

# tunnel mode: no header at all, where one belongs
attack_with "$SPI1" tunnel
for family in 4 6
do
	counts "IPv$family no header where one belongs" missing stamp "$family" 17 00
done

# D3P: and one where none belongs is the kernel's to refuse (tunnel mode: "MUST
# discard")
attack_with "$SPI2" beet
for family in 4 6
do
	next=04
	[ "$family" = 6 ] && next=29
	before=$(xfrm_stat XfrmInStateModeError) in=$(member_fresh_stat 2 in)
	decrypted=$(member_stat 2 decrypted)
	stamp "$family" 253 "${next}030000$(now)"
	sleep 0.3
	is "IPv$family a header where none belongs is refused" \
		$(($(xfrm_stat XfrmInStateModeError) - before)) -eq 1
	is "IPv$family and not looked at" $(($(member_fresh_stat 2 in) - in)) -eq 0
	is "IPv$family and not decrypted" \
		$(($(member_stat 2 decrypted) - decrypted)) -eq 0
done
attack_with "$SPI2" tunnel
for family in 4 6
do
	decrypted=$(member_stat 2 decrypted)
	stamp "$family" 17 1388138800080000
	wait_for 3 member_stat_is 2 decrypted $((decrypted + 1))
	is "IPv$family without header where none belongs it passes" \
		$(($(member_stat 2 decrypted) - decrypted)) -eq 1
done

# not authenticated: the kernel drops it before anybody reads a time
in=$(member_fresh_stat 2 in) errors=$(member_fresh_stat 2 in-errors)
in_ns r2 "$TOOLS/inject" esp 10.0.1.2 10.0.2.2 "$SPI1" 5
sleep 0.3
is "forged ESP is no freshness error" "$(member_fresh_stat 2 in-errors)" \
	-eq "$errors"
is "forged ESP is not accepted" "$(member_fresh_stat 2 in)" -eq "$in"
capture_stop answers
is "no sender learns why its packet was refused" "$(captured answers \
	"icmp[0] == 3 or icmp[0] == 4 or icmp[0] == 12 or icmp6[0] == 1 or
	icmp6[0] == 4")" -eq 0
check "the group still talks, IPv4" pings 1 2 4
check "the group still talks, IPv6" pings 1 2 6

# no policy for the SA: neither sent nor taken, and not in clear
capture clear r1 gm "net 10.0.2.0/24 and not proto 50"
must 1 freshness 0 none
check "without a method nothing is sent" not pings 1 2 4
is "and that is counted" "$(member_stat 1 drop-freshness)" -ge 1
member_fresh 1
check "with it again" pings 1 2 4
must 2 freshness 0 none
check "without a method nothing is taken" not pings 1 2 4
member_fresh 2
check "with it again, both ways" pings 1 2 4

# the owner dies: packets go on with headers, or they don't go
member_crash 1
sleep 0.5
if pings 1 2 4 > /dev/null
then
	pass "GM-051 packets go on without the owner"
else
	is "GM-051 packets without the owner are dropped, and counted" \
		"$(xfrm_errors g1)" -eq 0
fi
capture_stop clear
is "GM-051 none is in clear" "$(captured clear)" -eq 0

finish
