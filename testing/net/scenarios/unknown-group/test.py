# SPDX-License-Identifier: GPL-2.0-or-later
"""KS-002, LOG-142."""

import groups


def run(lab):
    ks, gm = groups.pair(lab)
    gm.config(groups.member_conf({
        'getvpn': groups.member(),
        'ghost': groups.member(4444, interface='lo')}))
    groups.start(ks, gm)
    groups.registered(gm)
    ks.wait_log('%GDOI-.-KS_BAD_ID: .*4444')
    gm.wait_log('INVALID.ID')
    groups.registered(gm)
    lab.check(groups.group(gm, 'ghost').get('state') != 'REGISTERED',
              'a group that does not exist is registered')
    lab.check(groups.group(gm, 'ghost').get('reason'), 'no reason is shown')
    lab.equal(groups.spis(gm, 'ghost'), set(), 'TEKs')
