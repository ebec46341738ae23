/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup cm_netlink cm_netlink
 * @{ @ingroup gdoi
 */

#ifndef CM_NETLINK_H_
#define CM_NETLINK_H_

#include "crypto_map.h"

#include <library.h>
#include <networking/host.h>

/**
 * Requests to the kernel for what a crypto map needs beside its programs:
 * XFRM interface, anchors, the way to them, and the policies that let
 * decrypted packets in. Adding what is there already succeeds, and so does
 * removing what isn't. All are thread safe; they block until the kernel
 * answered. Errors are logged.
 */

/** protocol number of our routes, an unassigned one */
#define CM_RTPROT 214

/**
 * Create an XFRM interface and set it up.
 *
 * @param name			name
 * @param if_id			XFRM interface ID
 * @param alias			alias to set
 * @return				index of the interface, 0 if that failed
 */
u_int cm_netlink_add_xfrm(const char *name, uint32_t if_id, const char *alias);

/**
 * Get the index of an interface. Unlike if_nametoindex(), it doesn't make the
 * kernel look for a module if there is none.
 *
 * @param name			name of the interface
 * @return				index, 0 if there is none
 */
u_int cm_netlink_get_index(const char *name);

/**
 * Get the VRF that an interface is in.
 *
 * @param ifindex		index of the interface
 * @return				index of the VRF's device, 0 if there is none
 */
u_int cm_netlink_get_vrf(u_int ifindex);

/**
 * Get the alias of an interface.
 *
 * @param name			name of the interface
 * @return				alias, to free; NULL if there is no interface or alias
 */
char *cm_netlink_get_alias(const char *name);

/**
 * Remove an interface.
 *
 * @return				TRUE if there is none of that name any more
 */
bool cm_netlink_del_link(const char *name);

/**
 * Add or remove an anchor as an address of an interface. It is not selected as
 * a source address.
 *
 * @param add			TRUE to add, FALSE to remove
 * @param ifindex		index of the interface: loopback or a VRF's device
 * @param anchor		address
 */
bool cm_netlink_address(bool add, u_int ifindex, host_t *anchor);

/**
 * Add or remove a host route and a permanent neighbour for an anchor.
 *
 * @param add			TRUE to add, FALSE to remove
 * @param ifindex		interface to route over
 * @param anchor		destination
 */
bool cm_netlink_route(bool add, u_int ifindex, host_t *anchor);

/**
 * Add or remove the in and fwd policies for what crypto maps decrypt, one set
 * for all of them: any packet may have come through a state in tunnel or BEET
 * mode that has CRYPTO_MAP_REQID, or through none, as the programs decide about
 * that. They come behind all other policies, and let through nothing that
 * another tunnel decrypted.
 *
 * @param add			TRUE to add, FALSE to remove
 */
bool cm_netlink_policies(bool add);

#endif /** CM_NETLINK_H_ @}*/
