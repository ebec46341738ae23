# SPDX-License-Identifier: GPL-2.0-or-later
"""GM-023, GM-025, TBAR-010, REKEY-105 to REKEY-107, REKEY-221, REKEY-222."""

import freshness
import groups
import rekeys
from netlab import until

TIMEOUT = 120


def windows(host):
    """Replay windows of the inbound states that there are, by SPI."""
    return {call['spi']: call['replay_window']
            for call in host.recorded(call='add_sa', inbound=True)}


def rows(host):
    """Methods and windows of a member's TEKs, in their order."""
    return [(one['replay'], int(one['replay-window'])
             if one.get('replay-window') else None)
            for one in groups.policies(host)]


def in_force(lab, members, *wanted):
    """Rows of policies, and what the kernel was told."""
    for host in members:
        lab.equal(rows(host), list(wanted), f'TEKs of {host.name}')
        kernel = windows(host)
        for one in groups.policies(host):
            lab.equal(kernel['0x' + one['spi']],
                      int(one['replay-window'])
                      if one['replay'] == 'counter' else 0,
                      f'window of a state of {host.name}')
        lab.equal(rekeys.recorded(host, 'freshness'), [], 'time stamps')


def refusals(lab, ks, conf):
    """What can't be set."""
    for window in (0, 31, 4097, '64s'):
        freshness.refused(lab, ks, conf, f'"{window}"', replay='counter',
                          replay_window=window)
    freshness.refused(lab, ks, conf, 'no meaning without replay',
                      replay_window=64)
    freshness.refused(lab, ks, conf, '"multicast" does not go with replay = '
                      'counter', replay='counter', rekey={
                          'transport': 'multicast', 'address': '239.84.8.4',
                          'interface': 'eth0'})


def removed(lab, ks, third):
    """End a member, and take it off the list, which it is sent word of."""
    before = freshness.sent(ks)
    third.halt()
    ks.ctl('remove-members', 'getvpn', '10.1.3.1', check=True)
    until(lambda: freshness.sent(ks) == before + 1, 'word of the removal')
    lab.equal(len(groups.members(ks)), 2, 'members')


def too_many(lab, ks, members, conf):
    """Three members are one too many."""
    freshness.refused(lab, ks, conf, '"counter" works with at most 2 members '
                      'that send, and 3 are registered (write time',
                      replay='counter')
    in_force(lab, members, ('none', None))
    removed(lab, ks, members[2])


def is_refused(ks, third):
    """A third member hears why it can't come in."""
    ks.mark()
    third.mark()
    third.start()
    ks.wait_log(r'%GDOI-.-[A-Z_]+: .*10\.1\.3\.1.* is refused \(see replay\)')
    third.wait_log('GM_REGS_FAILED: Registration with ks1 for group getvpn '
                   'failed: the key server sent error notify')


def turned_off(lab, ks, two, third, conf):
    """Room for a third once no TEK counts any more."""
    freshness.load(lab, ks, two, conf, True, replay=None, replay_window=None)
    in_force(lab, two, ('none', None), ('counter', 64), ('counter', 256),
             ('none', None))
    is_refused(ks, third)
    lab.equal(len(groups.members(ks)), 2, 'members while TEKs count')
    rekeys.rekey(ks, '--replace')
    groups.registered(third)
    rekeys.wait_current(ks, *two, third)
    lab.equal(len(groups.members(ks)), 3, 'members')
    in_force(lab, [third], ('none', None))


def one_tek(lab, ks, two, conf):
    """A TEK of two counts, the other doesn't."""
    lines = {'10': 'permit ip 10.8.0.0/16 10.8.0.0/16'}
    conf['acls']['voice'] = lines
    freshness.load(lab, ks, two, conf, True, teks={
        'data': {'acl': 'vpn', 'lifetime': '3600s', 'replay': 'counter'},
        'voice': {'acl': 'voice', 'lifetime': '3600s'}}, replay_window=4096)
    rekeys.rekey(ks, '--replace')
    rekeys.wait_current(ks, *two)
    for host in two:
        until(lambda: rows(host) == [('counter', 4096), ('none', None)],
              f'two TEKs of {host.name}')
    in_force(lab, two, ('counter', 4096), ('none', None))


def run(lab):
    ks, *members = rekeys.lan(lab, 3, tek=3600, kek=86400)
    conf = groups.server_conf({'getvpn': rekeys.server(tek=3600, kek=86400)})
    ks.config(conf)
    members[2].config(groups.member_conf({'getvpn': groups.member(
        retry_initial='1s', retry_max='2s')}))
    groups.start(ks, *members)
    groups.registered(*members)
    refusals(lab, ks, conf)
    too_many(lab, ks, members, conf)
    two, third = members[:2], members[2]
    freshness.load(lab, ks, two, conf, True, replay='counter')
    in_force(lab, two, ('none', None), ('counter', 64))
    freshness.shows(two, method='counter', window_packets=64)
    is_refused(ks, third)
    lab.equal(len(groups.members(ks)), 2, 'members')
    third.halt()
    # one of the two may come again all the same
    two[1].ctl('register', 'getvpn')
    groups.registered(two[1])
    rekeys.wait_current(ks, *two)

    freshness.load(lab, ks, two, conf, False, replay_window=256)
    rekeys.rekey(ks)
    rekeys.wait_current(ks, *two)
    in_force(lab, two, ('none', None), ('counter', 64), ('counter', 256))
    turned_off(lab, ks, two, third, conf)
    removed(lab, ks, third)
    one_tek(lab, ks, two, conf)
    rekeys.loss_free(lab, *two)
