/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE
#include "gm_accept.h"

#include <stdarg.h>
#include <stdio.h>

/**
 * Write a reason; FALSE for the caller to return
 */
static bool refuse(char **reason, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (vasprintf(reason, fmt, args) < 0)
	{
		*reason = NULL;
	}
	va_end(args);
	return FALSE;
}

/**
 * Does a proposal have an algorithm? A proposal's key size 0 means any.
 */
static bool has_algorithm(proposal_t *proposal, transform_type_t type,
						  uint16_t alg, uint16_t bits)
{
	enumerator_t *enumerator;
	uint16_t current, size;
	bool found = FALSE;

	enumerator = proposal->create_enumerator(proposal, type);
	while (!found && enumerator->enumerate(enumerator, &current, &size))
	{
		found = current == alg && (!size || !bits || size == bits);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Do the configured proposals have a pair of algorithms in one entry?
 */
static bool is_listed(linked_list_t *proposals, encryption_algorithm_t encr,
					  uint16_t bits, integrity_algorithm_t integ)
{
	enumerator_t *enumerator;
	proposal_t *proposal;
	bool found = FALSE;

	enumerator = proposals->create_enumerator(proposals);
	while (!found && enumerator->enumerate(enumerator, &proposal))
	{
		found = has_algorithm(proposal, ENCRYPTION_ALGORITHM, encr, bits) &&
				(integ == AUTH_UNDEFINED ||
				 has_algorithm(proposal, INTEGRITY_ALGORITHM, integ, 0));
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Integrity algorithm by which a proposal names a hash
 */
static integrity_algorithm_t hash_to_integ(hash_algorithm_t hash)
{
	switch (hash)
	{
		case HASH_MD5:
			return AUTH_HMAC_MD5_96;
		case HASH_SHA1:
			return AUTH_HMAC_SHA1_96;
		case HASH_SHA256:
			return AUTH_HMAC_SHA2_256_128;
		case HASH_SHA384:
			return AUTH_HMAC_SHA2_384_192;
		case HASH_SHA512:
			return AUTH_HMAC_SHA2_512_256;
		default:
			return AUTH_UNDEFINED;
	}
}

/**
 * Is it AES-CBC with SHA-2, or AES-GCM?
 */
static bool is_default(encryption_algorithm_t encr, integrity_algorithm_t integ)
{
	if (encr == ENCR_AES_GCM_ICV16)
	{	/* sound as nobody sends with it without Sender IDs */
		return integ == AUTH_UNDEFINED;
	}
	return encr == ENCR_AES_CBC && (integ == AUTH_HMAC_SHA2_256_128 ||
									integ == AUTH_HMAC_SHA2_384_192 ||
									integ == AUTH_HMAC_SHA2_512_256);
}

/**
 * Judge a pair of algorithms by a list or the default
 */
static bool accept_algorithms(linked_list_t *proposals,
							  encryption_algorithm_t encr, uint16_t bits,
							  integrity_algorithm_t integ)
{
	if (proposals)
	{
		return is_listed(proposals, encr, bits, integ);
	}
	return is_default(encr, integ);
}

/**
 * Judge the KEK
 */
static bool accept_kek(const gm_config_data_t *config, group_kek_t *kek,
					   char **reason)
{
	const group_kek_data_t *data;
	integrity_algorithm_t integ;

	if (!kek)
	{
		return TRUE;
	}
	data = kek->get(kek);
	integ = hash_to_integ(data->sig_hash);
	if (data->sig == GROUP_SIG_DSS)
	{
		return refuse(reason, "DSS signatures of rekeys are not supported");
	}
	if (!accept_algorithms(config->kek_proposals, data->encr, data->encr_bits,
						   integ))
	{
		return refuse(reason, "KEK %N-%d with signature hash %N is not in "
					  "kek_proposals", encryption_algorithm_names, data->encr,
					  data->encr_bits, hash_algorithm_names, data->sig_hash);
	}
	return TRUE;
}

/**
 * Judge what a TEK does to packets
 */
static bool accept_form(const group_tek_data_t *tek, char **reason)
{
	if (tek->protocol != PROTO_ESP)
	{
		return refuse(reason, "TEK %08x is AH, only ESP is supported",
					  ntohl(tek->spi));
	}
	if (!tek->tunnel)
	{
		return refuse(reason, "TEK %08x is of transport mode, only tunnel mode "
					  "is supported", ntohl(tek->spi));
	}
	if (tek->preserve != GROUP_TEK_PRESERVE_BOTH)
	{
		return refuse(reason, "TEK %08x does not preserve both addresses, "
					  "nothing else is supported", ntohl(tek->spi));
	}
	return TRUE;
}

/**
 * Judge a TEK
 */
static bool accept_tek(const gm_config_data_t *config,
					   const group_tek_data_t *tek, char **reason)
{
	if (!accept_form(tek, reason))
	{
		return FALSE;
	}
	if (!accept_algorithms(config->esp_proposals, tek->encr, tek->encr_bits,
						   tek->integ))
	{
		return refuse(reason, "TEK %08x with %N-%d and %N is not in "
					  "esp_proposals", ntohl(tek->spi),
					  encryption_algorithm_names, tek->encr, tek->encr_bits,
					  integrity_algorithm_names, tek->integ);
	}
	return TRUE;
}

/**
 * Does an earlier TEK of the policy protect the same traffic?
 */
static bool is_new_flow(group_policy_t *policy, group_tek_t *tek)
{
	enumerator_t *enumerator;
	group_tek_t *other;
	group_acl_t *acl = tek->get(tek)->acl;
	bool fresh = TRUE;

	enumerator = policy->create_tek_enumerator(policy);
	while (enumerator->enumerate(enumerator, &other) && other != tek && fresh)
	{
		fresh = !acl->equals(acl, other->get(other)->acl);
	}
	enumerator->destroy(enumerator);
	return fresh;
}

/**
 * Judge if the crypto map has room for it
 */
static bool accept_size(group_policy_t *policy, char **reason)
{
	enumerator_t *enumerator;
	u_int teks, flows = 0, lines = 0;
	group_tek_t *tek;
	group_acl_t *acl;

	teks = policy->get_tek_count(policy);
	if (teks > CRYPTO_MAP_SPIS / 2)
	{	/* the other half is for the TEKs that we have */
		return refuse(reason, "it has %u TEKs, at most %u are supported", teks,
					  CRYPTO_MAP_SPIS / 2);
	}
	enumerator = policy->create_tek_enumerator(policy);
	while (enumerator->enumerate(enumerator, &tek))
	{
		if (is_new_flow(policy, tek))
		{
			acl = tek->get(tek)->acl;
			lines += acl->get_count(acl);
			flows++;
		}
	}
	enumerator->destroy(enumerator);
	if (flows > CRYPTO_MAP_SAS || lines > CRYPTO_MAP_LINES)
	{
		return refuse(reason, "it has %u different lists of %u lines, at most "
					  "%u of %u are supported", flows, lines, CRYPTO_MAP_SAS,
					  CRYPTO_MAP_LINES);
	}
	return TRUE;
}

/*
 * Described in header
 */
bool gm_accept(gm_config_t *config, group_policy_t *policy, char **reason)
{
	if (!policy->get_tek_count(policy))
	{
		return refuse(reason, "it has no TEK");
	}
	return gm_accept_rekey(config, policy, reason);
}

/*
 * Described in header
 */
bool gm_accept_rekey(gm_config_t *config, group_policy_t *policy,
					 char **reason)
{
	const gm_config_data_t *data = config->get(config);
	enumerator_t *enumerator;
	group_tek_t *tek;
	bool good;

	*reason = NULL;
	if (!accept_size(policy, reason) ||
		!accept_kek(data, policy->get_kek(policy), reason))
	{
		return FALSE;
	}
	good = TRUE;
	enumerator = policy->create_tek_enumerator(policy);
	while (good && enumerator->enumerate(enumerator, &tek))
	{
		good = accept_tek(data, tek->get(tek), reason);
	}
	enumerator->destroy(enumerator);
	return good;
}

/**
 * Compare two keys, which both may be missing
 */
static bool same_key(chunk_t a, chunk_t b)
{
	return a.len == b.len && (!a.len || chunk_equals_const(a, b));
}

/*
 * Described in header
 */
bool gm_same_keys(group_tek_t *a_tek, group_tek_t *b_tek)
{
	const group_tek_data_t *a = a_tek->get(a_tek), *b = b_tek->get(b_tek);

	return a->encr == b->encr && a->integ == b->integ &&
		   a->replay == b->replay &&
		   same_key(a->encr_key, b->encr_key) &&
		   same_key(a->integ_key, b->integ_key);
}
