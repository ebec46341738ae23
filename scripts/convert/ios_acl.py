# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines of a router's access lists, as ours have them."""

import ipaddress
import re

# words for ports and protocols
PORT_WORDS = {
    'bgp': 179, 'bootpc': 68, 'bootps': 67, 'domain': 53, 'ftp': 21,
    'ftp-data': 20, 'isakmp': 500, 'ldp': 646, 'msdp': 639,
    'non500-isakmp': 4500, 'ntp': 123, 'rip': 520, 'smtp': 25, 'snmp': 161,
    'snmptrap': 162, 'syslog': 514, 'tacacs': 49, 'telnet': 23, 'tftp': 69,
    'www': 80}
PROTOCOLS = {
    'ahp': '51', 'eigrp': '88', 'esp': '50', 'gre': '47', 'icmp': 'icmp',
    'igmp': '2', 'ip': 'ip', 'ipinip': '4', 'ipv6': 'ip', 'ospf': 'ospf',
    'pcp': '108', 'pim': '103', 'sctp': 'sctp', 'tcp': 'tcp', 'udp': 'udp',
    'vrrp': '112'}


class Left(Exception):
    """Something that can't be carried over, and why."""


def prefix_of(address, mask):
    """An address with a wildcard mask as ADDRESS/PREFIX."""
    bits = int(ipaddress.IPv4Address(mask))
    if bits & (bits + 1):
        raise Left(f'wildcard mask {mask} has holes')
    length = 32 - bits.bit_length()
    network = ipaddress.IPv4Network((address, length), strict=False)
    return 'any' if length == 0 else str(network)


class AclLine:
    """Reads one line of an access list from its words."""

    def __init__(self, text, extended):
        self.words = text.split()
        self.extended = extended

    def take(self):
        if not self.words:
            raise Left('the line ends too early')
        return self.words.pop(0)

    def peek(self):
        return self.words[0].lower() if self.words else ''

    def address(self):
        word = self.take()
        if word.lower() == 'any':
            return 'any'
        if word.lower() == 'host':
            return str(ipaddress.ip_address(self.take()))
        if '/' in word:
            network = ipaddress.ip_network(word, strict=False)
            return str(network) if network.prefixlen else 'any'
        address = ipaddress.ip_address(word)
        if self.words and re.fullmatch(r'[\d.]+', self.words[0]):
            return prefix_of(address, self.take())
        if self.extended:
            raise Left('address without a wildcard mask')
        return str(address)

    def port(self):
        if self.peek() in ('range', 'gt', 'lt', 'neq'):
            raise Left(f'port operator "{self.peek()}": only eq can be '
                       'matched')
        if self.peek() != 'eq':
            return ''
        self.take()
        if self.peek() == '':
            raise Left('eq without a port')
        word = self.take().lower()
        port = PORT_WORDS.get(word, word)
        if not str(port).isdigit():
            raise Left(f'port name "{word}" is not known here')
        if self.peek().isdigit() or self.peek() in PORT_WORDS:
            raise Left('several ports behind one eq')
        return f' port {port}'

    def parse(self):
        """The line as ours has it."""
        action = self.take().lower()
        if action not in ('permit', 'deny'):
            raise Left(f'"{action}" is neither permit nor deny')
        if not self.extended:
            source = self.address()
            self.end()
            return f'{action} ip {source} any'
        word = self.take().lower()
        protocol = PROTOCOLS.get(word, word)
        if not protocol.isdigit() and protocol not in PROTOCOLS.values():
            raise Left(f'protocol "{word}" is not known here')
        source = self.address() + self.port()
        destination = self.address() + self.port()
        self.end()
        return f'{action} {protocol} {source} {destination}'

    def end(self):
        rest = [word for word in self.words
                if word.lower() not in ('log', 'log-input')]
        if rest:
            raise Left(f'"{" ".join(rest)}" has no counterpart')
