# SPDX-License-Identifier: GPL-2.0-or-later
"""TBAR-001 to TBAR-005, TBAR-007, TBAR-010, TBAR-013, REKEY-224, SHOW-108."""

import freshness
import groups
import rekeys
from netlab import until

TIMEOUT = 120

# shortest that can be set, seconds; and seconds of a tick
SYNC, TICK = 10, 0.5


def refusals(lab, ks, conf):
    """What can't be set."""
    for window in ('0s', '101s', '1500ms'):
        freshness.refused(lab, ks, conf, f'"{window}"', replay='time',
                          replay_window=window)
    freshness.refused(lab, ks, conf, '"31m"', replay_sync='31m')
    freshness.refused(lab, ks, conf, '"11s"', replay_tick='11s')
    freshness.refused(lab, ks, conf, 'don\'t fit into a window of 1000 ms',
                      replay='time', replay_window='1s', replay_tick='2s')
    freshness.refused(lab, ks, conf, '"counter" is not possible, time is for '
                      'all TEKs', replay='time',
                      teks={'data': {'acl': 'vpn', 'replay': 'counter'}})


def server(ks):
    """The key server's row."""
    return freshness.row(ks, 'ks')


def apart(host, ks):
    """Seconds that a member is ahead of its key server, at least."""
    before = float(server(ks)['pseudotime'])
    mine = float(freshness.row(host)['time'])
    after = float(server(ks)['pseudotime'])
    return mine - after if mine > after else min(mine - before, 0)


def agree(lab, ks, *members):
    """All are within a tick of their key server, in the same epoch."""
    epoch = server(ks)['epoch']
    for host in members:
        lab.check(abs(apart(host, ks)) <= TICK + 0.01,
                  f'{host.name} is {apart(host, ks)} s ahead')
        lab.equal(freshness.row(host)['epoch'], epoch, 'epoch')


def starts(lab, ks, first):
    """There is no pseudotime before there is a member, then it runs."""
    lab.check('pseudotime' not in server(ks), f'it runs: {server(ks)}')
    first.start()
    groups.registered(first)
    freshness.shows([first], method='time', window_ms=100000,
                    tick_ms=int(TICK * 1000), window_origin='server')
    lab.check(float(server(ks)['pseudotime']) < 5, 'it ran before')
    agree(lab, ks, first)


def on_the_wire(lab, listener, count):
    """All of one epoch, never back, with a window of 100 s by default."""
    told = [one['sa']['freshness'] for one in listener.registrations]
    lab.equal(len(told), count, 'registrations')
    told += freshness.told(listener.pushes)
    lab.equal(len({one['pseudotime'][0] for one in told}), 1, 'epochs')
    lab.equal({one['pseudotime'][2] for one in told}, {int(TICK * 1000)},
              'milliseconds of a tick')
    for one in told:
        lab.equal((one['d3p'], set(one['methods'].values()) - {('time', 100)}),
                  (None, set()), 'methods')
    ticks = [one['pseudotime'][1] for one in freshness.told(listener.pushes)]
    lab.equal(ticks, sorted(ticks), 'ticks of rekeys')
    return [one['pseudotime'][1] * TICK
            for one in freshness.told(listener.pushes)]


def synchronised(lab, ks, members):
    """A rekey in time, with the TEKs that there are; a due one replaces it."""
    old, before = groups.spis(ks), freshness.sent(ks)
    until(lambda: freshness.sent(ks) > before, 'rekey for the time', SYNC + 5)
    lab.equal(groups.spis(ks), old, 'TEKs after a rekey for the time')
    agree(lab, ks, *members)
    until(lambda: int(server(ks)['next-sync-in']) <= SYNC - 3, 'some seconds')
    before = freshness.sent(ks)
    rekeys.rekey(ks)
    rekeys.wait_current(ks, *members)
    lab.check(int(server(ks)['next-sync-in']) >= SYNC - 2,
              f'the rekey did not put it off: {server(ks)}')
    lab.equal(freshness.sent(ks), before + 1, 'rekeys')
    agree(lab, ks, *members)
    for host in members:
        row = freshness.row(host)
        lab.equal(int(row['sync-errors']), 0, f'errors of {host.name}')
        lab.check(int(row['sync-max-delta-ms']) < 1000 * TICK + 500,
                  f'differences of {host.name}: {row}')


def run(lab):
    ks, *members = rekeys.lan(lab, 3, tek=3600, kek=86400)
    conf = groups.server_conf({'getvpn': rekeys.server(
        tek=3600, kek=86400, replay='time', replay_tick='500ms',
        replay_sync=f'{SYNC}s')})
    ks.config(conf)
    for host in members:
        rekeys.listen(host)
    capture = ks.capture('eth0')
    ks.start()
    groups.wait_state(ks, 'ACTIVE', role='ks')
    starts(lab, ks, members[0])
    refusals(lab, ks, conf)
    groups.start(*members[1:])
    groups.registered(*members)
    agree(lab, ks, *members)
    synchronised(lab, ks, members)
    pushes = on_the_wire(lab, freshness.decoded(capture, *members), 3)
    lab.check(len(pushes) >= 6, f'{len(pushes)} rekeys')
    lab.check(max(pushes) - min(pushes) < 2 * SYNC, f'seconds: {pushes}')
    rekeys.loss_free(lab, *members)
