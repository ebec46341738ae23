/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "acl_codec.h"
#include "freshness_codec.h"
#include "policy_codec.h"
#include "algorithm_map.h"
#include "selector_codec.h"
#include "../payloads/gdoi_reader.h"
#include "../payloads/gdoi_sa.h"

/** lifetime of a SAT that gives none, RFC 2407 section 4.5 */
#define DEFAULT_LIFETIME 28800

/**
 * Check for an attribute of a SAK, and get its value.
 */
static bool get_kek(const gdoi_sak_t *sak, gdoi_kek_attr_t type,
					uint32_t *value)
{
	if (sak->present & 1u << type)
	{
		*value = sak->values[type];
		return TRUE;
	}
	return FALSE;
}

/**
 * Check for an attribute of a SAT, and get its value.
 */
static bool get_tek(const gdoi_sat_t *sat, gdoi_tek_attr_t type,
					uint32_t *value)
{
	if (sat->present & 1u << type)
	{
		*value = sat->values[type];
		return TRUE;
	}
	return FALSE;
}

/**
 * Read cipher and key length of a SAK.
 */
static bool read_kek_cipher(const gdoi_sak_t *sak, group_kek_data_t *kek,
							char **reason)
{
	uint32_t number, bits = 0;

	if (!get_kek(sak, GDOI_KEK_ALGORITHM, &number) ||
		!gdoi_map_kek(number, &kek->encr))
	{
		return gdoi_refuse(reason, "SAK has no known KEK_ALGORITHM");
	}
	if (get_kek(sak, GDOI_KEK_KEY_LENGTH, &bits) &&
		kek->encr != ENCR_AES_CBC &&
		bits != 8 * group_kek_key_len(kek->encr, 0))
	{
		return gdoi_refuse(reason, "SAK has a KEK_KEY_LENGTH that its cipher "
						   "does not have");
	}
	kek->encr_bits = kek->encr == ENCR_AES_CBC ? (uint16_t)min(bits, 0xffffu)
											   : 0;
	if (!group_kek_key_len(kek->encr, kek->encr_bits))
	{
		return gdoi_refuse(reason, "SAK has no valid KEK_KEY_LENGTH");
	}
	return TRUE;
}

/**
 * Read signature algorithm, hash and key length of a SAK.
 */
static bool read_kek_signature(const gdoi_sak_t *sak, group_kek_data_t *kek,
							   char **reason)
{
	hash_algorithm_t implied;
	uint32_t number, bits = 0;

	if (!get_kek(sak, GDOI_KEK_SIG_ALGORITHM, &number) ||
		!number || number == 3 || number > GROUP_SIG_ECDSA_521)
	{
		return gdoi_refuse(reason, "SAK has no known SIG_ALGORITHM");
	}
	kek->sig = number;
	implied = gdoi_map_implied_hash(kek->sig);
	kek->sig_hash = implied;
	if (get_kek(sak, GDOI_KEK_SIG_HASH, &number) &&
		(!gdoi_map_sig_hash(number, &kek->sig_hash) ||
		 (implied != HASH_UNKNOWN && implied != kek->sig_hash)))
	{
		return gdoi_refuse(reason, "SAK has an unknown SIG_HASH_ALGORITHM, or "
						   "one that its signature can't have");
	}
	if (get_kek(sak, GDOI_KEK_SIG_KEY_LENGTH, &bits) && bits > UINT16_MAX)
	{
		return gdoi_refuse(reason, "SAK has a bad SIG_KEY_LENGTH");
	}
	kek->sig_bits = (uint16_t)bits;
	return TRUE;
}

/**
 * Read the values of a SAK, but for hosts.
 */
static bool read_kek(const gdoi_sak_t *sak, group_kek_data_t *kek,
					 char **reason)
{
	uint32_t number;

	memcpy(kek->spi, sak->spi.ptr, sizeof(kek->spi));
	if (sak->protocol != IPPROTO_UDP)
	{
		return gdoi_refuse(reason, "SAK has the IP protocol %u, not UDP",
						   sak->protocol);
	}
	if (get_kek(sak, GDOI_KEK_KEY_LIFETIME, &kek->lifetime) && !kek->lifetime)
	{
		return gdoi_refuse(reason, "SAK has a lifetime of zero");
	}
	if (get_kek(sak, GDOI_KEK_ACK_REQUESTED, &number))
	{
		if (!number || number > GROUP_ACK_LKH_SHA512)
		{
			return gdoi_refuse(reason, "SAK asks for the unknown "
							   "acknowledgement %u", number);
		}
		kek->ack = number;
	}
	return read_kek_cipher(sak, kek, reason) &&
		   read_kek_signature(sak, kek, reason);
}

/**
 * Add the KEK of a SAK.
 */
static bool add_kek(const gdoi_sak_t *sak, group_policy_t *policy,
					char **reason)
{
	group_kek_data_t data = {
		.src = gdoi_host_read(&sak->src),
		.dst = gdoi_host_read(&sak->dst),
	};
	bool good = FALSE;

	if (!data.src || !data.dst)
	{
		gdoi_refuse(reason, "SAK has a source or destination that is no "
					"address");
	}
	else if (read_kek(sak, &data, reason))
	{
		policy->set_kek(policy, group_kek_create(&data));
		good = TRUE;
	}
	DESTROY_IF(data.src);
	DESTROY_IF(data.dst);
	return good;
}

/**
 * Read the delays of a GAP.
 */
static bool read_gap(const gdoi_gap_t *gap, group_policy_t *policy,
					 char **reason)
{
	uint32_t atd = gap->values[GDOI_GAP_ATD];
	uint32_t dtd = gap->values[GDOI_GAP_DTD];

	if (gap->present & 1 << GDOI_GAP_SENDER_ID_REQUEST)
	{
		return gdoi_refuse(reason, "GAP of a key server asks for Sender IDs");
	}
	if (gap->present & 1 << GDOI_GAP_DTD && dtd <= atd)
	{
		return gdoi_refuse(reason, "GAP has a DTD of %u that does not exceed "
						   "the ATD of %u", dtd, atd);
	}
	policy->set_delays(policy, (uint16_t)atd, (uint16_t)dtd);
	return TRUE;
}

/**
 * Read the algorithms of AH.
 */
static bool read_ah(const gdoi_sat_t *sat, group_tek_data_t *tek,
					char **reason)
{
	integrity_algorithm_t named;
	uint32_t number;

	tek->protocol = PROTO_AH;
	tek->encr = ENCR_UNDEFINED;
	if (!gdoi_map_ah(sat->transform, &tek->integ))
	{
		return gdoi_refuse(reason, "SAT has the unknown AH transform %u",
						   sat->transform);
	}
	if (get_tek(sat, GDOI_TEK_AUTH_ALGORITHM, &number) &&
		(!gdoi_map_auth(number, &named) || named != tek->integ))
	{
		return gdoi_refuse(reason, "SAT has an Authentication Algorithm that "
						   "is not its transform's");
	}
	return TRUE;
}

/**
 * Check the key length of a SAT's cipher.
 */
static bool read_key_length(const gdoi_sat_t *sat, group_tek_data_t *tek,
							char **reason)
{
	bool variable = tek->encr != ENCR_DES && tek->encr != ENCR_3DES &&
					tek->encr != ENCR_NULL;
	uint32_t bits = 0;

	get_tek(sat, GDOI_TEK_KEY_LENGTH, &bits);
	if (!variable)
	{
		if (bits && bits != 8 * group_tek_encr_key_len(tek->encr, 0))
		{
			return gdoi_refuse(reason, "SAT has a Key Length that its cipher "
							   "does not have");
		}
		return TRUE;
	}
	tek->encr_bits = (uint16_t)min(bits, 0xffffu);
	if (!group_tek_encr_key_len(tek->encr, tek->encr_bits))
	{
		return gdoi_refuse(reason, "SAT has no valid Key Length");
	}
	return TRUE;
}

/**
 * Check for ciphers that bring their own integrity.
 */
static bool is_aead(encryption_algorithm_t encr)
{
	return group_tek_is_counter_mode(encr) && encr != ENCR_AES_CTR;
}

/**
 * Read the algorithms of ESP.
 */
static bool read_esp(const gdoi_sat_t *sat, group_tek_data_t *tek,
					 char **reason)
{
	uint32_t number;

	tek->protocol = PROTO_ESP;
	tek->integ = AUTH_UNDEFINED;
	if (!gdoi_map_esp(sat->transform, &tek->encr))
	{
		return gdoi_refuse(reason, "SAT has the unknown ESP transform %u",
						   sat->transform);
	}
	if (get_tek(sat, GDOI_TEK_AUTH_ALGORITHM, &number) &&
		!gdoi_map_auth(number, &tek->integ))
	{
		return gdoi_refuse(reason, "SAT has the unknown Authentication "
						   "Algorithm %u", number);
	}
	if (is_aead(tek->encr) == (tek->integ != AUTH_UNDEFINED))
	{
		return gdoi_refuse(reason, "SAT has no integrity protection, or twice");
	}
	return read_key_length(sat, tek, reason);
}

/**
 * Read the modes of a SAT.
 */
static bool read_modes(const gdoi_sat_t *sat, group_tek_data_t *tek,
					   char **reason)
{
	static const group_tek_preserve_t preserve[] = {
		GROUP_TEK_PRESERVE_NONE, GROUP_TEK_PRESERVE_SRC,
		GROUP_TEK_PRESERVE_DST, GROUP_TEK_PRESERVE_BOTH,
	};
	static const group_tek_direction_t direction[] = {
		GROUP_TEK_SENDER_ONLY, GROUP_TEK_RECEIVER_ONLY, GROUP_TEK_BOTH,
	};
	uint32_t number;

	if (!get_tek(sat, GDOI_TEK_ENCAPSULATION, &number) || !number || number > 2)
	{
		return gdoi_refuse(reason, "SAT has neither tunnel nor transport mode");
	}
	tek->tunnel = number == 1;
	if (get_tek(sat, GDOI_TEK_ADDRESS_PRESERVATION, &number))
	{
		if (!number || number > countof(preserve))
		{
			return gdoi_refuse(reason, "SAT has the unknown Address "
							   "Preservation %u", number);
		}
		tek->preserve = preserve[number - 1];
	}
	if (get_tek(sat, GDOI_TEK_DIRECTION, &number))
	{
		if (!number || number > countof(direction))
		{
			return gdoi_refuse(reason, "SAT has the unknown SA Direction %u",
							   number);
		}
		tek->direction = direction[number - 1];
	}
	return TRUE;
}

/**
 * Read the values of a SAT, but for its selector.
 */
static bool read_tek(const gdoi_sat_t *sat, group_policy_t *policy,
					 group_tek_data_t *tek, char **reason)
{
	memcpy(&tek->spi, sat->spi.ptr, sizeof(tek->spi));
	if (!tek->spi)
	{
		return gdoi_refuse(reason, "SAT has the SPI zero");
	}
	if (sat->kilobytes)
	{
		return gdoi_refuse(reason, "SAT has a lifetime in kilobytes");
	}
	tek->lifetime = sat->seconds ?: DEFAULT_LIFETIME;
	if (!(sat->protocol_id == GDOI_PROTO_AH ? read_ah(sat, tek, reason)
											: read_esp(sat, tek, reason)))
	{
		return FALSE;
	}
	return read_modes(sat, tek, reason) &&
		   gdoi_freshness_read_sat(sat, policy, tek, reason);
}

/**
 * Compare what SATs of one SPI must agree in.
 */
static bool same_tek(const group_tek_data_t *a, const group_tek_data_t *b)
{
	return a->encr == b->encr && a->encr_bits == b->encr_bits &&
		   a->integ == b->integ && a->tunnel == b->tunnel &&
		   a->lifetime == b->lifetime && a->direction == b->direction &&
		   a->preserve == b->preserve && a->replay == b->replay &&
		   a->replay_window == b->replay_window;
}

/**
 * Add a line to the TEK of a SAT, which is made if it is the first of its SPI.
 */
static bool add_sat(const gdoi_sat_t *sat, group_policy_t *policy,
					char **reason)
{
	group_tek_data_t data = {};
	group_tek_t *tek;
	group_ace_t ace;

	if (!read_tek(sat, policy, &data, reason) ||
		!gdoi_selector_read(sat, &ace, reason))
	{
		return FALSE;
	}
	tek = policy->find_tek(policy, data.protocol, data.spi);
	if (tek && !same_tek(tek->get(tek), &data))
	{
		return gdoi_refuse(reason, "two SATs of the SPI %.8x differ in more "
						   "than their selectors", ntohl(data.spi));
	}
	if (!tek)
	{
		data.acl = group_acl_create();
		tek = group_tek_create(&data);
		data.acl->destroy(data.acl);
		policy->add_tek(policy, tek);
	}
	data.acl = tek->get(tek)->acl;
	data.acl->append(data.acl, &ace);
	return TRUE;
}

/**
 * Is the selector of a SAT nothing but a placeholder?
 */
static bool is_placeholder(const gdoi_sat_t *sat, char **reason)
{
	group_ace_t any = {
		.action = GROUP_ACE_PERMIT,
		.family = AF_INET,
		.src = { .port_hi = UINT16_MAX },
		.dst = { .port_hi = UINT16_MAX },
	}, ace;

	return gdoi_selector_read(sat, &ace, reason) &&
		   group_ace_same_selector(&ace, &any);
}

/**
 * Add the TEK of a SAT whose lines are in POLICY_ACL.
 *
 * @param last		number of the list of the SAT before, 0 for none
 */
static bool add_listed(const gdoi_sat_t *sat, const gdoi_acl_set_t *lists,
					   u_int last, group_policy_t *policy, char **reason)
{
	group_tek_data_t data = {};

	if (!sat->acl_list || sat->acl_list > lists->count ||
		sat->acl_list < last || sat->acl_list > last + 1)
	{
		return gdoi_refuse(reason, "SAT has the access list %u of %u, after "
						   "list %u", sat->acl_list, lists->count, last);
	}
	if (!is_placeholder(sat, reason))
	{
		return gdoi_refuse(reason, "SAT has an access list and a selector");
	}
	if (!read_tek(sat, policy, &data, reason))
	{
		return FALSE;
	}
	if (policy->find_tek(policy, data.protocol, data.spi))
	{
		return gdoi_refuse(reason, "two SATs with access lists have the SPI "
						   "%.8x", ntohl(data.spi));
	}
	data.acl = lists->lists[sat->acl_list - 1];
	policy->add_tek(policy, group_tek_create(&data));
	return TRUE;
}

/**
 * Add the TEKs of all SATs, whose lines are in POLICY_ACL.
 */
static bool add_all_listed(const gdoi_sa_t *sa, group_policy_t *policy,
						   char **reason)
{
	gdoi_acl_set_t lists;
	u_int last = 0, count;

	if (!gdoi_acl_set_read(sa->gap.acl, &lists, reason))
	{
		return FALSE;
	}
	for (u_int i = 0; i < sa->sat_count; i++)
	{
		if (!add_listed(&sa->sats[i], &lists, last, policy, reason))
		{
			gdoi_acl_set_clear(&lists);
			return FALSE;
		}
		last = sa->sats[i].acl_list;
	}
	count = lists.count;
	gdoi_acl_set_clear(&lists);
	policy->set_acl_form(policy, GROUP_ACL_LISTS);
	return last == count || gdoi_refuse(reason, "POLICY_ACL has %u access "
										"lists, the SATs have %u", count, last);
}

/**
 * Add the TEKs of all SATs, whose selectors are their lines.
 */
static bool add_all_sats(const gdoi_sa_t *sa, group_policy_t *policy,
						 char **reason)
{
	for (u_int i = 0; i < sa->sat_count; i++)
	{
		if (sa->sats[i].acl_list)
		{
			return gdoi_refuse(reason, "SAT has the access list %u, but there "
							   "is no POLICY_ACL", sa->sats[i].acl_list);
		}
		if (!add_sat(&sa->sats[i], policy, reason))
		{
			return FALSE;
		}
	}
	return TRUE;
}

/**
 * Turn a parsed SA payload into a policy.
 */
static bool read_sa(const gdoi_sa_t *sa, group_policy_t *policy, char **reason)
{
	if ((sa->has_sak && !add_kek(&sa->sak, policy, reason)) ||
		(sa->has_gap && !read_gap(&sa->gap, policy, reason)) ||
		!gdoi_freshness_read_sa(sa, policy, reason))
	{
		return FALSE;
	}
	return sa->has_gap && sa->gap.acl.len ? add_all_listed(sa, policy, reason)
										  : add_all_sats(sa, policy, reason);
}

group_policy_t *gdoi_policy_read_sa(chunk_t body, u_int tolerance,
									gdoi_notify_t *notify, char **reason)
{
	group_policy_t *policy;
	gdoi_sa_t sa;

	if (!gdoi_sa_parse(body, tolerance, &sa, notify, reason))
	{
		return NULL;
	}
	policy = group_policy_create();
	if (!read_sa(&sa, policy, reason))
	{
		*notify = GDOI_NOTIFY_NO_PROPOSAL_CHOSEN;
		policy->destroy(policy);
		policy = NULL;
	}
	gdoi_sa_clear(&sa);
	return policy;
}
