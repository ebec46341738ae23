/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_ack_log ks_ack_log
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_ACK_LOG_H_
#define KS_ACK_LOG_H_

#include <gdoi_log.h>

#include <networking/host.h>

typedef struct ks_ack_log_t ks_ack_log_t;
typedef enum ks_ack_drop_t ks_ack_drop_t;

/** senders that are watched at a time; two may share a place, by the hash of
 *  their addresses */
#define KS_ACK_LOG_SENDERS 256

/** acknowledgements of one sender dropped, and seconds that they take, until
 *  LOG-143 is due */
#define KS_ACK_LOG_DROPS 10
#define KS_ACK_LOG_WINDOW 60

/**
 * Why an acknowledgement was dropped.
 */
enum ks_ack_drop_t {
	/** malformed or not authentic, ACK-017 */
	KS_ACK_DROP_INVALID = 0,
	/** of a kind that isn't taken, ACK-015 */
	KS_ACK_DROP_REFUSED,
	/** nobody was asked for it, LOG-162 */
	KS_ACK_DROP_UNSOLICITED,
	/** the sender's are dropped again and again, LOG-143; for use inside */
	KS_ACK_DROP_BLACKHOLE,
};

/**
 * Tells the operator about acknowledgements that were dropped: one line a
 * second of each sort at most, with how many were left out. Anybody can send
 * such messages, so the memory is fixed. Thread-safe.
 */
struct ks_ack_log_t {

	/**
	 * An acknowledgement was dropped.
	 *
	 * @param why		why
	 * @param src		where it came from
	 * @param detail	reason as text, may be NULL
	 * @param now		monotonic time, seconds
	 */
	void (*dropped)(ks_ack_log_t *this, ks_ack_drop_t why, host_t *src,
					const char *detail, time_t now);

	/**
	 * Destroy it.
	 */
	void (*destroy)(ks_ack_log_t *this);
};

/**
 * Create it.
 *
 * @param group			name of the group, cloned
 * @param log			operator's log, outlives it
 */
ks_ack_log_t *ks_ack_log_create(const char *group, gdoi_log_t *log);

#endif /** KS_ACK_LOG_H_ @}*/
