# SPDX-License-Identifier: GPL-2.0-or-later
"""AUTHZ-001, AUTHZ-014, REKEY-203, REKEY-204."""

import groups
from netlab import until

NEW = 'another pre-shared key of this pair'


def server(secret):
    return groups.server_conf(
        {'getvpn': groups.server(kek=groups.kek())}, secret=secret)


def rekeyed(ks, *members):
    before = {gm.name: groups.spis(gm) for gm in members}
    ks.ctl('rekey', 'getvpn', check=True)
    for gm in members:
        until(lambda host=gm: groups.spis(host) - before[host.name],
              f'new TEK of {gm.name}', 20)


def run(lab):
    ks, gm = groups.pair(lab)
    groups.make_key(ks)
    ks.config(server(groups.SECRET))
    groups.start(ks, gm)
    groups.registered(gm)
    count = groups.group(gm)['registrations-succeeded']
    sent = groups.group(ks, role='ks')['rekeys-sent']
    for host, tree in ((ks, server(NEW)),
                       (gm, groups.member_conf(secret=NEW))):
        host.config(tree)
        host.swanctl('--load-creds', '--clear', '--noprompt')
        host.reload()
    # REKEY-203, REKEY-204: no rekey, no registration for that
    rekeyed(ks, gm)
    lab.equal(int(groups.group(ks, role='ks')['rekeys-sent']), int(sent) + 1,
              'rekeys')
    lab.equal(groups.group(gm)['registrations-succeeded'], count,
              'registrations')
    # AUTHZ-014: the next registration uses the new key
    gm.mark()
    gm.ctl('register', 'getvpn', check=True)
    until(lambda: groups.group(gm)['registrations-succeeded'] == count + 1,
          'registration by the new key', 30)
    rekeyed(ks, gm)
