/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "group_diff.h"
#include "config_text.h"

#include <inttypes.h>

/** room for a key with a name */
#define KEY_LEN 256

typedef struct private_group_diff_t private_group_diff_t;

/**
 * Private data of a group_diff_t object.
 */
struct private_group_diff_t {

	/**
	 * Public interface
	 */
	group_diff_t public;

	/**
	 * What follows from which change
	 */
	const group_rule_t *rules;

	/**
	 * Takes the differences
	 */
	group_change_cb_t change;

	/**
	 * Data to pass to change
	 */
	void *user;

	/**
	 * Differences so far
	 */
	u_int count;
};

/**
 * Find the rule of a key
 */
static const group_rule_t *find_rule(private_group_diff_t *this,
									 const char *key)
{
	const group_rule_t *rule = this->rules;

	while (rule->key && !streq(rule->key, key))
	{
		rule++;
	}
	return rule;
}

/**
 * Put a name in the place of the asterisk
 */
static void print_path(char *path, size_t len, const char *key,
					   const char *name)
{
	const char *star = strchr(key, '*');

	if (star && name)
	{
		snprintf(path, len, "%.*s%s%s", (int)(star - key), key, name,
				 star + 1);
	}
	else
	{
		snprintf(path, len, "%s", key);
	}
}

METHOD(group_diff_t, add_changed, void,
	private_group_diff_t *this, const char *key, const char *name,
	const char *old, const char *new)
{
	const group_rule_t *rule;
	group_change_t change;
	char path[KEY_LEN];

	print_path(path, sizeof(path), key, name);
	rule = find_rule(this, key);
	change = (group_change_t){
		.key = path,
		.from = old,
		.to = new,
		.rekey = rule->rekey,
		.effective = rule->effective,
		.rule = rule->rule,
	};
	this->count++;
	this->change(this->user, &change);
}

METHOD(group_diff_t, add, void,
	private_group_diff_t *this, const char *key, const char *name,
	const char *old, const char *new)
{
	if (old && new ? !streq(old, new) : old != new)
	{
		add_changed(this, key, name, old, new);
	}
}

METHOD(group_diff_t, add_time, void,
	private_group_diff_t *this, const char *key, const char *name,
	uint64_t old, uint64_t new)
{
	char from[CONFIG_TIME_LEN], to[CONFIG_TIME_LEN];

	add(this, key, name, config_text_print_time(old, from, sizeof(from)),
		config_text_print_time(new, to, sizeof(to)));
}

METHOD(group_diff_t, add_number, void,
	private_group_diff_t *this, const char *key, const char *name,
	uint64_t old, uint64_t new)
{
	char from[24], to[24];

	snprintf(from, sizeof(from), "%" PRIu64, old);
	snprintf(to, sizeof(to), "%" PRIu64, new);
	add(this, key, name, from, to);
}

METHOD(group_diff_t, add_bool, void,
	private_group_diff_t *this, const char *key, const char *name,
	bool old, bool new)
{
	add(this, key, name, old ? "yes" : "no", new ? "yes" : "no");
}

METHOD(group_diff_t, get_count, u_int,
	private_group_diff_t *this)
{
	return this->count;
}

METHOD(group_diff_t, destroy, void,
	private_group_diff_t *this)
{
	free(this);
}

/*
 * Described in header.
 */
group_diff_t *group_diff_create(const group_rule_t *rules,
								group_change_cb_t change, void *user)
{
	private_group_diff_t *this;

	INIT(this,
		.public = {
			.add = _add,
			.add_changed = _add_changed,
			.add_time = _add_time,
			.add_number = _add_number,
			.add_bool = _add_bool,
			.get_count = _get_count,
			.destroy = _destroy,
		},
		.rules = rules,
		.change = change,
		.user = user,
	);
	return &this->public;
}
