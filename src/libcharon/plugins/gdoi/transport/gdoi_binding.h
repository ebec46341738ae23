/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_binding gdoi_binding
 * @{ @ingroup gdoi_transport
 */

#ifndef GDOI_BINDING_H_
#define GDOI_BINDING_H_

#include "gdoi_counters.h"
#include "gdoi_filter.h"
#include "gdoi_slot.h"

typedef struct gdoi_binding_t gdoi_binding_t;

/** messages that may wait under one phase 1 SA; a PULL needs one at a time */
#define GDOI_BINDING_QUEUE 8

/** octets of a message that may wait before phase 1 is established: room for
 *  message 1 with the longest hash and nonce */
#define GDOI_BINDING_EARLY 512

/**
 * What the transport knows of one IKE_SA, from its first message to its end:
 * first what phase 1 negotiates, then the handler and the queue of events that
 * jobs bring to it one by one, in order.
 *
 * Reference counted, since jobs keep it. Thread safe, but what notes and keys
 * are told comes from the IKE_SA's own thread.
 */
struct gdoi_binding_t {

	/**
	 * Get the unique id of the IKE_SA.
	 */
	uint32_t (*get_unique_id)(gdoi_binding_t *this);

	/**
	 * Note the DOI of the peer's (initiator: our) phase 1 SA payload.
	 */
	void (*set_doi)(gdoi_binding_t *this, uint32_t doi);

	/**
	 * Get that DOI.
	 *
	 * @return			DOI, 0 if none was noted
	 */
	uint32_t (*get_doi)(gdoi_binding_t *this);

	/**
	 * Note the feature bits of the peer's vendor ID.
	 */
	void (*set_features)(gdoi_binding_t *this, uint8_t features);

	/**
	 * Get the feature bits, 0 if the peer sent no vendor ID of ours.
	 */
	uint8_t (*get_features)(gdoi_binding_t *this);

	/**
	 * Keep the keys of phase 1 until it is established.
	 *
	 * @param keys		keys, get adopted; replace former ones
	 */
	void (*set_keys)(gdoi_binding_t *this, gdoi_phase1_keys_t *keys);

	/**
	 * Take the keys out.
	 *
	 * @return			keys, owned by the caller, NULL if there are none
	 */
	gdoi_phase1_keys_t *(*take_keys)(gdoi_binding_t *this);

	/**
	 * Note that initiate() of a handler started this IKE_SA.
	 *
	 * @param slot		slot of the handler
	 * @param connection	name of the connection, cloned
	 */
	void (*set_attempt)(gdoi_binding_t *this, gdoi_slot_t *slot,
						const char *connection);

	/**
	 * Get the slot given to set_attempt().
	 *
	 * @return			slot, a new reference, or NULL
	 */
	gdoi_slot_t *(*get_attempt)(gdoi_binding_t *this);

	/**
	 * Phase 1 is established: tell the handler, then give it what waited.
	 *
	 * Called again, established() of the handler is called again.
	 *
	 * @param slot		slot of the handler
	 * @param phase1	phase 1
	 * @return			FALSE if the IKE_SA has ended, nothing is told then
	 */
	bool (*establish)(gdoi_binding_t *this, gdoi_slot_t *slot,
					  gdoi_phase1_t *phase1);

	/**
	 * Get phase 1.
	 *
	 * @return			phase 1, a new reference, NULL if not established
	 */
	gdoi_phase1_t *(*get_phase1)(gdoi_binding_t *this);

	/**
	 * Is phase 1 established for a certain handler?
	 */
	bool (*is_established)(gdoi_binding_t *this, gdoi_handler_t *handler);

	/**
	 * Is a message of exchange 32 with our cookies a GROUPKEY-PULL, on any
	 * port? It may be a Quick Mode as long as phase 1 is not established,
	 * unless the peer made it with the DOI of GDOI.
	 */
	bool (*expects)(gdoi_binding_t *this);

	/**
	 * Queue a GROUPKEY-PULL message, to be delivered once phase 1 is
	 * established: in Aggressive Mode the peer may send it before we are
	 * through with its last message of phase 1. Longer messages than
	 * GDOI_BINDING_EARLY are dropped until then, as those of a full queue.
	 *
	 * @param packet	packet, adopted if TRUE is returned
	 * @return			FALSE if the IKE_SA has ended
	 */
	bool (*receive)(gdoi_binding_t *this, packet_t *packet);

	/**
	 * Queue an authenticated error notify; ignored before establishment.
	 */
	void (*notify)(gdoi_binding_t *this, uint16_t type);

	/**
	 * The IKE_SA has ended: tell the handler, ignore what comes.
	 */
	void (*close)(gdoi_binding_t *this);

	/**
	 * As close(), but the handler hears of nothing more.
	 */
	void (*silence)(gdoi_binding_t *this);

	/**
	 * Get another reference.
	 */
	gdoi_binding_t *(*get_ref)(gdoi_binding_t *this);

	/**
	 * Drop a reference.
	 */
	void (*destroy)(gdoi_binding_t *this);
};

/**
 * Create a binding.
 *
 * @param unique_id		unique id of the IKE_SA
 * @param counters		counters, referenced
 */
gdoi_binding_t *gdoi_binding_create(uint32_t unique_id,
									gdoi_counters_t *counters);

#endif /** GDOI_BINDING_H_ @}*/
