/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "columns.h"
#include "field.h"

#include <stdlib.h>
#include <string.h>

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
CELL(cell_bits, print_key, row, "bits")
CELL(cell_version, print_key, row, "version")
CELL(cell_feature, print_key, row, "feature")
CELL(cell_supported, print_key, row, "supported")

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

/*
 * Described in header.
 */
unsigned long columns_newest(row_t *row, const char *list)
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
	unsigned long acked = columns_newest(row, "acknowledged");

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

/**
 * Count the items of a list
 */
static int count_items(row_t *row, const char *list)
{
	row_t *item = row_find(row, list);
	int count = 0;

	for (item = item ? item->children : NULL; item; item = item->next)
	{
		count++;
	}
	return count;
}

/**
 * What matters most about the Sender IDs of a group
 */
static void cell_sid_info(row_t *row, row_t *section, FILE *out)
{
	if (row_get(row, "available"))
	{
		print_key(row, "given", out);
		fputs(" given, ", out);
		print_key(row, "available", out);
		fputs(" available", out);
		if (row_get(row, "reinitialise-in"))
		{
			fputs(", begins anew in ", out);
			print_span(row, "reinitialise-in", out);
		}
	}
	else
	{
		fprintf(out, "%d from the key server, %d not used yet",
				count_items(row, "sids"), count_items(row, "unused"));
	}
}

/*
 * Described in header.
 */
const text_column_t columns_of_groups[] = {
	{ "GROUP", 16, cell_name }, { "ID", 15, cell_id },
	{ "ROLE", 4, cell_section }, { "STATE", 17, cell_state },
	{ "INFO", 0, cell_group_info }, {},
};

/*
 * Described in header.
 */
const text_column_t columns_of_members[] = {
	{ "GROUP", 12, cell_group }, { "STATE", 10, cell_state },
	{ "SINCE", 6, cell_registered }, { "EXPIRES", 7, cell_expires },
	{ "ACKED", 6, cell_acked }, { "MISSED", 6, cell_missed },
	{ "MEMBER", 0, cell_member }, {},
};

/*
 * Described in header.
 */
const text_column_t columns_of_policies[] = {
	{ "GROUP", 12, cell_group }, { "ROLE", 4, cell_role },
	{ "KIND", 4, cell_kind }, { "STATE", 7, cell_state },
	{ "LIFE", 6, cell_lifetime }, { "LEFT", 6, cell_expires },
	{ "REKEY", 6, cell_replaced }, { "ALGORITHMS", 19, cell_algorithms },
	{ "SPI", 0, cell_spi }, {},
};

/*
 * Described in header.
 */
const text_column_t columns_of_rekeys[] = {
	{ "GROUP", 12, cell_group }, { "ROLE", 4, cell_role },
	{ "TRANSPORT", 9, cell_transport }, { "REKEYS", 6, cell_rekeys },
	{ "SEQ", 6, cell_sequence }, { "LAST", 6, cell_last_rekey },
	{ "NEXT", 6, cell_next_rekey }, { "INFO", 0, cell_rekey_info }, {},
};

/*
 * Described in header.
 */
const text_column_t columns_of_sids[] = {
	{ "GROUP", 16, cell_group }, { "ROLE", 4, cell_role },
	{ "STATE", 9, cell_state }, { "BITS", 4, cell_bits },
	{ "INFO", 0, cell_sid_info }, {},
};

/*
 * Described in header.
 */
const text_column_t columns_of_features[] = {
	{ "GROUP", 12, cell_group }, { "KIND", 6, cell_kind },
	{ "FEATURE", 16, cell_feature }, { "SUPPORTED", 9, cell_supported },
	{ "VERSION", 13, cell_version }, { "ID", 0, cell_id }, {},
};
