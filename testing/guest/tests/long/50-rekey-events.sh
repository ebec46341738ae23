#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What happens to a group beside its schedule, seen by the stream of test 31:
# steps of the clock, keys that end at once (REKEY-030), and the expulsion of a
# member, which the others don't notice (KS-017, REKEY-021).

. "$(dirname "$0")/../../lib.sh"
. "$(dirname "$0")/../../charon.sh"
. "$(dirname "$0")/../../rekey.sh"

TEK=12s
rekey_group_up
for i in 1 2 3
do
	registered[i]=$(registrations "g$i")
done

# settled: whether the newest SA is older than the second that the kernel looks
# at its lifetime for the first time, by the clock on the wall
settled()
{
	local newest now

	newest=$(in_ns g1 ip -s xfrm state | awk '
		$1 == "add" { print $2 " " $3 }' | sort | tail -n 1)
	now=$(date +%s)
	[ $((now - $(date -d "$newest" +%s))) -ge 2 ]
}

# step SECONDS: set the clock, by that much
step()
{
	wait_for 20 settled
	date -s "@$(($(date +%s) + $1))" > /dev/null
}

drops_note
streams_start
check "the clock goes an hour forward" step 3600
rekeys_more "an hour forward" 2
check "the clock goes two hours back" step -7200
rekeys_more "two hours back" 2
check "the clock is right again" step 3600
rekeys_more "right again" 1
streams_stop "steps of the clock"
drops_same "steps of the clock"
for i in 1 2 3
do
	is "steps of the clock: member $i never had to register again" \
		"$(registrations "g$i")" = "${registered[i]}"
done

# members do it one after the other, and what is under way is lost
drops_note
streams_start
rekeys_more "before the replacement" 1
old=$(spis g1)
check "REKEY-030 all keys are replaced" ctl ks rekey getvpn --replace
rekeys_more "REKEY-030" 1
for i in 1 2 3
do
	is "REKEY-030 member $i has none of the old keys" "$(spis "g$i" |
		grep -cF "$old")" -eq 0
done
rekeys_more "after the replacement" 1
streams_stop
is "REKEY-030 only packets under way are lost" "$stream_loss" -le \
	$((STREAM_RATE * 6))
echo "       $stream_loss packets lost by the replacement; counters moved:"
drops > "$RESULTS/drops.replace"
diff "$RESULTS/drops.before" "$RESULTS/drops.replace" | grep '^>'

# nothing_common: whether member 3 has none of the keys of member 1
nothing_common()
{
	[ -n "$(spis g1)" ] && ! spis g3 | grep -qF "$(spis g1)"
}

AUTHORIZE='addresses = deny 172.16.3.2, permit 172.16.0.0/16'
check "the key server refuses member 3 from now on" reload_server
before=$(logged g3 GM_RECV_REKEY)
drops_note 1 2
streams_start 1 2
check "REKEY-021 AUTHZ-012 member 3 is expelled by that" \
	wait_for 20 logged_ge 1 ks KS_GM_REVOKED
check "REKEY-021 soon it has none of the others' keys" \
	wait_for 40 nothing_common
is "REKEY-021 it got no rekey" "$(logged g3 GM_RECV_REKEY)" -eq "$before"
receive expelled 3 0.0.0.0 5999 -n 100 -w 8
capture wire3 r3 gm ip proto 50
transmit 1 "$(host4 3)" 5999 -n 100 -r 100 > /dev/null
wait_for 10 captured_ge 100 wire3
capture_stop wire3
is "what is sent to member 3's host gets there encrypted" \
	"$(captured wire3)" -ge 100
is "REKEY-021 member 3 can't decrypt it" \
	"$(field distinct "$(received expelled)")" -eq 0
streams_stop "REKEY-021 the others"
drops_same "REKEY-021 the others" 1 2
for i in 1 2
do
	is "REKEY-021 member $i had not to register again" \
		"$(registrations "g$i")" = "${registered[i]}"
done
check "REKEY-021 the key server lists the others only" \
	not grep -q 172.16.3.2 <<< "$(ctl ks members)"
finish
