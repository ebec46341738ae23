# SPDX-License-Identifier: GPL-2.0-or-later
"""Fault: a full member table (KS-004)."""

import groups


def run(lab):
    ks, one, two = groups.pair(lab, 2)
    ks.config(groups.server_conf({'getvpn': groups.server(max_members=1)}))
    groups.start(ks, one)
    groups.registered(one)
    ks.mark()
    two.start()
    ks.wait_log('(?i)getvpn.*(full|limit|max_members|maximum)')
    lab.check(groups.group(two).get('state') != 'REGISTERED', 'one too many')
    lab.equal(two.recorded(call='add_sa'), [], 'SAs of the one too many')
    lab.equal([one['address'] for one in groups.members(ks)], ['10.1.1.1'],
              'members')
    one.mark()
    one.ctl('register', 'getvpn')
    one.wait_log('%GDOI-5-GM_REGS_COMPL')
