/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_round.h"

typedef struct private_ks_round_t private_ks_round_t;

/**
 * Private data
 */
struct private_ks_round_t {

	/**
	 * Public interface
	 */
	ks_round_t public;

	/**
	 * Configuration in force
	 */
	ks_config_t *config;

	/**
	 * Configuration that members know the transport of
	 */
	ks_config_t *told;

	/**
	 * Content
	 */
	ks_rekey_content_t *content;

	/**
	 * KEK and signature key
	 */
	ks_protector_t protector;

	/**
	 * Address that it comes from
	 */
	host_t *src;

	/**
	 * Sends to members
	 */
	ks_fanout_t *fanout;

	/**
	 * What all groups use
	 */
	ks_services_t services;

	/**
	 * Messages as written last
	 */
	chunk_t messages[KS_FANOUT_VARIANTS];

	/**
	 * Their sequence number
	 */
	uint32_t seq;

	/**
	 * Writes them anew, with its argument; may be NULL
	 */
	bool (*renew)(void *user);
	void *user;
};

METHOD(ks_round_t, write_, bool,
	private_ks_round_t *this, uint32_t seq, time_t now,
	const bool kinds[KS_FANOUT_VARIANTS], char **reason)
{
	bool multicast[KS_FANOUT_VARIANTS] = { TRUE, kinds[1] };
	gdoi_sig_form_t form = this->config->kek ? this->config->kek->form
											 : GDOI_SIG_DIGEST_INFO;

	if (this->told->rekey->address)
	{
		kinds = multicast;
	}
	ks_rekey_messages_clear(this->messages);
	this->seq = seq;
	return this->content->write(this->content, &this->protector, form, seq,
								now, kinds, this->messages, reason);
}

/**
 * Send to the multicast group
 */
static void send_multicast(private_ks_round_t *this, host_t *dst)
{
	ks_config_rekey_t *rekey = this->told->rekey;
	gdoi_fanout_t fanout = {
		/* what others understand, ours do as well */
		.datagram = this->messages[this->messages[1].len ? 1 : 0],
		.src = this->src,
		.dsts = &dst,
		.count = 1,
	};

	if (this->config->rekey && this->config->rekey->address)
	{	/* how to send needs no announcement */
		rekey = this->config->rekey;
	}
	fanout.interface = rekey->interface;
	fanout.ttl = rekey->ttl;
	this->services.transport->send(this->services.transport, &fanout);
}

/**
 * Log that it is sent, LOG-010 and LOG-159
 */
static void log_sending(private_ks_round_t *this, host_t *dst)
{
	const char *name = this->config->group.name;
	gdoi_log_t *log = this->services.log;

	if (dst)
	{
		log->log(log, 5, "KS_SEND_MCAST_REKEY", name, NULL, "Sending Multicast "
				 "Rekey for group %s from address %H to %H with seq # %u", name,
				 this->src, dst, this->seq);
	}
	else
	{
		log->log(log, 5, "KS_SEND_UNICAST_REKEY", name, NULL, "Sending Unicast "
				 "Rekey for group %s from address %H with seq # %u", name,
				 this->src, this->seq);
	}
}

METHOD(ks_round_t, set_renewal, void,
	private_ks_round_t *this, bool (*renew)(void *user), void *user)
{
	this->renew = renew;
	this->user = user;
}

/**
 * Put messages that are written anew into a plan; implements
 * ks_fanout_plan_t.renew
 */
static bool renew_plan(void *renewer, ks_fanout_plan_t *plan)
{
	private_ks_round_t *this = renewer;

	if (!this->renew(this->user))
	{
		return FALSE;
	}
	plan->seq = this->seq;
	memcpy(plan->messages, this->messages, sizeof(plan->messages));
	return TRUE;
}

METHOD(ks_round_t, send_, void,
	private_ks_round_t *this, bool retry,
	void (*done)(void *user, u_int count, uint32_t duration), void *user)
{
	host_t *dst = this->told->rekey->address;
	rekey_schedule_t *schedule;
	ks_fanout_plan_t plan = {
		.seq = this->seq,
		.retry = retry,
	};

	log_sending(this, dst);
	if (dst)
	{
		send_multicast(this, dst);
		done(user, 1, 0);
		return;
	}
	schedule = this->config->rekey ? &this->config->rekey->schedule
								   : &this->told->rekey->schedule;
	plan.batch = schedule->batch;
	plan.interval = schedule->batch_interval;
	if (this->renew)
	{
		plan.fresh = this->content->get_freshness(this->content);
		plan.renew = renew_plan;
		plan.renewer = this;
	}
	memcpy(plan.messages, this->messages, sizeof(plan.messages));
	this->fanout->start(this->fanout, &plan, done, user);
}

METHOD(ks_round_t, get_kek, group_kek_t*,
	private_ks_round_t *this)
{
	return this->protector.kek;
}

METHOD(ks_round_t, is_multicast, bool,
	private_ks_round_t *this)
{
	return this->told->rekey->address != NULL;
}

METHOD(ks_round_t, destroy, void,
	private_ks_round_t *this)
{
	ks_rekey_messages_clear(this->messages);
	this->content->destroy(this->content);
	ks_protector_clear(&this->protector);
	this->src->destroy(this->src);
	ks_config_destroy(this->config);
	ks_config_destroy(this->told);
	free(this);
}

/*
 * Described in header
 */
ks_round_t *ks_round_create(ks_config_t *config, ks_config_t *told,
							ks_rekey_content_t *content,
							ks_protector_t *protector, host_t *src,
							ks_fanout_t *fanout,
							const ks_services_t *services)
{
	private_ks_round_t *this;

	INIT(this,
		.public = {
			.write = _write_,
			.set_renewal = _set_renewal,
			.send = _send_,
			.get_kek = _get_kek,
			.is_multicast = _is_multicast,
			.destroy = _destroy,
		},
		.config = ks_config_get_ref(config),
		.told = ks_config_get_ref(told),
		.content = content,
		.protector = *protector,
		.src = src->clone(src),
		.fanout = fanout,
		.services = *services,
	);
	memset(protector, 0, sizeof(*protector));
	return &this->public;
}
