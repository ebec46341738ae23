# SPDX-License-Identifier: GPL-2.0-or-later
"""What a router's configuration says of group encryption."""

import collections
import ipaddress
import re

from ios_acl import AclLine, Left

MAX_SERVERS = 8

# replay windows: default, least and most; packets or seconds
REPLAY = {'counter': (64, 32, 4096), 'time': (100, 1, 100)}
D3P = {'sec': ('s', 1, 100), 'msec': ('ms', 100, 10000)}

ENCRYPTION = {
    'esp-3des': '3des', 'esp-aes': 'aes128', 'esp-aes 128': 'aes128',
    'esp-aes 192': 'aes192', 'esp-aes 256': 'aes256',
    'esp-gcm': 'aes128gcm16', 'esp-gcm 128': 'aes128gcm16',
    'esp-gcm 192': 'aes192gcm16', 'esp-gcm 256': 'aes256gcm16'}
INTEGRITY = {
    'esp-sha-hmac': 'sha1', 'esp-sha256-hmac': 'sha256',
    'esp-sha384-hmac': 'sha384', 'esp-sha512-hmac': 'sha512',
    'esp-md5-hmac': 'md5'}
CIPHERS = {
    '3des': '3des', '3des-cbc': '3des', 'aes': 'aes128', 'aes 128': 'aes128',
    'aes 192': 'aes192', 'aes 256': 'aes256'}
HASHES = {'sha': 'sha1', 'sha256': 'sha256', 'sha384': 'sha384',
          'sha512': 'sha512', 'md5': 'md5'}
DH_GROUPS = {'2': 'modp1024', '5': 'modp1536', '14': 'modp2048',
             '15': 'modp3072', '16': 'modp4096', '19': 'ecp256',
             '20': 'ecp384', '21': 'ecp521', '24': 'modp2048s256'}

Line = collections.namedtuple('Line', 'number text')


class Group:
    """What the configuration says of one group."""

    def __init__(self, name, line):
        self.name = name
        self.line = line
        self.identity = None
        self.is_server = False
        self.servers = []
        self.member = {}
        self.server = {}
        self.sas = collections.OrderedDict()
        self.authorize = {}


def fold(text):
    return ' '.join(text.lower().split())


SECRET = 'secrets are not carried over, put them into the section secrets'
COOP = 'cooperative key servers are not carried over'


class Router:
    """The configuration of a router, read as the router does: a command that
    the present mode doesn't know ends the mode."""

    def __init__(self):
        self.groups = collections.OrderedDict()
        self.acls = collections.OrderedDict()
        self.transforms = {}
        self.profiles = {}
        self.identities = {}
        self.maps = collections.OrderedDict()
        self.map_sources = {}
        self.fail_close = {}
        self.interfaces = collections.OrderedDict()
        self.policies = collections.OrderedDict()
        self.tek_lifetime = '3600'
        self.left = []
        self.mode = OTHER
        self.context = None

    def leave(self, line, why):
        # secrets are not for logs
        text = re.sub(r'(?i)^(crypto isakmp key) .* (address|hostname)',
                      r'\1 ... \2', line.text.strip())
        self.left.append((line.number, text, why))

    def read(self, lines):
        for number, text in enumerate(lines, 1):
            line = Line(number, text.rstrip())
            if line.text.strip() not in ('', 'exit', 'end') and \
                    not line.text.lstrip().startswith('!'):
                self.command(line)

    def command(self, line):
        if self.match(MODES[self.mode], line):
            return
        mode = self.mode
        self.mode = OTHER
        if self.match(MODES[TOP], line) or not line.text[0].isspace():
            return
        self.mode = mode
        if mode not in (OTHER, INTERFACE):
            self.leave(line, 'has no counterpart')

    def match(self, commands, line):
        for pattern, handler in commands:
            found = re.fullmatch(pattern, line.text.strip(), re.IGNORECASE)
            if found:
                try:
                    handler(self, line, *found.groups())
                except Left as left:
                    self.leave(line, str(left))
                except ValueError as error:
                    self.leave(line, f'malformed: {error}')
                return True
        return False

    def enter(self, mode, context):
        self.mode = mode
        self.context = context
        return context

    # access lists

    def add_acl(self, line, name, text, extended=True):
        acl = self.acls.setdefault(name, [])
        if text.lower().startswith('remark'):
            acl.append((text, None))
            return
        try:
            acl.append((AclLine(text, extended).parse(), None))
        except (Left, ValueError) as error:
            acl.append((text, str(error)))
            self.leave(line, str(error))

    def numbered_acl(self, line, number, text):
        standard = int(number) <= 99 or 1300 <= int(number) <= 1999
        self.add_acl(line, number, text, not standard)

    def named_acl(self, _line, kind, name):
        self.acls.setdefault(name, [])
        self.enter(ACL, (name, kind.lower() != 'ip access-list standard'))

    def acl_line(self, line, text):
        name, extended = self.context
        self.add_acl(line, name, text, extended)

    # phase 1 and IPsec

    def isakmp_policy(self, line, number):
        self.policies[int(number)] = self.enter(POLICY, {
            'line': line, 'encryption': 'des', 'hash': 'sha', 'group': '1',
            'authentication': 'rsa-sig', 'lifetime': '86400'})

    def policy_value(self, _line, key, value):
        key = 'encryption' if key.lower() == 'encr' else key.lower()
        self.context[key] = fold(value)

    def transform_set(self, _line, name, text):
        self.mode = TRANSFORM
        found = {}
        for word in re.findall(r'esp-(?:aes|gcm) \d+|[a-z0-9-]+', fold(text)):
            if word in ENCRYPTION:
                found['cipher'] = ENCRYPTION[word]
            elif word in INTEGRITY:
                found['integrity'] = INTEGRITY[word]
            else:
                raise Left(f'transform "{word}" has no counterpart')
        if 'gcm' not in found.get('cipher', '') and len(found) != 2:
            raise Left('there is no cipher, or no integrity algorithm')
        self.transforms[name] = '-'.join(found[key] for key in
                                         ('cipher', 'integrity')
                                         if key in found)

    def sa_lifetime(self, _line, seconds):
        self.tek_lifetime = seconds

    def ipsec_profile(self, _line, name):
        self.profiles[name] = self.enter(PROFILE, {})

    def profile_transform(self, _line, name):
        if len(name.split()) > 1:
            raise Left('members have no choice, name one transform set')
        self.context['transform'] = name

    def identity(self, _line, name):
        self.identities[name] = self.enter(IDENTITY, [])

    def identity_dn(self, _line, text):
        pairs = [part.split('=', 1) for part in text.split(',')]
        if any(len(pair) != 2 for pair in pairs):
            raise Left('a part of the name is not NAME=VALUE')
        parts = [f'{key.strip().upper()}={value.strip()}'
                 for key, value in pairs]
        self.context.append(', '.join(parts + ['*']))

    def identity_fqdn(self, _line, name):
        self.context.append(name)

    # groups

    def group(self, line, name):
        group = self.groups.setdefault(name, Group(name, line))
        self.enter(GROUP, group)

    def group_identity(self, _line, kind, value):
        if kind.lower() == 'number':
            self.context.identity = str(int(value))
        else:
            self.context.identity = str(ipaddress.IPv4Address(value))

    def server_local(self, _line):
        self.context.is_server = True
        self.mode = SERVER

    def server_address(self, _line, address):
        if len(self.context.servers) == MAX_SERVERS:
            raise Left(f'a group has at most {MAX_SERVERS} key servers')
        if re.fullmatch(r'[\d.]+', address):
            address = str(ipaddress.IPv4Address(address))
        self.context.servers.append(address)

    def client_ciphers(self, _line, text):
        words = re.findall(r'aes \d+|[a-z0-9-]+', fold(text))
        unknown = [word for word in words if word not in CIPHERS]
        if unknown:
            raise Left(f'cipher "{unknown[0]}" has no counterpart')
        self.context.member['ciphers'] = [CIPHERS[word] for word in words]

    def client_hash(self, _line, name):
        if fold(name) not in HASHES:
            raise Left(f'hash "{name}" has no counterpart')
        self.context.member['hash'] = HASHES[fold(name)]

    def retransmit(self, _line, interval, tries):
        self.context.server['retransmit'] = (interval, tries)

    def take_back(self, _line, key):
        self.context.server.pop(key.split()[-1].lower(), None)

    def rekey_algorithm(self, _line, text):
        if fold(text) not in CIPHERS:
            raise Left(f'cipher "{text}" has no counterpart')
        self.context.server['cipher'] = CIPHERS[fold(text)]

    def rekey_hash(self, _line, text):
        if HASHES.get(fold(text), 'md5') == 'md5':
            raise Left(f'hash "{text}" has no counterpart')
        self.context.server['hash'] = HASHES[fold(text)]

    def sa_ipsec(self, line, number):
        self.context.sas[number] = {'line': line}
        self.mode = SA

    def sa_value(self, _line, key, value):
        sa = next(reversed(self.context.sas.values()))
        key = key.lower().split()[0]
        if key in sa:
            raise Left('there is one already in this SA')
        sa[key] = value

    def replay(self, line, taken_back, method, window):
        sa = next(reversed(self.context.sas.values()))
        method = method and method.lower()
        if taken_back:
            if method == 'time':
                sa.pop('replay', None)
            else:
                sa['replay'] = (line, 'none', None)
            return
        if not method:
            raise Left('has no counterpart')
        default, least, most = REPLAY[method]
        window = int(window or default)
        if not least <= window <= most:
            sa['replay'] = (line, 'none', None)
            raise Left(f'a window is {least} to {most} here')
        sa['replay'] = (line, method, window)

    def d3p(self, line, taken_back, party, unit, window):
        room = self.context.server if party.lower() == 'sa' else \
            self.context.member
        if taken_back:
            room.pop('d3p', None)
            return
        if not unit:
            raise Left('has no counterpart')
        short, least, most = D3P[unit.lower()]
        if not least <= int(window) <= most:
            raise Left(f'a window is {least} to {most} {unit.lower()}')
        room['d3p'] = (line, window + short)

    def authorization(self, line, kind, name):
        self.context.authorize[kind.lower().split()[0]] = (line, name)

    # crypto maps and interfaces

    def crypto_map(self, line, name, _number):
        entry = self.enter(MAP, {'line': line, 'name': name})
        self.maps.setdefault(name, []).append(entry)

    def map_fail_close(self, line, name):
        self.fail_close[name] = self.enter(FAIL_CLOSE, {'line': line})

    def map_source(self, _line, name, interface):
        self.map_sources[name] = interface

    def map_value(self, _line, key, value):
        self.context[key.lower().split()[0]] = value

    def activate(self, _line):
        self.context['activate'] = True

    def interface(self, line, name):
        self.enter(INTERFACE, (name, line))

    def interface_map(self, _line, name):
        self.interfaces.setdefault(name, []).append(self.context)


def ignore(_router, _line, *_values):
    """It is as ours does it anyway."""


def refuse(why):
    """A handler of commands that are not carried over."""
    def handler(_router, _line, *_values):
        raise Left(why)
    return handler


def keep(room, key):
    """A handler that keeps the value of a command, or that it was there."""
    def handler(router, line, *values):
        getattr(router.context, room)[key] = values[0] if values else line
    return handler


def profile_lifetime(router, _line, seconds):
    router.context['lifetime'] = seconds


(TOP, OTHER, ACL, POLICY, TRANSFORM, PROFILE, IDENTITY, GROUP, SERVER, SA, MAP,
 FAIL_CLOSE, INTERFACE) = range(13)

GROUP_COMMANDS = [
    (r'identity (number|address ipv4|address) (\S+)', Router.group_identity),
    (r'server local', Router.server_local),
    (r'server address ipv4 (\S+)', Router.server_address),
    (r'passive', keep('member', 'passive')),
    (r'client rekey encryption (.+)', Router.client_ciphers),
    (r'client rekey hash (\S+)', Router.client_hash),
    (r'client transform-sets (.+)', keep('member', 'transforms')),
    (r'client registration interface (\S+)', keep('member', 'source')),
    (r'(no )?(client) d3p(?: window)?(?: (sec|msec) (\d+))?', Router.d3p),
]
SERVER_COMMANDS = [
    (r'rekey algorithm (.+)', Router.rekey_algorithm),
    (r'rekey sig-hash algorithm (\S+)', Router.rekey_hash),
    (r'rekey lifetime seconds (\d+)', keep('server', 'kek-lifetime')),
    (r'rekey retransmit (\d+) number (\d+)', Router.retransmit),
    (r'no rekey (retransmit|transport unicast)', Router.take_back),
    (r'rekey authentication mypubkey (?:rsa|ecdsa) (\S+)',
     keep('server', 'key')),
    (r'rekey authentication pubkey .*',
     refuse('rekeys are signed with a key of the key server itself')),
    (r'rekey transport unicast', keep('server', 'unicast')),
    (r'rekey address ipv4 (\S+)', keep('server', 'rekey-acl')),
    (r'rekey acknowledge?ment (cisco|interoperable|any)',
     keep('server', 'acknowledgement')),
    (r'sa receive-only', keep('server', 'receive-only')),
    (r'(no )?(sa) d3p(?: window)?(?: (sec|msec) (\d+))?', Router.d3p),
    (r'sa ipsec (\d+)', Router.sa_ipsec),
    (r'address ipv4 (\S+)', keep('server', 'address')),
    (r'authorization (address ipv4|identity) (\S+)', Router.authorization),
    (r'redundancy|local priority .*|peer address .*|protocol .*|identifier',
     refuse(COOP)),
] + GROUP_COMMANDS
MODES = {
    OTHER: [],
    ACL: [(r'(?:\d+ +)?((?:permit|deny|remark)\b.*?)(?: sequence \d+)?',
           Router.acl_line)],
    POLICY: [(r'(encr|encryption|hash|group|authentication|lifetime) (.+)',
              Router.policy_value)],
    TRANSFORM: [(r'mode tunnel', ignore)],
    PROFILE: [(r'set security-association lifetime seconds (\d+)',
               profile_lifetime),
              (r'set transform-set (.+)', Router.profile_transform)],
    IDENTITY: [(r'dn (.+)', Router.identity_dn),
               (r'fqdn (\S+)', Router.identity_fqdn)],
    GROUP: GROUP_COMMANDS,
    SERVER: SERVER_COMMANDS,
    SA: [(r'(profile) (\S+)', Router.sa_value),
         (r'(match address)(?: ipv4| ipv6)? (\S+)', Router.sa_value),
         (r'(no )?replay(?: (time|counter) window-size(?: (\d+))?)?',
          Router.replay)] + SERVER_COMMANDS,
    MAP: [(r'(set group|match address) (\S+)', Router.map_value)],
    FAIL_CLOSE: [(r'(match address) (\S+)', Router.map_value),
                 (r'activate', Router.activate)],
    INTERFACE: [(r'crypto map (\S+)', Router.interface_map)],
    TOP: [
        (r'access-list (\d+) (.+)', Router.numbered_acl),
        (r'(ip access-list extended|ip access-list standard|'
         r'ipv6 access-list) (\S+)', Router.named_acl),
        (r'crypto isakmp policy (\d+)', Router.isakmp_policy),
        (r'crypto isakmp key .*', refuse(SECRET)),
        (r'crypto ipsec transform-set (\S+) (.+)', Router.transform_set),
        (r'crypto ipsec security-association lifetime seconds (\d+)',
         Router.sa_lifetime),
        (r'crypto ipsec profile (\S+)', Router.ipsec_profile),
        (r'crypto identity (\S+)', Router.identity),
        (r'crypto (?:gdoi|gkm) group (?:ipv6 )?(\S+)', Router.group),
        (r'crypto map (?:ipv6 )?(\S+) (?:gdoi|gkm) fail-close',
         Router.map_fail_close),
        (r'crypto map (?:ipv6 )?(\S+) (\d+) (?:gdoi|gkm)', Router.crypto_map),
        (r'crypto map (\S+) local-address (\S+)', Router.map_source),
        (r'crypto .*', refuse('has no counterpart')),
        (r'interface (.+)', Router.interface),
    ],
}
