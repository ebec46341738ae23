/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_rekey.h"
#include "gm_acks.h"
#include "gm_log.h"

#include <payloads/gdoi_wire.h>

typedef struct private_gm_rekey_t private_gm_rekey_t;

/**
 * Private data of an gm_rekey_t object.
 */
struct private_gm_rekey_t {

	/**
	 * Public interface
	 */
	gm_rekey_t public;

	/**
	 * Configuration
	 */
	gm_config_t *config;

	/**
	 * Clock and random numbers
	 */
	gm_runtime_t *runtime;

	/**
	 * Way to the transport
	 */
	gm_link_t *link;

	/**
	 * Gets rekeys from the transport
	 */
	gdoi_kek_handler_t *handler;

	/**
	 * Acts on rekeys
	 */
	gm_rekey_listener_t *listener;

	/**
	 * KEK, or NULL
	 */
	gm_kek_t *current;

	/**
	 * KEK before it, or NULL
	 */
	gm_kek_t *previous;

	/**
	 * When to forget the previous KEK
	 */
	uint64_t forget_at;

	/**
	 * Acknowledges
	 */
	gm_acks_t *acks;

	/**
	 * Counters and the last rekey; its KEKs are not used
	 */
	gm_rekey_status_t counters;

	/**
	 * Until when not to log about each reason to drop
	 */
	uint64_t quiet[GM_REKEY_REASONS];
};

/**
 * What a rekey does to the KEK
 */
typedef struct {
	/** another KEK that replaces it, or NULL */
	gm_kek_t *fresh;
	/** the same KEK described again, or NULL */
	group_kek_t *described;
} kek_change_t;

/**
 * A message and what is to be known of it
 */
typedef struct {
	/** datagram */
	chunk_t datagram;
	/** endpoints as received */
	host_t *src;
	host_t *dst;
	/** KEK it came under */
	gm_kek_t *kek;
	/** what processing it gave */
	gdoi_push_result_t result;
} push_t;

/**
 * Present time
 */
static uint64_t get_now(private_gm_rekey_t *this)
{
	return this->runtime->now(this->runtime);
}

/**
 * Name of the group
 */
static const char *get_name(private_gm_rekey_t *this)
{
	return this->config->get(this->config)->group.name;
}

/**
 * Departures from the RFC to take
 */
static u_int get_tolerance(private_gm_rekey_t *this)
{
	return this->config->get(this->config)->long_id_lengths ?
								GDOI_TOLERATE_LONG_ID_LEN : GDOI_STRICT;
}

/**
 * Longest delay of an acknowledgement
 */
static uint32_t get_ack_delay(private_gm_rekey_t *this)
{
	return this->config->get(this->config)->ack_delay;
}

/**
 * Count a rekey that is not acted on
 *
 * @return				TRUE to write a line about it
 */
static bool drop(private_gm_rekey_t *this, gm_rekey_reason_t reason)
{
	uint64_t now = get_now(this);

	this->counters.dropped[reason]++;
	if (now < this->quiet[reason])
	{
		return FALSE;
	}
	this->quiet[reason] = now + GM_REKEY_LOG_INTERVAL;
	return TRUE;
}

/**
 * Forget the previous KEK
 */
static void forget_previous(private_gm_rekey_t *this)
{
	if (this->previous)
	{
		if (this->previous->delivered)
		{
			this->link->remove_kek(this->link, gm_kek_spi(this->previous),
								   this->handler);
		}
		gm_kek_destroy(this->previous);
		this->previous = NULL;
	}
	this->forget_at = GM_NEVER;
}

/**
 * Make the KEK the previous one
 */
static void retire(private_gm_rekey_t *this)
{
	forget_previous(this);
	if (this->current)
	{
		this->previous = this->current;
		this->forget_at = min(this->previous->expires,
							  get_now(this) + GM_REKEY_GRACE);
		this->current = NULL;
	}
}

/**
 * Join the multicast group that rekeys come to (GM-005), or leave it
 */
static void follow_transport(private_gm_rekey_t *this)
{
	const group_kek_data_t *data;

	data = this->current ? gm_kek_data(this->current) : NULL;
	if (data && data->multicast)
	{
		this->link->join(this->link, data->dst,
						 this->config->get(this->config)->interface);
	}
	else
	{
		this->link->join(this->link, NULL, NULL);
	}
}

/**
 * Put another KEK into force
 *
 * @param fresh			KEK, adopted
 */
static void replace(private_gm_rekey_t *this, gm_kek_t *fresh)
{
	bool first = !this->current, before;

	before = this->current && gm_kek_data(this->current)->multicast;
	retire(this);
	if (this->previous && chunk_equals(gm_kek_spi(this->previous),
									   gm_kek_spi(fresh)))
	{	/* the transport takes an SPI but once */
		forget_previous(this);
	}
	this->current = fresh;
	fresh->delivered = this->link->add_kek(this->link, gm_kek_spi(fresh),
										   this->handler);
	if (!fresh->delivered)
	{
		gm_log(3, "GDOI_REKEY_FAILURE", get_name(this), NULL, "Rekeys of group "
			   "%s can't be received: another group has a KEK of the same SPI",
			   get_name(this));
	}
	follow_transport(this);
	if (!first && gm_kek_data(fresh)->multicast != before)
	{
		gm_log_transport(get_name(this), !before);
	}
}

/**
 * Take over a description of the KEK
 */
static void redescribe(private_gm_rekey_t *this, group_kek_t *kek)
{
	bool before = gm_kek_data(this->current)->multicast;

	gm_kek_describe(this->current, kek, get_now(this));
	follow_transport(this);
	if (gm_kek_data(this->current)->multicast != before)
	{
		gm_log_transport(get_name(this), !before);
	}
}

/**
 * Describe the KEK again, from a registration or a rekey
 *
 * @return				description, NULL if it is not the KEK
 */
static group_kek_t *complete(private_gm_rekey_t *this, group_kek_t *kek)
{
	const char *name = get_name(this);
	group_kek_t *full;
	bool sig_key;

	full = gm_kek_complete(this->current, kek, &sig_key);
	if (full && !sig_key)
	{
		gm_log(4, "UNEXPECTED_SIGKEY", name, NULL, "Another signature key for "
			   "the same KEK of group %s was ignored", name);
	}
	return full;
}

/**
 * Take over the KEK of a registration
 */
static void take_kek(private_gm_rekey_t *this, group_kek_t *kek, uint32_t seq)
{
	gdoi_push_receiver_t *receiver;
	group_kek_t *same = NULL;
	gm_kek_t *fresh;

	if (gm_kek_is(this->current, kek))
	{
		same = complete(this, kek);
	}
	if (same)
	{
		redescribe(this, same);
		same->destroy(same);
		receiver = this->current->receiver;
		if (seq > receiver->get_sequence(receiver))
		{
			gm_kek_accept(this->current, chunk_empty, seq);
		}
		return;
	}
	if (gm_kek_is(this->previous, kek))
	{	/* what was accepted under it must not be accepted again */
		receiver = this->previous->receiver;
		seq = max(seq, receiver->get_sequence(receiver));
	}
	fresh = gm_kek_create(kek, seq, get_tolerance(this), get_now(this));
	if (fresh)
	{
		replace(this, fresh);
		return;
	}
	retire(this);
	follow_transport(this);
	gm_log(3, "GDOI_REKEY_FAILURE", get_name(this), NULL, "Rekeys of group %s "
		   "can't be received: the signature key is of no use",
		   get_name(this));
}

METHOD(gm_rekey_t, registered, void,
	private_gm_rekey_t *this, group_policy_t *policy, gdoi_phase1_t *phase1)
{
	group_kek_t *kek = policy->get_kek(policy);

	this->acks->registered(this->acks, phase1);
	this->counters.session = 0;
	if (kek)
	{
		take_kek(this, kek, policy->get_sequence(policy));
	}
	else
	{
		retire(this);
		follow_transport(this);
	}
}

/**
 * Write why a rekey is refused; FALSE for the caller to return
 */
static bool refuse(char **reason, const char *text)
{
	*reason = strdup(text);
	return FALSE;
}

/**
 * Find out what a rekey does to the KEK, changing nothing
 *
 * @param change		gets it
 * @param reason		set to why not, allocated, if FALSE is returned
 */
static bool prepare_kek(private_gm_rekey_t *this, group_rekey_t *rekey,
						kek_change_t *change, char **reason)
{
	group_policy_t *policy = rekey->get_policy(rekey);
	host_t *local = this->acks->get_local(this->acks);
	const group_kek_data_t *data, *now;
	group_kek_t *kek, *full;

	kek = policy ? policy->get_kek(policy) : NULL;
	if (!kek)
	{
		return TRUE;
	}
	if (gm_kek_is(this->current, kek))
	{
		full = complete(this, kek);
		if (!full)
		{
			return refuse(reason, "it has other keys for the same KEK");
		}
		change->described = gm_kek_localize(full, local);
		return TRUE;
	}
	data = kek->get(kek);
	now = gm_kek_data(this->current);
	full = kek->with_keys(kek, data->iv, data->key,
						  data->sig_key.len ? data->sig_key : now->sig_key);
	if (!full)
	{
		return refuse(reason, "the keys of its KEK are missing");
	}
	full = gm_kek_localize(full, local);
	change->fresh = gm_kek_create(full, 0, get_tolerance(this), get_now(this));
	full->destroy(full);
	return change->fresh || refuse(reason, "its signature key is of no use");
}

/**
 * Note a rekey that was acted on
 */
static void note(private_gm_rekey_t *this, push_t *push)
{
	gm_rekey_status_t *counters = &this->counters;
	const char *name = get_name(this);

	counters->received++;
	counters->session++;
	counters->last = get_now(this);
	counters->last_sequence = push->result.seq;
	DESTROY_IF(counters->last_src);
	counters->last_src = push->src->clone(push->src);
	gm_log(5, "GM_RECV_REKEY", name, push->src, "Received rekey for group %s "
		   "from %H to %H with seq # %u", name, push->src, push->dst,
		   push->result.seq);
	if (push->result.rekey->get_delete_count(push->result.rekey))
	{
		gm_log(5, "GM_RECV_DELETE", name, push->src, "Received delete for "
			   "group %s from KS %H", name, push->src);
	}
}

/**
 * Change the KEK as a rekey says
 *
 * @param change		what it does, adopted
 * @return				TRUE if there is no KEK any more
 */
static bool change_kek(private_gm_rekey_t *this, push_t *push,
					   kek_change_t *change)
{
	group_rekey_t *rekey = push->result.rekey;

	if (this->previous && gm_kek_is_deleted(this->previous, rekey))
	{
		forget_previous(this);
	}
	if (change->fresh)
	{
		replace(this, change->fresh);
	}
	else if (gm_kek_is_deleted(this->current, rekey))
	{
		retire(this);
		follow_transport(this);
		return TRUE;
	}
	return FALSE;
}

/**
 * Act on an authentic rekey
 */
static void act(private_gm_rekey_t *this, push_t *push)
{
	group_rekey_t *rekey = push->result.rekey;
	kek_change_t change = {};
	char *reason = NULL;
	bool deleted;

	gm_kek_accept(push->kek, push->datagram, push->result.seq);
	if (!prepare_kek(this, rekey, &change, &reason) ||
		!this->listener->apply(this->listener, rekey, push->src, &reason))
	{
		drop(this, GM_REKEY_REFUSED);
		if (reason)
		{	/* without, it was logged already */
			gm_log(4, "GM_REJECTING_SA_PAYLOAD", get_name(this), push->src,
				   "Rekey: policy of KS %H in group %s is rejected: %s",
				   push->src, get_name(this), reason);
		}
		free(reason);
		if (change.fresh)
		{
			gm_kek_destroy(change.fresh);
		}
		DESTROY_IF(change.described);
		return;
	}
	if (change.described)
	{
		redescribe(this, change.described);
		change.described->destroy(change.described);
	}
	this->acks->make(this->acks, push->kek, push->result.seq, push->dst);
	note(this, push);
	deleted = change_kek(this, push, &change);
	this->acks->answer(this->acks, push->kek, push->src, push->dst,
					   get_ack_delay(this));
	this->listener->applied(this->listener, deleted);
}

/**
 * Process an authentic rekey under the previous KEK: a retransmission of the
 * one that brought the present one, whose acknowledgement got lost
 */
static void act_late(private_gm_rekey_t *this, push_t *push)
{
	group_policy_t *policy = push->result.rekey->get_policy(push->result.rekey);
	group_kek_t *kek = policy ? policy->get_kek(policy) : NULL;

	drop(this, GM_REKEY_LATE);
	gm_kek_accept(push->kek, push->datagram, push->result.seq);
	if (!kek || !gm_kek_is(this->current, kek))
	{
		this->listener->astray(this->listener);
	}
	else if (!gm_acks_is_multicast(push->dst))
	{	/* by multicast nobody waits for an answer */
		this->acks->make(this->acks, push->kek, push->result.seq, push->dst);
		this->acks->answer(this->acks, push->kek, push->src, push->dst, 0);
	}
}

/**
 * Count a rekey that can't be used (LOG-120)
 */
static void fail(private_gm_rekey_t *this, push_t *push,
				 gm_rekey_reason_t reason)
{
	if (drop(this, reason))
	{
		gm_log(3, "GDOI_REKEY_FAILURE", get_name(this), push->src, "Rekey from "
			   "%H for group %s is not valid: %s", push->src, get_name(this),
			   push->result.reason ?: "");
	}
}

/**
 * Process a message whose KEK is known
 */
static void process_push(private_gm_rekey_t *this, push_t *push)
{
	gdoi_push_receiver_t *receiver = push->kek->receiver;
	gdoi_push_result_t *result = &push->result;
	const char *name = get_name(this);

	switch (receiver->process(receiver, push->datagram, result))
	{
		case GDOI_PUSH_NEW:
			(push->kek == this->current ? act : act_late)(this, push);
			break;
		case GDOI_PUSH_DUPLICATE:
			drop(this, GM_REKEY_DUPLICATE);
			this->acks->repeat(this->acks, push->kek, push->src, push->dst,
							   get_ack_delay(this));
			break;
		case GDOI_PUSH_SEQUENCE:
			if (drop(this, GM_REKEY_SEQUENCE))
			{
				gm_log(3, "GDOI_REKEY_SEQ_FAILURE", name, push->src, "Rekey "
					   "from %H for group %s has seq # %u, not above the last "
					   "one, %u", push->src, name, result->seq,
					   receiver->get_sequence(receiver));
			}
			break;
		case GDOI_PUSH_UNUSABLE:
			gm_kek_accept(push->kek, push->datagram, result->seq);
			fail(this, push, GM_REKEY_UNUSABLE);
			break;
		case GDOI_PUSH_INVALID:
			fail(this, push, GM_REKEY_INVALID);
			break;
	}
	gdoi_push_result_clear(result);
}

METHOD(gm_rekey_t, process, void,
	private_gm_rekey_t *this, packet_t *packet)
{
	push_t push = {
		.datagram = packet->get_data(packet),
		.src = packet->get_source(packet),
		.dst = packet->get_destination(packet),
	};
	chunk_t spi;

	if (push.datagram.len < GDOI_HEADER_LEN)
	{
		return;
	}
	spi = chunk_create(push.datagram.ptr, GROUP_KEK_SPI_LEN);
	if (this->current && chunk_equals(spi, gm_kek_spi(this->current)))
	{
		push.kek = this->current;
		process_push(this, &push);
	}
	else if (this->previous && chunk_equals(spi, gm_kek_spi(this->previous)))
	{
		push.kek = this->previous;
		process_push(this, &push);
	}
}

METHOD(gm_rekey_t, run, void,
	private_gm_rekey_t *this)
{
	uint64_t now = get_now(this);

	this->acks->run(this->acks);
	if (this->current && now >= this->current->expires)
	{
		retire(this);
		follow_transport(this);
	}
	if (now >= this->forget_at)
	{
		forget_previous(this);
	}
}

METHOD(gm_rekey_t, get_end, uint64_t,
	private_gm_rekey_t *this)
{
	return this->current ? this->current->expires : GM_NEVER;
}

METHOD(gm_rekey_t, get_deadline, uint64_t,
	private_gm_rekey_t *this)
{
	return min(get_end(this), min(this->forget_at,
								   this->acks->get_deadline(this->acks)));
}

METHOD(gm_rekey_t, get_kek, group_kek_t*,
	private_gm_rekey_t *this)
{
	gdoi_push_receiver_t *receiver;

	if (!this->current)
	{
		return NULL;
	}
	receiver = this->current->receiver;
	return receiver->get_kek(receiver);
}

METHOD(gm_rekey_t, configure, void,
	private_gm_rekey_t *this, gm_config_t *config)
{
	this->config->destroy(this->config);
	this->config = config->get_ref(config);
}

METHOD(gm_rekey_t, clear, void,
	private_gm_rekey_t *this)
{
	this->acks->clear(this->acks);
	retire(this);
	forget_previous(this);
	follow_transport(this);
}

METHOD(gm_rekey_t, get_status, void,
	private_gm_rekey_t *this, gm_rekey_status_t *status)
{
	gm_rekey_status_clone(&this->counters, status);
	status->acks = this->acks->get_count(this->acks);
	gm_kek_info(this->current, &status->current);
	gm_kek_info(this->previous, &status->previous);
}

METHOD(gm_rekey_t, destroy, void,
	private_gm_rekey_t *this)
{
	this->acks->destroy(this->acks);
	if (this->current)
	{
		gm_kek_destroy(this->current);
	}
	if (this->previous)
	{
		gm_kek_destroy(this->previous);
	}
	gm_rekey_status_clear(&this->counters);
	this->config->destroy(this->config);
	free(this);
}

/*
 * Described in header
 */
gm_rekey_t *gm_rekey_create(gm_config_t *config, gm_runtime_t *runtime,
							gm_link_t *link, gdoi_kek_handler_t *handler,
							gm_rekey_listener_t *listener)
{
	private_gm_rekey_t *this;

	INIT(this,
		.public = {
			.configure = _configure,
			.registered = _registered,
			.process = _process,
			.run = _run,
			.get_deadline = _get_deadline,
			.get_end = _get_end,
			.get_kek = _get_kek,
			.clear = _clear,
			.get_status = _get_status,
			.destroy = _destroy,
		},
		.config = config->get_ref(config),
		.runtime = runtime,
		.link = link,
		.handler = handler,
		.listener = listener,
		.forget_at = GM_NEVER,
		.acks = gm_acks_create(runtime, link),
	);
	return &this->public;
}
