# SPDX-License-Identifier: GPL-2.0-or-later
"""Proves the architecture's rule that ordinary connections stay untouched."""


def connection(here, there, version, encap='no'):
    child = {'mode': 'tunnel', 'esp_proposals': 'aes256-sha256'}
    return {
        'version': version, 'encap': encap, 'mobike': 'no',
        'local_addrs': here, 'remote_addrs': there,
        'proposals': 'aes256-sha256-ecp256',
        'local': {'auth': 'psk', 'id': here},
        'remote': {'auth': 'psk', 'id': there},
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
        a.swanctl('--initiate', '--ike', name, '--child', 'net')
        sas = a.swanctl('--list-sas', '--ike', name).stdout
        lab.check('ESTABLISHED' in sas and 'INSTALLED' in sas,
                  f'{name} is not up: {sas}')
        lab.check(f'[{port}]' in sas, f'{name} is not on port {port}: {sas}')
        spis = {one['spi'] for one in a.recorded(call='add_sa')}
        lab.check(spis <= {one['spi'] for one in b.recorded(call='add_sa')},
                  f'{name}: the hosts recorded different SAs')
        a.swanctl('--terminate', '--ike', name)


def run(lab):
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
