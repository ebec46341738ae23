/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup member_fakes member_fakes
 * @{
 *
 * What the parts of the member's world know of each other.
 */

#ifndef MEMBER_FAKES_H_
#define MEMBER_FAKES_H_

#include "member_world.h"

/** time at which a world begins, ms */
#define START 1000000

/** Call a function after some time. */
void world_call(uint64_t delay, void (*callback)(void *data), void *data,
				void (*cleanup)(void *data));

/** Find a server by its name, NULL if there is none. */
server_t *world_server(const char *name);

/** Does an interface exist? */
bool world_has_interface(const char *name);

/** Keep a line in a list of the world. */
void world_keep_line(linked_list_t *list, const char *fmt, ...);

/** Set up and take down the fake transport. */
void servers_setup();
void servers_teardown();

/** Set up and take down what is about rekeys in the fake transport. */
void push_setup(gdoi_transport_t *transport);
void push_teardown();

#endif /** MEMBER_FAKES_H_ @}*/
