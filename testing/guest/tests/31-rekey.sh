#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# TEKs roll over, and user traffic never notices: a steady stream between three
# members through GUEST_REKEYS rekeys (20; "check --long" makes it 200), and no
# packet is lost (GM-006, GM-007, GM-008, REKEY-028).

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../charon.sh"
. "$(dirname "$0")/../rekey.sh"

rekeys=${GUEST_REKEYS:-20}

TEK=8s
rekey_group_up
for i in 1 2 3
do
	registered[i]=$(registrations "g$i")
	before[i]=$(logged "g$i" GM_RECV_REKEY)
done
# one of 64 packets is enough to see which keys are used
capture wire r1 gm "ip proto 50 and ip[27] & 63 == 0"
drops_note
streams_start
begin=$SECONDS
check "REKEY-028 $rekeys rekeys reach member 1" wait_logged \
	$((rekeys * 5 + 60)) $((before[1] + rekeys)) g1 GM_RECV_REKEY
for i in 2 3
do
	check "REKEY-028 and member $i" wait_logged 15 \
		$((before[i] + rekeys)) "g$i" GM_RECV_REKEY
done
seconds=$((SECONDS - begin))
streams_stop "GM-008"
capture_stop wire
drops_same "GM-008"
echo "       $rekeys rekeys in $seconds s"
spis=$(show wire | grep -o 'spi=0x[0-9a-f]*' | sort -u | wc -l)
is "GM-006 every TEK was used" "$spis" -ge $((rekeys - 2))
for i in 1 2 3
do
	is "member $i never had to register again" \
		"$(registrations "g$i")" = "${registered[i]}"
	is "GM-006 member $i: old SAs are gone" "$(spis "g$i" | wc -l)" -le 4
done
ctl ks rekeys getvpn
ctl g1 rekeys getvpn
finish
