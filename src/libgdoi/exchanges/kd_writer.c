/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "policy_codec.h"
#include "../payloads/gdoi_attribute.h"
#include "../payloads/gdoi_kd.h"
#include "../payloads/gdoi_reader.h"

/** octets of a Sender ID on the wire, whatever its length in bits */
#define SID_OCTETS 4

/** octets of the two kinds of attributes of a SID packet */
#define SID_BITS_LEN 4
#define SID_VALUE_LEN (4 + SID_OCTETS)

/**
 * Fill in the packet of a KEK. The key attribute is allocated.
 */
static void make_kek_packet(const group_kek_data_t *kek,
							gdoi_kd_packet_t *packet)
{
	*packet = (gdoi_kd_packet_t){
		.type = GDOI_KD_KEK,
		.spi = chunk_from_thing(kek->spi),
		.key = chunk_cat("cc", kek->iv, kek->key),
		.sig_key = kek->sig_key,
	};
}

/**
 * Fill in the packet of a TEK.
 */
static void make_tek_packet(const group_tek_data_t *tek,
							gdoi_kd_packet_t *packet)
{
	*packet = (gdoi_kd_packet_t){
		.type = GDOI_KD_TEK,
		.spi = chunk_from_thing(tek->spi),
		.key = tek->encr_key,
		.integ_key = tek->integ_key,
	};
}

/**
 * Fill in the packet of the Sender IDs. Its attributes are allocated.
 *
 * RFC 6407 does not say how many octets a value takes: as many for every
 * length in bits, so that nobody has to round.
 */
static void make_sid_packet(uint8_t bits, const uint32_t *sids, u_int count,
							gdoi_kd_packet_t *packet)
{
	bio_writer_t *writer;
	uint8_t value[SID_OCTETS];

	writer = bio_writer_create(SID_BITS_LEN + count * SID_VALUE_LEN);
	gdoi_attribute_write_basic(writer, GDOI_KD_SID_BITS, bits);
	for (u_int i = 0; i < count; i++)
	{
		htoun32(value, sids[i]);
		gdoi_attribute_write(writer, GDOI_KD_SID_VALUE,
							 chunk_from_thing(value));
	}
	*packet = (gdoi_kd_packet_t){
		.type = GDOI_KD_SID,
		.attributes = writer->extract_buf(writer),
	};
	writer->destroy(writer);
}

/**
 * Fill in all packets, at most two more than the policy has TEKs: a KEK's
 * comes first, that of Sender IDs last.
 */
static uint16_t make_packets(group_policy_t *policy, gdoi_kd_packet_t *packets,
							 size_t *len)
{
	group_kek_t *kek = policy->get_kek(policy);
	enumerator_t *enumerator;
	const uint32_t *sids;
	group_tek_t *tek;
	uint16_t count = 0;
	u_int sid_count;
	uint8_t bits;

	if (kek)
	{
		make_kek_packet(kek->get(kek), &packets[count++]);
	}
	enumerator = policy->create_tek_enumerator(policy);
	while (enumerator->enumerate(enumerator, &tek))
	{
		make_tek_packet(tek->get(tek), &packets[count++]);
	}
	enumerator->destroy(enumerator);
	bits = policy->get_sids(policy, &sids, &sid_count);
	if (bits)
	{
		make_sid_packet(bits, sids, sid_count, &packets[count++]);
	}
	*len = 4;
	for (u_int i = 0; i < count; i++)
	{
		*len += gdoi_kd_packet_len(&packets[i]);
	}
	return count;
}

/**
 * Write the packets, into one buffer that never moves.
 */
static chunk_t write_packets(const gdoi_kd_packet_t *packets, uint16_t count,
							 size_t len)
{
	bio_writer_t *writer = bio_writer_create((uint32_t)len);
	chunk_t body;

	gdoi_kd_write_head(count, writer);
	for (u_int i = 0; i < count; i++)
	{
		gdoi_kd_write(&packets[i], writer);
	}
	body = writer->extract_buf(writer);
	writer->destroy(writer);
	return body;
}

/**
 * Free the packets, wiping what was allocated for them.
 */
static void free_packets(gdoi_kd_packet_t *packets, uint16_t count)
{
	for (u_int i = 0; i < count; i++)
	{
		if (packets[i].type == GDOI_KD_KEK)
		{
			chunk_clear(&packets[i].key);
		}
		chunk_free(&packets[i].attributes);
	}
	free(packets);
}

/**
 * Check that all is there that has to be sent.
 */
static bool check_policy(group_policy_t *policy, char **reason)
{
	u_int teks = policy->get_tek_count(policy), count;
	const uint32_t *sids;
	const char *wrong;
	uint8_t bits;

	if (!policy->has_keys(policy))
	{
		return gdoi_refuse(reason, "the policy has not all its keys");
	}
	if ((!teks && !policy->get_kek(policy)) || teks > GDOI_SAT_MAX)
	{
		return gdoi_refuse(reason, "the policy has no keys, or too many");
	}
	bits = policy->get_sids(policy, &sids, &count);
	if (bits && !group_policy_check_sids(bits, sids, count, &wrong))
	{
		return gdoi_refuse(reason, "%s", wrong);
	}
	return TRUE;
}

bool gdoi_policy_write_kd(group_policy_t *policy, chunk_t *body, char **reason)
{
	gdoi_kd_packet_t *packets;
	uint16_t count;
	size_t len;
	bool fits;

	if (!check_policy(policy, reason))
	{
		return FALSE;
	}
	packets = calloc(policy->get_tek_count(policy) + 2,
					 sizeof(gdoi_kd_packet_t));
	count = make_packets(policy, packets, &len);
	fits = len <= UINT16_MAX - GDOI_GEN_LEN;
	if (fits)
	{
		*body = write_packets(packets, count, len);
	}
	free_packets(packets, count);
	return fits || gdoi_refuse(reason, "the keys do not fit into a KD payload");
}
