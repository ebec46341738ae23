/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "freshness_bpf_suites.h"
#include "freshness_packets.h"

#include <linux/pkt_cls.h>

/** packets of the property test, unless GDOI_TEST_PACKETS says otherwise */
#define PACKETS 20000

#define BOOT 5000000000000ull
#define REAL 1700000000123456789ull

#define DF 0x40

static const int families[] = { AF_INET, AF_INET6 };

static uint8_t tos_of(const uint8_t *frame)
{
	const uint8_t *ip = frame + MAC_OCTETS;

	return *ip >> 4 == 4 ? ip[1] : (uint8_t)(ip[0] << 4 | ip[1] >> 4);
}

/**
 * What a tunnel's entry does to ECN: congestion is not shown outside.
 */
static uint8_t expected_tos(uint8_t tos)
{
	return (tos & 3) == 3 ? tos - 1 : tos;
}

/**
 * Sum of an IPv4 header, 0xffff if its checksum is right.
 */
static uint32_t sum_of(const uint8_t *ip)
{
	uint32_t sum = 0;
	int i;

	for (i = 0; i < IP4_OCTETS; i += 2)
	{
		sum += untoh16((void*)(ip + i));
	}
	sum = (sum & 0xffff) + (sum >> 16);
	return sum + (sum >> 16);
}

/**
 * Check the IP header that goes to XFRM.
 */
static void check_outer(int family, const fresh_packet_t *packet,
						const fresh_answer_t *answer, uint8_t protocol)
{
	const struct cm_config *config = &fresh_kernel_shared(fresh_kernel)->config;
	const uint8_t *ip = answer->frame + MAC_OCTETS;
	size_t len = answer->len - MAC_OCTETS;

	ck_assert(memeq(answer->frame, packet->frame, MAC_OCTETS));
	ck_assert_uint_eq(tos_of(answer->frame),
					  expected_tos(tos_of(packet->frame)));
	if (family == AF_INET)
	{
		ck_assert_uint_eq(ip[0], 0x45);
		ck_assert_uint_eq(untoh16((void*)(ip + 2)), len);
		ck_assert_uint_eq(untoh16((void*)(ip + 6)), 0);
		ck_assert_uint_eq(ip[9], protocol);
		ck_assert_uint_eq(sum_of(ip), 0xffff);
		ck_assert(memeq(ip + 12, &config->local4, 4));
		ck_assert(memeq(ip + 16, &config->remote4, 4));
		return;
	}
	/* with the flow label */
	ck_assert_uint_eq(ip[0] >> 4, 6);
	ck_assert_uint_eq(untoh32((void*)ip) & 0xfffff,
				untoh32((void*)(packet->frame + MAC_OCTETS)) & 0xfffff);
	ck_assert_uint_eq(untoh16((void*)(ip + 4)), len - IP6_OCTETS);
	ck_assert_uint_eq(ip[6], protocol);
	ck_assert(memeq(ip + 8, config->local6, 16));
	ck_assert(memeq(ip + 24, config->remote6, 16));
}

/**
 * Let a packet come back encrypted: it gets its addresses, and its DF.
 */
static void check_return(int family, const fresh_packet_t *packet,
						 const fresh_answer_t *answer, bool df)
{
	fresh_packet_t esp = *packet;
	fresh_answer_t finished;
	uint8_t *ip = esp.frame + MAC_OCTETS;
	u_int protocol = family == AF_INET ? 9 : 6;
	u_int src = family == AF_INET ? 12 : 8;

	memcpy(esp.frame, answer->frame, answer->len);
	esp.len = answer->len;
	ip[protocol] = 50;
	if (family == AF_INET)
	{
		htoun16(ip + 10, 0);
		htoun16(ip + 10, (uint16_t)~sum_of(ip));
	}
	ck_assert(fresh_kernel_run(fresh_kernel, TRUE, esp.frame, esp.len,
							   answer->mark, 0, &finished));
	ck_assert_int_eq(finished.stat, CM_ENCRYPTED);
	ck_assert_int_eq(finished.action, TC_ACT_UNSPEC);
	ck_assert_uint_eq(finished.mark, 7);
	ip = finished.frame + MAC_OCTETS;
	ck_assert(memeq(ip + src, packet->frame + MAC_OCTETS + src,
					family == AF_INET ? 8 : 32));
	if (family == AF_INET)
	{
		ck_assert_uint_eq(ip[6], df ? DF : 0);
		ck_assert_uint_eq(sum_of(ip), 0xffff);
	}
}

/**
 * Send a packet with a profile and compare all of it.
 */
static void check_stamp(int family, const struct fresh_profile *profile,
						const fresh_packet_t *packet, uint64_t boot,
						uint64_t real)
{
	bool df = (packet->frame[MAC_OCTETS + 6] & DF) && !profile->clear_df;
	uint8_t header[FRESH_HEADER_LONG];
	size_t len, outer = fresh_ip_octets(family);
	fresh_answer_t answer;

	fresh_kernel_set(fresh_kernel, profile);
	fresh_kernel_set_time(fresh_kernel, boot, real);
	len = fresh_write(profile, family, boot, real, header);
	ck_assert(fresh_kernel_run(fresh_kernel, TRUE, packet->frame, packet->len,
							   7, 0, &answer));
	ck_assert_int_eq(answer.action, TC_ACT_REDIRECT);
	ck_assert_int_eq(answer.stat, CM_REDIRECTED);
	ck_assert_uint_eq(answer.mark & (CM_MARK_MAGIC | CM_MARK_SA_MASK),
					  CM_MARK_STAMPED | FRESH_SA << CM_MARK_SA_SHIFT);
	ck_assert_uint_eq(answer.counts.out, 1);
	ck_assert_uint_eq(answer.counts.out_errors, 0);
	ck_assert_uint_eq(answer.len, packet->len + outer + len);
	check_outer(family, packet, &answer, profile->protocol);
	ck_assert(memeq(answer.frame + MAC_OCTETS + outer, header, len));
	ck_assert(memeq(answer.frame + MAC_OCTETS + outer + len,
					packet->frame + MAC_OCTETS, packet->len - MAC_OCTETS));
	check_return(family, packet, &answer, family == AF_INET && df);
}

/* D3P-005, D3P-007, D3P-015, TBAR-005, TBAR-009, TBAR-014: what the program
 * writes is what libgdoi writes, whatever the packet, profile and time */
START_TEST(test_property)
{
	char *env = getenv("GDOI_TEST_PACKETS");
	u_int i, packets = env ? strtoul(env, NULL, 10) : PACKETS;
	struct fresh_profile profile;
	fresh_packet_t packet;
	uint64_t boot, real;
	int family;

	for (i = 0; i < packets; i++)
	{
		family = families[fresh_random(2)];
		boot = BOOT + fresh_random(UINT32_MAX) * 1000ull;
		real = REAL + fresh_random(UINT32_MAX) * 1000000ull +
			   fresh_random(1000000000);
		if (fresh_random(8) == 0)
		{	/* 32 bits of seconds are over in 2106 */
			real += 2600000000000000000ull;
		}
		fresh_make_profile(boot, &profile);
		fresh_make_plain(family, (uint8_t)fresh_random(256), fresh_random(2),
						 fresh_random(fresh_random(4) ? 100 : 1400), &packet);
		check_stamp(family, &profile, &packet, boot, real);
	}
}
END_TEST

/* TBAR-005: all packets of a tick have the same stamp, to its last nanosecond;
 * a policy from the future does not run backwards */
START_TEST(test_ticks)
{
	struct fresh_profile profile = {
		.method = FRESH_TBAR, .protocol = 254, .header = FRESH_HEADER,
		.allowed_ms = 1000, .tick_ms = 250, .ticks = UINT32_MAX,
		.epoch = 0x01020304, .boot_ns = BOOT,
	};
	static const struct {
		int64_t after;
		uint32_t ticks;
	} times[] = {
		{ -1, UINT32_MAX }, { 0, UINT32_MAX }, { 249999999, UINT32_MAX },
		{ 250000000, 0 }, { 499999999, 0 }, { 500000000, 1 },
	};
	fresh_packet_t packet;
	fresh_answer_t answer;

	fresh_make_plain(AF_INET, 0, FALSE, 20, &packet);
	check_stamp(AF_INET, &profile, &packet, BOOT + times[_i].after, REAL);
	ck_assert(fresh_kernel_run(fresh_kernel, TRUE, packet.frame, packet.len,
							   7, 0, &answer));
	ck_assert_uint_eq(untoh32(answer.frame + MAC_OCTETS + IP4_OCTETS + 8),
					  times[_i].ticks);
}
END_TEST

/** a profile that most tests use */
static const struct fresh_profile d3p = {
	.method = FRESH_D3P, .protocol = 253, .header = FRESH_HEADER,
	.type = FRESH_TYPE_MSEC, .allowed_ms = 500,
};

/**
 * Make a packet of a length, and of one that fits no longer.
 */
static void send_len(int family, size_t len, u_int gso, fresh_answer_t *answer)
{
	fresh_packet_t packet;

	fresh_make_plain(family, 0, TRUE, len - fresh_ip_octets(family), &packet);
	ck_assert(fresh_kernel_run(fresh_kernel, TRUE, packet.frame, packet.len, 7,
							   gso, answer));
}

/* what is too big for the link with all headers is refused by us, with the
 * size that fits to the octet: AES-GCM takes 1446 octets of IPv4 without the
 * header and 1426 of IPv6; the lowest MTU of IPv6 is always told */
START_TEST(test_link_size)
{
	static const struct {
		u_int mtu;
		int family;
		uint8_t header;
		u_int fits;
	} sizes[] = {
		{ 1500, AF_INET, FRESH_HEADER, 1434 },
		{ 1500, AF_INET6, FRESH_HEADER, 1414 },
		{ 1500, AF_INET, FRESH_HEADER_LONG, 1430 },
		{ 1500, AF_INET6, FRESH_HEADER_LONG, 1410 },
		{ 1400, AF_INET, FRESH_HEADER, 1334 },
		{ 1400, AF_INET6, FRESH_HEADER, 1314 },
		{ 1320, AF_INET6, FRESH_HEADER, 1280 },
	};
	struct cm_shared *shared = fresh_kernel_shared(fresh_kernel);
	struct fresh_profile profile = d3p;
	fresh_answer_t answer;
	struct cm_event event;

	shared->config.esp[FRESH_SA] = (struct cm_esp){ .block = 4, .fixed = 32 };
	profile.header = sizes[_i].header;
	profile.method = profile.header == FRESH_HEADER ? FRESH_D3P : FRESH_TBAR;
	profile.tick_ms = 1000;
	fresh_kernel_set(fresh_kernel, &profile);
	ck_assert(fresh_kernel_set_mtu(sizes[_i].mtu));
	fresh_kernel_oversized(fresh_kernel, &event);
	send_len(sizes[_i].family, sizes[_i].fits, 0, &answer);
	ck_assert_int_eq(answer.stat, CM_REDIRECTED);
	ck_assert_uint_eq(fresh_kernel_oversized(fresh_kernel, &event), 0);
	send_len(sizes[_i].family, sizes[_i].fits + 1, 0, &answer);
	ck_assert_int_eq(answer.stat, CM_DROP_TOO_BIG);
	ck_assert_int_eq(answer.action, TC_ACT_SHOT);
	ck_assert_uint_eq(answer.counts.out, 0);
	ck_assert_uint_eq(fresh_kernel_oversized(fresh_kernel, &event), 1);
	ck_assert_uint_eq(event.mtu, sizes[_i].fits);
	ck_assert(fresh_kernel_set_mtu(65536));
	shared->config.esp[FRESH_SA] = (struct cm_esp){};
}
END_TEST

/**
 * Let a router in the core tell that ESP did not fit.
 */
static void report_path(int family, u_int mtu)
{
	size_t ip = fresh_ip_octets(family);
	fresh_packet_t packet, plain;
	fresh_answer_t answer;
	uint8_t *icmp, *quote;

	fresh_make_plain(family, 0, FALSE, 100, &packet);
	plain = packet;
	packet.frame[MAC_OCTETS + (family == AF_INET ? 9 : 6)] =
										family == AF_INET ? 1 : 58;
	icmp = packet.frame + MAC_OCTETS + ip;
	memset(icmp, 0, 8);
	icmp[0] = family == AF_INET ? 3 : 2;
	icmp[1] = family == AF_INET ? 4 : 0;
	htoun32(icmp + 4, mtu);
	quote = icmp + 8;
	memcpy(quote, plain.frame + MAC_OCTETS, ip);
	quote[family == AF_INET ? 9 : 6] = 50;
	htoun32(quote + ip, FRESH_SPI);
	ck_assert(fresh_kernel_run(fresh_kernel, FALSE, packet.frame, packet.len,
							   0, 0, &answer));
	ck_assert_int_eq(answer.stat, CM_PMTU_LEARNED);
}

/* what was learned about the way counts as the link does, the smaller one */
START_TEST(test_path_size)
{
	struct cm_shared *shared = fresh_kernel_shared(fresh_kernel);
	u_int fits = families[_i] == AF_INET ? 1334 : 1314;
	fresh_answer_t answer;
	struct cm_event event;

	shared->config.esp[FRESH_SA] = (struct cm_esp){ .block = 4, .fixed = 32 };
	fresh_kernel_set(fresh_kernel, &d3p);
	ck_assert(fresh_kernel_set_mtu(1500));
	report_path(families[_i], 1400);
	fresh_kernel_oversized(fresh_kernel, &event);
	send_len(families[_i], fits, 0, &answer);
	ck_assert_int_eq(answer.stat, CM_REDIRECTED);
	send_len(families[_i], fits + 1, 0, &answer);
	ck_assert_int_eq(answer.stat, CM_DROP_TOO_BIG);
	ck_assert_uint_eq(fresh_kernel_oversized(fresh_kernel, &event), 1);
	ck_assert_uint_eq(event.mtu, fits);
	report_path(families[_i], 9000);
	send_len(families[_i], fits + 100, 0, &answer);
	ck_assert_int_eq(answer.stat, CM_REDIRECTED);
	send_len(families[_i], fits + 101, 0, &answer);
	ck_assert_int_eq(answer.stat, CM_DROP_TOO_BIG);
	ck_assert(fresh_kernel_set_mtu(65536));
	shared->config.esp[FRESH_SA] = (struct cm_esp){};
	shared->pmtu_floor = 0;
}
END_TEST

/* what may be fragmented is not refused */
START_TEST(test_no_df)
{
	struct cm_shared *shared = fresh_kernel_shared(fresh_kernel);
	fresh_packet_t packet;

	shared->config.esp[FRESH_SA] = (struct cm_esp){ .block = 4, .fixed = 32 };
	ck_assert(fresh_kernel_set_mtu(1400));
	fresh_make_plain(AF_INET, 0, FALSE, 1400, &packet);
	check_stamp(AF_INET, &d3p, &packet, BOOT, REAL);
	ck_assert(fresh_kernel_set_mtu(65536));
	shared->config.esp[FRESH_SA] = (struct cm_esp){};
}
END_TEST

/**
 * Send a packet to be segmented, which must not go out.
 */
static void send_in_vain(int family)
{
	fresh_answer_t answer;

	send_len(family, 2000, 1000, &answer);
	ck_assert_int_eq(answer.action, TC_ACT_SHOT);
	ck_assert_int_eq(answer.stat, CM_DROP_FRESHNESS);
	ck_assert_uint_eq(answer.counts.out_errors, 1);
	ck_assert_uint_eq(answer.counts.out, 0);
}

/* packets to be segmented go to a device that does that, as they are, and only
 * once; without, they are dropped and counted (D3P-015) */
START_TEST(test_segments)
{
	struct fresh_shared *fresh = fresh_kernel_fresh(fresh_kernel);
	struct cm_shared *shared = fresh_kernel_shared(fresh_kernel);
	fresh_answer_t answer;

	fresh_kernel_set(fresh_kernel, &d3p);
	send_in_vain(families[_i]);
	fresh->segments = 1;
	send_len(families[_i], 2000, 1000, &answer);
	ck_assert_int_eq(answer.action, TC_ACT_REDIRECT);
	ck_assert_uint_eq(answer.mark & (CM_MARK_MAGIC | CM_MARK_SA_MASK),
					  CM_MARK_STAMPED | FRESH_SA << CM_MARK_SA_SHIFT);
	ck_assert_uint_eq(answer.counts.out, 0);
	ck_assert_uint_eq(answer.counts.out_errors, 0);
	ck_assert_uint_eq(answer.len, MAC_OCTETS + 2000);
	/* not our interface, but that device */
	shared->config.ifindex = 2;
	send_in_vain(families[_i]);
	shared->config.ifindex = 1;
	/* somebody has removed that device */
	fresh->segments = 4711;
	send_in_vain(families[_i]);
	fresh->segments = 0;
}
END_TEST

/* what others send by the devices for segments goes no further, and is no error
 * of an SA */
START_TEST(test_strangers)
{
	fresh_packet_t packet;
	fresh_answer_t answer;

	fresh_kernel_set(fresh_kernel, &d3p);
	fresh_make_plain(families[_i], 0, FALSE, 100, &packet);
	ck_assert(fresh_kernel_stamp(fresh_kernel, packet.frame, packet.len,
								 FRESH_SA << CM_MARK_SA_SHIFT, &answer));
	ck_assert_int_eq(answer.action, TC_ACT_SHOT);
	ck_assert_int_eq(answer.stat, FRESH_NO_STAT);
	ck_assert_uint_eq(answer.counts.out_errors, 0);
}
END_TEST

/* without a profile, or without programs, what needs a header is not sent; of
 * other SAs nothing changes */
START_TEST(test_absent)
{
	struct cm_shared *shared = fresh_kernel_shared(fresh_kernel);
	struct fresh_profile none = {};
	fresh_answer_t answer;

	fresh_kernel_set(fresh_kernel, &none);
	send_len(families[_i], 100, 0, &answer);
	ck_assert_int_eq(answer.stat, CM_DROP_FRESHNESS);
	ck_assert_uint_eq(answer.counts.out_errors, 1);
	fresh_kernel_set(fresh_kernel, &d3p);
	fresh_kernel_jumps(fresh_kernel, FALSE);
	send_len(families[_i], 100, 0, &answer);
	ck_assert_int_eq(answer.action, TC_ACT_SHOT);
	ck_assert_int_eq(answer.stat, CM_DROP_FRESHNESS);
	cm_settings_stamped(shared, FRESH_SA, FALSE);
	send_len(families[_i], 100, 0, &answer);
	ck_assert_int_eq(answer.stat, CM_REDIRECTED);
	ck_assert_uint_eq(answer.len, MAC_OCTETS + 100);
	ck_assert_uint_eq(answer.mark & CM_MARK_MAGIC, CM_MARK_OUT);
	cm_settings_stamped(shared, FRESH_SA, TRUE);
	fresh_kernel_jumps(fresh_kernel, TRUE);
	send_len(families[_i], 100, 0, &answer);
	ck_assert_int_eq(answer.stat, CM_REDIRECTED);
	ck_assert_uint_eq(answer.counts.out, 1);
}
END_TEST

/* what has a mark of ours but is no ESP never leaves */
START_TEST(test_leak)
{
	fresh_answer_t answer, again;

	fresh_kernel_set(fresh_kernel, &d3p);
	send_len(families[_i], 100, 0, &answer);
	ck_assert_int_eq(answer.stat, CM_REDIRECTED);
	ck_assert(fresh_kernel_run(fresh_kernel, TRUE, answer.frame, answer.len,
							   answer.mark, 0, &again));
	ck_assert_int_eq(again.stat, CM_DROP_ANCHOR);
	ck_assert_int_eq(again.action, TC_ACT_SHOT);
}
END_TEST

Suite *freshness_stamp_suite(void)
{
	Suite *suite = suite_create("freshness stamp");
	TCase *tcase = tcase_create("programs");

	tcase_set_timeout(tcase, 300);
	tcase_add_test(tcase, test_property);
	tcase_add_loop_test(tcase, test_ticks, 0, 6);
	tcase_add_loop_test(tcase, test_link_size, 0, 7);
	tcase_add_loop_test(tcase, test_path_size, 0, countof(families));
	tcase_add_test(tcase, test_no_df);
	tcase_add_loop_test(tcase, test_segments, 0, countof(families));
	tcase_add_loop_test(tcase, test_strangers, 0, countof(families));
	tcase_add_loop_test(tcase, test_absent, 0, countof(families));
	tcase_add_loop_test(tcase, test_leak, 0, countof(families));
	suite_add_tcase(suite, tcase);
	return suite;
}
