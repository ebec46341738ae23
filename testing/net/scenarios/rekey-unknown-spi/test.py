# SPDX-License-Identifier: GPL-2.0-or-later
"""LOG-132, GM-001: recovery from an unknown SPI."""

import signal

import groups
import rekeys
from netlab import until


def arrive(host, spi):
    """Have a member's crypto map see a packet under an unknown SPI."""
    with open(host.path('cryptomap.log.unknown-spi'), 'w',
              encoding='ascii') as out:
        out.write(spi)


def taken(host):
    """Whether the member has asked for the SPI."""
    try:
        with open(host.path('cryptomap.log.unknown-spi'), encoding='ascii'):
            return False
    except FileNotFoundError:
        return True


def run(lab):
    ks, *members = rekeys.pair(lab, 3, tek=3600, kek=86400)
    groups.start(ks, *members)
    groups.registered(*members)
    rekeys.rekey(ks)
    for host in members:
        rekeys.received(host, 1)
        host.mark()
    old = groups.spis(members[0])
    ks.halt(signal.SIGKILL)
    ks.start()
    members[0].ctl('register', 'getvpn')
    members[0].wait_log('%GDOI-5-GM_REGS_COMPL', 30)
    fresh = groups.spis(members[0]) - old
    lab.equal(len(fresh), 1, 'TEKs of the new life of the key server')
    lab.equal(len(groups.members(ks)), 1, 'members after the restart')
    spi = fresh.pop()
    for host in members[1:]:
        arrive(host, spi)
    for host in members[1:]:
        host.wait_log('%GDOI-5-GM_REGS_COMPL', 40)
    rekeys.wait_current(ks, *members)
    for number, host in enumerate(members[1:]):
        arrive(host, f'0badcaf{number}')
    for host in members[1:]:
        until(lambda: taken(host), 'look at the second unknown SPI')
    rekeys.rekey(ks)
    for host in members:
        rekeys.received(host, 1)
    rekeys.wait_current(ks, *members)
    for host in members[1:]:
        lab.equal(len(host.logged('initiating Main Mode')), 1,
                  f'registrations of {host.name} because of unknown SPIs')
