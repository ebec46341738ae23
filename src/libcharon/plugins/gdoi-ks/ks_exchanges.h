/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_exchanges ks_exchanges
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_EXCHANGES_H_
#define KS_EXCHANGES_H_

#include <exchanges/pull_responder.h>
#include <collections/linked_list.h>

#include <sys/queue.h>

typedef struct ks_exchanges_t ks_exchanges_t;
typedef struct ks_exchange_t ks_exchange_t;
typedef struct ks_session_t ks_session_t;
typedef enum ks_begin_t ks_begin_t;
typedef enum ks_failure_t ks_failure_t;

/** octets of the two cookies of a phase 1 */
#define KS_COOKIES_LEN 16

/** most exchanges under one phase 1 at a time, that is groups of a member */
#define KS_EXCHANGES_PER_PHASE1 32

/**
 * Exchanges that may fail under one phase 1 that others use. Every failure gets
 * a line of the log, so that this bounds what a member can write there.
 */
#define KS_FAILURES_PER_PHASE1 3

/**
 * May an exchange begin?
 */
enum ks_begin_t {
	/** yes, here it is */
	KS_BEGIN_OK = 0,
	/** no, an exchange of this message ID was finished: a replay */
	KS_BEGIN_REPLAY,
	/** no, too many exchanges are under way */
	KS_BEGIN_FULL,
	/** no, its phase 1 is being ended */
	KS_BEGIN_ENDING,
};

/**
 * What is wrong with a message that changes nothing.
 */
enum ks_failure_t {
	/** its hash is wrong, LOG-152 */
	KS_FAILURE_HASH = 0,
	/** anything else */
	KS_FAILURE_MESSAGE,
};

/**
 * A GROUPKEY-PULL in progress, or finished just now. Whoever has taken it owns
 * it and may change its fields.
 */
struct ks_exchange_t {

	/** cookies of phase 1 */
	uint8_t cookies[KS_COOKIES_LEN];

	/** message ID in host byte order */
	uint32_t message_id;

	/** state machine, NULL at the beginning; destroyed with the exchange */
	gdoi_pull_responder_t *responder;

	/** group, a reference of the owner's, see release */
	void *group;

	/** gives back group, unless that is NULL */
	void (*release)(void *group);

	/** user data for the time of process(), not owned */
	void *user;

	/** finished with a registration */
	bool done;

	/** private: when to end it */
	time_t expires;

	/** private: phase 1 it belongs to, NULL if that closed */
	ks_session_t *session;

	/** private: links of the phase 1's and of all exchanges */
	TAILQ_ENTRY(ks_exchange_t) by_session, by_time;
};

/**
 * The exchanges of the key server, bounded in number and time, and a memory of
 * finished ones so that replays are dropped (RFC 6407 section 3.3).
 *
 * Thread-safe. Exchanges are handed out exclusively and put back, so that no
 * lock is held while one is worked on; calls for one phase 1 are serialised by
 * the transport.
 */
struct ks_exchanges_t {

	/**
	 * Take an exchange out of the table.
	 *
	 * @param cookies		cookies of phase 1
	 * @param message_id	message ID
	 * @return				exchange for keep() or end(), NULL if unknown
	 */
	ks_exchange_t *(*take)(ks_exchanges_t *this, chunk_t cookies,
						   uint32_t message_id);

	/**
	 * Begin an exchange that take() didn't find.
	 *
	 * @param cookies		cookies of phase 1
	 * @param message_id	message ID
	 * @param exchange		set to an exchange for keep() or end(), if OK
	 * @return				result
	 */
	ks_begin_t (*begin)(ks_exchanges_t *this, chunk_t cookies,
						uint32_t message_id, ks_exchange_t **exchange);

	/**
	 * Put an exchange back; it is destroyed if its phase 1 closed.
	 *
	 * @param exchange		exchange, gets adopted
	 * @param expires		time when to end it
	 */
	void (*keep)(ks_exchanges_t *this, ks_exchange_t *exchange, time_t expires);

	/**
	 * End and destroy an exchange, remembering its message ID if it is done.
	 *
	 * @param exchange		exchange, gets adopted
	 */
	void (*end)(ks_exchanges_t *this, ks_exchange_t *exchange);

	/**
	 * Forget a phase 1.
	 *
	 * @param cookies		cookies of phase 1
	 * @return				its exchanges, for ks_exchange_destroy()
	 */
	linked_list_t *(*close)(ks_exchanges_t *this, chunk_t cookies);

	/**
	 * End the exchanges whose time is over.
	 *
	 * @param now			current time, of the same clock as in keep()
	 * @return				number of those that were not done
	 */
	u_int (*sweep)(ks_exchanges_t *this, time_t now);

	/**
	 * Has a phase 1 an exchange in the table, or completed one?
	 */
	bool (*in_use)(ks_exchanges_t *this, chunk_t cookies);

	/**
	 * End and destroy an exchange that failed. Once TRUE was returned, begin()
	 * refuses further ones of this phase 1.
	 *
	 * @param exchange		exchange, gets adopted
	 * @return				TRUE if phase 1 has to go: nothing else uses it, or
	 *						KS_FAILURES_PER_PHASE1 failed
	 */
	bool (*abandon)(ks_exchanges_t *this, ks_exchange_t *exchange);

	/**
	 * Is it the first time for this phase 1 that someone asks for this kind?
	 * For lines that a hostile member must not be able to repeat.
	 *
	 * @param cookies		cookies of phase 1
	 * @param kind			what is wrong
	 */
	bool (*first_failure)(ks_exchanges_t *this, chunk_t cookies,
						  ks_failure_t kind);

	/**
	 * Number of exchanges, those taken out included.
	 */
	u_int (*get_count)(ks_exchanges_t *this);

	/**
	 * Destroy all, none may be taken out.
	 */
	void (*destroy)(ks_exchanges_t *this);
};

/**
 * Create an empty table.
 *
 * @param limit			most exchanges at a time; finished ones make room
 */
ks_exchanges_t *ks_exchanges_create(u_int limit);

/**
 * Destroy an exchange of close().
 */
void ks_exchange_destroy(ks_exchange_t *exchange);

#endif /** KS_EXCHANGES_H_ @}*/
