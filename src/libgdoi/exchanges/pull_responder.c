/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "pull_responder.h"
#include "policy_codec.h"
#include "protected_message.h"
#include "../payloads/gdoi_basic.h"
#include "../payloads/gdoi_reader.h"
#include "../payloads/gdoi_sa.h"

typedef struct private_gdoi_pull_responder_t private_gdoi_pull_responder_t;

/**
 * Private data of the key server's side.
 */
struct private_gdoi_pull_responder_t {

	/**
	 * Public interface.
	 */
	gdoi_pull_responder_t public;

	/**
	 * Protection by phase 1.
	 */
	gdoi_phase2_t *phase2;

	/**
	 * Group that the member asked for, valid from WAIT_3 on.
	 */
	group_id_t group;

	/**
	 * Nonces, bodies without generic header.
	 */
	chunk_t ni;
	chunk_t nr;

	/**
	 * Callbacks.
	 */
	gdoi_pull_responder_cb_t cb;

	/**
	 * What happens next.
	 */
	enum {
		WAIT_1,
		WAIT_3,
		DONE,
		BROKEN,
	} state;

	/**
	 * Message 1 verified and had a group.
	 */
	bool has_group;

	/**
	 * Last request that verified, and its reply.
	 */
	chunk_t request;
	chunk_t reply;

	/**
	 * How often the reply was repeated.
	 */
	u_int repeated;

	/**
	 * Policy for the member, between message 1 and 4.
	 */
	group_policy_t *policy;
};

/**
 * Set the result to GDOI_PULL_FAILED, adopting the reason.
 */
static void failed(private_gdoi_pull_responder_t *this,
				   gdoi_pull_result_t *result, gdoi_notify_t notify,
				   char *reason)
{
	this->state = BROKEN;
	DESTROY_IF(this->policy);
	this->policy = NULL;
	chunk_free(&this->reply);
	result->status = GDOI_PULL_FAILED;
	result->notify = notify;
	result->reason = reason ?: strdup("no reason given");
}

/**
 * Keep request and reply of a step, and hand out the reply.
 */
static void answer(private_gdoi_pull_responder_t *this, chunk_t datagram,
				   chunk_t reply, gdoi_pull_result_t *result,
				   gdoi_pull_status_t status)
{
	chunk_free(&this->request);
	chunk_free(&this->reply);
	this->request = chunk_clone(datagram);
	this->reply = reply;
	this->repeated = 0;
	result->status = status;
	result->out = chunk_clone(reply);
}

/**
 * Read the group of message 1.
 */
static bool read_group(chunk_t body, group_id_t *group, char **reason)
{
	const char *text;
	gdoi_id_t id;

	if (!gdoi_id_parse(body, &id, &text))
	{
		return gdoi_refuse(reason, "%s", text);
	}
	if (id.data.len != 4 ||
		(id.type != GDOI_ID_KEY_ID && id.type != GDOI_ID_IPV4_ADDR))
	{
		return gdoi_refuse(reason, "group is identified by type %u with %zu "
						   "octets, not by a number or an IPv4 address",
						   id.type, id.data.len);
	}
	group->type = id.type == GDOI_ID_KEY_ID ? GROUP_ID_NUMBER
											: GROUP_ID_ADDRESS;
	group->value = untoh32(id.data.ptr);
	return TRUE;
}

/**
 * Build message 2: HASH(2), NONCE, SA.
 */
static bool build_message_2(private_gdoi_pull_responder_t *this,
							chunk_t *datagram, char **reason)
{
	bio_writer_t *writer;
	chunk_t sa;
	bool good;

	if (!gdoi_policy_write_sa(this->policy, &sa, reason))
	{
		return FALSE;
	}
	writer = bio_writer_create((uint32_t)sa.len + 64);
	gdoi_chain_write(writer, GDOI_PLD_SA, this->nr);
	gdoi_chain_write(writer, GDOI_PLD_NONE, sa);
	good = this->phase2->protect(this->phase2, GDOI_EXCH_PULL, &this->ni, 1,
								 GDOI_PLD_NONCE, writer->get_buf(writer),
								 datagram);
	writer->destroy(writer);
	chunk_free(&sa);
	return good || gdoi_refuse(reason, "message 2 could not be built");
}

/**
 * Authorise the member that sent an authenticated message 1, and reply.
 */
static void authorize(private_gdoi_pull_responder_t *this, chunk_t datagram,
					  gdoi_pull_result_t *result)
{
	gdoi_notify_t notify = GDOI_NOTIFY_AUTHENTICATION_FAILED;
	char *reason = NULL;
	chunk_t reply;

	this->policy = this->cb.authorize(this->cb.user, &this->group, &notify,
									  &reason);
	if (!this->policy)
	{
		failed(this, result, notify, reason);
		return;
	}
	if (!build_message_2(this, &reply, &reason))
	{
		failed(this, result, GDOI_NOTIFY_NO_PROPOSAL_CHOSEN, reason);
		return;
	}
	this->state = WAIT_3;
	answer(this, datagram, reply, result, GDOI_PULL_SEND);
}

/**
 * Check the payloads of message 1: NONCE, ID.
 */
static bool check_request(private_gdoi_pull_responder_t *this,
						  const gdoi_chain_t *chain,
						  gdoi_pull_result_t *result)
{
	const gdoi_payload_t *payloads = chain->payloads;
	char *reason = NULL;

	if (chain->count != 3 || payloads[1].type != GDOI_PLD_NONCE ||
		payloads[2].type != GDOI_PLD_ID || !gdoi_nonce_check(payloads[1].body))
	{
		failed(this, result, GDOI_NOTIFY_PAYLOAD_MALFORMED,
			   strdup("message 1 has not the payloads HASH, NONCE, ID"));
		return FALSE;
	}
	if (!read_group(payloads[2].body, &this->group, &reason))
	{
		failed(this, result, GDOI_NOTIFY_INVALID_ID_INFORMATION, reason);
		return FALSE;
	}
	this->has_group = TRUE;
	this->ni = chunk_clone(payloads[1].body);
	return TRUE;
}

/**
 * Process message 1.
 */
static void process_1(private_gdoi_pull_responder_t *this, chunk_t datagram,
					  gdoi_pull_result_t *result)
{
	gdoi_protected_message_t message;
	const char *reason;

	if (!gdoi_protected_message_open(this->phase2, GDOI_EXCH_PULL, datagram,
									 NULL, 0, &message, &reason))
	{
		gdoi_pull_result_ignore(result, GDOI_NOTIFY_INVALID_HASH_INFORMATION,
								reason);
		return;
	}
	this->phase2->accept(this->phase2, datagram);
	if (check_request(this, &message.chain, result))
	{
		authorize(this, datagram, result);
	}
	gdoi_protected_message_clear(&message);
}

/**
 * Write SEQ, if there is a KEK, and KD of message 4. To be wiped.
 */
static bool write_keys(private_gdoi_pull_responder_t *this, chunk_t *payloads,
					   char **reason)
{
	bio_writer_t *writer;
	uint8_t seq[4];
	chunk_t kd;

	if (!gdoi_policy_write_kd(this->policy, &kd, reason))
	{
		return FALSE;
	}
	/* large enough to never move, as that would leave keys behind */
	writer = bio_writer_create((uint32_t)kd.len + 32);
	if (this->policy->get_kek(this->policy))
	{
		htoun32(seq, this->policy->get_sequence(this->policy));
		gdoi_chain_write(writer, GDOI_PLD_KD, chunk_from_thing(seq));
	}
	gdoi_chain_write(writer, GDOI_PLD_NONE, kd);
	*payloads = writer->extract_buf(writer);
	writer->destroy(writer);
	chunk_clear(&kd);
	return TRUE;
}

/**
 * Build message 4: HASH(4), [SEQ], KD.
 */
static bool build_message_4(private_gdoi_pull_responder_t *this,
							chunk_t *datagram, char **reason)
{
	chunk_t extra[] = { this->ni, this->nr }, payloads;
	gdoi_payload_type_t first = GDOI_PLD_KD;
	bool good;

	if (!write_keys(this, &payloads, reason))
	{
		return FALSE;
	}
	if (this->policy->get_kek(this->policy))
	{
		first = GDOI_PLD_SEQ;
	}
	good = this->phase2->protect(this->phase2, GDOI_EXCH_PULL, extra,
								 countof(extra), first, payloads, datagram);
	chunk_clear(&payloads);
	return good || gdoi_refuse(reason, "message 4 could not be built");
}

/**
 * The member proved that it is there: register it, and send the keys.
 */
static void register_member(private_gdoi_pull_responder_t *this,
							chunk_t datagram, uint16_t sender_ids,
							gdoi_pull_result_t *result)
{
	gdoi_notify_t notify = GDOI_NOTIFY_AUTHENTICATION_FAILED;
	char *reason = NULL;
	chunk_t reply;

	if (!this->cb.registered(this->cb.user, &this->group, this->policy,
							 sender_ids, &notify, &reason))
	{
		failed(this, result, notify, reason);
		return;
	}
	if (!build_message_4(this, &reply, &reason))
	{
		failed(this, result, GDOI_NOTIFY_NO_PROPOSAL_CHOSEN, reason);
		return;
	}
	this->state = DONE;
	/* all that is left to do is to repeat the reply */
	this->policy->destroy(this->policy);
	this->policy = NULL;
	answer(this, datagram, reply, result, GDOI_PULL_DONE);
}

/**
 * Read the optional GAP of message 3.
 */
static bool read_gap(const gdoi_chain_t *chain, uint16_t *sender_ids,
					 char **reason)
{
	gdoi_gap_t gap;

	*sender_ids = 0;
	if (chain->count == 1)
	{
		return TRUE;
	}
	if (chain->count != 2 || chain->payloads[1].type != GDOI_PLD_GAP)
	{
		return gdoi_refuse(reason, "message 3 has other payloads than HASH and "
						   "GAP");
	}
	if (!gdoi_gap_parse(chain->payloads[1].body, &gap, reason))
	{
		return FALSE;
	}
	if (gdoi_gap_is_private(&gap) ||
		gap.present & ~(1u << GDOI_GAP_SENDER_ID_REQUEST))
	{
		return gdoi_refuse(reason, "GAP of a member has more than a request "
						   "for Sender IDs");
	}
	*sender_ids = (uint16_t)gap.values[GDOI_GAP_SENDER_ID_REQUEST];
	return TRUE;
}

/**
 * Process message 3.
 */
static void process_3(private_gdoi_pull_responder_t *this, chunk_t datagram,
					  gdoi_pull_result_t *result)
{
	chunk_t extra[] = { this->ni, this->nr };
	gdoi_protected_message_t message;
	char *refusal = NULL;
	const char *reason;
	uint16_t sender_ids;

	if (!gdoi_protected_message_open(this->phase2, GDOI_EXCH_PULL, datagram,
									 extra, countof(extra), &message,
									 &reason))
	{
		gdoi_pull_result_ignore(result, GDOI_NOTIFY_INVALID_HASH_INFORMATION,
								reason);
		return;
	}
	this->phase2->accept(this->phase2, datagram);
	if (read_gap(&message.chain, &sender_ids, &refusal))
	{
		register_member(this, datagram, sender_ids, result);
	}
	else
	{
		failed(this, result, GDOI_NOTIFY_PAYLOAD_MALFORMED, refusal);
	}
	gdoi_protected_message_clear(&message);
}

/**
 * Answer a repeated request, a limited number of times.
 */
static void repeat(private_gdoi_pull_responder_t *this,
				   gdoi_pull_result_t *result)
{
	if (this->repeated >= GDOI_PULL_CACHED_REPLIES)
	{
		gdoi_pull_result_ignore(result, GDOI_NOTIFY_NONE,
								"request was repeated too often");
		return;
	}
	this->repeated++;
	result->status = GDOI_PULL_DUPLICATE;
	result->out = chunk_clone(this->reply);
}

METHOD(gdoi_pull_responder_t, process, void,
	private_gdoi_pull_responder_t *this, chunk_t datagram,
	gdoi_pull_result_t *result)
{
	*result = (gdoi_pull_result_t){};
	if (this->reply.len && chunk_equals(datagram, this->request))
	{
		repeat(this, result);
		return;
	}
	switch (this->state)
	{
		case WAIT_1:
			process_1(this, datagram, result);
			break;
		case WAIT_3:
			process_3(this, datagram, result);
			break;
		case DONE:
			gdoi_pull_result_ignore(result, GDOI_NOTIFY_NONE,
									"replay of a finished exchange");
			break;
		default:
			gdoi_pull_result_ignore(result, GDOI_NOTIFY_NONE,
									"exchange failed before");
			break;
	}
}

METHOD(gdoi_pull_responder_t, get_group, bool,
	private_gdoi_pull_responder_t *this, group_id_t *group)
{
	if (this->has_group)
	{
		*group = this->group;
	}
	return this->has_group;
}

METHOD(gdoi_pull_responder_t, is_done, bool,
	private_gdoi_pull_responder_t *this)
{
	return this->state == DONE;
}

METHOD(gdoi_pull_responder_t, is_active, bool,
	private_gdoi_pull_responder_t *this)
{
	return this->state == WAIT_3;
}

METHOD(gdoi_pull_responder_t, get_message_id, uint32_t,
	private_gdoi_pull_responder_t *this)
{
	return this->phase2->get_message_id(this->phase2);
}

METHOD(gdoi_pull_responder_t, destroy, void,
	private_gdoi_pull_responder_t *this)
{
	this->phase2->destroy(this->phase2);
	DESTROY_IF(this->policy);
	chunk_clear(&this->ni);
	chunk_clear(&this->nr);
	chunk_free(&this->request);
	chunk_free(&this->reply);
	free(this);
}

/*
 * See header
 */
gdoi_pull_responder_t *gdoi_pull_responder_create(gdoi_phase2_t *phase2,
								chunk_t nonce,
								const gdoi_pull_responder_cb_t *cb)
{
	private_gdoi_pull_responder_t *this;

	if (!gdoi_nonce_check(nonce))
	{
		phase2->destroy(phase2);
		return NULL;
	}
	INIT(this,
		.public = {
			.process = _process,
			.get_group = _get_group,
			.is_done = _is_done,
			.is_active = _is_active,
			.get_message_id = _get_message_id,
			.destroy = _destroy,
		},
		.phase2 = phase2,
		.nr = chunk_clone(nonce),
		.cb = *cb,
		.state = WAIT_1,
	);

	return &this->public;
}
