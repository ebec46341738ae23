/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "test_libgdoi.h"
#include "test_helpers.h"

#include "payloads/gdoi_chain.h"
#include "payloads/gdoi_sa.h"

#include <stdarg.h>

/** SAT of ESP, AES-CBC-256, HMAC-SHA-256, 10.0.0.0/8 to 239.1.1.1, an hour */
#define SAT "01" "11" "040000080a000000ff000000" "01138804ef010101" "0c" \
			"00001000" "80040001" "80050005" "8001000180020e10" "80060100"
/** the same with identifications of two octets of length */
#define SAT_WIDE "01" "11" "04000000080a000000ff000000" "0113880004ef010101" \
				 "0c" "00001000" "80040001" "80050005" "8001000180020e10" \
				 "80060100"
/** SAK of AES-128, RSA with SHA-256 */
#define SPI16 "000102030405060708090a0b0c0d0e0f"
#define SAK_HEAD "11" "010350040a000001" "01035004ef010101" SPI16
#define SAK_ATTR "80020003" "80030080" "00040004" "00015180" "80050003" \
				 "80060001" "80070800"
#define SAK SAK_HEAD "00000000" SAK_ATTR

/* ---------------------------------------------------------------- SAK, SAT */

static const struct {
	const char *hex;
	u_int tolerance;
	/* NULL if good, otherwise part of the reason */
	const char *reason;
} saks[] = {
	{ SAK },
	/* 6 reserved octets of the reference code */
	{ SAK_HEAD "000000000000" SAK_ATTR },
	{ SAK_HEAD "00000000000000" SAK_ATTR, 0, "SAK" },
	{ SAK_HEAD "00000001" SAK_ATTR, 0, "reserved" },
	{ SAK_HEAD "000000", 0, "reserved" },
	/* integers as TLV and TV */
	{ SAK_HEAD "00000000" "00020002" "0003" "80040019" "0006000101" },
	{ SAK_HEAD "00000000" SAK_ATTR "80090001" },
	/* unknown, reserved, private and repeated attributes: GM rule 3 */
	{ SAK_HEAD "00000000" SAK_ATTR "80080001", 0, "unknown SAK attribute 8" },
	{ SAK_HEAD "00000000" SAK_ATTR "800a0001", 0, "unknown SAK attribute 10" },
	{ SAK_HEAD "00000000" SAK_ATTR "80800001", 0, "unknown SAK attribute 128" },
	{ SAK_HEAD "00000000" SAK_ATTR "ffff0001", 0, "attribute 32767" },
	{ SAK_HEAD "00000000" SAK_ATTR "80020003", 0, "there twice" },
	{ SAK_HEAD "00000000" SAK_ATTR "0009", 0, "ends within an attribute" },
	{ SAK_HEAD "00000000" SAK_ATTR "00090005" "00000000", 0, "ends within" },
	{ SAK_HEAD "00000000" SAK_ATTR "00090005" "0000000001", 0,
	  "not an integer" },
	/* identifications of two octets of length: an option */
	{ "11" "01035000040a000001" "0103500004ef010101" SPI16 "00000000"
	  SAK_ATTR, 0, "SAK" },
	{ "11" "01035000040a000001" "0103500004ef010101" SPI16 "00000000"
	  SAK_ATTR, GDOI_TOLERATE_LONG_ID_LEN },
	{ "11" "01035000ff0a000001" "0103500004ef010101" SPI16 "00000000"
	  SAK_ATTR, GDOI_TOLERATE_LONG_ID_LEN, "SAK" },
	{ "11" "010350ff0a000001" "01035004ef010101" SPI16 "00000000" SAK_ATTR, 0,
	  "too short" },
};

START_TEST(test_sak)
{
	chunk_t body = test_hex(saks[_i].hex);
	char *reason = NULL;
	gdoi_sak_t sak;
	bool good;

	good = gdoi_sak_parse(body, saks[_i].tolerance, &sak, &reason);
	ck_assert_msg(good == !saks[_i].reason, "%s", reason ?: "was taken");
	if (saks[_i].reason)
	{
		ck_assert_reason(reason, saks[_i].reason);
	}
	else
	{
		ck_assert_uint_eq(sak.src.port, 848);
		ck_assert_uint_eq(sak.dst.data.len, 4);
		ck_assert_uint_eq(sak.spi.ptr[15], 15);
		ck_assert_uint_eq(sak.values[GDOI_KEK_ALGORITHM], 3);
	}
	chunk_free(&body);
}
END_TEST

START_TEST(test_sak_write)
{
	chunk_t body = test_hex(SAK "80090001");
	bio_writer_t *writer = bio_writer_create(0);
	gdoi_sak_t sak;

	ck_assert(gdoi_sak_parse(body, GDOI_STRICT, &sak, NULL));
	gdoi_sak_write(&sak, writer);
	ck_assert_chunk(writer->get_buf(writer), body);
	writer->destroy(writer);
	chunk_free(&body);
}
END_TEST

static const struct {
	const char *hex;
	u_int tolerance;
	const char *reason;
} sats[] = {
	{ SAT },
	{ SAT "800e0003" "800f0002" },
	{ SAT "000e000400000003" },
	{ SAT_WIDE, 0, "SAT" },
	{ SAT_WIDE, GDOI_TOLERATE_LONG_ID_LEN },
	{ SAT, GDOI_TOLERATE_LONG_ID_LEN },
	/* kilobytes beside seconds, long durations as TLV */
	{ SAT "80010002" "0002000400fa0000" },
	/* attributes that must not be sent or are not understood */
	{ SAT "80030002", 0, "unknown SAT attribute 3" },
	{ SAT "8007000a", 0, "unknown SAT attribute 7" },
	{ SAT "800a0001", 0, "unknown SAT attribute 10" },
	{ SAT "800b0001", 0, "unknown SAT attribute 11" },
	{ SAT "fd040001", 0, "unknown SAT attribute 32004" },
	/* methods of replay protection, as TV and TLV */
	{ SAT "fd010001" "fd020040" },
	{ SAT "7d01000101" "7d02000400001000" },
	{ SAT "fd010000", 0, "32001 is zero" },
	{ SAT "7d010000", 0, "32001 is zero" },
	{ SAT "7d0200050000000001", 0, "32002 is zero" },
	{ SAT "fd010001" "fd010001", 0, "32001 is zero, no integer, or there" },
	{ SAT "fd020001" "fd020001", 0, "32002 is zero, no integer, or there" },
	{ SAT "80000001", 0, "unknown SAT attribute 0" },
	{ SAT "80040001", 0, "SAT attribute 4 is there twice" },
	{ SAT "80010001", 0, "Life Type without Life Duration" },
	{ SAT "80010003", 0, "bad Life Type" },
	{ SAT "80020e10", 0, "without Life Type" },
	{ SAT "80010001" "80020001", 0, "bad Life Duration" },
	{ SAT "80010002" "80020000", 0, "bad Life Duration" },
	{ SAT "000e0000", 0, "not an integer" },
	{ SAT "80", 0, "ends within an attribute" },
	/* protocols of others are told apart, not parsed */
	{ "03" "ffff" },
	{ "", 0, "empty" },
	{ "02", 0, "too short" },
};

START_TEST(test_sat)
{
	chunk_t body = test_hex(sats[_i].hex);
	char *reason = NULL;
	gdoi_sat_t sat;
	bool good;

	good = gdoi_sat_parse(body, sats[_i].tolerance, &sat, &reason);
	ck_assert_msg(good == !sats[_i].reason, "%s", reason ?: "was taken");
	if (sats[_i].reason)
	{
		ck_assert_reason(reason, sats[_i].reason);
	}
	else if (sat.protocol_id == GDOI_PROTO_ESP)
	{
		ck_assert_uint_eq(sat.protocol, 17);
		ck_assert_uint_eq(sat.dst.port, 5000);
		ck_assert_uint_eq(sat.transform, 12);
		ck_assert_uint_eq(sat.seconds, 3600);
		ck_assert_uint_eq(sat.values[GDOI_TEK_KEY_LENGTH], 256);
	}
	chunk_free(&body);
}
END_TEST

START_TEST(test_sat_write)
{
	chunk_t body = test_hex(SAT "800e0003" "800f0002");
	bio_writer_t *writer = bio_writer_create(0);
	gdoi_sat_t sat;

	ck_assert(gdoi_sat_parse(body, GDOI_STRICT, &sat, NULL));
	gdoi_sat_write(&sat, writer);
	ck_assert_chunk(writer->get_buf(writer), body);
	writer->destroy(writer);
	chunk_free(&body);
}
END_TEST

static const struct {
	const char *hex;
	const char *reason;
} gaps[] = {
	{ "8001000a80020014" },
	{ "" },
	{ "000100020a", "ends within" },
	{ "0001000400000005" "80020006" },
	{ "80030004" },
	{ "80040004", "unknown GAP attribute 4" },
	{ "80840001", "unknown GAP attribute 132" },
	{ "807f0001", "unknown GAP attribute 127" },
	/* D3P_TYPE and D3P_WINDOWSIZE, TV and TLV; what they must be to each
	 * other is not the parser's matter */
	{ "80800003" "00810004000003e8" },
	{ "0080000103" "808103e8" },
	{ "80810000" },
	{ "80800003" "80800003", "second D3P attribute 128" },
	{ "808103e8" "00810004000003e8", "second D3P attribute 129" },
	{ "00800000", "not an integer" },
	{ "00810005" "0000000001", "not an integer" },
	{ "00810004" "0001", "ends within" },
	/* PSEUDOTIME */
	{ "0083000c" "000000010000000200000003" },
	{ "0083000c" "ffffffffffffffffffffffff" "8001000a" },
	{ "0083000b" "0000000100000002000000", "PSEUDOTIME of 11 octets" },
	{ "0083000d" "00000001000000020000000300", "PSEUDOTIME of 13 octets" },
	{ "00830000", "PSEUDOTIME of 0 octets" },
	{ "80830001", "PSEUDOTIME of 2 octets" },
	{ "0083000c" "000000010000000200000003"
	  "0083000c" "000000010000000200000003", "second one" },
	{ "80000001", "unknown GAP attribute 0" },
	{ "8001000a8001000a", "there twice" },
	{ "0001000400010000", "16 bits" },
	{ "800100", "ends within" },
};

START_TEST(test_gap)
{
	chunk_t body = test_hex(gaps[_i].hex);
	bio_writer_t *writer = bio_writer_create(0);
	char *reason = NULL;
	gdoi_gap_t gap, again;

	ck_assert_int_eq(gdoi_gap_parse(body, &gap, &reason), !gaps[_i].reason);
	if (gaps[_i].reason)
	{
		ck_assert_reason(reason, gaps[_i].reason);
	}
	else
	{
		gdoi_gap_write(&gap, writer);
		ck_assert(gdoi_gap_parse(writer->get_buf(writer), &again, NULL));
		ck_assert(memeq(&gap, &again, sizeof(gap)));
	}
	writer->destroy(writer);
	chunk_free(&body);
}
END_TEST

/* ---------------------------------------------------------------------- SA */

/** join chunks, freeing them; chunk_cat() evaluates its arguments twice */
static chunk_t join(u_int count, ...)
{
	chunk_t out = chunk_empty, part;
	va_list args;

	va_start(args, count);
	while (count--)
	{
		part = va_arg(args, chunk_t);
		out = chunk_cat("mm", out, part);
	}
	va_end(args);
	return out;
}

/** nested payload with its header */
static chunk_t nested(uint8_t next, const char *hex)
{
	bio_writer_t *writer = bio_writer_create(0);
	chunk_t body = test_hex(hex), out;

	gdoi_chain_write(writer, next, body);
	out = writer->extract_buf(writer);
	writer->destroy(writer);
	chunk_free(&body);
	return out;
}

/** complete SA payload: SAK, GAP, and two SATs */
static chunk_t whole_sa(void)
{
	return join(5, test_hex("0000000200000000000f0000"), nested(22, SAK),
				nested(16, "8001000a80020014"), nested(16, SAT),
				nested(0, SAT "800f0002"));
}

START_TEST(test_sa)
{
	chunk_t body = whole_sa();
	bio_writer_t *writer = bio_writer_create(0);
	gdoi_notify_t notify;
	char *reason = NULL;
	gdoi_sa_t sa;

	ck_assert(gdoi_sa_parse(body, GDOI_STRICT, &sa, &notify, &reason));
	ck_assert(sa.has_sak && sa.has_gap && sa.sat_count == 2);
	ck_assert(gdoi_sa_write(&sa, writer));
	ck_assert_chunk(writer->get_buf(writer), body);
	gdoi_sa_clear(&sa);
	writer->destroy(writer);
	chunk_free(&body);
}
END_TEST

/* every truncation, and every single octet more in every length */
START_TEST(test_sa_truncated)
{
	chunk_t body = whole_sa(), copy;
	gdoi_notify_t notify;
	gdoi_sa_t sa;

	for (size_t i = 0; i < body.len; i++)
	{
		/* a copy of the exact size, so that a sanitizer sees over-reads */
		copy = chunk_clone(chunk_create(body.ptr, i));
		ck_assert(!gdoi_sa_parse(copy, GDOI_TOLERATE_LONG_ID_LEN, &sa, &notify,
								 NULL));
		chunk_free(&copy);
	}
	copy = join(2, chunk_clone(body), test_hex("00"));
	ck_assert(!gdoi_sa_parse(copy, GDOI_STRICT, &sa, &notify, NULL));
	chunk_free(&copy);
	chunk_free(&body);
}
END_TEST

/* flip octets at random: never a crash, never an over-read */
START_TEST(test_sa_mutated)
{
	gdoi_notify_t notify;
	chunk_t body;
	gdoi_sa_t sa;
	char *reason;

	for (int i = 0; i < 5000; i++)
	{
		body = whole_sa();
		for (u_int n = 1 + test_random(4); n; n--)
		{
			body.ptr[test_random((uint32_t)body.len)] = (uint8_t)
														test_random(256);
		}
		reason = NULL;
		if (gdoi_sa_parse(body, test_random(4), &sa, &notify, &reason))
		{
			ck_assert(!reason && notify == GDOI_NOTIFY_NONE);
			gdoi_sa_clear(&sa);
		}
		else
		{
			ck_assert(reason && notify != GDOI_NOTIFY_NONE);
		}
		free(reason);
		chunk_free(&body);
	}
}
END_TEST

START_TEST(test_sa_refused)
{
	static const struct {
		const char *head;
		uint8_t next[3];
		const char *nested[3];
		u_int tolerance;
		gdoi_notify_t notify;
		const char *reason;
	} cases[] = {
		{ "0000000100000001000f0000", { 0 }, { SAK }, 0,
		  GDOI_NOTIFY_DOI_NOT_SUPPORTED, "DOI 1" },
		{ "0000000200000001000f0000", { 0 }, { SAK }, 0,
		  GDOI_NOTIFY_DOI_NOT_SUPPORTED, "Situation 1" },
		{ "0000000200000000000f0001", { 0 }, { SAK }, 0,
		  GDOI_NOTIFY_PAYLOAD_MALFORMED, "first payload" },
		{ "0000000200000000010f0000", { 0 }, { SAK }, 0,
		  GDOI_NOTIFY_PAYLOAD_MALFORMED, "first payload" },
		{ "000000020000000000000000", { 0 }, { NULL }, 0,
		  GDOI_NOTIFY_PAYLOAD_MALFORMED, "neither SAK nor" },
		{ "000000020000000000160000", { 0 }, { "8001000a" }, 0,
		  GDOI_NOTIFY_PAYLOAD_MALFORMED, "neither SAK nor" },
		/* order and number */
		{ "0000000200000000000f0000", { 15, 0 }, { SAK, SAK }, 0,
		  GDOI_NOTIFY_PAYLOAD_MALFORMED, "second or misplaced" },
		{ "000000020000000000100000", { 15, 0 }, { SAT, SAK }, 0,
		  GDOI_NOTIFY_PAYLOAD_MALFORMED, "second or misplaced" },
		{ "000000020000000000100000", { 22, 0 }, { SAT, "8001000a" }, 0,
		  GDOI_NOTIFY_PAYLOAD_MALFORMED, "second or misplaced" },
		{ "000000020000000000100000", { 17, 0 }, { SAT, "" }, 0,
		  GDOI_NOTIFY_INVALID_PAYLOAD_TYPE, "type 17" },
		{ "000000020000000000100000", { 16, 0 }, { SAT, NULL }, 0,
		  GDOI_NOTIFY_PAYLOAD_MALFORMED, "malformed" },
		{ "0000000200000000000f0000", { 0, 0 }, { SAK, SAT }, 0,
		  GDOI_NOTIFY_PAYLOAD_MALFORMED, "does not end" },
		/* LOG-169: a protocol that is neither ESP nor AH */
		{ "000000020000000000100000", { 16, 0 }, { SAT, "03ff" }, 0,
		  GDOI_NOTIFY_INVALID_PROTOCOL_ID, "unsupported protocol 3" },
		{ "000000020000000000100000", { 0 }, { "03ff" },
		  GDOI_TOLERATE_UNKNOWN_SAT, GDOI_NOTIFY_PAYLOAD_MALFORMED,
		  "neither SAK nor" },
	};
	chunk_t body = test_hex(cases[_i].head);
	gdoi_notify_t notify;
	char *reason = NULL;
	gdoi_sa_t sa;

	for (int i = 0; i < 3 && cases[_i].nested[i]; i++)
	{
		body = join(2, body, nested(cases[_i].next[i], cases[_i].nested[i]));
	}
	ck_assert(!gdoi_sa_parse(body, cases[_i].tolerance, &sa, &notify,
							 &reason));
	ck_assert_int_eq(notify, cases[_i].notify);
	ck_assert_reason(reason, cases[_i].reason);
	chunk_free(&body);
}
END_TEST

START_TEST(test_sa_skip_unknown)
{
	chunk_t body = join(4, test_hex("000000020000000000100000"),
						nested(16, "03ff"), nested(16, SAT), nested(0, "80"));
	gdoi_notify_t notify;
	gdoi_sa_t sa;

	ck_assert(gdoi_sa_parse(body, GDOI_TOLERATE_UNKNOWN_SAT, &sa, &notify,
							NULL));
	ck_assert_uint_eq(sa.sat_count, 1);
	ck_assert_uint_eq(sa.sats[0].seconds, 3600);
	gdoi_sa_clear(&sa);
	chunk_free(&body);
}
END_TEST

START_TEST(test_sa_bounded)
{
	chunk_t sat = nested(16, SAT), last = nested(0, SAT), body;
	bio_writer_t *writer = bio_writer_create(70000);
	gdoi_notify_t notify;
	char *reason = NULL;
	gdoi_sa_t sa;

	body = test_hex("000000020000000000100000");
	writer->write_data(writer, body);
	for (int i = 0; i < GDOI_SAT_MAX - 1; i++)
	{
		writer->write_data(writer, sat);
	}
	chunk_free(&body);
	body = chunk_cat("cc", writer->get_buf(writer), last);
	ck_assert(gdoi_sa_parse(body, GDOI_STRICT, &sa, &notify, NULL));
	ck_assert_uint_eq(sa.sat_count, GDOI_SAT_MAX);
	gdoi_sa_clear(&sa);
	body = chunk_cat("mcc", body, sat, last);
	body.ptr[body.len - 2 * sat.len - last.len] = 16;
	ck_assert(!gdoi_sa_parse(body, GDOI_STRICT, &sa, &notify, &reason));
	ck_assert_reason(reason, "more than 1024 SATs");
	writer->destroy(writer);
	chunk_free(&sat);
	chunk_free(&last);
	chunk_free(&body);
}
END_TEST

Suite *suite_sa(void)
{
	Suite *suite = suite_create("SA");
	TCase *tc;

	tc = tcase_create("parts");
	tcase_add_loop_test(tc, test_sak, 0, countof(saks));
	tcase_add_test(tc, test_sak_write);
	tcase_add_loop_test(tc, test_sat, 0, countof(sats));
	tcase_add_test(tc, test_sat_write);
	tcase_add_loop_test(tc, test_gap, 0, countof(gaps));
	suite_add_tcase(suite, tc);

	tc = tcase_create("whole");
	tcase_add_test(tc, test_sa);
	tcase_add_test(tc, test_sa_truncated);
	tcase_add_test(tc, test_sa_mutated);
	tcase_add_loop_test(tc, test_sa_refused, 0, 14);
	tcase_add_test(tc, test_sa_skip_unknown);
	tcase_add_test(tc, test_sa_bounded);
	suite_add_tcase(suite, tc);

	return suite;
}
