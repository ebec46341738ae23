# SPDX-License-Identifier: GPL-2.0-or-later
"""Replay of a PULL: gdoi-wire section 3, KS-004."""

import os
import sys

import groups
import wire
from netlab import until

SENDER = '''
import socket, sys
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
for line in open(sys.argv[1]):
    packet = bytes.fromhex(line)
    raw.sendto(packet, (socket.inet_ntoa(packet[16:20]), 0))
'''


def send(lab, host, name, datagrams):
    path = os.path.join(lab.dir, name)
    with open(path, 'w', encoding='ascii') as out:
        for one in datagrams:
            out.write(wire.ipv4_udp(one.src, one.dst, one.sport, one.dport,
                                    one.data).hex() + '\n')
    host.run(sys.executable, '-c', SENDER, path)


def sent_by_ks(capture):
    return [one for one, _, _ in wire.of_exchange(capture, wire.PULL)
            if one.src == groups.KS]


def run(lab):
    ks, gm = groups.pair(lab)
    gm.config(groups.member_conf({'getvpn': groups.member(
        keep_phase1='yes')}))
    capture = gm.capture('eth0')
    groups.start(ks, gm)
    groups.registered(gm)
    until(lambda: len(wire.of_exchange(capture, wire.PULL)) == 4,
          'four PULL messages')
    pull = [one for one, _, _ in wire.of_exchange(capture, wire.PULL)]
    mine = [one for one in pull if one.src == '10.1.1.1']
    theirs = [one for one in pull if one.src == groups.KS]
    member = groups.members(ks)[0]
    installed = len(gm.recorded(call='add_sa'))
    replies = {one.data for one in theirs}
    for times in range(3):
        send(lab, gm, f'replay-{times}', mine + mine[::-1])
        send(lab, ks, f'replay-ks-{times}', theirs + theirs[::-1])
    gm.mark()
    gm.ctl('register', 'getvpn')
    gm.wait_log('%GDOI-5-GM_REGS_COMPL', timeout=30)
    now = groups.members(ks)
    lab.equal(len(now), 1, 'members')
    lab.equal(int(now[0]['registrations']), int(member['registrations']) + 1,
              'registrations counted')
    fresh = {one.data for one in sent_by_ks(capture)} - replies
    lab.equal(len(fresh), 2, 'messages of the key server that are new')
    lab.check(len(gm.recorded(call='add_sa')) <= 2 * installed,
              'a replay installed an SA')
