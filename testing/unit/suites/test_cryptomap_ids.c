/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Names and numbers of crypto maps, and what a later process reads back.
 */

#include "cryptomap_suites.h"

#include <cm_ids.h>
#include <bpf/cm_shared.h>

/**
 * Compare a host to text.
 */
static void assert_host(host_t *host, const char *text)
{
	char buf[64];

	snprintf(buf, sizeof(buf), "%H", host);
	ck_assert_str_eq(buf, text);
}

START_TEST(test_defaults)
{
	crypto_map_params_t params = { .interface = "eth0", .index = 15 };
	cm_ids_t *ids;

	ids = cm_ids_create(&params);
	ck_assert(ids != NULL);
	ck_assert_str_eq(ids->link, "gdoi15");
	assert_host(cm_ids_anchor(ids, AF_INET, TRUE), "192.0.2.16");
	assert_host(cm_ids_anchor(ids, AF_INET, FALSE), "198.51.100.16");
	assert_host(cm_ids_anchor(ids, AF_INET6, TRUE), "2001:db8:6407::1:10");
	assert_host(cm_ids_anchor(ids, AF_INET6, FALSE), "2001:db8:6407::2:10");
	cm_ids_destroy(ids);
}
END_TEST

START_TEST(test_alias)
{
	crypto_map_params_t params = {
		.interface = "fifteen-chars.0",
		.index = 239,
		.local6 = host_create_from_string(
							"1111:2222:3333:4444:5555:6666:7777:8888", 0),
		.remote4 = host_create_from_string("255.255.255.254", 0),
	};
	char alias[CM_ALIAS_LEN];
	cm_ids_t *ids, *again;
	int i;

	ids = cm_ids_create(&params);
	cm_ids_print_alias(ids, alias);
	again = cm_ids_create_from_alias(239, alias);
	ck_assert(again != NULL);
	ck_assert_str_eq(again->interface, ids->interface);
	ck_assert_str_eq(again->link, ids->link);
	ck_assert_uint_eq(again->if_id, ids->if_id);
	for (i = 0; i < 4; i++)
	{
		ck_assert(again->anchors[i]->equals(again->anchors[i],
											ids->anchors[i]));
	}
	assert_host(again->anchors[1], "255.255.255.254");
	cm_ids_destroy(ids);
	cm_ids_destroy(again);
	params.local6->destroy(params.local6);
	params.remote4->destroy(params.remote4);
}
END_TEST

static char *foreign[] = {
	"", "uplink to provider", "gdoi", "gdoi eth0 1.2.3.4",
	"gdoi eth0 1.2.3.4 1.2.3.5 ::1 frog", "gdoi eth0 ::1 ::2 ::3 ::4",
};

START_TEST(test_foreign_alias)
{
	ck_assert(cm_ids_create_from_alias(0, foreign[_i]) == NULL);
}
END_TEST

START_TEST(test_refused)
{
	crypto_map_params_t params = { .interface = "eth0" };

	params.index = CRYPTO_MAP_INDEX_MAX + 1;
	ck_assert(cm_ids_create(&params) == NULL);
	params.index = 0;
	params.interface = "";
	ck_assert(cm_ids_create(&params) == NULL);
	params.interface = NULL;
	ck_assert(cm_ids_create(&params) == NULL);
	params.interface = "sixteen-chars.00";
	ck_assert(cm_ids_create(&params) == NULL);
	params.interface = "eth0";
	params.local4 = host_create_from_string("::1", 0);
	ck_assert(cm_ids_create(&params) == NULL);
	params.local4->destroy(params.local4);
}
END_TEST

/* policies select SAs by bits of the mark that nothing else uses */
START_TEST(test_marks)
{
	uint32_t rest = CM_SLOT_MASK | CM_MARK_GEN_MASK << CM_MARK_GEN_SHIFT;
	mark_t a, b, c;
	u_int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		a = cm_ids_mark(i, FALSE);
		b = cm_ids_mark((i + 1) % CRYPTO_MAP_SAS, FALSE);
		c = cm_ids_mark(i, TRUE);
		ck_assert_uint_eq(a.value & ~a.mask, 0);
		ck_assert_uint_eq(a.mask & rest, 0);
		ck_assert_uint_eq(a.mask | rest, 0xffffffff);
		ck_assert_uint_ne(a.value, b.value);
		ck_assert_uint_ne(a.value & CM_MARK_MAGIC, CM_MARK_IN);
		ck_assert_uint_eq(a.mask, c.mask);
		ck_assert_uint_ne(a.value, c.value);
		ck_assert_uint_eq(a.value & CM_MARK_SA_MASK, c.value & CM_MARK_SA_MASK);
	}
}
END_TEST

Suite *cryptomap_ids_suite(void)
{
	Suite *suite = suite_create("crypto map names");
	TCase *tcase = tcase_create("names");

	tcase_add_test(tcase, test_defaults);
	tcase_add_test(tcase, test_alias);
	tcase_add_loop_test(tcase, test_foreign_alias, 0, countof(foreign));
	tcase_add_test(tcase, test_refused);
	tcase_add_test(tcase, test_marks);
	suite_add_tcase(suite, tcase);
	return suite;
}
