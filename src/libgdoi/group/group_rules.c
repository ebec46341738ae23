/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "group_rules.h"

#include <collections/linked_list.h>

typedef struct private_group_rules_t private_group_rules_t;

/**
 * Private data of a set of rules.
 */
struct private_group_rules_t {

	/**
	 * Public interface.
	 */
	group_rules_t public;

	/**
	 * Rules in order, their number, and how many there is memory for.
	 */
	group_rule_t *rules;
	u_int count;
	u_int room;

	/**
	 * Names of lists, each once, as char*.
	 */
	linked_list_t *names;

	/**
	 * References.
	 */
	refcount_t ref;
};

ENUM(group_rule_action_names, GROUP_RULE_CLEAR, GROUP_RULE_DROP,
	"clear",
	"encrypt",
	"drop",
);

ENUM(group_rule_origin_names, GROUP_RULE_EXCEPTION, GROUP_RULE_SERVER,
	"exception",
	"fail-close",
	"local",
	"server",
);

/**
 * Keep a name of a list, most often the one before.
 */
static const char *keep_name(private_group_rules_t *this, const char *name)
{
	char *last;

	if (!name)
	{
		return NULL;
	}
	if (this->names->get_last(this->names, (void**)&last) != SUCCESS ||
		!streq(last, name))
	{
		last = strdup(name);
		this->names->insert_last(this->names, last);
	}
	return last;
}

METHOD(group_rules_t, add, void,
	private_group_rules_t *this, const group_rule_t *rule)
{
	group_rule_t *copy;

	if (this->count == this->room)
	{
		this->room = this->room ? this->room * 2 : 16;
		this->rules = realloc(this->rules, this->room * sizeof(*this->rules));
	}
	copy = &this->rules[this->count++];
	*copy = *rule;
	copy->list = keep_name(this, rule->list);
}

METHOD(group_rules_t, add_acl, void,
	private_group_rules_t *this, group_acl_t *acl, group_rule_origin_t origin,
	const char *list, u_int sa)
{
	enumerator_t *enumerator;
	group_rule_t rule = {
		.origin = origin,
		.list = list,
	};
	const group_ace_t *ace;

	enumerator = acl->create_enumerator(acl);
	while (enumerator->enumerate(enumerator, &ace))
	{
		rule.ace = *ace;
		rule.action = GROUP_RULE_CLEAR;
		if (ace->action == GROUP_ACE_PERMIT)
		{
			rule.action = origin == GROUP_RULE_SERVER ? GROUP_RULE_ENCRYPT
													  : GROUP_RULE_DROP;
		}
		rule.sa = rule.action == GROUP_RULE_ENCRYPT ? sa : 0;
		add(this, &rule);
	}
	enumerator->destroy(enumerator);
}

METHOD(group_rules_t, add_fail_close, void,
	private_group_rules_t *this)
{
	group_rule_t any = {
		.ace = {
			.action = GROUP_ACE_PERMIT,
			.family = AF_UNSPEC,
			.src = { .port_hi = UINT16_MAX },
			.dst = { .port_hi = UINT16_MAX },
		},
		.action = GROUP_RULE_DROP,
		.origin = GROUP_RULE_FAIL_CLOSE,
	};

	add(this, &any);
}

METHOD(group_rules_t, get_count, u_int,
	private_group_rules_t *this)
{
	return this->count;
}

METHOD(group_rules_t, get, const group_rule_t*,
	private_group_rules_t *this, u_int place)
{
	return place < this->count ? &this->rules[place] : NULL;
}

METHOD(group_rules_t, classify, const group_rule_t*,
	private_group_rules_t *this, const group_packet_t *packet, u_int *place)
{
	const group_rule_t *rule;
	u_int i;

	for (i = 0; i < this->count; i++)
	{
		rule = &this->rules[i];
		if (group_packet_matches(packet, &rule->ace,
								 rule->action != GROUP_RULE_CLEAR))
		{
			if (place)
			{
				*place = i;
			}
			return rule;
		}
	}
	return NULL;
}

METHOD(group_rules_t, equals, bool,
	private_group_rules_t *this, group_rules_t *other_pub)
{
	private_group_rules_t *other = (private_group_rules_t*)other_pub;
	const group_rule_t *a = this->rules, *b = other->rules;
	u_int i;

	if (this->count != other->count)
	{
		return FALSE;
	}
	for (i = 0; i < this->count; i++)
	{
		if (a[i].action != b[i].action || a[i].origin != b[i].origin ||
			a[i].sa != b[i].sa ||
			!group_ace_same_selector(&a[i].ace, &b[i].ace))
		{
			return FALSE;
		}
	}
	return TRUE;
}

METHOD(group_rules_t, get_ref, group_rules_t*,
	private_group_rules_t *this)
{
	ref_get(&this->ref);
	return &this->public;
}

METHOD(group_rules_t, destroy, void,
	private_group_rules_t *this)
{
	if (ref_put(&this->ref))
	{
		free(this->rules);
		this->names->destroy_function(this->names, free);
		free(this);
	}
}

/*
 * See header
 */
group_rules_t *group_rules_create()
{
	private_group_rules_t *this;

	INIT(this,
		.public = {
			.add = _add,
			.add_acl = _add_acl,
			.add_fail_close = _add_fail_close,
			.get_count = _get_count,
			.get = _get,
			.classify = _classify,
			.equals = _equals,
			.get_ref = _get_ref,
			.destroy = _destroy,
		},
		.names = linked_list_create(),
		.ref = 1,
	);

	return &this->public;
}
