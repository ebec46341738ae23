/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup cm_setup cm_setup
 * @{ @ingroup gdoi
 */

#ifndef CM_SETUP_H_
#define CM_SETUP_H_

#include "cm_ids.h"

/**
 * Set up, or put back, what a crypto map has beside its XFRM interface and
 * programs: anchors, routes to them, policies. Local anchors are addresses of
 * the loopback interface, and of the VRF that the interface is in, so that
 * they are local whichever of the two tables is asked first.
 *
 * @param ids			names and numbers
 * @param ifindex		interface that the crypto map sits on
 * @return				FALSE if the kernel refused something, see the log
 */
bool cm_setup_up(cm_ids_t *ids, u_int ifindex);

/**
 * Take the anchors off a VRF's device that the interface is not in any more.
 *
 * @param ids			names and numbers
 * @param vrf			index of the VRF's device
 */
void cm_setup_leave_vrf(cm_ids_t *ids, u_int vrf);

/**
 * Take that and the XFRM interface down; the policies only if this was the
 * last crypto map.
 *
 * @param ids			names and numbers
 * @param ifindex		interface that the crypto map sits on, 0 if it is gone
 * @return				FALSE if something is left
 */
bool cm_setup_down(cm_ids_t *ids, u_int ifindex);

/**
 * Take down what dead processes left on an interface, except the programs.
 *
 * @param interface		name of the interface
 * @param except		crypto map to spare, or NULL
 * @return				FALSE if something is left
 */
bool cm_setup_purge(const char *interface, cm_ids_t *except);

#endif /** CM_SETUP_H_ @}*/
