/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * Reading the headers of inbound packets, and taking them off.
 *
 * Included by one file only, the programs; nothing here is for user space.
 */

#ifndef FRESH_CHECK_H_
#define FRESH_CHECK_H_

#include "fresh_header.h"
#include "slots.h"

#define ECN_MASK 3
#define ECN_CE 3

/**
 * An inbound packet.
 */
struct inbound {
	__u32 sa;
	/** octets of the IP header outside */
	__u32 outer;
	/** octets of the freshness header */
	__u32 len;
	/** octets of the IP header inside, at least, and its version */
	__u32 inner;
	__u8 version;
	/** what the freshness header must say to follow */
	__u8 next;
	/** traffic class outside */
	__u8 tos;
	struct fresh_times times;
};

/**
 * Tell user space about a packet that is refused.
 */
NOINLINE int report_refused(const struct inbound *in, struct cm_slot *slot,
							__u32 kind)
{
	const struct fresh_profile *profile;
	struct fresh_event *event;

	if (!in || !slot || !may_report(in->sa, in->times.boot))
	{
		return 0;
	}
	event = bpf_ringbuf_reserve(&refused, sizeof(*event), 0);
	if (!event)
	{
		return 0;
	}
	profile = get_profile(in->sa);
	event->sa = in->sa;
	event->method = profile->method;
	event->kind = kind;
	event->family = slot->family;
	copy_addr(event->saddr, slot->saddr);
	event->real_ns = get_real_time(in->times.boot);
	event->mine_ms = get_own_time(profile, in->times.boot);
	event->theirs_ms = in->times.theirs;
	event->allowed_ms = profile->allowed_ms;
	event->pad = 0;
	bpf_ringbuf_submit(event, 0);
	return 1;
}

/**
 * Look for the IPv4 header that XFRM has put in front: from anchor to anchor,
 * without options, and with the protocol of the freshness header.
 *
 * @return			0, or the kind of error + 1
 */
INLINE int find4(struct __sk_buff *skb, const struct fresh_profile *profile,
				 struct inbound *in)
{
	struct iphdr *ip;
	void *data;

	data = header(skb, MAC_LEN + IP4_LEN);
	if (!data)
	{
		return FRESH_MALFORMED + 1;
	}
	ip = data + MAC_LEN;
	in->outer = in->inner = IP4_LEN;
	in->version = 4;
	in->next = IPPROTO_IPIP;
	in->tos = ip->tos;
	if (ip->version != 4 || ip->ihl != IP4_LEN / 4 ||
		ip->protocol != profile->protocol ||
		ip->saddr != sh.config.remote4 || ip->daddr != sh.config.local4)
	{
		return FRESH_MISSING + 1;
	}
	return 0;
}

/**
 * The same for IPv6.
 *
 * @return			0, or the kind of error + 1
 */
INLINE int find6(struct __sk_buff *skb, const struct fresh_profile *profile,
				 struct inbound *in)
{
	struct ipv6hdr *ip;
	void *data;

	data = header(skb, MAC_LEN + IP6_LEN);
	if (!data)
	{
		return FRESH_MALFORMED + 1;
	}
	ip = data + MAC_LEN;
	in->outer = in->inner = IP6_LEN;
	in->version = 6;
	in->next = IPPROTO_IPV6;
	in->tos = bpf_ntohl(*(__u32*)ip) >> 20;
	if (ip->version != 6 || ip->nexthdr != profile->protocol ||
		!same_addr((__u32*)&ip->saddr, sh.config.remote6) ||
		!same_addr((__u32*)&ip->daddr, sh.config.local6))
	{
		return FRESH_MISSING + 1;
	}
	return 0;
}

/**
 * Read the freshness header, and the beginning of what has to follow it.
 *
 * @return			0, or the kind of error + 1
 */
INLINE int judge(struct __sk_buff *skb, const struct fresh_profile *profile,
				 struct inbound *in)
{
	union fresh_header header = {};
	__u32 offset = MAC_LEN + in->outer;
	__u8 first;
	int wrong;

	if (bpf_skb_load_bytes(skb, offset, &header, FRESH_HEADER))
	{
		return FRESH_MALFORMED + 1;
	}
	in->len = FRESH_HEADER;
	if (profile->method == FRESH_TBAR && header.len[0] != FRESH_HEADER)
	{
		if (header.len[0] != FRESH_HEADER_LONG ||
			bpf_skb_load_bytes(skb, offset + FRESH_HEADER, &header.words[3],
							   sizeof(header.words[3])))
		{
			return FRESH_MALFORMED + 1;
		}
		in->len = FRESH_HEADER_LONG;
	}
	offset += in->len;
	if (header.next != in->next ||
		bpf_skb_load_bytes(skb, offset, &first, sizeof(first)) ||
		first >> 4 != in->version || skb->len < offset + in->inner)
	{
		return FRESH_MALFORMED + 1;
	}
	wrong = read_header(profile, &header, &in->times);
	if (wrong == FRESH_MALFORMED + 1)
	{
		in->times.theirs = 0;
	}
	return wrong;
}

/**
 * Congestion outside is shown inside, if who sends can tell (RFC 6040).
 */
INLINE void carry_congestion(struct __sk_buff *skb, const struct inbound *in)
{
	struct iphdr *ip;
	__u8 tos, *octet;
	void *data;

	data = header(skb, MAC_LEN + IP4_LEN);
	if (!data)
	{
		return;
	}
	if (in->version == 4)
	{
		ip = data + MAC_LEN;
		tos = ip->tos;
		if (tos & ECN_MASK)
		{
			ip->tos |= ECN_CE;
			ip->check = update_sum(ip->check, (__u16)~bpf_htons(tos),
								   bpf_htons(tos | ECN_CE));
		}
		return;
	}
	/* the class begins in the middle of the first octet */
	octet = data + MAC_LEN + 1;
	if (*octet & ECN_MASK << 4)
	{
		*octet |= ECN_CE << 4;
	}
}

/**
 * Check if the addresses of a packet whose header is off are those outside.
 *
 * @return			its protocol, 0 if they are not
 */
INLINE __u8 compare4(struct __sk_buff *skb, const struct cm_slot *slot)
{
	struct iphdr *ip;
	void *data;

	data = header(skb, MAC_LEN + IP4_LEN);
	if (!data)
	{
		return 0;
	}
	ip = data + MAC_LEN;
	return slot->family == AF_INET && ip->saddr == slot->saddr[0] &&
		   ip->daddr == slot->daddr[0] ? ip->protocol : 0;
}

/**
 * The same for IPv6.
 */
INLINE __u8 compare6(struct __sk_buff *skb, const struct cm_slot *slot)
{
	struct ipv6hdr *ip;
	void *data;

	data = header(skb, MAC_LEN + IP6_LEN);
	if (!data)
	{
		return 0;
	}
	ip = data + MAC_LEN;
	return slot->family == AF_INET6 &&
		   same_addr((__u32*)&ip->saddr, slot->saddr) &&
		   same_addr((__u32*)&ip->daddr, slot->daddr) ? ip->nexthdr : 0;
}

/**
 * Check if a packet whose header is off may be merged with others. Of what was
 * merged only the first one's slot is looked at: so all that depends on the
 * slot is checked before, and packets of an SPI that not everybody's traffic
 * may have are not merged. Without the device they are not, either.
 */
INLINE int is_mergeable(struct __sk_buff *skb, const struct cm_slot *slot,
						const struct inbound *in)
{
	__u32 to = READ_ONCE(fresh.merge), mtu = 0;
	__u8 protocol;

	if (!to || slot->sas != CM_ALL_SAS)
	{
		return 0;
	}
	protocol = in->version == 4 ? compare4(skb, slot) : compare6(skb, slot);
	return protocol == IPPROTO_TCP && bpf_check_mtu(skb, to, &mtu, 0, 0) >= 0;
}

/**
 * Remember the largest difference.
 */
INLINE void note_delta(struct fresh_counts *counts, __s64 delta)
{
	__s64 max = READ_ONCE(counts->max_delta_ms);

	if ((delta < 0 ? -delta : delta) > (max < 0 ? -max : max))
	{
		counts->max_delta_ms = delta;
	}
}

#endif /** FRESH_CHECK_H_ */
