# SPDX-License-Identifier: GPL-2.0-or-later
"""ACL-016."""

import groups
import rules
from netlab import until

SERVE = '''
import socket
with socket.create_server(("10.1.1.1", 22)) as listener:
    peer = listener.accept()[0]
    peer.sendall(b"hello")
    peer.recv(1)
'''

CONNECT = '''
import socket
with socket.create_connection(("10.1.1.1", 22), timeout=10) as peer:
    print(peer.getsockname()[1], peer.recv(5).decode(), flush=True)
    peer.settimeout(None)
    peer.recv(1)
'''


def conf(line=None, **extra):
    made = groups.member_conf({'getvpn': groups.member(**extra)})
    if line:
        made['acls'] = {'open': {'10': line}}
    return made


def connect(gm, admin):
    """Let an administrator log in; returns the port they come from."""
    gm.spawn('python3', '-c', SERVE, log='ssh.txt')

    def said():
        admin.spawn('python3', '-c', CONNECT, log='client.txt')
        try:
            return until(answered, 'hello', timeout=2)
        except AssertionError:
            return None

    def answered():
        with open(admin.path('client.txt'), encoding='utf-8') as text:
            words = text.read().split()
        return words[words.index('hello') - 1] if 'hello' in words else None

    listening = '0101010A:0016 00000000:0000 0A'
    until(lambda: listening in gm.run('cat', '/proc/net/tcp').stdout,
          'a listening socket')
    return said()


def run(lab):
    groups.needs_plugins(lab)
    ks, gm, admin = lab.star('ks1', 'gm1', 'gm2')
    ks.config(groups.server_conf())
    gm.config(conf())
    groups.start(ks, gm)
    groups.registered(gm)
    port = connect(gm, admin)
    lab.check(port, 'the administrator could not log in')
    established = gm.run('cat', '/proc/net/tcp').stdout
    lab.check('0101010A:0016 0102010A' in established, established)

    spis = groups.spis(gm)
    said = ' '.join(rules.load(gm, conf(fail_close='yes'), code=1).split())
    lab.check('would drop the connection of 10.1.2.1 to port 22 of 10.1.1.1, '
              'by its line "permit ip any any"' in said, said)
    line = 'deny tcp host 10.1.1.1 port 22 host 10.1.2.1'
    lab.check(f'write 10 = {line} in acls.NAME' in said, said)
    lab.equal(groups.group(gm)['fail-close'], 'OFF', 'after a refused load')
    lab.equal(groups.spis(gm), spis, 'TEKs after a refused load')

    rules.load(gm, conf(fail_close='yes', lockout_check='warn'))
    lab.equal(groups.group(gm)['fail-close'], 'ARMED', 'after a warning')
    # what is in force already is nobody's news
    rules.load(gm, conf(fail_close='yes'))
    rules.load(gm, conf(fail_close='yes'), code=0)
    # other exceptions are
    rules.load(gm, conf('deny udp any any', fail_close='yes',
                        fail_close_acl='open'), code=1)
    rules.load(gm, conf(line, fail_close='yes', fail_close_acl='open'))

    # a start warns, as a gateway without its group would be worse off
    gm.config(conf(fail_close='yes'))
    gm.halt()
    gm.mark()
    gm.start()
    gm.wait_log('warning: .*would drop the connection of 10.1.2.1')
    groups.registered(gm)
    lab.equal(groups.group(gm)['fail-close'], 'ARMED', 'after a start')
