# SPDX-License-Identifier: GPL-2.0-or-later
"""D3P-004, KS-027, KS-028, SHOW-001, LOG-164: freshness_unsupported."""

import freshness
import groups
import rekeys
import wire
from netlab import until

TIMEOUT = 120


def address(host):
    """Address that a host registers with."""
    return host.addresses['eth0'][0]


def missing(ks):
    """Exit code and rows of those that can't do it."""
    done = ks.ctl('features', 'ip-d3p', '--missing')
    return done.returncode, [line.split()[-1]
                             for line in done.stdout.splitlines()[1:]]


def is_refused(lab, ks, conf, poor, able):
    """The change is refused, and names the one member that can't."""
    freshness.refused(
        lab, ks, conf, '"1s" is not possible for 1 registered member: '
        f'{address(poor)} (see gdoictl features ip-d3p --missing, or write '
        'freshness_unsupported = exclude)', d3p_window='1s')
    freshness.refused(lab, ks, conf, f'1 registered member: {address(poor)}',
                      'features tbar --missing', replay='time')
    for host in [*able, poor]:
        lab.equal(freshness.methods(host), ['none'], f'TEKs of {host.name}')
    lab.equal(missing(ks), (2, [address(poor)]), 'who can not')


def is_excluded(lab, ks, conf, poor, able):
    """The others get it, while this one hears nothing of it."""
    old = groups.spis(poor)
    capture = poor.capture('eth0', 'udp port 848')
    poor.mark()
    freshness.load(lab, ks, able, conf, True, d3p_window='1s',
                   freshness_unsupported='exclude')
    freshness.shows(able, method='d3p', window_ms=1000)
    freshness.shows([ks], 'ks', method='d3p', members_unable=0)
    ks.wait_log(r'%GDOI-3-KS_FRESHNESS_UNSUPPORTED: Member [^ ]*'
                f'{address(poor)}.* is removed')
    lab.equal({one['address'] for one in groups.members(ks)},
              {address(host) for host in able}, 'members')
    lab.equal(missing(ks), (0, []), 'who can not, of the members left')

    rekeys.loss_free(lab, *able)
    lab.equal(groups.spis(poor), old, 'TEKs that it keeps until they end')
    lab.equal(wire.of_exchange(capture, wire.PUSH), [], 'rekeys sent to it')

    ks.mark()
    poor.ctl('register', 'getvpn')
    ks.wait_log(r'%GDOI-3-KS_FRESHNESS_UNSUPPORTED: Registration of .*is '
                r'refused: it can.t do the group.s replay protection '
                r'\(see d3p_window\)')
    lab.equal(len(groups.members(ks)), len(able), 'members')


def multicast(lab, ks, conf, poor, members):
    """Rekeys that all can read leave nobody out."""
    freshness.load(lab, ks, members, conf, True, rekey={
        'transport': 'multicast', 'address': '239.84.8.4',
        'interface': 'eth0'})
    freshness.refused(
        lab, ks, conf, '"1s" is not possible for 1 registered member: '
        f'{address(poor)} (see gdoictl features ip-d3p --missing, or stop '
        'them, as multicast reaches all)', d3p_window='1s',
        freshness_unsupported='exclude')
    lab.equal(len(groups.members(ks)), 3, 'members')


def run(lab):
    rekeys.needs_impairments(lab)
    ks, *able = rekeys.lan(lab, 3, tek=3600, kek=86400)
    poor = able.pop()
    conf = groups.server_conf({'getvpn': rekeys.server(tek=3600, kek=86400)})
    ks.config(conf)
    poor.plugins = {'gdoi': {'impair': {'foreign': 'yes'}}}
    poor.config(groups.member_conf({'getvpn': groups.member(
        retry_initial='1s', retry_max='2s')}))
    groups.start(ks, *able, poor)
    groups.registered(*able, poor)
    is_refused(lab, ks, conf, poor, able)
    is_excluded(lab, ks, conf, poor, able)

    # back: nobody is told of TEKs that it can't do, so these have to go first
    freshness.load(lab, ks, able, conf, True, d3p_window=None,
                   freshness_unsupported=None)
    rekeys.rekey(ks, '--replace')
    rekeys.wait_current(ks, *able)
    until(lambda: len(groups.members(ks)) == 3, 'third member')
    rekeys.wait_current(ks, *able, poor)
    multicast(lab, ks, conf, poor, [*able, poor])
    rekeys.loss_free(lab, *able)
