/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * Reading packets in BPF programs, and counting them.
 *
 * Included by one file only, the programs; nothing here is for user space.
 */

#ifndef PACKET_H_
#define PACKET_H_

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "cm_shared.h"

#define INLINE static __attribute__((always_inline)) inline
#define NOINLINE static __attribute__((noinline))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/** read what user space may change at any time, exactly once */
#define READ_ONCE(x) (*(const volatile __typeof__(x)*)&(x))

#ifndef AF_INET
#define AF_INET 2
#define AF_INET6 10
#endif

/** what the kernel calls packet types, <linux/if_packet.h> has more */
#define PACKET_HOST 0
#define PACKET_OTHERHOST 3

#define IP_DF 0x4000
#define IP_OFFSET 0x1fff

#define VLAN_ID 0x0fff

#define MAC_LEN 14
#define MAC_PAD 2
#define IP4_LEN 20
#define IP6_LEN 40

/** IPv6 extension headers that get skipped at most */
#define IP6_EXTENSIONS 6

/** all that is shared with user space, this object's .bss */
struct cm_shared sh SEC(".bss");

/**
 * What the programs want to know about a packet. IPv4 addresses are in the
 * first words, the others are not set.
 */
struct packet {
	__u32 saddr[4];
	__u32 daddr[4];
	/** host order, 0 if there are none */
	__u16 sport;
	__u16 dport;
	/** the last header found */
	__u8 protocol;
	__u8 family;
	__u8 ttl;
	/** a fragment, but not the first */
	__u8 later;
	/** its ports can't be seen */
	__u8 blind;
	/** nor can its protocol: match permit lines by addresses only */
	__u8 loose;
	/** IPv4 with DF or IPv6 */
	__u8 df;
	/** IP packet's length */
	__u16 len;
	/** offset of the header called protocol, from the link layer header */
	__u32 l4;
	/** generation of the access list that decides about it */
	__u32 acl;
};

/**
 * Count a packet.
 */
INLINE void count(__u32 stat)
{
	__u32 cpu = bpf_get_smp_processor_id() & (CM_CPUS - 1);

	sh.cpu[cpu].stats[stat]++;
}

/**
 * Count a packet that goes no further.
 */
INLINE int drop(__u32 stat)
{
	count(stat);
	return TC_ACT_SHOT;
}

/**
 * Count a packet that goes on to whatever else is attached here.
 */
INLINE int pass(__u32 stat)
{
	count(stat);
	return TC_ACT_UNSPEC;
}

/**
 * Get the first octets of a packet, link layer header included. Pointers that
 * an earlier call gave are void afterwards.
 */
INLINE void *header(struct __sk_buff *skb, __u32 len)
{
	void *data = (void*)(long)skb->data;

	if (unlikely(data + len > (void*)(long)skb->data_end))
	{
		if (bpf_skb_pull_data(skb, len))
		{
			return NULL;
		}
		data = (void*)(long)skb->data;
		if (data + len > (void*)(long)skb->data_end)
		{
			return NULL;
		}
	}
	return data;
}

/**
 * Copy an IPv6 address. By words, as the compiler would go by octets where it
 * can't see the alignment that the kernel doesn't ask for.
 */
INLINE void copy_addr(__u32 *dst, const void *src)
{
	const __u32 *words = src;

	dst[0] = words[0];
	dst[1] = words[1];
	dst[2] = words[2];
	dst[3] = words[3];
}

/**
 * Copy a link layer header, in the same way.
 */
INLINE void copy_mac(void *dst, const void *src)
{
	*(__u32*)dst = *(const __u32*)src;
	*(__u32*)(dst + 4) = *(const __u32*)(src + 4);
	*(__u32*)(dst + 8) = *(const __u32*)(src + 8);
	*(__u16*)(dst + 12) = *(const __u16*)(src + 12);
}

INLINE int same_addr(const __u32 *a, const __u32 *b)
{
	return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3];
}

/**
 * Check if a packet is one of a VLAN on top of this interface, which has its
 * own crypto map if it wants one. VLAN 0 is no VLAN, but a priority.
 */
INLINE int is_tagged(struct __sk_buff *skb)
{
	/* kernels before 6.2 leave the tag behind where there is none any more */
	return skb->vlan_present && (skb->vlan_tci & VLAN_ID);
}

/**
 * Read an IPv4 header.
 */
INLINE int parse4(struct __sk_buff *skb, struct packet *p)
{
	struct iphdr *ip;
	__u16 frag;
	void *data;

	data = header(skb, MAC_LEN + IP4_LEN);
	if (!data)
	{
		return 0;
	}
	ip = data + MAC_LEN;
	if (ip->version != 4 || ip->ihl < 5)
	{
		return 0;
	}
	frag = bpf_ntohs(ip->frag_off);
	p->family = AF_INET;
	p->saddr[0] = ip->saddr;
	p->daddr[0] = ip->daddr;
	p->protocol = ip->protocol;
	p->ttl = ip->ttl;
	p->later = p->blind = (frag & IP_OFFSET) != 0;
	p->df = (frag & IP_DF) != 0;
	p->len = bpf_ntohs(ip->tot_len);
	p->l4 = MAC_LEN + ip->ihl * 4;
	return 1;
}

/**
 * Check if another header follows an IPv6 header, in which the protocol is.
 */
INLINE int is_extension(__u8 header)
{
	return header == IPPROTO_HOPOPTS || header == IPPROTO_ROUTING ||
		   header == IPPROTO_DSTOPTS || header == IPPROTO_FRAGMENT;
}

/** a chain of extension headers being gone over, by bpf_loop() */
struct chain {
	struct __sk_buff *skb;
	struct packet *p;
	int broken;
};

/**
 * Go over one extension header.
 */
static long skip_extension(__u32 i, void *ctx)
{
	struct chain *chain = ctx;
	struct packet *p = chain->p;
	__u8 ext[4];

	if (!is_extension(p->protocol))
	{
		return 1;
	}
	if (bpf_skb_load_bytes(chain->skb, p->l4, ext, sizeof(ext)))
	{
		chain->broken = 1;
		return 1;
	}
	if (p->protocol == IPPROTO_FRAGMENT)
	{
		p->later = ext[2] || (ext[3] & 0xf8);
		p->l4 += 8;
	}
	else
	{
		p->l4 += (ext[1] + 1) * 8;
	}
	p->protocol = ext[0];
	if (p->later)
	{
		return 1;
	}
	return 0;
}

/**
 * Go over the extension headers of IPv6. What protocol is behind a chain that
 * is too long, or behind options in a later fragment, nobody knows.
 */
INLINE int skip_extensions(struct __sk_buff *skb, struct packet *p)
{
	struct chain chain = {
		.skb = skb,
		.p = p,
	};

	bpf_loop(IP6_EXTENSIONS, skip_extension, &chain, 0);
	p->loose = is_extension(p->protocol);
	p->blind = p->later || p->loose;
	return !chain.broken;
}

/**
 * Read an IPv6 header.
 */
INLINE int parse6(struct __sk_buff *skb, struct packet *p)
{
	struct ipv6hdr *ip;
	void *data;

	data = header(skb, MAC_LEN + IP6_LEN);
	if (!data)
	{
		return 0;
	}
	ip = data + MAC_LEN;
	if (ip->version != 6)
	{
		return 0;
	}
	p->family = AF_INET6;
	copy_addr(p->saddr, &ip->saddr);
	copy_addr(p->daddr, &ip->daddr);
	p->protocol = ip->nexthdr;
	p->ttl = ip->hop_limit;
	p->later = 0;
	p->df = 1;
	p->len = bpf_ntohs(ip->payload_len) + IP6_LEN;
	p->l4 = MAC_LEN + IP6_LEN;
	switch (p->protocol)
	{
		case IPPROTO_TCP:
		case IPPROTO_UDP:
		case IPPROTO_ESP:
		case IPPROTO_ICMPV6:
			return 1;
		default:
			return skip_extensions(skb, p);
	}
}

/**
 * Check if a protocol has ports where all that have them do.
 */
INLINE int has_ports(__u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP ||
		   protocol == IPPROTO_SCTP || protocol == IPPROTO_DCCP ||
		   protocol == IPPROTO_UDPLITE;
}

/**
 * Read the ports, if the packet has them.
 */
INLINE void parse_ports(struct __sk_buff *skb, struct packet *p)
{
	__be16 ports[2];

	if (!p->blind && has_ports(p->protocol))
	{
		if (bpf_skb_load_bytes(skb, p->l4, ports, sizeof(ports)))
		{
			p->blind = 1;
			return;
		}
		p->sport = bpf_ntohs(ports[0]);
		p->dport = bpf_ntohs(ports[1]);
	}
}

/**
 * Look at a packet from the other end, as lists are written for outbound
 * packets (GM-055).
 */
INLINE void mirror(struct packet *p)
{
	__u32 addr;
	__u16 port = p->sport;
	int i;

	p->sport = p->dport;
	p->dport = port;
	for (i = 0; i < 4; i++)
	{
		addr = p->saddr[i];
		p->saddr[i] = p->daddr[i];
		p->daddr[i] = addr;
	}
}

/**
 * Check if a packet belongs to what hosts on a link tell each other, and which
 * never crosses a router: neighbour discovery, without which no IPv6 packet
 * can leave at all, and memberships of multicast groups (IGMP, MLD), without
 * which rekeys by multicast would not come.
 */
INLINE int is_neighbour(struct __sk_buff *skb, const struct packet *p)
{
	__u8 type;

	if (p->family == AF_INET)
	{
		return p->protocol == IPPROTO_IGMP && p->ttl == 1 && !p->later;
	}
	if (p->protocol != IPPROTO_ICMPV6 || p->later ||
		bpf_skb_load_bytes(skb, p->l4, &type, sizeof(type)))
	{
		return 0;
	}
	if (p->ttl == 1)
	{
		return type == 143 || (type >= 130 && type <= 132);
	}
	return p->ttl == 255 && type >= 133 && type <= 137;
}

/**
 * Bring an IPv4 checksum up to date.
 *
 * @param check		checksum as it stands
 * @param minus		sum of ones' complements of 32-bit words that went
 * @param plus		sum of 32-bit words that came
 */
INLINE __u16 update_sum(__u16 check, __u64 minus, __u64 plus)
{
	__u64 sum = (__u16)~check + minus + plus;

	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

#endif /** PACKET_H_ */
