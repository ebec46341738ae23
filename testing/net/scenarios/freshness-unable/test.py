# SPDX-License-Identifier: GPL-2.0-or-later
"""D3P-004, GM-030: whose programs can't be loaded."""

import freshness
import groups
import rekeys
from netlab import until

TIMEOUT = 120

REASON = (r'asks for time stamps in packets, which can.t be made here: that '
          r'takes plugin d3p')


def ability(host, able):
    """Have a member's crypto map be able to do time stamps, or not."""
    with open(host.path('cryptomap.log.freshness'), 'w',
              encoding='ascii') as played:
        played.write('' if able else 'unable\n')


def refuses(lab, ks, poor, able, conf, **changes):
    """One member refuses what the others take."""
    old = groups.spis(poor)
    poor.mark()
    before = freshness.sent(ks)
    freshness.change(conf, **changes)
    ks.config(conf)
    lab.equal(ks.ctl('load-groups').returncode, 2, f'load of {changes}')
    until(lambda: freshness.sent(ks) == before + 1, 'rekey')
    rekeys.wait_current(ks, *able)
    poor.wait_log(REASON)
    for line in rekeys.recorded(poor, 'stamped'):
        lab.check(line.endswith(' no'), line)
    lab.check(old <= groups.spis(poor), 'a TEK of before is gone')
    lab.equal(set(freshness.methods(poor)), {'none'}, 'methods of its TEKs')


def run(lab):
    ks, *able = rekeys.lan(lab, 3, tek=3600, kek=86400)
    poor = able.pop()
    conf = groups.server_conf({'getvpn': rekeys.server(tek=3600, kek=86400)})
    ks.config(conf)
    poor.config(groups.member_conf({'getvpn': groups.member(
        retry_initial='1s', retry_max='2s')}))
    ability(poor, False)
    groups.start(ks, *able, poor)
    groups.registered(*able, poor)
    refuses(lab, ks, poor, able, conf, d3p_window='1s')
    freshness.shows(able, method='d3p')
    # a registration is no other, until it can
    poor.mark()
    poor.ctl('register', 'getvpn')
    poor.wait_log(REASON)
    lab.equal(groups.spis(poor), set(), 'TEKs of a refused registration')
    ability(poor, True)
    rekeys.wait_current(ks, *able, poor)
    freshness.shows([poor], method='d3p', window_ms=1000)
    freshness.load(lab, ks, [*able, poor], conf, True, d3p_window=None)
    rekeys.rekey(ks, '--replace')
    rekeys.wait_current(ks, *able, poor)

    # and with pseudotime by the mnemonic of others
    ability(poor, False)
    refuses(lab, ks, poor, able, conf, replay='time')
    poor.wait_log('%GDOI-3-GM_NO_CRYPT0_ENGINE: Group getvpn demands '
                  'time-based anti-replay')
    rekeys.loss_free(lab, *able)
