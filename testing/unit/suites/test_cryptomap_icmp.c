/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Answers to packets that don't fit (GM-020).
 */

#include "cryptomap_suites.h"

#include <cm_icmp.h>

static struct cm_event event;
static uint8_t buf[CM_ICMP_LEN];

/**
 * A TCP packet of 1400 octets, 64 of which are in the event.
 */
static void make4(void)
{
	static const uint8_t head[] = {
		0x45, 0, 0x05, 0x78, 0x12, 0x34, 0x40, 0, 64, 6, 0, 0,
		10, 0, 1, 2, 10, 0, 2, 2, 0x12, 0x34, 0, 80,
	};
	int i;

	memset(&event, 0, sizeof(event));
	memcpy(event.data, head, sizeof(head));
	for (i = sizeof(head); i < 64; i++)
	{
		event.data[i] = i;
	}
	event.len = 64;
	event.mtu = 1346;
}

static void make6(void)
{
	static const uint8_t head[] = {
		0x60, 0, 0, 0, 0x05, 0x78, 6, 64,
		0xfd, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
		0xfd, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
	};

	memset(&event, 0, sizeof(event));
	memcpy(event.data, head, sizeof(head));
	event.len = 80;
	event.mtu = 1326;
}

START_TEST(test_build4)
{
	uint32_t sum = 0;
	size_t len, i;

	make4();
	len = cm_icmp_build(&event, buf);
	ck_assert_uint_eq(len, 8 + 64);
	ck_assert_uint_eq(buf[0], 3);
	ck_assert_uint_eq(buf[1], 4);
	ck_assert_uint_eq(buf[6] << 8 | buf[7], 1346);
	ck_assert_int_eq(memcmp(buf + 8, event.data, 64), 0);
	for (i = 0; i < len; i += 2)
	{
		sum += buf[i] << 8 | buf[i + 1];
	}
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	ck_assert_uint_eq(sum, 0xffff);
}
END_TEST

START_TEST(test_build6)
{
	make6();
	ck_assert_uint_eq(cm_icmp_build(&event, buf), 8 + 80);
	ck_assert_uint_eq(buf[0], 2);
	ck_assert_uint_eq(buf[1], 0);
	ck_assert_uint_eq(buf[6] << 8 | buf[7], 1326);
	ck_assert_int_eq(memcmp(buf + 8, event.data, 80), 0);
	/* to a multicast destination too, in IPv6 */
	event.data[24] = 0xff;
	ck_assert_uint_eq(cm_icmp_build(&event, buf), 8 + 80);
}
END_TEST

/** octets to change in a good packet, so that no answer must be sent */
static const struct {
	bool v6;
	u_int at;
	uint8_t value;
} silent[] = {
	/* not an IP version */
	{ FALSE, 0, 0x55 },
	/* a later fragment */
	{ FALSE, 7, 1 },
	/* source multicast, reserved */
	{ FALSE, 12, 224 },
	{ FALSE, 12, 255 },
	/* multicast destination */
	{ FALSE, 16, 239 },
	/* multicast source */
	{ TRUE, 8, 0xff },
};

START_TEST(test_silent)
{
	silent[_i].v6 ? make6() : make4();
	ck_assert_uint_ne(cm_icmp_build(&event, buf), 0);
	event.data[silent[_i].at] = silent[_i].value;
	ck_assert_uint_eq(cm_icmp_build(&event, buf), 0);
}
END_TEST

START_TEST(test_errors)
{
	/* about ICMP errors nothing is said, about echo it is */
	make4();
	event.data[9] = 1;
	event.data[20] = 8;
	ck_assert_uint_ne(cm_icmp_build(&event, buf), 0);
	event.data[20] = 3;
	ck_assert_uint_eq(cm_icmp_build(&event, buf), 0);
	make6();
	event.data[6] = 58;
	event.data[40] = 128;
	ck_assert_uint_ne(cm_icmp_build(&event, buf), 0);
	event.data[40] = 1;
	ck_assert_uint_eq(cm_icmp_build(&event, buf), 0);
	/* no source */
	make4();
	memset(event.data + 12, 0, 4);
	ck_assert_uint_eq(cm_icmp_build(&event, buf), 0);
	make6();
	memset(event.data + 8, 0, 16);
	ck_assert_uint_eq(cm_icmp_build(&event, buf), 0);
}
END_TEST

/* lengths that don't hold the header, or more than there is */
START_TEST(test_lengths)
{
	make4();
	event.data[9] = 1;
	event.data[0] = 0x4f;
	event.data[60] = 8;
	ck_assert_uint_eq(cm_icmp_build(&event, buf), 8 + 64);
	event.len = 60;
	ck_assert_uint_eq(cm_icmp_build(&event, buf), 0);
	event.len = 19;
	ck_assert_uint_eq(cm_icmp_build(&event, buf), 0);
	event.len = 0;
	ck_assert_uint_eq(cm_icmp_build(&event, buf), 0);
	event.len = CM_EVENT_DATA + 1;
	ck_assert_uint_eq(cm_icmp_build(&event, buf), 0);
	make6();
	event.len = 39;
	ck_assert_uint_eq(cm_icmp_build(&event, buf), 0);
	make4();
	event.mtu = 0x10000;
	ck_assert_uint_eq(cm_icmp_build(&event, buf), 0);
}
END_TEST

START_TEST(test_limit)
{
	cm_icmp_limit_t limit = {};
	int i, round;

	for (round = 0; round < 3; round++)
	{
		for (i = 0; i < CM_ICMP_RATE; i++)
		{
			ck_assert(cm_icmp_allow(&limit, 100 + round));
		}
		ck_assert(!cm_icmp_allow(&limit, 100 + round));
	}
}
END_TEST

Suite *cryptomap_icmp_suite(void)
{
	Suite *suite = suite_create("crypto map ICMP");
	TCase *tcase = tcase_create("build");

	tcase_add_test(tcase, test_build4);
	tcase_add_test(tcase, test_build6);
	tcase_add_loop_test(tcase, test_silent, 0, countof(silent));
	tcase_add_test(tcase, test_errors);
	tcase_add_test(tcase, test_lengths);
	tcase_add_test(tcase, test_limit);
	suite_add_tcase(suite, tcase);
	return suite;
}
