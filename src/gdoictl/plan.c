/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "plan.h"
#include "text.h"

#include <string.h>

/** columns for keys, with the blanks before and behind */
#define KEY_WIDTH 30

/** room for what is told below the change */
#define TEXT_LEN 1024

/**
 * Get a value of a line, which may lack it
 */
static const char *get(row_t *line, const char *name)
{
	const char *value = row_get(line, name);

	return value ? value : "";
}

/**
 * Print a line of the plan
 */
static void print_line(FILE *out, row_t *line)
{
	const char *key = get(line, "key"), *rule = get(line, "rule");
	char text[TEXT_LEN];

	fputs("  ", out);
	if (text_columns(key) < KEY_WIDTH - 2)
	{
		text_cell(out, key, KEY_WIDTH - 2);
	}
	else
	{
		text_clean(out, key);
		fprintf(out, "\n%*s", KEY_WIDTH, "");
	}
	text_wrapped(out, get(line, "change"), KEY_WIDTH);
	snprintf(text, sizeof(text), "%s; %s%s%s%s",
			 strcmp(get(line, "rekey"), "yes") ? "no rekey" : "rekey",
			 get(line, "effective"), *rule ? " (" : "", rule,
			 *rule ? ")" : "");
	fprintf(out, "%*s", KEY_WIDTH, "");
	text_wrapped(out, text, KEY_WIDTH);
}

/**
 * Is a line of the plan about the group and role of a change, as in "change
 * server NAME"?
 */
static bool is_about(row_t *line, const char *change)
{
	const char *role = get(line, "role");
	size_t len = strlen(role);

	change = strchr(change, ' ');
	return change && strncmp(++change, role, len) == 0 &&
		   change[len] == ' ' &&
		   strcmp(change + len + 1, get(line, "group")) == 0;
}

/**
 * Print what changes in a group and role. One that comes or goes as a whole
 * has nothing to tell.
 */
static void print_lines(FILE *out, row_t *plan, const char *change)
{
	row_t *line;

	for (line = plan ? plan->children : NULL; line; line = line->next)
	{
		if (*get(line, "key") && is_about(line, change))
		{
			print_line(out, line);
		}
	}
}

/*
 * Described in header.
 */
int plan_print(FILE *out, row_t *row, bool dry_run)
{
	row_t *item, *plan = row_find(row, "plan");
	const char *left = row_get(row, "plan-left-off");
	int count = 0;

	item = row_find(row, "changes");
	for (item = item ? item->children : NULL; item; item = item->next)
	{
		fputs(dry_run ? "would " : "", out);
		text_clean(out, item->value ? item->value : "");
		fputc('\n', out);
		print_lines(out, plan, item->value ? item->value : "");
		count++;
	}
	if (left)
	{
		fprintf(out, "and ");
		text_clean(out, left);
		fprintf(out, " lines more\n");
	}
	return count;
}
