# SPDX-License-Identifier: GPL-2.0-or-later
"""KS-027, KS-028, SHOW-001 to SHOW-005, SHOW-108, D3P-002, D3P-003, D3P-015,
TBAR-008, GM-024."""

import json
import re

import groups
import rekeys
from netlab import until

TIMEOUT = 120

# IN OUT OUT-ERRORS MISSING MALFORMED EPOCH EARLY LATE MAX-DELTA
COUNTERS = '1000 2000 3 1 0 0 2 40 420'
ERRORS = ((3, '502729.95', '33.46', '10'), (4, '502730.95', '502725.45', '0.5'))
D3P_MEMBER = r'''Anti-replay Information For Group getvpn:
  IP-D3P: Type = POSIX-TIME-MSEC, Window-size = 50000 msec (own d3p_window)
    Posix-time-msec      : \d+\.\d\d
    Clock                : [a-z]+, error \d+ msec, set \d+ times
    Input Packets        : 1000         Output Packets       : 2000
    Input Error Packets  : 43           Output Error Packets : 3
    Errors by reason     : missing 1, malformed 0, epoch 0, early 2, late 40
    Max time delta       : 0.42 secs
'''
HINT = '    IP-D3P Error History: --history shows what was noted\n'
HISTORY = r'''    IP-D3P Error History \(sampled at 10pak/min\):
      2030-01-02T03:04:05Z: src=10\.9\.1\.1; my_time=502729\.95; peer_time=33\.46;
        win=10; early
      2030-01-02T03:04:05Z: src=10\.9\.1\.1; my_time=502730\.95;
        peer_time=502725\.45; win=0\.50; late
'''
D3P_SERVER = '''Anti-replay Information For Group getvpn:
  IP-D3P: Type = POSIX-TIME-MSEC, Window-size = 1000 msec
    Members unable       : 0
'''
NONE = '''Anti-replay Information For Group getvpn:
  IP-D3P: is not enabled
  Timebased Replay: is not enabled
'''
TIME_MEMBER = r'''Anti-replay Information For Group getvpn:
  Timebased Replay: Window-size = 20 sec, Tick = 1000 msec
    Replay Value         : \d+\.\d\d secs
    Input Packets        : 0            Output Packets       : 0
    Input Error Packets  : 0            Output Error Packets : 0
    Errors by reason     : missing 0, malformed 0, epoch 0, early 0, late 0
    Time Sync Error      : 0, largest difference \d\.\d\d secs
    Last sync            : \d+s ago
    Max time delta       : 0\.00 secs
    No TBAR errors detected
'''
TIME_SERVER = r'''Anti-replay Information For Group getvpn:
  Timebased Replay: Window-size = 20 sec, Tick = 1000 msec
    Replay Value         : \d+\.\d\d secs, epoch [0-9a-f]{8}
    Next sync in         : \d+m\d+s
    Members unable       : 0
'''


def shows(lab, host, pattern, *words, code=0):
    """Run gdoictl and match all it prints."""
    done = host.ctl(*words)
    lab.check(done.returncode == code and re.fullmatch(pattern, done.stdout),
              f'gdoictl {" ".join(words)}, {done.returncode}: {done.stdout}')


def address(host):
    """Address that a host registers with."""
    return host.addresses['eth0'][0]


def plain(text):
    """A pattern for this text."""
    return re.escape(text)


def write_counters(host, counters):
    """What the recorder tells instead of counters of packets."""
    with open(host.path('cryptomap.log.freshness'), 'w',
              encoding='utf-8') as played:
        for sa in range(16):
            played.write(f'counters {sa} {counters if sa == 0 else "0 " * 9}\n')
        if counters == COUNTERS:
            for kind, mine, theirs, window in ERRORS:
                played.write(f'error 0 {kind} 1893553445 10.9.1.1 '
                             f'{mine} {theirs} {window}\n')


def load(lab, ks, conf, **changes):
    """Change settings of the key server; None takes one away."""
    server = conf['groups']['getvpn']['server']
    for key, value in changes.items():
        if value is None:
            server.pop(key, None)
        else:
            server[key] = value
    ks.config(conf)
    lab.equal(ks.ctl('load-groups').returncode, 2, f'load of {changes}')


def method(host):
    """Method of a member as JSON tells it."""
    return host.ctl_json('replay', 'getvpn')[0]['method']


def features(lab, ks, gm, poor):
    """Who can do what, with exit codes for scripts (KS-027, KS-028)."""
    head = r'GROUP +KIND +FEATURE +SUPPORTED +VERSION +ID *\n'
    one = r'getvpn +{} +ip-d3p +{} +features 0x[0-9a-f]{{2}} +{}\n'
    able = (one.format('server', 'yes', re.escape(address(ks))) +
            one.format('member', 'yes', re.escape(address(gm))))
    bad = one.format('member', 'no', re.escape(address(poor)))
    shows(lab, ks, head + able + bad, 'features', 'IP-D3P')
    shows(lab, ks, head + able + bad, 'features', 'ip-d3p', 'getvpn')
    shows(lab, ks, head + bad, 'features', 'ip-d3p', '--missing', code=2)
    rows = json.loads(ks.ctl('features', 'tbar', '--missing', '--json').stdout)
    lab.equal([(row['id'], row['supported']) for row in rows],
              [(address(poor), False)], 'JSON')
    for words in (('nonsense',), ('nonsense', '--missing'),
                  ('ip-d3p', 'nosuch', '--missing')):
        shows(lab, ks, 'gdoictl: nothing found for .*\n', 'features', *words,
              code=1)
    shows(lab, gm, '', 'features', '--missing')
    shows(lab, gm, head + one.format('member', 'yes', 'this host'), 'features',
          'ip-d3p')


def refused(lab, ks, conf, poor):
    """A feature that somebody lacks is not turned on, and it is told why."""
    server = conf['groups']['getvpn']['server']
    server['d3p_window'] = '1s'
    ks.config(conf)
    done = ks.ctl('load-groups')
    lab.equal(done.returncode, 1, done.stdout)
    lab.check(address(poor) in done.stdout, done.stdout)
    server.pop('d3p_window')


def d3p(lab, ks, gm):
    """What operators see of IP-D3P, and its reset."""
    until(lambda: method(gm) == 'd3p', 'D3P on the member')
    shows(lab, ks, plain(D3P_SERVER), 'replay')
    write_counters(gm, COUNTERS)
    shows(lab, gm, D3P_MEMBER.replace('(', r'\(').replace(')', r'\)') + HINT,
          'replay', 'getvpn')
    shows(lab, gm, D3P_MEMBER.replace('(', r'\(').replace(')', r'\)') +
          HISTORY, 'replay', '--history')
    rows = gm.ctl_json('replay', '--history')
    lab.equal([row['kind'] for row in rows], ['group', 'error', 'error'],
              'rows')
    lab.equal((rows[0]['window-ms'], rows[0]['window-origin'],
               rows[0]['input-errors'], rows[0]['max-delta-ms'],
               rows[1]['my-time'], rows[2]['window']),
              (50000, 'override', 43, 420, 502729.95, 0.5), 'numbers')
    row, = gm.ctl_json('groups', 'getvpn')
    lab.equal(row['gm']['replay'], 'd3p', 'method in groups')
    shown = gm.ctl('policy', 'getvpn').stdout
    lab.check(re.search(r'^replay +d3p\nreplay-window +1000$', shown, re.M),
              shown)


def sentences(lab, ks, gm):
    """What explain makes of it."""
    told = ' '.join(gm.ctl('explain', 'getvpn', check=True).stdout.split())
    for part in ('getvpn, member', 'It has registered with 10.', 'window of '
                 '50.00 s accepts 25.00 s on either side',
                 '43 packets were refused, 1000 were accepted. 40 of those '
                 'refused were behind our time',
                 'came at 2030-01-02T03:04:05Z from 10.9.1.1: my time '
                 '502730.95, its time 502725.45, 0.50 s allowed (late)',
                 '3 packets could not get a time stamp', 'A TEK lives 12h0m: a '
                 'member that sends more than 99420 packets a second'):
        lab.check(part in told, f'{part}: {told}')
    lab.check('drift apart' not in told, told)
    clock = gm.ctl_json('replay')[0]['clock']
    lab.equal([state for state, part in (
        ('unsynchronised', 'is not synchronised: IP-D3P needs a time daemon'),
        ('unknown', 'Nothing is known of how good the clock'))
        if part in told], [clock] if clock != 'synchronised' else [], told)
    write_counters(gm, COUNTERS.replace(' 420', ' -24500'))
    texts = [row['text'] for row in gm.ctl_json('explain', 'getvpn')]
    lab.check(any('24.50 s off (ahead of us)' in text for text in texts),
              f'skew: {texts}')
    told = ks.ctl('explain', 'getvpn', check=True).stdout
    lab.check(told.startswith('getvpn, key server\n- 1 of at most'), told)
    lab.check('can\'t do it' not in told, told)
    lab.check(max(map(len, told.splitlines())) <= 80, told)
    shows(lab, gm, 'gdoictl: nothing found for nosuch\n', 'explain', 'nosuch',
          code=1)


def samples(host):
    """Metrics, checked for their form."""
    text = host.ctl('metrics', check=True).stdout
    found, types = {}, []
    for line in text.splitlines():
        if line.startswith('# TYPE '):
            types.append(line.split()[2])
        elif not line.startswith('# HELP '):
            name, labels, value = re.fullmatch(
                r'(gdoi_[a-z_]+)\{(group="getvpn",role="(?:gm|ks)"'
                r'(?:,[a-z]+="[a-z0-9]+")?)\} (-?[\d.]+)', line).groups()
            if name != types[-1] or (name, labels) in found:
                raise AssertionError(f'out of place or twice: {line}')
            found[name, labels.replace('group="getvpn",', '')] = float(value)
    if len(types) != len(set(types)):
        raise AssertionError(f'a metric is described twice: {types}')
    return found


def metrics(lab, ks, gm):
    """Numbers for a scraper."""
    found = samples(gm)
    for key, value in {
            ('gdoi_member_registered', 'role="gm"'): 1,
            ('gdoi_member_ready', 'role="gm"'): 1,
            ('gdoi_replay_errors_total', 'role="gm",kind="late"'): 40,
            ('gdoi_replay_errors_total', 'role="gm",kind="output"'): 3,
            ('gdoi_replay_packets_total', 'role="gm",direction="in"'): 1000,
            ('gdoi_replay_window_seconds', 'role="gm"'): 50,
            ('gdoi_time_skew_seconds', 'role="gm"'): -24.5}.items():
        lab.equal(found.get(key), value, f'{key} of {found}')
    for spi in groups.spis(gm):
        lab.check(found['gdoi_tek_expiry_timestamp_seconds',
                        f'role="gm",spi="{spi}"'] > 1e9, 'end of a TEK')
    found = samples(ks)
    lab.equal((found['gdoi_group_members', 'role="ks"'],
               found['gdoi_replay_members_unable', 'role="ks"']), (1, 0),
              'metrics of the key server')


def reset(lab, gm):
    """The recorder notes what it is asked to."""
    shows(lab, gm, 'replay counters of getvpn are zero\n', 'reset-counters',
          'getvpn', 'replay')
    with open(gm.path('cryptomap.log'), encoding='utf-8') as log:
        lab.check('\nreset getvpn ' in log.read(), 'nothing was reset')
    shows(lab, gm, 'gdoictl: .*no counters of that name.*\n', 'reset-counters',
          'getvpn', 'nonsense', code=1)
    shows(lab, gm, 'gdoictl: .*\n', 'reset-counters', 'nosuch', code=1)
    shows(lab, gm, 'gdoictl: nothing found for nosuch\n', 'replay', 'nosuch',
          code=1)
    shows(lab, gm, '(?s)gdoictl: there is an option that is of no use.*',
          'groups', '--history', code=1)


def run(lab):
    rekeys.needs_impairments(lab)
    ks, gm, poor = rekeys.lan(lab, 2, tek=43200, kek=86400)
    conf = groups.server_conf({'getvpn': rekeys.server(
        tek=43200, kek=86400, rekey={'transport': 'unicast'})})
    ks.config(conf)
    gm.config(groups.member_conf({'getvpn': groups.member(
        retry_initial='1s', retry_max='2s', d3p_window='50s')}))
    poor.plugins = {'gdoi': {'impair': {'foreign': 'yes'}}}
    write_counters(gm, COUNTERS)
    groups.start(ks, gm, poor)
    groups.registered(gm, poor)
    features(lab, ks, gm, poor)
    shows(lab, ks, plain(NONE), 'replay', 'getvpn')
    refused(lab, ks, conf, poor)
    poor.halt()
    lab.equal(ks.ctl('remove-members', 'getvpn', address(poor)).returncode, 0,
              'removal of a member')
    until(lambda: len(ks.ctl_json('members')) == 1, 'one member')
    load(lab, ks, conf, d3p_window='1s')
    d3p(lab, ks, gm)
    sentences(lab, ks, gm)
    metrics(lab, ks, gm)
    reset(lab, gm)
    write_counters(gm, '0 ' * 9)
    conf['groups']['getvpn']['server']['teks']['data']['lifetime'] = '42949s'
    load(lab, ks, conf, d3p_window=None, replay='time', replay_window='20s')
    until(lambda: method(gm) == 'time', 'TBAR on the member')
    shows(lab, gm, TIME_MEMBER, 'replay')
    shows(lab, ks, TIME_SERVER, 'replay')
    for host in (ks, gm):
        told = host.ctl('explain', 'getvpn', check=True).stdout
        lab.check('by the group\'s pseudotime' in ' '.join(told.split()), told)
        lab.check('ESP\'s numbers' not in ' '.join(told.split()), told)
