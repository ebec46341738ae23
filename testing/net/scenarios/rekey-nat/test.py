# SPDX-License-Identifier: GPL-2.0-or-later
"""ACK-003, KS-010, KS-021, REKEY-013, REKEY-027."""

import groups
import rekey_wire
import rekeys
import wire
from netlab import until


def run(lab):
    ks, *members = rekeys.pair(lab, 2, tek=3600, kek=86400)
    core = lab['core']
    core.run('nft', 'add', 'table', 'ip', 'nat')
    core.run('nft', 'add chain ip nat out '
                    '{ type nat hook postrouting priority 100 ; }')
    core.run('nft', 'add rule ip nat out ip saddr 10.1.0.0/16 '
                    'meta l4proto udp masquerade to :20000-20100')
    capture = ks.capture('eth0')
    inside = members[0].capture('eth0')
    groups.start(ks, *members)
    groups.registered(*members)
    lab.equal({one['address'] for one in groups.members(ks)}, {'10.0.8.254'},
              'addresses of the members')
    for count, words in enumerate(((), ('--replace',), ()), 1):
        rekeys.rekey(ks, *words)
        for host in members:
            rekeys.received(host, count)
        rekeys.wait_current(ks, *members)
        until(lambda: all(int(one['acks-received']) == count
                          for one in groups.members(ks)), 'ACKs of both')
    for datagram, _, _ in wire.of_exchange(capture, wire.PUSH,
                                           rekey_wire.ENCRYPTED_ACK):
        lab.check(4500 in (datagram.sport, datagram.dport),
                  f'rekey on ports {datagram.sport} and {datagram.dport}')
    lab.equal(len(rekeys.pushes(capture)), 6, 'PUSHes')
    listener = rekeys.decoded(inside, members[0])
    lab.equal([one.seq for one in listener.pushes], [1, 2, 1], 'numbers')
    lab.equal({one.identity for one in listener.acks}, {'10.1.1.1'},
              'address in the ACKs, the one inside of the NAT')
    rekeys.loss_free(lab, *members)
