/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_config.h"
#include "gm_direction.h"
#include "gm_lists.h"
#include "gm_sids.h"

#include <group/group_tek.h>

#include <net/if.h>

typedef struct private_gm_config_t private_gm_config_t;

/**
 * Private data of an gm_config_t object.
 */
struct private_gm_config_t {

	/**
	 * Public interface
	 */
	gm_config_t public;

	/**
	 * Values
	 */
	gm_config_data_t data;

	/**
	 * Texts of the proposals, to compare by
	 */
	char *kek_text;

	/**
	 * As kek_text
	 */
	char *esp_text;

	/**
	 * References
	 */
	refcount_t ref;
};

/**
 * Keys of the anchors, family, default prefix
 */
static const struct {
	const char *key;
	int family;
} anchor_keys[] = {
	[GM_ANCHOR_LOCAL4] = { "anchor_local", AF_INET },
	[GM_ANCHOR_REMOTE4] = { "anchor_remote", AF_INET },
	[GM_ANCHOR_LOCAL6] = { "anchor_local6", AF_INET6 },
	[GM_ANCHOR_REMOTE6] = { "anchor_remote6", AF_INET6 },
};

METHOD(gm_config_t, get, const gm_config_data_t*,
	private_gm_config_t *this)
{
	return &this->data;
}

METHOD(gm_config_t, has_server, bool,
	private_gm_config_t *this, const char *connection)
{
	u_int i;

	for (i = 0; i < this->data.server_count; i++)
	{
		if (streq(this->data.servers[i], connection))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Compare two strings or NULLs
 */
static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && streq(a, b));
}

/**
 * Compare two addresses or NULLs
 */
static bool same_host(host_t *a, host_t *b)
{
	return a == b || (a && b && a->ip_equals(a, b));
}

METHOD(gm_config_t, same_place, bool,
	private_gm_config_t *this, gm_config_t *other)
{
	const gm_config_data_t *a = &this->data, *b = other->get(other);
	int i;

	for (i = 0; i < countof(a->anchors); i++)
	{
		if (!same_host(a->anchors[i], b->anchors[i]))
		{
			return FALSE;
		}
	}
	return streq(a->group.name, b->group.name) &&
		   group_id_equals(&a->group.id, &b->group.id) &&
		   streq(a->interface, b->interface) &&
		   same_host(a->local_address, b->local_address) &&
		   same_text(a->local_interface, b->local_interface) &&
		   a->clear_df == b->clear_df;
}

/**
 * Compare the servers and their order
 */
static bool same_servers(const gm_config_data_t *a, const gm_config_data_t *b)
{
	u_int i;

	if (a->server_count != b->server_count)
	{
		return FALSE;
	}
	for (i = 0; i < a->server_count; i++)
	{
		if (!streq(a->servers[i], b->servers[i]))
		{
			return FALSE;
		}
	}
	return TRUE;
}

/**
 * Compare how long to wait for what
 */
static bool same_times(const gm_config_data_t *a, const gm_config_data_t *b)
{
	return a->register_timeout == b->register_timeout &&
		   a->reregister_margin == b->reregister_margin &&
		   a->reregister_jitter == b->reregister_jitter &&
		   a->ack_delay == b->ack_delay &&
		   a->recovery_interval == b->recovery_interval &&
		   a->retry.initial == b->retry.initial &&
		   a->retry.max == b->retry.max &&
		   a->retry.jitter == b->retry.jitter;
}

METHOD(gm_config_t, equals, bool,
	private_gm_config_t *this, gm_config_t *other_pub)
{
	private_gm_config_t *other = (private_gm_config_t*)other_pub;
	const gm_config_data_t *a = &this->data, *b = &other->data;

	return same_place(this, other_pub) && same_servers(a, b) &&
		   gm_lists_equal(a, b) &&
		   a->direction == b->direction &&
		   a->keep_phase1 == b->keep_phase1 &&
		   a->long_id_lengths == b->long_id_lengths &&
		   a->sender_ids == b->sender_ids &&
		   gm_stamp_config_equals(&a->stamps, &b->stamps) &&
		   same_times(a, b) &&
		   same_text(this->kek_text, other->kek_text) &&
		   same_text(this->esp_text, other->esp_text);
}

METHOD(gm_config_t, get_ref, gm_config_t*,
	private_gm_config_t *this)
{
	ref_get(&this->ref);
	return &this->public;
}

METHOD(gm_config_t, destroy, void,
	private_gm_config_t *this)
{
	gm_config_data_t *data = &this->data;
	int i;

	if (!ref_put(&this->ref))
	{
		return;
	}
	for (i = 0; i < data->server_count; i++)
	{
		free(data->servers[i]);
	}
	for (i = 0; i < countof(data->anchors); i++)
	{
		DESTROY_IF(data->anchors[i]);
	}
	DESTROY_OFFSET_IF(data->kek_proposals, offsetof(proposal_t, destroy));
	DESTROY_OFFSET_IF(data->esp_proposals, offsetof(proposal_t, destroy));
	DESTROY_IF(data->local_address);
	gm_lists_clear(data);
	free(data->local_interface);
	free(data->interface);
	free(this->kek_text);
	free(this->esp_text);
	free(this);
}

/**
 * Read the servers, GM-002, GM-004
 */
static void parse_servers(gm_config_data_t *data, config_node_t *node,
						  config_reader_t *reader)
{
	enumerator_t *enumerator;
	config_node_t *key;
	linked_list_t *list;
	char *name;
	u_int i;

	key = node->get_child(node, "servers");
	if (!key)
	{
		reader->missing(reader, node, "servers",
						"names of connections to key servers, by comma");
		return;
	}
	list = reader->get_list(reader, node, "servers");
	if (list->get_count(list) > GM_SERVERS_MAX)
	{
		reader->error(reader, key, "has %d key servers (write at most %d)",
					  list->get_count(list), GM_SERVERS_MAX);
	}
	else if (!list->get_count(list))
	{
		reader->error(reader, key, "names no key server (write the names of "
					  "one to %d connections)", GM_SERVERS_MAX);
	}
	enumerator = list->create_enumerator(list);
	while (enumerator->enumerate(enumerator, &name) &&
		   data->server_count < GM_SERVERS_MAX)
	{
		for (i = 0; i < data->server_count; i++)
		{
			if (streq(data->servers[i], name))
			{
				reader->error(reader, key, "names \"%s\" twice (write every "
							  "connection once)", name);
			}
		}
		data->servers[data->server_count++] = strdup(name);
	}
	enumerator->destroy(enumerator);
	list->destroy_function(list, free);
}

/**
 * Read the name of an interface
 */
static char *parse_interface(const char *key, config_node_t *node,
							 config_reader_t *reader)
{
	const char *name;

	name = reader->get_str(reader, node, key, NULL);
	if (name && strchr(name, ','))
	{	/* GM-014 */
		reader->error(reader, node->get_child(node, key), "\"%s\" is more than "
					  "one interface (write one: a group can't sit on several)",
					  name);
		return NULL;
	}
	if (name && (strlen(name) >= IF_NAMESIZE || strpbrk(name, "/ \t")))
	{
		reader->error(reader, node->get_child(node, key), "\"%s\" is not an "
					  "interface (write a name of at most %d characters, "
					  "e.g. eth0)", name, IF_NAMESIZE - 1);
		return NULL;
	}
	return strdupnull(name);
}

/**
 * Read the source of registrations: an address, or an interface that has it
 */
static void parse_local(gm_config_data_t *data, config_node_t *node,
						config_reader_t *reader)
{
	const char *text;

	text = reader->get_str(reader, node, "local_address", NULL);
	if (!text)
	{
		return;
	}
	data->local_address = host_create_from_string((char*)text, 0);
	if (!data->local_address)
	{
		data->local_interface = parse_interface("local_address", node, reader);
	}
	else if (data->local_address->is_anyaddr(data->local_address))
	{
		reader->error(reader, node->get_child(node, "local_address"), "\"%s\" "
					  "is not an address of this host (write one, the name of "
					  "an interface, or leave the key out)", text);
	}
}

/**
 * Does a proposal have a cipher with a counter mode?
 */
static bool is_counter_mode(proposal_t *proposal)
{
	enumerator_t *enumerator;
	uint16_t alg, size;
	bool found = FALSE;

	enumerator = proposal->create_enumerator(proposal, ENCRYPTION_ALGORITHM);
	while (!found && enumerator->enumerate(enumerator, &alg, &size))
	{
		found = group_tek_is_counter_mode(alg);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Parse one proposal
 *
 * @param counter		TRUE to take counter modes
 */
static proposal_t *parse_proposal(const char *text, bool counter,
								  config_node_t *key, config_reader_t *reader)
{
	proposal_t *proposal;

	proposal = proposal_create_from_string(PROTO_ESP, text);
	if (!proposal)
	{
		reader->error(reader, key, "\"%s\" is not a proposal (write cipher and "
					  "hash, e.g. aes256-sha256)", text);
		return NULL;
	}
	if (!counter && is_counter_mode(proposal))
	{
		reader->error(reader, key, "\"%s\" is a counter mode, which rekeys "
					  "don't have (write a CBC cipher, e.g. aes256-sha256)",
					  text);
		proposal->destroy(proposal);
		return NULL;
	}
	return proposal;
}

/**
 * Read a list of proposals, GM-027, GM-028
 *
 * @param counter		TRUE to take counter modes
 */
static linked_list_t *parse_proposals(const char *name, bool counter,
									  config_node_t *node,
									  config_reader_t *reader, char **copy)
{
	linked_list_t *texts, *proposals;
	enumerator_t *enumerator;
	proposal_t *proposal;
	config_node_t *key;
	char *text;

	key = node->get_child(node, name);
	if (!key)
	{
		return NULL;
	}
	*copy = strdupnull(key->get_value(key));
	proposals = linked_list_create();
	texts = reader->get_list(reader, node, name);
	if (!texts->get_count(texts) || texts->get_count(texts) > GM_PROPOSALS_MAX)
	{
		reader->error(reader, key, "has %d proposals (write one to %d, e.g. "
					  "aes256-sha256)", texts->get_count(texts),
					  GM_PROPOSALS_MAX);
	}
	enumerator = texts->create_enumerator(texts);
	while (enumerator->enumerate(enumerator, &text))
	{
		proposal = parse_proposal(text, counter, key, reader);
		if (proposal)
		{
			proposals->insert_last(proposals, proposal);
		}
	}
	enumerator->destroy(enumerator);
	texts->destroy_function(texts, free);
	return proposals;
}

/**
 * Read the tunnel endpoints: both of a family, or none
 */
static void parse_anchors(gm_config_data_t *data, config_node_t *node,
						  config_reader_t *reader)
{
	host_t *host;
	int i;

	for (i = 0; i < countof(anchor_keys); i++)
	{
		host = reader->get_host(reader, node, anchor_keys[i].key);
		if (host && host->get_family(host) != anchor_keys[i].family)
		{
			reader->error(reader, node->get_child(node, anchor_keys[i].key),
						  "\"%H\" is of the wrong family (write an %s address)",
						  host, i < GM_ANCHOR_LOCAL6 ? "IPv4" : "IPv6");
		}
		data->anchors[i] = host;
	}
	for (i = 0; i < countof(anchor_keys); i += 2)
	{
		if (!data->anchors[i] != !data->anchors[i + 1])
		{
			reader->missing(reader, node,
							anchor_keys[data->anchors[i] ? i + 1 : i].key,
							"anchors of a family go in pairs");
		}
	}
}

/**
 * Read how long to wait for what
 */
static void parse_times(gm_config_data_t *data, config_node_t *node,
						config_reader_t *reader)
{
	data->register_timeout = reader->get_time(reader, node, "register_timeout",
										30000, 1000, 600000);
	data->reregister_margin = reader->get_time(reader, node,
										"reregister_margin",
										GM_REREGISTER_MARGIN, 1000, 3600000);
	data->reregister_jitter = reader->get_time(reader, node,
										"reregister_jitter", 2000, 0, 3600000);
	data->ack_delay = reader->get_time(reader, node, "ack_delay",
										5000, 0, 60000);
	data->recovery_interval = reader->get_time(reader, node,
										"recovery_interval",
										60000, 1000, 86400000);
	data->retry.initial = reader->get_time(reader, node, "retry_initial",
										10000, 1000, 3600000);
	data->retry.max = reader->get_time(reader, node, "retry_max",
										300000, 1000, 86400000);
	data->retry.jitter = reader->get_int(reader, node, "retry_jitter",
										25, 0, 100);
	if (data->retry.max < data->retry.initial)
	{
		reader->error(reader, node, "retry_max is shorter than retry_initial "
					  "(write at least %us)", data->retry.initial / 1000);
	}
}

/**
 * Create a configuration without values
 */
static private_gm_config_t *create_empty(const group_entry_t *group)
{
	private_gm_config_t *this;

	INIT(this,
		.public = {
			.get = _get,
			.has_server = _has_server,
			.equals = _equals,
			.same_place = _same_place,
			.get_ref = _get_ref,
			.destroy = _destroy,
		},
		.data = {
			.group = *group,
		},
		.ref = 1,
	);
	return this;
}

/*
 * Described in header
 */
gm_config_t *gm_config_parse(const group_entry_t *group, config_node_t *node,
							 config_reader_t *reader, group_acl_lookup_t acls,
							 void *user)
{
	private_gm_config_t *this = create_empty(group);
	gm_config_data_t *data = &this->data;
	u_int errors = reader->errors(reader);

	parse_servers(data, node, reader);
	if (!node->get_child(node, "interface"))
	{
		reader->missing(reader, node, "interface",
						"interface that the group protects, e.g. eth0");
	}
	data->interface = parse_interface("interface", node, reader);
	parse_local(data, node, reader);
	gm_lists_parse(data, node, reader, acls, user);
	data->direction = reader->get_word(reader, node, "direction",
									   gm_direction_names, CRYPTO_MAP_BOTH);
	data->keep_phase1 = reader->get_bool(reader, node, "keep_phase1", FALSE);
	data->long_id_lengths = reader->get_bool(reader, node, "long_id_lengths",
											 FALSE);
	data->clear_df = reader->get_bool(reader, node, "clear_df", FALSE);
	data->kek_proposals = parse_proposals("kek_proposals", FALSE, node, reader,
										  &this->kek_text);
	data->esp_proposals = parse_proposals("esp_proposals", TRUE, node, reader,
										  &this->esp_text);
	data->sender_ids = reader->get_int(reader, node, "sender_ids",
									   GM_SIDS_REQUEST, 1,
									   SID_SAMPLER_SIDS_MAX);
	gm_stamp_config_parse(&data->stamps, node, reader);
	parse_anchors(data, node, reader);
	parse_times(data, node, reader);
	if (reader->errors(reader) != errors)
	{
		destroy(this);
		return NULL;
	}
	return &this->public;
}
