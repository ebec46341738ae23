/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * The programs of a crypto map and those of freshness in the kernel, fed with
 * packets that don't exist, at times that we say.
 */

#ifndef FRESHNESS_KERNEL_H_
#define FRESHNESS_KERNEL_H_

#include <cm_settings.h>

#include <bpf/fresh_shared.h>

/** largest packet, link layer header included */
#define FRESH_FRAME 4096

/** no counter of the crypto map was increased */
#define FRESH_NO_STAT (-1)

/** SPIs whose packets need a header of SA 2, and which don't */
#define FRESH_SPI 0x01020304
#define PLAIN_SPI 0x01020305

/** SA with a policy for freshness, and one without */
#define FRESH_SA 2
#define PLAIN_SA 0

typedef struct fresh_kernel_t fresh_kernel_t;
typedef struct fresh_answer_t fresh_answer_t;

/**
 * What a program did with a packet.
 */
struct fresh_answer_t {

	/** TC_ACT_* */
	int action;

	/** counter of the crypto map that was increased, the last of several */
	int stat;

	/** mark that the packet has got */
	uint32_t mark;

	/** what was counted of FRESH_SA by this packet alone */
	struct fresh_counts counts;

	/** octets of the packet afterwards */
	uint8_t frame[FRESH_FRAME];
	size_t len;
};

/**
 * Load the programs, in a network namespace of their own, and stay on one CPU.
 * All traffic is for FRESH_SA.
 *
 * @param reason		what the kernel says if it refuses, static
 * @return				NULL if the kernel refuses
 */
fresh_kernel_t *fresh_kernel_create(const char **reason);

/** memory of either */
struct cm_shared *fresh_kernel_shared(fresh_kernel_t *this);
struct fresh_shared *fresh_kernel_fresh(fresh_kernel_t *this);

/**
 * Set the profile of FRESH_SA, as user space does.
 */
void fresh_kernel_set(fresh_kernel_t *this,
					  const struct fresh_profile *profile);

/**
 * Set the times.
 *
 * @param boot			nanoseconds since boot
 * @param real			nanoseconds since 1970
 */
void fresh_kernel_set_time(fresh_kernel_t *this, uint64_t boot, uint64_t real);

/**
 * Take the programs of freshness out of reach, or put them back.
 */
void fresh_kernel_jumps(fresh_kernel_t *this, bool there);

/**
 * Set the MTU of the link that packets leave by.
 */
bool fresh_kernel_set_mtu(u_int mtu);

/**
 * Run a program of the crypto map.
 *
 * @param out			TRUE for the program that sees packets leave
 * @param frame			packet with its link layer header
 * @param len			octets
 * @param mark			mark of the packet
 * @param gso			size of segments, 0 if it is not to be segmented
 * @param answer		filled in
 * @return				FALSE if the kernel refuses to
 */
bool fresh_kernel_run(fresh_kernel_t *this, bool out, const void *frame,
					  size_t len, uint32_t mark, u_int gso,
					  fresh_answer_t *answer);

/**
 * Run the program that stamps packets, as the device for segments does.
 */
bool fresh_kernel_stamp(fresh_kernel_t *this, const void *frame, size_t len,
						uint32_t mark, fresh_answer_t *answer);

/**
 * Take the events that came since the last call.
 *
 * @param last			set to the last one, if there is any
 * @return				how many
 */
u_int fresh_kernel_refused(fresh_kernel_t *this, struct fresh_event *last);
u_int fresh_kernel_oversized(fresh_kernel_t *this, struct cm_event *last);

/**
 * Unload the programs.
 */
void fresh_kernel_destroy(fresh_kernel_t *this);

#endif /** FRESHNESS_KERNEL_H_ */
