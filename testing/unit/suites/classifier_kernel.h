/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * The crypto map's programs in the kernel, fed with packets that don't exist.
 */

#ifndef CLASSIFIER_KERNEL_H_
#define CLASSIFIER_KERNEL_H_

#include <cm_settings.h>

/** largest packet, link layer header included */
#define KERNEL_FRAME 256

/** no counter was increased */
#define KERNEL_NO_STAT (-1)

typedef struct kernel_t kernel_t;
typedef struct kernel_answer_t kernel_answer_t;

/**
 * What a program did with a packet.
 */
struct kernel_answer_t {

	/** TC_ACT_* */
	int action;

	/** counter that was increased, the last one if it were several */
	int stat;

	/** mark that the packet has got */
	uint32_t mark;

	/** TRUE if the verdict was remembered */
	bool cached;

	/** nanoseconds per run, if it ran often */
	uint32_t nanoseconds;

	/** octets of the packet afterwards */
	uint8_t frame[KERNEL_FRAME];
};

/**
 * Load the programs and stay on one CPU from here on, so that its counters are
 * the ones to look at.
 *
 * @param reason		what the kernel says if it refuses, static
 * @return				NULL if the kernel refuses
 */
kernel_t *kernel_create(const char **reason);

/**
 * The memory that the programs read their settings from.
 */
struct cm_shared *kernel_shared(kernel_t *this);

/**
 * The anchors that are set.
 */
cm_ids_t *kernel_ids(kernel_t *this);

/**
 * Run a program.
 *
 * @param out			TRUE for the program that sees packets leave
 * @param frame			packet with its link layer header
 * @param len			octets
 * @param mark			mark of the packet
 * @param repeat		how often, each time on what the last run left
 * @param answer		filled in
 * @return				FALSE if the kernel refuses to
 */
bool kernel_run(kernel_t *this, bool out, const void *frame, size_t len,
				uint32_t mark, u_int repeat, kernel_answer_t *answer);

/**
 * Unload the programs.
 */
void kernel_destroy(kernel_t *this);

#endif /** CLASSIFIER_KERNEL_H_ */
