/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * Jumps between the programs of a crypto map and those of freshness.
 */

#ifndef JUMPS_H_
#define JUMPS_H_

#include "packet.h"

/** programs by enum cm_jump; the kernel empties it when nobody holds it open
 *  and it is not pinned */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, CM_JUMPS);
	__type(key, __u32);
	__type(value, __u32);
} jumps SEC(".maps");

/**
 * Go on in another program, with the packet as it is. If that is not there,
 * freshness can't be had, and without it the packet goes no further.
 */
INLINE int jump(struct __sk_buff *skb, __u32 to)
{
	bpf_tail_call(skb, &jumps, to);
	return drop(CM_DROP_FRESHNESS);
}

#endif /** JUMPS_H_ */
