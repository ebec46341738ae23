/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "acl_codec.h"
#include "freshness_codec.h"
#include "policy_codec.h"
#include "algorithm_map.h"
#include "selector_codec.h"
#include "../payloads/gdoi_reader.h"
#include "../payloads/gdoi_sa.h"

/**
 * An SA payload in the making, with the memory that its parts point to.
 */
typedef struct {
	gdoi_sa_t sa;
	gdoi_ident_buf_t *bufs;
	group_acl_form_t form;
	/** lists and their octets, GROUP_ACL_LISTS */
	gdoi_acl_set_t lists;
	chunk_t acl;
	char **reason;
} sa_writer_t;

/**
 * Set an attribute of a SAK.
 */
static void set_kek(gdoi_sak_t *sak, gdoi_kek_attr_t type, uint32_t value)
{
	sak->present |= 1u << type;
	sak->values[type] = value;
}

/**
 * Set an attribute of a SAT.
 */
static void set_tek(gdoi_sat_t *sat, gdoi_tek_attr_t type, uint32_t value)
{
	sat->present |= 1u << type;
	sat->values[type] = value;
}

/**
 * Set the attributes of the signature. With ECDSA the hash is implied, and
 * left out as RFC 6407 section 5.3.6 wants it.
 */
static bool set_signature(gdoi_sak_t *sak, const group_kek_data_t *kek,
						  char **reason)
{
	uint32_t number;

	if (kek->sig == GROUP_SIG_RSA)
	{
		if (!gdoi_map_to_sig_hash(kek->sig_hash, &number))
		{
			return gdoi_refuse(reason, "the KEK's signature hash has no number "
							   "in GDOI");
		}
		set_kek(sak, GDOI_KEK_SIG_HASH, number);
	}
	set_kek(sak, GDOI_KEK_SIG_ALGORITHM, kek->sig);
	if (kek->sig_bits)
	{
		set_kek(sak, GDOI_KEK_SIG_KEY_LENGTH, kek->sig_bits);
	}
	return TRUE;
}

/**
 * Fill in the SAK.
 */
static bool make_sak(sa_writer_t *writer, const group_kek_data_t *kek)
{
	gdoi_sak_t *sak = &writer->sa.sak;
	uint32_t number;

	if (!gdoi_map_to_kek(kek->encr, &number) ||
		!group_kek_key_len(kek->encr, kek->encr_bits))
	{
		return gdoi_refuse(writer->reason, "the KEK's cipher has no number in "
						   "GDOI");
	}
	if (!kek->src || !kek->dst)
	{
		return gdoi_refuse(writer->reason, "the KEK has no source or "
						   "destination");
	}
	writer->sa.has_sak = TRUE;
	sak->protocol = IPPROTO_UDP;
	gdoi_host_write(kek->src, &sak->src);
	gdoi_host_write(kek->dst, &sak->dst);
	sak->spi = chunk_from_thing(kek->spi);
	set_kek(sak, GDOI_KEK_ALGORITHM, number);
	if (kek->encr == ENCR_AES_CBC)
	{
		set_kek(sak, GDOI_KEK_KEY_LENGTH, kek->encr_bits);
	}
	if (kek->lifetime)
	{
		set_kek(sak, GDOI_KEK_KEY_LIFETIME, kek->lifetime);
	}
	if (kek->ack != GROUP_ACK_NONE)
	{
		set_kek(sak, GDOI_KEK_ACK_REQUESTED, kek->ack);
	}
	return set_signature(sak, kek, writer->reason);
}

/**
 * Fill in the GAP.
 */
static bool make_gap(sa_writer_t *writer, group_policy_t *policy)
{
	gdoi_gap_t *gap = &writer->sa.gap;
	uint16_t atd, dtd;

	policy->get_delays(policy, &atd, &dtd);
	if (atd)
	{
		gap->present |= 1 << GDOI_GAP_ATD;
		gap->values[GDOI_GAP_ATD] = atd;
	}
	if (dtd)
	{
		gap->present |= 1 << GDOI_GAP_DTD;
		gap->values[GDOI_GAP_DTD] = dtd;
	}
	if (!gdoi_freshness_write_gap(policy, gap, writer->reason))
	{
		return FALSE;
	}
	writer->sa.has_gap = gap->present || gdoi_gap_is_private(gap);
	return TRUE;
}

/**
 * Find the transform and set the attributes of algorithms.
 */
static bool set_algorithms(gdoi_sat_t *sat, const group_tek_data_t *tek,
						   char **reason)
{
	uint32_t number;

	if (tek->protocol == PROTO_AH)
	{
		sat->protocol_id = GDOI_PROTO_AH;
		if (!gdoi_map_to_ah(tek->integ, &sat->transform))
		{
			return gdoi_refuse(reason, "a TEK's algorithm has no number in AH");
		}
	}
	else
	{
		sat->protocol_id = GDOI_PROTO_ESP;
		if (!gdoi_map_to_esp(tek->encr, &sat->transform))
		{
			return gdoi_refuse(reason, "a TEK's cipher has no number in ESP");
		}
	}
	if (tek->integ != AUTH_UNDEFINED)
	{
		if (!gdoi_map_to_auth(tek->integ, &number))
		{
			return gdoi_refuse(reason, "a TEK's integrity algorithm has no "
							   "number in GDOI");
		}
		set_tek(sat, GDOI_TEK_AUTH_ALGORITHM, number);
	}
	if (tek->encr_bits && tek->encr != ENCR_DES && tek->encr != ENCR_3DES)
	{
		set_tek(sat, GDOI_TEK_KEY_LENGTH, tek->encr_bits);
	}
	return TRUE;
}

/**
 * Set the attributes that only differ from their defaults in some TEKs.
 */
static void set_modes(gdoi_sat_t *sat, const group_tek_data_t *tek)
{
	static const uint32_t preserve[] = {
		[GROUP_TEK_PRESERVE_BOTH] = 4,
		[GROUP_TEK_PRESERVE_NONE] = 1,
		[GROUP_TEK_PRESERVE_SRC] = 2,
		[GROUP_TEK_PRESERVE_DST] = 3,
	};
	static const uint32_t direction[] = {
		[GROUP_TEK_BOTH] = 3,
		[GROUP_TEK_RECEIVER_ONLY] = 2,
		[GROUP_TEK_SENDER_ONLY] = 1,
	};

	set_tek(sat, GDOI_TEK_ENCAPSULATION, tek->tunnel ? 1 : 2);
	if (tek->preserve != GROUP_TEK_PRESERVE_BOTH)
	{
		set_tek(sat, GDOI_TEK_ADDRESS_PRESERVATION, preserve[tek->preserve]);
	}
	if (tek->direction != GROUP_TEK_BOTH)
	{
		set_tek(sat, GDOI_TEK_DIRECTION, direction[tek->direction]);
	}
}

/**
 * Add a SAT with the selector of a line.
 */
static bool add_sat(sa_writer_t *writer, const gdoi_sat_t *template,
					const group_ace_t *ace, uint16_t family)
{
	gdoi_ident_buf_t *bufs;
	gdoi_sat_t *sat;

	if (writer->sa.sat_count == GDOI_SAT_MAX)
	{
		return gdoi_refuse(writer->reason, "the policy has more than %d lines",
						   GDOI_SAT_MAX);
	}
	bufs = &writer->bufs[2 * (size_t)writer->sa.sat_count];
	sat = &writer->sa.sats[writer->sa.sat_count++];
	*sat = *template;
	sat->protocol = ace->protocol;
	gdoi_selector_write(&ace->src, family, &bufs[0], &sat->src);
	gdoi_selector_write(&ace->dst, family, &bufs[1], &sat->dst);
	return TRUE;
}

/**
 * Add the SAT of a TEK whose list travels in POLICY_ACL.
 */
static bool add_listed(sa_writer_t *writer, const gdoi_sat_t *template,
					   group_acl_t *acl)
{
	gdoi_sat_t sat = *template;
	group_ace_t any = {
		.src = { .port_hi = UINT16_MAX },
		.dst = { .port_hi = UINT16_MAX },
	};

	sat.acl_list = gdoi_acl_set_add(&writer->lists, acl);
	if (!sat.acl_list)
	{
		return gdoi_refuse(writer->reason, "the policy has more than %d access "
						   "lists", GDOI_ACL_SET_MAX);
	}
	return add_sat(writer, &sat, &any, AF_INET);
}

/**
 * Add the SATs of a line.
 */
static bool add_line(sa_writer_t *writer, const gdoi_sat_t *template,
					 const group_ace_t *ace)
{
	if (ace->action != GROUP_ACE_PERMIT)
	{
		return writer->form == GROUP_ACL_PERMITS ||
			   gdoi_refuse(writer->reason, "a TEK has a line that denies, "
						   "which a SAT can't say");
	}
	if (ace->family == AF_UNSPEC)
	{
		return add_sat(writer, template, ace, AF_INET) &&
			   add_sat(writer, template, ace, AF_INET6);
	}
	return add_sat(writer, template, ace, ace->family);
}

/**
 * Add the SATs of a TEK.
 */
static bool add_tek(sa_writer_t *writer, group_policy_t *policy,
					const group_tek_data_t *tek)
{
	u_int before = writer->sa.sat_count;
	gdoi_sat_t template = {
		.spi = chunk_from_thing(tek->spi),
		.seconds = tek->lifetime,
	};
	enumerator_t *enumerator;
	group_ace_t *ace;
	bool good = TRUE;

	if (!set_algorithms(&template, tek, writer->reason) ||
		!gdoi_freshness_write_sat(policy, tek, &template, writer->reason))
	{
		return FALSE;
	}
	set_modes(&template, tek);
	if (!tek->acl || !tek->acl->get_count(tek->acl))
	{
		return gdoi_refuse(writer->reason, "a TEK has no lines");
	}
	if (writer->form == GROUP_ACL_LISTS)
	{
		return add_listed(writer, &template, tek->acl);
	}
	enumerator = tek->acl->create_enumerator(tek->acl);
	while (good && enumerator->enumerate(enumerator, &ace))
	{
		good = add_line(writer, &template, ace);
	}
	enumerator->destroy(enumerator);
	if (good && writer->sa.sat_count == before)
	{
		return gdoi_refuse(writer->reason, "a TEK has no line that permits");
	}
	return good;
}

/**
 * Put the access lists into the GAP.
 */
static bool add_lists(sa_writer_t *writer)
{
	if (!writer->lists.count)
	{
		return TRUE;
	}
	if (!gdoi_acl_set_write(&writer->lists, &writer->acl, writer->reason))
	{
		return FALSE;
	}
	writer->sa.has_gap = TRUE;
	writer->sa.gap.acl = writer->acl;
	return TRUE;
}

/**
 * Fill in SAK, GAP and SATs.
 */
static bool make_sa(sa_writer_t *writer, group_policy_t *policy)
{
	group_kek_t *kek = policy->get_kek(policy);
	enumerator_t *enumerator;
	group_tek_t *tek;
	bool good = TRUE;

	if ((kek && !make_sak(writer, kek->get(kek))) ||
		!make_gap(writer, policy))
	{
		return FALSE;
	}
	enumerator = policy->create_tek_enumerator(policy);
	while (good && enumerator->enumerate(enumerator, &tek))
	{
		good = add_tek(writer, policy, tek->get(tek));
	}
	enumerator->destroy(enumerator);
	return good && add_lists(writer);
}

/**
 * Count the SATs that a policy gives at most.
 */
static u_int count_sats(group_policy_t *policy)
{
	const group_tek_data_t *data;
	enumerator_t *enumerator;
	group_tek_t *tek;
	u_int count = 0;

	enumerator = policy->create_tek_enumerator(policy);
	while (enumerator->enumerate(enumerator, &tek))
	{
		data = tek->get(tek);
		count += data->acl ? 2 * data->acl->get_count(data->acl) : 0;
	}
	enumerator->destroy(enumerator);
	return min(count, (u_int)GDOI_SAT_MAX);
}

bool gdoi_policy_write_sa(group_policy_t *policy, chunk_t *body, char **reason)
{
	u_int count = count_sats(policy) + 1;
	sa_writer_t writer = {
		.reason = reason,
		.form = policy->get_acl_form(policy),
	};
	bio_writer_t *out;
	bool good;

	writer.sa.sats = calloc(count, sizeof(gdoi_sat_t));
	writer.bufs = calloc(count, 2 * sizeof(gdoi_ident_buf_t));
	good = make_sa(&writer, policy);
	if (good)
	{
		out = bio_writer_create(1024);
		good = gdoi_sa_write(&writer.sa, out);
		*body = good ? out->extract_buf(out) : chunk_empty;
		out->destroy(out);
		if (!good)
		{
			gdoi_refuse(reason, "the policy is empty or does not fit into an "
						"SA payload");
		}
	}
	gdoi_sa_clear(&writer.sa);
	gdoi_acl_set_clear(&writer.lists);
	chunk_free(&writer.acl);
	free(writer.bufs);
	return good;
}
