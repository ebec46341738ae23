/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * Devices that merge the segments of TCP again, after their freshness headers
 * are off.
 *
 * The kernel merges what XFRM gives back (GRO), as one packet of 64 kB goes
 * through the host for little more than what one segment costs. It can't see
 * TCP behind a freshness header. So what turns out to be TCP goes through a
 * pair of veth devices, the second of which merges what it receives and hands
 * it to a program, which puts it back where it was.
 *
 * @defgroup fresh_merge fresh_merge
 * @{ @ingroup d3p
 */

#ifndef FRESH_MERGE_H_
#define FRESH_MERGE_H_

#include <library.h>

/**
 * Set up the devices of a crypto map; those that a dead process left are
 * replaced. Their names are FRESHNESS_MERGE and FRESHNESS_MERGED.
 *
 * @param index		number of the crypto map in the network namespace
 * @param merged	file descriptor of the program that takes what is merged
 * @param ifindex	set to the device to redirect segments to
 * @return			0, or an errno and nothing is set up
 */
int fresh_merge_up(u_int index, int merged, u_int *ifindex);

/**
 * Remove the devices, if they are there.
 *
 * @param index		number of the crypto map in the network namespace
 */
void fresh_merge_down(u_int index);

#endif /** FRESH_MERGE_H_ @}*/
