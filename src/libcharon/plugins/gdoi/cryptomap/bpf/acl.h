/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * What the access list, the key servers' addresses and the SPIs say about a
 * packet.
 */

#ifndef ACL_H_
#define ACL_H_

#include "packet.h"

/** rules that are matched before a loop with a call per rule begins */
#define ACL_INLINE 6

/** rules that each call looks at */
#define ACL_STEP 8

/**
 * A flow and its verdict. Entries that were never written have no family.
 */
struct flow {
	__u32 saddr[4];
	__u32 daddr[4];
	__u32 ports;
	__u32 upper;
	__u32 generation;
	__u32 verdict;
};

/** words of a flow that tell it from others: two at a time get hashed, and the
 *  list's generation needs not be among them */
#define FLOW_KEY_WORDS 10

/** verdicts of flows. Each CPU has its own, so that none sees one half
 *  written; a flow is in one place or not at all, so that whoever sends many
 *  flows costs others a walk through the list and nothing else */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, CM_FLOWS);
	__type(key, __u32);
	__type(value, struct flow);
} flows SEC(".maps");

/**
 * Check a rule's protocol and ports. Where they can't be seen (in later
 * fragments, packets cut short and under ESP) permit lines match and deny lines
 * don't, so that nothing leaves or gets in unprotected by being cut to pieces.
 */
#define match_upper(rule, p) ({ \
	int _match = 1; \
	if ((rule)->protocol && (rule)->protocol != (p)->protocol) \
	{ \
		_match = (p)->loose && (rule)->verdict != CM_CLEAR; \
	} \
	else if ((rule)->flags & CM_RULE_PORTS) \
	{ \
		if ((p)->blind) \
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
	__u32 list;
	__u32 lines;
	__u32 verdict;
};

static long scan4(__u32 i, void *ctx)
{
	struct scan *scan = ctx;
	const struct packet *p = scan->p;
	__u32 n, next = ACL_INLINE + i * ACL_STEP, list = scan->list & 1;
	const struct cm_rule4 *rule;

#pragma unroll
	for (n = 0; n < ACL_STEP; n++, next++)
	{
		if (next >= scan->lines)
		{
			return 1;
		}
		rule = &sh.acl[list].rules4[next & (CM_LINES - 1)];
		if (match4(rule, p))
		{
			scan->verdict = rule->verdict;
			return 1;
		}
	}
	return 0;
}

static long scan6(__u32 i, void *ctx)
{
	struct scan *scan = ctx;
	const struct packet *p = scan->p;
	__u32 n, next = i * ACL_STEP, list = scan->list & 1;
	const struct cm_rule6 *rule;

#pragma unroll
	for (n = 0; n < ACL_STEP; n++, next++)
	{
		if (next >= scan->lines)
		{
			return 1;
		}
		rule = &sh.acl[list].rules6[next & (CM_LINES - 1)];
		if (match6(rule, p))
		{
			scan->verdict = rule->verdict;
			return 1;
		}
	}
	return 0;
}

INLINE __u32 lookup4(const struct packet *p, __u32 list, __u32 lines)
{
	struct scan scan = {
		.p = p,
		.list = list,
		.lines = lines,
		.verdict = CM_CLEAR,
	};
	const struct cm_rule4 *rule;
	__u32 i;

	for (i = 0; i < ACL_INLINE; i++)
	{
		if (i >= lines)
		{
			return CM_CLEAR;
		}
		rule = &sh.acl[list].rules4[i];
		if (match4(rule, p))
		{
			return rule->verdict;
		}
	}
	if (lines > ACL_INLINE && lines <= CM_LINES)
	{
		bpf_loop((lines - ACL_INLINE + ACL_STEP - 1) / ACL_STEP, scan4, &scan,
				 0);
	}
	return scan.verdict;
}

INLINE __u32 lookup6(const struct packet *p, __u32 list, __u32 lines)
{
	struct scan scan = {
		.p = p,
		.list = list,
		.lines = lines,
		.verdict = CM_CLEAR,
	};

	if (lines && lines <= CM_LINES)
	{
		bpf_loop((lines + ACL_STEP - 1) / ACL_STEP, scan6, &scan, 0);
	}
	return scan.verdict;
}

/**
 * Go through the list. Not static, so that the kernel verifies it once and not
 * again for each call, which takes thirty times as long.
 */
__attribute__((noinline)) __u32 search(const struct packet *p, __u32 lines)
{
	__u32 list;

	if (!p)
	{	/* nobody calls it so, but the kernel wants to be sure */
		return CM_DROP;
	}
	list = p->acl & 1;
	return p->family == AF_INET ? lookup4(p, list, lines)
								: lookup6(p, list, lines);
}

/**
 * Spread flows over the table, differently on every box and after every start,
 * so that nobody can make flows that push out others on purpose.
 */
INLINE __u32 hash_flow(const struct flow *key)
{
	const __u32 *words = (const __u32*)key;
	__u64 hash = sh.config.seed;
	int i;

	for (i = 0; i < FLOW_KEY_WORDS; i += 2)
	{
		hash ^= words[i] | (__u64)words[i + 1] << 32;
		hash *= 0x9e3779b97f4a7c15ull;
		hash ^= hash >> 29;
	}
	return hash >> 32;
}

/**
 * Describe a packet as far as lists can tell it from others.
 */
INLINE void make_key(const struct packet *p, __u32 flags, struct flow *key)
{
	key->generation = p->acl;
	key->upper = p->protocol | p->family << 8 | p->loose << 24;
	key->ports = 0;
	if (flags & CM_ACL_PORTS)
	{
		key->upper |= p->blind << 25;
		key->ports = (__u32)p->sport << 16 | p->dport;
	}
	copy_addr(key->saddr, p->saddr);
	copy_addr(key->daddr, p->daddr);
}

INLINE int same_key(const struct flow *a, const struct flow *b)
{
	return a->generation == b->generation && a->upper == b->upper &&
		   a->ports == b->ports && same_addr(a->saddr, b->saddr) &&
		   same_addr(a->daddr, b->daddr);
}

/**
 * Look in the table of verdicts before going through a long list. A verdict
 * is good for the generation of the list that it is from and no other one.
 * User space changes no list before all packets have left it, so that none gets
 * in here that is from half a list.
 */
NOINLINE __u32 recall(const struct packet *p, __u32 lines)
{
	struct flow key, *flow;
	__u32 index;

	make_key(p, sh.acl[p->acl & 1].flags, &key);
	index = hash_flow(&key) & (CM_FLOWS - 1);
	flow = bpf_map_lookup_elem(&flows, &index);
	if (!flow)
	{
		return search(p, lines);
	}
	if (same_key(flow, &key))
	{
		count(CM_CACHED);
		return flow->verdict;
	}
	key.verdict = search(p, lines);
	*flow = key;
	return key.verdict;
}

/**
 * Find out what the list says about a packet.
 */
INLINE __u32 lookup(const struct packet *p)
{
	const struct cm_acl *acl = &sh.acl[p->acl & 1];
	__u32 lines = p->family == AF_INET ? acl->count4 : acl->count6;

	return lines < sh.config.cache_lines ? search(p, lines)
										 : recall(p, lines);
}

/**
 * Check if somebody looks at ports.
 */
INLINE int ports_wanted(const struct packet *p)
{
	return (sh.acl[p->acl & 1].flags & CM_ACL_PORTS) ||
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
		.set = READ_ONCE(sh.config.servers) & 1,
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
 * Check if packets with an SPI get decrypted here.
 *
 * @param stamped	set to 1 + SA whose freshness they must have, 0 for none
 * @return			bit per SA whose traffic it may bring, 0 if not known
 */
INLINE __u32 get_sas(__u32 spi, __u32 *stamped)
{
	__u32 set = READ_ONCE(sh.config.spis) & 1, known = sh.spis[set].count;
	int i;

	for (i = 0; i < CM_SPIS; i++)
	{
		if (i >= known)
		{
			return 0;
		}
		if (sh.spis[set].spi[i] == spi)
		{
			*stamped = sh.spis[set].stamped[i];
			return sh.spis[set].sas[i];
		}
	}
	return 0;
}

#endif /** ACL_H_ */
