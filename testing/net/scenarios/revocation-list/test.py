# SPDX-License-Identifier: GPL-2.0-or-later
"""AUTHZ-005, AUTHZ-006, AUTHZ-012, LOG-014, LOG-149."""

import groups
from netlab import until


def conf(addresses):
    return groups.server_conf({'getvpn': groups.server(
        kek=groups.kek(), authorize={'addresses': addresses})})


def run(lab):
    groups.needs_plugins(lab)
    hosts = lab.star('ks1', 'gm1', 'gm2', 'gm3')
    ks, gm1, gm2, gm3 = hosts
    groups.make_key(ks)
    ks.config(conf('any'))
    for gm in hosts[1:]:
        gm.config(groups.member_conf())
    groups.start(*hosts)
    groups.registered(gm1, gm2, gm3)
    until(lambda: len(groups.members(ks)) == 3, 'three members')
    address = {one['address'] for one in groups.members(ks)}
    gone = groups.group(gm3)['local-address']
    before = groups.spis(gm1)
    lab.equal(groups.spis(gm3), before, 'TEKs of all')
    gm3.mark()
    # AUTHZ-012: the list shrinks
    ks.config(conf(', '.join(sorted(address - {gone}))))
    plan = ks.ctl('load-groups', '--dry-run').stdout
    lab.check('authorize.addresses' in plan, f'plan: {plan}')
    lab.equal(len(groups.members(ks)), 3, 'members after a dry run')
    lab.equal(ks.ctl('load-groups').returncode, 2, 'load')
    ks.wait_log(f'%GDOI-1-KS_GM_REVOKED: Member {gone} ')
    lab.equal({one['address'] for one in groups.members(ks)}, address - {gone},
              'members left')
    for gm in (gm1, gm2):
        until(lambda host=gm: groups.spis(host) - before,
              'new TEKs of who stays', 30)
    new = groups.spis(gm1) - before
    lab.equal(groups.spis(gm2) - before, new, 'new TEKs')
    lab.check(not groups.spis(gm3) & new, 'the removed member has a new TEK')
    # it asks for keys, and is told off
    gm3.ctl('register', 'getvpn')
    ks.wait_log('UNAUTHORIZED_IPADDR.*' + gone.replace('.', r'\.'))
    lab.check(not groups.spis(gm3) & new, 'the refused member has a new TEK')
    # by another list it may come back
    ks.config(conf('any'))
    lab.equal(ks.ctl('load-groups').returncode, 2, 'load')
    groups.registered(gm3, timeout=60)
