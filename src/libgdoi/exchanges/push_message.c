/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "push_message.h"
#include "../payloads/gdoi_basic.h"

/**
 * Decrypt the payloads of a message.
 */
static bool decrypt(chunk_t datagram, const group_kek_data_t *kek,
					chunk_t *plain)
{
	chunk_t data = chunk_skip(datagram, GDOI_HEADER_LEN);
	crypter_t *crypter;
	bool good;

	if (!data.len || !kek->iv.len || data.len % kek->iv.len)
	{
		return FALSE;
	}
	crypter = lib->crypto->create_crypter(lib->crypto, kek->encr,
										  kek->key.len);
	if (!crypter)
	{
		return FALSE;
	}
	good = crypter->set_key(crypter, kek->key) &&
		   crypter->decrypt(crypter, data, kek->iv, plain);
	crypter->destroy(crypter);
	return good;
}

/**
 * Check the order of the payloads: SEQ, [D...,] [SA, KD,] SIG.
 */
static bool parse_payloads(gdoi_push_message_t *message)
{
	const gdoi_payload_t *payloads = message->chain.payloads;
	u_int count = message->chain.count, i = 1;

	if (count < 3 || payloads[0].type != GDOI_PLD_SEQ ||
		!gdoi_seq_parse(payloads[0].body, &message->seq))
	{
		return FALSE;
	}
	while (i < count && payloads[i].type == GDOI_PLD_DELETE)
	{
		i++;
	}
	if (i + 2 < count && payloads[i].type == GDOI_PLD_SA &&
		payloads[i + 1].type == GDOI_PLD_KD)
	{
		message->sa = payloads[i].body;
		message->kd = payloads[i + 1].body;
		if (!message->sa.len || !message->kd.len)
		{
			return FALSE;
		}
		i += 2;
	}
	if (i < 2 || i + 1 != count || payloads[i].type != GDOI_PLD_SIG)
	{
		return FALSE;
	}
	message->sig = payloads[i].body;
	return message->sig.len != 0;
}

/**
 * Check if a header is that of a rekey under a KEK.
 */
static bool check_header(const gdoi_header_t *header,
						 const group_kek_data_t *kek)
{
	return header->exchange == GDOI_EXCH_PUSH &&
		   header->flags == GDOI_FLAG_ENCRYPTED && !header->message_id &&
		   memeq(kek->spi, &header->spi_i, sizeof(header->spi_i)) &&
		   memeq(kek->spi + sizeof(header->spi_i), &header->spi_r,
				 sizeof(header->spi_r));
}

bool gdoi_push_message_open(chunk_t datagram, group_kek_t *kek,
							gdoi_push_message_t *message, const char **reason)
{
	const group_kek_data_t *data = kek->get(kek);

	*message = (gdoi_push_message_t){};
	if (!gdoi_header_parse(datagram, &message->header, reason))
	{
		return FALSE;
	}
	if (!check_header(&message->header, data))
	{
		*reason = "message is no rekey under this KEK";
		return FALSE;
	}
	if (!decrypt(datagram, data, &message->plain))
	{
		*reason = "rekey could not be decrypted";
		return FALSE;
	}
	if (!gdoi_chain_parse(message->plain, message->header.next, data->iv.len,
						  &message->chain, reason))
	{
		gdoi_push_message_clear(message);
		return FALSE;
	}
	if (!parse_payloads(message))
	{
		*reason = "rekey has not the payloads SEQ, [D], [SA, KD], SIG";
		gdoi_push_message_clear(message);
		return FALSE;
	}
	return TRUE;
}

chunk_t gdoi_push_message_signed(const gdoi_push_message_t *message,
								 bool padded)
{
	const gdoi_payload_t *sig;
	gdoi_header_t header = message->header;
	uint8_t buf[GDOI_HEADER_LEN];
	chunk_t covered = message->chain.whole;

	sig = &message->chain.payloads[message->chain.count - 1];
	if (!padded)
	{
		header.length = (uint32_t)(GDOI_HEADER_LEN + covered.len);
	}
	gdoi_header_write(&header, buf);
	covered.len -= sig->whole.len;
	return chunk_cat("ccc", chunk_from_str("rekey"), chunk_from_thing(buf),
					 covered);
}

void gdoi_push_message_clear(gdoi_push_message_t *message)
{
	chunk_clear(&message->plain);
	message->chain.count = 0;
}
