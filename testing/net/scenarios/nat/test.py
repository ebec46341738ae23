# SPDX-License-Identifier: GPL-2.0-or-later
"""KS-010: the conversation moves to 4500 when a NAT is found."""

import groups
import wire


def run(lab):
    groups.needs_plugins(lab)
    ks, gm = lab.star('ks1', 'gm1')
    core = lab['core']
    core.run('nft', 'add', 'table', 'ip', 'nat')
    core.run('nft', 'add chain ip nat out '
                    '{ type nat hook postrouting priority 100 ; }')
    # other ports than the member's, as real NATs do
    core.run('nft', 'add rule ip nat out ip saddr 10.1.1.0/24 '
                    'meta l4proto udp masquerade to :20000-20100')
    ks.config(groups.server_conf())
    gm.config(groups.member_conf({'getvpn': groups.member(
        keep_phase1='yes')}))
    capture = ks.capture('eth0')
    groups.start(ks, gm)
    groups.registered(gm)
    pulls = wire.of_exchange(capture, wire.PULL)
    lab.equal(len(pulls), 4, 'PULL messages')
    for datagram, _, _ in pulls:
        lab.check(4500 in (datagram.sport, datagram.dport),
                  f'PULL on ports {datagram.sport} and {datagram.dport}')
        lab.check('10.0.8.254' in (datagram.src, datagram.dst),
                  'the address was not translated')
    first = wire.messages(capture)[0][0]
    lab.equal(first.dport, 848, 'port that phase 1 begins on')
    lab.equal(len(groups.members(ks)), 1, 'members')
    gm.mark()
    lab.equal(gm.ctl('register', 'getvpn').returncode, 0, 'exit code')
    gm.wait_log('%GDOI-5-GM_REGS_COMPL')
    lab.equal(len(groups.members(ks)), 1, 'members after registering again')
