# SPDX-License-Identifier: GPL-2.0-or-later
"""ACK-004: one miss and one acknowledgement reset; REKEY-021."""

import groups
import rekey_wire
import rekeys
from netlab import until

TIMEOUT = 120


def book(ks, address):
    """The key server's record of a member."""
    for one in groups.members(ks):
        if one['address'] == address:
            return one
    return {}


def run(lab):
    ks, *members = rekeys.pair(lab, 2, kek=300)
    groups.start(ks, *members)
    groups.registered(*members)
    for host in members:
        host.mark()
    rekeys.received(members[0], 1, 30)
    until(lambda: int(book(ks, '10.1.1.1')['acks-received']) == 1,
          'acknowledgement of the first rekey')
    lost = groups.drop(lab, 'ip saddr 10.1.1.1 udp dport 848 @th,208,8 '
                            f'{rekey_wire.ENCRYPTED_ACK}')
    rekeys.received(members[0], 2, 30)
    until(lost, 'acknowledgement that gets lost')
    groups.clear_path(lab)
    for count in (3, 4):
        for host in members:
            rekeys.received(host, count, 30)
        rekeys.wait_current(ks, *members)
    found = book(ks, '10.1.1.1')
    lab.equal((int(found['acks-missed']), int(found['missed-in-a-row'])),
              (1, 0), 'acknowledgements missed')
    rekeys.loss_free(lab, *members)
    for host in members:
        lab.equal(len(host.logged('initiating Main Mode')), 0,
                  f'registrations of {host.name}')
