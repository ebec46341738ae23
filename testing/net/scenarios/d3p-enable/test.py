# SPDX-License-Identifier: GPL-2.0-or-later
"""D3P-001 to D3P-006, D3P-011, D3P-015, REKEY-241."""

import freshness
import groups
import rekeys
from netlab import until

TIMEOUT = 120

D3P = (3, 1000)
# methods of the TEKs when it is turned on: those of before are told as well
BOTH = [('d3p', 1000)] * 2 + [('none', 0)] * 2
# what each member sets, and what its crypto map is told of the SAs then:
# protocol, octets of the header, milliseconds accepted, and the window
MEMBERS = {
    'gm1': ({}, '253 12 500 1000'),
    'gm2': ({'d3p_window': '50s'}, '253 12 25000 50000'),
    'gm3': ({'d3p_full': 'yes', 'd3p_protocol': 254}, '254 12 1000 1000'),
    'gm4': ({'d3p_full': 'no', 'd3p_window': '300ms'}, '253 12 150 300')}


def refusals(lab, ks, conf):
    """D3P-001, D3P-006 and D3P-011: what can't be set."""
    for window in ('0s', '101s', '99ms', '10001ms', '1500', '1m'):
        freshness.refused(lab, ks, conf, f'"{window}" is not a window of D3P '
                          '(write 1s to 100s, or 100ms to 10000ms)',
                          d3p_window=window)
    for method in ('time', 'counter'):
        freshness.refused(lab, ks, conf, f'"{method}" does not go with '
                          'd3p_window', d3p_window='1s', replay=method)
    freshness.refused(lab, ks, conf, 'no meaning without d3p_window',
                      d3p_type='posix-time')
    teks = conf['groups']['getvpn']['server']['teks']
    freshness.refused(lab, ks, conf, 'd3p is for all TEKs of a group',
                      d3p_window='1s', teks={
                          'data': teks['data'],
                          'voice': teks['voice'] | {'replay': 'counter'}})


def in_force(lab, host, sas=2):
    """What a member's crypto map was told, with a window of its own."""
    wanted = MEMBERS[host.name][1]
    lines = rekeys.recorded(host, 'freshness')
    lab.equal(set(lines), {f'freshness getvpn {sa} d3p 3 {wanted} copy'
                           for sa in range(sas)}, f'lines of {host.name}')
    own = wanted.split()[3]
    freshness.shows([host], method='d3p', window_ms=int(own),
                    d3p_type='posix-time-msec',
                    window_origin='server' if own == '1000' else 'override')
    found = freshness.row(host)
    lab.equal([found[key] for key in (
        'input-packets', 'output-packets', 'input-errors', 'output-errors')],
        [0] * 4, f'counters of {host.name}')


def stamped(host):
    """Whether packets of the SAs carry the header, as it was told last."""
    last = {line.split()[2]: line.split()[3]
            for line in rekeys.recorded(host, 'stamped')}
    return set(last.values())


def on_the_wire(lab, listener, hosts):
    """One rekey to each that says so, and the newcomer's registration."""
    newcomer = hosts[-1]
    lab.equal(sorted(one.dst for one in listener.pushes),
              sorted(host.addresses['eth0'][0] for host in hosts[:-1]),
              'receivers of rekeys')
    for found in freshness.told(listener.pushes):
        lab.equal((found['d3p'], found['pseudotime']), (D3P, None), 'GAP')
        lab.equal(sorted(found['methods'].values()), BOTH,
                  'methods of the TEKs in a rekey')
    lab.equal([one['sa']['freshness'] for one in listener.registrations[:-1]],
              [{'d3p': None, 'pseudotime': None, 'methods': {}}] * 3,
              'registrations before')
    first = listener.registrations[-1]['sa']['freshness']
    lab.equal(first['d3p'], D3P, 'GAP of the newcomer')
    lab.equal(sorted(first['methods'].values()), BOTH,
              'methods of the TEKs that the newcomer gets')
    lab.equal(groups.spis(newcomer), groups.spis(hosts[0]), 'TEKs')


def run(lab):
    ks, *members = rekeys.lan(lab, 4, tek=3600, kek=86400)
    conf = groups.server_conf({'getvpn': rekeys.server(
        tek=3600, kek=86400,
        teks={'voice': {'acl': 'voice', 'lifetime': '3600s'}})})
    conf['acls']['voice'] = {'10': 'permit ip 10.8.0.0/16 10.8.0.0/16'}
    ks.config(conf)
    for host in members:
        host.config(groups.member_conf({'getvpn': groups.member(
            **MEMBERS[host.name][0])}))
        rekeys.listen(host)
    newcomer = members.pop()
    capture = ks.capture('eth0')
    groups.start(ks, *members)
    groups.registered(*members)
    refusals(lab, ks, conf)
    freshness.shows(members, method='none')

    old = groups.spis(ks)
    freshness.load(lab, ks, members, conf, True, d3p_window='1s')
    for host in members:
        in_force(lab, host)
        lab.equal(freshness.methods(host), ['none'] * 2 + ['d3p'] * 2,
                  f'TEKs of {host.name}')
        lab.check(old < groups.spis(host), 'a TEK of before is gone')
        lab.equal(stamped(host), {'no'}, f'headers of {host.name}')
    newcomer.start()
    groups.registered(newcomer)
    in_force(lab, newcomer)
    members.append(newcomer)
    on_the_wire(lab, freshness.decoded(capture, *members), members)

    # nobody sends with another TEK before the old one ends
    rekeys.rekey(ks, '--replace')
    rekeys.wait_current(ks, *members)
    for host in members:
        until(lambda: freshness.methods(host) == ['d3p'] * 2,
              f'end of the old TEKs of {host.name}')
        until(lambda: stamped(host) == {'yes'}, f'headers of {host.name}')

    freshness.load(lab, ks, members, conf, True, d3p_window=None)
    for host in members:
        lab.equal(freshness.methods(host), ['d3p'] * 2 + ['none'] * 2,
                  f'TEKs of {host.name}')
        lab.equal(stamped(host), {'yes'}, f'headers of {host.name}')
    rekeys.rekey(ks, '--replace')
    for host in members:
        until(lambda: stamped(host) == {'no'}, f'headers of {host.name}')
    rekeys.loss_free(lab, *members)
