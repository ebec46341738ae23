/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoictl.h"
#include "json.h"
#include "plan.h"
#include "text.h"

#include <config/config_file.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/** what a message may have, less what the request has beside the sections */
#define SECTIONS_MAX (512 * 1024 - 256)

/** octets of a key or section beside its name and value, at most */
#define ELEMENT_SIZE 4

/**
 * Add a section of the configuration with all below it to a request
 *
 * @return				octets that the content takes
 */
static size_t add_section(vici_req_t *req, config_node_t *section)
{
	enumerator_t *enumerator;
	config_node_t *node;
	size_t size = 0;
	char *value;

	vici_begin_section(req, (char*)section->get_name(section));
	enumerator = section->create_enumerator(section);
	while (enumerator->enumerate(enumerator, &node))
	{
		value = (char*)node->get_value(node);
		size += ELEMENT_SIZE + strlen(node->get_name(node));
		if (value)
		{
			size += strlen(value);
			vici_add_key_value(req, (char*)node->get_name(node), value,
							   strlen(value));
		}
		else
		{
			size += add_section(req, node);
		}
	}
	enumerator->destroy(enumerator);
	vici_end_section(req);
	return size;
}

/**
 * Build the request of load-groups
 */
static vici_req_t *load_request(gdoictl_t *ctl)
{
	enumerator_t *enumerator;
	config_node_t *root, *section;
	char buf[PATH_MAX];
	const char *file;
	vici_req_t *req;
	size_t size = 0;

	file = ctl->file ? ctl->file : config_file_default(buf, sizeof(buf));
	/* where in the file an error is comes as debug output */
	dbg_default_set_level(LEVEL_CTRL);
	root = config_file_read(file);
	dbg_default_set_level(LEVEL_AUDIT);
	if (!root)
	{
		fprintf(stderr, "gdoictl: can't read %s\n", file);
		return NULL;
	}
	req = vici_begin("load-groups");
	vici_add_key_valuef(req, "dry-run", "%s", ctl->dry_run ? "yes" : "no");
	if (ctl->confirm)
	{
		vici_add_key_valuef(req, "confirm", "%s", ctl->confirm);
	}
	enumerator = root->create_enumerator(root);
	while (enumerator->enumerate(enumerator, &section))
	{
		size += add_section(req, section);
	}
	enumerator->destroy(enumerator);
	if (!root->get_child(root, "groups"))
	{	/* the file says it all, while the service takes it for a mistake */
		vici_begin_section(req, "groups");
		vici_end_section(req);
	}
	root->destroy(root);
	if (size > SECTIONS_MAX)
	{	/* the service would close the connection, and libvici not notice */
		fprintf(stderr, "gdoictl: the groups and ACLs of %s take %zu octets, "
				"at most %d can be sent (swanctl --reload-settings loads any "
				"number)\n", file, size, SECTIONS_MAX);
		vici_free_req(req);
		return NULL;
	}
	return req;
}

/**
 * Print the lines of a list
 */
static void print_lines(row_t *row, const char *list, FILE *out,
						const char *prefix)
{
	row_t *item;

	item = row_find(row, list);
	for (item = item ? item->children : NULL; item; item = item->next)
	{
		fputs(prefix, out);
		text_clean(out, item->value);
		fputc('\n', out);
	}
}

/**
 * Tell as text what a load did
 */
static void print_load(gdoictl_t *ctl, row_t *row, bool good)
{
	const char *confirm = row_get(row, "confirm-in");

	print_lines(row, "errors", stderr, "gdoictl: ");
	print_lines(row, "warnings", stderr, "gdoictl: warning: ");
	if (!good)
	{
		fputs("refused, nothing has changed\n", stderr);
		return;
	}
	if (!plan_print(stdout, row, ctl->dry_run))
	{
		puts("unchanged");
	}
	if (confirm)
	{
		fputs("write gdoictl confirm within ", stdout);
		text_clean(stdout, confirm);
		puts("s, or what was in force before comes back");
	}
}

/**
 * Tell what a load did, and find the exit code
 */
static int report_load(gdoictl_t *ctl, vici_res_t *res)
{
	const char *success, *errmsg;
	row_t *row, *changes;
	int code;

	row = row_parse(res);
	if (!row)
	{
		fputs("gdoictl: the answer is malformed\n", stderr);
		return GDOICTL_REFUSED;
	}
	success = row_get(row, "success");
	changes = row_find(row, "changes");
	code = GDOICTL_REFUSED;
	if (success && strcmp(success, "yes") == 0)
	{
		code = changes && changes->children ? GDOICTL_CHANGED : GDOICTL_DONE;
	}
	if (ctl->json)
	{
		json_row(stdout, row, false);
		fputc('\n', stdout);
	}
	else
	{
		errmsg = row_get(row, "errmsg");
		if (errmsg && !row_find(row, "errors"))
		{
			fprintf(stderr, "gdoictl: %s\n", errmsg);
		}
		print_load(ctl, row, code != GDOICTL_REFUSED);
	}
	row_destroy(row);
	return code;
}

/*
 * Described in header.
 */
int gdoictl_load_groups(gdoictl_t *ctl)
{
	vici_req_t *req;
	vici_res_t *res;
	int code;

	req = load_request(ctl);
	if (!req)
	{
		return GDOICTL_REFUSED;
	}
	res = vici_submit(req, ctl->conn);
	if (!res)
	{
		return gdoictl_failed("load-groups");
	}
	code = report_load(ctl, res);
	vici_free_res(res);
	return code;
}

/**
 * Request something without arguments, and show all of the answer
 */
static int show(gdoictl_t *ctl, const char *command)
{
	vici_res_t *res;
	row_t *row;

	res = vici_submit(vici_begin((char*)command), ctl->conn);
	if (!res)
	{
		return gdoictl_failed(command);
	}
	row = row_parse(res);
	vici_free_res(res);
	if (!row)
	{
		fputs("gdoictl: the answer is malformed\n", stderr);
		return GDOICTL_REFUSED;
	}
	if (ctl->json)
	{
		json_row(stdout, row, true);
		fputc('\n', stdout);
	}
	else
	{
		text_details(stdout, row, 0);
	}
	row_destroy(row);
	return GDOICTL_DONE;
}

/*
 * Described in header.
 */
int gdoictl_stats(gdoictl_t *ctl)
{
	return show(ctl, "stats");
}

/*
 * Described in header.
 */
int gdoictl_version(gdoictl_t *ctl)
{
	return show(ctl, "version");
}
