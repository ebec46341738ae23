# SPDX-License-Identifier: GPL-2.0-or-later
"""Plugin d3p: charon.plugins.d3p.load, history and warn."""

import groups


def loaded(host):
    """Names of the plugins that charon has loaded."""
    stats = host.swanctl('--stats').stdout
    return stats.partition('loaded plugins:')[2].split()


def run(lab):
    ks, gm1, gm2 = groups.pair(lab, 2)
    gm1.plugins = {'d3p': {'history': '0', 'warn': '101'}}
    gm2.plugins = {'d3p': {'load': 'no'}}
    groups.start(ks, gm1, gm2)
    groups.registered(gm1, gm2)
    lab.check('d3p' in loaded(ks) and 'd3p' in loaded(gm1),
              'the plugin is not loaded')
    lab.check('d3p' not in loaded(gm2), 'the plugin is loaded all the same')
    gm1.wait_log(r'charon\.plugins\.d3p\.history is 1 to 1000, not 0')
    gm1.wait_log(r'charon\.plugins\.d3p\.warn is 0 to 100, not 101')
    lab.check(not ks.logged(r'charon\.plugins\.d3p\.'),
              'defaults are out of range')
    lab.check(not gm1.logged('FRESHNESS_'),
              'a clock that nobody needs is told of')
    gm1.reload()
    groups.registered(gm1)
    lab.equal(gm1.halt(), 0, 'exit code with the plugin')
    lab.equal(gm2.halt(), 0, 'exit code without the plugin')

    gm1.plugins = {name: {'load': 'no'} for name in ('gdoi', 'gdoi-ks')}
    gm1.start(load=False)
    lab.check('gdoi' not in loaded(gm1), 'the gdoi plugin is loaded')
    lab.check('d3p' not in loaded(gm1), 'd3p stays without the gdoi plugin')
    lab.equal(gm1.halt(), 0, 'exit code without the gdoi plugin')
