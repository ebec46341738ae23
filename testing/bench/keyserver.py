# SPDX-License-Identifier: GPL-2.0-or-later
"""What benchmarks of a key server with many members share."""

import os
import re
import shutil
import subprocess
import sys

import groups
import netlab

# name of the benchmark
NAME = os.path.basename(sys.argv[0])

# what a large key server sets, see gdoi(7)
SETTINGS = {
    'threads': 16, 'ikesa_table_size': 4096, 'ikesa_table_segments': 64,
    'init_limit_half_open': 5000, 'half_open_timeout': 30,
    'filelog': {'log': {'default': 0, 'ike': 0, 'cfg': 0, 'lib': 0,
                        'net': 0}}}


def server(lab, key_exchange, **extra):
    """Start a key server that takes members from 10.1.0.0/16.

    What is in extra goes into the group's section server.
    """
    host = lab.host('ks1')
    host.address('lo', '10.0.8.1/32')
    host.ip('route', 'add', 'local', '10.1.0.0/16', 'dev', 'lo')
    host.settings = SETTINGS
    host.plugins = {'gdoi-ks': {'pull_rate': 0, 'max_exchanges': 20000}}
    groups.make_key(host)
    group = groups.server(**netlab.merge(
        {'kek': groups.kek(), 'max_members': 20000}, extra))
    host.config(groups.server_conf(
        {'getvpn': group},
        proposals=', '.join(f'aes256-sha256-{one}' for one in key_exchange)))
    host.start()
    return host


def busy():
    """Seconds that all CPUs worked so far."""
    with open('/proc/stat', encoding='ascii') as stat:
        ticks = [int(one) for one in stat.readline().split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf('SC_CLK_TCK')


def idle(host):
    """Wait until no IKE_SA is left."""
    def none_left():
        return re.search(r'IKE_SAs: 0 total',
                         host.swanctl('--stats').stdout)
    netlab.until(none_left, 'end of all IKE_SAs', 60)


def verdict(goals, what, value, met, goal):
    """Print a figure with its goal."""
    goals.append(met)
    print(f'{NAME}: {what}: {value} (goal {goal}): '
          f'{"met" if met else "MISSED"}')


def finish(lab, options, results, measure):
    """Measure, clean up and print how many goals were met.

    measure() returns how many were, and how many not. Returns the exit code.
    """
    met = missed = 0
    good = False
    try:
        met, missed = measure()
        good = True
    except (netlab.Failure, subprocess.TimeoutExpired) as error:
        print(f'{NAME}: FAILED: {error}; logs in {results}')
        lab.collect()
    finally:
        lab.close()
    if good and not options.results:
        shutil.rmtree(results, ignore_errors=True)
    print(f'{NAME}: {met} goals met, {missed} missed')
    return 0 if good and not (options.strict and missed) else 1
