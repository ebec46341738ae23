# SPDX-License-Identifier: GPL-2.0-or-later
"""GM-032, GM-033, GM-034, LOG-127."""

import groups
import rekeys


def directed(lab, host, direction, origin):
    """Check what is shown, and what the crypto map was told last."""
    shown = groups.group(host)
    lab.equal((shown['direction'], shown['direction-origin']),
              (direction, origin), f'direction of {host.name}')
    told = [line.split()[3] for line in rekeys.recorded(host, 'direction')]
    lab.equal(told[-1] if told else 'both', direction,
              f'what the crypto map of {host.name} was told')
    lab.equal({one['direction'] for one in groups.policies(host)
               if one['state'] == 'CURRENT'}, {direction},
              f'direction of the TEK of {host.name}')


def command(lab, host, direction, code=0):
    """Change the direction by command."""
    done = host.ctl('direction', 'getvpn', direction)
    lab.equal(done.returncode, code,
              f'exit code of direction {direction}: {done.stderr}')


def rekeyed(ks, *members):
    """Rekey and wait until all have taken it."""
    for host in members:
        host.mark()
    rekeys.rekey(ks)
    for host in members:
        rekeys.received(host, 1)


def run(lab):
    ks, active, passive = rekeys.pair(lab, 2, tek=3600, kek=86400)
    conf = groups.member_conf({'getvpn': groups.member(
        direction='inbound-optional')})
    passive.config(conf)
    active.start()
    command(lab, active, 'both', code=1)
    groups.start(ks, passive)
    groups.registered(active, passive)
    directed(lab, active, 'both', 'server')
    directed(lab, passive, 'inbound-optional', 'configured')
    # the first packets meet the direction already
    lines = [line.split()[0] for line in rekeys.recorded(passive)]
    told = lines.index('direction')
    lab.check('acl' in lines[told:], 'no list after the direction')

    command(lab, active, 'inbound-optional')
    directed(lab, active, 'inbound-optional', 'command')
    rekeyed(ks, active, passive)
    directed(lab, active, 'both', 'server')
    directed(lab, passive, 'inbound-optional', 'configured')

    command(lab, passive, 'both')
    directed(lab, passive, 'both', 'command')
    passive.wait_log('%GDOI-5-GM_CONV_SA_DUPLEX_LOCAL: ')
    before = groups.spis(passive)
    conf['groups']['getvpn']['member']['direction'] = 'inbound-only'
    passive.config(conf)
    lab.equal(passive.ctl('load-groups').returncode, 2, 'load-groups')
    directed(lab, passive, 'inbound-only', 'configured')
    lab.equal(groups.spis(passive), before, 'TEKs after the load')
    lab.equal(rekeys.recorded(passive, 'ready')[-1].split()[3], 'no',
              'a member that is inbound-only sends')

    for wrong in ('inbound-only', 'outbound'):
        command(lab, active, wrong, code=1)
    command(lab, active, 'inbound-optional')
    active.halt()
    active.start()
    groups.registered(active)
    lab.equal(groups.group(active)['direction'], 'both',
              'direction after a restart')
