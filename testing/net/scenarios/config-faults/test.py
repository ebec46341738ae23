# SPDX-License-Identifier: GPL-2.0-or-later
"""GM-004, KS-022, LOG-155, and the faults of configuration."""

import groups
from netlab import merge, until


def refused(lab, host, tree, path):
    host.config(tree)
    done = host.ctl('load-groups')
    lab.equal(done.returncode, 1, f'exit code for {path}: {done.stdout}')
    lines = [line for line in done.stdout.splitlines() if path in line]
    lab.check(lines, f'no line with {path} in: {done.stdout}')
    host.mark()
    host.reload()
    host.wait_log(path.replace('.', r'\.'))


def wrong_servers(good):
    def with_server(**extra):
        return merge(good, {'groups': {'new': groups.server(5, **extra)}})
    return (
        (with_server(lifetme='3s'), 'groups.new.server.lifetme'),
        (with_server(kek={'signature_key': 'none.pem'}),
         'groups.new.server.kek.signature_key'),
        (with_server(teks={'data': {'acl': 'nowhere'}}),
         'groups.new.server.teks.data.acl'),
        (with_server(teks={'data': {'lifetime': '1y'}}),
         'groups.new.server.teks.data.lifetime'),
        (merge(good, {'acls': {'vpn': {'20': 'permit banana'}}}),
         'acls.vpn.20'))


def wrong_members(good):
    def with_member(**extra):
        return merge(good, {'groups': {'new': groups.member(5, **extra)}})
    return (
        (with_member(intrface='lo'), 'groups.new.member.intrface'),
        (merge(good, {'groups': {'new': {'id': '5x', 'member': {
            'servers': 'ks1', 'interface': 'lo'}}}}), 'groups.new.id'),
        (merge(good, {'groups': {'new': {'id': 5, 'member': {
            'interface': 'lo'}}}}), 'groups.new.member.servers'))


def exit_codes(lab, gm, good):
    gm.config(good)
    lab.equal(gm.ctl('load-groups').returncode, 0, 'unchanged')
    more = merge(good, {'groups': {'late': groups.member(
        9, interface='notthere')}})
    gm.config(more)
    lab.equal(gm.ctl('load-groups', '--dry-run').returncode, 2, 'dry run')
    lab.equal(groups.group(gm, 'late'), {}, 'group after a dry run')
    lab.equal(gm.ctl('load-groups').returncode, 2, 'changed')
    lab.equal(gm.ctl('load-groups').returncode, 0, 'idempotent')
    # an interface that doesn't exist: one line, and the group waits for it
    groups.wait_state(gm, 'WAITING_INTERFACE', 'late')
    lab.equal(len(gm.logged('notthere')), 1, 'lines about the interface')
    lab.link(gm, lab['core'], names=('notthere', 'late'))
    until(lambda: groups.group(gm, 'late').get('state') !=
          'WAITING_INTERFACE', 'end of the waiting', 20)
    gm.config(good)
    lab.equal(gm.ctl('load-groups').returncode, 2, 'group removed')
    lab.equal(groups.group(gm, 'late'), {}, 'removed group')


def run(lab):
    ks, gm = groups.pair(lab)
    groups.start(ks, gm)
    groups.registered(gm)
    before = groups.spis(gm)
    server, member = groups.server_conf(), groups.member_conf()
    for tree, path in wrong_servers(server):
        refused(lab, ks, tree, path)
    for tree, path in wrong_members(member):
        refused(lab, gm, tree, path)
    gm.mark()
    exit_codes(lab, gm, member)
    groups.registered(gm)
    lab.equal(groups.spis(gm), before, 'TEKs of the group that ran')
    lab.check(not gm.logged('GM_REGS_COMPL'), 'the group registered again')
    gm.halt()
    lab.equal(gm.ctl('groups').returncode, 3, 'exit code without charon')
