# SPDX-License-Identifier: GPL-2.0-or-later
"""GM-014, GM-051, ACL-011."""

import groups
import rekeys
import rules
from netlab import until

LISTS = {'red': 'permit ip 10.1.0.0/16 10.1.0.0/16',
         'blue': 'permit ip 10.2.0.0/16 10.2.0.0/16'}


def server_conf(*names):
    made = groups.server_conf({
        name: groups.server(number, teks={'data': {'acl': name}})
        for number, name in enumerate(LISTS, 1) if name in names})
    made['acls'] = {name: {'10': LISTS[name]} for name in names}
    return made


def member_conf(*names, **extra):
    return groups.member_conf({
        name: groups.member(number, fail_close='yes', retry_initial='1s',
                            retry_max='2s', **extra)
        for number, name in enumerate(LISTS, 1) if name in names})


def refused(lab, gm, conf, path, text):
    """A configuration that is refused, and leaves what runs alone."""
    before = rekeys.recorded(gm)
    gm.config(conf)
    done = gm.ctl('load-groups')
    said = ' '.join(done.stdout.split())
    lab.equal(done.returncode, 1, f'exit code of a load that lacks {path}')
    lab.check(path in said and text in said, f'"{path}: {text}" in: {said}')
    lab.equal(rekeys.recorded(gm), before, 'crypto map after a refused load')


def run(lab):
    ks, gm = groups.pair(lab, 1)
    ks.config(server_conf('red'))
    gm.config(member_conf('red', 'blue'))
    groups.start(ks, gm)

    # one is served: the fail-close of the other is behind its list
    groups.registered(gm, name='red')
    rules.wait_list(gm, [f'{LISTS["red"]} -> 0', 'permit ip any any -> drop'])
    lab.equal(len(rekeys.recorded(gm, 'attach')), 1, 'attached crypto maps')

    # the second, whose name comes first
    rules.load(ks, server_conf('red', 'blue'))
    groups.registered(gm, name='blue')
    rules.wait_list(gm, [f'{LISTS["blue"]} -> 1', f'{LISTS["red"]} -> 0'])
    lab.equal(len(groups.spis(gm, 'red') | groups.spis(gm, 'blue')), 2,
              'SPIs of two groups')
    # both receive, each for its own list
    last = rekeys.recorded(gm, 'spis')[-1].split()[2:]
    lab.equal(sorted(word.split('/')[1] for word in last), ['0001', '0002'],
              'SAs whose traffic SPIs may bring')
    lab.equal(sorted(rekeys.recorded(gm, 'ready'))[-1].split()[3], 'yes',
              'second SA')

    # GM-014, both layouts, and anchors in each other's way
    both = member_conf('red', 'blue')
    both['groups']['red']['member']['interface'] = 'eth0, lo'
    refused(lab, gm, both, 'groups.red.member.interface',
            'is more than one interface (write one')
    both = member_conf('red', 'blue')
    both['groups']['blue']['id'] = 1
    both['groups']['blue']['member']['interface'] = 'lo'
    refused(lab, gm, both, 'groups.blue.id',
            "a group can't sit on a second interface")
    both = member_conf('red', 'blue')
    both['groups']['blue']['member'].update(anchor_local='192.0.2.77',
                                            anchor_remote='192.0.2.78')
    refused(lab, gm, both, 'groups.blue.member.anchor_local',
            'the anchors differ from those of group red')

    # one goes: the other's SA stays as it is
    ready = len(rekeys.recorded(gm, 'ready'))
    rules.load(gm, member_conf('red'))
    rules.wait_list(gm, [f'{LISTS["red"]} -> 0'])
    lab.equal([line for line in rekeys.recorded(gm, 'ready')[ready:]
               if line.split()[2] == '0'], [], 'changes of the other SA')
    lab.equal(rekeys.recorded(gm, 'detach'), [], 'detached crypto maps')

    # and comes back, after which the first one goes
    rules.load(gm, member_conf('red', 'blue'))
    groups.registered(gm, name='blue')
    rules.load(gm, member_conf('blue'))
    until(lambda: [line.split(' -> ')[0] for line in rules.lists(gm)[-1][1]]
          == [LISTS['blue']], 'list of the group that stays')
    gm.halt()
    lab.equal(len(rekeys.recorded(gm, 'detach')), 1, 'detached crypto maps')
