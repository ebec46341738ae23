/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/*
 * The programs of a crypto map: egress and ingress of its interface, ingress
 * of the VRF that it may be in, and what the programs of freshness go back to.
 *
 * Outbound: what the list permits goes to the XFRM interface, and comes back
 * as ESP from anchor to anchor, marked with the slot that keeps what it needs
 * to get its true addresses. Inbound: ESP with a known SPI goes to the local
 * anchor. XFRM receives the packet inside on the same interface again, so that
 * the ingress program sees it once more, with its mark, and compares the
 * addresses inside to those that were outside.
 *
 * With freshness, outbound packets take a detour to get a header, see
 * freshness.bpf.c; inbound ones come back from XFRM with that header and the
 * anchors' addresses in front, to be checked before all else.
 */

#include "acl.h"
#include "jumps.h"
#include "path.h"
#include "probe.h"
#include "take.h"

char _license[] SEC("license") = "GPL";

/**
 * Check if a packet on its way out was marked by us, with a slot.
 */
INLINE int is_outbound(__u32 mark)
{
	mark &= CM_MARK_MAGIC;
	return likely(mark == CM_MARK_OUT) || mark == CM_MARK_STAMPED;
}

/**
 * Give an encrypted IPv4 packet the addresses, link layer header and TTL of
 * the packet inside, and its DF, if XFRM was not to see that. Fragments made
 * since then get here one by one.
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

	if (unlikely(!is_outbound(skb->mark)))
	{
		return take_probe(skb, PROTOCOL4, MAC_LEN + IP4_LEN);
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
	new.ip.frag_off |= slot->df;
	plus = (__u64)new.ip.saddr + new.ip.daddr + bpf_htons(slot->ttl << 8) +
		   slot->df;
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

	if (unlikely(!is_outbound(skb->mark)))
	{
		return take_probe(skb, PROTOCOL6, MAC_LEN + IP6_LEN);
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
 * Send a packet through XFRM.
 */
INLINE int encrypt(struct __sk_buff *skb, struct packet *p, __u32 sa)
{
	__u32 stamped, magic;
	struct cm_slot *slot;
	void *data;

	if (sh.config.clear & CM_CLEAR_OUT(sa))
	{
		return pass(CM_SENT_CLEAR);
	}
	if (!(sh.config.ready & (1u << sa)))
	{
		return drop(CM_DROP_NOT_READY);
	}
	stamped = READ_ONCE(sh.config.stamped) & (1u << sa);
	if (unlikely(sh.pmtu_floor) && p->df && !stamped &&
		exceeds_path(skb, p, sa))
	{
		return drop(CM_DROP_TOO_BIG);
	}
	magic = stamped ? CM_MARK_STAMPED : CM_MARK_OUT;
	slot = take_slot(magic | sa << CM_MARK_SA_SHIFT);
	data = header(skb, MAC_LEN);
	if (!slot || !data)
	{
		return drop(CM_DROP_NO_SLOT);
	}
	copy_mac((__u8*)slot->mac + MAC_PAD, data);
	slot->family = p->family;
	slot->ttl = p->ttl;
	slot->df = 0;
	slot->mark = skb->mark;
	slot->saddr[0] = p->saddr[0];
	slot->daddr[0] = p->daddr[0];
	if (p->family == AF_INET6)
	{
		copy_addr(slot->saddr, p->saddr);
		copy_addr(slot->daddr, p->daddr);
	}
	skb->mark = slot->tag;
	if (stamped)
	{
		return jump(skb, CM_JUMP_STAMP);
	}
	count(CM_REDIRECTED);
	return bpf_redirect(sh.config.xfrm_ifindex, 0);
}

/**
 * Decide about an outbound packet that is not ours.
 */
INLINE int classify(struct __sk_buff *skb, struct packet *p)
{
	__u32 verdict;

	p->acl = READ_ONCE(sh.config.acl);
	if (ports_wanted(p))
	{
		parse_ports(skb, p);
		/* of this host, not of a member behind it (GM-040) */
		if (!skb->ingress_ifindex && is_server(p))
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
	if (verdict == CM_DROP)
	{
		return drop(CM_DROP_LIST);
	}
	return encrypt(skb, p, (verdict - 1) & (CM_SAS - 1));
}

SEC("tc")
int gdoi_egress(struct __sk_buff *skb)
{
	struct packet p = {};

	if (is_tagged(skb))
	{
		return TC_ACT_UNSPEC;
	}
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

/**
 * Check if a packet that came encrypted is one that may: neither of traffic
 * that the list drops, nor of an SA that the packet's SPI does not stand for.
 *
 * @param sas		bit per SA that the SPI stands for
 * @return			0 to go on, or the counter of what is wrong with it
 */
NOINLINE __u32 check_inside(struct __sk_buff *skb, struct packet *p, __u32 sas)
{
	__u32 verdict;

	parse_ports(skb, p);
	mirror(p);
	verdict = lookup(p);
	if (verdict == CM_DROP)
	{
		return CM_DROP_LIST;
	}
	if (verdict != CM_CLEAR && !(sas & (1u << ((verdict - 1) & (CM_SAS - 1)))))
	{
		return CM_DROP_SELECTOR;
	}
	return 0;
}

/**
 * Compare the addresses of a decrypted packet to those that were outside.
 *
 * @param checked	TRUE if its freshness is known
 */
INLINE int accept(struct __sk_buff *skb, struct packet *p, int checked)
{
	struct cm_slot *slot;
	__u32 wrong;

	slot = get_slot(skb->mark);
	if (!slot)
	{
		return drop(CM_DROP_NO_SLOT);
	}
	if (!checked && unlikely(slot->fresh))
	{	/* it is to have a header in front and has none, which gets counted */
		return jump(skb, CM_JUMP_CHECK);
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
	if (slot->sas != CM_ALL_SAS ||
		(sh.acl[p->acl & 1].flags & CM_ACL_DROPS))
	{
		wrong = check_inside(skb, p, slot->sas);
		if (wrong)
		{
			return drop(wrong);
		}
	}
	skb->mark = slot->mark;
	return pass(CM_DECRYPTED);
}

/**
 * Send an ESP packet to the local anchor.
 *
 * @param sas		bit per SA whose traffic it may be; 0 for a later fragment,
 *					whose addresses and mark reassembly takes from the first
 * @param fresh		1 + SA whose freshness it must have, 0 for none
 */
INLINE int decrypt(struct __sk_buff *skb, struct packet *p, __u32 sas,
				   __u32 fresh)
{
	struct cm_slot *slot;
	struct ipv6hdr *ip6;
	struct iphdr *ip;
	void *data;

	if (sas)
	{
		slot = take_slot(CM_MARK_IN | sh.config.id);
		if (!slot)
		{
			return drop(CM_DROP_NO_SLOT);
		}
		slot->family = p->family;
		slot->sas = sas;
		slot->fresh = fresh;
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
	if (verdict == CM_CLEAR || (verdict != CM_DROP &&
		(sh.config.clear & CM_CLEAR_IN((verdict - 1) & (CM_SAS - 1)))))
	{
		return pass(CM_RECEIVED_CLEAR);
	}
	if (esp)
	{
		return drop(CM_DROP_UNKNOWN_SPI);
	}
	return drop(verdict == CM_DROP ? CM_DROP_LIST : CM_DROP_CLEAR);
}

/**
 * Decide about ESP. Later fragments don't show their SPI, and remembering
 * first fragments fails where they arrive out of order: so all of those that
 * the list claims go to the anchor.
 */
INLINE int receive_esp(struct __sk_buff *skb, struct packet *p)
{
	struct packet mirrored;
	__u32 spi, sas, fresh = 0, verdict;

	p->blind = p->loose = 1;
	if (!p->later)
	{
		if (bpf_skb_load_bytes(skb, p->l4, &spi, sizeof(spi)))
		{
			return drop(CM_DROP_MALFORMED);
		}
		sas = get_sas(spi, &fresh);
		if (sas)
		{
			return decrypt(skb, p, sas, fresh);
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
		return decrypt(skb, p, 0, 0);
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

	p->acl = READ_ONCE(sh.config.acl);
	if ((skb->mark & CM_MARK_MAGIC) == CM_MARK_IN)
	{
		return accept(skb, p, 0);
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

/**
 * Decide about a packet with an address that must not be seen on the wire:
 * only what XFRM gives back with a freshness header has it.
 */
INLINE int receive_anchor(struct __sk_buff *skb)
{
	if (get_fresh_slot(skb->mark))
	{
		return jump(skb, CM_JUMP_CHECK);
	}
	return drop(CM_DROP_ANCHOR);
}

/**
 * Check if an address is one that must not be seen on the wire.
 */
INLINE int is_anchor4(__u32 addr)
{
	return addr == sh.config.local4 || addr == sh.config.remote4;
}

INLINE int is_anchor6(const __u32 *addr)
{
	return same_addr(addr, sh.config.local6) ||
		   same_addr(addr, sh.config.remote6);
}

SEC("tc")
int gdoi_ingress(struct __sk_buff *skb)
{
	struct packet p = {};

	if (skb->pkt_type == PACKET_OTHERHOST || is_tagged(skb))
	{
		return TC_ACT_UNSPEC;
	}
	if (skb->protocol == bpf_htons(ETH_P_IP))
	{
		if (!parse4(skb, &p))
		{
			return drop(CM_DROP_MALFORMED);
		}
		if (is_anchor4(p.saddr[0]) || is_anchor4(p.daddr[0]))
		{
			return receive_anchor(skb);
		}
		return receive(skb, &p);
	}
	if (skb->protocol == bpf_htons(ETH_P_IPV6))
	{
		if (!parse6(skb, &p))
		{
			return drop(CM_DROP_MALFORMED);
		}
		if (is_anchor6(p.saddr) || is_anchor6(p.daddr))
		{
			return receive_anchor(skb);
		}
		return receive(skb, &p);
	}
	if (skb->protocol == bpf_htons(ETH_P_8021Q) ||
		skb->protocol == bpf_htons(ETH_P_8021AD))
	{	/* a tag behind one of VLAN 0: the kernel strips both after us */
		return drop(CM_DROP_MALFORMED);
	}
	return TC_ACT_UNSPEC;
}

/**
 * Where programs of freshness jump to, with packets that are fresh and whose
 * header they have taken off.
 */
SEC("tc")
int gdoi_accept(struct __sk_buff *skb)
{
	struct packet p = {
		.acl = READ_ONCE(sh.config.acl),
	};

	if (!(skb->protocol == bpf_htons(ETH_P_IP) ? parse4(skb, &p)
											   : parse6(skb, &p)))
	{
		return drop(CM_DROP_MALFORMED);
	}
	return accept(skb, &p, 1);
}

/**
 * XFRM gives what it decrypts back to where it got it from, and in a VRF that
 * is the VRF's own device. From there it goes to the ingress program, as
 * elsewhere.
 */
SEC("tc")
int gdoi_vrf(struct __sk_buff *skb)
{
	if ((skb->mark & (CM_MARK_MAGIC | CM_MARK_SA_MASK)) !=
		(CM_MARK_IN | sh.config.id))
	{
		return TC_ACT_UNSPEC;
	}
	return bpf_redirect(sh.config.ifindex, BPF_F_INGRESS);
}
