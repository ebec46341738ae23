/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_fixture.h"
#include "ks_listener.h"

#include <ks_sid_pool.h>
#include <ks_sids.h>

#include <stdlib.h>

/** a server section with AES-GCM; lines of kek, of sender_ids and others */
#define SECTION(sids) \
	"local_address = 10.0.8.1\n connections = c\n" \
	" kek {\n signature_key = rsa.der\n }\n" \
	" teks {\n data {\n acl = vpn\n esp_proposals = aes256gcm16\n }\n }\n" \
	" sender_ids {\n " sids "\n }\n"

/** the same without KEK */
#define SECTION_NO_KEK(sids) \
	"local_address = 10.0.8.1\n connections = c\n" \
	" teks {\n data {\n acl = vpn\n esp_proposals = aes256gcm16\n }\n }\n" \
	" sender_ids {\n " sids "\n }\n"

/** and without counter mode */
#define SECTION_CBC \
	"local_address = 10.0.8.1\n connections = c\n" \
	" kek {\n signature_key = rsa.der\n }\n" \
	" teks {\n data {\n acl = vpn\n }\n }\n"

/** what Sender IDs look like */
static const struct {
	ks_sid_format_t format;
	uint32_t number, value;
	uint64_t capacity;
} values[] = {
	{ { 8, 0, 0 },				0,			0,			256 },
	{ { 8, 0, 0 },				255,		255,		256 },
	{ { 8, 4, 15 },				1,			0xf1,		16 },
	{ { 12, 2, 1 },				5,			0x405,		1024 },
	{ { 16, 0, 0 },				0xffff,		0xffff,		65536 },
	{ { 24, 7, 127 },			0x1ffff,	0xffffff,	131072 },
	{ { 32, 9, 511 },			7,			0xff800007,	8388608 },
	{ { 32, 0, 0 },				UINT32_MAX,	UINT32_MAX,	1ULL << 32 },
	{ { 32, 28, 0xfffffff },	15,			0xffffffff,	16 },
};

START_TEST(test_values)
{
	const ks_sid_format_t *format = &values[_i].format;

	ck_assert_uint_eq(ks_sid_value(format, values[_i].number),
					  values[_i].value);
	ck_assert_uint_eq(ks_sid_format_capacity(format), values[_i].capacity);
}
END_TEST

/* RFC 6407 section 3.5: from 0, one after the other, then none until all keys
 * are others */
START_TEST(test_exhaustion)
{
	static const u_int wanted[] = { 1, 16, 100, 138, 4, 1 };
	static const u_int got[] = { 1, 16, 100, 138, 1, 0 };
	ks_sid_format_t format = { 8, 0, 0 };
	ks_sid_pool_t *pool = ks_sid_pool_create();
	ks_sid_lease_t lease;
	uint32_t sids[256], next = 0;
	ks_sid_info_t info;
	u_int i, j;

	pool->take(pool, 1, &lease);
	ck_assert_uint_eq(lease.count, 0);
	ck_assert(!pool->needs_restart(pool));
	for (j = 0; j < 2; j++)
	{
		pool->configure(pool, &format);
		for (i = 0, next = 0; i < countof(wanted); i++)
		{
			pool->get_info(pool, &info);
			ck_assert_uint_eq(info.given, next);
			ck_assert_uint_eq(info.available, 256 - next);
			ck_assert(pool->needs_restart(pool) == (next == 256));
			pool->take(pool, wanted[i], &lease);
			ck_assert_uint_eq(lease.count, got[i]);
			ck_assert_uint_eq(lease.restarts, j);
			ks_sid_lease_values(&lease, sids);
			for (u_int k = 0; k < lease.count; k++)
			{
				ck_assert_uint_eq(sids[k], next++);
			}
		}
		ck_assert_uint_eq(next, 256);
		pool->restart(pool);
		ck_assert(!pool->needs_restart(pool));
	}
	pool->destroy(pool);
}
END_TEST

/* other lengths could give the same first bits: nothing until all keys are
 * others, unless nothing was given */
START_TEST(test_format)
{
	ks_sid_format_t a = { 8, 0, 0 }, b = { 16, 0, 0 }, c = { 16, 2, 1 };
	ks_sid_pool_t *pool = ks_sid_pool_create();
	ks_sid_lease_t lease;
	ks_sid_info_t info;

	pool->configure(pool, &a);
	pool->configure(pool, &b);
	pool->take(pool, 1, &lease);
	ck_assert_uint_eq(lease.format.bits, 16);
	pool->configure(pool, &c);
	ck_assert(pool->needs_restart(pool));
	pool->take(pool, 1, &lease);
	ck_assert_uint_eq(lease.count, 0);
	/* and back: nothing has happened */
	pool->configure(pool, &b);
	ck_assert(!pool->needs_restart(pool));
	pool->take(pool, 1, &lease);
	ck_assert_uint_eq(lease.first, 1);
	/* a group that loses its counter mode for a while */
	pool->configure(pool, NULL);
	ck_assert(!pool->needs_restart(pool));
	pool->take(pool, 1, &lease);
	ck_assert_uint_eq(lease.count, 0);
	pool->configure(pool, &b);
	pool->take(pool, 1, &lease);
	ck_assert_uint_eq(lease.first, 2);
	pool->configure(pool, &c);
	pool->restart(pool);
	pool->get_info(pool, &info);
	ck_assert_uint_eq(info.format.server_id, 1);
	ck_assert_uint_eq(info.restarts, 1);
	pool->take(pool, 1, &lease);
	ck_assert_uint_eq(lease.first, 0);
	ck_assert_uint_eq(ks_sid_value(&lease.format, lease.first), 0x4000);
	pool->destroy(pool);
}
END_TEST

/** what becomes of Sender IDs in test_restarts() */
typedef struct {
	ks_sid_pool_t *pool;
	/** what the store has */
	ks_sid_state_t store;
	/** all keys were replaced, which is in the store as well */
	u_int epoch;
	/** those that members know of, under the present keys */
	bool told[4096];
	uint64_t count;
} history_t;

/**
 * Take some, write to the store as the server does, and tell the member; or
 * die in between
 */
static void register_one(history_t *this, ks_sid_format_t *format, int die)
{
	ks_sid_lease_t lease;

	this->pool->take(this->pool, 1 + random() % 16, &lease);
	if (die == 0)
	{
		return;
	}
	if (!this->pool->is_saved(this->pool, &lease))
	{
		this->pool->get_state(this->pool, &this->store);
		if (die == 1)
		{
			return;
		}
		this->pool->saved(this->pool, &lease);
	}
	for (u_int i = 0; i < lease.count; i++)
	{
		ck_assert_msg(!this->told[lease.first + i], "%u is given twice",
					  lease.first + i);
		this->told[lease.first + i] = TRUE;
		this->count++;
	}
}

/* a server that is killed at any point, with a store that has what was written
 * last: no Sender ID is told twice under the same keys */
START_TEST(test_restarts)
{
	ks_sid_format_t format = { 12, 0, 0 };
	history_t this = {};
	int i, die;

	srandom(_i + 1);
	this.pool = ks_sid_pool_create();
	this.pool->configure(this.pool, &format);
	for (i = 0; i < 20000; i++)
	{
		die = random() % 40;
		if (this.pool->needs_restart(this.pool))
		{
			this.pool->restart(this.pool);
			this.pool->get_state(this.pool, &this.store);
			memset(this.told, 0, sizeof(this.told));
			this.epoch++;
		}
		register_one(&this, &format, die);
		if (die < 4)
		{
			this.pool->destroy(this.pool);
			this.pool = ks_sid_pool_create();
			this.pool->set_state(this.pool, &this.store);
			this.pool->configure(this.pool, &format);
		}
	}
	ck_assert_uint_gt(this.epoch, 10);
	/* restarts don't waste the most of them */
	ck_assert_uint_gt(this.count, this.epoch * 4096 / 4);
	this.pool->destroy(this.pool);
}
END_TEST

/** text in place of a section, and the error that it gives */
static const struct {
	const char *section;
	const char *error;
} wrongs[] = {
	{ "bits = 7", "bits: \"7\" is out of range (write 8 to 32)" },
	{ "bits = 33", "bits: \"33\" is out of range (write 8 to 32)" },
	{ "bits = long", "bits: \"long\" is not a number (write 8 to 32)" },
	{ "server_bits = 33", "server_bits: \"33\" is out of range (write 0 to "
	  "32)" },
	{ "bits = 16\n server_bits = 13", "server_bits: \"13\" leaves fewer than "
	  "4 of 16 bits to number members (write 0 to 12, or more bits)" },
	{ "bits = 16\n server_bits = 2\n server_id = 4", "server_id: \"4\" does "
	  "not fit into 2 bits (write 0 to 3, or more server_bits)" },
	{ "server_id = 1", "server_id: \"1\" does not fit into 0 bits (write 0 to "
	  "0, or more server_bits)" },
	{ "server_bits = 2", "server_id: is missing (write another number on each "
	  "key server of the group, e.g. 0 on the first)" },
	{ "max_per_member = 0", "max_per_member: \"0\" is out of range (write 1 to "
	  "256)" },
	{ "max_per_member = 257", "max_per_member: \"257\" is out of range (write "
	  "1 to 256)" },
	{ "size = 8", "size: unknown key (known here: bits, max_per_member, "
	  "server_bits, server_id)" },
};

START_TEST(test_config_wrong)
{
	ks_manager_t *manager = ks_fixture_manager_create();
	char text[1024], *lines, error[512];

	snprintf(text, sizeof(text), "groups {\n g {\n id = 1\n server {\n "
			 "connections = c\n teks {\n data {\n acl = vpn\n esp_proposals = "
			 "aes128gcm16\n }\n }\n sender_ids {\n %s\n }\n }\n }\n }\n"
			 "acls {\n vpn {\n 10 = permit ip any any\n }\n }\n",
			 wrongs[_i].section);
	lines = ks_fixture_load(text, FALSE);
	snprintf(error, sizeof(error), "groups.g.server.sender_ids.%s\n",
			 wrongs[_i].error);
	ck_assert_str_eq(lines, error);
	free(lines);
	ks_fixture_manager_destroy(manager);
}
END_TEST

/* AES-GCM can't be without Sender IDs, and these can be without AES-GCM */
START_TEST(test_config_needed)
{
	ks_manager_t *manager = ks_fixture_manager_create();
	char *lines;

	lines = ks_fixture_load("groups {\n g {\n id = 1\n server {\n "
			 "connections = c\n teks {\n data {\n acl = vpn\n esp_proposals = "
			 "aes128gcm16\n }\n }\n }\n }\n }\n"
			 "acls {\n vpn {\n 10 = permit ip any any\n }\n }\n", FALSE);
	ck_assert(strpfx(lines, "groups.g.server.sender_ids: is missing (a TEK "
					 "has a counter mode: write sender_ids { bits = 16 }"));
	free(lines);
	lines = ks_fixture_load("groups {\n g {\n id = 1\n server {\n "
			 "connections = c\n teks {\n data {\n acl = vpn\n }\n }\n "
			 "sender_ids {\n }\n }\n }\n }\n"
			 "acls {\n vpn {\n 10 = permit ip any any\n }\n }\n", FALSE);
	ck_assert_str_eq(lines, "");
	free(lines);
	ks_fixture_manager_destroy(manager);
}
END_TEST

/**
 * A registration of the group of ks_listener.
 *
 * @param n				number of the member
 * @param wanted		Sender IDs that it asks for
 * @param sids			set to those that it got
 * @param spi			set to the SPI of its TEK, may be NULL
 * @return				how many it got, -1 if it was refused
 */
static int enrol(u_int n, uint16_t wanted, uint32_t *sids, uint32_t *spi)
{
	char address[64], *reason = NULL;
	enumerator_t *enumerator;
	fake_phase1_t *phase1;
	group_policy_t *policy;
	gdoi_notify_t notify;
	const uint32_t *got;
	group_tek_t *tek;
	u_int count = 0;
	bool ok = FALSE;

	snprintf(address, sizeof(address), "10.1.0.%u", n);
	phase1 = fake_phase1_create(address, address, "c");
	policy = listen_group->authorize(listen_group, &phase1->public, &notify,
									 &reason);
	if (policy)
	{
		ok = listen_group->registered(listen_group, &phase1->public, policy,
									  wanted, &notify, &reason);
		policy->get_sids(policy, &got, &count);
		if (ok)
		{
			memcpy(sids, got, count * sizeof(*sids));
		}
		enumerator = policy->create_tek_enumerator(policy);
		while (spi && enumerator->enumerate(enumerator, &tek))
		{
			*spi = tek->get(tek)->spi;
		}
		enumerator->destroy(enumerator);
		policy->destroy(policy);
	}
	if (!ok)
	{
		ck_assert_int_eq(notify, GDOI_NOTIFY_NO_PROPOSAL_CHOSEN);
		ck_assert(reason != NULL);
	}
	free(reason);
	fake_phase1_destroy(phase1);
	return ok ? (int)count : -1;
}

/** a row of list-sids */
static vici_message_t *listed;

/**
 * Implements group_row_cb_t
 */
static void take_row(void *user, vici_builder_t *builder)
{
	ck_assert(!listed);
	listed = builder->finalize(builder);
}

/**
 * Fail unless list-sids says so
 */
static void check_row(char *state, int used, int available, int restarts)
{
	listen_group->list_sids(listen_group, take_row, NULL);
	ck_assert(listed != NULL);
	ck_assert_str_eq(listed->get_str(listed, "", "state"), state);
	ck_assert_int_eq(listed->get_int(listed, -1, "used"), used);
	ck_assert_int_eq(listed->get_int(listed, -1, "available"), available);
	ck_assert_int_eq(listed->get_int(listed, -1, "reinitialisations"),
					 restarts);
	listed->destroy(listed);
	listed = NULL;
}

/* one is implied; as many as are asked for up to a limit; others every time */
START_TEST(test_register)
{
	uint32_t sids[GROUP_POLICY_SIDS_MAX];

	listen_begin_section(SECTION("bits = 16\n server_bits = 4\n server_id = 9\n"
								 " max_per_member = 5"));
	ck_assert_int_eq(enrol(1, 0, sids, NULL), 1);
	ck_assert_uint_eq(sids[0], 0x9000);
	ck_assert_int_eq(enrol(2, 3, sids, NULL), 3);
	ck_assert_uint_eq(sids[2], 0x9003);
	ck_assert_int_eq(enrol(2, 65535, sids, NULL), 5);
	ck_assert_uint_eq(sids[0], 0x9004);
	ck_assert_uint_eq(sids[4], 0x9008);
	check_row("READY", 9, 4087, 0);
	listen_end();
}
END_TEST

/* a group without counter mode gives none, whoever asks */
START_TEST(test_register_cbc)
{
	uint32_t sids[GROUP_POLICY_SIDS_MAX];

	listen_begin_section(SECTION_CBC);
	ck_assert_int_eq(enrol(1, 4, sids, NULL), 0);
	listen_group->list_sids(listen_group, take_row, NULL);
	ck_assert(!listed);
	listen_end();
}
END_TEST

/* RFC 6407 section 3.5: when all were given all keys end, everybody registers
 * again, and the first are given again under other keys; but not in a circle */
START_TEST(test_reinit)
{
	uint32_t sids[GROUP_POLICY_SIDS_MAX], before = 0, after = 0;
	int i, round;

	listen_begin_section(SECTION("bits = 8\n server_bits = 4\n server_id = 2"));
	for (round = 0; round < 3; round++)
	{
		for (i = 0; i < 4; i++)
		{
			ck_assert_int_eq(enrol(i + 1, 4, sids, &after), 4);
			ck_assert_uint_eq(sids[0], 0x20 + 4 * i);
			ck_assert_uint_ne(before, after);
		}
		before = after;
		heard_count = 0;
		/* nobody asks: nothing happens */
		listen_wait(3);
		ck_assert_uint_eq(heard_count, 0);
		check_row("EXHAUSTED", 16, 0, round);
		ck_assert_int_eq(enrol(5, 4, sids, NULL), -1);
		if (round)
		{	/* 60 seconds after the first time, 120 after the second */
			ck_assert_uint_eq(heard_count, 0);
			ck_assert_int_eq(enrol(6, 4, sids, NULL), -1);
			listen_wait(round * 60 - 10);
			ck_assert_uint_eq(heard_count, 0);
			ck_assert_int_eq(enrol(6, 4, sids, NULL), -1);
			check_row("EXHAUSTED", 16, 0, round);
			listen_wait(10);
		}
		ck_assert_uint_eq(heard_count, 1);
		ck_assert(heard[0].all_end && heard[0].kek_ends);
		ck_assert_uint_eq(heard[0].teks, 0);
		ck_assert_int_eq(heard[0].brings, -1);
		check_row("READY", 0, 16, round + 1);
		listen_learn();
		ck_assert_int_eq(listen_logged("KS_SIDS_EXHAUSTED"), round + 1);
		ck_assert_int_eq(listen_logged("KS_SIDS_REINIT"), round + 1);
	}
	listen_end();
}
END_TEST

/* who got the policy before all keys ended must not get a Sender ID for it */
START_TEST(test_outdated)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.0.9", "10.1.0.9", "c");
	uint32_t sids[GROUP_POLICY_SIDS_MAX];
	group_policy_t *policy;
	gdoi_notify_t notify;
	char *reason = NULL;
	int i;

	listen_begin_section(SECTION("bits = 8\n server_bits = 4\n server_id = 0"));
	policy = listen_ask(phase1);
	for (i = 0; i < 4; i++)
	{
		ck_assert_int_eq(enrol(i + 1, 4, sids, NULL), 4);
	}
	ck_assert_int_eq(enrol(5, 1, sids, NULL), -1);
	check_row("READY", 0, 16, 1);
	ck_assert(!listen_group->registered(listen_group, &phase1->public, policy,
										1, &notify, &reason));
	ck_assert_str_eq(reason, "the keys were replaced meanwhile");
	ck_assert_int_eq(notify, GDOI_NOTIFY_NO_PROPOSAL_CHOSEN);
	free(reason);
	check_row("READY", 0, 16, 1);
	policy->destroy(policy);
	fake_phase1_destroy(phase1);
	listen_end();
}
END_TEST

/* without KEK nobody can be told, but who comes gets other keys */
START_TEST(test_reinit_without_kek)
{
	uint32_t sids[GROUP_POLICY_SIDS_MAX], before, after;

	listen_begin_section(SECTION_NO_KEK("bits = 8\n server_bits = 4\n "
										"server_id = 0"));
	ck_assert_int_eq(enrol(1, 16, sids, &before), 16);
	ck_assert_int_eq(enrol(2, 16, sids, NULL), -1);
	ck_assert_int_eq(enrol(2, 16, sids, &after), 16);
	ck_assert_uint_eq(sids[0], 0);
	ck_assert_uint_ne(before, after);
	check_row("EXHAUSTED", 16, 0, 1);
	listen_end();
}
END_TEST

/* Sender IDs that are to look different end all keys at once */
START_TEST(test_reconfigure)
{
	uint32_t sids[GROUP_POLICY_SIDS_MAX], before, after;

	listen_begin_section(SECTION("bits = 8"));
	ck_assert_int_eq(enrol(1, 4, sids, &before), 4);
	heard_count = 0;
	listen_load(SECTION("bits = 8\n max_per_member = 2"));
	listen_wait(3);
	ck_assert_uint_eq(heard_count, 0);
	ck_assert_int_eq(enrol(1, 4, sids, NULL), 2);
	listen_load(SECTION("bits = 16"));
	check_row("CHANGING", 6, 250, 0);
	listen_wait(1);
	ck_assert_uint_eq(heard_count, 1);
	ck_assert(heard[0].all_end && heard[0].kek_ends);
	check_row("READY", 0, 65536, 1);
	ck_assert_int_eq(enrol(1, 4, sids, &after), 4);
	ck_assert_uint_ne(before, after);
	listen_end();
}
END_TEST

/* the first counter mode: members have no Sender IDs, and come to get some
 * before the old keys end */
START_TEST(test_begin)
{
	uint32_t sids[GROUP_POLICY_SIDS_MAX];
	u_int i;

	listen_begin_section(SECTION_CBC);
	ck_assert_int_eq(enrol(1, 0, sids, NULL), 0);
	heard_count = 0;
	listen_load(SECTION("bits = 16"));
	listen_wait(3);
	ck_assert_int_eq(listen_logged("KS_SIDS_BEGIN"), 1);
	ck_assert_uint_ge(heard_count, 1);
	ck_assert(!heard[0].all_end);
	for (i = 0; i < heard[0].teks; i++)
	{
		ck_assert_uint_le(heard[0].lifetimes[i], KS_CUT_LIFETIME);
	}
	ck_assert_uint_le(heard[0].kek_lifetime, KS_CUT_LIFETIME);
	ck_assert_int_eq(enrol(1, 2, sids, NULL), 2);
	listen_end();
}
END_TEST

/* a group that gives up its counter mode: its old keys are in force until they
 * end (REKEY-208), and who gets these needs Sender IDs that nobody else had */
START_TEST(test_end)
{
	uint32_t sids[GROUP_POLICY_SIDS_MAX];

	listen_begin_section(SECTION("bits = 16"));
	ck_assert_int_eq(enrol(1, 4, sids, NULL), 4);
	listen_load(SECTION_CBC);
	listen_wait(3);
	ck_assert_int_eq(enrol(2, 2, sids, NULL), 2);
	ck_assert_uint_eq(sids[0], 4);
	/* without configured limit not more than usual, whatever is asked for */
	ck_assert_int_eq(enrol(3, 65535, sids, NULL), KS_SID_PER_MEMBER_DEFAULT);
	ck_assert_int_eq(listen_logged("KS_SIDS_EXHAUSTED"), 0);
	/* none is left */
	listen_wait(2 * 86400);
	ck_assert_int_eq(enrol(4, 2, sids, NULL), 0);
	listen_end();
}
END_TEST

/** the lists of members change while a member registers */
static bool forbid(void *user, ks_group_t *group)
{
	listen_load(SECTION("bits = 16")
				" authorize {\n addresses = 10.1.0.1\n }");
	return TRUE;
}

/* AUTHZ-012: who is taken off the lists while it registers gets no keys and is
 * no member */
START_TEST(test_forbidden)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.0.9", "10.1.0.9", "c");
	group_policy_t *policy;
	gdoi_notify_t notify;
	char *reason = NULL;

	listen_begin_section(SECTION("bits = 16"));
	policy = listen_ask(phase1);
	listen_group->set_guard(listen_group, forbid, NULL);
	ck_assert(!listen_group->registered(listen_group, &phase1->public, policy,
										1, &notify, &reason));
	ck_assert_int_eq(notify, GDOI_NOTIFY_AUTHENTICATION_FAILED);
	free(reason);
	ck_assert_uint_eq(listen_members(), 0);
	ck_assert_int_eq(listen_logged("KS_GM_REVOKED: Member 10.1.0.9"), 1);
	listen_group->set_guard(listen_group, NULL, NULL);
	policy->destroy(policy);
	fake_phase1_destroy(phase1);
	listen_end();
}
END_TEST

/** what the guard returns, and times that it was called */
static bool guard_works;
static u_int guard_calls;

static bool guard(void *user, ks_group_t *group)
{
	ck_assert(group == listen_group);
	guard_calls++;
	return guard_works;
}

/* nobody hears of a Sender ID that a restarted server could give again */
START_TEST(test_store)
{
	uint32_t sids[GROUP_POLICY_SIDS_MAX];
	ks_state_t *state;
	time_t now;
	int i;

	listen_begin_section(SECTION("bits = 16"));
	listen_group->set_guard(listen_group, guard, NULL);
	guard_works = TRUE;
	guard_calls = 0;
	ck_assert_int_eq(enrol(1, 4, sids, NULL), 4);
	ck_assert_uint_eq(guard_calls, 1);
	state = listen_group->get_state(listen_group, &now);
	ck_assert_uint_eq(state->sids.bound, 4 + KS_SID_STEP);
	ck_assert_uint_eq(state->sids.format.bits, 16);
	ks_state_destroy(state);
	/* what is reserved needs no writing */
	for (i = 0; i < KS_SID_STEP / 4; i++)
	{
		ck_assert_int_eq(enrol(1, 4, sids, NULL), 4);
	}
	ck_assert_uint_eq(guard_calls, 1);
	guard_works = FALSE;
	ck_assert_int_eq(enrol(1, 4, sids, NULL), -1);
	ck_assert_uint_eq(guard_calls, 2);
	ck_assert_int_eq(listen_logged("KS_SIDS_NOT_SAVED"), 1);
	/* nor when the next one comes, whose are reserved by the first already */
	ck_assert_int_eq(enrol(2, 1, sids, NULL), -1);
	guard_works = TRUE;
	ck_assert_int_eq(enrol(2, 1, sids, NULL), 1);
	ck_assert_uint_eq(sids[0], 4 + KS_SID_STEP + 4 + 1);
	listen_end();
}
END_TEST

Suite *ks_sids_suite()
{
	Suite *suite = suite_create("sender ids");
	TCase *tc = tcase_create("pool");

	tcase_add_loop_test(tc, test_values, 0, countof(values));
	tcase_add_test(tc, test_exhaustion);
	tcase_add_test(tc, test_format);
	tcase_add_loop_test(tc, test_restarts, 0, 10);
	suite_add_tcase(suite, tc);
	tc = tcase_create("config");
	tcase_add_loop_test(tc, test_config_wrong, 0, countof(wrongs));
	tcase_add_test(tc, test_config_needed);
	suite_add_tcase(suite, tc);
	tc = tcase_create("group");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_register);
	tcase_add_test(tc, test_register_cbc);
	tcase_add_test(tc, test_reinit);
	tcase_add_test(tc, test_outdated);
	tcase_add_test(tc, test_reinit_without_kek);
	tcase_add_test(tc, test_reconfigure);
	tcase_add_test(tc, test_begin);
	tcase_add_test(tc, test_end);
	tcase_add_test(tc, test_forbidden);
	tcase_add_test(tc, test_store);
	suite_add_tcase(suite, tc);
	return suite;
}
