/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "phase2.h"
#include "../payloads/gdoi_chain.h"

typedef struct private_gdoi_phase2_t private_gdoi_phase2_t;

/**
 * Private data of an exchange's protection.
 */
struct private_gdoi_phase2_t {

	/**
	 * Public interface.
	 */
	gdoi_phase2_t public;

	/**
	 * Cookies, network byte order.
	 */
	uint64_t spi_i;
	uint64_t spi_r;

	/**
	 * Message ID, host byte order.
	 */
	uint32_t message_id;

	/**
	 * prf keyed with SKEYID_a.
	 */
	prf_t *prf;

	/**
	 * Cipher of phase 1.
	 */
	crypter_t *crypter;

	/**
	 * Next IV.
	 */
	chunk_t iv;
};

METHOD(gdoi_phase2_t, get_message_id, uint32_t,
	private_gdoi_phase2_t *this)
{
	return this->message_id;
}

METHOD(gdoi_phase2_t, get_block_size, size_t,
	private_gdoi_phase2_t *this)
{
	return this->iv.len;
}

METHOD(gdoi_phase2_t, hash, bool,
	private_gdoi_phase2_t *this, const chunk_t *parts, u_int count,
	chunk_t *hash)
{
	uint8_t mid[sizeof(this->message_id)];

	htoun32(mid, this->message_id);
	if (!this->prf->get_bytes(this->prf, chunk_from_thing(mid), NULL))
	{
		return FALSE;
	}
	for (u_int i = 0; i < count; i++)
	{
		if (!this->prf->get_bytes(this->prf, parts[i], NULL))
		{
			return FALSE;
		}
	}
	return this->prf->allocate_bytes(this->prf, chunk_empty, hash);
}

/**
 * Keep the last block of a message as next IV.
 */
static void update_iv(private_gdoi_phase2_t *this, chunk_t datagram)
{
	memcpy(this->iv.ptr, datagram.ptr + datagram.len - this->iv.len,
		   this->iv.len);
}

/**
 * Encrypt a buffer that has the header in front, in place.
 */
static bool encrypt(private_gdoi_phase2_t *this, chunk_t datagram)
{
	if (!this->crypter->encrypt(this->crypter,
								chunk_skip(datagram, GDOI_HEADER_LEN),
								this->iv, NULL))
	{
		return FALSE;
	}
	update_iv(this, datagram);
	return TRUE;
}

/**
 * Lay out header, HASH payload, payloads and padding.
 */
static chunk_t layout(private_gdoi_phase2_t *this, gdoi_exchange_t exchange,
					  chunk_t hash, gdoi_payload_type_t first, chunk_t payloads)
{
	gdoi_header_t header = {
		.spi_i = this->spi_i,
		.spi_r = this->spi_r,
		.next = GDOI_PLD_HASH,
		.exchange = (uint8_t)exchange,
		.flags = GDOI_FLAG_ENCRYPTED,
		.message_id = this->message_id,
	};
	size_t len = GDOI_GEN_LEN + hash.len + payloads.len;
	chunk_t out;
	uint8_t *pos;

	len = round_up(len, this->crypter->get_block_size(this->crypter));
	out = chunk_alloc(GDOI_HEADER_LEN + len);
	memset(out.ptr, 0, out.len);
	header.length = (uint32_t)out.len;
	gdoi_header_write(&header, out.ptr);
	pos = out.ptr + GDOI_HEADER_LEN;
	pos[0] = (uint8_t)first;
	htoun16(pos + 2, (uint16_t)(GDOI_GEN_LEN + hash.len));
	pos += GDOI_GEN_LEN;
	memcpy(pos, hash.ptr, hash.len);
	if (payloads.len)
	{
		memcpy(pos + hash.len, payloads.ptr, payloads.len);
	}
	return out;
}

METHOD(gdoi_phase2_t, protect, bool,
	private_gdoi_phase2_t *this, gdoi_exchange_t exchange,
	const chunk_t *extra, u_int count, gdoi_payload_type_t first,
	chunk_t payloads, chunk_t *datagram)
{
	chunk_t parts[4], digest, out;

	if (count > countof(parts) - 1 ||
		payloads.len > GDOI_MESSAGE_MAX - GDOI_HEADER_LEN - 128)
	{
		return FALSE;
	}
	for (u_int i = 0; i < count; i++)
	{
		parts[i] = extra[i];
	}
	parts[count] = payloads;
	if (!_hash(this, parts, count + 1, &digest))
	{
		return FALSE;
	}
	out = layout(this, exchange, digest, first, payloads);
	chunk_free(&digest);
	if (!encrypt(this, out))
	{
		chunk_clear(&out);
		return FALSE;
	}
	*datagram = out;
	return TRUE;
}

/**
 * Check if a header belongs to this exchange.
 */
static bool check_header(private_gdoi_phase2_t *this,
						 const gdoi_header_t *header, gdoi_exchange_t exchange,
						 const char **reason)
{
	if (header->spi_i != this->spi_i || header->spi_r != this->spi_r ||
		header->message_id != this->message_id ||
		header->exchange != exchange)
	{
		*reason = "message is not of this exchange";
		return FALSE;
	}
	if (header->flags != GDOI_FLAG_ENCRYPTED)
	{
		*reason = "message has other flags than encryption";
		return FALSE;
	}
	return TRUE;
}

METHOD(gdoi_phase2_t, decrypt, bool,
	private_gdoi_phase2_t *this, chunk_t datagram, gdoi_exchange_t exchange,
	gdoi_header_t *header, chunk_t *plain, const char **reason)
{
	gdoi_header_t parsed;
	chunk_t data;

	if (!gdoi_header_parse(datagram, &parsed, reason) ||
		!check_header(this, &parsed, exchange, reason))
	{
		return FALSE;
	}
	data = chunk_skip(datagram, GDOI_HEADER_LEN);
	if (!data.len || data.len % this->iv.len)
	{
		*reason = "message is no multiple of the cipher's block";
		return FALSE;
	}
	if (!this->crypter->decrypt(this->crypter, data, this->iv, plain))
	{
		*reason = "message could not be decrypted";
		return FALSE;
	}
	*header = parsed;
	return TRUE;
}

METHOD(gdoi_phase2_t, accept_, void,
	private_gdoi_phase2_t *this, chunk_t datagram)
{
	update_iv(this, datagram);
}

METHOD(gdoi_phase2_t, destroy, void,
	private_gdoi_phase2_t *this)
{
	DESTROY_IF(this->prf);
	DESTROY_IF(this->crypter);
	chunk_clear(&this->iv);
	free(this);
}

/**
 * Create prf and cipher with their keys.
 */
static bool create_primitives(private_gdoi_phase2_t *this,
							  const gdoi_phase2_keys_t *keys)
{
	this->prf = lib->crypto->create_prf(lib->crypto, keys->prf);
	this->crypter = lib->crypto->create_crypter(lib->crypto, keys->encr,
												keys->encr_key.len);
	if (!this->prf || !this->crypter)
	{
		return FALSE;
	}
	/* counter modes have no place in phase 1: IV and block must be one */
	if (this->crypter->get_iv_size(this->crypter) != this->iv.len ||
		this->crypter->get_block_size(this->crypter) != this->iv.len ||
		this->crypter->get_key_size(this->crypter) != keys->encr_key.len)
	{
		return FALSE;
	}
	return this->prf->set_key(this->prf, keys->skeyid_a) &&
		   this->crypter->set_key(this->crypter, keys->encr_key);
}

/*
 * See header
 */
gdoi_phase2_t *gdoi_phase2_create(const gdoi_phase2_keys_t *keys,
								  uint32_t message_id, chunk_t iv)
{
	private_gdoi_phase2_t *this;

	INIT(this,
		.public = {
			.get_message_id = _get_message_id,
			.get_block_size = _get_block_size,
			.hash = _hash,
			.protect = _protect,
			.decrypt = _decrypt,
			.accept = _accept_,
			.destroy = _destroy,
		},
		.spi_i = keys->spi_i,
		.spi_r = keys->spi_r,
		.message_id = message_id,
		.iv = chunk_clone(iv),
	);

	if (!message_id || !iv.len || !keys->skeyid_a.len ||
		!create_primitives(this, keys))
	{
		destroy(this);
		return NULL;
	}
	return &this->public;
}
