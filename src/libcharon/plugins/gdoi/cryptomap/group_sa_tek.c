/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "group_sa_tek.h"

/**
 * Algorithms and their sizes: block, IV, ICV. An ICV of 0 comes from the
 * integrity algorithm.
 */
static const struct {
	encryption_algorithm_t encr;
	crypto_map_esp_t esp;
} ciphers[] = {
	{ ENCR_NULL, { 4, 0, 0 } },
	{ ENCR_3DES, { 8, 8, 0 } },
	{ ENCR_AES_CBC, { 16, 16, 0 } },
	{ ENCR_AES_CTR, { 4, 8, 0 } },
	{ ENCR_AES_GCM_ICV8, { 4, 8, 8 } },
	{ ENCR_AES_GCM_ICV12, { 4, 8, 12 } },
	{ ENCR_AES_GCM_ICV16, { 4, 8, 16 } },
	{ ENCR_AES_CCM_ICV8, { 4, 8, 8 } },
	{ ENCR_AES_CCM_ICV12, { 4, 8, 12 } },
	{ ENCR_AES_CCM_ICV16, { 4, 8, 16 } },
	{ ENCR_NULL_AUTH_AES_GMAC, { 4, 8, 16 } },
};

/**
 * Octets of ICV of the integrity algorithms.
 */
static const struct {
	integrity_algorithm_t integ;
	u_int icv;
} integs[] = {
	{ AUTH_HMAC_MD5_96, 12 },
	{ AUTH_AES_XCBC_96, 12 },
	{ AUTH_HMAC_SHA1_96, 12 },
	{ AUTH_HMAC_SHA2_256_128, 16 },
	{ AUTH_HMAC_SHA2_384_192, 24 },
	{ AUTH_HMAC_SHA2_512_256, 32 },
};

/**
 * Find the ICV of an integrity algorithm.
 */
static bool get_icv(integrity_algorithm_t integ, u_int *icv)
{
	int i;

	for (i = 0; i < countof(integs); i++)
	{
		if (integs[i].integ == integ)
		{
			*icv = integs[i].icv;
			return TRUE;
		}
	}
	return integ == AUTH_UNDEFINED;
}

bool group_sa_esp_sizes(group_tek_t *tek, crypto_map_esp_t *esp)
{
	const group_tek_data_t *data = tek->get(tek);
	u_int icv = 0;
	int i;

	for (i = 0; i < countof(ciphers); i++)
	{
		if (ciphers[i].encr == data->encr && get_icv(data->integ, &icv))
		{
			*esp = ciphers[i].esp;
			if (!esp->icv)
			{
				esp->icv = icv;
			}
			return TRUE;
		}
	}
	return FALSE;
}

bool group_sa_is_stamped(group_tek_t *tek)
{
	switch (tek->get(tek)->replay)
	{
		case GROUP_REPLAY_TIME:
		case GROUP_REPLAY_D3P:
			return TRUE;
		default:
			return FALSE;
	}
}

void group_sa_find_families(group_tek_t *tek, bool *v4, bool *v6)
{
	group_acl_t *acl = tek->get(tek)->acl;
	enumerator_t *enumerator;
	const group_ace_t *ace;

	*v4 = *v6 = FALSE;
	enumerator = acl->create_enumerator(acl);
	while (enumerator->enumerate(enumerator, &ace))
	{
		if (ace->action == GROUP_ACE_PERMIT)
		{
			*v4 |= ace->family != AF_INET6;
			*v6 |= ace->family != AF_INET;
		}
	}
	enumerator->destroy(enumerator);
	if (!*v4 && !*v6)
	{
		*v4 = *v6 = TRUE;
	}
}

u_int group_sa_count_sids(group_tek_t *tek)
{
	bool v4, v6;

	if (!group_tek_is_counter_mode(tek->get(tek)->encr))
	{
		return 0;
	}
	group_sa_find_families(tek, &v4, &v6);
	return v4 + v6;
}
