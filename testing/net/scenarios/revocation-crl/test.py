# SPDX-License-Identifier: GPL-2.0-or-later
"""AUTHZ-002, AUTHZ-012, LOG-149, LOG-161."""

import os

import groups
from netlab import until


def pki(lab, out, *words):
    done = lab['core'].run('pki', *words, '--outform', 'pem')
    with open(out, 'w', encoding='ascii') as file:
        file.write(done.stdout)


def make_ca(lab):
    key, cert = os.path.join(lab.dir, 'ca.key'), os.path.join(lab.dir, 'ca.crt')
    pki(lab, key, '--gen', '--type', 'ecdsa', '--size', 256)
    pki(lab, cert, '--self', '--ca', '--in', key, '--type', 'ecdsa',
        '--dn', 'C=CH, O=Example, CN=CA')
    return key, cert


def issue(lab, host, authority):
    key = host.path('etc', 'swanctl', 'private', 'host.key')
    public = host.path('host.pub')
    pki(lab, key, '--gen', '--type', 'ecdsa', '--size', 256)
    pki(lab, public, '--pub', '--in', key, '--type', 'ecdsa')
    pki(lab, host.path('etc', 'swanctl', 'x509', 'host.crt'), '--issue',
        '--cakey', authority[0], '--cacert', authority[1], '--in', public,
        '--type', 'pub', '--dn', f'C=CH, OU=GETVPN, CN={host.name}',
        '--san', host.name)
    with open(authority[1], encoding='ascii') as file:
        host.write('x509ca/ca.crt', file.read())


def credentials(tree):
    auth = {'auth': 'pubkey'}
    del tree['secrets']
    for connection in tree['connections'].values():
        connection.update(local=dict(auth, certs='host.crt'), remote=auth)
    return tree


def revoke(lab, ks, gm, authority):
    os.makedirs(ks.path('etc', 'swanctl', 'x509crl'), exist_ok=True)
    pki(lab, ks.path('etc', 'swanctl', 'x509crl', 'ca.crl'), '--signcrl',
        '--cakey', authority[0], '--cacert', authority[1], '--cert',
        gm.path('etc', 'swanctl', 'x509', 'host.crt'), '--reason',
        'superseded')


def run(lab):
    groups.needs_plugins(lab)
    ks, good, bad = hosts = lab.star('ks1', 'gm1', 'gm2')
    authority = make_ca(lab)
    groups.make_key(ks)
    for host in hosts:
        issue(lab, host, authority)
    ks.config(credentials(groups.server_conf({'getvpn': groups.server(
        kek=groups.kek(),
        authorize={'identities': '"C=CH, OU=GETVPN, CN=*"'})})))
    for host in (good, bad):
        host.config(credentials(groups.member_conf({
            'getvpn': groups.member(keep_phase1='yes')})))
    groups.start(*hosts)
    groups.registered(good, bad)
    # nothing is revoked yet
    lab.equal(ks.ctl('recheck').returncode, 0, 'recheck')
    before = groups.spis(good)
    revoke(lab, ks, bad, authority)
    ks.swanctl('--load-creds', '--noprompt')
    lab.equal(ks.ctl('recheck', 'getvpn').returncode, 0, 'recheck')
    ks.wait_log(r'%GDOI-1-KS_GM_REVOKED: Member .*CN=gm2.*certificate',
                timeout=40)
    until(lambda: groups.spis(good) - before, 'new TEKs of who stays', 40)
    new = groups.spis(good) - before
    lab.check(not groups.spis(bad) & new, 'the removed member has a new TEK')
    lab.equal(len(groups.members(ks)), 1, 'members')
    # the phase 1 that it kept is from before
    bad.ctl('register', 'getvpn')
    ks.wait_log(r'KS_UNAUTHORIZED.*CN=gm2|certificate was revoked', timeout=30)
    lab.check(not groups.spis(bad) & new, 'the refused member has a new TEK')
    lab.equal(ks.ctl('recheck', 'ghost').returncode, 1, 'an unknown group')
