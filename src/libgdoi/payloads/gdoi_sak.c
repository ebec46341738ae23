/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "gdoi_sa.h"
#include "gdoi_attribute.h"
#include "gdoi_reader.h"

/**
 * KEK attributes that are understood: integers all of them.
 */
static const uint32_t understood =
	1 << GDOI_KEK_MANAGEMENT | 1 << GDOI_KEK_ALGORITHM |
	1 << GDOI_KEK_KEY_LENGTH | 1 << GDOI_KEK_KEY_LIFETIME |
	1 << GDOI_KEK_SIG_HASH | 1 << GDOI_KEK_SIG_ALGORITHM |
	1 << GDOI_KEK_SIG_KEY_LENGTH | 1 << GDOI_KEK_ACK_REQUESTED;

bool gdoi_ident_take(chunk_t *in, bool wide, gdoi_ident_t *ident)
{
	gdoi_ident_t parsed = {};
	chunk_t rest = *in;
	uint16_t len;
	uint8_t narrow = 0;

	if (!gdoi_take_u8(&rest, &parsed.type) ||
		!gdoi_take_u16(&rest, &parsed.port) ||
		!(wide ? gdoi_take_u16(&rest, &len) : gdoi_take_u8(&rest, &narrow)))
	{
		return FALSE;
	}
	if (!gdoi_take(&rest, wide ? len : narrow, &parsed.data))
	{
		return FALSE;
	}
	*in = rest;
	*ident = parsed;
	return TRUE;
}

void gdoi_ident_write(const gdoi_ident_t *ident, bio_writer_t *writer)
{
	writer->write_uint8(writer, ident->type);
	writer->write_uint16(writer, ident->port);
	writer->write_data8(writer, ident->data);
}

/**
 * Parse the attributes of a SAK.
 */
static bool parse_attributes(chunk_t in, gdoi_sak_t *sak, char **reason)
{
	gdoi_attribute_t attr;

	while (in.len)
	{
		if (!gdoi_attribute_next(&in, &attr))
		{
			return gdoi_refuse(reason, "SAK ends within an attribute");
		}
		if (attr.type >= countof(sak->values) ||
			!(understood & 1 << attr.type))
		{
			return gdoi_refuse(reason, "unknown SAK attribute %u", attr.type);
		}
		if (sak->present & 1 << attr.type)
		{
			return gdoi_refuse(reason, "SAK attribute %u is there twice",
							   attr.type);
		}
		if (!gdoi_attribute_get(&attr, &sak->values[attr.type]))
		{
			return gdoi_refuse(reason, "SAK attribute %u is not an integer",
							   attr.type);
		}
		sak->present |= 1 << attr.type;
	}
	return TRUE;
}

/**
 * Skip the reserved octets in front of the attributes. The reference code of
 * 2011 has six of them; as no attribute has the number 0 there's no doubt.
 */
static bool skip_reserved(chunk_t *in)
{
	chunk_t reserved;

	if (!gdoi_take(in, 4, &reserved) || !gdoi_all_zero(reserved))
	{
		return FALSE;
	}
	if (in->len >= 2 && !in->ptr[0] && !in->ptr[1])
	{
		*in = chunk_skip(*in, 2);
	}
	return TRUE;
}

/**
 * Parse with the given width of the lengths of identifications.
 */
static bool parse_sak(chunk_t in, bool wide, gdoi_sak_t *sak, char **reason)
{
	gdoi_sak_t parsed = {};

	if (!gdoi_take_u8(&in, &parsed.protocol) ||
		!gdoi_ident_take(&in, wide, &parsed.src) ||
		!gdoi_ident_take(&in, wide, &parsed.dst) ||
		!gdoi_take(&in, GDOI_KEK_SPI_LEN, &parsed.spi))
	{
		return gdoi_refuse(reason, "SAK is too short");
	}
	if (!skip_reserved(&in))
	{
		return gdoi_refuse(reason, "SAK has no four reserved octets of zero");
	}
	if (!parse_attributes(in, &parsed, reason))
	{
		return FALSE;
	}
	*sak = parsed;
	return TRUE;
}

bool gdoi_sak_parse(chunk_t body, u_int tolerance, gdoi_sak_t *sak,
					char **reason)
{
	char *first = NULL;

	if (parse_sak(body, FALSE, sak, &first))
	{
		return TRUE;
	}
	if (tolerance & GDOI_TOLERATE_LONG_ID_LEN &&
		parse_sak(body, TRUE, sak, NULL))
	{
		free(first);
		return TRUE;
	}
	gdoi_refuse(reason, "%s", first ?: "SAK is malformed");
	free(first);
	return FALSE;
}

void gdoi_sak_write(const gdoi_sak_t *sak, bio_writer_t *writer)
{
	writer->write_uint8(writer, sak->protocol);
	gdoi_ident_write(&sak->src, writer);
	gdoi_ident_write(&sak->dst, writer);
	writer->write_data(writer, sak->spi);
	writer->write_uint32(writer, 0);
	for (u_int i = 0; i < countof(sak->values); i++)
	{
		if (!(sak->present & 1 << i))
		{
			continue;
		}
		if (i == GDOI_KEK_KEY_LIFETIME)
		{
			gdoi_attribute_write_u32(writer, (uint16_t)i, sak->values[i]);
		}
		else
		{
			gdoi_attribute_write_basic(writer, (uint16_t)i,
									   (uint16_t)sak->values[i]);
		}
	}
}

/**
 * Take an integer of a GAP.
 */
static bool parse_gap_integer(const gdoi_attribute_t *attr, gdoi_gap_t *gap,
							  char **reason)
{
	if (!attr->type || attr->type >= countof(gap->values))
	{
		return gdoi_refuse(reason, "unknown GAP attribute %u", attr->type);
	}
	if (gap->present & 1 << attr->type)
	{
		return gdoi_refuse(reason, "GAP attribute %u is there twice",
						   attr->type);
	}
	if (!gdoi_attribute_get(attr, &gap->values[attr->type]) ||
		gap->values[attr->type] > UINT16_MAX)
	{
		return gdoi_refuse(reason, "GAP attribute %u is not an integer of 16 "
						   "bits", attr->type);
	}
	gap->present |= 1 << attr->type;
	return TRUE;
}

/**
 * Take the access lists of a GAP.
 */
static bool parse_gap_acl(const gdoi_attribute_t *attr, gdoi_gap_t *gap,
						  char **reason)
{
	if (attr->basic || !attr->value.len || gap->acl.len)
	{
		return gdoi_refuse(reason, "GAP has a short, empty or second "
						   "POLICY_ACL");
	}
	gap->acl = attr->value;
	return TRUE;
}

/**
 * Take an integer that may be there once.
 */
static bool parse_gap_d3p(const gdoi_attribute_t *attr, bool *has,
						  uint32_t *value, char **reason)
{
	if (*has || !gdoi_attribute_get(attr, value))
	{
		return gdoi_refuse(reason, "GAP has a second D3P attribute %u, or one "
						   "that is not an integer", attr->type);
	}
	*has = TRUE;
	return TRUE;
}

/**
 * Take the pseudotime of a GAP.
 */
static bool parse_gap_pseudotime(const gdoi_attribute_t *attr, gdoi_gap_t *gap,
								 char **reason)
{
	chunk_t value = attr->value;

	if (gap->has_pseudotime || !gdoi_take_u32(&value, &gap->epoch) ||
		!gdoi_take_u32(&value, &gap->ticks) ||
		!gdoi_take_u32(&value, &gap->tick_ms) || value.len)
	{
		return gdoi_refuse(reason, "GAP has a PSEUDOTIME of %zu octets, or a "
						   "second one", attr->value.len);
	}
	gap->has_pseudotime = TRUE;
	return TRUE;
}

/**
 * Take an attribute of a GAP.
 */
static bool parse_gap(const gdoi_attribute_t *attr, gdoi_gap_t *gap,
					  char **reason)
{
	switch (attr->type)
	{
		case GDOI_GAP_D3P_TYPE:
			return parse_gap_d3p(attr, &gap->has_d3p_type, &gap->d3p_type,
								 reason);
		case GDOI_GAP_D3P_WINDOWSIZE:
			return parse_gap_d3p(attr, &gap->has_d3p_window, &gap->d3p_window,
								 reason);
		case GDOI_GAP_POLICY_ACL:
			return parse_gap_acl(attr, gap, reason);
		case GDOI_GAP_PSEUDOTIME:
			return parse_gap_pseudotime(attr, gap, reason);
		default:
			return parse_gap_integer(attr, gap, reason);
	}
}

bool gdoi_gap_parse(chunk_t body, gdoi_gap_t *gap, char **reason)
{
	gdoi_gap_t parsed = {};
	gdoi_attribute_t attr;

	while (body.len)
	{
		if (!gdoi_attribute_next(&body, &attr))
		{
			return gdoi_refuse(reason, "GAP ends within an attribute");
		}
		if (!parse_gap(&attr, &parsed, reason))
		{
			return FALSE;
		}
	}
	*gap = parsed;
	return TRUE;
}

bool gdoi_gap_is_private(const gdoi_gap_t *gap)
{
	return gap->acl.len || gap->has_d3p_type || gap->has_d3p_window ||
		   gap->has_pseudotime;
}

/**
 * Write the pseudotime of a GAP.
 */
static void write_pseudotime(const gdoi_gap_t *gap, bio_writer_t *writer)
{
	uint8_t value[12];

	htoun32(value, gap->epoch);
	htoun32(value + 4, gap->ticks);
	htoun32(value + 8, gap->tick_ms);
	gdoi_attribute_write(writer, GDOI_GAP_PSEUDOTIME, chunk_from_thing(value));
}

void gdoi_gap_write(const gdoi_gap_t *gap, bio_writer_t *writer)
{
	for (u_int i = 0; i < countof(gap->values); i++)
	{
		if (gap->present & 1 << i)
		{
			gdoi_attribute_write_basic(writer, (uint16_t)i,
									   (uint16_t)gap->values[i]);
		}
	}
	if (gap->has_d3p_type)
	{
		gdoi_attribute_write_basic(writer, GDOI_GAP_D3P_TYPE,
								   (uint16_t)gap->d3p_type);
	}
	if (gap->has_d3p_window)
	{
		gdoi_attribute_write_u32(writer, GDOI_GAP_D3P_WINDOWSIZE,
								 gap->d3p_window);
	}
	if (gap->acl.len)
	{
		gdoi_attribute_write(writer, GDOI_GAP_POLICY_ACL, gap->acl);
	}
	if (gap->has_pseudotime)
	{
		write_pseudotime(gap, writer);
	}
}
