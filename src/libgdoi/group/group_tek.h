/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup group_tek group_tek
 * @{ @ingroup libgdoi_group
 */

#ifndef GROUP_TEK_H_
#define GROUP_TEK_H_

#include "group_acl.h"

#include <crypto/crypters/crypter.h>
#include <crypto/signers/signer.h>
#include <crypto/proposal/proposal.h>

typedef struct group_tek_t group_tek_t;
typedef struct group_tek_data_t group_tek_data_t;
typedef enum group_tek_direction_t group_tek_direction_t;
typedef enum group_tek_preserve_t group_tek_preserve_t;
typedef enum group_replay_t group_replay_t;

/** longest window of counter replay in packets, as Linux has it */
#define GROUP_REPLAY_PACKETS_MAX 4096

/**
 * What members may do with a TEK (SA Direction).
 */
enum group_tek_direction_t {
	/** send and receive, the default */
	GROUP_TEK_BOTH = 0,
	/** receive only */
	GROUP_TEK_RECEIVER_ONLY,
	/** send only */
	GROUP_TEK_SENDER_ONLY,
};

/**
 * Which inner addresses the outer header copies (Address Preservation).
 */
enum group_tek_preserve_t {
	/** both, the default */
	GROUP_TEK_PRESERVE_BOTH = 0,
	/** neither */
	GROUP_TEK_PRESERVE_NONE,
	/** source only */
	GROUP_TEK_PRESERVE_SRC,
	/** destination only */
	GROUP_TEK_PRESERVE_DST,
};

/**
 * Replay protection that goes with a TEK.
 */
enum group_replay_t {
	/** none */
	GROUP_REPLAY_NONE = 0,
	/** ESP sequence numbers; the window counts packets, 1 to
	 *  GROUP_REPLAY_PACKETS_MAX */
	GROUP_REPLAY_COUNTER,
	/** pseudotime; the window counts milliseconds, but has whole seconds from
	 *  PSEUDOTIME_WINDOW_MIN to _MAX, as that is what is sent. The policy of
	 *  such a TEK has a pseudotime */
	GROUP_REPLAY_TIME,
	/** IP-D3P time stamps; the window counts milliseconds. It is that of the
	 *  policy, which has the layout too: readers set it from there, writers
	 *  don't look at it */
	GROUP_REPLAY_D3P,
};

/**
 * Values of a TEK.
 */
struct group_tek_data_t {

	/** PROTO_ESP or PROTO_AH */
	protocol_id_t protocol;

	/** SPI in network byte order, as strongSwan keeps SPIs; not 0 */
	uint32_t spi;

	/** cipher, ENCR_UNDEFINED for AH; ENCR_NULL_AUTH_AES_GMAC and the AEADs
	 *  have integ AUTH_UNDEFINED */
	encryption_algorithm_t encr;

	/** length of the cipher's key in bits without salt, 0 if fixed */
	uint16_t encr_bits;

	/** integrity algorithm, AUTH_UNDEFINED for none */
	integrity_algorithm_t integ;

	/** tunnel mode, transport mode otherwise */
	bool tunnel;

	/** seconds that the TEK lives, counted from its delivery; never 0 */
	uint32_t lifetime;

	/** who may send and receive */
	group_tek_direction_t direction;

	/** addresses that the outer header copies */
	group_tek_preserve_t preserve;

	/** replay protection */
	group_replay_t replay;

	/** window of the replay protection, in the unit of its method; 0 for
	 *  GROUP_REPLAY_NONE */
	uint32_t replay_window;

	/** traffic that the TEK protects, at least one line: packets are matched
	 *  with the lines of all TEKs of a policy, one TEK after the other, and the
	 *  first line that matches decides; deny and no match at all are clear */
	group_acl_t *acl;

	/** cipher key with the salt of an AEAD appended, empty if not known */
	chunk_t encr_key;

	/** integrity key, empty if not known */
	chunk_t integ_key;
};

/**
 * A traffic encryption key and its policy: an immutable value that threads
 * share by reference.
 */
struct group_tek_t {

	/**
	 * Get the values.
	 *
	 * @return			values, valid as long as the reference; read only
	 */
	const group_tek_data_t* (*get)(group_tek_t *this);

	/**
	 * Check if the keys that the algorithms ask for are there.
	 */
	bool (*has_keys)(group_tek_t *this);

	/**
	 * Make the same TEK with keys.
	 *
	 * @param encr_key	cipher key with salt, gets cloned; may be empty
	 * @param integ_key	integrity key, gets cloned; may be empty
	 * @return			new TEK, NULL if a key has not the length that its
	 *					algorithm asks for
	 */
	group_tek_t* (*with_keys)(group_tek_t *this, chunk_t encr_key,
							  chunk_t integ_key);

	/**
	 * Make the same TEK with another lifetime, e.g. the remaining one.
	 *
	 * @param lifetime	seconds
	 * @return			new TEK
	 */
	group_tek_t* (*with_lifetime)(group_tek_t *this, uint32_t lifetime);

	/**
	 * Get another reference.
	 */
	group_tek_t* (*get_ref)(group_tek_t *this);

	/**
	 * Give back a reference; the last one wipes the keys.
	 */
	void (*destroy)(group_tek_t *this);
};

/**
 * Create a TEK.
 *
 * @param data		values; keys get cloned, acl is referenced
 * @return			TEK with one reference
 */
group_tek_t *group_tek_create(const group_tek_data_t *data);

/**
 * Length of the key material that a cipher takes from a TEK, salt included.
 *
 * @param encr		cipher
 * @param bits		key length in bits, 0 for the cipher's only one
 * @return			octets; 0 for ENCR_NULL, ENCR_UNDEFINED and for ciphers and
 *					key lengths that GDOI can't name
 */
size_t group_tek_encr_key_len(encryption_algorithm_t encr, uint16_t bits);

/**
 * Length of the key of an integrity algorithm.
 *
 * @param integ		algorithm
 * @return			octets, 0 if GDOI can't name it
 */
size_t group_tek_integ_key_len(integrity_algorithm_t integ);

/**
 * Check if a cipher's security rests on IVs that no two senders share
 * (AES-CTR, CCM, GCM, GMAC): such a TEK needs Sender IDs.
 */
bool group_tek_is_counter_mode(encryption_algorithm_t encr);

#endif /** GROUP_TEK_H_ @}*/
