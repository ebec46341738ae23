/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup test_transport test_transport
 * @{
 *
 * Suites over the transport, and what they share.
 */

#ifndef TEST_TRANSPORT_H_
#define TEST_TRANSPORT_H_

#include <transport/gdoi_phase1.h>

#include <check.h>

/** wait for a condition, fail after some seconds */
#define wait_for(condition) ({ \
	int _left = 5000; \
	while (!(condition) && _left--) \
	{ \
		usleep(1000); \
	} \
	ck_assert_msg(condition, "never: " #condition); \
})

Suite *suite_transport_filter(void);
Suite *suite_transport_binding(void);
Suite *suite_transport_impair(void);
Suite *suite_transport_listener(void);
Suite *suite_transport_keks(void);
Suite *suite_transport_socket(void);
Suite *suite_transport_sender(void);
Suite *suite_transport_multicast(void);

/**
 * Make an ISAKMP message with both cookies set to one octet's value.
 *
 * @param cookie	value of all octets of both cookies
 * @param exchange	exchange type
 * @param body		octets after the header
 * @return			message, allocated
 */
chunk_t test_message(uint8_t cookie, uint8_t exchange, size_t body);

/**
 * Make a packet between two made up hosts.
 *
 * @param data		data, adopted
 */
packet_t *test_packet(chunk_t data);

#endif /** TEST_TRANSPORT_H_ @}*/
