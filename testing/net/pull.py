# SPDX-License-Identifier: GPL-2.0-or-later
"""A second decoder of GROUPKEY-PULL, written apart from libgdoi.

Takes the datagrams of a capture and the keys of phase 1, decrypts with the
openssl command, checks every HASH, and walks RFC 6407's structures strictly.
"""

import hashlib
import hmac
import ipaddress
import re
import struct
import subprocess

HASH, NONCE, ID, SA, SAK, SAT, KD, SEQ, GAP = 8, 10, 5, 1, 15, 16, 17, 18, 22


class Wrong(Exception):
    """A message breaks a rule of the RFC."""


def need(condition, what):
    """Refuse a message unless something holds."""
    if not condition:
        raise Wrong(what)


def logged_secrets(log, name):
    """All values of a secret in charon's log at level 4, in their order."""
    found = []
    for one in re.finditer(
            re.escape(name) + r' => (\d+) bytes[^\n]*\n'
            r'((?:[^\n]*\[IKE\] +\d+: [0-9A-F ]+[^\n]*\n)+)', log):
        lines = re.findall(r'\[IKE\] +\d+: ((?:[0-9A-F]{2} )+)', one.group(2))
        found.append(bytes.fromhex(''.join(lines))[:int(one.group(1))])
    return found


def decrypt(key, iv, data):
    """CBC decryption without padding; the cipher follows from the key."""
    name = {8: 'des-ede3-cbc', 16: f'aes-{len(key) * 8}-cbc'}[len(iv)]
    return subprocess.run(
        ['openssl', 'enc', '-d', '-' + name, '-nopad', '-K', key.hex(),
         '-iv', iv.hex()], input=data, stdout=subprocess.PIPE,
        check=True).stdout


def first_iv(algorithm, last_block, mid):
    """IV of the first message of a phase 2 exchange."""
    return hashlib.new(algorithm, last_block + struct.pack('>I', mid)) \
        .digest()[:len(last_block)]


def decrypt_exchange(datagrams, key, last_block, algorithm):
    """Plain bodies of an exchange's messages, in their order."""
    mid = struct.unpack('>I', datagrams[0][20:24])[0]
    iv = first_iv(algorithm, last_block, mid)
    plain = []
    for one in datagrams:
        need(struct.unpack('>I', one[24:28])[0] == len(one), 'length')
        need(one[17] == 0x10 and one[18] == 32 and one[19] == 1,
             'version, exchange or flags')
        need(struct.unpack('>I', one[20:24])[0] == mid, 'message ID')
        plain.append(decrypt(key, iv, one[28:]))
        iv = one[-len(iv):]
    return plain


def chain(first, body):
    """Payloads as (type, whole payload); the rest must be zero padding."""
    found, at = [], 0
    while first:
        need(at + 4 <= len(body), f'payload {first} has no header')
        following, reserved, size = struct.unpack_from('>BBH', body, at)
        need(reserved == 0, f'reserved octet of payload {first}')
        need(4 <= size <= len(body) - at, f'length of payload {first}')
        found.append((first, body[at:at + size]))
        first, at = following, at + size
    need(not any(body[at:]) and len(body) - at < 16, 'padding')
    return found


def attributes(data):
    """Attributes as (number, value), Basic values as integers."""
    found, at = [], 0
    while at < len(data):
        need(at + 4 <= len(data), 'attribute header')
        kind, value = struct.unpack_from('>HH', data, at)
        at += 4
        if kind & 0x8000:
            found.append((kind & 0x7fff, value))
        else:
            need(at + value <= len(data), 'attribute length')
            found.append((kind, data[at:at + value]))
            at += value
    return found


def traffic(data, at):
    """One identity with port: (type, port, value) and where it ends."""
    kind, port, size = struct.unpack_from('>BHB', data, at)
    need(at + 4 + size <= len(data), 'identity length')
    need(size == {1: 4, 4: 8, 5: 16, 6: 32, 7: 8, 8: 32}.get(kind, size),
         f'size of identity type {kind}')
    return (kind, port, data[at + 4:at + 4 + size]), at + 4 + size


def parse_sat(payload):
    """An SA TEK payload of ESP or AH."""
    need(payload[4] in (1, 2), 'protocol of a TEK')
    src, at = traffic(payload, 6)
    dst, at = traffic(payload, at)
    transform, spi = payload[at], payload[at + 1:at + 5]
    need(len(spi) == 4, 'SPI of a TEK')
    return {'protocol': payload[4], 'selector': payload[5], 'src': src,
            'dst': dst, 'transform': transform, 'spi': spi,
            'attributes': attributes(payload[at + 5:])}


def parse_sak(payload, surplus=0):
    """An SA KEK payload; surplus counts reserved octets too many."""
    src, at = traffic(payload, 5)
    dst, at = traffic(payload, at)
    end = at + 20 + surplus
    need(len(payload) >= end, 'length of the SA KEK payload')
    need(not any(payload[at + 16:end]), 'reserved octets')
    return {'protocol': payload[4], 'src': src, 'dst': dst,
            'spi': payload[at:at + 16],
            'attributes': attributes(payload[end:])}


def acl_line(data, at):
    """A line of POLICY_ACL: (action, protocol, src, dst), list, end.

    src and dst are (network, port), port 0 for any.
    """
    need(at + 14 <= len(data), 'line of POLICY_ACL')
    action, protocol, *ports = struct.unpack_from('>BBHHHH', data, at)
    family, *prefixes, number = data[at + 10:at + 14]
    need(action in (0, 1) and family in (4, 6), 'line of POLICY_ACL')
    size, at = 4 if family == 4 else 16, at + 14
    need(at + 2 * size <= len(data), 'addresses of a line of POLICY_ACL')
    sides = []
    for side, prefix in enumerate(prefixes):
        low, high = ports[2 * side:2 * side + 2]
        need((low, high) == (0, 65535) or low == high != 0,
             f'ports {low} to {high} in POLICY_ACL')
        network = ipaddress.ip_network((data[at:at + size], prefix))
        sides.append((str(network), low))
        at += size
    return (('deny', 'permit')[action], protocol, *sides), number, at


def policy_acl(value):
    """Lists of POLICY_ACL, our GAP attribute 130, in their order."""
    need(len(value) > 4 and value[:2] == b'\1\1', 'head of POLICY_ACL')
    count, at = struct.unpack_from('>H', value, 2)[0], 4
    lists = []
    for _ in range(count):
        line, number, at = acl_line(value, at)
        need(max(1, len(lists)) <= number <= len(lists) + 1,
             f'list {number} after list {len(lists)}')
        if number > len(lists):
            lists.append([])
        lists[-1].append(line)
    need(lists and at == len(value), 'length of POLICY_ACL')
    return lists


def listed(sa):
    """Lines of an SA payload whose lists travel apart, None otherwise.

    Each TEK names its list by our attribute 32003, and has no selector.
    """
    numbers = [dict(sat['attributes']).get(32003) for sat in sa['sat']]
    values = [value for one in sa['gap'] for kind, value in one if kind == 130]
    need(len(values) <= 1, 'two POLICY_ACL')
    if not values:
        need(not any(numbers), 'lists without POLICY_ACL')
        return None
    lists = policy_acl(values[0])
    need(numbers == sorted(numbers) and
         set(numbers) == set(range(1, len(lists) + 1)), f'lists {numbers}')
    for sat in sa['sat']:
        need(sat['selector'] == 0 and sat['src'] == sat['dst'] ==
             (4, 0, bytes(8)), 'selector beside a list')
    return [line for one in lists for line in one]


def told_by_gap(sa):
    """D3P as (type, ms) and pseudotime as (epoch, ticks, ms of a tick)."""
    told = {}
    for kind, value in [pair for one in sa['gap'] for pair in one]:
        if kind in (128, 129, 131):
            need(kind not in told, f'GAP attribute {kind} twice')
            need(isinstance(value, int) if kind == 128 else
                 len(value) == {129: 4, 131: 12}[kind],
                 f'form of GAP attribute {kind}')
            told[kind] = value
    need((128 in told) == (129 in told), 'half of D3P')
    d3p = time = None
    if 128 in told:
        d3p = (told[128], *struct.unpack('>I', told[129]))
        need(d3p[0] in (1, 3) and 1 <= d3p[1] <= 100000, f'D3P {d3p}')
    if 131 in told:
        time = struct.unpack('>III', told[131])
        need(1 <= time[2] <= 10000 and not d3p, f'pseudotime {time}')
    return d3p, time


def freshness(sa):
    """What an SA payload says of freshness, by private attributes of ours.

    The result has d3p and pseudotime of the GAP, None without, and a method
    with its window by SPI: {'1000': ('counter', 64)}; none of these if the
    payload says no methods. Windows are packets, seconds, or milliseconds.
    """
    d3p, time = told_by_gap(sa)
    methods = {}
    for sat in sa['sat']:
        named = dict(sat['attributes'])
        method, window = named.get(32001), named.get(32002)
        if method is None:
            need(window is None, 'a window without method')
            continue
        ranges = {1: 4096, 2: 100}
        need(1 <= method <= 4 and (window is not None) == (method in ranges) and
             1 <= (window or 1) <= ranges.get(method, 1),
             f'method {method} with window {window}')
        need(method != 2 or time, 'a method that needs a pseudotime')
        need(method != 3 or d3p, 'a method that needs D3P')
        value = (('counter', 'time', 'd3p', 'none')[method - 1],
                 d3p[1] if method == 3 else window or 0)
        need(methods.setdefault(sat['spi'].hex(), value) == value,
             'two methods of one SPI')
    need(not methods or len(methods) == len({one['spi'] for one in sa['sat']}),
         'some TEKs with a method')
    return {'d3p': d3p, 'pseudotime': time, 'methods': methods}


def parse_sa(payload, surplus=0):
    """The SA payload with what is nested in it."""
    need(payload[4:12] == bytes([0, 0, 0, 2, 0, 0, 0, 0]),
         'DOI and situation')
    first, reserved = struct.unpack_from('>HH', payload, 12)
    need(reserved == 0, 'reserved octets of the SA payload')
    found = {'sak': [], 'gap': [], 'sat': []}
    order = []
    for kind, nested in chain(first, payload[16:]):
        order.append(kind)
        if kind == SAK:
            found['sak'].append(parse_sak(nested, surplus))
        elif kind == GAP:
            found['gap'].append(attributes(nested[4:]))
        else:
            need(kind == SAT, f'payload {kind} inside the SA payload')
            found['sat'].append(parse_sat(nested))
    need(order == sorted(order, key=[SAK, GAP, SAT].index), 'order in SA')
    need(found['sak'] or found['sat'], 'an SA payload without KEK and TEK')
    found['acl'] = listed(found)
    found['freshness'] = freshness(found)
    return found


def parse_kd(payload):
    """Key packets as (type, SPI, attributes)."""
    count, reserved = struct.unpack_from('>HH', payload, 4)
    need(reserved == 0, 'reserved octets of the KD payload')
    found, at = [], 8
    for _ in range(count):
        kind, reserved, size = struct.unpack_from('>BBH', payload, at)
        need(reserved == 0 and at + size <= len(payload) and size >= 5,
             'key packet')
        spi = 5 + payload[at + 4]
        need(spi <= size, 'SPI size of a key packet')
        found.append((kind, payload[at + 5:at + spi],
                      attributes(payload[at + spi:at + size])))
        at += size
    need(at == len(payload), 'octets after the key packets')
    return found


def check_hashes(messages, mid, skeyid_a, algorithm):
    """Check HASH(1) to HASH(4) over decoded messages."""
    def bodies(message):
        return b''.join(part for _, part in message[1:])

    def nonce(message):
        return dict(message)[NONCE][4:]
    ni = nonce(messages[0])
    inputs = [bodies(messages[0]), ni + bodies(messages[1])]
    if len(messages) > 2:
        nr = nonce(messages[1])
        inputs += [ni + nr + bodies(one) for one in messages[2:]]
    for number, (message, covered) in enumerate(zip(messages, inputs), 1):
        need(message[0][0] == HASH, f'message {number} begins without HASH')
        right = hmac.new(skeyid_a, struct.pack('>I', mid) + covered,
                         algorithm).digest()
        need(hmac.compare_digest(message[0][1][4:], right),
             f'HASH({number}) is wrong')


def decode(plain, mid, skeyid_a, algorithm):
    """Decode and check the four plain messages of a PULL."""
    need(len(plain) == 4, 'number of messages')
    messages = [chain(HASH, body) for body in plain]
    kinds = [[kind for kind, _ in one] for one in messages]
    need(kinds[0] == [HASH, NONCE, ID], f'message 1 is {kinds[0]}')
    need(kinds[1] == [HASH, NONCE, SA], f'message 2 is {kinds[1]}')
    need(kinds[2] in ([HASH], [HASH, GAP]), f'message 3 is {kinds[2]}')
    need(kinds[3] in ([HASH, KD], [HASH, SEQ, KD]),
         f'message 4 is {kinds[3]}')
    check_hashes(messages, mid, skeyid_a, algorithm)
    for one in messages[:2]:
        need(8 <= len(dict(one)[NONCE]) - 4 <= 128, 'length of a nonce')
    identity = messages[0][2][1]
    sa = parse_sa(messages[1][2][1])
    last = dict(messages[3])
    need((SEQ in last) == bool(sa['sak']), 'SEQ without KEK or without it')
    return {'id': (identity[4], identity[8:]), 'id_zero': identity[5:8],
            'sa': sa, 'kd': parse_kd(last[KD]),
            'seq': struct.unpack('>I', last[SEQ][4:])[0]
            if SEQ in last else None}


def widen_sat(body, first):
    """The plain message with 2-octet identity lengths in its SATs.

    tshark reads the SA TEK payload so; the RFC and everybody else do not.
    """
    out = b''
    for kind, payload in chain(first, body):
        if kind == SA:
            nested = b''
            for inner, part in chain(struct.unpack_from('>H', payload, 12)[0],
                                     payload[16:]):
                if inner == SAT:
                    part = widen_one(part)
                nested += part
            payload = payload[:2] + struct.pack('>H', 16 + len(nested)) + \
                payload[4:16] + nested
        out += payload
    return out


def widen_one(sat):
    """One SAT with 2-octet identity lengths."""
    src = 9 + sat[9] + 1
    dst = src + 3
    wide = sat[4:9] + b'\0' + sat[9:dst] + b'\0' + sat[dst:]
    return sat[:2] + struct.pack('>H', 4 + len(wide)) + wide
