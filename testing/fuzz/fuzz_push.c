/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fuzz.h"
#include "exchanges/push_message.h"

/* payloads of a rekey in the clear, which get encrypted under the KEK */
void fuzz_one(chunk_t data)
{
	group_policy_t *policy = fuzz_policy(TRUE);
	group_kek_t *kek = policy->get_kek(policy);
	const group_kek_data_t *keys = kek->get(kek);
	chunk_t datagram, text;
	gdoi_push_message_t push;
	gdoi_header_t header = {
		.next = GDOI_PLD_SEQ,
		.exchange = GDOI_EXCH_PUSH,
		.flags = GDOI_FLAG_ENCRYPTED,
	};
	const char *reason = NULL;
	crypter_t *crypter;

	datagram = chunk_alloc(GDOI_HEADER_LEN + round_up(data.len, 8));
	memset(datagram.ptr, 0, datagram.len);
	memcpy(&header.spi_i, keys->spi, 8);
	memcpy(&header.spi_r, keys->spi + 8, 8);
	header.length = (uint32_t)datagram.len;
	gdoi_header_write(&header, datagram.ptr);
	if (data.len)
	{
		memcpy(datagram.ptr + GDOI_HEADER_LEN, data.ptr, data.len);
		crypter = lib->crypto->create_crypter(lib->crypto, keys->encr, 24);
		FUZZ_ASSERT(crypter && crypter->set_key(crypter, keys->key));
		FUZZ_ASSERT(crypter->encrypt(crypter, chunk_skip(datagram,
									 GDOI_HEADER_LEN), keys->iv, NULL));
		crypter->destroy(crypter);
	}
	if (gdoi_push_message_open(datagram, kek, &push, &reason))
	{
		text = gdoi_push_message_signed(&push, FALSE);
		FUZZ_ASSERT(text.len + push.sig.len + 4 ==
					push.chain.whole.len + GDOI_HEADER_LEN + 5);
		chunk_free(&text);
		gdoi_push_message_clear(&push);
	}
	else
	{
		FUZZ_ASSERT(reason != NULL);
	}
	chunk_free(&datagram);
	policy->destroy(policy);
}
