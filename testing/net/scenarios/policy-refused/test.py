# SPDX-License-Identifier: GPL-2.0-or-later
"""GM-027, GM-028, GM-029, KS-002, LOG-136, LOG-148."""

import groups
import wire


def conf(**extra):
    return groups.member_conf({'getvpn': groups.member(
        retry_initial='2s', **extra)})


def run(lab):
    ks, plain, named, narrow = groups.pair(lab, 3)
    ks.config(groups.server_conf({'getvpn': groups.server(
        teks={'data': {'esp_proposals': '3des-sha1'}})}))
    plain.config(conf())
    named.config(conf(esp_proposals='3des-sha1, aes256-sha256'))
    narrow.config(conf(esp_proposals='aes256-sha256'))
    ks.start()
    capture = plain.capture('eth0')
    groups.start(plain, named, narrow)
    groups.registered(named)
    call = named.recorded(call='add_sa')[0]
    lab.equal((call['enc_alg'], call['enc_key_len'], call['int_key_len']),
              (3, 24, 20), 'algorithms of the TEK')
    for host in (plain, narrow):
        host.wait_log('%GDOI-.-GM_REJECTING_SA_PAYLOAD: ')
        lab.check(groups.group(host).get('state') != 'REGISTERED',
                  f'{host.name} took 3DES')
        lab.equal(host.recorded(call='add_sa'), [], f'SAs of {host.name}')
    # who ended phase 1, and why, is known
    for address in ('10.1.1.1', '10.1.3.1'):
        ks.wait_log(f'%GDOI-4-KS_GM_REJECTS_SA_PAYLOAD: {address}: member '
                    'refused the policy of group getvpn')
    lab.equal([one['address'] for one in groups.members(ks)], ['10.1.2.1'],
              'members')
    pulls = wire.of_exchange(capture, wire.PULL)
    lab.check(pulls, 'no PULL on the wire')
    first = pulls[0][1].mid
    lab.equal(len([head for _, head, _ in pulls if head.mid == first]), 2,
              'messages of a PULL whose policy is refused')
