# SPDX-License-Identifier: GPL-2.0-or-later
"""KS-010 and GM-001 over IPv6."""

import groups
import wire


def run(lab):
    ks, gm = groups.pair(lab, 1, family=6)
    ks.config(groups.server_conf(local='fd00:0:8::1'))
    gm.config(groups.member_conf(servers={'ks1': 'fd00:0:8::1'}))
    capture = gm.capture('eth0')
    groups.start(ks, gm)
    groups.registered(gm)
    lab.equal([one['address'] for one in groups.members(ks)],
              ['fd00:1:1::1'], 'members')
    lab.equal(len(wire.of_exchange(capture, wire.PULL)), 4, 'PULL messages')
    lab.check(groups.spis(gm) == groups.spis(ks), 'TEKs differ')
