# SPDX-License-Identifier: GPL-2.0-or-later
"""D3P-004 to D3P-006, D3P-011, TBAR-002, TBAR-003, REKEY-030, REKEY-223,
REKEY-242 (X15), KS-028, SHOW-001, SHOW-003."""

import json

import groups
import rekeys
from netlab import until

TIMEOUT = 120


def rows(host, what, role, **message):
    """Rows of a list of a host's role."""
    def text(value):
        return value.decode() if isinstance(value, bytes) else value
    found = [{key: text(value) for key, value in one.items()}
             for one in host.vici().streamed_request(f'list-{what}s'
                                                     if what == 'feature'
                                                     else f'list-{what}',
                                                     f'list-{what}', message)]
    return [one for one in found if one['role'] == role]


def replay(host, role='gm'):
    """How replays are found by a host's role."""
    found = [one for one in rows(host, 'replay', role)
             if one['kind'] == 'group']
    return found[0] if found else {}


def methods(host):
    """Methods of the TEKs, in their order."""
    return [one['replay'] for one in groups.policies(host)]


def sent(ks):
    """Rekeys sent so far."""
    return int(rekeys.row(ks, role='ks').get('rekeys-sent', 0))


def write(ks, conf, changes):
    """Write other settings; None takes one away."""
    server = conf['groups']['getvpn']['server']
    for key, value in changes.items():
        if value is None:
            server.pop(key, None)
        else:
            server[key] = value
    ks.config(conf)


def load(lab, ks, members, conf, rekeyed, **changes):
    """Change settings; returns once all members have what was sent."""
    before = sent(ks)
    write(ks, conf, changes)
    dry = json.loads(ks.ctl('load-groups', '--dry-run', '--json').stdout)
    lab.equal({line['rekey'] for line in dry['plan'].values()}, {rekeyed},
              f'what is planned for {changes}')
    lab.equal(ks.ctl('load-groups').returncode, 2, f'load of {changes}')
    if rekeyed:
        until(lambda: sent(ks) == before + 1, f'rekey for {changes}')
    rekeys.wait_current(ks, *members)
    lab.equal(sent(ks), before + rekeyed, f'rekeys for {changes}')
    return before


def shows(hosts, **wanted):
    """Wait until all members tell of a method and its values."""
    for host in hosts:
        until(lambda: wanted.items() <= replay(host).items(),
              f'{wanted} on {host.name}, which has {replay(host)}')


def d3p(lab, ks, members, conf):
    """On, and another window."""
    load(lab, ks, members, conf, True, d3p_window='1s')
    shows(members, method='d3p', **{'window-ms': '1000',
                                    'd3p-type': 'posix-time-msec'})
    for host in members:
        lab.equal(methods(host), ['none', 'd3p'], f'TEKs of {host.name}')
    row = replay(ks, 'ks')
    lab.equal((row['method'], row['window-ms'], row['members-unable']),
              ('d3p', '1000', '0'), 'what the key server tells')

    load(lab, ks, members, conf, False, d3p_window='5s')
    shows(members, method='d3p', **{'window-ms': '1000'})
    rekeys.rekey(ks)
    rekeys.wait_current(ks, *members)
    shows(members, method='d3p', **{'window-ms': '5000'})


def switch(lab, ks, members, conf):
    """To pseudotime, which ends all that was there."""
    old = groups.spis(ks)
    load(lab, ks, members, conf, True, d3p_window=None, replay='time',
         replay_window='20s')
    shows(members, method='time', **{'window-ms': '20000'})
    for host in members:
        until(lambda: methods(host) == ['time'], f'one TEK on {host.name}')
        lab.check(not old & groups.spis(host), 'an old TEK is left')
    server = replay(ks, 'ks')
    for host in members:
        time = float(replay(host)['time'])
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
    shows(members, method='none')
    lab.equal(len(rows(ks, 'feature', 'ks', name='ip-d3p')), 3,
              'rows of a feature')
    lab.equal(rows(ks, 'feature', 'ks', name='ip-d3p', missing='yes'), [],
              'who can not do D3P')
    d3p(lab, ks, members, conf)
    switch(lab, ks, members, conf)
    load(lab, ks, members, conf, True, replay=None, replay_window=None)
    for host in members:
        lab.equal(methods(host), ['time', 'none'], f'TEKs of {host.name}')
    rekeys.loss_free(lab, *members)
