# SPDX-License-Identifier: GPL-2.0-or-later
"""The VICI service by python-vici; KS-004."""

import socket
import threading

import groups
from netlab import until


def listen(host, found):
    """Collect gdoi-events in a thread of its own."""
    session = host.vici()

    def collect():
        try:
            for name, message in session.listen(['gdoi-event']):
                found.append((name, message))
        except (OSError, socket.timeout):
            pass
    threading.Thread(target=collect, daemon=True).start()


def rows(host, command, event, message=None):
    return list(host.vici().streamed_request(command, event, message))


def run(lab):
    vici = lab.vici_module()
    ks, gm = groups.pair(lab)
    events = []
    ks.start()
    listen(ks, events)
    gm.start()
    groups.registered(gm)
    session = ks.vici()
    answer = session.request('version')
    lab.equal(answer['plugin'], b'gdoi', 'plugin')
    lab.equal(answer['strongswan'], b'5.9.8', 'version of strongSwan')
    listed = rows(gm, 'list-groups', 'list-group')
    lab.equal([one['name'] for one in listed], [b'getvpn'], 'groups')
    lab.equal(listed[0]['gm']['state'], b'REGISTERED', 'state')
    lab.equal(listed[0]['id'], b'3333', 'identity')
    policy = {one['spi'] for one in rows(gm, 'list-policies', 'list-policy')
              if one['kind'] == b'tek'}
    lab.equal({one.decode() for one in policy}, groups.spis(ks), 'SPIs')
    listed = rows(ks, 'list-members', 'list-member', {'group': 'getvpn'})
    lab.equal([one['address'] for one in listed], [b'10.1.1.1'], 'members')
    lab.equal(rows(ks, 'list-members', 'list-member', {'id': '10.9.9.9'}), [],
              'members of an unknown address')
    lab.check('uptime' in session.request('stats'), 'no uptime in stats')
    try:
        session.request('no-such-command')
        lab.check(False, 'an unknown command was accepted')
    except vici.exception.SessionException:
        pass
    answer = gm.vici().request('register', {'group': 'getvpn'})
    lab.equal(answer['success'], b'yes', 'register')
    until(lambda: any(message.get('name') == b'KS_REGG_COMPL'
                      for _, message in events), 'event')
    own = ks.vici('/run/charon.vici')
    lab.equal(own.version()['daemon'], b'charon', 'charon\'s own socket')
