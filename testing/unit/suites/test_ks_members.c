/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_rekey_world.h"

#include <ks_members.h>
#include <transport/gdoi_vendor_id.h>

/** features of a member that can make encrypted acknowledgements */
#define NATIVE GDOI_FEATURES

/** when keys end that nobody waits for */
#define FAR ((time_t)1 << 30)

/** KEKs */
#define KEK_A 0x1111
#define KEK_B 0x2222

/** table under test */
static ks_members_t *members;

/**
 * Register a member
 *
 * @param src			"ADDRESS" or "ADDRESS[PORT]"
 * @param local			our address, likewise
 * @return				number of its record
 */
static uint64_t enrol(const char *id, const char *src, const char *local,
					  uint8_t features, time_t now, time_t expires)
{
	identification_t *name = identification_create_from_string((char*)id);
	host_t *host = rekey_world_host(src), *me = rekey_world_host(local);
	ks_member_t *rows[64];
	uint64_t number = 0;
	u_int i, count;

	ck_assert(members->add(members, name, host, me, features, now, expires,
						   NULL) !=
			  KS_MEMBERS_FULL);
	count = members->snapshot(members, 0, rows, countof(rows));
	for (i = 0; i < count; i++)
	{
		if (rows[i]->last == now && rows[i]->port == host->get_port(host) &&
			chunk_equals(chunk_create(rows[i]->id, rows[i]->id_len),
						 name->get_encoding(name)))
		{
			number = rows[i]->number;
		}
		free(rows[i]);
	}
	name->destroy(name);
	host->destroy(host);
	me->destroy(me);
	ck_assert(number);
	return number;
}

/**
 * Get a copy of a record
 */
static ks_member_t *record(uint64_t number)
{
	ks_member_t *row = NULL;

	ck_assert_uint_eq(members->snapshot(members, number - 1, &row, 1), 1);
	ck_assert_uint_eq(row->number, number);
	return row;
}

/**
 * Note a message to all members
 */
static u_int send_all(uint64_t kek, uint32_t seq, bool retry, time_t now)
{
	ks_target_t targets[64];
	u_int count;

	count = members->get_targets(members, 0, retry, targets,
								 countof(targets));
	members->mark_sent(members, targets, count, kek, seq, retry, now);
	return count;
}

/**
 * Book an acknowledgement
 */
static ks_booking_t book(const char *id, const char *src, uint64_t kek,
						 uint32_t seq, time_t now)
{
	host_t *a = rekey_world_host(id), *b = rekey_world_host(src);
	ks_booking_t result;

	a->set_port(a, 0);
	result = members->book(members, a, b, kek, seq, 0, now);
	a->destroy(a);
	b->destroy(b);
	return result;
}

/**
 * End the present rekey
 *
 * @return				number of members ejected
 */
static int end_rekey(u_int threshold, time_t now)
{
	linked_list_t *removed;
	int count;

	removed = members->end_rekey(members, threshold, now);
	count = removed->get_count(removed);
	removed->destroy_function(removed, free);
	return count;
}

static void setup()
{
	members = ks_members_create(10000);
}

static void teardown()
{
	members->destroy(members);
}

/* ACK-003, ACK-018: only the last number sent is recorded, once */
START_TEST(test_booking)
{
	uint64_t number = enrol("gm1", "10.1.1.1", "10.0.8.1", 1, 10, FAR);
	ks_member_t *row;

	/* nothing was sent yet */
	ck_assert(book("10.1.1.1", "10.1.1.1", KEK_A, 1, 20) == KS_BOOKED_UNKNOWN);
	members->begin_rekey(members, FAR);
	ck_assert_uint_eq(send_all(KEK_A, 7, FALSE, 20), 1);
	ck_assert(book("10.1.1.1", "10.1.1.1", KEK_A, 6, 21) == KS_BOOKED_STALE);
	ck_assert(book("10.1.1.1", "10.1.1.1", KEK_A, 8, 21) == KS_BOOKED_STALE);
	ck_assert(book("10.1.1.2", "10.1.1.2", KEK_A, 7, 21) ==
			  KS_BOOKED_UNKNOWN);
	row = record(number);
	ck_assert_uint_eq(row->acks, 0);
	ck_assert_uint_eq(row->acked[0].seq, 0);
	free(row);
	ck_assert(book("10.1.1.1", "10.1.1.1", KEK_A, 7, 22) == KS_BOOKED);
	ck_assert(book("10.1.1.1", "10.1.1.1", KEK_A, 7, 23) == KS_BOOKED_BEFORE);
	row = record(number);
	ck_assert_uint_eq(row->acks, 1);
	ck_assert_uint_eq(row->acked[0].seq, 7);
	ck_assert_uint_eq(row->acked[0].time, 22);
	ck_assert_uint_eq(row->sent[0].seq, 7);
	ck_assert_uint_eq(row->sent[0].time, 20);
	ck_assert_uint_eq(row->rekeys, 1);
	ck_assert(row->acknowledged);
	free(row);
}
END_TEST

/* REKEY-017: numbers begin anew, an old KEK's 1 is not the new one's */
START_TEST(test_booking_kek)
{
	enrol("gm1", "10.1.1.1", "10.0.8.1", 1, 10, FAR);
	members->begin_rekey(members, FAR);
	send_all(KEK_A, 1, FALSE, 20);
	end_rekey(3, 20);
	members->begin_rekey(members, FAR);
	send_all(KEK_B, 1, FALSE, 21);
	ck_assert(book("10.1.1.1", "10.1.1.1", KEK_A, 1, 22) == KS_BOOKED_STALE);
	ck_assert(book("10.1.1.1", "10.1.1.1", KEK_B, 1, 22) == KS_BOOKED);
}
END_TEST

/* an acknowledged rekey keeps the record until its keys end */
START_TEST(test_booking_expiry)
{
	ks_member_t *last;

	enrol("gm1", "10.1.1.1", "10.0.8.1", 1, 10, 100);
	enrol("gm2", "10.1.1.2", "10.0.8.1", 1, 10, 100);
	members->begin_rekey(members, 500);
	send_all(KEK_A, 1, FALSE, 20);
	ck_assert(book("10.1.1.1", "10.1.1.1", KEK_A, 1, 22) == KS_BOOKED);
	/* RFC 8263: the one that never answered ends with what it has */
	ck_assert_uint_eq(members->purge(members, 100, &last), 1);
	ck_assert(last == NULL);
	ck_assert_uint_eq(members->purge(members, 499, &last), 0);
	ck_assert_uint_eq(members->purge(members, 500, &last), 1);
	ck_assert(last && memeq(last->id, "gm1", 3));
	free(last);
}
END_TEST

/* multicast: nobody answers, all are kept */
START_TEST(test_extend)
{
	ks_member_t *last;

	enrol("gm1", "10.1.1.1", "10.0.8.1", 1, 10, 100);
	enrol("gm2", "10.1.1.2", "10.0.8.1", 1, 10, 900);
	members->extend(members, 500);
	ck_assert_uint_eq(members->purge(members, 499, &last), 0);
	ck_assert_uint_eq(members->purge(members, 500, &last), 1);
	ck_assert_uint_eq(members->purge(members, 899, &last), 0);
	ck_assert_uint_eq(members->purge(members, 900, &last), 1);
	free(last);
}
END_TEST

/**
 * Register a member of another kind in a table that may be full
 */
static ks_members_result_t add(const char *name, const char *src, time_t now)
{
	identification_t *id = identification_create_from_string((char*)name);
	host_t *host = rekey_world_host(src), *me = rekey_world_host("10.0.8.1");
	ks_members_result_t result;

	result = members->add(members, id, host, me, 1, now, 1000, NULL);
	id->destroy(id);
	host->destroy(host);
	me->destroy(me);
	return result;
}

/* multicast: those that registered longest ago make room, others don't */
START_TEST(test_extend_full)
{
	enrol("gm1", "10.1.1.1", "10.0.8.1", 1, 10, 100);
	enrol("gm2", "10.1.1.2", "10.0.8.1", 1, 20, 100);
	members->set_limit(members, 2);
	ck_assert(add("gm3", "10.1.1.3", 30) == KS_MEMBERS_FULL);
	members->extend(members, 500);
	enrol("gm1", "10.1.1.1", "10.0.8.1", 1, 40, FAR);
	ck_assert(add("gm3", "10.1.1.3", 50) == KS_MEMBERS_ADDED);
	ck_assert_uint_eq(members->get_count(members), 2);
	/* both have registered since */
	ck_assert(add("gm4", "10.1.1.4", 60) == KS_MEMBERS_FULL);
}
END_TEST

/* a lost acknowledgement is a miss, and ends no record: three do (ACK-004) */
START_TEST(test_lost_answer)
{
	ks_member_t *last;

	enrol("gm1", "10.1.1.1", "10.0.8.1", NATIVE, 10, 3600);
	enrol("gm2", "10.1.1.2", "10.0.8.1", 1, 10, 3600);
	members->begin_rekey(members, 6840);
	send_all(KEK_A, 1, FALSE, 3240);
	/* who can't be told to be gone by its silence ends with its keys */
	ck_assert_uint_eq(members->purge(members, 3600, &last), 1);
	ck_assert_uint_eq(members->purge(members, 6839, &last), 0);
	ck_assert_uint_eq(end_rekey(3, 6480), 0);
	members->begin_rekey(members, 10080);
	send_all(KEK_A, 2, FALSE, 6480);
	ck_assert_uint_eq(end_rekey(3, 9720), 0);
	members->begin_rekey(members, 13320);
	send_all(KEK_A, 3, FALSE, 9720);
	ck_assert_uint_eq(members->purge(members, 12960, &last), 0);
	ck_assert_uint_eq(end_rekey(3, 12960), 1);
}
END_TEST

/* two behind one translator: told apart by port, though both name addresses
 * that nobody knows, or that a third has */
START_TEST(test_booking_nat)
{
	uint64_t a, b, c;
	ks_member_t *row;

	a = enrol("gm1", "192.0.2.1[4501]", "10.0.8.1[4500]", 1, 10, FAR);
	b = enrol("gm2", "192.0.2.1[4502]", "10.0.8.1[4500]", 1, 11, FAR);
	c = enrol("gm3", "10.1.1.1", "10.0.8.1", 1, 12, FAR);
	members->begin_rekey(members, FAR);
	send_all(KEK_A, 1, FALSE, 20);
	ck_assert(book("192.168.1.1", "192.0.2.1[4502]", KEK_A, 1, 21) ==
			  KS_BOOKED);
	row = record(a);
	ck_assert_uint_eq(row->acks, 0);
	free(row);
	row = record(b);
	ck_assert_uint_eq(row->acks, 1);
	free(row);
	/* the same inner address as a member outside */
	ck_assert(book("10.1.1.1", "192.0.2.1[4501]", KEK_A, 1, 22) == KS_BOOKED);
	row = record(a);
	ck_assert_uint_eq(row->acks, 1);
	free(row);
	row = record(c);
	ck_assert_uint_eq(row->acks, 0);
	free(row);
	ck_assert(book("192.168.1.1", "192.0.2.1[4503]", KEK_A, 1, 23) ==
			  KS_BOOKED_UNKNOWN);
}
END_TEST

/* one address and port, other identities: the address, else the newest */
START_TEST(test_booking_identity)
{
	uint64_t old, named, newest;
	ks_member_t *row;

	old = enrol("gm1", "10.1.1.1", "10.0.8.1", 1, 10, FAR);
	newest = enrol("gm2", "10.1.1.1", "10.0.8.1", 1, 12, FAR);
	members->begin_rekey(members, FAR);
	send_all(KEK_A, 1, FALSE, 20);
	/* from another address of the member, or another port */
	ck_assert(book("10.1.1.1", "10.9.9.9", KEK_A, 1, 21) == KS_BOOKED);
	row = record(newest);
	ck_assert_uint_eq(row->acks, 1);
	free(row);
	named = enrol("10.1.1.1", "10.1.1.1", "10.0.8.1", 1, 11, FAR);
	end_rekey(0, 22);
	members->begin_rekey(members, FAR);
	send_all(KEK_A, 2, FALSE, 22);
	ck_assert(book("10.1.1.1", "10.1.1.1[50848]", KEK_A, 2, 23) == KS_BOOKED);
	row = record(named);
	ck_assert_uint_eq(row->acks, 1);
	free(row);
	row = record(old);
	ck_assert_uint_eq(row->acks, 0);
	free(row);
	/* what is removed isn't found anymore */
	free(members->remove(members, named));
	ck_assert(book("10.1.1.1", "10.1.1.1", KEK_A, 2, 24) == KS_BOOKED);
	free(members->remove(members, newest));
	ck_assert(book("10.1.1.1", "10.1.1.1", KEK_A, 2, 24) == KS_BOOKED);
	free(members->remove(members, old));
	ck_assert(book("10.1.1.1", "10.1.1.1", KEK_A, 2, 24) ==
			  KS_BOOKED_UNKNOWN);
	ck_assert(members->remove(members, old) == NULL);
}
END_TEST

/* KS-021: two addresses of one member; the address named is the one meant,
 * unless nobody has it */
START_TEST(test_booking_two)
{
	uint64_t first, second;
	ks_member_t *row;

	first = enrol("gm1", "10.1.1.1", "10.0.8.1", 1, 10, FAR);
	second = enrol("gm1", "10.1.1.2", "10.0.8.1", 1, 11, FAR);
	members->begin_rekey(members, FAR);
	send_all(KEK_A, 1, FALSE, 20);
	ck_assert(book("10.1.1.1", "10.1.1.2", KEK_A, 1, 21) == KS_BOOKED);
	row = record(first);
	ck_assert_uint_eq(row->acks, 1);
	free(row);
	ck_assert(book("192.168.9.9", "10.1.1.2", KEK_A, 1, 21) == KS_BOOKED);
	row = record(second);
	ck_assert_uint_eq(row->acks, 1);
	free(row);
}
END_TEST

/* one of several at an address goes: the others are found, and nobody gets
 * what was meant for it */
START_TEST(test_booking_removed)
{
	uint64_t old, left;
	ks_target_t targets[4];
	ks_member_t *row;

	old = enrol("gm1", "10.1.1.1", "10.0.8.1", 1, 10, FAR);
	left = enrol("gm2", "10.1.1.1", "10.0.8.1", 1, 12, FAR);
	members->begin_rekey(members, FAR);
	ck_assert_uint_eq(members->get_targets(members, 0, FALSE, targets, 4), 2);
	free(members->remove(members, old));
	members->mark_sent(members, targets, 1, KEK_A, 1, FALSE, 20);
	row = record(left);
	ck_assert_uint_eq(row->rekeys, 0);
	free(row);
	members->mark_sent(members, targets, 2, KEK_A, 1, FALSE, 20);
	ck_assert(book("10.1.1.1", "10.1.1.1", KEK_A, 1, 21) == KS_BOOKED);
	row = record(left);
	ck_assert_uint_eq(row->acks, 1);
	free(row);
}
END_TEST

/* a registration with keys that end sooner */
START_TEST(test_sooner)
{
	ks_member_t *last;

	enrol("gm1", "10.1.1.1", "10.0.8.1", 1, 10, 900);
	enrol("gm1", "10.1.1.1", "10.0.8.1", 1, 20, 100);
	ck_assert_uint_eq(members->purge(members, 100, &last), 1);
	free(last);
}
END_TEST

/* a member that came back from another port is found there */
START_TEST(test_booking_port)
{
	uint64_t a, b;
	ks_member_t *row;

	a = enrol("gm1", "192.0.2.1[4501]", "10.0.8.1[4500]", 1, 10, FAR);
	b = enrol("gm2", "192.0.2.1[4502]", "10.0.8.1[4500]", 1, 10, FAR);
	ck_assert_uint_eq(enrol("gm1", "192.0.2.1[4503]", "10.0.8.1[4500]", 1, 12,
							FAR), a);
	members->begin_rekey(members, FAR);
	send_all(KEK_A, 1, FALSE, 20);
	ck_assert(book("10.1.1.1", "192.0.2.1[4501]", KEK_A, 1, 21) ==
			  KS_BOOKED_UNKNOWN);
	ck_assert(book("10.1.1.1", "192.0.2.1[4503]", KEK_A, 1, 21) == KS_BOOKED);
	row = record(a);
	ck_assert_uint_eq(row->acks, 1);
	free(row);
	row = record(b);
	ck_assert_uint_eq(row->acks, 0);
	free(row);
}
END_TEST

/**
 * Rekey, have some answer, end it 100 seconds later
 *
 * @param answer		address that acknowledges, NULL for nobody
 * @return				number of members ejected
 */
static int do_rekey(uint32_t seq, const char *answer, u_int threshold)
{
	time_t now = 1000 * seq;

	members->begin_rekey(members, FAR);
	send_all(KEK_A, seq, FALSE, now);
	if (answer)
	{
		ck_assert(book(answer, answer, KEK_A, seq, now + 1) == KS_BOOKED);
	}
	return end_rekey(threshold, now + 100);
}

/* ACK-004: two misses and one acknowledgement reset, three misses eject */
START_TEST(test_eject)
{
	uint64_t number = enrol("gm1", "10.1.1.1", "10.0.8.1", 1, 10, FAR);
	ks_member_t *row;

	ck_assert_int_eq(do_rekey(1, "10.1.1.1", 3), 0);
	ck_assert_int_eq(do_rekey(2, NULL, 3), 0);
	ck_assert_int_eq(do_rekey(3, NULL, 3), 0);
	row = record(number);
	ck_assert_uint_eq(row->missed, 2);
	free(row);
	ck_assert_int_eq(do_rekey(4, "10.1.1.1", 3), 0);
	row = record(number);
	ck_assert_uint_eq(row->missed, 0);
	ck_assert_uint_eq(row->acks_missed, 2);
	free(row);
	ck_assert_int_eq(do_rekey(5, NULL, 3), 0);
	ck_assert_int_eq(do_rekey(6, NULL, 3), 0);
	ck_assert_int_eq(do_rekey(7, NULL, 3), 1);
	ck_assert_uint_eq(members->get_count(members), 0);
	ck_assert(book("10.1.1.1", "10.1.1.1", KEK_A, 7, 8000) ==
			  KS_BOOKED_UNKNOWN);
}
END_TEST

/* ACK-025: the other vendor's rule, one rekey and its retransmissions */
START_TEST(test_eject_first)
{
	enrol("gm1", "10.1.1.1", "10.0.8.1", NATIVE, 10, FAR);
	enrol("gm2", "10.1.1.2", "10.0.8.1", NATIVE, 10, FAR);
	members->begin_rekey(members, FAR);
	send_all(KEK_A, 1, FALSE, 20);
	ck_assert(book("10.1.1.2", "10.1.1.2", KEK_A, 1, 21) == KS_BOOKED);
	/* per rekey, not per retransmission */
	ck_assert_uint_eq(send_all(KEK_A, 2, TRUE, 30), 1);
	ck_assert_uint_eq(send_all(KEK_A, 3, TRUE, 40), 1);
	ck_assert_int_eq(end_rekey(1, 50), 1);
	ck_assert_uint_eq(members->get_count(members), 1);
	/* 0 is never */
	ck_assert_int_eq(do_rekey(4, NULL, 0), 0);
	/* counted once, however often it is asked */
	ck_assert_int_eq(end_rekey(1, 9000), 0);
}
END_TEST

/* RFC 8263: who never acknowledged and didn't say that it can stays */
START_TEST(test_eject_mute)
{
	uint64_t mute = enrol("gm1", "10.1.1.1", "10.0.8.1", 1, 10, FAR);
	ks_member_t *row;

	enrol("gm2", "10.1.1.2", "10.0.8.1", NATIVE, 10, FAR);
	ck_assert_int_eq(do_rekey(1, NULL, 3), 0);
	ck_assert_int_eq(do_rekey(2, NULL, 3), 0);
	ck_assert_int_eq(do_rekey(3, NULL, 3), 1);
	ck_assert_int_eq(do_rekey(4, NULL, 3), 0);
	row = record(mute);
	ck_assert_uint_eq(row->missed, 4);
	ck_assert_uint_eq(row->acks_missed, 4);
	free(row);
	/* it can after all; a new registration forgets that */
	ck_assert_int_eq(do_rekey(5, "10.1.1.1", 3), 0);
	enrol("gm1", "10.1.1.1", "10.0.8.1", 1, 5500, FAR);
	ck_assert_int_eq(do_rekey(6, NULL, 1), 0);
	ck_assert_int_eq(do_rekey(7, "10.1.1.1", 1), 0);
	ck_assert_int_eq(do_rekey(8, NULL, 1), 1);
}
END_TEST

/* RFC 8263: at least ten seconds before an acknowledgement is missing */
START_TEST(test_eject_hasty)
{
	enrol("gm1", "10.1.1.1", "10.0.8.1", NATIVE, 10, FAR);
	members->begin_rekey(members, FAR);
	send_all(KEK_A, 1, FALSE, 20);
	ck_assert_int_eq(end_rekey(1, 20 + KS_MEMBER_ACK_WAIT - 1), 0);
	members->begin_rekey(members, FAR);
	send_all(KEK_A, 2, FALSE, 30);
	/* retransmissions don't make the wait longer */
	send_all(KEK_A, 3, TRUE, 39);
	ck_assert_int_eq(end_rekey(1, 30 + KS_MEMBER_ACK_WAIT), 1);
}
END_TEST

/* who registers during a rekey has its keys and need not answer */
START_TEST(test_fresh)
{
	uint64_t number;
	u_int sent, acked;

	number = enrol("gm1", "10.1.1.1", "10.0.8.1", NATIVE, 10, FAR);
	enrol("gm2", "10.1.1.2", "10.0.8.1", NATIVE, 10, FAR);
	members->begin_rekey(members, 500);
	send_all(KEK_A, 1, FALSE, 20);
	members->get_progress(members, &sent, &acked);
	ck_assert_uint_eq(sent, 2);
	ck_assert_uint_eq(acked, 0);
	/* before the message reached it, and a new one before it was sent to */
	enrol("gm1", "10.1.1.1", "10.0.8.1", NATIVE, 21, FAR);
	enrol("gm3", "10.1.1.3", "10.0.8.1", NATIVE, 21, FAR);
	send_all(KEK_A, 1, FALSE, 22);
	members->get_progress(members, &sent, &acked);
	ck_assert_uint_eq(sent, 1);
	ck_assert_uint_eq(send_all(KEK_A, 2, TRUE, 30), 1);
	ck_assert_int_eq(end_rekey(1, 100), 1);
	ck_assert_uint_eq(members->get_count(members), 2);
	/* the next one counts */
	members->begin_rekey(members, 500);
	send_all(KEK_A, 3, FALSE, 200);
	ck_assert(book("10.1.1.1", "10.1.1.1", KEK_A, 3, 201) == KS_BOOKED);
	members->get_progress(members, &sent, &acked);
	ck_assert_uint_eq(sent, 2);
	ck_assert_uint_eq(acked, 1);
	free(members->remove(members, number));
	members->get_progress(members, &sent, &acked);
	ck_assert_uint_eq(sent, 1);
	ck_assert_uint_eq(acked, 0);
	ck_assert_int_eq(end_rekey(1, 300), 1);
}
END_TEST

/* who got keys from before the rekey meanwhile has to get it after all */
START_TEST(test_include)
{
	uint64_t number;
	u_int sent, acked;
	ks_target_t target;

	enrol("gm1", "10.1.1.1", "10.0.8.1", NATIVE, 10, FAR);
	members->begin_rekey(members, 500);
	send_all(KEK_A, 1, FALSE, 20);
	number = enrol("gm2", "10.1.1.2", "10.0.8.1", NATIVE, 21, FAR);
	members->include(members, number);
	ck_assert_uint_eq(members->get_targets(members, number - 1, FALSE, &target,
										   1), 1);
	members->mark_sent(members, &target, 1, KEK_A, 1, FALSE, 22);
	members->get_progress(members, &sent, &acked);
	ck_assert_uint_eq(sent, 2);
	ck_assert(book("10.1.1.1", "10.1.1.1", KEK_A, 1, 23) == KS_BOOKED);
	ck_assert_uint_eq(send_all(KEK_A, 2, TRUE, 30), 1);
	ck_assert(book("10.1.1.2", "10.1.1.2", KEK_A, 2, 31) == KS_BOOKED);
	members->get_progress(members, &sent, &acked);
	ck_assert_uint_eq(sent, 2);
	ck_assert_uint_eq(acked, 2);
	/* no member of the rekey until it is sent to, and only once */
	members->include(members, number);
	members->include(members, number);
	members->include(members, 99);
	members->get_progress(members, &sent, &acked);
	ck_assert_uint_eq(sent, 1);
	ck_assert_uint_eq(acked, 1);
}
END_TEST

/* the last four numbers sent and acknowledged, newest first */
START_TEST(test_history)
{
	uint64_t number = enrol("gm1", "10.1.1.1", "10.0.8.1", 1, 10, FAR);
	ks_member_t *row;
	uint32_t seq;
	int i;

	for (seq = 1; seq <= 6; seq++)
	{
		do_rekey(seq, seq % 2 ? NULL : "10.1.1.1", 3);
	}
	row = record(number);
	for (i = 0; i < KS_MEMBER_HISTORY; i++)
	{
		ck_assert_uint_eq(row->sent[i].seq, 6 - i);
		ck_assert_uint_eq(row->sent[i].time, 1000 * (6 - i));
	}
	for (i = 0; i < 3; i++)
	{
		ck_assert_uint_eq(row->acked[i].seq, 6 - 2 * i);
		ck_assert_uint_eq(row->acked[i].time, 1000 * (6 - 2 * i) + 1);
	}
	ck_assert_uint_eq(row->acked[3].seq, 0);
	ck_assert_uint_eq(row->rekeys, 6);
	ck_assert_uint_eq(row->acks, 3);
	free(row);
}
END_TEST

/* a restarted key server puts its members back */
START_TEST(test_restore)
{
	uint64_t number = enrol("gm1", "10.1.1.1", "10.0.8.1", NATIVE, 10, FAR);
	ks_members_t *old = members;
	ks_member_t *row, *copy;

	do_rekey(1, "10.1.1.1", 3);
	do_rekey(2, NULL, 3);
	row = record(number);
	members = ks_members_create(1);
	ck_assert(members->restore(members, row));
	/* it is there, and there is no room for another */
	ck_assert(!members->restore(members, row));
	row->address[3]++;
	ck_assert(!members->restore(members, row));
	row->address[3]--;
	ck_assert(members->snapshot(members, 0, &copy, 1) == 1);
	ck_assert_uint_eq(copy->missed, 1);
	ck_assert_uint_eq(copy->acks, 1);
	ck_assert_uint_eq(copy->sent[0].seq, 2);
	free(copy);
	/* one sent before the restart */
	ck_assert(book("10.1.1.1", "10.1.1.1", KEK_A, 2, 2001) == KS_BOOKED);
	free(row);
	old->destroy(old);
}
END_TEST

Suite *ks_members_suite()
{
	Suite *suite = suite_create("key server: members");
	TCase *tc = tcase_create("booking");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_booking);
	tcase_add_test(tc, test_booking_kek);
	tcase_add_test(tc, test_booking_expiry);
	tcase_add_test(tc, test_extend);
	tcase_add_test(tc, test_extend_full);
	tcase_add_test(tc, test_lost_answer);
	tcase_add_test(tc, test_booking_nat);
	tcase_add_test(tc, test_booking_identity);
	tcase_add_test(tc, test_booking_port);
	tcase_add_test(tc, test_booking_two);
	tcase_add_test(tc, test_booking_removed);
	tcase_add_test(tc, test_sooner);
	tcase_add_test(tc, test_history);
	tcase_add_test(tc, test_restore);
	suite_add_tcase(suite, tc);

	tc = tcase_create("ejection");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_eject);
	tcase_add_test(tc, test_eject_first);
	tcase_add_test(tc, test_eject_mute);
	tcase_add_test(tc, test_eject_hasty);
	tcase_add_test(tc, test_fresh);
	tcase_add_test(tc, test_include);
	suite_add_tcase(suite, tc);
	return suite;
}
