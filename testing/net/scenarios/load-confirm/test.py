# SPDX-License-Identifier: GPL-2.0-or-later
"""Loads that are undone unless confirmed, and exit codes."""

import copy
import signal

import groups
import rekeys
from netlab import until

TIMEOUT = 90


def lines(host):
    """Numbers of lines that the TEKs' lists have."""
    return {len(one['acl']) for one in groups.policies(host)}


def wait_lines(count, *hosts):
    """Wait until lists have so many lines."""
    for host in hosts:
        until(lambda: lines(host) == {count},
              f'{count} lines on {host.name}', 20)


def load(lab, ks, conf, *words, code=2):
    """Load a configuration."""
    ks.config(conf)
    done = ks.ctl('load-groups', *words)
    lab.equal(done.returncode, code, f'exit code: {done.stdout}')
    return done.stdout


def confirmed(lab, ks, gm, one, two):
    """What is confirmed stays."""
    ks.mark()
    said = load(lab, ks, two, '--confirm', '3')
    lab.check('gdoictl confirm within 3s' in said, f'what is told: {said}')
    lab.equal(ks.ctl('confirm').stdout, 'confirmed\n', 'confirmation')
    lab.equal(ks.ctl('confirm').returncode, 1, 'second confirmation')
    ks.wait_log('%GDOI-5-GDOI_CONFIG_PENDING: ')
    ks.wait_log('%GDOI-5-GDOI_CONFIG_CONFIRMED: ')
    wait_lines(2, ks, gm)
    # a time that would have ended goes by for another load
    load(lab, ks, one, '--confirm', '4')
    ks.wait_log('%GDOI-4-GDOI_CONFIG_ROLLBACK: ')
    wait_lines(2, ks, gm)
    lab.equal(len(ks.logged('GDOI_CONFIG_ROLLBACK')), 1, 'times undone')
    # the file still has what was undone
    load(lab, ks, two, code=0)


def replaced(lab, ks, gm, one, two):
    """Another load in between, or the file again, is for good."""
    three = copy.deepcopy(two)
    three['acls']['vpn']['30'] = 'permit ip 10.1.0.0/16 10.8.0.0/16'
    load(lab, ks, one, '--confirm', '1h')
    load(lab, ks, three)
    lab.equal(ks.ctl('confirm').returncode, 1, 'nothing waits')
    wait_lines(3, ks, gm)
    load(lab, ks, one, '--confirm', '1h')
    ks.reload()
    lab.equal(ks.ctl('confirm').returncode, 1, 'nothing waits')
    wait_lines(1, ks, gm)


def cut_off(lab, ks, gm, one, two):
    """The one who made the change is gone, and ends all groups by it."""
    nothing = copy.deepcopy(one)
    nothing['groups'] = {}
    ks.mark()
    ks.config(nothing)
    tool = ks.spawn(lab.build_file('src/gdoictl/gdoictl'), 'load-groups',
                    '--confirm', '2', log='gdoictl.log')
    until(lambda: not groups.group(ks, role='ks'), 'end of the group')
    tool.send_signal(signal.SIGKILL)
    tool.wait()
    ks.wait_log('%GDOI-4-GDOI_CONFIG_ROLLBACK: ')
    lab.equal(groups.group(ks, role='ks').get('state'), 'ACTIVE',
              'state of the group that came back')
    gm.ctl('register', 'getvpn', check=False)
    groups.registered(gm)
    # a refused load and a dry run are no loads
    load(lab, ks, two, '--confirm', '2')
    wrong = copy.deepcopy(one)
    wrong['groups']['getvpn']['server']['lifetme'] = '1h'
    load(lab, ks, wrong, code=1)
    load(lab, ks, nothing, '--dry-run')
    ks.wait_log('%GDOI-4-GDOI_CONFIG_ROLLBACK: ', count=2)
    wait_lines(1, ks, gm)


def stuck(lab, ks, one, two):
    """What was before can't be loaded any more: what runs runs on."""
    ks.mark()
    two = copy.deepcopy(two)
    two['groups']['getvpn']['server']['kek']['signature_key'] = 'second.pem'
    load(lab, ks, two, '--confirm', '2')
    ks.run('rm', ks.path('etc', 'swanctl', 'private', 'rekey.pem'))
    ks.wait_log('%GDOI-3-GDOI_CONFIG_STUCK: ')
    lab.equal(groups.group(ks, role='ks').get('state'), 'ACTIVE',
              'state of the group that could not go back')
    wait_lines(2, ks)


def run(lab):
    ks, gm = rekeys.pair(lab, 1, tek=3600, kek=86400)
    groups.make_key(ks, 'second.pem')
    one = groups.server_conf({'getvpn': rekeys.server(tek=3600, kek=86400)})
    two = copy.deepcopy(one)
    two['acls']['vpn']['20'] = 'permit ip 10.1.0.0/16 10.7.0.0/16'
    ks.config(one)
    groups.start(ks, gm)
    groups.registered(gm)
    confirmed(lab, ks, gm, one, two)
    replaced(lab, ks, gm, one, two)
    cut_off(lab, ks, gm, one, two)
    stuck(lab, ks, one, two)
    # an empty plan has its exit code too, and so has no charon
    load(lab, ks, one, '--dry-run', code=1)
    ks.halt()
    lab.equal(ks.ctl('confirm').returncode, 3, 'exit code without charon')
