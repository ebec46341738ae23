# SPDX-License-Identifier: GPL-2.0-or-later
"""GM-006, GM-007, GM-010, LOG-132."""

import time

import groups
from netlab import until

LIFETIME = 90
MARGIN = 20
TIMEOUT = 150


def run(lab):
    ks, gm = groups.pair(lab)
    ks.config(groups.server_conf({'getvpn': groups.server(
        teks={'data': {'lifetime': f'{LIFETIME}s'}})}))
    gm.config(groups.member_conf({'getvpn': groups.member(
        keep_phase1='yes', reregister_margin=f'{MARGIN}s')}))
    groups.start(ks, gm)
    first = groups.registered(gm)
    started = time.monotonic()
    old = groups.spis(gm)
    left = int(first['reregister-in'])
    lab.check(LIFETIME - MARGIN - 20 <= left <= LIFETIME - MARGIN,
              f'registers again in {left} s, not {MARGIN} s before the end')
    gm.wait_log('%GDOI-.-GM_RE_REGISTER', timeout=left + 5)
    ks.wait_log('%GDOI-.-KS_REGG_COMPL', count=2)
    took = time.monotonic() - started
    lab.check(took >= left - 3, f'registered again after {took:.0f} s')
    new = until(lambda: groups.spis(gm) - old, 'a new TEK', 5)
    lab.equal(len(groups.members(ks)), 1, 'members')
    lab.equal(len(gm.logged('initiating Main Mode')), 1, 'phase 1 attempts')
    # old and new coexist, then the old one goes
    spi, gone = '0x' + new.pop(), '0x' + old.pop()
    lab.check(gm.recorded(call='add_sa', spi=spi, inbound=True),
              'the new SA is not installed')
    lab.check(not gm.recorded(call='del_sa', spi=gone),
              'the old SA went too early')
    until(lambda: gm.recorded(call='del_sa', spi=gone), 'end of the old SA',
          LIFETIME + 10)
    added = [call['time'] for call in gm.recorded(call='add_sa', spi=spi)]
    ended = [call['time'] for call in gm.recorded(call='del_sa', spi=gone)]
    lab.check(max(added) < min(ended), 'a gap between the SAs')
    groups.registered(gm)
