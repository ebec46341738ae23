/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_acks ks_acks
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_ACKS_H_
#define KS_ACKS_H_

#include "ks_ack_mode.h"
#include "ks_members.h"
#include "ks_runtime.h"

#include <gdoi_log.h>
#include <transport/gdoi_transport.h>

typedef struct ks_acks_t ks_acks_t;
typedef struct ks_acks_stats_t ks_acks_stats_t;

/** milliseconds that a replaced KEK is kept for late acknowledgements */
#define KS_ACKS_GRACE 60000

/**
 * Counters of a group's acknowledgements.
 */
struct ks_acks_stats_t {
	/** taken */
	uint64_t booked;
	/** again, of the same rekey */
	uint64_t duplicates;
	/** not of the last sequence number sent to the member, ACK-018 */
	uint64_t stale;
	/** by an address that is no member, or nothing was sent: LOG-162 */
	uint64_t unsolicited;
	/** of a kind that the mode does not take, ACK-015 */
	uint64_t refused;
	/** malformed or not authentic */
	uint64_t invalid;
};

/**
 * Takes the acknowledgements of a group: registers its KEKs with the
 * transport, verifies, and books with the members. Without any lock that
 * registrations wait for. Thread-safe.
 *
 * Lines of the log that senders provoke are limited in rate: KS_UNSOL_ACK
 * (LOG-162), KS_BLACKHOLE_ACK (LOG-143: a member whose acknowledgements are
 * dropped again and again) and failed verifications.
 */
struct ks_acks_t {

	/**
	 * Take acknowledgements under a KEK from now on; the one before is kept
	 * for KS_ACKS_GRACE. The same SPI again only changes mode and PRF.
	 *
	 * @param kek		KEK with keys, referenced; NULL for none
	 * @param mode		what is taken
	 * @param sha512	the KEK's policy asks for HMAC-SHA-512
	 */
	void (*set_kek)(ks_acks_t *this, group_kek_t *kek, ks_ack_mode_t mode,
					bool sha512);

	/**
	 * Copy the counters.
	 */
	void (*get_stats)(ks_acks_t *this, ks_acks_stats_t *stats);

	/**
	 * Destroy it; unregisters all KEKs.
	 */
	void (*destroy)(ks_acks_t *this);
};

/**
 * Create it without KEKs.
 *
 * @param group			name of the group, cloned
 * @param members		members of the group, outlive it
 * @param transport		transport, outlives it
 * @param runtime		clock and timers, outlives it
 * @param log			operator's log, outlives it
 */
ks_acks_t *ks_acks_create(const char *group, ks_members_t *members,
						  gdoi_transport_t *transport, ks_runtime_t *runtime,
						  gdoi_log_t *log);

#endif /** KS_ACKS_H_ @}*/
