/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * Reading packets in BPF programs: headers, lists, slots, counters.
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
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#ifndef AF_INET
#define AF_INET 2
#define AF_INET6 10
#endif

/** what the kernel calls packet types, <linux/if_packet.h> has more */
#define PACKET_HOST 0
#define PACKET_OTHERHOST 3

#define IP_DF 0x4000
#define IP_OFFSET 0x1fff

#define MAC_LEN 14
#define MAC_PAD 2
#define IP4_LEN 20
#define IP6_LEN 40

/** IPv6 extension headers that get skipped at most */
#define IP6_EXTENSIONS 6

/** rules that are matched before a loop with a call per rule begins */
#define ACL_INLINE 6

/** all that is shared with user space, this object's .bss */
struct cm_shared sh SEC(".bss");

/** log2 of the slots per CPU and CPUs that have their own; set before load */
const volatile __u32 slot_shift = 10;
const volatile __u32 slot_cpus = 1;

/** slots, the index is CPU << slot_shift | n; sized before load */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct cm_slot);
} slots SEC(".maps");

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
	/** match permit lines by addresses only */
	__u8 loose;
	/** IPv4 with DF or IPv6 */
	__u8 df;
	/** IP packet's length */
	__u16 len;
	/** offset of the header called protocol, from the link layer header */
	__u32 l4;
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
	p->later = (frag & IP_OFFSET) != 0;
	p->df = (frag & IP_DF) != 0;
	p->len = bpf_ntohs(ip->tot_len);
	p->l4 = MAC_LEN + ip->ihl * 4;
	return 1;
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

	if (p->protocol != IPPROTO_HOPOPTS && p->protocol != IPPROTO_ROUTING &&
		p->protocol != IPPROTO_DSTOPTS && p->protocol != IPPROTO_FRAGMENT)
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
 * Go over the extension headers of IPv6. A chain that is too long leaves the
 * header where it stopped as the protocol, as if it were the last one.
 */
INLINE int skip_extensions(struct __sk_buff *skb, struct packet *p)
{
	struct chain chain = {
		.skb = skb,
		.p = p,
	};

	bpf_loop(IP6_EXTENSIONS, skip_extension, &chain, 0);
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
 * Read the ports, if the packet has them.
 */
INLINE void parse_ports(struct __sk_buff *skb, struct packet *p)
{
	__be16 ports[2];

	p->sport = p->dport = 0;
	if (!p->later && !p->loose)
	{
		switch (p->protocol)
		{
			case IPPROTO_TCP:
			case IPPROTO_UDP:
			case IPPROTO_SCTP:
			case IPPROTO_DCCP:
			case IPPROTO_UDPLITE:
				if (!bpf_skb_load_bytes(skb, p->l4, ports, sizeof(ports)))
				{
					p->sport = bpf_ntohs(ports[0]);
					p->dport = bpf_ntohs(ports[1]);
				}
				break;
		}
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
 * Check a rule's protocol and ports. Where they can't be seen (in later
 * fragments and under ESP) permit lines match and deny lines don't, so that
 * nothing leaves or gets in unprotected by being cut to pieces.
 */
#define match_upper(rule, p) ({ \
	int _match = 1; \
	if ((rule)->protocol && (rule)->protocol != (p)->protocol) \
	{ \
		_match = (p)->loose && (rule)->verdict != CM_CLEAR; \
	} \
	else if ((rule)->flags & CM_RULE_PORTS) \
	{ \
		if ((p)->later || (p)->loose) \
		{ \
			_match = (rule)->verdict != CM_CLEAR; \
		} \
		else \
		{ \
			_match = (p)->sport >= (rule)->sport_lo && \
					 (p)->sport <= (rule)->sport_hi && \
					 (p)->dport >= (rule)->dport_lo && \
					 (p)->dport <= (rule)->dport_hi; \
		} \
	} \
	_match; })

INLINE int match4(const struct cm_rule4 *rule, const struct packet *p)
{
	return (p->saddr[0] & rule->smask) == rule->src &&
		   (p->daddr[0] & rule->dmask) == rule->dst &&
		   match_upper(rule, p);
}

INLINE int match6(const struct cm_rule6 *rule, const struct packet *p)
{
	int i;

	for (i = 0; i < 4; i++)
	{
		if ((p->saddr[i] & rule->smask[i]) != rule->src[i] ||
			(p->daddr[i] & rule->dmask[i]) != rule->dst[i])
		{
			return 0;
		}
	}
	return match_upper(rule, p);
}

/** a list being gone through, by bpf_loop() */
struct scan {
	const struct packet *p;
	__u32 acl;
	__u32 verdict;
};

static long scan4(__u32 i, void *ctx)
{
	struct scan *scan = ctx;
	const struct cm_rule4 *rule;

	rule = &sh.acl[scan->acl & 1].rules4[(i + ACL_INLINE) & (CM_LINES - 1)];
	if (match4(rule, scan->p))
	{
		scan->verdict = rule->verdict;
		return 1;
	}
	return 0;
}

static long scan6(__u32 i, void *ctx)
{
	struct scan *scan = ctx;
	const struct cm_rule6 *rule;

	rule = &sh.acl[scan->acl & 1].rules6[i & (CM_LINES - 1)];
	if (match6(rule, scan->p))
	{
		scan->verdict = rule->verdict;
		return 1;
	}
	return 0;
}

INLINE __u32 lookup4(const struct packet *p, __u32 acl)
{
	struct scan scan = {
		.p = p,
		.acl = acl,
		.verdict = CM_CLEAR,
	};
	const struct cm_rule4 *rule;
	__u32 i, lines = sh.acl[acl].count4;

	for (i = 0; i < ACL_INLINE; i++)
	{
		if (i >= lines)
		{
			return CM_CLEAR;
		}
		rule = &sh.acl[acl].rules4[i];
		if (match4(rule, p))
		{
			return rule->verdict;
		}
	}
	if (lines > ACL_INLINE && lines <= CM_LINES)
	{
		bpf_loop(lines - ACL_INLINE, scan4, &scan, 0);
	}
	return scan.verdict;
}

INLINE __u32 lookup6(const struct packet *p, __u32 acl)
{
	struct scan scan = {
		.p = p,
		.acl = acl,
		.verdict = CM_CLEAR,
	};
	__u32 lines = sh.acl[acl].count6;

	if (lines && lines <= CM_LINES)
	{
		bpf_loop(lines, scan6, &scan, 0);
	}
	return scan.verdict;
}

/**
 * Find out what the list says about a packet; sets the ports if needed.
 */
INLINE __u32 lookup(struct packet *p)
{
	__u32 acl = sh.config.acl & 1;

	return p->family == AF_INET ? lookup4(p, acl) : lookup6(p, acl);
}

/**
 * Check if somebody looks at ports.
 */
INLINE int ports_wanted(const struct packet *p)
{
	return (sh.acl[sh.config.acl & 1].flags & CM_ACL_PORTS) ||
		   (p->protocol == IPPROTO_UDP &&
			sh.servers[sh.config.servers & 1].count);
}

/**
 * Check if a port is one that key servers listen on.
 */
INLINE int is_ike(__u16 port)
{
	return port == 848 || port == 4500 || port == 500;
}

struct find {
	__u32 addr[4];
	__u32 set;
	__u32 found;
};

static long find_server(__u32 i, void *ctx)
{
	struct find *find = ctx;

	i &= CM_SERVERS - 1;
	if (same_addr(sh.servers[find->set & 1].addr[i], find->addr))
	{
		find->found = 1;
		return 1;
	}
	return 0;
}

/**
 * Check if a packet, seen from here, goes to a key server (GM-056). Later
 * fragments don't show their ports; without them no long message of IKE would
 * ever get through, and they are of use to nobody without their first.
 */
INLINE int is_server(const struct packet *p)
{
	struct find find = {
		.set = sh.config.servers & 1,
	};
	__u32 servers = sh.servers[find.set].count;

	if (p->protocol != IPPROTO_UDP || !servers || servers > CM_SERVERS ||
		(!p->later && (!is_ike(p->sport) || !is_ike(p->dport))))
	{
		return 0;
	}
	if (p->family == AF_INET)
	{
		find.addr[2] = bpf_htonl(0xffff);
		find.addr[3] = p->daddr[0];
	}
	else
	{
		copy_addr(find.addr, p->daddr);
	}
	bpf_loop(servers, find_server, &find, 0);
	return find.found;
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
 * Check if packets with an SPI get decrypted here.
 */
INLINE int is_known(__u32 spi)
{
	__u32 set = sh.config.spis & 1, known = sh.spis[set].count;
	int i;

	for (i = 0; i < CM_SPIS; i++)
	{
		if (i >= known)
		{
			return 0;
		}
		if (sh.spis[set].spi[i] == spi)
		{
			return 1;
		}
	}
	return 0;
}

/**
 * Take a slot and give it a tag, which becomes the packet's mark.
 */
INLINE struct cm_slot *take_slot(__u32 magic)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct cm_slot *slot;
	__u32 n, index;

	n = sh.cpu[cpu & (CM_CPUS - 1)].next++;
	index = (cpu & (slot_cpus - 1)) << slot_shift;
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
