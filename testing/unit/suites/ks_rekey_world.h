/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_rekey_world ks_rekey_world
 * @{
 *
 * What rekeys of a key server go through in memory: a clock that tests
 * advance, and a transport that notes what it was given. One thread.
 */

#ifndef KS_REKEY_WORLD_H_
#define KS_REKEY_WORLD_H_

#include "ks_fixture.h"

#include <ks_runtime.h>

typedef struct rekey_world_t rekey_world_t;
typedef struct rekey_sent_t rekey_sent_t;
typedef struct rekey_kek_t rekey_kek_t;

/**
 * A call of gdoi_transport_t.send().
 */
struct rekey_sent_t {

	/** when, milliseconds */
	uint64_t time;

	/** copies of what was given */
	chunk_t datagram;
	host_t *src;
	linked_list_t *dsts;
	char interface[16];
	uint8_t ttl;
};

/**
 * A registration of gdoi_transport_t.add_kek().
 */
struct rekey_kek_t {

	/** SPI */
	uint8_t spi[16];

	/** which messages */
	gdoi_kek_use_t use;

	/** gets them */
	gdoi_kek_handler_t *handler;
};

/**
 * The world of a test.
 */
struct rekey_world_t {

	/** clock and timers; also moves ks_fixture_now */
	ks_runtime_t runtime;

	/** transport; whatever tests don't need is missing */
	gdoi_transport_t transport;

	/** milliseconds */
	uint64_t now;

	/** calls of send(), rekey_sent_t* in their order */
	linked_list_t *sent;

	/** registrations, rekey_kek_t* */
	linked_list_t *keks;

	/** called by send() after it noted the call, may be NULL */
	void (*on_send)(rekey_world_t *world, rekey_sent_t *sent);

	/** calls that wait, in their order */
	linked_list_t *calls;
};

/**
 * Create a world at time ks_fixture_now.
 */
rekey_world_t *rekey_world_create();

/**
 * Let time pass; calls that are due are made in their order, each at its time.
 *
 * @param ms			milliseconds
 */
void rekey_world_advance(rekey_world_t *world, uint64_t ms);

/**
 * Forget what was sent.
 */
void rekey_world_clear(rekey_world_t *world);

/**
 * Number of datagrams sent so far.
 */
u_int rekey_world_count(rekey_world_t *world);

/**
 * Deliver a message to who is registered for its cookies.
 *
 * @param datagram		message
 * @param src			source, "ADDRESS" or "ADDRESS[PORT]"; port 848
 * @return				FALSE if nobody is
 */
bool rekey_world_deliver(rekey_world_t *world, chunk_t datagram,
						 const char *src);

/**
 * Create an address.
 *
 * @param text			"ADDRESS" or "ADDRESS[PORT]"; port 848
 */
host_t *rekey_world_host(const char *text);

/**
 * Destroy the world; calls that wait are dropped.
 */
void rekey_world_destroy(rekey_world_t *world);

#endif /** KS_REKEY_WORLD_H_ @}*/
