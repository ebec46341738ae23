#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The key server is killed and started again. With its store it carries on where
# it was, and the stream of test 31 does not notice (KS-005, REKEY-017).

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../charon.sh"
. "$(dirname "$0")/../rekey.sh"

TEK=40s
MEMBER_LINES='reregister_margin = 8s'
SECRET_LINES='ppk-store {
				id = gdoi-store
				secret = 0x000102030405060708090a0b0c0d0e0f1011121314151617
			}'
# as the key server sees it; /var/run is its own
STORE=/var/run/groups.db
KS_SETTINGS="store { uri = sqlite://$STORE }"

rekey_group_up
for i in 1 2 3
do
	registered[i]=$(registrations "g$i")
done
drops_note
streams_start
rekeys_more "before" 1 40
kill_charon ks KILL
start_charon ks
check "KS-005 the key server carries on from its store" \
	wait_logged 30 1 ks KS_STORE_RESTORED
rekeys_more "with the store" 2 60
for i in 1 2 3
do
	is "KS-005 member $i had not to register again" \
		"$(registrations "g$i")" = "${registered[i]}"
done
streams_stop "killed, with the store"
drops_same "killed, with the store"
finish
