# SPDX-License-Identifier: GPL-2.0-or-later
"""ACL-004, GM-032, GM-050, GM-052, GM-058, REKEY-103, REKEY-104."""

import re

import groups
import rekeys
import rules
from netlab import until

DENY = 'deny ip 10.1.0.0/24 10.1.0.0/24'
VPN = 'permit ip 10.1.0.0/16 10.1.0.0/16'
OWN = 'deny tcp any port 22 10.1.9.0/24'
SSH = 'deny tcp any port 22 any'
HEADINGS = 'POS  ACTION  ORIGIN     LIST        NUMBER  LINE'
FAIL_CLOSE = f'''\
getvpn, member, fail-close (deny = forward in clear, permit = drop)
{HEADINGS}
1    clear   exception  open        10      {SSH}
2    drop    fail-close -           -       permit ip any any
'''
MEMBER = f'''\
getvpn, member
{HEADINGS}
1    clear   local      own         10      {OWN}
2    clear   server     -           1       {DENY}
3    encrypt server     -           2       {VPN}
'''
SERVER = f'''\
getvpn, key server
{HEADINGS}
1    clear   server     data        10      {DENY}
2    encrypt server     data        20      {VPN}
'''


def server():
    """A group with deny lines, and AES-GCM."""
    made = groups.server_conf({'getvpn': rekeys.server(
        tek=3600, kek=86400, sender_ids={'bits': 8},
        teks={'data': {'esp_proposals': 'aes256gcm16'}})})
    made['acls']['vpn'] = {'10': DENY, '20': VPN}
    return made


def member(**extra):
    """A member with lists of its own."""
    made = groups.member_conf({'getvpn': groups.member(
        retry_initial='1s', retry_max='2s', acl='own', fail_close='yes',
        fail_close_acl='open', **extra)})
    made['acls'] = {'own': {'10': OWN}, 'open': {'10': SSH}}
    return made


def told(lab, host, expected, *words, code=0):
    """Run gdoictl and compare, each line within 80 columns."""
    done = host.ctl(*words)
    lab.equal((done.returncode, done.stdout), (code, expected),
              f'gdoictl {" ".join(words)} on {host.name}')
    lab.check(max(map(len, done.stdout.splitlines())) <= 80, done.stdout)


def closed(lab, gm):
    """Before the key server is there."""
    rules.wait_list(gm, [f'{SSH} -> 0', 'permit ip any any -> drop'],
                    fallback=True)
    told(lab, gm, FAIL_CLOSE, 'policy', '--effective')
    told(lab, gm, 'getvpn, member\n'
         '  line 2 decides: permit ip any any (fail-close)\n'
         '  leaving here: dropped, as fail_close drops all that no exception '
         'names\n'
         '  arriving here in clear: dropped, by line 2\n',
         'policy', '--packet', '10.1.1.1 10.1.2.1 icmp')
    told(lab, gm, 'getvpn, member\n'
         f'  line 1 decides: {SSH} (exception, list open, number 10)\n'
         '  leaving here: sent in clear, as the line leaves it in clear\n'
         '  arriving here in clear: dropped, by line 2\n',
         'policy', 'getvpn', '--packet', '10.1.1.1 10.9.9.9 tcp 22 40000')
    shown = gm.ctl('groups', 'getvpn').stdout
    for line in (r'fail-close +ACTIVE', r'fail-close-list +open',
                 rf'fail-close-acl +10 {SSH}'):
        lab.check(re.search(f'^  {line}$', shown, re.M), shown)


def lines(lab, ks, gm):
    """Lines and packets on both sides, as text and as JSON."""
    told(lab, gm, MEMBER, 'policy', '--effective', 'getvpn')
    told(lab, ks, SERVER, 'policy', '--effective', 'getvpn')
    spi, = groups.spis(gm)
    told(lab, gm, 'getvpn, member\n'
         f'  line 3 decides: {VPN} (server, number 2)\n'
         f'  leaving here: encrypted with SPI {spi}, as the line wants it '
         'encrypted\n'
         '  arriving here in clear: dropped, by line 3\n',
         'policy', '--packet', '10.1.1.1 10.1.2.1 tcp 40000 443')
    told(lab, ks, 'getvpn, key server\n  no line decides\n'
         '  leaving here: sent in clear, as no line matches\n'
         '  arriving here in clear: accepted\n',
         'policy', '--packet', '10.9.1.1 10.1.2.1 icmp')
    for host, role in ((gm, 'gm'), (ks, 'ks')):
        rows = host.ctl_json('policy', '--effective')
        lab.equal([{key: str(value) for key, value in row.items()}
                   for row in rows],
                  rules.listed(host, role, effective='yes'),
                  f'JSON of {host.name}')
        lab.equal([row['position'] for row in rows],
                  list(range(1, len(rows) + 1)), 'positions')
    row, = gm.ctl_json('policy', '--packet', '10.1.1.1 10.1.2.1 icmp')
    lab.equal((row['outbound'], row['inbound'], row['position'],
               row['inbound-position']), ('encrypt', 'drop', 3, 3), 'packet')


def sids(lab, ks, gm):
    """Sender IDs on both sides."""
    for host, role, info in ((ks, 'ks', r'4 given, \d+ available'),
                             (gm, 'gm', r'4 from the key server, \d not used '
                              'yet')):
        shown = host.ctl('sids', check=True).stdout
        lab.check(re.search(rf'^getvpn +{role} +READY +8 +{info}$', shown,
                            re.M), shown)
        row, = host.ctl_json('sids', 'getvpn')
        lab.equal((row['role'], row['bits'], row['transforms']),
                  (role, 8, ['aes-gcm-256']), 'Sender IDs')


def refusals(lab, gm):
    """Wrong questions."""
    for words, why in (
            (('policy', '--packet', '10.1.1.1 10.1.2.1 tcp'), 'two ports'),
            (('policy', '--packet', 'nonsense', '--json'), 'write SRC DST'),
            (('policy', '--effective', '--packet', 'a'), 'either'),
            (('policy', 'nosuch', '--effective'), 'nothing found for nosuch'),
            (('policy', 'nosuch', '--packet', '10.1.1.1 10.1.2.1 icmp'),
             'nothing found for nosuch'),
            (('sids', 'nosuch'), 'nothing found for nosuch'),
            (('sids', '--effective'), 'of no use for sids'),
            (('direction', 'getvpn', 'sideways'), 'direction'),
            (('confirm',), 'nothing waits')):
        done = gm.ctl(*words)
        lab.equal(done.returncode, 1, f'{words}: {done.stdout}')
        lab.check(done.stdout.startswith('gdoictl: ') and why in done.stdout,
                  f'{words}: {done.stdout}')


def direction(lab, ks, gm):
    """Passive by command, seen in groups and in the verdict."""
    told(lab, gm, 'direction of getvpn is inbound-optional until the next '
         'rekey\n', 'direction', 'getvpn', 'inbound-optional')
    until(lambda: groups.group(gm)['direction'] == 'inbound-optional',
          'direction')
    lab.equal(rules.packet(gm, '10.1.1.1 10.1.2.1 icmp'),
              ('encrypt', 'accept', '3'), 'verdict of a passive member')
    rekeys.rekey(ks)
    rekeys.received(gm, 1)
    until(lambda: rules.packet(gm, '10.1.1.1 10.1.2.1 icmp') ==
          ('encrypt', 'drop', '3'), 'end of the direction')


def plan(lab, ks):
    """What a change would do is told, with its row and exit code."""
    made = server()
    made['acls']['vpn']['30'] = 'permit ip 10.2.0.0/16 10.2.0.0/16'
    ks.config(made)
    for words, code, begin in ((('--dry-run',), 2, 'would change server '),
                               ((), 2, 'change server getvpn\n'),
                               (('--dry-run',), 0, 'unchanged\n')):
        done = ks.ctl('load-groups', *words)
        lab.equal(done.returncode, code, done.stdout)
        lab.check(done.stdout.startswith(begin), done.stdout)
        lab.check(code == 0 or 'REKEY-104' in done.stdout, done.stdout)
        lab.equal(len(rules.effective(ks, 'ks')),
                  3 if not words or code == 0 else 2, 'lines of the server')


def run(lab):
    ks, gm = rekeys.pair(lab, 1, tek=3600, kek=86400)
    ks.config(server())
    gm.config(member())
    gm.start()
    closed(lab, gm)
    ks.start()
    groups.registered(gm)
    until(lambda: groups.group(gm)['ready'] is True, 'an SA with a Sender ID')
    lines(lab, ks, gm)
    sids(lab, ks, gm)
    refusals(lab, gm)
    direction(lab, ks, gm)
    plan(lab, ks)
