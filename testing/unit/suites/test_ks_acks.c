/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_rekey_world.h"

#include <ks_ack_log.h>
#include <ks_acks.h>
#include <transport/gdoi_vendor_id.h>

/** features of a member that can make encrypted acknowledgements */
#define NATIVE GDOI_FEATURES

/** when keys end that nobody waits for */
#define FAR ((time_t)1 << 40)

static rekey_world_t *world;
static ks_members_t *members;
static ks_acks_t *acks;

/**
 * Create a KEK
 *
 * @param first			first octet of its SPI
 * @param ack			what its policy asks for, which is for who writes
 */
static group_kek_t *create_kek(uint8_t first, group_ack_t ack)
{
	group_kek_data_t data = {
		.spi = { first, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 },
		.src = rekey_world_host("10.0.8.1"),
		.dst = rekey_world_host("0.0.0.0"),
		.encr = ENCR_AES_CBC,
		.encr_bits = 128,
		.iv = chunk_from_str("initialisation.."),
		.key = chunk_from_str("sixteen octets.."),
		.sig = GROUP_SIG_RSA,
		.sig_hash = HASH_SHA256,
		.sig_bits = 2048,
		.sig_key = chunk_from_str("no key"),
		.lifetime = 86400,
		.ack = ack,
	};
	group_kek_t *kek;

	data.spi[1] = first;
	kek = group_kek_create(&data);
	data.src->destroy(data.src);
	data.dst->destroy(data.dst);
	return kek;
}

/**
 * Have acknowledgements under a KEK taken
 */
static void set_kek(uint8_t first, ks_ack_mode_t mode, bool sha512)
{
	group_kek_t *kek = create_kek(first, GROUP_ACK_NONE);

	acks->set_kek(acks, kek, mode, sha512);
	kek->destroy(kek);
}

/**
 * Register a member
 */
static void enrol(const char *src)
{
	identification_t *id = identification_create_from_string((char*)src);
	host_t *host = rekey_world_host(src);
	host_t *me = rekey_world_host("10.0.8.1");

	if (host->get_port(host) != 848)
	{
		me->set_port(me, 4500);
	}
	members->add(members, id, host, me, 1, ks_fixture_now, FAR, NULL);
	id->destroy(id);
	host->destroy(host);
	me->destroy(me);
}

/**
 * Note a rekey under a KEK to all members
 */
static void rekey(uint8_t first, uint32_t seq)
{
	group_kek_t *kek = create_kek(first, GROUP_ACK_NONE);
	ks_target_t targets[16];
	chunk_t spi;
	u_int count;

	spi = chunk_create((u_char*)kek->get(kek)->spi, GROUP_KEK_SPI_LEN);
	members->begin_rekey(members, FAR);
	count = members->get_targets(members, 0, FALSE, targets,
								 countof(targets));
	members->mark_sent(members, targets, count, ks_member_kek(spi), seq, FALSE,
					   ks_fixture_now);
	kek->destroy(kek);
}

/**
 * Write an acknowledgement
 *
 * @param ack			GROUP_ACK_NONE for an encrypted one
 */
static chunk_t write_ack(uint8_t first, group_ack_t ack, uint32_t seq,
						 const char *id)
{
	group_kek_t *kek = create_kek(first, ack);
	host_t *host = rekey_world_host(id);
	chunk_t datagram;

	ck_assert(gdoi_push_ack_write(ack ? GDOI_PUSH_ACK_CLEAR :
								  GDOI_PUSH_ACK_ENCRYPTED, kek, seq, host,
								  chunk_from_str("a random nonce.."),
								  &datagram));
	host->destroy(host);
	kek->destroy(kek);
	return datagram;
}

/**
 * Write an acknowledgement and deliver it
 *
 * @return				FALSE if nobody takes those of the KEK
 */
static bool acknowledge(uint8_t first, group_ack_t ack, uint32_t seq,
						const char *id, const char *src)
{
	chunk_t datagram = write_ack(first, ack, seq, id);
	bool taken;

	taken = rekey_world_deliver(world, datagram, src);
	chunk_free(&datagram);
	return taken;
}

/**
 * Fail unless the counters are these
 */
static void assert_stats(u_int booked, u_int duplicates, u_int stale,
						 u_int unsolicited, u_int refused, u_int invalid)
{
	ks_acks_stats_t stats;

	acks->get_stats(acks, &stats);
	ck_assert_uint_eq(stats.booked, booked);
	ck_assert_uint_eq(stats.duplicates, duplicates);
	ck_assert_uint_eq(stats.stale, stale);
	ck_assert_uint_eq(stats.unsolicited, unsolicited);
	ck_assert_uint_eq(stats.refused, refused);
	ck_assert_uint_eq(stats.invalid, invalid);
}

/**
 * Number of lines of the log with a mnemonic
 */
static int logged(const char *mnemonic)
{
	char *pos = ks_fixture_log_text;
	int count = 0;

	while ((pos = strstr(pos, mnemonic)))
	{
		count++;
		pos++;
	}
	return count;
}

static void setup()
{
	ks_fixture_log_text[0] = '\0';
	world = rekey_world_create();
	members = ks_members_create(100);
	acks = ks_acks_create("g", members, &world->transport, &world->runtime,
						  &ks_fixture_log);
}

static void teardown()
{
	if (acks)
	{
		acks->destroy(acks);
	}
	rekey_world_destroy(world);
	members->destroy(members);
}

/* ACK-013: what is asked for, nine cells */
START_TEST(test_ack_request)
{
	static const struct {
		ks_ack_mode_t mode;
		ks_peer_t peer;
		group_ack_t ack;
	} cells[] = {
		{ KS_ACK_CISCO, KS_PEER_NATIVE, GROUP_ACK_NONE },
		{ KS_ACK_CISCO, KS_PEER_ASR9000, GROUP_ACK_NONE },
		{ KS_ACK_CISCO, KS_PEER_OTHER, GROUP_ACK_NONE },
		{ KS_ACK_INTEROPERABLE, KS_PEER_NATIVE, GROUP_ACK_KEK_SHA256 },
		{ KS_ACK_INTEROPERABLE, KS_PEER_ASR9000, GROUP_ACK_KEK_SHA256 },
		{ KS_ACK_INTEROPERABLE, KS_PEER_OTHER, GROUP_ACK_KEK_SHA256 },
		{ KS_ACK_ANY, KS_PEER_NATIVE, GROUP_ACK_NONE },
		{ KS_ACK_ANY, KS_PEER_ASR9000, GROUP_ACK_KEK_SHA256 },
		{ KS_ACK_ANY, KS_PEER_OTHER, GROUP_ACK_KEK_SHA256 },
	};
	int i;

	for (i = 0; i < countof(cells); i++)
	{
		ck_assert_int_eq(ks_ack_request(cells[i].mode, cells[i].peer, FALSE),
						 cells[i].ack);
		ck_assert_int_eq(ks_ack_request(cells[i].mode, cells[i].peer, TRUE),
						 cells[i].ack ? GROUP_ACK_KEK_SHA512 : GROUP_ACK_NONE);
	}
	/* ACK-014: the default is the zero one; ACK-002: multicast */
	ck_assert_int_eq(KS_ACK_CISCO, 0);
	for (i = KS_PEER_NATIVE; i <= KS_PEER_OTHER; i++)
	{
		ck_assert_int_eq(ks_ack_request(KS_ACK_NONE, i, FALSE),
						 GROUP_ACK_NONE);
	}
}
END_TEST

/* ACK-015: what is taken, six cells */
START_TEST(test_ack_accepts)
{
	static const struct {
		ks_ack_mode_t mode;
		bool clear, encrypted;
	} rows[] = {
		{ KS_ACK_CISCO, FALSE, TRUE },
		{ KS_ACK_INTEROPERABLE, TRUE, FALSE },
		{ KS_ACK_ANY, TRUE, TRUE },
		/* ACK-002 */
		{ KS_ACK_NONE, FALSE, FALSE },
	};
	int i;

	for (i = 0; i < countof(rows); i++)
	{
		ck_assert(ks_ack_accepts(rows[i].mode, GDOI_PUSH_ACK_CLEAR) ==
				  rows[i].clear);
		ck_assert(ks_ack_accepts(rows[i].mode, GDOI_PUSH_ACK_ENCRYPTED) ==
				  rows[i].encrypted);
	}
}
END_TEST

/* ATD-004, ACK-021: by what a member announced */
START_TEST(test_ack_peers)
{
	ck_assert_int_eq(ks_peer(0), KS_PEER_OTHER);
	ck_assert_int_eq(ks_peer(GDOI_FEATURE_BASE), KS_PEER_OTHER);
	ck_assert_int_eq(ks_peer(GDOI_FEATURE_BASE | GDOI_FEATURE_ENCRYPTED_ACK),
					 KS_PEER_OTHER);
	ck_assert_int_eq(ks_peer(GDOI_FEATURE_BASE | GDOI_FEATURE_POLICY_ACL),
					 KS_PEER_OTHER);
	ck_assert_int_eq(ks_peer(NATIVE), KS_PEER_NATIVE);
	ck_assert(!ks_ack_wants_atd(KS_PEER_NATIVE));
	ck_assert(ks_ack_wants_atd(KS_PEER_ASR9000));
	ck_assert(ks_ack_wants_atd(KS_PEER_OTHER));
	ck_assert_str_eq(enum_to_name(ks_ack_mode_names, KS_ACK_INTEROPERABLE),
					 "interoperable");
}
END_TEST

/* ACK-015 over the wire: each mode takes its kind, and says what it refused */
START_TEST(test_modes)
{
	static const struct {
		ks_ack_mode_t mode;
		group_ack_t ack;
		bool taken;
	} cells[] = {
		{ KS_ACK_CISCO, GROUP_ACK_KEK_SHA256, FALSE },
		{ KS_ACK_CISCO, GROUP_ACK_NONE, TRUE },
		{ KS_ACK_INTEROPERABLE, GROUP_ACK_KEK_SHA256, TRUE },
		{ KS_ACK_INTEROPERABLE, GROUP_ACK_NONE, FALSE },
		{ KS_ACK_ANY, GROUP_ACK_KEK_SHA256, TRUE },
		{ KS_ACK_ANY, GROUP_ACK_NONE, TRUE },
	};
	u_int i, booked = 0, refused = 0;

	enrol("10.1.1.1");
	for (i = 0; i < countof(cells); i++)
	{
		set_kek(1, cells[i].mode, FALSE);
		rekey(1, i + 1);
		ck_assert(acknowledge(1, cells[i].ack, i + 1, "10.1.1.1",
							  "10.1.1.1"));
		booked += cells[i].taken ? 1 : 0;
		refused += cells[i].taken ? 0 : 1;
		assert_stats(booked, 0, 0, 0, refused, 0);
		rekey_world_advance(world, 5000);
	}
	ck_assert_int_eq(logged("KS_ACK_REFUSED"), 2);
}
END_TEST

/* the hash of the KEK's policy, which may change with the same KEK */
START_TEST(test_hash)
{
	enrol("10.1.1.1");
	set_kek(1, KS_ACK_INTEROPERABLE, FALSE);
	rekey(1, 1);
	ck_assert(acknowledge(1, GROUP_ACK_KEK_SHA512, 1, "10.1.1.1", "10.1.1.1"));
	assert_stats(0, 0, 0, 0, 0, 1);
	set_kek(1, KS_ACK_INTEROPERABLE, TRUE);
	ck_assert(acknowledge(1, GROUP_ACK_KEK_SHA512, 1, "10.1.1.1", "10.1.1.1"));
	assert_stats(1, 0, 0, 0, 0, 1);
	rekey(1, 2);
	ck_assert(acknowledge(1, GROUP_ACK_KEK_SHA256, 2, "10.1.1.1", "10.1.1.1"));
	assert_stats(1, 0, 0, 0, 0, 2);
}
END_TEST

/* ACK-018: counted by what became of them; RFC 8263: duplicates */
START_TEST(test_outcomes)
{
	enrol("10.1.1.1");
	enrol("10.1.1.2");
	set_kek(1, KS_ACK_ANY, FALSE);
	ck_assert(acknowledge(1, GROUP_ACK_NONE, 1, "10.1.1.1", "10.1.1.1"));
	assert_stats(0, 0, 0, 1, 0, 0);
	rekey(1, 2);
	ck_assert(acknowledge(1, GROUP_ACK_NONE, 1, "10.1.1.1", "10.1.1.1"));
	assert_stats(0, 0, 1, 1, 0, 0);
	ck_assert(acknowledge(1, GROUP_ACK_NONE, 2, "10.1.1.1", "10.1.1.1"));
	assert_stats(1, 0, 1, 1, 0, 0);
	/* the same octets, and others that say the same */
	ck_assert(acknowledge(1, GROUP_ACK_NONE, 2, "10.1.1.1", "10.1.1.1"));
	ck_assert(acknowledge(1, GROUP_ACK_KEK_SHA256, 2, "10.1.1.1", "10.1.1.1"));
	assert_stats(1, 2, 1, 1, 0, 0);
	ck_assert(acknowledge(1, GROUP_ACK_NONE, 2, "10.1.1.9", "10.1.1.9"));
	assert_stats(1, 2, 1, 2, 0, 0);
}
END_TEST

/* the same octets from two translators are no duplicates */
START_TEST(test_translators)
{
	enrol("192.0.2.1[4501]");
	enrol("192.0.2.2[4501]");
	enrol("192.0.2.1[4502]");
	set_kek(1, KS_ACK_ANY, FALSE);
	rekey(1, 1);
	ck_assert(acknowledge(1, GROUP_ACK_KEK_SHA256, 1, "192.168.1.1",
						  "192.0.2.1[4501]"));
	ck_assert(acknowledge(1, GROUP_ACK_KEK_SHA256, 1, "192.168.1.1",
						  "192.0.2.2[4501]"));
	ck_assert(acknowledge(1, GROUP_ACK_KEK_SHA256, 1, "192.168.1.1",
						  "192.0.2.1[4502]"));
	assert_stats(3, 0, 0, 0, 0, 0);
}
END_TEST

/* ACK-017: malformed and forged ones are dropped */
START_TEST(test_invalid)
{
	chunk_t datagram, longer;
	u_int i, count = 0;

	enrol("10.1.1.1");
	set_kek(1, KS_ACK_ANY, FALSE);
	rekey(1, 1);
	datagram = write_ack(1, GROUP_ACK_KEK_SHA256, 1, "10.1.1.1");
	/* all but the cookies, which say whose it is */
	for (i = GROUP_KEK_SPI_LEN; i < datagram.len; i++)
	{
		datagram.ptr[i] ^= 0x40;
		ck_assert(rekey_world_deliver(world, datagram, "10.1.1.1"));
		datagram.ptr[i] ^= 0x40;
		assert_stats(0, 0, 0, 0, 0, ++count);
	}
	for (i = 20; i < datagram.len; i++)
	{
		ck_assert(rekey_world_deliver(world, chunk_create(datagram.ptr, i),
									  "10.1.1.1"));
		assert_stats(0, 0, 0, 0, 0, ++count);
	}
	longer = chunk_alloc(2000);
	memset(longer.ptr, 0, longer.len);
	memcpy(longer.ptr, datagram.ptr, datagram.len);
	ck_assert(rekey_world_deliver(world, longer, "10.1.1.1"));
	assert_stats(0, 0, 0, 0, 0, ++count);
	chunk_free(&longer);
	ck_assert(rekey_world_deliver(world, datagram, "10.1.1.1"));
	assert_stats(1, 0, 0, 0, 0, count);
	chunk_free(&datagram);
	/* one line a second, and LOG-143 once for the sender */
	ck_assert_int_eq(logged("KS_BAD_ACK"), 1);
	ck_assert_int_eq(logged("KS_BLACKHOLE_ACK"), 1);
}
END_TEST

/* a replaced KEK is kept for late ones, ks_acks_t.set_kek() */
START_TEST(test_grace)
{
	enrol("10.1.1.1");
	enrol("10.1.1.2");
	set_kek(1, KS_ACK_CISCO, FALSE);
	/* brings the new KEK */
	rekey(1, 9);
	set_kek(2, KS_ACK_CISCO, FALSE);
	ck_assert(acknowledge(1, GROUP_ACK_NONE, 9, "10.1.1.1", "10.1.1.1"));
	assert_stats(1, 0, 0, 0, 0, 0);
	rekey_world_advance(world, KS_ACKS_GRACE - 1);
	ck_assert(acknowledge(1, GROUP_ACK_NONE, 9, "10.1.1.2", "10.1.1.2"));
	assert_stats(2, 0, 0, 0, 0, 0);
	rekey_world_advance(world, 1);
	ck_assert(!acknowledge(1, GROUP_ACK_NONE, 9, "10.1.1.2", "10.1.1.2"));
	rekey(2, 1);
	ck_assert(acknowledge(2, GROUP_ACK_NONE, 1, "10.1.1.1", "10.1.1.1"));
	assert_stats(3, 0, 0, 0, 0, 0);
	/* no KEK anymore: the rekey that deletes it is acknowledged, too */
	acks->set_kek(acks, NULL, KS_ACK_CISCO, FALSE);
	ck_assert(acknowledge(2, GROUP_ACK_NONE, 1, "10.1.1.2", "10.1.1.2"));
	assert_stats(4, 0, 0, 0, 0, 0);
	rekey_world_advance(world, KS_ACKS_GRACE);
	ck_assert(!acknowledge(2, GROUP_ACK_NONE, 1, "10.1.1.2", "10.1.1.2"));
}
END_TEST

/* REKEY-017: under the old KEK, the number that the new one has now */
START_TEST(test_grace_number)
{
	enrol("10.1.1.1");
	set_kek(1, KS_ACK_CISCO, FALSE);
	rekey(1, 1);
	set_kek(2, KS_ACK_CISCO, FALSE);
	rekey(2, 1);
	ck_assert(acknowledge(1, GROUP_ACK_NONE, 1, "10.1.1.1", "10.1.1.1"));
	assert_stats(0, 0, 1, 0, 0, 0);
	ck_assert(acknowledge(2, GROUP_ACK_NONE, 1, "10.1.1.1", "10.1.1.1"));
	assert_stats(1, 0, 1, 0, 0, 0);
}
END_TEST

/* back to a KEK that was replaced, whose timer must not end it then */
START_TEST(test_grace_back)
{
	enrol("10.1.1.1");
	set_kek(1, KS_ACK_CISCO, FALSE);
	set_kek(2, KS_ACK_CISCO, FALSE);
	rekey_world_advance(world, 1000);
	set_kek(1, KS_ACK_CISCO, FALSE);
	rekey_world_advance(world, 10 * KS_ACKS_GRACE);
	rekey(1, 1);
	ck_assert(acknowledge(1, GROUP_ACK_NONE, 1, "10.1.1.1", "10.1.1.1"));
	assert_stats(1, 0, 0, 0, 0, 0);
	ck_assert_int_eq(world->keks->get_count(world->keks), 1);
	/* replaced again before an old timer: the new time counts */
	set_kek(2, KS_ACK_CISCO, FALSE);
	rekey_world_advance(world, KS_ACKS_GRACE / 2);
	set_kek(1, KS_ACK_CISCO, FALSE);
	set_kek(3, KS_ACK_CISCO, FALSE);
	rekey_world_advance(world, KS_ACKS_GRACE / 2);
	ck_assert_int_eq(world->keks->get_count(world->keks), 3);
	rekey_world_advance(world, KS_ACKS_GRACE / 2);
	ck_assert_int_eq(world->keks->get_count(world->keks), 1);
}
END_TEST

/* however fast KEKs come, few are kept */
START_TEST(test_grace_many)
{
	int i;

	for (i = 1; i < 100; i++)
	{
		set_kek(i, KS_ACK_CISCO, FALSE);
	}
	ck_assert_int_eq(world->keks->get_count(world->keks), 9);
	rekey_world_advance(world, KS_ACKS_GRACE);
	ck_assert_int_eq(world->keks->get_count(world->keks), 1);
}
END_TEST

/* destroyed with timers to come */
START_TEST(test_destroy)
{
	set_kek(1, KS_ACK_CISCO, FALSE);
	set_kek(2, KS_ACK_CISCO, FALSE);
	acks->destroy(acks);
	acks = NULL;
	ck_assert_int_eq(world->keks->get_count(world->keks), 0);
	rekey_world_advance(world, KS_ACKS_GRACE);
}
END_TEST

/**
 * Get a sender that doesn't take the place of another in the log's table:
 * hashes differ from run to run
 */
static host_t *create_apart(host_t *other)
{
	uint32_t taken = chunk_hash(other->get_address(other));
	host_t *host = NULL;
	char address[16];
	int i;

	for (i = 2; !host; i++)
	{
		snprintf(address, sizeof(address), "10.1.1.%d", i);
		host = rekey_world_host(address);
		if ((chunk_hash(host->get_address(host)) - taken) %
			KS_ACK_LOG_SENDERS == 0)
		{
			host->destroy(host);
			host = NULL;
		}
	}
	return host;
}

/* LOG-162 and LOG-143, one line a second of each at most */
START_TEST(test_log)
{
	ks_ack_log_t *log = ks_ack_log_create("g", &ks_fixture_log);
	host_t *a = rekey_world_host("10.1.1.1"), *b = create_apart(a);
	char line[64];
	int i;

	for (i = 0; i < 5; i++)
	{
		log->dropped(log, KS_ACK_DROP_UNSOLICITED, a, "it names 10.9.9.9",
					 1000);
	}
	log->dropped(log, KS_ACK_DROP_INVALID, a, "bad", 1000);
	ck_assert_int_eq(logged("KS_UNSOL_ACK"), 1);
	ck_assert_int_eq(logged("KS_BAD_ACK"), 1);
	ck_assert(strstr(ks_fixture_log_text, "%GDOI-3-KS_UNSOL_ACK: Unsolicited "
					 "acknowledgement from 10.1.1.1 in group g: it names "
					 "10.9.9.9\n"));
	log->dropped(log, KS_ACK_DROP_UNSOLICITED, b, NULL, 1001);
	snprintf(line, sizeof(line), "from %H in group g (4 more like this "
			 "before)\n", b);
	ck_assert(strstr(ks_fixture_log_text, line));
	/* the tenth of one sender within a minute */
	for (i = 0; i < 3; i++)
	{
		log->dropped(log, KS_ACK_DROP_REFUSED, a, NULL, 1059);
	}
	ck_assert_int_eq(logged("KS_BLACKHOLE_ACK"), 0);
	log->dropped(log, KS_ACK_DROP_REFUSED, a, NULL, 1059);
	ck_assert_int_eq(logged("%GDOI-3-KS_BLACKHOLE_ACK"), 1);
	for (i = 0; i < 20; i++)
	{
		log->dropped(log, KS_ACK_DROP_REFUSED, a, NULL, 1059);
	}
	ck_assert_int_eq(logged("KS_BLACKHOLE_ACK"), 1);
	/* in the next minute again, if it goes on */
	for (i = 0; i < 9; i++)
	{
		log->dropped(log, KS_ACK_DROP_REFUSED, a, NULL, 1060 + i);
	}
	ck_assert_int_eq(logged("KS_BLACKHOLE_ACK"), 1);
	log->dropped(log, KS_ACK_DROP_REFUSED, a, NULL, 1070);
	ck_assert_int_eq(logged("KS_BLACKHOLE_ACK"), 2);
	a->destroy(a);
	b->destroy(b);
	log->destroy(log);
}
END_TEST

Suite *ks_acks_suite()
{
	Suite *suite = suite_create("key server: acknowledgements");
	TCase *tc = tcase_create("acknowledgements");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_modes);
	tcase_add_test(tc, test_hash);
	tcase_add_test(tc, test_outcomes);
	tcase_add_test(tc, test_translators);
	tcase_add_test(tc, test_invalid);
	tcase_add_test(tc, test_grace);
	tcase_add_test(tc, test_grace_number);
	tcase_add_test(tc, test_grace_back);
	tcase_add_test(tc, test_grace_many);
	tcase_add_test(tc, test_destroy);
	tcase_add_test(tc, test_log);
	suite_add_tcase(suite, tc);
	tc = tcase_create("acknowledgement modes");
	tcase_add_test(tc, test_ack_request);
	tcase_add_test(tc, test_ack_accepts);
	tcase_add_test(tc, test_ack_peers);
	suite_add_tcase(suite, tc);
	return suite;
}
