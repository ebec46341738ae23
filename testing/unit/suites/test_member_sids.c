/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A member's Sender IDs (RFC 6407 section 3.5): no two outbound states of a
 * key have the same, nothing is sent without, and more are asked for when they
 * are used up.
 */

#include "member_suites.h"
#include "member_world.h"

#include <member/gm_dataplane.h>

#define LINE "permit ip 10.0.0.0/8 10.0.0.0/8"

static gm_config_t *config;
static gm_dataplane_t *dp;
static fake_map_t *map;

/**
 * Make a data plane.
 */
static void start_as(const char *key, const char *value)
{
	config_reader_t *reader = config_reader_create();
	char *reason;

	config = world_parse(reader, "g", 1, "servers", "a", "interface", "eth0",
						 key, value, NULL);
	ck_assert(config != NULL);
	reader->destroy(reader);
	dp = gm_dataplane_create(config, 3, world_runtime());
	map = world->map;
	ck_assert(dp->open(dp, &reason));
}

#define start() start_as(NULL, NULL)

static void finish()
{
	dp->destroy(dp);
	config->destroy(config);
}

/**
 * Install TEKs with Sender IDs from a first one on.
 */
static void install(uint64_t now, uint32_t sid, u_int count, ...)
{
	group_policy_t *policy = group_policy_create();
	uint32_t sids[GM_SIDS_MAX];
	char *reason = NULL;
	group_tek_t *tek;
	va_list args;
	u_int i;

	va_start(args, count);
	while ((tek = va_arg(args, group_tek_t*)))
	{
		policy->add_tek(policy, tek);
	}
	va_end(args);
	for (i = 0; i < count; i++)
	{
		sids[i] = sid + i;
	}
	if (count)
	{
		policy->set_sids(policy, 8, sids, count);
	}
	ck_assert(dp->install(dp, policy, now * 1000, &reason));
	policy->destroy(policy);
}

/**
 * Update until there is nothing to do for the moment.
 *
 * @return			number of calls
 */
static int update(uint64_t now)
{
	int calls = 1;

	while (dp->update(dp, now * 1000) <= now * 1000)
	{
		ck_assert_int_lt(calls++, 100);
	}
	return calls;
}

/**
 * Is a Sender ID left?
 */
static bool is_short()
{
	gm_sampling_t *sampling = dp->get_sampling(dp);

	return sampling->is_short(sampling);
}

/* ACL-007: traffic is dropped until the first TEK has its Sender IDs, in as
 * many slices as that takes; it receives at once */
START_TEST(test_first)
{
	start();
	world->slices = 10;
	install(0, 3, 4, world_tek_gcm(0x10, 3600, LINE), NULL);
	ck_assert_uint_eq(map->sends[0], 0);
	ck_assert(!map->ready[0]);
	ck_assert_uint_eq(map->line_count, 1);
	ck_assert(world_decrypts(map, 0x10));
	ck_assert(dp->is_ready(dp));
	ck_assert_int_ge(update(1), 10);
	ck_assert_uint_eq(map->sends[0], 0x10);
	ck_assert(map->ready[0]);
	/* different ones for the families */
	ck_assert_int_ne(world_traced("sid 10 3", 0), -1);
	ck_assert_int_ne(world_traced("sid 10 4", 0), -1);
	ck_assert(!is_short());
	finish();
}
END_TEST

/* GM-006, GM-007: the next TEK gets its Sender IDs, the same ones as it is
 * another key, before it sends; the one before sends meanwhile */
START_TEST(test_next)
{
	start();
	install(0, 3, 2, world_tek_gcm(0x10, 3600, LINE), NULL);
	update(1);
	install(3540, 3, 2, world_tek_gcm(0x10, 60, LINE),
			world_tek_gcm(0x11, 3600, LINE), NULL);
	update(3541);
	ck_assert_uint_eq(map->sends[0], 0x10);
	ck_assert_int_ne(world_traced("sid 11 3", 0), -1);
	ck_assert_int_ne(world_traced("sid 11 4", 0), -1);
	update(3570);
	ck_assert_uint_eq(map->sends[0], 0x11);
	ck_assert(map->ready[0]);
	finish();
}
END_TEST

/* the TEK before sends as long as it can if the next one's Sender IDs take
 * longer, and then nothing does; never is it left ready without a TEK */
START_TEST(test_late)
{
	start();
	install(0, 3, 2, world_tek_gcm(0x10, 3600, LINE), NULL);
	update(1);
	world->slices = 1000;
	install(3540, 3, 2, world_tek_gcm(0x10, 60, LINE),
			world_tek_gcm(0x11, 3600, LINE), NULL);
	ck_assert_uint_eq(dp->update(dp, 3580000), 3580000);
	ck_assert_uint_eq(map->sends[0], 0x10);
	ck_assert(map->ready[0]);
	ck_assert_uint_eq(dp->update(dp, 3600000), 3600000);
	ck_assert_uint_eq(map->sends[0], 0);
	ck_assert(!map->ready[0]);
	ck_assert(world_decrypts(map, 0x11));
	world->slices = 0;
	update(3601);
	ck_assert_uint_eq(map->sends[0], 0x11);
	ck_assert(map->ready[0]);
	finish();
}
END_TEST

/* the same Sender ID never twice with a key, also if the key server gives it
 * again, or the key, or both */
START_TEST(test_never_twice)
{
	start();
	install(0, 3, 4, world_tek_gcm(0x10, 3600, LINE), NULL);
	update(1);
	/* gone, and back */
	dp->clear(dp);
	install(10, 3, 4, world_tek_gcm(0x10, 3590, LINE), NULL);
	update(11);
	ck_assert_int_ne(world_traced("sid 10 5", 0), -1);
	ck_assert_int_ne(world_traced("sid 10 6", 0), -1);
	ck_assert_uint_eq(map->sends[0], 0x10);
	ck_assert(!is_short());
	dp->clear(dp);
	install(20, 3, 4, world_tek_gcm(0x10, 3580, LINE), NULL);
	update(21);
	ck_assert(is_short());
	ck_assert_uint_eq(map->sends[0], 0);
	ck_assert(!map->ready[0]);
	ck_assert(world_decrypts(map, 0x10));
	/* others, of which one is known */
	install(30, 6, 3, world_tek_gcm(0x10, 3570, LINE), NULL);
	update(31);
	ck_assert(!is_short());
	ck_assert_uint_eq(map->sends[0], 0x10);
	ck_assert_int_ne(world_traced("sid 10 7", 0), -1);
	ck_assert_int_ne(world_traced("sid 10 8", 0), -1);
	ck_assert_int_eq(world_traced("sid 10 6",
								  world_traced("sid 10 6", 0) + 1), -1);
	finish();
}
END_TEST

/* what the kernel refuses is tried again, later */
START_TEST(test_failure)
{
	start();
	world->no_sids = TRUE;
	install(0, 3, 4, world_tek_gcm(0x10, 3600, LINE), NULL);
	ck_assert_uint_ge(dp->update(dp, 1000), 1000 + 1000);
	ck_assert_int_eq(world_logged("GM_SID_FAILED"), 1);
	ck_assert_int_eq(update(6), 1);
	/* said once */
	ck_assert_int_eq(world_logged("GM_SID_FAILED"), 1);
	ck_assert(!map->ready[0]);
	world->no_sids = FALSE;
	update(20);
	ck_assert_uint_eq(map->sends[0], 0x10);
	finish();
}
END_TEST

/* GM-024: before sequence numbers end, other Sender IDs */
START_TEST(test_much_sent)
{
	start();
	install(0, 3, 4, world_tek_gcm(0x10, 86400, LINE), NULL);
	update(1);
	world->sent = GROUP_SA_PACKETS_MAX - 1;
	update(20);
	ck_assert_int_eq(world_traced("renew 10", 0), -1);
	world->sent = GROUP_SA_PACKETS_MAX;
	/* it is looked at every few seconds */
	ck_assert_uint_le(dp->update(dp, 40000), 40000 + GM_SAMPLING_CHECK);
	world->sent = 0;
	update(41);
	ck_assert_int_ne(world_traced("renew 10", 0), -1);
	ck_assert_int_ne(world_traced("sid 10 5", 0), -1);
	ck_assert_int_ne(world_traced("sid 10 6", 0), -1);
	ck_assert_uint_eq(map->sends[0], 0x10);
	ck_assert(map->ready[0]);
	ck_assert_int_eq(world_logged("GM_SID_RENEWED"), 1);
	finish();
}
END_TEST

/* who only receives needs none (GM-032) */
START_TEST(test_receives)
{
	start_as("direction", "inbound-only");
	install(0, 0, 0, world_tek_gcm(0x10, 3600, LINE), NULL);
	update(1);
	ck_assert(!is_short());
	ck_assert(world_decrypts(map, 0x10));
	ck_assert_uint_eq(map->sends[0], 0);
	finish();
}
END_TEST

/* groups without counter mode are left alone */
START_TEST(test_other)
{
	start();
	install(0, 0, 0, world_tek(0x10, 3600, LINE), NULL);
	ck_assert_uint_eq(map->sends[0], 0x10);
	ck_assert(!is_short());
	ck_assert_uint_ge(dp->update(dp, 1000), 1000 + GM_SAMPLING_CHECK);
	finish();
}
END_TEST

/** what the key server's policy has */
static group_policy_t *gcm_policy(const group_id_t *group)
{
	group_policy_t *policy = group_policy_create();
	uint32_t age = (world->now - 1000000) / 1000;

	policy->set_kek(policy, world->kek->get_ref(world->kek));
	policy->set_sequence(policy, world->sequence);
	policy->add_tek(policy, world_tek_gcm(WORLD_SPI, WORLD_LIFE - age, LINE));
	return policy;
}

/**
 * Let a member register.
 */
static server_t *join(uint8_t bits, const char *key, const char *value)
{
	server_t *server = &world->servers[0];

	server->policy = gcm_policy;
	server->sid_bits = bits;
	world_apply("g", 1, "servers", "ks1", "interface", "eth0", key, value,
				NULL);
	world_settle();
	return server;
}

/* message 3 asks for as many as are configured */
START_TEST(test_request)
{
	static const struct {
		const char *key, *value;
		u_int asked;
	} cases[] = {
		{ NULL, NULL, 4 },
		{ "sender_ids", "1", 2 },
		{ "sender_ids", "16", 16 },
		{ "direction", "inbound-only", 0 },
	};
	server_t *server;

	server = join(12, cases[_i].key, cases[_i].value);
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
	ck_assert_uint_eq(server->sender_ids, cases[_i].asked);
	ck_assert_uint_eq(world->map->sends[0],
					  cases[_i].asked ? WORLD_SPI : 0);
}
END_TEST

/* no SA is installed without Sender IDs, or with such as can't be had */
START_TEST(test_refused)
{
	static const struct {
		uint8_t bits;
		const char *reason;
	} cases[] = {
		{ 0, "needs 2 Sender IDs to send, it brought 0" },
		{ 24, "Sender IDs have 24 bits, the kernel can be brought to use 8 to "
			  "16 only" },
		{ 32, "Sender IDs have 32 bits" },
	};

	join(cases[_i].bits, NULL, NULL);
	ck_assert_int_ne(world_state("g"), GM_REGISTERED);
	ck_assert_int_eq(world_logged("GM_REJECTING_SA_PAYLOAD"), 1);
	ck_assert_int_eq(world_logged(cases[_i].reason), 2);
	ck_assert_int_eq(world->sas, 0);
}
END_TEST

/* who has used up all registers for more, but not all the time */
START_TEST(test_more)
{
	server_t *server = join(8, "sender_ids", "2");
	int before;

	ck_assert_int_eq(server->registered, 1);
	ck_assert_uint_eq(server->next_sid, 2);
	/* it sends what uses them up, again and again */
	world->sent = GROUP_SA_PACKETS_MAX;
	world_advance(20000);
	ck_assert_int_eq(server->registered, 2);
	ck_assert_int_ge(world_logged("GM_SIDS_USED_UP"), 1);
	ck_assert_int_ge(world_logged("need more Sender IDs"), 1);
	ck_assert_int_ne(world_traced("sid 1000 2", 0), -1);
	before = server->registered;
	world_advance(50000);
	ck_assert_int_le(server->registered, before + 1);
	world->sent = 0;
	world_advance(300000);
	ck_assert_uint_eq(world->map->sends[0], WORLD_SPI);
	ck_assert(world->map->ready[0]);
	before = server->registered;
	world_advance(300000);
	ck_assert_int_eq(server->registered, before);
}
END_TEST

/** the row of list-sids, NULL if there is none */
static vici_message_t *row;

static void take_row(void *user, vici_builder_t *builder)
{
	ck_assert(row == NULL);
	row = builder->finalize(builder);
}

/**
 * Get the row's list of a name.
 */
static const char *get_list(const char *name)
{
	static char buf[128];
	enumerator_t *enumerator;
	vici_type_t type;
	chunk_t value;
	char *key;
	bool in = FALSE;

	buf[0] = '\0';
	enumerator = row->create_enumerator(row);
	while (enumerator->enumerate(enumerator, &type, &key, &value) &&
		   type != VICI_END)
	{
		if (type == VICI_LIST_START)
		{
			in = streq(key, name);
		}
		else if (type == VICI_LIST_ITEM && in)
		{
			snprintf(buf + strlen(buf), sizeof(buf) - strlen(buf), " %.*s",
					 (int)value.len, value.ptr);
		}
	}
	enumerator->destroy(enumerator);
	return buf;
}

/* SHOW: what list-sids tells of a member */
START_TEST(test_row)
{
	group_role_t *role = &world->manager->role;

	world->no_sids = TRUE;
	join(12, "sender_ids", "3");
	role->sids(role, "g", take_row, NULL);
	ck_assert_str_eq(row->get_str(row, "", "state"), "SAMPLING");
	row->destroy(row);
	row = NULL;
	world->no_sids = FALSE;
	world_advance(GM_SAMPLING_RETRY);
	role->sids(role, "g", take_row, NULL);
	ck_assert_str_eq(row->get_str(row, "", "state"), "READY");
	ck_assert_int_eq(row->get_int(row, -1, "bits"), 12);
	ck_assert_int_eq(row->get_int(row, -1, "request"), 3);
	ck_assert_str_eq(row->get_str(row, "", "spi"), "00001000");
	ck_assert_str_eq(get_list("sids"), " 0 1 2");
	ck_assert_str_eq(get_list("unused"), " 2");
	ck_assert_str_eq(get_list("transforms"), " aes-gcm-256");
	row->destroy(row);
	row = NULL;
}
END_TEST

/* and nothing of one in a group without counter mode */
START_TEST(test_no_row)
{
	group_role_t *role = &world->manager->role;

	world_apply("g", 1, "servers", "ks1", "interface", "eth0", NULL);
	world_settle();
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
	role->sids(role, "g", take_row, NULL);
	role->sids(role, "nobody", take_row, NULL);
	ck_assert(row == NULL);
}
END_TEST

Suite *member_sids_suite(void)
{
	Suite *suite = suite_create("member's Sender IDs");
	TCase *tcase = tcase_create("sids");

	tcase_add_checked_fixture(tcase, world_setup, world_teardown);
	tcase_add_test(tcase, test_first);
	tcase_add_test(tcase, test_next);
	tcase_add_test(tcase, test_late);
	tcase_add_test(tcase, test_never_twice);
	tcase_add_test(tcase, test_failure);
	tcase_add_test(tcase, test_much_sent);
	tcase_add_test(tcase, test_receives);
	tcase_add_test(tcase, test_other);
	tcase_add_loop_test(tcase, test_request, 0, 4);
	tcase_add_loop_test(tcase, test_refused, 0, 3);
	tcase_add_test(tcase, test_more);
	tcase_add_test(tcase, test_row);
	tcase_add_test(tcase, test_no_row);
	suite_add_tcase(suite, tcase);
	return suite;
}
