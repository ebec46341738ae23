/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * What a packet leaves behind on its way through XFRM, by its mark.
 */

#ifndef SLOTS_H_
#define SLOTS_H_

#include "packet.h"

/** slots, by the index in marks; sized before load */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct cm_slot);
} slots SEC(".maps");

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

/**
 * Get the slot of an inbound packet, if it needs a freshness header.
 */
INLINE struct cm_slot *get_fresh_slot(__u32 mark)
{
	struct cm_slot *slot = NULL;

	if ((mark & CM_MARK_MAGIC) == CM_MARK_IN)
	{
		slot = get_slot(mark);
	}
	return slot && slot->fresh ? slot : NULL;
}

#endif /** SLOTS_H_ */
