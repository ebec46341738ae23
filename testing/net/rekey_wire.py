# SPDX-License-Identifier: GPL-2.0-or-later
"""A second decoder of GROUPKEY-PUSH and its acknowledgements.

Written apart from libgdoi, after RFC 6407 section 4 and RFC 8263. It plays a
member that only listens: from a registration it takes the KEK, and from then
on learns from the PUSHes themselves. Every message is checked strictly.
"""

import collections
import hashlib
import hmac
import ipaddress
import struct
import subprocess

import pull
import wire
from pull import GAP, HASH, ID, KD, NONCE, SA, SEQ, Wrong, need

SIG, DELETE = 9, 12
ENCRYPTED_ACK = 240

# DigestInfo in front of a hash, RFC 8017 section 9.2
DIGEST_INFO = {
    'sha1': bytes.fromhex('3021300906052b0e03021a05000414'),
    'sha256': bytes.fromhex('3031300d060960864801650304020105000420'),
    'sha384': bytes.fromhex('3041300d060960864801650304020205000430'),
    'sha512': bytes.fromhex('3051300d060960864801650304020305000440')}
HASHES = {2: 'sha1', 3: 'sha256', 4: 'sha384', 5: 'sha512'}
# SIG_ALGORITHM: hash that comes with it and name of the curve for openssl
CURVES = {4: ('sha256', 'prime256v1', 64), 5: ('sha384', 'secp384r1', 96),
          6: ('sha512', 'secp521r1', 132)}
# KEK_ACK_REQUESTED: PRF and the number of bits in the derivation
ACKS = {1: ('sha256', 512), 3: ('sha512', 1024)}
ACK_LABEL = b'GROUPKEY-PUSH ACK\0'
OWN_LABEL = b'OWN ENCRYPTED ACK\0'

Push = collections.namedtuple(
    'Push', 'spi seq deletes sa kd form plain data src dst')
Ack = collections.namedtuple('Ack', 'spi seq exchange identity data src dst')


def der(data, at=0):
    """(tag, content, end) of a DER element."""
    tag, size, at = data[at], data[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7f
        size, at = int.from_bytes(data[at:at + count], 'big'), at + count
    need(at + size <= len(data), 'length of a DER element')
    return tag, data[at:at + size], at + size


def elements(data):
    """All DER elements in a constructed one."""
    found, at = [], 0
    while at < len(data):
        tag, content, at = der(data, at)
        found.append((tag, content))
    return found


def rsa_key(info):
    """Modulus and exponent of a SubjectPublicKeyInfo."""
    tag, content, end = der(info)
    need(tag == 0x30 and end == len(info), 'a signature key that is no DER')
    _, bits = elements(content)
    need(bits[0] == 3 and bits[1][:1] == b'\0', 'bits of an RSA key')
    numbers = elements(der(bits[1][1:])[1])
    return tuple(int.from_bytes(value, 'big') for _, value in numbers)


def rsa_form(info, signature, algorithm, text):
    """How an RSA signature is made: digest-info, raw, or None if wrong."""
    modulus, exponent = rsa_key(info)
    size = (modulus.bit_length() + 7) // 8
    need(len(signature) == size, f'a signature of {len(signature)} octets')
    opened = pow(int.from_bytes(signature, 'big'), exponent, modulus) \
        .to_bytes(size, 'big')
    digest = hashlib.new(algorithm, text).digest()
    for form, value in (('digest-info', DIGEST_INFO[algorithm] + digest),
                        ('raw', digest)):
        if opened == b'\0\x01' + b'\xff' * (size - 3 - len(value)) + \
                b'\0' + value:
            return form
    return None


def add_points(p, a, one, two):
    """Sum of two points of a curve; None is the point at infinity."""
    if one is None or two is None:
        return one or two
    if one[0] == two[0]:
        if (one[1] + two[1]) % p == 0:
            return None
        slope = (3 * one[0] * one[0] + a) * pow(2 * one[1], -1, p)
    else:
        slope = (two[1] - one[1]) * pow(two[0] - one[0], -1, p)
    x = (slope * slope - one[0] - two[0]) % p
    return x, (slope * (one[0] - x) - one[1]) % p


def multiply(p, a, factor, point):
    """Multiple of a point of a curve."""
    result = None
    while factor:
        if factor & 1:
            result = add_points(p, a, result, point)
        point = add_points(p, a, point, point)
        factor >>= 1
    return result


def curve(name):
    """Numbers of a curve as openssl prints them: p, a, b, G, n."""
    encoded = subprocess.run(
        ['openssl', 'ecparam', '-name', name, '-param_enc', 'explicit',
         '-outform', 'DER'], stdout=subprocess.PIPE, check=True).stdout
    parts = elements(der(encoded)[1])
    prime = elements(parts[1][1])[1][1]
    coefficients = elements(parts[2][1])
    p, a, b, n = (int.from_bytes(one, 'big') for one in (
        prime, coefficients[0][1], coefficients[1][1], parts[4][1]))
    return p, a, b, point_of(parts[3][1], p, a, b), n


def point_of(octets, p, a, b):
    """An uncompressed point, which must be on the curve."""
    need(octets[:1] == b'\x04', 'a compressed point')
    half = (len(octets) - 1) // 2
    x = int.from_bytes(octets[1:1 + half], 'big')
    y = int.from_bytes(octets[1 + half:], 'big')
    need((y * y - x * x * x - a * x - b) % p == 0, 'a point off the curve')
    return x, y


def ecdsa_good(info, signature, kind, text):
    """Whether r | s is an ECDSA signature, RFC 4754."""
    algorithm, name, size = CURVES[kind]
    need(len(signature) == size, f'a signature of {len(signature)} octets')
    p, a, b, base, n = curve(name)
    _, bits = elements(der(info)[1])
    public = point_of(bits[1][1:], p, a, b)
    r = int.from_bytes(signature[:size // 2], 'big')
    s = int.from_bytes(signature[size // 2:], 'big')
    if not (0 < r < n and 0 < s < n):
        return False
    digest = hashlib.new(algorithm, text).digest()
    number = int.from_bytes(digest, 'big') >> \
        max(0, len(digest) * 8 - n.bit_length())
    inverse = pow(s, -1, n)
    point = add_points(p, a, multiply(p, a, number * inverse % n, base),
                       multiply(p, a, r * inverse % n, public))
    return point is not None and point[0] % n == r


class Kek:
    """A key that encrypts PUSHes, and what was seen of it."""

    def __init__(self, sak, packet):
        named = dict(sak['attributes'])
        keys = dict(packet)
        self.spi = sak['spi']
        self.block = {2: 8, 3: 16}[named[2]]
        self.iv = keys[1][:self.block]
        self.key = keys[1][self.block:]
        need(len(self.key) * 8 == (192 if named[2] == 2 else named[3]),
             'length of a KEK')
        self.kind = named[6]
        need((5 in named) == (self.kind == 1), 'a hash with ECDSA only by name')
        self.hash = HASHES[named[5]] if self.kind == 1 else \
            CURVES[self.kind][0]
        self.public = keys[2]
        self.destination = sak['dst']
        self.acks = {named.get(9)}
        self.lifetime = int.from_bytes(named[4], 'big') \
            if isinstance(named.get(4), bytes) else named.get(4)
        self.last = {}
        self.texts = {}

    def verify(self, text, signature):
        """Form of the signature over a text, None if it is wrong."""
        if self.kind == 1:
            return rsa_form(self.public, signature, self.hash, text)
        return 'ecdsa' if ecdsa_good(self.public, signature, self.kind,
                                     text) else None

    def ack_key(self, label, prf, bits):
        """Key that acknowledgements are made with."""
        return hmac.new(self.key, label + self.spi + struct.pack('>H', bits),
                        prf).digest()


def encrypt(kek, header, body):
    """A message under a KEK: header without length, plain payloads."""
    body += bytes(-len(body) % kek.block)
    name = 'des-ede3-cbc' if kek.block == 8 else \
        f'aes-{len(kek.key) * 8}-cbc'
    hidden = subprocess.run(
        ['openssl', 'enc', '-' + name, '-nopad', '-K', kek.key.hex(), '-iv',
         kek.iv.hex()], input=body, stdout=subprocess.PIPE, check=True).stdout
    return header[:24] + struct.pack('>I', 28 + len(body)) + hidden


def plain_ack(kek, seq, address, kind=1):
    """An acknowledgement of RFC 8263, as whoever has the KEK can make it."""
    prf, bits = ACKS[kind]
    rest = struct.pack('>BBHI', ID, 0, 8, seq) + \
        struct.pack('>BBHI', 0, 0, 12, 1 << 24) + \
        ipaddress.ip_address(address).packed
    digest = hmac.new(kek.ack_key(ACK_LABEL, prf, bits), rest, prf).digest()
    rest = struct.pack('>BBH', SEQ, 0, 4 + len(digest)) + digest + rest
    return kek.spi + struct.pack('>BBBBII', HASH, 0x10, wire.PUSH_ACK, 0, 0,
                                 28 + len(rest)) + rest


def parse_delete(payload):
    """A Delete payload: (protocol, SPIs)."""
    doi, protocol, size, count = struct.unpack_from('>IBBH', payload, 4)
    need(doi == 2, 'DOI of a Delete payload')
    need(size == (16 if protocol == 0 else 4), 'SPI size of a Delete payload')
    need(len(payload) == 12 + size * count, 'length of a Delete payload')
    return protocol, [payload[12 + size * number:12 + size * (number + 1)]
                      for number in range(count)]


def header_is(data, exchange, flags, first):
    """Check the header of a PUSH or an acknowledgement; returns the SPI."""
    head = wire.header(data)
    need(head and head.length == len(data), 'length in the header')
    need(head[2:7] == (first, 0x10, exchange, flags, 0),
         f'header with {head[2:7]}')
    return data[:16]


def number_of(payload):
    """The number in an SEQ payload."""
    need(len(payload) == 8, 'length of a SEQ payload')
    return struct.unpack('>I', payload[4:])[0]


def split_push(payloads):
    """Parts of a PUSH, which must come in the order of the RFC."""
    kinds = [kind for kind, _ in payloads]
    deletes = kinds.count(DELETE)
    need(kinds in ([SEQ] + [DELETE] * deletes + rest + [SIG]
                   for rest in ([SA, KD], []) if rest or deletes),
         f'payloads {kinds}')
    named = dict(payloads)
    return (number_of(named[SEQ]),
            [parse_delete(part) for kind, part in payloads if kind == DELETE],
            named.get(SA), named.get(KD), named[SIG][4:])


class Listener:
    """Decodes what a key server and its members send each other."""

    def __init__(self, surplus=0, forms=('digest-info', 'ecdsa')):
        """surplus: reserved octets too many in SAKs, as one peer has them."""
        self.surplus = surplus
        self.forms = forms
        self.keks = {}
        self.registrations = []
        self.pushes = []
        self.acks = []
        self.sent = set()

    def learn(self, sa, kd):
        """Take the KEK of a policy, if there is one; returns its SPI."""
        packets = {spi: keys for kind, spi, keys in kd if kind == 2}
        need(len(sa['sak']) <= 1 and len(packets) == len(sa['sak']),
             'number of KEKs')
        for sak in sa['sak']:
            need(sak['spi'] in packets, 'a KEK without key')
            new = Kek(sak, packets[sak['spi']])
            old = self.keks.setdefault(sak['spi'], new)
            need((old.iv, old.key) == (new.iv, new.key),
                 'a KEK with other keys under the same SPI')
            old.public, old.destination = new.public, new.destination
            old.acks |= new.acks
            return sak['spi']
        return None

    def push(self, data, src='', dst=''):
        """Decode and check a PUSH."""
        kek = self.keks.get(data[:16])
        need(kek, f'a PUSH under the unknown KEK {data[:16].hex()}')
        header_is(data, wire.PUSH, 1, SEQ)
        body = pull.decrypt(kek.key, kek.iv, data[28:])
        payloads = pull.chain(SEQ, body)
        used = sum(len(part) for _, part in payloads)
        need(len(body) == -(-used // kek.block) * kek.block, 'padding')
        seq, deletes, sa, kd, signature = split_push(payloads)
        text = b'rekey' + data[:24] + struct.pack('>I', 28 + used) + \
            b''.join(part for _, part in payloads[:-1])
        form = kek.verify(text, signature)
        need(form in self.forms, f'signature of form {form}')
        self.rising(kek, seq, dst, data)
        if sa:
            sa, kd = pull.parse_sa(sa, self.surplus), pull.parse_kd(kd)
            teks = {one['spi'] for one in sa['sat']}
            need(teks == {spi for kind, spi, _ in kd if kind == 1},
                 'TEKs with and without key')
            self.learn(sa, kd)
        self.sent.add((kek.spi, seq))
        self.pushes.append(Push(kek.spi, seq, deletes, sa, kd, form,
                                body[:used], data, src, dst))
        return self.pushes[-1]

    def rising(self, kek, seq, dst, data):
        """Check a sequence number: higher than before, to each receiver."""
        last = kek.last.get(dst, 0)
        need(seq > last, f'sequence number {seq} after {last} to {dst}')
        kek.last[dst] = seq
        same = kek.texts.setdefault(seq, set())
        same.add(data)
        need(len(same) <= 2, f'{len(same)} different PUSHes number {seq}')

    def ack(self, data, src='', dst=''):
        """Decode and check an acknowledgement of either kind."""
        kek = self.keks.get(data[:16])
        need(kek, f'an ACK under the unknown KEK {data[:16].hex()}')
        if data[18] == wire.PUSH_ACK:
            header_is(data, wire.PUSH_ACK, 0, HASH)
            parts = pull.chain(HASH, data[28:])
            need(sum(len(one) for _, one in parts) == len(data) - 28,
                 'padding in a plain ACK')
            keys = [kek.ack_key(ACK_LABEL, *ACKS[kind]) for kind in kek.acks
                    if kind]
            prfs = [ACKS[kind][0] for kind in kek.acks if kind]
        else:
            header_is(data, ENCRYPTED_ACK, 1, NONCE)
            parts = pull.chain(NONCE, pull.decrypt(kek.key, kek.iv, data[28:]))
            need(parts[0][0] == NONCE and len(parts[0][1]) == 20, 'nonce')
            keys = [kek.ack_key(OWN_LABEL, 'sha256', 512)]
            prfs = ['sha256']
        return self.acknowledged(kek, data, parts, zip(keys, prfs), src, dst)

    def acknowledged(self, kek, data, parts, keys, src, dst):
        """Check an acknowledgement's HASH, number and identity."""
        nonce = b''
        if parts[0][0] == NONCE:
            nonce, parts = parts[0][1], parts[1:]
        need([kind for kind, _ in parts] == [HASH, SEQ, ID],
             f'payloads {[kind for kind, _ in parts]} in an ACK')
        covered = nonce + parts[1][1] + parts[2][1]
        need(any(hmac.compare_digest(
            parts[0][1][4:], hmac.new(key, covered, prf).digest())
            for key, prf in keys), 'HASH of an ACK')
        seq, identity = number_of(parts[1][1]), parts[2][1]
        need((kek.spi, seq) in self.sent, f'an ACK of number {seq}, not sent')
        need(identity[5:8] == bytes(3), 'protocol and port of the ID')
        need((identity[4], len(identity)) in ((1, 12), (5, 24)),
             'type of the ID')
        address = str(ipaddress.ip_address(identity[8:]))
        self.acks.append(Ack(kek.spi, seq, data[18], address,
                             data, src, dst))
        return self.acks[-1]

    def registration(self, pulls, phase1, secrets, algorithm='sha256'):
        """Take the KEK of a captured registration.

        secrets are pairs of a cipher key and SKEYID_a; the ones of this
        phase 1 are found by the HASHes.
        """
        mid = struct.unpack('>I', pulls[0][20:24])[0]
        for key, skeyid in secrets:
            try:
                plain = pull.decrypt_exchange(pulls, key, phase1[-16:],
                                              algorithm)
                found = pull.decode(plain, mid, skeyid, algorithm)
            except (Wrong, struct.error, IndexError):
                continue
            self.learn(found['sa'], found['kd'])
            self.registrations.append(found | {'pulls': pulls,
                                               'plain': plain})
            return found
        raise Wrong('no secret opens a registration')

    def read(self, path, log, member=None):
        """Check all PUSHes and ACKs of a capture, in their order.

        log is the log of the member whose registrations, from the address
        member, say the KEKs; other registrations are passed over. Messages
        on any address are checked.
        """
        secrets = list(zip(pull.logged_secrets(log, 'encryption key Ka'),
                           pull.logged_secrets(log, 'SKEYID_a')))
        phase1, pulls = {}, {}
        for datagram, head, data in wire.messages(path):
            if head.exchange == wire.MAIN:
                phase1[data[:16]] = data
            elif head.exchange == wire.PULL and \
                    member in (None, datagram.src, datagram.dst):
                one = pulls.setdefault((data[:16], head.mid), [])
                if data not in one:
                    one.append(data)
                if len(one) == 4:
                    self.registration(one, phase1[data[:16]], secrets)
            elif head.exchange == wire.PUSH:
                self.push(data, datagram.src, datagram.dst)
            elif head.exchange in (wire.PUSH_ACK, ENCRYPTED_ACK):
                self.ack(data, datagram.src, datagram.dst)
        return self
