/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_rekey_content ks_rekey_content
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_REKEY_CONTENT_H_
#define KS_REKEY_CONTENT_H_

#include "ks_fanout.h"
#include "ks_keys.h"

typedef struct ks_rekey_content_t ks_rekey_content_t;

/**
 * What one rekey tells members of each kind. It can be written again and
 * again, for retransmissions: lifetimes and delays shrink with time.
 *
 * A value with one owner, not thread-safe; write() takes as long as signatures
 * take, so hold no lock.
 */
struct ks_rekey_content_t {

	/**
	 * Add keys that end.
	 *
	 * @param deletes	what ends, copied
	 * @param count		number of them, at most GROUP_REKEY_DELETES in all
	 */
	void (*add_deletes)(ks_rekey_content_t *this,
						const group_delete_t *deletes, u_int count);

	/**
	 * Set what is to be installed.
	 *
	 * @param native	policy for KS_PEER_NATIVE members, gets adopted
	 * @param others	policy for others, gets adopted; NULL if they are told
	 *					nothing, not even what ends
	 * @param same		both say the same: one message will do for all
	 */
	void (*set_policies)(ks_rekey_content_t *this, group_policy_t *native,
						 group_policy_t *others, bool same);

	/**
	 * Have the pseudotime told that is when the message is written, instead of
	 * that which the policies have (TBAR-003).
	 *
	 * @param pseudotime	pseudotime of the group, outlives this
	 */
	void (*set_pseudotime)(ks_rekey_content_t *this,
						   ks_pseudotime_t *pseudotime);

	/**
	 * For how long can what was written be sent, so that members still get
	 * about the right pseudotime?
	 *
	 * @return			milliseconds, 0 if there is no pseudotime in it
	 */
	uint32_t (*get_freshness)(ks_rekey_content_t *this);

	/**
	 * Write, sign and encrypt: once, or once per kind of member if they are
	 * told different things.
	 *
	 * @param protector	KEK and signature key
	 * @param form		form of an RSA signature
	 * @param seq		sequence number
	 * @param now		current time
	 * @param kinds		kinds of members that there are, of the others the
	 *					message stays empty
	 * @param messages	set to the messages by kind, see ks_fanout_plan_t;
	 *					the same one twice if it is for all; clear them by
	 *					ks_rekey_messages_clear()
	 * @param reason	set to why if it fails, allocated
	 * @return			FALSE if it can't be written
	 */
	bool (*write)(ks_rekey_content_t *this, ks_protector_t *protector,
				  gdoi_sig_form_t form, uint32_t seq, time_t now,
				  const bool kinds[KS_FANOUT_VARIANTS],
				  chunk_t messages[KS_FANOUT_VARIANTS], char **reason);

	/**
	 * Destroy it.
	 */
	void (*destroy)(ks_rekey_content_t *this);
};

/**
 * Create an empty content.
 *
 * @param now			time that lifetimes are counted from
 */
ks_rekey_content_t *ks_rekey_content_create(time_t now);

/**
 * Describe keys that are in force after a rekey, and end those that are not.
 * Hold the lock of the keys.
 *
 * @param keys			keys, staged for the rekey
 * @param give			which to describe
 * @param config		configuration in force
 * @param src			where rekeys come from, of the family that they have
 * @param now			current time
 * @return				content, NULL if there are no keys to describe
 */
ks_rekey_content_t *ks_rekey_content_build(ks_keys_t *keys, ks_give_t give,
										   ks_config_t *config, host_t *src,
										   time_t now);

/**
 * Make a content that ends all keys of the group and brings none: members have
 * to register again.
 *
 * @param now			current time
 */
ks_rekey_content_t *ks_rekey_content_end_all(time_t now);

/**
 * Wipe and free written messages.
 */
void ks_rekey_messages_clear(chunk_t messages[KS_FANOUT_VARIANTS]);

#endif /** KS_REKEY_CONTENT_H_ @}*/
