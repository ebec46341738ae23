# SPDX-License-Identifier: GPL-2.0-or-later
"""KS-007, REKEY-016, REKEY-017 under kill -9 at each copy of a PUSH."""

import re

import groups
import rekeys
from netlab import merge, until

TIMEOUT = 120
SECRET = '0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'
# before the first copy, between copies, after the last one; three copies are
# of the rekey that a restarted server sends
CRASHES = (('abort', 'out:33:4'), ('abort_after', 'out:33:4'),
           ('abort_after', 'out:33:5'), ('abort_after', 'out:33:6'))


def phase1s(members):
    """Phases 1 that each member began."""
    return [len(re.findall('initiating Main Mode', host.log_text()))
            for host in members]


def run(lab):
    rekeys.needs_impairments(lab)
    ks, *members = groups.pair(lab, 3)
    groups.make_key(ks)
    plugins = {'gdoi-ks': {'store': {
        'uri': 'sqlite://' + ks.path('store.db')}}}
    ks.plugins = plugins
    ks.config(merge(
        groups.server_conf({'getvpn': rekeys.server(600, 1200)}),
        {'secrets': {'ppk-store': {'id': 'gdoi-store', 'secret': SECRET}}}))
    rekeys.listen(members[0])
    ks.start()
    capture = ks.capture('eth0')
    groups.start(*members)
    groups.registered(*members)
    until(lambda: len(groups.members(ks)) == 3, 'members')
    # an orderly end writes everything
    lab.equal(ks.halt(), 0, 'exit code of charon')
    for kind, rule in CRASHES:
        ks.plugins = merge(plugins, {'gdoi': {'impair': {kind: rule}}})
        ks.mark()
        for host in members:
            host.mark()
        before = phase1s(members)
        ks.start()
        ks.wait_log('%GDOI-5-KS_STORE_RESTORED: ')
        for host in members:
            rekeys.received(host, 1)
        ks.ctl('rekey', 'getvpn')
        ks.killed(30)
        ks.plugins = plugins
        ks.mark()
        ks.start()
        ks.wait_log('%GDOI-5-KS_STORE_RESTORED: ')
        lab.equal(len(groups.members(ks)), 3, 'members')
        rekeys.wait_current(ks, *members)
        rekeys.rekey(ks)
        rekeys.wait_current(ks, *members)
        lab.equal(phase1s(members), before, f'registrations after {rule}')
        lab.equal(ks.halt(), 0, 'exit code of charon')
    lab.check('KS_STORE_WRITE' not in ks.log_text(), 'a failed writing')
    last = {}
    for one in rekeys.decoded(capture, members[0]).pushes:
        key = one.dst, one.spi
        lab.check(one.seq > last.get(key, 0), f'number {one.seq} came after '
                  f'{last.get(key, 0)} to {one.dst}')
        last[key] = one.seq
