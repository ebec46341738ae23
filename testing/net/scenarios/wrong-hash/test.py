# SPDX-License-Identifier: GPL-2.0-or-later
"""LOG-129, LOG-152, KS-002: no state without a right HASH."""

import groups
from netlab import until

TIMEOUT = 120


def exercise(lab, rule, victim, line, ks, gm):
    hits = groups.filter_rule(
        lab, f'{rule} counter {groups.HASH_BITS} set 0x5a5aa5a5')
    for host in (ks, gm):
        host.mark()
    gm.ctl('register', 'getvpn')
    until(hits, 'changed message', 30)
    victim.wait_log(line)
    lab.check(not gm.logged('GM_REGS_COMPL'), 'registered in spite of it')
    groups.clear_path(lab)
    gm.wait_log('%GDOI-5-GM_REGS_COMPL', timeout=60)


def run(lab):
    ks, gm = groups.pair(lab)
    gm.config(groups.member_conf({'getvpn': groups.member(
        retry_initial='1s', retry_max='2s', register_timeout='5s')}))
    groups.start(ks, gm)
    groups.registered(gm)
    pull = groups.PULL_EXCHANGE
    # messages 1 and 3 differ in length, so do 2 and 4
    for rule, victim, line in (
            (f'ip daddr 10.0.8.1 udp length > 84 {pull}', ks,
             '%GDOI-.-KS_HASH_FAIL'),
            (f'ip daddr 10.0.8.1 udp length 84 {pull}', ks,
             '%GDOI-.-KS_HASH_FAIL'),
            (f'ip saddr 10.0.8.1 {pull}', gm, '%GDOI-.-GM_HASH_FAIL')):
        exercise(lab, rule, victim, line, ks, gm)
    lab.equal(len(groups.members(ks)), 1, 'members')
