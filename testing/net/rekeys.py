# SPDX-License-Identifier: GPL-2.0-or-later
"""Configurations, waiting and checks for scenarios about rekeys."""

import collections
import glob
import hashlib
import re
import sys

import groups
import rekey_wire
import wire
from netlab import Failure, Skip, merge, until

# lifetimes that a test can wait for; the key server rekeys when half of one is
# over
TEK, KEK = 30, 60

Rekeyed = collections.namedtuple('Rekeyed', 'spi added life')


def needs_impairments(lab):
    """Skip a scenario where the plugins can't do themselves harm."""
    for file in glob.glob(lab.plugin_dir + '/libstrongswan-gdoi.so'):
        with open(file, 'rb') as plugin:
            if b'plugins.gdoi.impair' in plugin.read():
                return
    raise Skip('built without --enable-impairments')


def server(tek=TEK, kek=KEK, rekey=None, **extra):
    """A key server's group that rekeys."""
    return groups.server(**merge({
        'kek': groups.kek(lifetime=f'{kek}s'),
        'teks': {'data': {'acl': 'vpn', 'lifetime': f'{tek}s'}},
        'rekey': rekey or {'transport': 'unicast'}}, extra))


def listen(host):
    """Have a member log the secrets that open its registrations."""
    host.settings = merge(host.settings, {'filelog': {'log': {'ike': 4}}})


def pair(lab, number, **options):
    """A key server that rekeys, and members; the first one logs secrets."""
    ks, *members = groups.pair(lab, number)
    ks.config(groups.server_conf({'getvpn': server(**options)}))
    groups.make_key(ks)
    listen(members[0])
    return [ks, *members]


def lan(lab, number, family=4, **options):
    """As pair(), but on one Ethernet, where multicast needs no routes."""
    groups.needs_plugins(lab)
    ks, *members = lab.lan('ks1', *[f'gm{n}' for n in range(1, number + 1)],
                           family=family)
    local = 'fd00:0:8::1' if family == 6 else groups.KS
    ks.config(groups.server_conf(
        {'getvpn': server(local=local, **options)}, local=local))
    for host in members:
        host.config(groups.member_conf(servers={'ks1': local}))
    groups.make_key(ks)
    listen(members[0])
    return [ks, *members]


def newest(ks, kind='tek', name='getvpn'):
    """SPIs of what the key server made last: one TEK of each section."""
    latest = {}
    for one in groups.policies(ks, kind, name):
        old = latest.get(one.get('name'))
        if not old or int(one['created-for']) <= int(old['created-for']):
            latest[one.get('name')] = one
    return {one['spi'] for one in latest.values()}


def current(ks, *members, name='getvpn'):
    """Whether members have the newest TEKs and KEK of their key server."""
    teks, keks = newest(ks, 'tek', name), newest(ks, 'kek', name)
    for host in members:
        if not teks <= groups.spis(host, name) or not keks <= {
                one['spi'] for one in groups.policies(host, 'kek', name)}:
            return False
    return True


def wait_current(ks, *members, name='getvpn', timeout=15):
    """Wait until members have what their key server made last."""
    until(lambda: current(ks, *members, name=name),
          'agreement on the newest keys', timeout)


def rekey(ks, *words, name='getvpn'):
    """Have a key server rekey, and wait until it has new TEKs.

    It may put off the rekey until the one before is sent.
    """
    before = newest(ks, name=name)
    done = ks.ctl('rekey', name, *words)
    if done.returncode:
        raise Failure(f'gdoictl rekey on {ks.name}: {done.stdout.strip()}')
    until(lambda: newest(ks, name=name) - before, 'new TEK', 20)


def received(host, count, timeout=15):
    """Wait until a member has taken that many rekeys since the mark."""
    return host.wait_log('%GDOI-.-GM_RECV_REKEY: ', timeout, count)


def row(host, name='getvpn', role='gm'):
    """What gdoictl tells of a group's rekeys; empty without the group.

    Of a member's KEKs it is the current one.
    """
    for one in host.ctl_json('rekeys'):
        if one['group'] == name and one['role'] == role and \
                one.get('state') != 'OLD':
            return one
    return {}


def history(host):
    """TEKs that a member installed, in their order."""
    found = {}
    for call in host.recorded(call='add_sa', inbound=True):
        found.setdefault(call['spi'], Rekeyed(call['spi'], call['time'],
                                              call['life']))
    return list(found.values())


def no_gap(lab, lifetime, *members, switch=0):
    """Check that all members had each TEK before its predecessor ended.

    switch: seconds before the end at which others may send with the new one.
    """
    lists = [history(one) for one in members]
    shortest = min(len(one) for one in lists)
    orders = {tuple(tek.spi for tek in one[:shortest]) for one in lists}
    lab.equal(len(orders), 1, 'orders in which members got their TEKs')
    for number in range(1, shortest):
        born = min(one[number - 1].added for one in lists)
        last = max(one[number].added for one in lists)
        lab.check(last < born + lifetime - switch,
                  f'TEK {number} came {last - born:.1f} s after the one '
                  f'before, which lives {lifetime} s')
    return shortest


def loss_free(lab, *members):
    """Check that nobody had to register again."""
    for host in members:
        lab.equal(len(re.findall('%GDOI-.-GM_RE_REGISTER', host.log_text())),
                  0, f'registrations of {host.name} for want of a rekey')


def decoded(path, member, address='10.1.1.1', **options):
    """All PUSHes and ACKs of a capture, read by the second decoder."""
    return rekey_wire.Listener(**options).read(path, member.log_text(),
                                               address)


def digest(key):
    """Digest of a key as the kernel's recorder writes it."""
    return hashlib.sha256(key).hexdigest()[:16]


def keys_installed(lab, listener, *members):
    """Check that the keys in the PUSHes are those members installed."""
    sent = {}
    for push in listener.pushes:
        for kind, spi, keys in push.kd or []:
            if kind == 1:
                keys = dict(keys)
                sent['0x' + spi.hex()] = digest(keys[1]), digest(keys[2])
    lab.check(sent, 'no PUSH with a TEK')
    for host in members:
        installed = {call['spi']: (call['enc_key_hash'], call['int_key_hash'])
                     for call in host.recorded(call='add_sa')}
        lab.equal({spi: installed.get(spi) for spi in sent}, sent,
                  f'keys that {host.name} installed')


def all_acknowledged(lab, listener, *addresses, exchange):
    """Check that each member acknowledged each PUSH that went to it."""
    acked = {(one.spi, one.seq, one.identity) for one in listener.acks}
    lab.equal({one.exchange for one in listener.acks}, {exchange},
              'exchange types of the ACKs')
    for push in listener.pushes:
        lab.check(push.dst in addresses, f'a PUSH to {push.dst}')
        lab.check((push.spi, push.seq, push.dst) in acked,
                  f'no ACK of {push.dst} for number {push.seq}')
    for one in listener.acks:
        lab.equal(one.identity, one.src, 'address in an ACK')


SENDER = '''
import socket, sys
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
for line in open(sys.argv[1]):
    packet = bytes.fromhex(line)
    raw.sendto(packet, (socket.inet_ntoa(packet[16:20]), 0))
'''


def inject(host, *datagrams):
    """Send datagrams from a host, with any source: (src, dst, data)."""
    path = host.path('inject')
    with open(path, 'w', encoding='ascii') as out:
        for src, dst, data in datagrams:
            out.write(wire.ipv4_udp(src, dst, 848, 848, data).hex() + '\n')
    host.run(sys.executable, '-c', SENDER, path)


def pushes(path):
    """Captured PUSHes: (Datagram, Header, message)."""
    return wire.of_exchange(path, wire.PUSH)


def acks(path):
    """Captured acknowledgements of both kinds."""
    return wire.of_exchange(path, wire.PUSH_ACK, rekey_wire.ENCRYPTED_ACK)


def recorded(host, action=None):
    """Lines of a member's crypto map, of one action."""
    try:
        with open(host.path('cryptomap.log'), encoding='utf-8') as lines:
            found = [line.rstrip('\n') for line in lines
                     if not line.startswith(' ')]
    except FileNotFoundError:
        return []
    return [line for line in found
            if not action or line.split()[0] == action]
