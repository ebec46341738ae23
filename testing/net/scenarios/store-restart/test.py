# SPDX-License-Identifier: GPL-2.0-or-later
"""KS-005, KS-006, REKEY-016, REKEY-017, ACK-018 over restarts."""

import os
import re
import signal

import groups
import rekeys
from netlab import merge, until

TIMEOUT = 150
SECRET = '0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'
OTHER = '0x' + 64 * 'a'


def configure(ks, secret):
    """Long-lived keys, and a secret for the store."""
    tree = groups.server_conf({'getvpn': rekeys.server(600, 1200)})
    ks.config(merge(tree, {'secrets': {'ppk-store': {
        'id': 'gdoi-store', 'secret': secret}}} if secret else {}))


def store(ks):
    """Contents of the store."""
    with open(ks.path('store.db'), 'rb') as file:
        return file.read()


def kill(ks):
    """Kill the key server and start it again."""
    ks.halt(signal.SIGKILL)
    ks.mark()
    ks.start()


def restored(lab, ks, members):
    """Kill the key server; it has to come back with what it had."""
    before = groups.spis(ks)
    keks = rekeys.newest(ks, 'kek')
    kill(ks)
    ks.wait_log('%GDOI-5-KS_STORE_RESTORED: Group getvpn carries on')
    lab.equal(groups.spis(ks), before, 'TEKs after the restart')
    lab.equal(rekeys.newest(ks, 'kek'), keks, 'KEK after the restart')
    lab.equal(len(groups.members(ks)), len(members), 'members')


def rekeyed(ks, members, *words):
    """Rekey; all members have to take it."""
    for host in members:
        host.mark()
    rekeys.rekey(ks, *words)
    for host in members:
        rekeys.received(host, 1)
    rekeys.wait_current(ks, *members)


def run(lab):
    ks, *members = groups.pair(lab, 3)
    groups.make_key(ks)
    ks.plugins = {'gdoi-ks': {'store': {
        'uri': 'sqlite://' + ks.path('store.db')}}}
    configure(ks, SECRET)
    rekeys.listen(members[0])
    # the secret comes later than the groups, as on every start
    ks.start()
    groups.wait_state(ks, 'ACTIVE', role='ks')
    lab.equal(os.stat(ks.path('store.db')).st_mode & 0o777, 0o600,
              'permissions of the store')
    capture = ks.capture('eth0')
    groups.start(*members)
    groups.registered(*members)
    until(lambda: len(groups.members(ks)) == 3, 'members')
    for host in members:
        until(lambda: 'ESTABLISHED' not in host.swanctl('--list-sas').stdout,
              'end of phase 1')
    # whatever is written from now on has all members
    written = store(ks)
    members[2].mark()
    members[2].ctl('register', 'getvpn')
    members[2].wait_log('%GDOI-5-GM_REGS_COMPL')
    until(lambda: store(ks) != written, 'members in the store')
    before = {host: len(re.findall('initiating Main Mode', host.log_text()))
              for host in members}

    # before any rekey, then after one, then after one of KEK and TEKs
    restored(lab, ks, members)
    rekeyed(ks, members)
    restored(lab, ks, members)
    rekeyed(ks, members, '--replace')
    restored(lab, ks, members)
    rekeyed(ks, members)
    # at once, with acknowledgements under way
    rekeys.rekey(ks)
    restored(lab, ks, members)
    rekeys.wait_current(ks, *members)
    rekeyed(ks, members)
    for host in members:
        lab.equal(len(re.findall('initiating Main Mode', host.log_text())),
                  before[host], f'registrations of {host.name}')
    rekeys.loss_free(lab, *members)
    listener = rekeys.decoded(capture, members[0])
    lab.check(len(listener.pushes) >= 15, 'too few rekeys')
    last = {}
    for one in listener.pushes:
        key = one.dst, one.spi
        lab.check(one.seq > last.get(key, 0), f'number {one.seq} came after '
                  f'{last.get(key, 0)} to {one.dst}')
        last[key] = one.seq

    # a graceful end is no other
    before = groups.spis(ks)
    lab.equal(ks.halt(), 0, 'exit code of charon')
    lab.check('KS_STORE_WRITE' not in ks.log_text(), 'a failed writing')
    ks.start()
    groups.wait_state(ks, 'ACTIVE', role='ks')
    lab.equal(groups.spis(ks), before, 'TEKs after an orderly restart')
    rekeyed(ks, members)

    # another secret: new keys, and the store stays as it is
    before = groups.spis(ks)
    configure(ks, OTHER)
    kill(ks)
    ks.wait_log('%GDOI-2-KS_STORE_KEY: ')
    groups.wait_state(ks, 'ACTIVE', role='ks')
    lab.check(not groups.spis(ks) & before, 'the same keys without the secret')
    written = store(ks)
    members[2].mark()
    members[2].ctl('register', 'getvpn')
    members[2].wait_log('%GDOI-5-GM_REGS_COMPL')
    rekeyed(ks, members[2:])
    lab.equal(ks.halt(), 0, 'exit code of charon')
    lab.check(store(ks) == written, 'the store was written')
    # and the right one again
    configure(ks, SECRET)
    ks.mark()
    ks.start(load=False)
    ks.wait_log('loaded plugins')
    lab.equal(groups.spis(ks), set(), 'keys before the secret came')
    ks.load()
    ks.wait_log('%GDOI-5-KS_STORE_RESTORED: ')
    lab.equal(groups.spis(ks), before, 'TEKs with the right secret again')
