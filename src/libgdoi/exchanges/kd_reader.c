/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "policy_codec.h"
#include "../payloads/gdoi_attribute.h"
#include "../payloads/gdoi_kd.h"
#include "../payloads/gdoi_reader.h"

/**
 * Compare keys in constant time.
 */
static bool same_key(chunk_t a, chunk_t b)
{
	return a.len == b.len && memeq_const(a.ptr, b.ptr, a.len);
}

/**
 * Check that key and algorithms are those that the KEK is known by. Another
 * public key is for the caller to see, and to ignore.
 */
static bool check_known(group_kek_t *kek, const group_kek_data_t *known,
						char **reason)
{
	const group_kek_data_t *data = kek->get(kek);

	if (data->encr != known->encr || data->sig != known->sig ||
		data->sig_hash != known->sig_hash ||
		!same_key(data->iv, known->iv) || !same_key(data->key, known->key))
	{
		return gdoi_refuse(reason, "rekey has another key or other algorithms "
						   "for its KEK than it is known by");
	}
	return TRUE;
}

/**
 * Check that a KEK has all its keys, and take it.
 */
static bool add_kek_keys(group_kek_t *kek, const group_kek_data_t *known,
						 group_policy_t *out, char **reason)
{
	bool good;

	good = kek->has_keys(kek) ||
		   gdoi_refuse(reason, "KD has no public key for the KEK");
	if (good && known)
	{
		good = check_known(kek, known, reason);
	}
	if (good)
	{
		out->set_kek(out, kek);
		return TRUE;
	}
	kek->destroy(kek);
	return FALSE;
}

/**
 * Make the KEK with the keys of its packet.
 *
 * @param known		the KEK as it is known already, NULL if it is new
 */
static bool take_kek(group_kek_t *kek, const group_kek_data_t *known,
					 const gdoi_kd_packet_t *packet, group_policy_t *out,
					 char **reason)
{
	const group_kek_data_t *data;
	group_kek_t *with_keys;
	chunk_t sig_key = packet->sig_key;
	size_t iv;

	data = kek ? kek->get(kek) : NULL;
	if (!data || !memeq(packet->spi.ptr, data->spi, sizeof(data->spi)))
	{
		return gdoi_refuse(reason, "KD has a KEK that the SA has not");
	}
	if (known && !sig_key.len)
	{
		sig_key = known->sig_key;
	}
	iv = min(packet->key.len, group_kek_iv_len(data->encr));
	with_keys = kek->with_keys(kek, chunk_create(packet->key.ptr, iv),
							   chunk_skip(packet->key, iv), sig_key);
	if (!with_keys)
	{
		return gdoi_refuse(reason, "KD has a KEK of a wrong length");
	}
	return add_kek_keys(with_keys, known, out, reason);
}

/**
 * Take a KEK that has no packet: its keys are known, or missing.
 */
static bool take_known(group_kek_t *kek, const group_kek_data_t *known,
					   group_policy_t *out, char **reason)
{
	group_kek_t *with_keys = NULL;

	if (known)
	{
		with_keys = kek->with_keys(kek, known->iv, known->key,
								   known->sig_key);
	}
	if (!with_keys)
	{
		return gdoi_refuse(reason, "KD has no keys for the KEK");
	}
	return add_kek_keys(with_keys, known, out, reason);
}

/**
 * Find the packet of a TEK. ESP and AH SPIs share the space of a KD, which
 * does not tell them apart.
 */
static const gdoi_kd_packet_t *find_tek(const gdoi_kd_t *kd, uint32_t spi,
										char **reason)
{
	const gdoi_kd_packet_t *found = NULL, *packet;

	for (u_int i = 0; i < kd->count; i++)
	{
		packet = &kd->packets[i];
		if (packet->type == GDOI_KD_TEK &&
			memeq(packet->spi.ptr, &spi, sizeof(spi)))
		{
			if (found)
			{
				gdoi_refuse(reason, "KD has the TEK %.8x twice", ntohl(spi));
				return NULL;
			}
			found = packet;
		}
	}
	if (!found)
	{
		gdoi_refuse(reason, "KD has no keys for the TEK %.8x", ntohl(spi));
	}
	return found;
}

/**
 * Make a TEK with the keys of its packet.
 */
static bool take_tek(group_tek_t *tek, const gdoi_kd_t *kd,
					 group_policy_t *out, char **reason)
{
	uint32_t spi = tek->get(tek)->spi;
	const gdoi_kd_packet_t *packet;
	group_tek_t *with_keys;

	packet = find_tek(kd, spi, reason);
	if (!packet)
	{
		return FALSE;
	}
	with_keys = tek->with_keys(tek, packet->key, packet->integ_key);
	if (!with_keys || packet->sig_key.len)
	{
		DESTROY_IF(with_keys);
		return gdoi_refuse(reason, "KD has keys for the TEK %.8x that its "
						   "algorithms don't take", ntohl(spi));
	}
	out->add_tek(out, with_keys);
	return TRUE;
}

/**
 * Make all TEKs with their keys.
 */
static bool take_teks(group_policy_t *policy, const gdoi_kd_t *kd,
					  group_policy_t *out, char **reason)
{
	enumerator_t *enumerator;
	group_tek_t *tek;
	bool good = TRUE;

	enumerator = policy->create_tek_enumerator(policy);
	while (good && enumerator->enumerate(enumerator, &tek))
	{
		good = take_tek(tek, kd, out, reason);
	}
	enumerator->destroy(enumerator);
	return good;
}

/**
 * Read the values of a SID packet.
 *
 * @return			FALSE if one is no integer, or if there are too many
 */
static bool read_sids(chunk_t attributes, uint32_t *sids, u_int *count)
{
	gdoi_attribute_t attr;

	*count = 0;
	while (gdoi_attribute_next(&attributes, &attr))
	{
		if (attr.type != GDOI_KD_SID_VALUE)
		{
			continue;
		}
		if (*count == GROUP_POLICY_SIDS_MAX ||
			!gdoi_attribute_get(&attr, &sids[*count]))
		{
			return FALSE;
		}
		(*count)++;
	}
	return TRUE;
}

/**
 * Take the Sender IDs.
 */
static bool take_sids(const gdoi_kd_packet_t *packet, group_policy_t *out,
					  char **reason)
{
	uint32_t sids[GROUP_POLICY_SIDS_MAX];
	const uint32_t *known;
	const char *wrong;
	u_int count;

	if (out->get_sids(out, &known, &count))
	{
		return gdoi_refuse(reason, "KD has a second packet of Sender IDs");
	}
	if (!read_sids(packet->attributes, sids, &count))
	{
		return gdoi_refuse(reason, "KD has a Sender ID of more than 32 bits, "
						   "or too many");
	}
	if (!group_policy_check_sids(packet->sid_bits, sids, count, &wrong))
	{
		return gdoi_refuse(reason, "KD: %s", wrong);
	}
	out->set_sids(out, (uint8_t)packet->sid_bits, sids, count);
	return TRUE;
}

/**
 * Check that a TEK packet is for a TEK that the policy has.
 */
static bool check_tek(group_policy_t *policy, const gdoi_kd_packet_t *packet,
					  char **reason)
{
	uint32_t spi;

	memcpy(&spi, packet->spi.ptr, sizeof(spi));
	return policy->find_tek(policy, PROTO_ESP, spi) ||
		   policy->find_tek(policy, PROTO_AH, spi) ||
		   gdoi_refuse(reason, "KD has the TEK %.8x that the SA has not",
					   ntohl(spi));
}

/**
 * Take KEK and Sender IDs, check for TEKs that the policy does not have.
 *
 * @param rekey		it is a rekey: Sender IDs are for a single member, hence
 *					never in what several get (RFC 6407 section 5.6.4). Who
 *					sends them nevertheless gives the same to all: nobody may
 *					use them.
 */
static bool take_packets(group_policy_t *policy, bool rekey,
						 const group_kek_data_t *known, const gdoi_kd_t *kd,
						 group_policy_t *out, char **reason)
{
	group_kek_t *kek = policy->get_kek(policy);
	const gdoi_kd_packet_t *packet;
	bool good = TRUE;

	for (u_int i = 0; good && i < kd->count; i++)
	{
		packet = &kd->packets[i];
		switch (packet->type)
		{
			case GDOI_KD_TEK:
				good = check_tek(policy, packet, reason);
				break;
			case GDOI_KD_KEK:
				good = take_kek(kek, known, packet, out, reason);
				break;
			case GDOI_KD_SID:
				good = rekey || take_sids(packet, out, reason);
				break;
			default:
				good = gdoi_refuse(reason, "KD has LKH keys, which are not "
								   "supported");
				break;
		}
	}
	return good && (!kek || out->get_kek(out) ||
					take_known(kek, known, out, reason));
}

/**
 * Read a KD payload.
 *
 * @param rekey		it is that of a rekey
 * @param known		the policy's KEK as it is known already, NULL if it is new
 */
static group_policy_t *read_kd(group_policy_t *policy, bool rekey,
							   const group_kek_data_t *known, chunk_t body,
							   char **reason)
{
	group_policy_t *out;
	uint16_t atd, dtd;
	gdoi_kd_t kd;

	if (!gdoi_kd_parse(body, &kd, reason))
	{
		return NULL;
	}
	out = group_policy_create();
	policy->get_delays(policy, &atd, &dtd);
	out->set_delays(out, atd, dtd);
	out->set_acl_form(out, policy->get_acl_form(policy));
	out->set_sequence(out, policy->get_sequence(policy));
	group_policy_copy_freshness(policy, out);
	if (!take_packets(policy, rekey, known, &kd, out, reason) ||
		!take_teks(policy, &kd, out, reason))
	{
		out->destroy(out);
		out = NULL;
	}
	gdoi_kd_clear(&kd);
	return out;
}

group_policy_t *gdoi_policy_read_kd(group_policy_t *policy, chunk_t body,
									char **reason)
{
	return read_kd(policy, FALSE, NULL, body, reason);
}

group_policy_t *gdoi_policy_read_rekey(group_policy_t *policy,
									   group_kek_t *known, chunk_t body,
									   char **reason)
{
	const group_kek_data_t *data = known->get(known);
	group_kek_t *kek = policy->get_kek(policy);
	bool same;

	same = kek && memeq(kek->get(kek)->spi, data->spi, sizeof(data->spi));
	return read_kd(policy, TRUE, same ? data : NULL, body, reason);
}
