/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _GNU_SOURCE

#include "classifier_kernel.h"

#include <errno.h>
#include <sched.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "crypto_map.skel.h"

struct kernel_t {
	struct crypto_map_bpf *skel;
	cm_ids_t *ids;
	int in, out;
	/** where the programs on our CPU count */
	struct cm_cpu *cpu;
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

kernel_t *kernel_create(const char **reason)
{
	crypto_map_params_t params = { .group = "test", .interface = "test0" };
	struct crypto_map_bpf *skel;
	int cpu = pin_cpu();
	kernel_t *this;

	libbpf_set_print(be_quiet);
	skel = cpu < 0 ? NULL : crypto_map_bpf__open();
	if (!skel || crypto_map_bpf__load(skel))
	{
		*reason = strerror(errno);
		crypto_map_bpf__destroy(skel);
		return NULL;
	}
	INIT(this,
		.skel = skel,
		.ids = cm_ids_create(&params),
		.in = bpf_program__fd(skel->progs.gdoi_ingress),
		.out = bpf_program__fd(skel->progs.gdoi_egress),
		.cpu = &skel->bss->sh.cpu[cpu & (CM_CPUS - 1)],
	);
	cm_settings_init(&skel->bss->sh, this->ids);
	/* redirects are not followed here */
	skel->bss->sh.config.xfrm_ifindex = 1;
	return this;
}

struct cm_shared *kernel_shared(kernel_t *this)
{
	return &this->skel->bss->sh;
}

cm_ids_t *kernel_ids(kernel_t *this)
{
	return this->ids;
}

/**
 * See what was counted.
 */
static void compare(const struct cm_cpu *before, const struct cm_cpu *after,
					kernel_answer_t *answer)
{
	int i;

	answer->stat = KERNEL_NO_STAT;
	for (i = 0; i < CM_STATS; i++)
	{
		if (i != CM_CACHED && before->stats[i] != after->stats[i])
		{
			answer->stat = i;
		}
	}
	answer->cached = before->stats[CM_CACHED] != after->stats[CM_CACHED];
}

bool kernel_run(kernel_t *this, bool out, const void *frame, size_t len,
				uint32_t mark, u_int repeat, kernel_answer_t *answer)
{
	struct __sk_buff skb = { .mark = mark };
	LIBBPF_OPTS(bpf_test_run_opts, opts,
		.data_in = frame,
		.data_size_in = len,
		.data_out = answer->frame,
		.data_size_out = sizeof(answer->frame),
		.ctx_in = &skb,
		.ctx_size_in = sizeof(skb),
		.ctx_out = &skb,
		.ctx_size_out = sizeof(skb),
		.repeat = repeat,
	);
	struct cm_cpu before = *this->cpu;

	if (bpf_prog_test_run_opts(out ? this->out : this->in, &opts))
	{
		return FALSE;
	}
	compare(&before, this->cpu, answer);
	answer->action = (int)opts.retval;
	answer->mark = skb.mark;
	answer->nanoseconds = opts.duration;
	return TRUE;
}

void kernel_destroy(kernel_t *this)
{
	crypto_map_bpf__destroy(this->skel);
	cm_ids_destroy(this->ids);
	free(this);
}
