/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoi_joins.h"

#include <collections/array.h>
#include <threading/mutex.h>

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

typedef struct private_gdoi_joins_t private_gdoi_joins_t;
typedef struct joined_t joined_t;

/**
 * Private data
 */
struct private_gdoi_joins_t {

	/**
	 * Public interface
	 */
	gdoi_joins_t public;

	/**
	 * Groups joined, joined_t*
	 */
	array_t *joined;

	/**
	 * Lock for joined
	 */
	mutex_t *mutex;
};

/**
 * A group joined on an interface
 */
struct joined_t {

	/**
	 * Group
	 */
	host_t *group;

	/**
	 * Index of the interface
	 */
	u_int index;

	/**
	 * Number of users
	 */
	u_int users;
};

/**
 * Destroy an entry
 */
static void joined_destroy(joined_t *joined, int index, void *user)
{
	joined->group->destroy(joined->group);
	free(joined);
}

/**
 * Find a group; -1 if it isn't joined
 */
static int find(private_gdoi_joins_t *this, host_t *group, u_int index,
				joined_t **joined)
{
	int i;

	for (i = 0; i < array_count(this->joined); i++)
	{
		array_get(this->joined, i, joined);
		if ((*joined)->index == index &&
			group->ip_equals(group, (*joined)->group))
		{
			return i;
		}
	}
	return -1;
}

/**
 * Have the system join or leave
 */
static bool call(int fd, host_t *group, u_int index, bool join)
{
	struct group_req request = {
		.gr_interface = index,
	};

	memcpy(&request.gr_group, group->get_sockaddr(group),
		   *group->get_sockaddr_len(group));
	return setsockopt(fd, group->get_family(group) == AF_INET ? IPPROTO_IP
															  : IPPROTO_IPV6,
					  join ? MCAST_JOIN_GROUP : MCAST_LEAVE_GROUP,
					  &request, sizeof(request)) == 0;
}

/**
 * Count one more user, the first one joins
 */
static bool enter(private_gdoi_joins_t *this, int fd, host_t *group,
				  u_int index)
{
	joined_t *joined;

	if (find(this, group, index, &joined) == -1)
	{
		if (!call(fd, group, index, TRUE))
		{
			return FALSE;
		}
		INIT(joined,
			.group = group->clone(group),
			.index = index,
		);
		array_insert(this->joined, ARRAY_TAIL, joined);
	}
	joined->users++;
	return TRUE;
}

/**
 * Count one user less, the last one leaves
 */
static bool leave(private_gdoi_joins_t *this, int fd, host_t *group,
				  u_int index)
{
	joined_t *joined;
	int i;

	i = find(this, group, index, &joined);
	if (i == -1)
	{
		errno = EADDRNOTAVAIL;
		return FALSE;
	}
	if (--joined->users)
	{
		return TRUE;
	}
	array_remove(this->joined, i, NULL);
	joined_destroy(joined, i, NULL);
	return call(fd, group, index, FALSE);
}

METHOD(gdoi_joins_t, set, bool,
	private_gdoi_joins_t *this, int fd, host_t *group, const char *interface,
	bool join)
{
	u_int index = if_nametoindex(interface);
	bool success;

	/* index 0 would be any interface */
	if (!index)
	{
		errno = ENODEV;
		return FALSE;
	}
	this->mutex->lock(this->mutex);
	success = join ? enter(this, fd, group, index)
				   : leave(this, fd, group, index);
	this->mutex->unlock(this->mutex);
	return success;
}

METHOD(gdoi_joins_t, destroy, void,
	private_gdoi_joins_t *this)
{
	array_destroy_function(this->joined, (void*)joined_destroy, NULL);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
gdoi_joins_t *gdoi_joins_create()
{
	private_gdoi_joins_t *this;

	INIT(this,
		.public = {
			.set = _set,
			.destroy = _destroy,
		},
		.joined = array_create(0, 0),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
