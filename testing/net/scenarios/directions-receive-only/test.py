# SPDX-License-Identifier: GPL-2.0-or-later
"""GM-033, GM-036 to GM-039, REKEY-108, REKEY-109, LOG-126, LOG-140, LOG-145,
LOG-146."""

import groups
import rekeys
from netlab import until

TIMEOUT = 120


def wait_direction(host, direction, origin):
    """Wait until a member goes in a direction; returns what is shown."""
    def reached():
        shown = groups.group(host)
        return (shown.get('direction'), shown.get('direction-origin')) == (
            direction, origin) and shown
    return until(reached, f'{direction} by {origin} on {host.name}')


def since(host, number):
    """Words of the crypto map's lines about SA 0 from a line on."""
    return [line.split() for line in rekeys.recorded(host)[number:]
            if line.split()[0] in ('direction', 'ready')]


def load(lab, ks, conf, receive_only):
    """Change the key server's receive_only."""
    conf['groups']['getvpn']['server']['receive_only'] = receive_only
    ks.config(conf)
    lab.equal(ks.ctl('load-groups').returncode, 2, 'load-groups')


def run(lab):
    ks, one, two = rekeys.pair(lab, 2)
    conf = groups.server_conf({'getvpn': rekeys.server(
        tek=3600, kek=86400, receive_only='yes')})
    ks.config(conf)
    groups.start(ks, one, two)
    groups.registered(one, two)
    for host in (one, two):
        wait_direction(host, 'inbound-only', 'server')
        host.wait_log('%GDOI-5-GM_SA_INGRESS: ')
        lab.equal([line for line in rekeys.recorded(host, 'ready')
                   if line.endswith('yes')], [], 'SAs that send')
        lab.check(host.recorded(call='add_sa'), 'no SA in the kernel')

    # one member is tried
    lab.equal(one.ctl('direction', 'getvpn', 'inbound-optional').returncode,
              0, 'direction inbound-optional')
    wait_direction(one, 'inbound-optional', 'command')
    lab.equal(one.ctl('direction', 'getvpn', 'both').returncode, 0,
              'direction both')
    wait_direction(one, 'both', 'command')
    rekeys.rekey(ks)
    wait_direction(one, 'inbound-only', 'server')

    # all are converted: the SA sends before the crypto map sends by it
    starts = {host: len(rekeys.recorded(host)) for host in (one, two)}
    load(lab, ks, conf, 'no')
    ks.wait_log('%GDOI-.-KS_CONV_SAS_DUPLEX: ')
    for host in (one, two):
        shown = wait_direction(host, 'inbound-optional', 'conversion')
        lab.check(280 < int(shown['direction-ends-in']) <= 300,
                  f'conversion ends in {shown["direction-ends-in"]} s')
        words = since(host, starts[host])
        lab.check(words[0][0] == 'ready' and words[0][3] == 'yes',
                  f'{host.name} directed traffic to an SA before it sent: '
                  f'{words}')
        lab.equal(len(host.logged('GM_CONV_SA_DUPLEX: ')), 0, 'early duplex')
    rekeys.rekey(ks)
    for host in (one, two):
        wait_direction(host, 'both', 'server')
        host.wait_log('%GDOI-5-GM_CONV_SA_DUPLEX: ')

    # and back: sent in clear before the SA ends
    starts = {host: len(rekeys.recorded(host)) for host in (one, two)}
    load(lab, ks, conf, 'yes')
    ks.wait_log('%GDOI-.-KS_CONV_SAS_INGRESS: ')
    for host in (one, two):
        wait_direction(host, 'inbound-only', 'server')
        words = since(host, starts[host])
        lab.check(words[0][0] == 'direction' and
                  words[0][3] == 'inbound-only',
                  f'{host.name} stopped to send before: {words}')
