# SPDX-License-Identifier: GPL-2.0-or-later
"""GM-027, KS-019, KS-022, REKEY-017, REKEY-030; gdoi-wire sections 4.1 to
4.4."""

import groups
import rekey_wire
import rekeys
from netlab import until

# signature key, its size, cipher, hash, form of the signature
TABLE = (
    ('rsa', 2048, 'aes128', 'sha256', 'digest-info'),
    ('rsa', 4096, 'aes256', 'sha512', 'digest-info'),
    ('rsa', 3072, '3des', 'sha1', 'digest-info'),
    ('rsa', 2048, 'aes256', 'sha384', 'raw'),
    ('ecdsa', 256, 'aes192', None, 'ecdsa'),
    ('ecdsa', 384, 'aes256', None, 'ecdsa'),
    ('ecdsa', 521, 'aes128', None, 'ecdsa'))
HASHES = {256: 'sha256', 384: 'sha384', 521: 'sha512'}
TIMEOUT = 60


def configure(ks, gm, number, row):
    """A group for a row of the table; returns the key server's section."""
    kind, size, cipher, digest, form = row
    groups.make_key(ks, f'key{number}.pem', kind, size)
    gm.config(groups.member_conf({f'g{number}': groups.member(
        number, kek_proposals=f'{cipher}-{digest or HASHES[size]}')}))
    rekeys.listen(gm)
    return groups.server(
        number, kek=groups.kek(
            f'key{number}.pem', encryption=cipher, signature_hash=digest,
            signature_form='raw' if form == 'raw' else None),
        rekey={'transport': 'unicast'})


def check_row(lab, gm, number, row, capture):
    """Decode what a member got and answered."""
    address = f'10.1.{number}.1'
    listener = rekeys.decoded(capture, gm, address, forms=(row[4],))
    lab.equal([(one.seq, one.form) for one in listener.pushes],
              [(1, row[4]), (2, row[4]), (1, row[4])],
              f'numbers and forms of {row}')
    lab.equal(len({one.spi for one in listener.pushes}), 2,
              f'KEKs of {row}')
    rekeys.keys_installed(lab, listener, gm)
    rekeys.all_acknowledged(lab, listener, address,
                            exchange=rekey_wire.ENCRYPTED_ACK)


def run(lab):
    groups.needs_plugins(lab)
    numbers = range(1, len(TABLE) + 1)
    ks, *members = lab.star('ks1', *[f'gm{n}' for n in numbers])
    rows = list(zip(numbers, members, TABLE))
    ks.config(groups.server_conf(
        {f'g{number}': configure(ks, gm, number, row)
         for number, gm, row in rows}))
    ks.start()
    # a PUSH with keys of 4096 bits comes in two fragments
    captures = [gm.capture('eth0', 'udp or ip[6:2] & 0x1fff != 0')
                for gm in members]
    groups.start(*members)
    for number, gm, _ in rows:
        groups.registered(gm, name=f'g{number}')
    for count, words in enumerate(((), ('--replace',), ()), 1):
        for number, _, _ in rows:
            rekeys.rekey(ks, *words, name=f'g{number}')
        for number, gm, _ in rows:
            rekeys.received(gm, count)
            rekeys.wait_current(ks, gm, name=f'g{number}')
    for (number, gm, row), capture in zip(rows, captures):
        until(lambda: len(rekeys.acks(capture)) >= 3, 'three ACKs')
        check_row(lab, gm, number, row, capture)
