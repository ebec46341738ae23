# SPDX-License-Identifier: GPL-2.0-or-later
"""GM-040, GM-050 to GM-059, ACL-007."""

import signal

import groups
import rekeys
import rules
from netlab import until

SERVER = 'permit ip 10.1.0.0/16 10.1.0.0/16 -> 0'
ALL = 'permit ip any any -> drop'
SSH = 'deny tcp any port 22 any'
GDOI = 'deny udp any port 848 any port 848'
ACLS = {'open': {'10': SSH, '20': GDOI}}


def conf(**extra):
    made = groups.member_conf({'getvpn': groups.member(
        retry_initial='1s', retry_max='2s', **extra)})
    made['acls'] = ACLS
    return made


def shown(lab, host, state):
    """Check what list-groups says of fail-close."""
    def reached():
        return groups.group(host).get('fail-close') == state
    until(reached, f'fail-close {state} on {host.name}')


def run(lab):
    ks, gm = rekeys.pair(lab, 1, tek=3600, kek=86400)
    armed = {'fail_close': 'yes', 'fail_close_acl': 'open'}

    # GM-050, GM-053: not activated, no key server: open
    gm.config(conf(fail_close_acl='open'))
    gm.start()
    rules.wait_list(gm, [], fallback=True)
    shown(lab, gm, 'OFF')
    lab.equal(rules.packet(gm, '10.1.1.1 10.1.2.1 icmp'),
              ('clear', 'accept', None), 'verdict without fail_close')

    # armed at run time
    rules.load(gm, conf(**armed))
    rules.wait_list(gm, [f'{SSH} -> 0', f'{GDOI} -> 0', ALL], fallback=True)
    shown(lab, gm, 'ACTIVE')
    keys = groups.group(gm)
    lab.equal(keys['fail-close-acl'], [f'10 {SSH}', f'20 {GDOI}'],
              'exceptions')
    for text, verdict in (
            ('10.1.1.1 10.9.9.9 tcp 22 40000', ('clear', 'drop', '1')),
            ('10.9.9.9 10.1.1.1 tcp 40000 22', ('drop', 'accept', '3')),
            # GM-040: members behind this one, GM-056: this one
            ('10.7.7.7 10.0.9.9 udp 848 848', ('clear', 'accept', '2')),
            ('10.1.1.1 10.0.8.1 udp 848 848', ('clear', 'drop', None))):
        found = rules.packet(gm, text)
        if text.startswith('10.1.1.1 10.0.8.1'):
            # what comes from our own address to a key server is nobody's
            found, verdict = found[0], verdict[0]
        lab.equal(found, verdict, f'verdict on {text}')

    # a crash leaves it on the interface: nothing was detached
    gm.signal(signal.SIGKILL)
    gm.killed()
    lab.equal(rekeys.recorded(gm, 'detach'), [], 'detached by a crash')
    gm.start()
    rules.wait_list(gm, [f'{SSH} -> 0', f'{GDOI} -> 0', ALL], fallback=True)

    # GM-054: lifted by the registration
    ks.start()
    groups.registered(gm)
    rules.wait_list(gm, [SERVER])
    shown(lab, gm, 'ARMED')
    lab.equal(rules.packet(gm, '10.1.1.1 10.9.9.9 tcp 9 9'),
              ('clear', 'accept', None), 'verdict with keys')

    # its own lines don't count any more, and can be changed without an effect
    before = len(rules.lists(gm))
    rules.load(gm, conf(fail_close='yes', fail_close_revert='yes',
                        fail_close_acl='open'))
    lab.equal(len(rules.lists(gm)), before, 'lists set while it is lifted')

    # permit lines are no exceptions (GM-057)
    made = conf(**armed)
    made['acls'] = {'open': {'10': 'permit ip any any'}}
    said = rules.load(gm, made, code=1)
    lab.check('exceptions of fail_close are deny lines' in said, said)

    # keys are ended without others: everything is dropped again
    rules.load(gm, conf(fail_close='yes', fail_close_revert='yes',
                        fail_close_acl='open'), code=0)
    gm.mark()
    ks.halt()
    done = gm.ctl('register', 'getvpn')
    lab.equal(done.returncode, 0, 'exit code of register')
    rules.wait_list(gm, [f'{SSH} -> 0', f'{GDOI} -> 0', ALL], fallback=True)
    shown(lab, gm, 'ACTIVE')
    rules.load(gm, conf())
    rules.wait_list(gm, [], fallback=True)
    shown(lab, gm, 'OFF')
