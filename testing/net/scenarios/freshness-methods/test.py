# SPDX-License-Identifier: GPL-2.0-or-later
"""D3P-004 to D3P-006, D3P-011, TBAR-002, TBAR-003, REKEY-030, REKEY-223,
REKEY-242 (X15), KS-028, SHOW-001, SHOW-003."""

import freshness
import groups
import rekeys
from netlab import until

TIMEOUT = 120


def rows(host, **wanted):
    """Rows of a feature."""
    return [one for one in host.vici().streamed_request(
        'list-features', 'list-feature', wanted) if one['role'] == b'ks']


def d3p(lab, ks, members, conf):
    """On, and another window."""
    freshness.load(lab, ks, members, conf, True, d3p_window='1s')
    freshness.shows(members, method='d3p', window_ms=1000,
                    d3p_type='posix-time-msec')
    for host in members:
        lab.equal(freshness.methods(host), ['none', 'd3p'], f'TEKs of {host.name}')
    row = freshness.row(ks, 'ks')
    lab.equal((row['method'], row['window-ms'], row['members-unable']),
              ('d3p', 1000, 0), 'what the key server tells')

    freshness.load(lab, ks, members, conf, False, d3p_window='5s')
    freshness.shows(members, method='d3p', window_ms=1000)
    rekeys.rekey(ks)
    rekeys.wait_current(ks, *members)
    freshness.shows(members, method='d3p', window_ms=5000)


def switch(lab, ks, members, conf):
    """To pseudotime, which ends all that was there."""
    old = groups.spis(ks)
    freshness.load(lab, ks, members, conf, True, d3p_window=None,
                   replay='time', replay_window='20s')
    freshness.shows(members, method='time', window_ms=20000)
    for host in members:
        until(lambda: freshness.methods(host) == ['time'],
              f'one TEK on {host.name}')
        lab.check(not old & groups.spis(host), 'an old TEK is left')
    server = freshness.row(ks, 'ks')
    for host in members:
        time = float(freshness.row(host)['time'])
        lab.check(abs(time - float(server['pseudotime'])) < 5,
                  f'{host.name} is at {time}: {server}')
    lab.check(0 < int(server['next-sync-in']) <= 1800, f'sync: {server}')


def run(lab):
    ks, *members = rekeys.lan(lab, 2, tek=3600, kek=86400)
    conf = groups.server_conf({'getvpn': rekeys.server(
        tek=3600, kek=86400, rekey={'transport': 'unicast'})})
    ks.config(conf)
    groups.start(ks, *members)
    groups.registered(*members)
    freshness.shows(members, method='none')
    lab.equal(len(rows(ks, name='ip-d3p')), 3, 'rows of a feature')
    lab.equal(rows(ks, name='ip-d3p', missing='yes'), [],
              'who can not do D3P')
    d3p(lab, ks, members, conf)
    switch(lab, ks, members, conf)
    freshness.load(lab, ks, members, conf, True, replay=None,
                   replay_window=None)
    for host in members:
        lab.equal(freshness.methods(host), ['time', 'none'], f'TEKs of {host.name}')
    rekeys.loss_free(lab, *members)
