/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _DEFAULT_SOURCE
#define _XOPEN_SOURCE 700

#include "ask.h"
#include "field.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef enum source_t source_t;
typedef enum reading_t reading_t;

/**
 * Lists that metrics are made of
 */
enum source_t {
	SOURCE_GROUPS,
	SOURCE_POLICIES,
	SOURCE_REKEYS,
	SOURCE_SIDS,
	SOURCE_REPLAY,
	SOURCES,
};

/**
 * How a value becomes a number
 */
enum reading_t {
	/** it is one */
	READ_NUMBER,
	/** of milliseconds */
	READ_MILLISECONDS,
	/** 1 for the word given, 0 for others */
	READ_WORD,
	/** 1 for the states of a registered member, 0 for others */
	READ_REGISTERED,
	/** a moment in UTC */
	READ_MOMENT,
};

/**
 * Commands of the sources, and the events of their rows
 */
static const struct {
	const char *command, *event;
} sources[] = {
	[SOURCE_GROUPS] = { "list-groups", "list-group" },
	[SOURCE_POLICIES] = { "list-policies", "list-policy" },
	[SOURCE_REKEYS] = { "list-rekeys", "list-rekey" },
	[SOURCE_SIDS] = { "list-sids", "list-sid" },
	[SOURCE_REPLAY] = { "list-replay", "list-replay" },
};

/**
 * A value that a metric has, the same metric may have several
 */
static const struct {
	/** metric */
	const char *name;
	/** what it is, NULL if it is the one before with another label */
	const char *type, *help;
	/** where it is from */
	source_t source;
	/** section of a group, or role of a row; NULL for both */
	const char *role;
	/** key */
	const char *key;
	/** how to read it, and the word for READ_WORD */
	reading_t reading;
	const char *word;
	/** another label and its value, NULL for none; a label without a value
	 * has that of the key with its name */
	const char *label, *value;
} metrics[] = {
	{ "gdoi_member_registered", "gauge",
	  "Whether the member of the group has keys of a registration.",
	  SOURCE_GROUPS, "gm", "state", READ_REGISTERED },
	{ "gdoi_member_ready", "gauge", "Whether traffic is being encrypted.",
	  SOURCE_GROUPS, "gm", "ready", READ_WORD, "yes" },
	{ "gdoi_group_members", "gauge", "Members of the key server.",
	  SOURCE_GROUPS, "ks", "members", READ_NUMBER },
	{ "gdoi_registrations_total", "counter", "Registrations.",
	  SOURCE_GROUPS, NULL, "registrations-succeeded", READ_NUMBER, NULL,
	  "result", "succeeded" },
	{ "gdoi_registrations_total", NULL, NULL,
	  SOURCE_GROUPS, "gm", "registrations-attempted", READ_NUMBER, NULL,
	  "result", "attempted" },
	{ "gdoi_registrations_total", NULL, NULL,
	  SOURCE_GROUPS, "ks", "registrations-refused", READ_NUMBER, NULL,
	  "result", "refused" },
	{ "gdoi_rekeys_total", "counter", "Rekeys sent or acted on.",
	  SOURCE_GROUPS, "gm", "rekeys-received", READ_NUMBER },
	{ "gdoi_rekeys_total", NULL, NULL,
	  SOURCE_GROUPS, "ks", "rekeys-sent", READ_NUMBER },
	{ "gdoi_rekey_acks_total", "counter", "Acknowledgements that came.",
	  SOURCE_REKEYS, "ks", "acks-received", READ_NUMBER, NULL,
	  "result", "taken" },
	{ "gdoi_rekey_acks_total", NULL, NULL,
	  SOURCE_REKEYS, "ks", "acks-invalid", READ_NUMBER, NULL,
	  "result", "invalid" },
	{ "gdoi_rekey_acks_total", NULL, NULL,
	  SOURCE_REKEYS, "ks", "acks-unsolicited", READ_NUMBER, NULL,
	  "result", "unsolicited" },
	{ "gdoi_last_rekey_timestamp_seconds", "gauge",
	  "When the last rekey was sent or acted on.",
	  SOURCE_REKEYS, "ks", "last-rekey-at", READ_MOMENT },
	{ "gdoi_last_rekey_timestamp_seconds", NULL, NULL,
	  SOURCE_GROUPS, "gm", "last-rekey-at", READ_MOMENT },
	{ "gdoi_kek_expiry_timestamp_seconds", "gauge",
	  "When the KEK of the key server ends.",
	  SOURCE_GROUPS, "ks", "kek-expires-in-at", READ_MOMENT },
	{ "gdoi_tek_expiry_timestamp_seconds", "gauge", "When a TEK ends.",
	  SOURCE_POLICIES, NULL, "expires-in-at", READ_MOMENT, NULL, "spi", NULL },
	{ "gdoi_sids_available", "gauge", "Sender IDs left to give.",
	  SOURCE_SIDS, "ks", "available", READ_NUMBER },
	{ "gdoi_replay_packets_total", "counter",
	  "Packets with a time stamp, accepted or sent.",
	  SOURCE_REPLAY, "gm", "input-packets", READ_NUMBER, NULL,
	  "direction", "in" },
	{ "gdoi_replay_packets_total", NULL, NULL,
	  SOURCE_REPLAY, "gm", "output-packets", READ_NUMBER, NULL,
	  "direction", "out" },
	{ "gdoi_replay_errors_total", "counter",
	  "Packets refused for their time stamp, or that could not get one.",
	  SOURCE_REPLAY, "gm", "errors-missing", READ_NUMBER, NULL,
	  "kind", "missing" },
	{ "gdoi_replay_errors_total", NULL, NULL,
	  SOURCE_REPLAY, "gm", "errors-malformed", READ_NUMBER, NULL,
	  "kind", "malformed" },
	{ "gdoi_replay_errors_total", NULL, NULL,
	  SOURCE_REPLAY, "gm", "errors-epoch", READ_NUMBER, NULL,
	  "kind", "epoch" },
	{ "gdoi_replay_errors_total", NULL, NULL,
	  SOURCE_REPLAY, "gm", "errors-early", READ_NUMBER, NULL,
	  "kind", "early" },
	{ "gdoi_replay_errors_total", NULL, NULL,
	  SOURCE_REPLAY, "gm", "errors-late", READ_NUMBER, NULL,
	  "kind", "late" },
	{ "gdoi_replay_errors_total", NULL, NULL,
	  SOURCE_REPLAY, "gm", "output-errors", READ_NUMBER, NULL,
	  "kind", "output" },
	{ "gdoi_time_skew_seconds", "gauge",
	  "Largest difference of an accepted packet's time, negative if ahead.",
	  SOURCE_REPLAY, "gm", "max-delta-ms", READ_MILLISECONDS },
	{ "gdoi_replay_window_seconds", "gauge", "Window of time stamps.",
	  SOURCE_REPLAY, NULL, "window-ms", READ_MILLISECONDS },
	{ "gdoi_pseudotime_seconds", "gauge", "Pseudotime of the group.",
	  SOURCE_REPLAY, "ks", "pseudotime", READ_NUMBER },
	{ "gdoi_time_sync_errors_total", "counter",
	  "Pseudotimes of rekeys that differed by more than is allowed.",
	  SOURCE_REPLAY, "gm", "sync-errors", READ_NUMBER },
	{ "gdoi_clock_synchronised", "gauge",
	  "Whether the kernel says that the clock is kept right, with IP-D3P.",
	  SOURCE_REPLAY, "gm", "clock", READ_WORD, "synchronised" },
	{ "gdoi_clock_steps_total", "counter", "How often the clock was set.",
	  SOURCE_REPLAY, "gm", "clock-steps", READ_NUMBER },
	{ "gdoi_replay_members_unable", "gauge",
	  "Registered members that can't do the replay protection.",
	  SOURCE_REPLAY, "ks", "members-unable", READ_NUMBER },
};

/** number of values */
#define METRICS (sizeof(metrics) / sizeof(metrics[0]))

/**
 * Print the value of a label
 */
static void print_quoted(const char *value)
{
	fputc('"', stdout);
	for (; *value; value++)
	{
		if (*value == '\n')
		{
			fputs("\\n", stdout);
			continue;
		}
		if (*value == '"' || *value == '\\')
		{
			fputc('\\', stdout);
		}
		fputc(*value, stdout);
	}
	fputc('"', stdout);
}

/**
 * Print a value as a number
 *
 * @param print			false to see if it can be printed
 */
static bool print_number(int i, const char *value, bool print)
{
	struct tm tm = {};

	switch (metrics[i].reading)
	{
		case READ_WORD:
			return !print ||
				   printf(" %d\n", strcmp(value, metrics[i].word) == 0);
		case READ_REGISTERED:
			return !print ||
				   printf(" %d\n", strcmp(value, "REGISTERED") == 0 ||
						  strcmp(value, "REREGISTERING") == 0);
		case READ_MOMENT:
			return strptime(value, "%Y-%m-%dT%H:%M:%SZ", &tm) &&
				   (!print || printf(" %lld\n", (long long)timegm(&tm)));
		case READ_MILLISECONDS:
			return field_is_number(value) &&
				   (!print || printf(" %.3f\n", atoll(value) / 1000.0));
		default:
			return (field_is_number(value) || field_is_decimal(value)) &&
				   (!print || printf(" %s\n", value));
	}
}

/**
 * Print what a metric has of a row
 *
 * @param section		where its key is
 * @param role			role that the section or row is about
 */
static void print_sample(int i, row_t *row, row_t *section, const char *role)
{
	const char *value = row_get(section, metrics[i].key);
	const char *label = metrics[i].value;

	if (!value || !print_number(i, value, false))
	{
		return;
	}
	printf("%s{group=", metrics[i].name);
	print_quoted(metrics[i].source == SOURCE_GROUPS ? ask_get(row, "name")
													: ask_get(row, "group"));
	printf(",role=\"%s\"", role);
	if (metrics[i].label)
	{
		printf(",%s=", metrics[i].label);
		print_quoted(label ? label : ask_get(row, metrics[i].label));
	}
	fputc('}', stdout);
	print_number(i, value, true);
}

/**
 * Print what a metric has of a row, or of the sections of a group
 */
static void print_row(int i, row_t *row)
{
	static const char *const roles[] = { "gm", "ks" };
	row_t *section;
	int j;

	for (j = 0; j < 2; j++)
	{
		section = row;
		if (metrics[i].source == SOURCE_GROUPS)
		{
			section = row_find(row, roles[j]);
		}
		else if (!ask_is(row, "role", roles[j]) || ask_is(row, "kind", "kek"))
		{
			section = NULL;
		}
		if (section && (!metrics[i].role ||
						strcmp(metrics[i].role, roles[j]) == 0))
		{
			print_sample(i, row, section, roles[j]);
		}
	}
}

/**
 * Print all metrics. Prometheus wants all samples of one together.
 */
static void print_metrics(row_t *rows[SOURCES])
{
	row_t *row;
	size_t i;

	for (i = 0; i < METRICS; i++)
	{
		if (metrics[i].type)
		{
			printf("# HELP %s %s\n# TYPE %s %s\n", metrics[i].name,
				   metrics[i].help, metrics[i].name, metrics[i].type);
		}
		for (row = rows[metrics[i].source]; row; row = row->next)
		{
			print_row(i, row);
		}
	}
}

/*
 * Described in header.
 */
int gdoictl_metrics(gdoictl_t *ctl)
{
	row_t *rows[SOURCES] = {};
	int i, code = GDOICTL_DONE;

	for (i = 0; i < SOURCES && code == GDOICTL_DONE; i++)
	{
		code = ask_rows(ctl, sources[i].command, sources[i].event, NULL, NULL,
						&rows[i]);
	}
	if (code == GDOICTL_DONE)
	{
		print_metrics(rows);
	}
	for (i = 0; i < SOURCES; i++)
	{
		row_destroy(rows[i]);
	}
	return code;
}
