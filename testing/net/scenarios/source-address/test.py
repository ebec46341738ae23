# SPDX-License-Identifier: GPL-2.0-or-later
"""KS-021, GM-015."""

import groups
import wire


def run(lab):
    ks, gm = groups.pair(lab)
    gm.address('lo', '10.1.200.1/32')
    lab['core'].ip('route', 'add', '10.1.200.1/32', 'via', '10.1.1.1')
    gm.config(groups.member_conf({'getvpn': groups.member(
        local_address='10.1.200.1')}))
    capture = gm.capture('eth0')
    groups.start(ks, gm)
    last = groups.registered(gm)
    lab.equal(last['local-address'], '10.1.200.1', 'source address')
    lab.equal([one['address'] for one in groups.members(ks)], ['10.1.200.1'],
              'members')
    lab.check(all('10.1.200.1' in (one.src, one.dst)
                  for one, _, _ in wire.messages(capture)),
              'a message with another source address')
    gm.mark()
    gm.config(groups.member_conf({'getvpn': groups.member(
        local_address='10.1.1.1')}))
    gm.reload()
    gm.wait_log('%GDOI-5-GM_REGS_COMPL: .* using address 10.1.1.1')
    lab.equal(sorted(one['address'] for one in groups.members(ks)),
              ['10.1.1.1', '10.1.200.1'], 'a record per source address')
