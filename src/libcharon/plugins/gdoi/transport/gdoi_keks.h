/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_keks gdoi_keks
 * @{ @ingroup gdoi_transport
 */

#ifndef GDOI_KEKS_H_
#define GDOI_KEKS_H_

#include "gdoi_counters.h"
#include "gdoi_transport.h"
#include "gdoi_unknown.h"

typedef struct gdoi_keks_t gdoi_keks_t;

/**
 * The KEKs under which messages are expected, and by whom. Thread safe.
 */
struct gdoi_keks_t {

	/**
	 * Register a handler, see gdoi_transport_t.
	 *
	 * @param spi		SPI, 16 octets
	 * @param use		which messages
	 * @param handler	handler, not adopted
	 * @param queue		messages that may wait
	 * @return			FALSE if there is one already, or for another length
	 */
	bool (*add)(gdoi_keks_t *this, chunk_t spi, gdoi_kek_use_t use,
				gdoi_kek_handler_t *handler, u_int queue);

	/**
	 * End a registration, see gdoi_transport_t.
	 */
	void (*remove)(gdoi_keks_t *this, chunk_t spi, gdoi_kek_use_t use,
				   gdoi_kek_handler_t *handler);

	/**
	 * Is there a handler?
	 *
	 * @param spi		SPI, 16 octets
	 * @param use		which messages
	 */
	bool (*has)(gdoi_keks_t *this, chunk_t spi, gdoi_kek_use_t use);

	/**
	 * Queue a message for its handler, or drop it; counts either. On the
	 * receiving thread.
	 *
	 * @param use		which kind it is of
	 * @param packet	message with complete header, adopted
	 */
	void (*receive)(gdoi_keks_t *this, gdoi_kek_use_t use, packet_t *packet);

	/**
	 * Set who hears of rekeys under unknown KEKs, see gdoi_transport_t.
	 */
	void (*set_unknown)(gdoi_keks_t *this, gdoi_unknown_cb_t unknown,
						void *user);

	/**
	 * Destroy it; handlers left are not called any more.
	 */
	void (*destroy)(gdoi_keks_t *this);
};

/**
 * Create it without KEKs.
 *
 * @param counters	counters, referenced
 */
gdoi_keks_t *gdoi_keks_create(gdoi_counters_t *counters);

#endif /** GDOI_KEKS_H_ @}*/
