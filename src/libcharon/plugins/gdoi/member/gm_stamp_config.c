/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_stamp_config.h"

#include <cryptomap/freshness.h>
#include <group/d3p_window.h>

#include <netinet/in.h>

/** protocols that the inside of a packet may be, or that the kernel acts on:
 *  no header of ours could be told from them */
static const uint8_t taken[] = {
	IPPROTO_ICMP, IPPROTO_IGMP, IPPROTO_IPIP, IPPROTO_TCP, IPPROTO_UDP,
	IPPROTO_IPV6, IPPROTO_ROUTING, IPPROTO_FRAGMENT, IPPROTO_GRE, IPPROTO_ESP,
	IPPROTO_AH, IPPROTO_ICMPV6, IPPROTO_NONE, IPPROTO_DSTOPTS, IPPROTO_COMP,
	IPPROTO_SCTP,
};

/**
 * Read the window, in the key server's ranges (D3P-001, D3P-002)
 */
static uint32_t parse_window(config_node_t *node, config_reader_t *reader)
{
	const char *text;
	uint32_t window = 0;

	text = reader->get_str(reader, node, "d3p_window", NULL);
	if (text && !d3p_window_parse(text, &window))
	{
		reader->error(reader, node->get_child(node, "d3p_window"), "\"%s\" is "
					  "not a window (write 1s to 100s, or 100ms to 10000ms)",
					  text);
		return 0;
	}
	return window;
}

/**
 * Read the protocol of the header
 */
static uint8_t parse_protocol(config_node_t *node, config_reader_t *reader)
{
	uint8_t protocol;
	int i;

	protocol = reader->get_int(reader, node, "d3p_protocol",
							   FRESHNESS_PROTOCOL_D3P, 1, 254);
	for (i = 0; i < countof(taken); i++)
	{
		if (protocol == taken[i])
		{
			reader->error(reader, node->get_child(node, "d3p_protocol"),
						  "%u is the number of another protocol (write one "
						  "that is free, e.g. 253)", protocol);
			break;
		}
	}
	return protocol;
}

/**
 * Read the length of the TBAR header (TBAR-009)
 */
static uint8_t parse_header(config_node_t *node, config_reader_t *reader)
{
	uint8_t header;

	header = reader->get_int(reader, node, "replay_header",
							 FRESHNESS_HEADER_TBAR, FRESHNESS_HEADER_TBAR,
							 FRESHNESS_HEADER_TBAR_LONG);
	if (header != FRESHNESS_HEADER_TBAR && header != FRESHNESS_HEADER_TBAR_LONG)
	{
		reader->error(reader, node->get_child(node, "replay_header"), "%u is "
					  "not a length of the header (write 12 or 16)", header);
	}
	return header;
}

/*
 * Described in header
 */
void gm_stamp_config_parse(gm_stamp_config_t *config, config_node_t *node,
						   config_reader_t *reader)
{
	config->d3p_window = parse_window(node, reader);
	config->d3p_full = reader->get_bool(reader, node, "d3p_full", FALSE);
	config->d3p_protocol = parse_protocol(node, reader);
	config->replay_header = parse_header(node, reader);
}

/*
 * Described in header
 */
bool gm_stamp_config_equals(const gm_stamp_config_t *a,
							const gm_stamp_config_t *b)
{
	return a->d3p_window == b->d3p_window && a->d3p_full == b->d3p_full &&
		   a->d3p_protocol == b->d3p_protocol &&
		   a->replay_header == b->replay_header;
}
