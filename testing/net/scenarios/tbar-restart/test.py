# SPDX-License-Identifier: GPL-2.0-or-later
"""TBAR-001 to TBAR-004, TBAR-023, KS-005 over restarts."""

import signal
import time

import freshness
import groups
import rekeys
from netlab import merge, until

TIMEOUT = 120
SECRET = '0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'


def server(ks):
    """The key server's row, with numbers."""
    row = freshness.row(ks, 'ks')
    return row['epoch'], float(row['pseudotime'])


def stored(ks, host):
    """Wait until the store has all members and what they were told."""
    def contents():
        with open(ks.path('store.db'), 'rb') as file:
            return file.read()
    written = contents()
    host.mark()
    host.ctl('register', 'getvpn')
    host.wait_log('%GDOI-5-GM_REGS_COMPL')
    until(lambda: contents() != written, 'writing of the store')


def killed(ks, seconds):
    """Kill the key server, and start it again some seconds later."""
    ks.halt(signal.SIGKILL)
    since = time.clock_gettime(time.CLOCK_BOOTTIME)
    until(lambda: time.clock_gettime(time.CLOCK_BOOTTIME) - since >= seconds,
          'seconds')
    ks.mark()
    ks.start()


def goes_on(lab, ks, members, seconds):
    """A restart with a store."""
    since = time.clock_gettime(time.CLOCK_BOOTTIME)
    epoch, was = server(ks)
    killed(ks, seconds)
    ks.wait_log('%GDOI-5-KS_STORE_RESTORED: Group getvpn carries on')
    until(lambda: 'pseudotime' in freshness.row(ks, 'ks'), 'pseudotime')
    same, now = server(ks)
    passed = time.clock_gettime(time.CLOCK_BOOTTIME) - since
    lab.equal(same, epoch, 'epoch after a restart')
    lab.check(was + seconds <= now <= was + passed + 1,
              f'{was} before, {now} {passed} s later')
    for host in members:
        host.mark()
    rekeys.rekey(ks)
    rekeys.wait_current(ks, *members)
    for host in members:
        lab.check(not host.logged('PSEUDO_TIME|GM_REGSTER'), 'it is noticed')
        row = freshness.row(host)
        lab.equal((row['epoch'], int(row['sync-errors'])), (epoch, 0),
                  f'{host.name} after a restart')
        lab.check(abs(float(row['time']) - server(ks)[1]) < 1,
                  f'{host.name} is at {row["time"]}, not {server(ks)[1]}')


def begins_again(lab, ks, members):
    """A restart without."""
    epoch, was = server(ks)
    ks.plugins = {}
    killed(ks, 0)
    groups.wait_state(ks, 'ACTIVE', role='ks')
    for host in members:
        host.ctl('register', 'getvpn')
    groups.registered(*members)
    rekeys.wait_current(ks, *members)
    other, now = server(ks)
    lab.check(other != epoch and now < was, f'{other} {now}, not {epoch} {was}')
    for host in members:
        row = freshness.row(host)
        lab.equal(row['epoch'], other, f'epoch of {host.name}')
        lab.check(float(row['time']) < was, f'{host.name}: {row}')
        lab.check(not host.logged('PSEUDO_TIME'), 'two epochs are compared')


def run(lab):
    ks, *members = rekeys.lan(lab, 2, tek=3600, kek=86400)
    ks.plugins = {'gdoi-ks': {'store': {
        'uri': 'sqlite://' + ks.path('store.db')}}}
    ks.config(merge(groups.server_conf({'getvpn': rekeys.server(
        tek=3600, kek=86400, replay='time', replay_window='2s',
        replay_tick='100ms')}),
        {'secrets': {'ppk-store': {'id': 'gdoi-store', 'secret': SECRET}}}))
    groups.start(ks, *members)
    groups.registered(*members)
    freshness.shows(members, method='time', window_ms=2000)
    stored(ks, members[1])
    # before any rekey; then over a longer time, after one
    goes_on(lab, ks, members, 0)
    goes_on(lab, ks, members, 3)
    rekeys.loss_free(lab, *members)
    begins_again(lab, ks, members)
