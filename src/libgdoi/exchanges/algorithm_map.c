/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "algorithm_map.h"

/**
 * A number of the wire and one of strongSwan.
 */
typedef struct {
	uint32_t wire;
	int local;
} map_t;

static const map_t esp[] = {
	{ 2,	ENCR_DES					},
	{ 3,	ENCR_3DES					},
	{ 11,	ENCR_NULL					},
	{ 12,	ENCR_AES_CBC				},
	{ 13,	ENCR_AES_CTR				},
	{ 14,	ENCR_AES_CCM_ICV8			},
	{ 15,	ENCR_AES_CCM_ICV12			},
	{ 16,	ENCR_AES_CCM_ICV16			},
	{ 18,	ENCR_AES_GCM_ICV8			},
	{ 19,	ENCR_AES_GCM_ICV12			},
	{ 20,	ENCR_AES_GCM_ICV16			},
	{ 23,	ENCR_NULL_AUTH_AES_GMAC		},
};

static const map_t ah[] = {
	{ 2,	AUTH_HMAC_MD5_96			},
	{ 3,	AUTH_HMAC_SHA1_96			},
	{ 5,	AUTH_HMAC_SHA2_256_128		},
	{ 6,	AUTH_HMAC_SHA2_384_192		},
	{ 7,	AUTH_HMAC_SHA2_512_256		},
	{ 9,	AUTH_AES_XCBC_96			},
	{ 11,	AUTH_AES_128_GMAC			},
	{ 12,	AUTH_AES_192_GMAC			},
	{ 13,	AUTH_AES_256_GMAC			},
};

static const map_t auth[] = {
	{ 1,	AUTH_HMAC_MD5_96			},
	{ 2,	AUTH_HMAC_SHA1_96			},
	{ 5,	AUTH_HMAC_SHA2_256_128		},
	{ 6,	AUTH_HMAC_SHA2_384_192		},
	{ 7,	AUTH_HMAC_SHA2_512_256		},
	{ 9,	AUTH_AES_XCBC_96			},
	{ 11,	AUTH_AES_128_GMAC			},
	{ 12,	AUTH_AES_192_GMAC			},
	{ 13,	AUTH_AES_256_GMAC			},
};

static const map_t kek[] = {
	{ 1,	ENCR_DES					},
	{ 2,	ENCR_3DES					},
	{ 3,	ENCR_AES_CBC				},
};

static const map_t sig_hash[] = {
	{ 1,	HASH_MD5					},
	{ 2,	HASH_SHA1					},
	{ 3,	HASH_SHA256					},
	{ 4,	HASH_SHA384					},
	{ 5,	HASH_SHA512					},
};

/**
 * Find by the number of the wire.
 */
static bool from_wire(const map_t *map, size_t count, uint32_t wire, int *local)
{
	for (size_t i = 0; i < count; i++)
	{
		if (map[i].wire == wire)
		{
			*local = map[i].local;
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Find by strongSwan's number.
 */
static bool to_wire(const map_t *map, size_t count, int local, uint32_t *wire)
{
	for (size_t i = 0; i < count; i++)
	{
		if (map[i].local == local)
		{
			*wire = map[i].wire;
			return TRUE;
		}
	}
	return FALSE;
}

bool gdoi_map_esp(uint8_t transform, encryption_algorithm_t *encr)
{
	int local;

	if (!from_wire(esp, countof(esp), transform, &local))
	{
		return FALSE;
	}
	*encr = local;
	return TRUE;
}

bool gdoi_map_to_esp(encryption_algorithm_t encr, uint8_t *transform)
{
	uint32_t wire;

	if (!to_wire(esp, countof(esp), encr, &wire))
	{
		return FALSE;
	}
	*transform = (uint8_t)wire;
	return TRUE;
}

bool gdoi_map_ah(uint8_t transform, integrity_algorithm_t *integ)
{
	int local;

	if (!from_wire(ah, countof(ah), transform, &local))
	{
		return FALSE;
	}
	*integ = local;
	return TRUE;
}

bool gdoi_map_to_ah(integrity_algorithm_t integ, uint8_t *transform)
{
	uint32_t wire;

	if (!to_wire(ah, countof(ah), integ, &wire))
	{
		return FALSE;
	}
	*transform = (uint8_t)wire;
	return TRUE;
}

bool gdoi_map_auth(uint32_t number, integrity_algorithm_t *integ)
{
	int local;

	if (!from_wire(auth, countof(auth), number, &local))
	{
		return FALSE;
	}
	*integ = local;
	return TRUE;
}

bool gdoi_map_to_auth(integrity_algorithm_t integ, uint32_t *number)
{
	return to_wire(auth, countof(auth), integ, number);
}

bool gdoi_map_kek(uint32_t number, encryption_algorithm_t *encr)
{
	int local;

	if (!from_wire(kek, countof(kek), number, &local))
	{
		return FALSE;
	}
	*encr = local;
	return TRUE;
}

bool gdoi_map_to_kek(encryption_algorithm_t encr, uint32_t *number)
{
	return to_wire(kek, countof(kek), encr, number);
}

bool gdoi_map_sig_hash(uint32_t number, hash_algorithm_t *hash)
{
	int local;

	if (!from_wire(sig_hash, countof(sig_hash), number, &local))
	{
		return FALSE;
	}
	*hash = local;
	return TRUE;
}

bool gdoi_map_to_sig_hash(hash_algorithm_t hash, uint32_t *number)
{
	return to_wire(sig_hash, countof(sig_hash), hash, number);
}

hash_algorithm_t gdoi_map_implied_hash(group_sig_t sig)
{
	switch (sig)
	{
		case GROUP_SIG_DSS:
			return HASH_SHA1;
		case GROUP_SIG_ECDSA_256:
			return HASH_SHA256;
		case GROUP_SIG_ECDSA_384:
			return HASH_SHA384;
		case GROUP_SIG_ECDSA_521:
			return HASH_SHA512;
		default:
			return HASH_UNKNOWN;
	}
}
