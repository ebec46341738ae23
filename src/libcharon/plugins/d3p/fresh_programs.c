/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fresh_programs.h"
#include "fresh_merge.h"
#include "fresh_release.h"
#include "fresh_segments.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "freshness.skel.h"

typedef struct private_fresh_programs_t private_fresh_programs_t;

/**
 * Private data of a fresh_programs_t object.
 */
struct private_fresh_programs_t {

	/**
	 * Public interface.
	 */
	fresh_programs_t public;

	/**
	 * Programs and maps.
	 */
	struct freshness_bpf *skel;

	/**
	 * Events, NULL if nobody wants them.
	 */
	struct ring_buffer *events;

	/**
	 * Receives events, and its argument.
	 */
	fresh_programs_cb_t cb;
	void *user;

	/**
	 * Number of the crypto map, and TRUE if it has its devices.
	 */
	u_int index;
	bool devices;
};

/**
 * Send libbpf's messages to our log. What we expect to fail is quiet.
 */
static int print_libbpf(enum libbpf_print_level level, const char *fmt,
						va_list args)
{
	char buf[512];
	int len;

	len = vsnprintf(buf, sizeof(buf), fmt, args);
	if (len > 0)
	{
		buf[strcspn(buf, "\n")] = '\0';
		DBG3(DBG_KNL, "%s", buf);
	}
	return 0;
}

METHOD(fresh_programs_t, get_shared, struct fresh_shared*,
	private_fresh_programs_t *this)
{
	return &this->skel->data_fresh->fresh;
}

METHOD(fresh_programs_t, get_program, int,
	private_fresh_programs_t *this, enum cm_jump jump)
{
	switch (jump)
	{
		case CM_JUMP_STAMP:
			return bpf_program__fd(this->skel->progs.fresh_stamp);
		case CM_JUMP_SEGMENT:
			return bpf_program__fd(this->skel->progs.fresh_segment);
		case CM_JUMP_CHECK:
			return bpf_program__fd(this->skel->progs.fresh_check);
		default:
			return -1;
	}
}

/**
 * Make the crypto map's programs jump to one of ours.
 *
 * @return			0 or an errno
 */
static int set_jump(private_fresh_programs_t *this, enum cm_jump jump)
{
	uint32_t key = jump;
	int fd = get_program(this, jump);

	return -bpf_map__update_elem(this->skel->maps.jumps, &key, sizeof(key),
								 &fd, sizeof(fd), BPF_ANY);
}

/**
 * Let the crypto map's programs jump to ours no more.
 */
static void clear_jump(private_fresh_programs_t *this, enum cm_jump jump)
{
	uint32_t key = jump;

	bpf_map__delete_elem(this->skel->maps.jumps, &key, sizeof(key), 0);
}

/**
 * Hand an event over, if it is one.
 */
static int handle_event(void *data, void *event, size_t len)
{
	private_fresh_programs_t *this = data;

	if (len >= sizeof(struct fresh_event))
	{
		this->cb(this->user, event);
	}
	return 0;
}

/**
 * The watcher says that there are events.
 */
static bool read_events(private_fresh_programs_t *this, int fd,
						watcher_event_t event)
{
	ring_buffer__consume(this->events);
	return TRUE;
}

/**
 * Watch for events.
 */
static bool watch_events(private_fresh_programs_t *this)
{
	this->events = ring_buffer__new(bpf_map__fd(this->skel->maps.refused),
									handle_event, this, NULL);
	if (!this->events)
	{
		return FALSE;
	}
	lib->watcher->add(lib->watcher, ring_buffer__epoll_fd(this->events),
					  WATCHER_READ, (watcher_cb_t)read_events, this);
	return TRUE;
}

METHOD(fresh_programs_t, destroy, void,
	private_fresh_programs_t *this, bool keep)
{
	if (!keep)
	{
		clear_jump(this, CM_JUMP_STAMP);
		clear_jump(this, CM_JUMP_SEGMENT);
		clear_jump(this, CM_JUMP_CHECK);
	}
	if (!keep && this->devices)
	{
		fresh_segments_down(this->index);
		fresh_merge_down(this->index);
	}
	if (this->events)
	{
		lib->watcher->remove(lib->watcher,
							 ring_buffer__epoll_fd(this->events));
		ring_buffer__free(this->events);
	}
	freshness_bpf__destroy(this->skel);
	free(this);
}

/**
 * Let segments be merged again, which only makes things faster, unless the
 * administrator wants firewall rules to see that packets were decrypted.
 */
static void set_up_merging(private_fresh_programs_t *this)
{
	int fd = bpf_program__fd(this->skel->progs.fresh_merged);
	u_int ifindex = 0;
	int err;

	get_shared(this)->merge = 0;
	if (!lib->settings->get_bool(lib->settings, "%s.plugins.d3p.merge", TRUE,
								 lib->ns))
	{	/* those of a process that died before this was set */
		fresh_merge_down(this->index);
		return;
	}
	err = fresh_merge_up(this->index, fd, &ifindex);
	if (err)
	{
		DBG1(DBG_KNL, "segments of TCP that have freshness headers are not "
			 "merged: %s", strerror(err));
		return;
	}
	get_shared(this)->merge = ifindex;
}

/**
 * Let large packets be cut into segments, and segments be merged again. And
 * let IPv6 packets out that are as large as they may be, where the route that
 * they came by has an MTU of its own.
 *
 * @param xfrm		index of the XFRM interface
 * @return			0 or an errno
 */
static int set_up_devices(private_fresh_programs_t *this, u_int xfrm)
{
	u_int ifindex = 0;
	int err;

	err = fresh_segments_up(this->index, get_program(this, CM_JUMP_STAMP),
							&ifindex);
	if (err)
	{
		return err;
	}
	this->devices = TRUE;
	get_shared(this)->segments = ifindex;
	set_up_merging(this);
	err = fresh_release_up(xfrm);
	if (err)
	{
		DBG1(DBG_KNL, "large IPv6 packets with freshness headers are lost "
			 "where routes have MTUs: %s", strerror(err));
	}
	return 0;
}

/**
 * Load the programs, on the maps of a crypto map.
 *
 * @return			0 or an errno
 */
static int load(struct freshness_bpf *skel, const freshness_place_t *place)
{
	struct {
		struct bpf_map *map;
		int fd;
	} shared[] = {
		{ skel->maps.jumps, place->jumps },
		{ skel->maps.slots, place->slots },
		{ skel->maps.bss, place->bss },
		{ skel->maps.events, place->events },
		{ skel->maps.pmtus, place->pmtus },
	};
	int i, err;

	for (i = 0; i < countof(shared); i++)
	{
		err = bpf_map__reuse_fd(shared[i].map, shared[i].fd);
		if (err)
		{
			return -err;
		}
	}
	skel->rodata->fresh_cpus_shared = libbpf_num_possible_cpus() > FRESH_CPUS;
	return -freshness_bpf__load(skel);
}

fresh_programs_t *fresh_programs_create(const freshness_place_t *place,
										fresh_programs_cb_t cb, void *user,
										int *err)
{
	private_fresh_programs_t *this;
	struct freshness_bpf *skel;

	libbpf_set_print(print_libbpf);
	skel = freshness_bpf__open();
	if (!skel)
	{
		*err = errno;
		return NULL;
	}
	*err = load(skel, place);
	if (*err)
	{
		freshness_bpf__destroy(skel);
		return NULL;
	}
	INIT(this,
		.public = {
			.get_shared = _get_shared,
			.get_program = _get_program,
			.destroy = _destroy,
		},
		.skel = skel,
		.cb = cb,
		.user = user,
		.index = place->index,
	);
	if (cb && !watch_events(this))
	{
		*err = ENOMEM;
		destroy(this, FALSE);
		return NULL;
	}
	*err = set_up_devices(this, place->xfrm_ifindex) ?:
		   set_jump(this, CM_JUMP_SEGMENT) ?: set_jump(this, CM_JUMP_STAMP) ?:
		   set_jump(this, CM_JUMP_CHECK);
	if (*err)
	{
		destroy(this, FALSE);
		return NULL;
	}
	return &this->public;
}
