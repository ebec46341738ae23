/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "load_answer.h"
#include "../config/config_text.h"

/** most octets of a value that are shown */
#define VALUE_MAX 200

typedef struct private_load_answer_t private_load_answer_t;
typedef struct line_t line_t;

/**
 * Private data of a load_answer_t object.
 */
struct private_load_answer_t {

	/**
	 * Public interface
	 */
	load_answer_t public;

	/**
	 * Groups that change, char*
	 */
	linked_list_t *changes;

	/**
	 * Plan, line_t*
	 */
	linked_list_t *plan;

	/**
	 * Lines of the plan that were left off
	 */
	u_int left;
};

/**
 * A line of the plan
 */
struct line_t {

	/**
	 * Name of the group
	 */
	char *group;

	/**
	 * Section of the role
	 */
	char *role;

	/**
	 * Key below it
	 */
	char *key;

	/**
	 * Values before and after
	 */
	char *change;

	/**
	 * As in group_change_t
	 */
	bool rekey;

	/**
	 * As in group_change_t
	 */
	const char *effective, *rule;
};

/**
 * Free a line
 */
static void destroy_line(line_t *line)
{
	free(line->group);
	free(line->role);
	free(line->key);
	free(line->change);
	free(line);
}

/**
 * Text of a value before and after
 */
static char *print_change(const group_change_t *change)
{
	const char *from = change->from, *to = change->to;

	if (!from && streq(to, "present"))
	{
		return strdup("added");
	}
	if (!to && streq(from, "present"))
	{
		return strdup("removed");
	}
	return config_text_format("%.*s%s -> %.*s%s",
						VALUE_MAX, from ?: "unset",
						from && strlen(from) > VALUE_MAX ? "..." : "",
						VALUE_MAX, to ?: "unset",
						to && strlen(to) > VALUE_MAX ? "..." : "");
}

/**
 * Note that a group changes; implements group_load_t.report()
 */
static void add_change(void *user, const char *what, const char *role,
					   const char *group)
{
	private_load_answer_t *this = user;

	this->changes->insert_last(this->changes,
							   config_text_format("%s %s %s", what, role,
												  group));
}

/**
 * Note a line of the plan; implements group_load_t.plan()
 */
static void add_plan(void *user, const char *role, const char *group,
					 const group_change_t *change)
{
	private_load_answer_t *this = user;
	line_t *line;

	if (this->plan->get_count(this->plan) == LOAD_PLAN_MAX)
	{
		this->left++;
		return;
	}
	INIT(line,
		.group = strdup(group),
		.role = strdup(role),
		.key = strdup(change->key),
		.change = print_change(change),
		.rekey = change->rekey,
		.effective = change->effective,
		.rule = change->rule,
	);
	this->plan->insert_last(this->plan, line);
}

METHOD(load_answer_t, attach, void,
	private_load_answer_t *this, group_load_t *load)
{
	load->report = add_change;
	load->plan = add_plan;
	load->user = this;
}

/**
 * Add a list of the errors or warnings of a reader
 *
 * @param name			name of the list
 * @param errors		TRUE for errors, FALSE for warnings
 * @return				first line, belongs to the reader; NULL if none
 */
static char *add_lines(vici_builder_t *builder, char *name,
					   config_reader_t *reader, bool errors)
{
	enumerator_t *enumerator;
	char *line, *first = NULL;
	bool error;

	builder->begin_list(builder, name);
	enumerator = reader->create_enumerator(reader);
	while (enumerator->enumerate(enumerator, &error, &line))
	{
		if (error == errors)
		{
			builder->add_li(builder, "%s", line);
			first = first ?: line;
		}
	}
	enumerator->destroy(enumerator);
	builder->end_list(builder);
	return first;
}

/**
 * Add the groups that change
 */
static void add_changes(private_load_answer_t *this, vici_builder_t *builder)
{
	enumerator_t *enumerator;
	char *line;

	builder->begin_list(builder, "changes");
	enumerator = this->changes->create_enumerator(this->changes);
	while (enumerator->enumerate(enumerator, &line))
	{
		builder->add_li(builder, "%s", line);
	}
	enumerator->destroy(enumerator);
	builder->end_list(builder);
}

/**
 * Add the plan
 */
static void add_lines_of_plan(private_load_answer_t *this,
							  vici_builder_t *builder)
{
	enumerator_t *enumerator;
	char number[16];
	line_t *line;
	u_int i = 0;

	builder->begin_section(builder, "plan");
	enumerator = this->plan->create_enumerator(this->plan);
	while (enumerator->enumerate(enumerator, &line))
	{
		snprintf(number, sizeof(number), "%u", ++i);
		builder->begin_section(builder, number);
		builder->add_kv(builder, "group", "%s", line->group);
		builder->add_kv(builder, "role", "%s", line->role);
		builder->add_kv(builder, "key", "%s", line->key);
		builder->add_kv(builder, "change", "%s", line->change);
		builder->add_kv(builder, "rekey", line->rekey ? "yes" : "no");
		builder->add_kv(builder, "effective", "%s", line->effective);
		if (line->rule)
		{
			builder->add_kv(builder, "rule", "%s", line->rule);
		}
		builder->end_section(builder);
	}
	enumerator->destroy(enumerator);
	builder->end_section(builder);
	if (this->left)
	{
		builder->add_kv(builder, "plan-left-off", "%u", this->left);
	}
}

METHOD(load_answer_t, build, vici_message_t*,
	private_load_answer_t *this, bool good, config_reader_t *reader,
	uint32_t confirm)
{
	vici_builder_t *builder = vici_builder_create();
	char *first;

	add_changes(this, builder);
	add_lines_of_plan(this, builder);
	first = add_lines(builder, "errors", reader, TRUE);
	add_lines(builder, "warnings", reader, FALSE);
	if (confirm)
	{
		builder->add_kv(builder, "confirm-in", "%u", confirm);
	}
	builder->add_kv(builder, "success", good ? "yes" : "no");
	if (!good)
	{
		builder->add_kv(builder, "errmsg", "%s", first ?: "refused");
	}
	return builder->finalize(builder);
}

METHOD(load_answer_t, destroy, void,
	private_load_answer_t *this)
{
	this->changes->destroy_function(this->changes, free);
	this->plan->destroy_function(this->plan, (void*)destroy_line);
	free(this);
}

/*
 * Described in header.
 */
load_answer_t *load_answer_create()
{
	private_load_answer_t *this;

	INIT(this,
		.public = {
			.attach = _attach,
			.build = _build,
			.destroy = _destroy,
		},
		.changes = linked_list_create(),
		.plan = linked_list_create(),
	);
	return &this->public;
}
