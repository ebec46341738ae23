/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_config_freshness.h"

#include <group/d3p_window.h>
#include <group/pseudotime.h>

/** windows of pseudotime in milliseconds, TBAR-007 */
#define TIME_WINDOW_MIN (PSEUDOTIME_WINDOW_MIN * 1000)
#define TIME_WINDOW_MAX (PSEUDOTIME_WINDOW_MAX * 1000)
#define TIME_WINDOW_DEFAULT 100000

/** milliseconds of a tick */
#define TICK_MIN 100
#define TICK_MAX PSEUDOTIME_TICK_MAX
#define TICK_DEFAULT 1000

/** milliseconds between messages that tell the pseudotime, TBAR-004 */
#define SYNC_MIN 10000
#define SYNC_MAX (30 * 60 * 1000)

/** windows of counters in packets */
#define COUNTER_WINDOW_MIN 32
#define COUNTER_WINDOW_MAX 4096
#define COUNTER_WINDOW_DEFAULT 64

ENUM(ks_unsupported_names, KS_UNSUPPORTED_REFUSE, KS_UNSUPPORTED_EXCLUDE,
	"refuse",
	"exclude",
);

ENUM(ks_replay_names, GROUP_REPLAY_NONE, GROUP_REPLAY_D3P,
	"none",
	"counter",
	"time",
	"d3p",
);

/** what can be written for replay: D3P has its own key */
ENUM(replay_names, GROUP_REPLAY_NONE, GROUP_REPLAY_TIME,
	"none",
	"counter",
	"time",
);

ENUM_BEGIN(ks_d3p_type_names, D3P_POSIX_TIME, D3P_POSIX_TIME,
	"posix-time");
ENUM_NEXT(ks_d3p_type_names, D3P_POSIX_TIME_MSEC,
		  D3P_POSIX_TIME_MSEC, D3P_POSIX_TIME,
	"posix-time-msec");
ENUM_END(ks_d3p_type_names, D3P_POSIX_TIME_MSEC);

/**
 * Refuse a key that has a meaning with another key only
 */
static void refuse_lone(config_node_t *node, config_reader_t *reader,
						const char *key, const char *wants)
{
	node = node->get_child(node, key);
	if (node)
	{
		reader->error(reader, node, "\"%s\" has no meaning without %s (write "
					  "%s, or remove it)", node->get_value(node) ?: "", wants,
					  wants);
	}
}

/**
 * Read the settings of D3P
 */
static void parse_d3p(ks_config_freshness_t *this, config_node_t *node,
					  config_reader_t *reader)
{
	const char *text = reader->get_str(reader, node, "d3p_window", NULL);

	if (!text)
	{
		refuse_lone(node, reader, "d3p_type", "d3p_window = 1s");
		return;
	}
	if (!d3p_window_parse(text, &this->window))
	{
		reader->error(reader, node->get_child(node, "d3p_window"), "\"%s\" is "
					  "not a window of D3P (write %ds to %ds, or %dms to %dms)",
					  text, D3P_WINDOW_SEC_MIN, D3P_WINDOW_SEC_MAX,
					  D3P_WINDOW_MSEC_MIN, D3P_WINDOW_MSEC_MAX);
	}
	this->d3p_type = reader->get_word(reader, node, "d3p_type",
							ks_d3p_type_names, D3P_POSIX_TIME_MSEC);
	if (this->replay != GROUP_REPLAY_NONE)
	{	/* D3P-011 */
		reader->error(reader, node->get_child(node, "replay"), "\"%N\" does "
					  "not go with d3p_window (write none, or remove "
					  "d3p_window)", replay_names, this->replay);
	}
	refuse_lone(node, reader, "replay_window", "replay = time");
	this->replay = GROUP_REPLAY_D3P;
}

/**
 * Read the settings of pseudotime
 */
static void parse_time(ks_config_freshness_t *this, config_node_t *node,
					   config_reader_t *reader)
{
	this->window = reader->get_time(reader, node, "replay_window",
									TIME_WINDOW_DEFAULT, TIME_WINDOW_MIN,
									TIME_WINDOW_MAX);
	if (this->window % 1000)
	{
		reader->error(reader, node->get_child(node, "replay_window"), "\"%s\" "
					  "is not in whole seconds (write 1s to %ds)",
					  reader->get_str(reader, node, "replay_window", ""),
					  TIME_WINDOW_MAX / 1000);
	}
	this->tick = reader->get_time(reader, node, "replay_tick", TICK_DEFAULT,
								  TICK_MIN, TICK_MAX);
	this->sync = reader->get_time(reader, node, "replay_sync", SYNC_MAX,
								  SYNC_MIN, SYNC_MAX) / 1000;
	if (this->tick > this->window)
	{
		reader->error(reader, node->get_child(node, "replay_tick") ?: node,
					  "%u ms of a tick don't fit into a window of %u ms "
					  "(write a shorter replay_tick, or a longer "
					  "replay_window)", this->tick, this->window);
	}
	if (!node->get_child(node, "kek"))
	{	/* TBAR-004 */
		reader->error(reader, node->get_child(node, "replay"), "\"time\" needs "
					  "rekeys that tell members the time (write a section "
					  "kek, or another method)");
	}
}

/**
 * Check that whoever counts how many members send can
 */
static void check_counter(config_node_t *node, config_reader_t *reader)
{
	config_node_t *rekey = node->get_child(node, "rekey"), *transport;
	const char *value;

	transport = rekey ? rekey->get_child(rekey, "transport") : NULL;
	value = transport ? transport->get_value(transport) : NULL;
	if (value && streq(value, "multicast"))
	{
		reader->error(reader, transport, "\"%s\" does not go with replay = "
					  "counter, as the members have to be known by number "
					  "(write unicast)", value);
	}
}

/**
 * Read the method of a TEK
 */
static void parse_tek(ks_config_freshness_t *this, ks_config_tek_t *tek,
					  config_node_t *node, config_reader_t *reader)
{
	group_replay_t own;

	own = reader->get_word(reader, node, "replay", replay_names,
						   this->replay == GROUP_REPLAY_D3P ? GROUP_REPLAY_NONE
															: this->replay);
	tek->replay = ks_replay_has_header(this->replay) ? this->replay : own;
	tek->replay_window = tek->replay ? this->window : 0;
	tek->layout = ks_config_freshness_layout(this);
	node = node->get_child(node, "replay");
	if (!node)
	{
		return;
	}
	if (ks_replay_has_header(this->replay))
	{	/* D3P-006 */
		reader->error(reader, node, "\"%N\" is not possible, %N is for all "
					  "TEKs of a group (remove it)", replay_names, own,
					  ks_replay_names, this->replay);
	}
	else if (own == GROUP_REPLAY_TIME)
	{
		reader->error(reader, node, "\"time\" is for all TEKs of a group "
					  "(write none or counter here, or replay = time beside "
					  "teks)");
	}
}

/**
 * Read what TEKs have of their own
 */
static void parse_teks(ks_config_freshness_t *this, linked_list_t *teks,
					   config_node_t *node, config_reader_t *reader)
{
	config_node_t *section = node->get_child(node, "teks"), *child;
	enumerator_t *enumerator;
	ks_config_tek_t *tek;

	enumerator = teks->create_enumerator(teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		child = section ? section->get_child(section, tek->name) : NULL;
		if (child)
		{
			parse_tek(this, tek, child, reader);
		}
		this->counter = this->counter || tek->replay == GROUP_REPLAY_COUNTER;
	}
	enumerator->destroy(enumerator);
}

/*
 * Described in header
 */
void ks_config_freshness_parse(ks_config_freshness_t *freshness,
							   linked_list_t *teks, config_node_t *node,
							   config_reader_t *reader)
{
	bool d3p = node->get_child(node, "d3p_window") != NULL;

	memset(freshness, 0, sizeof(*freshness));
	freshness->unsupported = reader->get_word(reader, node,
								"freshness_unsupported", ks_unsupported_names,
								KS_UNSUPPORTED_REFUSE);
	freshness->replay = reader->get_word(reader, node, "replay", replay_names,
										 GROUP_REPLAY_NONE);
	parse_d3p(freshness, node, reader);
	if (freshness->replay == GROUP_REPLAY_TIME)
	{
		parse_time(freshness, node, reader);
	}
	else
	{
		refuse_lone(node, reader, "replay_tick", "replay = time");
		refuse_lone(node, reader, "replay_sync", "replay = time");
	}
	if (!d3p && freshness->replay != GROUP_REPLAY_TIME)
	{
		freshness->window = reader->get_int(reader, node, "replay_window",
											COUNTER_WINDOW_DEFAULT,
											COUNTER_WINDOW_MIN,
											COUNTER_WINDOW_MAX);
	}
	parse_teks(freshness, teks, node, reader);
	if (freshness->counter)
	{
		check_counter(node, reader);
	}
	else if (freshness->replay == GROUP_REPLAY_NONE)
	{
		refuse_lone(node, reader, "replay_window", "replay = time");
		freshness->window = 0;
	}
}

/*
 * Described in header
 */
bool ks_replay_has_header(group_replay_t replay)
{
	return replay == GROUP_REPLAY_TIME || replay == GROUP_REPLAY_D3P;
}

/*
 * Described in header
 */
bool ks_replay_excludes(group_replay_t a, uint32_t a_layout,
						group_replay_t b, uint32_t b_layout)
{
	return ks_replay_has_header(a) && ks_replay_has_header(b) &&
		   (a != b || a_layout != b_layout);
}

/*
 * Described in header
 */
uint32_t ks_config_freshness_layout(const ks_config_freshness_t *freshness)
{
	switch (freshness->replay)
	{
		case GROUP_REPLAY_D3P:
			return freshness->d3p_type;
		case GROUP_REPLAY_TIME:
			return freshness->tick;
		case GROUP_REPLAY_COUNTER:
		case GROUP_REPLAY_NONE:
			break;
	}
	return 0;
}

/*
 * Described in header
 */
bool ks_config_freshness_equals(const ks_config_freshness_t *a,
								const ks_config_freshness_t *b)
{
	return a->replay == b->replay && a->counter == b->counter &&
		   a->window == b->window && a->d3p_type == b->d3p_type &&
		   a->tick == b->tick && a->sync == b->sync &&
		   a->unsupported == b->unsupported;
}
