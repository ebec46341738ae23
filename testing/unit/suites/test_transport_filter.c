/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test_transport.h"

#include <transport/gdoi_bindings.h>
#include <transport/gdoi_filter.h>

#include <payloads/gdoi_header.h>

chunk_t test_message(uint8_t cookie, uint8_t exchange, size_t body)
{
	gdoi_header_t header = {
		.next = GDOI_PLD_HASH,
		.exchange = exchange,
		.message_id = 1,
		.length = GDOI_HEADER_LEN + body,
	};
	chunk_t message;

	memset(&header.spi_i, cookie, sizeof(header.spi_i));
	memset(&header.spi_r, cookie, sizeof(header.spi_r));
	message = chunk_alloc(header.length);
	memset(message.ptr, 0, message.len);
	gdoi_header_write(&header, message.ptr);
	return message;
}

packet_t *test_packet(chunk_t data)
{
	return packet_create_from_data(host_create_from_string("192.0.2.1", 848),
								   host_create_from_string("192.0.2.2", 848),
								   data);
}

/**
 * Exchange numbers, what becomes of them on our port and on charon's
 */
static struct {
	uint8_t exchange;
	gdoi_verdict_t own, other;
} exchanges[] = {
	{ 0,	GDOI_VERDICT_EXCHANGE,	GDOI_VERDICT_CHARON },
	{ 1,	GDOI_VERDICT_EXCHANGE,	GDOI_VERDICT_CHARON },
	{ 2,	GDOI_VERDICT_CHARON,	GDOI_VERDICT_CHARON },
	{ 3,	GDOI_VERDICT_EXCHANGE,	GDOI_VERDICT_CHARON },
	{ 4,	GDOI_VERDICT_CHARON,	GDOI_VERDICT_CHARON },
	{ 5,	GDOI_VERDICT_CHARON,	GDOI_VERDICT_CHARON },
	{ 6,	GDOI_VERDICT_CHARON,	GDOI_VERDICT_CHARON },
	{ 31,	GDOI_VERDICT_EXCHANGE,	GDOI_VERDICT_CHARON },
	{ 32,	GDOI_VERDICT_PULL,		GDOI_VERDICT_PULL },
	{ 33,	GDOI_VERDICT_PUSH,		GDOI_VERDICT_PUSH },
	{ 34,	GDOI_VERDICT_EXCHANGE,	GDOI_VERDICT_CHARON },
	{ 35,	GDOI_VERDICT_ACK,		GDOI_VERDICT_ACK },
	{ 36,	GDOI_VERDICT_EXCHANGE,	GDOI_VERDICT_CHARON },
	{ 240,	GDOI_VERDICT_ACK,		GDOI_VERDICT_ACK },
	{ 255,	GDOI_VERDICT_EXCHANGE,	GDOI_VERDICT_CHARON },
};

START_TEST(test_exchanges)
{
	chunk_t message;

	message = test_message(1, exchanges[_i].exchange, 16);
	ck_assert_int_eq(gdoi_filter(message, TRUE), exchanges[_i].own);
	ck_assert_int_eq(gdoi_filter(message, FALSE), exchanges[_i].other);
	free(message.ptr);
}
END_TEST

START_TEST(test_malformed)
{
	chunk_t message, cut;
	size_t len;

	/* every truncation, and one octet too many */
	message = test_message(1, 32, 17);
	for (len = 0; len < message.len - 1; len++)
	{
		cut = chunk_clone(chunk_create(message.ptr, len));
		ck_assert_int_eq(gdoi_filter(cut, TRUE), GDOI_VERDICT_MALFORMED);
		ck_assert_int_eq(gdoi_filter(cut, FALSE), GDOI_VERDICT_CHARON);
		free(cut.ptr);
	}
	message.ptr[27]--;
	ck_assert_int_eq(gdoi_filter(message, TRUE), GDOI_VERDICT_MALFORMED);
	message.ptr[27]++;
	ck_assert_int_eq(gdoi_filter(message, TRUE), GDOI_VERDICT_PULL);

	/* IKEv2 has the number of GROUPKEY-ACK for IKE_AUTH */
	message.ptr[17] = 0x20;
	message.ptr[18] = 35;
	ck_assert_int_eq(gdoi_filter(message, TRUE), GDOI_VERDICT_MALFORMED);
	ck_assert_int_eq(gdoi_filter(message, FALSE), GDOI_VERDICT_CHARON);
	free(message.ptr);
	ck_assert_int_eq(gdoi_filter(chunk_empty, TRUE), GDOI_VERDICT_MALFORMED);
}
END_TEST

START_TEST(test_counters)
{
	gdoi_counters_t *counters;
	enumerator_t *enumerator;
	const char *name;
	uint64_t value, sum = 0;
	int count = 0;

	counters = gdoi_counters_create();
	counters->add(counters, GDOI_COUNT_MALFORMED);
	counters->add(counters, GDOI_COUNT_MALFORMED);
	counters->add(counters, GDOI_COUNT_ESTABLISHED);
	enumerator = counters->create_enumerator(counters);
	while (enumerator->enumerate(enumerator, &name, &value))
	{
		ck_assert_int_eq(value, streq(name, "dropped-malformed") ? 2 :
								streq(name, "established") ? 1 : 0);
		sum += value;
		count++;
	}
	enumerator->destroy(enumerator);
	ck_assert_int_eq(count, GDOI_COUNT_MAX);
	ck_assert_int_eq(sum, 3);
	counters->destroy(counters);
}
END_TEST

/**
 * Cookies made of a number
 */
static chunk_t make_cookies(uint8_t buf[GDOI_COOKIES_LEN], uint32_t number)
{
	memset(buf, 0, GDOI_COOKIES_LEN);
	memcpy(buf + 3, &number, sizeof(number));
	return chunk_create(buf, GDOI_COOKIES_LEN);
}

START_TEST(test_bindings_many)
{
	gdoi_counters_t *counters = gdoi_counters_create();
	gdoi_bindings_t *bindings = gdoi_bindings_create(counters);
	uint8_t buf[GDOI_COOKIES_LEN];
	gdoi_binding_t *binding;
	uint32_t i, count = 10000;

	for (i = 1; i <= count; i++)
	{
		binding = bindings->make(bindings, i);
		bindings->set_cookies(bindings, i, make_cookies(buf, i));
		binding->destroy(binding);
	}
	for (i = 1; i <= count; i += 2)
	{
		binding = bindings->remove(bindings, i);
		ck_assert(binding);
		binding->destroy(binding);
	}
	for (i = 1; i <= count; i++)
	{
		binding = bindings->lookup(bindings, make_cookies(buf, i));
		ck_assert_int_eq(binding ? binding->get_unique_id(binding) : 0,
						 i % 2 ? 0 : i);
		DESTROY_IF(binding);
		binding = bindings->get(bindings, i);
		ck_assert_int_eq(binding == NULL, i % 2);
		DESTROY_IF(binding);
	}
	ck_assert(!bindings->remove(bindings, 1));
	ck_assert(!bindings->lookup(bindings, chunk_create(buf, 8)));
	bindings->destroy(bindings);
	counters->destroy(counters);
}
END_TEST

START_TEST(test_bindings_cookies)
{
	gdoi_counters_t *counters = gdoi_counters_create();
	gdoi_bindings_t *bindings = gdoi_bindings_create(counters);
	uint8_t buf[GDOI_COOKIES_LEN];
	gdoi_binding_t *one, *two, *found;

	one = bindings->make(bindings, 1);
	found = bindings->make(bindings, 1);
	ck_assert_ptr_eq(one, found);
	found->destroy(found);
	two = bindings->make(bindings, 2);

	/* a second try of phase 1 has other cookies, the former are void */
	bindings->set_cookies(bindings, 1, make_cookies(buf, 7));
	bindings->set_cookies(bindings, 1, make_cookies(buf, 8));
	ck_assert(!bindings->lookup(bindings, make_cookies(buf, 7)));

	/* the same cookies belong to one only; too short ones to nobody */
	bindings->set_cookies(bindings, 2, make_cookies(buf, 8));
	found = bindings->lookup(bindings, make_cookies(buf, 8));
	ck_assert_ptr_eq(found, two);
	found->destroy(found);
	bindings->set_cookies(bindings, 2, chunk_create(buf, 8));
	bindings->set_cookies(bindings, 99, make_cookies(buf, 9));
	ck_assert(!bindings->lookup(bindings, make_cookies(buf, 9)));
	one->destroy(one);
	two->destroy(two);
	bindings->destroy(bindings);
	counters->destroy(counters);
}
END_TEST

Suite *suite_transport_filter(void)
{
	Suite *suite = suite_create("transport filter");
	TCase *tc;

	tc = tcase_create("datagrams");
	tcase_add_loop_test(tc, test_exchanges, 0, countof(exchanges));
	tcase_add_test(tc, test_malformed);
	tcase_add_test(tc, test_counters);
	suite_add_tcase(suite, tc);

	tc = tcase_create("bindings");
	tcase_add_test(tc, test_bindings_many);
	tcase_add_test(tc, test_bindings_cookies);
	suite_add_tcase(suite, tc);
	return suite;
}
