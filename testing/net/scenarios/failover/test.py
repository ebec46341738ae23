# SPDX-License-Identifier: GPL-2.0-or-later
"""GM-002, GM-003."""

import re

import groups

TIMEOUT = 120


def conf(servers):
    return groups.member_conf({'getvpn': groups.member(
        servers=', '.join(servers), register_timeout='3s')}, servers)


def run(lab):
    groups.needs_plugins(lab)
    ks, dead, gm = lab.star('ks1', 'dead1', 'gm1')
    ks.config(groups.server_conf())
    servers = {}
    for number in range(1, 8):
        dead.address('eth0', f'10.2.2.{10 + number}/24')
        servers[f'dead{number}'] = f'10.2.2.{10 + number}'
    servers['ks1'] = groups.KS
    gm.settings = {'retransmit_tries': 1, 'retransmit_timeout': '0.4',
                   'retransmit_base': '1.0'}
    gm.config(conf(servers))
    groups.start(ks, gm)
    last = groups.registered(gm, timeout=60)
    lab.equal(last['registered-with'], groups.KS, 'the key server')
    tried = re.findall(r'initiating Main Mode IKE_SA (\w+)\[', gm.log_text())
    lab.equal(tried, list(servers), 'order of the attempts')

    servers['ninth'] = '10.2.2.99'
    gm.config(conf(servers))
    gm.swanctl('--load-all', '--noprompt')
    done = gm.ctl('load-groups')
    lab.equal(done.returncode, 1, 'exit code with a ninth server')
    lab.check('groups.getvpn.member.servers' in done.stdout,
              f'no key path in: {done.stdout}')
    groups.registered(gm)
