# SPDX-License-Identifier: GPL-2.0-or-later
"""SHOW-006, SHOW-007, SHOW-008, SHOW-009, SHOW-101, SHOW-103, SHOW-106."""

import os
import re

import groups
import rekeys
from netlab import until

MOMENT = re.compile(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ')

#: what the lists have; those with "@" are seconds, and have a moment as well
KS_REKEYS = '''group role state last-rekey-kind next-rekey-kind transport
    acknowledgement sequence rekeys-sent
    rekeys-retransmitted @last-rekey last-rekey-duration last-rekey-retransmits
    last-rekey-sent last-rekey-acked retransmit-interval retransmits-left
    kek-spi kek-lifetime @kek-expires-in @kek-replaced-in tek-lifetime
    @tek-expires-in @next-rekey-in acks-received acks-duplicate acks-stale
    acks-unsolicited acks-refused acks-invalid members-ejected'''
GM_REKEYS = '''group role state transport acknowledgement spi source destination
    encryption encryption-bits signature signature-hash signature-bits
    signature-key lifetime @expires-in @created-for sequence rekeys-received
    rekeys-since-registration acks-sent @last-rekey last-rekey-from'''
MEMBER = '''group id address port state server version registrations
    @last-registration @expires-in rekeys-sent rekey-retries acks-received
    acks-missed @last-rekey @last-ack sent acknowledged'''
POLICY = 'spi state encryption encryption-bits lifetime @expires-in'


def complete(lab, row, keys):
    """Check that a row has what an operator looks for."""
    for key in keys.split():
        plain = key.lstrip('@')
        lab.check(plain in row, f'no {plain} in {sorted(row)}')
        if key != plain:
            lab.check(isinstance(row[plain], int) and row[plain] >= 0,
                      f'{plain} is {row[plain]!r}')
            lab.check(MOMENT.fullmatch(row[plain + '-at']), plain + '-at')


def acknowledged(ks, count):
    """Wait until all members have acknowledged that many rekeys."""
    def listed():
        found = groups.members(ks)
        return all(one['acks-received'] == count for one in found) and found
    return until(listed, f'{count} acknowledgements of all')


def rows(lab, ks, gm):
    """Both sides, after three rekeys."""
    row = rekeys.row(ks, role='ks')
    complete(lab, row, KS_REKEYS)
    lab.equal((row['transport'], row['acknowledgement']),
              ('unicast', 'cisco'), 'how rekeys travel')
    lab.equal((row['rekeys-sent'], row['sequence']), (3, 3), 'rekeys')
    lab.equal((row['last-rekey-sent'], row['last-rekey-acked']), (2, 2),
              'members of the last rekey')
    lab.equal(row['acks-received'], 6, 'acknowledgements')
    lab.equal((row['state'], row['last-rekey-kind'], row['next-rekey-kind']),
              ('IDLE', 'tek', 'tek'), 'state of the rekeys')
    lab.check(0 < row['next-rekey-in'] < row['tek-expires-in'] <=
              row['tek-lifetime'], 'times of the next rekey')
    here = rekeys.row(gm)
    complete(lab, here, GM_REKEYS)
    lab.equal(here['spi'], row['kek-spi'], 'SPI of the KEK')
    lab.equal((here['rekeys-received'], here['acks-sent'], here['sequence']),
              (3, 3, 3), 'rekeys of the member')
    lab.check(here['last-rekey-from'].startswith(groups.KS), 'last rekey from')


def members(lab, ks):
    """The history of each member."""
    for row in acknowledged(ks, 3):
        complete(lab, row, MEMBER)
        for name in ('sent', 'acknowledged'):
            marks = [one.split(' ') for one in row[name]]
            lab.equal([number for number, _ in marks], ['3', '2', '1'], name)
            lab.check(all(MOMENT.fullmatch(at) for _, at in marks), marks)
        lab.equal(row['acks-missed'], 0, 'missed rekeys')
        shown = ks.ctl('members', row['address'], check=True).stdout
        lab.check(f'address                     {row["address"]}\n' in shown,
                  shown)
    lab.equal(ks.ctl_json('members', '--missing'), [], 'members without ACK')


def policy(lab, ks, gm):
    """KEK and TEKs with original and remaining lifetime."""
    for host, role in ((ks, 'ks'), (gm, 'gm')):
        for kind in ('kek', 'tek'):
            listed = groups.policies(host, kind)
            lab.check(listed, f'no {kind} on {host.name}')
            for row in listed:
                lab.equal(row['role'], role, 'role')
                complete(lab, row, POLICY)
    lab.check(any('replaced-in' in row for row in groups.policies(ks)),
              'no TEK says when it is replaced')


def columns(lab, *hosts):
    """No line of a table is wider than a terminal."""
    for host in hosts:
        for name in ('groups', 'members', 'policy', 'rekeys'):
            for line in host.ctl(name).stdout.splitlines():
                lab.check(len(line) <= 80, f'{name}: {line}')
        shown = host.ctl('rekeys', 'getvpn', check=True).stdout
        lab.check(re.search(r'^last-rekey +\d+s \(20', shown, re.M), shown)
        stats = host.ctl('stats', check=True).stdout
        lab.check(re.search(r'^  push-in ', stats, re.M), stats)


def refusals(lab, ks, gm):
    """What isn't there is refused, with the documented exit code."""
    for host, *words in ((ks, 'rekey', 'nosuch'), (gm, 'rekey', 'getvpn'),
                         (ks, 'remove-members', 'nosuch'),
                         (ks, 'remove-members', 'getvpn', '10.9.9.9'),
                         (ks, 'rekeys', 'nosuch'), (ks, 'members', 'nosuch'),
                         (ks, 'remove-members')):
        done = host.ctl(*words)
        lab.equal(done.returncode, 1, f'{words}: {done.stdout}')
        lab.check(done.stdout.startswith('gdoictl: '), done.stdout)


def another(lab, ks):
    """A multicast group beside, which nobody has joined yet."""
    ks.config(groups.server_conf({
        'getvpn': rekeys.server(tek=3600, kek=86400),
        'cast': rekeys.server(identity=4444, tek=3600, kek=86400, rekey={
            'transport': 'multicast', 'address': '239.0.1.2'})}))
    done = ks.ctl('load-groups', '--file', ks.path('etc/swanctl/swanctl.conf'))
    lab.equal((done.returncode, done.stdout), (2, 'add server cast\n'),
              'load')
    until(lambda: rekeys.row(ks, 'cast', 'ks')['transport'] == 'multicast',
          'first tick of the new group')
    row = rekeys.row(ks, 'cast', 'ks')
    lab.equal((row['transport'], row['acknowledgement'], row['rekeys-sent'],
               row['multicast-address']),
              ('multicast', 'none', 0, '239.0.1.2'), 'multicast group')
    lab.check(not {'last-rekey', 'acks-received'} & set(row), sorted(row))
    # one line for each group and role
    lab.equal([line.split()[:3] for line in
               ks.ctl('rekeys').stdout.splitlines()[1:]],
              [['getvpn', 'ks', 'unicast'], ['cast', 'ks', 'multicast']],
              'table')


def examples(lab, ks, gm):
    """The examples can be loaded where their keys are."""
    groups.make_key(ks, kind='ecdsa', size=256)
    folder = os.path.join(os.path.dirname(__file__), '..', '..', '..', '..',
                          'conf', 'examples')
    for host, name in ((ks, 'key-server.conf'), (gm, 'member.conf')):
        done = host.ctl('load-groups', '--dry-run', '--file',
                        os.path.join(folder, name))
        lab.equal((done.returncode, 'warning' in done.stdout), (2, False),
                  f'{name}: {done.stdout}')


def run(lab):
    ks, *gms = rekeys.pair(lab, 2, tek=3600, kek=86400)
    ks.start()
    groups.start(*gms)
    groups.registered(*gms)
    for number in range(1, 4):
        done = ks.ctl('rekey', check=True)
        lab.equal(done.stdout, 'rekeying getvpn\n', 'output')
        acknowledged(ks, number)
    rows(lab, ks, gms[0])
    members(lab, ks)
    policy(lab, ks, gms[0])
    columns(lab, ks, *gms)
    refusals(lab, ks, gms[0])
    another(lab, ks)
    examples(lab, ks, gms[0])
