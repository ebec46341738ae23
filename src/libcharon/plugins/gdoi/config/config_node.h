/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup config_node config_node
 * @{ @ingroup gdoi_config
 */

#ifndef CONFIG_NODE_H_
#define CONFIG_NODE_H_

#include <library.h>
#include <collections/enumerator.h>

/** deepest nesting of sections that is read from any source */
#define CONFIG_DEPTH_MAX 8

typedef struct config_node_t config_node_t;

/**
 * A section or key of the administrator's configuration, as a tree.
 *
 * Both sources of groups, swanctl.conf and a VICI message, become this one
 * tree, so that there is one parser and one kind of error. A node with a value
 * is a key, a node without is a section; order is that of the source.
 *
 * Nodes are not thread safe; a tree belongs to the load that built it.
 */
struct config_node_t {

	/**
	 * Name of this node, without its parents'.
	 *
	 * @return			name, empty for the root
	 */
	const char *(*get_name)(config_node_t *this);

	/**
	 * Full path of this node for messages, e.g. "groups.getvpn.server.kek".
	 *
	 * @return			path, internal data of the node
	 */
	const char *(*get_path)(config_node_t *this);

	/**
	 * Value of a key.
	 *
	 * @return			value, NULL if this node is a section
	 */
	const char *(*get_value)(config_node_t *this);

	/**
	 * Find a direct child and mark it as known to the reader.
	 *
	 * @param name		name of the key or section
	 * @return			child, NULL if there is none
	 */
	config_node_t *(*get_child)(config_node_t *this, const char *name);

	/**
	 * Enumerate the direct children in order of the source, marking each as
	 * known.
	 *
	 * @return			enumerator over (config_node_t*)
	 */
	enumerator_t *(*create_enumerator)(config_node_t *this);

	/**
	 * Add a child at the end.
	 *
	 * @param name		name, at most 255 octets (longer names wrap in VICI)
	 * @param value		value, or NULL to add a section
	 * @return			the child, owned by this; NULL if the name is taken or
	 *					too long
	 */
	config_node_t *(*add_child)(config_node_t *this, const char *name,
								const char *value);

	/**
	 * Find a descendant no reader asked for: a typo in the configuration.
	 *
	 * @return			the first unknown node in order, NULL if all are known
	 */
	config_node_t *(*find_unknown)(config_node_t *this);

	/**
	 * Mark a node and all below it as known.
	 */
	void (*set_known)(config_node_t *this);

	/**
	 * Find the name that an unknown child was probably meant to have: a child
	 * that was asked for, isn't there, and differs in few letters.
	 *
	 * @param name		name of the unknown child
	 * @return			likely name, NULL if none is close; internal data
	 */
	const char *(*suggest)(config_node_t *this, const char *name);

	/**
	 * Enumerate the names that get_child() was asked for, each once, in the
	 * order of the first question.
	 *
	 * @return			enumerator over (const char*)
	 */
	enumerator_t *(*create_asked_enumerator)(config_node_t *this);

	/**
	 * Section that this node is in.
	 *
	 * @return			parent, NULL for the root
	 */
	config_node_t *(*get_parent)(config_node_t *this);

	/**
	 * Destroy the node with its children. Values may be secrets and are wiped.
	 */
	void (*destroy)(config_node_t *this);
};

/**
 * Number of letters to add, remove, replace or swap with their neighbour to
 * turn one word into another.
 *
 * @param a			word, only its first 63 octets count
 * @param b			other word, likewise
 * @return			number of edits
 */
u_int config_node_distance(const char *a, const char *b);

/**
 * Create an empty root node.
 *
 * @return				root, to be destroyed by the caller
 */
config_node_t *config_node_create();

/**
 * Copy a tree as it was read: nothing in the copy is known to a reader.
 *
 * @param root			root
 * @return				root, to be destroyed by the caller
 */
config_node_t *config_node_copy(config_node_t *root);

#endif /** CONFIG_NODE_H_ @}*/
