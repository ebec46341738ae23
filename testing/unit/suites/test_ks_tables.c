/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_fixture.h"

#include <ks_exchanges.h>
#include <ks_limiter.h>
#include <ks_members.h>

#include <malloc.h>

/**
 * Register a member by name and address
 */
static ks_members_result_t add(ks_members_t *members, const char *id,
							   const char *address, time_t now, time_t expires)
{
	identification_t *name = identification_create_from_string((char*)id);
	host_t *host = host_create_from_string((char*)address, 848);
	host_t *local = host_create_from_string("10.0.8.1", 848);
	ks_members_result_t result;

	result = members->add(members, name, host, local, 0, now, expires,
						  NULL);
	local->destroy(local);
	name->destroy(name);
	host->destroy(host);
	return result;
}

/**
 * Is there room for a member?
 */
static bool room(ks_members_t *members, const char *id, const char *address,
				 time_t now)
{
	identification_t *name = identification_create_from_string((char*)id);
	host_t *host = host_create_from_string((char*)address, 848);
	bool result;

	result = members->has_room(members, name, host, now);
	name->destroy(name);
	host->destroy(host);
	return result;
}

/* KS-004, KS-021: a record per address and identity */
START_TEST(test_members_records)
{
	ks_members_t *members = ks_members_create(10);
	ks_member_t *rows[4];
	host_t *host;

	ck_assert(add(members, "gm1", "10.1.1.1", 10, 100) == KS_MEMBERS_FIRST);
	ck_assert(add(members, "gm1", "10.1.1.1", 20, 200) == KS_MEMBERS_UPDATED);
	/* two source addresses give two records */
	ck_assert(add(members, "gm1", "10.1.1.2", 30, 200) == KS_MEMBERS_ADDED);
	/* two members behind one translator, too */
	ck_assert(add(members, "gm2", "10.1.1.1", 40, 200) == KS_MEMBERS_ADDED);
	ck_assert_uint_eq(members->get_count(members), 3);
	ck_assert_uint_eq(members->snapshot(members, 0, rows, 4), 3);
	ck_assert_uint_eq(rows[0]->registrations, 2);
	ck_assert_int_eq(rows[0]->since, 10);
	ck_assert_int_eq(rows[0]->last, 20);
	ck_assert_int_eq(rows[0]->expires, 200);
	host = ks_member_get_host(rows[1]);
	ck_assert_int_eq(host->get_family(host), AF_INET);
	ck_assert(chunk_equals(host->get_address(host),
						   chunk_from_chars(10, 1, 1, 2)));
	host->destroy(host);
	free(rows[0]);
	free(rows[1]);
	free(rows[2]);
	members->destroy(members);
}
END_TEST

/* a full table refuses new members, and none that it knows */
START_TEST(test_members_full)
{
	ks_members_t *members = ks_members_create(2);

	add(members, "gm1", "10.1.1.1", 10, 100);
	add(members, "gm2", "10.1.1.2", 10, 200);
	ck_assert(!room(members, "gm3", "10.1.1.3", 50));
	ck_assert(room(members, "gm2", "10.1.1.2", 50));
	ck_assert(add(members, "gm3", "10.1.1.3", 50, 200) == KS_MEMBERS_FULL);
	ck_assert(add(members, "gm1", "10.1.1.1", 50, 100) == KS_MEMBERS_UPDATED);
	ck_assert_uint_eq(members->get_count(members), 2);
	/* a record whose keys ended makes room */
	ck_assert(room(members, "gm3", "10.1.1.3", 100));
	ck_assert(add(members, "gm3", "10.1.1.3", 100, 300) == KS_MEMBERS_ADDED);
	members->set_limit(members, 3);
	ck_assert(add(members, "gm4", "10.1.1.4", 100, 300) == KS_MEMBERS_ADDED);
	members->destroy(members);
}
END_TEST

START_TEST(test_members_purge)
{
	ks_members_t *members = ks_members_create(10);
	ks_member_t *last;

	add(members, "gm1", "10.1.1.1", 10, 100);
	add(members, "gm2", "10.1.1.2", 10, 200);
	ck_assert_uint_eq(members->purge(members, 99, &last), 0);
	ck_assert(last == NULL);
	ck_assert_uint_eq(members->purge(members, 100, &last), 1);
	ck_assert(last == NULL);
	ck_assert_uint_eq(members->purge(members, 1000, &last), 1);
	ck_assert(last != NULL && memeq(last->id, "gm2", 3));
	free(last);
	ck_assert_uint_eq(members->purge(members, 2000, &last), 0);
	ck_assert(last == NULL);
	ck_assert(add(members, "gm1", "10.1.1.1", 10, 100) == KS_MEMBERS_FIRST);
	members->destroy(members);
}
END_TEST

/* 8,000 members: listed in chunks though some go in between; their memory */
START_TEST(test_members_many)
{
	ks_members_t *members = ks_members_create(8000);
	ks_member_t *rows[64], *last;
	size_t before, used;
	uint64_t after = 0;
	u_int count, i, listed = 0;
	char address[32];

	before = mallinfo2().uordblks;
	for (i = 0; i < 8000; i++)
	{
		snprintf(address, sizeof(address), "10.1.%u.%u", i / 250, i % 250 + 1);
		ck_assert(add(members, "C=CH, OU=GETVPN, CN=router.example.org",
					  address, 1, i % 2 ? 100 : 200) != KS_MEMBERS_FULL);
	}
	used = mallinfo2().uordblks - before;
	if (used)
	{	/* a sanitizer's allocator says nothing */
		printf("key server: %zu octets per member\n", used / 8000);
		ck_assert_uint_lt(used / 8000, 600);
	}
	while ((count = members->snapshot(members, after, rows, 64)))
	{
		for (i = 0; i < count; i++)
		{
			ck_assert(rows[i]->number > after);
			after = rows[i]->number;
			free(rows[i]);
		}
		listed += count;
		if (listed == 3200)
		{
			ck_assert_uint_eq(members->purge(members, 100, &last), 4000);
		}
	}
	ck_assert_uint_eq(listed, 3200 + 2400);
	members->destroy(members);
}
END_TEST

START_TEST(test_limiter)
{
	ks_limiter_t *limiter = ks_limiter_create(10), *none;
	host_t *a = host_create_from_string("10.1.1.1", 848);
	host_t *port = host_create_from_string("10.1.1.1", 4500);
	host_t *b = host_create_from_string("10.1.1.2", 848);
	int i;

	/* room for two seconds of the rate */
	for (i = 0; i < 20; i++)
	{
		ck_assert(limiter->allow(limiter, i % 2 ? a : port, 5000));
	}
	ck_assert(!limiter->allow(limiter, a, 5000));
	ck_assert(!limiter->allow(limiter, a, 5099));
	ck_assert(limiter->allow(limiter, a, 5100));
	ck_assert(!limiter->allow(limiter, a, 5100));
	/* a clock that goes back helps nobody */
	ck_assert(!limiter->allow(limiter, a, 10));
	ck_assert(limiter->allow(limiter, b, 5100));
	for (i = 0; i < 20; i++)
	{
		ck_assert(limiter->allow(limiter, a, 100000));
	}
	ck_assert(!limiter->allow(limiter, a, 100000));
	limiter->destroy(limiter);

	none = ks_limiter_create(0);
	for (i = 0; i < 1000; i++)
	{
		ck_assert(none->allow(none, a, 1));
	}
	none->destroy(none);
	a->destroy(a);
	port->destroy(port);
	b->destroy(b);
}
END_TEST

/**
 * Cookies of a phase 1
 */
static chunk_t cookies(uint8_t number)
{
	static uint8_t buf[2][KS_COOKIES_LEN];
	static int i;

	i = !i;
	memset(buf[i], number, KS_COOKIES_LEN);
	return chunk_create(buf[i], KS_COOKIES_LEN);
}

/**
 * Begin an exchange and keep it
 */
static bool open_exchange(ks_exchanges_t *table, uint8_t session, uint32_t mid,
						  bool done, time_t expires)
{
	ks_exchange_t *exchange;

	if (table->begin(table, cookies(session), mid, &exchange) != KS_BEGIN_OK)
	{
		return FALSE;
	}
	exchange->done = done;
	table->keep(table, exchange, expires);
	return TRUE;
}

START_TEST(test_exchanges_take)
{
	ks_exchanges_t *table = ks_exchanges_create(4);
	ks_exchange_t *exchange, *other;

	ck_assert(table->take(table, cookies(1), 7) == NULL);
	ck_assert(open_exchange(table, 1, 7, FALSE, 100));
	ck_assert(table->take(table, cookies(1), 8) == NULL);
	ck_assert(table->take(table, cookies(2), 7) == NULL);
	exchange = table->take(table, cookies(1), 7);
	ck_assert(exchange != NULL);
	ck_assert_uint_eq(exchange->message_id, 7);
	/* handed out once */
	ck_assert(table->take(table, cookies(1), 7) == NULL);
	ck_assert_uint_eq(table->get_count(table), 1);
	table->keep(table, exchange, 100);
	other = table->take(table, cookies(1), 7);
	ck_assert(other == exchange);
	table->end(table, other);
	ck_assert_uint_eq(table->get_count(table), 0);
	ck_assert(!table->in_use(table, cookies(1)));
	table->destroy(table);
}
END_TEST

/* RFC 6407 section 3.3: a finished exchange's message ID is a replay */
START_TEST(test_exchanges_replay)
{
	ks_exchanges_t *table = ks_exchanges_create(4);
	ks_exchange_t *exchange;

	ck_assert(open_exchange(table, 1, 7, TRUE, 100));
	ck_assert_uint_eq(table->sweep(table, 99), 0);
	ck_assert_uint_eq(table->get_count(table), 1);
	ck_assert_uint_eq(table->sweep(table, 100), 0);
	ck_assert_uint_eq(table->get_count(table), 0);
	ck_assert(table->in_use(table, cookies(1)));
	ck_assert(table->begin(table, cookies(1), 7, &exchange) ==
			  KS_BEGIN_REPLAY);
	ck_assert(open_exchange(table, 1, 8, FALSE, 200));
	/* the same message ID under another phase 1 is none */
	ck_assert(open_exchange(table, 2, 7, FALSE, 200));
	table->destroy(table);
}
END_TEST

START_TEST(test_exchanges_bounds)
{
	ks_exchanges_t *table = ks_exchanges_create(3);
	ks_exchange_t *exchange;
	int i;

	ck_assert(open_exchange(table, 1, 1, FALSE, 100));
	ck_assert(open_exchange(table, 2, 1, TRUE, 100));
	ck_assert(open_exchange(table, 3, 1, FALSE, 100));
	/* a finished one makes room, and stays known as finished */
	ck_assert(open_exchange(table, 4, 1, FALSE, 100));
	ck_assert(table->begin(table, cookies(2), 1, &exchange) ==
			  KS_BEGIN_REPLAY);
	ck_assert(table->begin(table, cookies(5), 1, &exchange) == KS_BEGIN_FULL);
	ck_assert_uint_eq(table->get_count(table), 3);
	ck_assert_uint_eq(table->sweep(table, 100), 3);
	ck_assert(open_exchange(table, 5, 1, FALSE, 200));
	table->destroy(table);

	/* one phase 1 can't take all */
	table = ks_exchanges_create(1000);
	for (i = 1; i <= KS_EXCHANGES_PER_PHASE1; i++)
	{
		ck_assert(open_exchange(table, 1, i, i == 5, 100));
	}
	ck_assert(open_exchange(table, 1, 100, FALSE, 100));
	ck_assert(table->take(table, cookies(1), 5) == NULL);
	ck_assert(table->begin(table, cookies(1), 101, &exchange) ==
			  KS_BEGIN_FULL);
	ck_assert(open_exchange(table, 2, 1, FALSE, 100));
	table->destroy(table);
}
END_TEST

/* one that answered a duplicate ends when it would have ended anyway */
START_TEST(test_exchanges_duplicate)
{
	ks_exchanges_t *table = ks_exchanges_create(4);
	ks_exchange_t *exchange;

	ck_assert(open_exchange(table, 1, 1, FALSE, 100));
	ck_assert(open_exchange(table, 2, 1, FALSE, 150));
	exchange = table->take(table, cookies(1), 1);
	table->keep(table, exchange, exchange->expires);
	ck_assert_uint_eq(table->sweep(table, 99), 0);
	ck_assert_uint_eq(table->sweep(table, 100), 1);
	ck_assert(table->take(table, cookies(1), 1) == NULL);
	ck_assert_uint_eq(table->get_count(table), 1);
	ck_assert_uint_eq(table->sweep(table, 150), 1);
	table->destroy(table);
}
END_TEST

/* a failure ends a phase 1 that nothing uses, three end any */
START_TEST(test_exchanges_fail)
{
	ks_exchanges_t *table = ks_exchanges_create(10);
	ks_exchange_t *exchange;
	linked_list_t *list;
	int i;

	ck_assert(table->begin(table, cookies(1), 1, &exchange) == KS_BEGIN_OK);
	ck_assert(table->abandon(table, exchange));
	ck_assert(table->begin(table, cookies(1), 2, &exchange) ==
			  KS_BEGIN_ENDING);

	ck_assert(open_exchange(table, 2, 1, FALSE, 100));
	for (i = 1; i <= KS_FAILURES_PER_PHASE1; i++)
	{
		ck_assert(table->begin(table, cookies(2), 10 + i, &exchange) ==
				  KS_BEGIN_OK);
		ck_assert(table->abandon(table, exchange) ==
				  (i == KS_FAILURES_PER_PHASE1));
	}
	/* what is under way may still complete */
	exchange = table->take(table, cookies(2), 1);
	ck_assert(exchange != NULL);
	/* one whose phase 1 closed while it was out leaves nothing behind */
	list = table->close(table, cookies(2));
	ck_assert_int_eq(list->get_count(list), 0);
	list->destroy(list);
	ck_assert(table->abandon(table, exchange));
	ck_assert_uint_eq(table->get_count(table), 0);
	table->destroy(table);
}
END_TEST

START_TEST(test_exchanges_close)
{
	ks_exchanges_t *table = ks_exchanges_create(10);
	ks_exchange_t *exchange;
	linked_list_t *list;

	ck_assert(open_exchange(table, 1, 1, FALSE, 100));
	ck_assert(open_exchange(table, 1, 2, TRUE, 100));
	ck_assert(open_exchange(table, 1, 3, FALSE, 100));
	ck_assert(open_exchange(table, 2, 1, FALSE, 100));
	/* LOG-152 is not lost behind another failure */
	ck_assert(table->first_failure(table, cookies(1), KS_FAILURE_MESSAGE));
	ck_assert(table->first_failure(table, cookies(1), KS_FAILURE_HASH));
	ck_assert(!table->first_failure(table, cookies(1), KS_FAILURE_MESSAGE));
	ck_assert(!table->first_failure(table, cookies(1), KS_FAILURE_HASH));
	ck_assert(table->first_failure(table, cookies(3), KS_FAILURE_HASH));
	exchange = table->take(table, cookies(1), 3);
	list = table->close(table, cookies(1));
	ck_assert_int_eq(list->get_count(list), 2);
	list->destroy_function(list, (void*)ks_exchange_destroy);
	/* one that was out at that time goes when it comes back */
	ck_assert_uint_eq(table->get_count(table), 2);
	table->keep(table, exchange, 100);
	ck_assert_uint_eq(table->get_count(table), 1);
	ck_assert(!table->in_use(table, cookies(1)));
	ck_assert(table->in_use(table, cookies(2)));
	list = table->close(table, cookies(9));
	ck_assert_int_eq(list->get_count(list), 0);
	list->destroy(list);
	table->destroy(table);
}
END_TEST

Suite *ks_tables_suite()
{
	Suite *suite = suite_create("key server: tables");
	TCase *tc = tcase_create("tables");

	tcase_add_test(tc, test_members_records);
	tcase_add_test(tc, test_members_full);
	tcase_add_test(tc, test_members_purge);
	tcase_add_test(tc, test_members_many);
	tcase_add_test(tc, test_limiter);
	tcase_add_test(tc, test_exchanges_take);
	tcase_add_test(tc, test_exchanges_replay);
	tcase_add_test(tc, test_exchanges_bounds);
	tcase_add_test(tc, test_exchanges_duplicate);
	tcase_add_test(tc, test_exchanges_fail);
	tcase_add_test(tc, test_exchanges_close);
	suite_add_tcase(suite, tc);
	return suite;
}
