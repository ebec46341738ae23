# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures and ISAKMP headers, read without any code of the plugins."""

import collections
import socket
import struct

Datagram = collections.namedtuple('Datagram', 'src dst sport dport data')
Header = collections.namedtuple(
    'Header', 'icookie rcookie next version exchange flags mid length')

MAIN, AGGRESSIVE, INFORMATIONAL = 2, 4, 5
PULL, PUSH, PUSH_ACK = 32, 33, 35


def frames(path):
    """Link type and frames of a capture file, as far as it is written."""
    with open(path, 'rb') as file:
        blob = file.read()
    order = '<' if blob[:4] in (b'\xd4\xc3\xb2\xa1', b'\x4d\x3c\xb2\xa1') \
        else '>'
    link = struct.unpack_from(order + 'I', blob, 20)[0] & 0xffff
    at = 24
    while at + 16 <= len(blob):
        size = struct.unpack_from(order + 'I', blob, at + 8)[0]
        if at + 16 + size > len(blob):
            break
        yield link, blob[at + 16:at + 16 + size]
        at += 16 + size


def packets(path):
    """IP packets of a capture file."""
    skip = {1: 14, 113: 16, 276: 20, 228: 0, 229: 0, 101: 0}
    for link, frame in frames(path):
        yield frame[skip[link]:]


def ip_header(packet):
    """(protocol, source, destination, payload) of an IP packet."""
    if packet[:1] and packet[0] >> 4 == 4 and len(packet) >= 20:
        size = (packet[0] & 15) * 4
        total = struct.unpack_from('>H', packet, 2)[0]
        return (packet[9], socket.inet_ntop(socket.AF_INET, packet[12:16]),
                socket.inet_ntop(socket.AF_INET, packet[16:20]),
                packet[size:total])
    if packet[:1] and packet[0] >> 4 == 6 and len(packet) >= 40:
        return (packet[6], socket.inet_ntop(socket.AF_INET6, packet[8:24]),
                socket.inet_ntop(socket.AF_INET6, packet[24:40]),
                packet[40:])
    return 0, '', '', b''


def whole(packet, parts):
    """An IPv4 packet, put together if it came in fragments.

    parts keeps fragments, which have to come in order and one packet's before
    the next one's; None is returned until the last one is there.
    """
    if packet[:1] and packet[0] >> 4 == 4 and len(packet) >= 20:
        position = struct.unpack_from('>H', packet, 6)[0]
        if position & 0x3fff:
            size = (packet[0] & 15) * 4
            total = struct.unpack_from('>H', packet, 2)[0]
            key = packet[4:6] + packet[9:10] + packet[12:20]
            done = parts.get(key, b'') if position & 0x1fff else b''
            parts[key] = (done or packet[:size]) + packet[size:total]
            if position & 0x2000:
                return None
            packet = parts.pop(key)
            return packet[:2] + struct.pack('>H', len(packet)) + packet[4:]
    return packet


def datagrams(path):
    """UDP datagrams of a capture file; of fragments those in IPv4."""
    found, parts = [], {}
    for packet in packets(path):
        packet = whole(packet, parts)
        if packet is None:
            continue
        protocol, src, dst, payload = ip_header(packet)
        if protocol == 17 and len(payload) >= 8:
            sport, dport, length = struct.unpack_from('>HHH', payload)
            found.append(Datagram(src, dst, sport, dport, payload[8:length]))
    return found


def header(data):
    """The ISAKMP header of a datagram, None if it is too short for one."""
    if len(data) < 28:
        return None
    return Header(data[:8], data[8:16], *struct.unpack('>BBBBII',
                                                       data[16:28]))


def messages(path):
    """(Datagram, Header, ISAKMP message) of a capture file.

    On port 4500 the four zero octets in front of ISAKMP are taken off, and
    what has none (ESP, keepalives) is left out.
    """
    found = []
    for datagram in datagrams(path):
        data = datagram.data
        if 4500 in (datagram.sport, datagram.dport):
            if data[:4] != bytes(4):
                continue
            data = data[4:]
        head = header(data)
        if head and {datagram.sport, datagram.dport} & {500, 848, 4500}:
            found.append((datagram, head, data))
    return found


def of_exchange(path, *exchanges):
    """Messages of some exchange types."""
    return [one for one in messages(path) if one[1].exchange in exchanges]


def phase1_doi(data):
    """DOI of the SA payload that a phase 1 message begins with."""
    head = header(data)
    if head and head.next == 1 and len(data) >= 36:
        return struct.unpack_from('>I', data, 32)[0]
    return None


def checksum(data):
    """The internet checksum."""
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack(f'>{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ipv4_udp(src, dst, sport, dport, payload):
    """An IPv4 packet with a UDP datagram, to send from a raw socket."""
    length = 8 + len(payload)
    pseudo = socket.inet_aton(src) + socket.inet_aton(dst) + \
        struct.pack('>BBH', 0, 17, length)
    udp = struct.pack('>HHHH', sport, dport, length, 0) + payload
    check = checksum(pseudo + udp) or 0xffff
    udp = udp[:6] + struct.pack('>H', check) + udp[8:]
    ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + length, 1, 0, 64, 17, 0,
                     socket.inet_aton(src), socket.inet_aton(dst))
    return ip[:10] + struct.pack('>H', checksum(ip)) + ip[12:] + udp
