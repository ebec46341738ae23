/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoictl.h"
#include "json.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

typedef struct list_t list_t;

/**
 * A list on its way from the service to the output
 */
struct list_t {

	/** command line */
	gdoictl_t *ctl;

	/** columns of the table */
	const text_column_t *columns;

	/** sections that have a line each, the last is NULL; NULL for one line */
	const char *const *sections;

	/** show all there is of each row, instead of a line */
	bool details;

	/** rows so far */
	unsigned rows;

	/** a message was malformed */
	bool broken;
};

/**
 * Print the value of a key, or a dash
 */
static void print_key(row_t *section, const char *key, FILE *out)
{
	const char *value = row_get(section, key);

	fputs(value ? value : "-", out);
}

/**
 * Print the seconds of a key as a span, or a dash
 */
static void print_span(row_t *section, const char *key, FILE *out)
{
	const char *value = row_get(section, key);
	char span[TEXT_SPAN_LEN];

	if (value && field_is_number(value))
	{
		value = text_span(atoll(value), span, sizeof(span));
	}
	fputs(value ? value : "-", out);
}

/**
 * Cells that show one key
 */
#define CELL(function, printer, where, key) \
static void function(row_t *row, row_t *section, FILE *out) \
{ \
	printer(where, key, out); \
}

CELL(cell_name, print_key, row, "name")
CELL(cell_group, print_key, row, "group")
CELL(cell_id, print_key, row, "id")
CELL(cell_role, print_key, row, "role")
CELL(cell_kind, print_key, row, "kind")
CELL(cell_spi, print_key, row, "spi")
CELL(cell_address, print_key, row, "address")
CELL(cell_state, print_key, section, "state")
CELL(cell_expires, print_span, row, "expires-in")
CELL(cell_registered, print_span, row, "last-registration")

/**
 * Role of the section that a line is about
 */
static void cell_section(row_t *row, row_t *section, FILE *out)
{
	fputs(section->name ? section->name : "-", out);
}

/**
 * What matters most about a group
 */
static void cell_group_info(row_t *row, row_t *section, FILE *out)
{
	if (row_get(section, "reason"))
	{
		print_key(section, "reason", out);
	}
	else if (row_get(section, "members"))
	{
		fprintf(out, "%s members, TEK ", row_get(section, "members"));
		print_span(section, "tek-expires-in", out);
	}
	else if (row_get(section, "registered-with"))
	{
		print_key(section, "registered-with", out);
		fputs(" again in ", out);
		print_span(section, "reregister-in", out);
	}
	else
	{
		print_key(section, "server", out);
	}
}

/**
 * Algorithms of a KEK or TEK
 */
static void cell_algorithms(row_t *row, row_t *section, FILE *out)
{
	const char *integrity;

	print_key(row, "encryption", out);
	fputc('-', out);
	print_key(row, "encryption-bits", out);
	integrity = row_get(row, "integrity");
	if (!integrity)
	{
		integrity = row_get(row, "signature-hash");
	}
	if (integrity)
	{
		fprintf(out, " %s", integrity);
	}
}

/** line of a group and role */
static const text_column_t group_columns[] = {
	{ "GROUP", 16, cell_name }, { "ID", 15, cell_id },
	{ "ROLE", 4, cell_section }, { "STATE", 17, cell_state },
	{ "INFO", 0, cell_group_info }, {},
};

/** sections that a group has by its roles */
static const char *const group_sections[] = { "gm", "ks", NULL };

/** line of a member */
static const text_column_t member_columns[] = {
	{ "GROUP", 14, cell_group }, { "STATE", 10, cell_state },
	{ "SINCE", 7, cell_registered }, { "EXPIRES", 7, cell_expires },
	{ "ADDRESS", 15, cell_address }, { "ID", 0, cell_id }, {},
};

/** line of a KEK or TEK */
static const text_column_t policy_columns[] = {
	{ "GROUP", 14, cell_group }, { "ROLE", 4, cell_role },
	{ "KIND", 4, cell_kind }, { "STATE", 7, cell_state },
	{ "EXPIRES", 7, cell_expires }, { "ALGORITHMS", 25, cell_algorithms },
	{ "SPI", 0, cell_spi }, {},
};

/**
 * Print a row as text
 */
static void print_text(list_t *list, row_t *row)
{
	const char *const *name;
	row_t *section;

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
	row_destroy(row);
}

/**
 * Finish the output
 */
static int finish(list_t *list, bool good, const char *command)
{
	if (list->ctl->json && (list->rows || good))
	{	/* the array gets closed also after a failure half way */
		fputs(list->rows ? "\n]\n" : "[]\n", stdout);
	}
	if (!good)
	{
		return gdoictl_failed(command);
	}
	if (list->broken)
	{
		fprintf(stderr, "gdoictl: %s sent a malformed row\n", command);
		return GDOICTL_REFUSED;
	}
	return GDOICTL_DONE;
}

/**
 * Tell that something was asked for by name that isn't there
 */
static int not_found(list_t *list)
{
	gdoictl_t *ctl = list->ctl;

	if (list->rows || !ctl->args[0])
	{
		return GDOICTL_DONE;
	}
	fprintf(stderr, "gdoictl: nothing found for %s%s%s\n", ctl->args[0],
			ctl->args[1] ? ", " : "", ctl->args[1] ? ctl->args[1] : "");
	return GDOICTL_REFUSED;
}

/**
 * Request a streamed list and print it
 *
 * @param command		command of the service
 * @param event			event that carries a row
 */
static int stream(list_t *list, const char *command, const char *event)
{
	gdoictl_t *ctl = list->ctl;
	vici_req_t *req;
	vici_res_t *res;
	int code;

	if (vici_register(ctl->conn, (char*)event, take_row, list) != 0)
	{
		return gdoictl_failed(command);
	}
	req = vici_begin((char*)command);
	if (ctl->args[0])
	{
		vici_add_key_valuef(req, "group", "%s", ctl->args[0]);
	}
	if (ctl->args[1])
	{
		vici_add_key_valuef(req, "id", "%s", ctl->args[1]);
	}
	res = vici_submit(req, ctl->conn);
	code = finish(list, res != NULL, command);
	if (res)
	{
		vici_free_res(res);
		vici_register(ctl->conn, (char*)event, NULL, NULL);
	}
	return code == GDOICTL_DONE ? not_found(list) : code;
}

/*
 * Described in header.
 */
int gdoictl_groups(gdoictl_t *ctl)
{
	list_t list = {
		.ctl = ctl,
		.columns = group_columns,
		.sections = group_sections,
		.details = ctl->args[0],
	};

	return stream(&list, "list-groups", "list-group");
}

/*
 * Described in header.
 */
int gdoictl_members(gdoictl_t *ctl)
{
	list_t list = {
		.ctl = ctl,
		.columns = member_columns,
		.details = ctl->args[1],
	};

	return stream(&list, "list-members", "list-member");
}

/*
 * Described in header.
 */
int gdoictl_policy(gdoictl_t *ctl)
{
	list_t list = {
		.ctl = ctl,
		.columns = policy_columns,
		.details = ctl->args[0],
	};

	return stream(&list, "list-policies", "list-policy");
}
