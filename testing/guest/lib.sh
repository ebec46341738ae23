# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What guest scripts share: results, waiting, captures and a network of group
# members. To be sourced. Nothing here knows GDOI; members.sh adds that.
#
# The network, for member N of as many as asked for (all links are veths):
#
#   hN ---- gN ---- rN ---- core        rN, core: routers that know no secret
#   LAN host  gateway  edge router
#
#   hN eth0   10.0.N.2/24    fd00:N::2/64      (gN lan: .1, ::1)
#   gN wan    172.16.N.2/24  fd01:N::2/64      (rN gm: .1, ::1)
#   rN core   172.17.N.2/24  fd02:N::2/64      (core rN: .1, ::1)
#
# Multicast sources are the hosts, the groups below go from each to all others
# along static routes. Gateways and routers run with strict rp_filter.

GROUP4=239.1.1.1
GROUP6=ff3e::1:1
# where logs and captures go, and where the small C tools are
RESULTS=${GUEST_RESULTS:-$(mktemp -d)}
TOOLS=${GUEST_TOOLS:-$(dirname "${BASH_SOURCE[0]}")/tools}

passed=0 failed=0
pids=()
declare -A capture_pid

# --- results ----------------------------------------------------------------

pass()
{
	passed=$((passed + 1))
	echo "ok   - $*"
}

fail()
{
	failed=$((failed + 1))
	echo "FAIL - $*"
}

# check NAME COMMAND...: passes if the command succeeds
check()
{
	local name=$1 out

	shift
	if out=$("$@" 2>&1)
	then
		pass "$name"
	else
		fail "$name: $* ${out:+-> $out}"
	fi
}

# is NAME ACTUAL OP EXPECTED: numbers with -eq, -ge..., strings with = or !=
is()
{
	if test "$2" "$3" "$4"
	then
		pass "$1"
	else
		fail "$1: got '$2', expected $3 '$4'"
	fi
}

# not COMMAND...: succeeds if the command fails
not()
{
	! "$@"
}

# prints the closing line and ends the script accordingly
finish()
{
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
	exit
}

# --- waiting and processes --------------------------------------------------

# wait_for SECONDS COMMAND...: until the command succeeds; 1 if it never does
wait_for()
{
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))

	shift
	until "$@" >/dev/null 2>&1
	do
		[ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# in_ns NS COMMAND...: run there. A gateway has a mount namespace too, whose
# /sys is its own, as on a machine of its own
in_ns()
{
	local ns=$1 mounts=

	shift
	[ -e "/run/mnt/$ns" ] && mounts=--mount=/run/mnt/$ns
	nsenter "--net=/run/netns/$ns" $mounts "$@"
}

# start NS LOG COMMAND...: in the background, output to LOG in the results
# folder, process id in $started
start()
{
	local ns=$1 log=$RESULTS/$2 mounts=

	shift 2
	: > "$log"
	[ -e "/run/mnt/$ns" ] && mounts=--mount=/run/mnt/$ns
	# nsenter becomes the command, so that a kill reaches it
	nsenter "--net=/run/netns/$ns" $mounts "$@" >> "$log" 2>&1 &
	started=$!
	pids+=("$started")
}

# stop PID: ends a process started by us and waits for it
stop()
{
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

# start_ready NS LOG TEXT COMMAND...: start, and wait until its log has TEXT
start_ready()
{
	local ns=$1 log=$2 text=$3

	shift 3
	start "$ns" "$log" "$@"
	wait_for 20 grep -q -e "$text" "$RESULTS/$log" ||
		fail "$* did not start: $(head -n 3 "$RESULTS/$log")"
}

cleanup()
{
	local ns pid

	for pid in "${pids[@]}"
	do
		kill "$pid" 2>/dev/null
	done
	sleep 0.2
	for pid in "${pids[@]}"
	do
		kill -9 "$pid" 2>/dev/null
	done
	wait 2>/dev/null
	for ns in $(ip netns list | awk '{ print $1 }')
	do
		ip netns del "$ns" 2>/dev/null
		umount "/run/mnt/$ns" 2>/dev/null && rm -f "/run/mnt/$ns"
	done
	pids=()
}

# --- captures ---------------------------------------------------------------

# capture NAME NS IFACE [FILTER...]: packets to NAME.pcap in the results folder
capture()
{
	local name=$1 ns=$2 iface=$3

	shift 3
	start_ready "$ns" "$name.tcpdump" "listening on" \
		tcpdump -Z root -n -U --immediate-mode -s 256 -i "$iface" \
		-w "$RESULTS/$name.pcap" "$@"
	capture_pid[$name]=$started
}

capture_stop()
{
	kill -INT "${capture_pid[$1]}" 2>/dev/null
	wait "${capture_pid[$1]}" 2>/dev/null
	unset "capture_pid[$1]"
}

# captured NAME [FILTER...]: number of matching packets so far
captured()
{
	local name=$1

	shift
	tcpdump -n -r "$RESULTS/$name.pcap" "$@" 2>/dev/null | wc -l
}

# captured_ge N NAME [FILTER...]: whether there are at least N, for wait_for
captured_ge()
{
	local n=$1

	shift
	[ "$(captured "$@")" -ge "$n" ]
}

# show NAME [OPTION...] [FILTER...]: the packets in words
show()
{
	local name=$1

	shift
	tcpdump -n -r "$RESULTS/$name.pcap" "$@" 2>/dev/null
}

# --- counters ---------------------------------------------------------------

# sum of the XFRM error counters of a namespace
xfrm_errors()
{
	in_ns "$1" awk '{ n += $2 } END { print n + 0 }' /proc/net/xfrm_stat
}

# the XFRM error counters that are not zero, in one line
xfrm_error_list()
{
	in_ns "$1" awk '$2 { printf "%s=%s ", $1, $2 }' /proc/net/xfrm_stat
}

# field NAME LINE: the value of NAME=VALUE in a line of the traffic tool
field()
{
	sed -n "s/.*\b$1=\([^ ]*\).*/\1/p" <<< "$2"
}

# --- network ----------------------------------------------------------------

# add_ns NAME router|host|gateway
add_ns()
{
	ip netns add "$1"
	if [ "$2" = gateway ]
	then
		if [ ! -d /run/mnt ]
		then
			mkdir /run/mnt
			mount --bind --make-private /run/mnt /run/mnt
		fi
		: > "/run/mnt/$1"
		nsenter "--net=/run/netns/$1" unshare "--mount=/run/mnt/$1" sh -c \
			'mount -t sysfs sysfs /sys && mount -t bpf bpf /sys/fs/bpf'
	fi
	in_ns "$1" sh -c '
		ip link set lo up
		echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad
		echo 0 > /proc/sys/net/ipv6/conf/default/router_solicitations
		echo 0 > /proc/sys/net/ipv4/icmp_ratelimit
		echo 0 > /proc/sys/net/ipv6/icmp/ratelimit
		[ "$1" = host ] && exit 0
		echo 1 > /proc/sys/net/ipv4/ip_forward
		echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
		echo 1 > /proc/sys/net/ipv4/conf/all/rp_filter
		echo 1 > /proc/sys/net/ipv4/conf/default/rp_filter
		' sh "$2"
}

# add_link NS1 IFACE1 NS2 IFACE2 NET4 NET6: NS1 gets .1, NS2 gets .2
add_link()
{
	ip link add "$2" netns "$1" mtu 1500 type veth \
		peer name "$4" netns "$3" mtu 1500
	ip -n "$1" -b - <<- EOT
		link set $2 up
		addr add $5.1/24 dev $2
		addr add $6::1/64 dev $2 nodad
	EOT
	ip -n "$3" -b - <<- EOT
		link set $4 up
		addr add $5.2/24 dev $4
		addr add $6::2/64 dev $4 nodad
	EOT
}

# add_default NS NET4 NET6: everything else goes to .1
add_default()
{
	ip -n "$1" route add default via "$2.1"
	ip -n "$1" route add default via "$3::1"
}

# add_member N: host, gateway and edge router of one member
add_member()
{
	local i=$1

	add_ns "h$i" host
	add_ns "g$i" gateway
	add_ns "r$i" router
	add_link "g$i" lan "h$i" eth0 "10.0.$i" "fd00:$i"
	add_link "r$i" gm "g$i" wan "172.16.$i" "fd01:$i"
	add_link core "r$i" "r$i" core "172.17.$i" "fd02:$i"
	add_default "h$i" "10.0.$i" "fd00:$i"
	add_default "g$i" "172.16.$i" "fd01:$i"
	add_default "r$i" "172.17.$i" "fd02:$i"
	ip -n "r$i" route add "10.0.$i.0/24" via "172.16.$i.2"
	ip -n "r$i" route add "fd00:$i::/64" via "fd01:$i::2"
	ip -n core -b - <<- EOT
		route add 10.0.$i.0/24 via 172.17.$i.2
		route add 172.16.$i.0/24 via 172.17.$i.2
		route add fd00:$i::/64 via fd02:$i::2
		route add fd01:$i::/64 via fd02:$i::2
	EOT
}

# build_network N: N members around one core router
build_network()
{
	local i

	members=$1
	modprobe -a veth sch_netem 2>/dev/null
	add_ns core router
	for ((i = 1; i <= members; i++))
	do
		add_member "$i"
	done
}

# the multicast routes of member N's gateway and edge router, and of the core
add_multicast()
{
	local i s others gateway router core=()

	for ((i = 1; i <= members; i++))
	do
		gateway=() router=()
		for ((s = 1; s <= members; s++))
		do
			local iif=wan oif=lan riif=core roif=gm
			[ "$s" = "$i" ] && iif=lan oif=wan riif=gm roif=core
			gateway+=("$iif 10.0.$s.2 $GROUP4 $oif"
					  "$iif fd00:$s::2 $GROUP6 $oif")
			router+=("$riif 10.0.$s.2 $GROUP4 $roif"
					 "$riif fd00:$s::2 $GROUP6 $roif")
		done
		others=$(seq 1 "$members" | grep -vx "$i" | sed 's/^/r/' | paste -sd,)
		core+=("r$i 10.0.$i.2 $GROUP4 $others" "r$i fd00:$i::2 $GROUP6 $others")
		start_ready "g$i" "mroute-g$i.log" ready "$TOOLS/mroute" "${gateway[@]}"
		start_ready "r$i" "mroute-r$i.log" ready "$TOOLS/mroute" "${router[@]}"
	done
	start_ready core mroute-core.log ready "$TOOLS/mroute" "${core[@]}"
}

# link_mtu N MTU: of the link between member N's edge router and the core
link_mtu()
{
	ip -n "r$1" link set core mtu "$2"
	ip -n core link set "r$1" mtu "$2"
}

host4()
{
	echo "10.0.$1.2"
}

host6()
{
	echo "fd00:$1::2"
}

# pings FROM TO 4|6 [OPTION...]: whether host FROM reaches host TO
pings()
{
	local from=$1 to=$2 family=$3

	shift 3
	in_ns "h$from" ping -n -q -c 3 -i 0.2 -W 3 "$@" "$("host$family" "$to")"
}

# wait until every host reaches its own gateway and the core, in both families
network_ready()
{
	local i

	for ((i = 1; i <= members; i++))
	do
		wait_for 20 in_ns "h$i" ping -n -q -c 1 -W 1 "172.17.$i.1" &&
		wait_for 20 in_ns "h$i" ping -n -q -c 1 -W 1 "fd02:$i::1" ||
			fail "member $i reaches the core"
	done
}

# --- traffic ----------------------------------------------------------------

# receive NAME N ADDR PORT [OPTION...]: a receiver on host N
receive()
{
	local name=$1 host=$2 addr=$3 port=$4

	shift 4
	start_ready "h$host" "$name.recv" listening \
		"$TOOLS/traffic" recv "$@" "$addr" "$port"
}

# received NAME: waits for the receiver's end and prints its line; made for
# command substitution, where a shell can't wait for its parent's children
received()
{
	wait_for 60 grep -q '^received=' "$RESULTS/$1.recv"
	tail -n 1 "$RESULTS/$1.recv"
}

# transmit N ADDR PORT [OPTION...]: send from host N, prints the sender's line
transmit()
{
	local host=$1 addr=$2 port=$3

	shift 3
	in_ns "h$host" "$TOOLS/traffic" send "$@" "$addr" "$port"
}

trap cleanup EXIT
