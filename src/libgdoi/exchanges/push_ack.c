/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "push_ack.h"
#include "../payloads/gdoi_basic.h"
#include "../payloads/gdoi_chain.h"
#include "../payloads/gdoi_header.h"

/** what keys are derived with; the terminating zero belongs to it */
#define LABEL_CLEAR "GROUPKEY-PUSH ACK"
#define LABEL_ENCRYPTED "OWN ENCRYPTED ACK"

/** longest digest, that of SHA-512 */
#define DIGEST_MAX 64

/** lengths that keys are derived with */
#define LENGTHS 3

/** octets of SEQ and of the longest ID payload */
#define COVERED_MAX (8 + 8 + 16)

typedef struct private_gdoi_push_ack_verifier_t
	private_gdoi_push_ack_verifier_t;

/**
 * Private data of a verifier.
 */
struct private_gdoi_push_ack_verifier_t {

	/**
	 * Public interface.
	 */
	gdoi_push_ack_verifier_t public;

	/**
	 * SPI of the KEK.
	 */
	uint8_t spi[GROUP_KEK_SPI_LEN];

	/**
	 * Keyed PRFs of exchange 35 by length, the one we send first.
	 */
	prf_t *clear[LENGTHS];

	/**
	 * Keyed PRF of exchange 240.
	 */
	prf_t *encrypted;

	/**
	 * Cipher of the KEK with its key, and its IV.
	 */
	crypter_t *crypter;
	chunk_t iv;
};

/**
 * Payloads of an acknowledgement. Chunks point into the message.
 */
typedef struct {
	gdoi_header_t header;
	/** whole payload, empty in exchange 35 */
	chunk_t nonce;
	/** body */
	chunk_t hash;
	/** SEQ and ID, whole payloads */
	chunk_t covered;
	/** bodies */
	chunk_t seq;
	chunk_t id;
} ack_parts_t;

/**
 * PRF of a kind.
 */
static pseudo_random_function_t get_prf(gdoi_push_ack_kind_t kind,
										group_ack_t ack)
{
	if (kind == GDOI_PUSH_ACK_ENCRYPTED)
	{
		return PRF_HMAC_SHA2_256;
	}
	switch (ack)
	{
		case GROUP_ACK_KEK_SHA256:
		case GROUP_ACK_LKH_SHA256:
			return PRF_HMAC_SHA2_256;
		case GROUP_ACK_KEK_SHA512:
		case GROUP_ACK_LKH_SHA512:
			return PRF_HMAC_SHA2_512;
		default:
			return PRF_UNDEFINED;
	}
}

/**
 * Bits that go into the derivation.
 */
static size_t get_bits(gdoi_push_ack_length_t length,
					   pseudo_random_function_t prf, chunk_t base)
{
	bool sha512 = prf == PRF_HMAC_SHA2_512;

	switch (length)
	{
		case GDOI_PUSH_ACK_LENGTH_HASH:
			return sha512 ? 512 : 256;
		case GDOI_PUSH_ACK_LENGTH_KEY:
			return 8 * base.len;
		default:
			return sha512 ? 1024 : 512;
	}
}

bool gdoi_push_ack_key(gdoi_push_ack_kind_t kind, group_ack_t ack,
					   chunk_t base, chunk_t spi,
					   gdoi_push_ack_length_t length, chunk_t *key)
{
	pseudo_random_function_t alg = get_prf(kind, ack);
	const char *label = kind == GDOI_PUSH_ACK_ENCRYPTED ? LABEL_ENCRYPTED
														: LABEL_CLEAR;
	uint8_t bits[2];
	chunk_t seed;
	prf_t *prf;
	bool good;

	prf = alg == PRF_UNDEFINED ? NULL
							   : lib->crypto->create_prf(lib->crypto, alg);
	if (!prf)
	{
		return FALSE;
	}
	htoun16(bits, (uint16_t)get_bits(length, alg, base));
	seed = chunk_cat("ccc", chunk_create((u_char*)label, strlen(label) + 1),
					 spi, chunk_from_thing(bits));
	good = prf->set_key(prf, base) && prf->allocate_bytes(prf, seed, key);
	prf->destroy(prf);
	chunk_free(&seed);
	return good;
}

/**
 * Create the PRF that an acknowledgement's HASH is made with.
 *
 * @return			keyed PRF, NULL if it is not available
 */
static prf_t *create_prf(gdoi_push_ack_kind_t kind, group_ack_t ack,
						 const group_kek_data_t *kek,
						 gdoi_push_ack_length_t length)
{
	chunk_t key, spi = chunk_create((u_char*)kek->spi, sizeof(kek->spi));
	prf_t *prf;

	if (!gdoi_push_ack_key(kind, ack, kek->key, spi, length, &key))
	{
		return NULL;
	}
	prf = lib->crypto->create_prf(lib->crypto, get_prf(kind, ack));
	if (prf && !prf->set_key(prf, key))
	{
		prf->destroy(prf);
		prf = NULL;
	}
	chunk_clear(&key);
	return prf;
}

/**
 * Create the cipher of a KEK.
 *
 * @return			cipher with its key, NULL if it is not available
 */
static crypter_t *create_crypter(const group_kek_data_t *kek)
{
	crypter_t *crypter;

	crypter = lib->crypto->create_crypter(lib->crypto, kek->encr,
										  kek->key.len);
	if (crypter && (crypter->get_block_size(crypter) != kek->iv.len ||
					!crypter->set_key(crypter, kek->key)))
	{
		crypter->destroy(crypter);
		crypter = NULL;
	}
	return crypter;
}

/**
 * Write SEQ and ID payloads.
 */
static void write_covered(uint32_t seq, host_t *host, bio_writer_t *writer)
{
	gdoi_id_t id = {
		.type = host->get_family(host) == AF_INET6 ? GDOI_ID_IPV6_ADDR
												   : GDOI_ID_IPV4_ADDR,
		.data = host->get_address(host),
	};
	bio_writer_t *body = bio_writer_create(COVERED_MAX);

	gdoi_seq_write(seq, body);
	gdoi_chain_write(writer, GDOI_PLD_ID, body->get_buf(body));
	body->destroy(body);
	body = bio_writer_create(COVERED_MAX);
	gdoi_id_write(&id, body);
	gdoi_chain_write(writer, GDOI_PLD_NONE, body->get_buf(body));
	body->destroy(body);
}

/**
 * Compute a HASH.
 *
 * @param nonce		whole payload, may be empty
 * @param covered	SEQ and ID, whole payloads
 * @param digest	DIGEST_MAX octets
 */
static bool compute(prf_t *prf, chunk_t nonce, chunk_t covered,
					uint8_t *digest)
{
	return (!nonce.len || prf->get_bytes(prf, nonce, NULL)) &&
		   prf->get_bytes(prf, covered, digest);
}

/**
 * Make a message of a header and payloads.
 */
static chunk_t make_message(const group_kek_data_t *kek,
							gdoi_push_ack_kind_t kind, chunk_t payloads)
{
	bool encrypted = kind == GDOI_PUSH_ACK_ENCRYPTED;
	size_t block = encrypted ? kek->iv.len : 1;
	gdoi_header_t header = {
		.next = encrypted ? GDOI_PLD_NONCE : GDOI_PLD_HASH,
		.exchange = encrypted ? GDOI_EXCH_ENCRYPTED_ACK : GDOI_EXCH_PUSH_ACK,
		.flags = encrypted ? GDOI_FLAG_ENCRYPTED : 0,
	};
	chunk_t message;

	message = chunk_alloc(GDOI_HEADER_LEN + round_up(payloads.len, block));
	memset(message.ptr, 0, message.len);
	memcpy(&header.spi_i, kek->spi, sizeof(header.spi_i));
	memcpy(&header.spi_r, kek->spi + sizeof(header.spi_i),
		   sizeof(header.spi_r));
	header.length = (uint32_t)message.len;
	gdoi_header_write(&header, message.ptr);
	memcpy(message.ptr + GDOI_HEADER_LEN, payloads.ptr, payloads.len);
	return message;
}

/**
 * Make a message of payloads, and encrypt those of the encrypted kind.
 */
static bool protect(const group_kek_data_t *kek, gdoi_push_ack_kind_t kind,
					chunk_t payloads, chunk_t *datagram)
{
	chunk_t message = make_message(kek, kind, payloads);
	crypter_t *crypter;
	bool good = TRUE;

	if (kind == GDOI_PUSH_ACK_ENCRYPTED)
	{
		crypter = create_crypter(kek);
		good = crypter &&
			   crypter->encrypt(crypter, chunk_skip(message, GDOI_HEADER_LEN),
								kek->iv, NULL);
		DESTROY_IF(crypter);
	}
	if (!good)
	{
		chunk_clear(&message);
		return FALSE;
	}
	*datagram = message;
	return TRUE;
}

/**
 * Write nonce, HASH, and what the HASH covers.
 */
static bool write_payloads(prf_t *prf, chunk_t nonce, chunk_t covered,
						   bio_writer_t *writer)
{
	uint8_t digest[DIGEST_MAX];

	if (nonce.len)
	{
		gdoi_chain_write(writer, GDOI_PLD_HASH, nonce);
	}
	if (!compute(prf, writer->get_buf(writer), covered, digest))
	{
		return FALSE;
	}
	gdoi_chain_write(writer, GDOI_PLD_SEQ,
					 chunk_create(digest, prf->get_block_size(prf)));
	writer->write_data(writer, covered);
	return TRUE;
}

/**
 * Make an acknowledgement with a keyed PRF.
 */
static bool write_ack(prf_t *prf, gdoi_push_ack_kind_t kind,
					  const group_kek_data_t *kek, uint32_t seq, host_t *id,
					  chunk_t nonce, chunk_t *datagram)
{
	bio_writer_t *covered = bio_writer_create(COVERED_MAX);
	bio_writer_t *payloads = bio_writer_create(128);
	bool good;

	write_covered(seq, id, covered);
	good = write_payloads(prf, nonce, covered->get_buf(covered), payloads) &&
		   protect(kek, kind, payloads->get_buf(payloads), datagram);
	covered->destroy(covered);
	payloads->destroy(payloads);
	return good;
}

bool gdoi_push_ack_write(gdoi_push_ack_kind_t kind, group_kek_t *kek,
						 uint32_t seq, host_t *id, chunk_t nonce,
						 chunk_t *datagram)
{
	const group_kek_data_t *data = kek->get(kek);
	prf_t *prf = NULL;
	bool good;

	if (kind == GDOI_PUSH_ACK_CLEAR)
	{
		/* those keyed by a leaf of LKH need a key that we don't have */
		nonce = chunk_empty;
		if (data->ack == GROUP_ACK_KEK_SHA256 ||
			data->ack == GROUP_ACK_KEK_SHA512)
		{
			prf = create_prf(kind, data->ack, data,
							 GDOI_PUSH_ACK_LENGTH_BLOCK);
		}
	}
	else if (nonce.len == GDOI_PUSH_ACK_NONCE_LEN)
	{
		prf = create_prf(kind, data->ack, data, GDOI_PUSH_ACK_LENGTH_BLOCK);
	}
	good = prf && write_ack(prf, kind, data, seq, id, nonce, datagram);
	DESTROY_IF(prf);
	return good;
}

/**
 * Take the payloads apart: [NONCE,] HASH, SEQ, ID.
 */
static bool parse_parts(const gdoi_chain_t *chain, bool encrypted,
						ack_parts_t *parts)
{
	const gdoi_payload_t *payload = chain->payloads;

	if (chain->count != (encrypted ? 4 : 3))
	{
		return FALSE;
	}
	if (encrypted)
	{
		if (payload->type != GDOI_PLD_NONCE ||
			payload->body.len != GDOI_PUSH_ACK_NONCE_LEN)
		{
			return FALSE;
		}
		parts->nonce = (payload++)->whole;
	}
	if (payload[0].type != GDOI_PLD_HASH || payload[1].type != GDOI_PLD_SEQ ||
		payload[2].type != GDOI_PLD_ID)
	{
		return FALSE;
	}
	parts->hash = payload[0].body;
	parts->seq = payload[1].body;
	parts->id = payload[2].body;
	parts->covered = chunk_create(payload[1].whole.ptr, payload[1].whole.len +
								  payload[2].whole.len);
	return TRUE;
}

/**
 * Parse a host of an ID payload.
 *
 * @return			host without port, NULL if it is no address
 */
static host_t *parse_host(chunk_t body, const char **reason)
{
	gdoi_id_t id;

	if (!gdoi_id_parse(body, &id, reason))
	{
		return NULL;
	}
	if (id.type == GDOI_ID_IPV4_ADDR && id.data.len == 4)
	{
		return host_create_from_chunk(AF_INET, id.data, 0);
	}
	if (id.type == GDOI_ID_IPV6_ADDR && id.data.len == 16)
	{
		return host_create_from_chunk(AF_INET6, id.data, 0);
	}
	*reason = "identification of the acknowledgement is no address";
	return NULL;
}

/**
 * Check a HASH.
 */
static bool check_hash(prf_t *prf, const ack_parts_t *parts)
{
	uint8_t digest[DIGEST_MAX];

	return parts->hash.len == prf->get_block_size(prf) &&
		   compute(prf, parts->nonce, parts->covered, digest) &&
		   memeq_const(digest, parts->hash.ptr, parts->hash.len);
}

/**
 * Find the key that a HASH verifies with.
 */
static bool verify_hash(private_gdoi_push_ack_verifier_t *this,
						const ack_parts_t *parts, gdoi_push_ack_t *ack)
{
	if (ack->kind == GDOI_PUSH_ACK_ENCRYPTED)
	{
		ack->length = GDOI_PUSH_ACK_LENGTH_BLOCK;
		return check_hash(this->encrypted, parts);
	}
	for (u_int i = 0; i < countof(this->clear); i++)
	{
		if (check_hash(this->clear[i], parts))
		{
			ack->length = i;
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Verify a parsed message, and take its content.
 */
static bool verify_parts(private_gdoi_push_ack_verifier_t *this,
						 const ack_parts_t *parts, gdoi_push_ack_t *ack,
						 const char **reason)
{
	if (!verify_hash(this, parts, ack))
	{
		*reason = "HASH of the acknowledgement does not verify";
		return FALSE;
	}
	if (!gdoi_seq_parse(parts->seq, &ack->seq))
	{
		*reason = "acknowledgement has a bad sequence number";
		return FALSE;
	}
	ack->id = parse_host(parts->id, reason);
	return ack->id != NULL;
}

/**
 * Check if a header is that of an acknowledgement under a KEK.
 */
static bool check_header(private_gdoi_push_ack_verifier_t *this,
						 const gdoi_header_t *header)
{
	uint8_t flags = header->exchange == GDOI_EXCH_ENCRYPTED_ACK
						? GDOI_FLAG_ENCRYPTED : 0;

	return (header->exchange == GDOI_EXCH_PUSH_ACK ||
			header->exchange == GDOI_EXCH_ENCRYPTED_ACK) &&
		   header->flags == flags && !header->message_id &&
		   memeq(this->spi, &header->spi_i, sizeof(header->spi_i)) &&
		   memeq(this->spi + sizeof(header->spi_i), &header->spi_r,
				 sizeof(header->spi_r));
}

/**
 * Verify payloads in clear.
 */
static bool verify_plain(private_gdoi_push_ack_verifier_t *this, chunk_t plain,
						 const gdoi_header_t *header, gdoi_push_ack_t *ack,
						 const char **reason)
{
	bool encrypted = ack->kind == GDOI_PUSH_ACK_ENCRYPTED;
	ack_parts_t parts = {};
	gdoi_chain_t chain;

	if (!gdoi_chain_parse(plain, header->next, encrypted ? this->iv.len : 1,
						  &chain, reason))
	{
		return FALSE;
	}
	if (!parse_parts(&chain, encrypted, &parts))
	{
		*reason = "acknowledgement has not the payloads [NONCE,] HASH, SEQ, "
				  "ID";
		return FALSE;
	}
	return verify_parts(this, &parts, ack, reason);
}

/**
 * Decrypt and verify payloads.
 */
static bool verify_encrypted(private_gdoi_push_ack_verifier_t *this,
							 chunk_t data, const gdoi_header_t *header,
							 gdoi_push_ack_t *ack, const char **reason)
{
	chunk_t plain;
	bool good;

	if (!data.len || data.len % this->iv.len ||
		!this->crypter->decrypt(this->crypter, data, this->iv, &plain))
	{
		*reason = "acknowledgement could not be decrypted";
		return FALSE;
	}
	good = verify_plain(this, plain, header, ack, reason);
	chunk_clear(&plain);
	return good;
}

METHOD(gdoi_push_ack_verifier_t, verify, bool,
	private_gdoi_push_ack_verifier_t *this, chunk_t datagram,
	gdoi_push_ack_t *ack, const char **reason)
{
	gdoi_push_ack_t parsed = {};
	chunk_t data = chunk_skip(datagram, GDOI_HEADER_LEN);
	gdoi_header_t header;
	bool good;

	if (!gdoi_header_parse(datagram, &header, reason))
	{
		return FALSE;
	}
	if (!check_header(this, &header))
	{
		*reason = "message is no acknowledgement under this KEK";
		return FALSE;
	}
	if (header.exchange == GDOI_EXCH_ENCRYPTED_ACK)
	{
		parsed.kind = GDOI_PUSH_ACK_ENCRYPTED;
		good = verify_encrypted(this, data, &header, &parsed, reason);
	}
	else
	{
		good = verify_plain(this, data, &header, &parsed, reason);
	}
	if (good)
	{
		*ack = parsed;
	}
	return good;
}

METHOD(gdoi_push_ack_verifier_t, destroy, void,
	private_gdoi_push_ack_verifier_t *this)
{
	for (u_int i = 0; i < countof(this->clear); i++)
	{
		DESTROY_IF(this->clear[i]);
	}
	DESTROY_IF(this->encrypted);
	DESTROY_IF(this->crypter);
	chunk_clear(&this->iv);
	free(this);
}

/**
 * Derive all keys.
 */
static bool create_keys(private_gdoi_push_ack_verifier_t *this,
						const group_kek_data_t *kek, group_ack_t ack)
{
	for (u_int i = 0; i < countof(this->clear); i++)
	{
		this->clear[i] = create_prf(GDOI_PUSH_ACK_CLEAR, ack, kek, i);
		if (!this->clear[i])
		{
			return FALSE;
		}
	}
	this->encrypted = create_prf(GDOI_PUSH_ACK_ENCRYPTED, ack, kek,
								 GDOI_PUSH_ACK_LENGTH_BLOCK);
	this->crypter = create_crypter(kek);
	return this->encrypted && this->crypter;
}

/*
 * See header
 */
gdoi_push_ack_verifier_t *gdoi_push_ack_verifier_create(group_kek_t *kek,
														bool sha512)
{
	private_gdoi_push_ack_verifier_t *this;
	const group_kek_data_t *data = kek->get(kek);

	INIT(this,
		.public = {
			.verify = _verify,
			.destroy = _destroy,
		},
		.iv = chunk_clone(data->iv),
	);

	memcpy(this->spi, data->spi, sizeof(this->spi));
	if (!data->key.len || !data->iv.len ||
		!create_keys(this, data, sha512 ? GROUP_ACK_KEK_SHA512
										: GROUP_ACK_KEK_SHA256))
	{
		destroy(this);
		return NULL;
	}
	return &this->public;
}
