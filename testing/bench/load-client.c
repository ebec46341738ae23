/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "load-client.h"

#include "exchanges/pull_initiator.h"
#include "payloads/gdoi_attribute.h"
#include "payloads/gdoi_basic.h"
#include "payloads/gdoi_chain.h"
#include "payloads/gdoi_header.h"
#include "payloads/gdoi_notify.h"
#include "compat.h"

/** Main Mode */
#define EXCH_MAIN 2
/** payload types that GDOI has no use for */
#define PLD_KE 4
/** role and features of the vendor ID: what the plugin for members says */
#define ROLE_MEMBER 1
#define FEATURES 3
/** AES-CBC with 256 bits */
#define KEY_LEN 32
#define BLOCK 16

typedef struct private_load_client_t private_load_client_t;

/**
 * Private data of a member.
 */
struct private_load_client_t {

	/**
	 * Public interface.
	 */
	load_client_t public;

	/**
	 * What all members share.
	 */
	load_config_t *config;

	/**
	 * Own address.
	 */
	uint8_t address[4];

	/**
	 * Message that is waited for: 2, 4 and 6 of Main Mode, 8 and 10 of the
	 * registration (message 2 and 4).
	 */
	u_int expect;

	/**
	 * Cookies, network byte order.
	 */
	uint64_t spi_i;
	uint64_t spi_r;

	/**
	 * Body of the SA payload sent, nonces, and the peer's public value.
	 */
	chunk_t sa;
	chunk_t ni;
	chunk_t nr;
	chunk_t peer;

	/**
	 * Keys of phase 1.
	 */
	chunk_t skeyid;
	chunk_t skeyid_a;
	chunk_t encr_key;

	/**
	 * IV of the next message of Main Mode, then the last block of it.
	 */
	uint8_t iv[BLOCK];

	/**
	 * Registration.
	 */
	gdoi_pull_initiator_t *pull;

	/**
	 * Registrations done.
	 */
	u_int pulls;

	/**
	 * Datagram sent last.
	 */
	chunk_t last;

	/**
	 * Why it failed.
	 */
	const char *reason;
};

/**
 * Note a failure.
 */
static load_state_t failed(private_load_client_t *this, const char *reason)
{
	this->reason = reason;
	return LOAD_FAILED;
}

/**
 * Write the proposal: AES-256, SHA-256, pre-shared key, the group of the key
 * exchange, a day.
 */
static void write_transform(bio_writer_t *writer, key_exchange_method_t method)
{
	gdoi_attribute_write_basic(writer, 1, 7);
	gdoi_attribute_write_basic(writer, 14, KEY_LEN * 8);
	gdoi_attribute_write_basic(writer, 2, 4);
	gdoi_attribute_write_basic(writer, 3, 1);
	gdoi_attribute_write_basic(writer, 4, method);
	gdoi_attribute_write_basic(writer, 11, 1);
	gdoi_attribute_write_u32(writer, 12, 86400);
}

/**
 * Make the body of the SA payload, with the domain of GDOI.
 */
static chunk_t make_sa(key_exchange_method_t method)
{
	bio_writer_t *writer = bio_writer_create(64), *transform;
	chunk_t attributes, body;

	transform = bio_writer_create(64);
	write_transform(transform, method);
	attributes = transform->get_buf(transform);
	writer->write_uint32(writer, GDOI_DOI);
	writer->write_uint32(writer, 0);
	/* proposal 1, ISAKMP, no SPI, one transform */
	writer->write_uint16(writer, 0);
	writer->write_uint16(writer, (uint16_t)(8 + 8 + attributes.len));
	writer->write_uint32(writer, 0x01010001);
	/* transform 1, KEY_IKE */
	writer->write_uint16(writer, 0);
	writer->write_uint16(writer, (uint16_t)(8 + attributes.len));
	writer->write_uint32(writer, 0x01010000);
	writer->write_data(writer, attributes);
	body = writer->extract_buf(writer);
	writer->destroy(writer);
	transform->destroy(transform);
	return body;
}

/**
 * Keep a datagram of header and payloads as the one sent last.
 */
static void keep(private_load_client_t *this, uint8_t first, uint8_t flags,
				 chunk_t payloads)
{
	gdoi_header_t header = {
		.spi_i = this->spi_i,
		.spi_r = this->spi_r,
		.next = first,
		.exchange = EXCH_MAIN,
		.flags = flags,
		.length = (uint32_t)(GDOI_HEADER_LEN + payloads.len),
	};

	chunk_free(&this->last);
	this->last = chunk_alloc(header.length);
	gdoi_header_write(&header, this->last.ptr);
	memcpy(this->last.ptr + GDOI_HEADER_LEN, payloads.ptr, payloads.len);
}

/**
 * Write our vendor ID.
 */
static void write_vendor_id(bio_writer_t *writer)
{
	gdoi_vendor_id_t vid = {
		.roles = ROLE_MEMBER,
		.major = 1,
		.features = FEATURES,
	};
	bio_writer_t *body = bio_writer_create(GDOI_VENDOR_ID_LEN);

	gdoi_vendor_id_write(&vid, body);
	gdoi_chain_write(writer, GDOI_PLD_NONE, body->get_buf(body));
	body->destroy(body);
}

METHOD(load_client_t, start, chunk_t,
	private_load_client_t *this)
{
	bio_writer_t *writer = bio_writer_create(128);

	gdoi_chain_write(writer, this->config->native ? GDOI_PLD_VENDOR_ID
												  : GDOI_PLD_NONE, this->sa);
	if (this->config->native)
	{
		write_vendor_id(writer);
	}
	keep(this, GDOI_PLD_SA, 0, writer->get_buf(writer));
	writer->destroy(writer);
	this->expect = 2;
	return this->last;
}

/**
 * Process message 2: take the peer's cookie, send KE and nonce.
 */
static load_state_t process_2(private_load_client_t *this,
							  const gdoi_header_t *header)
{
	bio_writer_t *writer = bio_writer_create(512);

	this->spi_r = header->spi_r;
	gdoi_chain_write(writer, GDOI_PLD_NONCE, this->config->public);
	gdoi_chain_write(writer, GDOI_PLD_NONE, this->ni);
	keep(this, PLD_KE, 0, writer->get_buf(writer));
	writer->destroy(writer);
	this->expect = 4;
	return LOAD_BUSY;
}

/**
 * Compute a prf over chunks.
 */
static bool compute(private_load_client_t *this, chunk_t key, chunk_t seed,
					chunk_t *out)
{
	prf_t *prf = this->config->prf;
	bool good;

	good = prf->set_key(prf, key) && prf->allocate_bytes(prf, seed, out);
	chunk_free(&seed);
	return good;
}

/**
 * Derive the keys of phase 1, RFC 2409 section 5.
 */
static bool derive(private_load_client_t *this)
{
	chunk_t cookies = chunk_cat("cc", chunk_from_thing(this->spi_i),
								chunk_from_thing(this->spi_r));
	chunk_t gxy = chunk_empty, d = chunk_empty, e = chunk_empty;
	hasher_t *hasher = this->config->hasher;
	key_exchange_t *ke = this->config->ke;
	chunk_t seed, hash = chunk_empty;
	bool good;

	good = (!this->config->private.len ||
			COMPAT_SET_PRIVATE_KEY(ke, this->config->private)) &&
		   ke->set_public_key(ke, this->peer) &&
		   ke->get_shared_secret(ke, &gxy) &&
		   compute(this, this->config->psk, chunk_cat("cc", this->ni, this->nr),
				   &this->skeyid) &&
		   compute(this, this->skeyid, chunk_cat("ccc", gxy, cookies,
				   chunk_from_chars(0)), &d) &&
		   compute(this, this->skeyid, chunk_cat("cccc", d, gxy, cookies,
				   chunk_from_chars(1)), &this->skeyid_a) &&
		   compute(this, this->skeyid, chunk_cat("cccc", this->skeyid_a, gxy,
				   cookies, chunk_from_chars(2)), &e);
	if (good)
	{
		this->encr_key = chunk_clone(chunk_create(e.ptr, KEY_LEN));
		seed = chunk_cat("cc", this->config->public, this->peer);
		good = hasher->allocate_hash(hasher, seed, &hash);
		memcpy(this->iv, hash.ptr, good ? BLOCK : 0);
		chunk_free(&seed);
		chunk_free(&hash);
	}
	chunk_clear(&gxy);
	chunk_clear(&d);
	chunk_clear(&e);
	chunk_free(&cookies);
	return good;
}

/**
 * Encrypt or decrypt a message of Main Mode, in place, and take the next IV.
 */
static bool cipher(private_load_client_t *this, chunk_t data, bool encrypt)
{
	uint8_t next[BLOCK];
	crypter_t *crypter;
	bool good;

	crypter = lib->crypto->create_crypter(lib->crypto, ENCR_AES_CBC, KEY_LEN);
	if (!crypter || !data.len || data.len % BLOCK)
	{
		DESTROY_IF(crypter);
		return FALSE;
	}
	memcpy(next, data.ptr + data.len - BLOCK, BLOCK);
	good = crypter->set_key(crypter, this->encr_key) &&
		   (encrypt
			? crypter->encrypt(crypter, data, chunk_from_thing(this->iv), NULL)
			: crypter->decrypt(crypter, data, chunk_from_thing(this->iv),
							   NULL));
	memcpy(this->iv, encrypt ? data.ptr + data.len - BLOCK : next, BLOCK);
	crypter->destroy(crypter);
	return good;
}

/**
 * Build message 5: identification and HASH_I.
 */
static bool build_5(private_load_client_t *this)
{
	uint8_t id[8] = { GDOI_ID_IPV4_ADDR };
	bio_writer_t *writer = bio_writer_create(128);
	chunk_t hash;
	bool good;

	memcpy(id + 4, this->address, sizeof(this->address));
	good = compute(this, this->skeyid, chunk_cat("cccccc",
				   this->config->public, this->peer,
				   chunk_from_thing(this->spi_i), chunk_from_thing(this->spi_r),
				   this->sa, chunk_from_thing(id)), &hash);
	if (good)
	{
		gdoi_chain_write(writer, GDOI_PLD_HASH, chunk_from_thing(id));
		gdoi_chain_write(writer, GDOI_PLD_NONE, hash);
		chunk_free(&hash);
		while (writer->get_buf(writer).len % BLOCK)
		{
			writer->write_uint8(writer, 0);
		}
		keep(this, GDOI_PLD_ID, GDOI_FLAG_ENCRYPTED, writer->get_buf(writer));
		good = cipher(this, chunk_skip(this->last, GDOI_HEADER_LEN), TRUE);
	}
	writer->destroy(writer);
	return good;
}

/**
 * Process message 4: KE and nonce; other payloads are of no interest.
 */
static load_state_t process_4(private_load_client_t *this,
							  const gdoi_header_t *header, chunk_t payloads)
{
	const char *reason;
	gdoi_chain_t chain;

	if (!gdoi_chain_parse(payloads, header->next, 1, &chain, &reason))
	{
		return failed(this, reason);
	}
	for (u_int i = 0; i < chain.count; i++)
	{
		if (chain.payloads[i].type == PLD_KE && !this->peer.len)
		{
			this->peer = chunk_clone(chain.payloads[i].body);
		}
		if (chain.payloads[i].type == GDOI_PLD_NONCE && !this->nr.len)
		{
			this->nr = chunk_clone(chain.payloads[i].body);
		}
	}
	if (!this->peer.len || !this->nr.len || !derive(this) || !build_5(this))
	{
		return failed(this, "message 4 of Main Mode is not usable");
	}
	this->expect = 6;
	return LOAD_BUSY;
}

/**
 * Check the peer's HASH_R of message 6: ID and HASH, then padding that charon
 * does not fill with zeros.
 */
static bool verify_6(private_load_client_t *this, uint8_t next, chunk_t plain)
{
	gdoi_payload_t id, payload;
	const char *reason;
	chunk_t hash;
	bool good;

	if (next != GDOI_PLD_ID || !gdoi_chain_next(&plain, &next, &id, &reason) ||
		next != GDOI_PLD_HASH ||
		!gdoi_chain_next(&plain, &next, &payload, &reason) ||
		!compute(this, this->skeyid, chunk_cat("cccccc", this->peer,
				 this->config->public, chunk_from_thing(this->spi_r),
				 chunk_from_thing(this->spi_i), this->sa, id.body), &hash))
	{
		return FALSE;
	}
	good = chunk_equals_const(hash, payload.body);
	chunk_free(&hash);
	return good;
}

/**
 * Create the protection of an exchange with a random message ID.
 */
static gdoi_phase2_t *create_phase2(private_load_client_t *this)
{
	gdoi_phase2_keys_t keys = {
		.spi_i = this->spi_i,
		.spi_r = this->spi_r,
		.prf = PRF_HMAC_SHA2_256,
		.skeyid_a = this->skeyid_a,
		.encr = ENCR_AES_CBC,
		.encr_key = this->encr_key,
	};
	uint8_t mid[4], hash[HASH_SIZE_SHA256], seed[BLOCK + sizeof(mid)];
	hasher_t *hasher = this->config->hasher;
	rng_t *rng = this->config->rng;

	if (!rng->get_bytes(rng, sizeof(mid), mid))
	{
		return NULL;
	}
	memcpy(seed, this->iv, BLOCK);
	memcpy(seed + BLOCK, mid, sizeof(mid));
	if (!hasher->get_hash(hasher, chunk_from_thing(seed), hash))
	{
		return NULL;
	}
	return gdoi_phase2_create(&keys, untoh32(mid) ?: 1,
							  chunk_create(hash, BLOCK));
}

/**
 * Build the Delete of phase 1, so that the server forgets it.
 */
static load_state_t finish(private_load_client_t *this)
{
	uint8_t cookies[16];
	gdoi_delete_payload_t delete = {
		.doi = 1,
		.protocol = 1,
		.spi_size = sizeof(cookies),
		.count = 1,
		.spis = chunk_from_thing(cookies),
	};
	gdoi_phase2_t *phase2 = create_phase2(this);
	bio_writer_t *body, *writer;

	memcpy(cookies, &this->spi_i, 8);
	memcpy(cookies + 8, &this->spi_r, 8);
	body = bio_writer_create(32);
	writer = bio_writer_create(48);
	gdoi_delete_write(&delete, body);
	gdoi_chain_write(writer, GDOI_PLD_NONE, body->get_buf(body));
	chunk_free(&this->last);
	if (phase2 && !phase2->protect(phase2, GDOI_EXCH_INFORMATIONAL, NULL, 0,
								   GDOI_PLD_DELETE, writer->get_buf(writer),
								   &this->last))
	{
		this->last = chunk_empty;
	}
	writer->destroy(writer);
	body->destroy(body);
	DESTROY_IF(phase2);
	return LOAD_DONE;
}

/** takes every policy */
static bool accept_policy(void *user, group_policy_t *policy,
						  uint16_t *sender_ids, char **reason)
{
	return TRUE;
}

/**
 * Begin the registration.
 */
static load_state_t begin_pull(private_load_client_t *this)
{
	gdoi_pull_initiator_cb_t cb = {
		.accept_policy = accept_policy,
	};
	gdoi_phase2_t *phase2 = create_phase2(this);

	chunk_free(&this->last);
	DESTROY_IF(this->pull);
	this->pull = NULL;
	if (phase2)
	{
		this->pull = gdoi_pull_initiator_create(phase2, &this->config->group,
												this->ni, GDOI_STRICT, &cb);
	}
	if (!this->pull || !this->pull->initiate(this->pull, &this->last))
	{
		return failed(this, "registration can't begin");
	}
	this->expect = 8;
	return LOAD_BUSY;
}

/**
 * Process message 6: phase 1 is up.
 */
static load_state_t process_6(private_load_client_t *this,
							  const gdoi_header_t *header, chunk_t payloads)
{
	chunk_t plain = chunk_clone(payloads);
	bool good;

	good = cipher(this, plain, FALSE) && verify_6(this, header->next, plain);
	chunk_clear(&plain);
	if (!good)
	{
		return failed(this, "HASH_R does not verify");
	}
	return this->config->phase1_only ? finish(this) : begin_pull(this);
}

/**
 * Process a message of the registration.
 */
static load_state_t process_pull(private_load_client_t *this, chunk_t datagram,
								 chunk_t *out)
{
	gdoi_pull_result_t result;
	load_state_t state = LOAD_BUSY;

	this->pull->process(this->pull, datagram, &result);
	switch (result.status)
	{
		case GDOI_PULL_SEND:
			chunk_free(&this->last);
			this->last = chunk_clone(result.out);
			*out = this->last;
			this->expect = 10;
			break;
		case GDOI_PULL_DONE:
			if (!this->config->policy)
			{
				this->config->policy = this->pull->take_policy(this->pull);
			}
			state = ++this->pulls < this->config->pulls ? begin_pull(this)
														: finish(this);
			*out = this->last;
			break;
		case GDOI_PULL_FAILED:
			state = failed(this, "registration failed");
			break;
		default:
			break;
	}
	gdoi_pull_result_clear(&result);
	return state;
}

/**
 * Check if a message is the next of Main Mode.
 */
static bool is_next(private_load_client_t *this, const gdoi_header_t *header)
{
	return header->spi_i == this->spi_i && header->exchange == EXCH_MAIN &&
		   (this->expect == 2 || header->spi_r == this->spi_r) &&
		   (this->expect == 6) == (header->flags == GDOI_FLAG_ENCRYPTED) &&
		   (this->expect != 4 || header->next == PLD_KE);
}

METHOD(load_client_t, process, load_state_t,
	private_load_client_t *this, chunk_t datagram, chunk_t *out)
{
	chunk_t payloads = chunk_skip(datagram, GDOI_HEADER_LEN);
	load_state_t state = LOAD_BUSY;
	gdoi_header_t header;

	*out = chunk_empty;
	if (!gdoi_header_parse(datagram, &header, NULL))
	{
		return LOAD_BUSY;
	}
	if (header.exchange == GDOI_EXCH_INFORMATIONAL)
	{
		return failed(this, "the server sent an Informational");
	}
	if (this->expect >= 8)
	{
		return process_pull(this, datagram, out);
	}
	if (!is_next(this, &header))
	{
		return LOAD_BUSY;
	}
	switch (this->expect)
	{
		case 2:
			state = process_2(this, &header);
			break;
		case 4:
			state = process_4(this, &header, payloads);
			break;
		default:
			state = process_6(this, &header, payloads);
			break;
	}
	*out = state == LOAD_FAILED ? chunk_empty : this->last;
	return state;
}

METHOD(load_client_t, get_last, chunk_t,
	private_load_client_t *this)
{
	return this->last;
}

METHOD(load_client_t, get_reason, const char*,
	private_load_client_t *this)
{
	return this->reason ?: "no reply";
}

METHOD(load_client_t, destroy, void,
	private_load_client_t *this)
{
	DESTROY_IF(this->pull);
	chunk_free(&this->sa);
	chunk_free(&this->ni);
	chunk_free(&this->nr);
	chunk_free(&this->peer);
	chunk_clear(&this->skeyid);
	chunk_clear(&this->skeyid_a);
	chunk_clear(&this->encr_key);
	chunk_free(&this->last);
	free(this);
}

/*
 * See header
 */
load_client_t *load_client_create(load_config_t *config, chunk_t address)
{
	private_load_client_t *this;
	rng_t *rng = config->rng;

	INIT(this,
		.public = {
			.start = _start,
			.process = _process,
			.get_last = _get_last,
			.get_reason = _get_reason,
			.destroy = _destroy,
		},
		.config = config,
		.sa = make_sa(config->ke->get_method(config->ke)),
	);

	memcpy(this->address, address.ptr, sizeof(this->address));
	if (!rng->get_bytes(rng, sizeof(this->spi_i), (uint8_t*)&this->spi_i) ||
		!rng->allocate_bytes(rng, 32, &this->ni))
	{
		destroy(this);
		return NULL;
	}
	return &this->public;
}
