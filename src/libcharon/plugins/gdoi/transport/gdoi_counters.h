/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_counters gdoi_counters
 * @{ @ingroup gdoi_transport
 */

#ifndef GDOI_COUNTERS_H_
#define GDOI_COUNTERS_H_

#include <library.h>
#include <collections/enumerator.h>

typedef struct gdoi_counters_t gdoi_counters_t;
typedef enum gdoi_counter_t gdoi_counter_t;

/**
 * What the transport counts.
 */
enum gdoi_counter_t {
	/** datagrams received on the GDOI port */
	GDOI_COUNT_PORT_IN,
	/** datagrams handed to charon from there: phase 1 and informational */
	GDOI_COUNT_PORT_PASSED,
	/** GROUPKEY-PULL messages given to a handler */
	GDOI_COUNT_PULL_IN,
	/** rekeys queued for a handler */
	GDOI_COUNT_PUSH_IN,
	/** acknowledgements of rekeys queued for a handler */
	GDOI_COUNT_ACK_IN,
	/** GDOI messages sent */
	GDOI_COUNT_SENT,
	/** datagrams of rekeys and acknowledgements that the system did not take */
	GDOI_COUNT_SEND_FAILED,
	/** datagrams that are no ISAKMP message: short, wrong length or version */
	GDOI_COUNT_MALFORMED,
	/** messages of exchanges that have no business on the GDOI port */
	GDOI_COUNT_EXCHANGE,
	/** GROUPKEY-PULL messages under cookies of no phase 1 of ours */
	GDOI_COUNT_COOKIES,
	/** rekeys and acknowledgements under a KEK that nobody knows */
	GDOI_COUNT_KEK,
	/** messages dropped because too many wait under the same phase 1 or KEK */
	GDOI_COUNT_QUEUE,
	/** phase 1 SAs refused for GDOI because they were made with DOI 1 */
	GDOI_COUNT_DOI,
	/** phase 1 SAs established for a handler */
	GDOI_COUNT_ESTABLISHED,
	/** number of counters */
	GDOI_COUNT_MAX,
};

/**
 * Counters shared by the objects of the transport. Reference counted, since
 * jobs may outlive the transport at shutdown. Thread safe, lock free.
 */
struct gdoi_counters_t {

	/**
	 * Count one.
	 */
	void (*add)(gdoi_counters_t *this, gdoi_counter_t counter);

	/**
	 * Count several.
	 */
	void (*add_many)(gdoi_counters_t *this, gdoi_counter_t counter,
					 u_int number);

	/**
	 * Get a counter.
	 */
	uint64_t (*get)(gdoi_counters_t *this, gdoi_counter_t counter);

	/**
	 * Enumerate all.
	 *
	 * @return			enumerator over (const char *name, uint64_t value); it
	 *					keeps a reference
	 */
	enumerator_t *(*create_enumerator)(gdoi_counters_t *this);

	/**
	 * Get another reference.
	 */
	gdoi_counters_t *(*get_ref)(gdoi_counters_t *this);

	/**
	 * Drop a reference.
	 */
	void (*destroy)(gdoi_counters_t *this);
};

/**
 * Create counters, all 0.
 */
gdoi_counters_t *gdoi_counters_create();

#endif /** GDOI_COUNTERS_H_ @}*/
