/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * The change tables REKEY-101 to REKEY-241 for the settings that we have: each
 * change is planned, then made with members listening, and both must agree.
 */

#include "ks_listener.h"
#include "ks_told_checks.h"

#include <ks_changes.h>
#include <transport/gdoi_vendor_id.h>

/** room for the plan of a change */
#define PLAN_LEN 4096

/** sections of a configuration */
enum {
	GENERAL = 0,
	KEK,
	REKEY,
	TEKS,
	PARTS,
};

/** what stands in them if a case gives nothing else */
static const char *defaults[PARTS] = {
	[GENERAL] = "local_address = 10.0.8.1\n connections = c",
	[KEK] = "signature_key = rsa.der\n lifetime = 1d",
	[REKEY] = "",
	[TEKS] = "data {\n acl = vpn\n lifetime = 1h\n }",
};

/** a section that is not there */
#define NONE "-"

/** parts of plans */
#define NO "; no rekey; "
#define YES "; rekey; "

/** group settings that members come in by */
#define COMMON "local_address = 10.0.8.1\n connections = c\n "

/** time, and another window of it */
#define TIMED COMMON "replay = time\n "

/** parts of what D3P and time have in their plans */
#define REPLACE YES GROUP_EFFECT_REPLACE "; D3P-011, REKEY-030\n"

/** multicast */
#define CAST "transport = multicast\n address = 239.0.1.2\n "

static void check_lifetime(heard_t *told)
{
	ck_assert_uint_eq(told->lifetimes[0], 3600 - 30);
	ck_assert_uint_eq(told->lifetimes[1], 7200);
}

static void check_kek_lifetime(heard_t *told)
{
	/* counts from the change on, REKEY-213 */
	ck_assert_uint_eq(told->kek_lifetime, 2 * 86400 - 20);
}

static void check_kek_shorter(heard_t *told)
{
	ck_assert_uint_eq(told->kek_lifetime, 3 * 3600 - 20);
}

static void check_aes128(heard_t *told)
{
	/* the old one first, it lives to its end */
	ck_assert_uint_eq(told->teks, 2);
	ck_assert_uint_eq(told->key_len, 16);
	ck_assert_uint_eq(told->deletes, 0);
	ck_assert_uint_eq(told->lifetimes[0], 3600 - 10);
}

static void check_two_lines(heard_t *told)
{
	ck_assert_uint_eq(told->lines, 2);
	ck_assert_uint_eq(told->deletes, 0);
}

static void check_new_kek(heard_t *told)
{
	/* under the old one, REKEY-112 and REKEY-218 */
	ck_assert_uint_eq(told->kek, 0);
	ck_assert_int_eq(told->brings, 1);
}

static void check_multicast(heard_t *told)
{
	ck_assert_str_eq(told->dst, "10.1.0.1[848]");
	ck_assert_str_eq(told->tells, "239.0.1.2[848]");
}

static void check_unicast(heard_t *told)
{
	ck_assert_str_eq(told->dst, "239.0.1.2[848]");
	ck_assert_str_eq(told->tells, "0.0.0.0[848]");
}

static void check_address(heard_t *told)
{
	ck_assert_str_eq(told->dst, "239.0.1.2[848]");
	ck_assert_str_eq(told->tells, "239.0.1.3[848]");
}

static void check_ack(heard_t *told)
{
	ck_assert_int_eq(told->ack, GROUP_ACK_KEK_SHA256);
}

static void check_ack_hash(heard_t *told)
{
	ck_assert_int_eq(told->ack, GROUP_ACK_KEK_SHA512);
}

static void check_added(heard_t *told)
{
	ck_assert_uint_eq(told->teks, 2);
	ck_assert_uint_eq(told->deletes, 0);
}

static void check_removed(heard_t *told)
{
	ck_assert_uint_eq(told->teks, 1);
	ck_assert_uint_eq(told->deletes, 1);
}

/**
 * Changes of one key, what is planned, and what the next rekey brings
 */
static const struct {
	int part;
	const char *old, *new;
	const char *plan;
	void (*check)(heard_t *told);
} cases[] = {
	/* Table 1 */
	{ TEKS, NULL, "data {\n acl = vpn\n lifetime = 2h\n }",
	  "teks.data.lifetime: 1h -> 2h" NO GROUP_EFFECT_SCHEDULED
	  "; REKEY-101, REKEY-207\n", check_lifetime },
	{ TEKS, NULL, "data {\n acl = vpn\n lifetime = 1h\n "
	  "esp_proposals = aes128-sha256\n }",
	  "teks.data.esp_proposals: AES_CBC_256/HMAC_SHA2_256_128 -> "
	  "AES_CBC_128/HMAC_SHA2_256_128" YES GROUP_EFFECT_BESIDE
	  "; REKEY-102, REKEY-103, REKEY-208, REKEY-219\n", check_aes128 },
	{ TEKS, NULL, "data {\n acl = more\n lifetime = 1h\n }",
	  "teks.data.acl: 1 line -> 2 lines (1 added, 0 removed)" YES
	  GROUP_EFFECT_ACL "; REKEY-104, REKEY-202, REKEY-220\n",
	  check_two_lines },
	{ TEKS, NULL, "data {\n acl = other\n lifetime = 1h\n }",
	  "teks.data.acl: 1 line -> 1 line (1 added, 1 removed)" YES
	  GROUP_EFFECT_ACL "; REKEY-104, REKEY-202, REKEY-220\n", NULL },
	{ TEKS, "data {\n acl = more\n lifetime = 1h\n }",
	  "data {\n acl = turned\n lifetime = 1h\n }",
	  "teks.data.acl: 2 lines -> 2 lines (in another order)" YES
	  GROUP_EFFECT_ACL "; REKEY-104, REKEY-202, REKEY-220\n", NULL },
	{ GENERAL, NULL, COMMON "receive_only = yes",
	  "receive_only: no -> yes" YES GROUP_EFFECT_REKEY
	  "; REKEY-108, REKEY-109\n", NULL },
	{ GENERAL, COMMON "receive_only = yes", COMMON "receive_only = no",
	  "receive_only: yes -> no" YES GROUP_EFFECT_REKEY
	  "; REKEY-108, REKEY-109\n", NULL },
	{ KEK, NULL, "signature_key = rsa.der\n lifetime = 2d",
	  "kek.lifetime: 1d -> 2d" NO GROUP_EFFECT_NEXT
	  "; REKEY-110, REKEY-213\n", check_kek_lifetime },
	{ KEK, NULL, "signature_key = rsa.der\n lifetime = 3h",
	  "kek.lifetime: 1d -> 3h" NO GROUP_EFFECT_NEXT
	  "; REKEY-110, REKEY-213\n", check_kek_shorter },
	{ KEK, NULL, "signature_key = ecdsa.der\n lifetime = 1d",
	  "kek.signature_key: rsa.der -> ecdsa.der" YES GROUP_EFFECT_REKEY
	  "; REKEY-111, REKEY-217\n", check_new_kek },
	{ KEK, NULL, "signature_key = rsa.der\n lifetime = 1d\n "
	  "signature_hash = sha512",
	  "kek.signature_hash: sha256 -> sha512" YES GROUP_EFFECT_REKEY
	  "; REKEY-111, REKEY-217\n", check_new_kek },
	{ KEK, NULL, "signature_key = rsa.der\n lifetime = 1d\n "
	  "signature_form = raw",
	  "kek.signature_form: digest-info -> raw" NO GROUP_EFFECT_NEXT "\n",
	  NULL },
	{ KEK, NULL, "signature_key = rsa.der\n lifetime = 1d\n "
	  "encryption = aes128",
	  "kek.encryption: aes256 -> aes128" YES GROUP_EFFECT_KEK
	  "; REKEY-112, REKEY-218\n", check_new_kek },
	{ KEK, NULL, "signature_key = rsa.der\n lifetime = 1d\n "
	  "encryption = 3des",
	  "kek.encryption: aes256 -> 3des" YES GROUP_EFFECT_KEK
	  "; REKEY-112, REKEY-218\n", check_new_kek },
	/* Table 2, what is not in table 1 */
	{ REKEY, NULL, CAST,
	  "rekey.transport: unicast -> multicast" YES GROUP_EFFECT_REKEY
	  "; REKEY-210, REKEY-211\n"
	  "rekey.address: unset -> 239.0.1.2" YES GROUP_EFFECT_REKEY
	  "; REKEY-212\n", check_multicast },
	{ REKEY, CAST, "",
	  "rekey.transport: multicast -> unicast" YES GROUP_EFFECT_REKEY
	  "; REKEY-210, REKEY-211\n"
	  "rekey.address: 239.0.1.2 -> unset" YES GROUP_EFFECT_REKEY
	  "; REKEY-212\n", check_unicast },
	{ REKEY, CAST, "transport = multicast\n address = 239.0.1.3",
	  "rekey.address: 239.0.1.2 -> 239.0.1.3" YES GROUP_EFFECT_REKEY
	  "; REKEY-212\n", check_address },
	{ REKEY, CAST, CAST "interface = eth9",
	  "rekey.interface: unset -> eth9" NO GROUP_EFFECT_NEXT "\n", NULL },
	{ REKEY, CAST, CAST "ttl = 7",
	  "rekey.ttl: 0 -> 7" NO GROUP_EFFECT_NEXT "\n", NULL },
	{ REKEY, NULL, "retransmit_tries = 2",
	  "rekey.retransmit_tries: 0 -> 2" NO GROUP_EFFECT_NEXT
	  "; REKEY-214\n", NULL },
	{ REKEY, "retransmit_tries = 2", "",
	  "rekey.retransmit_tries: 2 -> 0" NO GROUP_EFFECT_NEXT
	  "; REKEY-214\n", NULL },
	{ REKEY, NULL, "retransmit_interval = 20s",
	  "rekey.retransmit_interval: 10s -> 20s" NO GROUP_EFFECT_NEXT
	  "; REKEY-214\n", NULL },
	{ REKEY, NULL, "acknowledgement = interoperable",
	  "rekey.acknowledgement: cisco -> interoperable" YES GROUP_EFFECT_REKEY
	  "\n", check_ack },
	{ REKEY, "acknowledgement = interoperable",
	  "acknowledgement = interoperable\n acknowledgement_hash = sha512",
	  "rekey.acknowledgement_hash: sha256 -> sha512" YES GROUP_EFFECT_REKEY
	  "\n", check_ack_hash },
	/* of no meaning for this kind */
	{ REKEY, NULL, "acknowledgement_hash = sha512",
	  "rekey.acknowledgement_hash: sha256 -> sha512" NO GROUP_EFFECT_NEXT
	  "\n", NULL },
	{ REKEY, NULL, "eject_after = 5",
	  "rekey.eject_after: 3 -> 5" NO GROUP_EFFECT_NEXT "\n", NULL },
	{ REKEY, NULL, "rule = activation",
	  "rekey.rule: offset -> activation" NO GROUP_EFFECT_NEXT "\n", NULL },
	{ REKEY, "rule = activation", "rule = activation\n "
	  "activation_delay = 60s",
	  "rekey.activation_delay: 15s -> 1m" NO GROUP_EFFECT_NEXT "\n", NULL },
	{ REKEY, NULL, "batch = 10",
	  "rekey.batch: 2000 -> 10" NO GROUP_EFFECT_NEXT "\n", NULL },
	{ REKEY, NULL, "batch_interval = 200ms",
	  "rekey.batch_interval: 100ms -> 200ms" NO GROUP_EFFECT_NEXT "\n",
	  NULL },
	{ KEK, NONE, NULL,
	  "kek: added" NO GROUP_EFFECT_REGISTER "; REKEY-215\n", NULL },
	{ KEK, NULL, NONE,
	  "kek: removed" NO GROUP_EFFECT_NO_KEK "; REKEY-216\n", NULL },
	{ TEKS, NULL, "data {\n acl = vpn\n lifetime = 1h\n }\n "
	  "voice {\n acl = other\n lifetime = 1h\n }",
	  "teks.voice: added" YES GROUP_EFFECT_REKEY "; REKEY-241\n",
	  check_added },
	{ TEKS, "data {\n acl = vpn\n lifetime = 1h\n }\n "
	  "voice {\n acl = other\n lifetime = 1h\n }", NULL,
	  "teks.voice: removed" YES GROUP_EFFECT_REKEY "; REKEY-241\n",
	  check_removed },
	/* replay protection: REKEY-105 to REKEY-107, REKEY-221 to REKEY-224,
	 * REKEY-242 as X15 has it */
	{ GENERAL, NULL, COMMON "replay = counter",
	  "replay: none -> counter" YES GROUP_EFFECT_BESIDE
	  "; REKEY-105, REKEY-221\n", told_counter },
	{ GENERAL, COMMON "replay = counter", COMMON "replay = counter\n "
	  "replay_window = 128",
	  "replay_window: 64 -> 128" NO GROUP_EFFECT_SCHEDULED
	  "; REKEY-106, REKEY-222\n", told_counter_window },
	{ GENERAL, COMMON "replay = counter", NULL,
	  "replay: counter -> none" YES GROUP_EFFECT_BESIDE "; REKEY-107\n",
	  told_no_counter },
	{ TEKS, NULL, "data {\n acl = vpn\n lifetime = 1h\n replay = counter\n }",
	  "teks.data.replay: none -> counter" YES GROUP_EFFECT_BESIDE
	  "; REKEY-105, REKEY-221\n", told_counter },
	{ GENERAL, NULL, TIMED,
	  "replay: none -> time" YES GROUP_EFFECT_BESIDE "; REKEY-223\n",
	  told_time },
	{ GENERAL, TIMED, NULL,
	  "replay: time -> none" YES GROUP_EFFECT_BESIDE "; REKEY-241\n",
	  told_no_time },
	{ GENERAL, TIMED, TIMED "replay_window = 10s",
	  "replay_window: 100s -> 10s" NO GROUP_EFFECT_CLEAR "; REKEY-224\n",
	  told_time_window },
	{ GENERAL, TIMED, TIMED "replay_sync = 10m",
	  "replay_sync: 30m -> 10m" NO GROUP_EFFECT_NOW "\n", NULL },
	{ GENERAL, TIMED, TIMED "replay_tick = 500ms",
	  "replay_tick: 1s -> 500ms" REPLACE, told_tick_replaced },
	{ GENERAL, COMMON "replay = counter", TIMED,
	  "replay: counter -> time" YES GROUP_EFFECT_BESIDE "; REKEY-223\n",
	  NULL },
	/* D3P-004, D3P-005 */
	{ GENERAL, NULL, COMMON "d3p_window = 1s",
	  "d3p_window: unset -> 1s" YES GROUP_EFFECT_BESIDE "; D3P-004\n",
	  told_d3p },
	{ GENERAL, COMMON "d3p_window = 1s", NULL,
	  "d3p_window: 1s -> unset" YES GROUP_EFFECT_BESIDE "; D3P-004\n",
	  told_no_d3p },
	{ GENERAL, COMMON "d3p_window = 1s", COMMON "d3p_window = 50s",
	  "d3p_window: 1s -> 50s" NO GROUP_EFFECT_NEXT "; X15\n",
	  told_d3p_window },
	{ GENERAL, COMMON "d3p_window = 1s", COMMON "d3p_window = 1s\n "
	  "d3p_type = posix-time",
	  "d3p_type: posix-time-msec -> posix-time" REPLACE,
	  told_type_replaced },
	/* D3P-011, REKEY-030 */
	{ GENERAL, TIMED, COMMON "d3p_window = 1s",
	  "replay: time -> none" REPLACE "d3p_window: unset -> 1s" REPLACE,
	  told_d3p_replaced },
	{ GENERAL, COMMON "d3p_window = 1s", TIMED,
	  "replay: none -> time" REPLACE "d3p_window: 1s -> unset" REPLACE,
	  told_time_replaced },
	{ GENERAL, NULL, COMMON "freshness_unsupported = exclude",
	  "freshness_unsupported: refuse -> exclude" NO GROUP_EFFECT_NOW "\n",
	  NULL },
	/* what the tables don't have */
	{ GENERAL, NULL, "local_address = 10.0.8.2\n connections = c",
	  "local_address: 10.0.8.1 -> 10.0.8.2" NO GROUP_EFFECT_NEXT "\n", NULL },
	{ GENERAL, NULL, "local_address = 10.0.8.1\n connections = c, d",
	  "connections: c -> c, d" NO GROUP_EFFECT_NOW "\n", NULL },
	{ GENERAL, NULL, COMMON "max_members = 100",
	  "max_members: 10000 -> 100" NO GROUP_EFFECT_NOW "\n", NULL },
	{ GENERAL, NULL, COMMON "acl_limit = 100",
	  "acl_limit: unset -> 100" NO GROUP_EFFECT_NOW "\n", NULL },
	{ GENERAL, NULL, COMMON "deny_lines = ignore",
	  "deny_lines: refuse -> ignore" NO GROUP_EFFECT_NEXT "\n", NULL },
	{ GENERAL, NULL, COMMON "sender_ids {\n bits = 16\n }",
	  "sender_ids: added" NO GROUP_EFFECT_NOW "\n", NULL },
	{ GENERAL, COMMON "sender_ids {\n bits = 16\n }",
	  COMMON "sender_ids {\n bits = 12\n }",
	  "sender_ids.bits: 16 -> 12" NO GROUP_EFFECT_NOW "\n", NULL },
	{ GENERAL, COMMON "sender_ids {\n bits = 16\n }",
	  COMMON "sender_ids {\n bits = 16\n max_per_member = 4\n }",
	  "sender_ids.max_per_member: 16 -> 4" NO GROUP_EFFECT_REGISTER "\n",
	  NULL },
	{ GENERAL, COMMON "sender_ids {\n bits = 16\n server_bits = 2\n "
	  "server_id = 1\n }",
	  COMMON "sender_ids {\n bits = 16\n server_bits = 2\n server_id = 2\n }",
	  "sender_ids.server_id: 1 -> 2" NO GROUP_EFFECT_NOW "\n", NULL },
	{ GENERAL, COMMON "sender_ids {\n bits = 16\n server_bits = 2\n "
	  "server_id = 1\n }",
	  COMMON "sender_ids {\n bits = 16\n server_bits = 3\n server_id = 1\n }",
	  "sender_ids.server_bits: 2 -> 3" NO GROUP_EFFECT_NOW "\n", NULL },
	{ GENERAL, COMMON "authorize {\n addresses = 10.1.0.0/16\n "
	  "identities = deny any\n }",
	  COMMON "authorize {\n addresses = 10.0.0.0/8\n identities = deny any\n }",
	  "authorize.addresses: 10.1.0.0/16 -> 10.0.0.0/8" NO
	  GROUP_EFFECT_AUTHORIZE "\n", NULL },
	{ GENERAL, COMMON "authorize {\n addresses = 10.0.0.0/8\n "
	  "identities = deny any\n }",
	  COMMON "authorize {\n addresses = 10.0.0.0/8\n identities = a.b.c\n }",
	  "authorize.identities: deny any -> a.b.c" NO GROUP_EFFECT_AUTHORIZE
	  "\n", NULL },
	{ GENERAL, COMMON "authorize {\n recheck = 1h\n }",
	  COMMON "authorize {\n recheck = 2h\n }",
	  "authorize.recheck: 1h -> 2h" NO GROUP_EFFECT_NOW "\n", NULL },
	{ TEKS, "a {\n acl = vpn\n lifetime = 1h\n }\n "
	  "b {\n acl = vpn\n lifetime = 1h\n }",
	  "b {\n acl = vpn\n lifetime = 1h\n }\n "
	  "a {\n acl = vpn\n lifetime = 1h\n }",
	  "teks: a, b -> b, a" YES GROUP_EFFECT_ACL "; REKEY-241\n", NULL },
};

/**
 * Put a section together
 *
 * @param part			section that a case gives
 * @param text			its content, NULL for the default
 */
static char *section(int part, const char *text)
{
	static char buf[4096];
	const char *parts[PARTS];
	bool kek;

	memcpy(parts, defaults, sizeof(parts));
	parts[part] = text ?: parts[part];
	kek = !streq(parts[KEK], NONE);
	snprintf(buf, sizeof(buf), "%s\n%s%s%s%s%s%steks {\n%s\n}\n",
			 parts[GENERAL], kek ? "kek {\n" : "", kek ? parts[KEK] : "",
			 kek ? "\n}\n" : "", kek ? "rekey {\n" : "",
			 kek ? parts[REKEY] : "", kek ? "\n}\n" : "", parts[TEKS]);
	return buf;
}

/**
 * Append a change to a text; implements group_change_cb_t
 */
static void append(void *user, const group_change_t *change)
{
	char *text = user, *end = text + strlen(text);
	bool whole = !change->from || !change->to;
	const char *value = change->from ?: change->to;

	if (whole && streq(value, "present"))
	{
		snprintf(end, text + PLAN_LEN - end, "%s: %s", change->key,
				 change->from ? "removed" : "added");
	}
	else
	{
		snprintf(end, text + PLAN_LEN - end, "%s: %s -> %s", change->key,
				 change->from ?: "unset", change->to ?: "unset");
	}
	end += strlen(end);
	snprintf(end, text + PLAN_LEN - end, "%s%s%s%s\n",
			 change->rekey ? YES : NO, change->effective,
			 change->rule ? "; " : "", change->rule ?: "");
}

/**
 * Plan a change
 *
 * @return				whether it rekeys
 */
static bool plan(const char *old, const char *new, char *text)
{
	char copy[4096];
	ks_config_t *a, *b;

	snprintf(copy, sizeof(copy), "%s", new);
	a = ks_fixture_config(old);
	b = ks_fixture_config(copy);
	text[0] = '\0';
	ks_changes_report(a, b, append, text);
	ks_config_destroy(a);
	ks_config_destroy(b);
	return strstr(text, YES) != NULL;
}

/** every change: the plan, and what comes of it */
START_TEST(test_change)
{
	char text[PLAN_LEN], new[4096];
	u_int before;
	bool rekeys;

	snprintf(new, sizeof(new), "%s", section(cases[_i].part, cases[_i].new));
	rekeys = plan(section(cases[_i].part, cases[_i].old), new, text);
	ck_assert_str_eq(text, cases[_i].plan);

	listen_begin_section(section(cases[_i].part, cases[_i].old));
	listen_enrol(2, GDOI_FEATURES | GDOI_FEATURE_FRESHNESS);
	listen_acking = 2;
	listen_wait(10);
	ck_assert_uint_eq(heard_count, 0);
	before = heard_count;
	listen_load(new);
	listen_wait(20);
	ck_assert_msg(heard_count - before == (rekeys ? 1 : 0), "%u rekeys for "
				  "the change planned as %s", heard_count - before, text);
	if (cases[_i].check)
	{
		if (!rekeys)
		{
			listen_rekey(FALSE);
		}
		cases[_i].check(&heard[heard_count - 1]);
	}
	/* and none later for the same */
	before = heard_count;
	listen_load(new);
	listen_wait(60);
	ck_assert_uint_eq(heard_count, before);
	listen_end();
}
END_TEST

/** the same configuration, however it is written: nothing to tell */
START_TEST(test_same)
{
	char text[PLAN_LEN];
	char *old = strdup(section(TEKS, NULL));

	ck_assert(!plan(old, section(TEKS, "data {\n acl = vpn\n lifetime = 60m\n "
					"esp_proposals = aes256-sha256\n }"), text));
	ck_assert_str_eq(text, "");
	free(old);
}
END_TEST

/* REKEY-240: three changes, one rekey, and one plan that tells of all */
START_TEST(test_accumulated)
{
	char text[PLAN_LEN], old[4096];
	const char *new =
		COMMON "kek {\n signature_key = rsa.der\n lifetime = 1d\n "
		"encryption = aes128\n }\n rekey {\n acknowledgement = any\n }\n"
		"teks {\n data {\n acl = more\n lifetime = 1h\n }\n }\n";

	snprintf(old, sizeof(old), "%s", section(KEK, NULL));
	ck_assert(plan(old, new, text));
	ck_assert_str_eq(text,
		"kek.encryption: aes256 -> aes128" YES GROUP_EFFECT_KEK
		"; REKEY-112, REKEY-218\n"
		"rekey.acknowledgement: cisco -> any" YES GROUP_EFFECT_REKEY "\n"
		"teks.data.acl: 1 line -> 2 lines (1 added, 0 removed)" YES
		GROUP_EFFECT_ACL "; REKEY-104, REKEY-202, REKEY-220\n");
	listen_begin_section(old);
	listen_enrol(1, GDOI_FEATURES);
	listen_acking = 1;
	listen_wait(10);
	listen_load(new);
	listen_wait(60);
	ck_assert_uint_eq(heard_count, 1);
	check_new_kek(&heard[0]);
	check_two_lines(&heard[0]);
	listen_end();
}
END_TEST

/** a group without rekeys tells nobody */
START_TEST(test_without_kek)
{
	char text[PLAN_LEN], old[4096], new[4096];

	snprintf(old, sizeof(old), "%s", section(KEK, NONE));
	snprintf(new, sizeof(new), COMMON "teks {\n data {\n acl = more\n "
			 "lifetime = 1h\n }\n }\n");
	ck_assert(!plan(old, new, text));
	ck_assert_str_eq(text, "teks.data.acl: 1 line -> 2 lines (1 added, 0 "
					 "removed)" NO GROUP_EFFECT_REGISTER
					 "; REKEY-104, REKEY-202, REKEY-220\n");
}
END_TEST

/* REKEY-216 and REKEY-215 in a row: members that lost the KEK aren't sent
 * anything under one that they don't have */
START_TEST(test_kek_again)
{
	char new[4096];

	listen_begin_section(section(KEK, NULL));
	listen_enrol(2, GDOI_FEATURES);
	listen_acking = 2;
	listen_wait(10);
	listen_load(section(KEK, NONE));
	listen_wait(10);
	snprintf(new, sizeof(new), "%s", section(REKEY, "acknowledgement = any"));
	listen_load(new);
	listen_wait(60);
	ck_assert_uint_eq(heard_count, 0);
	listen_end();
}
END_TEST

/* REKEY-209: another identity is another group; groups that come and go */
START_TEST(test_whole)
{
	ks_config_t *a = ks_fixture_config(section(KEK, NULL));
	ks_config_t *b = ks_fixture_config(section(KEK, NULL));
	char text[PLAN_LEN] = "";

	b->group.id.value = 4444;
	ks_changes_report(a, b, append, text);
	ck_assert_str_eq(text, "id: 3333 -> 4444" NO GROUP_EFFECT_ID
					 "; REKEY-209\n");
	text[0] = '\0';
	ks_changes_report(NULL, b, append, text);
	ck_assert_str_eq(text, ": added" NO GROUP_EFFECT_NOW "\n");
	text[0] = '\0';
	ks_changes_report(a, NULL, append, text);
	ck_assert_str_eq(text, ": removed" NO GROUP_EFFECT_GONE "\n");
	ks_config_destroy(a);
	ks_config_destroy(b);
}
END_TEST

/** keys that have no line of a plan of their own: another name for one */
static const char *exempt[] = { "rekey.acknowledgment" };

/**
 * Is there a change of this key among the cases?
 */
static bool is_covered(const char *key)
{
	char start[256];
	int i;

	for (i = 0; i < countof(exempt); i++)
	{
		if (streq(exempt[i], key))
		{
			return TRUE;
		}
	}
	snprintf(start, sizeof(start), "%s: ", key);
	for (i = 0; i < countof(cases); i++)
	{
		if (strstr(cases[i].plan, start))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/** every setting there is has its case */
START_TEST(test_complete)
{
	static const char prefix[] = "groups.<group>.server.";
	char line[256], key[256], *end;
	u_int count = 0;
	FILE *file = fopen(GROUPS_OPT, "r");

	ck_assert(file != NULL);
	while (fgets(line, sizeof(line), file))
	{
		end = strchr(line, ' ');
		if (!strpfx(line, prefix) || !end || end[1] != '=')
		{
			continue;
		}
		*end = '\0';
		snprintf(key, sizeof(key), "%s", line + strlen(prefix));
		if (strpfx(key, "teks.<tek>."))
		{
			snprintf(key, sizeof(key), "teks.data.%s",
					 line + strlen(prefix) + strlen("teks.<tek>."));
		}
		ck_assert_msg(is_covered(key), "no change of %s is tested", key);
		count++;
	}
	fclose(file);
	ck_assert_uint_ge(count, 25);
}
END_TEST

Suite *ks_changes_suite()
{
	Suite *suite = suite_create("key server: changes");
	TCase *tc = tcase_create("changes");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_change, 0, countof(cases));
	tcase_add_test(tc, test_same);
	tcase_add_test(tc, test_accumulated);
	tcase_add_test(tc, test_without_kek);
	tcase_add_test(tc, test_kek_again);
	tcase_add_test(tc, test_whole);
	tcase_add_test(tc, test_complete);
	suite_add_tcase(suite, tc);
	return suite;
}
