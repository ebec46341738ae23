/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup group_policy group_policy
 * @{ @ingroup libgdoi_group
 */

#ifndef GROUP_POLICY_H_
#define GROUP_POLICY_H_

#include "group_kek.h"
#include "group_tek.h"
#include "d3p_window.h"
#include "pseudotime.h"

typedef struct group_policy_t group_policy_t;
typedef enum group_acl_form_t group_acl_form_t;

/** most Sender IDs that a policy holds, and that one message may bring */
#define GROUP_POLICY_SIDS_MAX 256

/** shortest and longest Sender IDs in bits: RFC 6407 has 8, 12 and 16 as
 *  mandatory, and 32 bits of counter is the least that a TEK's life needs */
#define GROUP_POLICY_SID_BITS_MIN 8
#define GROUP_POLICY_SID_BITS_MAX 32

/**
 * How the access lists of a policy travel.
 */
enum group_acl_form_t {
	/** permit lines as selectors of SATs; deny lines can't be told */
	GROUP_ACL_STRICT = 0,
	/** the same, but deny lines are left out */
	GROUP_ACL_PERMITS,
	/** as lists in POLICY_ACL: only to peers that announced it */
	GROUP_ACL_LISTS,
};

/**
 * All that a registration hands to a member: at most one KEK, any number of
 * TEKs, the delays of a changeover, and Sender IDs for counter modes.
 *
 * One owner at a time, not thread-safe; its KEK and TEKs are shared values.
 */
struct group_policy_t {

	/**
	 * Set the KEK.
	 *
	 * @param kek		KEK, reference gets adopted; NULL for none
	 */
	void (*set_kek)(group_policy_t *this, group_kek_t *kek);

	/**
	 * Get the KEK.
	 *
	 * @return			KEK of the policy (no new reference), NULL if none
	 */
	group_kek_t* (*get_kek)(group_policy_t *this);

	/**
	 * Add a TEK after the last.
	 *
	 * @param tek		TEK, reference gets adopted
	 */
	void (*add_tek)(group_policy_t *this, group_tek_t *tek);

	/**
	 * Number of TEKs.
	 */
	u_int (*get_tek_count)(group_policy_t *this);

	/**
	 * Enumerate the TEKs in their order.
	 *
	 * @return			enumerator over group_tek_t* (no new references)
	 */
	enumerator_t* (*create_tek_enumerator)(group_policy_t *this);

	/**
	 * Find a TEK.
	 *
	 * @param protocol	PROTO_ESP or PROTO_AH
	 * @param spi		SPI in network byte order
	 * @return			TEK (no new reference), NULL if none
	 */
	group_tek_t* (*find_tek)(group_policy_t *this, protocol_id_t protocol,
							 uint32_t spi);

	/**
	 * Set the delays of a changeover, in seconds after receipt.
	 *
	 * @param atd		before new SAs may send, 0 for at once
	 * @param dtd		before old SAs are removed, 0 if not given; a given one
	 *					must exceed atd
	 */
	void (*set_delays)(group_policy_t *this, uint16_t atd, uint16_t dtd);

	/**
	 * Get the delays of a changeover.
	 *
	 * @param atd		seconds, 0 for at once
	 * @param dtd		seconds, 0 if not given
	 */
	void (*get_delays)(group_policy_t *this, uint16_t *atd, uint16_t *dtd);

	/**
	 * Set how access lists travel, GROUP_ACL_STRICT at first.
	 *
	 * @param form		form
	 */
	void (*set_acl_form)(group_policy_t *this, group_acl_form_t form);

	/**
	 * Get how access lists travel, or came.
	 */
	group_acl_form_t (*get_acl_form)(group_policy_t *this);

	/**
	 * Set the last sequence number used with the KEK.
	 *
	 * @param seq		sequence number, 0 if none was used
	 */
	void (*set_sequence)(group_policy_t *this, uint32_t seq);

	/**
	 * Get the last sequence number used with the KEK, 0 if none.
	 */
	uint32_t (*get_sequence)(group_policy_t *this);

	/**
	 * Set IP-D3P, D3P-004 and D3P-005; none at first. TEKs say by their own
	 * whether it applies to them, and are not changed by this.
	 *
	 * A policy with D3P has no pseudotime, and the other way round (D3P-011).
	 *
	 * @param type		layout of the header, d3p_type_t; 0 for no D3P
	 * @param window	width of the window in milliseconds, 1 to D3P_WINDOW_MAX
	 */
	void (*set_d3p)(group_policy_t *this, uint8_t type, uint32_t window);

	/**
	 * Get IP-D3P.
	 *
	 * @param type		set to the layout of the header, d3p_type_t
	 * @param window	set to the width of the window in milliseconds
	 * @return			FALSE if there is none, nothing is set then
	 */
	bool (*get_d3p)(group_policy_t *this, uint8_t *type, uint32_t *window);

	/**
	 * Set the pseudotime of the moment the policy is sent, TBAR-003; none at
	 * first.
	 *
	 * @param time		pseudotime, gets copied; NULL for none
	 */
	void (*set_pseudotime)(group_policy_t *this,
						   const group_pseudotime_t *time);

	/**
	 * Get the pseudotime of the moment the policy was sent.
	 *
	 * @param time		set to the pseudotime
	 * @return			FALSE if there is none, nothing is set then
	 */
	bool (*get_pseudotime)(group_policy_t *this, group_pseudotime_t *time);

	/**
	 * Set the Sender IDs that are for this member alone, RFC 6407 section
	 * 5.6.4; replaces those set before. Values are not checked, see
	 * group_policy_check_sids().
	 *
	 * @param bits		length of each, GROUP_POLICY_SID_BITS_MIN..MAX; 0 to
	 *					have none
	 * @param sids		values in host byte order, get cloned
	 * @param count		number of values; GROUP_POLICY_SIDS_MAX are taken
	 */
	void (*set_sids)(group_policy_t *this, uint8_t bits, const uint32_t *sids,
					 u_int count);

	/**
	 * Get the Sender IDs.
	 *
	 * @param sids		set to the values, internal data until the next
	 *					set_sids(); NULL if there are none
	 * @param count		set to their number
	 * @return			length of each in bits, 0 if there are none
	 */
	uint8_t (*get_sids)(group_policy_t *this, const uint32_t **sids,
						u_int *count);

	/**
	 * Check if one of the TEKs has a counter mode, so that senders need Sender
	 * IDs.
	 */
	bool (*needs_sids)(group_policy_t *this);

	/**
	 * Check if the KEK and all TEKs have their keys.
	 */
	bool (*has_keys)(group_policy_t *this);

	/**
	 * Make a copy that shares KEK and TEKs, with the same Sender IDs, D3P and
	 * pseudotime.
	 */
	group_policy_t* (*clone)(group_policy_t *this);

	/**
	 * Destroy the policy, giving back its references.
	 */
	void (*destroy)(group_policy_t *this);
};

/**
 * Create an empty policy.
 */
group_policy_t *group_policy_create();

/**
 * Give one policy the D3P and the pseudotime of another, or none.
 *
 * @param from		policy to copy from
 * @param to		policy that gets them
 */
void group_policy_copy_freshness(group_policy_t *from, group_policy_t *to);

/**
 * Check Sender IDs, RFC 6407 section 5.6.4: of a length from
 * GROUP_POLICY_SID_BITS_MIN to GROUP_POLICY_SID_BITS_MAX, each within that
 * length, none twice, at least one and at most GROUP_POLICY_SIDS_MAX.
 *
 * @param bits		length of each in bits
 * @param sids		values in host byte order
 * @param count		number of values
 * @param reason	set to what is wrong, a static text, if FALSE is returned
 */
bool group_policy_check_sids(uint32_t bits, const uint32_t *sids, u_int count,
							 const char **reason);

#endif /** GROUP_POLICY_H_ @}*/
