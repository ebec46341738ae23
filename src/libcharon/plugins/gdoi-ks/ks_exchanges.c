/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_exchanges.h"

#include <collections/hashtable.h>
#include <threading/mutex.h>

typedef struct private_ks_exchanges_t private_ks_exchanges_t;
typedef TAILQ_HEAD(exchange_list_t, ks_exchange_t) exchange_list_t;

/**
 * What is known of a phase 1
 */
struct ks_session_t {

	/** key in the table */
	chunk_t cookies;

	/** exchanges in the table */
	exchange_list_t exchanges;

	/** exchanges, those taken out included */
	u_int count;

	/** kinds of failures that were reported, a bit per ks_failure_t */
	u_int reported;

	/** number of exchanges that failed */
	u_int failures;

	/** abandon() said to end phase 1 */
	bool ending;

	/** finished exchanges, NULL if there was none */
	gdoi_pull_history_t *history;
};

/**
 * Private data
 */
struct private_ks_exchanges_t {

	/**
	 * Public interface
	 */
	ks_exchanges_t public;

	/**
	 * Sessions by cookies, chunk_t* => ks_session_t*
	 */
	hashtable_t *sessions;

	/**
	 * Unfinished exchanges in the table, in the order they were put there
	 */
	exchange_list_t active;

	/**
	 * Finished exchanges in the table, in the order they were put there
	 */
	exchange_list_t done;

	/**
	 * Number of exchanges, those taken out included
	 */
	u_int count;

	/**
	 * Most exchanges
	 */
	u_int limit;

	/**
	 * Protects all of the above
	 */
	mutex_t *mutex;
};

/**
 * Hash cookies
 */
static u_int cookies_hash(const void *key)
{
	return chunk_hash(*(const chunk_t*)key);
}

/**
 * Compare cookies
 */
static bool cookies_equals(const void *a, const void *b)
{
	return chunk_equals(*(const chunk_t*)a, *(const chunk_t*)b);
}

/*
 * Described in header
 */
void ks_exchange_destroy(ks_exchange_t *exchange)
{
	DESTROY_IF(exchange->responder);
	if (exchange->group)
	{
		exchange->release(exchange->group);
	}
	free(exchange);
}

/**
 * Destroy a session without exchanges in the table
 */
static void session_destroy(ks_session_t *session)
{
	DESTROY_IF(session->history);
	chunk_free(&session->cookies);
	free(session);
}

/**
 * Get the session of a phase 1, making it if needed; lock held
 */
static ks_session_t *get_session(private_ks_exchanges_t *this, chunk_t cookies)
{
	ks_session_t *session;

	session = this->sessions->get(this->sessions, &cookies);
	if (!session)
	{
		INIT(session,
			.cookies = chunk_clone(cookies),
		);
		TAILQ_INIT(&session->exchanges);
		this->sessions->put(this->sessions, &session->cookies, session);
	}
	return session;
}

/**
 * List of all exchanges that one is in
 */
static exchange_list_t *list_of(private_ks_exchanges_t *this,
								ks_exchange_t *exchange)
{
	return exchange->done ? &this->done : &this->active;
}

/**
 * Take an exchange out of the lists; lock held
 */
static void unlink_exchange(private_ks_exchanges_t *this,
							ks_exchange_t *exchange)
{
	TAILQ_REMOVE(&exchange->session->exchanges, exchange, by_session);
	TAILQ_REMOVE(list_of(this, exchange), exchange, by_time);
}

/**
 * Drop a session that nothing is known of; lock held
 */
static void drop_if_unused(private_ks_exchanges_t *this, ks_session_t *session)
{
	if (!session->count && !session->history && !session->reported &&
		!session->failures)
	{
		this->sessions->remove(this->sessions, &session->cookies);
		session_destroy(session);
	}
}

/**
 * Account for the end of an exchange that is in no list; lock held
 */
static void account_end(private_ks_exchanges_t *this, ks_exchange_t *exchange)
{
	ks_session_t *session = exchange->session;

	this->count--;
	if (!session)
	{
		return;
	}
	session->count--;
	if (exchange->done)
	{
		if (!session->history)
		{
			session->history = gdoi_pull_history_create();
		}
		session->history->add(session->history, exchange->message_id);
	}
	drop_if_unused(this, session);
}

/**
 * Find an exchange; lock held
 */
static ks_exchange_t *find(private_ks_exchanges_t *this, chunk_t cookies,
						   uint32_t message_id)
{
	ks_session_t *session;
	ks_exchange_t *exchange;

	session = this->sessions->get(this->sessions, &cookies);
	if (!session)
	{
		return NULL;
	}
	TAILQ_FOREACH(exchange, &session->exchanges, by_session)
	{
		if (exchange->message_id == message_id)
		{
			break;
		}
	}
	return exchange;
}

METHOD(ks_exchanges_t, take, ks_exchange_t*,
	private_ks_exchanges_t *this, chunk_t cookies, uint32_t message_id)
{
	ks_exchange_t *exchange;

	this->mutex->lock(this->mutex);
	exchange = find(this, cookies, message_id);
	if (exchange)
	{
		unlink_exchange(this, exchange);
	}
	this->mutex->unlock(this->mutex);
	return exchange;
}

/**
 * Find a finished exchange that can go to make room; lock held
 */
static ks_exchange_t *find_finished(private_ks_exchanges_t *this,
									ks_session_t *session)
{
	ks_exchange_t *exchange;

	if (session->count >= KS_EXCHANGES_PER_PHASE1)
	{
		TAILQ_FOREACH(exchange, &session->exchanges, by_session)
		{
			if (exchange->done)
			{
				break;
			}
		}
		return exchange;
	}
	return TAILQ_FIRST(&this->done);
}

/**
 * Make room for another exchange; lock held.
 *
 * @param old			set to an exchange to destroy, if one had to go
 * @return				FALSE if there is no room
 */
static bool make_room(private_ks_exchanges_t *this, ks_session_t *session,
					  ks_exchange_t **old)
{
	if (session->count < KS_EXCHANGES_PER_PHASE1 && this->count < this->limit)
	{
		return TRUE;
	}
	*old = find_finished(this, session);
	if (*old)
	{
		unlink_exchange(this, *old);
		account_end(this, *old);
	}
	return *old != NULL;
}

/**
 * Make an exchange for a session; lock held
 */
static ks_exchange_t *create_exchange(private_ks_exchanges_t *this,
									  ks_session_t *session,
									  uint32_t message_id)
{
	ks_exchange_t *exchange;

	INIT(exchange,
		.message_id = message_id,
		.session = session,
	);
	memcpy(exchange->cookies, session->cookies.ptr,
		   min(sizeof(exchange->cookies), session->cookies.len));
	session->count++;
	this->count++;
	return exchange;
}

METHOD(ks_exchanges_t, begin, ks_begin_t,
	private_ks_exchanges_t *this, chunk_t cookies, uint32_t message_id,
	ks_exchange_t **exchange)
{
	ks_session_t *session;
	ks_exchange_t *old = NULL;
	ks_begin_t result = KS_BEGIN_FULL;

	this->mutex->lock(this->mutex);
	session = get_session(this, cookies);
	if (session->ending)
	{
		result = KS_BEGIN_ENDING;
	}
	else if (session->history &&
			 session->history->contains(session->history, message_id))
	{
		result = KS_BEGIN_REPLAY;
	}
	else if (make_room(this, session, &old))
	{
		*exchange = create_exchange(this, session, message_id);
		result = KS_BEGIN_OK;
	}
	drop_if_unused(this, session);
	this->mutex->unlock(this->mutex);
	if (old)
	{
		ks_exchange_destroy(old);
	}
	return result;
}

METHOD(ks_exchanges_t, keep, void,
	private_ks_exchanges_t *this, ks_exchange_t *exchange, time_t expires)
{
	bool closed;
	chunk_t cookies = chunk_create(exchange->cookies, KS_COOKIES_LEN);

	this->mutex->lock(this->mutex);
	closed = this->sessions->get(this->sessions, &cookies) !=
			 exchange->session;
	if (closed)
	{
		exchange->session = NULL;
		account_end(this, exchange);
	}
	else
	{
		exchange->expires = expires;
		TAILQ_INSERT_TAIL(&exchange->session->exchanges, exchange, by_session);
		TAILQ_INSERT_TAIL(list_of(this, exchange), exchange, by_time);
	}
	this->mutex->unlock(this->mutex);
	if (closed)
	{
		ks_exchange_destroy(exchange);
	}
}

METHOD(ks_exchanges_t, end, void,
	private_ks_exchanges_t *this, ks_exchange_t *exchange)
{
	chunk_t cookies = chunk_create(exchange->cookies, KS_COOKIES_LEN);

	this->mutex->lock(this->mutex);
	if (this->sessions->get(this->sessions, &cookies) != exchange->session)
	{
		exchange->session = NULL;
	}
	account_end(this, exchange);
	this->mutex->unlock(this->mutex);
	ks_exchange_destroy(exchange);
}

METHOD(ks_exchanges_t, close_, linked_list_t*,
	private_ks_exchanges_t *this, chunk_t cookies)
{
	linked_list_t *list;
	ks_session_t *session;
	ks_exchange_t *exchange;

	list = linked_list_create();
	this->mutex->lock(this->mutex);
	session = this->sessions->remove(this->sessions, &cookies);
	while (session && (exchange = TAILQ_FIRST(&session->exchanges)))
	{
		unlink_exchange(this, exchange);
		exchange->session = NULL;
		account_end(this, exchange);
		list->insert_last(list, exchange);
	}
	this->mutex->unlock(this->mutex);
	if (session)
	{
		session_destroy(session);
	}
	return list;
}

/**
 * Move the exchanges of a list whose time is over to another one; lock held.
 * All are looked at, as one that was put back with its old time comes late.
 */
static void take_expired(private_ks_exchanges_t *this, exchange_list_t *from,
						 time_t now, exchange_list_t *expired)
{
	ks_exchange_t *exchange, *next;

	for (exchange = TAILQ_FIRST(from); exchange; exchange = next)
	{
		next = TAILQ_NEXT(exchange, by_time);
		if (exchange->expires <= now)
		{
			unlink_exchange(this, exchange);
			account_end(this, exchange);
			TAILQ_INSERT_TAIL(expired, exchange, by_time);
		}
	}
}

METHOD(ks_exchanges_t, sweep, u_int,
	private_ks_exchanges_t *this, time_t now)
{
	exchange_list_t expired = TAILQ_HEAD_INITIALIZER(expired);
	ks_exchange_t *exchange;
	u_int unfinished = 0;

	this->mutex->lock(this->mutex);
	take_expired(this, &this->active, now, &expired);
	take_expired(this, &this->done, now, &expired);
	this->mutex->unlock(this->mutex);
	while ((exchange = TAILQ_FIRST(&expired)))
	{
		TAILQ_REMOVE(&expired, exchange, by_time);
		unfinished += !exchange->done;
		ks_exchange_destroy(exchange);
	}
	return unfinished;
}

/**
 * Has a session an exchange in the table, or completed one? Lock held
 */
static bool is_used(ks_session_t *session)
{
	return session->history || !TAILQ_EMPTY(&session->exchanges);
}

METHOD(ks_exchanges_t, in_use, bool,
	private_ks_exchanges_t *this, chunk_t cookies)
{
	ks_session_t *session;
	bool used;

	this->mutex->lock(this->mutex);
	session = this->sessions->get(this->sessions, &cookies);
	used = session && is_used(session);
	this->mutex->unlock(this->mutex);
	return used;
}

METHOD(ks_exchanges_t, abandon, bool,
	private_ks_exchanges_t *this, ks_exchange_t *exchange)
{
	chunk_t cookies = chunk_create(exchange->cookies, KS_COOKIES_LEN);
	ks_session_t *session;
	bool ending = TRUE;

	this->mutex->lock(this->mutex);
	session = this->sessions->get(this->sessions, &cookies);
	if (session != exchange->session)
	{	/* phase 1 closed meanwhile, nobody would clean up after it again */
		session = exchange->session = NULL;
	}
	if (session)
	{	/* counted first, as that keeps the session */
		session->failures++;
	}
	account_end(this, exchange);
	if (session)
	{
		session->ending |= !is_used(session) ||
						   session->failures >= KS_FAILURES_PER_PHASE1;
		ending = session->ending;
	}
	this->mutex->unlock(this->mutex);
	ks_exchange_destroy(exchange);
	return ending;
}

METHOD(ks_exchanges_t, first_failure, bool,
	private_ks_exchanges_t *this, chunk_t cookies, ks_failure_t kind)
{
	ks_session_t *session;
	bool first;

	this->mutex->lock(this->mutex);
	session = get_session(this, cookies);
	first = !(session->reported & (1 << kind));
	session->reported |= 1 << kind;
	this->mutex->unlock(this->mutex);
	return first;
}

METHOD(ks_exchanges_t, get_count, u_int,
	private_ks_exchanges_t *this)
{
	u_int count;

	this->mutex->lock(this->mutex);
	count = this->count;
	this->mutex->unlock(this->mutex);
	return count;
}

METHOD(ks_exchanges_t, destroy, void,
	private_ks_exchanges_t *this)
{
	enumerator_t *enumerator;
	ks_session_t *session;
	ks_exchange_t *exchange;
	void *key;

	enumerator = this->sessions->create_enumerator(this->sessions);
	while (enumerator->enumerate(enumerator, &key, &session))
	{
		while ((exchange = TAILQ_FIRST(&session->exchanges)))
		{
			unlink_exchange(this, exchange);
			ks_exchange_destroy(exchange);
		}
		session_destroy(session);
	}
	enumerator->destroy(enumerator);
	this->sessions->destroy(this->sessions);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
ks_exchanges_t *ks_exchanges_create(u_int limit)
{
	private_ks_exchanges_t *this;

	INIT(this,
		.public = {
			.take = _take,
			.begin = _begin,
			.keep = _keep,
			.end = _end,
			.close = _close_,
			.sweep = _sweep,
			.in_use = _in_use,
			.abandon = _abandon,
			.first_failure = _first_failure,
			.get_count = _get_count,
			.destroy = _destroy,
		},
		.sessions = hashtable_create(cookies_hash, cookies_equals, 64),
		.limit = limit,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	TAILQ_INIT(&this->active);
	TAILQ_INIT(&this->done);
	return &this->public;
}
