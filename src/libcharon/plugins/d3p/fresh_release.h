/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * Has stamped IPv6 packets forget the route that they came by.
 *
 * XFRM takes no packet that is larger than that route's MTU, where it is told
 * of one, and then it is the size without freshness header that fits: packets
 * that are as large as they may be would never leave. IPv6 packets have to
 * leave uncut, so a filter of the XFRM interface drops the route, and the
 * kernel asks for one to the anchor. IPv4 packets may be cut as far as XFRM
 * can see.
 *
 * @defgroup fresh_release fresh_release
 * @{ @ingroup d3p
 */

#ifndef FRESH_RELEASE_H_
#define FRESH_RELEASE_H_

#include <library.h>

/**
 * Add the filter; one that is there is replaced. It goes with the interface.
 *
 * @param ifindex	index of the XFRM interface
 * @return			0 or an errno
 */
int fresh_release_up(u_int ifindex);

#endif /** FRESH_RELEASE_H_ @}*/
