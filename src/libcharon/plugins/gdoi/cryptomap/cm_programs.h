/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup cm_programs cm_programs
 * @{ @ingroup gdoi
 */

#ifndef CM_PROGRAMS_H_
#define CM_PROGRAMS_H_

#include "freshness.h"
#include "bpf/cm_shared.h"

#include <library.h>

typedef struct cm_programs_t cm_programs_t;

/** called for an event of the programs, from a thread of the watcher */
typedef void (*cm_programs_cb_t)(void *user, const struct cm_event *event);

/**
 * The programs of a crypto map, loaded into the kernel. Not thread safe.
 */
struct cm_programs_t {

	/**
	 * Get the memory shared with the programs.
	 *
	 * @return			memory, valid until destroy()
	 */
	struct cm_shared *(*get_shared)(cm_programs_t *this);

	/**
	 * Get what the programs of freshness share with these.
	 *
	 * @param place		file descriptors and memory are filled in, valid until
	 *					destroy(); all else is left as it is
	 */
	void (*get_fds)(cm_programs_t *this, freshness_place_t *place);

	/**
	 * Attach the programs to an interface. Programs of ours that are there
	 * already are replaced, each in one step.
	 *
	 * @param ifindex	index of the interface
	 * @param pin		name to pin the shared memory under, and the programs
	 *					that are jumped to, which otherwise are gone when the
	 *					object is destroyed or the process dies
	 * @return			0 or an errno
	 */
	int (*attach)(cm_programs_t *this, u_int ifindex, const char *pin);

	/**
	 * Attach the program for decrypted packets to the device of a VRF.
	 *
	 * @param vrf		index of the VRF's device
	 * @param index		index of the crypto map, several may be in one VRF
	 * @return			0 or an errno
	 */
	int (*attach_vrf)(cm_programs_t *this, u_int vrf, u_int index);

	/**
	 * Take back what attach() did.
	 */
	void (*detach)(cm_programs_t *this);

	/**
	 * Stop events and destroy the object. What is attached stays so.
	 */
	void (*destroy)(cm_programs_t *this);
};

/**
 * Load the programs, all counters and settings zero.
 *
 * @param cb			called for events, or NULL
 * @param user			handed to cb
 * @param err			set to an errno if NULL is returned
 * @return				programs
 */
cm_programs_t *cm_programs_create(cm_programs_cb_t cb, void *user, int *err);

/**
 * Add the clsact queueing discipline to the XFRM interface of a crypto map
 * before there is traffic: the kernel drops, and doesn't count, what it is to
 * send by an interface while one is added, and plugins may want filters later.
 *
 * @param ifindex		index of the XFRM interface
 */
void cm_programs_prepare(u_int ifindex);

/**
 * Remove programs of ours from an interface, and the clsact queueing
 * discipline if nobody else has filters there.
 *
 * @param ifindex		index of the interface
 * @param pin			name that the shared memory was pinned under
 */
void cm_programs_purge(u_int ifindex, const char *pin);

/**
 * Remove the program of a crypto map from the device of a VRF, and the clsact
 * queueing discipline if nobody else has filters there.
 *
 * @param vrf		index of the VRF's device
 * @param index		index of the crypto map
 */
void cm_programs_purge_vrf(u_int vrf, u_int index);

#endif /** CM_PROGRAMS_H_ @}*/
