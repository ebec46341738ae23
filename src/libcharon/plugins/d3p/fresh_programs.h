/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup fresh_programs fresh_programs
 * @{ @ingroup d3p
 */

#ifndef FRESH_PROGRAMS_H_
#define FRESH_PROGRAMS_H_

#include <freshness.h>

#include "bpf/fresh_shared.h"

typedef struct fresh_programs_t fresh_programs_t;

/** called for an event of the programs, from a thread of the watcher */
typedef void (*fresh_programs_cb_t)(void *user,
									const struct fresh_event *event);

/**
 * The programs of freshness for one crypto map, loaded into the kernel. Not
 * thread safe.
 */
struct fresh_programs_t {

	/**
	 * Get the memory shared with the programs.
	 *
	 * @return			memory, valid until destroy()
	 */
	struct fresh_shared *(*get_shared)(fresh_programs_t *this);

	/**
	 * Get the file descriptor of a program, to attach it where the packets
	 * of another device are to be stamped.
	 *
	 * @param jump		CM_JUMP_STAMP, CM_JUMP_SEGMENT or CM_JUMP_CHECK
	 * @return			file descriptor, valid until destroy()
	 */
	int (*get_program)(fresh_programs_t *this, enum cm_jump jump);

	/**
	 * Stop events and destroy the object.
	 *
	 * @param keep		TRUE if the crypto map is to jump to the programs as
	 *					long as it is there; FALSE to remove them from it, so
	 *					that packets that need them are dropped, and the
	 *					devices for segments
	 */
	void (*destroy)(fresh_programs_t *this, bool keep);
};

/**
 * Load the programs and make those of a crypto map jump to them, and set up
 * the devices that they need (fresh_segments.h). No SA has a profile then.
 *
 * @param place			maps of the crypto map
 * @param cb			called for events, or NULL
 * @param user			handed to cb
 * @param err			set to an errno if NULL is returned
 * @return				programs
 */
fresh_programs_t *fresh_programs_create(const freshness_place_t *place,
										fresh_programs_cb_t cb, void *user,
										int *err);

#endif /** FRESH_PROGRAMS_H_ @}*/
