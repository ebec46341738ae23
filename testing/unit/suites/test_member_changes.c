/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * What a change of each key of a member's section is planned to do, and whether
 * the group could keep its keys as the plan says.
 */

#define _GNU_SOURCE
#include "member_suites.h"
#include "member_world.h"

#include <member/gm_changes.h>

#include <stdio.h>

/** room for the plan of a change */
#define PLAN_LEN 2048

/** parts of plans */
#define AGAIN "; " GROUP_EFFECT_AGAIN
#define NOW "; " GROUP_EFFECT_NOW
#define NEXT "; " GROUP_EFFECT_REGISTRATION
#define POLICY "; " GROUP_EFFECT_POLICY

/**
 * Changes of one key; the other keys of a pair are given by both
 */
static const struct {
	const char *key, *old, *new;
	const char *plan;
} cases[] = {
	{ "interface", "eth0", "eth1", "interface: eth0 -> eth1" AGAIN },
	{ "local_address", "10.0.0.1", "eth7",
	  "local_address: 10.0.0.1 -> eth7" AGAIN },
	{ "clear_df", "no", "yes", "clear_df: no -> yes" AGAIN },
	{ "anchor_local", "10.9.0.1", "10.9.0.3",
	  "anchor_local: 10.9.0.1 -> 10.9.0.3" AGAIN },
	{ "anchor_remote", "10.9.0.1", "10.9.0.3",
	  "anchor_remote: 10.9.0.1 -> 10.9.0.3" AGAIN },
	{ "anchor_local6", "fd09::1", "fd09::3",
	  "anchor_local6: fd09::1 -> fd09::3" AGAIN },
	{ "anchor_remote6", "fd09::1", "fd09::3",
	  "anchor_remote6: fd09::1 -> fd09::3" AGAIN },
	{ "servers", "ks1, ks2", "ks2, ks1",
	  "servers: ks1, ks2 -> ks2, ks1" NEXT },
	{ "register_timeout", "30s", "10s", "register_timeout: 30s -> 10s" NEXT },
	{ "retry_initial", "10s", "20s", "retry_initial: 10s -> 20s" NEXT },
	{ "retry_max", "5m", "10m", "retry_max: 5m -> 10m" NEXT },
	{ "retry_jitter", "25", "30", "retry_jitter: 25 -> 30" NEXT },
	{ "keep_phase1", "no", "yes", "keep_phase1: no -> yes" NEXT },
	{ "sender_ids", "4", "8", "sender_ids: 4 -> 8" NEXT },
	{ "reregister_margin", "60s", "30s",
	  "reregister_margin: 1m -> 30s" POLICY },
	{ "reregister_jitter", "2s", "3s", "reregister_jitter: 2s -> 3s" POLICY },
	{ "recovery_interval", "1m", "2m", "recovery_interval: 1m -> 2m" NOW },
	{ "ack_delay", "5s", "6s", "ack_delay: 5s -> 6s" NOW },
	{ "long_id_lengths", "no", "yes", "long_id_lengths: no -> yes" POLICY },
	{ "kek_proposals", "aes256-sha256", "aes128-sha256",
	  "kek_proposals: ESP:AES_CBC_256/HMAC_SHA2_256_128/NO_EXT_SEQ -> "
	  "ESP:AES_CBC_128/HMAC_SHA2_256_128/NO_EXT_SEQ" POLICY },
	{ "esp_proposals", NULL, "aes128-sha256",
	  "esp_proposals: unset -> "
	  "ESP:AES_CBC_128/HMAC_SHA2_256_128/NO_EXT_SEQ" POLICY },
	{ "acl", NULL, "one", "acl: unset -> one, 1 line" NOW },
	{ "acl", "one", "two", "acl: one, 1 line -> two, 2 lines (1 added, 0 "
	  "removed)" NOW },
	{ "fail_close", "no", "yes", "fail_close: no -> yes" NOW },
	{ "fail_close_acl", "two", "one", "fail_close_acl: two, 2 lines -> one, 1 "
	  "line (0 added, 1 removed)" NOW },
	{ "fail_close_revert", "no", "yes", "fail_close_revert: no -> yes" NOW },
	{ "lockout_check", "refuse", "off", "lockout_check: refuse -> off" NOW },
	/* D3P-002 */
	{ "d3p_window", NULL, "50s", "d3p_window: unset -> 50000ms" NOW },
	{ "d3p_window", "100ms", "1s", "d3p_window: 100ms -> 1000ms" NOW },
	{ "d3p_full", "no", "yes", "d3p_full: no -> yes" NOW },
	{ "d3p_protocol", "253", "144", "d3p_protocol: 253 -> 144" NOW },
	{ "replay_header", "12", "16", "replay_header: 12 -> 16" NOW },
	{ "direction", "both", "inbound-only",
	  "direction: both -> inbound-only" NOW },
};

/**
 * Parse a section with one key
 */
static gm_config_t *parse(const char *key, const char *value)
{
	config_reader_t *reader = config_reader_create();
	gm_config_t *config;
	bool four = strpfx(key, "anchor") && !strchr(key, '6');
	bool six = strpfx(key, "anchor") && strchr(key, '6');

	config = world_parse(reader, "g", 3333, value ? key : "_", value ?: "",
					streq(key, "servers") ? "_" : "servers", "ks1",
					streq(key, "interface") ? "_" : "interface", "eth0",
					!four ? "_" : streq(key, "anchor_local") ?
								"anchor_remote" : "anchor_local", "10.9.0.2",
					!six ? "_" : streq(key, "anchor_local6") ?
								"anchor_remote6" : "anchor_local6", "fd09::2",
					NULL);
	ck_assert_msg(config != NULL, "%s = %s is refused", key, value);
	reader->destroy(reader);
	return config;
}

/**
 * Append a change to a text; implements group_change_cb_t
 */
static void append(void *user, const group_change_t *change)
{
	char *text = user, *end = text + strlen(text);

	/* only key servers rekey */
	ck_assert(!change->rekey);
	snprintf(end, text + PLAN_LEN - end, "%s%s: %s -> %s; %s",
			 *text ? "\n" : "", change->key, change->from ?: "unset",
			 change->to ?: "unset", change->effective);
}

START_TEST(test_change)
{
	gm_config_t *old, *new;
	char text[PLAN_LEN] = "";
	bool again;

	world_acl("one", "deny ip host 10.1.0.1 any", NULL);
	world_acl("two", "deny ip host 10.1.0.1 any", "deny tcp any port 22 any",
			  NULL);
	old = parse(cases[_i].key, cases[_i].old);
	new = parse(cases[_i].key, cases[_i].new);
	gm_changes_report(old, new, append, text);
	ck_assert_str_eq(text, cases[_i].plan);
	/* what the loader goes by */
	again = strstr(cases[_i].plan, AGAIN) != NULL;
	ck_assert(!old->equals(old, new));
	ck_assert(again == !new->same_place(new, old));
	text[0] = '\0';
	gm_changes_report(new, new, append, text);
	ck_assert_str_eq(text, "");
	old->destroy(old);
	new->destroy(new);
}
END_TEST

/* REKEY-209 */
START_TEST(test_id)
{
	config_reader_t *reader = config_reader_create();
	gm_config_t *old, *new;
	char text[PLAN_LEN] = "";

	old = world_parse(reader, "g", 1, "servers", "a", "interface", "b", NULL);
	new = world_parse(reader, "g", 2, "servers", "a", "interface", "b", NULL);
	gm_changes_report(old, new, append, text);
	ck_assert_str_eq(text, "id: 1 -> 2" AGAIN);
	ck_assert(!new->same_place(new, old));
	text[0] = '\0';
	gm_changes_report(NULL, new, append, text);
	ck_assert_str_eq(text, ": unset -> present" NOW);
	text[0] = '\0';
	gm_changes_report(old, NULL, append, text);
	ck_assert_str_eq(text, ": present -> unset" NOW);
	old->destroy(old);
	new->destroy(new);
	reader->destroy(reader);
}
END_TEST

/** every setting there is has its case */
START_TEST(test_complete)
{
	static const char prefix[] = "groups.<group>.member.";
	char line[256], *end;
	FILE *file = fopen(GROUPS_OPT, "r");
	u_int count = 0;
	bool found;
	int i;

	ck_assert(file != NULL);
	while (fgets(line, sizeof(line), file))
	{
		end = strchr(line, ' ');
		if (!strpfx(line, prefix) || !end || end[1] != '=')
		{
			continue;
		}
		*end = '\0';
		found = FALSE;
		for (i = 0; i < countof(cases); i++)
		{
			found |= streq(cases[i].key, line + strlen(prefix));
		}
		ck_assert_msg(found, "no change of %s is tested", line);
		count++;
	}
	fclose(file);
	ck_assert_uint_ge(count, 20);
}
END_TEST

Suite *member_changes_suite(void)
{
	Suite *suite = suite_create("member changes");
	TCase *tc = tcase_create("changes");

	tcase_add_checked_fixture(tc, world_setup, world_teardown);
	tcase_add_loop_test(tc, test_change, 0, countof(cases));
	tcase_add_test(tc, test_id);
	tcase_add_test(tc, test_complete);
	suite_add_tcase(suite, tc);
	return suite;
}
