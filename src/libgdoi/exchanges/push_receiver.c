/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "push_receiver.h"
#include "policy_codec.h"
#include "push_message.h"
#include "push_signature.h"
#include "../payloads/gdoi_notify.h"
#include "../payloads/gdoi_reader.h"

typedef struct private_gdoi_push_receiver_t private_gdoi_push_receiver_t;

/**
 * Private data of a receiver.
 */
struct private_gdoi_push_receiver_t {

	/**
	 * Public interface.
	 */
	gdoi_push_receiver_t public;

	/**
	 * KEK with keys.
	 */
	group_kek_t *kek;

	/**
	 * Its public key.
	 */
	public_key_t *key;

	/**
	 * Last accepted sequence number.
	 */
	uint32_t seq;

	/**
	 * Message that was accepted last, empty if there was none.
	 */
	chunk_t last;

	/**
	 * Departures to take.
	 */
	u_int tolerance;
};

/**
 * Verify a signature over a text. An RSA signature may have the bare hash, as
 * IKEv1 does it.
 */
static bool verify_text(private_gdoi_push_receiver_t *this, chunk_t text,
						chunk_t sig)
{
	const group_kek_data_t *kek = this->kek->get(this->kek);
	chunk_t hash;
	bool good;

	if (this->key->verify(this->key, gdoi_push_scheme(kek), NULL, text, sig))
	{
		return TRUE;
	}
	if (kek->sig != GROUP_SIG_RSA || !gdoi_push_hash(kek, text, &hash))
	{
		return FALSE;
	}
	good = this->key->verify(this->key, SIGN_RSA_EMSA_PKCS1_NULL, NULL, hash,
							 sig);
	chunk_free(&hash);
	return good;
}

/**
 * Verify the signature of a message.
 *
 * @param padded	it counts the padding in the Length of the header
 */
static bool verify_message(private_gdoi_push_receiver_t *this,
						   const gdoi_push_message_t *message, bool padded)
{
	chunk_t text = gdoi_push_message_signed(message, padded);
	bool good;

	good = verify_text(this, text, message->sig);
	chunk_clear(&text);
	return good;
}

/**
 * Verify the signature of a message, which should not count the padding, but
 * may.
 */
static bool verify(private_gdoi_push_receiver_t *this,
				   const gdoi_push_message_t *message)
{
	return verify_message(this, message, FALSE) ||
		   (message->chain.whole.len != message->plain.len &&
			verify_message(this, message, TRUE));
}

/**
 * Add what a Delete payload names.
 */
static bool read_delete(const gdoi_delete_payload_t *payload,
						group_rekey_t *rekey, char **reason)
{
	group_delete_t delete = {
		.kek = payload->protocol == GDOI_PROTO_KEK,
		.protocol = payload->protocol == GDOI_PROTO_AH ? PROTO_AH : PROTO_ESP,
	};
	chunk_t spis = payload->spis, spi;

	if (payload->doi != GDOI_DOI || payload->protocol > GDOI_PROTO_AH)
	{
		return gdoi_refuse(reason, "delete is of a domain or protocol that is "
						   "not known");
	}
	while (gdoi_take(&spis, payload->spi_size, &spi))
	{
		memcpy(delete.kek ? (void*)delete.kek_spi : (void*)&delete.spi,
			   spi.ptr, spi.len);
		if (!rekey->add_delete(rekey, &delete))
		{
			return gdoi_refuse(reason, "rekey deletes more than %d keys",
							   GROUP_REKEY_DELETES);
		}
	}
	return TRUE;
}

/**
 * Read all Delete payloads.
 */
static bool read_deletes(const gdoi_push_message_t *message,
						 group_rekey_t *rekey, char **reason)
{
	const char *text = NULL;
	gdoi_delete_payload_t payload;

	for (u_int i = 0; i < message->chain.count; i++)
	{
		if (message->chain.payloads[i].type != GDOI_PLD_DELETE)
		{
			continue;
		}
		if (!gdoi_delete_parse(message->chain.payloads[i].body, &payload,
							   &text))
		{
			return gdoi_refuse(reason, "%s", text);
		}
		if (!read_delete(&payload, rekey, reason))
		{
			return FALSE;
		}
	}
	return TRUE;
}

/**
 * Read policy and keys, if there are any.
 */
static bool read_policy(private_gdoi_push_receiver_t *this,
						const gdoi_push_message_t *message,
						group_rekey_t *rekey, char **reason)
{
	group_policy_t *policy, *with_keys;
	gdoi_notify_t notify;

	if (!message->sa.len)
	{
		return TRUE;
	}
	policy = gdoi_policy_read_sa(message->sa, this->tolerance, &notify,
								 reason);
	if (!policy)
	{
		return FALSE;
	}
	with_keys = gdoi_policy_read_rekey(policy, this->kek, message->kd, reason);
	policy->destroy(policy);
	rekey->set_policy(rekey, with_keys);
	return with_keys != NULL;
}

/**
 * Read the content of an authentic message.
 */
static gdoi_push_status_t read_content(private_gdoi_push_receiver_t *this,
									   const gdoi_push_message_t *message,
									   gdoi_push_result_t *result)
{
	group_rekey_t *rekey = group_rekey_create(message->seq);

	if (read_deletes(message, rekey, &result->reason) &&
		read_policy(this, message, rekey, &result->reason))
	{
		result->rekey = rekey;
		return GDOI_PUSH_NEW;
	}
	rekey->destroy(rekey);
	return GDOI_PUSH_UNUSABLE;
}

/**
 * Check a well-formed message, and read it.
 */
static gdoi_push_status_t check(private_gdoi_push_receiver_t *this,
								const gdoi_push_message_t *message,
								gdoi_push_result_t *result)
{
	result->seq = message->seq;
	if (message->seq <= this->seq)
	{
		gdoi_refuse(&result->reason, "sequence number %u is not above the last "
					"one, %u", message->seq, this->seq);
		return GDOI_PUSH_SEQUENCE;
	}
	if (!verify(this, message))
	{
		gdoi_refuse(&result->reason, "signature does not verify");
		return GDOI_PUSH_INVALID;
	}
	return read_content(this, message, result);
}

METHOD(gdoi_push_receiver_t, process, gdoi_push_status_t,
	private_gdoi_push_receiver_t *this, chunk_t datagram,
	gdoi_push_result_t *result)
{
	gdoi_push_message_t message;
	gdoi_push_status_t status;
	const char *reason = NULL;

	*result = (gdoi_push_result_t){};
	if (this->last.len && chunk_equals(this->last, datagram))
	{
		result->seq = this->seq;
		return GDOI_PUSH_DUPLICATE;
	}
	if (!gdoi_push_message_open(datagram, this->kek, &message, &reason))
	{
		gdoi_refuse(&result->reason, "%s", reason);
		return GDOI_PUSH_INVALID;
	}
	status = check(this, &message, result);
	gdoi_push_message_clear(&message);
	return status;
}

METHOD(gdoi_push_receiver_t, accept_, void,
	private_gdoi_push_receiver_t *this, chunk_t datagram, uint32_t seq)
{
	if (seq > this->seq)
	{
		this->seq = seq;
		chunk_free(&this->last);
		this->last = chunk_clone(datagram);
	}
}

METHOD(gdoi_push_receiver_t, get_sequence, uint32_t,
	private_gdoi_push_receiver_t *this)
{
	return this->seq;
}

METHOD(gdoi_push_receiver_t, get_kek, group_kek_t*,
	private_gdoi_push_receiver_t *this)
{
	return this->kek;
}

METHOD(gdoi_push_receiver_t, set_kek, void,
	private_gdoi_push_receiver_t *this, group_kek_t *kek)
{
	group_kek_t *old = this->kek;

	this->kek = kek->get_ref(kek);
	old->destroy(old);
}

METHOD(gdoi_push_receiver_t, destroy, void,
	private_gdoi_push_receiver_t *this)
{
	this->key->destroy(this->key);
	this->kek->destroy(this->kek);
	chunk_free(&this->last);
	free(this);
}

/**
 * Parse a public key. Which plugin reads SubjectPublicKeyInfo of an unnamed
 * type depends on the plugins that are loaded.
 */
static public_key_t *parse_key(const group_kek_data_t *kek)
{
	key_type_t type = gdoi_push_key_type(kek->sig);
	public_key_t *key;

	if (gdoi_push_scheme(kek) == SIGN_UNKNOWN || !kek->sig_key.len)
	{
		return NULL;
	}
	key = lib->creds->create(lib->creds, CRED_PUBLIC_KEY, KEY_ANY,
							 BUILD_BLOB_ASN1_DER, kek->sig_key, BUILD_END);
	if (!key)
	{
		key = lib->creds->create(lib->creds, CRED_PUBLIC_KEY, type,
								 BUILD_BLOB_ASN1_DER, kek->sig_key, BUILD_END);
	}
	if (key && key->get_type(key) != type)
	{
		key->destroy(key);
		return NULL;
	}
	return key;
}

/*
 * See header
 */
gdoi_push_receiver_t *gdoi_push_receiver_create(group_kek_t *kek, uint32_t seq,
												u_int tolerance)
{
	private_gdoi_push_receiver_t *this;
	public_key_t *key;

	key = kek->has_keys(kek) ? parse_key(kek->get(kek)) : NULL;
	if (!key)
	{
		return NULL;
	}

	INIT(this,
		.public = {
			.process = _process,
			.accept = _accept_,
			.get_sequence = _get_sequence,
			.get_kek = _get_kek,
			.set_kek = _set_kek,
			.destroy = _destroy,
		},
		.kek = kek->get_ref(kek),
		.key = key,
		.seq = seq,
		.tolerance = tolerance,
	);

	return &this->public;
}

void gdoi_push_result_clear(gdoi_push_result_t *result)
{
	DESTROY_IF(result->rekey);
	result->rekey = NULL;
	free(result->reason);
	result->reason = NULL;
}
