# SPDX-License-Identifier: GPL-2.0-or-later
"""GM-007, GM-012, LOG-132: recovery from an unknown KEK."""

import signal

import groups
import rekeys
import wire
from netlab import until

GROUP = '239.84.8.3'
TIMEOUT = 90


def run(lab):
    ks, *members = rekeys.lan(lab, 3, tek=3600, kek=86400, rekey={
        'transport': 'multicast', 'address': GROUP, 'interface': 'eth0',
        'retransmit_tries': 2, 'retransmit_interval': '2s'})
    groups.start(ks, *members)
    groups.registered(*members)
    rekeys.rekey(ks)
    for host in members:
        rekeys.received(host, 1)
    old = groups.spis(members[1])
    ks.halt(signal.SIGKILL)
    ks.start()
    lab.equal(groups.members(ks), [], 'members after the restart')
    lab.check(not rekeys.newest(ks) & old, 'the key server kept its keys')
    for host in members:
        host.mark()
    capture = members[1].capture('eth0')
    # one member comes back; a rekey for it reaches the others as well
    members[0].ctl('register', 'getvpn')
    members[0].wait_log('%GDOI-5-GM_REGS_COMPL', 30)
    rekeys.rekey(ks)
    rekeys.received(members[0], 1)
    for host in members[1:]:
        host.wait_log('%GDOI-5-GM_REGS_COMPL', 40)
    rekeys.wait_current(ks, *members)
    until(lambda: len(rekeys.pushes(capture)) == 3, 'three copies')
    # once for all copies, and for what others send under no KEK at all
    for number in range(1, 11):
        rekeys.inject(ks, (groups.KS, '10.1.2.1', bytes([number]) * 16 +
                           bytes([18, 0x10, wire.PUSH, 1]) + bytes(6) +
                           bytes([0, 60]) + bytes(32)))
    until(lambda: groups.stats(members[1])['transport'].get('dropped-kek')
          not in (None, '0'), 'drop of unknown KEKs')
    lab.equal(len(members[1].logged('initiating Main Mode')), 1,
              'registrations because of an unknown KEK')
    rekeys.rekey(ks)
    for host in members:
        rekeys.received(host, 1 if host is not members[0] else 2)
    rekeys.wait_current(ks, *members)
