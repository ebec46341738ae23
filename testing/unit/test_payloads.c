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

/** an SPI of sixteen octets */
#define SPI16 "000102030405060708090a0b0c0d0e0f"

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
	{ "00c80000" KD_TEK, 0, "200 packets it claims" },
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
