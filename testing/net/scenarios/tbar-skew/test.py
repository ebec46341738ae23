# SPDX-License-Identifier: GPL-2.0-or-later
"""TBAR-020 to TBAR-023, LOG-001, LOG-002, LOG-163."""

import re
import signal
import time

import freshness
import groups
import rekeys
from netlab import until

TIMEOUT = 120

TOO_OLD = (r'%GDOI-3-PSEUDO_TIME_TOO_OLD: Rekey received in group getvpn is '
           r'too old and fail PST check: my_pst is (\d+) sec, peer_pst is '
           r'(\d+) sec, allowable_skew is (\d+) sec')
LARGE = (r'%GDOI-3-PSEUDO_TIME_LARGE: Pseudotime difference between key '
         r'server \((\d+) sec\) and GM \((\d+) sec\) is larger than expected '
         r'in group getvpn\. Adjust to new pseudotime')


def behind(host, ks):
    """Seconds that a member's pseudotime is behind its key server's."""
    return float(freshness.row(ks, 'ks')['pseudotime']) - \
        float(freshness.row(host)['time'])


def late(ks, host, seconds):
    """A rekey waits for a member that is stopped."""
    host.mark()
    sent = freshness.sent(ks)
    host.signal(signal.SIGSTOP)
    try:
        rekeys.rekey(ks)
        until(lambda: freshness.sent(ks) > sent, 'rekey')
        since = time.clock_gettime(time.CLOCK_BOOTTIME)
        until(lambda: time.clock_gettime(time.CLOCK_BOOTTIME) - since >=
              seconds, 'seconds')
    finally:
        host.signal(signal.SIGCONT)


def smaller(lab, ks, members):
    """Within the window: taken over, and put right by the next one."""
    gm = members[0]
    late(ks, gm, 2.5)
    rekeys.wait_current(ks, *members)
    lab.check(2 < behind(gm, ks) < 8, f'{gm.name} is {behind(gm, ks)} s behind')
    rekeys.rekey(ks)
    rekeys.wait_current(ks, *members)
    lab.check(abs(behind(gm, ks)) < 1, f'{gm.name} is {behind(gm, ks)} s off')
    lab.check(not gm.logged('PSEUDO_TIME'), 'a difference within the window')
    lab.equal(int(freshness.row(gm)['sync-errors']), 0, 'errors')


def too_old(lab, ks, members):
    """Beyond it: dropped, and told with both times."""
    gm, *others = members
    old = groups.spis(gm)
    late(ks, gm, 3.2)
    found = gm.wait_log(TOO_OLD)
    mine, theirs, allowed = (int(one) for one in found.groups())
    lab.check(mine - theirs >= 2 and allowed == 2, found.group())
    rekeys.wait_current(ks, *others)
    lab.equal(groups.spis(gm), old, 'TEKs after what was dropped')
    lab.check(abs(behind(gm, ks)) < 1, f'{gm.name} is {behind(gm, ks)} s off')
    lab.check(int(freshness.row(gm)['sync-errors']) >= 1, 'no error is counted')
    # with the next rekey all is well
    rekeys.rekey(ks)
    rekeys.wait_current(ks, *members)


def larger(lab, ks, gm):
    """A member that is behind is brought forward, and says so."""
    gm.start()
    groups.registered(gm)
    off = behind(gm, ks)
    lab.check(off > 2.2, f'{gm.name} is only {off} s behind')
    lab.check(not gm.logged('PSEUDO_TIME'), 'a registration is compared')
    rekeys.rekey(ks)
    found = gm.wait_log(LARGE)
    theirs, mine = (int(one) for one in found.groups())
    lab.check(theirs - mine >= 2, found.group())
    rekeys.wait_current(ks, gm)
    lab.check(abs(behind(gm, ks)) < 1, f'{gm.name} is {behind(gm, ks)} s off')
    lab.equal(int(freshness.row(gm)['sync-errors']), 1, 'errors')
    gm.mark()
    rekeys.rekey(ks)
    rekeys.wait_current(ks, gm)
    lab.check(not gm.logged('PSEUDO_TIME'), 'told twice')


def run(lab):
    rekeys.needs_impairments(lab)
    ks, *members = rekeys.lan(lab, 3, tek=3600, kek=86400)
    newcomer = members.pop()
    # the second message of a registration is held back
    newcomer.plugins = {'gdoi': {'impair': {'delay': 'in:32:1',
                                            'delay_time': 3200}}}
    newcomer.config(groups.member_conf({'getvpn': groups.member(
        register_timeout='20s')}))
    conf = groups.server_conf({'getvpn': rekeys.server(
        tek=3600, kek=86400, replay='time', replay_window='10s',
        replay_tick='100ms')})
    ks.config(conf)
    groups.start(ks, *members)
    groups.registered(*members)
    smaller(lab, ks, members)
    freshness.load(lab, ks, members, conf, False, replay_window='2s')
    rekeys.rekey(ks, '--replace')
    rekeys.wait_current(ks, *members)
    freshness.shows(members, method='time', window_ms=2000)
    too_old(lab, ks, members)
    larger(lab, ks, newcomer)
    lab.check(not re.search('PSEUDO_TIME', members[1].log_text()),
              'a member that was in time')
    rekeys.loss_free(lab, *members)
