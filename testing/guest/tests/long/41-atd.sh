#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The key server tells members of other vendors when to change to a new TEK,
# which differs from when our own do; nobody loses a packet (ATD-001, ATD-003,
# ATD-004, GM-007).

. "$(dirname "$0")/../../lib.sh"
. "$(dirname "$0")/../../charon.sh"
. "$(dirname "$0")/../../rekey.sh"

# rekeyed 36 s before the end: 6 s remain for the delay, and our own change
# when a quarter of the lifetime is left, 18 s after the rekey
TEK=72s
FOREIGN=3

# switched N: milliseconds from a rekey to member N's first packet with the TEK
# that came by it
switched()
{
	show "wire$1" -tt | awk -v src="10.0.$1.2" '
		$3 == "172.16.100.2.848" { push = push ? push : $1 }
		$3 == src {
			split($6, part, /[(,]/)
			if (!push)
				spi = part[2]
			else if (spi != "" && part[2] != spi)
			{
				printf "%d\n", ($1 - push) * 1000
				exit
			}
		}'
}

rekey_group_up
for i in 1 3
do
	capture "wire$i" "r$i" gm "(udp[26] == 33 and src host 172.16.100.2) or
		(ip proto 50 and src 10.0.$i.2 and ip[27] & 7 == 0)"
done
drops_note
streams_start
rekeys_more "ATD-001" 1 60
# what our own do is over when the next rekey comes
rekeys_more "ATD-001" 1 60
streams_stop "ATD-001"
drops_same "ATD-001"
for i in 1 3
do
	capture_stop "wire$i"
done
own=$(switched 1) other=$(switched 3)
echo "       a new TEK is used after $own ms, by the other vendor's $other ms"
is "ATD-003 the other vendor's changes after 6 s" "${other:-0}" -ge 5000
is "ATD-003 and not much later" "${other:-99999}" -le 9000
is "GM-007 our own change after 18 s" "${own:-0}" -ge 16000
is "GM-007 and not much later" "${own:-99999}" -le 21000
finish
