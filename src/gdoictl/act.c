/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoictl.h"
#include "json.h"
#include "text.h"

#include <string.h>

/**
 * Tell as text what has been done
 *
 * @param row			answer of the service
 */
typedef void (*tell_t)(gdoictl_t *ctl, row_t *row);

/**
 * Print what the service answered
 */
static int report(gdoictl_t *ctl, row_t *row, tell_t tell)
{
	const char *success = row_get(row, "success");
	const char *errmsg = row_get(row, "errmsg");
	int code = GDOICTL_REFUSED;

	if (success && strcmp(success, "yes") == 0)
	{
		code = GDOICTL_DONE;
	}
	if (ctl->json)
	{
		json_row(stdout, row, false);
		fputc('\n', stdout);
	}
	else if (code == GDOICTL_DONE)
	{
		tell(ctl, row);
	}
	else
	{
		fputs("gdoictl: ", stderr);
		text_clean(stderr, errmsg ? errmsg : "refused by the service");
		fputc('\n', stderr);
	}
	return code;
}

/**
 * Let the service do something
 *
 * @param name			command of the service
 * @param req			request, gets adopted
 */
static int act(gdoictl_t *ctl, const char *name, vici_req_t *req, tell_t tell)
{
	vici_res_t *res;
	row_t *row;
	int code;

	res = vici_submit(req, ctl->conn);
	if (!res)
	{
		return gdoictl_failed(name);
	}
	row = row_parse(res);
	vici_free_res(res);
	if (!row)
	{
		fputs("gdoictl: the answer is malformed\n", stderr);
		return GDOICTL_REFUSED;
	}
	code = report(ctl, row, tell);
	row_destroy(row);
	return code;
}

/**
 * Tell that what was loaded stays
 */
static void tell_confirm(gdoictl_t *ctl, row_t *row)
{
	puts("confirmed");
}

/*
 * Described in header.
 */
int gdoictl_confirm(gdoictl_t *ctl)
{
	return act(ctl, "confirm-groups", vici_begin("confirm-groups"),
			   tell_confirm);
}

/**
 * Tell that a member registers
 */
static void tell_register(gdoictl_t *ctl, row_t *row)
{
	printf("registering %s\n", ctl->args[0]);
}

/*
 * Described in header.
 */
int gdoictl_register(gdoictl_t *ctl)
{
	vici_req_t *req;

	req = vici_begin("register");
	vici_add_key_valuef(req, "group", "%s", ctl->args[0]);
	return act(ctl, "register", req, tell_register);
}

/**
 * Tell in which directions a member encrypts
 */
static void tell_direction(gdoictl_t *ctl, row_t *row)
{
	printf("direction of %s is %s until the next rekey\n", ctl->args[0],
		   ctl->args[1]);
}

/*
 * Described in header.
 */
int gdoictl_direction(gdoictl_t *ctl)
{
	vici_req_t *req;

	req = vici_begin("direction");
	vici_add_key_valuef(req, "group", "%s", ctl->args[0]);
	vici_add_key_valuef(req, "direction", "%s", ctl->args[1]);
	return act(ctl, "direction", req, tell_direction);
}

/**
 * Tell what is done to which groups, a line each
 *
 * @param what			what is done
 * @param none			what to say if there is no group
 */
static void tell_groups(row_t *row, const char *what, const char *none)
{
	row_t *groups, *group;

	groups = row_find(row, "groups");
	if (!groups || !groups->children)
	{
		puts(none);
	}
	for (group = groups ? groups->children : NULL; group; group = group->next)
	{
		fputs(what, stdout);
		text_clean(stdout, group->value ? group->value : "-");
		fputc('\n', stdout);
	}
}

/**
 * Tell which counters are zero
 */
static void tell_reset(gdoictl_t *ctl, row_t *row)
{
	printf("%s counters of %s are zero\n", ctl->args[1] ? ctl->args[1] : "all",
		   ctl->args[0]);
}

/*
 * Described in header.
 */
int gdoictl_reset_counters(gdoictl_t *ctl)
{
	vici_req_t *req;

	req = vici_begin("reset-counters");
	vici_add_key_valuef(req, "group", "%s", ctl->args[0]);
	if (ctl->args[1])
	{
		vici_add_key_valuef(req, "what", "%s", ctl->args[1]);
	}
	return act(ctl, "reset-counters", req, tell_reset);
}

/**
 * Tell which groups get new keys
 */
static void tell_rekey(gdoictl_t *ctl, row_t *row)
{
	tell_groups(row, "rekeying ", "there is no group to rekey");
}

/**
 * Tell which groups have their members' certificates checked
 */
static void tell_recheck(gdoictl_t *ctl, row_t *row)
{
	tell_groups(row, "checking certificates of ", "there is no group to check");
}

/*
 * Described in header.
 */
int gdoictl_recheck(gdoictl_t *ctl)
{
	vici_req_t *req;

	req = vici_begin("recheck");
	if (ctl->args[0])
	{
		vici_add_key_valuef(req, "group", "%s", ctl->args[0]);
	}
	return act(ctl, "recheck", req, tell_recheck);
}

/*
 * Described in header.
 */
int gdoictl_rekey(gdoictl_t *ctl)
{
	vici_req_t *req;

	req = vici_begin("rekey");
	if (ctl->args[0])
	{
		vici_add_key_valuef(req, "group", "%s", ctl->args[0]);
	}
	vici_add_key_valuef(req, "replace", "%s", ctl->replace ? "yes" : "no");
	return act(ctl, "rekey", req, tell_rekey);
}

/**
 * Tell how many members go
 */
static void tell_remove(gdoictl_t *ctl, row_t *row)
{
	const char *removed = row_get(row, "removed");

	removed = removed ? removed : "0";
	printf("removing %s member%s of %s\n", removed,
		   strcmp(removed, "1") == 0 ? "" : "s", ctl->args[0]);
}

/*
 * Described in header.
 */
int gdoictl_remove_members(gdoictl_t *ctl)
{
	vici_req_t *req;

	req = vici_begin("remove-members");
	vici_add_key_valuef(req, "group", "%s", ctl->args[0]);
	if (ctl->args[1])
	{
		vici_add_key_valuef(req, "id", "%s", ctl->args[1]);
	}
	vici_add_key_valuef(req, "now", "%s", ctl->now ? "yes" : "no");
	return act(ctl, "remove-members", req, tell_remove);
}
