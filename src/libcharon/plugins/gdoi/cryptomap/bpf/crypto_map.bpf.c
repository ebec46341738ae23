/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/*
 * The two programs of a crypto map, egress and ingress of its interface.
 *
 * Outbound: what the list permits goes to the XFRM interface, and comes back
 * as ESP from anchor to anchor, marked with the slot that keeps what it needs
 * to get its true addresses. Inbound: ESP with a known SPI goes to the local
 * anchor. XFRM receives the packet inside on the same interface again, so that
 * the ingress program sees it once more, with its mark, and compares the
 * addresses inside to those that were outside.
 */

#include "packet.h"

char _license[] SEC("license") = "GPL";

/**
 * Give an encrypted IPv4 packet the addresses, link layer header and TTL of
 * the packet inside. Fragments made since then get here one by one.
 */
INLINE int finish4(struct __sk_buff *skb)
{
	struct {
		__u64 mac[2];
		struct iphdr ip;
	} new;
	struct cm_slot *slot;
	__u64 minus, plus;
	__u16 ttl_old;
	void *data;

	if ((skb->mark & CM_MARK_MAGIC) != CM_MARK_OUT)
	{
		return drop(CM_DROP_ANCHOR);
	}
	slot = get_slot(skb->mark);
	if (!slot || slot->family != AF_INET)
	{
		return drop(CM_DROP_NO_SLOT);
	}
	data = header(skb, MAC_LEN + IP4_LEN);
	if (!data)
	{
		return drop(CM_DROP_MALFORMED);
	}
	new.ip = *(struct iphdr*)(data + MAC_LEN);
	if (new.ip.protocol != IPPROTO_ESP)
	{
		return drop(CM_DROP_ANCHOR);
	}
	new.mac[0] = slot->mac[0];
	new.mac[1] = slot->mac[1];
	/* the TTL shares a 16-bit word with the protocol */
	ttl_old = bpf_htons(new.ip.ttl << 8);
	minus = (__u64)(__u32)~new.ip.saddr + (__u32)~new.ip.daddr +
			(__u16)~ttl_old;
	new.ip.saddr = slot->saddr[0];
	new.ip.daddr = slot->daddr[0];
	new.ip.ttl = slot->ttl;
	plus = (__u64)new.ip.saddr + new.ip.daddr + bpf_htons(slot->ttl << 8);
	new.ip.check = update_sum(new.ip.check, minus, plus);
	if (bpf_skb_store_bytes(skb, 0, (__u8*)&new + MAC_PAD,
							MAC_LEN + sizeof(new.ip), 0))
	{
		return drop(CM_DROP_MALFORMED);
	}
	skb->mark = slot->mark;
	return pass(CM_ENCRYPTED);
}

/**
 * The same for IPv6, where ESP may be behind a fragment header.
 */
INLINE int finish6(struct __sk_buff *skb)
{
	struct {
		__u64 mac[2];
		struct ipv6hdr ip;
	} new;
	struct cm_slot *slot;
	void *data;

	if ((skb->mark & CM_MARK_MAGIC) != CM_MARK_OUT)
	{
		return drop(CM_DROP_ANCHOR);
	}
	slot = get_slot(skb->mark);
	if (!slot || slot->family != AF_INET6)
	{
		return drop(CM_DROP_NO_SLOT);
	}
	data = header(skb, MAC_LEN + IP6_LEN);
	if (!data)
	{
		return drop(CM_DROP_MALFORMED);
	}
	new.ip = *(struct ipv6hdr*)(data + MAC_LEN);
	if (new.ip.nexthdr != IPPROTO_ESP && new.ip.nexthdr != IPPROTO_FRAGMENT)
	{
		return drop(CM_DROP_ANCHOR);
	}
	new.mac[0] = slot->mac[0];
	new.mac[1] = slot->mac[1];
	copy_addr((__u32*)&new.ip.saddr, slot->saddr);
	copy_addr((__u32*)&new.ip.daddr, slot->daddr);
	new.ip.hop_limit = slot->ttl;
	if (bpf_skb_store_bytes(skb, 0, (__u8*)&new + MAC_PAD,
							MAC_LEN + sizeof(new.ip), 0))
	{
		return drop(CM_DROP_MALFORMED);
	}
	skb->mark = slot->mark;
	return pass(CM_ENCRYPTED);
}

/**
 * Hand a packet that is too big to user space, which answers with ICMP.
 */
static __attribute__((noinline)) int report_size(struct __sk_buff *skb,
												 __u32 mtu)
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
 * Check a packet against what was learned from the core about the way to its
 * destination. What is too big for the first link already is left to the XFRM
 * interface, which knows.
 *
 * @return			TRUE if it must not be sent
 */
static __attribute__((noinline)) int exceeds_path(struct __sk_buff *skb,
												  struct packet *p, __u32 sa)
{
	__u32 key[4] = { 0 }, mtu, len, hlen;
	struct cm_pmtu *pmtu;
	__u8 offset;

	if (!p)
	{
		return 0;
	}
	len = p->len;
	if (skb->gso_size)
	{
		hlen = 8;
		if (p->protocol == IPPROTO_TCP)
		{
			if (bpf_skb_load_bytes(skb, p->l4 + 12, &offset, 1))
			{
				return 0;
			}
			hlen = (offset >> 4) * 4;
		}
		len = p->l4 - MAC_LEN + hlen + skb->gso_size;
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
	if (!pmtu || pmtu->expires < bpf_ktime_get_ns())
	{
		return 0;
	}
	mtu = cm_inner_mtu(pmtu->mtu, p->family == AF_INET ? IP4_LEN : IP6_LEN,
					   &sh.config.esp[sa & (CM_SAS - 1)]);
	if (!mtu || len <= mtu)
	{
		return 0;
	}
	if (p->family == AF_INET6 && mtu < CM_PMTU_MIN6)
	{
		return 0;
	}
	report_size(skb, mtu);
	return 1;
}

/**
 * Send a packet through XFRM.
 */
INLINE int encrypt(struct __sk_buff *skb, struct packet *p, __u32 sa)
{
	struct cm_slot *slot;
	void *data;

	if (sh.config.flags & CM_SEND_CLEAR)
	{
		return pass(CM_SENT_CLEAR);
	}
	if (!(sh.config.ready & (1u << sa)))
	{
		if (sh.config.flags & CM_FAIL_CLOSE)
		{
			return drop(CM_DROP_NOT_READY);
		}
		return pass(CM_SENT_CLEAR);
	}
	if (unlikely(sh.pmtu_floor) && p->df && exceeds_path(skb, p, sa))
	{
		return drop(CM_DROP_TOO_BIG);
	}
	slot = take_slot(CM_MARK_OUT | sa << CM_MARK_SA_SHIFT);
	data = header(skb, MAC_LEN);
	if (!slot || !data)
	{
		return drop(CM_DROP_NO_SLOT);
	}
	copy_mac((__u8*)slot->mac + MAC_PAD, data);
	slot->family = p->family;
	slot->ttl = p->ttl;
	slot->mark = skb->mark;
	slot->saddr[0] = p->saddr[0];
	slot->daddr[0] = p->daddr[0];
	if (p->family == AF_INET6)
	{
		copy_addr(slot->saddr, p->saddr);
		copy_addr(slot->daddr, p->daddr);
	}
	skb->mark = slot->tag;
	count(CM_REDIRECTED);
	return bpf_redirect(sh.config.xfrm_ifindex, 0);
}

/**
 * Decide about an outbound packet that is not ours.
 */
INLINE int classify(struct __sk_buff *skb, struct packet *p)
{
	__u32 verdict;

	if (ports_wanted(p))
	{
		parse_ports(skb, p);
		if (is_server(p))
		{
			return pass(CM_BYPASSED);
		}
	}
	verdict = lookup(p);
	if (verdict == CM_CLEAR)
	{
		return pass(CM_SENT_CLEAR);
	}
	if (is_neighbour(skb, p))
	{
		return pass(CM_BYPASSED);
	}
	return encrypt(skb, p, (verdict - 1) & (CM_SAS - 1));
}

SEC("tc")
int gdoi_egress(struct __sk_buff *skb)
{
	struct packet p = {};

	if (skb->protocol == bpf_htons(ETH_P_IP))
	{
		if (!parse4(skb, &p))
		{
			return drop(CM_DROP_MALFORMED);
		}
		if (p.daddr[0] == sh.config.remote4)
		{
			return finish4(skb);
		}
		if (p.saddr[0] == sh.config.local4)
		{
			return drop(CM_DROP_ANCHOR);
		}
		return classify(skb, &p);
	}
	if (skb->protocol == bpf_htons(ETH_P_IPV6))
	{
		if (!parse6(skb, &p))
		{
			return drop(CM_DROP_MALFORMED);
		}
		if (same_addr(p.daddr, sh.config.remote6))
		{
			return finish6(skb);
		}
		if (same_addr(p.saddr, sh.config.local6))
		{
			return drop(CM_DROP_ANCHOR);
		}
		return classify(skb, &p);
	}
	return TC_ACT_UNSPEC;
}

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
static __attribute__((noinline)) int learn_path(struct __sk_buff *skb,
												struct packet *p)
{
	struct report report = {};
	struct cm_pmtu pmtu = {};
	__u8 icmp[8];

	if (!p || p->later ||
		bpf_skb_load_bytes(skb, p->l4, icmp, sizeof(icmp)) ||
		!(p->family == AF_INET ? read_report4(skb, p, icmp, &report)
							   : read_report6(skb, p, icmp, &report)) ||
		!is_known(report.spi))
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

/**
 * Compare the addresses of a decrypted packet to those that were outside.
 */
INLINE int accept(struct __sk_buff *skb, struct packet *p)
{
	struct cm_slot *slot;

	slot = get_slot(skb->mark);
	if (!slot)
	{
		return drop(CM_DROP_NO_SLOT);
	}
	if (slot->family != p->family || slot->saddr[0] != p->saddr[0] ||
		slot->daddr[0] != p->daddr[0])
	{
		return drop(CM_DROP_ADDRESSES);
	}
	if (p->family == AF_INET6 && (!same_addr(slot->saddr, p->saddr) ||
								  !same_addr(slot->daddr, p->daddr)))
	{
		return drop(CM_DROP_ADDRESSES);
	}
	skb->mark = slot->mark;
	return pass(CM_DECRYPTED);
}

/**
 * Send an ESP packet to the local anchor.
 *
 * @param save		TRUE unless it is a later fragment, whose addresses and
 *					mark reassembly takes from the first
 */
INLINE int decrypt(struct __sk_buff *skb, struct packet *p, int save)
{
	struct cm_slot *slot;
	struct ipv6hdr *ip6;
	struct iphdr *ip;
	void *data;

	if (save)
	{
		slot = take_slot(CM_MARK_IN);
		if (!slot)
		{
			return drop(CM_DROP_NO_SLOT);
		}
		slot->family = p->family;
		slot->mark = skb->mark;
		slot->saddr[0] = p->saddr[0];
		slot->daddr[0] = p->daddr[0];
		if (p->family == AF_INET6)
		{
			copy_addr(slot->saddr, p->saddr);
			copy_addr(slot->daddr, p->daddr);
		}
		skb->mark = slot->tag;
	}
	if (skb->pkt_type != PACKET_HOST)
	{
		bpf_skb_change_type(skb, PACKET_HOST);
	}
	if (p->family == AF_INET)
	{
		data = header(skb, MAC_LEN + IP4_LEN);
		if (!data)
		{
			return drop(CM_DROP_MALFORMED);
		}
		ip = data + MAC_LEN;
		ip->check = update_sum(ip->check, (__u32)~p->daddr[0],
							   sh.config.local4);
		ip->daddr = sh.config.local4;
	}
	else
	{
		data = header(skb, MAC_LEN + IP6_LEN);
		if (!data)
		{
			return drop(CM_DROP_MALFORMED);
		}
		ip6 = data + MAC_LEN;
		copy_addr((__u32*)&ip6->daddr, sh.config.local6);
	}
	return TC_ACT_UNSPEC;
}

/**
 * Decide about a packet in clear: what the list would have encrypted must not
 * arrive so. The packet is mirrored already, as lists are for outbound ones.
 */
INLINE int receive_clear(__u32 verdict, int esp)
{
	if (verdict == CM_CLEAR || (sh.config.flags & CM_ACCEPT_CLEAR))
	{
		return pass(CM_RECEIVED_CLEAR);
	}
	if (!(sh.config.flags & CM_FAIL_CLOSE) &&
		!(sh.config.ready & (1u << ((verdict - 1) & (CM_SAS - 1)))))
	{
		return pass(CM_RECEIVED_CLEAR);
	}
	return drop(esp ? CM_DROP_UNKNOWN_SPI : CM_DROP_CLEAR);
}

/**
 * Decide about ESP. Later fragments don't show their SPI, and remembering
 * first fragments fails where they arrive out of order: so all of those that
 * the list claims go to the anchor.
 */
INLINE int receive_esp(struct __sk_buff *skb, struct packet *p)
{
	struct packet mirrored;
	__u32 spi, verdict;

	p->loose = 1;
	if (!p->later)
	{
		if (bpf_skb_load_bytes(skb, p->l4, &spi, sizeof(spi)))
		{
			return drop(CM_DROP_MALFORMED);
		}
		if (is_known(spi))
		{
			return decrypt(skb, p, 1);
		}
	}
	mirrored = *p;
	mirror(&mirrored);
	verdict = lookup(&mirrored);
	if (p->later)
	{
		if (verdict == CM_CLEAR)
		{
			return pass(CM_RECEIVED_CLEAR);
		}
		count(CM_ESP_FRAGMENTS);
		return decrypt(skb, p, 0);
	}
	if (verdict != CM_CLEAR)
	{
		sh.unknown_spi = spi;
	}
	return receive_clear(verdict, 1);
}

/**
 * Decide about an inbound packet.
 */
INLINE int receive(struct __sk_buff *skb, struct packet *p)
{
	int icmp;

	if ((skb->mark & CM_MARK_MAGIC) == CM_MARK_IN)
	{
		return accept(skb, p);
	}
	if (p->protocol == IPPROTO_ESP)
	{
		return receive_esp(skb, p);
	}
	icmp = p->family == AF_INET ? p->protocol == IPPROTO_ICMP
								: p->protocol == IPPROTO_ICMPV6;
	if (unlikely(icmp || p->protocol == IPPROTO_IGMP))
	{
		if (icmp && learn_path(skb, p))
		{
			count(CM_PMTU_LEARNED);
			return TC_ACT_SHOT;
		}
		if (is_neighbour(skb, p))
		{
			return pass(CM_BYPASSED);
		}
	}
	if (ports_wanted(p))
	{
		parse_ports(skb, p);
	}
	mirror(p);
	if (is_server(p))
	{
		return pass(CM_BYPASSED);
	}
	return receive_clear(lookup(p), 0);
}

SEC("tc")
int gdoi_ingress(struct __sk_buff *skb)
{
	struct packet p = {};

	if (skb->pkt_type == PACKET_OTHERHOST)
	{
		return TC_ACT_UNSPEC;
	}
	if (skb->protocol == bpf_htons(ETH_P_IP))
	{
		if (!parse4(skb, &p))
		{
			return drop(CM_DROP_MALFORMED);
		}
		if (p.daddr[0] == sh.config.local4 || p.daddr[0] == sh.config.remote4 ||
			p.saddr[0] == sh.config.local4 || p.saddr[0] == sh.config.remote4)
		{
			return drop(CM_DROP_ANCHOR);
		}
		return receive(skb, &p);
	}
	if (skb->protocol == bpf_htons(ETH_P_IPV6))
	{
		if (!parse6(skb, &p))
		{
			return drop(CM_DROP_MALFORMED);
		}
		if (same_addr(p.daddr, sh.config.local6) ||
			same_addr(p.daddr, sh.config.remote6) ||
			same_addr(p.saddr, sh.config.local6) ||
			same_addr(p.saddr, sh.config.remote6))
		{
			return drop(CM_DROP_ANCHOR);
		}
		return receive(skb, &p);
	}
	return TC_ACT_UNSPEC;
}
