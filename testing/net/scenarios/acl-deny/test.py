# SPDX-License-Identifier: GPL-2.0-or-later
"""ACL-001, ACL-002, ACL-004, ACL-009, ACL-010, ACL-011, LOG-119, REKEY-104."""

import groups
import rekeys
import rules
from netlab import until

TIMEOUT = 120

VPN = 'permit ip 10.1.0.0/16 10.1.0.0/16'
DENY = 'deny ip host 10.1.1.9 any'
LINES = 1024


def sent(ks):
    """How many rekeys the key server has sent."""
    return int(rekeys.row(ks, role='ks').get('rekeys-sent', 0))


def load(lab, ks, conf, acl=None, **settings):
    """Change access list and settings of the group."""
    if acl:
        conf['acls']['vpn'] = {str(10 * (number + 1)): line
                               for number, line in enumerate(acl)}
    conf['groups']['getvpn']['server'].update(settings)
    ks.mark()
    return rules.load(ks, conf)


def addresses(ks):
    """Addresses of the members."""
    return sorted(one['address'] for one in groups.members(ks))


def refuse(lab, ks, conf, members):
    """A deny line comes: one rekey, and one member less."""
    before = sent(ks)
    load(lab, ks, conf, [DENY, VPN])
    for host in members[:2]:
        rules.wait_list(host, [f'{DENY} -> 0', f'{VPN} -> 0'])
    ks.wait_log(r'%GDOI-3-KS_DENY_UNSUPPORTED: Member 10\.1\.3\.1 of group '
                r'getvpn is removed')
    rekeys.wait_current(ks, *members[:2])
    lab.equal(sent(ks), before + 1, 'rekeys for the deny line')
    lab.equal(addresses(ks), ['10.1.1.1', '10.1.2.1'], 'members')
    lab.equal(rules.lists(members[2])[-1], (False, [f'{VPN} -> 0']),
              'list of the member that was left out')
    lab.equal(rules.packet(members[0], '10.1.1.9 10.1.2.1 icmp')[0], 'clear',
              'what becomes of a denied packet')
    # its keys don't last, and it doesn't come in again
    members[2].ctl('register', 'getvpn')
    ks.wait_log(r'%GDOI-3-KS_DENY_UNSUPPORTED: Registration of 10\.1\.3\.1 ')
    lab.equal(addresses(ks), ['10.1.1.1', '10.1.2.1'], 'members')


def ignore(lab, ks, conf, members):
    """It comes in if deny lines are ignored, and is named."""
    load(lab, ks, conf, deny_lines='ignore')
    members[2].halt()
    members[2].start()
    groups.registered(members[2])
    ks.wait_log(r'%GDOI-4-KS_DENY_IGNORED: Member 10\.1\.3\.1 ')
    lab.equal(groups.group(ks, role='ks')['members-without-deny'], 1,
              'members without deny lines')
    told = {one['address']: one['deny-lines'] for one in groups.members(ks)}
    lab.equal(told, {'10.1.1.1': 'told', '10.1.2.1': 'told',
                     '10.1.3.1': 'ignored'}, 'who was told')
    rules.wait_list(members[2], [f'{VPN} -> 0'])
    rekeys.rekey(ks)
    rekeys.wait_current(ks, *members)
    rules.wait_list(members[0], [f'{DENY} -> 0', f'{VPN} -> 0'])
    rules.wait_list(members[2], [f'{VPN} -> 0'])


def long_list(family):
    """As many lines as there may be, which don't overlap."""
    line = 'permit ip host 10.1.{}.{} 10.2.0.0/16' if family == 4 else \
        'permit ip host 2001:db8::1{:x}:1{:x} 2001:db8:2::/48'
    return [DENY] + [line.format(number // 200, number % 200)
                     for number in range(LINES - 1)]


def many(lab, ks, conf, members, lines):
    """As many lines as there may be, by a rekey and by a registration."""
    load(lab, ks, conf, lines)
    for host in members[:2]:
        rules.wait_list(host, [f'{line} -> 0' for line in lines])
    lab.equal(addresses(ks), ['10.1.1.1', '10.1.2.1'], 'members')
    members[1].halt()
    members[1].start()
    groups.registered(members[1])
    rules.wait_list(members[1], [f'{line} -> 0' for line in lines])


def too_many(lab, ks, conf, members, lines):
    """More lines are refused, but with a limit."""
    conf['acls']['vpn']['99999'] = VPN
    said = rules.load(ks, conf, code=1)
    lab.check('have access lists of 1025 lines' in said,
              f'refused without a reason: {said}')
    load(lab, ks, conf, acl_limit=100)
    ks.wait_log('%GDOI-4-GDOI_ACL_NUM: ')
    for host in members[:2]:
        rules.wait_list(host, [f'{line} -> 0' for line in lines[:100]])


def on_the_wire(lab, capture, member):
    """What a decoder of its own makes of the rekeys."""
    listener = rekeys.decoded(capture, member)
    found = [(push.dst, push.sa['acl'] and [line[0] for line in
                                            push.sa['acl']])
             for push in listener.pushes if push.sa]
    short = ['deny', 'permit']
    full = [line.split()[0] for line in long_list(4)]
    for address in ('10.1.1.1', '10.1.2.1'):
        for wanted in (short, full, full[:100]):
            lab.check((address, wanted) in found,
                      f'no rekey of {len(wanted)} lines to {address}')
    lab.check(('10.1.3.1', None) in found, 'no rekey with SATs to 10.1.3.1')
    lab.equal([acl for address, acl in found
               if address == '10.1.3.1' and acl], [], 'lists to 10.1.3.1')
    size = max(len(push.data) for push in listener.pushes)
    lab.check(LINES * 46 < size <= 65507, f'largest rekey: {size} octets')


def run(lab):
    rekeys.needs_impairments(lab)
    ks, *members = rekeys.pair(lab, 3)
    conf = groups.server_conf({'getvpn': rekeys.server(tek=3600, kek=86400)})
    ks.config(conf)
    members[2].plugins = {'gdoi': {'impair': {'foreign': 'yes'}}}
    capture = ks.capture('eth0')
    groups.start(ks, *members)
    groups.registered(*members)
    refuse(lab, ks, conf, members)
    ignore(lab, ks, conf, members)
    for family in (6, 4):
        many(lab, ks, conf, members, long_list(family))
    too_many(lab, ks, conf, members, long_list(4))
    rekeys.wait_current(ks, *members[:2])
    on_the_wire(lab, capture, members[0])
    rekeys.loss_free(lab, *members[:2])
