/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "classifier_reference.h"

#include <linux/pkt_cls.h>

/** octets of the link layer header */
#define MAC 14

/** headers of IPv6 that others follow */
#define HOP_BY_HOP 0
#define ROUTING 43
#define FRAGMENT 44
#define OPTIONS 60

/** how many of them we go over */
#define MAX_EXTENSIONS 6

/** a packet taken apart */
typedef struct {
	group_packet_t packet;
	/** offset of what the protocol says it is */
	size_t offset;
	u_int ttl;
	/** a later fragment, as opposed to ports that are cut off */
	bool fragment;
} parts_t;

/** the answer where nothing is counted */
static const reference_answer_t passed = {
	.action = TC_ACT_UNSPEC,
	.stat = -1,
};

static u_int get16(const uint8_t *octets)
{
	return octets[0] << 8 | octets[1];
}

static reference_answer_t pass(int stat)
{
	return (reference_answer_t){ .action = TC_ACT_UNSPEC, .stat = stat };
}

static reference_answer_t drop(int stat)
{
	return (reference_answer_t){ .action = TC_ACT_SHOT, .stat = stat };
}

static bool is_extension(u_int header)
{
	return header == HOP_BY_HOP || header == ROUTING || header == FRAGMENT ||
		   header == OPTIONS;
}

/**
 * RFC 791.
 */
static bool read4(const uint8_t *frame, size_t len, parts_t *parts)
{
	const uint8_t *ip = frame + MAC;

	if (len < MAC + 20 || ip[0] >> 4 != 4 || (ip[0] & 15) < 5)
	{
		return FALSE;
	}
	parts->packet.family = AF_INET;
	parts->packet.protocol = ip[9];
	memcpy(parts->packet.src, ip + 12, 4);
	memcpy(parts->packet.dst, ip + 16, 4);
	parts->ttl = ip[8];
	parts->fragment = (get16(ip + 6) & 0x1fff) != 0;
	parts->offset = MAC + (ip[0] & 15) * 4;
	return TRUE;
}

/**
 * RFC 8200, section 4.
 */
static bool read6(const uint8_t *frame, size_t len, parts_t *parts)
{
	const uint8_t *ip = frame + MAC, *ext;
	u_int next, i;

	if (len < MAC + 40 || ip[0] >> 4 != 6)
	{
		return FALSE;
	}
	parts->packet.family = AF_INET6;
	memcpy(parts->packet.src, ip + 8, 16);
	memcpy(parts->packet.dst, ip + 24, 16);
	parts->ttl = ip[7];
	parts->offset = MAC + 40;
	next = ip[6];
	for (i = 0; i < MAX_EXTENSIONS && is_extension(next) && !parts->fragment;
		 i++)
	{
		if (parts->offset + 4 > len)
		{
			return FALSE;
		}
		ext = frame + parts->offset;
		if (next == FRAGMENT)
		{
			parts->fragment = get16(ext + 2) >> 3 != 0;
			parts->offset += 8;
		}
		else
		{
			parts->offset += 8 + ext[1] * 8;
		}
		next = ext[0];
	}
	parts->packet.protocol = next;
	parts->packet.loose = is_extension(next);
	return TRUE;
}

/**
 * Read ports where there are some. Where they should be but can't be seen, the
 * packet is as opaque as a later fragment.
 */
static void read_ports(const uint8_t *frame, size_t len, parts_t *parts)
{
	parts->packet.later = parts->fragment;
	switch (parts->packet.protocol)
	{
		case 6:
		case 17:
		case 33:
		case 132:
		case 136:
			if (parts->offset + 4 > len)
			{
				parts->packet.later = TRUE;
			}
			else if (!parts->fragment)
			{
				parts->packet.sport = get16(frame + parts->offset);
				parts->packet.dport = get16(frame + parts->offset + 2);
			}
			break;
		default:
			break;
	}
}

/**
 * GM-056: does a packet, seen from here, go to a key server?
 */
static bool is_server(const reference_t *this, const parts_t *parts,
					  const group_packet_t *packet)
{
	static const u_int ports[] = { 500, 848, 4500 };
	bool sport = parts->fragment, dport = parts->fragment;
	u_int i;

	if (packet->protocol != 17)
	{
		return FALSE;
	}
	for (i = 0; i < countof(ports); i++)
	{
		sport = sport || packet->sport == ports[i];
		dport = dport || packet->dport == ports[i];
	}
	for (i = 0; sport && dport && i < this->server_count; i++)
	{
		if (this->servers[i].family == packet->family &&
			memeq(this->servers[i].addr, packet->dst,
				  packet->family == AF_INET ? 4 : 16))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * RFC 4861 section 6.1, RFC 2236 section 2, RFC 3810 section 5: what is of use
 * on a link only.
 */
static bool is_neighbour(const parts_t *parts, const uint8_t *frame,
						 size_t len)
{
	u_int type;

	if (parts->fragment)
	{
		return FALSE;
	}
	if (parts->packet.family == AF_INET)
	{
		return parts->packet.protocol == 2 && parts->ttl == 1;
	}
	if (parts->packet.protocol != 58 || parts->offset >= len)
	{
		return FALSE;
	}
	type = frame[parts->offset];
	return parts->ttl == 255 ? type >= 133 && type <= 137
							 : parts->ttl == 1 &&
							   ((type >= 130 && type <= 132) || type == 143);
}

/**
 * A packet that leaves.
 */
static reference_answer_t send_packet(const reference_t *this,
									  const parts_t *parts,
									  const uint8_t *frame, size_t len)
{
	const group_rule_t *rule;

	if (is_server(this, parts, &parts->packet))
	{
		return pass(CM_BYPASSED);
	}
	rule = this->rules->classify(this->rules, &parts->packet, NULL);
	if (!rule || rule->action == GROUP_RULE_CLEAR)
	{
		return pass(CM_SENT_CLEAR);
	}
	if (is_neighbour(parts, frame, len))
	{
		return pass(CM_BYPASSED);
	}
	if (rule->action == GROUP_RULE_DROP)
	{
		return drop(CM_DROP_LIST);
	}
	if (this->directions[rule->sa] == CRYPTO_MAP_INBOUND_ONLY)
	{
		return pass(CM_SENT_CLEAR);
	}
	if (!(this->ready & 1u << rule->sa))
	{
		return drop(CM_DROP_NOT_READY);
	}
	return (reference_answer_t){
		.action = TC_ACT_REDIRECT,
		.stat = CM_REDIRECTED,
		.sa = rule->sa,
	};
}

/**
 * Does a line leave a packet in the clear, or lets it in so?
 */
static bool accepts_clear(const reference_t *this, const group_rule_t *rule)
{
	return !rule || rule->action == GROUP_RULE_CLEAR ||
		   (rule->action == GROUP_RULE_ENCRYPT &&
			this->directions[rule->sa] != CRYPTO_MAP_BOTH);
}

/**
 * ESP that arrives.
 */
static reference_answer_t receive_esp(const reference_t *this, parts_t *parts,
									  const uint8_t *frame, size_t len)
{
	reference_answer_t answer = passed;
	const group_rule_t *rule;
	group_packet_t mirrored;
	u_int i;

	parts->packet.loose = TRUE;
	if (!parts->fragment && parts->offset + 4 > len)
	{
		return drop(CM_DROP_MALFORMED);
	}
	for (i = 0; i < this->spi_count && !parts->fragment; i++)
	{
		if (memeq(&this->spis[i], frame + parts->offset, 4))
		{
			answer.decrypts = answer.keeps = TRUE;
			return answer;
		}
	}
	mirrored = group_packet_mirror(&parts->packet);
	rule = this->rules->classify(this->rules, &mirrored, NULL);
	if (parts->fragment)
	{
		if (!rule || rule->action == GROUP_RULE_CLEAR)
		{
			return pass(CM_RECEIVED_CLEAR);
		}
		answer.decrypts = TRUE;
		answer.stat = CM_ESP_FRAGMENTS;
		return answer;
	}
	return accepts_clear(this, rule) ? pass(CM_RECEIVED_CLEAR)
									 : drop(CM_DROP_UNKNOWN_SPI);
}

/**
 * A packet that arrives.
 */
static reference_answer_t receive_packet(const reference_t *this,
										 parts_t *parts,
										 const uint8_t *frame, size_t len)
{
	const group_rule_t *rule;
	group_packet_t mirrored;

	if (parts->packet.protocol == 50)
	{
		return receive_esp(this, parts, frame, len);
	}
	mirrored = group_packet_mirror(&parts->packet);
	if (is_neighbour(parts, frame, len) || is_server(this, parts, &mirrored))
	{
		return pass(CM_BYPASSED);
	}
	rule = this->rules->classify(this->rules, &mirrored, NULL);
	if (accepts_clear(this, rule))
	{
		return pass(CM_RECEIVED_CLEAR);
	}
	return drop(rule->action == GROUP_RULE_DROP ? CM_DROP_LIST
												: CM_DROP_CLEAR);
}

reference_answer_t reference_decide(const reference_t *this, bool out,
									const uint8_t *frame, size_t len)
{
	parts_t parts = {};
	bool good;

	switch (get16(frame + 12))
	{
		case 0x0800:
			good = read4(frame, len, &parts);
			break;
		case 0x86dd:
			good = read6(frame, len, &parts);
			break;
		case 0x8100:
		case 0x88a8:
			return out ? passed : drop(CM_DROP_MALFORMED);
		default:
			return passed;
	}
	if (!good)
	{
		return drop(CM_DROP_MALFORMED);
	}
	read_ports(frame, len, &parts);
	return out ? send_packet(this, &parts, frame, len)
			   : receive_packet(this, &parts, frame, len);
}
