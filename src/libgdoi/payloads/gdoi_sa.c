/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "gdoi_sa.h"
#include "gdoi_chain.h"
#include "gdoi_reader.h"

/** room for SATs at first, doubled when needed */
#define SATS_INITIAL 4

/**
 * Read DOI, Situation, and what is nested first.
 */
static bool parse_head(chunk_t *in, uint8_t *next, gdoi_notify_t *notify,
					   char **reason)
{
	uint32_t doi, situation;
	uint16_t type, reserved;

	if (!gdoi_take_u32(in, &doi) || !gdoi_take_u32(in, &situation) ||
		!gdoi_take_u16(in, &type) || !gdoi_take_u16(in, &reserved))
	{
		return gdoi_refuse(reason, "SA payload is too short");
	}
	if (doi != GDOI_DOI || situation)
	{
		*notify = GDOI_NOTIFY_DOI_NOT_SUPPORTED;
		return gdoi_refuse(reason, "SA payload has DOI %u and Situation %u, "
						   "not those of GDOI", doi, situation);
	}
	if (reserved || type > UINT8_MAX)
	{
		return gdoi_refuse(reason, "SA payload has a bad first payload");
	}
	*next = (uint8_t)type;
	return TRUE;
}

/**
 * Get room for one more SAT. Grows with the SATs that were really read, never
 * by a field of the message.
 */
static gdoi_sat_t *next_sat(gdoi_sa_t *sa)
{
	u_int count = sa->sat_count;

	/* at each power of two the room is used up */
	if (!count || (count >= SATS_INITIAL && !(count & (count - 1))))
	{
		sa->sats = realloc(sa->sats, sizeof(gdoi_sat_t) *
						   (count ? count * 2 : SATS_INITIAL));
	}
	return &sa->sats[count];
}

/**
 * Parse a nested SAT.
 */
static bool parse_sat(chunk_t body, u_int tolerance, gdoi_sa_t *sa,
					  gdoi_notify_t *notify, char **reason)
{
	gdoi_sat_t *sat;

	if (sa->sat_count == GDOI_SAT_MAX)
	{
		return gdoi_refuse(reason, "SA payload has more than %d SATs",
						   GDOI_SAT_MAX);
	}
	sat = next_sat(sa);
	if (!gdoi_sat_parse(body, tolerance, sat, reason))
	{
		return FALSE;
	}
	if (sat->protocol_id == GDOI_PROTO_ESP || sat->protocol_id == GDOI_PROTO_AH)
	{
		sa->sat_count++;
		return TRUE;
	}
	if (tolerance & GDOI_TOLERATE_UNKNOWN_SAT)
	{
		return TRUE;
	}
	*notify = GDOI_NOTIFY_INVALID_PROTOCOL_ID;
	return gdoi_refuse(reason, "SAT has the unsupported protocol %u",
					   sat->protocol_id);
}

/**
 * Parse a nested payload, in the order SAK, GAP, SAT.
 */
static bool parse_nested(const gdoi_payload_t *payload, u_int tolerance,
						 gdoi_sa_t *sa, gdoi_notify_t *notify, char **reason)
{
	switch (payload->type)
	{
		case GDOI_PLD_SAK:
			if (sa->has_sak || sa->has_gap || sa->sat_count)
			{
				break;
			}
			sa->has_sak = TRUE;
			return gdoi_sak_parse(payload->body, tolerance, &sa->sak, reason);
		case GDOI_PLD_GAP:
			if (sa->has_gap || sa->sat_count)
			{
				break;
			}
			sa->has_gap = TRUE;
			return gdoi_gap_parse(payload->body, &sa->gap, reason);
		case GDOI_PLD_SAT:
			return parse_sat(payload->body, tolerance, sa, notify, reason);
		default:
			*notify = GDOI_NOTIFY_INVALID_PAYLOAD_TYPE;
			return gdoi_refuse(reason, "SA payload has a nested payload of "
							   "type %u", payload->type);
	}
	return gdoi_refuse(reason, "SA payload has a second or misplaced payload "
					   "of type %u", payload->type);
}

/**
 * Parse into a value that the caller clears.
 */
static bool parse_sa(chunk_t in, u_int tolerance, gdoi_sa_t *sa,
					 gdoi_notify_t *notify, char **reason)
{
	gdoi_payload_t payload;
	const char *text;
	uint8_t next;

	if (!parse_head(&in, &next, notify, reason))
	{
		return FALSE;
	}
	while (next != GDOI_PLD_NONE)
	{
		if (!gdoi_chain_next(&in, &next, &payload, &text))
		{
			return gdoi_refuse(reason, "SA payload is malformed: %s", text);
		}
		if (!parse_nested(&payload, tolerance, sa, notify, reason))
		{
			return FALSE;
		}
	}
	if (in.len)
	{
		return gdoi_refuse(reason, "SA payload does not end after its nested "
						   "payloads");
	}
	if (!sa->has_sak && !sa->sat_count)
	{
		return gdoi_refuse(reason, "SA payload has neither SAK nor usable SAT");
	}
	return TRUE;
}

bool gdoi_sa_parse(chunk_t body, u_int tolerance, gdoi_sa_t *sa,
				   gdoi_notify_t *notify, char **reason)
{
	gdoi_sa_t parsed = {};

	*notify = GDOI_NOTIFY_PAYLOAD_MALFORMED;
	if (!parse_sa(body, tolerance, &parsed, notify, reason))
	{
		gdoi_sa_clear(&parsed);
		return FALSE;
	}
	*notify = GDOI_NOTIFY_NONE;
	*sa = parsed;
	return TRUE;
}

void gdoi_sa_clear(gdoi_sa_t *sa)
{
	free(sa->sats);
	sa->sats = NULL;
	sa->sat_count = 0;
}

/**
 * Append a nested payload to the chain, and empty the writer of its body.
 */
static bool append(bio_writer_t *writer, gdoi_payload_type_t next,
				   bio_writer_t *body)
{
	chunk_t buf = body->extract_buf(body);
	bool fits = buf.len <= UINT16_MAX - GDOI_GEN_LEN;

	if (fits)
	{
		gdoi_chain_write(writer, next, buf);
	}
	chunk_free(&buf);
	return fits;
}

/**
 * Write the nested payloads.
 */
static bool write_nested(const gdoi_sa_t *sa, bio_writer_t *writer)
{
	gdoi_payload_type_t sat = sa->sat_count ? GDOI_PLD_SAT : GDOI_PLD_NONE;
	bio_writer_t *body = bio_writer_create(64);
	bool fits = TRUE;

	if (sa->has_sak)
	{
		gdoi_sak_write(&sa->sak, body);
		fits = append(writer, sa->has_gap ? GDOI_PLD_GAP : sat, body);
	}
	if (sa->has_gap)
	{
		gdoi_gap_write(&sa->gap, body);
		fits = append(writer, sat, body) && fits;
	}
	for (u_int i = 0; i < sa->sat_count; i++)
	{
		gdoi_sat_write(&sa->sats[i], body);
		fits = append(writer, i + 1 < sa->sat_count ? GDOI_PLD_SAT
													: GDOI_PLD_NONE,
					  body) && fits;
	}
	body->destroy(body);
	return fits;
}

bool gdoi_sa_write(const gdoi_sa_t *sa, bio_writer_t *writer)
{
	gdoi_payload_type_t first;
	size_t before = writer->get_buf(writer).len;

	if (!sa->has_sak && !sa->sat_count)
	{
		return FALSE;
	}
	first = sa->has_sak ? GDOI_PLD_SAK
						: sa->has_gap ? GDOI_PLD_GAP : GDOI_PLD_SAT;
	writer->write_uint32(writer, GDOI_DOI);
	writer->write_uint32(writer, 0);
	writer->write_uint16(writer, (uint16_t)first);
	writer->write_uint16(writer, 0);
	return write_nested(sa, writer) &&
		   writer->get_buf(writer).len - before <= UINT16_MAX - GDOI_GEN_LEN;
}
