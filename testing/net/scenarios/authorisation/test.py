# SPDX-License-Identifier: GPL-2.0-or-later
"""AUTHZ-003, AUTHZ-004, AUTHZ-005, AUTHZ-006, AUTHZ-009, AUTHZ-012,
LOG-014, LOG-015, LOG-166."""

import groups
import wire


def refused(lab, ks, host, line):
    host.start()
    ks.wait_log(line)
    host.wait_log('AUTHENTICATION.FAILED|AUTH_FAILED')
    lab.check(groups.group(host).get('state') != 'REGISTERED',
              f'{host.name} is registered')
    lab.equal(host.recorded(call='add_sa'), [], f'SAs of {host.name}')


def run(lab):
    ks, good, address, named, wanted = groups.pair(lab, 4)
    ks.config(groups.server_conf({'getvpn': groups.server(authorize={
        'addresses': '10.1.1.0/24', 'identities': '*.members.example'})}))
    named.config(groups.member_conf(local={'id': 'gm3.other.example'}))
    wanted.config(groups.member_conf(local={'id': 'gm4.members.example'}))
    groups.start(ks, good)
    groups.registered(good)
    before = groups.spis(good)
    capture = address.capture('eth0')
    refused(lab, ks, address,
            r'%GDOI-1-UNAUTHORIZED_IPADDR: Group getvpn received registration '
            r'from unauthorized ip address: 10\.1\.2\.1\n')
    # an address in the right list doesn't help who sends a name, and the
    # other way round
    refused(lab, ks, named,
            r'%GDOI-1-UNAUTHORIZED_IDENTITY: Group getvpn received '
            r'registration from unauthorized identity: .*gm3\.other\.example')
    wanted.start()
    groups.registered(wanted)
    lab.equal(sorted(one['address'] for one in groups.members(ks)),
              ['10.1.1.1', '10.1.4.1'], 'members')
    lab.check(len(wire.of_exchange(capture, wire.INFORMATIONAL)) > 0,
              'no notify on the wire')
    lab.check(all(one.src == '10.1.2.1' for one, _, _ in
                  wire.of_exchange(capture, wire.PULL)),
              'message 2 was sent to an unauthorised member')
    groups.registered(good)
    lab.equal(groups.spis(good), before, 'TEKs of the member that is allowed')
