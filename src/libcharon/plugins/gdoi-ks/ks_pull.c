/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_pull.h"
#include "ks_exchanges.h"
#include "ks_limiter.h"

#include <exchanges/informational.h>
#include <exchanges/pull_responder.h>
#include <payloads/gdoi_header.h>
#include <threading/mutex.h>

#include <inttypes.h>

/** defaults of the settings; times in seconds, rate per second and source */
#define MAX_EXCHANGES_DEFAULT 4000
#define EXCHANGE_TIMEOUT_DEFAULT 60
#define PULL_RATE_DEFAULT 100

/** seconds to answer repeated messages 3 of a finished exchange */
#define DONE_KEEP 30

/** octets of our nonces */
#define NONCE_LEN 32

/** offset of the message ID in the header */
#define MESSAGE_ID_OFFSET 20

typedef struct private_ks_pull_t private_ks_pull_t;
typedef struct request_t request_t;
typedef enum counter_t counter_t;

/**
 * What is counted
 */
enum counter_t {
	COUNT_STARTED = 0,
	COUNT_COMPLETED,
	COUNT_REFUSED,
	COUNT_DUPLICATES,
	COUNT_REPLAYS,
	COUNT_RATE_LIMITED,
	COUNT_TABLE_FULL,
	COUNT_HASH_FAILURES,
	COUNT_IGNORED,
	COUNT_FAILED,
	COUNT_TIMEOUTS,
	COUNT_MAX,
};

/** names of the counters */
static char *counter_names[] = {
	"pulls-started",
	"pulls-completed",
	"pulls-refused",
	"pull-duplicates",
	"pull-replays",
	"pull-rate-limited",
	"pull-table-full",
	"pull-hash-failures",
	"pull-ignored",
	"pull-failed",
	"pull-timeouts",
};

/**
 * Private data
 */
struct private_ks_pull_t {

	/**
	 * Public interface
	 */
	ks_pull_t public;

	/**
	 * Groups
	 */
	ks_manager_t *manager;

	/**
	 * Exchanges in progress
	 */
	ks_exchanges_t *exchanges;

	/**
	 * Rate of new exchanges per source
	 */
	ks_limiter_t *limiter;

	/**
	 * Operator's log
	 */
	gdoi_log_t *log;

	/**
	 * Clock
	 */
	ks_clock_t clock;

	/**
	 * Seconds that an exchange may take
	 */
	uint32_t timeout;

	/**
	 * Counters
	 */
	uint64_t counters[COUNT_MAX];

	/**
	 * When the last line about a full table was logged
	 */
	time_t full_logged;

	/**
	 * Protects counters and full_logged
	 */
	mutex_t *mutex;
};

/**
 * A message being processed
 */
struct request_t {

	/** responder */
	private_ks_pull_t *this;

	/** phase 1 of the member */
	gdoi_phase1_t *phase1;

	/** a refusal was logged already */
	bool refused;
};

/**
 * Count something
 */
static void count(private_ks_pull_t *this, counter_t counter)
{
	this->mutex->lock(this->mutex);
	this->counters[counter]++;
	this->mutex->unlock(this->mutex);
}

/**
 * Log a line about a member, with its address
 */
static void log_member(private_ks_pull_t *this, gdoi_phase1_t *phase1,
					   int severity, const char *mnemonic, const char *group,
					   const char *fmt, ...)
{
	char text[512], peer[64];
	host_t *other;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	other = phase1->get_other_host(phase1);
	snprintf(peer, sizeof(peer), "%H", other);
	other->destroy(other);
	this->log->log(this->log, severity, mnemonic, group, peer, "%s: %s", peer,
				   text);
}

/**
 * Implements gdoi_pull_responder_cb_t.authorize
 */
static group_policy_t *authorize(void *user, const group_id_t *id,
								 gdoi_notify_t *notify, char **reason)
{
	ks_exchange_t *exchange = user;
	request_t *request = exchange->user;
	group_policy_t *policy;
	ks_group_t *group;
	char text[16];

	group = request->this->manager->find(request->this->manager, id);
	if (!group)
	{
		request->refused = TRUE;
		log_member(request->this, request->phase1, 4, "KS_BAD_ID", NULL,
				   "registration for group %s, which is not configured here",
				   group_id_print(id, text, sizeof(text)));
		*notify = GDOI_NOTIFY_INVALID_ID_INFORMATION;
		*reason = strdup("unknown group");
		return NULL;
	}
	exchange->group = group;
	exchange->release = (void*)group->destroy;
	policy = group->authorize(group, request->phase1, notify, reason);
	request->refused = !policy;
	return policy;
}

/**
 * Implements gdoi_pull_responder_cb_t.registered
 */
static bool registered(void *user, const group_id_t *id,
					   group_policy_t *policy, uint16_t sender_ids,
					   gdoi_notify_t *notify, char **reason)
{
	ks_exchange_t *exchange = user;
	request_t *request = exchange->user;
	ks_group_t *group = exchange->group;

	request->refused = !group->registered(group, request->phase1, policy,
										  sender_ids, notify, reason);
	return !request->refused;
}

/**
 * Make the state machine of an exchange
 */
static gdoi_pull_responder_t *create_responder(ks_exchange_t *exchange,
											   gdoi_phase1_t *phase1)
{
	gdoi_pull_responder_cb_t cb = {
		.authorize = authorize,
		.registered = registered,
		.user = exchange,
	};
	uint8_t nonce[NONCE_LEN];
	gdoi_phase2_t *phase2;
	rng_t *rng;
	bool ok;

	rng = lib->crypto->create_rng(lib->crypto, RNG_STRONG);
	ok = rng && rng->get_bytes(rng, sizeof(nonce), nonce);
	DESTROY_IF(rng);
	if (!ok)
	{
		return NULL;
	}
	phase2 = phase1->create_phase2(phase1, exchange->message_id);
	if (!phase2)
	{
		return NULL;
	}
	return gdoi_pull_responder_create(phase2, chunk_from_thing(nonce), &cb);
}

/**
 * Log that the table is full, at most every ten seconds
 */
static void log_full(private_ks_pull_t *this, gdoi_phase1_t *phase1)
{
	time_t now = this->clock();
	bool due;

	this->mutex->lock(this->mutex);
	due = !this->full_logged || now - this->full_logged >= 10;
	if (due)
	{
		this->full_logged = now;
	}
	this->mutex->unlock(this->mutex);
	if (due)
	{
		log_member(this, phase1, 3, "KS_EXCHANGES_FULL", NULL,
				   "too many registrations at a time, dropped (see "
				   "max_exchanges)");
	}
}

/**
 * May a source begin an exchange now?
 */
static bool within_rate(private_ks_pull_t *this, gdoi_phase1_t *phase1)
{
	timeval_t tv;
	host_t *other;
	bool allowed;

	time_monotonic(&tv);
	other = phase1->get_other_host(phase1);
	allowed = this->limiter->allow(this->limiter, other, tv.tv_sec * 1000ULL +
								   tv.tv_usec / 1000);
	other->destroy(other);
	return allowed;
}

/**
 * Begin an exchange for a message of an unknown message ID
 */
static ks_exchange_t *begin(private_ks_pull_t *this, gdoi_phase1_t *phase1,
							uint32_t message_id)
{
	ks_exchange_t *exchange = NULL;

	if (!within_rate(this, phase1))
	{
		count(this, COUNT_RATE_LIMITED);
		return NULL;
	}
	switch (this->exchanges->begin(this->exchanges,
								   phase1->get_cookies(phase1), message_id,
								   &exchange))
	{
		case KS_BEGIN_OK:
			break;
		case KS_BEGIN_REPLAY:
			count(this, COUNT_REPLAYS);
			return NULL;
		case KS_BEGIN_FULL:
			count(this, COUNT_TABLE_FULL);
			log_full(this, phase1);
			return NULL;
		case KS_BEGIN_ENDING:
			count(this, COUNT_IGNORED);
			return NULL;
	}
	exchange->responder = create_responder(exchange, phase1);
	if (!exchange->responder)
	{
		this->exchanges->end(this->exchanges, exchange);
		return NULL;
	}
	return exchange;
}

/**
 * Tell the member by an authenticated notify why it gets nothing
 */
static void send_notify(gdoi_phase1_t *phase1, gdoi_notify_t notify)
{
	gdoi_phase2_t *phase2;
	chunk_t datagram;
	uint32_t mid = 0;
	rng_t *rng;

	rng = lib->crypto->create_rng(lib->crypto, RNG_STRONG);
	if (rng && rng->get_bytes(rng, sizeof(mid), (uint8_t*)&mid) && mid)
	{
		phase2 = phase1->create_phase2(phase1, mid);
		if (phase2)
		{
			if (gdoi_informational_notify(phase2, notify, &datagram))
			{
				phase1->send(phase1, datagram);
				chunk_free(&datagram);
			}
			phase2->destroy(phase2);
		}
	}
	DESTROY_IF(rng);
}

/**
 * Handle a message that changed nothing
 */
static void ignored(private_ks_pull_t *this, request_t *request,
					ks_exchange_t *exchange, gdoi_pull_result_t *result)
{
	gdoi_pull_responder_t *responder = exchange->responder;
	bool hash = result->notify == GDOI_NOTIFY_INVALID_HASH_INFORMATION;

	count(this, hash ? COUNT_HASH_FAILURES : COUNT_IGNORED);
	if (!responder->is_done(responder) &&
		this->exchanges->first_failure(this->exchanges,
						request->phase1->get_cookies(request->phase1),
						hash ? KS_FAILURE_HASH : KS_FAILURE_MESSAGE))
	{
		log_member(this, request->phase1, hash ? 3 : 4,
				   hash ? "KS_HASH_FAIL" : "KS_BAD_MESSAGE", NULL,
				   "registration message dropped: %s", result->reason ?: "");
	}
	if (responder->is_active(responder) || responder->is_done(responder))
	{
		this->exchanges->keep(this->exchanges, exchange, exchange->expires);
	}
	else
	{
		this->exchanges->end(this->exchanges, exchange);
	}
}

/**
 * Handle the failure of an exchange: tell the member, drop its phase 1 unless
 * other exchanges need it and few failed so far
 */
static void failed(private_ks_pull_t *this, request_t *request,
				   ks_exchange_t *exchange, gdoi_pull_result_t *result)
{
	gdoi_phase1_t *phase1 = request->phase1;

	count(this, request->refused ? COUNT_REFUSED : COUNT_FAILED);
	if (!request->refused)
	{
		log_member(this, phase1, 4, "KS_BAD_MESSAGE", NULL,
				   "registration failed: %s", result->reason ?: "");
	}
	if (result->notify != GDOI_NOTIFY_NONE)
	{
		send_notify(phase1, result->notify);
	}
	if (this->exchanges->abandon(this->exchanges, exchange))
	{
		phase1->terminate(phase1);
	}
}

/**
 * Do what came out of a message
 */
static void handle_result(private_ks_pull_t *this, request_t *request,
						  ks_exchange_t *exchange, gdoi_pull_result_t *result)
{
	gdoi_phase1_t *phase1 = request->phase1;
	time_t now = this->clock();

	switch (result->status)
	{
		case GDOI_PULL_SEND:
			phase1->send(phase1, result->out);
			this->exchanges->keep(this->exchanges, exchange,
								  now + this->timeout);
			break;
		case GDOI_PULL_DONE:
			count(this, COUNT_COMPLETED);
			exchange->done = TRUE;
			phase1->send(phase1, result->out);
			this->exchanges->keep(this->exchanges, exchange, now + DONE_KEEP);
			break;
		case GDOI_PULL_DUPLICATE:
			count(this, COUNT_DUPLICATES);
			phase1->send(phase1, result->out);
			this->exchanges->keep(this->exchanges, exchange,
								  exchange->expires);
			break;
		case GDOI_PULL_IGNORED:
			ignored(this, request, exchange, result);
			break;
		case GDOI_PULL_FAILED:
			failed(this, request, exchange, result);
			break;
	}
}

METHOD(gdoi_handler_t, pull, void,
	private_ks_pull_t *this, gdoi_phase1_t *phase1, chunk_t datagram)
{
	gdoi_pull_result_t result = {};
	request_t request = {
		.this = this,
		.phase1 = phase1,
	};
	ks_exchange_t *exchange;
	uint32_t mid;

	mid = datagram.len >= GDOI_HEADER_LEN ?
					untoh32(datagram.ptr + MESSAGE_ID_OFFSET) : 0;
	if (!mid)
	{
		count(this, COUNT_IGNORED);
		return;
	}
	exchange = this->exchanges->take(this->exchanges,
									 phase1->get_cookies(phase1), mid);
	if (!exchange)
	{
		exchange = begin(this, phase1, mid);
		if (!exchange)
		{
			return;
		}
		count(this, COUNT_STARTED);
	}
	exchange->user = &request;
	exchange->responder->process(exchange->responder, datagram, &result);
	exchange->user = NULL;
	handle_result(this, &request, exchange, &result);
	gdoi_pull_result_clear(&result);
}

METHOD(gdoi_handler_t, claims, bool,
	private_ks_pull_t *this, const char *connection, bool initiator)
{
	return !initiator && this->manager->claims(this->manager, connection);
}

METHOD(gdoi_handler_t, established, void,
	private_ks_pull_t *this, gdoi_phase1_t *phase1)
{
	/* the member begins, nothing is kept until then */
}

METHOD(gdoi_handler_t, notify, void,
	private_ks_pull_t *this, gdoi_phase1_t *phase1, uint16_t type)
{
	log_member(this, phase1, 4, "KS_GM_NOTIFY", NULL,
			   "member sent error notify %u", type);
}

/**
 * Has the member got the policy, but not accepted it yet?
 */
static bool is_waiting(ks_exchange_t *exchange)
{
	gdoi_pull_responder_t *responder = exchange->responder;

	return !exchange->done && responder && responder->is_active(responder);
}

/**
 * Log that a member refused a policy (LOG-148, GM rule 2)
 */
static void log_rejects(private_ks_pull_t *this, gdoi_phase1_t *phase1,
						ks_group_t *group)
{
	const char *name = group->get_name(group);

	if (phase1->get_end(phase1) == GDOI_PHASE1_REFUSED)
	{
		log_member(this, phase1, 4, "KS_GM_REJECTS_SA_PAYLOAD", name,
				   "member refused the policy of group %s", name);
	}
	else
	{	/* the message before may have been lost */
		log_member(this, phase1, 4, "KS_GM_REJECTS_SA_PAYLOAD", name,
				   "member ended phase 1 before it accepted the policy of "
				   "group %s", name);
	}
}

METHOD(gdoi_handler_t, closed, void,
	private_ks_pull_t *this, gdoi_phase1_t *phase1)
{
	gdoi_phase1_end_t end = phase1->get_end(phase1);
	linked_list_t *list;
	ks_exchange_t *exchange;
	ks_group_t *group;

	list = this->exchanges->close(this->exchanges,
								  phase1->get_cookies(phase1));
	while (list->remove_first(list, (void**)&exchange) == SUCCESS)
	{
		group = exchange->group;
		if (group && is_waiting(exchange) &&
			(end == GDOI_PHASE1_PEER || end == GDOI_PHASE1_REFUSED))
		{
			log_rejects(this, phase1, group);
		}
		ks_exchange_destroy(exchange);
	}
	list->destroy(list);
}

METHOD(gdoi_handler_t, failed_, void,
	private_ks_pull_t *this, const char *connection)
{
	/* a key server starts no phase 1 */
}

METHOD(ks_pull_t, sweep, void,
	private_ks_pull_t *this)
{
	u_int unfinished;

	unfinished = this->exchanges->sweep(this->exchanges, this->clock());
	this->mutex->lock(this->mutex);
	this->counters[COUNT_TIMEOUTS] += unfinished;
	this->mutex->unlock(this->mutex);
}

METHOD(ks_pull_t, add_stats, void,
	private_ks_pull_t *this, vici_builder_t *builder)
{
	uint64_t counters[COUNT_MAX];
	int i;

	this->mutex->lock(this->mutex);
	memcpy(counters, this->counters, sizeof(counters));
	this->mutex->unlock(this->mutex);
	for (i = 0; i < COUNT_MAX; i++)
	{
		builder->add_kv(builder, counter_names[i], "%" PRIu64, counters[i]);
	}
	builder->add_kv(builder, "pulls-open", "%u",
					this->exchanges->get_count(this->exchanges));
}

METHOD(ks_pull_t, destroy, void,
	private_ks_pull_t *this)
{
	this->exchanges->destroy(this->exchanges);
	this->limiter->destroy(this->limiter);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
ks_pull_t *ks_pull_create(ks_manager_t *manager, gdoi_log_t *log,
						  ks_clock_t clock)
{
	private_ks_pull_t *this;

	INIT(this,
		.public = {
			.handler = {
				.claims = _claims,
				.established = _established,
				.pull = _pull,
				.notify = _notify,
				.closed = _closed,
				.failed = _failed_,
			},
			.sweep = _sweep,
			.add_stats = _add_stats,
			.destroy = _destroy,
		},
		.manager = manager,
		.exchanges = ks_exchanges_create(max(1,
						lib->settings->get_int(lib->settings,
								"%s.plugins.gdoi-ks.max_exchanges",
								MAX_EXCHANGES_DEFAULT, lib->ns))),
		.limiter = ks_limiter_create(max(0,
						lib->settings->get_int(lib->settings,
								"%s.plugins.gdoi-ks.pull_rate",
								PULL_RATE_DEFAULT, lib->ns))),
		.timeout = lib->settings->get_time(lib->settings,
								"%s.plugins.gdoi-ks.exchange_timeout",
								EXCHANGE_TIMEOUT_DEFAULT, lib->ns),
		.log = log,
		.clock = clock,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
