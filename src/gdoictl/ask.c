/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ask.h"
#include "field.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

typedef struct collect_t collect_t;

/**
 * Rows on their way
 */
struct collect_t {

	/** where the next row goes */
	row_t **tail;

	/** a message was malformed */
	bool broken;
};

/**
 * Take a row from libvici, in a thread of its own
 */
static void take_row(void *user, char *name, vici_res_t *res)
{
	collect_t *collect = user;
	row_t *row;

	row = row_parse(res);
	if (!row)
	{
		collect->broken = true;
		return;
	}
	*collect->tail = row;
	collect->tail = &row->next;
}

/**
 * Tell what is wrong with an answer
 */
static int check_answer(vici_res_t *res, const char *command, bool broken)
{
	int code = GDOICTL_DONE;
	const char *errmsg;
	row_t *row;

	row = row_parse(res);
	errmsg = row ? row_get(row, "errmsg") : NULL;
	if (errmsg)
	{
		fputs("gdoictl: ", stderr);
		text_clean(stderr, errmsg);
		fputc('\n', stderr);
		code = GDOICTL_REFUSED;
	}
	else if (!row || broken)
	{
		fprintf(stderr, "gdoictl: %s sent a malformed row\n", command);
		code = GDOICTL_REFUSED;
	}
	row_destroy(row);
	return code;
}

/*
 * Described in header.
 */
int ask_rows(gdoictl_t *ctl, const char *command, const char *event,
			 const char *group, const char *option, row_t **rows)
{
	collect_t collect = {
		.tail = rows,
	};
	vici_req_t *req;
	vici_res_t *res;
	int code;

	*rows = NULL;
	if (vici_register(ctl->conn, (char*)event, take_row, &collect) != 0)
	{
		return gdoictl_failed(command);
	}
	req = vici_begin((char*)command);
	if (group)
	{
		vici_add_key_valuef(req, "group", "%s", group);
	}
	if (option)
	{
		vici_add_key_valuef(req, (char*)option, "yes");
	}
	res = vici_submit(req, ctl->conn);
	if (!res)
	{
		return gdoictl_failed(command);
	}
	code = check_answer(res, command, collect.broken);
	vici_free_res(res);
	vici_register(ctl->conn, (char*)event, NULL, NULL);
	return code;
}

/*
 * Described in header.
 */
const char *ask_get(row_t *row, const char *key)
{
	const char *value = row_get(row, key);

	return value ? value : "-";
}

/*
 * Described in header.
 */
bool ask_is(row_t *row, const char *key, const char *value)
{
	return strcmp(ask_get(row, key), value) == 0;
}

/*
 * Described in header.
 */
long long ask_number(row_t *row, const char *key)
{
	const char *value = row_get(row, key);

	return value && field_is_number(value) ? atoll(value) : 0;
}
