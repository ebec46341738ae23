# SPDX-License-Identifier: GPL-2.0-or-later
"""KS-001, KS-003, KS-004, KS-006, KS-008, KS-010, GM-001, LOG-135, LOG-147,
LOG-156."""

import groups
import wire


def check_wire(lab, capture, member):
    messages = wire.messages(capture)
    lab.check(all({one.sport, one.dport} == {848} for one, _, _ in messages),
              'a message is not between ports 848')
    first = [data for _, head, data in messages
             if head.exchange == wire.MAIN and not head.flags & 1][:2]
    lab.equal([wire.phase1_doi(data) for data in first], [2, 2],
              'DOI of the phase 1 SA payloads')
    pulls = wire.of_exchange(capture, wire.PULL)
    lab.equal([one.src == member for one, _, _ in pulls],
              [True, False, True, False], 'direction of the PULL messages')
    lab.equal(len({head.mid for _, head, _ in pulls}), 1, 'message IDs')
    for datagram, head, data in pulls:
        lab.equal(head.length, len(data), 'length of a PULL message')
        lab.check(head.flags == 1, 'PULL is encrypted')


def check_sas(lab, members):
    spis = [groups.spis(one) for one in members]
    lab.check(spis[0] == spis[1] == spis[2] and len(spis[0]) == 1,
              f'members have TEKs {spis}')
    spi = '0x' + spis[0].pop()
    seen = set()
    for one in members:
        for inbound in (True, False):
            calls = one.recorded(call='add_sa', spi=spi, inbound=inbound)
            lab.check(calls, f'no SA {spi}, inbound {inbound}, on {one.name}')
            seen |= {(call['enc_key_hash'], call['int_key_hash'],
                      call['enc_alg'], call['enc_key_len'],
                      call['int_alg'], call['int_key_len'])
                     for call in calls}
        lab.check(one.recorded(call='add_policy', esp_spi=spi),
                  f'no policy of {one.name} is pinned to {spi}')
    lab.equal(len(seen), 1, 'different keys or algorithms')
    lab.equal(seen.pop()[2:], (12, 32, 12, 32), 'AES-CBC-256 with SHA-256')


def run(lab):
    ks, *members = groups.pair(lab, 3)
    ks.config(groups.server_conf({'getvpn': groups.server(
        kek=groups.kek())}))
    groups.make_key(ks)
    ks.start()
    capture = members[0].capture('eth0')
    groups.start(*members)
    groups.registered(*members)
    lab.equal(sorted(one['address'] for one in groups.members(ks)),
              ['10.1.1.1', '10.1.2.1', '10.1.3.1'], 'members of the group')
    check_wire(lab, capture, '10.1.1.1')
    check_sas(lab, members)
    lab.equal(ks.recorded(call='add_sa'), [], 'SAs on the key server')
    for one in members:
        one.wait_log(r'%GDOI-5-GM_REGS_COMPL: Registration to KS 10\.0\.8\.1 '
                     r'complete for group getvpn using address 10\.1\.\d\.1')
    ks.wait_log(r'%GDOI-\d-KS_FIRST_GM: ')
    ks.wait_log(r'%GDOI-\d-KS_REGG_COMPL: ', count=3)
    for host in (ks, *members):
        lab.equal(host.halt(), 0, f'exit code of charon on {host.name}')
