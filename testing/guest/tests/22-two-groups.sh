#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two groups on one interface of each member, with the distribution's charon: a
# crypto map for both, a key for each. One isn't served at first and is
# fail-close (GM-051), which leaves the other's traffic alone; one goes, and the
# other loses no packet.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../charon.sh"

build_network 2
add_key_server
network_ready
for i in 1 2
do
	ip -n "h$i" addr add "10.1.$i.2/24" dev eth0
	ip -n "g$i" addr add "10.1.$i.1/24" dev lan
	ip -n "r$i" route add "10.1.$i.0/24" via "172.16.$i.2"
	ip -n core route add "10.1.$i.0/24" via "172.17.$i.2"
done
check "our plugins are built" merge_plugins

# groups_of_server GROUP...: swanctl.conf of the key server; group N protects
# 10.N.0.0/16
groups_of_server()
{
	local n

	server_conf | sed '/^groups {/,$d'
	echo "groups {"
	for n in "$@"
	do
		cat <<- EOT
			net$n {
				id = $n
				server {
					local_address = 172.16.100.2
					connections = members
					authorize { addresses = 172.16.0.0/16 }
					teks { data { acl = net$n } }
				}
			}
		EOT
	done
	echo "}"
	echo "acls {"
	for n in "$@"
	do
		echo "net$n { 10 = permit ip 10.$n.0.0/16 10.$n.0.0/16 }"
	done
	echo "}"
	echo 'secrets { ike { secret = "guest tests only" } }'
}

# groups_of_member GROUP...: swanctl.conf of a member
groups_of_member()
{
	local n

	member_conf | sed '/^groups {/,$d'
	echo "groups {"
	for n in "$@"
	do
		cat <<- EOT
			net$n {
				id = $n
				member {
					servers = ks1
					interface = wan
					fail_close = yes
					retry_initial = 2s
					retry_max = 2s
				}
			}
		EOT
	done
	echo "}"
	echo 'secrets { ike { secret = "guest tests only" } }'
}

# reload NS: take the groups of the configuration from standard input
reload()
{
	cat > "/run/etc/$1/swanctl/swanctl.conf"
	ctl "$1" load-groups >> "$RESULTS/$1.load" 2>&1
}

# registered NS GROUP: whether that group has its keys
registered()
{
	ctl "$1" groups "$2" --json | grep -q '"REGISTERED"'
}

# talk NET: whether host 1 reaches host 2 with addresses 10.NET.x.2
talk()
{
	in_ns h1 ping -n -q -c 3 -i 0.2 -W 2 -I "10.$1.1.2" "10.$1.2.2"
}

# spis FILE: SPIs in a capture
spis()
{
	show "$1" "ip proto 50" | grep -o 'spi=0x[0-9a-f]*' | sort -u
}

check "groups: the network carries packets" wait_for 20 talk 1
groups_of_server 0 > "$RESULTS/ks.conf"
prepare_charon ks < "$RESULTS/ks.conf"
for i in 1 2
do
	groups_of_member 0 1 | prepare_charon "g$i"
done
start_charon ks
for i in 1 2
do
	start_charon "g$i"
done
for i in 1 2
do
	check "GM-001: member $i registers with one group" \
		wait_for 60 registered "g$i" net0
	check "GM-051: but not with the other" not registered "g$i" net1
done
check "GM-051: one group's fail-close leaves the other alone" \
	wait_for 10 talk 0
check "GM-051: its own traffic is dropped" not talk 1
check "GM-051: and any that is nobody's" \
	not in_ns h1 ping -n -q -c 2 -W 1 172.17.2.1

groups_of_server 0 1 | reload ks
for i in 1 2
do
	check "GM-001: member $i registers with the second group" \
		wait_for 60 registered "g$i" net1
done
capture both r1 gm
check "groups: one talks" wait_for 10 talk 0
check "groups: the other talks" wait_for 10 talk 1
wait_for 5 captured_ge 12 both "ip proto 50"
capture_stop both
is "groups: nothing in clear" "$(captured both icmp)" -eq 0
is "groups: each has its key" "$(spis both | wc -l)" -eq 2
is "groups: packets of one have one key" "$(show both \
	"ip proto 50 and net 10.0.0.0/16" | grep -o 'spi=0x[0-9a-f]*' |
	sort -u | wc -l)" -eq 1
is "groups: one crypto map for both" "$(in_ns g1 \
	ip -br link show type xfrm | wc -l)" = 1
check "groups: what is nobody's passes" \
	wait_for 10 in_ns h1 ping -n -q -c 1 -W 1 172.17.2.1

# one group goes while the other has traffic
receive stay 2 10.1.2.2 5000 -n 400 -w 20
transmit 1 10.1.2.2 5000 -s 10.1.1.2 -n 400 -r 50 > "$RESULTS/stay.send" &
sender=$!
for i in 1 2
do
	groups_of_member 1 | reload "g$i"
done
wait "$sender"
is "groups: one goes, and the other loses no packet" \
	"$(field distinct "$(received stay)")" -eq 400
capture left r1 gm icmp
check "groups: the one that went talks in clear" wait_for 10 talk 0
wait_for 5 captured_ge 6 left
capture_stop left
is "groups: in clear indeed" "$(captured left "net 10.0.0.0/16")" -ge 6
is "groups: the other does not" "$(captured left "net 10.1.0.0/16")" -eq 0

# and comes back beside it
for i in 1 2
do
	groups_of_member 0 1 | reload "g$i"
done
for i in 1 2
do
	check "GM-001: member $i registers again" wait_for 60 registered "g$i" net0
done
check "groups: it talks again" wait_for 10 talk 0
check "groups: the other still does" wait_for 10 talk 1
for i in 1 2
do
	is "no XFRM error at member $i: $(xfrm_error_list "g$i")" \
		"$(xfrm_errors "g$i")" -eq 0
	kill_charon "g$i"
	is "groups: member $i leaves no trace" "$(in_ns "g$i" sh -c \
		'tc filter show dev wan egress; ip -br link show type xfrm' |
		wc -l)" -eq 0
done
finish
