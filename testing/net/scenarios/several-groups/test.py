# SPDX-License-Identifier: GPL-2.0-or-later
"""KS-005, KS-009, KS-020, AUTHZ-003."""

import groups


def run(lab):
    ks, both, one = groups.pair(lab, 2)
    lab.link(both, lab['core'], ('10.3.1.1/24', '10.3.1.254/24'),
             names=('eth1', 'second'))
    ks.config(groups.server_conf({
        'number': groups.server(4294967295),
        'address': groups.server('239.1.2.3', authorize={
            'addresses': '10.1.1.1'})}))
    both.config(groups.member_conf({
        'number': groups.member(4294967295),
        'address': groups.member('239.1.2.3', interface='eth1')}))
    one.config(groups.member_conf({
        'number': groups.member(4294967295),
        'address': groups.member('239.1.2.3', interface='lo')}))
    groups.start(ks, both, one)
    for name in ('number', 'address'):
        groups.registered(both, name=name)
    groups.registered(one, name='number')
    ks.wait_log('UNAUTHORIZED_IPADDR: Group address received registration '
                r'from unauthorized ip address: 10\.1\.2\.1')
    lab.check(not groups.spis(both, 'number') & groups.spis(both, 'address'),
              'the groups share an SPI')
    lab.equal(groups.spis(one, 'number'), groups.spis(both, 'number'),
              'TEKs of the members of one group')
    lab.equal(groups.spis(one, 'address'), set(), 'TEKs of the other group')
    keys = {call['enc_key_hash'] for call in both.recorded(call='add_sa')}
    lab.equal(len(keys), 2, 'encryption keys of a member of two groups')
    lab.equal(len(groups.members(ks, 'number')), 2, 'members of a group')
    lab.equal(len(groups.members(ks, 'address')), 1, 'members of the other')
