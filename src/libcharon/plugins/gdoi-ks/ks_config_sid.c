/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_config_sid.h"

#include <group/group_policy.h>

/**
 * Read the number of the key server, which needs its bits
 */
static void parse_server(ks_config_sid_t *sids, config_node_t *node,
						 config_reader_t *reader)
{
	ks_sid_format_t *format = &sids->format;
	config_node_t *child;
	uint32_t most;

	format->server_bits = reader->get_int(reader, node, "server_bits", 0, 0,
								GROUP_POLICY_SID_BITS_MAX);
	format->server_id = reader->get_int(reader, node, "server_id", 0, 0,
										UINT32_MAX);
	if (format->server_bits + KS_SID_MEMBER_BITS_MIN > format->bits)
	{
		child = node->get_child(node, "server_bits") ?: node;
		reader->error(reader, child, "\"%u\" leaves fewer than %d of %u bits "
					  "to number members (write 0 to %d, or more bits)",
					  format->server_bits, KS_SID_MEMBER_BITS_MIN,
					  format->bits, format->bits - KS_SID_MEMBER_BITS_MIN);
		return;
	}
	most = ((uint64_t)1 << format->server_bits) - 1;
	if (format->server_id > most)
	{
		child = node->get_child(node, "server_id") ?: node;
		reader->error(reader, child, "\"%u\" does not fit into %u bits (write "
					  "0 to %u, or more server_bits)", format->server_id,
					  format->server_bits, most);
	}
	else if (format->server_bits && !node->get_child(node, "server_id"))
	{
		reader->missing(reader, node, "server_id", "write another number on "
						"each key server of the group, e.g. 0 on the first");
	}
}

/*
 * Described in header
 */
ks_config_sid_t *ks_config_sid_parse(config_node_t *node,
									 config_reader_t *reader)
{
	u_int errors = reader->errors(reader);
	ks_config_sid_t *sids;

	INIT(sids);
	sids->format.bits = reader->get_int(reader, node, "bits",
								KS_SID_BITS_DEFAULT, GROUP_POLICY_SID_BITS_MIN,
								GROUP_POLICY_SID_BITS_MAX);
	sids->max_per_member = reader->get_int(reader, node, "max_per_member",
								KS_SID_PER_MEMBER_DEFAULT, 1,
								GROUP_POLICY_SIDS_MAX);
	if (reader->errors(reader) == errors)
	{
		parse_server(sids, node, reader);
	}
	if (reader->errors(reader) > errors)
	{
		ks_config_sid_destroy(sids);
		return NULL;
	}
	return sids;
}

/*
 * Described in header
 */
bool ks_sid_format_equals(const ks_sid_format_t *a, const ks_sid_format_t *b)
{
	return a->bits == b->bits && a->server_bits == b->server_bits &&
		   a->server_id == b->server_id;
}

/*
 * Described in header
 */
uint64_t ks_sid_format_capacity(const ks_sid_format_t *format)
{
	return (uint64_t)1 << (format->bits - format->server_bits);
}

/*
 * Described in header
 */
bool ks_config_sid_equals(ks_config_sid_t *a, ks_config_sid_t *b)
{
	if (!a || !b)
	{
		return a == b;
	}
	return a->max_per_member == b->max_per_member &&
		   ks_sid_format_equals(&a->format, &b->format);
}

/*
 * Described in header
 */
void ks_config_sid_destroy(ks_config_sid_t *sids)
{
	free(sids);
}
