# SPDX-License-Identifier: GPL-2.0-or-later
"""KS-017, KS-018, KS-019, LOG-133, LOG-144, REKEY-021, REKEY-030; gdoi-wire
section 4.5."""

import groups
import rekeys
from netlab import until

ADDRESSES = ('10.1.1.1', '10.1.2.1', '10.1.3.1')
TIMEOUT = 90


def described(push):
    """SPIs of a PUSH's KEK and TEKs."""
    return (push.sa['sak'][0]['spi'] if push.sa['sak'] else None,
            {one['spi'] for one in push.sa['sat']})


def rekeyed(ks, members, *words):
    """Rekey and wait until all have taken it."""
    for host in (ks, *members):
        host.mark()
    rekeys.rekey(ks, *words)
    for host in members:
        rekeys.received(host, 1)
    rekeys.wait_current(ks, *members)


def replace(lab, ks, members):
    """TEKs that are replaced are gone at once, others live on."""
    first = groups.spis(members[0])
    rekeyed(ks, members)
    both = groups.spis(members[0])
    lab.check(first < both, 'a rekey took TEKs away')
    rekeyed(ks, members, '--replace')
    for host in members:
        until(lambda: not groups.spis(host) & both, 'end of replaced TEKs')
        gone = {call['spi'][2:] for call in host.recorded(call='del_sa')}
        lab.check(both <= gone, 'replaced SAs are still in the kernel')


def expel(lab, ks, members, capture):
    """One member is expelled; the others get two rekeys."""
    out, *others = members[::-1]
    for host in (ks, *members):
        host.mark()
    before = len(rekeys.pushes(capture))
    done = ks.ctl('remove-members', 'getvpn', ADDRESSES[2])
    lab.equal(done.returncode, 0, f'exit code; {done.stdout}')
    for host in others:
        rekeys.received(host, 2)
    rekeys.wait_current(ks, *others)
    until(lambda: len(rekeys.pushes(capture)) >= before + 4, 'four PUSHes')
    lab.equal(len(out.logged('%GDOI-.-GM_RECV_REKEY')), 0,
              'rekeys of the expelled member')
    listener = rekeys.decoded(capture, members[0])
    for address in ADDRESSES[:2]:
        kek, teks = [one for one in listener.pushes[before:]
                     if one.dst == address]
        new, old = described(kek)[0], kek.spi
        lab.check(new != old, 'the first PUSH brings no KEK')
        lab.equal(teks.spi, new, 'KEK of the second PUSH')
        fresh = described(teks)[1] - described(kek)[1]
        lab.check(fresh, 'the second PUSH brings no TEK')
        lab.check({spi.hex() for spi in fresh} >= rekeys.newest(ks),
                  'the newest TEK is not in the second PUSH alone')
    lab.check(ADDRESSES[2] not in {one.dst
                                   for one in listener.pushes[before:]},
              'a PUSH to the expelled member')
    lab.check(ADDRESSES[2] not in {one['address']
                                   for one in groups.members(ks)},
              'the expelled member is still listed')


def remove_all(lab, ks, members):
    """Everything is deleted at once; everybody registers again."""
    for host in (ks, *members):
        host.mark()
    old = set().union(*(groups.spis(host) for host in members))
    keks = rekeys.newest(ks, 'kek')
    done = ks.ctl('remove-members', 'getvpn', '--now')
    lab.equal(done.returncode, 0, f'exit code; {done.stdout}')
    ks.wait_log('%GDOI-.-KS_CLEAR_REGISTER: ')
    for host in members[:2]:
        host.wait_log('%GDOI-.-GM_RECV_DELETE: ')
        host.wait_log('%GDOI-.-GM_REGS_COMPL: ', 40)
    rekeys.wait_current(ks, *members[:2])
    for host in members[:2]:
        lab.check(not groups.spis(host) & old, f'old TEKs on {host.name}')
    lab.check(not rekeys.newest(ks, 'kek') & keks, 'the KEK was not replaced')


def run(lab):
    ks, *members = rekeys.pair(lab, 3, tek=3600, kek=86400)
    ks.start()
    capture = ks.capture('eth0')
    groups.start(*members)
    groups.registered(*members)
    replace(lab, ks, members)
    expel(lab, ks, members, capture)
    remove_all(lab, ks, members)
    rekeyed(ks, members[:2])
    rekeys.decoded(capture, members[0])
