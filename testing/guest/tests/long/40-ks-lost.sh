#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The key server is killed and started again without a store, so that it has new
# keys and knows no members. These register before their keys end; as they do so
# one after the other, some packets are lost in between (GM-007).

. "$(dirname "$0")/../../lib.sh"
. "$(dirname "$0")/../../charon.sh"
. "$(dirname "$0")/../../rekey.sh"

TEK=40s
MEMBER_LINES='reregister_margin = 16s'

# registered_ge N MEMBER: whether it has registered that often
registered_ge()
{
	[ "$(registrations "g$2")" -ge "$1" ]
}

rekey_group_up
for i in 1 2 3
do
	registered[i]=$(registrations "g$i")
done
streams_start
rekeys_more "before" 1 40
kill_charon ks KILL
start_charon ks
for i in 1 2 3
do
	check "GM-007 member $i registers with the new keys' server" \
		wait_for 60 registered_ge $((registered[i] + 1)) "$i"
done
streams_stop
# a member sends by the new keys once it has them
is "GM-007 packets are lost only while the others have not registered" \
	"$stream_loss" -le $((STREAM_RATE * 6 * 4))
drops_note
streams_start
rekeys_more "without the store" 2 80
streams_stop "after the loss of the store"
drops_same "after the loss of the store"
for i in 1 2 3
do
	is "GM-007 member $i needed no more for it" "$(registrations "g$i")" -le \
		$((registered[i] + 2))
done
finish
