/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "test_libgdoi.h"
#include "test_helpers.h"

#include "payloads/gdoi_attribute.h"
#include "payloads/gdoi_basic.h"
#include "payloads/gdoi_chain.h"
#include "payloads/gdoi_header.h"
#include "payloads/gdoi_kd.h"
#include "payloads/gdoi_lkh.h"
#include "payloads/gdoi_notify.h"
#include "payloads/gdoi_reader.h"
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

/* ------------------------------------------------------------------ header */

START_TEST(test_header)
{
	chunk_t buf = test_random_chunk(GDOI_HEADER_LEN + 8), copy;
	gdoi_header_t header, again;
	const char *reason = "";

	buf.ptr[17] = 0x10;
	htoun32(buf.ptr + 24, (uint32_t)buf.len);
	ck_assert(gdoi_header_parse(buf, &header, &reason));
	copy = chunk_clone(buf);
	memset(copy.ptr, 0, GDOI_HEADER_LEN);
	gdoi_header_write(&header, copy.ptr);
	ck_assert_chunk(copy, buf);
	for (size_t i = 0; i < buf.len; i++)
	{
		ck_assert(!gdoi_header_parse(chunk_create(buf.ptr, i), &again,
									 &reason));
	}
	buf.ptr[17] = 0x20;
	ck_assert(!gdoi_header_parse(buf, &again, &reason));
	ck_assert_str_eq(reason, "message has another major version");
	buf.ptr[17] = 0x10;
	buf.ptr[27]++;
	ck_assert(!gdoi_header_parse(buf, &again, NULL));
	chunk_free(&buf);
	chunk_free(&copy);
}
END_TEST

/* ------------------------------------------------------------------- chain */

START_TEST(test_chain)
{
	static const struct {
		const char *hex;
		uint8_t first;
		size_t block;
		/* payloads, -1 if refused */
		int count;
	} cases[] = {
		{ "",							0,	1,	0	},
		{ "0a000005aa0000000600bb",		8,	1,	2	},
		{ "0a000005aa0000000600bb000000",	8,	8,	2	},
		/* padding of a block, and padding that is not zero */
		{ "0a000005aa0000000600bb0000000000000000", 8, 8, -1	},
		{ "0a000005aa0000000600bb000001",	8,	8,	-1	},
		/* one octet too long, too short, shorter than its header */
		{ "0a000005aa0000000700bb",		8,	8,	-1	},
		{ "0a000005aa000003",			8,	8,	-1	},
		{ "0a000005aa000000",			8,	8,	-1	},
		{ "0a000005aa0000",				8,	8,	-1	},
		{ "0a000005aa",					8,	8,	-1	},
		{ "0000ffff",					8,	8,	-1	},
		/* reserved octet */
		{ "00010005aa",					8,	8,	-1	},
		{ "00000004",					8,	1,	1	},
	};
	chunk_t plain = test_hex(cases[_i].hex);
	const char *reason = NULL;
	gdoi_chain_t chain;
	bool good;

	good = gdoi_chain_parse(plain, cases[_i].first, cases[_i].block, &chain,
							&reason);
	ck_assert_int_eq(good, cases[_i].count >= 0);
	ck_assert(good || reason);
	if (good)
	{
		ck_assert_int_eq(chain.count, cases[_i].count);
	}
	chunk_free(&plain);
}
END_TEST

START_TEST(test_chain_bounded)
{
	bio_writer_t *writer = bio_writer_create(0);
	const char *reason = NULL;
	gdoi_chain_t chain;

	for (int i = 0; i < GDOI_CHAIN_MAX; i++)
	{
		gdoi_chain_write(writer, i < GDOI_CHAIN_MAX - 1 ? 12 : 0, chunk_empty);
	}
	ck_assert(gdoi_chain_parse(writer->get_buf(writer), 12, 1, &chain,
							   &reason));
	ck_assert_uint_eq(chain.count, GDOI_CHAIN_MAX);
	writer->get_buf(writer).ptr[4 * (GDOI_CHAIN_MAX - 1)] = 12;
	gdoi_chain_write(writer, 0, chunk_empty);
	ck_assert(!gdoi_chain_parse(writer->get_buf(writer), 12, 1, &chain,
								&reason));
	ck_assert_str_eq(reason, "message has too many payloads");
	writer->destroy(writer);
}
END_TEST

/* -------------------------------------------------------------- attributes */

START_TEST(test_attributes)
{
	chunk_t in = test_hex("80010005" "00020004" "00015180" "00030000"
						  "00040001" "07" "00050005" "0000000001"), rest = in;
	gdoi_attribute_t attr;
	uint32_t value;

	ck_assert(gdoi_attribute_next(&rest, &attr));
	ck_assert(attr.basic && attr.type == 1);
	ck_assert(gdoi_attribute_get(&attr, &value) && value == 5);
	ck_assert(gdoi_attribute_next(&rest, &attr));
	ck_assert(!attr.basic && attr.type == 2);
	ck_assert(gdoi_attribute_get(&attr, &value) && value == 86400);
	ck_assert(gdoi_attribute_next(&rest, &attr));
	ck_assert(attr.type == 3 && !attr.value.len);
	ck_assert(!gdoi_attribute_get(&attr, &value));
	ck_assert(gdoi_attribute_next(&rest, &attr));
	ck_assert(gdoi_attribute_get(&attr, &value) && value == 7);
	ck_assert(gdoi_attribute_next(&rest, &attr));
	ck_assert(!gdoi_attribute_get(&attr, &value));
	ck_assert(!gdoi_attribute_next(&rest, &attr));
	/* every cut within an attribute is seen, and takes nothing */
	for (size_t i = 1; i < 4; i++)
	{
		rest = chunk_create(in.ptr, i);
		ck_assert(!gdoi_attribute_next(&rest, &attr));
		ck_assert_uint_eq(rest.len, i);
	}
	for (size_t i = 1; i < 8; i++)
	{
		rest = chunk_create(in.ptr + 4, i);
		ck_assert(!gdoi_attribute_next(&rest, &attr));
	}
	chunk_free(&in);
}
END_TEST

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
	{ SAT "fd010001", 0, "unknown SAT attribute 32001" },
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

START_TEST(test_gap)
{
	static const struct {
		const char *hex;
		const char *reason;
	} cases[] = {
		{ "8001000a80020014" },
		{ "" },
		{ "000100020a", "ends within" },
		{ "0001000400000005" "80020006" },
		{ "80030004" },
		{ "80040004", "unknown GAP attribute 4" },
		{ "80800001", "unknown GAP attribute 128" },
		{ "80000001", "unknown GAP attribute 0" },
		{ "8001000a8001000a", "there twice" },
		{ "0001000400010000", "16 bits" },
		{ "800100", "ends within" },
	};
	chunk_t body = test_hex(cases[_i].hex);
	bio_writer_t *writer = bio_writer_create(0);
	char *reason = NULL;
	gdoi_gap_t gap, again;

	ck_assert_int_eq(gdoi_gap_parse(body, &gap, &reason), !cases[_i].reason);
	if (cases[_i].reason)
	{
		ck_assert_reason(reason, cases[_i].reason);
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

/* ---------------------------------------------------------------------- KD */

#define KD_TEK "0100001d" "04" "00001000" "00010008" "0102030405060708" \
			   "00020004" "aabbccdd"
#define KD_KEK "02000031" "10" SPI16 "00010010" SPI16 "00020004" "01020304"

static const struct {
	const char *hex;
	int count;
	const char *reason;
} kds[] = {
	{ "00010000" KD_TEK, 1 },
	{ "00020000" KD_KEK KD_TEK, 2 },
	{ "00030000" KD_TEK KD_KEK KD_TEK, 3 },
	{ "0002" "0000" KD_KEK KD_KEK, 0, "second packet of type 2" },
	{ "00010000" KD_TEK "00", 0, "octets behind" },
	{ "00020000" KD_TEK, 0, "too short" },
	{ "ffff0000" KD_TEK, 0, "65535 packets it claims" },
	{ "00000000", 0, "empty" },
	{ "00010001" KD_TEK, 0, "reserved" },
	{ "000100", 0, "too short" },
	{ "00010000" "05000005" "00", 0, "unknown type 5" },
	{ "00010000" "0100000d" "08" "0000000000001000", 0, "bad SPI size" },
	{ "00010000" "01010009" "04" "00001000", 0, "reserved" },
	/* lengths that are shorter than the packet's head, or overlap */
	{ "00010000" "01000004" "04" "00001000", 0, "bad length" },
	{ "00010000" "01000008" "04" "00001000", 0, "bad length" },
	{ "00010000" "0100000a" "04" "00001000", 0, "bad length" },
	{ "00010000" "01000009" "04" "00001000", 1 },
	{ "00010000" "0100000b" "04" "00001000" "0001", 0, "ends within" },
	{ "00010000" "0100000e" "04" "00001000" "00010002" "aa", 0, "ends within" },
	{ "00010000" "0100000d" "04" "00001000" "00010000", 0, "empty" },
	{ "00010000" "01000013" "04" "00001000" "00010001aa" "00010001aa", 0,
	  "there twice" },
	{ "00010000" "0100000e" "04" "00001000" "00040001aa", 0,
	  "unknown attribute 4" },
	{ "00010000" "0100000e" "04" "00001000" "00800001aa", 0,
	  "unknown attribute 128" },
	/* SID: bits as TV, several values */
	{ "00010000" "04000013" "00" "80010008" "0002000101" "0002000102", 1 },
	{ "00010000" "0400000d" "00" "80010008" "80010008", 0, "bits" },
	{ "00010000" "04000009" "00" "80010000", 0, "bits" },
	{ "00010000" "04000009" "00" "80010041", 0, "bits" },
	/* LKH */
	{ "00010000" "0300001a" "10" SPI16 "00010001aa", 1 },
	{ "00010000" "0300001f" "10" SPI16 "00020001aa" "00020001bb", 1 },
};

START_TEST(test_kd)
{
	chunk_t body = test_hex(kds[_i].hex);
	char *reason = NULL;
	gdoi_kd_t kd;
	bool good;

	good = gdoi_kd_parse(body, &kd, &reason);
	ck_assert_msg(good == !kds[_i].reason, "%s", reason ?: "was taken");
	if (good)
	{
		ck_assert_int_eq(kd.count, kds[_i].count);
		gdoi_kd_clear(&kd);
	}
	else
	{
		ck_assert_reason(reason, kds[_i].reason);
	}
	chunk_free(&body);
}
END_TEST

START_TEST(test_kd_truncated)
{
	chunk_t body = test_hex("00020000" KD_KEK KD_TEK), copy;
	gdoi_kd_t kd;

	for (size_t i = 0; i < body.len; i++)
	{
		copy = chunk_clone(chunk_create(body.ptr, i));
		ck_assert(!gdoi_kd_parse(copy, &kd, NULL));
		chunk_free(&copy);
	}
	for (int i = 0; i < 5000; i++)
	{
		copy = chunk_clone(body);
		copy.ptr[test_random((uint32_t)copy.len)] = (uint8_t)test_random(256);
		copy.ptr[test_random((uint32_t)copy.len)] = (uint8_t)test_random(256);
		if (gdoi_kd_parse(copy, &kd, NULL))
		{
			gdoi_kd_clear(&kd);
		}
		chunk_free(&copy);
	}
	chunk_free(&body);
}
END_TEST

START_TEST(test_kd_write)
{
	chunk_t body = test_hex("00040000" KD_KEK KD_TEK
							"04000013" "00" "80010008" "0002000101"
							"0002000102" "0300001a" "10" SPI16 "00010001aa");
	bio_writer_t *writer = bio_writer_create(0);
	chunk_t attributes, value;
	size_t len = 4;
	gdoi_kd_t kd;

	ck_assert(gdoi_kd_parse(body, &kd, NULL));
	gdoi_kd_write_head((uint16_t)kd.count, writer);
	for (u_int i = 0; i < kd.count; i++)
	{
		len += gdoi_kd_packet_len(&kd.packets[i]);
		gdoi_kd_write(&kd.packets[i], writer);
	}
	ck_assert_chunk(writer->get_buf(writer), body);
	ck_assert_uint_eq(len, body.len);
	ck_assert_uint_eq(kd.packets[2].sid_bits, 8);
	attributes = kd.packets[2].attributes;
	ck_assert(gdoi_kd_next(&attributes, GDOI_KD_SID_VALUE, &value));
	ck_assert_uint_eq(value.ptr[0], 1);
	ck_assert(gdoi_kd_next(&attributes, GDOI_KD_SID_VALUE, &value));
	ck_assert_uint_eq(value.ptr[0], 2);
	ck_assert(!gdoi_kd_next(&attributes, GDOI_KD_SID_VALUE, &value));
	gdoi_kd_clear(&kd);
	writer->destroy(writer);
	chunk_free(&body);
}
END_TEST

/* --------------------------------------------------------------------- LKH */

START_TEST(test_lkh)
{
	chunk_t data = test_random_chunk(32), buf;
	bio_writer_t *writer = bio_writer_create(0);
	gdoi_lkh_array_t head = { .count = 2, .id = 11, .handle = 7 }, array;
	gdoi_lkh_key_t key = {
		.id = 5, .type = 3, .created = 1, .expires = 2, .handle = 3,
		.data = data,
	}, again;
	bool update = _i;

	gdoi_lkh_write_head(&head, update, writer);
	gdoi_lkh_write(&key, writer);
	key.id = 2;
	gdoi_lkh_write(&key, writer);
	buf = writer->get_buf(writer);
	ck_assert_uint_eq(buf.len, (update ? 12 : 4) + 2 * (16 + 32));
	ck_assert(gdoi_lkh_parse(buf, update, &array));
	ck_assert_uint_eq(array.id, update ? 11 : 0);
	ck_assert_uint_eq(array.handle, update ? 7 : 0);
	ck_assert(gdoi_lkh_next(&array, 128, &again));
	ck_assert_uint_eq(again.id, 5);
	ck_assert_chunk(again.data, data);
	ck_assert(gdoi_lkh_next(&array, 128, &again));
	ck_assert_uint_eq(again.id, 2);
	ck_assert(!gdoi_lkh_next(&array, 128, &again));
	/* truncated, and one octet too long */
	for (size_t i = 0; i < buf.len; i++)
	{
		ck_assert(!gdoi_lkh_parse(chunk_create(buf.ptr, i), update, &array) ||
				  !gdoi_lkh_next(&array, 128, &again) ||
				  !gdoi_lkh_next(&array, 128, &again));
	}
	writer->write_uint8(writer, 0);
	ck_assert(gdoi_lkh_parse(writer->get_buf(writer), update, &array));
	ck_assert(gdoi_lkh_next(&array, 128, &again));
	ck_assert(!gdoi_lkh_next(&array, 128, &again));
	writer->get_buf(writer).ptr[0] = 2;
	ck_assert(!gdoi_lkh_parse(writer->get_buf(writer), update, &array));
	writer->destroy(writer);
	chunk_free(&data);
}
END_TEST

/* --------------------------------------------------- ID, SEQ, NONCE, VID */

START_TEST(test_basic)
{
	chunk_t body = test_hex("0b000000" "000004d2");
	bio_writer_t *writer = bio_writer_create(0);
	gdoi_vendor_id_t vid = { 2, 1, 0, 0x81 }, again;
	const char *reason = NULL;
	uint32_t seq = 0;
	gdoi_id_t id;

	ck_assert(gdoi_id_parse(body, &id, &reason));
	ck_assert_uint_eq(id.type, GDOI_ID_KEY_ID);
	gdoi_id_write(&id, writer);
	ck_assert_chunk(writer->get_buf(writer), body);
	for (size_t i = 0; i < 4; i++)
	{
		ck_assert(!gdoi_id_parse(chunk_create(body.ptr, i), &id, &reason));
	}
	body.ptr[3] = 1;
	ck_assert(!gdoi_id_parse(body, &id, &reason));
	ck_assert(gdoi_seq_parse(chunk_skip(body, 4), &seq) && seq == 1234);
	ck_assert(!gdoi_seq_parse(chunk_skip(body, 3), &seq));
	ck_assert(!gdoi_seq_parse(chunk_skip(body, 5), &seq));
	ck_assert(!gdoi_nonce_check(chunk_create(body.ptr, 7)));
	ck_assert(gdoi_nonce_check(chunk_create(body.ptr, 8)));
	ck_assert(gdoi_nonce_check(chunk_create(NULL, 128)));
	ck_assert(!gdoi_nonce_check(chunk_create(NULL, 129)));
	writer->destroy(writer);
	writer = bio_writer_create(0);
	gdoi_vendor_id_write(&vid, writer);
	ck_assert_uint_eq(writer->get_buf(writer).len, GDOI_VENDOR_ID_LEN);
	ck_assert(gdoi_vendor_id_parse(writer->get_buf(writer), &again));
	ck_assert(memeq(&vid, &again, sizeof(vid)));
	writer->get_buf(writer).ptr[11]++;
	ck_assert(!gdoi_vendor_id_parse(writer->get_buf(writer), &again));
	writer->destroy(writer);
	chunk_free(&body);
}
END_TEST

/* -------------------------------------------------------------------- N, D */

START_TEST(test_notify)
{
	chunk_t body = test_hex("00000002" "00" "04" "0012" "01020304" "aabb");
	bio_writer_t *writer = bio_writer_create(0);
	gdoi_notify_payload_t notify;
	const char *reason = NULL;

	ck_assert(gdoi_notify_parse(body, &notify, &reason));
	ck_assert_uint_eq(notify.type, GDOI_NOTIFY_INVALID_ID_INFORMATION);
	ck_assert_uint_eq(notify.spi.len, 4);
	ck_assert_uint_eq(notify.data.len, 2);
	gdoi_notify_write(&notify, writer);
	ck_assert_chunk(writer->get_buf(writer), body);
	for (size_t i = 0; i < 12; i++)
	{
		ck_assert(!gdoi_notify_parse(chunk_create(body.ptr, i), &notify,
									 &reason));
	}
	writer->destroy(writer);
	chunk_free(&body);
}
END_TEST

START_TEST(test_delete)
{
	static const struct {
		const char *hex;
		bool good;
	} cases[] = {
		{ "00000002" "01" "04" "0002" "0000100000001001",	TRUE	},
		{ "00000002" "02" "04" "0001" "00000000",			TRUE	},
		{ "00000002" "00" "10" "0001" SPI16,				TRUE	},
		{ "00000001" "01" "10" "0001" SPI16,				TRUE	},
		{ "00000002" "01" "10" "0001" SPI16,				FALSE	},
		{ "00000002" "00" "04" "0001" "00000000",			FALSE	},
		{ "00000002" "01" "04" "0000",						FALSE	},
		{ "00000002" "01" "04" "0003" "0000100000001001",	FALSE	},
		{ "00000002" "01" "04" "0001" "0000100000001001",	FALSE	},
		{ "00000002" "01" "04" "ffff" "00001000",			FALSE	},
		{ "00000002" "01" "04" "00",						FALSE	},
	};
	chunk_t body = test_hex(cases[_i].hex);
	bio_writer_t *writer = bio_writer_create(0);
	gdoi_delete_payload_t delete;
	const char *reason = NULL;

	ck_assert_int_eq(gdoi_delete_parse(body, &delete, &reason),
					 cases[_i].good);
	if (cases[_i].good)
	{
		gdoi_delete_write(&delete, writer);
		ck_assert_chunk(writer->get_buf(writer), body);
	}
	writer->destroy(writer);
	chunk_free(&body);
}
END_TEST

Suite *suite_payloads(void)
{
	Suite *suite = suite_create("payloads");
	TCase *tc;

	tc = tcase_create("frame");
	tcase_add_test(tc, test_header);
	tcase_add_loop_test(tc, test_chain, 0, 13);
	tcase_add_test(tc, test_chain_bounded);
	tcase_add_test(tc, test_attributes);
	suite_add_tcase(suite, tc);

	tc = tcase_create("SA");
	tcase_add_loop_test(tc, test_sak, 0, countof(saks));
	tcase_add_test(tc, test_sak_write);
	tcase_add_loop_test(tc, test_sat, 0, countof(sats));
	tcase_add_test(tc, test_sat_write);
	tcase_add_loop_test(tc, test_gap, 0, 11);
	tcase_add_test(tc, test_sa);
	tcase_add_test(tc, test_sa_truncated);
	tcase_add_test(tc, test_sa_mutated);
	tcase_add_loop_test(tc, test_sa_refused, 0, 14);
	tcase_add_test(tc, test_sa_skip_unknown);
	tcase_add_test(tc, test_sa_bounded);
	suite_add_tcase(suite, tc);

	tc = tcase_create("KD");
	tcase_add_loop_test(tc, test_kd, 0, countof(kds));
	tcase_add_test(tc, test_kd_truncated);
	tcase_add_test(tc, test_kd_write);
	tcase_add_loop_test(tc, test_lkh, 0, 2);
	suite_add_tcase(suite, tc);

	tc = tcase_create("small");
	tcase_add_test(tc, test_basic);
	tcase_add_test(tc, test_notify);
	tcase_add_loop_test(tc, test_delete, 0, 11);
	suite_add_tcase(suite, tc);
	return suite;
}
