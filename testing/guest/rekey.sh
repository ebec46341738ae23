# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What tests of rekeys share: configurations with short-lived keys, a stream of
# numbered packets between all members, and the counters of what is dropped.
#
# To be sourced after charon.sh.

# The key server's group; times as swanctl.conf has them
TEK=8s KEK=1d
# private key for signatures, ecdsa.pem or rsa.pem
SIGNER=ecdsa.pem
# further lines of the sections kek and rekey; what is protected
KEK_LINES='' REKEY_LINES=''
ACL_LINES='10 = permit ip 10.0.0.0/16 10.0.0.0/16
		20 = permit ip fd00::/16 fd00::/16'
MEMBER_LINES='reregister_margin = 1s'

# member that passes for one of another vendor, if any
FOREIGN=''

# group that multicast rekeys go to
PUSH_GROUP=239.84.8.1

# packets per second of each of the six streams, and how many all of them have
# to come to. An emulated guest on a busy machine takes few more; what it can't
# take waits in its queues, with rekeys among it, for seconds
STREAM_RATE=${GUEST_STREAM_RATE:-180}
STREAM_MIN=${GUEST_STREAM_MIN:-1000}

declare -A stream_pid stream_lost
declare -a stream_rate

# --- configuration ----------------------------------------------------------

rekey_server_conf()
{
	local TEK_LINES="lifetime = $TEK
						$TEK_LINES"
	local SERVER_LINES="kek {
						signature_key = $SIGNER
						lifetime = $KEK
						$KEK_LINES
					}
					rekey {
						$REKEY_LINES
					}
					$SERVER_LINES"

	server_conf
}

# the key that signs rekeys, into the key server's folder; RSA takes the guest
# too long, so that one comes from outside
add_signer()
{
	local dir=/run/etc/ks/swanctl/private

	mkdir -p "$dir"
	if [ "$1" = rsa.pem ]
	then
		cp "$TOOLS/rsa.pem" "$dir/"
	else
		pki --gen --type ecdsa --size 256 --outform pem > "$dir/$1" \
			2> "$RESULTS/pki"
	fi
}

# reload_server: have the key server read its changed configuration; 2 is what
# gdoictl says if it changes something
reload_server()
{
	rekey_server_conf > /run/etc/ks/swanctl/swanctl.conf
	ctl ks load-groups >> "$RESULTS/ks.load" 2>&1
	[ $? = 2 ]
}

# rekey_network N: the network of N members, and a configured key server
rekey_network()
{
	# an emulated processor may be late, and all links share its queue
	echo 100000 > /proc/sys/net/core/netdev_max_backlog
	echo 2000 > /proc/sys/net/core/netdev_budget
	build_network "$1"
	add_key_server
	network_ready
	check "our plugins are built" merge_plugins
	add_signer ecdsa.pem
	add_signer rsa.pem
	rekey_server_conf | prepare_charon ks
}

# rekey_group_up [N]: the network, key server and members 1 to 3, or to N; ends
# when all are registered and every host has reached every other one
rekey_group_up()
{
	local i j

	rekey_network "${1:-3}"
	start_charon ks
	for ((i = 1; i <= members; i++))
	do
		GDOI_SETTINGS=''
		[ "$i" != "$FOREIGN" ] || GDOI_SETTINGS='impair { foreign = yes }'
		member_conf | prepare_charon "g$i"
		start_charon "g$i"
	done
	for ((i = 1; i <= members; i++))
	do
		check "member $i registers" wait_for 180 is_registered "g$i"
	done
	for ((i = 1; i <= members; i++))
	do
		for ((j = 1; j <= members; j++))
		do
			[ "$i" = "$j" ] ||
				wait_for 20 pings "$i" "$j" "$(stream_family "$i" "$j")" ||
				fail "host $i reaches host $j"
		done
	done
}

# routes for multicast rekeys from the key server to all members
add_push_multicast()
{
	local i

	start_ready core mroute-core.log ready "$TOOLS/mroute" \
		"ks 172.16.100.2 $PUSH_GROUP r1,r2,r3"
	for i in 1 2 3
	do
		start_ready "r$i" "mroute-r$i.log" ready "$TOOLS/mroute" \
			"core 172.16.100.2 $PUSH_GROUP gm"
	done
}

# --- what became of rekeys --------------------------------------------------

# logged NS MNEMONIC: how often charon logged it
logged()
{
	grep -c "%GDOI-.-$2: " "$RESULTS/$1.charon.log"
}

# logged_ge N NS MNEMONIC: whether it did so at least N times
logged_ge()
{
	[ "$(logged "$2" "$3")" -ge "$1" ]
}

# wait_logged SECONDS N NS MNEMONIC: as wait_for, but without using up the
# processors, as it may take long
wait_logged()
{
	local end=$((SECONDS + $1))

	shift
	until logged_ge "$@"
	do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.5
	done
}

# rekeys_more NAME N [SECONDS]: N more rekeys reach every member
rekeys_more()
{
	local i seen=()

	for ((i = 1; i <= members; i++))
	do
		seen[i]=$(($(logged "g$i" GM_RECV_REKEY) + $2))
	done
	for ((i = 1; i <= members; i++))
	do
		check "$1: $2 more rekeys reach member $i" \
			wait_logged "${3:-$(($2 * 10 + 20))}" "${seen[i]}" "g$i" GM_RECV_REKEY
	done
}

# value KEY, from JSON on standard input: the first row that has it
value()
{
	tr -d '\n' | sed -n "s/.*[{,] *\"$1\": *\"\{0,1\}\([^\",}]*\).*/\1/p" |
		head -n 1
}

# registrations NS: how many of a member succeeded
registrations()
{
	ctl "$1" groups --json | value registrations-succeeded
}

# spis NS: of its ESP states, one per line
spis()
{
	in_ns "$1" ip xfrm state | grep -o 'spi 0x[0-9a-f]*' | sort -u
}

# --- the stream -------------------------------------------------------------

# streams_start [HOST...]: packets between all pairs of these hosts, or of all;
# IPv4 one way round, IPv6 the other way
streams_start()
{
	local from to

	# shellcheck disable=SC2046
	[ $# -gt 0 ] || set -- $(seq "$members")
	stream_pid=()
	for from in "$@"
	do
		for to in "$@"
		do
			[ "$from" = "$to" ] || stream_start "$from" "$to"
		done
	done
}

# stream_family FROM TO: 1 to 2 to 3 to 1 is IPv4
stream_family()
{
	[ $(((3 + $2 - $1) % 3)) = 1 ] && echo 4 || echo 6
}

stream_start()
{
	local from=$1 to=$2 family any=0.0.0.0 recv

	family=$(stream_family "$from" "$to")
	[ "$family" = 6 ] && any=::
	receive "s$from$to" "$to" "$any" "50$from$to" -n 4000000 -w 86400 -i 86400000
	recv=$started
	start "h$from" "s$from$to.send" "$TOOLS/traffic" send -n 4000000 -w 86400 \
		-r "$STREAM_RATE" "$(host"$family" "$to")" "50$from$to"
	stream_pid[$from$to]="$started $recv"
}

# streams_stop NAME: ends them; each must have lost nothing. With an empty name
# loss is only counted
streams_stop()
{
	local name=$1 pair line sent rate way

	for pair in "${!stream_pid[@]}"
	do
		kill "${stream_pid[$pair]% *}"
		wait "${stream_pid[$pair]% *}" 2>/dev/null
	done
	stream_sum=0 stream_loss=0
	stream_rate=([4]=0 [6]=0)
	for pair in "${!stream_pid[@]}"
	do
		kill "${stream_pid[$pair]#* }"
		wait "${stream_pid[$pair]#* }" 2>/dev/null
		line=$(tail -n 1 "$RESULTS/s$pair.recv")
		sent=$(field sent "$(cat "$RESULTS/s$pair.send")")
		way=$(stream_family "${pair:0:1}" "${pair:1:1}")
		rate=$(field pps "$line")
		stream_lost[$pair]=$((${sent:-0} - $(field distinct "$line")))
		stream_sum=$((stream_sum + ${sent:-0}))
		stream_rate[way]=$((stream_rate[way] + ${rate:-0}))
		stream_loss=$((stream_loss + stream_lost[$pair]))
		echo "       $pair IPv$way: sent $sent, lost ${stream_lost[$pair]}," \
			"longest pause $(field pause "$line") s, $rate/s"
		[ -z "$name" ] ||
			is "$name: no packet lost from host ${pair:0:1} to ${pair:1:1}" \
				"${stream_lost[$pair]}" -eq 0
	done
	rate=$((stream_rate[4] + stream_rate[6]))
	echo "       $stream_sum packets, $rate/s: ${stream_rate[4]}/s one way" \
		"round, ${stream_rate[6]}/s the other"
	[ -z "$name" ] ||
		is "$name: the stream has its packets per second" \
			"$rate" -ge $((STREAM_MIN * ${#stream_pid[@]} / 6))
}

# --- what was dropped -------------------------------------------------------

# the counters of drops of members, one per line: the kernel's IPsec, the crypto
# map, and what the guest itself could not take
drops()
{
	local i dropped sum=0

	while read -r _ dropped _
	do
		sum=$((sum + 16#$dropped))
	done < /proc/net/softnet_stat
	echo "backlog $sum"
	for ((i = 1; i <= members; i++))
	do
		in_ns "h$i" awk -v "h=h$i" '$1 ~ /^Udp6?(InErrors|RcvbufErrors)$/ {
			print h, $1, $2 }' /proc/net/snmp6
		in_ns "h$i" awk -v "h=h$i" '/^Udp: [0-9]/ { print h, "Udp", $4, $6 }' \
			/proc/net/snmp
	done
	# shellcheck disable=SC2046
	[ $# -gt 0 ] || set -- $(seq "$members")
	for i in "$@"
	do
		in_ns "g$i" sed "s/^/g$i /" /proc/net/xfrm_stat
		ctl "g$i" stats --json | tr ',{}' '[\n*]' |
			sed -n "s/^ *\"\(drop-[a-z-]*\)\": *\"*\([0-9]*\).*/g$i \1 \2/p"
	done
}

# drops_note: remember them; drops_same NAME [MEMBER...]: none has moved
drops_note()
{
	drops "$@" > "$RESULTS/drops.before"
	is "there are counters of drops" \
		"$(grep -c 'drop-\|Xfrm' "$RESULTS/drops.before")" -ge 60
}

drops_same()
{
	local name=$1 moved

	shift
	drops "$@" > "$RESULTS/drops.after"
	moved=$(diff "$RESULTS/drops.before" "$RESULTS/drops.after" | grep '^[<>]')
	is "$name: no counter of drops moved $moved" "${moved:-none}" = none
}
