/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_acks.h"

#include <transport/gdoi_vendor_id.h>

typedef struct private_gm_acks_t private_gm_acks_t;

/**
 * Private data of an gm_acks_t object.
 */
struct private_gm_acks_t {

	/**
	 * Public interface
	 */
	gm_acks_t public;

	/**
	 * Clock and random numbers
	 */
	gm_runtime_t *runtime;

	/**
	 * Way to the transport
	 */
	gm_link_t *link;

	/**
	 * Our address of the last registration, or NULL
	 */
	host_t *local;

	/**
	 * TRUE if the key server takes encrypted acknowledgements
	 */
	bool announced;

	/**
	 * Acknowledgement to send later, or empty
	 */
	chunk_t ack;

	/**
	 * Where it goes from
	 */
	host_t *src;

	/**
	 * Where it goes to
	 */
	host_t *dst;

	/**
	 * When to send it
	 */
	uint64_t due;

	/**
	 * Number of acknowledgements sent
	 */
	uint64_t count;
};

/*
 * Described in header
 */
bool gm_acks_is_multicast(host_t *host)
{
	chunk_t address = host->get_address(host);

	return address.len == 4 ? (address.ptr[0] & 0xf0) == 0xe0
							: address.len && address.ptr[0] == 0xff;
}

METHOD(gm_acks_t, registered, void,
	private_gm_acks_t *this, gdoi_phase1_t *phase1)
{
	DESTROY_IF(this->local);
	this->local = phase1->get_my_host(phase1);
	this->announced = phase1->get_features(phase1) &
												GDOI_FEATURE_ENCRYPTED_ACK;
}

METHOD(gm_acks_t, get_local, host_t*,
	private_gm_acks_t *this)
{
	return this->local;
}

METHOD(gm_acks_t, make, void,
	private_gm_acks_t *this, gm_kek_t *kek, uint32_t seq, host_t *dst)
{
	bool encrypted = this->announced && !gm_acks_is_multicast(dst);
	gdoi_push_receiver_t *receiver = kek->receiver;
	uint8_t nonce[GDOI_PUSH_ACK_NONCE_LEN];
	gdoi_push_ack_kind_t kind;
	chunk_t ack;

	if (this->local && gm_kek_ack_kind(kek, encrypted, &kind) &&
		this->runtime->random(this->runtime, sizeof(nonce), nonce) &&
		gdoi_push_ack_write(kind, receiver->get_kek(receiver), seq,
							this->local, chunk_from_thing(nonce), &ack))
	{
		chunk_free(&kek->ack);
		kek->ack = ack;
	}
}

/**
 * Send an acknowledgement
 */
static void send_ack(private_gm_acks_t *this, chunk_t ack, host_t *src,
					 host_t *dst)
{
	if (this->link->send(this->link, ack, src, dst))
	{
		this->count++;
	}
}

METHOD(gm_acks_t, clear, void,
	private_gm_acks_t *this)
{
	chunk_free(&this->ack);
	DESTROY_IF(this->src);
	DESTROY_IF(this->dst);
	this->src = this->dst = NULL;
	this->due = GM_NEVER;
}

/**
 * Send the acknowledgement that a KEK keeps, now or later
 */
static void reply(private_gm_acks_t *this, gm_kek_t *kek, host_t *src,
				  host_t *dst, uint32_t delay)
{
	if (!gm_acks_is_multicast(dst))
	{	/* the reply direction of the rekey */
		send_ack(this, kek->ack, dst, src);
		return;
	}
	/* a newer one takes the place of what waits: only the last one counts */
	clear(this);
	this->ack = chunk_clone(kek->ack);
	this->src = this->local->clone(this->local);
	this->src->set_port(this->src, dst->get_port(dst));
	this->dst = src->clone(src);
	this->due = this->runtime->now(this->runtime) + gm_schedule_spread(delay,
										this->runtime->jitter(this->runtime));
}

METHOD(gm_acks_t, answer, void,
	private_gm_acks_t *this, gm_kek_t *kek, host_t *src, host_t *dst,
	uint32_t delay)
{
	if (kek->ack.len)
	{
		DESTROY_IF(kek->from);
		kek->from = src->clone(src);
		reply(this, kek, src, dst, delay);
	}
}

METHOD(gm_acks_t, repeat, void,
	private_gm_acks_t *this, gm_kek_t *kek, host_t *src, host_t *dst,
	uint32_t delay)
{
	uint64_t now = this->runtime->now(this->runtime);

	if (kek->from && src->equals(src, kek->from) && now >= kek->repeat)
	{
		kek->repeat = now + GM_ACKS_REPEAT_INTERVAL;
		reply(this, kek, src, dst, delay);
	}
}

METHOD(gm_acks_t, run, void,
	private_gm_acks_t *this)
{
	if (this->runtime->now(this->runtime) >= this->due)
	{
		send_ack(this, this->ack, this->src, this->dst);
		clear(this);
	}
}

METHOD(gm_acks_t, get_deadline, uint64_t,
	private_gm_acks_t *this)
{
	return this->due;
}

METHOD(gm_acks_t, get_count, uint64_t,
	private_gm_acks_t *this)
{
	return this->count;
}

METHOD(gm_acks_t, destroy, void,
	private_gm_acks_t *this)
{
	clear(this);
	DESTROY_IF(this->local);
	free(this);
}

/*
 * Described in header
 */
gm_acks_t *gm_acks_create(gm_runtime_t *runtime, gm_link_t *link)
{
	private_gm_acks_t *this;

	INIT(this,
		.public = {
			.registered = _registered,
			.get_local = _get_local,
			.make = _make,
			.answer = _answer,
			.repeat = _repeat,
			.run = _run,
			.get_deadline = _get_deadline,
			.get_count = _get_count,
			.clear = _clear,
			.destroy = _destroy,
		},
		.runtime = runtime,
		.link = link,
		.due = GM_NEVER,
	);
	return &this->public;
}
