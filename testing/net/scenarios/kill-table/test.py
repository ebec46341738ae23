# SPDX-License-Identifier: GPL-2.0-or-later
"""KS-001, GM-001, GM-007, REKEY-028 under kill -9 at each message of PULL,
PUSH and either kind of ACK."""

import concurrent.futures

import groups
import rekeys
from netlab import Failure, until

# who dies, when, at which message
TABLE = (
    ('gm', 'abort_after', 'out:32:1'), ('ks', 'abort', 'in:32:1'),
    ('ks', 'abort_after', 'out:32:1'), ('gm', 'abort', 'in:32:1'),
    ('gm', 'abort_after', 'out:32:2'), ('ks', 'abort', 'in:32:2'),
    ('ks', 'abort_after', 'out:32:2'), ('gm', 'abort', 'in:32:2'),
    ('ks', 'abort_after', 'out:33:1'), ('gm', 'abort', 'in:33:1'),
    ('gm', 'abort_after', 'out:240:1'), ('ks', 'abort', 'in:240:1'),
    ('gm', 'abort_after', 'out:35:1'), ('ks', 'abort', 'in:35:1'))
# seconds after the crash until everything is well again
DEADLINE = 60
TIMEOUT = 180


def configure(number, rule, ks, gm):
    """A pair of hosts that don't wait long."""
    local = f'10.0.{7 + number}.1'
    rekey = {'transport': 'unicast', 'acknowledgement':
             'interoperable' if ':35:' in rule else 'cisco'}
    ks.config(groups.server_conf(
        {'getvpn': rekeys.server(local=local, rekey=rekey)}, local=local))
    groups.make_key(ks)
    gm.config(groups.member_conf(
        {'getvpn': groups.member(register_timeout='5s', retry_initial='1s')},
        {'ks1': local}))


def agree(ks, gm):
    """Whether a pair is well: registered, known, with the newest keys."""
    return groups.group(gm).get('state') == 'REGISTERED' and \
        groups.members(ks) and rekeys.current(ks, gm)


def begin(host, victim):
    """Start charon; the victim may be dead before it is configured."""
    host.start(load=False)
    try:
        host.load()
    except Failure:
        if host is not victim:
            raise


def case(number, row, ks, gm):
    """One line of the table; returns what went wrong."""
    role, kind, rule = row
    victim = ks if role == 'ks' else gm
    what = f'{role} {kind} {rule}'
    try:
        victim.plugins = {'gdoi': {'impair': {kind: rule}}}
        begin(ks, victim)
        begin(gm, victim)
        if ':32:' not in rule:
            groups.registered(gm)
            ks.ctl('rekey', 'getvpn')
        victim.killed(30)
        victim.plugins = {}
        victim.start()
        until(lambda: agree(ks, gm), 'common keys', DEADLINE)
        # and the rekeys go on
        gm.mark()
        rekeys.received(gm, 1, 40)
        until(lambda: agree(ks, gm), 'common keys after a rekey')
        # what a thread started ends with the thread
        for host in (gm, ks):
            if host.halt():
                return f'{what}: exit code of charon on {host.name}'
    except Failure as error:
        return f'{what}: {error}'
    return None


def run(lab):
    rekeys.needs_impairments(lab)
    groups.needs_plugins(lab)
    names = [f'{role}{n}' for n in range(1, len(TABLE) + 1)
             for role in ('ks', 'gm')]
    lab.star(*names)
    pairs = [(number, row, lab[f'ks{number}'], lab[f'gm{number}'])
             for number, row in enumerate(TABLE, 1)]
    for number, row, ks, gm in pairs:
        configure(number, row[2], ks, gm)
    with concurrent.futures.ThreadPoolExecutor(len(TABLE)) as pool:
        wrong = list(pool.map(lambda one: case(*one), pairs))
    lab.checks += len(TABLE)
    lab.equal([one for one in wrong if one], [], 'lines of the table')
