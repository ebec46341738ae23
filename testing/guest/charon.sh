# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The distribution's charon with our plugins, on the gateways of lib.sh's
# network: gateway N is member N, and the key server sits behind the core:
#
#   ks wan    172.16.100.2/24, fd01:100::2/64      (core ks: .1, ::1)
#
# To be sourced after lib.sh. Each charon has a mount namespace with /run and
# /etc of its own, and the packaged plugin folder with ours added.

CHARON=/usr/lib/ipsec/charon
PLUGINS=/usr/lib/ipsec/plugins
GDOICTL=$GDOI_BUILD/src/gdoictl/gdoictl

charon_plugins="random nonce openssl aes sha1 sha2 hmac kdf gcm x509 constraints
	pubkey pkcs1 pkcs8 pem socket-default kernel-netlink vici"
declare -A charon_pid

# what tests change in the configurations below. The key server: who may be a
# member, what is protected, further lines of the group and its TEK, and secrets
AUTHORIZE='addresses = 172.16.0.0/16'
ACL_LINES='10 = permit ip 10.0.0.0/16 10.0.0.0/16
		20 = permit ip 10.0.0.0/16 239.0.0.0/8
		30 = permit ip fd00::/16 fd00::/16
		40 = permit ip fd00::/16 ff3e::/16'
SERVER_LINES='' TEK_LINES='' SECRET_LINES=''
# members: further lines, and the sections of their own lists
FAIL_CLOSE=yes MEMBER_LINES='' MEMBER_ACLS=''

# one folder with the packaged plugins and ours, for all
merge_plugins()
{
	local file

	mkdir -p /run/plugins
	cp "$PLUGINS"/*.so /run/plugins/
	for file in "$GDOI_BUILD"/src/libcharon/plugins/*/.libs/libstrongswan-*.so
	do
		cp "$file" /run/plugins/
	done
	ls /run/plugins/libstrongswan-gdoi.so \
		/run/plugins/libstrongswan-gdoi-ks.so /run/plugins/libstrongswan-d3p.so
}

# add_key_server: the host that keeps the keys, on the core
add_key_server()
{
	add_ns ks gateway
	add_link core ks ks wan 172.16.100 fd01:100
	add_default ks 172.16.100 fd01:100
}

# charon_conf NS: strongswan.conf; GDOI_SETTINGS, KS_SETTINGS and D3P_SETTINGS
# add to the plugins' sections, and D3P_LOAD=no leaves d3p out
charon_conf()
{
	local plugin

	echo "charon {"
	echo "	load_modular = yes"
	echo "	install_routes = no"
	echo "	plugins {"
	for plugin in $charon_plugins
	do
		echo "		$plugin { load = yes }"
	done
	echo "		gdoi { ${GDOI_SETTINGS:-} load = 10 }"
	echo "		gdoi-ks { ${KS_SETTINGS:-} load = yes }"
	echo "		d3p { ${D3P_SETTINGS:-} load = ${D3P_LOAD:-yes} }"
	cat <<- EOT
			}
			filelog {
				log {
					path = $RESULTS/$1.charon.log
					time_format = %H:%M:%S
					flush_line = yes
					default = 1
					ike = 2
				}
			}
		}
	EOT
}

# prepare_charon NS: folders and mounts; swanctl.conf comes from standard input
prepare_charon()
{
	local ns=$1 etc=/run/etc/$1

	mkdir -p "$etc/swanctl/private" "$etc/swanctl/conf.d"
	charon_conf "$ns" > "$etc/strongswan.conf"
	cat > "$etc/swanctl/swanctl.conf"
	cp -r "$etc" "$RESULTS/$ns.etc"
	in_ns "$ns" sh -c "
		mount --bind '$etc/strongswan.conf' /etc/strongswan.conf &&
		mount --bind '$etc/swanctl' /etc/swanctl &&
		mount --bind /run/plugins $PLUGINS &&
		mkdir -p /run/var/$ns && mount --bind /run/var/$ns /var/run" ||
		fail "charon's files at $ns"
}

charon_answers()
{
	in_ns "$1" swanctl --stats
}

# start_charon NS: start, wait for it, load everything
start_charon()
{
	start "$1" "$1.stdout" "$CHARON"
	charon_pid[$1]=$started
	wait_for 60 charon_answers "$1" || fail "charon of $1 answers"
	in_ns "$1" swanctl --load-all --noprompt > "$RESULTS/$1.load" 2>&1 ||
		fail "configuration of $1: $(tail -n 3 "$RESULTS/$1.load")"
	in_ns "$1" swanctl --reload-settings >> "$RESULTS/$1.load" 2>&1
}

# kill_charon NS [SIGNAL]: ends it and waits; a crash leaves its sockets
kill_charon()
{
	kill "-${2:-TERM}" "${charon_pid[$1]}"
	wait "${charon_pid[$1]}" 2>/dev/null
	in_ns "$1" sh -c 'rm -f /run/charon.* /var/run/charon.*'
}

ctl()
{
	local ns=$1

	shift
	in_ns "$ns" "$GDOICTL" "$@"
}

is_registered()
{
	ctl "$1" groups --json | grep -q '"REGISTERED"'
}

# server_conf: swanctl.conf of the key server, with what the variables say
server_conf()
{
	cat <<- EOT
		connections {
			members {
				version = 1
				local_port = 848
				remote_port = 848
				local_addrs = 172.16.100.2
				remote_addrs = %any
				proposals = aes256-sha256-ecp256
				local { auth = psk }
				remote { auth = psk }
			}
		}
		groups {
			getvpn {
				id = 3333
				server {
					local_address = 172.16.100.2
					connections = members
					authorize { $AUTHORIZE }
					$SERVER_LINES
					teks { data {
						acl = vpn
						$TEK_LINES
					} }
				}
			}
		}
		acls { vpn {
			$ACL_LINES
		} }
		secrets {
			ike { secret = "guest tests only" }
			$SECRET_LINES
		}
	EOT
}

# member_conf: swanctl.conf of any member, the same
member_conf()
{
	cat <<- EOT
		connections {
			ks1 {
				version = 1
				local_port = 848
				remote_port = 848
				remote_addrs = 172.16.100.2
				proposals = aes256-sha256-ecp256
				local { auth = psk }
				remote { auth = psk }
			}
		}
		groups {
			getvpn {
				id = 3333
				member {
					servers = ks1
					interface = wan
					fail_close = $FAIL_CLOSE
					$MEMBER_LINES
				}
			}
		}
		acls { $MEMBER_ACLS }
		secrets { ike { secret = "guest tests only" } }
	EOT
}

# reload_member N: have member N read its configuration, changed by now; 2 is
# what gdoictl says if it changes something
reload_member()
{
	member_conf > "/run/etc/g$1/swanctl/swanctl.conf"
	ctl "g$1" load-groups >> "$RESULTS/g$1.load" 2>&1
	[ $? = 2 ]
}
