#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Steps of the clock on the wall, by which the kernel measures how long a state
# lives: forward by an hour and by ten years, and back, before and after the
# kernel looks at new states for the first time, one second after they came.
# The streams of test 31 show what is lost. States that the kernel removes come
# back before anybody sends by them; where somebody does, traffic goes on after
# the time that this takes, which is printed.

. "$(dirname "$0")/../../lib.sh"
. "$(dirname "$0")/../../charon.sh"
. "$(dirname "$0")/../../rekey.sh"

# wait_for and the like go by the clock that is set here: they are of no use
# while it is not right
TEK=300s
HOUR=3600 YEARS=315360000

# restored N: how many states member N has put back
restored()
{
	ctl "g$1" groups --json | value states-restored
}

note_restored()
{
	local i

	for i in 1 2 3
	do
		before[i]=$(restored "$i")
	done
}

# all_changed: whether all members have other SPIs than before
all_changed()
{
	local i

	for i in 1 2 3
	do
		[ "$(spis "g$i")" != "${known[i]}" ] || return 1
	done
}

# clock SECONDS: set it, by that much
clock()
{
	date -s "@$(($(date +%s) + $1))" > /dev/null
}

# steps SECONDS: set it by that much again and again, until run is gone, so
# that a step is within the first second of every state; then back
steps()
{
	local count=0

	while [ -e "$RESULTS/run" ]
	do
		clock "$1"
		count=$((count + 1))
		sleep 0.3
	done
	clock $((-$1 * count))
	echo "       $count steps of $1 s"
}

# rekey_and_step SECONDS [--replace]: steps before, while and after all members
# get another TEK
rekey_and_step()
{
	local i try=0 stepper

	for i in 1 2 3
	do
		known[i]=$(spis "g$i")
	done
	note_restored
	touch "$RESULTS/run"
	steps "$1" &
	stepper=$!
	ctl ks rekey getvpn "${@:2}" > /dev/null
	until all_changed || [ "$((try++))" -gt 100 ]
	do
		sleep 0.1
	done
	sleep 2
	rm "$RESULTS/run"
	wait "$stepper"
	sleep 2
}

# removed NAME SECONDS [--replace]: the kernel removes states of all members,
# who put them back
removed()
{
	local i

	rekey_and_step "${@:2}"
	for i in 1 2 3
	do
		is "$1: the kernel removed states of member $i" \
			"$(restored "$i")" -ge $((before[i] + 4))
		is "$1: member $i has them all again" \
			"$(in_ns "g$i" ip xfrm state | grep -c auth-trunc)" \
			-eq $(($(spis "g$i" | wc -l) * 4))
	done
	echo "       states put back by members 1 to 3: $(restored 1)," \
		"$(restored 2), $(restored 3)"
}

# kept NAME: no state had to be put back
kept()
{
	local i

	for i in 1 2 3
	do
		is "$1: the kernel removed nothing of member $i" \
			"$(restored "$i")" -eq "${before[i]}"
	done
}

rekey_group_up
for i in 1 2 3
do
	registered[i]=$(registrations "g$i")
done

note_restored
drops_note
streams_start
sleep 2
for step in $HOUR $YEARS -$HOUR -$YEARS
do
	clock "$step"
	sleep 2
done
kept "steps after the first second"
removed "rekey, an hour forward" $HOUR
removed "rekey, ten years forward" $YEARS
rekey_and_step -$HOUR
kept "rekey, an hour back"
streams_stop "steps of the clock"
drops_same "steps of the clock"

# now they send by what is removed
streams_start
removed "replaced keys, an hour forward" "$HOUR" --replace
streams_stop
echo "       $stream_loss packets lost, those of the replacement among them"
for pair in 12 13 21 23 31 32
do
	is "no pause of host ${pair:0:1} to host ${pair:1:1} is longer than 3 s" \
		"$(field pause "$(tail -n 1 "$RESULTS/s$pair.recv")" |
			cut -d . -f 1)" -lt 3
done
note_restored
drops_note
streams_start
sleep 6
streams_stop "afterwards"
drops_same "afterwards"
kept "afterwards"
for i in 1 2 3
do
	is "member $i logged it" "$(logged "g$i" GM_SA_RESTORED)" -ge 3
	is "member $i never had to register again" \
		"$(registrations "g$i")" = "${registered[i]}"
done
finish
