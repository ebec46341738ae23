# SPDX-License-Identifier: GPL-2.0-or-later
"""AUTHZ-001, AUTHZ-014: a wrong key fails, a changed one is used next; KS-011:
so does another phase 1 policy."""

import groups

TIMEOUT = 120


def run(lab):
    ks, good, wrong, other = groups.pair(lab, 3)
    impatient = {'getvpn': groups.member(retry_initial='2s', retry_max='3s',
                                         register_timeout='4s')}
    wrong.config(groups.member_conf(impatient, secret='not the secret'))
    wrong.settings = {'retransmit_tries': 1, 'retransmit_timeout': '0.5'}
    other.config(groups.member_conf(
        impatient, proposals='aes128-sha384-modp3072'))
    groups.start(ks, good, wrong, other)
    groups.registered(good)
    groups.wait_state(wrong, 'RETRYING')
    groups.wait_state(other, 'RETRYING')
    ks.wait_log('no proposal chosen|NO_PROP')
    for host in (wrong, other):
        lab.check(groups.group(host).get('reason'), 'no reason is shown')
    lab.equal([one['address'] for one in groups.members(ks)], ['10.1.1.1'],
              'members')
    wrong.config(groups.member_conf(impatient))
    wrong.swanctl('--load-creds', '--clear', '--noprompt')
    groups.registered(wrong, timeout=40)
    groups.registered(good)
