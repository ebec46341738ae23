/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_config_rekey.h"

#include <ctype.h>
#include <net/if.h>

/** defaults; times in milliseconds */
#define INTERVAL_DEFAULT (10 * 1000ULL)
#define ACTIVATION_DEFAULT (15 * 1000ULL)
#define BATCH_DEFAULT 2000
#define BATCH_INTERVAL_DEFAULT 100
#define EJECT_DEFAULT 3

/** ranges */
#define INTERVAL_MAX (10 * 60 * 1000ULL)
#define TRIES_MAX 10
#define ACTIVATION_MAX (60 * 60 * 1000ULL)
#define BATCH_MAX 100000
#define BATCH_INTERVAL_MAX (60 * 1000ULL)
#define EJECT_MAX 100

typedef enum transport_t transport_t;

/**
 * How rekeys travel
 */
enum transport_t {
	TRANSPORT_UNICAST = 0,
	TRANSPORT_MULTICAST,
};

ENUM(transport_names, TRANSPORT_UNICAST, TRANSPORT_MULTICAST,
	"unicast",
	"multicast",
);

ENUM(rule_names, REKEY_RULE_OFFSET, REKEY_RULE_ACTIVATION,
	"offset",
	"activation",
);

/* "none" can't be configured, it goes with multicast */
ENUM(mode_names, KS_ACK_CISCO, KS_ACK_ANY,
	"cisco",
	"interoperable",
	"any",
);

typedef enum ack_hash_t ack_hash_t;

/**
 * Hashes of acknowledgements
 */
enum ack_hash_t {
	ACK_SHA256 = 0,
	ACK_SHA512,
};

ENUM(ack_hash_names, ACK_SHA256, ACK_SHA512,
	"sha256",
	"sha512",
);

/**
 * Keys of one transport only
 */
static const struct {
	char *key;
	transport_t transport;
} bound[] = {
	{ "address", TRANSPORT_MULTICAST },
	{ "interface", TRANSPORT_MULTICAST },
	{ "ttl", TRANSPORT_MULTICAST },
	{ "acknowledgement", TRANSPORT_UNICAST },
	{ "acknowledgment", TRANSPORT_UNICAST },
	{ "acknowledgement_hash", TRANSPORT_UNICAST },
	{ "eject_after", TRANSPORT_UNICAST },
};

/**
 * Refuse the keys of the other transport: mixed groups are not possible
 * (GM-013), multicast rekeys are not acknowledged (ACK-002, ACK-024)
 */
static void check_keys(config_node_t *node, config_reader_t *reader,
					   transport_t transport)
{
	config_node_t *child;
	int i;

	for (i = 0; i < countof(bound); i++)
	{
		child = node->get_child(node, bound[i].key);
		if (child && bound[i].transport != transport)
		{
			reader->error(reader, child, "goes with %N rekeys only (write "
						  "transport = %N, or remove it)", transport_names,
						  bound[i].transport, transport_names,
						  bound[i].transport);
		}
	}
}

/**
 * Is an address that of a multicast group?
 */
static bool is_multicast(host_t *host)
{
	chunk_t address = host->get_address(host);

	return host->get_family(host) == AF_INET ? (address.ptr[0] & 0xf0) == 0xe0
											 : address.ptr[0] == 0xff;
}

/**
 * Read the group address
 */
static void parse_address(ks_config_rekey_t *rekey, config_node_t *node,
						  config_reader_t *reader)
{
	const char *text;

	text = reader->get_str(reader, node, "address", NULL);
	if (!text)
	{
		if (!node->get_child(node, "address"))
		{
			reader->missing(reader, node, "address", "write the multicast "
							"group that rekeys go to, e.g. 239.0.1.2 or "
							"ff05::1:2");
		}
		return;
	}
	/* a name would be asked for in the DNS, which may block */
	rekey->address = strchr(text, ':') || isdigit((u_char)*text) ?
							host_create_from_string((char*)text, 848) : NULL;
	if (!rekey->address || !is_multicast(rekey->address))
	{
		reader->error(reader, node->get_child(node, "address"), "\"%s\" is not "
					  "a multicast address (write one of 224.0.0.0/4 or "
					  "ff00::/8, e.g. 239.0.1.2)", text);
	}
}

/**
 * Read where multicast goes out
 */
static void parse_multicast(ks_config_rekey_t *rekey, config_node_t *node,
							config_reader_t *reader)
{
	const char *name;

	parse_address(rekey, node, reader);
	name = reader->get_str(reader, node, "interface", NULL);
	if (name && strlen(name) >= IFNAMSIZ)
	{
		reader->error(reader, node->get_child(node, "interface"), "\"%s\" is "
					  "not the name of an interface (write one of at most %d "
					  "letters)", name, IFNAMSIZ - 1);
	}
	else if (name)
	{
		rekey->interface = strdup(name);
	}
	else if (rekey->address && rekey->address->get_family(rekey->address) ==
			 AF_INET6 && !node->get_child(node, "interface"))
	{
		reader->missing(reader, node, "interface", "write the interface that "
						"IPv6 multicast goes out by");
	}
	rekey->ttl = reader->get_int(reader, node, "ttl", 0, 1, 255);
	rekey->ack = KS_ACK_NONE;
}

/**
 * Read which acknowledgements are asked for, ACK-008: either spelling
 */
static void parse_acknowledgement(ks_config_rekey_t *rekey,
								  config_node_t *node, config_reader_t *reader)
{
	int mode, other;

	mode = reader->get_word(reader, node, "acknowledgement",
							mode_names, KS_ACK_CISCO);
	other = reader->get_word(reader, node, "acknowledgment",
							 mode_names, KS_ACK_CISCO);
	if (node->get_child(node, "acknowledgment"))
	{
		if (node->get_child(node, "acknowledgement"))
		{
			reader->error(reader, node->get_child(node, "acknowledgment"),
						  "is the same as acknowledgement (remove one of "
						  "them)");
		}
		mode = other;
	}
	rekey->ack = mode;
	rekey->sha512 = reader->get_word(reader, node, "acknowledgement_hash",
									 ack_hash_names, ACK_SHA256) == ACK_SHA512;
	rekey->eject_after = reader->get_int(reader, node, "eject_after",
										 EJECT_DEFAULT, 0, EJECT_MAX);
}

/**
 * Read when to rekey and how to pace it
 */
static void parse_schedule(ks_config_rekey_t *rekey, config_node_t *node,
						   config_reader_t *reader)
{
	rekey_schedule_t *schedule = &rekey->schedule;

	schedule->rule = reader->get_word(reader, node, "rule", rule_names,
									  REKEY_RULE_OFFSET);
	schedule->activation = reader->get_time(reader, node, "activation_delay",
								ACTIVATION_DEFAULT, 1000, ACTIVATION_MAX) /
							1000;
	schedule->tries = reader->get_int(reader, node, "retransmit_tries", 0, 0,
									  TRIES_MAX);
	schedule->interval = reader->get_time(reader, node, "retransmit_interval",
								INTERVAL_DEFAULT, 1000, INTERVAL_MAX) / 1000;
	schedule->batch = reader->get_int(reader, node, "batch", BATCH_DEFAULT, 1,
									  BATCH_MAX);
	schedule->batch_interval = reader->get_time(reader, node, "batch_interval",
								BATCH_INTERVAL_DEFAULT, 1, BATCH_INTERVAL_MAX);
}

/**
 * Configuration of a group that has no rekey section
 */
static ks_config_rekey_t *create_default()
{
	ks_config_rekey_t *rekey;

	INIT(rekey,
		.ack = KS_ACK_CISCO,
		.eject_after = EJECT_DEFAULT,
		.schedule = {
			.rule = REKEY_RULE_OFFSET,
			.interval = INTERVAL_DEFAULT / 1000,
			.activation = ACTIVATION_DEFAULT / 1000,
			.batch = BATCH_DEFAULT,
			.batch_interval = BATCH_INTERVAL_DEFAULT,
		},
	);
	return rekey;
}

/*
 * Described in header
 */
ks_config_rekey_t *ks_config_rekey_parse(config_node_t *node,
										 config_reader_t *reader)
{
	ks_config_rekey_t *rekey = create_default();
	u_int errors = reader->errors(reader);
	transport_t transport;

	if (!node)
	{
		return rekey;
	}
	transport = reader->get_word(reader, node, "transport", transport_names,
								 TRANSPORT_UNICAST);
	check_keys(node, reader, transport);
	if (transport == TRANSPORT_MULTICAST)
	{
		parse_multicast(rekey, node, reader);
	}
	else
	{
		parse_acknowledgement(rekey, node, reader);
	}
	parse_schedule(rekey, node, reader);
	rekey->schedule.multicast = rekey->address != NULL;
	if (reader->errors(reader) > errors)
	{
		ks_config_rekey_destroy(rekey);
		return NULL;
	}
	return rekey;
}

/**
 * Compare two addresses, each may be missing
 */
static bool addresses_equal(host_t *a, host_t *b)
{
	return a && b ? a->equals(a, b) : a == b;
}

/**
 * Compare when to rekey
 */
static bool schedule_equals(const rekey_schedule_t *a,
							const rekey_schedule_t *b)
{
	return a->rule == b->rule && a->tries == b->tries &&
		   a->interval == b->interval && a->activation == b->activation &&
		   a->batch == b->batch && a->batch_interval == b->batch_interval;
}

/*
 * Described in header
 */
bool ks_config_rekey_equals(ks_config_rekey_t *a, ks_config_rekey_t *b)
{
	if (!a || !b)
	{
		return a == b;
	}
	return addresses_equal(a->address, b->address) &&
		   ((!a->interface && !b->interface) ||
			streq(a->interface, b->interface)) &&
		   a->ttl == b->ttl && a->ack == b->ack && a->sha512 == b->sha512 &&
		   a->eject_after == b->eject_after &&
		   schedule_equals(&a->schedule, &b->schedule);
}

/*
 * Described in header
 */
bool ks_config_rekey_is_news(ks_config_rekey_t *told,
							 ks_config_rekey_t *rekey)
{
	bool asks;

	if (!addresses_equal(told->address, rekey->address) ||
		told->ack != rekey->ack)
	{
		return TRUE;
	}
	asks = rekey->ack == KS_ACK_INTEROPERABLE || rekey->ack == KS_ACK_ANY;
	return asks && told->sha512 != rekey->sha512;
}

/*
 * Described in header
 */
void ks_config_rekey_destroy(ks_config_rekey_t *rekey)
{
	if (rekey)
	{
		DESTROY_IF(rekey->address);
		free(rekey->interface);
		free(rekey);
	}
}
