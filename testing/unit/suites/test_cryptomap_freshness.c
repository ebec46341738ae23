/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Freshness as crypto maps have it: groups that share an interface, the loading
 * of programs, and the recorder.
 */

#include "cryptomap_suites.h"
#include "fake_map.h"

#include <cm_freshness.h>
#include <crypto_map_recorder.h>
#include <shared_map.h>

#include <stdio.h>
#include <unistd.h>

static const freshness_policy_t d3p = {
	.method = FRESHNESS_D3P,
	.protocol = FRESHNESS_PROTOCOL_D3P,
	.type = FRESHNESS_D3P_MSEC,
	.header = FRESHNESS_HEADER_D3P,
	.allowed_ms = 500,
	.window_ms = 1000,
};

static const freshness_policy_t tbar = {
	.method = FRESHNESS_TBAR,
	.protocol = FRESHNESS_PROTOCOL_TBAR,
	.header = FRESHNESS_HEADER_TBAR_LONG,
	.allowed_ms = 30000,
	.window_ms = 30000,
	.epoch = 3,
	.ticks = 70,
	.tick_ms = 1000,
	.boot_ns = 5,
};

/* --- groups that share an interface --- */

static crypto_map_t *create(char *group, u_int index)
{
	crypto_map_params_t params = {
		.group = group,
		.interface = "eth0",
		.index = index,
	};

	return shared_map_create(&params, fake_map_create);
}

static void attach(crypto_map_t *map)
{
	char *reason = NULL;

	ck_assert_msg(map->attach(map, &reason), "%s", reason);
}

static void teardown(void)
{
	fake_map_cleanup();
}

/* a group that is alone keeps its numbers, also of what it said before */
START_TEST(test_alone)
{
	uint32_t spis[] = { htonl(1), htonl(2) };
	uint32_t sas[] = { CRYPTO_MAP_SPI_STAMPED | 4, 0xffff };
	crypto_map_t *map = create("data", 0);
	freshness_counters_t counters;

	ck_assert(map->set_freshness(map, 2, &d3p));
	ck_assert(!map->set_freshness(map, CRYPTO_MAP_SAS, &d3p));
	map->set_stamped(map, 2, TRUE);
	ck_assert(map->set_spis(map, spis, sas, 2));
	ck_assert(!map->get_freshness(map, 2, &counters));
	attach(map);
	ck_assert_uint_eq(fake_map->freshness[2].allowed_ms, 500);
	ck_assert_uint_eq(fake_map->stamped, 1u << 2);
	ck_assert(fake_map->has_sas);
	/* it may bring all traffic, but the profile is that of SA 2 */
	ck_assert_uint_eq(fake_map->sas[0], CRYPTO_MAP_SPI_STAMPED |
					  CRYPTO_MAP_SPI_ALL_SAS | 1u << 2);
	ck_assert(!(fake_map->sas[1] & CRYPTO_MAP_SPI_STAMPED));
	ck_assert(fake_map->sas[1] & CRYPTO_MAP_SPI_ALL_SAS);
	ck_assert(map->get_freshness(map, 2, &counters));
	ck_assert_uint_eq(counters.in, 102);
	/* no headers at all: programs need not know about SAs */
	sas[0] = 4;
	ck_assert(map->set_spis(map, spis, sas, 2));
	ck_assert(!fake_map->has_sas);
	map->set_stamped(map, 2, FALSE);
	ck_assert_uint_eq(fake_map->stamped, 0);
	ck_assert(map->set_freshness(map, 2, NULL));
	ck_assert_int_eq(fake_map->freshness[2].method, FRESHNESS_NONE);
	map->destroy(map);
}
END_TEST

/* two groups, with SA 0 each: policies, SPIs, counters, errors and resets are
 * those of a group, and who goes leaves nothing to who gets its SA next */
START_TEST(test_two)
{
	crypto_map_t *a = create("a", 0), *b = create("b", 1);
	uint32_t spi = htonl(0xb), stamped = CRYPTO_MAP_SPI_STAMPED | 1;
	freshness_counters_t counters;
	enumerator_t *enumerator;
	freshness_error_t *error;
	mark_t mark;
	u_int real;

	attach(a);
	attach(b);
	ck_assert(a->set_freshness(a, 0, &d3p));
	ck_assert(b->set_freshness(b, 0, &tbar));
	mark = b->get_mark(b, 0, TRUE);
	real = mark.value >> 20 & 0xf;
	ck_assert_uint_ne(real, 0);
	ck_assert_uint_ne(mark.value, b->get_mark(b, 0, FALSE).value);
	ck_assert_int_eq(fake_map->freshness[0].method, FRESHNESS_D3P);
	ck_assert_int_eq(fake_map->freshness[real].method, FRESHNESS_TBAR);
	b->set_stamped(b, 0, TRUE);
	ck_assert_uint_eq(fake_map->stamped, 1u << real);
	ck_assert(b->set_spis(b, &spi, &stamped, 1));
	ck_assert_uint_eq(fake_map->sas[0],
					  CRYPTO_MAP_SPI_STAMPED | 1u << real);
	ck_assert(b->get_freshness(b, 0, &counters));
	ck_assert_uint_eq(counters.in, 100 + real);
	ck_assert(!b->get_freshness(b, 1, &counters));
	ck_assert(!b->get_freshness(b, CRYPTO_MAP_SAS, &counters));

	fake_map->errors[0].sa = 0;
	fake_map->errors[1].sa = real;
	fake_map->errors[1].at = 77;
	fake_map->errors[2].sa = CRYPTO_MAP_SAS;
	fake_map->error_count = 3;
	enumerator = b->create_freshness_enumerator(b);
	ck_assert(enumerator->enumerate(enumerator, &error));
	ck_assert_uint_eq(error->sa, 0);
	ck_assert_int_eq(error->at, 77);
	ck_assert(!enumerator->enumerate(enumerator, &error));
	enumerator->destroy(enumerator);

	b->reset_freshness(b, ~0u);
	ck_assert_uint_eq(fake_map->reset, 1u << real);
	fake_map->reset = 0;
	a->reset_freshness(a, 1u << 5);
	ck_assert_uint_eq(fake_map->reset, 0);

	/* a policy that is refused leaves the one before */
	fake_map->refuses_freshness = TRUE;
	ck_assert(!b->set_freshness(b, 0, &d3p));
	ck_assert_int_eq(fake_map->freshness[real].method, FRESHNESS_TBAR);
	fake_map->refuses_freshness = FALSE;

	b->detach(b);
	ck_assert_uint_eq(fake_map->stamped, 0);
	ck_assert_int_eq(fake_map->freshness[real].method, FRESHNESS_NONE);
	ck_assert_uint_eq(fake_map->reset, 1u << real);
	ck_assert_int_eq(fake_map->freshness[0].method, FRESHNESS_D3P);
	enumerator = b->create_freshness_enumerator(b);
	ck_assert(!enumerator->enumerate(enumerator, &error));
	enumerator->destroy(enumerator);
	attach(b);
	real = b->get_mark(b, 0, TRUE).value >> 20 & 0xf;
	ck_assert_int_eq(fake_map->freshness[real].method, FRESHNESS_TBAR);
	ck_assert_uint_eq(fake_map->stamped, 1u << real);
	b->destroy(b);
	a->destroy(a);
}
END_TEST

/* --- loading programs --- */

/** what happened to the fake provider's map */
static int loaded, kept;
static freshness_policy_t policies[CRYPTO_MAP_SAS];
static uint32_t resets;
static bool refuses;
static freshness_error_t history[3];

static void map_set_policy(freshness_map_t *this, u_int sa,
						   const freshness_policy_t *policy)
{
	static const freshness_policy_t none;

	policies[sa] = policy ? *policy : none;
}

static void map_get_counters(freshness_map_t *this, u_int sa,
							 freshness_counters_t *counters)
{
	counters->in = 200 + sa;
}

static enumerator_t *map_create_history(freshness_map_t *this, u_int sa)
{
	linked_list_t *list = linked_list_create();
	enumerator_t *enumerator;
	u_int i;

	for (i = 0; i < countof(history); i++)
	{
		if (history[i].sa == sa)
		{
			list->insert_last(list, &history[i]);
		}
	}
	enumerator = list->create_enumerator(list);
	return enumerator_create_cleaner(enumerator, (void*)list->destroy, list);
}

static void map_reset(freshness_map_t *this, u_int sa)
{
	resets |= 1u << sa;
}

static void map_destroy(freshness_map_t *this, bool keep)
{
	loaded--;
	kept += keep;
}

static freshness_map_t fake = {
	.set_policy = map_set_policy,
	.get_counters = map_get_counters,
	.create_history_enumerator = map_create_history,
	.reset = map_reset,
	.destroy = map_destroy,
};

static freshness_map_t *create_map(freshness_t *this,
								   const freshness_place_t *place,
								   char **reason)
{
	if (refuses)
	{
		*reason = strdup("refused");
		return NULL;
	}
	ck_assert_str_eq(place->interface, "eth0");
	ck_assert_uint_eq(place->xfrm_ifindex, 9);
	ck_assert_int_eq(place->jumps, 77);
	memset(policies, 0, sizeof(policies));
	loaded++;
	return &fake;
}

static freshness_t provider = { .create_map = create_map };

static const freshness_place_t place = {
	.interface = "eth0",
	.xfrm_ifindex = 9,
	.jumps = 77,
};

static cm_freshness_t *freshness;

static void setup_load(void)
{
	loaded = kept = 0;
	resets = 0;
	refuses = FALSE;
	memset(history, 0, sizeof(history));
	lib->set(lib, FRESHNESS_NAME, &provider);
	freshness = cm_freshness_create("eth0");
}

static void teardown_load(void)
{
	freshness->destroy(freshness);
	lib->set(lib, FRESHNESS_NAME, NULL);
}

/* programs are loaded for the first policy, not before; detach() keeps policies
 * for the next attach() */
START_TEST(test_load)
{
	freshness_counters_t counters;

	freshness->attach(freshness, &place);
	ck_assert_int_eq(loaded, 0);
	ck_assert(!freshness->get_counters(freshness, 1, &counters));
	ck_assert(freshness->set_policy(freshness, 3, NULL));
	ck_assert_int_eq(loaded, 0);
	ck_assert(freshness->set_policy(freshness, 1, &d3p));
	ck_assert_int_eq(loaded, 1);
	ck_assert_int_eq(policies[1].method, FRESHNESS_D3P);
	ck_assert(freshness->set_policy(freshness, 2, &tbar));
	ck_assert_int_eq(loaded, 1);
	ck_assert_uint_eq(policies[2].ticks, 70);
	ck_assert(freshness->get_counters(freshness, 2, &counters));
	ck_assert_uint_eq(counters.in, 202);
	freshness->reset(freshness, ~0u);
	ck_assert_uint_eq(resets, 1u << 1 | 1u << 2);
	ck_assert(freshness->set_policy(freshness, 1, NULL));
	ck_assert_int_eq(policies[1].method, FRESHNESS_NONE);
	/* counters are for who asks later */
	ck_assert(freshness->get_counters(freshness, 1, &counters));
	ck_assert_uint_eq(counters.in, 201);
	freshness->detach(freshness, FALSE);
	ck_assert_int_eq(loaded, 0);
	ck_assert_int_eq(kept, 0);
	ck_assert(freshness->get_counters(freshness, 2, &counters));
	ck_assert_uint_eq(counters.in, 0);
	freshness->attach(freshness, &place);
	ck_assert_int_eq(loaded, 1);
	ck_assert_int_eq(policies[1].method, FRESHNESS_NONE);
	ck_assert_int_eq(policies[2].method, FRESHNESS_TBAR);
	freshness->detach(freshness, TRUE);
	ck_assert_int_eq(kept, 1);
}
END_TEST

/* without provider or programs a policy is refused, and the one before stays */
START_TEST(test_refused)
{
	freshness_policy_t bad;

	freshness->attach(freshness, &place);
	refuses = TRUE;
	ck_assert(!freshness->set_policy(freshness, 1, &d3p));
	refuses = FALSE;
	lib->set(lib, FRESHNESS_NAME, NULL);
	ck_assert(!freshness->set_policy(freshness, 1, &d3p));
	ck_assert(freshness->set_policy(freshness, 1, NULL));
	freshness->detach(freshness, FALSE);
	ck_assert(!freshness->set_policy(freshness, 1, &d3p));
	lib->set(lib, FRESHNESS_NAME, &provider);
	ck_assert(freshness->set_policy(freshness, 1, &d3p));
	ck_assert_int_eq(loaded, 0);

	/* programs would divide by it, or write more than there is room for */
	bad = tbar;
	bad.tick_ms = 0;
	ck_assert(!freshness->set_policy(freshness, 1, &bad));
	bad = tbar;
	bad.header = 13;
	ck_assert(!freshness->set_policy(freshness, 1, &bad));
	bad = d3p;
	bad.header = 16;
	ck_assert(!freshness->set_policy(freshness, 1, &bad));
	bad = d3p;
	bad.type = 2;
	ck_assert(!freshness->set_policy(freshness, 1, &bad));
	bad.method = 7;
	ck_assert(!freshness->set_policy(freshness, 1, &bad));
	ck_assert(!freshness->set_policy(freshness, CRYPTO_MAP_SAS, &d3p));
	freshness->attach(freshness, &place);
	ck_assert_int_eq(loaded, 1);
	ck_assert_int_eq(policies[1].type, FRESHNESS_D3P_MSEC);
	freshness->detach(freshness, FALSE);
}
END_TEST

/* errors of several SAs come in the order of time */
START_TEST(test_history)
{
	host_t *source = host_create_from_string("10.0.1.2", 0);
	enumerator_t *enumerator;
	freshness_error_t *error;

	freshness->attach(freshness, &place);
	ck_assert(freshness->set_policy(freshness, 1, &d3p));
	ck_assert(freshness->set_policy(freshness, 2, &d3p));
	history[0] = (freshness_error_t){ .sa = 1, .at = 100, .source = source };
	history[1] = (freshness_error_t){ .sa = 1, .at = 300, .source = source };
	history[2] = (freshness_error_t){ .sa = 2, .at = 200, .source = source };
	enumerator = freshness->create_enumerator(freshness);
	ck_assert(enumerator->enumerate(enumerator, &error));
	ck_assert_int_eq(error->at, 100);
	ck_assert(error->source->ip_equals(error->source, source));
	ck_assert(enumerator->enumerate(enumerator, &error));
	ck_assert_int_eq(error->at, 200);
	ck_assert_uint_eq(error->sa, 2);
	ck_assert(enumerator->enumerate(enumerator, &error));
	ck_assert_int_eq(error->at, 300);
	ck_assert(!enumerator->enumerate(enumerator, &error));
	enumerator->destroy(enumerator);
	/* one that nobody reads to its end */
	enumerator = freshness->create_enumerator(freshness);
	ck_assert(enumerator->enumerate(enumerator, &error));
	enumerator->destroy(enumerator);
	freshness->detach(freshness, FALSE);
	source->destroy(source);
}
END_TEST

/* --- recorder --- */

static const char expected[] =
"freshness data 1 d3p 3 253 12 500 1000 copy\n"
"freshness data 2 tbar 3 70 1000 254 16 30000 30000 clear\n"
"stamped data 1 yes\n"
"spis data 00000001/0002+fresh 00000002/ffff\n"
"reset data 0002\n"
"freshness data 1 none\n"
"stamped data 1 no\n";

static const char played[] =
"counters 1 10 20 1 2 3 4 5 6 -77\n"
"error 1 4 1700000000 10.0.1.2 12.5 3.25 1.0\n"
"nonsense\n"
"error 2 0 1700000001 2001:db8::1 1 0 30\n"
"error 2 0 1700000002 nowhere 1 0 30\n";

/* what a test has in the file is told, all else is a line */
START_TEST(test_recorder)
{
	crypto_map_params_t params = { .group = "data", .interface = "lo" };
	uint32_t spis[] = { htonl(1), htonl(2) };
	uint32_t sas[] = { CRYPTO_MAP_SPI_STAMPED | 2, 0xffff };
	char path[] = "/tmp/test_freshness.XXXXXX", name[64], text[1024];
	freshness_policy_t clear = tbar;
	freshness_counters_t counters;
	enumerator_t *enumerator;
	freshness_error_t *error;
	crypto_map_t *map;
	FILE *file;
	size_t len;

	close(mkstemp(path));
	lib->settings->set_str(lib->settings,
				"%s.plugins.gdoi.crypto_map_record", path, lib->ns);
	snprintf(name, sizeof(name), "%s.freshness", path);
	file = fopen(name, "w");
	fputs(played, file);
	fclose(file);

	map = crypto_map_recorder_create(&params);
	ck_assert(!map->get_freshness(map, 1, &counters));
	ck_assert(map->set_freshness(map, 1, &d3p));
	clear.clear_df = TRUE;
	ck_assert(map->set_freshness(map, 2, &clear));
	map->set_stamped(map, 1, TRUE);
	ck_assert(map->set_spis(map, spis, sas, 2));
	ck_assert(map->get_freshness(map, 1, &counters));
	ck_assert_uint_eq(counters.in, 10);
	ck_assert_uint_eq(counters.out, 20);
	ck_assert_uint_eq(counters.out_errors, 1);
	ck_assert_uint_eq(counters.errors[FRESHNESS_MISSING], 2);
	ck_assert_uint_eq(counters.errors[FRESHNESS_LATE], 6);
	ck_assert_uint_eq(counters.in_errors, 20);
	ck_assert_int_eq(counters.max_delta_ms, -77);
	ck_assert(map->get_freshness(map, 2, &counters));
	ck_assert_uint_eq(counters.in, 0);
	enumerator = map->create_freshness_enumerator(map);
	ck_assert(enumerator->enumerate(enumerator, &error));
	ck_assert_int_eq(error->kind, FRESHNESS_LATE);
	ck_assert_int_eq(error->method, FRESHNESS_D3P);
	ck_assert_int_eq(error->at, 1700000000);
	ck_assert(error->my_time == 12.5 && error->peer_time == 3.25);
	ck_assert(enumerator->enumerate(enumerator, &error));
	ck_assert_int_eq(error->method, FRESHNESS_TBAR);
	ck_assert_int_eq(error->source->get_family(error->source), AF_INET6);
	ck_assert(!enumerator->enumerate(enumerator, &error));
	enumerator->destroy(enumerator);
	map->reset_freshness(map, 2);
	ck_assert_int_eq(access(name, F_OK), -1);
	ck_assert(map->get_freshness(map, 1, &counters));
	ck_assert_uint_eq(counters.in, 0);
	ck_assert(map->set_freshness(map, 1, NULL));
	ck_assert(!map->get_freshness(map, 1, &counters));
	map->set_stamped(map, 1, FALSE);
	map->destroy(map);

	file = fopen(path, "r");
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	fclose(file);
	unlink(path);
	ck_assert_str_eq(text, expected);
}
END_TEST

Suite *cryptomap_freshness_suite(void)
{
	Suite *suite = suite_create("freshness of crypto maps");
	TCase *tcase;

	tcase = tcase_create("shared");
	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, test_alone);
	tcase_add_test(tcase, test_two);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("load");
	tcase_add_checked_fixture(tcase, setup_load, teardown_load);
	tcase_add_test(tcase, test_load);
	tcase_add_test(tcase, test_refused);
	tcase_add_test(tcase, test_history);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("recorder");
	tcase_add_test(tcase, test_recorder);
	suite_add_tcase(suite, tcase);
	return suite;
}
