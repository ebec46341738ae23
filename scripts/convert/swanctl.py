# SPDX-License-Identifier: GPL-2.0-or-later
"""Sections of swanctl.conf for what a router says."""

import ipaddress
import re

from ios_config import CIPHERS, DH_GROUPS, HASHES

MAX_PROPOSALS = 6


class Section:
    """A section of swanctl.conf in the order of its lines."""

    def __init__(self):
        self.items = []

    def set(self, key, value):
        self.items.append((key, value))

    def comment(self, text):
        self.items.append((None, text))

    def section(self, key):
        for name, value in self.items:
            if name == key and isinstance(value, Section):
                return value
        child = Section()
        self.items.append((key, child))
        return child

    def render(self, depth=0):
        indent = '\t' * depth
        for key, value in self.items:
            if key is None:
                yield f'{indent}# {value}'
            elif isinstance(value, Section):
                yield f'{indent}{key} {{'
                yield from value.render(depth + 1)
                yield f'{indent}}}'
            else:
                yield f'{indent}{key} = {value}'


def quote_name(name):
    """Names of sections must do without dots and blanks."""
    return re.sub(r'[^A-Za-z0-9_-]', '-', name)


class Writer:
    """Writes swanctl.conf, and tells the router's list what is left."""

    def __init__(self, router, interfaces):
        self.router = router
        self.interfaces = interfaces
        self.root = Section()
        self.used = []

    def leave(self, line, why):
        self.router.leave(line, why)

    def run(self):
        for group in self.router.groups.values():
            section = self.root.section('groups').section(
                quote_name(group.name))
            if group.identity is None:
                self.leave(group.line, 'the group has no identity')
                section.set('id', 'UNDECIDED number or address of the group')
            else:
                section.set('id', group.identity)
            if group.is_server:
                self.server(group, section.section('server'))
            else:
                self.member(group, section.section('member'))
        for name in self.used:
            self.acl(name)
        return self.root

    # phase 1

    def proposal(self, policy):
        cipher = CIPHERS.get(policy['encryption'])
        digest = HASHES.get(policy['hash'])
        group = DH_GROUPS.get(policy['group'])
        if not cipher or not digest or not group:
            self.leave(policy['line'], 'encryption, hash or group has no '
                       'counterpart, or is the router\'s weak default')
            return None
        return f'{cipher}-{digest}-{group}'

    def connection(self, name, values):
        section = self.root.section('connections').section(name)
        section.set('version', '1')
        section.set('local_port', '848')
        section.set('remote_port', '848')
        for key, value in values:
            section.set(key, value)
        policies = [policy for _, policy in sorted(
            self.router.policies.items())]
        proposals = [self.proposal(policy) for policy in policies]
        good = [(policy, text) for policy, text in zip(policies, proposals)
                if text]
        if not good:
            section.set('proposals', 'UNDECIDED there is no policy to take')
            return
        section.set('proposals', ', '.join(text for _, text in good))
        self.same(good, 'lifetime',
                  lambda text: section.set('rekey_time', text + 's'))
        self.same(good, 'authentication',
                  lambda text: self.authentication(section, text))

    def same(self, good, key, write):
        values = {policy[key] for policy, _ in good}
        if len(values) == 1:
            write(values.pop())
            return
        for policy, _ in good:
            self.leave(policy['line'], f'policies differ in {key}: make a '
                       'connection for each')

    def authentication(self, section, text):
        auth = {'pre-share': 'psk', 'rsa-sig': 'pubkey',
                'ecdsa-sig': 'pubkey'}.get(text, f'UNDECIDED {text}')
        for side in ('local', 'remote'):
            section.section(side).set('auth', auth)

    # key server

    def server(self, group, section):
        values = group.server
        name = quote_name(group.name) + '-members'
        address = values.get('address')
        self.connection(name, [('local_addrs', address)] if address else [])
        if address:
            section.set('local_address', address)
        section.set('connections', name)
        if 'receive-only' in values:
            section.set('receive_only', 'yes')
        self.authorization(group, section)
        self.replay(group, section)
        if self.has_rekeys(group):
            self.kek(group, section.section('kek'))
            self.rekey(group, section.section('rekey'))
        if not group.sas:
            self.leave(group.line, 'the group has no SA')
        for number, sa in group.sas.items():
            self.tek(sa, section.section('teks').section(f'sa{number}'))

    @staticmethod
    def has_rekeys(group):
        return bool(set(group.server) - {'address', 'receive-only', 'd3p'})

    # replays

    def replay(self, group, section):
        named = [sa['replay'] for sa in group.sas.values() if 'replay' in sa]
        times = [one for one in named if one[1] == 'time']
        counters = [one for one in named if one[1] == 'counter']
        if 'd3p' in group.server:
            section.set('d3p_window', group.server['d3p'][1])
            for line, *_ in times + counters:
                self.leave(line, 'd3p_window takes its place, for all SAs')
            return
        for sa in group.sas.values():
            if 'replay' not in sa:
                self.leave(sa['line'], 'the SA says nothing of replay, which '
                           'means counters to the router: there will be '
                           f'replay = {"time" if times else "none"}')
        if times:
            self.time(group, section, times[0])
            self.others(named, times[0])
        elif counters:
            self.counters(group, section, counters)

    def time(self, group, section, chosen):
        if self.has_rekeys(group):
            section.set('replay', 'time')
        else:
            self.leave(chosen[0], 'time needs rekeys, there is no "rekey"')
            section.set('replay', 'UNDECIDED time needs a section kek')
        section.set('replay_window', f'{chosen[2]}s')

    def counters(self, group, section, counters):
        line, _, window = counters[0]
        if self.has_rekeys(group) and 'unicast' not in group.server:
            self.leave(line, 'counters do not go with multicast rekeys: there '
                       'will be replay = none')
            return
        section.set('replay_window', str(window))
        self.others(counters, counters[0])
        for sa in group.sas.values():
            sa['counter'] = sa.get('replay') in counters
        self.leave(line, 'counters work with two members only, others will be '
                   'refused: see replay in gdoi-groups(5)')

    def others(self, named, chosen):
        for line, method, window in named:
            if (method, window) != chosen[1:]:
                self.leave(line, 'method and window are those of the whole '
                           f'group: there will be {chosen[1]} with '
                           f'{chosen[2]}')

    def kek(self, group, section):
        values = group.server
        for key, name in (('cipher', 'encryption'),
                          ('hash', 'signature_hash')):
            if key in values:
                section.set(name, values[key])
            else:
                self.leave(group.line, f'{name} of rekeys is the router\'s '
                           'default here, ours is stronger: see kek in '
                           'swanctl.conf(5)')
        section.set('lifetime', values.get('kek-lifetime', '86400') + 's')
        if 'key' in values:
            section.comment('private key to be put into this file')
            section.set('signature_key', values['key'] + '.pem')
            self.leave(group.line, f'private key {values["key"]} is not '
                       'carried over')
        else:
            section.set('signature_key', 'UNDECIDED file of a private key')
            self.leave(group.line, 'rekeys have no key to sign with')

    def rekey(self, group, section):
        values = group.server
        if 'unicast' in values:
            section.set('transport', 'unicast')
        else:
            section.set('transport', 'multicast')
            section.set('address', self.rekey_address(group))
        if 'retransmit' in values:
            interval, tries = values['retransmit']
            section.set('retransmit_interval', interval + 's')
            section.set('retransmit_tries', tries)
        if 'acknowledgement' in values:
            section.set('acknowledgement', values['acknowledgement'])

    def rekey_address(self, group):
        lines = self.router.acls.get(group.server.get('rekey-acl'), [])
        for text, _ in lines:
            found = re.fullmatch(r'permit udp \S+(?: port 848)? ([\d.]+)'
                                 r'(?:/32)?(?: port 848)?', text)
            if found and ipaddress.ip_address(found[1]).is_multicast:
                return found[1]
        self.leave(group.line, 'no list says which multicast group rekeys go '
                   'to')
        return 'UNDECIDED address of the multicast group'

    def tek(self, sa, section):
        profile = self.router.profiles.get(sa.get('profile'), {})
        transform = self.router.transforms.get(profile.get('transform'))
        section.set('acl', self.use_acl(sa, 'match'))
        if not transform:
            self.leave(sa['line'], 'its transform set is not known')
            transform = 'UNDECIDED cipher and integrity algorithm'
        elif 'gcm' in transform:
            self.leave(sa['line'], 'a counter mode needs a section sender_ids')
        section.set('esp_proposals', transform)
        section.set('lifetime', profile.get('lifetime',
                                            self.router.tek_lifetime) + 's')
        if sa.get('counter'):
            section.set('replay', 'counter')

    def authorization(self, group, section):
        if 'address' in group.authorize:
            line, name = group.authorize['address']
            rules = [self.address_rule(line, text, bad) for text, bad in
                     self.router.acls.get(name, [])
                     if not text.lower().startswith('remark')]
            if not rules:
                self.leave(line, f'there is no list {name}')
            section.section('authorize').set(
                'addresses', ', '.join(rules) or 'UNDECIDED addresses')
        if 'identity' in group.authorize:
            line, name = group.authorize['identity']
            names = self.router.identities.get(name)
            if not names:
                self.leave(line, f'there is no identity {name}')
            section.section('authorize').set(
                'identities', '; '.join(names or []) or 'UNDECIDED identities')

    def address_rule(self, line, text, bad):
        words = text.split()
        if bad or len(words) != 4 or words[1] != 'ip':
            self.leave(line, f'members can\'t be told by "{text}"')
            return f'UNDECIDED {text}'
        return f'{words[0]} {words[2]}'

    # member

    def member(self, group, section):
        names = []
        for address in group.servers:
            names.append('ks-' + quote_name(address))
            if names[-1] not in [key for key, _ in
                                 self.root.section('connections').items]:
                self.connection(names[-1], [('remote_addrs', address)])
        if names:
            section.set('servers', ', '.join(names))
        else:
            self.leave(group.line, 'the group has no key server')
            section.comment('servers = UNDECIDED connections to key servers')
        if 'passive' in group.member:
            section.set('direction', 'inbound-optional')
        if 'd3p' in group.member:
            section.set('d3p_window', group.member['d3p'][1])
        self.acceptance(group, section)
        self.place(group, section)

    def acceptance(self, group, section):
        values = group.member
        if 'ciphers' in values and 'hash' in values:
            section.set('kek_proposals', ', '.join(
                f'{cipher}-{values["hash"]}' for cipher in values['ciphers']))
        elif 'ciphers' in values or 'hash' in values:
            self.leave(group.line, 'cipher and hash of rekeys go together in '
                       'kek_proposals, only one of them is given')
        names = values.get('transforms', '').split()
        if len(names) > MAX_PROPOSALS:
            self.leave(group.line, 'more than six transform sets')
        found = [self.router.transforms.get(name) for name in names]
        if None in found:
            self.leave(group.line, 'a transform set is not known')
            found = ['UNDECIDED algorithms']
        if found:
            section.set('esp_proposals', ', '.join(found[:MAX_PROPOSALS]))

    def place(self, group, section):
        entries = [entry for entries in self.router.maps.values()
                   for entry in entries if entry.get('set') == group.name]
        places = [(entry, place) for entry in entries for place in
                  self.router.interfaces.get(entry['name'], [])]
        for _, (name, line) in places[1:]:
            self.leave(line, f'group {group.name} can protect one interface, '
                       f'not {name} as well')
        if not places:
            self.leave(group.line, 'no interface has a crypto map with this '
                       'group')
            section.set('interface', 'UNDECIDED interface')
            return
        entry, place = places[0]
        self.interface('interface', section, place)
        if 'match' in entry:
            section.set('acl', self.use_acl(entry, 'match'))
        self.source(group, entry, section)
        fail_close = self.router.fail_close.get(entry['name'], {})
        if 'match' in fail_close:
            section.set('fail_close_acl', self.use_acl(fail_close, 'match'))
        if 'activate' in fail_close:
            section.set('fail_close', 'yes')

    def source(self, group, entry, section):
        name = group.member.get('source',
                                self.router.map_sources.get(entry['name']))
        if name:
            self.interface('local_address', section, (name, entry['line']))

    def interface(self, key, section, place):
        name, line = place
        if name.lower() not in self.interfaces:
            self.leave(line, f'name of {name} here? use --interface '
                       f'{name}=NAME')
        section.set(key, self.interfaces.get(name.lower(),
                                             f'UNDECIDED {name}'))

    # access lists

    def use_acl(self, user, key):
        name = user.get(key)
        if name not in self.router.acls:
            self.leave(user['line'], f'there is no list {name}')
            return f'UNDECIDED {name}'
        if name not in self.used:
            self.used.append(name)
        return quote_name(name)

    def acl(self, name):
        section = self.root.section('acls').section(quote_name(name))
        number = 0
        for text, bad in self.router.acls[name]:
            if text.lower().startswith('remark'):
                section.comment(text[6:].strip())
                continue
            number += 10
            section.set(str(number),
                        f'UNDECIDED {text} ({bad})' if bad else text)
