# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

KEY=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
# xfrm_alg NAME: algorithm and keys as "ip xfrm state" wants them
xfrm_alg()
{
	case $1 in
		cbc) echo "enc cbc(aes) 0x$KEY auth-trunc hmac(sha256) 0x$KEY 128" ;;
		gcm) echo "aead rfc4106(gcm(aes)) 0x${KEY}00112233 128" ;;
	esac
}
