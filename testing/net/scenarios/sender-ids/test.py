# SPDX-License-Identifier: GPL-2.0-or-later
"""Sender IDs (RFC 6407 section 3.5, RFC 6054), KS-005."""

import signal

import groups
import rekeys
from netlab import merge, until

TIMEOUT = 150
SECRET = '0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'
# of 64, a member asks for 4; a restart skips 4 at most
SIDS = {'bits': 8, 'server_bits': 2, 'server_id': 3}


def configure(ks):
    """A group with AES-GCM, and a store."""
    groups.make_key(ks)
    ks.plugins = {'gdoi-ks': {'store': {
        'uri': 'sqlite://' + ks.path('store.db')}}}
    ks.config(merge(
        groups.server_conf({'getvpn': rekeys.server(3600, 86400, teks={
            'data': {'esp_proposals': 'aes256gcm16'}}, sender_ids=SIDS)}),
        {'secrets': {'ppk-store': {'id': 'gdoi-store', 'secret': SECRET}}}))


def row(host):
    """The group's row of list-sids."""
    rows = list(host.vici().streamed_request('list-sids', 'list-sid'))
    return {key: value if isinstance(value, list) else value.decode()
            for key, value in rows[0].items()} if rows else {}


def register(ks, host):
    """Register a member again."""
    host.mark()
    before = row(ks)['used']
    host.ctl('register', 'getvpn')
    until(lambda: row(ks)['used'] != before, 'other Sender IDs')
    host.wait_log('%GDOI-5-GM_REGS_COMPL')


def given(ks):
    """Sender IDs that members have."""
    return [int(sid) for one in groups.members(ks) for sid in one['sids']]


def unique(lab, *members):
    """Check the states that members sent by; returns their number."""
    used = [(spi, sid) for host in members
            for _, _, spi, _, _, sid in map(str.split, rekeys.recorded(
                host, 'sid'))]
    # which is one state of each family and key
    lab.equal(len(used), len(set(used)), 'Sender IDs used once under a key')
    lab.check(all(int(sid) >> 6 == SIDS['server_id'] for _, sid in used),
              f'Sender IDs of another server: {used}')
    return len(used)


def run(lab):
    ks, *members = groups.pair(lab, 2)
    configure(ks)
    groups.start(ks, *members)
    groups.registered(*members)
    sids = given(ks)
    lab.equal(sorted(sids), list(range(192, 200)), 'Sender IDs given')
    shown = row(ks)
    lab.equal((shown['state'], shown['used'], shown['available']),
              ('READY', '8', '56'), 'list-sids')
    lab.equal(shown['transforms'], [b'aes-gcm-256'], 'transforms')
    until(lambda: unique(lab, *members) >= 2, 'states to send by')

    # they are kept over a rekey, and used under the new key
    rekeys.rekey(ks)
    rekeys.wait_current(ks, *members)
    lab.equal(row(ks)['used'], '8', 'used after a rekey')
    until(lambda: unique(lab, *members) >= 4, 'states under the new key')

    # killed in between: what was given is not given again
    last = max(sids)
    for _ in range(3):
        ks.halt(signal.SIGKILL)
        ks.mark()
        ks.start()
        ks.wait_log('%GDOI-5-KS_STORE_RESTORED: ')
        register(ks, members[0])
        sids = next(one['sids'] for one in groups.members(ks)
                    if one.get('sids'))
        lab.check(min(map(int, sids)) > last, f'{sids} after {last}')
        last = max(map(int, sids))
        unique(lab, *members)

    # it may have been killed before it wrote down that the other is a member
    register(ks, members[1])
    # all given: other keys for everybody, and the first Sender IDs again
    before = groups.spis(ks)
    ks.mark()
    while row(ks)['state'] == 'READY':
        register(ks, members[0])
    members[0].ctl('register', 'getvpn')
    ks.wait_log('%GDOI-4-KS_SIDS_EXHAUSTED: ')
    ks.wait_log('%GDOI-4-KS_SIDS_REINIT: ')
    until(lambda: rekeys.current(ks, *members), 'the new keys', 60)
    lab.check(not groups.spis(ks) & before, 'old TEKs live on')
    groups.registered(*members)
    lab.check(max(given(ks)) < 192 + 16, 'Sender IDs do not begin anew')
    lab.equal(row(ks)['reinitialisations'], '1', 'reinitialisations')
    unique(lab, *members)
