/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "member_suites.h"
#include "member_world.h"

#include <transport/gdoi_vendor_id.h>

/** first key server */
#define KS1 (&world->servers[0])

/** access list of the model's TEKs, and another one */
#define LINE "permit ip 10.0.0.0/8 10.0.0.0/8"
#define NARROW "permit ip 10.1.0.0/16 any"
#define OTHER "permit ip 192.168.0.0/16 any"

/** seconds in milliseconds */
#define S(x) ((uint64_t)(x) * 1000)

/**
 * Register a unicast group with a key server that takes our encrypted ACKs
 */
static void start(const char *dst, group_ack_t ack)
{
	world_set_kek(7, dst, ack);
	KS1->features = GDOI_FEATURE_BASE | GDOI_FEATURE_ENCRYPTED_ACK;
	world_apply("g", 1, "servers", "ks1", "interface", "eth0", NULL);
	world_settle();
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
	ck_assert_int_eq(world->keks, 1);
}

/**
 * A counter of list-groups
 */
static int counter(char *name)
{
	vici_message_t *message = world_describe("g");
	int value = message->get_int(message, -1, name);

	message->destroy(message);
	return value;
}

/* GM-006, GM-008, REKEY-020, LOG-134, ACK-001, ACK-019: a TEK comes, is
 * installed inbound at once and acknowledged */
START_TEST(test_new_tek)
{
	gdoi_push_ack_t ack;
	world_ack_t *sent;

	start(WORLD_MEMBER, GROUP_ACK_NONE);
	world_push(world_rekey(TRUE, world_tek(0x77, 3600, LINE), NULL), NULL,
			   WORLD_MEMBER);
	ck_assert(world_decrypts(world->map, 0x77));
	ck_assert(world_decrypts(world->map, WORLD_SPI));
	ck_assert_uint_eq(world->map->sends[0], WORLD_SPI);
	ck_assert_int_eq(world_logged("%GDOI-5-GM_RECV_REKEY: Received rekey for "
						"group g from 10.0.8.1 to 10.0.1.1 with seq # 1"), 1);
	ck_assert_int_eq(world_acks(), 1);
	ack = world_ack(world->kek);
	ck_assert_int_eq(ack.kind, GDOI_PUSH_ACK_ENCRYPTED);
	ck_assert_uint_eq(ack.seq, 1);
	/* the reply direction */
	world->acks->get_last(world->acks, (void**)&sent);
	ck_assert(sent->dst->equals(sent->dst, KS1->host));
	ck_assert_uint_eq(sent->src->get_port(sent->src), 848);
	ck_assert_int_eq(KS1->established, 1);
	ck_assert_int_eq(counter("rekeys-received"), 1);
	ck_assert_int_eq(counter("acks-sent"), 1);
}
END_TEST

Suite *member_rekey_suite(void)
{
	Suite *s = suite_create("member rekey");
	TCase *tc = tcase_create("rekey");

	tcase_add_checked_fixture(tc, world_setup, world_teardown);
	tcase_add_test(tc, test_new_tek);
	suite_add_tcase(s, tc);
	return s;
}
