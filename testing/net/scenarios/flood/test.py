# SPDX-License-Identifier: GPL-2.0-or-later
"""Floods are bounded: memory, half-open IKE_SAs, exchanges."""

import sys

import groups

TIMEOUT = 120

SENDER = '''
import os, socket, struct, sys, time
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
count, first = int(sys.argv[1]), sys.argv[2] == "phase1"
sa = bytes.fromhex("00000038" "00000002" "00000000" "0000002c" "01010001"
    "00000024" "01010000" "80010007" "800e0100" "80020004" "80040013"
    "80030001" "800b0001" "800c7080")
for number in range(count):
    if first:
        data = os.urandom(8) + bytes(8) + struct.pack(">BBBBII", 1, 16, 2, 0,
            0, 28 + len(sa)) + sa
    else:
        data = os.urandom(16) + struct.pack(">BBBBII", 8, 16, 32, 1,
            number + 1, 108) + os.urandom(80)
    sock.sendto(data, ("10.0.8.1", 848))
    if number % 50 == 0:
        time.sleep(0.005)
'''


def resident(host):
    with open(f'/proc/{host.charon.pid}/status', encoding='ascii') as status:
        for line in status:
            if line.startswith('VmRSS'):
                return int(line.split()[1])
    return 0


def run(lab):
    ks, gm, attacker = groups.pair(lab, 2)
    # charon's own limit on half-open IKE_SAs, as documented for key servers
    ks.settings = {'init_limit_half_open': 500, 'half_open_timeout': 5}
    ks.start()
    before = resident(ks)
    floods = [attacker.spawn(sys.executable, '-c', SENDER, count, kind,
                             log='flood.log')
              for count, kind in ((20000, 'pull'), (20000, 'phase1'))]
    gm.start()
    groups.registered(gm, timeout=40)
    for flood in floods:
        flood.wait(60)
        lab.equal(flood.returncode, 0, 'exit code of the flood')
    grown = resident(ks) - before
    lab.check(grown < 65536, f'charon grew by {grown} KiB')
    lab.equal([one['address'] for one in groups.members(ks)], ['10.1.1.1'],
              'members')
    gm.mark()
    gm.ctl('register', 'getvpn')
    gm.wait_log('%GDOI-5-GM_REGS_COMPL', timeout=40)
