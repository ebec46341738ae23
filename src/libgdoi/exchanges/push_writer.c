/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "push_writer.h"
#include "policy_codec.h"
#include "push_signature.h"
#include "../payloads/gdoi_basic.h"
#include "../payloads/gdoi_chain.h"
#include "../payloads/gdoi_header.h"
#include "../payloads/gdoi_notify.h"
#include "../payloads/gdoi_reader.h"

/** what the signed text begins with */
#define PREFIX "rekey"
#define PREFIX_LEN 5

/** one Delete payload per protocol: KEK, ESP, AH */
#define DELETES 3

/** SEQ, deletes, SA, KD, SIG */
#define PAYLOADS (DELETES + 4)

/**
 * A rekey in the making: bodies of its payloads, allocated, and its text.
 */
typedef struct {
	gdoi_payload_type_t types[PAYLOADS];
	chunk_t bodies[PAYLOADS];
	u_int count;
	/** prefix, header, payloads, padding */
	chunk_t text;
	/** octets of the message without padding */
	size_t len;
	char **reason;
} push_writer_t;

/**
 * Add a payload, taking its body.
 */
static void add_payload(push_writer_t *writer, gdoi_payload_type_t type,
						chunk_t body)
{
	writer->types[writer->count] = type;
	writer->bodies[writer->count++] = body;
}

/**
 * Wipe and free what a rekey in the making holds.
 */
static void clear_writer(push_writer_t *writer)
{
	for (u_int i = 0; i < writer->count; i++)
	{
		chunk_clear(&writer->bodies[i]);
	}
	chunk_clear(&writer->text);
}

/**
 * Protocol-ID of what gets deleted.
 */
static gdoi_protocol_t get_protocol(const group_delete_t *delete)
{
	if (delete->kek)
	{
		return GDOI_PROTO_KEK;
	}
	return delete->protocol == PROTO_AH ? GDOI_PROTO_AH : GDOI_PROTO_ESP;
}

/**
 * SPI of what gets deleted; points into it.
 */
static chunk_t get_spi(group_delete_t *delete)
{
	return delete->kek ? chunk_from_thing(delete->kek_spi)
					   : chunk_from_thing(delete->spi);
}

/**
 * Add the Delete payload of a protocol, if there is anything to delete.
 */
static void add_delete(push_writer_t *writer, group_rekey_t *rekey,
					   gdoi_protocol_t protocol)
{
	uint8_t spis[GROUP_REKEY_DELETES * GROUP_KEK_SPI_LEN];
	gdoi_delete_payload_t payload = {
		.doi = GDOI_DOI,
		.protocol = (uint8_t)protocol,
		.spi_size = protocol == GDOI_PROTO_KEK ? GROUP_KEK_SPI_LEN : 4,
		.spis = chunk_create(spis, 0),
	};
	enumerator_t *enumerator;
	group_delete_t *delete;
	bio_writer_t *out;

	enumerator = rekey->create_delete_enumerator(rekey);
	while (enumerator->enumerate(enumerator, &delete))
	{
		if (get_protocol(delete) == protocol)
		{
			memcpy(spis + payload.spis.len, get_spi(delete).ptr,
				   payload.spi_size);
			payload.spis.len += payload.spi_size;
			payload.count++;
		}
	}
	enumerator->destroy(enumerator);
	if (payload.count)
	{
		out = bio_writer_create(64);
		gdoi_delete_write(&payload, out);
		add_payload(writer, GDOI_PLD_DELETE, out->extract_buf(out));
		out->destroy(out);
	}
}

/**
 * Add SEQ, Delete, SA and KD payloads.
 */
static bool add_content(push_writer_t *writer, group_rekey_t *rekey)
{
	group_policy_t *policy = rekey->get_policy(rekey);
	bio_writer_t *out;
	const uint32_t *sids;
	chunk_t body;
	u_int count;

	if (policy && policy->get_sids(policy, &sids, &count))
	{	/* RFC 6407 section 5.6.4 */
		return gdoi_refuse(writer->reason, "Sender IDs are for a single "
						   "member, not for a rekey");
	}
	out = bio_writer_create(4);
	gdoi_seq_write(rekey->get_sequence(rekey), out);
	add_payload(writer, GDOI_PLD_SEQ, out->extract_buf(out));
	out->destroy(out);
	add_delete(writer, rekey, GDOI_PROTO_ESP);
	add_delete(writer, rekey, GDOI_PROTO_AH);
	add_delete(writer, rekey, GDOI_PROTO_KEK);
	if (policy)
	{
		if (!gdoi_policy_write_sa(policy, &body, writer->reason))
		{
			return FALSE;
		}
		add_payload(writer, GDOI_PLD_SA, body);
		if (!gdoi_policy_write_kd(policy, &body, writer->reason))
		{
			return FALSE;
		}
		add_payload(writer, GDOI_PLD_KD, body);
	}
	return writer->count > 1 ||
		   gdoi_refuse(writer->reason, "the rekey neither deletes nor installs "
					   "anything");
}

/**
 * Add room for the signature.
 */
static bool add_signature(push_writer_t *writer, const group_kek_data_t *kek,
						  private_key_t *key)
{
	size_t len;

	if (gdoi_push_scheme(kek) == SIGN_UNKNOWN ||
		key->get_type(key) != gdoi_push_key_type(kek->sig))
	{
		return gdoi_refuse(writer->reason, "the signature key is not of the "
						   "kind that the KEK's policy names");
	}
	len = gdoi_push_signature_len(kek->sig, key->get_keysize(key));
	add_payload(writer, GDOI_PLD_SIG, chunk_alloc(len));
	memset(writer->bodies[writer->count - 1].ptr, 0, len);
	return TRUE;
}

/**
 * Octets of the message without padding.
 */
static size_t get_len(const push_writer_t *writer)
{
	size_t len = GDOI_HEADER_LEN;

	for (u_int i = 0; i < writer->count; i++)
	{
		len += GDOI_GEN_LEN + writer->bodies[i].len;
	}
	return len;
}

/**
 * Write the header with the unpadded length, as it is signed.
 */
static void write_header(push_writer_t *writer, const group_kek_data_t *kek)
{
	gdoi_header_t header = {
		.next = GDOI_PLD_SEQ,
		.exchange = GDOI_EXCH_PUSH,
		.flags = GDOI_FLAG_ENCRYPTED,
		.length = (uint32_t)writer->len,
	};

	memcpy(&header.spi_i, kek->spi, sizeof(header.spi_i));
	memcpy(&header.spi_r, kek->spi + sizeof(header.spi_i),
		   sizeof(header.spi_r));
	gdoi_header_write(&header, writer->text.ptr + PREFIX_LEN);
}

/**
 * Write prefix, header and payloads, but for the signature, into one buffer
 * that never moves.
 */
static bool write_text(push_writer_t *writer, const group_kek_data_t *kek)
{
	gdoi_payload_type_t next;
	size_t padded;
	uint8_t *pos;

	writer->len = get_len(writer);
	padded = GDOI_HEADER_LEN +
			 round_up(writer->len - GDOI_HEADER_LEN, kek->iv.len);
	if (padded > GDOI_MESSAGE_MAX)
	{
		return gdoi_refuse(writer->reason, "the rekey does not fit into a "
						   "datagram");
	}
	writer->text = chunk_alloc(PREFIX_LEN + padded);
	memset(writer->text.ptr, 0, writer->text.len);
	memcpy(writer->text.ptr, PREFIX, PREFIX_LEN);
	write_header(writer, kek);
	pos = writer->text.ptr + PREFIX_LEN + GDOI_HEADER_LEN;
	for (u_int i = 0; i < writer->count; i++)
	{
		next = i + 1 < writer->count ? writer->types[i + 1] : GDOI_PLD_NONE;
		*pos = (uint8_t)next;
		htoun16(pos + 2, (uint16_t)(GDOI_GEN_LEN + writer->bodies[i].len));
		memcpy(pos + GDOI_GEN_LEN, writer->bodies[i].ptr,
			   writer->bodies[i].len);
		pos += GDOI_GEN_LEN + writer->bodies[i].len;
	}
	return TRUE;
}

/**
 * Make a signature.
 */
static bool make_signature(const group_kek_data_t *kek, private_key_t *key,
						   gdoi_sig_form_t form, chunk_t text, chunk_t *sig)
{
	chunk_t hash;
	bool good;

	if (kek->sig != GROUP_SIG_RSA || form == GDOI_SIG_DIGEST_INFO)
	{
		return key->sign(key, gdoi_push_scheme(kek), NULL, text, sig);
	}
	if (!gdoi_push_hash(kek, text, &hash))
	{
		return FALSE;
	}
	good = key->sign(key, SIGN_RSA_EMSA_PKCS1_NULL, NULL, hash, sig);
	chunk_free(&hash);
	return good;
}

/**
 * Sign the text, and put the signature where there is room for it.
 */
static bool sign(push_writer_t *writer, const group_kek_data_t *kek,
				 private_key_t *key, gdoi_sig_form_t form)
{
	size_t len = writer->bodies[writer->count - 1].len;
	chunk_t text = chunk_create(writer->text.ptr,
								PREFIX_LEN + writer->len - len - GDOI_GEN_LEN);
	chunk_t sig = chunk_empty;

	if (!make_signature(kek, key, form, text, &sig) || sig.len != len)
	{
		chunk_free(&sig);
		return gdoi_refuse(writer->reason, "the rekey could not be signed by "
						   "that key");
	}
	memcpy(writer->text.ptr + PREFIX_LEN + writer->len - len, sig.ptr, len);
	chunk_free(&sig);
	return TRUE;
}

/**
 * Encrypt the message, whose Length gets to count the padding.
 */
static bool encrypt(push_writer_t *writer, const group_kek_data_t *kek,
					chunk_t *datagram)
{
	chunk_t message = chunk_skip(writer->text, PREFIX_LEN);
	crypter_t *crypter;
	bool good;

	htoun32(message.ptr + GDOI_HEADER_LEN - 4, (uint32_t)message.len);
	crypter = lib->crypto->create_crypter(lib->crypto, kek->encr,
										  kek->key.len);
	good = crypter && crypter->set_key(crypter, kek->key) &&
		   crypter->encrypt(crypter, chunk_skip(message, GDOI_HEADER_LEN),
							kek->iv, NULL);
	DESTROY_IF(crypter);
	if (!good)
	{
		return gdoi_refuse(writer->reason, "the rekey could not be encrypted");
	}
	*datagram = chunk_clone(message);
	return TRUE;
}

bool gdoi_push_write(group_rekey_t *rekey, group_kek_t *kek,
					 private_key_t *key, gdoi_sig_form_t form,
					 chunk_t *datagram, char **reason)
{
	const group_kek_data_t *data = kek->get(kek);
	push_writer_t writer = { .reason = reason };
	bool good;

	if (!data->key.len || data->iv.len != group_kek_iv_len(data->encr))
	{
		return gdoi_refuse(reason, "the KEK has no keys");
	}
	good = add_content(&writer, rekey) &&
		   add_signature(&writer, data, key) && write_text(&writer, data) &&
		   sign(&writer, data, key, form) &&
		   encrypt(&writer, data, datagram);
	clear_writer(&writer);
	return good;
}
