# SPDX-License-Identifier: GPL-2.0-or-later
"""Reload and restart; LOG-141, KS-005."""

import signal

import groups
from netlab import merge, until

TIMEOUT = 120


def run(lab):
    ks, gm = groups.pair(lab)
    none = {'connections': groups.server_conf()['connections'],
            'secrets': groups.secrets()}
    ks.config(none)
    tree = groups.member_conf({'getvpn': groups.member(
        retry_initial='1s', retry_max='2s')})
    gm.config(tree)
    ks.start()
    ks.config(groups.server_conf())
    ks.reload()
    groups.wait_state(ks, 'ACTIVE', role='ks')
    gm.start()
    groups.registered(gm)
    first = groups.spis(gm)

    # the member's charon goes without saying goodbye, and comes back
    gm.halt(signal.SIGKILL)
    gm.start()
    groups.registered(gm)
    lab.equal(groups.spis(gm), first, 'TEKs after the member\'s restart')
    lab.equal(len(groups.members(ks)), 1, 'members')

    # the key server restarts and has forgotten everything
    lab.equal(ks.halt(), 0, 'exit code of charon')
    ks.start()
    groups.registered(gm)
    gm.mark()
    gm.ctl('register', 'getvpn')
    gm.wait_log('%GDOI-5-GM_REGS_COMPL', timeout=60)
    lab.check(groups.spis(gm) & groups.spis(ks), 'no TEK in common')

    # a second group beside the first, then without it again
    gm.config(merge(tree, {'groups': {'two': groups.member(
        7, interface='lo')}}))
    gm.reload()
    until(lambda: groups.group(gm, 'two'), 'second group')
    gm.config(tree)
    gm.reload()
    until(lambda: not groups.group(gm, 'two'), 'end of the second group')
    groups.registered(gm)

    # a removed group takes its SAs with it
    live = {one['spi'] for one in gm.recorded(call='add_sa')}
    gm.config({'connections': tree['connections'],
               'secrets': tree['secrets']})
    gm.reload()
    until(lambda: not groups.group(gm), 'end of the group')
    until(lambda: live <= {one['spi'] for one in gm.recorded(call='del_sa')},
          'end of its SAs')
    lab.equal(gm.halt(), 0, 'exit code of charon')
