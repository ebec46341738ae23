#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fail-close with charon and packets: only if it is activated (GM-050, GM-053),
# with exceptions both ways (GM-051, GM-052, GM-055, GM-057), past it the own
# registration (GM-056) and, by an exception, that of a member behind this one
# (GM-040). It stays through a crash, is lifted by the registration (GM-054),
# and comes back when keys run out if it is told so; if not, only what the last
# policy protects is dropped (ACL-007).
#
# Behind gateway 1 there is another member, m1, at 10.2.1.2.

. "$(dirname "$0")/../../lib.sh"
. "$(dirname "$0")/../../charon.sh"
. "$(dirname "$0")/../../rekey.sh"
. "$(dirname "$0")/../../policy.sh"

A=$(host4 1) B=$(host4 2) CORE=172.17.2.1
TEK=12s
OTHERS='fail_close_acl = open
		retry_initial = 1s
		retry_max = 2s
		reregister_margin = 1s'
MEMBER_ACLS="open { 10 = deny icmp host $A host $B }"
# member 1 may not register yet
AUTHORIZE='addresses = 10.2.1.2'

# state STATE: what member 1 says of its fail-close
state()
{
	shows g1 fail-close "$1"
}

# closed NAME: everything but the exception is dropped, both ways
closed()
{
	is "$1: the exception passes" "$(fate "$A" "$B")" = clear
	check "$1: from host 1 nothing else gets out" \
		not in_ns h1 ping -n -q -c 2 -i 0.2 -W 1 $CORE
	check "$1: nothing else gets in" \
		not in_ns h2 ping -n -q -c 2 -i 0.2 -W 1 10.0.1.1
	check "$1: nor by IPv6" not in_ns h1 ping -n -q -c 2 -i 0.2 -W 1 fd02:2::1
	check "$1: the gateway itself gets nothing out" \
		not in_ns g1 ping -n -q -c 2 -i 0.2 -W 1 $CORE
}

reaches_core()
{
	in_ns h1 ping -n -q -c 1 -W 1 "$CORE"
}

rekey_network 2
add_ns m1 gateway
add_link g1 lan2 m1 wan 10.2.1 fd00:21
add_default m1 10.2.1 fd00:21
ip -n r1 route add 10.2.1.0/24 via 172.16.1.2
ip -n core route add 10.2.1.0/24 via 172.17.1.2
start_charon ks

FAIL_CLOSE=no MEMBER_LINES=$OTHERS
member_conf | prepare_charon g1
start_charon g1
check "GM-053 exceptions alone do nothing" wait_for 60 state OFF
check "GM-050 what isn't closed is open" wait_for 10 reaches_core

capture door r1 gm "udp port 848 or net 10.2.1.0/24"
FAIL_CLOSE=yes
check "GM-053 member 1 is armed" reload_member 1
check "GM-051 member 1 is closed" wait_for 60 state ACTIVE
closed GM-051

before=$(captured door src 172.16.1.2)
check "GM-056 its own registration gets through" \
	wait_for 20 captured_ge $((before + 1)) door src 172.16.1.2
check "GM-056 and answers come back" \
	wait_for 20 captured_ge 1 door dst 172.16.1.2
FAIL_CLOSE=no MEMBER_LINES='retry_initial = 1s
		retry_max = 2s'
member_conf | prepare_charon m1
start_charon m1
before=$(captured door src 172.16.1.2)
check "some more attempts" \
	wait_for 30 captured_ge $((before + 2)) door src 172.16.1.2
check "GM-040 the member behind it doesn't register" not is_registered m1
is "GM-040 none of its packets gets out" \
	"$(captured door src 10.2.1.2)" -eq 0

FAIL_CLOSE=yes MEMBER_LINES=$OTHERS
MEMBER_ACLS="open {
		10 = deny icmp host $A host $B
		20 = deny udp any port 848 any port 848
	}"
check "GM-052 another exception" reload_member 1
check "GM-040 the member behind it registers" wait_for 180 is_registered m1
capture_stop door
check "GM-040 while it isn't registered itself" not is_registered g1
check "GM-051 and is still closed" not reaches_core
kill_charon m1

kill_charon g1 KILL
closed "GM-051 after a crash"
start_charon g1
check "GM-051 the new charon says it's closed" wait_for 180 state ACTIVE
check "GM-051 and it is" not reaches_core

AUTHORIZE='addresses = 172.16.0.0/16'
MEMBER_LINES="$OTHERS
		fail_close_revert = yes"
check "member 1 is to close again when keys run out" reload_member 1
check "the key server takes member 1" reload_server
check "GM-054 member 1 registers" wait_for 180 is_registered g1
check "GM-054 and is open" wait_for 10 reaches_core
check "GM-054 it says so" state ARMED
capture keys r1 gm "net 10.0.1.0/24"
in_ns h1 ping -n -q -c 5 -i 0.2 -W 1 "$B" > /dev/null
check "GM-054 the exception is none now: it's encrypted" \
	wait_for 10 captured_ge 5 keys ip proto 50
is "GM-054 and not clear" "$(captured keys "icmp and host $B")" -eq 0

kill_charon ks
check "keys run out" wait_for 60 has_no_keys g1
check "fail_close_revert: member 1 is closed" wait_for 60 state ACTIVE
closed "fail_close_revert"

capture_stop keys
MEMBER_LINES=$OTHERS
start_charon ks
check "GM-054 member 1 registers again" wait_for 180 is_registered g1
check "GM-054 and is open again" wait_for 10 reaches_core
check "without fail_close_revert" reload_member 1
kill_charon ks
check "keys run out once more" wait_for 60 has_no_keys g1
capture gone r1 gm "net 10.0.1.0/24"
is "ACL-007 what the policy protects is dropped" "$(fate "$A" "$B")" = dropped
check "ACL-008 all else is clear" wait_for 5 reaches_core
wait_for 5 captured_ge 2 gone host $CORE
capture_stop gone
is "ACL-007 nothing of it is on the wire" "$(captured gone host "$B")" -eq 0
finish
