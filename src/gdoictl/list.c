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

	/** command of the service */
	const char *command;

	/** event that carries a row */
	const char *event;

	/** rows are members, that can be asked for without their group */
	bool members;

	/** columns of the table */
	const text_column_t *columns;

	/** sections that have a line each, the last is NULL; NULL for one line */
	const char *const *sections;

	/** show all there is of each row, instead of a line */
	bool details;

	/** rows that came */
	unsigned found;

	/** rows printed */
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
CELL(cell_state, print_key, section, "state")
CELL(cell_transport, print_key, row, "transport")
CELL(cell_sequence, print_key, row, "sequence")
CELL(cell_missed, print_key, row, "acks-missed")
CELL(cell_lifetime, print_span, row, "lifetime")
CELL(cell_expires, print_span, row, "expires-in")
CELL(cell_replaced, print_span, row, "replaced-in")
CELL(cell_registered, print_span, row, "last-registration")
CELL(cell_last_rekey, print_span, row, "last-rekey")
CELL(cell_next_rekey, print_span, row, "next-rekey-in")

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
 * Print the name of an algorithm as proposals have it: aes for aes-cbc,
 * sha256 for hmac-sha2-256
 */
static void print_algorithm(const char *name, FILE *out)
{
	size_t len;

	if (strncmp(name, "hmac-", 5) == 0)
	{
		name += 5;
	}
	if (strncmp(name, "sha2-", 5) == 0)
	{
		fprintf(out, "sha%s", name + 5);
		return;
	}
	len = strlen(name);
	if (len > 4 && strcmp(name + len - 4, "-cbc") == 0)
	{
		len -= 4;
	}
	fprintf(out, "%.*s", (int)len, name);
}

/**
 * Algorithms of a KEK or TEK, e.g. aes256-sha256 or aes128-rsa-sha256
 */
static void cell_algorithms(row_t *row, row_t *section, FILE *out)
{
	static const char *const others[] = {
		"integrity", "signature", "signature-hash",
	};
	const char *name, *bits;
	size_t i;

	name = row_get(row, "encryption");
	bits = row_get(row, "encryption-bits");
	print_algorithm(name ? name : "-", out);
	if (name && bits && strncmp(name, "aes", 3) == 0)
	{
		fputs(bits, out);
	}
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
	{
		name = row_get(row, others[i]);
		if (name)
		{
			fputc('-', out);
			print_algorithm(name, out);
		}
	}
}

/**
 * Address of a member, and its identity if that says more
 */
static void cell_member(row_t *row, row_t *section, FILE *out)
{
	const char *address = row_get(row, "address");
	const char *id = row_get(row, "id");

	fputs(address ? address : "-", out);
	if (id && (!address || strcmp(address, id)))
	{
		fprintf(out, " %s", id);
	}
}

/**
 * Get the newest sequence number of a list of them
 *
 * @param list			"sent" or "acknowledged"
 * @return				number, 0 if there is none
 */
static unsigned long newest(row_t *row, const char *list)
{
	row_t *found = row_find(row, list);

	return found && found->children && found->children->value ?
				strtoul(found->children->value, NULL, 10) : 0;
}

/**
 * Sequence number that a member acknowledged last
 */
static void cell_acked(row_t *row, row_t *section, FILE *out)
{
	unsigned long acked = newest(row, "acknowledged");

	if (acked)
	{
		fprintf(out, "%lu", acked);
	}
	else
	{
		fputc('-', out);
	}
}

/**
 * Rekeys that a key server sent, or a member received
 */
static void cell_rekeys(row_t *row, row_t *section, FILE *out)
{
	print_key(row, row_get(row, "rekeys-sent") ? "rekeys-sent" :
			  "rekeys-received", out);
}

/**
 * What matters most about the last rekey
 */
static void cell_rekey_info(row_t *row, row_t *section, FILE *out)
{
	const char *state = row_get(row, "state");
	const char *acked = row_get(row, "last-rekey-acked");
	const char *from = row_get(row, "last-rekey-from");
	const char *again = row_get(row, "last-rekey-retransmits");

	if (state && strcmp(state, "OLD") == 0)
	{
		fputs("KEK before this one", out);
	}
	else if (acked)
	{
		fprintf(out, "%s of ", acked);
		print_key(row, "last-rekey-sent", out);
		fputs(" acked", out);
	}
	else if (from)
	{
		fprintf(out, "from %s", from);
	}
	else if (again)
	{
		fprintf(out, "%s retransmits", again);
	}
	else
	{
		fputc('-', out);
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
	{ "GROUP", 12, cell_group }, { "STATE", 10, cell_state },
	{ "SINCE", 6, cell_registered }, { "EXPIRES", 7, cell_expires },
	{ "ACKED", 6, cell_acked }, { "MISSED", 6, cell_missed },
	{ "MEMBER", 0, cell_member }, {},
};

/** line of a KEK or TEK */
static const text_column_t policy_columns[] = {
	{ "GROUP", 12, cell_group }, { "ROLE", 4, cell_role },
	{ "KIND", 4, cell_kind }, { "STATE", 7, cell_state },
	{ "LIFE", 6, cell_lifetime }, { "LEFT", 6, cell_expires },
	{ "REKEY", 6, cell_replaced }, { "ALGORITHMS", 19, cell_algorithms },
	{ "SPI", 0, cell_spi }, {},
};

/** line of how a group's rekeys go */
static const text_column_t rekey_columns[] = {
	{ "GROUP", 12, cell_group }, { "ROLE", 4, cell_role },
	{ "TRANSPORT", 9, cell_transport }, { "REKEYS", 6, cell_rekeys },
	{ "SEQ", 6, cell_sequence }, { "LAST", 6, cell_last_rekey },
	{ "NEXT", 6, cell_next_rekey }, { "INFO", 0, cell_rekey_info }, {},
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
	if (!list->ctl->missing ||
		newest(row, "sent") != newest(row, "acknowledged"))
	{
		print_row(list, row);
	}
	row_destroy(row);
}

/**
 * Finish the output
 */
static int finish(list_t *list, bool good)
{
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
 * Tell that something was asked for by name that isn't there
 */
static int not_found(list_t *list)
{
	gdoictl_t *ctl = list->ctl;

	if (list->found || !ctl->args[0])
	{
		return GDOICTL_DONE;
	}
	fprintf(stderr, "gdoictl: nothing found for %s%s%s\n", ctl->args[0],
			ctl->args[1] ? ", " : "", ctl->args[1] ? ctl->args[1] : "");
	return GDOICTL_REFUSED;
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
	res = vici_submit(req, conn);
	if (!res)
	{
		return false;
	}
	vici_free_res(res);
	vici_register(conn, (char*)list->event, NULL, NULL);
	return true;
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
		.columns = group_columns,
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
		.columns = member_columns,
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
		.columns = policy_columns,
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
		.columns = rekey_columns,
		.details = ctl->args[0],
	};

	return stream(&list);
}
