/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_fixture.h"

#include <ks_keys.h>
#include <ks_schedule.h>

#define TEKS "connections = c\n teks {\n data {\n acl = vpn\n " \
			 "lifetime = %s\n }\n }\n"
#define KEK "local_address = 10.0.8.1\n kek {\n signature_key = rsa.der\n " \
			"lifetime = %s\n }\n"

/* GM-007: the successor is there well before members register again */
START_TEST(test_schedule_lead)
{
	static const struct {
		uint32_t lifetime, lead;
	} tests[] = {
		{ 0, 0 }, { 1, 0 }, { 30, 15 }, { 60, 30 }, { 239, 119 },
		{ 240, 120 }, { 450, 120 }, { 900, 120 }, { 1200, 120 },
		{ 1210, 121 }, { 3600, 360 }, { 86400, 8640 }, { 2592000, 259200 },
	};
	int i;

	for (i = 0; i < countof(tests); i++)
	{
		ck_assert_uint_eq(ks_schedule_tek_lead(tests[i].lifetime),
						  tests[i].lead);
	}
}
END_TEST

/* REKEY-011, REKEY-012: the gaps count in full from 480 s on */
START_TEST(test_schedule_stretch)
{
	static const struct {
		uint32_t due, lifetime, stretched;
	} tests[] = {
		{ 0, 10, 0 }, { 120, 3600, 120 }, { 121, 480, 121 },
		{ 60, 240, 120 }, { 61, 240, 122 }, { 5, 20, 120 }, { 6, 20, 144 },
		{ 100, 0, 100 }, { UINT32_MAX, 20, UINT32_MAX },
		{ UINT32_MAX - 1, 20, UINT32_MAX },
	};
	int i;

	for (i = 0; i < countof(tests); i++)
	{
		ck_assert_uint_eq(ks_schedule_stretch(tests[i].due, tests[i].lifetime),
						  tests[i].stretched);
	}
}
END_TEST

/**
 * Make a configuration with one TEK, and a KEK if its lifetime is given
 */
static ks_config_t *make_config(const char *tek, const char *kek)
{
	char text[1024], part[512];

	snprintf(text, sizeof(text), TEKS, tek);
	if (kek)
	{
		snprintf(part, sizeof(part), KEK, kek);
		strcat(text, part);
	}
	return ks_fixture_config(text);
}

/**
 * SPIs and lifetimes of the policy at a time; returns the number of TEKs
 */
static u_int get_teks(ks_keys_t *keys, time_t now, uint32_t spis[4],
					  uint32_t lifetimes[4])
{
	host_t *src = host_create_from_string("10.0.8.1", 848);
	host_t *dst = host_create_from_string("10.1.1.1", 848);
	enumerator_t *enumerator;
	group_policy_t *policy;
	group_tek_t *tek;
	u_int count = 0;

	policy = keys->get_policy(keys, KS_GIVE_LIVE, now, src, dst,
							  GROUP_ACK_NONE);
	src->destroy(src);
	dst->destroy(dst);
	if (!policy)
	{
		return 0;
	}
	ck_assert(policy->has_keys(policy));
	enumerator = policy->create_tek_enumerator(policy);
	while (count < 4 && enumerator->enumerate(enumerator, &tek))
	{
		spis[count] = tek->get(tek)->spi;
		lifetimes[count++] = tek->get(tek)->lifetime;
	}
	enumerator->destroy(enumerator);
	policy->destroy(policy);
	return count;
}

/* KS-006, KS-012, GM-007: one TEK, then old and new, then the new one */
START_TEST(test_keys_tek_generations)
{
	ks_config_t *config = make_config("1h", NULL);
	ks_spis_t *spis = ks_spis_create();
	ks_keys_t *keys = ks_keys_create(spis, NULL);
	uint32_t first[4], spi[4], lifetime[4];

	ck_assert_uint_eq(get_teks(keys, 1000, spi, lifetime), 0);
	ck_assert(keys->update(keys, config, 0, 1000));
	ck_assert_uint_eq(get_teks(keys, 1000, first, lifetime), 1);
	ck_assert_uint_eq(lifetime[0], 3600);
	ck_assert(ntohl(first[0]) >= KS_SPI_MIN);

	ck_assert(keys->update(keys, config, 0, 1000 + 3239));
	ck_assert_uint_eq(get_teks(keys, 1000 + 3239, spi, lifetime), 1);
	ck_assert_uint_eq(lifetime[0], 361);
	ck_assert_uint_eq(keys->get_end(keys, 1000 + 3239), 4600);

	ck_assert(keys->update(keys, config, 0, 1000 + 3240));
	ck_assert_uint_eq(get_teks(keys, 1000 + 3240, spi, lifetime), 2);
	ck_assert_uint_eq(spi[0], first[0]);
	ck_assert_uint_ne(spi[1], first[0]);
	ck_assert_uint_eq(lifetime[0], 360);
	ck_assert_uint_eq(lifetime[1], 3600);
	ck_assert_uint_eq(keys->get_end(keys, 1000 + 3240), 4240 + 3600);
	first[1] = spi[1];

	ck_assert(keys->update(keys, config, 0, 4599));
	ck_assert_uint_eq(get_teks(keys, 4599, spi, lifetime), 2);
	ck_assert_uint_eq(lifetime[0], 1);

	ck_assert(keys->update(keys, config, 0, 4600));
	ck_assert_uint_eq(get_teks(keys, 4600, spi, lifetime), 1);
	ck_assert_uint_eq(spi[0], first[1]);
	ck_assert_uint_eq(lifetime[0], 3240);

	/* a server that slept over everything starts afresh */
	ck_assert(keys->update(keys, config, 0, 1000000));
	ck_assert_uint_eq(get_teks(keys, 1000000, spi, lifetime), 1);
	ck_assert_uint_ne(spi[0], first[1]);
	keys->destroy(keys);
	spis->destroy(spis);
	ks_config_destroy(config);
}
END_TEST

/* keys of generations differ */
START_TEST(test_keys_are_random)
{
	ks_config_t *config = make_config("1h", "1d");
	ks_spis_t *spis = ks_spis_create();
	ks_keys_t *a = ks_keys_create(spis, NULL), *b = ks_keys_create(spis, NULL);
	linked_list_t *infos[2];
	ks_key_info_t *info[2];
	const group_tek_data_t *tek[2];
	const group_kek_data_t *kek[2];
	int i;

	ck_assert(a->update(a, config, 0, 1) && b->update(b, config, 0, 1));
	infos[0] = a->describe(a, 1);
	infos[1] = b->describe(b, 1);
	for (i = 0; i < 2; i++)
	{
		infos[i]->get_first(infos[i], (void**)&info[i]);
		kek[i] = info[i]->kek->get(info[i]->kek);
		ck_assert(kek[i]->iv.len == 16 && kek[i]->key.len == 32);
		infos[i]->get_last(infos[i], (void**)&info[i]);
		tek[i] = info[i]->tek->get(info[i]->tek);
		ck_assert(tek[i]->encr_key.len == 32 && tek[i]->integ_key.len == 32);
	}
	ck_assert(!memeq(kek[0]->spi, kek[1]->spi, GROUP_KEK_SPI_LEN));
	ck_assert(!chunk_equals(kek[0]->key, kek[1]->key));
	ck_assert(!chunk_equals(kek[0]->iv, kek[1]->iv));
	ck_assert(!chunk_equals(tek[0]->encr_key, tek[1]->encr_key));
	ck_assert(!chunk_equals(tek[0]->integ_key, tek[1]->integ_key));
	ck_assert(!chunk_equals(tek[0]->encr_key, tek[0]->integ_key));
	for (i = 0; i < 2; i++)
	{
		infos[i]->destroy_function(infos[i], (void*)ks_key_info_destroy);
	}
	a->destroy(a);
	b->destroy(b);
	spis->destroy(spis);
	ks_config_destroy(config);
}
END_TEST

/**
 * SPI of the KEK at a time, and its lifetime
 */
static uint32_t get_kek(ks_keys_t *keys, time_t now, uint8_t *spi)
{
	host_t *src = host_create_from_string("10.0.8.1", 848);
	host_t *dst = host_create_from_string("10.1.1.1", 4500);
	const group_kek_data_t *data;
	group_policy_t *policy;
	uint32_t lifetime = 0;

	policy = keys->get_policy(keys, KS_GIVE_LIVE, now, src, dst,
							  GROUP_ACK_NONE);
	if (policy->get_kek(policy))
	{
		data = policy->get_kek(policy)->get(policy->get_kek(policy));
		ck_assert(data->src->equals(data->src, src));
		ck_assert(data->dst->equals(data->dst, dst));
		ck_assert(data->sig == GROUP_SIG_RSA && data->sig_bits == 2048);
		ck_assert_uint_eq(data->sig_key.len, 294);
		memcpy(spi, data->spi, GROUP_KEK_SPI_LEN);
		lifetime = data->lifetime;
	}
	policy->destroy(policy);
	src->destroy(src);
	dst->destroy(dst);
	return lifetime;
}

/* KS-012, REKEY-008: a KEK is due 225 s before its end; members are given the
 * other one when the rekey that brings it is written, not before */
START_TEST(test_keys_kek)
{
	ks_config_t *config = make_config("1h", "4h");
	ks_config_t *without = make_config("1h", NULL);
	ks_spis_t *spis = ks_spis_create();
	ks_keys_t *keys = ks_keys_create(spis, NULL);
	uint8_t first[GROUP_KEK_SPI_LEN], spi[GROUP_KEK_SPI_LEN];

	ck_assert(keys->update(keys, config, 0, 1000));
	ck_assert_uint_eq(get_kek(keys, 1000, first), 14400);
	ck_assert(keys->update(keys, config, 0, 1000 + 14174));
	ck_assert_uint_eq(keys->get_due(keys, TRUE, 1000 + 14174), 1);
	ck_assert(!(keys->get_needs(keys, config, 1000 + 14174) & KS_NEED_KEK));
	ck_assert(keys->update(keys, config, 0, 1000 + 14175));
	ck_assert(keys->get_needs(keys, config, 1000 + 14175) & KS_NEED_KEK);
	ck_assert(keys->stage(keys, config, KS_STAGE_KEK, 1000 + 14175));
	ck_assert_uint_eq(get_kek(keys, 1000 + 14175, spi), 225);
	ck_assert(memeq(first, spi, sizeof(spi)));
	keys->discard(keys);
	ck_assert(keys->stage(keys, config, KS_STAGE_KEK, 1000 + 14176));
	keys->commit(keys);
	ck_assert_uint_eq(get_kek(keys, 1000 + 14176, spi), 14400);
	ck_assert(!memeq(first, spi, sizeof(spi)));
	ck_assert(keys->update(keys, without, 0, 1000 + 14180));
	ck_assert_uint_eq(get_kek(keys, 1000 + 14180, spi), 0);
	keys->destroy(keys);
	spis->destroy(spis);
	ks_config_destroy(config);
	ks_config_destroy(without);
}
END_TEST

/* a registration whose keys a rekey replaces, be it only staged: its number
 * may be used already, so the member has to get it again */
START_TEST(test_keys_outdated)
{
	static const u_int stages[] = {
		KS_STAGE_TEKS, KS_STAGE_KEK | KS_STAGE_NO_TEKS,
	};
	ks_config_t *config = make_config("1h", "4h");
	host_t *host = host_create_from_string("10.0.8.1", 848);
	ks_spis_t *spis = ks_spis_create();
	ks_keys_t *keys = ks_keys_create(spis, NULL);
	group_policy_t *policy;
	int i;

	for (i = 0; i < countof(stages); i++)
	{
		ck_assert(keys->update(keys, config, 0, 1000));
		policy = keys->get_policy(keys, KS_GIVE_LIVE, 1000, host, host,
								  GROUP_ACK_NONE);
		ck_assert(!keys->is_outdated(keys, policy, 1000));
		ck_assert(keys->stage(keys, config, stages[i], 1000));
		ck_assert(keys->is_outdated(keys, policy, 1000));
		keys->discard(keys);
		ck_assert(!keys->is_outdated(keys, policy, 1000));
		ck_assert(keys->stage(keys, config, stages[i], 1000));
		keys->commit(keys);
		ck_assert(keys->is_outdated(keys, policy, 1000));
		policy->destroy(policy);
	}
	keys->destroy(keys);
	spis->destroy(spis);
	host->destroy(host);
	ks_config_destroy(config);
}
END_TEST

/* what a store keeps brings the same keys, lifetimes and number back */
START_TEST(test_keys_state)
{
	ks_config_t *config = make_config("1h", "4h");
	ks_spis_t *spis = ks_spis_create(), *others = ks_spis_create();
	ks_keys_t *keys = ks_keys_create(spis, NULL);
	ks_keys_t *back = ks_keys_create(others, NULL);
	uint8_t first[GROUP_KEK_SPI_LEN], spi[GROUP_KEK_SPI_LEN];
	uint32_t teks[2][4], lifetimes[2][4];
	ks_protector_t protector = {};
	ks_state_t *state;

	ck_assert(keys->update(keys, config, 0, 1000));
	ck_assert(keys->get_protector(keys, &protector));
	ck_assert_uint_eq(keys->next_sequence(keys, protector.kek), 1);
	ck_assert_uint_eq(keys->next_sequence(keys, protector.kek), 2);
	ck_assert(keys->stage(keys, config, KS_STAGE_TEKS, 1500));
	keys->cut(keys, 90, FALSE, 1500);
	keys->commit(keys);
	state = keys->get_state(keys, 1510);
	back->set_state(back, state, config, 77);
	ks_state_destroy(state);
	ck_assert(back->update(back, config, 0, 77));
	ck_assert_uint_eq(back->get_sequence(back, NULL), 2);
	ck_assert_uint_eq(back->next_sequence(back, protector.kek), 3);
	ck_assert_uint_eq(get_kek(keys, 1510, first), 14400 - 510);
	ck_assert_uint_eq(get_kek(back, 77, spi), 14400 - 510);
	ck_assert(memeq(first, spi, sizeof(spi)));
	ck_assert_uint_eq(get_teks(keys, 1510, teks[0], lifetimes[0]), 2);
	ck_assert_uint_eq(get_teks(back, 77, teks[1], lifetimes[1]), 2);
	ck_assert(memeq(teks[0], teks[1], 2 * sizeof(uint32_t)));
	ck_assert(memeq(lifetimes[0], lifetimes[1], 2 * sizeof(uint32_t)));
	ck_assert_uint_eq(lifetimes[1][0], 80);
	ck_assert_uint_eq(lifetimes[1][1], 3590);
	ks_protector_clear(&protector);
	keys->destroy(keys);
	back->destroy(back);
	spis->destroy(spis);
	others->destroy(others);
	ks_config_destroy(config);
}
END_TEST

/* REKEY-104: another list is to be told of still if the rekey with it could
 * not be written */
START_TEST(test_keys_discard)
{
	ks_config_t *config = make_config("1d", "1d");
	ks_config_t *other = ks_fixture_config("receive_only = yes\n connections = "
			"c\n local_address = 10.0.8.1\n kek {\n signature_key = rsa.der\n "
			"lifetime = 1d\n }\n teks {\n data {\n acl = vpn\n "
			"lifetime = 1d\n }\n }\n");
	ks_spis_t *spis = ks_spis_create();
	ks_keys_t *keys = ks_keys_create(spis, NULL);

	ck_assert(keys->update(keys, config, 1, 0));
	ck_assert_uint_eq(keys->get_needs(keys, config, 0), 0);
	ck_assert(keys->update(keys, other, 1, 0));
	ck_assert_uint_ne(keys->get_needs(keys, other, 0), 0);
	ck_assert(keys->stage(keys, other, KS_STAGE_TEKS, 0));
	keys->discard(keys);
	ck_assert_uint_ne(keys->get_needs(keys, other, 0), 0);
	ck_assert(keys->stage(keys, other, 0, 0));
	keys->commit(keys);
	ck_assert_uint_eq(keys->get_needs(keys, other, 0), 0);
	keys->destroy(keys);
	spis->destroy(spis);
	ks_config_destroy(config);
	ks_config_destroy(other);
}
END_TEST

/* a shorter lifetime counts from the next TEK, whose time comes no earlier
 * than that lifetime asks for; a TEK that is gone ends at once */
START_TEST(test_keys_reconfigure)
{
	ks_config_t *config = make_config("1d", NULL);
	ks_config_t *shorter = make_config("1h", NULL);
	ks_config_t *other = ks_fixture_config("connections = c\n teks {\n "
								"other {\n acl = vpn\n }\n }\n");
	ks_spis_t *spis = ks_spis_create();
	ks_keys_t *keys = ks_keys_create(spis, NULL);
	uint32_t first[4], spi[4], lifetime[4];

	ck_assert(keys->update(keys, config, 0, 0));
	ck_assert_uint_eq(get_teks(keys, 0, first, lifetime), 1);
	ck_assert(keys->update(keys, shorter, 0, 86400 - 361));
	ck_assert_uint_eq(get_teks(keys, 86400 - 361, spi, lifetime), 1);
	ck_assert(keys->update(keys, shorter, 0, 86400 - 360));
	ck_assert_uint_eq(get_teks(keys, 86400 - 360, spi, lifetime), 2);
	ck_assert_uint_eq(spi[0], first[0]);
	ck_assert_uint_eq(lifetime[1], 3600);
	ck_assert(keys->update(keys, other, 0, 86400 - 300));
	ck_assert_uint_eq(get_teks(keys, 86400 - 300, spi, lifetime), 1);
	ck_assert_uint_ne(spi[0], first[0]);
	keys->destroy(keys);
	spis->destroy(spis);
	ks_config_destroy(config);
	ks_config_destroy(shorter);
	ks_config_destroy(other);
}
END_TEST

/* states as the operator sees them, switching 30 s before the end (GM-007) */
START_TEST(test_keys_states)
{
	static const struct {
		time_t now;
		const char *states;
	} tests[] = {
		{ 1000, "CURRENT," },
		{ 1000 + 3240, "CURRENT,NEXT," },
		{ 4600 - 31, "CURRENT,NEXT," },
		{ 4600 - 30, "OLD,CURRENT," },
		{ 4600, "CURRENT," },
	};
	ks_config_t *config = make_config("1h", NULL);
	ks_spis_t *spis = ks_spis_create();
	ks_keys_t *keys = ks_keys_create(spis, NULL);
	linked_list_t *infos;
	ks_key_info_t *info;
	char states[64];
	int i;

	for (i = 0; i < countof(tests); i++)
	{
		ck_assert(keys->update(keys, config, 0, tests[i].now));
		infos = keys->describe(keys, tests[i].now);
		states[0] = '\0';
		while (infos->remove_first(infos, (void**)&info) == SUCCESS)
		{
			strcat(strcat(states, info->state), ",");
			ck_assert_uint_eq(info->age + info->remaining, 3600);
			ks_key_info_destroy(info);
		}
		infos->destroy(infos);
		ck_assert_str_eq(states, tests[i].states);
	}
	keys->destroy(keys);
	spis->destroy(spis);
	ks_config_destroy(config);
}
END_TEST

START_TEST(test_spis_unique)
{
	ks_spis_t *spis = ks_spis_create();
	uint32_t taken[2000];
	int i, j;

	for (i = 0; i < countof(taken); i++)
	{
		ck_assert(spis->alloc(spis, &taken[i]));
		ck_assert(ntohl(taken[i]) >= KS_SPI_MIN);
		for (j = 0; j < i; j++)
		{
			ck_assert_uint_ne(taken[i], taken[j]);
		}
	}
	for (i = 0; i < countof(taken); i++)
	{
		spis->release(spis, taken[i]);
	}
	spis->destroy(spis);
}
END_TEST

Suite *ks_keys_suite()
{
	Suite *suite = suite_create("key server: keys");
	TCase *tc = tcase_create("keys");

	tcase_add_test(tc, test_schedule_lead);
	tcase_add_test(tc, test_schedule_stretch);
	tcase_add_test(tc, test_keys_tek_generations);
	tcase_add_test(tc, test_keys_are_random);
	tcase_add_test(tc, test_keys_kek);
	tcase_add_test(tc, test_keys_outdated);
	tcase_add_test(tc, test_keys_state);
	tcase_add_test(tc, test_keys_reconfigure);
	tcase_add_test(tc, test_keys_discard);
	tcase_add_test(tc, test_keys_states);
	tcase_add_test(tc, test_spis_unique);
	suite_add_tcase(suite, tc);
	return suite;
}
