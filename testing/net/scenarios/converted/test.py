# SPDX-License-Identifier: GPL-2.0-or-later
"""CFG-001, CFG-002, CFG-005, D3P-001, D3P-002, TBAR-011, GM-025: the plugins understand the converter's output."""

import os
import re

import groups

CASES = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                     *('..',) * 3, 'convert', 'cases')


def converted(name):
    with open(os.path.join(CASES, name, 'swanctl.txt'),
              encoding='utf-8') as text:
        return text.read()


def undecided(text):
    """Paths of the lines that were left to the administrator."""
    path = []
    for line in map(str.strip, text.splitlines()):
        if line.endswith('{'):
            path.append(line[:-1].strip())
        elif line == '}':
            path.pop()
        elif ' = UNDECIDED' in line and line[0] != '#' and \
                path[0] != 'connections':
            yield '.'.join(path + [line.split()[0]])


def loads(lab, host, name):
    host.config(converted(name))
    done = host.ctl('load-groups', '--dry-run')
    lab.equal(done.returncode, 2, f'{name}: {done.stdout}')


def refused(lab, host, name):
    text = converted(name)
    host.config(text)
    done = host.ctl('load-groups')
    lab.equal(done.returncode, 1, f'{name}: {done.stdout}')
    paths = list(undecided(text))
    lab.check(paths, f'nothing undecided in {name}')
    for path in paths:
        lab.check(re.search(re.escape(path) + r'\b', done.stdout),
                  f'{path} is not named in: {done.stdout}')


def run(lab):
    ks, gm = groups.pair(lab)
    groups.start(ks, gm)
    groups.make_key(ks, 'group1-export-general.pem')
    groups.make_key(ks, 'key1.pem')
    for name in ('guide-key-server', 'replay-d3p', 'replay-counter'):
        loads(lab, ks, name)
    loads(lab, gm, 'complete')
    for name in ('lists', 'multicast', 'modes', 'replay-time'):
        refused(lab, ks, name)
    # what ran before still does
    groups.registered(gm)
