/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * Memory that the BPF programs of a crypto map and its user space share. Only
 * types of fixed size, naturally aligned, so that both compilers agree.
 *
 * @defgroup cm_shared cm_shared
 * @{ @ingroup gdoi
 */

#ifndef CM_SHARED_H_
#define CM_SHARED_H_

#include <linux/types.h>

/** lines of one access list, a power of two */
#define CM_LINES 2048

/** SAs, SPIs and key servers, see crypto_map.h; all powers of two */
#define CM_SAS 16
#define CM_SPIS 64
#define CM_SERVERS 32

/** samplers whose probes are told apart, a power of two */
#define CM_PROBES 16

/** areas for CPUs, a power of two; a box with more CPUs shares some, which
 *  costs exact counters only */
#define CM_CPUS 256

/**
 * A mark: 8 bits of magic, 4 of SA index, 3 of generation, 17 of slot. The
 * magic differs by direction, so that one can't be taken for the other, and for
 * outbound packets with a freshness header, whose XFRM policies are others.
 * Probes have a magic of their own and nothing else.
 */
#define CM_MARK_OUT 0xd6000000u
#define CM_MARK_IN 0xd7000000u
#define CM_MARK_PROBE 0xd8000000u
#define CM_MARK_STAMPED 0xd9000000u
#define CM_MARK_MAGIC 0xff000000u
#define CM_MARK_SA_SHIFT 20
#define CM_MARK_SA_MASK 0x00f00000u
#define CM_MARK_GEN_SHIFT 17
#define CM_MARK_GEN_MASK 0x7u
#define CM_SLOT_BITS 17
#define CM_SLOT_MASK ((1u << CM_SLOT_BITS) - 1)

/** verdict of a deny line or of no line; permit lines give 1 + SA index, or
 *  CM_DROP */
#define CM_CLEAR 0
#define CM_DROP 0xff

/** flows that each CPU remembers the verdicts of, a power of two */
#define CM_FLOWS 2048

/** lines of a family from which on verdicts are remembered */
#define CM_CACHE_LINES 16

/** bits of cm_rule*.flags: the rule looks at ports */
#define CM_RULE_PORTS 1

/** bits of cm_acl.flags: some rule looks at ports, some rule drops */
#define CM_ACL_PORTS 1
#define CM_ACL_DROPS 2

/** an SPI that may bring the traffic of all SAs */
#define CM_ALL_SAS 0xffffu

/** bits of cm_config.clear: one per SA for each direction */
#define CM_CLEAR_OUT(sa) (1u << (sa))
#define CM_CLEAR_IN(sa) (1u << (CM_SAS + (sa)))

/** seconds that a path MTU learned from the core is believed */
#define CM_PMTU_SECONDS 600

/** smallest path MTUs believed: Linux's own floor, and the one of IPv6 */
#define CM_PMTU_MIN4 552
#define CM_PMTU_MIN6 1280

/** octets of a packet that an event carries */
#define CM_EVENT_DATA 128

/**
 * Programs that others jump to. Those of freshness are there if that is in use:
 * to stamp an outbound packet, to make pieces of one that is to be segmented
 * before, to check an inbound packet and take its header off. What was checked
 * goes back to a program of the crypto map.
 */
enum cm_jump {
	CM_JUMP_STAMP,
	CM_JUMP_SEGMENT,
	CM_JUMP_CHECK,
	CM_JUMP_ACCEPT,
	CM_JUMPS,
};

/**
 * Counters, in the order of crypto_map_stat_names[].
 */
enum cm_stat {
	CM_ENCRYPTED,
	CM_DECRYPTED,
	CM_SENT_CLEAR,
	CM_RECEIVED_CLEAR,
	CM_BYPASSED,
	CM_REDIRECTED,
	CM_DROP_NOT_READY,
	CM_DROP_LIST,
	CM_DROP_NO_SLOT,
	CM_DROP_ANCHOR,
	CM_DROP_CLEAR,
	CM_DROP_UNKNOWN_SPI,
	CM_DROP_ADDRESSES,
	CM_DROP_SELECTOR,
	CM_DROP_TOO_BIG,
	CM_DROP_MALFORMED,
	CM_PMTU_LEARNED,
	CM_ESP_FRAGMENTS,
	CM_CACHED,
	CM_DROP_FRESHNESS,
	CM_STATS,
};

/**
 * What gets lost on the way through XFRM: of an outbound packet its addresses,
 * link layer header, hop limit and mark, of an inbound one the addresses on
 * the outside and the mark.
 */
struct cm_slot {
	__u32 saddr[4];
	__u32 daddr[4];
	/** link layer header behind two octets of padding, so that it can be
	 *  copied in words with the IP header that follows it */
	__u64 mac[2];
	/** mark that this slot was given out with */
	__u32 tag;
	/** mark of the packet before */
	__u32 mark;
	__u8 family;
	__u8 ttl;
	/** bit per SA whose traffic the packet may be, if inbound */
	__u16 sas;
	/** bit DF of the IPv4 packet outside, as it is in the header */
	__u16 df;
	/** 1 + SA whose freshness the packet must have, if inbound; 0 for none */
	__u8 fresh;
	__u8 pad;
};

/**
 * A line of the IPv4 list; addresses in network order, ports in host order.
 */
struct cm_rule4 {
	__u32 src;
	__u32 smask;
	__u32 dst;
	__u32 dmask;
	__u16 sport_lo;
	__u16 sport_hi;
	__u16 dport_lo;
	__u16 dport_hi;
	/** 0 is any */
	__u8 protocol;
	__u8 verdict;
	__u8 flags;
	__u8 pad[5];
};

/**
 * A line of the IPv6 list.
 */
struct cm_rule6 {
	__u32 src[4];
	__u32 smask[4];
	__u32 dst[4];
	__u32 dmask[4];
	__u16 sport_lo;
	__u16 sport_hi;
	__u16 dport_lo;
	__u16 dport_hi;
	__u8 protocol;
	__u8 verdict;
	__u8 flags;
	__u8 pad[5];
};

/**
 * A list. There are two of them, user space writes the one not in use.
 */
struct cm_acl {
	__u32 count4;
	__u32 count6;
	__u32 flags;
	__u32 pad;
	struct cm_rule4 rules4[CM_LINES];
	struct cm_rule6 rules6[CM_LINES];
};

/**
 * Sizes of an SA's encapsulation.
 */
struct cm_esp {
	/** block size, 0 if not known */
	__u16 block;
	/** ESP header, IV and ICV */
	__u16 fixed;
};

/**
 * A set of SPIs; as with lists, there are two.
 */
struct cm_spis {
	__u32 count;
	__u32 spi[CM_SPIS];
	/** bit per SA whose traffic the SPI may bring */
	__u32 sas[CM_SPIS];
	/** 1 + SA whose freshness its packets must have, 0 for none */
	__u32 stamped[CM_SPIS];
};

/**
 * A set of key servers, IPv4 ones as mapped addresses; there are two.
 */
struct cm_servers {
	__u32 count;
	__u32 addr[CM_SERVERS][4];
};

/**
 * What user space sets. Every change is one word, so that a packet sees it
 * before or after, never half of it.
 */
struct cm_config {
	/** generation of the access list; its lowest bit says which of the two */
	__u32 acl;
	/** bit per SA */
	__u32 ready;
	/** directions, CM_CLEAR_* */
	__u32 clear;
	/** bit per SA whose outbound packets get a freshness header */
	__u32 stamped;
	/** which of the two SPI sets and server sets counts */
	__u32 spis;
	__u32 servers;
	/** lines of a family from which on verdicts are remembered */
	__u32 cache_lines;
	/** what makes it hard to guess where a flow is remembered */
	__u32 seed;
	/** interface that encrypts, and the one that the programs are on */
	__u32 xfrm_ifindex;
	__u32 ifindex;
	/** what tells our inbound packets from those of other crypto maps: bits of
	 *  CM_MARK_SA_MASK, which is of no other use there */
	__u32 id;
	/** anchors in network order */
	__u32 local4;
	__u32 remote4;
	__u32 local6[4];
	__u32 remote6[4];
	struct cm_esp esp[CM_SAS];
};

/**
 * What the programs write, per CPU.
 */
struct cm_cpu {
	__u64 stats[CM_STATS];
	__u32 next;
	__u32 pad[15];
} __attribute__((aligned(64)));

/**
 * How the ESP packet of a sampler's last probe began, in network order.
 */
struct cm_probe {
	/** set last, 0 if there was none since user space cleared it */
	__u32 spi;
	__u32 pad;
	__u32 iv[2];
};

/**
 * Everything that is shared, the .bss of the programs.
 */
struct cm_shared {
	struct cm_config config;
	struct cm_spis spis[2];
	struct cm_servers servers[2];
	struct cm_acl acl[2];
	/** smallest path MTU in the table, 0 while it is empty */
	__u32 pmtu_floor;
	/** last SPI that was not known, 0 if none */
	__u32 unknown_spi;
	struct cm_cpu cpu[CM_CPUS];
	struct cm_probe probes[CM_PROBES];
};

/**
 * Path MTU towards a destination; key of the table is its address, an IPv4
 * one as mapped address.
 */
struct cm_pmtu {
	/** octets of the packet outside */
	__u32 mtu;
	__u32 pad;
	/** nanoseconds of CLOCK_MONOTONIC */
	__u64 expires;
};

/**
 * An outbound packet that did not fit and wants an ICMP answer.
 */
struct cm_event {
	/** size that would have fit */
	__u32 mtu;
	/** valid octets in data */
	__u32 len;
	/** the packet from its IP header on */
	__u8 data[CM_EVENT_DATA];
};

/**
 * Largest packet that fits into a path MTU after encapsulation in tunnel
 * mode: the ESP payload is cut down to whole blocks, two octets of which are
 * the trailer.
 *
 * @param mtu		path MTU in octets
 * @param header	octets of the outer IP header, 20 or 40
 * @param esp		sizes of the SA
 * @return			octets of the packet inside, 0 if nothing fits
 */
static inline __attribute__((always_inline))
__u32 cm_inner_mtu(__u32 mtu, __u32 header, const struct cm_esp *esp)
{
	__u32 block = esp->block, room = header + esp->fixed;

	if (!block || mtu < room + block)
	{
		return 0;
	}
	return ((mtu - room) & ~(block - 1)) - 2;
}

#endif /** CM_SHARED_H_ @}*/
