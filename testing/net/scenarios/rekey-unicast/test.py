# SPDX-License-Identifier: GPL-2.0-or-later
"""KS-007, KS-016 to KS-019, REKEY-016, REKEY-017, REKEY-020, REKEY-027,
REKEY-028, ACK-001, ACK-003, ACK-014, ACK-018, ACK-019, GM-006, GM-008,
LOG-010, LOG-134, LOG-160."""

import re

import groups
import rekey_wire
import rekeys
from netlab import until

ADDRESSES = ('10.1.1.1', '10.1.2.1', '10.1.3.1')
TIMEOUT = 120


def check_numbers(lab, listener):
    """Each KEK begins with 1 and counts on without a gap."""
    for spi in {one.spi for one in listener.pushes}:
        numbers = sorted({one.seq for one in listener.pushes
                          if one.spi == spi})
        lab.equal(numbers, list(range(1, len(numbers) + 1)),
                  'numbers under one KEK')


def check_content(lab, listener):
    """What TEK and KEK rekeys carry; one message for all members."""
    renewed = 0
    for one in listener.pushes:
        lab.equal({other.data for other in listener.pushes
                   if (other.spi, other.seq) == (one.spi, one.seq)},
                  {one.data}, 'messages with one number')
        lab.equal(len(one.sa['sak']), 1, 'KEKs described by a PUSH')
        lab.check(one.sa['sat'], 'a PUSH without TEK')
        lab.check(9 not in dict(one.sa['sak'][0]['attributes']),
                  'a request for an ACK in the mode cisco')
        renewed += one.sa['sak'][0]['spi'] != one.spi
    lab.check(renewed >= 3, 'no KEK rekey for each member')
    lab.check(renewed < len(listener.pushes), 'no rekey of TEKs alone')


def check_books(lab, ks, listener):
    """The key server's own record of the acknowledgements."""
    rows = groups.members(ks)
    lab.equal(len(rows), 3, 'members')
    count = len(listener.pushes) // 3
    for one in rows:
        lab.check(int(one['rekeys-sent']) >= count,
                  f'{one["rekeys-sent"]} rekeys sent, {count} seen')
        lab.equal(int(one['acks-missed']), 0, 'acknowledgements missed')
        lab.check(int(one['acks-received']) >= count,
                  f'{one["acks-received"]} acknowledgements booked')


def run(lab):
    ks, *members = rekeys.pair(lab, 3)
    ks.start()
    capture = ks.capture('eth0')
    groups.start(*members)
    groups.registered(*members)
    for host in members:
        until(lambda: 'ESTABLISHED' not in host.swanctl('--list-sas').stdout,
              'end of phase 1')
        host.mark()
    # two KEKs and two TEKs of each: 15, 30, 45 and 60 s after the start
    for host in members:
        rekeys.received(host, 4, 75)
    rekeys.wait_current(ks, *members)
    until(lambda: len(rekeys.acks(capture)) == len(rekeys.pushes(capture)),
          'an ACK for every PUSH in the capture')
    for host in members:
        lab.equal(len(host.logged('initiating Main Mode')), 0,
                  f'phase 1 of {host.name} after its registration')
    rekeys.loss_free(lab, *members)
    lab.check(rekeys.no_gap(lab, rekeys.TEK, *members) >= 5,
              'fewer TEKs than rekeys')
    listener = rekeys.decoded(capture, members[0])
    check_numbers(lab, listener)
    check_content(lab, listener)
    rekeys.keys_installed(lab, listener, *members)
    rekeys.all_acknowledged(lab, listener, *ADDRESSES,
                            exchange=rekey_wire.ENCRYPTED_ACK)
    check_books(lab, ks, listener)
    ks.wait_log(r'%GDOI-5-KS_SEND_UNICAST_REKEY: Sending Unicast Rekey for '
                r'group getvpn from address 10\.0\.8\.1 with seq # 1\b',
                count=2)
    lab.check(re.search('%GDOI-.-GM_RECV_REKEY: .*getvpn',
                        members[1].log_text()), 'group in GM_RECV_REKEY')
    ended = {call['spi'] for call in members[0].recorded(call='del_sa')}
    first = rekeys.history(members[0])[0]
    lab.check(first.spi in ended, 'the first TEK is still installed')
