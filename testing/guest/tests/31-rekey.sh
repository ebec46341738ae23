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

# as many and as often as four generations of a TEK allow: a rekey every 3 s, and
# each TEK sends from 5 s after it came. By schedule there would be one every 5 s
INTERVAL=3
TEK=11s

# rekey_often N: has the key server rekey, every INTERVAL seconds
rekey_often()
{
	local n due=${EPOCHREALTIME/./} left

	for ((n = 0; n < $1; n++))
	do
		ctl ks rekey getvpn > "$RESULTS/rekey" || return 1
		due=$((due + INTERVAL * 1000000))
		left=$((due - ${EPOCHREALTIME/./}))
		[ "$left" -lt 0 ] ||
			sleep "$((left / 1000000)).$(printf %06d $((left % 1000000)))"
	done
}

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
check "the key server rekeys $rekeys times" rekey_often "$rekeys"
for i in 1 2 3
do
	check "REKEY-028 $rekeys rekeys reach member $i" wait_logged 15 \
		$((before[i] + rekeys)) "g$i" GM_RECV_REKEY
done
seconds=$((SECONDS - begin))
streams_stop "GM-008"
capture_stop wire
drops_same "GM-008"
echo "       $rekeys rekeys in $seconds s"
spis=$(show wire | grep -o 'spi=0x[0-9a-f]*' | sort -u | wc -l)
is "GM-006 every TEK was used" "$spis" -ge $((rekeys - 3))
for i in 1 2 3
do
	is "member $i never had to register again" \
		"$(registrations "g$i")" = "${registered[i]}"
	is "GM-006 member $i: old SAs are gone" "$(spis "g$i" | wc -l)" -le 5
done
ctl ks rekeys getvpn
ctl g1 rekeys getvpn
finish
