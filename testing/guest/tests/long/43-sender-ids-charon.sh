#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A group with AES-GCM (RFC 6407 section 3.5, RFC 6054): three members, IPv4 and
# IPv6, several TEKs, a member that registers again, and a clock that is set. On
# the wire no IV comes twice under a key, each begins with a Sender ID that the
# key server gave to the member that sends it, and rekeys lose no packet (GM-006,
# GM-008).

. "$(dirname "$0")/../../lib.sh"
. "$(dirname "$0")/../../charon.sh"
. "$(dirname "$0")/../../rekey.sh"
. "$(dirname "$0")/../../sids.sh"

BITS=${GUEST_SID_BITS:-8}
TEK=60s
SERVER_LINES="sender_ids { bits = $BITS }"
TEK_LINES="esp_proposals = aes256gcm16"
# what the kernel does beside the streams takes its time
STREAM_RATE=30 STREAM_MIN=60

# given N: Sender IDs that the key server gave to member N when it came last
given()
{
	ctl ks members getvpn "172.16.$1.2" --json | tr -d '\n\t "' |
		sed -n 's/.*[{,]sids:\[\([0-9,]*\)\].*/\1,/p' | tr , '\n'
}

# note_given N...: remember them
note_given()
{
	local i

	for i in "$@"
	do
		{ given "$i"; cat "$RESULTS/given-$i" 2>/dev/null; } |
			sort -u > "$RESULTS/given"
		mv "$RESULTS/given" "$RESULTS/given-$i"
	done
}

# sends_by N SPI: whether member N sends by another TEK than that one
sends_by()
{
	[ "$(active "$1")" != "$2" ]
}

# active N: SPI that member N sends with
active()
{
	in_ns "g$1" ip xfrm policy | grep -o 'spi 0x[0-9a-f]*' | sort -u | head -n 1
}

rekey_group_up
# a busy machine may have them register more than once until now, so that what
# they send with at first is not looked at
note_given 1 2 3
for i in 1 2 3
do
	active "$i" | sed 's/.*0x//' >> "$RESULTS/first"
	sent_capture "$i"
	is "member $i got Sender IDs" "$(wc -l < "$RESULTS/given-$i")" -ge 2
done
drops_note
streams_start
for n in 1 2
do
	for i in 1 2 3
	do
		before[i]=$(active "$i")
	done
	check "the key server rekeys" ctl ks rekey getvpn
	for i in 1 2 3
	do
		check "GM-006 member $i sends by TEK $((n + 1))" \
			wait_for 60 sends_by "$i" "${before[i]}"
	done
done
streams_stop "GM-008"
drops_same "GM-008"
note_given 1 2 3

# it must not begin anew under the keys that it had
ctl g1 register getvpn > /dev/null
check "member 1 registers again" wait_logged 60 2 g1 GM_REGS_COMPL
check "and sends again" wait_for 60 pings 1 2 4 -c 1
note_given 1
for pair in "1 2" "1 3"
do
	# shellcheck disable=SC2086
	check "hosts ${pair/ / and } talk again" wait_for 30 pings $pair 4 -c 5
	# shellcheck disable=SC2086
	check "and by IPv6" wait_for 30 pings $pair 6 -c 5
done

# talks N: whether member N's host reaches the next one by both families
talks()
{
	pings "$1" $(($1 % 3 + 1)) 4 -c 1 && pings "$1" $(($1 % 3 + 1)) 6 -c 1
}

# the kernel takes states away that are younger than a second while the clock is
# set forward by more than they live; others come with other Sender IDs. This
# goes on for longer than a member gets them
check "the key server replaces all keys" ctl ks rekey getvpn --replace
for ((n = 0; n < 20; n++))
do
	date -s "@$(($(date +%s) + 3600))" > /dev/null
	sleep 0.25
done
date -s "@$(($(date +%s) - n * 3600))" > /dev/null
for i in 1 2 3
do
	is "member $i lost states to the clock" \
		"$(ctl "g$i" groups --json | value states-restored)" -ge 2
	check "member $i sends again" wait_for 60 talks "$i"
done
note_given 1 2 3
for i in 1 2 3
do
	capture_stop "sent$i"
done

ivs 1 2 3 > "$RESULTS/ivs"
sids "$BITS" < "$RESULTS/ivs" | sort > "$RESULTS/sids"
grep -v -f "$RESULTS/first" "$RESULTS/sids" > "$RESULTS/known"
no_iv_twice "RFC 6407" "$RESULTS/ivs"
is "there are packets of several TEKs" \
	"$(cut -d ' ' -f 3 "$RESULTS/sids" | sort -u | wc -l)" -ge 4
is "a Sender ID is of one member only" \
	"$(sort "$RESULTS"/given-? | uniq -d | wc -l)" -eq 0
is "and has one use under a key" \
	"$(awk '{ print $3, $4 }' "$RESULTS/sids" | sort | uniq -d | wc -l)" -eq 0
while read -r i family spi sid
do
	grep -q -x "$sid" "$RESULTS/given-$i" ||
		fail "member $i sends IPv$family under $spi by Sender ID $sid"
done < "$RESULTS/known"
is "all of them send by their Sender IDs, both families" \
	"$(cut -d ' ' -f 1,2 "$RESULTS/known" | sort -u | wc -l)" -eq 6
is "member 1 has used others after it registered again" \
	"$(awk '{ print $1, $2, $3 }' "$RESULTS/sids" | uniq -d | grep -c '^1 ')" \
	-ge 1
cat "$RESULTS/sids"
finish
