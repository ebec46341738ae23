# SPDX-License-Identifier: GPL-2.0-or-later
"""REKEY-001, REKEY-008, REKEY-012, REKEY-017, KS-018, GM-007 over restarts."""

import re
import signal

import groups
import rekeys
from netlab import merge, until

TIMEOUT = 180
SECRET = '0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'
RESTARTS = 5


def run(lab):
    ks, *members = groups.pair(lab, 2)
    groups.make_key(ks)
    ks.plugins = {'gdoi-ks': {'store': {
        'uri': 'sqlite://' + ks.path('store.db')}}}
    ks.config(merge(
        groups.server_conf({'getvpn': rekeys.server()}),
        {'secrets': {'ppk-store': {'id': 'gdoi-store', 'secret': SECRET}}}))
    for host in members:
        # keys are replaced when half of their life is over
        host.config(groups.member_conf({'getvpn': groups.member(
            reregister_margin='5s')}))
    rekeys.listen(members[0])
    ks.start()
    capture = ks.capture('eth0')
    groups.start(*members)
    groups.registered(*members)
    before = [len(re.findall('initiating Main Mode', host.log_text()))
              for host in members]
    keks = rekeys.newest(ks, 'kek')
    seen = set(keks)
    for _ in range(RESTARTS):
        teks = rekeys.newest(ks)
        until(lambda: rekeys.newest(ks) != teks, 'a scheduled rekey',
              rekeys.TEK)
        rekeys.wait_current(ks, *members)
        until(lambda: len(groups.members(ks)) == 2, 'members')
        teks, keks = rekeys.newest(ks), rekeys.newest(ks, 'kek')
        seen |= keks
        ks.halt(signal.SIGKILL)
        ks.mark()
        ks.start()
        ks.wait_log('%GDOI-5-KS_STORE_RESTORED: ')
        lab.equal(len(groups.members(ks)), 2, 'members after the restart')
        lab.equal(rekeys.newest(ks, 'kek'), keks, 'KEK after the restart')
        lab.equal(rekeys.newest(ks), teks, 'TEK after the restart')
    lab.check(len(seen) > 2, f'{len(seen)} KEKs in all')
    lab.equal([len(re.findall('initiating Main Mode', host.log_text()))
               for host in members], before, 'phases 1 of members')
    rekeys.loss_free(lab, *members)
    lab.check(rekeys.no_gap(lab, rekeys.TEK, *members) > RESTARTS,
              'fewer TEKs than rekeys')
    last = {}
    for one in rekeys.decoded(capture, members[0]).pushes:
        key = one.dst, one.spi
        lab.check(one.seq > last.get(key, 0), f'number {one.seq} came after '
                  f'{last.get(key, 0)} to {one.dst}')
        last[key] = one.seq
