/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * Path MTUs: what routers in the core report.
 */

#ifndef PATH_H_
#define PATH_H_

#include "acl.h"
#include "size.h"

/** what a router in the core reports */
struct report {
	/** destination of the packet that did not fit, as a key of the table */
	__u32 key[4];
	/** size that fits the next link, and the smallest that is believed */
	__u32 mtu;
	__u32 floor;
	/** SPI of that packet */
	__u32 spi;
};

/**
 * Read "fragmentation needed" with a quoted ESP packet.
 */
INLINE int read_report4(struct __sk_buff *skb, const struct packet *p,
						const __u8 *icmp, struct report *report)
{
	struct iphdr quote;

	if (icmp[0] != 3 || icmp[1] != 4 ||
		bpf_skb_load_bytes(skb, p->l4 + 8, &quote, sizeof(quote)) ||
		quote.protocol != IPPROTO_ESP || quote.ihl != 5 ||
		bpf_skb_load_bytes(skb, p->l4 + 8 + IP4_LEN, &report->spi,
						   sizeof(report->spi)))
	{
		return 0;
	}
	report->mtu = icmp[6] << 8 | icmp[7];
	report->floor = CM_PMTU_MIN4;
	report->key[2] = bpf_htonl(0xffff);
	report->key[3] = quote.daddr;
	return 1;
}

/**
 * Read "packet too big" with a quoted ESP packet.
 */
INLINE int read_report6(struct __sk_buff *skb, const struct packet *p,
						const __u8 *icmp, struct report *report)
{
	struct ipv6hdr quote;

	if (icmp[0] != 2 ||
		bpf_skb_load_bytes(skb, p->l4 + 8, &quote, sizeof(quote)) ||
		quote.nexthdr != IPPROTO_ESP ||
		bpf_skb_load_bytes(skb, p->l4 + 8 + IP6_LEN, &report->spi,
						   sizeof(report->spi)))
	{
		return 0;
	}
	report->mtu = (__u32)icmp[4] << 24 | icmp[5] << 16 | icmp[6] << 8 |
				  icmp[7];
	report->floor = CM_PMTU_MIN6;
	copy_addr(report->key, &quote.daddr);
	return 1;
}

/**
 * Remember the path MTU that a router in the core reports. It is believed
 * only if it quotes a packet of ours, whose SPI is known. The sender gets an
 * answer of its own for the next packet that does not fit: what is quoted
 * here is encrypted and would tell it nothing.
 *
 * @return			TRUE if the packet was such a report
 */
NOINLINE int learn_path(struct __sk_buff *skb, struct packet *p)
{
	struct report report = {};
	struct cm_pmtu pmtu = {};
	__u32 stamped;
	__u8 icmp[8];

	if (!p || p->later ||
		bpf_skb_load_bytes(skb, p->l4, icmp, sizeof(icmp)) ||
		!(p->family == AF_INET ? read_report4(skb, p, icmp, &report)
							   : read_report6(skb, p, icmp, &report)) ||
		!get_sas(report.spi, &stamped))
	{
		return 0;
	}
	pmtu.mtu = report.mtu < report.floor ? report.floor : report.mtu;
	pmtu.expires = bpf_ktime_get_ns() + CM_PMTU_SECONDS * 1000000000ull;
	bpf_map_update_elem(&pmtus, report.key, &pmtu, BPF_ANY);
	if (!sh.pmtu_floor || pmtu.mtu < sh.pmtu_floor)
	{
		sh.pmtu_floor = pmtu.mtu;
	}
	return 1;
}

#endif /** PATH_H_ */
