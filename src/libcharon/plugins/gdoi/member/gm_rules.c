/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_rules.h"
#include "gm_lists.h"
#include "gm_log.h"

typedef struct private_gm_rules_t private_gm_rules_t;

/**
 * Private data of an gm_rules_t object.
 */
struct private_gm_rules_t {

	/**
	 * Public interface
	 */
	gm_rules_t public;

	/**
	 * Configuration
	 */
	gm_config_t *config;

	/**
	 * Crypto map
	 */
	crypto_map_t *map;

	/**
	 * Rules in force
	 */
	group_rules_t *rules;

	/**
	 * Flows of the policy
	 */
	gm_flow_t flows[CRYPTO_MAP_SAS];

	/**
	 * TRUE if there is a policy
	 */
	bool known;

	/**
	 * TRUE if there are keys for it
	 */
	bool keys;

	/**
	 * TRUE if the crypto map had no room for the rules
	 */
	bool refused;
};

METHOD(gm_rules_t, is_closed, bool,
	private_gm_rules_t *this)
{
	const gm_config_data_t *config = this->config->get(this->config);

	return config->fail_close &&
		   (!this->known || (config->fail_close_revert && !this->keys));
}

METHOD(gm_rules_t, get_room, u_int,
	private_gm_rules_t *this)
{
	group_acl_t *own = this->config->get(this->config)->acl.acl;

	return CRYPTO_MAP_LINES - (own ? own->get_count(own) : 0);
}

/**
 * Merge what is to be in force
 */
static group_rules_t *merge(private_gm_rules_t *this)
{
	const gm_config_data_t *config = this->config->get(this->config);
	group_rules_t *rules = group_rules_create();

	if (is_closed(this))
	{
		if (config->fail_close_acl.acl)
		{
			rules->add_acl(rules, config->fail_close_acl.acl,
						   GROUP_RULE_EXCEPTION, config->fail_close_acl.name,
						   0);
		}
		rules->add_fail_close(rules);
	}
	else if (this->known)
	{
		if (config->acl.acl)
		{
			rules->add_acl(rules, config->acl.acl, GROUP_RULE_LOCAL,
						   config->acl.name, 0);
		}
		gm_flows_merge(this->flows, rules);
	}
	return rules;
}

/**
 * Make the rules in force the access list of the crypto map
 */
static void push(private_gm_rules_t *this)
{
	u_int i, count = this->rules->get_count(this->rules);
	const group_rule_t *rule;
	crypto_map_line_t *lines;

	lines = calloc(max(count, 1), sizeof(*lines));
	for (i = 0; i < count; i++)
	{
		rule = this->rules->get(this->rules, i);
		lines[i].ace = rule->ace;
		lines[i].sa = rule->action == GROUP_RULE_DROP ? CRYPTO_MAP_DROP
													  : rule->sa;
	}
	this->refused = !this->map->set_acl(this->map, lines, count,
										!this->known || is_closed(this));
	free(lines);
}

/**
 * Leave room for nothing that would be left out: what a list can't hold any
 * more would pass in clear, so rather drop it
 */
static group_rules_t *limit(group_rules_t *rules)
{
	group_rules_t *fewer;
	u_int i;

	if (rules->get_count(rules) <= CRYPTO_MAP_LINES)
	{
		return rules;
	}
	fewer = group_rules_create();
	for (i = 0; i < CRYPTO_MAP_LINES - 1; i++)
	{
		fewer->add(fewer, rules->get(rules, i));
	}
	fewer->add_fail_close(fewer);
	rules->destroy(rules);
	return fewer;
}

/**
 * Put into force what may have changed
 */
static void apply(private_gm_rules_t *this, bool always)
{
	const gm_config_data_t *config = this->config->get(this->config);
	group_rules_t *rules = limit(merge(this));
	const group_rule_t *first;
	bool same;

	same = rules->equals(rules, this->rules);
	this->rules->destroy(this->rules);
	this->rules = rules;
	if (same && !always && !this->refused)
	{
		return;
	}
	push(this);
	first = rules->get(rules, 0);
	if (!same && first && first->origin == GROUP_RULE_LOCAL)
	{
		gm_log(5, "GM_ACL_MERGE", config->group.name, NULL, "%u lines of "
			   "access list %s merged before those of the key server of group "
			   "%s", config->acl.acl->get_count(config->acl.acl),
			   config->acl.name, config->group.name);
	}
}

/**
 * Log that own lines drop what they match
 */
static void log_permit(gm_config_t *config)
{
	const gm_config_data_t *data = config->get(config);
	const group_ace_t *ace = gm_list_get_permit(&data->acl);
	char text[GROUP_ACE_TEXT_LEN];

	if (ace)
	{
		gm_log(4, "GM_ACL_PERMIT", data->group.name, NULL, "Permit is not "
			   "supported in access list %s of a member of group %s: traffic "
			   "that matches line %u, \"%s\", is dropped", data->acl.name,
			   data->group.name, ace->number,
			   group_ace_print(ace, text, sizeof(text)));
	}
}

METHOD(gm_rules_t, open_, void,
	private_gm_rules_t *this)
{
	apply(this, TRUE);
}

METHOD(gm_rules_t, configure, void,
	private_gm_rules_t *this, gm_config_t *config)
{
	gm_config_t *old = this->config;

	this->config = config->get_ref(config);
	if (!gm_list_equals(&config->get(config)->acl, &old->get(old)->acl))
	{
		log_permit(config);
	}
	old->destroy(old);
	apply(this, FALSE);
}

METHOD(gm_rules_t, set_flows, void,
	private_gm_rules_t *this, gm_flow_t *flows, bool keys)
{
	gm_flows_clear(this->flows);
	gm_flows_copy(flows, this->flows);
	this->known = TRUE;
	this->keys = keys;
	apply(this, FALSE);
}

METHOD(gm_rules_t, set_keys, void,
	private_gm_rules_t *this, bool keys)
{
	if (this->known && this->keys != keys)
	{
		this->keys = keys;
		apply(this, FALSE);
	}
}

METHOD(gm_rules_t, clear, void,
	private_gm_rules_t *this)
{
	gm_flows_clear(this->flows);
	this->known = FALSE;
	this->keys = FALSE;
	apply(this, FALSE);
}

METHOD(gm_rules_t, get, group_rules_t*,
	private_gm_rules_t *this)
{
	return this->rules;
}

METHOD(gm_rules_t, destroy, void,
	private_gm_rules_t *this)
{
	gm_flows_clear(this->flows);
	this->rules->destroy(this->rules);
	this->config->destroy(this->config);
	free(this);
}

/*
 * Described in header
 */
gm_rules_t *gm_rules_create(gm_config_t *config, crypto_map_t *map)
{
	private_gm_rules_t *this;

	INIT(this,
		.public = {
			.open = _open_,
			.configure = _configure,
			.set_flows = _set_flows,
			.set_keys = _set_keys,
			.clear = _clear,
			.is_closed = _is_closed,
			.get_room = _get_room,
			.get = _get,
			.destroy = _destroy,
		},
		.config = config->get_ref(config),
		.map = map,
		.rules = group_rules_create(),
	);
	log_permit(config);
	return &this->public;
}
