/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * Waiting for BPF programs that may still read what user space has replaced,
 * so that its memory can be written again. For the crypto map and for plugins
 * that add programs to it.
 *
 * @defgroup cm_wait cm_wait
 * @{ @ingroup gdoi
 */

#ifndef CM_WAIT_H_
#define CM_WAIT_H_

#ifndef _GNU_SOURCE
#error cm_wait.h needs _GNU_SOURCE
#endif

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/membarrier.h>

/**
 * Run on every CPU that lets us, one after the other: none of them is in the
 * program any more that it may have been in when we began.
 */
static inline void cm_wait_visit_cpus()
{
	cpu_set_t all, one;
	int cpu;

	if (sched_getaffinity(0, sizeof(all), &all) == 0)
	{
		for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		{
			CPU_ZERO(&one);
			CPU_SET(cpu, &one);
			sched_setaffinity(0, sizeof(one), &one);
		}
		sched_setaffinity(0, sizeof(all), &all);
	}
}

/**
 * Wait until no program uses what was replaced before: the kernel does that
 * by waiting for all CPUs to leave their read sides, which takes some
 * milliseconds. It refuses to where some CPUs have no clock ticks (nohz_full).
 */
static inline void cm_wait_for_programs()
{
	if (syscall(__NR_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) != 0)
	{
		cm_wait_visit_cpus();
	}
}

#endif /** CM_WAIT_H_ @}*/
