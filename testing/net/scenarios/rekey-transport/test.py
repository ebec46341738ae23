# SPDX-License-Identifier: GPL-2.0-or-later
"""GM-005, KS-007, LOG-138, LOG-139, LOG-157, LOG-158, REKEY-009, REKEY-025,
REKEY-032, REKEY-111, REKEY-210, REKEY-211; X7."""

import groups
import rekeys
from netlab import until

GROUP = '239.84.8.2'
MULTICAST = {'transport': 'multicast', 'address': GROUP, 'interface': 'eth0'}
UNICAST = {'transport': 'unicast'}
TIMEOUT = 60


def configure(ks, transport, key='rekey.pem'):
    """Write another configuration of the key server."""
    section = rekeys.server(tek=3600, kek=86400, rekey=transport)
    section['server']['kek']['signature_key'] = key
    ks.config(groups.server_conf({'getvpn': section}))


def joined(core):
    """Number of ports of the bridge behind which members are."""
    return sum(f'grp {GROUP} ' in line + ' '
               for line in core.run('bridge', 'mdb').stdout.splitlines())


def change(lab, ks, members, capture, transport, word):
    """Change the transport; returns what the announcing rekey went to."""
    before = len(rekeys.pushes(capture))
    for host in (ks, *members):
        host.mark()
    configure(ks, transport)
    ks.reload()
    ks.wait_log(f'%GDOI-.-KS_REKEY_TRANS_2_{word}: ')
    for host in members:
        host.wait_log(f'%GDOI-.-GM_REKEY_TRANS_2_{word}: ')
        rekeys.wait_current(ks, host)
    announced = {one.dst for one, _, _ in rekeys.pushes(capture)[before:]}
    until(lambda: joined(lab['core']) == (2 if word == 'MULTI' else 0),
          'members of the multicast group', 20)
    before = len(rekeys.pushes(capture))
    rekeys.rekey(ks)
    for host in members:
        rekeys.received(host, 2)
        rekeys.wait_current(ks, host)
    return announced, {one.dst
                       for one, _, _ in rekeys.pushes(capture)[before:]}


def run(lab):
    ks, *members = rekeys.lan(lab, 2, tek=3600, kek=86400, rekey=MULTICAST)
    groups.make_key(ks, 'second.pem')
    ks.start()
    capture = ks.capture('eth0')
    groups.start(*members)
    groups.registered(*members)
    until(lambda: joined(lab['core']) == 2, 'members of the multicast group')
    rekeys.rekey(ks)
    for host in members:
        rekeys.received(host, 1)
    addresses = {'10.1.1.1', '10.1.2.1'}
    lab.equal(change(lab, ks, members, capture, UNICAST, 'UNI'),
              ({GROUP}, addresses), 'destinations around the change to unicast')
    until(lambda: len(rekeys.acks(capture)) >= 2, 'ACKs in unicast')
    lab.equal(change(lab, ks, members, capture, MULTICAST, 'MULTI'),
              (addresses, {GROUP}),
              'destinations around the change to multicast')
    for host in members:
        host.mark()
    configure(ks, MULTICAST, 'second.pem')
    ks.reload()
    for host in members:
        rekeys.received(host, 1)
    rekeys.rekey(ks)
    for host in members:
        rekeys.received(host, 2)
        rekeys.wait_current(ks, host)
    listener = rekeys.decoded(capture, members[0])
    by_unicast = {(one.spi, one.seq) for one in listener.pushes
                  if one.dst in addresses}
    lab.equal({(one.spi, one.seq) for one in listener.acks} - by_unicast,
              set(), 'acknowledged rekeys that came by multicast')
    publics = {dict(keys)[2] for one in listener.pushes
               for kind, _, keys in one.kd if kind == 2}
    lab.equal(len(publics), 2, 'signature keys that members got')
    rekeys.loss_free(lab, *members)
