/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "group_tek.h"

typedef struct private_group_tek_t private_group_tek_t;

/**
 * Private data of a TEK.
 */
struct private_group_tek_t {

	/**
	 * Public interface.
	 */
	group_tek_t public;

	/**
	 * Values, with memory of our own.
	 */
	group_tek_data_t data;

	/**
	 * References.
	 */
	refcount_t ref;
};

/**
 * Ciphers that a SAT can name, with the octets of salt behind their key.
 */
static const struct {
	encryption_algorithm_t encr;
	uint16_t fixed_bits;
	uint8_t salt;
	bool counter;
} ciphers[] = {
	{ ENCR_DES,					64,		0,	FALSE	},
	{ ENCR_3DES,				192,	0,	FALSE	},
	{ ENCR_AES_CBC,				0,		0,	FALSE	},
	{ ENCR_AES_CTR,				0,		4,	TRUE	},
	{ ENCR_AES_CCM_ICV8,		0,		3,	TRUE	},
	{ ENCR_AES_CCM_ICV12,		0,		3,	TRUE	},
	{ ENCR_AES_CCM_ICV16,		0,		3,	TRUE	},
	{ ENCR_AES_GCM_ICV8,		0,		4,	TRUE	},
	{ ENCR_AES_GCM_ICV12,		0,		4,	TRUE	},
	{ ENCR_AES_GCM_ICV16,		0,		4,	TRUE	},
	{ ENCR_NULL_AUTH_AES_GMAC,	0,		4,	TRUE	},
};

size_t group_tek_encr_key_len(encryption_algorithm_t encr, uint16_t bits)
{
	for (int i = 0; i < countof(ciphers); i++)
	{
		if (ciphers[i].encr == encr)
		{
			if (ciphers[i].fixed_bits)
			{
				return ciphers[i].fixed_bits / 8;
			}
			if (bits != 128 && bits != 192 && bits != 256)
			{
				return 0;
			}
			return bits / 8 + (size_t)ciphers[i].salt;
		}
	}
	return 0;
}

size_t group_tek_integ_key_len(integrity_algorithm_t integ)
{
	switch (integ)
	{
		case AUTH_HMAC_MD5_96:
		case AUTH_AES_XCBC_96:
			return 16;
		case AUTH_HMAC_SHA1_96:
			return 20;
		case AUTH_HMAC_SHA2_256_128:
			return 32;
		case AUTH_HMAC_SHA2_384_192:
			return 48;
		case AUTH_HMAC_SHA2_512_256:
			return 64;
		case AUTH_AES_128_GMAC:
			return 16 + 4;
		case AUTH_AES_192_GMAC:
			return 24 + 4;
		case AUTH_AES_256_GMAC:
			return 32 + 4;
		default:
			return 0;
	}
}

bool group_tek_is_counter_mode(encryption_algorithm_t encr)
{
	for (int i = 0; i < countof(ciphers); i++)
	{
		if (ciphers[i].encr == encr)
		{
			return ciphers[i].counter;
		}
	}
	return FALSE;
}

METHOD(group_tek_t, get, const group_tek_data_t*,
	private_group_tek_t *this)
{
	return &this->data;
}

/**
 * Check if key lengths are what the algorithms ask for.
 */
static bool keys_fit(const group_tek_data_t *data, chunk_t encr, chunk_t integ)
{
	return encr.len == group_tek_encr_key_len(data->encr, data->encr_bits) &&
		   integ.len == group_tek_integ_key_len(data->integ);
}

METHOD(group_tek_t, has_keys, bool,
	private_group_tek_t *this)
{
	return keys_fit(&this->data, this->data.encr_key, this->data.integ_key);
}

METHOD(group_tek_t, with_keys, group_tek_t*,
	private_group_tek_t *this, chunk_t encr_key, chunk_t integ_key)
{
	group_tek_data_t data = this->data;

	if (!keys_fit(&data, encr_key, integ_key))
	{
		return NULL;
	}
	data.encr_key = encr_key;
	data.integ_key = integ_key;
	return group_tek_create(&data);
}

METHOD(group_tek_t, with_lifetime, group_tek_t*,
	private_group_tek_t *this, uint32_t lifetime)
{
	group_tek_data_t data = this->data;

	data.lifetime = lifetime;
	return group_tek_create(&data);
}

METHOD(group_tek_t, get_ref, group_tek_t*,
	private_group_tek_t *this)
{
	ref_get(&this->ref);
	return &this->public;
}

METHOD(group_tek_t, destroy, void,
	private_group_tek_t *this)
{
	if (ref_put(&this->ref))
	{
		DESTROY_IF(this->data.acl);
		chunk_clear(&this->data.encr_key);
		chunk_clear(&this->data.integ_key);
		free(this);
	}
}

/*
 * See header
 */
group_tek_t *group_tek_create(const group_tek_data_t *data)
{
	private_group_tek_t *this;

	INIT(this,
		.public = {
			.get = _get,
			.has_keys = _has_keys,
			.with_keys = _with_keys,
			.with_lifetime = _with_lifetime,
			.get_ref = _get_ref,
			.destroy = _destroy,
		},
		.data = *data,
		.ref = 1,
	);

	this->data.acl = data->acl ? data->acl->get_ref(data->acl) : NULL;
	this->data.encr_key = chunk_clone(data->encr_key);
	this->data.integ_key = chunk_clone(data->integ_key);
	return &this->public;
}
