/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/*
 * The programs of freshness. Those of the crypto map jump here, with packets
 * whose mark names SA and slot; nothing else comes here.
 *
 * Outbound: an IP header from anchor to anchor and the freshness header get in
 * front of the packet, which then goes to the XFRM interface. XFRM's BEET mode
 * keeps the former for the outside and encrypts the latter, so that on the wire
 * the freshness header follows ESP, as the drafts want it.
 *
 * Inbound: XFRM puts an IP header from anchor to anchor in front of what it
 * decrypts. It goes, as the freshness header does, which must be there and
 * tell of a time within the window.
 */

#include "fresh_check.h"
#include "fresh_stamp.h"

char _license[] SEC("license") = "GPL";

/**
 * Give a packet its header and send it through XFRM. Needs no more than its
 * mark, on the egress of any device with an Ethernet header.
 */
SEC("tc")
int fresh_stamp(struct __sk_buff *skb)
{
	__u32 sa = (skb->mark & CM_MARK_SA_MASK) >> CM_MARK_SA_SHIFT, extra;
	const struct fresh_profile *profile = get_profile(sa);
	struct fresh_counts *counts = get_counts(sa);
	struct packet p = {};
	struct cm_slot *slot;
	int v4, done;

	if ((skb->mark & CM_MARK_MAGIC) != CM_MARK_STAMPED)
	{	/* somebody sends by all devices there are, those for segments too */
		return TC_ACT_SHOT;
	}
	slot = get_slot(skb->mark);
	if (!slot || profile->method == FRESH_NONE)
	{
		return not_stamped(counts);
	}
	v4 = skb->protocol == bpf_htons(ETH_P_IP);
	if (!(v4 ? parse4(skb, &p) : parse6(skb, &p)))
	{
		return not_stamped(counts);
	}
	extra = profile->header == FRESH_HEADER_LONG ? FRESH_HEADER_LONG
												 : FRESH_HEADER;
	if (p.df && too_big(skb, &p, sa, extra))
	{
		return drop(CM_DROP_TOO_BIG);
	}
	if (skb->gso_size)
	{
		bpf_tail_call(skb, &jumps, CM_JUMP_SEGMENT);
		return not_stamped(counts);
	}
	if (skb->vlan_present && bpf_skb_vlan_pop(skb))
	{
		return not_stamped(counts);
	}
	done = v4 ? push4(skb, profile, slot, extra) : push6(skb, profile, extra);
	if (!done)
	{
		return not_stamped(counts);
	}
	increase(&counts->out);
	count(CM_REDIRECTED);
	return bpf_redirect(sh.config.xfrm_ifindex, 0);
}

/**
 * Have a large packet cut into segments, each of which then gets its header
 * at the device below that one. Segments have the mark of the whole, and with
 * it a slot together.
 */
SEC("tc")
int fresh_segment(struct __sk_buff *skb)
{
	__u32 to = READ_ONCE(fresh.segments), mtu = 0;

	/* from there it would only come back; and a redirection to what somebody
	 * has removed would be counted by nobody */
	if (!to || skb->ifindex != sh.config.ifindex ||
		bpf_check_mtu(skb, to, &mtu, 0, 0) < 0)
	{
		return not_stamped(get_counts((skb->mark & CM_MARK_SA_MASK) >>
									  CM_MARK_SA_SHIFT));
	}
	return bpf_redirect(to, 0);
}

/**
 * Check the header of a packet that XFRM has decrypted, take it off with the
 * IP header in front, and let the crypto map go on with what was inside. No
 * sender learns why its packet was refused.
 */
SEC("tc")
int fresh_check(struct __sk_buff *skb)
{
	const struct fresh_profile *profile;
	struct fresh_counts *counts;
	struct inbound in = {};
	struct cm_slot *slot;
	int wrong;

	slot = get_fresh_slot(skb->mark);
	if (!slot)
	{
		return drop(CM_DROP_NO_SLOT);
	}
	in.sa = (slot->fresh - 1) & (CM_SAS - 1);
	in.times.boot = get_boot_time();
	profile = get_profile(in.sa);
	counts = get_counts(in.sa);
	if (profile->method == FRESH_NONE)
	{
		return drop(CM_DROP_FRESHNESS);
	}
	wrong = skb->protocol == bpf_htons(ETH_P_IP) ? find4(skb, profile, &in)
												 : find6(skb, profile, &in);
	if (!wrong)
	{
		wrong = judge(skb, profile, &in);
	}
	if (!wrong && bpf_skb_adjust_room(skb, -(__s32)(in.outer + in.len),
									  BPF_ADJ_ROOM_MAC, 0))
	{
		wrong = FRESH_MALFORMED + 1;
	}
	if (unlikely(wrong))
	{
		increase(&counts->errors[(wrong - 1) & 7]);
		report_refused(&in, slot, wrong - 1);
		return drop(CM_DROP_FRESHNESS);
	}
	if (unlikely((in.tos & ECN_MASK) == ECN_CE))
	{
		carry_congestion(skb, &in);
	}
	increase(&counts->in);
	note_delta(counts, in.times.delta);
	if (is_mergeable(skb, slot, &in))
	{
		/* what comes back has no header any more */
		slot->fresh = 0;
		return bpf_redirect(fresh.merge, 0);
	}
	return jump(skb, CM_JUMP_ACCEPT);
}

/**
 * Put what was merged back to where its segments came from. It has the mark,
 * and with it the slot, of the first of them, which all have the same addresses
 * and were fresh.
 */
SEC("tc")
int fresh_merged(struct __sk_buff *skb)
{
	if ((skb->mark & (CM_MARK_MAGIC | CM_MARK_SA_MASK)) !=
		(CM_MARK_IN | sh.config.id))
	{
		return TC_ACT_SHOT;
	}
	return bpf_redirect(sh.config.ifindex, BPF_F_INGRESS);
}
