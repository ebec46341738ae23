/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * Giving outbound packets their header.
 *
 * Included by one file only, the programs; nothing here is for user space.
 */

#ifndef FRESH_STAMP_H_
#define FRESH_STAMP_H_

#include "fresh_header.h"
#include "jumps.h"
#include "size.h"
#include "slots.h"

#define ECN_MASK 3
#define ECN_CE 3
#define ECN_ECT0 2

/** longest IP packet without extensions for more */
#define IP_MAX_LEN 65535

/** hop limit of packets between anchors, which never leave with it */
#define ANCHOR_TTL 64

/**
 * Count a packet that does not get its header.
 */
INLINE int not_stamped(struct fresh_counts *counts)
{
	increase(&counts->out_errors);
	return drop(CM_DROP_FRESHNESS);
}

/**
 * ECN of the packet outside (RFC 6040, compatibility with what XFRM does for
 * other packets: congestion is not carried out again).
 */
INLINE __u8 outer_tos(__u8 tos)
{
	return (tos & ECN_MASK) == ECN_CE ? (tos & ~ECN_MASK) | ECN_ECT0 : tos;
}

/**
 * Check if a packet with its header is too big for the link or for what is
 * known of the way, and report it.
 *
 * @param skb		packet without header
 * @param extra		octets of the header
 */
INLINE int too_big(struct __sk_buff *skb, struct packet *p, __u32 sa,
				   __u32 extra)
{
	__u32 ifindex = sh.config.ifindex, path = 0, learned = 0;

	/* on the interface itself the kernel needs no name of it */
	bpf_check_mtu(skb, skb->ifindex == ifindex ? 0 : ifindex, &path, 0, 0);
	if (unlikely(sh.pmtu_floor))
	{
		learned = get_path(p);
	}
	if (learned && (!path || learned < path))
	{
		path = learned;
	}
	return path && exceeds(skb, p, path, sa, extra);
}

/**
 * Add up the words of an IPv4 header without options.
 */
INLINE __u16 header_sum(const struct iphdr *ip)
{
	const __u32 *words = (const __u32*)ip;

	return update_sum(0xffff, 0, (__u64)words[0] + words[1] + words[2] +
									words[3] + words[4]);
}

/**
 * Make room behind the link layer header.
 *
 * @return			FALSE if there is none
 */
INLINE int make_room(struct __sk_buff *skb, __u32 room)
{
	return skb->len - MAC_LEN + room <= IP_MAX_LEN &&
		   !bpf_skb_adjust_room(skb, room, BPF_ADJ_ROOM_MAC, 0);
}

/**
 * Put an IPv4 header between anchors and the freshness header in front of a
 * packet. DF is for later: the XFRM interface would tell senders of anchors,
 * where we have told them already.
 *
 * @return			FALSE if there is no room
 */
INLINE int push4(struct __sk_buff *skb, const struct fresh_profile *profile,
				 struct cm_slot *slot, __u32 extra)
{
	struct {
		struct iphdr ip;
		union fresh_header fresh;
	} new = {};
	struct iphdr *ip;
	__u16 df;
	void *data;

	data = header(skb, MAC_LEN + IP4_LEN);
	if (!data)
	{
		return 0;
	}
	ip = data + MAC_LEN;
	new.ip.version = 4;
	new.ip.ihl = IP4_LEN / 4;
	new.ip.tos = outer_tos(ip->tos);
	df = profile->clear_df ? 0 : ip->frag_off & bpf_htons(IP_DF);
	/* XFRM sees no DF and may make fragments */
	new.ip.id = bpf_get_prandom_u32();
	new.ip.ttl = ANCHOR_TTL;
	new.ip.protocol = profile->protocol;
	new.ip.saddr = sh.config.local4;
	new.ip.daddr = sh.config.remote4;
	new.ip.tot_len = bpf_htons(skb->len - MAC_LEN + IP4_LEN + extra);
	new.ip.check = header_sum(&new.ip);
	write_header(profile, IPPROTO_IPIP, &new.fresh);
	slot->df = df;
	if (!make_room(skb, IP4_LEN + extra))
	{
		return 0;
	}
	if (extra == FRESH_HEADER_LONG)
	{
		return !bpf_skb_store_bytes(skb, MAC_LEN, &new,
									IP4_LEN + FRESH_HEADER_LONG, 0);
	}
	return !bpf_skb_store_bytes(skb, MAC_LEN, &new, IP4_LEN + FRESH_HEADER, 0);
}

/**
 * The same for IPv6, whose flow label goes outside too.
 *
 * @return			FALSE if there is no room
 */
INLINE int push6(struct __sk_buff *skb, const struct fresh_profile *profile,
				 __u32 extra)
{
	struct {
		struct ipv6hdr ip;
		union fresh_header fresh;
	} new = {};
	__u32 *words = (__u32*)&new.ip, class;
	void *data;

	data = header(skb, MAC_LEN + IP6_LEN);
	if (!data)
	{
		return 0;
	}
	words[0] = *(__u32*)(data + MAC_LEN);
	class = bpf_ntohl(words[0]) >> 20 & 0xff;
	words[0] ^= bpf_htonl((class ^ outer_tos(class)) << 20);
	new.ip.payload_len = bpf_htons(skb->len - MAC_LEN + extra);
	new.ip.nexthdr = profile->protocol;
	new.ip.hop_limit = ANCHOR_TTL;
	copy_addr((__u32*)&new.ip.saddr, sh.config.local6);
	copy_addr((__u32*)&new.ip.daddr, sh.config.remote6);
	write_header(profile, IPPROTO_IPV6, &new.fresh);
	if (!make_room(skb, IP6_LEN + extra))
	{
		return 0;
	}
	if (extra == FRESH_HEADER_LONG)
	{
		return !bpf_skb_store_bytes(skb, MAC_LEN, &new,
									IP6_LEN + FRESH_HEADER_LONG, 0);
	}
	return !bpf_skb_store_bytes(skb, MAC_LEN, &new, IP6_LEN + FRESH_HEADER, 0);
}

#endif /** FRESH_STAMP_H_ */
