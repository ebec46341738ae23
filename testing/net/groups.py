# SPDX-License-Identifier: GPL-2.0-or-later
"""Configurations and waiting for scenarios about groups."""

import json

from netlab import Failure, merge, until

SECRET = 'a secret for tests only'
KS = '10.0.8.1'


def phase1(**extra):
    """A phase 1 connection on the GDOI port."""
    return merge({
        'version': 1, 'local_port': 848, 'remote_port': 848,
        'proposals': 'aes256-sha256-ecp256',
        'local': {'auth': 'psk'}, 'remote': {'auth': 'psk'}}, extra)


def secrets(secret=SECRET):
    """A pre-shared key for everybody."""
    return {'ike': {'secret': f'"{secret}"'}}


def server(identity=3333, local=KS, **extra):
    """A group of a key server."""
    return {'id': identity, 'server': merge({
        'local_address': local, 'connections': 'members',
        'teks': {'data': {'acl': 'vpn'}}}, extra)}


def member(identity=3333, servers='ks1', interface='eth0', **extra):
    """A group of a member."""
    return {'id': identity, 'member': merge({
        'servers': servers, 'interface': interface}, extra)}


def kek(key='rekey.pem', **extra):
    """The KEK section of a key server."""
    return merge({'signature_key': key}, extra)


def server_conf(groups=None, local=KS, secret=SECRET, **connection):
    """swanctl.conf of a key server."""
    return {
        'connections': {'members': phase1(**merge(
            {'local_addrs': local, 'remote_addrs': '%any'}, connection))},
        'groups': groups or {'getvpn': server(local=local)},
        'acls': {'vpn': {'10': 'permit ip 10.1.0.0/16 10.1.0.0/16'}},
        'secrets': secrets(secret)}


def member_conf(groups=None, servers=None, secret=SECRET, **connection):
    """swanctl.conf of a member; servers maps connections to addresses."""
    servers = servers or {'ks1': KS}
    return {
        'connections': {
            name: phase1(**merge({'remote_addrs': address}, connection))
            for name, address in servers.items()},
        'groups': groups or {'getvpn': member(servers=', '.join(servers))},
        'secrets': secrets(secret)}


def needs_plugins(lab):
    """Fail where a plugin was not built: that is no scenario to skip."""
    for name in ('gdoi', 'gdoi-ks', 'd3p', 'kernel-recorder'):
        lab.check(name in lab.own_plugins, f'plugin {name} is not built')


def make_key(host, name='rekey.pem', kind='rsa', size=2048):
    """Make a private key in the host's swanctl folder."""
    pem = host.run('pki', '--gen', '--type', kind, '--size', size,
                   '--outform', 'pem').stdout
    host.write('private/' + name, pem)


def group(host, name='getvpn', role='gm'):
    """A role's keys of a group in gdoictl's JSON; empty without the group."""
    done = host.ctl('groups', '--json')
    if done.returncode:
        return {}
    try:
        rows = json.loads(done.stdout)
    except ValueError:
        raise Failure(f'groups on {host.name} is no JSON: '
                      f'{done.stdout[:200]}') from None
    for one in rows:
        if one['name'] == name:
            return one.get(role, {})
    return {}


def wait_state(host, state, name='getvpn', role='gm', timeout=20):
    """Wait until a group has a state."""
    last = {}

    def reached():
        last.update(group(host, name, role))
        return last.get('state') == state and last
    try:
        return until(reached, 'state', timeout)
    except Failure:
        raise Failure(f'group {name} of {host.name} is '
                      f'{last.get("state", "unknown")} '
                      f'({last.get("reason", "no reason given")}) instead of '
                      f'{state} after {timeout} s') from None


def registered(*hosts, name='getvpn', timeout=20):
    """Wait until members are registered; returns the last one's keys."""
    for host in hosts:
        last = wait_state(host, 'REGISTERED', name, timeout=timeout)
    return last


def policies(host, kind='tek', name='getvpn'):
    """Policies of a group, in gdoictl's JSON."""
    return [one for one in host.ctl_json('policy')
            if one['group'] == name and one['kind'] == kind]


def spis(host, name='getvpn'):
    """SPIs of a group's TEKs."""
    return {one['spi'] for one in policies(host, 'tek', name)}


def members(host, name='getvpn'):
    """Members that a key server lists for a group."""
    return [one for one in host.ctl_json('members') if one['group'] == name]


def stats(host):
    """Counters of all rooms."""
    return host.ctl_json('stats')


def pair(lab, number=1, family=4):
    """A key server and members with their standard configuration."""
    needs_plugins(lab)
    hosts = lab.star('ks1', *[f'gm{n}' for n in range(1, number + 1)],
                     family=family)
    hosts[0].config(server_conf())
    for host in hosts[1:]:
        host.config(member_conf())
    return hosts


def start(*hosts):
    """Start charon on hosts, in order."""
    for host in hosts:
        host.start()


def drop(lab, rule, node='core'):
    """Add a rule to a router's forwarding path; returns its counter.

    The rule is what nft writes before the verdict; the counter is a function
    that tells how many packets met it.
    """
    return filter_rule(lab, f'{rule} counter drop', node)


def filter_rule(lab, rule, node='core'):
    """Add a whole rule to a router's forwarding path."""
    router = lab[node]
    router.run('nft', 'add', 'table', 'inet', 'path')
    router.run('nft', 'add chain inet path way '
                      '{ type filter hook forward priority 0 ; }')
    router.run('nft', f'add rule inet path way {rule}')

    def counted():
        listed = json.loads(router.run('nft', '-j', 'list', 'table', 'inet',
                                       'path').stdout)
        return sum(part['counter']['packets']
                   for one in listed['nftables'] if 'rule' in one
                   for part in one['rule']['expr'] if 'counter' in part)
    return counted


def clear_path(lab, node='core'):
    """Take the rules out of a router's path again."""
    lab[node].run('nft', 'delete', 'table', 'inet', 'path')


# where nft finds the exchange type of an ISAKMP message on UDP 848
PULL_EXCHANGE = 'udp dport 848 @th,208,8 32'
# bits of the second cipher block of an ISAKMP message: inside HASH, whatever
# the PRF, so that changing them leaves the structure alone
HASH_BITS = '@th,416,32'
