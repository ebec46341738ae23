#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# IP-D3P with charon, and with clocks that are set. All members of the guest
# have one clock, so that a member whose charon is stopped stands for one whose
# clock was not set: its packets have the time of before (D3P-007, D3P-008).

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../charon.sh"
. "$(dirname "$0")/../rekey.sh"
. "$(dirname "$0")/../policy.sh"

# packets may be off by a second
SERVER_LINES='d3p_window = 2s'
# nothing shall end when the clock is set
TEK_LINES='lifetime = 12h'

# step SECONDS: set the clock forward, or back
step()
{
	python3 -c 'import sys, time
time.clock_settime(time.CLOCK_REALTIME, time.time() + float(sys.argv[1]))' "$1"
}

# refused N MEMBER: whether it has refused at least N packets
refused()
{
	[ "$(stat "g$2" drop-freshness)" -ge "$1" ]
}

# said NS REGEX: how many lines of its log match
said()
{
	grep -c "$2" "$RESULTS/$1.charon.log"
}

# both_ways NAME: everything passes
both_ways()
{
	local family

	for family in 4 6
	do
		check "$1: IPv$family 1 to 2" wait_for 20 pings 1 2 "$family"
		check "$1: IPv$family 2 to 1" wait_for 20 pings 2 1 "$family"
	done
}

build_network 2
add_key_server
network_ready
check "our plugins are built" merge_plugins
server_conf | prepare_charon ks
member_conf | prepare_charon g1
D3P_LOAD=no
member_conf | prepare_charon g2
D3P_LOAD=yes

start_charon ks
start_charon g1
check "member 1 registers" wait_for 60 is_registered g1
start_charon g2
check "D3P-004 a member without the plugin is refused" \
	wait_logged 60 1 ks KS_FRESHNESS_UNSUPPORTED
check "and is not registered" not is_registered g2
kill_charon g2
charon_conf g2 > /run/etc/g2/strongswan.conf
start_charon g2
check "with the plugin it registers" wait_for 60 is_registered g2
both_ways "D3P-008 clocks agree"
for i in 1 2
do
	is "member $i refused nothing" "$(stat "g$i" drop-freshness)" -eq 0
	check "nobody keeps the guest's clock: member $i says so" \
		wait_logged 10 1 "g$i" FRESHNESS_CLOCK_UNSYNCHRONISED
	is "and once" "$(logged "g$i" FRESHNESS_CLOCK_UNSYNCHRONISED)" -eq 1
done

# an hour forward and back: member 2 does not notice, then member 1
set_and_recover()
{
	local by=$1 still=$2 moved=$((3 - $2)) sign=$3 before

	before=$(stat "g$moved" drop-freshness)
	kill -STOP "${charon_pid[g$still]}"
	step "$by"
	check "$by s: member $moved says that its clock was set" \
		wait_logged 10 $((++steps[moved])) "g$moved" FRESHNESS_CLOCK_STEPPED
	check "$by s: its packets are refused by the other" \
		not pings "$moved" "$still" 4
	check "$by s: and it refuses those of the other" \
		not pings "$still" "$moved" 6
	is "$by s: which are counted" \
		$(($(stat "g$moved" drop-freshness) - before)) -ge 3
	kill -CONT "${charon_pid[g$still]}"
	check "$by s: member $still sees it when it wakes up" \
		wait_logged 10 $((++steps[still])) "g$still" FRESHNESS_CLOCK_STEPPED
	check "$by s: it has counted as well" refused 3 "$still"
	both_ways "$by s: clocks agree again"
	for i in 1 2
	do
		is "$by s: member $i knows how far" \
			"$(said "g$i" "clock stepped by $sign\(3600\.0\|3599\.9\)")" -eq 1
		check "$by s: member $i is still registered" is_registered "g$i"
	done
}

steps=(0 0 0)
set_and_recover 3600 2 +
set_and_recover -3600 1 -
is "no warning of what is far from the edge" "$(said g1 FRESHNESS_SKEW)" -eq 0

# within what is allowed, but by more than half
kill -STOP "${charon_pid[g2]}"
step 0.7
before=$(stat g1 drop-freshness)
passing=0
for ((i = 0; i < 25; i++))
do
	pings 2 1 4 > /dev/null && passing=$((passing + 1))
	[ "$(logged g1 FRESHNESS_SKEW)" -gt 0 ] && break
	sleep 3
done
is "0.7 s: pings pass" "$passing" -gt 0
is "0.7 s: nothing is refused" "$(stat g1 drop-freshness)" -eq "$before"
is "member 1 warns once" "$(logged g1 FRESHNESS_SKEW)" -eq 1
is "and tells how much and of what" "$(said g1 \
	'packets at wan, SA 0, were up to 0\.[67][0-9]* s late .* 1\.000 s')" -eq 1
kill -CONT "${charon_pid[g2]}"
both_ways "clocks agree at last"

# the programs stay with the crypto map when charon is gone, and are no danger
capture crash r1 gm "net 10.0.0.0/16 or net fd00::/16"
kill_charon g1 KILL
check "a crash of member 1: packets pass as before" pings 1 2 4
check "a crash of member 1: in either direction" pings 2 1 6
start_charon g1
check "member 1 is back" wait_for 60 is_registered g1
both_ways "after a crash"
capture_stop crash
is "a crash: nothing is in clear" "$(captured crash \
	"not (ip proto 50 or ip6 proto 50)")" -eq 0
is "and all is ESP" "$(captured crash "ip proto 50 or ip6 proto 50")" -ge 24

# the plugin goes before the crypto maps that use it
kill -TERM "${charon_pid[g1]}"
wait "${charon_pid[g1]}"
is "charon ends cleanly" $? -eq 0
finish
