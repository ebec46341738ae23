# SPDX-License-Identifier: GPL-2.0-or-later
"""ACK-001, ACK-007, KS-017, KS-018, REKEY-017, REKEY-027 over IPv6."""

import groups
import rekey_wire
import rekeys
import wire
from netlab import until

KS = 'fd00:0:8::1'
MODES = {'plain': ('interoperable', wire.PUSH_ACK),
         'secret': ('cisco', rekey_wire.ENCRYPTED_ACK)}


def run(lab):
    ks, *members = groups.pair(lab, 2, family=6)
    ks.config(groups.server_conf({name: rekeys.server(
        identity=number, local=KS, tek=3600, kek=86400, rekey={
            'transport': 'unicast', 'acknowledgement': mode})
        for number, (name, (mode, _)) in enumerate(MODES.items(), 1)},
        local=KS))
    groups.make_key(ks)
    ks.start()
    captures = [host.capture('eth0') for host in members]
    for number, (name, host) in enumerate(zip(MODES, members), 1):
        host.config(groups.member_conf({name: groups.member(number)},
                                       {'ks1': KS}))
        rekeys.listen(host)
        host.start()
    for name, host in zip(MODES, members):
        groups.registered(host, name=name)
    for count, words in enumerate(((), ('--replace',), ()), 1):
        for name, host in zip(MODES, members):
            rekeys.rekey(ks, *words, name=name)
            rekeys.received(host, count)
            rekeys.wait_current(ks, host, name=name)
    for number, (name, host) in enumerate(zip(MODES, members), 1):
        capture = captures[number - 1]
        until(lambda: len(rekeys.acks(capture)) == 3, 'three ACKs')
        address = f'fd00:1:{number}::1'
        listener = rekeys.decoded(capture, host, address)
        lab.equal([one.seq for one in listener.pushes], [1, 2, 1], 'numbers')
        rekeys.keys_installed(lab, listener, host)
        rekeys.all_acknowledged(lab, listener, address,
                                exchange=MODES[name][1])
