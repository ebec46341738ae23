# SPDX-License-Identifier: GPL-2.0-or-later
"""Hostile input: KS and GM keep running and count what they drop."""

import os
import random
import struct
import sys

import groups
import wire

SENDER = '''
import socket, sys
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
for line in open(sys.argv[1]):
    packet = bytes.fromhex(line)
    raw.sendto(packet, (socket.inet_ntoa(packet[16:20]), 0))
'''


def message(cookies, exchange, body, length=None, first=8, flags=1, mid=7,
            version=0x10):
    return cookies + struct.pack('>BBBBII', first, version, exchange, flags,
                                 mid, len(body) + 28 if length is None
                                 else length) + body


def crafted(cookies):
    """Datagrams under some cookies, none of them right."""
    rng = random.Random(6407)
    body = rng.randbytes(80)
    found = [message(cookies, 32, body[:size]) for size in
             (0, 1, 15, 16, 17, 32, 48, 64, 79, 80)]
    found += [message(cookies, 32, body, length) for length in
              (0, 27, 28, 107, 109, 0xffff, 0x7fffffff, 0xffffffff)]
    found += [message(cookies, exchange, body) for exchange in
              (0, 1, 3, 5, 6, 32, 33, 34, 35, 36, 240, 255)]
    found += [message(cookies, 32, body, flags=0),
              message(cookies, 32, body, mid=0),
              message(cookies, 32, body, version=0x20),
              message(cookies, 32, body, version=0xff)]
    # plain payloads whose lengths lie
    for size in (0, 1, 3, 4, 5, 1000, 0xffff):
        for first in (1, 8, 10, 15, 16, 17, 18, 22):
            found.append(message(cookies, 32, struct.pack(
                '>BBH', 0, 0, size) + body[:24], first=first, flags=0))
    whole = message(cookies, 32, body)
    found += [whole[:size] for size in range(0, 28, 3)]
    return found


def send(lab, host, packets):
    path = os.path.join(lab.dir, f'send-{host.name}.hex')
    with open(path, 'w', encoding='ascii') as out:
        out.write('\n'.join(packet.hex() for packet in packets) + '\n')
    host.run(sys.executable, '-c', SENDER, path)


def dropped(host):
    return sum(int(value) for key, value in
               groups.stats(host).get('transport', {}).items()
               if 'drop' in key or 'bad' in key or 'unknown' in key or
               'invalid' in key)


def run(lab):
    ks, gm, late = groups.pair(lab, 2)
    gm.config(groups.member_conf({'getvpn': groups.member(
        keep_phase1='yes')}))
    capture = gm.capture('eth0')
    groups.start(ks, gm)
    groups.registered(gm)
    _, head, _ = wire.of_exchange(capture, wire.PULL)[0]
    live = head.icookie + head.rcookie
    before = dropped(ks)
    for cookies in (live, os.urandom(16), bytes(16), live[:8] + bytes(8)):
        for to_port, marker in ((848, b''), (4500, bytes(4))):
            send(lab, gm, [wire.ipv4_udp('10.1.1.1', groups.KS, 848, to_port,
                                         marker + data)
                           for data in crafted(cookies)])
            send(lab, ks, [wire.ipv4_udp(groups.KS, '10.1.1.1', 848, to_port,
                                         marker + data)
                           for data in crafted(cookies)])
    late.start()
    groups.registered(late)
    groups.registered(gm)
    gm.mark()
    gm.ctl('register', 'getvpn')
    gm.wait_log('%GDOI-5-GM_REGS_COMPL', timeout=40)
    lab.check(dropped(ks) > before, 'no drop was counted')
    lab.equal(len(groups.members(ks)), 2, 'members')
    for host in (ks, gm, late):
        lab.equal(host.halt(), 0, f'exit code of charon on {host.name}')
