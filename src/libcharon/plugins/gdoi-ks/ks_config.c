/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_config.h"

#include <ctype.h>
#include <inttypes.h>

/** most connections of a group */
#define CONNECTIONS_MAX 64

/** most TEKs of a group */
#define TEKS_MAX 16

/** seconds between checks of certificates where nothing is configured, and at
 *  most */
#define RECHECK_DEFAULT 3600
#define RECHECK_MAX (30 * 24 * 3600)

/** most generations of a TEK that live at a time */
#define GENERATIONS_MAX 4

/** name that connections are bounded by, as VICI's names wrap beyond */
#define NAME_MAX_LEN 255

/**
 * Read the addresses that rekeys come from, at most one per family
 */
static void parse_local(ks_config_t *config, config_node_t *node,
						config_reader_t *reader)
{
	enumerator_t *enumerator;
	linked_list_t *list;
	host_t *host;
	char *item;
	int i;

	list = reader->get_list(reader, node, "local_address");
	node = node->get_child(node, "local_address");
	enumerator = list->create_enumerator(list);
	while (enumerator->enumerate(enumerator, &item))
	{
		/* a name would be asked for in the DNS, which may block */
		host = strchr(item, ':') || isdigit((u_char)*item) ?
								host_create_from_string(item, 848) : NULL;
		i = host && host->get_family(host) == AF_INET6;
		if (!host || host->is_anyaddr(host) || config->local[i])
		{
			reader->error(reader, node, "\"%s\" is not an address of this host "
						  "(write one IPv4 address, one IPv6 address, or both "
						  "with a comma)", item);
			DESTROY_IF(host);
			continue;
		}
		config->local[i] = host;
	}
	enumerator->destroy(enumerator);
	list->destroy_function(list, free);
}

/**
 * Read the connections that members come in by
 */
static void parse_connections(ks_config_t *config, config_node_t *node,
							  config_reader_t *reader)
{
	enumerator_t *enumerator;
	config_node_t *key;
	char *item;

	config->connections = reader->get_list(reader, node, "connections");
	key = node->get_child(node, "connections");
	if (!config->connections->get_count(config->connections))
	{
		reader->missing(reader, node, "connections", "write the names of the "
						"connections that members come in by");
		return;
	}
	if (config->connections->get_count(config->connections) > CONNECTIONS_MAX)
	{
		reader->error(reader, key, "are more than %d connections (let members "
					  "share connections)", CONNECTIONS_MAX);
	}
	enumerator = config->connections->create_enumerator(config->connections);
	while (enumerator->enumerate(enumerator, &item))
	{
		if (strlen(item) > NAME_MAX_LEN)
		{
			reader->error(reader, key, "has a name of more than %d letters "
						  "(rename that connection)", NAME_MAX_LEN);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Add the rules of a list, separated by commas
 *
 * @return				number of rules, wrong ones included
 */
static u_int add_rules(ks_authorizer_t *authorizer, config_node_t *node,
					   config_reader_t *reader, char *rules, const char *sep,
					   bool (*add)(ks_authorizer_t*, const char*, const char**))
{
	enumerator_t *enumerator;
	const char *reason;
	u_int count = 0;
	char *rule;

	enumerator = enumerator_create_token(rules, sep, " \t\r\n");
	while (enumerator->enumerate(enumerator, &rule))
	{
		count += *rule != '\0';
		if (*rule && !add(authorizer, rule, &reason))
		{
			reader->error(reader, node, "\"%s\" %s", rule, reason);
		}
	}
	enumerator->destroy(enumerator);
	return count;
}

/**
 * Add the identities: patterns are separated by semicolons, and by commas as
 * well where they are no distinguished names
 *
 * @return				number of patterns, wrong ones included
 */
static u_int add_identities(ks_authorizer_t *authorizer, config_node_t *node,
							config_reader_t *reader, char *patterns)
{
	enumerator_t *enumerator;
	u_int count = 0;
	char *part;

	enumerator = enumerator_create_token(patterns, ";", " \t\r\n");
	while (enumerator->enumerate(enumerator, &part))
	{
		count += add_rules(authorizer, node, reader, part,
						   strchr(part, '=') ? ";" : ",",
						   authorizer->add_identity);
	}
	enumerator->destroy(enumerator);
	return count;
}

/**
 * Read the list of one kind. One that is there must have rules: without any the
 * authorizer admits all of that kind, AUTHZ-005, which nobody means who wrote
 * the key.
 *
 * @param list			value of the key
 */
static void parse_list(ks_authorizer_t *authorizer, config_node_t *section,
					   config_reader_t *reader, const char *key,
					   const char *list)
{
	config_node_t *node = section->get_child(section, key);
	char *copy = strdup(list);
	u_int count;

	if (streq(key, "addresses"))
	{
		count = add_rules(authorizer, node, reader, copy, ",",
						  authorizer->add_address);
	}
	else
	{
		count = add_identities(authorizer, node, reader, copy);
	}
	if (!count)
	{
		reader->error(reader, node, "\"%s\" names nobody (write deny any to "
					  "admit none, or leave the key out to admit all)", list);
	}
	free(copy);
}

/**
 * Read who may have the group
 */
static void parse_authorize(ks_config_t *config, config_node_t *node,
							config_reader_t *reader)
{
	static const char *kinds[] = { "none", "addresses", "identities", "both" };
	const char *addresses, *identities;

	config->authorizer = ks_authorizer_create();
	config->authorize = kinds[0];
	config->recheck = RECHECK_DEFAULT;
	node = reader->get_section(reader, node, "authorize");
	if (!node)
	{
		return;
	}
	addresses = reader->get_str(reader, node, "addresses", NULL);
	identities = reader->get_str(reader, node, "identities", NULL);
	config->recheck = reader->get_time(reader, node, "recheck",
									   RECHECK_DEFAULT * 1000, 0,
									   RECHECK_MAX * 1000ULL) / 1000;
	config->authorize = kinds[!!addresses + 2 * !!identities];
	config->addresses = strdupnull(addresses);
	config->identities = strdupnull(identities);
	if (addresses)
	{
		parse_list(config->authorizer, node, reader, "addresses", addresses);
	}
	if (identities)
	{
		parse_list(config->authorizer, node, reader, "identities", identities);
	}
	if (!addresses != !identities)
	{	/* AUTHZ-005 */
		reader->warn(reader, node, "has no %s, so members that send %s are all "
					 "admitted (write %s = deny any to admit none of them)",
					 addresses ? "identities" : "addresses",
					 addresses ? "a name" : "an address",
					 addresses ? "identities" : "addresses");
	}
}

/**
 * Read the TEKs
 */
static void parse_teks(ks_config_t *config, config_node_t *node,
					   config_reader_t *reader, group_acl_lookup_t acls,
					   void *user)
{
	enumerator_t *enumerator;
	config_node_t *teks, *child;
	ks_config_tek_t *tek;
	u_int count = 0;

	teks = reader->get_section(reader, node, "teks");
	if (!teks)
	{
		if (!node->get_child(node, "teks"))
		{
			reader->missing(reader, node, "teks", "write a section with a "
							"section per TEK, e.g. teks { data { acl = vpn } "
							"}");
		}
		return;
	}
	enumerator = teks->create_enumerator(teks);
	while (enumerator->enumerate(enumerator, &child))
	{
		count++;
		if (child->get_value(child))
		{
			reader->error(reader, child, "\"%s\" is not the section of a TEK "
						  "(write %s { acl = vpn })", child->get_value(child),
						  child->get_name(child));
			continue;
		}
		tek = ks_config_tek_parse(child, reader, acls, user);
		if (tek)
		{
			config->teks->insert_last(config->teks, tek);
			tek->place = config->teks->get_count(config->teks);
			tek->direction = config->receive_only ? GROUP_TEK_RECEIVER_ONLY
												  : GROUP_TEK_BOTH;
		}
	}
	enumerator->destroy(enumerator);
	if (!count || count > TEKS_MAX)
	{
		reader->error(reader, teks, "has %u TEKs (write 1 to %d sections, e.g. "
					  "data { acl = vpn })", count, TEKS_MAX);
	}
}

/**
 * Read how rekeys are sent
 */
static void parse_rekey(ks_config_t *config, config_node_t *node,
						config_reader_t *reader)
{
	config_node_t *kek = node->get_child(node, "kek");
	config_node_t *rekey = node->get_child(node, "rekey");

	node = reader->get_section(reader, node, "rekey");
	if (!kek && rekey)
	{
		reader->error(reader, rekey, "needs a KEK (write a section kek beside "
					  "it, or remove rekey)");
	}
	else if (kek)
	{
		config->rekey = ks_config_rekey_parse(node, reader);
	}
}

/**
 * Read which Sender IDs are handed out, without which there is no counter mode
 */
static void parse_sids(ks_config_t *config, config_node_t *node,
					   config_reader_t *reader)
{
	config_node_t *sids;

	sids = reader->get_section(reader, node, "sender_ids");
	if (sids)
	{
		config->sids = ks_config_sid_parse(sids, reader);
	}
	else if (!node->get_child(node, "sender_ids") &&
			 ks_config_needs_sids(config))
	{
		reader->missing(reader, node, "sender_ids", "a TEK has a counter mode: "
						"write sender_ids { bits = 16 } for members that make "
						"them by trial, or esp_proposals = aes256-sha256");
	}
}

/**
 * Warn if all that may be members can't be sent to in time, REKEY-031: half of
 * a lifetime is what there is at most, and members register again in the end
 */
static void check_pace(ks_config_t *config, config_node_t *node,
					   config_reader_t *reader)
{
	rekey_schedule_t *schedule = &config->rekey->schedule;
	uint32_t lifetime = ks_config_shortest_lifetime(config);
	uint64_t needed, time;

	needed = ((uint64_t)config->max_members + schedule->batch - 1) /
			 schedule->batch * schedule->batch_interval / 1000;
	time = lifetime / 2 - min(60, lifetime / 4);
	if (!config->rekey->address && needed > time)
	{
		node = node->get_child(node, "rekey") ?: node;
		reader->warn(reader, node, "sends to %u members in %" PRIu64 " s, keys "
					 "leave %" PRIu64 " s for that (write a larger batch, a "
					 "shorter batch_interval, or fewer max_members)",
					 config->max_members, needed, time);
	}
}

/**
 * Check what does not go together well
 */
static void check_rekey(ks_config_t *config, config_node_t *node,
						config_reader_t *reader)
{
	int family = config->rekey->address ?
				config->rekey->address->get_family(config->rekey->address) : 0;

	if (family && (config->local[0] || config->local[1]) &&
		!ks_config_get_local(config, family))
	{
		reader->error(reader, node->get_child(node, "local_address"),
					  "has no %s address that rekeys to %H could come from "
					  "(add one, or leave local_address out)",
					  family == AF_INET ? "IPv4" : "IPv6",
					  config->rekey->address);
	}
}

/**
 * Check what concerns several keys at once
 */
static void check(ks_config_t *config, config_node_t *node,
				  config_reader_t *reader)
{
	enumerator_t *enumerator;
	ks_config_tek_t *tek;

	if (config->rekey)
	{
		check_rekey(config, node, reader);
		check_pace(config, node, reader);
	}
	enumerator = config->teks->create_enumerator(config->teks);
	while (config->kek && enumerator->enumerate(enumerator, &tek))
	{	/* KS-014 */
		if (config->kek->lifetime < 3 * (uint64_t)tek->lifetime)
		{
			reader->warn(reader, node->get_child(node, "kek"), "lifetime of "
						 "%u s is less than three times that of TEK %s (%u s)",
						 config->kek->lifetime, tek->name, tek->lifetime);
		}
	}
	enumerator->destroy(enumerator);
}

/*
 * Described in header
 */
ks_config_t *ks_config_parse(const group_entry_t *group, config_node_t *node,
							 config_reader_t *reader, group_acl_lookup_t acls,
							 void *user, const char *keydir)
{
	u_int errors = reader->errors(reader);
	ks_config_t *config;
	config_node_t *kek;

	INIT(config,
		.group = *group,
		.teks = linked_list_create(),
		.refs = 1,
	);
	parse_local(config, node, reader);
	parse_connections(config, node, reader);
	parse_authorize(config, node, reader);
	kek = reader->get_section(reader, node, "kek");
	if (kek)
	{
		config->kek = ks_config_kek_parse(kek, reader, keydir);
	}
	config->receive_only = reader->get_bool(reader, node, "receive_only",
											FALSE);
	parse_teks(config, node, reader, acls, user);
	ks_config_freshness_parse(&config->freshness, config->teks, node, reader);
	parse_rekey(config, node, reader);
	ks_config_acl_parse(&config->acl, config->teks, node, reader,
						config->rekey && config->rekey->address);
	parse_sids(config, node, reader);
	config->max_members = reader->get_int(reader, node, "max_members",
										  KS_MEMBERS_DEFAULT, 1,
										  KS_MEMBERS_MAX);
	check(config, node, reader);
	if (reader->errors(reader) > errors)
	{
		ks_config_destroy(config);
		return NULL;
	}
	return config;
}

/**
 * Compare two addresses, each may be missing
 */
static bool hosts_equal(host_t *a, host_t *b)
{
	return a && b ? a->ip_equals(a, b) : a == b;
}

/**
 * Compare two lists in their order
 */
static bool lists_equal(linked_list_t *a, linked_list_t *b,
						bool (*equals)(void*, void*))
{
	enumerator_t *x, *y;
	void *item, *other;
	bool equal = a->get_count(a) == b->get_count(b);

	x = a->create_enumerator(a);
	y = b->create_enumerator(b);
	while (equal && x->enumerate(x, &item) && y->enumerate(y, &other))
	{
		equal = equals(item, other);
	}
	x->destroy(x);
	y->destroy(y);
	return equal;
}

/**
 * Compare two strings as items of lists
 */
static bool str_equals(void *a, void *b)
{
	return streq(a, b);
}

/*
 * Described in header
 */
bool ks_config_equals(ks_config_t *a, ks_config_t *b)
{
	return streq(a->group.name, b->group.name) &&
		   group_id_equals(&a->group.id, &b->group.id) &&
		   a->max_members == b->max_members &&
		   hosts_equal(a->local[0], b->local[0]) &&
		   hosts_equal(a->local[1], b->local[1]) &&
		   lists_equal(a->connections, b->connections, str_equals) &&
		   a->authorizer->equals(a->authorizer, b->authorizer) &&
		   a->recheck == b->recheck &&
		   ks_config_acl_equals(&a->acl, &b->acl) &&
		   a->receive_only == b->receive_only &&
		   ks_config_freshness_equals(&a->freshness, &b->freshness) &&
		   ks_config_kek_equals(a->kek, b->kek) &&
		   ks_config_rekey_equals(a->rekey, b->rekey) &&
		   ks_config_sid_equals(a->sids, b->sids) &&
		   lists_equal(a->teks, b->teks, (void*)ks_config_tek_equals);
}

/*
 * Described in header
 */
bool ks_config_has_connection(ks_config_t *config, const char *connection)
{
	enumerator_t *enumerator;
	bool found = FALSE;
	char *name;

	enumerator = config->connections->create_enumerator(config->connections);
	while (!found && enumerator->enumerate(enumerator, &name))
	{
		found = streq(name, connection);
	}
	enumerator->destroy(enumerator);
	return found;
}

/*
 * Described in header
 */
bool ks_config_needs_sids(ks_config_t *config)
{
	enumerator_t *enumerator;
	ks_config_tek_t *tek;
	bool needed = FALSE;

	enumerator = config->teks->create_enumerator(config->teks);
	while (!needed && enumerator->enumerate(enumerator, &tek))
	{
		needed = group_tek_is_counter_mode(tek->encr);
	}
	enumerator->destroy(enumerator);
	return needed;
}

/*
 * Described in header
 */
u_int ks_config_member_limit(ks_config_t *config)
{
	return config->freshness.counter ? min(config->max_members,
										   KS_COUNTER_MEMBERS_MAX)
									 : config->max_members;
}

/*
 * Described in header
 */
ks_config_tek_t *ks_config_find_tek(ks_config_t *config, const char *name)
{
	ks_config_tek_t *tek, *found = NULL;
	enumerator_t *enumerator;

	enumerator = config->teks->create_enumerator(config->teks);
	while (!found && enumerator->enumerate(enumerator, &tek))
	{
		if (streq(tek->name, name))
		{
			found = tek;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/*
 * Described in header
 */
uint32_t ks_config_shortest_lifetime(ks_config_t *config)
{
	uint32_t lifetime = config->kek ? config->kek->lifetime : UINT32_MAX;
	enumerator_t *enumerator;
	ks_config_tek_t *tek;

	enumerator = config->teks->create_enumerator(config->teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		lifetime = min(lifetime, tek->lifetime);
	}
	enumerator->destroy(enumerator);
	return lifetime;
}

/*
 * Described in header
 */
u_int ks_config_max_generations(ks_config_t *config)
{
	enumerator_t *enumerator;
	ks_config_tek_t *tek;
	size_t octets = 1;

	if (!config->acl.fits)
	{	/* nobody gets the lines by TEK */
		return GENERATIONS_MAX;
	}
	enumerator = config->teks->create_enumerator(config->teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		octets += ks_config_tek_octets(tek);
	}
	enumerator->destroy(enumerator);
	return max(2, min(GENERATIONS_MAX, 2 * KS_TEK_OCTETS_MAX / octets));
}

/*
 * Described in header
 */
host_t *ks_config_get_local(ks_config_t *config, int family)
{
	return config->local[family == AF_INET6];
}

/*
 * Described in header
 */
host_t *ks_config_get_source(ks_config_t *config, host_t *dst, host_t *local)
{
	host_t *source;

	if (dst)
	{
		source = ks_config_get_local(config, dst->get_family(dst));
		if (local && local->get_family(local) != dst->get_family(dst))
		{
			local = NULL;
		}
	}
	else
	{
		source = config->local[0] ?: config->local[1];
	}
	source = source ?: local;
	source = source ? source->clone(source)
					: host_create_any(dst ? dst->get_family(dst) : AF_INET);
	source->set_port(source, 848);
	return source;
}

/*
 * Described in header
 */
ks_config_t *ks_config_get_ref(ks_config_t *config)
{
	ref_get(&config->refs);
	return config;
}

/*
 * Described in header
 */
void ks_config_destroy(ks_config_t *config)
{
	if (ref_put(&config->refs))
	{
		DESTROY_IF(config->local[0]);
		DESTROY_IF(config->local[1]);
		config->connections->destroy_function(config->connections, free);
		DESTROY_IF(config->authorizer);
		free(config->addresses);
		free(config->identities);
		ks_config_kek_destroy(config->kek);
		ks_config_rekey_destroy(config->rekey);
		ks_config_sid_destroy(config->sids);
		config->teks->destroy_function(config->teks,
									   (void*)ks_config_tek_destroy);
		free(config);
	}
}
