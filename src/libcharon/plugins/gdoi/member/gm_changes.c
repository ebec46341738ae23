/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_changes.h"
#include "gm_direction.h"

#include "../config/group_diff.h"

/** room for a value */
#define VALUE_LEN 512

/** what follows from which change; what a running group can't take over, see
 *  same_place() of gm_config_t, makes another group of it */
static const group_rule_t rules[] = {
	{ "id", FALSE, GROUP_EFFECT_AGAIN, "REKEY-209" },
	{ "interface", FALSE, GROUP_EFFECT_AGAIN, NULL },
	{ "local_address", FALSE, GROUP_EFFECT_AGAIN, NULL },
	{ "clear_df", FALSE, GROUP_EFFECT_AGAIN, NULL },
	{ "anchor_local", FALSE, GROUP_EFFECT_AGAIN, NULL },
	{ "anchor_remote", FALSE, GROUP_EFFECT_AGAIN, NULL },
	{ "anchor_local6", FALSE, GROUP_EFFECT_AGAIN, NULL },
	{ "anchor_remote6", FALSE, GROUP_EFFECT_AGAIN, NULL },
	{ "servers", FALSE, GROUP_EFFECT_REGISTRATION, NULL },
	{ "register_timeout", FALSE, GROUP_EFFECT_REGISTRATION, NULL },
	{ "retry_initial", FALSE, GROUP_EFFECT_REGISTRATION, NULL },
	{ "retry_max", FALSE, GROUP_EFFECT_REGISTRATION, NULL },
	{ "retry_jitter", FALSE, GROUP_EFFECT_REGISTRATION, NULL },
	{ "keep_phase1", FALSE, GROUP_EFFECT_REGISTRATION, NULL },
	{ "direction", FALSE, GROUP_EFFECT_NOW, NULL },
	{ "long_id_lengths", FALSE, GROUP_EFFECT_POLICY, NULL },
	{ "kek_proposals", FALSE, GROUP_EFFECT_POLICY, NULL },
	{ "esp_proposals", FALSE, GROUP_EFFECT_POLICY, NULL },
	{ "sender_ids", FALSE, GROUP_EFFECT_REGISTRATION, NULL },
	{ "d3p_window", FALSE, GROUP_EFFECT_NOW, "D3P-002" },
	{ "reregister_margin", FALSE, GROUP_EFFECT_POLICY, NULL },
	{ "reregister_jitter", FALSE, GROUP_EFFECT_POLICY, NULL },
	{ NULL, FALSE, GROUP_EFFECT_NOW, NULL },
};

/** keys of the anchors, in their order */
static const char *anchors[] = {
	"anchor_local", "anchor_remote", "anchor_local6", "anchor_remote6",
};

/**
 * Text of an address, NULL for none
 */
static char *print_host(host_t *host, char *buf, size_t len)
{
	if (!host)
	{
		return NULL;
	}
	snprintf(buf, len, "%H", host);
	return buf;
}

/**
 * Text of the source of registrations, NULL for none
 */
static const char *print_local(const gm_config_data_t *data, char *buf,
							   size_t len)
{
	return data->local_interface ?: print_host(data->local_address, buf, len);
}

/**
 * Text of the servers, cut off where there is no room
 */
static char *print_servers(const gm_config_data_t *data, char *buf, size_t len)
{
	size_t at = 0;
	u_int i;

	*buf = '\0';
	for (i = 0; i < data->server_count && at < len; i++)
	{
		at += snprintf(buf + at, len - at, "%s%s", at ? ", " : "",
					   data->servers[i]);
	}
	return buf;
}

/**
 * Text of proposals
 */
static char *print_proposals(linked_list_t *proposals, char *buf, size_t len)
{
	if (!proposals)
	{
		return NULL;
	}
	snprintf(buf, len, "%#P", proposals);
	return buf;
}

/**
 * Compare what makes another group
 */
static void compare_place(const gm_config_data_t *a, const gm_config_data_t *b,
						  group_diff_t *diff)
{
	char from[VALUE_LEN], to[VALUE_LEN];
	int i;

	group_id_print(&a->group.id, from, sizeof(from));
	group_id_print(&b->group.id, to, sizeof(to));
	if (!group_id_equals(&a->group.id, &b->group.id))
	{
		diff->add_changed(diff, "id", NULL, from, to);
	}
	diff->add(diff, "interface", NULL, a->interface, b->interface);
	diff->add(diff, "local_address", NULL, print_local(a, from, sizeof(from)),
			  print_local(b, to, sizeof(to)));
	diff->add_bool(diff, "clear_df", NULL, a->clear_df, b->clear_df);
	for (i = 0; i < countof(anchors); i++)
	{
		diff->add(diff, anchors[i], NULL,
				  print_host(a->anchors[i], from, sizeof(from)),
				  print_host(b->anchors[i], to, sizeof(to)));
	}
}

/**
 * Compare how it registers
 */
static void compare_registration(const gm_config_data_t *a,
								 const gm_config_data_t *b, group_diff_t *diff)
{
	char from[VALUE_LEN], to[VALUE_LEN];

	diff->add(diff, "servers", NULL, print_servers(a, from, sizeof(from)),
			  print_servers(b, to, sizeof(to)));
	diff->add_time(diff, "register_timeout", NULL, a->register_timeout,
				   b->register_timeout);
	diff->add_time(diff, "retry_initial", NULL, a->retry.initial,
				   b->retry.initial);
	diff->add_time(diff, "retry_max", NULL, a->retry.max, b->retry.max);
	diff->add_number(diff, "retry_jitter", NULL, a->retry.jitter,
					 b->retry.jitter);
	diff->add_bool(diff, "keep_phase1", NULL, a->keep_phase1, b->keep_phase1);
	diff->add_number(diff, "sender_ids", NULL, a->sender_ids, b->sender_ids);
	diff->add_time(diff, "reregister_margin", NULL, a->reregister_margin,
				   b->reregister_margin);
	diff->add_time(diff, "reregister_jitter", NULL, a->reregister_jitter,
				   b->reregister_jitter);
	diff->add_time(diff, "recovery_interval", NULL, a->recovery_interval,
				   b->recovery_interval);
	diff->add_time(diff, "ack_delay", NULL, a->ack_delay, b->ack_delay);
}

/**
 * Text of a window, NULL for none
 */
static char *print_window(uint32_t ms, char *buf, size_t len)
{
	if (!ms)
	{
		return NULL;
	}
	snprintf(buf, len, "%ums", ms);
	return buf;
}

/**
 * Compare how it makes and judges time stamps
 */
static void compare_stamps(const gm_stamp_config_t *a,
						   const gm_stamp_config_t *b, group_diff_t *diff)
{
	char from[VALUE_LEN], to[VALUE_LEN];

	diff->add(diff, "d3p_window", NULL,
			  print_window(a->d3p_window, from, sizeof(from)),
			  print_window(b->d3p_window, to, sizeof(to)));
	diff->add_bool(diff, "d3p_full", NULL, a->d3p_full, b->d3p_full);
	diff->add_number(diff, "d3p_protocol", NULL, a->d3p_protocol,
					 b->d3p_protocol);
	diff->add_number(diff, "replay_header", NULL, a->replay_header,
					 b->replay_header);
}

/**
 * Compare what it takes from key servers, and makes of it
 */
static void compare_policy(const gm_config_data_t *a,
						   const gm_config_data_t *b, group_diff_t *diff)
{
	char from[VALUE_LEN], to[VALUE_LEN];

	diff->add(diff, "kek_proposals", NULL,
			  print_proposals(a->kek_proposals, from, sizeof(from)),
			  print_proposals(b->kek_proposals, to, sizeof(to)));
	diff->add(diff, "esp_proposals", NULL,
			  print_proposals(a->esp_proposals, from, sizeof(from)),
			  print_proposals(b->esp_proposals, to, sizeof(to)));
	diff->add_bool(diff, "long_id_lengths", NULL, a->long_id_lengths,
				   b->long_id_lengths);
	diff->add_acl(diff, "acl", NULL, a->acl.name, a->acl.acl, b->acl.name,
				  b->acl.acl);
	diff->add_bool(diff, "fail_close", NULL, a->fail_close, b->fail_close);
	diff->add_acl(diff, "fail_close_acl", NULL, a->fail_close_acl.name,
				  a->fail_close_acl.acl, b->fail_close_acl.name,
				  b->fail_close_acl.acl);
	diff->add_bool(diff, "fail_close_revert", NULL, a->fail_close_revert,
				   b->fail_close_revert);
	snprintf(from, sizeof(from), "%N", gm_lockout_names, a->lockout_check);
	snprintf(to, sizeof(to), "%N", gm_lockout_names, b->lockout_check);
	diff->add(diff, "lockout_check", NULL, from, to);
	snprintf(from, sizeof(from), "%N", gm_direction_names, a->direction);
	snprintf(to, sizeof(to), "%N", gm_direction_names, b->direction);
	diff->add(diff, "direction", NULL, from, to);
}

/**
 * Compare two configurations
 */
static void compare(gm_config_t *old, gm_config_t *new, group_diff_t *diff)
{
	const gm_config_data_t *a = old->get(old), *b = new->get(new);

	compare_place(a, b, diff);
	compare_registration(a, b, diff);
	compare_policy(a, b, diff);
	compare_stamps(&a->stamps, &b->stamps, diff);
	if (!diff->get_count(diff) && !old->equals(old, new))
	{
		diff->add(diff, "", NULL, "settings", "other settings");
	}
}

/*
 * Described in header
 */
void gm_changes_report(gm_config_t *old, gm_config_t *new,
					   group_change_cb_t change, void *user)
{
	group_change_t whole = {
		.key = "",
		.from = old ? "present" : NULL,
		.to = new ? "present" : NULL,
		.effective = GROUP_EFFECT_NOW,
	};
	group_diff_t *diff;

	if (!old || !new)
	{
		change(user, &whole);
		return;
	}
	diff = group_diff_create(rules, change, user);
	compare(old, new, diff);
	diff->destroy(diff);
}
