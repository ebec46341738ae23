# SPDX-License-Identifier: GPL-2.0-or-later
"""Access lists in force: what crypto maps were told, and what is listed."""

from netlab import Failure, until


def lists(host):
    """All lists that a member's crypto map got: (fallback, lines)."""
    found = []
    try:
        with open(host.path('cryptomap.log'), encoding='utf-8') as log:
            for line in log:
                if line.startswith('acl '):
                    found.append((line.split()[3:] == ['fallback'], []))
                elif line.startswith('  '):
                    found[-1][1].append(line.strip())
    except FileNotFoundError:
        pass
    return found


def wait_list(host, lines, fallback=False, timeout=15):
    """Wait until a member's crypto map has a list."""
    def reached():
        last = lists(host)
        return last and last[-1] == (fallback, lines)
    try:
        until(reached, 'list', timeout)
    except Failure:
        raise Failure(f'the last list of {host.name} is '
                      f'{(lists(host) or ["none"])[-1]}, not '
                      f'{(fallback, lines)}') from None


def listed(host, role='gm', **request):
    """Rows of list-policies, as dictionaries of text."""
    rows = host.vici().streamed_request('list-policies', 'list-policy',
                                        request)
    rows = [{key: value.decode() for key, value in row.items()
             if isinstance(value, bytes)} for row in rows]
    return [row for row in rows if row['role'] == role]


def effective(host, role='gm'):
    """Lines in force: (action, origin, text)."""
    return [(row['action'], row['origin'], row['text'])
            for row in listed(host, role, effective='yes')]


def packet(host, text, role='gm'):
    """What becomes of a packet: (outbound, inbound, position or None)."""
    row, = listed(host, role, packet=text)
    return row['outbound'], row['inbound'], row.get('position')


def load(host, conf, code=2):
    """Load groups at run time; returns what gdoictl wrote."""
    host.config(conf)
    done = host.ctl('load-groups')
    if done.returncode != code:
        raise Failure(f'load-groups on {host.name} ended with '
                      f'{done.returncode}: {done.stdout}')
    return done.stdout + (done.stderr or '')
