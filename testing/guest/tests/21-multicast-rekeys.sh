#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A closed crypto map that claims all traffic lets pass what rekeys need: a
# membership of their multicast group, the rekeys, and acknowledgements
# (GM-005, GM-051, GM-056). And it tells of an unknown SPI once.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../members.sh"

GROUP=239.6.4.7 GROUP6=ff15::6407

# udp NS SOURCE DESTINATION PORT: a datagram from and to this port, by multicast
# on the interface of the source
udp()
{
	in_ns "$1" python3 - "$2" "$3" "$4" <<-'END'
		import socket, sys
		source, destination, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
		sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		sock.bind((source, port))
		sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
		                socket.inet_aton(source))
		sock.sendto(b'rekey', (destination, port))
	END
}

# rises NAME STAT COMMAND...: whether a counter of member 1 rises
rises()
{
	local name=$1 stat=$2 before

	shift 2
	before=$(member_stat 1 "$stat")
	"$@"
	wait_for 5 test "$(member_stat 1 "$stat")" -gt "$before" || sleep 0.2
	is "$name" "$(member_stat 1 "$stat")" -gt "$before"
}

build_network 2
network_ready
capture wire r1 gm "igmp or ip6[48] = 143 or udp port 848"
member_up 1 "permit ip any any" close
must 1 servers 172.16.1.1

check "IPv4 group joined" ip -n g1 addr add "$GROUP/32" dev wan autojoin
check "IPv6 group joined" ip -n g1 addr add "$GROUP6/128" dev wan autojoin
check "GM-005 an IGMP report passes" \
	wait_for 10 captured_ge 1 wire igmp and host 224.0.0.22
check "GM-005 an MLD report passes" \
	wait_for 10 captured_ge 1 wire 'ip6[48] = 143'
rises "GM-056 a rekey by multicast enters" bypassed \
	udp r1 172.16.1.1 "$GROUP" 848
rises "GM-056 a rekey by unicast enters" bypassed \
	udp r1 172.16.1.1 172.16.1.2 848
rises "GM-051 another port does not" drop-clear \
	udp r1 172.16.1.1 "$GROUP" 849
udp g1 172.16.1.2 172.16.1.1 848
check "GM-056 an acknowledgement leaves" \
	wait_for 10 captured_ge 1 wire udp and src 172.16.1.2

check "no unknown SPI yet" not dp 1 unknown-spi
rises "ESP with an unknown SPI is dropped" "$STAT_UNKNOWN_SPI" \
	in_ns r1 "$TOOLS/inject" esp "$(host4 2)" "$(host4 1)" 0xdeadbeef 3
is "it can be asked for" "$(dp 1 unknown-spi)" = deadbeef
check "and is told of but once" not dp 1 unknown-spi

finish
