# SPDX-License-Identifier: GPL-2.0-or-later
"""Proves the architecture's rule that ordinary connections stay untouched."""

import groups
import netlab


def connection(here, there, version, encap='no'):
    child = {'mode': 'tunnel', 'esp_proposals': 'aes256-sha256'}
    return {
        'version': version, 'encap': encap, 'mobike': 'no',
        'local_addrs': here, 'remote_addrs': there,
        'proposals': 'aes256-sha256-ecp256',
        # charon doesn't choose a connection by port: what tells these from
        # the group's phase 1 between the same addresses is the identity
        'local': {'auth': 'psk', 'id': f'"ordinary-{here}"'},
        'remote': {'auth': 'psk', 'id': f'"ordinary-{there}"'},
        'children': {'net': child}}


def config(here, there):
    return {
        'connections': {
            'two': connection(here, there, 2),
            'one': connection(here, there, 1),
            'nat': connection(here, there, 2, 'yes')},
        'secrets': {'ike': {'secret': '"ordinary secret"'}}}


def exercise(lab, a, b):
    for name, port in (('two', 500), ('one', 500), ('nat', 4500)):
        known = {one['spi'] for one in a.recorded(call='add_sa')}
        a.swanctl('--initiate', '--ike', name, '--child', 'net')
        sas = a.swanctl('--list-sas', '--ike', name).stdout
        lab.check('ESTABLISHED' in sas and 'INSTALLED' in sas,
                  f'{name} is not up: {sas}')
        lab.check(f'[{port}]' in sas, f'{name} is not on port {port}: {sas}')
        spis = {one['spi'] for one in a.recorded(call='add_sa')} - known
        lab.equal(len(spis), 2, f'SPIs of {name}')
        lab.check(spis <= {one['spi'] for one in b.recorded(call='add_sa')},
                  f'{name}: the hosts recorded different SAs')
        a.swanctl('--terminate', '--ike', name)


def beside_groups(lab, a, b):
    """The same charons run a key server and a member meanwhile."""
    for host, tree in (
            (a, groups.server_conf(local='10.2.1.1', **{
                'remote_addrs': '10.2.2.1'})),
            (b, groups.member_conf(servers={'ks1': '10.2.1.1'}))):
        mine = config(*(('10.2.1.1', '10.2.2.1') if host is a else
                        ('10.2.2.1', '10.2.1.1')))
        # one key for both: phase 1 of a Main Mode finds it by address
        mine['secrets'] = tree.pop('secrets')
        host.config(netlab.merge(mine, tree))
        host.start()
    groups.registered(b)
    before = a.log_text().count('KS_REGG_COMPL')
    # twenty registrations while the ordinary connections come and go
    ctl = lab.build_file('src/gdoictl/gdoictl')
    busy = b.spawn('sh', '-c', f'for n in $(seq 20); do {ctl} register getvpn;'
                   ' sleep 0.1; done', log='register.log')
    exercise(lab, a, b)
    exercise(lab, b, a)
    busy.wait(60)
    lab.equal(busy.returncode, 0, 'exit code of gdoictl register')
    groups.registered(b)
    lab.check(a.log_text().count('KS_REGG_COMPL') > before + 3,
              'no registrations went on meanwhile')


def run(lab):
    groups.needs_plugins(lab)
    a, b = lab.star('a', 'b')
    a.config(config('10.2.1.1', '10.2.2.1'))
    b.config(config('10.2.2.1', '10.2.1.1'))
    ours = lab.own_plugins
    for loaded in ([], ours):
        lab.own_plugins = loaded
        for host in (a, b):
            host.start()
        exercise(lab, a, b)
        for host in (a, b):
            lab.equal(host.halt(), 0, f'exit code of charon on {host.name}')
    beside_groups(lab, a, b)
    for host in (a, b):
        lab.equal(host.halt(), 0, f'exit code of charon on {host.name}')
