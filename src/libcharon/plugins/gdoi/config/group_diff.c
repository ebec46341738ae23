/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "group_diff.h"
#include "config_text.h"

#include <inttypes.h>

/** room for a key with a name */
#define KEY_LEN 256

/** room for the name of an access list and a number, and for a note */
#define ACL_LEN 288
#define ACL_NOTE_LEN 48

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

/**
 * Has a list this line, regardless of its number?
 */
static bool has_line(group_acl_t *acl, const group_ace_t *line)
{
	enumerator_t *enumerator;
	const group_ace_t *other;
	bool found = FALSE;

	enumerator = acl->create_enumerator(acl);
	while (!found && enumerator->enumerate(enumerator, &other))
	{
		found = other->action == line->action &&
				group_ace_same_selector(other, line);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Count the lines of a list that another list doesn't have
 */
static u_int count_others(group_acl_t *acl, group_acl_t *other)
{
	enumerator_t *enumerator;
	const group_ace_t *line;
	u_int count = 0;

	enumerator = acl->create_enumerator(acl);
	while (enumerator->enumerate(enumerator, &line))
	{
		count += !has_line(other, line);
	}
	enumerator->destroy(enumerator);
	return count;
}

/**
 * Print an access list
 *
 * @return				NULL if there is none
 */
static char *print_acl(const char *name, group_acl_t *acl, char *buf,
					   size_t len)
{
	if (!acl)
	{
		return NULL;
	}
	snprintf(buf, len, "%s%s%u line%s", name ?: "", name ? ", " : "",
			 acl->get_count(acl), acl->get_count(acl) == 1 ? "" : "s");
	return buf;
}

METHOD(group_diff_t, add_acl, void,
	private_group_diff_t *this, const char *key, const char *name,
	const char *old_name, group_acl_t *old, const char *new_name,
	group_acl_t *new)
{
	char from[ACL_LEN], to[ACL_LEN + ACL_NOTE_LEN];
	u_int added, removed;
	size_t at;

	if (old == new || (old && new && old->equals(old, new)))
	{
		return;
	}
	print_acl(new_name, new, to, sizeof(to));
	if (old && new)
	{
		added = count_others(new, old);
		removed = count_others(old, new);
		at = strlen(to);
		if (added || removed)
		{
			snprintf(to + at, sizeof(to) - at, " (%u added, %u removed)",
					 added, removed);
		}
		else
		{
			snprintf(to + at, sizeof(to) - at, " (in another order)");
		}
	}
	add_changed(this, key, name, print_acl(old_name, old, from, sizeof(from)),
				new ? to : NULL);
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
			.add_acl = _add_acl,
			.get_count = _get_count,
			.destroy = _destroy,
		},
		.rules = rules,
		.change = change,
		.user = user,
	);
	return &this->public;
}
