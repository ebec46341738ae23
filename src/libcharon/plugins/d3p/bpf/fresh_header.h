/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * Headers of IP-D3P (draft-weis-delay-detection) and of time-based anti-replay
 * (TBAR-014), written and read.
 *
 * Included by one file only, the programs; nothing here is for user space.
 */

#ifndef FRESH_HEADER_H_
#define FRESH_HEADER_H_

#include "fresh_state.h"

/**
 * Either header, in words of network order; the fourth is TBAR's padding.
 */
union fresh_header {
	struct {
		__u8 next;
		/** or TBAR's version */
		__u8 type;
		/** D3P: length of the whole, or reserved; TBAR: length in one octet,
		 *  flags in the other */
		__u8 len[2];
	};
	__u32 words[4];
};

/**
 * Times of a packet and of us.
 */
struct fresh_times {
	/** our time since boot, nanoseconds */
	__u64 boot;
	/** time of the packet in milliseconds, to show; 0 if it has none */
	__u64 theirs;
	/** how much older than now the packet is, milliseconds */
	__s64 delta;
};

/**
 * Write a header.
 *
 * @param next		protocol of what follows
 * @param header	all zero
 */
INLINE void write_header(const struct fresh_profile *profile, __u8 next,
						 union fresh_header *header)
{
	__u64 boot = get_boot_time(), real, seconds;

	header->next = next;
	if (profile->method == FRESH_TBAR)
	{
		header->type = FRESH_VERSION;
		header->len[0] = profile->header;
		header->words[1] = bpf_htonl(profile->epoch);
		header->words[2] = bpf_htonl(get_ticks(profile, boot));
		return;
	}
	real = get_real_time(boot);
	header->type = profile->type;
	if (profile->type == FRESH_TYPE_POSIX)
	{
		header->len[1] = FRESH_HEADER;
		seconds = real / SECOND;
		header->words[1] = bpf_htonl(seconds);
		header->words[2] = bpf_htonl((real - seconds * SECOND) / 1000);
		return;
	}
	real /= MILLISECOND;
	header->words[1] = bpf_htonl(real >> 32);
	header->words[2] = bpf_htonl(real);
}

/**
 * Read the time of a D3P header.
 *
 * @return			0, or the kind of error + 1
 */
INLINE int read_d3p(const struct fresh_profile *profile,
					const union fresh_header *header,
					struct fresh_times *times)
{
	__u64 real = get_real_time(times->boot);
	__u64 high = bpf_ntohl(header->words[1]), low = bpf_ntohl(header->words[2]);
	__u64 seconds;

	if (header->type != profile->type || header->len[0])
	{
		return FRESH_MALFORMED + 1;
	}
	if (profile->type == FRESH_TYPE_POSIX)
	{
		if (header->len[1] != FRESH_HEADER || low >= 1000000)
		{
			return FRESH_MALFORMED + 1;
		}
		/* 32 bits mean the second that is nearest */
		seconds = real / SECOND;
		seconds += (__s32)((__u32)high - (__u32)seconds);
		times->theirs = seconds * 1000 + low / 1000;
	}
	else
	{
		if (header->len[1])
		{
			return FRESH_MALFORMED + 1;
		}
		times->theirs = high << 32 | low;
	}
	times->delta = real / MILLISECOND - times->theirs;
	return 0;
}

/**
 * Read the time of a TBAR header, whose padding is in the fourth word.
 *
 * @return			0, or the kind of error + 1
 */
INLINE int read_tbar(const struct fresh_profile *profile,
					 const union fresh_header *header,
					 struct fresh_times *times)
{
	__u32 mine = get_ticks(profile, times->boot), theirs;

	if (header->type != FRESH_VERSION || header->len[1] || header->words[3])
	{
		return FRESH_MALFORMED + 1;
	}
	theirs = bpf_ntohl(header->words[2]);
	times->theirs = (__u64)theirs * profile->tick_ms;
	times->delta = -(__s64)(__s32)(theirs - mine) * profile->tick_ms;
	return header->words[1] != bpf_htonl(profile->epoch) ? FRESH_EPOCH + 1 : 0;
}

/**
 * Read the time of a header, and compare it to ours.
 *
 * @param len		octets of the header
 * @return			0, or the kind of error + 1
 */
INLINE int read_header(const struct fresh_profile *profile,
					   const union fresh_header *header,
					   struct fresh_times *times)
{
	__s64 allowed = profile->allowed_ms;
	int wrong;

	wrong = profile->method == FRESH_TBAR ? read_tbar(profile, header, times)
										  : read_d3p(profile, header, times);
	if (wrong)
	{
		return wrong;
	}
	if (times->delta > allowed)
	{
		return FRESH_LATE + 1;
	}
	return times->delta < -allowed ? FRESH_EARLY + 1 : 0;
}

#endif /** FRESH_HEADER_H_ */
