#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Directions, with packets: a receive-only group (GM-036), members that are
# passive by command (GM-033, GM-035) or configuration (GM-032) and active again
# (GM-034), and the conversion of the whole group while there is traffic, which
# loses none of it (GM-037 to GM-039). That it ends by itself after 300 s is
# proved by a unit test with a clock of its own; here a rekey ends it.

. "$(dirname "$0")/../../lib.sh"
. "$(dirname "$0")/../../charon.sh"
. "$(dirname "$0")/../../rekey.sh"
. "$(dirname "$0")/../../policy.sh"

TEK=1h
SERVER_LINES='receive_only = yes'

# directed MEMBER DIRECTION ORIGIN
directed()
{
	shows "g$1" direction "$2" && shows "g$1" direction-origin "$3"
}

# direct MEMBER DIRECTION: by command
direct()
{
	ctl "g$1" direction getvpn "$2"
}

A=$(host4 1) B=$(host4 2)
rekey_group_up 2

is "GM-036 a receive-only group is clear" "$(fate "$A" "$B")" = clear
is "GM-036 its members have the TEK" "$(spis g1)" = "$(spis g2)"
check "GM-036 member 1 says so" directed 1 inbound-only server

check "GM-033 member 2 becomes passive" direct 2 inbound-optional
is "GM-035 it takes clear packets, and answers encrypted" \
	"$(fate "$A" "$B")" = mixed
before=$(stat g2 drop-clear)
check "GM-034 member 2 goes both ways" direct 2 both
is "GM-034 now it takes no clear packets" "$(fate "$A" "$B")" = dropped
is "GM-055 and counts them" "$(($(stat g2 drop-clear) - before))" -ge 2
check "GM-033 a rekey" ctl ks rekey getvpn
check "GM-033 restores what the server said" \
	wait_for 20 directed 2 inbound-only server
is "GM-033 so that all is clear" "$(fate "$A" "$B")" = clear

# everybody is converted, while there is traffic
drops_note
streams_start
is "GM-036 the stream is clear" "$(esp_of_stream)" -eq 0
SERVER_LINES='receive_only = no'
check "GM-037 the key server takes the change" reload_server
for i in 1 2
do
	check "GM-037 member $i is converted" \
		wait_for 30 directed "$i" inbound-optional conversion
done
left=$(ctl g1 groups getvpn --json | value direction-ends-in)
is "GM-037 for 5 minutes" "$left" -ge 280
check "GM-038 a rekey" ctl ks rekey getvpn
for i in 1 2
do
	check "GM-038 ends it at member $i" \
		wait_for 30 directed "$i" both server
done
is "GM-038 now the stream is encrypted" "$(esp_of_stream)" -eq 100
streams_stop "GM-039 the conversion"
drops_same "GM-039 the conversion"

before=$(stat g1 drop-clear)
is "GM-055 in clear nothing enters" "$(forged 10.0.2.9 "$A" 6000)" -eq 0
is "GM-055 it's counted" "$(($(stat g1 drop-clear) - before))" -eq 5

# passive by configuration, for good
MEMBER_LINES+='
	direction = inbound-optional'
check "GM-032 member 1 is configured to be passive" reload_member 1
check "GM-032 and is" wait_for 10 directed 1 inbound-optional configured
is "GM-035 it accepts clear packets" "$(forged 10.0.2.9 "$A" 6001)" -eq 5
is "GM-035 it sends and accepts encrypted" "$(fate "$A" "$B")" = encrypted
before=$(logged g1 GM_RECV_REKEY)
check "GM-032 a rekey" ctl ks rekey getvpn
check "GM-032 reaches it" wait_logged 20 $((before + 1)) g1 GM_RECV_REKEY
is "GM-032 it's still passive" "$(forged 10.0.2.9 "$A" 6002)" -eq 5
kill_charon g1
start_charon g1
check "GM-032 it starts again" wait_for 60 is_registered g1
is "GM-032 and is passive" "$(forged 10.0.2.9 "$A" 6003)" -eq 5
is "GM-032 but sends encrypted" "$(fate "$A" "$B")" = encrypted
finish
