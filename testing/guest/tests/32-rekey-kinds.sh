#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The stream of test 31 through rekeys of all kinds: TEKs, KEKs and both at
# once, signed with RSA and ECDSA, by unicast and multicast, and through the
# changes between them. Members fail close, and their policy is to protect all
# IPv4 there is, so that rekeys have to get past both (GM-005, GM-009, KS-018,
# REKEY-014, REKEY-017, REKEY-032).

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../charon.sh"
. "$(dirname "$0")/../rekey.sh"

TEK=8s KEK=24s SIGNER=rsa.pem
ACL_LINES='10 = permit ip 0.0.0.0/0 0.0.0.0/0
		20 = permit ip fd00::/16 fd00::/16'
MULTICAST="transport = multicast
						address = $PUSH_GROUP
						interface = wan
						ttl = 16"

# keks NS: notes the KEKs of a member as they come, one per line
watch_keks()
{
	while :
	do
		ctl "$1" rekeys --json 2>/dev/null |
			grep -o '"spi": *"[0-9a-f]*"' >> "$RESULTS/$1.keks"
		sleep 1
	done
}

# kek_count NS: how many it has had
kek_count()
{
	sort -u "$RESULTS/$1.keks" | wc -l
}

keks_ge()
{
	[ "$(kek_count "$2")" -ge "$1" ]
}

# transition WORD: everybody changes to MULTI or UNI
transition()
{
	local i

	check "the key server takes the change to $1" reload_server
	check "REKEY-032 the key server logs the change" \
		wait_logged 30 1 ks "KS_REKEY_TRANS_2_$1"
	for i in 1 2 3
	do
		check "REKEY-032 member $i logs the change" \
			wait_logged 30 1 "g$i" "GM_REKEY_TRANS_2_$1"
	done
}

joined()
{
	in_ns "g$1" ip maddr show dev wan | grep -q "$PUSH_GROUP"
}

rekey_group_up
add_push_multicast
capture push r1 gm udp port 848
for i in 1 2 3
do
	registered[i]=$(registrations "g$i")
done
drops_note
streams_start
watch_keks g1 &
pids+=("$!")

check "KS-018 three KEKs come by unicast, signed with RSA" \
	wait_for 100 keks_ge 3 g1

REKEY_LINES=$MULTICAST
transition MULTI
for i in 1 2 3
do
	check "GM-005 member $i joins the group" wait_for 10 joined "$i"
done
before=$(kek_count g1)
rekeys_more "GM-009 multicast" 3
check "KS-018 a KEK comes by multicast" \
	wait_for 60 keks_ge $((before + 1)) g1

SIGNER=ecdsa.pem
check "the key server takes another signature key" reload_server
before=$(kek_count g1)
rekeys_more "multicast, signed with ECDSA" 3
check "KS-018 a KEK comes signed with ECDSA" \
	wait_for 60 keks_ge $((before + 1)) g1

REKEY_LINES=''
transition UNI
for i in 1 2 3
do
	check "GM-005 member $i leaves the group" wait_for 20 not joined "$i"
done
rekeys_more "unicast again" 3

streams_stop "GM-008"
capture_stop push
drops_same "GM-008"
for i in 1 2 3
do
	is "member $i never had to register again" \
		"$(registrations "g$i")" = "${registered[i]}"
done
is "rekeys came by unicast" \
	"$(captured push dst 172.16.1.2 and src 172.16.100.2)" -ge 5
is "GM-005 rekeys came by multicast" "$(captured push dst $PUSH_GROUP)" -ge 6
echo "       $(kek_count g1) KEKs, $(logged g1 GM_RECV_REKEY) rekeys"
ctl g1 rekeys getvpn
finish
