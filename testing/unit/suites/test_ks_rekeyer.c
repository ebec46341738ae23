/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_listener.h"

#include <transport/gdoi_vendor_id.h>

/** what members announced */
#define NATIVE GDOI_FEATURES
#define OTHER 0

/* KS-007, KS-017 to KS-019, REKEY-001, REKEY-008, REKEY-012, REKEY-017,
 * REKEY-028, LOG-010: a group through twelve hours */
START_TEST(test_schedule)
{
	u_int keks = 1, i;

	listen_begin("", "lifetime = 4h", "lifetime = 1h");
	listen_enrol(3, NATIVE);
	listen_acking = 3;
	listen_wait(12 * 3600);
	/* a tenth before the end, and a second to send in */
	ck_assert_uint_eq(heard[0].time, 3600 - 361);
	ck_assert_uint_eq(heard[0].receivers, 3);
	ck_assert_uint_eq(heard[0].teks, 2);
	ck_assert_uint_eq(heard[0].lifetimes[0], 361);
	ck_assert_uint_eq(heard[0].lifetimes[1], 3600);
	ck_assert_uint_eq(heard[0].kek_lifetime, 14400 - 3239);
	for (i = 0; i < heard_count; i++)
	{
		ck_assert_uint_eq(heard[i].kek, keks - 1);
		ck_assert_int_ge(heard[i].brings, 0);
		ck_assert_uint_ge(heard[i].teks, 2);
		if (heard[i].brings != heard[i].kek)
		{	/* the old one protects it and counts on */
			ck_assert_int_eq(heard[i].brings, keks);
			ck_assert_uint_eq(heard[i].kek_lifetime, 14400);
			keks++;
		}
	}
	/* the KEK is due at 14175, a TEK not within a minute of it */
	ck_assert_uint_eq(heard[4].time, 14175);
	ck_assert_int_eq(heard[4].brings, 1);
	ck_assert_uint_eq(heard[4].seq, 5);
	ck_assert_uint_eq(heard[5].seq, 1);
	ck_assert_uint_eq(keks, 4);
	listen_check_numbers();
	ck_assert(strstr(ks_fixture_log_text, "%GDOI-5-KS_SEND_UNICAST_REKEY: "
					 "Sending Unicast Rekey for group g from address 10.0.8.1 "
					 "with seq # 1\n") != NULL);
	ck_assert_uint_eq(listen_members(), 3);
	listen_end();
}
END_TEST

/* REKEY-012, KS-019: KEK and TEK due within a minute go in one message */
START_TEST(test_combined)
{
	/* the TEK is due after 3239 s, the KEK after 3299 s */
	listen_begin("", "lifetime = 3524s", "lifetime = 1h");
	listen_enrol(1, NATIVE);
	listen_acking = 1;
	listen_wait(3500);
	ck_assert_uint_eq(heard_count, 1);
	ck_assert_int_eq(heard[0].brings, 1);
	ck_assert_uint_eq(heard[0].teks, 2);
	listen_end();

	/* a second later: two messages */
	listen_begin("", "lifetime = 3525s", "lifetime = 1h");
	listen_enrol(1, NATIVE);
	listen_acking = 1;
	listen_wait(3500);
	ck_assert_uint_eq(heard_count, 2);
	ck_assert_int_eq(heard[0].brings, 0);
	ck_assert_int_eq(heard[1].brings, 1);
	ck_assert_uint_eq(heard[1].time - heard[0].time, 61);
	/* that which was just made is new enough */
	ck_assert_uint_eq(heard[1].teks, 2);
	listen_end();
}
END_TEST

/* REKEY-023: the rule of the other vendor */
START_TEST(test_activation_rule)
{
	listen_begin("rule = activation", "lifetime = 1d", "lifetime = 1h");
	listen_enrol(1, NATIVE);
	listen_acking = 1;
	listen_wait(3600);
	ck_assert_uint_eq(heard_count, 1);
	ck_assert_uint_eq(heard[0].time, 3540);
	listen_end();
}
END_TEST

/* REKEY-010, REKEY-013: again only to who has not acknowledged, each time with
 * another number; ACK-003 */
START_TEST(test_retransmission)
{
	listen_begin("retransmit_tries = 3", "", "lifetime = 1h");
	listen_enrol(3, NATIVE);
	listen_acking = 1;
	listen_wait(3600 - 391);
	ck_assert_uint_eq(heard_count, 1);
	ck_assert_uint_eq(heard[0].receivers, 3);
	listen_wait(12);
	ck_assert_uint_eq(heard_count, 2);
	ck_assert_uint_eq(heard[1].receivers, 2);
	listen_acking = 2;
	listen_wait(11);
	ck_assert_uint_eq(heard_count, 3);
	ck_assert_uint_eq(heard[2].receivers, 2);
	listen_acking = 3;
	listen_wait(11);
	ck_assert_uint_eq(heard_count, 4);
	ck_assert_uint_eq(heard[3].receivers, 1);
	ck_assert_str_eq(heard[3].dst, "10.1.0.3[848]");
	/* the same content, aged */
	ck_assert_uint_eq(heard[3].last, heard[0].last);
	ck_assert_uint_eq(heard[0].lifetimes[1] - heard[3].lifetimes[1],
					  heard[3].time - heard[0].time);
	listen_wait(100);
	ck_assert_uint_eq(heard_count, 4);
	listen_check_numbers();
	listen_end();
}
END_TEST

/* REKEY-011: no retransmission within 120 s of the next rekey */
START_TEST(test_retransmission_stops)
{
	listen_begin("retransmit_tries = 5\n retransmit_interval = 60s",
				 "lifetime = 3765s", "lifetime = 1h");
	/* TEK due after 2939 s, KEK after 3540 s */
	listen_enrol(1, NATIVE);
	listen_wait(3539);
	ck_assert_uint_eq(heard[0].time, 2939);
	/* 60, 120, ... 300 s later: all before 3420 s */
	ck_assert_uint_eq(heard_count, 6);
	listen_end();

	listen_begin("retransmit_tries = 5\n retransmit_interval = 60s",
				 "lifetime = 3464s", "lifetime = 1h");
	/* KEK due after 3239 s: at 3119 s it is 120 s away */
	listen_enrol(1, NATIVE);
	listen_wait(3238);
	ck_assert_uint_eq(heard[0].time, 2939);
	ck_assert_uint_eq(heard_count, 3);
	ck_assert_uint_lt(heard[2].time, 3239 - 120);
	listen_end();
}
END_TEST

/* ACK-004, ACK-025, LOG-154: three rekeys missed, then no more; two and one
 * acknowledged begin anew; REKEY-021 */
START_TEST(test_eject)
{
	u_int i;

	listen_begin("", "lifetime = 1d", "lifetime = 1h");
	listen_enrol(2, NATIVE);
	listen_acking = 1;
	listen_wait(2 * 3600);
	ck_assert_uint_eq(heard_count, 2);
	listen_acking = 2;
	listen_wait(3239);
	ck_assert_uint_eq(heard_count, 3);
	listen_acking = 1;
	for (i = 3; i < 6; i++)
	{
		listen_wait(3239);
		ck_assert_uint_eq(heard_count, i + 1);
		ck_assert_uint_eq(heard[i].receivers, 2);
		ck_assert_uint_eq(listen_members(), 2);
	}
	listen_wait(3239);
	ck_assert_uint_eq(heard[6].receivers, 1);
	ck_assert_uint_eq(listen_members(), 1);
	ck_assert_int_eq(listen_logged("KS_NACK_GM_EJECT"), 1);
	listen_end();
}
END_TEST

/* ATD-001, ATD-003 to ATD-005: other members get the delay; one number */
START_TEST(test_atd)
{
	listen_begin("", "lifetime = 1d", "lifetime = 1h");
	listen_enrol(1, NATIVE);
	listen_enrol(1, OTHER);
	listen_wait(3300);
	ck_assert_uint_eq(heard_count, 2);
	ck_assert_uint_eq(heard[0].seq, heard[1].seq);
	ck_assert_uint_eq(heard[0].atd, 0);
	ck_assert_uint_eq(heard[1].atd, 361 - 30);
	listen_end();

	/* one signature where all are of a kind */
	listen_begin("acknowledgement = any", "lifetime = 1d", "lifetime = 1h");
	listen_enrol(2, OTHER);
	listen_wait(3300);
	ck_assert_uint_eq(heard_count, 1);
	ck_assert_uint_eq(heard[0].receivers, 2);
	ck_assert_uint_eq(heard[0].atd, 361 - 30);
	ck_assert_int_eq(heard[0].ack, GROUP_ACK_KEK_SHA256);
	listen_end();
}
END_TEST

/* ATD-005: not with several TEKs */
START_TEST(test_atd_teks)
{
	listen_begin("", "lifetime = 1d", "lifetime = 1h");
	listen_load("connections = c\n kek {\n signature_key = rsa.der\n }\n"
				" teks {\n data {\n acl = vpn\n }\n voice {\n acl = vpn\n }\n"
				" }\n");
	listen_enrol(1, OTHER);
	listen_wait(3300);
	ck_assert_uint_eq(heard_count, 1);
	ck_assert_uint_eq(heard[0].teks, 4);
	ck_assert_uint_eq(heard[0].atd, 0);
	listen_end();
}
END_TEST

/* REKEY-014, REKEY-015, ACK-002, LOG-159: every retransmission is sent, under
 * the KEK of before, newly numbered */
START_TEST(test_multicast)
{
	rekey_sent_t *sent;
	int i;

	listen_begin("transport = multicast\n address = 239.0.1.2\n ttl = 7\n "
				 "interface = eth9\n retransmit_tries = 5",
				 "lifetime = 1h", "lifetime = 1d");
	listen_enrol(2, NATIVE);
	listen_wait(3600 - 225 + 60);
	ck_assert_uint_eq(heard_count, 6);
	for (i = 0; i < 6; i++)
	{
		ck_assert_str_eq(heard[i].dst, "239.0.1.2[848]");
		ck_assert_str_eq(heard[i].tells, "239.0.1.2[848]");
		ck_assert_uint_eq(heard[i].kek, 0);
		ck_assert_int_eq(heard[i].brings, 1);
		ck_assert_uint_eq(heard[i].seq, i + 1);
		ck_assert_int_eq(heard[i].ack, GROUP_ACK_NONE);
	}
	listen_world->sent->get_first(listen_world->sent, (void**)&sent);
	ck_assert_str_eq(sent->interface, "eth9");
	ck_assert_uint_eq(sent->ttl, 7);
	ck_assert_int_eq(listen_logged("KS_SEND_MCAST_REKEY: Sending Multicast "
					 "Rekey for group g from address 10.0.8.1 to 239.0.1.2 "
					 "with seq # 6\n"), 1);
	ck_assert_uint_eq(listen_members(), 2);
	listen_end();
}
END_TEST

/* ACK-005: nobody acknowledges by multicast, and nobody is removed for it; by
 * unicast the same silence removes all */
START_TEST(test_eject_unicast_only)
{
	const char *transports[] = {
		"eject_after = 2", "transport = multicast\n address = 239.0.1.2",
	};
	u_int i;

	listen_begin(transports[_i], "lifetime = 20d", "lifetime = 10d");
	listen_enrol(2, NATIVE);
	for (i = 0; i < 5; i++)
	{
		listen_wait(100);
		listen_rekey(FALSE);
	}
	listen_wait(100);
	ck_assert_uint_eq(heard_count, _i ? 5 : 2);
	ck_assert_uint_eq(listen_members(), _i ? 2 : 0);
	ck_assert_int_eq(listen_logged("KS_NACK_GM_EJECT"), _i ? 0 : 2);
	listen_end();
}
END_TEST

/* REKEY-210, REKEY-211, REKEY-032, KS-019: the rekey that tells of it goes the
 * old way */
START_TEST(test_transport)
{
	const char *multicast = "transport = multicast\n address = 239.0.1.2";

	listen_begin("", "lifetime = 1d", "lifetime = 1h");
	listen_enrol(1, NATIVE);
	listen_acking = 1;
	listen_wait(10);
	listen_configure(multicast, "lifetime = 1d", "lifetime = 1h");
	listen_wait(10);
	ck_assert_uint_eq(heard_count, 1);
	ck_assert_str_eq(heard[0].dst, "10.1.0.1[848]");
	ck_assert_str_eq(heard[0].tells, "239.0.1.2[848]");
	ck_assert_int_eq(listen_logged("%GDOI-5-KS_REKEY_TRANS_2_MULTI"), 1);
	listen_wait(3300);
	ck_assert_uint_eq(heard_count, 2);
	ck_assert_str_eq(heard[1].dst, "239.0.1.2[848]");
	listen_configure("", "lifetime = 1d", "lifetime = 1h");
	listen_wait(10);
	ck_assert_uint_eq(heard_count, 3);
	ck_assert_str_eq(heard[2].dst, "239.0.1.2[848]");
	ck_assert_str_eq(heard[2].tells, "0.0.0.0[848]");
	ck_assert_int_eq(listen_logged("%GDOI-5-KS_REKEY_TRANS_2_UNI"), 1);
	listen_wait(3300);
	ck_assert_uint_eq(heard_count, 4);
	ck_assert_str_eq(heard[3].dst, "10.1.0.1[848]");
	listen_check_numbers();
	listen_end();
}
END_TEST

/* REKEY-101, REKEY-102, REKEY-110, REKEY-112, REKEY-214, REKEY-217, REKEY-240,
 * X7, ACL-013: what triggers a rekey, and what it has */
START_TEST(test_configuration)
{
	uint32_t old;

	listen_begin("", "lifetime = 1d", "lifetime = 1h");
	listen_enrol(1, NATIVE);
	listen_acking = 1;
	listen_wait(10);
	listen_configure("retransmit_tries = 2", "lifetime = 2d",
					 "lifetime = 2h");
	listen_wait(10);
	ck_assert_uint_eq(heard_count, 0);
	/* the transform: old and new, one message for it and the ack */
	listen_configure("acknowledgement = interoperable", "lifetime = 2d",
					 "lifetime = 2h\n esp_proposals = aes128-sha256");
	ck_assert_uint_eq(heard_count, 1);
	ck_assert_uint_eq(heard[0].teks, 2);
	ck_assert_uint_eq(heard[0].key_len, 16);
	ck_assert_uint_eq(heard[0].lifetimes[0], 3600 - 20);
	ck_assert_uint_eq(heard[0].lifetimes[1], 7200);
	ck_assert_int_eq(heard[0].brings, 0);
	ck_assert_int_eq(heard[0].ack, GROUP_ACK_KEK_SHA256);
	old = heard[0].sig_key;
	listen_wait(10);
	/* the signature key: signed with the old one */
	listen_load("connections = c\n local_address = 10.0.8.1\n kek {\n "
				"signature_key = ecdsa.der\n lifetime = 2d\n }\n rekey {\n "
				"acknowledgement = interoperable\n }\n teks {\n data {\n "
				"acl = vpn\n lifetime = 2h\n esp_proposals = aes128-sha256\n "
				"}\n }\n");
	ck_assert_uint_eq(heard_count, 2);
	ck_assert_int_eq(heard[1].brings, 1);
	ck_assert_uint_eq(heard[1].sig_key, old);
	ck_assert_uint_eq(heard[1].seq, 2);
	listen_wait(7200);
	ck_assert_uint_eq(heard[2].kek, 1);
	ck_assert_uint_eq(heard[2].seq, 1);
	listen_end();
}
END_TEST

/* REKEY-030: on command, and replacing everything */
START_TEST(test_command)
{
	listen_begin("", "lifetime = 1d", "lifetime = 1h");
	listen_enrol(2, NATIVE);
	listen_acking = 2;
	listen_wait(100);
	listen_rekey(FALSE);
	ck_assert_uint_eq(heard_count, 1);
	ck_assert_uint_eq(heard[0].teks, 2);
	ck_assert_uint_eq(heard[0].lifetimes[0], 3500);
	ck_assert_uint_eq(heard[0].deletes, 0);
	listen_rekey(TRUE);
	ck_assert_uint_eq(heard_count, 2);
	ck_assert_uint_eq(heard[1].teks, 1);
	ck_assert_uint_eq(heard[1].deletes, 2);
	ck_assert_int_eq(heard[1].brings, 1);
	/* members have to take in the KEK first */
	listen_rekey(FALSE);
	ck_assert_uint_eq(heard_count, 2);
	listen_wait(2);
	ck_assert_uint_eq(heard_count, 3);
	ck_assert_uint_eq(heard[2].kek, 1);
	listen_end();
}
END_TEST

/* commands in a row: generations are bounded, those in use stay */
START_TEST(test_command_often)
{
	u_int i;

	listen_begin("", "lifetime = 1d", "lifetime = 1h");
	listen_enrol(1, NATIVE);
	listen_acking = 1;
	for (i = 0; i < 50; i++)
	{
		listen_rekey(FALSE);
		listen_wait(1);
		ck_assert_uint_eq(heard_count, i + 1);
		ck_assert_uint_eq(heard[i].teks, min(i + 2, 4));
		ck_assert_uint_eq(heard[i].deletes, i < 3 ? 0 : 1);
		ck_assert_uint_eq(heard[i].lifetimes[0], 3600 - i);
	}
	listen_check_numbers();
	listen_end();
}
END_TEST

/* REKEY-031: nothing begins while the copies of a rekey go out */
START_TEST(test_one_after_the_other)
{
	u_int i;

	listen_begin("batch = 10\n batch_interval = 10s", "lifetime = 1d",
				 "lifetime = 1h");
	listen_enrol(50, NATIVE);
	listen_acking = 50;
	listen_rekey(TRUE);
	listen_wait(5);
	listen_rekey(TRUE);
	listen_rekey(FALSE);
	listen_wait(200);
	ck_assert_uint_eq(heard_count, 10);
	for (i = 0; i < 10; i++)
	{
		ck_assert_uint_eq(heard[i].receivers, 10);
		ck_assert_uint_eq(heard[i].kek, i / 5);
	}
	ck_assert_uint_eq(listen_members(), 50);
	listen_end();
}
END_TEST

/* a rekey goes by between messages 1 and 3 of a registration: the member gets
 * it again, with a number above the one that it is told */
START_TEST(test_newcomer)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.0.9", "10.1.0.9", "c");
	group_policy_t *policy;

	listen_begin("", "lifetime = 1d", "lifetime = 1h");
	listen_enrol(3, NATIVE);
	listen_acking = 9;
	listen_wait(10);
	policy = listen_ask(phase1);
	listen_rekey(TRUE);
	ck_assert_uint_eq(heard_count, 1);
	listen_enter(phase1, policy);
	ck_assert_uint_eq(policy->get_sequence(policy), 1);
	listen_wait(3);
	ck_assert_uint_eq(heard_count, 2);
	ck_assert_uint_eq(heard[1].receivers, 1);
	ck_assert_str_eq(heard[1].dst, "10.1.0.9[848]");
	ck_assert_uint_eq(heard[1].kek, 0);
	ck_assert_uint_eq(heard[1].seq, 2);
	ck_assert_int_eq(heard[1].brings, 1);
	ck_assert_uint_eq(heard[1].last, heard[0].last);
	listen_wait(20);
	ck_assert_uint_eq(heard_count, 2);
	policy->destroy(policy);
	fake_phase1_destroy(phase1);
	listen_end();
}
END_TEST

/* KS-016: who registers while nothing happens gets no rekey for it, and is
 * told the number used last */
START_TEST(test_registration)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.0.9", "10.1.0.9", "c");
	group_policy_t *policy;

	listen_begin("retransmit_tries = 3", "lifetime = 1d", "lifetime = 1h");
	listen_enrol(3, NATIVE);
	listen_acking = 9;
	listen_rekey(FALSE);
	listen_wait(5);
	policy = listen_ask(phase1);
	listen_enter(phase1, policy);
	ck_assert_uint_eq(policy->get_sequence(policy), 1);
	listen_wait(60);
	ck_assert_uint_eq(heard_count, 1);
	policy->destroy(policy);
	fake_phase1_destroy(phase1);
	listen_end();
}
END_TEST

/* nobody to tell: keys are replaced in silence */
START_TEST(test_nobody)
{
	listen_begin("", "lifetime = 4h", "lifetime = 1h");
	listen_wait(12 * 3600);
	ck_assert_uint_eq(heard_count, 0);
	ck_assert_uint_eq(rekey_world_count(listen_world), 0);
	listen_end();
}
END_TEST

/** times that a guard was called */
static u_int guarded;

/**
 * Note that something is about to be sent
 */
static bool guard(void *user, ks_group_t *group)
{
	ck_assert(group == user);
	ck_assert_uint_eq(heard_count, guarded);
	guarded++;
	return TRUE;
}

/**
 * Note that something has to be stored, if nothing is sent
 */
static bool keep(void *user, ks_group_t *group)
{
	ck_assert(group == user);
	guarded++;
	return TRUE;
}

/* X7: keys that a changed configuration or a command puts into force are
 * stored at once, also if there is nobody to be told */
START_TEST(test_nobody_stored)
{
	ks_state_tek_t *tek;
	ks_state_t *state;
	time_t now;

	guarded = 0;
	listen_begin("", "lifetime = 1d", "lifetime = 1h");
	listen_group->set_guard(listen_group, keep, listen_group);
	listen_wait(100);
	ck_assert_uint_eq(guarded, 0);
	listen_configure("", "lifetime = 1d",
					 "lifetime = 1h\n esp_proposals = aes128-sha256");
	ck_assert_uint_eq(guarded, 1);
	state = listen_group->get_state(listen_group, &now);
	state->teks->get_last(state->teks, (void**)&tek);
	ck_assert_uint_eq(tek->age, 0);
	ks_state_destroy(state);
	listen_rekey(TRUE);
	ck_assert_uint_eq(guarded, 2);
	ck_assert_uint_eq(heard_count, 0);
	listen_end();
}
END_TEST

/* what a rekey uses can be stored before it goes out; state of a store */
START_TEST(test_guard_and_state)
{
	ks_state_tek_t *tek;
	ks_state_t *state;
	time_t now;

	guarded = 0;
	listen_begin("", "lifetime = 1d", "lifetime = 1h");
	listen_group->set_guard(listen_group, guard, listen_group);
	listen_enrol(1, NATIVE);
	listen_wait(100);
	listen_rekey(FALSE);
	ck_assert_uint_eq(guarded, 1);
	state = listen_group->get_state(listen_group, &now);
	ck_assert_uint_eq(now, ks_fixture_now);
	ck_assert_uint_eq(state->sequence, 1);
	ck_assert_uint_eq(state->kek_age, 100);
	ck_assert_int_eq(state->teks->get_count(state->teks), 2);
	state->teks->get_first(state->teks, (void**)&tek);
	ck_assert_uint_eq(tek->age, 100);
	state->teks->get_last(state->teks, (void**)&tek);
	ck_assert_uint_eq(tek->age, 0);
	ks_state_destroy(state);
	listen_end();
}
END_TEST

Suite *ks_rekeyer_suite()
{
	Suite *suite = suite_create("key server: rekeys");
	TCase *tc = tcase_create("rekeyer");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_schedule);
	tcase_add_test(tc, test_combined);
	tcase_add_test(tc, test_activation_rule);
	tcase_add_test(tc, test_retransmission);
	tcase_add_test(tc, test_retransmission_stops);
	tcase_add_test(tc, test_eject);
	tcase_add_test(tc, test_atd);
	tcase_add_test(tc, test_atd_teks);
	tcase_add_test(tc, test_multicast);
	tcase_add_loop_test(tc, test_eject_unicast_only, 0, 2);
	tcase_add_test(tc, test_transport);
	tcase_add_test(tc, test_configuration);
	tcase_add_test(tc, test_command);
	tcase_add_test(tc, test_command_often);
	tcase_add_test(tc, test_one_after_the_other);
	tcase_add_test(tc, test_newcomer);
	tcase_add_test(tc, test_registration);
	tcase_add_test(tc, test_nobody);
	tcase_add_test(tc, test_nobody_stored);
	tcase_add_test(tc, test_guard_and_state);
	suite_add_tcase(suite, tc);
	return suite;
}
