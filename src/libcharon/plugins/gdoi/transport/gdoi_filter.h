/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_filter gdoi_filter
 * @{ @ingroup gdoi_transport
 */

#ifndef GDOI_FILTER_H_
#define GDOI_FILTER_H_

#include <library.h>

typedef enum gdoi_verdict_t gdoi_verdict_t;

/** octets of both cookies together, the key of phase 1 and KEK SPIs */
#define GDOI_COOKIES_LEN 16

/**
 * What to do with a received datagram.
 */
enum gdoi_verdict_t {
	/** charon's business */
	GDOI_VERDICT_CHARON,
	/** GROUPKEY-PULL, exchange 32 (a Quick Mode if the cookies say so) */
	GDOI_VERDICT_PULL,
	/** GROUPKEY-PUSH, exchange 33 */
	GDOI_VERDICT_PUSH,
	/** acknowledgement of it, exchanges 35 and 240 */
	GDOI_VERDICT_ACK,
	/** not an ISAKMP message, drop */
	GDOI_VERDICT_MALFORMED,
	/** an exchange that has no business on the GDOI port, drop */
	GDOI_VERDICT_EXCHANGE,
};

/**
 * Sort a received datagram by its header, before anybody parses it.
 *
 * On the GDOI port nothing but ISAKMP version 1 passes, and of that phase 1,
 * Informational, Transaction (DPD and extended authentication are charon's)
 * and GDOI itself: gdoi-wire 1.1. On charon's ports all that isn't a GDOI
 * exchange number is left to charon, also what is malformed.
 *
 * @param datagram	ISAKMP message without Non-ESP marker
 * @param own_port	TRUE if it came in on the GDOI port
 * @return			verdict; PULL, PUSH and ACK only with a complete header
 */
gdoi_verdict_t gdoi_filter(chunk_t datagram, bool own_port);

#endif /** GDOI_FILTER_H_ @}*/
