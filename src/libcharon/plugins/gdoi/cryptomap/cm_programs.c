/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _GNU_SOURCE

#include "cm_programs.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <libmnl/libmnl.h>

#include "crypto_map.skel.h"

/** where our filters are, among those that others may have */
#define FILTER_HANDLE 1
#define FILTER_PRIORITY 0x6d

/** folder for pins, and one for network namespaces' identity */
#define PIN_DIR "/sys/fs/bpf/gdoi"

/** what the name of the pinned jump table ends with */
#define PIN_JUMPS "-jumps"
#define NETNS "/proc/self/ns/net"

/** log2 of the slots that a CPU gets on small and on large machines: more
 *  packets than XFRM's queue holds */
#define SLOT_SHIFT_SMALL 12
#define SLOT_SHIFT_LARGE 10

/** CPUs up to which a machine is small */
#define SMALL_CPUS 32

typedef struct private_cm_programs_t private_cm_programs_t;

/**
 * Private data of a cm_programs_t object.
 */
struct private_cm_programs_t {

	/**
	 * Public interface.
	 */
	cm_programs_t public;

	/**
	 * Programs and maps.
	 */
	struct crypto_map_bpf *skel;

	/**
	 * Events, NULL if nobody wants them.
	 */
	struct ring_buffer *events;

	/**
	 * Receives events, and its argument.
	 */
	cm_programs_cb_t cb;
	void *user;

	/**
	 * Interface attached to, 0 if none.
	 */
	u_int ifindex;

	/**
	 * Path of the pinned memory, NULL if there is none; that of the jump table
	 * begins with it.
	 */
	char *pin;
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

/**
 * Describe where our program is or goes.
 */
static void describe(struct bpf_tc_hook *hook, struct bpf_tc_opts *opts,
					 u_int ifindex, enum bpf_tc_attach_point point,
					 u_int priority)
{
	*hook = (struct bpf_tc_hook){
		.sz = sizeof(*hook),
		.ifindex = ifindex,
		.attach_point = point,
	};
	*opts = (struct bpf_tc_opts){
		.sz = sizeof(*opts),
		.handle = FILTER_HANDLE,
		.priority = priority,
	};
}

/**
 * Name of the pin: one network namespace may have what the next one has too.
 */
static char *pin_path(const char *name)
{
	struct stat st;
	char *path;

	if (stat(NETNS, &st) != 0 ||
		asprintf(&path, PIN_DIR "/%s-%lu", name, (u_long)st.st_ino) < 0)
	{
		return NULL;
	}
	return path;
}

/**
 * Remove the pins whose path is or begins so. What is pinned is gone then, if
 * nobody else uses it.
 */
static void unpin(const char *path)
{
	char *jumps;

	unlink(path);
	if (asprintf(&jumps, "%s" PIN_JUMPS, path) >= 0)
	{
		unlink(jumps);
		free(jumps);
	}
}

/**
 * Pin the jump table: the kernel empties it once nobody holds it open or has
 * it pinned, and freshness should outlive us as encryption does.
 */
static void pin_jumps(private_cm_programs_t *this)
{
	char *path;

	if (asprintf(&path, "%s" PIN_JUMPS, this->pin) >= 0)
	{
		if (bpf_map__pin(this->skel->maps.jumps, path) != 0)
		{
			DBG1(DBG_KNL, "pinning '%s' failed: %s", path, strerror(errno));
		}
		free(path);
	}
}

/**
 * Pin what outlives us and what tools look at. Without a BPF file system there
 * is nothing to see, and packets that need freshness are dropped without us.
 */
static void pin_maps(private_cm_programs_t *this, const char *name)
{
	mkdir(PIN_DIR, 0700);
	this->pin = pin_path(name);
	if (this->pin)
	{
		unpin(this->pin);
		if (bpf_map__pin(this->skel->maps.bss, this->pin) != 0)
		{
			DBG2(DBG_KNL, "no BPF file system to pin '%s' in", this->pin);
			free(this->pin);
			this->pin = NULL;
			return;
		}
		pin_jumps(this);
	}
}

METHOD(cm_programs_t, get_shared, struct cm_shared*,
	private_cm_programs_t *this)
{
	return &this->skel->bss->sh;
}

METHOD(cm_programs_t, get_fds, void,
	private_cm_programs_t *this, freshness_place_t *place)
{
	place->jumps = bpf_map__fd(this->skel->maps.jumps);
	place->slots = bpf_map__fd(this->skel->maps.slots);
	place->bss = bpf_map__fd(this->skel->maps.bss);
	place->events = bpf_map__fd(this->skel->maps.events);
	place->pmtus = bpf_map__fd(this->skel->maps.pmtus);
	place->shared = get_shared(this);
}

/**
 * Attach one program.
 */
static int attach_program(private_cm_programs_t *this, u_int ifindex,
						  enum bpf_tc_attach_point point, u_int priority,
						  struct bpf_program *program)
{
	struct bpf_tc_hook hook;
	struct bpf_tc_opts opts;
	int err;

	describe(&hook, &opts, ifindex, point, priority);
	err = bpf_tc_hook_create(&hook);
	if (err && err != -EEXIST)
	{
		return -err;
	}
	opts.prog_fd = bpf_program__fd(program);
	opts.flags = BPF_TC_F_REPLACE;
	return -bpf_tc_attach(&hook, &opts);
}

void cm_programs_prepare(u_int ifindex)
{
	struct bpf_tc_hook hook = {
		.sz = sizeof(hook),
		.ifindex = ifindex,
		.attach_point = BPF_TC_EGRESS,
	};

	/* where this fails, attaching programs does too and says so */
	bpf_tc_hook_create(&hook);
}

METHOD(cm_programs_t, attach, int,
	private_cm_programs_t *this, u_int ifindex, const char *pin)
{
	int err;

	err = attach_program(this, ifindex, BPF_TC_INGRESS, FILTER_PRIORITY,
						 this->skel->progs.gdoi_ingress);
	if (!err)
	{
		err = attach_program(this, ifindex, BPF_TC_EGRESS, FILTER_PRIORITY,
							 this->skel->progs.gdoi_egress);
	}
	if (err)
	{
		cm_programs_purge(ifindex, pin);
		return err;
	}
	this->ifindex = ifindex;
	pin_maps(this, pin);
	return 0;
}

METHOD(cm_programs_t, attach_vrf, int,
	private_cm_programs_t *this, u_int vrf, u_int index)
{
	return attach_program(this, vrf, BPF_TC_INGRESS, FILTER_PRIORITY + index,
						  this->skel->progs.gdoi_vrf);
}

METHOD(cm_programs_t, detach, void,
	private_cm_programs_t *this)
{
	if (this->ifindex)
	{
		cm_programs_purge(this->ifindex, NULL);
		this->ifindex = 0;
	}
	if (this->pin)
	{
		unpin(this->pin);
		rmdir(PIN_DIR);
	}
}

/**
 * Hand an event over, if it is one.
 */
static int handle_event(void *data, void *event, size_t len)
{
	private_cm_programs_t *this = data;

	if (len >= sizeof(struct cm_event))
	{
		this->cb(this->user, event);
	}
	return 0;
}

/**
 * The watcher says that there are events.
 */
static bool read_events(private_cm_programs_t *this, int fd,
						watcher_event_t event)
{
	ring_buffer__consume(this->events);
	return TRUE;
}

/**
 * Watch for events.
 */
static bool watch_events(private_cm_programs_t *this)
{
	this->events = ring_buffer__new(bpf_map__fd(this->skel->maps.events),
									handle_event, this, NULL);
	if (!this->events)
	{
		return FALSE;
	}
	lib->watcher->add(lib->watcher, ring_buffer__epoll_fd(this->events),
					  WATCHER_READ, (watcher_cb_t)read_events, this);
	return TRUE;
}

METHOD(cm_programs_t, destroy, void,
	private_cm_programs_t *this)
{
	if (this->events)
	{
		lib->watcher->remove(lib->watcher,
							 ring_buffer__epoll_fd(this->events));
		ring_buffer__free(this->events);
	}
	crypto_map_bpf__destroy(this->skel);
	free(this->pin);
	free(this);
}

/**
 * Size the slots for this machine.
 */
static void size_slots(struct crypto_map_bpf *skel)
{
	int possible = libbpf_num_possible_cpus();
	uint32_t cpus = 1, shift;

	while (cpus < (uint32_t)max(possible, 1) &&
		   cpus < 1u << (CM_SLOT_BITS - SLOT_SHIFT_LARGE))
	{
		cpus <<= 1;
	}
	shift = cpus <= SMALL_CPUS ? SLOT_SHIFT_SMALL : SLOT_SHIFT_LARGE;
	skel->rodata->slot_cpus = cpus;
	skel->rodata->slot_shared = possible > (int)cpus;
	skel->rodata->slot_shift = shift;
	bpf_map__set_max_entries(skel->maps.slots, cpus << shift);
}

/**
 * Load programs and maps.
 *
 * @return			0 or an errno
 */
static int load(struct crypto_map_bpf *skel)
{
	uint32_t accept = CM_JUMP_ACCEPT;
	int err, fd;

	size_slots(skel);
	err = crypto_map_bpf__load(skel);
	if (!err)
	{
		fd = bpf_program__fd(skel->progs.gdoi_accept);
		err = bpf_map__update_elem(skel->maps.jumps, &accept, sizeof(accept),
								   &fd, sizeof(fd), BPF_ANY);
	}
	return -err;
}

cm_programs_t *cm_programs_create(cm_programs_cb_t cb, void *user, int *err)
{
	private_cm_programs_t *this;
	struct crypto_map_bpf *skel;

	libbpf_set_print(print_libbpf);
	skel = crypto_map_bpf__open();
	if (!skel)
	{
		*err = errno;
		return NULL;
	}
	*err = load(skel);
	if (*err)
	{
		crypto_map_bpf__destroy(skel);
		return NULL;
	}
	INIT(this,
		.public = {
			.get_shared = _get_shared,
			.get_fds = _get_fds,
			.attach = _attach,
			.attach_vrf = _attach_vrf,
			.detach = _detach,
			.destroy = _destroy,
		},
		.skel = skel,
		.cb = cb,
		.user = user,
	);
	if (cb && !watch_events(this))
	{
		*err = ENOMEM;
		destroy(this);
		return NULL;
	}
	return &this->public;
}

/**
 * Somebody has a filter.
 */
static int count_filters_cb(const struct nlmsghdr *msg, void *data)
{
	u_int *count = data;

	(*count)++;
	return MNL_CB_OK;
}

/**
 * Count the filters of an interface in one direction.
 *
 * @return			number; more than 0 if it can't be found out
 */
static u_int count_filters(u_int ifindex, uint32_t parent)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct mnl_socket *sock;
	struct nlmsghdr *msg;
	struct tcmsg *tc;
	u_int count = 0;
	int len, res = MNL_CB_ERROR;

	msg = mnl_nlmsg_put_header(buf);
	msg->nlmsg_type = RTM_GETTFILTER;
	msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	tc = mnl_nlmsg_put_extra_header(msg, sizeof(*tc));
	tc->tcm_family = AF_UNSPEC;
	tc->tcm_ifindex = ifindex;
	tc->tcm_parent = parent;
	sock = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!sock)
	{
		return 1;
	}
	if (mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) == 0 &&
		mnl_socket_sendto(sock, msg, msg->nlmsg_len) > 0)
	{
		do
		{
			len = mnl_socket_recvfrom(sock, buf, sizeof(buf));
			res = len <= 0 ? MNL_CB_ERROR
						   : mnl_cb_run(buf, len, 0, 0, count_filters_cb,
										&count);
		}
		while (res > MNL_CB_STOP);
	}
	mnl_socket_close(sock);
	return res == MNL_CB_ERROR ? 1 : count;
}

/**
 * Remove one of our filters, and the queueing discipline if it was the last.
 */
static void purge_point(u_int ifindex, enum bpf_tc_attach_point point,
						u_int priority)
{
	struct bpf_tc_hook hook;
	struct bpf_tc_opts opts;

	libbpf_set_print(print_libbpf);
	describe(&hook, &opts, ifindex, point, priority);
	bpf_tc_detach(&hook, &opts);
	if (!count_filters(ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)) &&
		!count_filters(ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)))
	{
		describe(&hook, &opts, ifindex, BPF_TC_INGRESS | BPF_TC_EGRESS,
				 priority);
		bpf_tc_hook_destroy(&hook);
	}
}

void cm_programs_purge(u_int ifindex, const char *pin)
{
	char *path;

	purge_point(ifindex, BPF_TC_EGRESS, FILTER_PRIORITY);
	purge_point(ifindex, BPF_TC_INGRESS, FILTER_PRIORITY);
	path = pin ? pin_path(pin) : NULL;
	if (path)
	{
		unpin(path);
		free(path);
		rmdir(PIN_DIR);
	}
}

void cm_programs_purge_vrf(u_int vrf, u_int index)
{
	purge_point(vrf, BPF_TC_INGRESS, FILTER_PRIORITY + index);
}
