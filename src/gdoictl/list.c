/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoictl.h"
#include "columns.h"
#include "json.h"
#include "rules.h"
#include "text.h"

#include <ctype.h>
#include <string.h>

/** room for the name of a feature */
#define FEATURE_LEN 32

typedef struct list_t list_t;

/**
 * A list on its way from the service to the output
 */
struct list_t {

	/** command line */
	gdoictl_t *ctl;

	/** command of the service */
	const char *command;

	/** event that carries a row */
	const char *event;

	/** rows are members, that can be asked for without their group */
	bool members;

	/** feature that the rows are to be about, NULL for any */
	const char *feature;

	/** columns of the table */
	const text_column_t *columns;

	/** sections that have a line each, the last is NULL; NULL for one line */
	const char *const *sections;

	/** show all there is of each row, instead of a line */
	bool details;

	/** print nothing, only count what comes */
	bool quiet;

	/** row before the one that comes, NULL if it is the first */
	row_t *last;

	/** the service refused, and has been told about */
	bool refused;

	/** rows that came */
	unsigned found;

	/** rows printed */
	unsigned rows;

	/** a message was malformed */
	bool broken;
};

/** sections that a group has by its roles */
static const char *const group_sections[] = { "gm", "ks", NULL };

/**
 * Print a line in force, or what becomes of a packet
 *
 * @return				true if the row was one of these
 */
static bool print_rule(list_t *list, row_t *row)
{
	const char *kind = row_get(row, "kind");

	if (!kind || (strcmp(kind, "line") && strcmp(kind, "match")))
	{
		return false;
	}
	if (strcmp(kind, "match") == 0)
	{
		rules_match(stdout, row);
		return true;
	}
	if (list->last && !rules_same(row, list->last))
	{
		fputc('\n', stdout);
	}
	rules_line(stdout, row, !rules_same(row, list->last));
	return true;
}

/**
 * Print a row as text
 */
static void print_text(list_t *list, row_t *row)
{
	const char *const *name;
	row_t *section;

	if (print_rule(list, row))
	{
		return;
	}
	if (list->details)
	{
		fputs(list->rows ? "\n" : "", stdout);
		text_details(stdout, row, 0);
		return;
	}
	if (!list->rows)
	{
		text_headings(stdout, list->columns);
	}
	if (!list->sections)
	{
		text_line(stdout, list->columns, row, row);
		return;
	}
	for (name = list->sections; *name; name++)
	{
		section = row_find(row, *name);
		if (section)
		{
			text_line(stdout, list->columns, row, section);
		}
	}
}

/**
 * Print a row
 */
static void print_row(list_t *list, row_t *row)
{
	if (list->ctl->json)
	{
		fputs(list->rows ? ",\n" : "[\n", stdout);
		json_row(stdout, row, false);
	}
	else
	{
		print_text(list, row);
	}
	list->rows++;
}

/**
 * Take a row from libvici, in a thread of its own
 */
static void take_row(void *user, char *name, vici_res_t *res)
{
	list_t *list = user;
	row_t *row;

	row = row_parse(res);
	if (!row)
	{
		list->broken = true;
		return;
	}
	list->found++;
	if (!list->quiet && (!list->members || !list->ctl->missing ||
		columns_newest(row, "sent") != columns_newest(row, "acknowledged")))
	{
		print_row(list, row);
	}
	row_destroy(list->last);
	list->last = row;
}

/**
 * Take the answer that ends a list
 */
static void take_answer(list_t *list, vici_res_t *res)
{
	const char *errmsg;
	row_t *row;

	row = row_parse(res);
	errmsg = row ? row_get(row, "errmsg") : NULL;
	if (errmsg)
	{
		fputs("gdoictl: ", stderr);
		text_clean(stderr, errmsg);
		fputc('\n', stderr);
		list->refused = true;
	}
	row_destroy(row);
}

/**
 * Finish the output
 */
static int finish(list_t *list, bool good)
{
	row_destroy(list->last);
	list->last = NULL;
	if (list->refused)
	{
		return GDOICTL_REFUSED;
	}
	if (list->ctl->json && (list->rows || good))
	{	/* the array gets closed also after a failure half way */
		fputs(list->rows ? "\n]\n" : "[]\n", stdout);
	}
	if (!good)
	{
		return gdoictl_failed(list->command);
	}
	if (list->broken)
	{
		fprintf(stderr, "gdoictl: %s sent a malformed row\n",
				list->command);
		return GDOICTL_REFUSED;
	}
	return GDOICTL_DONE;
}

/**
 * Request a streamed list, and print its rows as they come
 *
 * @param group			only rows of this group, NULL for all
 * @param id			only rows of this member, NULL for all
 * @return				false if there was no answer, with errno set
 */
static bool request(list_t *list, const char *group, const char *id)
{
	vici_conn_t *conn = list->ctl->conn;
	vici_req_t *req;
	vici_res_t *res;

	if (vici_register(conn, (char*)list->event, take_row, list) != 0)
	{
		return false;
	}
	req = vici_begin((char*)list->command);
	if (group)
	{
		vici_add_key_valuef(req, "group", "%s", group);
	}
	if (id)
	{
		vici_add_key_valuef(req, "id", "%s", id);
	}
	if (list->ctl->effective && !list->quiet)
	{
		vici_add_key_valuef(req, "effective", "yes");
	}
	if (list->feature)
	{
		vici_add_key_valuef(req, "name", "%s", list->feature);
	}
	if (list->ctl->missing && !list->members && !list->quiet)
	{
		vici_add_key_valuef(req, "missing", "yes");
	}
	if (list->ctl->packet)
	{
		vici_add_key_valuef(req, "packet", "%s", list->ctl->packet);
	}
	res = vici_submit(req, conn);
	if (!res)
	{
		return false;
	}
	take_answer(list, res);
	vici_free_res(res);
	vici_register(conn, (char*)list->event, NULL, NULL);
	return true;
}

/**
 * Is the group there that no line is in force for?
 */
static bool has_no_lines(list_t *list)
{
	list_t groups = {
		.ctl = list->ctl,
		.command = "list-groups",
		.event = "list-group",
		.quiet = true,
	};

	if (!list->ctl->effective ||
		!request(&groups, list->ctl->args[0], NULL))
	{
		return false;
	}
	row_destroy(groups.last);
	if (groups.found && !list->ctl->json)
	{
		puts("no line is in force, everything passes in clear");
	}
	return groups.found;
}

/**
 * Tell that something was asked for by name that isn't there
 */
static int not_found(list_t *list)
{
	gdoictl_t *ctl = list->ctl;

	if (list->found || !ctl->args[0] || has_no_lines(list))
	{
		return GDOICTL_DONE;
	}
	fprintf(stderr, "gdoictl: nothing found for %s%s%s\n", ctl->args[0],
			ctl->args[1] ? ", " : "", ctl->args[1] ? ctl->args[1] : "");
	return GDOICTL_REFUSED;
}

/**
 * Request a list as the command line asks for it, and print it
 */
static int stream(list_t *list)
{
	gdoictl_t *ctl = list->ctl;
	bool good;
	int code;

	good = request(list, ctl->args[0], ctl->args[1]);
	if (good && !list->found && list->members && ctl->args[0] && !ctl->args[1])
	{	/* no group of that name, but maybe a member */
		list->details = true;
		good = request(list, NULL, ctl->args[0]);
	}
	code = finish(list, good);
	return code == GDOICTL_DONE ? not_found(list) : code;
}

/*
 * Described in header.
 */
int gdoictl_groups(gdoictl_t *ctl)
{
	list_t list = {
		.ctl = ctl,
		.command = "list-groups",
		.event = "list-group",
		.columns = columns_of_groups,
		.sections = group_sections,
		.details = ctl->args[0],
	};

	return stream(&list);
}

/*
 * Described in header.
 */
int gdoictl_members(gdoictl_t *ctl)
{
	list_t list = {
		.ctl = ctl,
		.command = "list-members",
		.event = "list-member",
		.members = true,
		.columns = columns_of_members,
		.details = ctl->args[1],
	};

	return stream(&list);
}

/*
 * Described in header.
 */
int gdoictl_policy(gdoictl_t *ctl)
{
	list_t list = {
		.ctl = ctl,
		.command = "list-policies",
		.event = "list-policy",
		.columns = columns_of_policies,
		.details = ctl->args[0],
	};

	return stream(&list);
}

/*
 * Described in header.
 */
int gdoictl_sids(gdoictl_t *ctl)
{
	list_t list = {
		.ctl = ctl,
		.command = "list-sids",
		.event = "list-sid",
		.columns = columns_of_sids,
		.details = ctl->args[0],
	};

	return stream(&list);
}

/*
 * Described in header.
 */
int gdoictl_rekeys(gdoictl_t *ctl)
{
	list_t list = {
		.ctl = ctl,
		.command = "list-rekeys",
		.event = "list-rekey",
		.columns = columns_of_rekeys,
		.details = ctl->args[0],
	};

	return stream(&list);
}

/**
 * Is there anything about the feature and group, where nobody lacks it?
 */
static int check_nothing_missing(list_t *list)
{
	list_t all = {
		.ctl = list->ctl,
		.command = list->command,
		.event = list->event,
		.feature = list->feature,
		.quiet = true,
	};

	if (!request(&all, list->ctl->args[1], NULL))
	{
		return gdoictl_failed(list->command);
	}
	row_destroy(all.last);
	if (all.found || !list->feature)
	{
		return GDOICTL_DONE;
	}
	fprintf(stderr, "gdoictl: nothing found for %s\n", list->feature);
	return GDOICTL_REFUSED;
}

/*
 * Described in header.
 */
int gdoictl_features(gdoictl_t *ctl)
{
	list_t list = {
		.ctl = ctl,
		.command = "list-features",
		.event = "list-feature",
		.columns = columns_of_features,
	};
	char name[FEATURE_LEN] = "";
	int code;

	if (ctl->args[0])
	{	/* KS-028: the case doesn't matter */
		for (code = 0; ctl->args[0][code] && code < FEATURE_LEN - 1; code++)
		{
			name[code] = tolower((unsigned char)ctl->args[0][code]);
		}
		list.feature = name;
	}
	code = finish(&list, request(&list, ctl->args[1], NULL));
	if (code == GDOICTL_DONE && !list.found)
	{
		return check_nothing_missing(&list);
	}
	return code == GDOICTL_DONE && ctl->missing ? GDOICTL_CHANGED : code;
}
