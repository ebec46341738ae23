/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "freshness_bpf_suites.h"
#include "freshness_packets.h"

#include <linux/pkt_cls.h>

/** packets of the property test, unless GDOI_TEST_PACKETS says otherwise */
#define PACKETS 20000

#define BOOT 5000000000000ull
#define REAL 1700000000123456789ull
#define MS 1000000ull
#define SECOND 1000000000ull

/** mark of packets before us */
#define MARK 9

static const int families[] = { AF_INET, AF_INET6 };

/** profiles: both types of D3P, both lengths of TBAR */
static const struct fresh_profile profiles[] = {
	{ .method = FRESH_D3P, .protocol = 253, .header = FRESH_HEADER,
	  .type = FRESH_TYPE_MSEC, .allowed_ms = 500 },
	{ .method = FRESH_D3P, .protocol = 253, .header = FRESH_HEADER,
	  .type = FRESH_TYPE_POSIX, .allowed_ms = 500 },
	{ .method = FRESH_TBAR, .protocol = 254, .header = FRESH_HEADER,
	  .allowed_ms = 10000, .tick_ms = 1000, .epoch = 77, .ticks = 100000,
	  .boot_ns = BOOT - 1000 * SECOND - SECOND / 2 },
	{ .method = FRESH_TBAR, .protocol = 254, .header = FRESH_HEADER_LONG,
	  .allowed_ms = 10500, .tick_ms = 1000, .epoch = 77,
	  .ticks = UINT32_MAX - 1003, .boot_ns = BOOT - 1000 * SECOND },
};

/**
 * Let a packet come that is encrypted, so that there is a slot.
 *
 * @return			mark of what XFRM gives back
 */
static uint32_t begin(int family, uint32_t spi)
{
	fresh_packet_t esp;
	fresh_answer_t answer;

	fresh_make_esp(family, spi, &esp);
	ck_assert(fresh_kernel_run(fresh_kernel, FALSE, esp.frame, esp.len, MARK,
							   0, &answer));
	ck_assert_int_eq(answer.action, TC_ACT_UNSPEC);
	ck_assert_uint_eq(answer.mark & CM_MARK_MAGIC, CM_MARK_IN);
	return answer.mark;
}

/**
 * Let it come back from XFRM.
 */
static void finish(const fresh_packet_t *packet, uint32_t mark,
				   fresh_answer_t *answer)
{
	ck_assert(fresh_kernel_run(fresh_kernel, FALSE, packet->frame, packet->len,
							   mark, 0, answer));
}

/**
 * Compare what was counted to a verdict.
 */
static void check_counts(const fresh_answer_t *answer, int verdict)
{
	int kind;

	ck_assert_uint_eq(answer->counts.in, verdict == FRESH_ACCEPTED);
	for (kind = 0; kind < FRESH_KINDS; kind++)
	{
		ck_assert_msg(answer->counts.errors[kind] == (kind == verdict),
					  "verdict %d, but kind %d counted %llu times", verdict,
					  kind, (unsigned long long)answer->counts.errors[kind]);
	}
	ck_assert_uint_eq(answer->counts.out, 0);
}

/**
 * Check that a packet was refused.
 */
static void check_refused(const fresh_answer_t *answer, int verdict)
{
	check_counts(answer, verdict);
	ck_assert_int_eq(answer->action, TC_ACT_SHOT);
	ck_assert_int_eq(answer->stat, CM_DROP_FRESHNESS);
	ck_assert_int_eq(answer->counts.max_delta_ms, 0);
}

/**
 * Check that a packet was accepted, and is what it was before it was wrapped.
 */
static void check_accepted(const fresh_answer_t *answer,
						   const fresh_packet_t *packet, size_t strip)
{
	size_t len = packet->len - strip;

	check_counts(answer, FRESH_ACCEPTED);
	ck_assert_int_eq(answer->stat, CM_DECRYPTED);
	ck_assert_int_eq(answer->action, TC_ACT_UNSPEC);
	ck_assert_uint_eq(answer->mark, MARK);
	ck_assert_uint_eq(answer->len, len);
	ck_assert(memeq(answer->frame, packet->frame, MAC_OCTETS));
	ck_assert(memeq(answer->frame + MAC_OCTETS,
					packet->frame + MAC_OCTETS + strip, len - MAC_OCTETS));
}

/**
 * A sender's time: now, near the edges of what is allowed, or any.
 */
static int64_t random_skew(const struct fresh_profile *profile)
{
	int64_t allowed = profile->allowed_ms, skew;

	switch (fresh_random(4))
	{
		case 0:
			skew = fresh_random(1000);
			break;
		case 1:
			skew = (int64_t)fresh_random(UINT32_MAX) - INT32_MAX;
			break;
		default:
			skew = allowed + (int64_t)fresh_random(5) - 2;
			break;
	}
	return fresh_random(2) ? skew : -skew;
}

/**
 * Make a wrapped packet, whose header may have been tampered with.
 */
static void make_wrapped(int family, const struct fresh_profile *profile,
						 fresh_packet_t *packet)
{
	int64_t skew = random_skew(profile) * (int64_t)MS;
	uint8_t header[FRESH_HEADER_LONG] = {}, protocol = profile->protocol;
	size_t len;

	fresh_make_plain(family, 0, FALSE, fresh_random(64), packet);
	len = fresh_write(profile, family, BOOT + skew, REAL + skew, header);
	if (!fresh_random(3))
	{
		header[fresh_random(len)] ^= (uint8_t)(1 << fresh_random(8));
	}
	else if (!fresh_random(16))
	{	/* the other length, whether padding follows or not */
		header[2] = header[2] == 12 ? 16 : 12;
	}
	if (!fresh_random(16))
	{
		protocol ^= (uint8_t)(1 << fresh_random(8));
	}
	fresh_wrap(family, protocol, 0, header, len, packet);
	if (!fresh_random(8))
	{
		packet->len = MAC_OCTETS + fresh_ip_octets(family) +
			fresh_random(packet->len - MAC_OCTETS - fresh_ip_octets(family));
	}
}

/* D3P-005, D3P-008, D3P-015, TBAR-006, TBAR-014, TBAR-015: the program decides
 * as libgdoi does, whatever the packet, and takes off the header and nothing
 * else */
START_TEST(test_property)
{
	char *env = getenv("GDOI_TEST_PACKETS");
	u_int i, packets = env ? strtoul(env, NULL, 10) : PACKETS;
	u_int verdicts[FRESH_KINDS + 1] = {};
	struct fresh_profile profile;
	fresh_packet_t packet;
	fresh_answer_t answer;
	int family, verdict;
	int64_t delta;
	size_t strip;

	fresh_kernel_set_time(fresh_kernel, BOOT, REAL);
	for (i = 0; i < packets; i++)
	{
		family = families[fresh_random(2)];
		fresh_make_profile(BOOT, &profile);
		fresh_kernel_set(fresh_kernel, &profile);
		make_wrapped(family, &profile, &packet);
		verdict = fresh_decide(&profile, BOOT, REAL, &packet, &strip, &delta);
		finish(&packet, begin(family, FRESH_SPI), &answer);
		if (verdict == FRESH_ACCEPTED)
		{
			check_accepted(&answer, &packet, strip);
			ck_assert_int_eq(answer.counts.max_delta_ms, delta);
		}
		else
		{
			check_refused(&answer, verdict);
		}
		verdicts[verdict + 1]++;
	}
	for (verdict = 0; verdict <= FRESH_KINDS; verdict++)
	{
		ck_assert_msg(verdicts[verdict] > packets / 200,
					  "only %u packets with verdict %d", verdicts[verdict],
					  verdict - 1);
	}
}
END_TEST

/**
 * Run a packet of a sender whose clock is off.
 */
static void run_skewed(int family, const struct fresh_profile *profile,
					   int64_t skew_ms, fresh_packet_t *packet,
					   fresh_answer_t *answer)
{
	int64_t skew = skew_ms * (int64_t)MS;
	uint8_t header[FRESH_HEADER_LONG];
	size_t len;

	fresh_kernel_set(fresh_kernel, profile);
	fresh_kernel_set_time(fresh_kernel, BOOT, REAL);
	fresh_make_plain(family, 0, FALSE, 20, packet);
	len = fresh_write(profile, family, BOOT + skew, REAL + skew, header);
	fresh_wrap(family, profile->protocol, 0, header, len, packet);
	finish(packet, begin(family, FRESH_SPI), answer);
}

/* D3P-008, TBAR-006: what differs by what is allowed is fresh, what differs by
 * a millisecond or tick more is not, either way; the largest difference counts
 * with its sign */
START_TEST(test_edges)
{
	const struct fresh_profile *profile = &profiles[_i % countof(profiles)];
	int family = families[_i / countof(profiles)];
	int64_t unit = profile->tick_ms ?: 1;
	int64_t edge = profile->allowed_ms / unit * unit;
	size_t strip = fresh_ip_octets(family) + profile->header;
	fresh_packet_t packet;
	fresh_answer_t answer;

	run_skewed(family, profile, -edge, &packet, &answer);
	check_accepted(&answer, &packet, strip);
	ck_assert_int_eq(answer.counts.max_delta_ms, edge);
	run_skewed(family, profile, edge, &packet, &answer);
	check_accepted(&answer, &packet, strip);
	ck_assert_int_eq(answer.counts.max_delta_ms, -edge);
	run_skewed(family, profile, -edge - unit, &packet, &answer);
	check_refused(&answer, FRESH_LATE);
	run_skewed(family, profile, edge + unit, &packet, &answer);
	check_refused(&answer, FRESH_EARLY);
}
END_TEST

/* d3p.md section 5: stamps that are as far away as can be */
START_TEST(test_far)
{
	static const struct {
		uint64_t stamp;
		int verdict;
	} far[] = {
		{ 0, FRESH_LATE }, { UINT64_MAX, FRESH_LATE },
		{ INT64_MAX, FRESH_EARLY }, { 1ull << 63, FRESH_EARLY },
		{ (REAL / MS) + (1ull << 63) - 1, FRESH_EARLY },
		{ (REAL / MS) + (1ull << 63) + 1, FRESH_LATE },
	};
	uint8_t header[FRESH_HEADER] = { IPPROTO_IPIP, FRESH_TYPE_MSEC };
	fresh_packet_t packet;
	fresh_answer_t answer;
	size_t strip;
	int64_t delta;

	fresh_kernel_set(fresh_kernel, &profiles[0]);
	fresh_kernel_set_time(fresh_kernel, BOOT, REAL);
	htoun64(header + 4, far[_i].stamp);
	fresh_make_plain(AF_INET, 0, FALSE, 20, &packet);
	fresh_wrap(AF_INET, 253, 0, header, sizeof(header), &packet);
	ck_assert_int_eq(far[_i].verdict, fresh_decide(&profiles[0], BOOT, REAL,
												&packet, &strip, &delta));
	finish(&packet, begin(AF_INET, FRESH_SPI), &answer);
	check_refused(&answer, far[_i].verdict);
}
END_TEST

/* packets cut short anywhere are malformed, unless the packet inside is all
 * there is missing of: that is not ours to check */
START_TEST(test_truncated)
{
	const struct fresh_profile *profile = &profiles[_i % countof(profiles)];
	int family = families[_i / countof(profiles)];
	size_t outer = fresh_ip_octets(family), len, enough;
	fresh_packet_t packet, cut;
	fresh_answer_t answer;

	run_skewed(family, profile, 0, &packet, &answer);
	enough = MAC_OCTETS + outer + profile->header + outer;
	for (len = MAC_OCTETS + outer; len <= packet.len; len++)
	{
		cut = packet;
		cut.len = len;
		finish(&cut, begin(family, FRESH_SPI), &answer);
		if (len < enough)
		{
			check_refused(&answer, FRESH_MALFORMED);
		}
		else
		{
			check_accepted(&answer, &cut, outer + profile->header);
		}
	}
}
END_TEST

/* every bit of the fields that have one value: type, version, length, reserved
 * octets, flags, padding, next header */
START_TEST(test_fields)
{
	const struct fresh_profile *profile = &profiles[_i % countof(profiles)];
	int family = families[_i / countof(profiles)];
	uint8_t *header;
	fresh_packet_t packet, bad;
	fresh_answer_t answer;
	u_int bit;

	run_skewed(family, profile, 0, &packet, &answer);
	for (bit = 0; bit < profile->header * 8; bit++)
	{
		if (bit == 32)
		{	/* times and epoch have any value, padding has not */
			bit = 12 * 8 - 1;
			continue;
		}
		bad = packet;
		header = bad.frame + MAC_OCTETS + fresh_ip_octets(family);
		header[bit / 8] ^= (uint8_t)(1 << bit % 8);
		finish(&bad, begin(family, FRESH_SPI), &answer);
		check_refused(&answer, FRESH_MALFORMED);
	}
}
END_TEST

/* another epoch, whatever its time */
START_TEST(test_epoch)
{
	struct fresh_profile theirs = profiles[2 + _i % 2];
	uint8_t header[FRESH_HEADER_LONG];
	fresh_packet_t packet;
	fresh_answer_t answer;
	size_t len;

	theirs.epoch++;
	fresh_kernel_set(fresh_kernel, &profiles[2 + _i % 2]);
	fresh_kernel_set_time(fresh_kernel, BOOT, REAL);
	fresh_make_plain(families[_i / 2], 0, FALSE, 20, &packet);
	len = fresh_write(&theirs, families[_i / 2], BOOT, REAL, header);
	fresh_wrap(families[_i / 2], 254, 0, header, len, &packet);
	finish(&packet, begin(families[_i / 2], FRESH_SPI), &answer);
	check_refused(&answer, FRESH_EPOCH);
}
END_TEST

/* D3P header in front of the other family's packet */
START_TEST(test_other_family)
{
	fresh_packet_t packet;
	fresh_answer_t answer;
	uint8_t header[FRESH_HEADER_LONG];
	size_t len;

	fresh_kernel_set(fresh_kernel, &profiles[0]);
	fresh_kernel_set_time(fresh_kernel, BOOT, REAL);
	fresh_make_plain(families[!_i], 0, FALSE, 60, &packet);
	len = fresh_write(&profiles[0], families[!_i], BOOT, REAL, header);
	fresh_wrap(families[_i], 253, 0, header, len, &packet);
	htoun16(packet.frame + 12, families[_i] == AF_INET ? 0x0800 : 0x86dd);
	finish(&packet, begin(families[_i], FRESH_SPI), &answer);
	check_refused(&answer, FRESH_MALFORMED);
	/* even if it says to be of ours */
	packet.frame[MAC_OCTETS + fresh_ip_octets(families[_i])] =
								families[_i] == AF_INET ? 4 : 41;
	finish(&packet, begin(families[_i], FRESH_SPI), &answer);
	check_refused(&answer, FRESH_MALFORMED);
}
END_TEST

/* a packet that XFRM gives back as it was, without a header: also if the packet
 * itself has the header's protocol */
START_TEST(test_missing)
{
	fresh_packet_t packet;
	fresh_answer_t answer;
	struct fresh_event event;

	fresh_kernel_set(fresh_kernel, &profiles[0]);
	fresh_kernel_set_time(fresh_kernel, BOOT + (_i + 1) * 3600 * SECOND, REAL);
	fresh_kernel_refused(fresh_kernel, &event);
	fresh_make_plain(families[_i], 0, FALSE, 60, &packet);
	packet.frame[MAC_OCTETS + (families[_i] == AF_INET ? 9 : 6)] = 253;
	finish(&packet, begin(families[_i], FRESH_SPI), &answer);
	check_refused(&answer, FRESH_MISSING);
	ck_assert_uint_eq(fresh_kernel_refused(fresh_kernel, &event), 1);
	ck_assert_uint_eq(event.kind, FRESH_MISSING);
	ck_assert_uint_eq(event.theirs_ms, 0);
	ck_assert_uint_eq(event.mine_ms, REAL / MS);
}
END_TEST

/* a header where none belongs: the kernel refuses it already, and we do, and
 * nobody can make one from outside, not even by the mark of an old packet */
START_TEST(test_unexpected)
{
	fresh_packet_t packet;
	fresh_answer_t answer;
	uint32_t mark;
	int i;

	run_skewed(families[_i], &profiles[0], 0, &packet, &answer);
	check_counts(&answer, FRESH_ACCEPTED);
	finish(&packet, begin(families[_i], PLAIN_SPI), &answer);
	ck_assert_int_eq(answer.stat, CM_DROP_ANCHOR);
	check_counts(&answer, FRESH_KINDS);
	finish(&packet, 0, &answer);
	ck_assert_int_eq(answer.stat, CM_DROP_ANCHOR);
	mark = begin(families[_i], FRESH_SPI);
	for (i = 0; i < 1024; i++)
	{	/* all slots of this CPU are taken by others */
		begin(families[_i], FRESH_SPI);
	}
	finish(&packet, mark, &answer);
	ck_assert_int_eq(answer.stat, CM_DROP_ANCHOR);
	check_counts(&answer, FRESH_KINDS);
}
END_TEST

/* addresses inside that are not those outside, however fresh */
START_TEST(test_addresses)
{
	fresh_packet_t packet;
	fresh_answer_t answer;
	size_t inside;

	run_skewed(families[_i], &profiles[0], 0, &packet, &answer);
	inside = MAC_OCTETS + fresh_ip_octets(families[_i]) + FRESH_HEADER +
			 (families[_i] == AF_INET ? 12 : 8);
	packet.frame[inside] ^= 1;
	finish(&packet, begin(families[_i], FRESH_SPI), &answer);
	ck_assert_int_eq(answer.stat, CM_DROP_ADDRESSES);
	ck_assert_int_eq(answer.action, TC_ACT_SHOT);
}
END_TEST

/**
 * Run a TCP packet, or one of another protocol.
 *
 * @param addresses		TRUE to have inside what is outside
 */
static void run_tcp(int family, uint8_t protocol, bool addresses,
					fresh_answer_t *answer)
{
	fresh_packet_t packet;
	size_t inside;

	run_skewed(family, &profiles[0], 0, &packet, answer);
	inside = MAC_OCTETS + fresh_ip_octets(family) + FRESH_HEADER;
	packet.frame[inside + (family == AF_INET ? 9 : 6)] = protocol;
	packet.frame[inside + (family == AF_INET ? 12 : 8)] ^= !addresses;
	finish(&packet, begin(family, FRESH_SPI), answer);
}

/* TCP goes to a device that merges segments: but none whose addresses are not
 * those outside, or whose SPI is not for all SAs, as only one of those that are
 * merged is checked afterwards; and none if the device is gone */
START_TEST(test_merge)
{
	struct fresh_shared *fresh = fresh_kernel_fresh(fresh_kernel);
	struct cm_shared *shared = fresh_kernel_shared(fresh_kernel);
	struct cm_spis *spis = &shared->spis[shared->config.spis & 1];
	int family = families[_i];
	fresh_answer_t answer;

	fresh->merge = 1;
	run_tcp(family, 6, TRUE, &answer);
	ck_assert_int_eq(answer.action, TC_ACT_REDIRECT);
	check_counts(&answer, FRESH_ACCEPTED);
	run_tcp(family, 17, TRUE, &answer);
	ck_assert_int_eq(answer.stat, CM_DECRYPTED);
	run_tcp(family, 6, FALSE, &answer);
	ck_assert_int_eq(answer.action, TC_ACT_SHOT);
	ck_assert_int_eq(answer.stat, CM_DROP_ADDRESSES);
	ck_assert_uint_eq(spis->sas[0], CM_ALL_SAS);
	spis->sas[0] = 1 << FRESH_SA;
	run_tcp(family, 6, TRUE, &answer);
	ck_assert_int_eq(answer.stat, CM_DECRYPTED);
	spis->sas[0] = 1 << PLAIN_SA;
	run_tcp(family, 6, TRUE, &answer);
	ck_assert_int_eq(answer.action, TC_ACT_SHOT);
	ck_assert_int_eq(answer.stat, CM_DROP_SELECTOR);
	spis->sas[0] = CM_ALL_SAS;
	fresh->merge = 4711;
	run_tcp(family, 6, TRUE, &answer);
	ck_assert_int_eq(answer.stat, CM_DECRYPTED);
	fresh->merge = 0;
}
END_TEST

/* ECN: congestion outside is shown inside where the sender can tell */
START_TEST(test_ecn)
{
	static const uint8_t expected[4][4] = {
		/* inside:     not  1  0  CE; outside: */
		/* not */	{ 0, 1, 2, 3 },
		/* ECT1 */	{ 0, 1, 2, 3 },
		/* ECT0 */	{ 0, 1, 2, 3 },
		/* CE */	{ 0, 3, 3, 3 },
	};
	int family = families[_i / 16];
	uint8_t in = _i % 4, out = _i / 4 % 4, header[FRESH_HEADER], tos = 0xb8;
	fresh_packet_t packet, plain;
	fresh_answer_t answer;
	uint8_t *ip = plain.frame + MAC_OCTETS;
	uint32_t sum;

	fresh_kernel_set(fresh_kernel, &profiles[0]);
	fresh_kernel_set_time(fresh_kernel, BOOT, REAL);
	fresh_make_plain(family, tos | in, TRUE, 40, &plain);
	packet = plain;
	fresh_write(&profiles[0], family, BOOT, REAL, header);
	fresh_wrap(family, 253, tos | out, header, sizeof(header), &packet);
	finish(&packet, begin(family, FRESH_SPI), &answer);
	check_counts(&answer, FRESH_ACCEPTED);
	if (family == AF_INET)
	{
		sum = (uint16_t)~untoh16(ip + 10) + expected[out][in] - in;
		ip[1] = tos | expected[out][in];
		htoun16(ip + 10, (uint16_t)~((sum & 0xffff) + (sum >> 16)));
	}
	else
	{
		ip[1] = (uint8_t)((ip[1] & 0xf) | (tos | expected[out][in]) << 4);
	}
	ck_assert_uint_eq(answer.len, plain.len);
	ck_assert(memeq(answer.frame, plain.frame, plain.len));
}
END_TEST

/**
 * Send late packets, and count the events.
 */
static u_int send_late(u_int count, uint64_t boot, struct fresh_event *event)
{
	int64_t skew = -60000 * (int64_t)MS;
	uint8_t header[FRESH_HEADER_LONG];
	fresh_packet_t packet;
	fresh_answer_t answer;
	size_t len;

	fresh_kernel_set_time(fresh_kernel, boot, REAL);
	fresh_make_plain(AF_INET, 0, FALSE, 20, &packet);
	len = fresh_write(&profiles[0], AF_INET, boot + skew, REAL + skew, header);
	fresh_wrap(AF_INET, 253, 0, header, len, &packet);
	while (count--)
	{
		finish(&packet, begin(AF_INET, FRESH_SPI), &answer);
		check_refused(&answer, FRESH_LATE);
	}
	return fresh_kernel_refused(fresh_kernel, event);
}

/* D3P-014: of 100 bad packets in a minute 10 are told of, with addresses and
 * times; never more than 10 in any minute */
START_TEST(test_sampling)
{
	uint64_t boot = BOOT + 10 * 3600 * SECOND, minute = 60 * SECOND;
	struct fresh_event event;
	host_t *source;

	fresh_kernel_set(fresh_kernel, &profiles[0]);
	fresh_kernel_refused(fresh_kernel, &event);
	ck_assert_uint_eq(send_late(100, boot, &event), 10);
	source = host_create_from_string("10.1.2.3", 0);
	ck_assert_uint_eq(event.sa, FRESH_SA);
	ck_assert_uint_eq(event.method, FRESH_D3P);
	ck_assert_uint_eq(event.kind, FRESH_LATE);
	ck_assert_uint_eq(event.family, AF_INET);
	ck_assert(memeq(event.saddr, source->get_address(source).ptr, 4));
	ck_assert_uint_eq(event.real_ns, REAL);
	ck_assert_uint_eq(event.mine_ms, REAL / MS);
	ck_assert_uint_eq(event.theirs_ms, REAL / MS - 60000);
	ck_assert_uint_eq(event.allowed_ms, 500);
	source->destroy(source);
	ck_assert_uint_eq(send_late(10, boot + minute - 1, &event), 0);
	ck_assert_uint_eq(send_late(7, boot + minute, &event), 7);
	ck_assert_uint_eq(send_late(10, boot + minute + SECOND, &event), 3);
	ck_assert_uint_eq(send_late(10, boot + 2 * minute - 1, &event), 0);
	ck_assert_uint_eq(send_late(10, boot + 2 * minute, &event), 7);
	ck_assert_uint_eq(send_late(10, boot + 3 * minute + SECOND, &event), 10);
	/* a CPU that read the clock a moment before the others */
	ck_assert_uint_eq(send_late(10, boot + 3 * minute, &event), 0);
}
END_TEST

/* without programs or profile nothing is accepted; what is plain still is */
START_TEST(test_absent)
{
	struct fresh_profile none = {};
	fresh_packet_t packet, plain;
	fresh_answer_t answer;

	run_skewed(families[_i], &none, 0, &packet, &answer);
	ck_assert_int_eq(answer.action, TC_ACT_SHOT);
	ck_assert_int_eq(answer.stat, CM_DROP_FRESHNESS);
	fresh_kernel_jumps(fresh_kernel, FALSE);
	run_skewed(families[_i], &profiles[0], 0, &packet, &answer);
	ck_assert_int_eq(answer.action, TC_ACT_SHOT);
	ck_assert_int_eq(answer.stat, CM_DROP_FRESHNESS);
	check_counts(&answer, FRESH_KINDS);
	fresh_make_plain(families[_i], 0, FALSE, 20, &plain);
	finish(&plain, begin(families[_i], PLAIN_SPI), &answer);
	ck_assert_int_eq(answer.stat, CM_DECRYPTED);
	ck_assert_int_eq(answer.action, TC_ACT_UNSPEC);
	fresh_kernel_jumps(fresh_kernel, TRUE);
}
END_TEST

/* an SPI whose packets need a header, but of no SA that could say which, is not
 * known: it must never look like one that needs no header */
START_TEST(test_no_sa)
{
	uint32_t spis[] = { 1, 2 };
	uint32_t sas[] = {
		CRYPTO_MAP_SPI_STAMPED | CRYPTO_MAP_SPI_ALL_SAS,
		CRYPTO_MAP_SPI_ALL_SAS,
	};
	struct cm_shared *shared;

	INIT(shared);
	ck_assert(cm_settings_spis(shared, spis, sas, countof(spis)));
	ck_assert_uint_eq(shared->spis[1].sas[0], 0);
	ck_assert_uint_eq(shared->spis[1].sas[1], CM_ALL_SAS);
	ck_assert_uint_eq(shared->spis[1].stamped[1], 0);
	free(shared);
}
END_TEST

/* a step of the clock refuses all, and back again all is well */
START_TEST(test_step)
{
	fresh_packet_t packet;
	fresh_answer_t answer;

	run_skewed(AF_INET, &profiles[_i], 0, &packet, &answer);
	check_counts(&answer, FRESH_ACCEPTED);
	fresh_kernel_set_time(fresh_kernel, BOOT, REAL + 3600 * SECOND);
	finish(&packet, begin(AF_INET, FRESH_SPI), &answer);
	check_refused(&answer, FRESH_LATE);
	fresh_kernel_set_time(fresh_kernel, BOOT, REAL - 3600 * SECOND);
	finish(&packet, begin(AF_INET, FRESH_SPI), &answer);
	check_refused(&answer, FRESH_EARLY);
	fresh_kernel_set_time(fresh_kernel, BOOT, REAL);
	finish(&packet, begin(AF_INET, FRESH_SPI), &answer);
	check_counts(&answer, FRESH_ACCEPTED);
}
END_TEST

Suite *freshness_check_suite(void)
{
	Suite *suite = suite_create("freshness check");
	TCase *tcase = tcase_create("programs");
	int all = countof(profiles) * countof(families);

	tcase_set_timeout(tcase, 300);
	tcase_add_test(tcase, test_property);
	tcase_add_loop_test(tcase, test_edges, 0, all);
	tcase_add_loop_test(tcase, test_far, 0, 6);
	tcase_add_loop_test(tcase, test_truncated, 0, all);
	tcase_add_loop_test(tcase, test_fields, 0, all);
	tcase_add_loop_test(tcase, test_epoch, 0, 4);
	tcase_add_loop_test(tcase, test_other_family, 0, countof(families));
	tcase_add_test(tcase, test_no_sa);
	tcase_add_loop_test(tcase, test_missing, 0, countof(families));
	tcase_add_loop_test(tcase, test_unexpected, 0, countof(families));
	tcase_add_loop_test(tcase, test_addresses, 0, countof(families));
	tcase_add_loop_test(tcase, test_merge, 0, countof(families));
	tcase_add_loop_test(tcase, test_ecn, 0, 32);
	tcase_add_test(tcase, test_sampling);
	tcase_add_loop_test(tcase, test_absent, 0, countof(families));
	tcase_add_loop_test(tcase, test_step, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
