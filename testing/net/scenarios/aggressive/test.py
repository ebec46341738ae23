# SPDX-License-Identifier: GPL-2.0-or-later
"""KS-011: phase 1 may be Aggressive Mode."""

import groups
import wire


def run(lab):
    ks, gm = groups.pair(lab)
    ks.config(groups.server_conf(aggressive='yes'))
    gm.config(groups.member_conf(aggressive='yes'))
    for host in (ks, gm):
        host.settings = {
            'i_dont_care_about_security_and_use_aggressive_mode_psk': 'yes'}
    capture = gm.capture('eth0')
    groups.start(ks, gm)
    groups.registered(gm)
    phase1 = wire.of_exchange(capture, wire.AGGRESSIVE)
    lab.equal([wire.phase1_doi(data) for _, _, data in phase1[:2]], [2, 2],
              'DOI of the phase 1 SA payloads')
    lab.equal(wire.of_exchange(capture, wire.MAIN), [], 'Main Mode messages')
    lab.equal(len(wire.of_exchange(capture, wire.PULL)), 4, 'PULL messages')
