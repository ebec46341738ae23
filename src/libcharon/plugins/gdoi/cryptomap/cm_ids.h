/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup cm_ids cm_ids
 * @{ @ingroup gdoi
 */

#ifndef CM_IDS_H_
#define CM_IDS_H_

#include "crypto_map.h"

/** room for the name of an XFRM interface */
#define CM_LINK_LEN 16

/** room for the alias that keeps what a later process needs to clean up */
#define CM_ALIAS_LEN 256

typedef struct cm_ids_t cm_ids_t;

/**
 * The names and numbers of a crypto map, all derived from its parameters.
 */
struct cm_ids_t {

	/** group and interface, as in the parameters */
	char *group;
	char *interface;

	/** index of the group */
	u_int index;

	/** name of the XFRM interface, and its ID */
	char link[CM_LINK_LEN];
	uint32_t if_id;

	/** anchors: local IPv4, remote IPv4, local IPv6, remote IPv6 */
	host_t *anchors[4];
};

/**
 * Derive names and numbers.
 *
 * @param params	parameters
 * @return			object, NULL if parameters are out of range
 */
cm_ids_t *cm_ids_create(const crypto_map_params_t *params);

/**
 * Get an anchor.
 *
 * @param family	AF_INET or AF_INET6
 * @param local		TRUE for the local one
 * @return			anchor, owned by the object
 */
host_t *cm_ids_anchor(cm_ids_t *this, int family, bool local);

/**
 * Get the mark of an SA's outbound policy.
 *
 * @param sa		index of the SA
 * @param stamped	TRUE for that of packets with a freshness header
 */
mark_t cm_ids_mark(u_int sa, bool stamped);

/**
 * Print the alias of the XFRM interface: interface and anchors.
 *
 * @param buf		buffer of CM_ALIAS_LEN
 * @return			buf
 */
char *cm_ids_print_alias(cm_ids_t *this, char *buf);

/**
 * Read names and numbers back from an alias.
 *
 * @param index		index of the group
 * @param alias		alias of its XFRM interface
 * @return			object, NULL if the alias is not one of ours
 */
cm_ids_t *cm_ids_create_from_alias(u_int index, const char *alias);

/**
 * Destroy the object.
 */
void cm_ids_destroy(cm_ids_t *this);

#endif /** CM_IDS_H_ @}*/
