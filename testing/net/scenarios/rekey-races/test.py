# SPDX-License-Identifier: GPL-2.0-or-later
"""KS-007, KS-008, GM-001, REKEY-016, REKEY-031."""

import groups
import rekeys

ROUNDS = 16
TIMEOUT = 120


def run(lab):
    ks, *members = rekeys.pair(lab, 4, tek=3600, kek=86400)
    # a signature that takes its time
    groups.make_key(ks, size=4096)
    groups.start(ks, *members)
    groups.registered(*members)
    for count in range(1, ROUNDS + 1):
        busy = [host.spawn(lab.build_file('src/gdoictl/gdoictl'), 'register',
                           'getvpn', log='register.log')
                for host in members[count % 2::2]]
        rekeys.rekey(ks, *(['--replace'] if count % 4 == 0 else []))
        for one in busy:
            one.wait(20)
        groups.registered(*members)
        rekeys.wait_current(ks, *members, timeout=10)
    lab.equal(len(groups.members(ks)), len(members), 'members')
