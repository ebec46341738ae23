# SPDX-License-Identifier: GPL-2.0-or-later
"""KS-030, REKEY-013, REKEY-016, REKEY-017, REKEY-028, REKEY-031, ACK-018."""

import groups
import rekeys

FAULTS = ('drop', 'duplicate', 'delay', 'corrupt', 'reorder')
ROUNDS = 12
TIMEOUT = 150


def impair(host, seed, *messages):
    """Have a tenth of some messages meet each of the faults."""
    rules = ', '.join(f'{one}:10%' for one in messages)
    host.plugins = {'gdoi': {'impair': dict(
        {fault: rules for fault in FAULTS}, seed=seed, delay_time=700)}}


def run(lab):
    rekeys.needs_impairments(lab)
    ks, *members = rekeys.pair(lab, 4, tek=300, kek=900, rekey={
        'transport': 'unicast', 'acknowledgement': 'any',
        'retransmit_interval': '1s', 'retransmit_tries': 8})
    impair(ks, 11, 'out:33', 'in:240')
    for number, host in enumerate(members):
        impair(host, 20 + number, 'in:33', 'out:240')
    groups.start(ks, *members)
    groups.registered(*members)
    for count in range(1, ROUNDS + 1):
        rekeys.rekey(ks, *(['--replace'] if count % 4 == 0 else []))
        rekeys.wait_current(ks, *members, timeout=20)
    rekeys.loss_free(lab, *members)
    for host in members:
        lab.equal(len(host.logged('initiating Main Mode')), 1,
                  f'registrations of {host.name}')
    lab.check(rekeys.no_gap(lab, 300, *members) >= ROUNDS, 'TEKs')
    lab.equal(len(groups.members(ks)), len(members), 'members')
    resent = int(rekeys.row(ks, role='ks')['rekeys-retransmitted'])
    lab.check(resent, 'nothing was lost: no retransmission')
