# SPDX-License-Identifier: GPL-2.0-or-later
"""GM-003, KS-002: no member without HASH(3)."""

import signal

import groups
from netlab import until

TIMEOUT = 120


def run(lab):
    groups.needs_plugins(lab)
    first, second, gm = lab.star('ks1', 'ks2', 'gm1')
    first.config(groups.server_conf())
    second.config(groups.server_conf(local='10.0.9.1'))
    gm.config(groups.member_conf(
        {'getvpn': groups.member(servers='ks1, ks2', register_timeout='8s')},
        {'ks1': groups.KS, 'ks2': '10.0.9.1'}))
    groups.start(first, second)
    # message 3 carries HASH alone: 28 + 48 octets with a 256 bit PRF
    lost = groups.drop(lab, f'ip daddr 10.0.8.1 udp length 84 '
                            f'{groups.PULL_EXCHANGE}')
    gm.start()
    until(lost, 'message 3 on its way', 20)
    lab.equal(groups.members(first), [], 'members without HASH(3)')
    first.halt(signal.SIGKILL)
    last = groups.registered(gm, timeout=60)
    lab.equal(last['registered-with'], '10.0.9.1', 'the key server')
    lab.equal(len(groups.members(second)), 1, 'members of the second')
    lab.equal(groups.spis(gm), groups.spis(second), 'TEKs')
