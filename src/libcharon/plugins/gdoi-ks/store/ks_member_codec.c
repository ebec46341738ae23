/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_member_codec.h"

#include <bio/bio_reader.h>
#include <bio/bio_writer.h>

/** octets of an encoded member without identity, more or less */
#define MEMBER_LEN 256

/**
 * Write the rekeys that a record remembers
 */
static void write_marks(bio_writer_t *writer, const ks_rekey_mark_t *marks,
						const ks_instant_t *now)
{
	int i;

	for (i = 0; i < KS_MEMBER_HISTORY; i++)
	{
		writer->write_uint32(writer, marks[i].seq);
		writer->write_uint32(writer, marks[i].seq ?
					marks[i].time + (uint32_t)(now->wall - now->mono) : 0);
	}
}

/**
 * Read the rekeys that a record remembers
 */
static bool read_marks(bio_reader_t *reader, ks_rekey_mark_t *marks,
					   const ks_instant_t *now)
{
	int i;

	for (i = 0; i < KS_MEMBER_HISTORY; i++)
	{
		if (!reader->read_uint32(reader, &marks[i].seq) ||
			!reader->read_uint32(reader, &marks[i].time))
		{
			return FALSE;
		}
		marks[i].time -= marks[i].seq ? (uint32_t)(now->wall - now->mono) : 0;
	}
	return TRUE;
}

/**
 * Write a member
 */
static void write_member(bio_writer_t *writer, ks_member_t *member,
						 const ks_instant_t *now)
{
	writer->write_uint64(writer, ks_instant_wall(now, member->since));
	writer->write_uint64(writer, ks_instant_wall(now, member->last));
	writer->write_uint64(writer, ks_instant_wall(now, member->expires));
	writer->write_uint32(writer, member->registrations);
	writer->write_uint16(writer, member->family);
	writer->write_data(writer, chunk_from_thing(member->address));
	writer->write_uint16(writer, member->port);
	writer->write_data(writer, chunk_from_thing(member->local));
	writer->write_uint16(writer, member->local_port);
	writer->write_uint8(writer, member->features);
	writer->write_uint8(writer, member->missed);
	writer->write_uint8(writer, member->acknowledged);
	writer->write_uint8(writer, member->answered);
	writer->write_uint8(writer, member->ack_length);
	writer->write_uint32(writer, member->rekeys);
	writer->write_uint32(writer, member->retries);
	writer->write_uint32(writer, member->acks);
	writer->write_uint32(writer, member->acks_missed);
	writer->write_uint64(writer, member->kek);
	write_marks(writer, member->sent, now);
	write_marks(writer, member->acked, now);
	writer->write_uint8(writer, member->id_type);
	writer->write_data16(writer, chunk_create(member->id, member->id_len));
}

/*
 * Described in header
 */
chunk_t ks_member_codec_write(ks_member_t **members, u_int count,
							   const ks_instant_t *now)
{
	bio_writer_t *writer = bio_writer_create(2 + count * MEMBER_LEN);
	chunk_t data;
	u_int i;

	writer->write_uint16(writer, count);
	for (i = 0; i < count; i++)
	{
		write_member(writer, members[i], now);
	}
	data = writer->extract_buf(writer);
	writer->destroy(writer);
	return data;
}

/**
 * Read the address of a member and ours
 */
static bool read_addresses(bio_reader_t *reader, ks_member_t *member)
{
	chunk_t address, local;

	if (!reader->read_uint16(reader, &member->family) ||
		!reader->read_data(reader, sizeof(member->address), &address) ||
		!reader->read_uint16(reader, &member->port) ||
		!reader->read_data(reader, sizeof(member->local), &local) ||
		!reader->read_uint16(reader, &member->local_port))
	{
		return FALSE;
	}
	memcpy(member->address, address.ptr, sizeof(member->address));
	memcpy(member->local, local.ptr, sizeof(member->local));
	return member->family == AF_INET || member->family == AF_INET6;
}

/**
 * Read when a member registered and when its keys end
 */
static bool read_times(bio_reader_t *reader, ks_member_t *member,
					   const ks_instant_t *now)
{
	uint64_t since, last, expires;

	if (!reader->read_uint64(reader, &since) ||
		!reader->read_uint64(reader, &last) ||
		!reader->read_uint64(reader, &expires) ||
		expires > (uint64_t)now->wall + UINT32_MAX)
	{
		return FALSE;
	}
	member->since = ks_instant_past(now, since);
	member->last = ks_instant_past(now, last);
	member->expires = now->mono + ((time_t)expires - now->wall);
	return TRUE;
}

/**
 * Read what is known of a member's acknowledgements
 */
static bool read_counters(bio_reader_t *reader, ks_member_t *member,
						  const ks_instant_t *now)
{
	uint8_t acknowledged, answered;

	if (!reader->read_uint8(reader, &member->features) ||
		!reader->read_uint8(reader, &member->missed) ||
		!reader->read_uint8(reader, &acknowledged) ||
		!reader->read_uint8(reader, &answered) ||
		!reader->read_uint8(reader, &member->ack_length) ||
		!reader->read_uint32(reader, &member->rekeys) ||
		!reader->read_uint32(reader, &member->retries) ||
		!reader->read_uint32(reader, &member->acks) ||
		!reader->read_uint32(reader, &member->acks_missed) ||
		!reader->read_uint64(reader, &member->kek) ||
		!read_marks(reader, member->sent, now) ||
		!read_marks(reader, member->acked, now))
	{
		return FALSE;
	}
	member->acknowledged = acknowledged;
	member->answered = answered;
	return TRUE;
}

/**
 * Read a member into a table
 */
static bool read_member(bio_reader_t *reader, const ks_instant_t *now,
						ks_members_t *members)
{
	ks_member_t fixed, *member;
	chunk_t id;

	memset(&fixed, 0, sizeof(fixed));
	if (!read_times(reader, &fixed, now) ||
		!reader->read_uint32(reader, &fixed.registrations) ||
		!read_addresses(reader, &fixed) ||
		!read_counters(reader, &fixed, now) ||
		!reader->read_uint8(reader, &fixed.id_type) ||
		!reader->read_data16(reader, &id))
	{
		return FALSE;
	}
	if (fixed.expires > now->mono)
	{
		fixed.id_len = id.len;
		member = calloc(1, sizeof(*member) + id.len);
		memcpy(member, &fixed, sizeof(fixed));
		if (id.len)
		{
			memcpy(member->id, id.ptr, id.len);
		}
		members->restore(members, member);
		free(member);
	}
	return TRUE;
}

/*
 * Described in header
 */
bool ks_member_codec_read(chunk_t data, const ks_instant_t *now,
						   ks_members_t *members)
{
	bio_reader_t *reader = bio_reader_create(data);
	uint16_t count;
	bool ok;

	ok = reader->read_uint16(reader, &count);
	while (ok && count--)
	{
		ok = read_member(reader, now, members);
	}
	ok = ok && !reader->remaining(reader);
	reader->destroy(reader);
	return ok;
}
