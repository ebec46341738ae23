# SPDX-License-Identifier: GPL-2.0-or-later
"""REKEY-101 to REKEY-112, REKEY-201 to REKEY-204, REKEY-206 to REKEY-224,
REKEY-240 to REKEY-242 (X15); ACL-011, ACL-015.

The rows about cooperation (225 to 228) have no settings yet. Rekeys go to a
group address that is written down itself and not in an access list, so that
there is none to change for REKEY-201; and a profile is part of the TEK that
uses it (REKEY-205).
"""

import copy
import json

import groups
import rekeys
from netlab import until

GROUP = '239.84.8.6'
TIMEOUT = 120


def plan(ks, conf):
    """What a dry run tells of a configuration: {key: line}."""
    ks.config(conf)
    done = ks.ctl('load-groups', '--dry-run', '--json')
    answer = json.loads(done.stdout)
    return done.returncode, {line['key']: line
                             for line in answer.get('plan', {}).values()}


def sent(ks):
    """Rekeys sent so far."""
    return int(rekeys.row(ks, role='ks').get('rekeys-sent', 0))


def load(lab, ks, conf, key, rekey, rule):
    """Load a change, and check that it rekeys as the plan says."""
    code, lines = plan(ks, conf)
    lab.equal(code, 2, f'exit code of a dry run for {key}')
    lab.check(key in lines, f'no line for {key} in {lines}')
    lab.equal(lines[key]['rekey'], rekey, f'whether {key} rekeys')
    lab.check(rule in lines[key].get('rule', ''),
              f'{key} is not told to be {rule}: {lines[key]}')
    before = sent(ks)
    lab.equal(ks.ctl('load-groups').returncode, 2, f'exit code for {key}')
    if rekey:
        until(lambda: sent(ks) == before + 1, f'rekey for {key}')
    return before


def settled(ks, members):
    """Wait until all have taken what the key server made last."""
    rekeys.wait_current(ks, *members)
    until(lambda: not rekeys.row(ks, role='ks').get('sending') in
          ('yes', True), 'end of sending')


def quiet(lab, ks, before, key):
    """Check that a change sent nothing: the next rekey is the commanded one."""
    lab.equal(sent(ks), before, f'rekeys sent for {key}')
    rekeys.rekey(ks)
    until(lambda: sent(ks) == before + 1, 'rekey by command')


def has_lines(count):
    """All TEKs have so many lines."""
    def check(host):
        return all(len(one['acl']) == count for one in groups.policies(host))
    return check


def has_bits(bits):
    """Old and new TEK live side by side, the new one of other size."""
    def check(host):
        sizes = {int(one['encryption-bits']) for one in groups.policies(host)}
        return sizes == {256, bits}
    return check


def has_kek(key, value):
    """The KEK in use has a value."""
    def check(host):
        return any(str(one.get(key)) == str(value)
                   for one in groups.policies(host, 'kek'))
    return check


def lives(seconds):
    """The new TEK has a lifetime, those before keep theirs."""
    def check(host):
        teks = groups.policies(host)
        return any(int(one['lifetime']) <= seconds for one in teks) and \
            any(int(one['expires-in']) > seconds for one in teks)
    return check


def kek_lives(seconds):
    """The KEK ends at the new time."""
    def check(host):
        return all(abs(int(one['expires-in']) - seconds) < 120
                   for one in groups.policies(host, 'kek'))
    return check


def directed(word):
    """All SAs go one way, or both."""
    def check(host):
        return groups.group(host).get('direction') == word
    return check


def replays(method, window=None):
    """The newest TEK finds replays so, the one before lives on."""
    def check(host):
        teks = groups.policies(host)
        return len(teks) > 1 and teks[-1]['replay'] == method and (
            not window or int(teks[-1]['replay-window']) == window)
    return check


def anything(host):
    """Nothing to see at a member."""
    return True


def rows():
    """Changes: what to write, key of the plan, rekey, rule, effect."""
    data = 'teks.data.'
    return [
        # Table 1
        ({'teks': {'data': {'lifetime': '1800s'}}}, data + 'lifetime', False,
         'REKEY-101', lives(1800)),
        ({'teks': {'data': {'esp_proposals': 'aes128-sha256'}}},
         data + 'esp_proposals', True, 'REKEY-102', has_bits(128)),
        ({'teks': {'data': {'acl': 'more'}}}, data + 'acl', True,
         'REKEY-104', has_lines(2)),
        ({'receive_only': 'yes'}, 'receive_only', True, 'REKEY-108',
         directed('inbound-only')),
        ({'receive_only': 'no'}, 'receive_only', True, 'REKEY-109',
         lambda host: groups.group(host).get('direction') !=
         'inbound-only'),
        ({'kek': {'lifetime': '7200s'}}, 'kek.lifetime', False, 'REKEY-110',
         kek_lives(7200)),
        ({'kek': {'signature_key': 'second.pem'}}, 'kek.signature_key', True,
         'REKEY-111', anything),
        ({'kek': {'encryption': 'aes128'}}, 'kek.encryption', True,
         'REKEY-112', has_kek('encryption-bits', 128)),
        ({'replay': 'counter'}, 'replay', True, 'REKEY-105, REKEY-221',
         replays('counter', 64)),
        ({'replay_window': 128}, 'replay_window', False,
         'REKEY-106, REKEY-222', replays('counter', 128)),
        ({'replay': None, 'replay_window': None}, 'replay', True,
         'REKEY-107', replays('none')),
        # Table 2
        ({'replay': 'time'}, 'replay', True, 'REKEY-223',
         replays('time', 100000)),
        ({'replay_window': '20s'}, 'replay_window', False, 'REKEY-224',
         replays('time', 20000)),
        ({'replay': None, 'replay_window': None}, 'replay', True,
         'REKEY-241', replays('none')),
        ({'rekey': {'retransmit_tries': 2}}, 'rekey.retransmit_tries', False,
         'REKEY-214', anything),
        ({'rekey': {'transport': 'multicast', 'address': GROUP,
                    'interface': 'eth0', 'retransmit_tries': None}},
         'rekey.transport', True, 'REKEY-210', has_kek('transport',
                                                       'multicast')),
        ({'rekey': {'address': '239.84.8.7'}}, 'rekey.address', True,
         'REKEY-212', anything),
        ({'rekey': {'transport': 'unicast', 'address': None,
                    'interface': None}}, 'rekey.transport', True,
         'REKEY-211', has_kek('transport', 'unicast')),
        ({'teks': {'voice': {'acl': 'voice', 'lifetime': '1800s'}}},
         'teks.voice', True, 'REKEY-241', anything),
        ({'teks': {'voice': None}}, 'teks.voice', True, 'REKEY-241',
         has_lines(2)),
    ]


def apply(section, change):
    """Change a section; None takes a key away."""
    for key, value in change.items():
        if isinstance(value, dict):
            apply(section.setdefault(key, {}), value)
        elif value is None:
            section.pop(key, None)
        else:
            section[key] = value


def one_by_one(lab, ks, members, conf):
    """Every row of the tables."""
    for change, key, rekey, rule, effect in rows():
        apply(conf['groups']['getvpn']['server'], change)
        before = load(lab, ks, conf, key, rekey, rule)
        if not rekey:
            quiet(lab, ks, before, key)
        settled(ks, members)
        for host in members:
            until(lambda: effect(host), f'effect of {key} on {host.name}')


def lists(lab, ks, members, conf):
    """A line of a list; a list that is gone: REKEY-202, REKEY-241."""
    conf['acls']['more']['30'] = 'permit ip 10.1.0.0/16 10.9.0.0/16'
    load(lab, ks, conf, 'teks.data.acl', True, 'REKEY-202')
    settled(ks, members)
    for host in members:
        until(lambda: has_lines(3)(host), 'third line')
    wrong = copy.deepcopy(conf)
    del wrong['acls']['more']
    before = sent(ks)
    ks.config(wrong)
    done = ks.ctl('load-groups')
    lab.equal(done.returncode, 1, 'exit code without the list')
    lab.check('groups.getvpn.server.teks.data.acl' in done.stdout,
              f'what is told: {done.stdout}')
    lab.equal(sent(ks), before, 'rekeys for a list that is gone')
    for host in members:
        lab.check(has_lines(3)(host), 'the list that ran is gone')


def phase1(lab, ks, members, conf):
    """Secrets and proposals of phase 1: REKEY-203, REKEY-204, REKEY-206."""
    before, teks = sent(ks), [groups.spis(host) for host in members]
    other = copy.deepcopy(conf)
    other['secrets']['ike-other'] = {'secret': '"another"', 'id': '10.1.9.9'}
    other['connections']['members']['proposals'] = 'aes128-sha256-ecp256'
    ks.config(other)
    ks.swanctl('--load-creds', '--noprompt')
    ks.swanctl('--load-conns')
    ks.reload()
    rekeys.rekey(ks)
    until(lambda: sent(ks) == before + 1, 'rekey by command')
    settled(ks, members)
    for host, old in zip(members, teks):
        lab.check(groups.spis(host) - old, 'no new TEK by the rekey')
    # back, or nobody comes in any more
    ks.config(conf)
    ks.swanctl('--load-creds', '--clear', '--noprompt')
    ks.swanctl('--load-conns')


def together(lab, ks, members, conf):
    """REKEY-240: three changes, one rekey."""
    apply(conf['groups']['getvpn']['server'], {
        'teks': {'data': {'acl': 'vpn', 'esp_proposals': 'aes192-sha256'}},
        'kek': {'encryption': 'aes192'}})
    code, lines = plan(ks, conf)
    lab.equal(code, 2, 'exit code of three changes')
    lab.equal({key for key, line in lines.items() if line['rekey']},
              {'teks.data.acl', 'teks.data.esp_proposals', 'kek.encryption'},
              'changes that rekey')
    before = sent(ks)
    ks.ctl('load-groups', check=False)
    until(lambda: sent(ks) == before + 1, 'rekey for three changes')
    settled(ks, members)
    for host in members:
        until(lambda: has_lines(1)(host) and
              has_kek('encryption-bits', 192)(host), 'all three')
    lab.equal(sent(ks), before + 1, 'rekeys for three changes')
    lab.equal(ks.ctl('load-groups').returncode, 0, 'the same once more')


def run(lab):
    ks, *members = rekeys.lan(lab, 2, tek=3600, kek=86400)
    groups.make_key(ks, 'second.pem')
    conf = groups.server_conf({'getvpn': rekeys.server(
        tek=3600, kek=86400, rekey={'transport': 'unicast'})})
    conf['acls'].update({
        'more': {'10': 'permit ip 10.1.0.0/16 10.1.0.0/16',
                 '20': 'permit ip 10.1.0.0/16 10.7.0.0/16'},
        'voice': {'10': 'permit ip 10.8.0.0/16 10.8.0.0/16',
                  '20': 'permit ip 10.8.0.0/16 10.9.0.0/16'}})
    ks.config(conf)
    groups.start(ks, *members)
    groups.registered(*members)
    one_by_one(lab, ks, members, conf)
    lists(lab, ks, members, conf)
    phase1(lab, ks, members, conf)
    together(lab, ks, members, conf)
    rekeys.loss_free(lab, *members)
