# SPDX-License-Identifier: GPL-2.0-or-later
"""AUTHZ-002, AUTHZ-004, AUTHZ-007, AUTHZ-008, AUTHZ-010, AUTHZ-015, LOG-015,
with RSA and with ECDSA."""

import os

import groups

KINDS = {'rsa': 2048, 'ecdsa': 256}


def make_ca(lab, kind):
    folder = os.path.join(lab.dir, 'ca-' + kind)
    os.makedirs(folder)
    key, cert = folder + '/ca.key', folder + '/ca.crt'
    pki(lab, key, '--gen', '--type', kind, '--size', KINDS[kind])
    pki(lab, cert, '--self', '--ca', '--in', key, '--type', kind,
        '--dn', 'C=CH, O=Example, CN=CA')
    return key, cert


def pki(lab, out, *words):
    done = lab['core'].run('pki', *words, '--outform', 'pem')
    with open(out, 'w', encoding='ascii') as file:
        file.write(done.stdout)


def issue(lab, host, authority, kind, unit, name):
    ca_key, ca_cert = authority
    key = host.path('etc', 'swanctl', 'private', 'host.key')
    public = host.path('host.pub')
    pki(lab, key, '--gen', '--type', kind, '--size', KINDS[kind])
    pki(lab, public, '--pub', '--in', key, '--type', kind)
    pki(lab, host.path('etc', 'swanctl', 'x509', 'host.crt'), '--issue',
        '--cakey', ca_key, '--cacert', ca_cert, '--in', public,
        '--type', 'pub', '--dn', f'C=CH, OU={unit}, CN={name}',
        '--san', name)
    with open(ca_cert, encoding='ascii') as file:
        host.write('x509ca/ca.crt', file.read())


def credentials(tree):
    auth = {'auth': 'pubkey'}
    del tree['secrets']
    for connection in tree['connections'].values():
        connection.update(local=dict(auth, certs='host.crt'), remote=auth)
    return tree


def exercise(lab, kind, hosts):
    ks, good, lower, bad = hosts
    authority = make_ca(lab, kind)
    for host, unit in ((ks, 'KS'), (good, 'GETVPN'), (lower, 'getvpn'),
                       (bad, 'TEST')):
        issue(lab, host, authority, kind, unit, host.name)
        host.mark()
    ks.config(credentials(groups.server_conf({'getvpn': groups.server(
        authorize={'identities': '"C=CH, OU=GETVPN, CN=*"'})})))
    for host in (good, lower, bad):
        host.config(credentials(groups.member_conf()))
    groups.start(*hosts)
    groups.registered(good, lower)
    ks.wait_log(r'%GDOI-1-UNAUTHORIZED_IDENTITY: Group getvpn received '
                r'registration from unauthorized identity: Dist\.name: '
                r'.*OU=TEST', timeout=20)
    lab.check(groups.group(bad).get('state') != 'REGISTERED',
              'a certificate with another OU got keys')
    lab.check(not bad.recorded(call='add_sa'), 'and installed them')
    lab.equal({one['id-type'] for one in groups.members(ks)}, {'dn'},
              'kind of identity')
    lab.equal(len(groups.members(ks)), 2, 'members')
    for host in hosts:
        host.halt()


def run(lab):
    groups.needs_plugins(lab)
    hosts = lab.star('ks1', 'gm1', 'gm2', 'gm3')
    for kind in KINDS:
        exercise(lab, kind, hosts)
