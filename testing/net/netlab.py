# SPDX-License-Identifier: GPL-2.0-or-later
"""Hosts in namespaces that run the distribution's charon with our plugins.

Every host has a network and a mount namespace of its own, without a name, held
by one process: nothing of it survives that process. In the mount namespace the
packaged plugin folder is overlaid by a copy that has our plugins too, and
/etc/swanctl, /etc/strongswan.conf and /run are the host's own, so that stock
binaries run unchanged and the machine stays as it was.
"""

import ctypes
import glob
import ipaddress
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

CHARON = '/usr/lib/ipsec/charon'
PLUGIN_DIR = '/usr/lib/ipsec/plugins'
PROFILES = '/sys/kernel/security/apparmor/profiles'

# what our hosts load of the packaged plugins; priorities decide who comes first
PLUGINS = ('random nonce drbg openssl aes sha1 sha2 md5 hmac kdf gmp mgf1 gcm '
           'x509 revocation constraints pubkey pkcs1 pkcs7 pkcs8 pem '
           'socket-default kernel-netlink vici').split()


# an emulated guest and a machine that does other work as well are slow
PATIENCE = 6 if os.environ.get('GUEST') else 2


class Failure(Exception):
    """A check of a scenario did not hold."""


class Skip(Exception):
    """A scenario needs something that this machine lacks."""


def die_with_parent():
    """Have the kernel end a child when the runner goes, however it goes."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def until(condition, what, timeout=15, interval=0.1):
    """Wait for a condition; its last value is returned or the wait fails."""
    timeout *= PATIENCE
    # asking takes time itself where everything is slow
    interval *= PATIENCE
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f'no {what} within {timeout} s')
        time.sleep(interval)


def call(*command, check=True, timeout=30, **options):
    """Run a command and return what it did."""
    done = subprocess.run([str(word) for word in command], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=timeout * PATIENCE,
                          **options)
    if check and done.returncode:
        raise Failure(f'{" ".join(str(w) for w in command)} returned '
                      f'{done.returncode}: {done.stdout.strip()[-500:]}')
    return done


def settings_text(tree, indent=0):
    """Write nested dictionaries in the syntax of strongSwan's files."""
    lines = []
    pad = '\t' * indent
    for key, value in tree.items():
        if isinstance(value, dict):
            lines += [f'{pad}{key} {{', settings_text(value, indent + 1),
                      f'{pad}}}']
        elif value is not None:
            lines.append(f'{pad}{key} = {value}')
    return '\n'.join(line for line in lines if line)


def merge(base, extra):
    """Merge nested dictionaries, the second winning."""
    result = dict(base)
    for key, value in extra.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            value = merge(result[key], value)
        result[key] = value
    return result


class Node:
    """A namespace: a router, or the base of a host."""

    def __init__(self, lab, name):
        self.lab = lab
        self.name = name
        self.dir = os.path.join(lab.dir, name)
        self.addresses = {}
        self.programs = []
        os.makedirs(self.dir, exist_ok=True)
        script = self.prepare()
        self.holder = subprocess.Popen(
            ['unshare', '-n', '-m', '--propagation', 'private', 'sh', '-c',
             f'set -e\n{script}\necho ready\nexec sleep infinity'],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, preexec_fn=die_with_parent)
        said = self.holder.stdout.readline().decode()
        if said != 'ready\n':
            raise Failure(f'namespace of {name}: {said.strip()}')
        self.pid = self.holder.pid
        self.ip('link', 'set', 'lo', 'up')

    def prepare(self):
        """Commands that set up the mount namespace."""
        return ('mount -t sysfs sysfs /sys\n'
                'mount -t bpf bpf /sys/fs/bpf 2>/dev/null || :')

    def enter(self):
        """Words that put a command into the namespaces."""
        return ['nsenter', '-t', str(self.pid), '-n', '-m', '-w' + self.dir]

    def run(self, *command, check=True, timeout=30):
        """Run a command in the namespaces."""
        return call(*self.enter(), *command, check=check, timeout=timeout)

    def spawn(self, *command, log):
        """Start a program in the namespaces, its output in a file."""
        with open(os.path.join(self.dir, log), 'ab') as out:
            program = subprocess.Popen(
                [*self.enter(), *[str(word) for word in command]],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                preexec_fn=die_with_parent)
        self.programs.append(program)
        return program

    def ip(self, *words):
        """Run ip in the namespace."""
        return self.run('ip', *words)

    def sysctl(self, name, value):
        """Set a variable of the namespace's network."""
        self.run('sh', '-c', f'echo {value} > /proc/sys/net/{name}')

    def address(self, device, address):
        """Give an interface an address with prefix length."""
        self.ip('addr', 'add', address, 'dev', device,
                *(['nodad'] if ':' in address else []))
        plain = address.split('/')[0]
        self.addresses.setdefault(device, []).append(plain)

    def capture(self, device='any', expression='udp or esp', name=None):
        """Start tcpdump; returns the file, filled packet by packet."""
        path = os.path.join(self.dir, (name or device) + '.pcap')
        # root would be dropped for a user that may not write here; a message
        # of many fragments comes faster than it is written
        self.spawn('tcpdump', '-Z', 'root', '-U', '-B', '16384',
                   '--immediate-mode', '-n', '-s', '0', '-i', device,
                   '-w', path, expression, log='tcpdump.log')
        until(lambda: os.path.exists(path) and os.path.getsize(path) >= 24,
              f'capture on {self.name}')
        return path

    def stop(self):
        """End everything that runs in the namespaces."""
        for program in self.programs:
            if program.poll() is None:
                program.kill()
        for program in self.programs:
            program.wait()
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()


class Host(Node):
    """A namespace with a charon of its own."""

    def __init__(self, lab, name):
        self.settings = {}
        self.plugins = {}
        self.charon = None
        self.halted = False
        self.seen = 0
        super().__init__(lab, name)

    @property
    def log_file(self):
        return os.path.join(self.dir, 'charon.log')

    def path(self, *parts):
        """A file of the host's folder."""
        return os.path.join(self.dir, *parts)

    def prepare(self):
        etc = self.path('etc')
        for folder in ('x509', 'x509ca', 'x509crl', 'x509aa', 'x509ac',
                       'x509ocsp', 'private', 'rsa', 'ecdsa', 'pkcs8',
                       'pkcs12', 'pubkey', 'bliss', 'conf.d'):
            os.makedirs(os.path.join(etc, 'swanctl', folder), exist_ok=True)
        for file in ('strongswan.conf', 'swanctl/swanctl.conf'):
            with open(os.path.join(etc, file), 'w', encoding='ascii'):
                pass
        return '\n'.join([
            super().prepare(),
            'mount -t tmpfs -o mode=755,size=64m tmpfs /run',
            f'mount --bind {self.lab.plugin_dir} {PLUGIN_DIR}',
            f'mount --bind {etc}/strongswan.conf /etc/strongswan.conf',
            f'mount --bind {etc}/swanctl /etc/swanctl'])

    def write(self, name, text):
        """Write a file below /etc/swanctl."""
        path = self.path('etc', 'swanctl', name)
        with open(path, 'w', encoding='utf-8') as out:
            out.write(text)
        return path

    def config(self, tree):
        """Write swanctl.conf from text or from nested dictionaries."""
        self.write('swanctl.conf',
                   tree if isinstance(tree, str) else
                   settings_text(tree) + '\n')

    def strongswan_conf(self):
        """The host's strongswan.conf as nested dictionaries."""
        plugins = {name: {'load': 'yes'} for name in PLUGINS}
        if not self.lab.real_kernel:
            plugins['kernel-recorder'] = {
                'load': 20, 'file': self.path('kernel.jsonl')}
        for name, load in (('gdoi', 10), ('gdoi-ks', 'yes'),
                           ('d3p', 'yes')):
            if name in self.lab.own_plugins:
                plugins[name] = {'load': load}
        if 'gdoi' in plugins and not self.lab.real_kernel:
            plugins['gdoi'].update(crypto_map='record',
                                   crypto_map_record=self.path('cryptomap.log'))
        plugins = merge(plugins, self.plugins)
        charon = {
            'load_modular': 'yes', 'install_routes': 'no',
            'install_virtual_ip': 'no', 'plugins': plugins,
            'retransmit_timeout': '1.0', 'retransmit_tries': 3,
            'retransmit_base': '1.4',
            'filelog': {'log': {
                'path': self.log_file, 'time_format': '%H:%M:%S',
                'time_add_ms': 'yes', 'flush_line': 'yes', 'default': 1,
                'ike': 2, 'cfg': 1, 'lib': 1, 'net': 1}}}
        return {'charon': merge(charon, self.settings)}

    def start(self, load=True):
        """Start charon, wait until it answers, load the configuration."""
        with open(self.path('etc', 'strongswan.conf'), 'w',
                  encoding='ascii') as out:
            out.write(settings_text(self.strongswan_conf()) + '\n')
        self.halted = False
        self.charon = self.spawn(self.lab.program(CHARON), log='stdout.log')
        until(self.answers, f'answer of charon on {self.name}', 20)
        if load:
            self.load()

    def answers(self):
        """Whether charon serves its VICI socket."""
        if self.charon.poll() is not None:
            raise Failure(f'charon on {self.name} ended: '
                          f'{self.log_text()[-400:]}')
        probe = socket.socket(socket.AF_UNIX)
        try:
            probe.connect(self.inside('/run/charon.vici'))
        except OSError:
            return False
        finally:
            probe.close()
        return True

    def inside(self, path):
        """How the runner reaches a file of the host's mount namespace."""
        return f'/proc/{self.pid}/root{path}'

    def load(self):
        """Load swanctl.conf: credentials and connections, then groups."""
        self.swanctl('--load-all', '--noprompt')
        return self.reload()

    def reload(self):
        """Have the plugins read their groups again."""
        return self.swanctl('--reload-settings')

    def halt(self, sig=signal.SIGTERM, timeout=15):
        """End charon; returns its exit code."""
        self.alive()
        self.halted = True
        self.charon.send_signal(signal.SIGCONT)
        self.charon.send_signal(sig)
        code = self.charon.wait(timeout * PATIENCE)
        if sig == signal.SIGKILL:
            self.forget()
        return code

    def killed(self, timeout=15):
        """Wait until charon has killed itself, as an impairment may say."""
        self.halted = True
        try:
            code = self.charon.wait(timeout * PATIENCE)
        except subprocess.TimeoutExpired:
            raise Failure(f'charon on {self.name} still runs') from None
        if code != -signal.SIGKILL:
            raise Failure(f'charon on {self.name} ended with {code}')
        self.forget()

    def forget(self):
        """Remove what a charon that was killed left."""
        for name in ('/run/charon.vici', '/run/charon.pid',
                     '/run/charon.gdoi.vici'):
            if os.path.exists(self.inside(name)):
                os.unlink(self.inside(name))

    def signal(self, sig):
        """Send charon a signal."""
        self.charon.send_signal(sig)

    def swanctl(self, *words, check=True):
        """Run swanctl against this host's charon."""
        return self.run(self.lab.program('/usr/sbin/swanctl'), *words,
                        check=check)

    def alive(self):
        """Fail if charon ended although nobody ended it."""
        if self.charon and not self.halted and \
                self.charon.poll() is not None:
            raise Failure(f'charon on {self.name} ended with '
                          f'{self.charon.returncode}')

    def ctl(self, *words, check=False):
        """Run gdoictl; the result has returncode and stdout."""
        self.alive()
        return self.run(self.lab.build_file('src/gdoictl/gdoictl'), *words,
                        check=check)

    def ctl_json(self, *words):
        """Run gdoictl and return its JSON."""
        done = self.ctl(*words, '--json', check=True)
        try:
            return json.loads(done.stdout)
        except ValueError as error:
            raise Failure(f'gdoictl {" ".join(words)} on {self.name} wrote no '
                          f'JSON ({error}): {done.stdout[:300]}') from None

    def vici(self, path='/run/charon.gdoi.vici'):
        """Open python-vici on one of charon's sockets."""
        module = self.lab.vici_module()
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(20)
        connection.connect(self.inside(path))
        return module.Session(connection)

    def log_text(self):
        """charon's log so far."""
        try:
            with open(self.log_file, encoding='utf-8',
                      errors='replace') as log:
                return log.read()
        except FileNotFoundError:
            return ''

    def mark(self):
        """Look only at what is logged from now on."""
        self.seen = len(self.log_text())
        return self.seen

    def logged(self, pattern):
        """All matches of a pattern in the log since the mark."""
        return list(re.finditer(pattern, self.log_text()[self.seen:]))

    def wait_log(self, pattern, timeout=15, count=1):
        """Wait until a pattern is in the log since the mark."""
        self.alive()
        found = until(lambda: len(self.logged(pattern)) >= count and
                      self.logged(pattern),
                      f'log line /{pattern}/ on {self.name}', timeout)
        return found[0]

    def recorded(self, **wanted):
        """Calls to the kernel backend that have all of these values."""
        try:
            with open(self.path('kernel.jsonl'), encoding='utf-8') as lines:
                calls = [json.loads(line) for line in lines]
        except FileNotFoundError:
            return []
        return [one for one in calls
                if all(one.get(key) == value for key, value in wanted.items())]

    def state(self):
        """Write what a failed scenario's reader wants to see."""
        with open(self.path('state.txt'), 'w', encoding='utf-8') as out:
            for command in (['ip', 'addr'], ['ip', 'route'],
                            ['ss', '-lnup'],
                            ['swanctl', '--list-sas'],
                            [self.lab.build_file('src/gdoictl/gdoictl'),
                             'groups', '--json'],
                            [self.lab.build_file('src/gdoictl/gdoictl'),
                             'stats']):
                try:
                    done = self.run(*command, check=False, timeout=10)
                    out.write(f'# {" ".join(command)}\n{done.stdout}\n')
                except (OSError, subprocess.TimeoutExpired) as error:
                    out.write(f'# {" ".join(command)}: {error}\n')


class Lab:
    """One scenario's hosts and what they share."""

    def __init__(self, build, directory, real_kernel=False):
        self.build = build
        self.dir = directory
        self.real_kernel = real_kernel
        self.nodes = {}
        self.checks = 0
        self.links = 0
        os.makedirs(directory, exist_ok=True)
        os.chmod(directory, 0o755)
        self.plugin_dir = os.path.join(directory, 'plugins')
        self.own_plugins = self.merge_plugins()

    def __getitem__(self, name):
        return self.nodes[name]

    def build_file(self, name):
        """A file of the build tree; libtool keeps some in .libs."""
        return os.path.join(self.build, name)

    def merge_plugins(self):
        """Make a plugin folder with the packaged plugins and ours."""
        shutil.copytree(PLUGIN_DIR, self.plugin_dir)
        own = []
        for place in ('src/libcharon/plugins/*', 'testing/plugins'):
            for file in glob.glob(os.path.join(
                    self.build, place, '.libs', 'libstrongswan-*.so')):
                shutil.copy(file, self.plugin_dir)
                own.append(os.path.basename(file)[len('libstrongswan-'):-3])
        return own

    def program(self, path):
        """A program to run: itself, or a copy where AppArmor confines it.

        A profile made for the machine's own charon denies access to files of
        a test. It is attached by path, so that a copy is the same program
        without it.
        """
        try:
            with open(PROFILES, encoding='utf-8') as profiles:
                confined = any(line.startswith(path + ' ')
                               for line in profiles)
        except OSError:
            confined = False
        if not confined:
            return path
        copy = os.path.join(self.dir, 'bin', os.path.basename(path))
        if not os.path.exists(copy):
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            shutil.copy(path, copy)
        return copy

    def vici_module(self):
        """strongSwan's own Python client, from its source tree."""
        headers = call(os.path.join(os.path.dirname(__file__), '..', '..',
                                    'scripts', 'strongswan-headers'),
                       timeout=300).stdout.split()[-1]
        folder = os.path.join(headers, 'src/libcharon/plugins/vici/python')
        if folder not in sys.path:
            sys.path.insert(0, folder)
        import vici
        return vici

    def host(self, name):
        """Add a host."""
        self.nodes[name] = Host(self, name)
        return self.nodes[name]

    def router(self, name, settings=()):
        """Add a router."""
        node = self.nodes[name] = Node(self, name)
        node.sysctl('ipv4/ip_forward', 1)
        node.sysctl('ipv6/conf/all/forwarding', 1)
        return node

    def link(self, one, two, *networks, names=('eth0', None)):
        """Join two nodes; each network is ADDRESS1/LEN, ADDRESS2/LEN."""
        self.links += 1
        first = names[0] or f'p{self.links}'
        second = names[1] or f'p{self.links}'
        call('ip', 'link', 'add', first, 'netns', one.pid, 'type', 'veth',
             'peer', 'name', second, 'netns', two.pid)
        for node, device in ((one, first), (two, second)):
            node.ip('link', 'set', device, 'up')
        for pair in networks:
            one.address(first, pair[0])
            two.address(second, pair[1])
        return first, second

    def star(self, *names, family=4):
        """Hosts around one router; returns the hosts.

        Key servers ksN are 10.0.(7+N).1, members gmN are 10.1.N.1, others
        10.2.N.1; in IPv6 the same numbers follow fd00:.
        """
        core = self.router('core')
        hosts = []
        for number, name in enumerate(names, 1):
            host = self.host(name)
            net = self.net_of(name, number)
            pairs = [(f'10.{net[0]}.{net[1]}.1/24',
                      f'10.{net[0]}.{net[1]}.254/24')]
            if family == 6:
                pairs.append((f'fd00:{net[0]}:{net[1]}::1/64',
                              f'fd00:{net[0]}:{net[1]}::fe/64'))
            self.link(host, core, *pairs)
            for pair in pairs:
                gateway = ipaddress.ip_interface(pair[1]).ip
                host.ip('route', 'add', 'default', 'via', gateway)
            hosts.append(host)
        return hosts

    def lan(self, *names, family=4):
        """Hosts on one Ethernet, the bridge of the node core; returns them.

        Addresses are those of star(), all in 10.0.0.0/8 and fd00::/16.
        """
        core = self.nodes['core'] = Node(self, 'core')
        core.ip('link', 'add', 'lan', 'type', 'bridge')
        core.ip('link', 'set', 'lan', 'up')
        hosts = []
        for number, name in enumerate(names, 1):
            host = self.host(name)
            net = self.net_of(name, number)
            _, port = self.link(host, core)
            core.ip('link', 'set', port, 'master', 'lan')
            host.address('eth0', f'10.{net[0]}.{net[1]}.1/8')
            if family == 6:
                host.address('eth0', f'fd00:{net[0]}:{net[1]}::1/16')
            hosts.append(host)
        return hosts

    @staticmethod
    def net_of(name, number):
        """Numbers of a host's network."""
        digits = int(re.sub(r'\D', '', name) or 1)
        if name.startswith('ks'):
            return 0, 7 + digits
        if name.startswith('gm'):
            return 1, digits
        return 2, number

    def check(self, condition, what):
        """Fail the scenario unless something holds."""
        self.checks += 1
        if not condition:
            raise Failure(what)

    def equal(self, found, expected, what):
        """Fail the scenario unless two values are the same."""
        self.check(found == expected,
                   f'{what}: {found!r} instead of {expected!r}')

    def collect(self):
        """Write the state of all hosts for the reader of a failure."""
        for node in self.nodes.values():
            if isinstance(node, Host) and node.charon:
                node.state()

    def close(self):
        """End all hosts."""
        for node in self.nodes.values():
            node.stop()
        shutil.rmtree(self.plugin_dir, ignore_errors=True)
