/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * What a packet leaves behind on its way through XFRM, by its mark.
 */

#ifndef SLOTS_H_
#define SLOTS_H_

#include "packet.h"

/** log2 of the slots per CPU and CPUs that have their own; set before load */
const volatile __u32 slot_shift = 10;
const volatile __u32 slot_cpus = 1;

/** TRUE if there are more CPUs than that */
const volatile __u32 slot_shared = 0;

/** slots, the index is CPU << slot_shift | n; sized before load */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct cm_slot);
} slots SEC(".maps");

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

/**
 * Get the slot that a mark names, unless it was given to somebody else since.
 */
INLINE struct cm_slot *get_slot(__u32 mark)
{
	__u32 index = mark & CM_SLOT_MASK;
	struct cm_slot *slot;

	slot = bpf_map_lookup_elem(&slots, &index);
	return slot && slot->tag == mark ? slot : NULL;
}

#endif /** SLOTS_H_ */
