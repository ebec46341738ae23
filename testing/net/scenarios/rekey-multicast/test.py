# SPDX-License-Identifier: GPL-2.0-or-later
"""ACK-002, GM-005, GM-009, LOG-159, REKEY-014, REKEY-015, REKEY-016,
REKEY-027."""

import ipaddress

import groups
import rekeys
import wire
from netlab import until

GROUPS = {4: '239.84.8.1', 6: 'ff15::848:1'}
TTL = 9
# seconds between copies of a rekey
INTERVAL = 2
TIMEOUT = 90


def server(family, address):
    """A group that rekeys by multicast."""
    return rekeys.server(
        identity=3333 + family, local=address, tek=3600, kek=86400,
        connections=f'members{family}', rekey={
            'transport': 'multicast', 'address': GROUPS[family],
            'interface': 'eth0', 'ttl': TTL, 'retransmit_tries': 2,
            'retransmit_interval': f'{INTERVAL}s'})


def setup(lab):
    """Four members on a LAN, two of the IPv4 and two of the IPv6 group."""
    groups.needs_plugins(lab)
    ks, *members = lab.lan('ks1', 'gm1', 'gm2', 'gm3', 'gm4', family=6)
    servers = {4: groups.KS, 6: 'fd00:0:8::1'}
    conf = groups.server_conf({
        f'v{family}': server(family, address)
        for family, address in servers.items()})
    conf['connections'] = {
        f'members{family}': groups.phase1(local_addrs=address,
                                          remote_addrs='%any')
        for family, address in servers.items()}
    ks.config(conf)
    groups.make_key(ks)
    for host, family in zip(members, (4, 4, 6, 6)):
        host.config(groups.member_conf(
            {f'v{family}': groups.member(3333 + family)},
            {'ks1': servers[family]}))
        rekeys.listen(host)
    ks.start()
    captures = {4: members[0].capture('eth0', 'ip and udp'),
                6: members[2].capture('eth0', 'ip6 and udp')}
    groups.start(*members)
    for host, family in zip(members, (4, 4, 6, 6)):
        groups.registered(host, name=f'v{family}')
    return ks, members, captures


def joined(core, family):
    """Number of ports of the bridge behind which members are."""
    return sum(f'grp {GROUPS[family]} ' in line + ' '
               for line in core.run('bridge', 'mdb').stdout.splitlines())


def lives(capture, family):
    """Times to live of the captured PUSHes."""
    found = set()
    for packet in wire.packets(capture):
        protocol, _, dst, payload = wire.ip_header(packet)
        if protocol == 17 and dst == GROUPS[family] and \
                wire.header(payload[8:]):
            found.add(packet[8] if family == 4 else packet[7])
    return found


def check_wire(lab, family, capture, member):
    """What was sent: copies with numbers and signatures of their own."""
    address = '10.1.1.1' if family == 4 else 'fd00:1:3::1'
    listener = rekeys.decoded(capture, member, address)
    lab.equal([one.seq for one in listener.pushes], [1, 2, 3, 4, 5, 6],
              'numbers under the first KEK')
    lab.equal(len({one.data for one in listener.pushes}), 6,
              'different messages')
    lab.equal(len({one.spi for one in listener.pushes}), 1,
              'KEKs that encrypt, also the retransmissions of a KEK rekey')
    teks = [{one['spi'] for one in push.sa['sat']}
            for push in listener.pushes]
    # the second rekey describes the TEK of the first as well, if it lives on
    lab.check(teks[0] == teks[1] == teks[2] and teks[3] == teks[4] == teks[5],
              'retransmissions bring other TEKs')
    lab.equal({one.dst for one in listener.pushes}, {GROUPS[family]},
              'destinations of PUSHes')
    kinds = {4: (1, 848), 6: (5, 848)}
    for kek in listener.keks.values():
        lab.equal(kek.destination, kinds[family] + (
            ipaddress.ip_address(GROUPS[family]).packed,),
            'destination in the SA KEK payload')
    lab.equal(lives(capture, family), {TTL}, 'times to live')
    lab.equal(rekeys.acks(capture), [], 'acknowledgements')


def deaf(host, family):
    """Have a host miss PUSHes."""
    word = 'ip' if family == 4 else 'ip6'
    host.run('nft', 'add', 'table', 'inet', 'path')
    host.run('nft', 'add chain inet path way '
                    '{ type filter hook input priority 0 ; }')
    host.run('nft', f'add rule inet path way {word} daddr {GROUPS[family]} '
                    'udp dport 848 counter drop')


def missed(host):
    """Whether a host has missed a PUSH."""
    return 'packets 0 ' not in host.run('nft', 'list table inet path').stdout


def run(lab):
    ks, members, captures = setup(lab)
    core = lab['core']
    for family in (4, 6):
        until(lambda: joined(core, family) == 2, 'two members in the group')
    for host in members:
        host.mark()
    for family in (4, 6):
        rekeys.rekey(ks, name=f'v{family}')
    for host, family in zip(members, (4, 4, 6, 6)):
        rekeys.received(host, 1)
        rekeys.wait_current(ks, host, name=f'v{family}')
    # the retransmissions of the first rekey, then a new KEK that every
    # second member misses the first copy of
    for family, capture in captures.items():
        until(lambda: len(rekeys.pushes(capture)) == 3, 'three copies')
    for host, family in ((members[1], 4), (members[3], 6)):
        deaf(host, family)
    for family in (4, 6):
        rekeys.rekey(ks, '--replace', name=f'v{family}')
    for host in (members[1], members[3]):
        until(lambda: missed(host), 'copy that was missed')
        host.run('nft', 'delete', 'table', 'inet', 'path')
    for host, family in zip(members, (4, 4, 6, 6)):
        rekeys.received(host, 4)
        rekeys.wait_current(ks, host, name=f'v{family}')
    for family, capture in captures.items():
        until(lambda: len(rekeys.pushes(capture)) == 6, 'six copies')
        check_wire(lab, family, capture, members[0 if family == 4 else 2])
    # three copies of the first rekey, and one of that with the new KEK: the
    # others are under the one before
    for host, family, late in zip(members, (4, 4, 6, 6), (2, 1, 2, 1)):
        until(lambda: int(rekeys.row(host, f'v{family}')['rekeys-late']) ==
              late, f'{late} copies that {host.name} drops')
        lab.equal(int(rekeys.row(host, f'v{family}')['rekeys-received']), 4,
                  f'rekeys that {host.name} took')
    ks.wait_log('%GDOI-.-KS_SEND_MCAST_REKEY: .*v4')
    ks.wait_log('%GDOI-.-KS_SEND_MCAST_REKEY: .*v6')
    for host, family in ((members[0], 4), (members[2], 6)):
        host.config(groups.member_conf({'other': groups.member(9)}))
        host.reload()
        until(lambda: joined(core, family) == 1, 'member that left', 20)
