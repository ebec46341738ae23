/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_neighbours.h"

/**
 * Keys of the anchors
 */
static const char *keys[] = {
	[GM_ANCHOR_LOCAL4] = "anchor_local",
	[GM_ANCHOR_REMOTE4] = "anchor_remote",
	[GM_ANCHOR_LOCAL6] = "anchor_local6",
	[GM_ANCHOR_REMOTE6] = "anchor_remote6",
};

/**
 * Compare two anchors or NULLs
 */
static bool same_anchor(host_t *a, host_t *b)
{
	return a == b || (a && b && a->ip_equals(a, b));
}

/*
 * Described in header
 */
void gm_neighbours_check(gm_config_t *config, config_node_t *node,
						 config_reader_t *reader, gm_config_t *other)
{
	const gm_config_data_t *a = config->get(config), *b = other->get(other);
	bool together = streq(a->interface, b->interface);
	config_node_t *key;
	int i;

	for (i = 0; i < countof(keys); i++)
	{
		key = node->get_child(node, keys[i]) ?: node;
		if (together && !same_anchor(a->anchors[i], b->anchors[i]))
		{
			reader->error(reader, key, "the anchors differ from those of group "
						  "%s, which is on %s as well (write the same %s in "
						  "both, or in neither)", b->group.name, b->interface,
						  keys[i]);
			return;
		}
		if (!together && a->anchors[i] &&
			same_anchor(a->anchors[i], b->anchors[i]))
		{
			reader->error(reader, key, "\"%H\" is an anchor of group %s on %s "
						  "already (give every interface its own)",
						  a->anchors[i], b->group.name, b->interface);
			return;
		}
	}
}
