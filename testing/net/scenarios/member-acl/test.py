# SPDX-License-Identifier: GPL-2.0-or-later
"""ACL-003, ACL-004, ACL-005, ACL-006, ACL-008, ACL-010, ACL-019, GM-031,
LOG-121, LOG-122."""

import groups
import rules

SERVER = 'permit ip 10.1.0.0/16 10.1.0.0/16'
CLEAR = 'deny ip host 10.1.1.1 host 10.1.9.1'
CLOSED = 'permit tcp any any port 23'


def conf(acls=None, **extra):
    made = groups.member_conf({'getvpn': groups.member(**extra)})
    if acls:
        made['acls'] = acls
    return made


def run(lab):
    ks, gm = groups.pair(lab)
    gm.config(conf({'own': {'10': CLEAR, '20': CLOSED}}, acl='own'))
    groups.start(ks, gm)
    groups.registered(gm)
    rules.wait_list(gm, [f'{CLEAR} -> 0', f'{CLOSED} -> drop',
                         f'{SERVER} -> 0'])
    gm.wait_log('%GDOI-5-GM_ACL_MERGE: ')
    gm.wait_log('%GDOI-4-GM_ACL_PERMIT: ')
    lab.equal(rules.effective(gm),
              [('clear', 'local', CLEAR), ('drop', 'local', CLOSED),
               ('encrypt', 'server', SERVER)], 'lines of the member')
    lab.equal(rules.effective(ks, 'ks'), [('encrypt', 'server', SERVER)],
              'lines of the key server')
    spi, = groups.spis(gm)
    lab.equal([row.get('spi') for row in rules.listed(gm, effective='yes')],
              [None, None, spi], 'SPIs of the lines')
    for text, verdict in (
            ('10.1.1.1 10.1.9.1 icmp', ('clear', 'drop', '1')),
            ('10.1.9.1 10.1.1.1 icmp', ('encrypt', 'accept', '3')),
            ('10.1.1.1 10.1.2.1 tcp 9 22', ('encrypt', 'drop', '3')),
            ('10.9.1.1 10.1.2.1 tcp 9 23', ('drop', 'accept', '2')),
            ('10.9.1.1 10.1.2.1 tcp 9 22', ('clear', 'accept', None)),
            ('10.1.1.1 10.0.8.1 udp 848 848', ('clear', 'accept', None))):
        lab.equal(rules.packet(gm, text), verdict, f'verdict on {text}')
    lab.equal(rules.packet(ks, '10.1.1.1 10.1.9.1 icmp', 'ks'),
              ('encrypt', 'drop', '1'), 'verdict of the key server')

    # other lines are in force at once, and nothing is registered again
    attempts = groups.group(gm)['registrations-attempted']
    rules.load(gm, conf({'own': {'10': CLEAR}}, acl='own'))
    rules.wait_list(gm, [f'{CLEAR} -> 0', f'{SERVER} -> 0'])
    rules.load(gm, conf())
    rules.wait_list(gm, [f'{SERVER} -> 0'])
    rules.load(gm, conf(), code=0)
    lab.equal(groups.spis(gm), {spi}, 'TEKs')
    lab.equal(groups.group(gm)['registrations-attempted'], attempts,
              'registrations')

    # a list that isn't there is refused, and all runs on
    said = rules.load(gm, conf(acl='gone'), code=1)
    lab.check('groups.getvpn.member.acl: "gone" is not an access list' in said,
              f'refused without a reason: {said}')
    lab.equal(groups.spis(gm), {spi}, 'TEKs after a refused load')

    rules.load(gm, conf({'own': {'10': CLEAR}}, acl='own'))
    made = groups.member_conf()
    made['groups'] = {}
    rules.load(gm, made)
    rules.wait_list(gm, [], fallback=True)
