/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_joins gdoi_joins
 * @{ @ingroup gdoi_transport
 */

#ifndef GDOI_JOINS_H_
#define GDOI_JOINS_H_

#include <networking/host.h>

typedef struct gdoi_joins_t gdoi_joins_t;

/**
 * The multicast groups that sockets have joined: several users may have the
 * same one, while a socket joins it once. Thread safe.
 */
struct gdoi_joins_t {

	/**
	 * Join a group, or leave it when its last user does.
	 *
	 * An interface that was made anew under its old name is another one.
	 *
	 * @param fd		socket of the group's family
	 * @param group		multicast address; the port is ignored
	 * @param interface	name of the interface
	 * @param join		TRUE to join, FALSE to leave
	 * @return			FALSE if the system refused, with errno set, or nobody
	 *					had joined what is to leave
	 */
	bool (*set)(gdoi_joins_t *this, int fd, host_t *group,
				const char *interface, bool join);

	/**
	 * Destroy it; closing the sockets leaves the groups.
	 */
	void (*destroy)(gdoi_joins_t *this);
};

/**
 * Create it without groups.
 */
gdoi_joins_t *gdoi_joins_create();

#endif /** GDOI_JOINS_H_ @}*/
