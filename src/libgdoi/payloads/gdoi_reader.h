/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup gdoi_reader gdoi_reader
 * @{ @ingroup libgdoi_payloads
 *
 * Reading of hostile octets. Every function takes from the front of a chunk,
 * and changes nothing and returns FALSE if the chunk is too short. Unlike
 * bio_reader_t these don't allocate and don't log: a flood of garbage must not
 * fill the log.
 */

#ifndef GDOI_READER_H_
#define GDOI_READER_H_

#include <library.h>

/**
 * Take a number of octets.
 *
 * @param in		chunk to take from, gets shortened
 * @param len		octets to take
 * @param out		octets taken, pointing into in
 */
static inline bool gdoi_take(chunk_t *in, size_t len, chunk_t *out)
{
	if (in->len < len)
	{
		return FALSE;
	}
	*out = chunk_create(in->ptr, len);
	*in = chunk_skip(*in, len);
	return TRUE;
}

/**
 * Take an octet.
 */
static inline bool gdoi_take_u8(chunk_t *in, uint8_t *value)
{
	chunk_t data;

	if (!gdoi_take(in, 1, &data))
	{
		return FALSE;
	}
	*value = data.ptr[0];
	return TRUE;
}

/**
 * Take a 16-bit number, big endian.
 */
static inline bool gdoi_take_u16(chunk_t *in, uint16_t *value)
{
	chunk_t data;

	if (!gdoi_take(in, 2, &data))
	{
		return FALSE;
	}
	*value = untoh16(data.ptr);
	return TRUE;
}

/**
 * Take a 32-bit number, big endian.
 */
static inline bool gdoi_take_u32(chunk_t *in, uint32_t *value)
{
	chunk_t data;

	if (!gdoi_take(in, 4, &data))
	{
		return FALSE;
	}
	*value = untoh32(data.ptr);
	return TRUE;
}

/**
 * Check if all octets of a chunk are zero; an empty chunk is.
 */
static inline bool gdoi_all_zero(chunk_t data)
{
	for (size_t i = 0; i < data.len; i++)
	{
		if (data.ptr[i])
		{
			return FALSE;
		}
	}
	return TRUE;
}

/**
 * Set a reason if there is none yet.
 *
 * @param reason	NULL, or pointer to the reason, which is allocated
 * @param fmt		printf() format, plain conversions only
 * @return			FALSE always, to be returned by the caller
 */
bool gdoi_refuse(char **reason, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif /** GDOI_READER_H_ @}*/
