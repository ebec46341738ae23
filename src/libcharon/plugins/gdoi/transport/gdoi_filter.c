/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoi_filter.h"

#include <payloads/gdoi_header.h>

/** exchange numbers of IKEv1 that the GDOI port carries beside GDOI's own */
#define EXCH_IDENTITY_PROTECTION 2
#define EXCH_AGGRESSIVE 4
#define EXCH_TRANSACTION 6

/** encrypted unicast acknowledgement, gdoi-wire 9 */
#define EXCH_PUSH_ACK_PRIVATE 240

/*
 * Described in header
 */
gdoi_verdict_t gdoi_filter(chunk_t datagram, bool own_port)
{
	gdoi_header_t header;

	if (!gdoi_header_parse(datagram, &header, NULL))
	{
		return own_port ? GDOI_VERDICT_MALFORMED : GDOI_VERDICT_CHARON;
	}
	switch (header.exchange)
	{
		case GDOI_EXCH_PULL:
			return GDOI_VERDICT_PULL;
		case GDOI_EXCH_PUSH:
			return GDOI_VERDICT_PUSH;
		case GDOI_EXCH_PUSH_ACK:
		case EXCH_PUSH_ACK_PRIVATE:
			return GDOI_VERDICT_ACK;
		case EXCH_IDENTITY_PROTECTION:
		case EXCH_AGGRESSIVE:
		case EXCH_TRANSACTION:
		case GDOI_EXCH_INFORMATIONAL:
			return GDOI_VERDICT_CHARON;
		default:
			return own_port ? GDOI_VERDICT_EXCHANGE : GDOI_VERDICT_CHARON;
	}
}
