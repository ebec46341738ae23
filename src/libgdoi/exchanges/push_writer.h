/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup gdoi_push_writer gdoi_push_writer
 * @{ @ingroup libgdoi_exchanges
 *
 * Makes GROUPKEY-PUSH messages, RFC 6407 section 4. No state.
 */

#ifndef GDOI_PUSH_WRITER_H_
#define GDOI_PUSH_WRITER_H_

#include "../group/group_rekey.h"

#include <credentials/keys/private_key.h>

/**
 * What an RSA signature holds.
 */
typedef enum {
	/** hash in a DigestInfo, as RFC 6407 says */
	GDOI_SIG_DIGEST_INFO = 0,
	/** bare hash, as IKEv1 does it and the 2011 reference code too */
	GDOI_SIG_RAW,
} gdoi_sig_form_t;

/**
 * Write, sign and encrypt a rekey. The signed text counts the message without
 * its padding. Takes as long as a signature: hold no lock. Any thread, as long
 * as the key is not used by another at the same time.
 *
 * @param rekey		content, with its sequence number
 * @param kek		KEK that protects it, with keys: for a rekey that brings a
 *					new KEK this is the one before
 * @param key		signature key, of the kind that the KEK's policy names
 * @param form		form of an RSA signature
 * @param datagram	message without Non-ESP marker, allocated; chunk_clear() it
 * @param reason	set to why, allocated, if FALSE is returned; may be NULL
 * @return			FALSE if it can't be expressed, signed or encrypted
 */
bool gdoi_push_write(group_rekey_t *rekey, group_kek_t *kek,
					 private_key_t *key, gdoi_sig_form_t form,
					 chunk_t *datagram, char **reason);

#endif /** GDOI_PUSH_WRITER_H_ @}*/
