# SPDX-License-Identifier: GPL-2.0-or-later
#
# What scripts/demo and scripts/test share; to be sourced. Sets $top, $cache.

top=$(cd "$(dirname "$0")/.." && pwd -P)
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/strongswan-gdoi
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# what building takes, then what running in namespaces takes, then the guest
build_needs='gcc libc6-dev make autoconf automake libtool pkg-config dpkg-dev
	libmnl-dev libbpf-dev libcap-dev libsqlite3-dev clang llvm bpftool
	check python3'
net_needs='strongswan-charon strongswan-libcharon libstrongswan
	libstrongswan-standard-plugins strongswan-swanctl strongswan-pki iproute2
	iputils-ping util-linux nftables tcpdump openssl'
guest_needs='qemu-system-x86 busybox-static cpio kmod'

say()
{
	printf '\n== %s\n' "$*"
}

die()
{
	echo "$(basename "$0"): $*" >&2
	exit 1
}

need_root()
{
	[ "$(id -u)" = 0 ] || die "run me as root: sudo scripts/$(basename "$0")"
	. /etc/os-release
	[ "${ID:-}" = debian ] || die "only Debian's packages are known here"
}

# prints the packages of its arguments that are not installed
missing()
{
	local package

	for package in "$@"
	do
		case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
			installed) ;;
			*) echo "$package" ;;
		esac
	done
}

# A package installed for us must not bring up a VPN service on this machine:
# nothing is started while we install, and services that come new are disabled.
install_quietly()
{
	local policy=/usr/sbin/policy-rc.d own=no rc=0 unit units=

	for unit in strongswan-starter strongswan ipsec charon-systemd
	do
		[ -e "/lib/systemd/system/$unit.service" ] || units="$units $unit"
	done
	if [ ! -e "$policy" ]
	then
		own=yes
		trap 'rm -f /usr/sbin/policy-rc.d' EXIT
		printf '#!/bin/sh\nexit 101\n' > "$policy"
		chmod 755 "$policy"
	fi
	apt-get install -y -q --no-install-recommends "$@" || rc=$?
	if [ $own = yes ]
	then
		rm -f "$policy"
		trap - EXIT
	fi
	for unit in $units
	do
		if [ -e "/lib/systemd/system/$unit.service" ]
		then
			systemctl disable "$unit.service" >/dev/null 2>&1 ||
				rm -f /etc/systemd/system/*.wants/"$unit.service"
		fi
	done
	return $rc
}

# installs what is missing of its arguments
need_packages()
{
	local wanted log

	wanted=$(missing "$@")
	[ -n "$wanted" ] || return 0
	say "installing" $wanted
	mkdir -p "$cache"
	log=$cache/apt.log
	# old lists name packages that mirrors dropped; without a network, whatever
	# lists there are have to do
	apt-get update -q > "$log" 2>&1 || :
	# shellcheck disable=SC2086
	install_quietly $wanted >> "$log" 2>&1 ||
		{ tail -n 20 "$log" >&2; die "installing failed, see $log"; }
}

# whether the running kernel has what the data plane needs
has_esp()
{
	modprobe -q esp4 && modprobe -q esp6 && modprobe -q xfrm_interface &&
		modprobe -q cls_bpf && modprobe -q sch_ingress
}

need_guest()
{
	# shellcheck disable=SC2086
	need_packages $guest_needs
	"$top/testing/guest/kernel" >/dev/null 2>&1 ||
		need_packages linux-image-amd64
}

# Runs a command silently; shows the end of its output if it fails.
quietly()
{
	local log=$1
	shift
	mkdir -p "$(dirname "$log")"
	"$@" > "$log" 2>&1 ||
		{ tail -n 40 "$log" >&2; die "$* failed, see $log"; }
}

# Copies the tree to the cache and makes its configure script, if it is missing
# or older than what it is made from. The tree itself stays as it is: a checkout
# needs not belong to root.
need_configure()
{
	local source=$cache/source

	mkdir -p "$source"
	tar -C "$top" --exclude=./.git --exclude=./autom4te.cache \
		--exclude=./build-aux --exclude='./m4/l*.m4' --exclude=./aclocal.m4 \
		--exclude='./configure' --exclude='./configure~' \
		--exclude=Makefile.in --exclude='./gdoi-config.h.in*' \
		-cf - . | tar -C "$source" -xf -
	if [ ! -x "$source/configure" ] || [ -n "$(find "$source" \
			\( -name configure.ac -o -name Makefile.am \) \
			-newer "$source/configure" -print -quit)" ]
	then
		quietly "$cache/autoreconf.log" autoreconf -fi "$source"
		# configure isn't touched if nothing in it changed
		touch "$source/configure"
	fi
}

# configures and builds in a folder: build FOLDER [CONFIGURE OPTIONS]
build()
{
	local folder=$1 source=$cache/source
	shift

	mkdir -p "$folder"
	(
		cd "$folder" || exit 1
		if [ ! -f config.status ] ||
		   [ "$source/configure" -nt config.status ] ||
		   [ "$(cat .options 2>/dev/null)" != "$*" ]
		then
			quietly "$folder/configure.log" "$source/configure" "$@"
			echo "$*" > .options
		fi
		quietly "$folder/make.log" make -j"$(nproc)"
	) || exit 1
}
