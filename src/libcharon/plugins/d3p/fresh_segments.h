/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * Devices that cut large packets into segments before these get stamped.
 *
 * Hosts, and network cards when they receive, merge the segments of TCP into
 * packets of up to 64 kB, which are cut again as late as possible. Behind a
 * freshness header the kernel can't do that, as it doesn't know the header's
 * protocol, and each segment needs a header of its own. So such packets go to
 * a VLAN device on a dummy device. The former can't send them in one piece, so
 * that the kernel cuts them; it hands the segments to the latter one by one,
 * in the same call, where a program takes them, stamps them and sends them
 * on to the XFRM interface. The dummy device never gets any.
 *
 * @defgroup fresh_segments fresh_segments
 * @{ @ingroup d3p
 */

#ifndef FRESH_SEGMENTS_H_
#define FRESH_SEGMENTS_H_

#include <library.h>

/**
 * Set up the devices of a crypto map; those that a dead process left are
 * replaced. Their names are FRESHNESS_SEGMENTS and FRESHNESS_STAMPS.
 *
 * @param index		number of the crypto map in the network namespace
 * @param stamp		file descriptor of the program that stamps
 * @param ifindex	set to the device to redirect large packets to
 * @return			0, or an errno and nothing is set up
 */
int fresh_segments_up(u_int index, int stamp, u_int *ifindex);

/**
 * Remove the devices, if they are there.
 *
 * @param index		number of the crypto map in the network namespace
 */
void fresh_segments_down(u_int index);

#endif /** FRESH_SEGMENTS_H_ @}*/
