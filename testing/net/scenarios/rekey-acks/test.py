# SPDX-License-Identifier: GPL-2.0-or-later
"""ACK-001, ACK-003 to ACK-011, ACK-013, ACK-016, ACK-019, ACK-025, ACK-026,
ATD-003, ATD-004, GM-011, LOG-154, REKEY-013, REKEY-021."""

import groups
import rekey_wire
import rekeys
import wire
from netlab import until

# group: settings, exchange of the ACKs and KEK_ACK_REQUESTED
MODES = {
    'cisco': ({'acknowledgement': 'cisco'}, 240, None),
    'rfc256': ({'acknowledgement': 'interoperable'}, 35, 1),
    'rfc512': ({'acknowledgment': 'interoperable',
                'acknowledgement_hash': 'sha512'}, 35, 3),
    'any': ({'acknowledgement': 'any'}, 240, None),
    'foreign': ({'acknowledgement': 'any'}, 35, 1),
    'one': ({'acknowledgement': 'interoperable', 'eject_after': 1,
             'retransmit_tries': 1, 'retransmit_interval': '2s'}, 35, 1),
    'three': ({'retransmit_tries': 0, 'eject_after': 3}, 240, None)}
# a rekey's ACKs are missing only after this time, RFC 8263
PATIENCE = 10
TIMEOUT = 120
# what our Vendor IDs begin with is read off the first message on the wire
VENDOR_ID = 13


def vendor_id(data):
    """Where the feature octet of our Vendor ID is in a phase 1 message."""
    at = 28
    kind = data[16]
    while kind and at + 4 <= len(data):
        size = int.from_bytes(data[at + 2:at + 4], 'big')
        if kind == VENDOR_ID and size == 20:
            found = data[at + 4:at + 20]
            if found[12] in (1, 2, 3) and found[13] == 1:
                return at + 19
        kind, at = data[at], at + size
    return None


def learn_vendor_id(lab, gm):
    """Have a member speak to nobody, to see where its Vendor ID is."""
    capture = gm.capture('eth0', 'udp port 848', name='vendor')
    gm.start()
    first = until(lambda: [data for _, head, data in wire.messages(capture)
                           if head.exchange == wire.MAIN], 'phase 1 message')
    offset = vendor_id(first[0])
    lab.check(offset, 'no Vendor ID of ours in the first message')
    gm.halt()
    return offset


def configure(ks, members):
    """A group and a member for each mode."""
    sections = {}
    for number, (name, gm) in enumerate(zip(MODES, members), 1):
        sections[name] = rekeys.server(
            identity=number, tek=3600, kek=86400,
            rekey={'transport': 'unicast'} | MODES[name][0])
        gm.config(groups.member_conf({name: groups.member(number)}))
        rekeys.listen(gm)
    # what the member that is removed after one rekey comes back for
    sections['one']['server']['teks']['data']['lifetime'] = '60s'
    sections['one']['server']['kek']['lifetime'] = '180s'
    ks.config(groups.server_conf(sections))
    groups.make_key(ks)


def row(ks, name):
    """The key server's row about the only member of a group."""
    found = groups.members(ks, name)
    return found[0] if found else None


def booked(ks, name, count):
    """Wait until so many ACKs of a group's member are booked."""
    until(lambda: int(row(ks, name)['acks-received']) >= count,
          f'{count} ACKs of group {name}')


def check_mode(lab, name, number, gm, capture):
    """Decode what went over the wire in one group."""
    _, exchange, asked = MODES[name]
    listener = rekeys.decoded(capture, gm, f'10.1.{number}.1')
    lab.check(len(listener.pushes) >= 2, f'PUSHes of group {name}')
    lab.equal({one.exchange for one in listener.acks}, {exchange},
              f'exchange types of ACKs in group {name}')
    lab.equal({kind for kek in listener.keks.values() for kind in kek.acks},
              {asked}, f'requests for an ACK in group {name}')
    delays = {value for push in listener.pushes for gap in push.sa['gap']
              for kind, value in gap if kind == 1}
    if name == 'foreign':
        lab.check(delays and max(delays) <= 3570, f'ATD {delays}')
    else:
        lab.equal(delays, set(), f'ATD for our own member of {name}')
    return listener


def silence(lab, numbers):
    """Lose the ACKs of some members; the other direction goes on."""
    for number in numbers:
        for exchange in (wire.PUSH_ACK, rekey_wire.ENCRYPTED_ACK):
            groups.drop(lab, f'ip saddr 10.1.{number}.1 udp dport 848 '
                             f'@th,208,8 {exchange}')


def first_round(lab, ks, members, captures):
    """Everybody acknowledges, in the way of its group."""
    for count, words in enumerate(((), ('--replace',)), 1):
        for name in MODES:
            rekeys.rekey(ks, *words, name=name)
        for name, gm in zip(MODES, members):
            rekeys.received(gm, count)
            booked(ks, name, count)
    for number, (name, gm) in enumerate(zip(MODES, members), 1):
        check_mode(lab, name, number, gm, captures[number - 1])
        lab.equal(int(row(ks, name)['acks-missed']), 0,
                  f'ACKs missed in group {name}')


def miss_one(lab, ks, gm, capture):
    """One rekey and its retransmission stay without ACK."""
    before = len(rekeys.pushes(capture))
    rekeys.rekey(ks, name='one')
    until(lambda: len(rekeys.pushes(capture)) == before + 2,
          'retransmission to who has not acknowledged')
    # the copy has a number of its own, so that it gets an ACK of its own
    rekeys.received(gm, 2)


def age(ks, name):
    """Seconds since a group's last rekey."""
    return int(rekeys.row(ks, name, 'ks').get('last-rekey', 0))


def miss_three(lab, ks, gm, capture):
    """Three rekeys stay without ACK; the fourth isn't sent any more."""
    for count in range(1, 4):
        rekeys.rekey(ks, name='three')
        rekeys.received(gm, count)
        until(lambda: age(ks, 'three') >= PATIENCE, 'end of the wait', 20)
        lab.check(row(ks, 'three'), f'removed after {count} rekeys')
    sent = len(rekeys.pushes(capture))
    rekeys.rekey(ks, name='three')
    ks.wait_log('%GDOI-.-KS_NACK_GM_EJECT: .*three')
    until(lambda: not row(ks, 'three'), 'removal of the silent member')
    rekeys.rekey(ks, name='three')
    lab.equal(len(rekeys.pushes(capture)), sent,
              'PUSHes after a rekey to nobody')


def run(lab):
    groups.needs_plugins(lab)
    numbers = range(1, len(MODES) + 1)
    ks, *members = lab.star('ks1', *[f'gm{n}' for n in numbers])
    configure(ks, members)
    by_name = dict(zip(MODES, members))
    offset = learn_vendor_id(lab, by_name['foreign'])
    number = list(MODES).index('foreign') + 1
    groups.filter_rule(
        lab, f'ip saddr 10.1.{number}.1 udp dport 848 @th,208,8 {wire.MAIN} '
             f'@th,192,8 1 @th,{64 + 8 * offset},8 set 0')
    ks.start()
    captures = [gm.capture('eth0', 'udp port 848') for gm in members]
    groups.start(*members)
    for name, gm in by_name.items():
        groups.registered(gm, name=name)
    first_round(lab, ks, members, captures)
    one, three = by_name['one'], by_name['three']
    lost = [list(MODES).index(name) + 1 for name in ('one', 'three')]
    silence(lab, lost)
    for host in (ks, one, three):
        host.mark()
    miss_one(lab, ks, one, captures[lost[0] - 1])
    miss_three(lab, ks, three, captures[lost[1] - 1])
    # removed at its next rekey; it notices when its TEK is about to end
    ks.wait_log('%GDOI-.-KS_NACK_GM_EJECT: .*one', 40)
    one.wait_log('%GDOI-.-GM_RE_REGISTER: .*one', 60)
    until(lambda: row(ks, 'one'), 'member that came back')
    rekeys.wait_current(ks, one, name='one')
    lab.equal(three.ctl('register', 'three').returncode, 0, 'exit code')
    until(lambda: row(ks, 'three'), 'member that registered again')
