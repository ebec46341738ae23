/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "member_suites.h"
#include "member_world.h"

#include <member/gm_links.h>

/** a phase 1 with counters instead of keys */
typedef struct {
	gdoi_phase1_t public;
	uint32_t id;
	const char *local;
	int refs, ended;
} fake_t;

/** objects under test */
static gdoi_transport_t transport;
static gdoi_handler_t handler;
static gm_links_t *links;
static gm_link_t *a, *b, *c;

/** calls of the transport */
static int initiated, aborted;

/** phase 1 SAs over connection "ks1" */
static fake_t p1, p2;

static void tr_initiate(gdoi_transport_t *this, const char *connection,
						host_t *local, gdoi_handler_t *for_handler)
{
	initiated++;
}

static void tr_abort(gdoi_transport_t *this, const char *connection,
					 gdoi_handler_t *for_handler)
{
	aborted++;
}

static const char *get_connection(fake_t *this)
{
	return "ks1";
}

static uint32_t get_unique_id(fake_t *this)
{
	return this->id;
}

static host_t *get_my_host(fake_t *this)
{
	return host_create_from_string((char*)this->local, 848);
}

static void terminate(fake_t *this)
{
	this->ended++;
}

static gdoi_phase1_t *get_ref(fake_t *this)
{
	this->refs++;
	return &this->public;
}

static void drop_ref(fake_t *this)
{
	this->refs--;
}

static fake_t create_fake(uint32_t id, const char *local)
{
	return (fake_t){
		.public = {
			.get_connection = (void*)get_connection,
			.get_unique_id = (void*)get_unique_id,
			.get_my_host = (void*)get_my_host,
			.terminate = (void*)terminate,
			.get_ref = (void*)get_ref,
			.destroy = (void*)drop_ref,
		},
		.id = id,
		.local = local,
	};
}

/** phase 1 of a fake */
#define P(fake) (&(fake).public)

static void setup()
{
	transport = (gdoi_transport_t){
		.initiate = tr_initiate,
		.abort = tr_abort,
	};
	initiated = aborted = 0;
	p1 = create_fake(1, "10.0.1.1");
	p2 = create_fake(2, "10.0.1.2");
	links = gm_links_create(&transport, &handler, NULL);
	a = links->create_link(links);
	b = links->create_link(links);
	c = links->create_link(links);
}

static void teardown()
{
	links->remove_link(links, a);
	links->remove_link(links, b);
	links->remove_link(links, c);
	links->destroy(links);
	ck_assert_int_eq(p1.refs, 0);
	ck_assert_int_eq(p2.refs, 0);
}

/* KS-016: ends with the last one who uses it */
START_TEST(test_shared)
{
	a->initiate(a, "ks1", NULL);
	b->initiate(b, "ks1", NULL);
	ck_assert_int_eq(initiated, 1);
	links->answer(links, P(p1));
	a->acquire(a, P(p1));
	a->release(a, P(p1), TRUE);
	/* b has been told, but has not come to it yet */
	ck_assert_int_eq(p1.ended, 0);
	ck_assert(links->is_used_by(links, P(p1), b));
	b->acquire(b, P(p1));
	ck_assert_int_eq(p1.ended, 0);
	b->release(b, P(p1), TRUE);
	ck_assert_int_eq(p1.ended, 1);
}
END_TEST

/* a phase 1 stays for those who will be told of it, if they don't give up */
START_TEST(test_waits_too)
{
	a->initiate(a, "ks1", NULL);
	links->answer(links, P(p1));
	a->acquire(a, P(p1));
	b->initiate(b, "ks1", NULL);
	ck_assert_int_eq(initiated, 2);
	a->release(a, P(p1), TRUE);
	ck_assert_int_eq(p1.ended, 0);
	switch (_i)
	{
		case 0:
			links->answer(links, P(p1));
			b->acquire(b, P(p1));
			ck_assert_int_eq(p1.ended, 0);
			b->release(b, P(p1), TRUE);
			break;
		case 1:
			b->abort(b, "ks1");
			break;
		case 2:
			links->settle(links, "ks1");
			break;
		case 3:
			links->answer(links, P(p2));
			ck_assert_int_eq(p2.ended, 0);
			break;
	}
	ck_assert_int_eq(p1.ended, 1);
}
END_TEST

/* KS-016: nobody is left who awaits it: given up after the event, or removed;
 * one that nobody here asked for is left alone */
START_TEST(test_unwanted)
{
	links->answer(links, P(p1));
	ck_assert_int_eq(p1.ended, 0);
	a->initiate(a, "ks1", NULL);
	links->answer(links, P(p1));
	a->abort(a, "ks1");
	ck_assert_int_eq(p1.ended, 1);
	b->initiate(b, "ks1", NULL);
	links->answer(links, P(p2));
	links->remove_link(links, b);
	ck_assert_int_eq(p2.ended, 1);
	b = links->create_link(links);
}
END_TEST

/* an end is nothing to be ended again */
START_TEST(test_forget)
{
	a->initiate(a, "ks1", NULL);
	links->answer(links, P(p1));
	ck_assert(links->is_used_by(links, P(p1), a));
	links->forget(links, P(p1));
	ck_assert(!links->is_used_by(links, P(p1), a));
	a->abort(a, "ks1");
	ck_assert_int_eq(p1.ended, 0);
}
END_TEST

/* KS-021: one source address's phase 1 is no answer for another one's */
START_TEST(test_local)
{
	host_t *one = host_create_from_string("10.0.1.1", 0);
	host_t *two = host_create_from_string("10.0.1.2", 0);

	a->initiate(a, "ks1", one);
	b->initiate(b, "ks1", two);
	ck_assert_int_eq(initiated, 2);
	links->answer(links, P(p1));
	ck_assert(links->is_used_by(links, P(p1), a));
	ck_assert(!links->is_used_by(links, P(p1), b));
	/* b still waits, so that c waits with it and an abort stops nobody */
	c->initiate(c, "ks1", two);
	ck_assert_int_eq(initiated, 2);
	c->abort(c, "ks1");
	ck_assert_int_eq(aborted, 0);
	a->acquire(a, P(p1));
	a->release(a, P(p1), TRUE);
	ck_assert_int_eq(p1.ended, 1);
	b->abort(b, "ks1");
	ck_assert_int_eq(aborted, 1);
	one->destroy(one);
	two->destroy(two);
}
END_TEST

Suite *member_links_suite(void)
{
	Suite *s = suite_create("member links");
	TCase *tc = tcase_create("links");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_shared);
	tcase_add_loop_test(tc, test_waits_too, 0, 4);
	tcase_add_test(tc, test_unwanted);
	tcase_add_test(tc, test_forget);
	tcase_add_test(tc, test_local);
	suite_add_tcase(s, tc);
	return s;
}
