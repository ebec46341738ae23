/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _GNU_SOURCE

#include "freshness_kernel.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "crypto_map.skel.h"
#include "freshness.skel.h"

struct fresh_kernel_t {
	struct crypto_map_bpf *map;
	struct freshness_bpf *fresh;
	cm_ids_t *ids;
	int in, out;
	/** where the programs on our CPU count */
	struct cm_cpu *cpu;
	struct fresh_counts *counts;
	struct ring_buffer *refused;
	struct ring_buffer *oversized;
	/** the last ones, and how many */
	struct fresh_event last_refused;
	struct cm_event last_oversized;
	u_int count;
};

/**
 * What libbpf says is of interest to those only who look for it.
 */
static int be_quiet(enum libbpf_print_level level, const char *fmt,
					va_list args)
{
	return getenv("GDOI_TEST_LIBBPF") ? vfprintf(stderr, fmt, args) : 0;
}

/**
 * Stay on the CPU that we are on.
 */
static int pin_cpu()
{
	int cpu = sched_getcpu();
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) == 0 ? cpu : -1;
}

static int got_refused(void *data, void *event, size_t len)
{
	fresh_kernel_t *this = data;

	this->last_refused = *(struct fresh_event*)event;
	this->count++;
	return 0;
}

static int got_oversized(void *data, void *event, size_t len)
{
	fresh_kernel_t *this = data;

	this->last_oversized = *(struct cm_event*)event;
	this->count++;
	return 0;
}

/**
 * Load the programs of freshness on the maps of the others.
 */
static bool load_fresh(fresh_kernel_t *this)
{
	struct freshness_bpf *fresh = this->fresh;
	struct crypto_map_bpf *map = this->map;

	if (bpf_map__reuse_fd(fresh->maps.jumps, bpf_map__fd(map->maps.jumps)) ||
		bpf_map__reuse_fd(fresh->maps.slots, bpf_map__fd(map->maps.slots)) ||
		bpf_map__reuse_fd(fresh->maps.bss, bpf_map__fd(map->maps.bss)) ||
		bpf_map__reuse_fd(fresh->maps.events, bpf_map__fd(map->maps.events)) ||
		bpf_map__reuse_fd(fresh->maps.pmtus, bpf_map__fd(map->maps.pmtus)))
	{
		return FALSE;
	}
	fresh->rodata->fresh_fixed_clock = 1;
	return freshness_bpf__load(fresh) == 0;
}

/**
 * Set one of the programs to jump to.
 */
static void set_jump(fresh_kernel_t *this, uint32_t jump, int fd)
{
	bpf_map__update_elem(this->map->maps.jumps, &jump, sizeof(jump),
						 &fd, sizeof(fd), BPF_ANY);
}

void fresh_kernel_jumps(fresh_kernel_t *this, bool there)
{
	uint32_t jump;

	if (there)
	{
		set_jump(this, CM_JUMP_STAMP,
				 bpf_program__fd(this->fresh->progs.fresh_stamp));
		set_jump(this, CM_JUMP_SEGMENT,
				 bpf_program__fd(this->fresh->progs.fresh_segment));
		set_jump(this, CM_JUMP_CHECK,
				 bpf_program__fd(this->fresh->progs.fresh_check));
		return;
	}
	for (jump = CM_JUMP_STAMP; jump <= CM_JUMP_CHECK; jump++)
	{
		bpf_map__delete_elem(this->map->maps.jumps, &jump, sizeof(jump), 0);
	}
}

/**
 * Tell the crypto map what it encrypts: all of it.
 */
static void set_config(fresh_kernel_t *this)
{
	struct cm_shared *shared = fresh_kernel_shared(this);
	uint32_t spis[] = { htonl(FRESH_SPI), htonl(PLAIN_SPI) };
	uint32_t sas[] = {
		(1 << FRESH_SA) | CRYPTO_MAP_SPI_STAMPED | CRYPTO_MAP_SPI_ALL_SAS,
		1 << FRESH_SA | 1 << PLAIN_SA,
	};
	crypto_map_line_t line = { .sa = FRESH_SA };
	char *reason = NULL;

	cm_settings_init(shared, this->ids);
	shared->config.xfrm_ifindex = 1;
	shared->config.ifindex = 1;
	if (!group_ace_parse("permit ip any any", &line.ace, &reason) ||
		!cm_settings_acl(shared, &line, 1) ||
		!cm_settings_spis(shared, spis, sas, countof(spis)))
	{
		free(reason);
		return;
	}
	cm_settings_ready(shared, FRESH_SA, TRUE);
	cm_settings_stamped(shared, FRESH_SA, TRUE);
}

/**
 * Load all programs.
 */
static bool load(fresh_kernel_t *this)
{
	this->map = crypto_map_bpf__open();
	this->fresh = freshness_bpf__open();
	if (!this->map || !this->fresh || crypto_map_bpf__load(this->map) ||
		!load_fresh(this))
	{
		return FALSE;
	}
	this->refused = ring_buffer__new(bpf_map__fd(this->fresh->maps.refused),
									 got_refused, this, NULL);
	this->oversized = ring_buffer__new(bpf_map__fd(this->map->maps.events),
									   got_oversized, this, NULL);
	return this->refused && this->oversized;
}

fresh_kernel_t *fresh_kernel_create(const char **reason)
{
	crypto_map_params_t params = { .group = "test", .interface = "test0" };
	fresh_kernel_t *this;
	int cpu = pin_cpu();

	libbpf_set_print(be_quiet);
	INIT(this,
		.ids = cm_ids_create(&params),
	);
	if (cpu < 0 || unshare(CLONE_NEWNET) != 0 || !load(this))
	{
		*reason = strerror(errno);
		fresh_kernel_destroy(this);
		return NULL;
	}
	this->in = bpf_program__fd(this->map->progs.gdoi_ingress);
	this->out = bpf_program__fd(this->map->progs.gdoi_egress);
	this->cpu = &this->map->bss->sh.cpu[cpu & (CM_CPUS - 1)];
	this->counts = &this->fresh->data_fresh->fresh.cpu[cpu & (FRESH_CPUS - 1)]
						.sas[FRESH_SA];
	set_config(this);
	set_jump(this, CM_JUMP_ACCEPT,
			 bpf_program__fd(this->map->progs.gdoi_accept));
	fresh_kernel_jumps(this, TRUE);
	return this;
}

struct cm_shared *fresh_kernel_shared(fresh_kernel_t *this)
{
	return &this->map->bss->sh;
}

struct fresh_shared *fresh_kernel_fresh(fresh_kernel_t *this)
{
	return &this->fresh->data_fresh->fresh;
}

void fresh_kernel_set(fresh_kernel_t *this, const struct fresh_profile *profile)
{
	struct fresh_shared *fresh = fresh_kernel_fresh(this);
	uint32_t next = fresh->current ^ 1 << FRESH_SA;

	fresh->profiles[next >> FRESH_SA & 1][FRESH_SA] = *profile;
	__atomic_store_n(&fresh->current, next, __ATOMIC_RELEASE);
}

void fresh_kernel_set_time(fresh_kernel_t *this, uint64_t boot, uint64_t real)
{
	fresh_kernel_fresh(this)->fixed_ns = boot;
	fresh_kernel_fresh(this)->realtime_offset_ns = (int64_t)(real - boot);
}

bool fresh_kernel_set_mtu(u_int mtu)
{
	struct ifreq req = { .ifr_name = "lo", .ifr_mtu = (int)mtu };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), res;

	res = ioctl(fd, SIOCSIFMTU, &req);
	close(fd);
	return res == 0;
}

/**
 * See what the crypto map has counted.
 */
static int find_stat(const struct cm_cpu *before, const struct cm_cpu *after)
{
	int i, stat = FRESH_NO_STAT;

	for (i = 0; i < CM_STATS; i++)
	{
		if (before->stats[i] != after->stats[i])
		{
			stat = i;
		}
	}
	return stat;
}

/**
 * Run a program.
 */
static bool run(fresh_kernel_t *this, int program, const void *frame,
				size_t len, uint32_t mark, u_int gso, fresh_answer_t *answer)
{
	struct __sk_buff skb = { .mark = mark, .gso_size = gso };
	LIBBPF_OPTS(bpf_test_run_opts, opts,
		.data_in = frame,
		.data_size_in = len,
		.data_out = answer->frame,
		.data_size_out = sizeof(answer->frame),
		.ctx_in = &skb,
		.ctx_size_in = sizeof(skb),
		.ctx_out = &skb,
		.ctx_size_out = sizeof(skb),
		.repeat = 1,
	);
	struct cm_cpu before = *this->cpu;

	memset(this->counts, 0, sizeof(*this->counts));
	if (bpf_prog_test_run_opts(program, &opts))
	{
		return FALSE;
	}
	answer->stat = find_stat(&before, this->cpu);
	answer->counts = *this->counts;
	answer->action = (int)opts.retval;
	answer->mark = skb.mark;
	answer->len = opts.data_size_out;
	return TRUE;
}

bool fresh_kernel_run(fresh_kernel_t *this, bool out, const void *frame,
					  size_t len, uint32_t mark, u_int gso,
					  fresh_answer_t *answer)
{
	return run(this, out ? this->out : this->in, frame, len, mark, gso, answer);
}

bool fresh_kernel_stamp(fresh_kernel_t *this, const void *frame, size_t len,
						uint32_t mark, fresh_answer_t *answer)
{
	return run(this, bpf_program__fd(this->fresh->progs.fresh_stamp), frame,
			   len, mark, 0, answer);
}

u_int fresh_kernel_refused(fresh_kernel_t *this, struct fresh_event *last)
{
	this->count = 0;
	ring_buffer__consume(this->refused);
	*last = this->last_refused;
	return this->count;
}

u_int fresh_kernel_oversized(fresh_kernel_t *this, struct cm_event *last)
{
	this->count = 0;
	ring_buffer__consume(this->oversized);
	*last = this->last_oversized;
	return this->count;
}

void fresh_kernel_destroy(fresh_kernel_t *this)
{
	ring_buffer__free(this->refused);
	ring_buffer__free(this->oversized);
	freshness_bpf__destroy(this->fresh);
	crypto_map_bpf__destroy(this->map);
	cm_ids_destroy(this->ids);
	free(this);
}
