/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_changes_freshness.h"

#include <config/config_text.h>

/** room for a number or a word */
#define VALUE_LEN 32

/**
 * What is written for replay: D3P has its own key
 */
static const char *print_replay(ks_config_t *config, char *buf)
{
	group_replay_t replay = config->freshness.replay;

	if (replay == GROUP_REPLAY_D3P)
	{
		replay = GROUP_REPLAY_NONE;
	}
	snprintf(buf, VALUE_LEN, "%N", ks_replay_names, replay);
	return buf;
}

/**
 * Text of a window, in its unit; NULL for none
 */
static const char *print_window(ks_config_t *config, char *buf)
{
	if (!config->freshness.window)
	{
		return NULL;
	}
	if (ks_replay_has_header(config->freshness.replay))
	{
		return config_text_print_time(config->freshness.window, buf,
									  CONFIG_TIME_LEN);
	}
	snprintf(buf, VALUE_LEN, "%u", config->freshness.window);
	return buf;
}

/**
 * The window of D3P, which is what turns it on
 */
static void compare_d3p(ks_config_t *a, ks_config_t *b, group_diff_t *diff)
{
	bool old = a->freshness.replay == GROUP_REPLAY_D3P;
	bool new = b->freshness.replay == GROUP_REPLAY_D3P;
	char from[CONFIG_TIME_LEN], to[CONFIG_TIME_LEN];
	char was[VALUE_LEN], is[VALUE_LEN];

	diff->add(diff, "d3p_window", NULL, old ? print_window(a, from) : NULL,
			  new ? print_window(b, to) : NULL);
	if (old && new)
	{
		snprintf(was, sizeof(was), "%N", ks_d3p_type_names,
				 a->freshness.d3p_type);
		snprintf(is, sizeof(is), "%N", ks_d3p_type_names,
				 b->freshness.d3p_type);
		diff->add(diff, "d3p_type", NULL, was, is);
	}
}

/**
 * What has a meaning with a method only: without it nobody asks for it
 */
static void compare_values(ks_config_t *a, ks_config_t *b, group_diff_t *diff)
{
	char from[VALUE_LEN + CONFIG_TIME_LEN], to[VALUE_LEN + CONFIG_TIME_LEN];

	if (a->freshness.replay != b->freshness.replay ||
		a->freshness.replay == GROUP_REPLAY_D3P)
	{
		return;
	}
	if (a->freshness.window && b->freshness.window)
	{
		diff->add(diff, "replay_window", NULL, print_window(a, from),
				  print_window(b, to));
	}
	if (a->freshness.replay == GROUP_REPLAY_TIME)
	{
		diff->add_time(diff, "replay_tick", NULL, a->freshness.tick,
					   b->freshness.tick);
		diff->add_time(diff, "replay_sync", NULL,
					   a->freshness.sync * 1000ULL,
					   b->freshness.sync * 1000ULL);
	}
}

/**
 * TEKs that have a method of their own
 */
static void compare_teks(ks_config_t *a, ks_config_t *b, group_diff_t *diff)
{
	char from[VALUE_LEN], to[VALUE_LEN];
	ks_config_tek_t *tek, *other;
	enumerator_t *enumerator;

	if (a->freshness.replay != b->freshness.replay)
	{
		return;
	}
	enumerator = a->teks->create_enumerator(a->teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		other = ks_config_find_tek(b, tek->name);
		if (other)
		{
			snprintf(from, sizeof(from), "%N", ks_replay_names, tek->replay);
			snprintf(to, sizeof(to), "%N", ks_replay_names, other->replay);
			diff->add(diff, "teks.*.replay", tek->name, from, to);
		}
	}
	enumerator->destroy(enumerator);
}

/*
 * Described in header
 */
void ks_changes_freshness_compare(ks_config_t *a, ks_config_t *b,
								  group_diff_t *diff)
{
	char from[VALUE_LEN], to[VALUE_LEN];

	diff->add(diff, "replay", NULL, print_replay(a, from),
			  print_replay(b, to));
	compare_d3p(a, b, diff);
	compare_values(a, b, diff);
	compare_teks(a, b, diff);
	snprintf(from, sizeof(from), "%N", ks_unsupported_names,
			 a->freshness.unsupported);
	snprintf(to, sizeof(to), "%N", ks_unsupported_names,
			 b->freshness.unsupported);
	diff->add(diff, "freshness_unsupported", NULL, from, to);
}

/**
 * Row of the change tables for another method
 */
static const char *get_rule(const char *from, const char *to)
{
	if (streq(to, "time"))
	{
		return "REKEY-223";
	}
	if (streq(to, "counter"))
	{
		return "REKEY-105, REKEY-221";
	}
	return streq(from, "counter") ? "REKEY-107" : "REKEY-241";
}

/**
 * Is there a TEK that has another method after a change?
 */
static bool is_other(ks_config_t *a, ks_config_t *b)
{
	ks_config_tek_t *tek, *other;
	enumerator_t *enumerator;
	bool found = FALSE;

	enumerator = a->teks->create_enumerator(a->teks);
	while (!found && enumerator->enumerate(enumerator, &tek))
	{
		other = ks_config_find_tek(b, tek->name);
		found = other && other->replay != tek->replay;
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Another method, of the group or a TEK
 */
static void adapt_method(ks_config_t *a, ks_config_t *b,
						 group_change_t *change)
{
	change->rekey = is_other(a, b);
	change->effective = change->rekey ? GROUP_EFFECT_BESIDE : GROUP_EFFECT_NOW;
	change->rule = streq(change->key, "d3p_window") ? "D3P-004"
									: get_rule(change->from, change->to);
}

/*
 * Described in header
 */
void ks_changes_freshness_adapt(ks_config_t *a, ks_config_t *b,
								group_change_t *change)
{
	size_t len = strlen(change->key);
	bool window = streq(change->key, "d3p_window");
	bool method = streq(change->key, "replay") ||
				  (window && (!change->from || !change->to)) ||
				  (strpfx(change->key, "teks.") &&
				   streq(change->key + len - min(len, 7), ".replay"));

	if ((method || streq(change->key, "d3p_type") ||
		 streq(change->key, "replay_tick")) &&
		ks_replay_excludes(a->freshness.replay,
						   ks_config_freshness_layout(&a->freshness),
						   b->freshness.replay,
						   ks_config_freshness_layout(&b->freshness)))
	{
		change->rekey = TRUE;
		change->effective = GROUP_EFFECT_REPLACE;
		change->rule = "D3P-011, REKEY-030";
	}
	else if (method)
	{
		adapt_method(a, b, change);
	}
	else if (streq(change->key, "replay_window") &&
			 a->freshness.replay == GROUP_REPLAY_TIME)
	{
		change->effective = GROUP_EFFECT_CLEAR;
		change->rule = "REKEY-224";
	}
}
