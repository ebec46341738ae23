# SPDX-License-Identifier: GPL-2.0-or-later
"""D3P-005, D3P-011, REKEY-030, REKEY-242 (X15)."""

import json

import freshness
import groups
import rekeys
from netlab import until

TIMEOUT = 120

# what is changed, the line of the plan that says so, the method then, what the
# GAP has, and what the crypto map is told first
STEPS = (
    ({'replay': None, 'replay_tick': None, 'd3p_window': '1s'}, 'd3p_window',
     'd3p', (3, 1000), 'd3p 3 253 12 500 1000'),
    ({'d3p_type': 'posix-time', 'd3p_window': '4s'}, 'd3p_type',
     'd3p', (1, 4000), 'd3p 1 253 12 2000 4000'),
    ({'d3p_type': 'posix-time-msec'}, 'd3p_type',
     'd3p', (3, 4000), 'd3p 3 253 12 2000 4000'),
    ({'d3p_type': None, 'd3p_window': None, 'replay': 'time',
      'replay_window': '30s', 'replay_tick': '100ms'}, 'replay',
     'time', 100, 'tbar'),
    ({'replay_tick': '1s'}, 'replay_tick', 'time', 1000, 'tbar'))


def planned(lab, ks, conf, key):
    """The dry run's line says that all keys are replaced."""
    ks.config(conf)
    plan = json.loads(ks.ctl('load-groups', '--dry-run', '--json').stdout)
    line, = [one for one in plan['plan'].values() if one['key'] == key]
    lab.equal(line['rekey'], True, f'rekey for {key}')
    lab.check('D3P-011' in line.get('rule', ''), f'rule of {key}: {line}')


def replaced(lab, ks, members, conf, step):
    """One rekey that leaves nothing of before."""
    changes, key, method, _, told = step
    teks, keks = groups.spis(ks), rekeys.newest(ks, 'kek')
    before = freshness.sent(ks)
    freshness.change(conf, **changes)
    planned(lab, ks, conf, key)
    lab.equal(ks.ctl('load-groups').returncode, 2, f'load of {changes}')
    until(lambda: freshness.sent(ks) == before + 1, f'rekey for {changes}')
    rekeys.wait_current(ks, *members)
    lab.equal(freshness.sent(ks), before + 1, f'rekeys for {changes}')
    lab.check(not keks & rekeys.newest(ks, 'kek'), 'the same KEK')
    for host in members:
        until(lambda: freshness.methods(host) == [method],
              f'one TEK of {host.name}')
        lab.check(not teks & groups.spis(host), 'a TEK of before is left')
        last = rekeys.recorded(host, 'freshness')[-1]
        lab.check(last.startswith(f'freshness getvpn 0 {told}'),
                  f'what {host.name} told its crypto map: {last}')
        until(lambda: rekeys.recorded(host, 'stamped')[-1].endswith(' yes'),
              f'headers of {host.name}')


def on_the_wire(lab, listener):
    """What the rekeys said, to two members each."""
    found = freshness.told(listener.pushes)
    lab.equal(len(found), 2 * len(STEPS), 'rekeys')
    for number, step in enumerate(STEPS):
        for one in found[2 * number:2 * number + 2]:
            wanted = step[3]
            if step[2] == 'd3p':
                lab.equal((one['d3p'], one['pseudotime']), (wanted, None),
                          f'GAP for {step[0]}')
            else:
                lab.equal((one['d3p'], one['pseudotime'][2]), (None, wanted),
                          f'GAP for {step[0]}')
            lab.equal(len(one['methods']), 1, 'TEKs in a rekey')
    for one in listener.pushes:
        lab.check(one.deletes, 'a rekey that deletes nothing')


def run(lab):
    ks, *members = rekeys.lan(lab, 2, tek=3600, kek=86400)
    for host in members:
        rekeys.listen(host)
    conf = groups.server_conf({'getvpn': rekeys.server(
        tek=3600, kek=86400, replay='time', replay_tick='1s')})
    ks.config(conf)
    capture = ks.capture('eth0')
    groups.start(ks, *members)
    groups.registered(*members)
    freshness.shows(members, method='time', window_ms=100000)
    for step in STEPS:
        replaced(lab, ks, members, conf, step)
    on_the_wire(lab, freshness.decoded(capture, *members))
    rekeys.loss_free(lab, *members)
