# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What captured ESP packets say of Sender IDs. To be sourced after lib.sh.

# what member N sends, captured on the link to its edge router as "sentN"
sent_capture()
{
	capture "sent$1" "r$1" gm \
		"(ip proto 50 and src net 10.0.$1.0/24) or" \
		"(ip6 proto 50 and src net fd00:$1::/64)"
}

# ivs N...: a line for each captured packet of these members: member, family,
# SPI, the 16 hexadecimal digits of the IV
ivs()
{
	local i

	for i in "$@"
	do
		show "sent$i" -x | awk -v member="$i" '
			function flush() {
				if (hex == "")
					return
				family = substr(hex, 1, 1)
				# behind the IP header: SPI, sequence number, IV
				at = family == 4 ? 40 : 80
				print member, family, substr(hex, at + 1, 8),
					substr(hex, at + 17, 16)
				hex = ""
			}
			/^\t0x/ { for (n = 2; n <= NF; n++) hex = hex $n; next }
			{ flush() }
			END { flush() }'
	done
}

# sids BITS: for lines of ivs() on standard input, each Sender ID once: member,
# family, SPI, Sender ID in decimal; its length is one of whole digits
sids()
{
	awk -v "digits=$(($1 / 4))" '{ print $1, $2, $3, substr($4, 1, digits) }' |
		sort -u | while read -r member family spi sid
	do
		echo "$member $family $spi $((16#$sid))"
	done
}

# no_iv_twice NAME FILE: over all members, no IV comes twice under a key
no_iv_twice()
{
	is "$1: no IV twice among $(wc -l < "$2") packets" \
		"$(awk '{ print $3, $4 }' "$2" | sort | uniq -d | wc -l)" -eq 0
}
