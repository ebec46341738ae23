/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup gdoi_fuzz gdoi_fuzz
 * @{
 *
 * What the fuzz targets share. A target defines fuzz_one().
 */

#ifndef FUZZ_H_
#define FUZZ_H_

#include "group/group_policy.h"
#include "exchanges/phase2.h"

/** abort with a message unless a property holds */
#define FUZZ_ASSERT(x) ({ if (!(x)) { fuzz_fail(#x, __FILE__, __LINE__); } })

/**
 * Feed one input to a parser.
 *
 * @param data		input, in memory of exactly this size
 */
void fuzz_one(chunk_t data);

/**
 * Abort: a property does not hold.
 */
void fuzz_fail(const char *expr, const char *file, int line)
	__attribute__((noreturn));

/**
 * Protection by a phase 1 of fixed keys.
 */
gdoi_phase2_t *fuzz_phase2();

/**
 * Make a datagram of an input, so that it gets behind the HASH: the first
 * octet is the type of the first payload behind it, and the payloads follow;
 * 0xff sends the rest as raw datagram.
 *
 * @param phase2	protection
 * @param exchange	exchange type
 * @param extra		chunks that the HASH covers behind M-ID
 * @param count		number of extra chunks
 * @param data		input
 * @param datagram	datagram, allocated
 * @return			FALSE if the input is too short
 */
bool fuzz_protect(gdoi_phase2_t *phase2, gdoi_exchange_t exchange,
				  const chunk_t *extra, u_int count, chunk_t data,
				  chunk_t *datagram);

/**
 * A policy with the KEK and the TEKs of the recorded trace B.
 *
 * @param keys		with (other) keys
 */
group_policy_t *fuzz_policy(bool keys);

#endif /** FUZZ_H_ @}*/
