/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * Packets that are too big once they are encrypted.
 */

#ifndef SIZE_H_
#define SIZE_H_

#include "packet.h"

/** path MTUs by destination; bounded, the least used go first */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32[4]);
	__type(value, struct cm_pmtu);
} pmtus SEC(".maps");

/** events for user space; when full, events are lost */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} events SEC(".maps");

/**
 * Hand a packet that is too big to user space, which answers with ICMP.
 */
NOINLINE int report_size(struct __sk_buff *skb, __u32 mtu)
{
	struct cm_event *event;
	__u32 len = skb->len;

	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event)
	{
		return 0;
	}
	len = len > MAC_LEN + CM_EVENT_DATA ? CM_EVENT_DATA : len - MAC_LEN;
	event->mtu = mtu;
	event->len = len;
	if (len < IP4_LEN || len > CM_EVENT_DATA ||
		bpf_skb_load_bytes(skb, MAC_LEN, event->data, len))
	{
		bpf_ringbuf_discard(event, 0);
		return 0;
	}
	bpf_ringbuf_submit(event, 0);
	return 1;
}

/**
 * Get the length of an IP packet: if it is to be segmented, that of a segment.
 *
 * @return			octets, 0 if it can't be found out
 */
INLINE __u32 sent_len(struct __sk_buff *skb, const struct packet *p)
{
	__u32 hlen = 8;
	__u8 offset;

	if (!skb->gso_size)
	{
		return p->len;
	}
	if (p->protocol == IPPROTO_TCP)
	{
		if (bpf_skb_load_bytes(skb, p->l4 + 12, &offset, 1))
		{
			return 0;
		}
		hlen = (offset >> 4) * 4;
	}
	return p->l4 - MAC_LEN + hlen + skb->gso_size;
}

/**
 * Check if a packet is too big for a way, and report it if so.
 *
 * @param path		octets that the way takes
 * @param extra		octets of a freshness header, or 0
 * @return			TRUE if it must not be sent
 */
NOINLINE int exceeds(struct __sk_buff *skb, struct packet *p, __u32 path,
					 __u32 sa, __u32 extra)
{
	__u32 mtu, len;

	if (!p)
	{
		return 0;
	}
	len = sent_len(skb, p);
	mtu = cm_inner_mtu(path, p->family == AF_INET ? IP4_LEN : IP6_LEN,
					   &sh.config.esp[sa & (CM_SAS - 1)]);
	if (mtu <= extra || len <= mtu - extra)
	{
		return 0;
	}
	mtu -= extra;
	if (p->family == AF_INET6 && mtu < CM_PMTU_MIN6)
	{	/* what is no longer than that always has to get through */
		if (!extra || len <= CM_PMTU_MIN6)
		{
			return 0;
		}
		mtu = CM_PMTU_MIN6;
	}
	report_size(skb, mtu);
	return 1;
}

/**
 * Get what was learned from the core about the way to a destination.
 *
 * @return			octets, 0 if nothing
 */
NOINLINE __u32 get_path(const struct packet *p)
{
	__u32 key[4] = { 0 };
	struct cm_pmtu *pmtu;

	if (!p)
	{
		return 0;
	}
	if (p->family == AF_INET)
	{
		key[2] = bpf_htonl(0xffff);
		key[3] = p->daddr[0];
	}
	else
	{
		copy_addr(key, p->daddr);
	}
	pmtu = bpf_map_lookup_elem(&pmtus, key);
	return pmtu && pmtu->expires >= bpf_ktime_get_ns() ? pmtu->mtu : 0;
}

/**
 * Check a packet against what was learned from the core about the way to its
 * destination. What is too big for the first link already is left to the XFRM
 * interface, which knows.
 *
 * @return			TRUE if it must not be sent
 */
INLINE int exceeds_path(struct __sk_buff *skb, struct packet *p, __u32 sa)
{
	__u32 path = get_path(p);

	return path && exceeds(skb, p, path, sa, 0);
}

#endif /** SIZE_H_ */
