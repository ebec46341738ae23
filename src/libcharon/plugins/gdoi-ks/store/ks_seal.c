/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_seal.h"

/** octets of a row's salt, of the tag, of the IV and of GCM's salt */
#define ROW_SALT_LEN 16
#define TAG_LEN 16
#define IV_LEN 8
#define GCM_SALT_LEN 4
#define KEY_LEN 32

/** octets of the HMAC */
#define MAC_LEN 32

typedef struct private_ks_seal_t private_ks_seal_t;

/**
 * Private data
 */
struct private_ks_seal_t {

	/**
	 * Public interface
	 */
	ks_seal_t public;

	/**
	 * Key that the rows' keys are derived from
	 */
	uint8_t key[KEY_LEN];

	/**
	 * AES-GCM
	 */
	aead_t *aead;

	/**
	 * HMAC-SHA-256. Kept, as none can be made any more when plugins unload and
	 * the last changes are written.
	 */
	prf_t *prf;

	/**
	 * Source of salts
	 */
	rng_t *rng;
};

/**
 * HKDF's second half, by a PRF that has the pseudorandom key
 */
static bool expand(prf_t *prf, chunk_t info, chunk_t out)
{
	uint8_t block[MAC_LEN], counter = 1;
	chunk_t last = chunk_empty, seed;
	bool ok = TRUE;

	while (ok && out.len)
	{
		seed = chunk_cat("ccc", last, info, chunk_from_thing(counter));
		ok = prf->get_bytes(prf, seed, block);
		chunk_clear(&seed);
		last = chunk_from_thing(block);
		memcpy(out.ptr, block, min(out.len, sizeof(block)));
		out = chunk_skip(out, sizeof(block));
		counter++;
	}
	memwipe(block, sizeof(block));
	return ok;
}

/**
 * HKDF by any PRF
 */
static bool derive(prf_t *prf, chunk_t secret, chunk_t salt, chunk_t info,
				   chunk_t out)
{
	uint8_t prk[MAC_LEN];
	bool ok;

	ok = out.len <= 2 * MAC_LEN && prf->set_key(prf, salt) &&
		 prf->get_bytes(prf, secret, prk) &&
		 prf->set_key(prf, chunk_from_thing(prk)) && expand(prf, info, out);
	memwipe(prk, sizeof(prk));
	return ok;
}

/*
 * Described in header
 */
bool ks_seal_derive(chunk_t secret, chunk_t salt, chunk_t info, chunk_t out)
{
	prf_t *prf;
	bool ok;

	prf = lib->crypto->create_prf(lib->crypto, PRF_HMAC_SHA2_256);
	ok = prf && derive(prf, secret, salt, info, out);
	DESTROY_IF(prf);
	return ok;
}

/**
 * Set the key of a row
 */
static bool set_row_key(private_ks_seal_t *this, chunk_t salt)
{
	uint8_t key[KEY_LEN + GCM_SALT_LEN];
	bool ok;

	ok = derive(this->prf, chunk_from_thing(this->key), salt,
				chunk_from_str("gdoi-ks store row"),
				chunk_from_thing(key)) &&
		 this->aead->set_key(this->aead, chunk_from_thing(key));
	memwipe(key, sizeof(key));
	return ok;
}

METHOD(ks_seal_t, seal, bool,
	private_ks_seal_t *this, chunk_t assoc, chunk_t plain, chunk_t *sealed)
{
	uint8_t salt[ROW_SALT_LEN], iv[IV_LEN] = {};
	chunk_t encrypted;

	/* a key for this row alone: its IV may be anything */
	if (!this->rng->get_bytes(this->rng, sizeof(salt), salt) ||
		!set_row_key(this, chunk_from_thing(salt)) ||
		!this->aead->encrypt(this->aead, plain, assoc, chunk_from_thing(iv),
							 &encrypted))
	{
		return FALSE;
	}
	*sealed = chunk_cat("cm", chunk_from_thing(salt), encrypted);
	return TRUE;
}

METHOD(ks_seal_t, open_, bool,
	private_ks_seal_t *this, chunk_t assoc, chunk_t sealed, chunk_t *plain)
{
	uint8_t iv[IV_LEN] = {};
	chunk_t data;

	if (sealed.len < ROW_SALT_LEN + TAG_LEN ||
		!set_row_key(this, chunk_create(sealed.ptr, ROW_SALT_LEN)))
	{
		return FALSE;
	}
	/* in place: OpenSSL's plugin loses the result if the tag is wrong */
	data = chunk_clone(chunk_skip(sealed, ROW_SALT_LEN));
	if (!this->aead->decrypt(this->aead, data, assoc, chunk_from_thing(iv),
							 NULL))
	{
		chunk_clear(&data);
		return FALSE;
	}
	*plain = chunk_create(data.ptr, data.len - TAG_LEN);
	return TRUE;
}

METHOD(ks_seal_t, destroy, void,
	private_ks_seal_t *this)
{
	memwipe(this->key, sizeof(this->key));
	DESTROY_IF(this->aead);
	DESTROY_IF(this->prf);
	DESTROY_IF(this->rng);
	free(this);
}

/*
 * Described in header
 */
ks_seal_t *ks_seal_create(chunk_t secret, chunk_t salt)
{
	private_ks_seal_t *this;

	INIT(this,
		.public = {
			.seal = _seal,
			.open = _open_,
			.destroy = _destroy,
		},
		.aead = lib->crypto->create_aead(lib->crypto, ENCR_AES_GCM_ICV16,
										 KEY_LEN, GCM_SALT_LEN),
		.prf = lib->crypto->create_prf(lib->crypto, PRF_HMAC_SHA2_256),
		.rng = lib->crypto->create_rng(lib->crypto, RNG_STRONG),
	);
	if (!this->aead || !this->prf || !this->rng ||
		!derive(this->prf, secret, salt, chunk_from_str("gdoi-ks store"),
				chunk_from_thing(this->key)))
	{
		destroy(this);
		return NULL;
	}
	return &this->public;
}
