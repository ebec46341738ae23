/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "pull_initiator.h"
#include "policy_codec.h"
#include "protected_message.h"
#include "../payloads/gdoi_basic.h"
#include "../payloads/gdoi_reader.h"
#include "../payloads/gdoi_sa.h"

typedef struct private_gdoi_pull_initiator_t private_gdoi_pull_initiator_t;

/**
 * Private data of the member's side.
 */
struct private_gdoi_pull_initiator_t {

	/**
	 * Public interface.
	 */
	gdoi_pull_initiator_t public;

	/**
	 * Protection by phase 1.
	 */
	gdoi_phase2_t *phase2;

	/**
	 * Group to register with.
	 */
	group_id_t group;

	/**
	 * Nonces, bodies without generic header.
	 */
	chunk_t ni;
	chunk_t nr;

	/**
	 * Sender IDs to ask for, 0 for no GAP.
	 */
	uint16_t sender_ids;

	/**
	 * Departures to take.
	 */
	u_int tolerance;

	/**
	 * Callbacks.
	 */
	gdoi_pull_initiator_cb_t cb;

	/**
	 * What happens next.
	 */
	enum {
		CREATED,
		WAIT_2,
		WAIT_4,
		DONE,
		BROKEN,
	} state;

	/**
	 * Datagram sent last.
	 */
	chunk_t last;

	/**
	 * Message 2 while waiting for message 4, as the key server repeats it if
	 * message 1 was sent again.
	 */
	chunk_t message2;

	/**
	 * Policy of message 2, with keys when done.
	 */
	group_policy_t *policy;
};

/**
 * Set the result to GDOI_PULL_FAILED, adopting the reason.
 */
static void failed(private_gdoi_pull_initiator_t *this,
				   gdoi_pull_result_t *result, gdoi_notify_t notify,
				   char *reason)
{
	this->state = BROKEN;
	chunk_free(&this->last);
	chunk_free(&this->message2);
	result->status = GDOI_PULL_FAILED;
	result->notify = notify;
	result->reason = reason ?: strdup("no reason given");
}

/**
 * Write nonce and identification of message 1.
 */
static chunk_t write_request(private_gdoi_pull_initiator_t *this)
{
	bio_writer_t *writer, *body;
	uint8_t value[4];
	gdoi_id_t id = {
		.type = this->group.type == GROUP_ID_ADDRESS ? GDOI_ID_IPV4_ADDR
													 : GDOI_ID_KEY_ID,
		.data = chunk_from_thing(value),
	};
	chunk_t payloads;

	htoun32(value, this->group.value);
	body = bio_writer_create(16);
	gdoi_id_write(&id, body);
	writer = bio_writer_create(64);
	gdoi_chain_write(writer, GDOI_PLD_ID, this->ni);
	gdoi_chain_write(writer, GDOI_PLD_NONE, body->get_buf(body));
	payloads = writer->extract_buf(writer);
	writer->destroy(writer);
	body->destroy(body);
	return payloads;
}

METHOD(gdoi_pull_initiator_t, initiate, bool,
	private_gdoi_pull_initiator_t *this, chunk_t *out)
{
	chunk_t payloads;
	bool good;

	if (this->state != CREATED)
	{
		return FALSE;
	}
	payloads = write_request(this);
	good = this->phase2->protect(this->phase2, GDOI_EXCH_PULL, NULL, 0,
								 GDOI_PLD_NONCE, payloads, &this->last);
	chunk_free(&payloads);
	this->state = good ? WAIT_2 : BROKEN;
	*out = chunk_clone(this->last);
	return good;
}

/**
 * Build message 3, with a GAP if Sender IDs are wanted.
 */
static bool build_message_3(private_gdoi_pull_initiator_t *this)
{
	gdoi_gap_t gap = {
		.present = 1 << GDOI_GAP_SENDER_ID_REQUEST,
		.values[GDOI_GAP_SENDER_ID_REQUEST] = this->sender_ids,
	};
	chunk_t extra[] = { this->ni, this->nr };
	bio_writer_t *body, *writer;
	bool good;

	body = bio_writer_create(8);
	writer = bio_writer_create(16);
	if (this->sender_ids)
	{
		gdoi_gap_write(&gap, body);
		gdoi_chain_write(writer, GDOI_PLD_NONE, body->get_buf(body));
	}
	chunk_free(&this->last);
	good = this->phase2->protect(this->phase2, GDOI_EXCH_PULL, extra,
								 countof(extra), this->sender_ids
								 ? GDOI_PLD_GAP : GDOI_PLD_NONE,
								 writer->get_buf(writer), &this->last);
	writer->destroy(writer);
	body->destroy(body);
	return good;
}

/**
 * Process the authenticated payloads of message 2: NONCE, SA.
 */
static void process_policy(private_gdoi_pull_initiator_t *this,
						   const gdoi_chain_t *chain,
						   gdoi_pull_result_t *result)
{
	const gdoi_payload_t *nonce = &chain->payloads[1];
	gdoi_notify_t notify;
	char *reason = NULL;

	if (chain->count != 3 || nonce->type != GDOI_PLD_NONCE ||
		chain->payloads[2].type != GDOI_PLD_SA ||
		!gdoi_nonce_check(nonce->body))
	{
		failed(this, result, GDOI_NOTIFY_PAYLOAD_MALFORMED,
			   strdup("message 2 has not the payloads HASH, NONCE, SA"));
		return;
	}
	this->policy = gdoi_policy_read_sa(chain->payloads[2].body,
									   this->tolerance, &notify, &reason);
	if (!this->policy)
	{
		failed(this, result, notify, reason);
		return;
	}
	if (!this->cb.accept_policy(this->cb.user, this->policy,
								&this->sender_ids, &reason))
	{
		failed(this, result, GDOI_NOTIFY_NONE, reason);
		return;
	}
	this->nr = chunk_clone(nonce->body);
	if (!build_message_3(this))
	{
		failed(this, result, GDOI_NOTIFY_NONE,
			   strdup("message 3 could not be built"));
		return;
	}
	this->state = WAIT_4;
	result->status = GDOI_PULL_SEND;
	result->out = chunk_clone(this->last);
}

/**
 * Process message 2.
 */
static void process_2(private_gdoi_pull_initiator_t *this, chunk_t datagram,
					  gdoi_pull_result_t *result)
{
	gdoi_protected_message_t message;
	const char *reason;

	if (!gdoi_protected_message_open(this->phase2, GDOI_EXCH_PULL, datagram,
									 &this->ni, 1, &message, &reason))
	{
		gdoi_pull_result_ignore(result, GDOI_NOTIFY_INVALID_HASH_INFORMATION,
								reason);
		return;
	}
	this->phase2->accept(this->phase2, datagram);
	process_policy(this, &message.chain, result);
	if (this->state == WAIT_4)
	{
		this->message2 = chunk_clone(datagram);
	}
	gdoi_protected_message_clear(&message);
}

/**
 * Find SEQ, which goes with a KEK, and KD in message 4.
 */
static bool find_keys(private_gdoi_pull_initiator_t *this,
					  const gdoi_chain_t *chain, uint32_t *seq, chunk_t *kd,
					  char **reason)
{
	bool kek = this->policy->get_kek(this->policy) != NULL;
	const gdoi_payload_t *payloads = chain->payloads;
	u_int count = kek ? 3 : 2;

	*seq = 0;
	if (chain->count != count || payloads[count - 1].type != GDOI_PLD_KD ||
		(kek && (payloads[1].type != GDOI_PLD_SEQ ||
				 !gdoi_seq_parse(payloads[1].body, seq))))
	{
		return gdoi_refuse(reason, "message 4 has not the payloads HASH, %sKD",
						   kek ? "SEQ, " : "");
	}
	*kd = payloads[count - 1].body;
	return TRUE;
}

/**
 * Process the authenticated payloads of message 4.
 */
static void process_keys(private_gdoi_pull_initiator_t *this,
						 const gdoi_chain_t *chain, gdoi_pull_result_t *result)
{
	group_policy_t *policy;
	char *reason = NULL;
	uint32_t seq;
	chunk_t kd;

	if (!find_keys(this, chain, &seq, &kd, &reason))
	{
		failed(this, result, GDOI_NOTIFY_PAYLOAD_MALFORMED, reason);
		return;
	}
	policy = gdoi_policy_read_kd(this->policy, kd, &reason);
	if (!policy)
	{
		failed(this, result, GDOI_NOTIFY_PAYLOAD_MALFORMED, reason);
		return;
	}
	policy->set_sequence(policy, seq);
	this->policy->destroy(this->policy);
	this->policy = policy;
	this->state = DONE;
	chunk_free(&this->last);
	chunk_free(&this->message2);
	result->status = GDOI_PULL_DONE;
}

/**
 * Process message 4.
 */
static void process_4(private_gdoi_pull_initiator_t *this, chunk_t datagram,
					  gdoi_pull_result_t *result)
{
	chunk_t extra[] = { this->ni, this->nr };
	gdoi_protected_message_t message;
	const char *reason;

	if (chunk_equals(datagram, this->message2))
	{	/* nobody forged it, and it asks for no answer */
		result->status = GDOI_PULL_DUPLICATE;
		return;
	}
	if (!gdoi_protected_message_open(this->phase2, GDOI_EXCH_PULL, datagram,
									 extra, countof(extra), &message,
									 &reason))
	{
		gdoi_pull_result_ignore(result, GDOI_NOTIFY_INVALID_HASH_INFORMATION,
								reason);
		return;
	}
	this->phase2->accept(this->phase2, datagram);
	process_keys(this, &message.chain, result);
	gdoi_protected_message_clear(&message);
}

METHOD(gdoi_pull_initiator_t, process, void,
	private_gdoi_pull_initiator_t *this, chunk_t datagram,
	gdoi_pull_result_t *result)
{
	*result = (gdoi_pull_result_t){};
	switch (this->state)
	{
		case WAIT_2:
			process_2(this, datagram, result);
			break;
		case WAIT_4:
			process_4(this, datagram, result);
			break;
		default:
			gdoi_pull_result_ignore(result, GDOI_NOTIFY_NONE,
									"exchange waits for no message");
			break;
	}
}

METHOD(gdoi_pull_initiator_t, get_last, chunk_t,
	private_gdoi_pull_initiator_t *this)
{
	return this->last;
}

METHOD(gdoi_pull_initiator_t, get_policy, group_policy_t*,
	private_gdoi_pull_initiator_t *this)
{
	return this->policy;
}

METHOD(gdoi_pull_initiator_t, take_policy, group_policy_t*,
	private_gdoi_pull_initiator_t *this)
{
	group_policy_t *policy = NULL;

	if (this->state == DONE)
	{
		policy = this->policy;
		this->policy = NULL;
	}
	return policy;
}

METHOD(gdoi_pull_initiator_t, get_message_id, uint32_t,
	private_gdoi_pull_initiator_t *this)
{
	return this->phase2->get_message_id(this->phase2);
}

METHOD(gdoi_pull_initiator_t, destroy, void,
	private_gdoi_pull_initiator_t *this)
{
	this->phase2->destroy(this->phase2);
	DESTROY_IF(this->policy);
	chunk_clear(&this->ni);
	chunk_clear(&this->nr);
	chunk_free(&this->last);
	chunk_free(&this->message2);
	free(this);
}

/*
 * See header
 */
gdoi_pull_initiator_t *gdoi_pull_initiator_create(gdoi_phase2_t *phase2,
								const group_id_t *group, chunk_t nonce,
								u_int tolerance,
								const gdoi_pull_initiator_cb_t *cb)
{
	private_gdoi_pull_initiator_t *this;

	if (!gdoi_nonce_check(nonce))
	{
		phase2->destroy(phase2);
		return NULL;
	}
	INIT(this,
		.public = {
			.initiate = _initiate,
			.process = _process,
			.get_last = _get_last,
			.get_policy = _get_policy,
			.take_policy = _take_policy,
			.get_message_id = _get_message_id,
			.destroy = _destroy,
		},
		.phase2 = phase2,
		.group = *group,
		.ni = chunk_clone(nonce),
		.tolerance = tolerance,
		.cb = *cb,
		.state = CREATED,
	);

	return &this->public;
}
