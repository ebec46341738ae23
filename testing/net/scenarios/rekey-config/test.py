# SPDX-License-Identifier: GPL-2.0-or-later
"""ACK-008, ACK-024, GM-013, KS-007, REKEY-025, REKEY-101, REKEY-102,
REKEY-104, REKEY-110 to REKEY-112, REKEY-214, REKEY-220, REKEY-240."""

import copy

import groups
import rekeys
from netlab import until

TIMEOUT = 90


def load(ks, conf):
    """Load another configuration; returns what the reload said."""
    ks.config(conf)
    ks.mark()
    return ks.reload()


def settled(ks, *members, count):
    """Wait until members took so many rekeys since the mark."""
    for host in members:
        rekeys.received(host, count)
    rekeys.wait_current(ks, *members)


def sequence(ks):
    """How many rekeys the key server has sent."""
    return int(rekeys.row(ks, role='ks').get('rekeys-sent', 0))


def at_once(lab, ks, members, conf):
    """Changes that are told at once, two of them by one rekey."""
    section = conf['groups']['getvpn']['server']
    before = sequence(ks)
    conf['acls']['vpn']['20'] = 'permit ip 10.1.0.0/16 10.7.0.0/16'
    load(ks, conf)
    settled(ks, *members, count=1)
    for host in members:
        acls = [one['acl'] for one in groups.policies(host)]
        lab.check(any(len(acl) == 2 for acl in acls),
                  f'access lists of {host.name}: {acls}')
    section['teks']['data']['esp_proposals'] = 'aes128-sha256'
    section['kek']['encryption'] = 'aes128'
    load(ks, conf)
    settled(ks, *members, count=2)
    for host in members:
        lab.check(any(int(one['encryption-bits']) == 128
                      for one in groups.policies(host)),
                  f'no TEK of 128 bits on {host.name}')
        until(lambda: any(int(one['encryption-bits']) == 128
                          for one in groups.policies(host, 'kek')),
              'KEK of 128 bits')
    lab.equal(sequence(ks), before + 2, 'rekeys for three changes')


def later(lab, ks, members, conf):
    """Changes that wait for the next rekey."""
    section = conf['groups']['getvpn']['server']
    before = sequence(ks)
    section['teks']['data']['lifetime'] = '1800s'
    section['kek']['lifetime'] = '7200s'
    section['rekey'].update(retransmit_tries=2, retransmit_interval='20s',
                            eject_after=2)
    load(ks, conf)
    until(lambda: int(rekeys.row(ks, role='ks')['retransmit-interval']) == 20,
          'new interval')
    lab.equal(sequence(ks), before, 'rekeys for other lifetimes')
    rekeys.rekey(ks)
    settled(ks, *members, count=3)
    lab.check(any(int(one['lifetime']) <= 1800
                  for one in groups.policies(members[0])),
              'the new lifetime did not come with the next rekey')


def refused(lab, ks, members, conf):
    """Settings that make no sense are refused and change nothing."""
    before = groups.group(ks, role='ks')
    for change in (
            {'transport': 'multicast', 'acknowledgement': 'interoperable',
             'address': '239.84.8.5', 'interface': 'eth0'},
            {'transport': 'multicast'},
            {'transport': 'multicast', 'address': '10.0.8.9',
             'interface': 'eth0'},
            {'transport': 'unicast', 'address': '239.84.8.5'},
            {'acknowledgement': 'cisco', 'acknowledgment': 'any'},
            {'acknowledgement': 'maybe'}, {'retransmit_interval': '0s'},
            {'eject_after': -1}, {'rule': 'none'}):
        wrong = copy.deepcopy(conf)
        wrong['groups']['getvpn']['server']['rekey'] = change
        load(ks, wrong)
        ks.wait_log(r'groups\.getvpn\.server\.rekey')
        now = groups.group(ks, role='ks')
        lab.equal((now['kek-spi'], now['sequence'], now['members']),
                  (before['kek-spi'], before['sequence'], before['members']),
                  f'the group after {change}')
    load(ks, conf)
    rekeys.rekey(ks)
    settled(ks, *members, count=4)


def run(lab):
    ks, *members = rekeys.pair(lab, 2)
    conf = groups.server_conf({'getvpn': rekeys.server(
        tek=3600, kek=86400, rekey={'transport': 'unicast'})})
    ks.config(conf)
    groups.start(ks, *members)
    groups.registered(*members)
    for host in members:
        host.mark()
    at_once(lab, ks, members, conf)
    later(lab, ks, members, conf)
    refused(lab, ks, members, conf)
    rekeys.loss_free(lab, *members)
