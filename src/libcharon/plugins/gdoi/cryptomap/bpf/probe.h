/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * Probes: packets that are encrypted to see the IV that a state begins with,
 * and that never leave the machine. See sid_sampler.h.
 *
 * Included by one file only, the programs; nothing here is for user space.
 */

#ifndef PROBE_H_
#define PROBE_H_

#include "packet.h"

/** offsets of the octets that say what is behind an IP header */
#define PROTOCOL4 (MAC_LEN + 9)
#define PROTOCOL6 (MAC_LEN + 6)

/**
 * Take a packet to the remote anchor that isn't one of ours on its way out. A
 * probe comes here twice: in clear it goes to XFRM, encrypted it is noted and
 * ends. All else must not leave.
 *
 * @param offset	offset of the octet with the protocol
 * @param esp		offset of ESP, if it is that
 */
static __attribute__((noinline)) int take_probe(struct __sk_buff *skb,
												__u32 offset, __u32 esp)
{
	struct {
		__u32 spi;
		__u32 seq;
		__u32 iv[2];
	} begin;
	struct cm_probe *probe;
	__u8 protocol;

	if ((skb->mark & CM_MARK_MAGIC) != CM_MARK_PROBE ||
		bpf_skb_load_bytes(skb, offset, &protocol, sizeof(protocol)))
	{
		return drop(CM_DROP_ANCHOR);
	}
	if (protocol != IPPROTO_ESP)
	{
		return bpf_redirect(sh.config.xfrm_ifindex, 0);
	}
	if (bpf_skb_load_bytes(skb, esp, &begin, sizeof(begin)))
	{
		return drop(CM_DROP_MALFORMED);
	}
	probe = &sh.probes[skb->mark & (CM_PROBES - 1)];
	probe->iv[0] = begin.iv[0];
	probe->iv[1] = begin.iv[1];
	/* with a barrier: tells that the rest is there */
	__sync_lock_test_and_set(&probe->spi, begin.spi);
	return TC_ACT_SHOT;
}

#endif /** PROBE_H_ */
