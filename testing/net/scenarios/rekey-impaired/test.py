# SPDX-License-Identifier: GPL-2.0-or-later
"""KS-030, REKEY-013, REKEY-016, REKEY-017, REKEY-028, REKEY-031, ACK-018."""

import groups
import rekeys

FAULTS = ('drop', 'duplicate', 'delay', 'corrupt', 'reorder')
ROUNDS = 12
TIMEOUT = 150


def impair(host, seed, *messages):
    """Have a part of some messages meet each of the faults."""
    rules = ', '.join(messages)
    host.plugins = {'gdoi': {'impair': dict(
        {fault: rules for fault in FAULTS}, seed=seed, delay_time=700)}}


GROUPS = {
    'unicast': {'transport': 'unicast', 'acknowledgement': 'any'},
    'rfc8263': {'transport': 'unicast', 'acknowledgement': 'interoperable'},
    'multicast': {'transport': 'multicast', 'address': '239.84.8.4',
                  'interface': 'eth0'}}


def setup(lab):
    """A group of three members for each way to rekey, on one Ethernet."""
    groups.needs_plugins(lab)
    ks, *members = lab.lan('ks1', *[f'gm{n}' for n in range(1, 10)])
    ks.config(groups.server_conf({name: rekeys.server(
        identity=number, tek=300, kek=900,
        rekey={'retransmit_interval': '1s', 'retransmit_tries': 8} | settings)
        for number, (name, settings) in enumerate(GROUPS.items(), 1)}))
    groups.make_key(ks)
    impair(ks, 11, 'out:33:10%', 'in:35:10%', 'in:240:10%')
    found = {name: members[3 * n:3 * n + 3] for n, name in enumerate(GROUPS)}
    for number, (name, hosts) in enumerate(found.items(), 1):
        for host in hosts:
            impair(host, 20 + int(host.name[2:]), 'in:33:10%', 'out:35:10%',
                   'out:240:10%', 'in:32:5%', 'out:32:5%')
            host.config(groups.member_conf({name: groups.member(
                number, register_timeout='10s', retry_initial='1s')}))
    return ks, found


def run(lab):
    rekeys.needs_impairments(lab)
    ks, found = setup(lab)
    ks.start()
    for name, hosts in found.items():
        groups.start(*hosts)
    for name, hosts in found.items():
        groups.registered(*hosts, name=name, timeout=30)
    attempts = {host: len(host.logged('initiating Main Mode'))
                for hosts in found.values() for host in hosts}
    for count in range(1, ROUNDS + 1):
        for name in found:
            rekeys.rekey(ks, *(['--replace'] if count % 4 == 0 else []),
                         name=name)
        for name, hosts in found.items():
            rekeys.wait_current(ks, *hosts, name=name, timeout=20)
    for host, count in attempts.items():
        lab.equal(len(host.logged('initiating Main Mode')), count,
                  f'registrations of {host.name}')
    for name, hosts in found.items():
        rekeys.loss_free(lab, *hosts)
        lab.check(rekeys.no_gap(lab, 300, *hosts) >= ROUNDS, 'TEKs')
        lab.equal(len(groups.members(ks, name)), len(hosts), 'members')
        row = rekeys.row(ks, name, 'ks')
        lab.check(int(row['rekeys-retransmitted']),
                  'nothing was lost: no retransmission')
