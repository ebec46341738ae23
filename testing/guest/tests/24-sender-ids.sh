#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sender IDs of AES-GCM by sampling (RFC 6054, RFC 6407 section 3.5): states are
# added to the kernel until their IVs begin with the Sender ID. Three members
# under one key, both families; no probe leaves the box, and the wire has no IV
# twice. GUEST_SID_BITS says which lengths, 16 takes minutes.

. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../members.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../sids.sh"

build_network 3
network_ready
for i in 1 2 3
do
	member_up "$i" "$ACL_LANS"
done

# all packets that leave, whatever they are; IPv6 neighbours may talk
for i in 1 2 3
do
	capture "wire$i" "r$i" gm "ip or (ip6 and not icmp6)"
done

spi=$((SPI1))
tries=0 ms=0
for bits in ${GUEST_SID_BITS:-8}
do
	key=$(printf 0x%08x "$spi")
	for i in 1 2 3
	do
		member_sa "$i" "$key" gcm
		# the first and last ones, and what begins with zeros
		sid4=$(((1 << bits) - 2 * i)) sid6=$((2 * i))
		out=$(dp "$i" sample "${key#0x}" "$bits" "$sid4" "$sid6")
		is "member $i has Sender IDs of $bits bits: ${out//$'\n'/; }" $? -eq 0
		while read -r line
		do
			tries=$((tries + $(field tries "$line")))
			ms=$((ms + $(field ms "$line")))
		done <<< "$out"
	done
	for i in 1 2 3
	do
		is "no probe leaves member $i" "$(captured "wire$i")" -eq 0
		is "nothing is left of sampling at member $i" \
			"$(in_ns "g$i" ip xfrm policy | grep -c 'mark 0xd8')" -eq 0
	done
	spi=$((spi + 1))
done
rate=$((tries * 1000 / (ms > 0 ? ms : 1)))
echo "       $tries tries in $ms ms: $rate/s"
is "there are enough tries per second" "$rate" -ge 100
# a Sender ID that no state can have
check "longer ones are refused" not dp 1 sample "${SPI1#0x}" 17 1 2
check "those out of range are refused" not dp 1 sample "${SPI1#0x}" 8 256 2

spi=$((SPI1))
for bits in ${GUEST_SID_BITS:-8}
do
	key=$(printf 0x%08x "$spi")
	for i in 1 2 3
	do
		must "$i" esp 0 4 8 16
		member_ready "$i" "$key"
		sent_capture "$i"
	done
	for pair in "1 2" "2 3" "3 1"
	do
		# shellcheck disable=SC2086
		check "hosts ${pair/ / and } talk" pings $pair 4 -c 20 -i 0.05
		# shellcheck disable=SC2086
		check "and by IPv6" pings $pair 6 -c 20 -i 0.05
	done
	for i in 1 2 3
	do
		capture_stop "sent$i"
	done
	ivs 1 2 3 > "$RESULTS/ivs-$bits"
	is "there are packets" "$(wc -l < "$RESULTS/ivs-$bits")" -ge 240
	no_iv_twice "$bits bits" "$RESULTS/ivs-$bits"
	for i in 1 2 3
	do
		printf '%d 4 %08x %d\n%d 6 %08x %d\n' \
			"$i" "$spi" $(((1 << bits) - 2 * i)) "$i" "$spi" $((2 * i))
	done > "$RESULTS/expected-$bits"
	sids "$bits" < "$RESULTS/ivs-$bits" > "$RESULTS/sids-$bits"
	check "every IV of $bits bits begins with the Sender ID" \
		diff "$RESULTS/expected-$bits" "$RESULTS/sids-$bits"
	spi=$((spi + 1))
done
finish
