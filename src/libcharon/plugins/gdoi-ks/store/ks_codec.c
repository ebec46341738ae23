/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_codec.h"

#include <bio/bio_reader.h>
#include <bio/bio_writer.h>

/** room that the writer begins with, for a KEK and for each TEK, besides their
 *  variable parts: moving the buffer would leave keys behind */
#define ROOM 512

/** octets of an encoded line of an access list */
#define ACE_LEN (4 + 1 + 1 + 2 + 2 * (16 + 1 + 2 + 2))

/** octets of an encoded member without identity, more or less */
#define MEMBER_LEN 256

/**
 * Time of the wall clock
 */
static uint64_t to_wall(time_t mono, const ks_instant_t *now)
{
	return now->wall - (now->mono - mono);
}

/**
 * Time of the monotonic clock; nothing of the past is later than now
 */
static time_t to_past(uint64_t wall, const ks_instant_t *now)
{
	return now->mono - (now->wall - (time_t)min(wall, (uint64_t)now->wall));
}

/**
 * Write a host that may be missing
 */
static void write_host(bio_writer_t *writer, host_t *host)
{
	writer->write_uint8(writer, host ? host->get_family(host) : AF_UNSPEC);
	if (host)
	{
		writer->write_data8(writer, host->get_address(host));
		writer->write_uint16(writer, host->get_port(host));
	}
}

/**
 * Read a host that may be missing
 */
static bool read_host(bio_reader_t *reader, host_t **host)
{
	uint8_t family;
	uint16_t port;
	chunk_t address;

	*host = NULL;
	if (!reader->read_uint8(reader, &family))
	{
		return FALSE;
	}
	if (family == AF_UNSPEC)
	{
		return TRUE;
	}
	if (!reader->read_data8(reader, &address) ||
		!reader->read_uint16(reader, &port))
	{
		return FALSE;
	}
	*host = host_create_from_chunk(family, address, port);
	return *host != NULL;
}

/**
 * Write a text that may be missing
 */
static void write_text(bio_writer_t *writer, const char *text)
{
	writer->write_data16(writer, chunk_from_str((char*)(text ?: "")));
}

/**
 * Read a text, to free
 */
static bool read_text(bio_reader_t *reader, char **text)
{
	chunk_t data;

	if (!reader->read_data16(reader, &data))
	{
		return FALSE;
	}
	*text = strndup(data.ptr ? (char*)data.ptr : "", data.len);
	return TRUE;
}

/**
 * Write half of a line of an access list
 */
static void write_side(bio_writer_t *writer, const group_ace_side_t *side)
{
	writer->write_data(writer, chunk_from_thing(side->addr));
	writer->write_uint8(writer, side->prefix);
	writer->write_uint16(writer, side->port_lo);
	writer->write_uint16(writer, side->port_hi);
}

/**
 * Read half of a line of an access list
 */
static bool read_side(bio_reader_t *reader, group_ace_side_t *side)
{
	chunk_t addr;

	if (!reader->read_data(reader, sizeof(side->addr), &addr))
	{
		return FALSE;
	}
	memcpy(side->addr, addr.ptr, sizeof(side->addr));
	return reader->read_uint8(reader, &side->prefix) &&
		   reader->read_uint16(reader, &side->port_lo) &&
		   reader->read_uint16(reader, &side->port_hi) &&
		   side->prefix <= 128 && side->port_lo <= side->port_hi;
}

/**
 * Write an access list
 */
static void write_acl(bio_writer_t *writer, group_acl_t *acl)
{
	enumerator_t *enumerator;
	const group_ace_t *ace;

	writer->write_uint16(writer, acl->get_count(acl));
	enumerator = acl->create_enumerator(acl);
	while (enumerator->enumerate(enumerator, &ace))
	{
		writer->write_uint32(writer, ace->number);
		writer->write_uint8(writer, ace->action);
		writer->write_uint8(writer, ace->protocol);
		writer->write_uint16(writer, ace->family);
		write_side(writer, &ace->src);
		write_side(writer, &ace->dst);
	}
	enumerator->destroy(enumerator);
}

/**
 * Read an access list, into an empty one
 */
static bool read_acl(bio_reader_t *reader, group_acl_t *acl)
{
	uint16_t count;
	uint8_t action;
	group_ace_t ace = {};

	if (!reader->read_uint16(reader, &count) || !count)
	{
		return FALSE;
	}
	while (count--)
	{
		if (!reader->read_uint32(reader, &ace.number) ||
			!reader->read_uint8(reader, &action) ||
			!reader->read_uint8(reader, &ace.protocol) ||
			!reader->read_uint16(reader, &ace.family) ||
			!read_side(reader, &ace.src) || !read_side(reader, &ace.dst))
		{
			return FALSE;
		}
		ace.action = action ? GROUP_ACE_PERMIT : GROUP_ACE_DENY;
		if (!acl->add(acl, &ace))
		{
			return FALSE;
		}
	}
	return TRUE;
}

/**
 * Write a TEK
 */
static void write_tek(bio_writer_t *writer, const ks_state_tek_t *entry,
					  const ks_instant_t *now)
{
	const group_tek_data_t *data = entry->tek->get(entry->tek);

	write_text(writer, entry->name);
	writer->write_uint64(writer, to_wall(now->mono - entry->age, now));
	writer->write_uint32(writer, data->lifetime);
	writer->write_uint32(writer, entry->lead);
	writer->write_uint8(writer, data->protocol);
	writer->write_data(writer, chunk_from_thing(data->spi));
	writer->write_uint16(writer, data->encr);
	writer->write_uint16(writer, data->encr_bits);
	writer->write_uint16(writer, data->integ);
	writer->write_uint8(writer, data->tunnel);
	writer->write_uint8(writer, data->direction);
	writer->write_uint8(writer, data->preserve);
	writer->write_uint8(writer, data->replay);
	writer->write_uint32(writer, data->replay_window);
	writer->write_data16(writer, data->encr_key);
	writer->write_data16(writer, data->integ_key);
	write_acl(writer, data->acl);
}

/**
 * Write the KEK
 */
static void write_kek(bio_writer_t *writer, const ks_state_t *state,
					  const ks_instant_t *now)
{
	const group_kek_data_t *data = state->kek->get(state->kek);

	write_text(writer, state->kek_name);
	writer->write_uint64(writer, to_wall(now->mono - state->kek_age, now));
	writer->write_uint32(writer, data->lifetime);
	writer->write_data(writer, chunk_from_thing(data->spi));
	write_host(writer, data->src);
	write_host(writer, data->dst);
	writer->write_uint16(writer, data->encr);
	writer->write_uint16(writer, data->encr_bits);
	writer->write_uint8(writer, data->sig);
	writer->write_uint16(writer, data->sig_hash);
	writer->write_uint16(writer, data->sig_bits);
	writer->write_uint8(writer, data->ack);
	writer->write_data16(writer, data->iv);
	writer->write_data16(writer, data->key);
	writer->write_data16(writer, data->sig_key);
}

/**
 * Room that the encoding takes at most
 */
static size_t get_room(const ks_state_t *state)
{
	const group_tek_data_t *data;
	enumerator_t *enumerator;
	ks_state_tek_t *entry;
	size_t room = ROOM;

	if (state->kek)
	{
		room += ROOM + state->kek->get(state->kek)->sig_key.len +
				strlen(state->kek_name ?: "");
	}
	enumerator = state->teks->create_enumerator(state->teks);
	while (enumerator->enumerate(enumerator, &entry))
	{
		data = entry->tek->get(entry->tek);
		room += ROOM + strlen(entry->name) +
				data->acl->get_count(data->acl) * ACE_LEN;
	}
	enumerator->destroy(enumerator);
	return room;
}

/*
 * Described in header
 */
chunk_t ks_codec_write_keys(const ks_state_t *state, uint32_t sequence,
							const ks_instant_t *now)
{
	bio_writer_t *writer = bio_writer_create(get_room(state));
	enumerator_t *enumerator;
	ks_state_tek_t *entry;
	chunk_t data;

	writer->write_uint32(writer, sequence);
	writer->write_uint8(writer, state->kek != NULL);
	if (state->kek)
	{
		write_kek(writer, state, now);
	}
	writer->write_uint16(writer, state->teks->get_count(state->teks));
	enumerator = state->teks->create_enumerator(state->teks);
	while (enumerator->enumerate(enumerator, &entry))
	{
		write_tek(writer, entry, now);
	}
	enumerator->destroy(enumerator);
	writer->write_uint64(writer, now->wall);
	data = writer->extract_buf(writer);
	writer->destroy(writer);
	return data;
}

/**
 * Read when a key was created and how long it lives
 */
static bool read_life(bio_reader_t *reader, const ks_instant_t *now,
					  uint32_t *age, uint32_t *lifetime)
{
	uint64_t created;

	if (!reader->read_uint64(reader, &created) ||
		!reader->read_uint32(reader, lifetime) || !*lifetime)
	{
		return FALSE;
	}
	*age = min(now->mono - to_past(created, now), (time_t)*lifetime);
	return TRUE;
}

/**
 * Read the algorithms and keys of a TEK
 */
static bool read_tek_data(bio_reader_t *reader, group_tek_data_t *data)
{
	uint8_t protocol, tunnel, direction, preserve, replay;
	uint16_t encr, integ;
	chunk_t spi;

	if (!reader->read_uint8(reader, &protocol) ||
		!reader->read_data(reader, sizeof(data->spi), &spi) ||
		!reader->read_uint16(reader, &encr) ||
		!reader->read_uint16(reader, &data->encr_bits) ||
		!reader->read_uint16(reader, &integ) ||
		!reader->read_uint8(reader, &tunnel) ||
		!reader->read_uint8(reader, &direction) ||
		!reader->read_uint8(reader, &preserve) ||
		!reader->read_uint8(reader, &replay) ||
		!reader->read_uint32(reader, &data->replay_window) ||
		!reader->read_data16(reader, &data->encr_key) ||
		!reader->read_data16(reader, &data->integ_key))
	{
		return FALSE;
	}
	memcpy(&data->spi, spi.ptr, sizeof(data->spi));
	data->protocol = protocol;
	data->encr = encr;
	data->integ = integ;
	data->tunnel = tunnel;
	data->direction = direction;
	data->preserve = preserve;
	data->replay = replay;
	return data->spi && direction <= GROUP_TEK_SENDER_ONLY &&
		   preserve <= GROUP_TEK_PRESERVE_DST && replay <= GROUP_REPLAY_D3P;
}

/**
 * Destroy an entry
 */
static void tek_destroy(ks_state_tek_t *entry)
{
	DESTROY_IF(entry->tek);
	free(entry->name);
	free(entry);
}

/**
 * Read a TEK into a state, unless it ended
 */
static bool read_tek(bio_reader_t *reader, const ks_instant_t *now,
					 ks_state_t *state, u_int *ended)
{
	group_tek_data_t data = {};
	ks_state_tek_t *entry;
	bool ok;

	INIT(entry);
	data.acl = group_acl_create();
	ok = read_text(reader, &entry->name) &&
		 read_life(reader, now, &entry->age, &data.lifetime) &&
		 reader->read_uint32(reader, &entry->lead) &&
		 read_tek_data(reader, &data) && read_acl(reader, data.acl);
	if (ok)
	{
		entry->tek = group_tek_create(&data);
		ok = entry->tek->has_keys(entry->tek);
	}
	data.acl->destroy(data.acl);
	if (ok && entry->age < data.lifetime)
	{
		state->teks->insert_last(state->teks, entry);
		return TRUE;
	}
	*ended += ok ? 1 : 0;
	tek_destroy(entry);
	return ok;
}

/**
 * Read the algorithms and keys of the KEK
 */
static bool read_kek_data(bio_reader_t *reader, group_kek_data_t *data)
{
	uint8_t sig, ack;
	uint16_t encr, sig_hash;
	chunk_t spi;

	if (!reader->read_data(reader, sizeof(data->spi), &spi) ||
		!read_host(reader, &data->src) || !read_host(reader, &data->dst) ||
		!reader->read_uint16(reader, &encr) ||
		!reader->read_uint16(reader, &data->encr_bits) ||
		!reader->read_uint8(reader, &sig) ||
		!reader->read_uint16(reader, &sig_hash) ||
		!reader->read_uint16(reader, &data->sig_bits) ||
		!reader->read_uint8(reader, &ack) ||
		!reader->read_data16(reader, &data->iv) ||
		!reader->read_data16(reader, &data->key) ||
		!reader->read_data16(reader, &data->sig_key))
	{
		return FALSE;
	}
	memcpy(data->spi, spi.ptr, sizeof(data->spi));
	data->encr = encr;
	data->sig = sig;
	data->sig_hash = sig_hash;
	data->ack = ack;
	return data->sig_key.len && data->iv.len &&
		   data->iv.len == group_kek_iv_len(data->encr) &&
		   data->key.len == group_kek_key_len(data->encr, data->encr_bits);
}

/**
 * Read the KEK into a state, unless it ended
 */
static bool read_kek(bio_reader_t *reader, const ks_instant_t *now,
					 ks_state_t *state, u_int *ended)
{
	group_kek_data_t data = {};
	bool ok;

	ok = read_text(reader, &state->kek_name) &&
		 read_life(reader, now, &state->kek_age, &data.lifetime) &&
		 read_kek_data(reader, &data);
	if (ok && state->kek_age < data.lifetime)
	{
		state->kek = group_kek_create(&data);
	}
	else
	{
		*ended += ok ? 1 : 0;
		/* numbers begin anew with the next KEK */
		state->sequence = 0;
	}
	DESTROY_IF(data.src);
	DESTROY_IF(data.dst);
	return ok;
}

/**
 * Read all of a group's keys
 */
static bool read_keys(bio_reader_t *reader, const ks_instant_t *now,
					  ks_state_t *state, u_int *ended)
{
	uint8_t has_kek;
	uint16_t count;

	if (!reader->read_uint32(reader, &state->sequence) ||
		!reader->read_uint8(reader, &has_kek) ||
		(has_kek && !read_kek(reader, now, state, ended)) ||
		!reader->read_uint16(reader, &count) || count > KS_CODEC_TEKS)
	{
		return FALSE;
	}
	while (count--)
	{
		if (!read_tek(reader, now, state, ended))
		{
			return FALSE;
		}
	}
	return reader->remaining(reader) == 0;
}

/*
 * Described in header
 */
ks_codec_result_t ks_codec_read_keys(chunk_t data, const ks_instant_t *now,
									 ks_state_t **state, u_int *ended)
{
	ks_codec_result_t result = KS_CODEC_MALFORMED;
	bio_reader_t *reader = bio_reader_create(data);
	uint64_t saved;

	*ended = 0;
	*state = NULL;
	if (reader->read_uint64_end(reader, &saved))
	{
		if (saved > (uint64_t)now->wall + KS_CODEC_SKEW)
		{
			result = KS_CODEC_CLOCK;
		}
		else
		{
			*state = ks_state_create();
			if (read_keys(reader, now, *state, ended))
			{
				result = KS_CODEC_OK;
			}
			else
			{
				ks_state_destroy(*state);
				*state = NULL;
			}
		}
	}
	reader->destroy(reader);
	return result;
}

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
	writer->write_uint64(writer, to_wall(member->since, now));
	writer->write_uint64(writer, to_wall(member->last, now));
	writer->write_uint64(writer, to_wall(member->expires, now));
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
chunk_t ks_codec_write_members(ks_member_t **members, u_int count,
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
	member->since = to_past(since, now);
	member->last = to_past(last, now);
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
	ks_member_t fixed = {}, *member;
	chunk_t id;

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
		*member = fixed;
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
bool ks_codec_read_members(chunk_t data, const ks_instant_t *now,
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
