# SPDX-License-Identifier: GPL-2.0-or-later
"""KS-016, LOG-123."""

import groups
from netlab import until


def run(lab):
    ks, gm, keeper = groups.pair(lab, 2)
    gm.config(groups.member_conf({'getvpn': groups.member(
        keep_phase1='no')}))
    keeper.config(groups.member_conf({'getvpn': groups.member(
        keep_phase1='yes')}))
    groups.start(ks, gm, keeper)
    groups.registered(gm, keeper)
    until(lambda: 'ESTABLISHED' not in gm.swanctl('--list-sas').stdout,
          'end of phase 1', 10)
    until(lambda: ks.swanctl('--list-sas').stdout.count('ESTABLISHED') == 1,
          'end of phase 1 on the key server', 10)
    groups.registered(gm)
    lab.equal(len(groups.members(ks)), 2, 'members without phase 1')
    for host in (gm, keeper):
        host.mark()
        lab.equal(host.ctl('register', 'getvpn').returncode, 0, 'exit code')
        host.wait_log('%GDOI-.-GM_CLEAR_REGISTER')
        host.wait_log('%GDOI-5-GM_REGS_COMPL')
        lab.equal(len(host.logged('initiating Main Mode')), 1,
                  f'phase 1 attempts of {host.name} to register again')
    lab.equal(len(groups.members(ks)), 2, 'members')
