/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The classifier as the kernel runs it, against one in plain C, on packets and
 * lists by chance. GDOI_TEST_SEED repeats a run, GDOI_TEST_PACKETS sets the
 * number of packets.
 */

#define _GNU_SOURCE

#include "classifier_kernel.h"
#include "classifier_packets.h"
#include "classifier_reference.h"

#undef fail
#include <check.h>

#include <linux/pkt_cls.h>
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/** packets, and those that one list gets */
#define PACKETS 1000000
#define PACKETS_PER_LIST 2000

/** packets of lists before that come again: flows whose verdict is known */
#define POOL 256

/** exit code by which a test says that it can't run here */
#define SKIPPED 77

/** SPI that is known, as IPv4 address to have it in network order */
#define SPI 0x01020304

static kernel_t *kernel;
static struct cm_shared *shared;
static reference_t reference;
static crypto_map_line_t list[CRYPTO_MAP_LINES];
static u_int list_len;

/** a packet to use again */
typedef struct {
	uint8_t frame[PACKETS_FRAME];
	size_t len;
	bool out;
} kept_t;

static kept_t pool[POOL];

/** how often each counter was increased; the last one: none */
static u_int outcomes[CM_STATS + 1];

static bool once_in(uint32_t times)
{
	return !packets_random(times);
}

/**
 * Tell programs and reference about the list.
 */
static void set_list()
{
	u_int i;
	group_rule_t rule = {};

	DESTROY_IF(reference.rules);
	reference.rules = group_rules_create();
	for (i = 0; i < list_len; i++)
	{
		rule.ace = list[i].ace;
		rule.sa = list[i].sa;
		rule.action = list[i].sa == CRYPTO_MAP_DROP ? GROUP_RULE_DROP
													: GROUP_RULE_ENCRYPT;
		if (rule.ace.action == GROUP_ACE_DENY)
		{
			rule.action = GROUP_RULE_CLEAR;
		}
		reference.rules->add(reference.rules, &rule);
	}
	ck_assert(cm_settings_acl(shared, list, list_len));
}

/**
 * Set a list of texts; "drop LINE" and "N LINE" name what permit lines do.
 */
static void set_texts(const char *texts[], u_int count)
{
	const char *text;
	char *reason = NULL;

	for (list_len = 0; list_len < count; list_len++)
	{
		text = texts[list_len];
		list[list_len].sa = strpfx(text, "drop") ? CRYPTO_MAP_DROP
												 : strtoul(text, NULL, 10);
		ck_assert_msg(group_ace_parse(strchr(text, ' ') + 1,
									  &list[list_len].ace, &reason),
					  "%s", reason);
	}
	set_list();
}

/**
 * Set the direction of an SA, and whether it can send.
 */
static void set_sa(u_int sa, crypto_map_direction_t direction, bool ready)
{
	reference.directions[sa] = direction;
	cm_settings_direction(shared, sa, direction);
	reference.ready &= ~(1u << sa);
	reference.ready |= (uint32_t)ready << sa;
	cm_settings_ready(shared, sa, ready);
}

/**
 * Set SPIs and key servers.
 */
static void set_others()
{
	static const char *servers[] = { "10.0.0.1", "10.1.1.2", "fd00::1" };
	uint32_t spis[] = { htonl(SPI), htonl(SPI + 1) };
	host_t *hosts[countof(servers)];
	u_int i;

	ck_assert(cm_settings_spis(shared, spis, NULL, countof(spis)));
	memcpy(reference.spis, spis, sizeof(spis));
	reference.spi_count = countof(spis);
	for (i = 0; i < countof(servers); i++)
	{
		hosts[i] = host_create_from_string((char*)servers[i], 848);
		reference.servers[i].family = hosts[i]->get_family(hosts[i]);
		inet_pton(reference.servers[i].family, servers[i],
				  reference.servers[i].addr);
	}
	ck_assert(cm_settings_servers(shared, hosts, countof(servers)));
	reference.server_count = countof(servers);
	for (i = 0; i < countof(servers); i++)
	{
		hosts[i]->destroy(hosts[i]);
	}
}

/**
 * Say what differs, with all that is needed to look into it.
 */
static void explain(bool out, bool remember, const uint8_t *frame, size_t len,
					const reference_answer_t *expected,
					const kernel_answer_t *answer)
{
	char text[GROUP_ACE_TEXT_LEN], hex[2 * PACKETS_FRAME + 1] = "";
	u_int i;

	for (i = 0; i < len; i++)
	{
		snprintf(hex + 2 * i, 3, "%02x", frame[i]);
	}
	for (i = 0; i < list_len && i < 50; i++)
	{
		fprintf(stderr, "%s -> %d\n", group_ace_print(&list[i].ace, text,
												sizeof(text)), list[i].sa);
	}
	ck_abort_msg("%s%s of %u lines, packet %s: action %d stat %d mark %08x, "
				 "not action %d stat %d sa %u%s%s", out ? "out" : "in",
				 remember ? ", remembering" : "", list_len, hex,
				 answer->action, answer->stat, answer->mark, expected->action,
				 expected->stat, expected->sa,
				 expected->decrypts ? ", decrypted" : "",
				 expected->keeps ? ", with a slot" : "");
}

/**
 * Compare the packet afterwards to what it has to be: only what is decrypted
 * gets another destination, the local anchor.
 */
static bool same_packet(const uint8_t *frame, size_t len,
						const reference_answer_t *expected,
						const kernel_answer_t *answer)
{
	bool v4 = frame[12] == 0x08;
	u_int offset = v4 ? 14 + 16 : 14 + 24;
	chunk_t addr;
	host_t *anchor;

	if (!expected->decrypts)
	{
		return memeq(frame, answer->frame, len);
	}
	anchor = cm_ids_anchor(kernel_ids(kernel), v4 ? AF_INET : AF_INET6, TRUE);
	addr = anchor->get_address(anchor);
	return memeq(frame, answer->frame, v4 ? 14 + 10 : offset) &&
		   memeq(addr.ptr, answer->frame + offset, addr.len) &&
		   memeq(frame + offset + addr.len, answer->frame + offset + addr.len,
				 len - offset - addr.len);
}

/**
 * Run a packet and compare.
 *
 * @return			TRUE if its verdict was remembered
 */
static bool compare(bool out, bool remember, const uint8_t *frame, size_t len)
{
	reference_answer_t expected;
	kernel_answer_t answer;
	uint32_t magic = 0;
	bool good;

	expected = reference_decide(&reference, out, frame, len);
	shared->config.cache_lines = remember ? 0 : UINT32_MAX;
	if (!kernel_run(kernel, out, frame, len, 0, 1, &answer))
	{	/* recent kernels run no packets without an IP header */
		ck_assert_msg(errno == EINVAL && len < 14 + 40,
					  "kernel does not run a packet of %zu: %s", len,
					  strerror(errno));
		return FALSE;
	}
	good = answer.action == expected.action && answer.stat == expected.stat &&
		   same_packet(frame, len, &expected, &answer);
	if (expected.action == TC_ACT_REDIRECT)
	{
		magic = CM_MARK_OUT | expected.sa << CM_MARK_SA_SHIFT;
	}
	else if (expected.keeps)
	{
		magic = CM_MARK_IN;
	}
	if (!good ||
		(answer.mark & (CM_MARK_MAGIC | CM_MARK_SA_MASK)) != magic)
	{
		explain(out, remember, frame, len, &expected, &answer);
	}
	outcomes[answer.stat == KERNEL_NO_STAT ? CM_STATS : answer.stat]++;
	return answer.cached;
}

/**
 * How long the next list is: mostly short, with some as long as they may be.
 */
static u_int next_len(u_int round)
{
	if (round % 100 == 50)
	{
		return CRYPTO_MAP_LINES;
	}
	return packets_random(once_in(10) ? 400 : once_in(3) ? 100 : 12);
}

/**
 * Make a packet, or take one that other lists have met.
 */
static kept_t *next_packet()
{
	kept_t *kept = &pool[packets_random(POOL)];

	if (!kept->len || !once_in(4))
	{
		kept->out = once_in(2);
		kept->len = packets_make(list, list_len, !kept->out,
								 htonl(SPI + packets_random(4)), kept->frame);
	}
	return kept;
}

static u_int get_packets()
{
	char *env = getenv("GDOI_TEST_PACKETS");

	return env ? strtoul(env, NULL, 10) : PACKETS;
}

/* ACL-002, ACL-003, ACL-007, ACL-008, ACL-010, ACL-011, GM-055, GM-056: the
 * first line that matches decides, in both directions, whatever the packet,
 * and whether verdicts are remembered or not */
START_TEST(test_property)
{
	static const int expected[] = {
		CM_REDIRECTED, CM_SENT_CLEAR, CM_RECEIVED_CLEAR, CM_BYPASSED,
		CM_DROP_NOT_READY, CM_DROP_LIST, CM_DROP_CLEAR, CM_DROP_UNKNOWN_SPI,
		CM_DROP_MALFORMED, CM_ESP_FRAGMENTS, CM_STATS,
	};
	u_int packets = get_packets(), round, i, sa, hits = 0;
	kept_t *kept;

	memset(outcomes, 0, sizeof(outcomes));
	for (round = 0; round * PACKETS_PER_LIST < packets; round++)
	{
		list_len = next_len(round);
		packets_make_list(list, list_len);
		set_list();
		for (sa = 0; sa < CRYPTO_MAP_SAS; sa++)
		{
			set_sa(sa, packets_random(3), !once_in(4));
		}
		for (i = 0; i < PACKETS_PER_LIST; i++)
		{
			kept = next_packet();
			compare(kept->out, FALSE, kept->frame, kept->len);
			hits += compare(kept->out, TRUE, kept->frame, kept->len);
		}
	}
	printf("%u packets in each mode, %u lists, %u verdicts remembered\n",
		   round * PACKETS_PER_LIST, round, hits);
	ck_assert_uint_gt(hits, packets / 20);
	for (i = 0; i < countof(expected); i++)
	{
		ck_assert_msg(outcomes[expected[i]] > packets / 1000,
					  "only %u packets with outcome %d",
					  outcomes[expected[i]], expected[i]);
	}
}
END_TEST

/* ACL-011: once a list has changed no packet gets a verdict from
 * before, not even if the list changed back in between */
START_TEST(test_generations)
{
	const char *texts[] = { "1 permit ip any any", "2 permit ip any any",
							"0 deny ip any any", "drop permit ip any any" };
	uint8_t frame[PACKETS_FRAME];
	size_t len = packets_udp("10.0.0.1", "10.1.0.1", 7, 9, frame);
	int i, hits = 0;

	for (i = 0; i < 64; i++)
	{
		set_texts(&texts[packets_random(countof(texts))], 1);
		ck_assert(!compare(TRUE, TRUE, frame, len));
		hits += compare(TRUE, TRUE, frame, len);
	}
	ck_assert_int_eq(hits, 64);
}
END_TEST

/* many more flows than are remembered, so that each pushes another one out:
 * none takes the verdict of who was there before */
START_TEST(test_flood)
{
	const char *texts[] = { "1 permit udp any port 1 any",
							"drop permit udp any port 2 any",
							"2 permit ip any any" };
	uint8_t frame[PACKETS_FRAME];
	size_t len;
	u_int i;

	set_texts(texts, countof(texts));
	list[0].ace.src.port_lo = 0;
	list[0].ace.src.port_hi = 20000;
	list[1].ace.src.port_hi = 40000;
	set_list();
	set_sa(1, CRYPTO_MAP_BOTH, TRUE);
	set_sa(2, CRYPTO_MAP_BOTH, TRUE);
	for (i = 0; i < 8 * CM_FLOWS; i++)
	{
		len = packets_udp("10.0.0.1", "10.1.0.1", packets_random(65536), 9,
						  frame);
		compare(TRUE, TRUE, frame, len);
	}
}
END_TEST

/** set to have flip() end */
static bool done;

/** lists that flip() has put in force */
static u_int flips;

/**
 * Change lists all the time: each sends by the SA that its generation says.
 */
static void *flip(void *arg)
{
	crypto_map_line_t lines[100];
	cpu_set_t all;
	int i;

	memset(&all, 0xff, sizeof(all));
	sched_setaffinity(0, sizeof(all), &all);
	memset(lines, 0, sizeof(lines));
	for (i = 0; i < countof(lines); i++)
	{
		lines[i].ace.family = AF_INET;
		lines[i].ace.protocol = i < countof(lines) - 1 ? 6 : 17;
		lines[i].ace.action = GROUP_ACE_PERMIT;
		lines[i].ace.src.port_hi = lines[i].ace.dst.port_hi = UINT16_MAX;
	}
	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE))
	{
		lines[countof(lines) - 1].sa = (shared->config.acl + 1)
									   % CRYPTO_MAP_SAS;
		cm_settings_acl(shared, lines, countof(lines));
		__atomic_add_fetch(&flips, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

/**
 * Wait for the next list.
 */
static void wait_for_flip()
{
	u_int before = __atomic_load_n(&flips, __ATOMIC_ACQUIRE), i;

	for (i = 0; before == __atomic_load_n(&flips, __ATOMIC_ACQUIRE); i++)
	{
		ck_assert_uint_lt(i, 100000);
		usleep(100);
	}
}

/* ACL-011: while lists change under way, every packet gets the verdict of the
 * list that is in force then, in one piece */
START_TEST(test_race)
{
	uint8_t frame[PACKETS_FRAME];
	size_t len = packets_udp("10.0.0.1", "10.1.0.1", 7, 9, frame);
	kernel_answer_t answer;
	uint32_t before, after;
	u_int i, certain = 0, sa;
	pthread_t thread;

	for (sa = 0; sa < CRYPTO_MAP_SAS; sa++)
	{
		set_sa(sa, CRYPTO_MAP_BOTH, TRUE);
	}
	shared->config.cache_lines = 0;
	done = FALSE;
	ck_assert_int_eq(pthread_create(&thread, NULL, flip, NULL), 0);
	wait_for_flip();
	for (i = 0; i < 40000 || certain < 1000; i++)
	{
		before = __atomic_load_n(&shared->config.acl, __ATOMIC_ACQUIRE);
		ck_assert(kernel_run(kernel, TRUE, frame, len, 0, 1, &answer));
		after = __atomic_load_n(&shared->config.acl, __ATOMIC_ACQUIRE);
		ck_assert_int_eq(answer.action, TC_ACT_REDIRECT);
		if (before == after)
		{
			sa = (answer.mark & CM_MARK_SA_MASK) >> CM_MARK_SA_SHIFT;
			ck_assert_uint_eq(sa, before % CRYPTO_MAP_SAS);
			certain++;
		}
	}
	wait_for_flip();
	__atomic_store_n(&done, TRUE, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	printf("%u packets under %u changes of the list\n", i, flips);
	ck_assert_uint_gt(flips, 3);
}
END_TEST

/** what happens in each direction, to packets in clear */
static const struct {
	crypto_map_direction_t direction;
	bool ready;
	int out;
	int in;
} directions[] = {
	{ CRYPTO_MAP_BOTH, TRUE, CM_REDIRECTED, CM_DROP_CLEAR },
	{ CRYPTO_MAP_BOTH, FALSE, CM_DROP_NOT_READY, CM_DROP_CLEAR },
	{ CRYPTO_MAP_INBOUND_OPTIONAL, TRUE, CM_REDIRECTED, CM_RECEIVED_CLEAR },
	{ CRYPTO_MAP_INBOUND_OPTIONAL, FALSE, CM_DROP_NOT_READY,
	  CM_RECEIVED_CLEAR },
	{ CRYPTO_MAP_INBOUND_ONLY, TRUE, CM_SENT_CLEAR, CM_RECEIVED_CLEAR },
	{ CRYPTO_MAP_INBOUND_ONLY, FALSE, CM_SENT_CLEAR, CM_RECEIVED_CLEAR },
};

/* GM-035, GM-036, ACL-007: each SA has its own direction */
START_TEST(test_directions)
{
	const char *texts[] = { "3 permit ip host 10.0.0.1 any",
							"15 permit ip host 10.0.0.2 any" };
	uint8_t frame[PACKETS_FRAME];
	kernel_answer_t answer;
	u_int sas[] = { 3, 15 }, i;
	size_t len;

	set_texts(texts, countof(texts));
	for (i = 0; i < countof(sas); i++)
	{
		set_sa(sas[i], directions[_i].direction, directions[_i].ready);
		set_sa(sas[!i], CRYPTO_MAP_BOTH, TRUE);
		len = packets_udp(i ? "10.0.0.2" : "10.0.0.1", "10.9.9.9", 1, 2,
						  frame);
		ck_assert(kernel_run(kernel, TRUE, frame, len, 0, 1, &answer));
		ck_assert_int_eq(answer.stat, directions[_i].out);
		len = packets_udp("10.9.9.9", i ? "10.0.0.2" : "10.0.0.1", 1, 2,
						  frame);
		ck_assert(kernel_run(kernel, FALSE, frame, len, 0, 1, &answer));
		ck_assert_int_eq(answer.stat, directions[_i].in);
		/* the other one's traffic is not touched by it */
		len = packets_udp(i ? "10.0.0.1" : "10.0.0.2", "10.9.9.9", 1, 2,
						  frame);
		ck_assert(kernel_run(kernel, TRUE, frame, len, 0, 1, &answer));
		ck_assert_int_eq(answer.stat, CM_REDIRECTED);
	}
}
END_TEST

/**
 * Have ESP of an SPI arrive, and then what was inside.
 *
 * @return			counter that the packet inside increased
 */
static int receive_inside(uint32_t spi, const char *dst, uint16_t port)
{
	uint8_t esp[PACKETS_FRAME], frame[PACKETS_FRAME];
	kernel_answer_t answer;
	size_t len;

	len = packets_udp("10.9.9.9", dst, 0, 0, esp);
	esp[14 + 9] = 50;
	spi = htonl(spi);
	memcpy(esp + 14 + 20, &spi, sizeof(spi));
	ck_assert(kernel_run(kernel, FALSE, esp, len, 0x77, 1, &answer));
	ck_assert_int_eq(answer.stat, KERNEL_NO_STAT);
	ck_assert_uint_eq(answer.mark & CM_MARK_MAGIC, CM_MARK_IN);
	len = packets_udp("10.9.9.9", dst, port, 2, frame);
	ck_assert(kernel_run(kernel, FALSE, frame, len, answer.mark, 1, &answer));
	if (answer.stat == CM_DECRYPTED)
	{
		ck_assert_uint_eq(answer.mark, 0x77);
	}
	return answer.stat;
}

/* ACL-003, and a group that shares the interface with others: what an SPI may
 * bring. Whatever directions and lists say, ESP of the group is decrypted */
START_TEST(test_inside)
{
	const char *texts[] = {
		"drop permit udp host 10.0.0.3 any port 7",
		"3 permit ip host 10.0.0.1 any",
		"15 permit ip host 10.0.0.2 any",
		"0 deny ip host 10.0.0.4 any",
		"3 permit ip host 10.0.0.3 any",
	};
	uint32_t spis[] = { htonl(SPI), htonl(SPI + 1) };
	uint32_t sas[] = { 1 << 3, 1 << 15 };

	set_texts(texts, countof(texts));
	ck_assert(cm_settings_spis(shared, spis, sas, 2));
	ck_assert_int_eq(receive_inside(SPI, "10.0.0.1", 1), CM_DECRYPTED);
	ck_assert_int_eq(receive_inside(SPI, "10.0.0.2", 1), CM_DROP_SELECTOR);
	ck_assert_int_eq(receive_inside(SPI + 1, "10.0.0.1", 1), CM_DROP_SELECTOR);
	ck_assert_int_eq(receive_inside(SPI + 1, "10.0.0.2", 1), CM_DECRYPTED);
	ck_assert_int_eq(receive_inside(SPI + 1, "10.0.0.4", 1), CM_DECRYPTED);
	ck_assert_int_eq(receive_inside(SPI, "10.0.0.3", 7), CM_DROP_LIST);
	ck_assert_int_eq(receive_inside(SPI, "10.0.0.3", 8), CM_DECRYPTED);
	ck_assert(cm_settings_spis(shared, spis, NULL, 2));
	ck_assert_int_eq(receive_inside(SPI, "10.0.0.2", 1), CM_DECRYPTED);
	ck_assert_int_eq(receive_inside(SPI, "10.0.0.3", 7), CM_DROP_LIST);
	set_sa(3, CRYPTO_MAP_INBOUND_ONLY, FALSE);
	ck_assert_int_eq(receive_inside(SPI, "10.0.0.1", 1), CM_DECRYPTED);
}
END_TEST

/**
 * The suite.
 */
static Suite *classifier_suite(void)
{
	Suite *suite = suite_create("classifier");
	TCase *tcase = tcase_create("kernel");

	tcase_add_checked_fixture(tcase, set_others, NULL);
	tcase_set_timeout(tcase, 300);
	tcase_add_loop_test(tcase, test_directions, 0, countof(directions));
	tcase_add_test(tcase, test_generations);
	tcase_add_test(tcase, test_flood);
	tcase_add_test(tcase, test_race);
	tcase_add_test(tcase, test_property);
	tcase_add_test(tcase, test_inside);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	const char *seed = getenv("GDOI_TEST_SEED"), *reason;
	uint64_t value = seed ? strtoull(seed, NULL, 0) : (uint64_t)time(NULL);
	SRunner *runner;
	int failed;

	library_init(NULL, "unit");
	kernel = kernel_create(&reason);
	if (!kernel)
	{
		printf("SKIP: the kernel loads no BPF programs for us: %s\n", reason);
		library_deinit();
		return SKIPPED;
	}
	printf("seed: GDOI_TEST_SEED=%llu\n", (unsigned long long)value);
	fflush(stdout);
	packets_seed(value);
	shared = kernel_shared(kernel);
	runner = srunner_create(classifier_suite());
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	DESTROY_IF(reference.rules);
	kernel_destroy(kernel);
	library_deinit();
	return failed ? 1 : 0;
}
