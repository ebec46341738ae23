# SPDX-License-Identifier: GPL-2.0-or-later
"""ACK-006, ACK-017, ACK-018, LOG-016, LOG-111, LOG-120, LOG-143, LOG-162,
REKEY-016, REKEY-018, REKEY-019; gdoi-wire section 4.2."""

import struct

import groups
import rekey_wire
import rekeys
from netlab import until

GM, STRANGER = '10.1.1.1', '10.1.1.99'
PUSH_COUNTERS = ('rekeys-duplicate', 'rekeys-replayed', 'rekeys-invalid',
                 'rekeys-unusable', 'rekeys-refused', 'rekeys-late')
COUNTERS = ('acks-duplicate', 'acks-stale', 'acks-unsolicited',
            'acks-refused', 'acks-invalid')
TIMEOUT = 60


def state(ks, gm):
    """What no such message may change."""
    book = groups.members(ks)[0]
    seen = rekeys.row(gm)
    return (groups.spis(gm), len(gm.recorded(call='add_sa')),
            len(gm.recorded(call='del_sa')), seen['spi'],
            seen['sequence'], seen['rekeys-received'],
            book['acks-received'], book['rekeys-sent'])


def dropped(gm):
    """PUSHes that a member dropped, whatever the reason."""
    seen = rekeys.row(gm)
    return sum(int(seen[key]) for key in PUSH_COUNTERS) + sum(
        int(value) for key, value in groups.stats(gm)['transport'].items()
        if key.startswith('dropped'))


def refused_acks(ks):
    """ACKs that the key server didn't book, whatever the reason."""
    seen = rekeys.row(ks, role='ks')
    return sum(int(seen[key]) for key in COUNTERS) + sum(
        int(value) for key, value in groups.stats(ks)['transport'].items()
        if key.startswith('dropped'))


def damaged(data):
    """Copies with one wrong bit, from the header to the last block.

    The cookies are left alone: under a KEK that it doesn't know a member
    suspects another life of its key server, see rekey-recovery.
    """
    found = []
    for at in (16, 17, 19, 21, 26, 28, 30, 45, 60, len(data) // 2,
               len(data) - 140, len(data) - 17, len(data) - 1):
        if 0 <= at < len(data):
            wrong = bytearray(data)
            wrong[at] ^= 0x10
            found.append(bytes(wrong))
    return found + [data[:-16], data[:28], data[:20], data + bytes(16)]


def forged(listener, push):
    """A PUSH with a higher number under the old signature."""
    kek = listener.keks[push.spi]
    return rekey_wire.encrypt(
        kek, push.data, push.plain[:4] + struct.pack('>I', push.seq + 100) +
        push.plain[8:])


def unchanged(lab, ks, gm, before, what):
    """Check that messages changed nothing."""
    lab.equal(state(ks, gm), before, what)


def attack_member(lab, ks, gm, listener):
    """Send a member old, damaged and forged PUSHes."""
    before = state(ks, gm)
    last = listener.pushes[-1]
    old = [one.data for one in listener.pushes[:-1]]
    count = dropped(gm)
    rekeys.inject(ks, *[(groups.KS, GM, data) for data in old])
    until(lambda: dropped(gm) >= count + len(old), 'drop of replays')
    gm.wait_log('%GDOI-3-GDOI_REKEY_SEQ_FAILURE: ')
    unchanged(lab, ks, gm, before, 'after old PUSHes')
    wrong = damaged(last.data)
    count = dropped(gm)
    rekeys.inject(ks, *[(groups.KS, GM, data) for data in wrong])
    until(lambda: dropped(gm) >= count + len(wrong), 'drop of damage')
    unchanged(lab, ks, gm, before, 'after damaged PUSHes')
    count = dropped(gm)
    rekeys.inject(ks, (groups.KS, GM, forged(listener, last)))
    until(lambda: dropped(gm) > count, 'drop of a forged PUSH')
    gm.wait_log('%GDOI-.-GDOI_REKEY_FAILURE: ')
    unchanged(lab, ks, gm, before, 'after a forged PUSH')


def attack_server(lab, ks, gm, listener):
    """Send the key server old, damaged and forged ACKs."""
    before = state(ks, gm)
    last = listener.acks[-1]
    count = refused_acks(ks)
    wrong = damaged(last.data)
    sent = [(GM, data) for data in
            [one.data for one in listener.acks] + wrong] + [
        (address, rekey_wire.plain_ack(listener.keks[last.spi], number,
                                       address))
        for number, address in ((last.seq, STRANGER), (last.seq + 7, GM))]
    rekeys.inject(gm, *[(address, groups.KS, data) for address, data in sent])
    until(lambda: refused_acks(ks) >= count + len(sent), 'refusal of ACKs')
    unchanged(lab, ks, gm, before, 'after wrong ACKs')
    ks.wait_log('%GDOI-.-KS_UNSOL_ACK: .*' + STRANGER)
    ks.wait_log('%GDOI-.-KS_BLACKHOLE_ACK: ')


def run(lab):
    ks, gm = rekeys.pair(lab, 1, tek=3600, kek=86400, rekey={
        'transport': 'unicast', 'acknowledgement': 'interoperable'})
    ks.start()
    capture = gm.capture('eth0', 'udp port 848')
    gm.start()
    groups.registered(gm)
    for count in range(1, 4):
        rekeys.rekey(ks)
        rekeys.received(gm, count)
        until(lambda: int(groups.members(ks)[0]['acks-received']) == count,
              'ACK booked')
    listener = rekeys.decoded(capture, gm)
    lab.equal(len(listener.acks), 3, 'ACKs')
    attack_member(lab, ks, gm, listener)
    attack_server(lab, ks, gm, listener)
    # the forged number was not stored, and nothing else broke
    gm.mark()
    rekeys.rekey(ks)
    rekeys.received(gm, 1)
    rekeys.wait_current(ks, gm)
    until(lambda: int(groups.members(ks)[0]['acks-received']) == 4,
          'ACK booked after the attacks')
    lab.equal(len(gm.logged('initiating Main Mode')), 0, 'registrations')
