/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "informational.h"
#include "protected_message.h"

/**
 * Protect a single payload, destroying the writer of its body.
 */
static bool send_payload(gdoi_phase2_t *phase2, gdoi_payload_type_t type,
						 bio_writer_t *body, chunk_t *datagram)
{
	bio_writer_t *writer = bio_writer_create(64);
	bool good;

	gdoi_chain_write(writer, GDOI_PLD_NONE, body->get_buf(body));
	good = phase2->protect(phase2, GDOI_EXCH_INFORMATIONAL, NULL, 0, type,
						   writer->get_buf(writer), datagram);
	writer->destroy(writer);
	body->destroy(body);
	return good;
}

bool gdoi_informational_notify(gdoi_phase2_t *phase2, gdoi_notify_t notify,
							   chunk_t *datagram)
{
	gdoi_notify_payload_t payload = {
		.doi = GDOI_DOI,
		.type = (uint16_t)notify,
	};
	bio_writer_t *body = bio_writer_create(16);

	gdoi_notify_write(&payload, body);
	return send_payload(phase2, GDOI_PLD_NOTIFY, body, datagram);
}

bool gdoi_informational_delete(gdoi_phase2_t *phase2, gdoi_protocol_t protocol,
							   chunk_t spis, chunk_t *datagram)
{
	gdoi_delete_payload_t payload = {
		.doi = GDOI_DOI,
		.protocol = (uint8_t)protocol,
		.spi_size = protocol == GDOI_PROTO_KEK ? GROUP_KEK_SPI_LEN : 4,
		.spis = spis,
	};
	bio_writer_t *body;

	if (!spis.len || spis.len % payload.spi_size || spis.len > 0xff00)
	{
		return FALSE;
	}
	payload.count = (uint16_t)(spis.len / payload.spi_size);
	body = bio_writer_create(64);
	gdoi_delete_write(&payload, body);
	return send_payload(phase2, GDOI_PLD_DELETE, body, datagram);
}

/**
 * Collect the SPIs of a policy's TEKs, of the protocol that the first has: one
 * Delete names one protocol only, and one is enough to refuse.
 */
static chunk_t collect_spis(group_policy_t *policy, protocol_id_t *protocol)
{
	const group_tek_data_t *data;
	enumerator_t *enumerator;
	group_tek_t *tek;
	chunk_t spis = chunk_empty;

	*protocol = PROTO_NONE;
	enumerator = policy->create_tek_enumerator(policy);
	while (enumerator->enumerate(enumerator, &tek))
	{
		data = tek->get(tek);
		if (*protocol == PROTO_NONE)
		{
			*protocol = data->protocol;
		}
		if (data->protocol == *protocol)
		{
			spis = chunk_cat("mc", spis, chunk_from_thing(data->spi));
		}
	}
	enumerator->destroy(enumerator);
	return spis;
}

bool gdoi_informational_reject(gdoi_phase2_t *phase2, group_policy_t *policy,
							   chunk_t *datagram)
{
	uint8_t all[4] = {};
	protocol_id_t protocol;
	group_kek_t *kek;
	chunk_t spis;
	bool good;

	if (policy && policy->get_tek_count(policy))
	{
		spis = collect_spis(policy, &protocol);
		good = gdoi_informational_delete(phase2, protocol == PROTO_AH
										 ? GDOI_PROTO_AH : GDOI_PROTO_ESP,
										 spis, datagram);
		chunk_free(&spis);
		return good;
	}
	kek = policy ? policy->get_kek(policy) : NULL;
	if (kek)
	{
		return gdoi_informational_delete(phase2, GDOI_PROTO_KEK,
								chunk_from_thing(kek->get(kek)->spi), datagram);
	}
	return gdoi_informational_delete(phase2, GDOI_PROTO_ESP,
									 chunk_from_thing(all), datagram);
}

/**
 * Parse the payload behind the HASH.
 */
static bool parse_payload(const gdoi_chain_t *chain,
						  gdoi_informational_t *info, const char **reason)
{
	const gdoi_payload_t *payload = &chain->payloads[1];

	if (chain->count == 2)
	{
		info->type = payload->type;
		switch (payload->type)
		{
			case GDOI_PLD_NOTIFY:
				return gdoi_notify_parse(payload->body, &info->notify, reason);
			case GDOI_PLD_DELETE:
				return gdoi_delete_parse(payload->body, &info->delete, reason);
			default:
				break;
		}
	}
	*reason = "Informational has not the payloads HASH and one of N and D";
	return FALSE;
}

bool gdoi_informational_parse(gdoi_phase2_t *phase2, chunk_t datagram,
							  gdoi_informational_t *info, const char **reason)
{
	gdoi_protected_message_t message;
	gdoi_informational_t parsed = {};

	if (!gdoi_protected_message_open(phase2, GDOI_EXCH_INFORMATIONAL, datagram,
									 NULL, 0, &message, reason))
	{
		return FALSE;
	}
	if (!parse_payload(&message.chain, &parsed, reason))
	{
		gdoi_protected_message_clear(&message);
		return FALSE;
	}
	/* the parsed chunks point into it */
	parsed.plain = message.plain;
	*info = parsed;
	return TRUE;
}

void gdoi_informational_clear(gdoi_informational_t *info)
{
	chunk_clear(&info->plain);
}
