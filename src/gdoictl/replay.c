/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ask.h"
#include "json.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/** columns that what belongs to a method is indented by */
#define METHOD_COLUMN 2

/** columns that its values are indented by */
#define VALUE_COLUMN 4

/** columns of the label of a value, and of a counter */
#define LABEL_WIDTH 20
#define COUNTER_WIDTH 12

/** why packets are refused, the ends of the counters' names */
static const char *const reasons[] = {
	"missing", "malformed", "epoch", "early", "late",
};

/** number of them */
#define REASONS (sizeof(reasons) / sizeof(reasons[0]))

/**
 * Print a value below its method
 */
static void print_value(const char *label, const char *value)
{
	printf("%*s", VALUE_COLUMN, "");
	text_cell(stdout, label, LABEL_WIDTH);
	fputs(" : ", stdout);
	text_wrapped(stdout, value, VALUE_COLUMN + LABEL_WIDTH + 3);
}

/**
 * Print two counters in a line
 */
static void print_counters(row_t *row, const char *label, const char *key,
						   const char *label2, const char *key2)
{
	printf("%*s%-*s : %-*s %-*s : %s\n", VALUE_COLUMN, "", LABEL_WIDTH, label,
		   COUNTER_WIDTH, ask_get(row, key), LABEL_WIDTH, label2,
		   ask_get(row, key2));
}

/**
 * Name of the layout of IP-D3P's time stamps, as operators know it
 */
static const char *type_name(row_t *row)
{
	return ask_is(row, "d3p-type", "posix-time") ? "POSIX-TIME"
												 : "POSIX-TIME-MSEC";
}

/**
 * Name of a method, as operators know it
 */
static const char *method_name(row_t *row)
{
	return ask_is(row, "method", "d3p") ? "IP-D3P" : "TBAR";
}

/**
 * Print the method and its window (SHOW-003)
 */
static void print_method(row_t *row)
{
	const char *origin = "";

	if (ask_is(row, "window-origin", "override"))
	{
		origin = " (own d3p_window)";
	}
	printf("%*s", METHOD_COLUMN, "");
	if (ask_is(row, "method", "d3p"))
	{
		printf("IP-D3P: Type = %s, Window-size = %s msec%s\n", type_name(row),
			   ask_get(row, "window-ms"), origin);
	}
	else if (ask_is(row, "method", "time"))
	{
		printf("Timebased Replay: Window-size = %lld sec, Tick = %s msec\n",
			   ask_number(row, "window-ms") / 1000, ask_get(row, "tick-ms"));
	}
	else if (ask_is(row, "method", "counter"))
	{
		printf("Counter Replay: Window-size = %s packets\n",
			   ask_get(row, "window-packets"));
	}
	else
	{
		printf("IP-D3P: is not enabled\n%*sTimebased Replay: is not enabled\n",
			   METHOD_COLUMN, "");
	}
}

/**
 * Print what a key server tells of the group's clock
 */
static void print_server(row_t *row)
{
	char value[TEXT_WIDTH], span[TEXT_SPAN_LEN];

	if (row_get(row, "pseudotime"))
	{
		snprintf(value, sizeof(value), "%s secs, epoch %s",
				 ask_get(row, "pseudotime"), ask_get(row, "epoch"));
		print_value("Replay Value", value);
	}
	else if (ask_is(row, "method", "time"))
	{
		print_value("Replay Value", "begins with the first registration");
	}
	if (row_get(row, "next-sync-in"))
	{
		print_value("Next sync in", text_span(ask_number(row, "next-sync-in"),
											  span, sizeof(span)));
	}
	if (!ask_is(row, "method", "none"))
	{
		print_value("Members unable", ask_get(row, "members-unable"));
	}
}

/**
 * Print a member's own time, and what is known of its clock
 */
static void print_time(row_t *row)
{
	char value[TEXT_WIDTH * 2];

	if (ask_is(row, "method", "time"))
	{
		snprintf(value, sizeof(value), "%s secs", ask_get(row, "time"));
		print_value("Replay Value", value);
		return;
	}
	print_value(ask_is(row, "d3p-type", "posix-time") ?
				"Posix-time" : "Posix-time-msec", ask_get(row, "time"));
	snprintf(value, sizeof(value), "%s, error %s msec, set %s times",
			 ask_get(row, "clock"), ask_get(row, "clock-error-ms"),
			 ask_get(row, "clock-steps"));
	print_value("Clock", value);
}

/**
 * Print how the pseudotime followed that of the key server
 */
static void print_sync(row_t *row)
{
	char value[TEXT_WIDTH], span[TEXT_SPAN_LEN];

	snprintf(value, sizeof(value), "%s, largest difference %.2f secs",
			 ask_get(row, "sync-errors"),
			 ask_number(row, "sync-max-delta-ms") / 1000.0);
	print_value("Time Sync Error", value);
	if (row_get(row, "sync-last"))
	{
		snprintf(value, sizeof(value), "%s ago",
				 text_span(ask_number(row, "sync-last"), span, sizeof(span)));
		print_value("Last sync", value);
	}
}

/**
 * Print why packets were refused
 */
static void print_reasons(row_t *row)
{
	char value[TEXT_WIDTH * 3], key[32];
	size_t i, used = 0;

	for (i = 0; i < REASONS; i++)
	{
		snprintf(key, sizeof(key), "errors-%s", reasons[i]);
		used += snprintf(value + used, sizeof(value) - used, "%s%s %.20s",
						 i ? ", " : "", reasons[i], ask_get(row, key));
	}
	print_value("Errors by reason", value);
}

/**
 * Print a refused packet (SHOW-004)
 */
static void print_error(row_t *row)
{
	char text[TEXT_WIDTH * 3];
	const char *window = ask_get(row, "window");
	size_t len = strlen(window);

	if (len > 3 && strcmp(window + len - 3, ".00") == 0)
	{
		len -= 3;
	}
	snprintf(text, sizeof(text), "%.24s: src=%.48s; my_time=%.24s; "
			 "peer_time=%.24s; win=%.*s; %.16s", ask_get(row, "at"),
			 ask_get(row, "source"), ask_get(row, "my-time"),
			 ask_get(row, "peer-time"), (int)(len > 24 ? 24 : len), window,
			 ask_get(row, "reason"));
	printf("%*s", VALUE_COLUMN + 2, "");
	text_wrapped(stdout, text, VALUE_COLUMN + 4);
}

/**
 * Print the refused packets of a group
 *
 * @param rows			all rows
 */
static void print_history(row_t *row, row_t *rows)
{
	const char *method = NULL;
	row_t *error;

	for (error = rows; error; error = error->next)
	{
		if (!ask_is(error, "kind", "error") ||
			!ask_is(error, "group", ask_get(row, "group")) ||
			!ask_is(error, "role", ask_get(row, "role")))
		{
			continue;
		}
		if (!method || strcmp(method, ask_get(error, "method")))
		{
			method = ask_get(error, "method");
			printf("%*s%s Error History (sampled at 10pak/min):\n",
				   VALUE_COLUMN, "", method_name(error));
		}
		print_error(error);
	}
	if (method)
	{
		return;
	}
	printf(ask_number(row, "input-errors") ?
		   "%*s%s Error History: --history shows what was noted\n" :
		   "%*sNo %s errors detected\n", VALUE_COLUMN, "", method_name(row));
}

/**
 * Print what a member counted (SHOW-004, SHOW-108). TEKs of before may have
 * time stamps where the newest has none.
 */
static void print_member(row_t *row, row_t *rows)
{
	char value[TEXT_WIDTH];

	if (row_get(row, "time"))
	{
		print_time(row);
	}
	if (!row_get(row, "input-packets"))
	{
		return;
	}
	print_counters(row, "Input Packets", "input-packets",
				   "Output Packets", "output-packets");
	print_counters(row, "Input Error Packets", "input-errors",
				   "Output Error Packets", "output-errors");
	print_reasons(row);
	if (row_get(row, "sync-errors"))
	{
		print_sync(row);
	}
	snprintf(value, sizeof(value), "%.2f secs",
			 ask_number(row, "max-delta-ms") / 1000.0);
	print_value("Max time delta", value);
	print_history(row, rows);
}

/**
 * Print all as text
 */
static void print_text(row_t *rows)
{
	bool first = true;
	row_t *row;

	for (row = rows; row; row = row->next)
	{
		if (!ask_is(row, "kind", "group"))
		{
			continue;
		}
		fputs(first ? "" : "\n", stdout);
		first = false;
		fputs("Anti-replay Information For Group ", stdout);
		text_clean(stdout, ask_get(row, "group"));
		fputs(":\n", stdout);
		print_method(row);
		if (ask_is(row, "role", "ks"))
		{
			print_server(row);
		}
		else
		{
			print_member(row, rows);
		}
	}
}

/**
 * Print all as JSON
 */
static void print_json(row_t *rows)
{
	row_t *row;

	fputs(rows ? "[\n" : "[", stdout);
	for (row = rows; row; row = row->next)
	{
		json_row(stdout, row, false);
		fputs(row->next ? ",\n" : "\n", stdout);
	}
	fputs("]\n", stdout);
}

/*
 * Described in header.
 */
int gdoictl_replay(gdoictl_t *ctl)
{
	row_t *rows;
	int code;

	code = ask_rows(ctl, "list-replay", "list-replay", ctl->args[0],
					ctl->history ? "history" : NULL, &rows);
	if (code == GDOICTL_DONE && !rows && ctl->args[0])
	{
		fprintf(stderr, "gdoictl: nothing found for %s\n", ctl->args[0]);
		code = GDOICTL_REFUSED;
	}
	else if (code == GDOICTL_DONE)
	{
		if (ctl->json)
		{
			print_json(rows);
		}
		else
		{
			print_text(rows);
		}
	}
	row_destroy(rows);
	return code;
}
