# SPDX-License-Identifier: GPL-2.0-or-later
"""Settings, waiting and checks for scenarios about replay protection."""

import json

import groups
import rekey_wire
import rekeys
from netlab import until


def row(host, role='gm', name='getvpn'):
    """How replays are found by a host's role; empty without the group."""
    for one in host.ctl_json('replay'):
        if one['kind'] == 'group' and one['role'] == role and \
                one['group'] == name:
            return one
    return {}


def shows(hosts, role='gm', **wanted):
    """Wait until all hosts tell of a method and its values."""
    wanted = {key.replace('_', '-'): value for key, value in wanted.items()}
    for host in hosts:
        until(lambda: wanted.items() <= row(host, role).items(),
              f'{wanted} on {host.name}, which has {row(host, role)}')


def methods(host):
    """Methods of a host's TEKs, in their order."""
    return [one['replay'] for one in groups.policies(host)]


def sent(ks):
    """Rekeys that a key server has sent so far."""
    return int(rekeys.row(ks, role='ks').get('rekeys-sent', 0))


def change(conf, **changes):
    """Change settings of a key server's group; None takes one away."""
    section = conf['groups']['getvpn']['server']
    for key, value in changes.items():
        if value is None:
            section.pop(key, None)
        else:
            section[key] = value


def load(lab, ks, members, conf, rekeyed, **changes):
    """Change settings; returns once all members have what was sent.

    What is planned, and how many rekeys there were, is checked.
    """
    before = sent(ks)
    change(conf, **changes)
    ks.config(conf)
    dry = json.loads(ks.ctl('load-groups', '--dry-run', '--json').stdout)
    lab.equal(any(line['rekey'] for line in dry['plan'].values()), rekeyed,
              f'what is planned for {changes}')
    lab.equal(ks.ctl('load-groups').returncode, 2, f'load of {changes}')
    if rekeyed:
        until(lambda: sent(ks) == before + 1, f'rekey for {changes}')
    rekeys.wait_current(ks, *members)
    lab.equal(sent(ks), before + rekeyed, f'rekeys for {changes}')


def refused(lab, ks, conf, *words, **changes):
    """Changes are refused with these words, and nothing is done."""
    before, old = sent(ks), dict(conf['groups']['getvpn']['server'])
    change(conf, **changes)
    ks.config(conf)
    done = ks.ctl('load-groups')
    lab.equal(done.returncode, 1, f'load of {changes}: {done.stdout}')
    told = ' '.join(done.stdout.split())
    for word in words:
        lab.check(word in told, f'no "{word}" for {changes}: {told}')
    lab.equal(sent(ks), before, f'rekeys for {changes}')
    conf['groups']['getvpn']['server'] = old
    ks.config(conf)


def decoded(path, *members):
    """All registrations and rekeys of a capture, as rekeys.decoded() has them.

    All members whose registrations are in it have to listen.
    """
    return rekey_wire.Listener().read(
        path, ''.join(host.log_text() for host in members))


def told(pushes):
    """What captured rekeys say of freshness, one by one."""
    return [one.sa['freshness'] for one in pushes if one.sa]
