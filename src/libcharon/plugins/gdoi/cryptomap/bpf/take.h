/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * Slots for packets that begin their way through XFRM.
 */

#ifndef TAKE_H_
#define TAKE_H_

#include "slots.h"

/** log2 of the slots per CPU and CPUs that have their own; set before load:
 *  a slot's index is CPU << slot_shift | n */
const volatile __u32 slot_shift = 10;
const volatile __u32 slot_cpus = 1;

/** TRUE if there are more CPUs than that */
const volatile __u32 slot_shared = 0;

/**
 * Take a slot and give it a tag, which becomes the packet's mark.
 */
INLINE struct cm_slot *take_slot(__u32 magic)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct cm_slot *slot;
	__u32 n, index, *next;

	cpu &= slot_cpus - 1;
	next = &sh.cpu[cpu & (CM_CPUS - 1)].next;
	n = slot_shared ? __sync_fetch_and_add(next, 1) : (*next)++;
	index = cpu << slot_shift;
	index |= n & ((1u << slot_shift) - 1);
	index &= CM_SLOT_MASK;
	slot = bpf_map_lookup_elem(&slots, &index);
	if (slot)
	{
		slot->tag = magic | index |
			((n >> slot_shift) & CM_MARK_GEN_MASK) << CM_MARK_GEN_SHIFT;
	}
	return slot;
}

#endif /** TAKE_H_ */
