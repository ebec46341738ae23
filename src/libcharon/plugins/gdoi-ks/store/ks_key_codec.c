/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_key_codec.h"

#include <group/group_policy.h>

#include <bio/bio_reader.h>
#include <bio/bio_writer.h>

/** room that the writer begins with, for a KEK and for each TEK, besides their
 *  variable parts: moving the buffer would leave keys behind */
#define ROOM 512

/** octets of an encoded line of an access list */
#define ACE_LEN (4 + 1 + 1 + 2 + 2 * (16 + 1 + 2 + 2))

/*
 * Described in header
 */
uint64_t ks_instant_wall(const ks_instant_t *now, time_t mono)
{
	return now->wall - (now->mono - mono);
}

/*
 * Described in header
 */
time_t ks_instant_past(const ks_instant_t *now, uint64_t wall)
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
	writer->write_uint64(writer,
						 ks_instant_wall(now, now->mono - entry->age));
	writer->write_uint32(writer, data->lifetime);
	writer->write_uint32(writer, entry->lead);
	writer->write_uint32(writer, entry->layout);
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
	writer->write_uint64(writer,
						 ks_instant_wall(now, now->mono - state->kek_age));
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
 * Write which Sender IDs may have been given under the keys
 */
static void write_sids(bio_writer_t *writer, const ks_sid_state_t *sids)
{
	writer->write_uint8(writer, sids->format.bits);
	writer->write_uint8(writer, sids->format.server_bits);
	writer->write_uint32(writer, sids->format.server_id);
	writer->write_uint64(writer, sids->bound);
}

/**
 * Write the pseudotime
 */
static void write_pseudotime(bio_writer_t *writer,
							 const ks_pseudotime_state_t *time)
{
	writer->write_uint32(writer, time->epoch);
	writer->write_uint64(writer, time->value);
	writer->write_uint64(writer, time->boot);
	writer->write_data(writer, chunk_create((u_char*)time->boot_id,
											KS_BOOT_ID_LEN));
	writer->write_uint64(writer, time->wall);
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
chunk_t ks_key_codec_write(const ks_state_t *state, uint32_t sequence,
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
	write_sids(writer, &state->sids);
	write_pseudotime(writer, &state->pseudotime);
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
	*age = min(now->mono - ks_instant_past(now, created), (time_t)*lifetime);
	return TRUE;
}

/**
 * Read SPI and algorithms of a TEK
 */
static bool read_tek_suite(bio_reader_t *reader, group_tek_data_t *data)
{
	uint8_t protocol;
	uint16_t encr, integ;
	chunk_t spi;

	if (!reader->read_uint8(reader, &protocol) ||
		!reader->read_data(reader, sizeof(data->spi), &spi) ||
		!reader->read_uint16(reader, &encr) ||
		!reader->read_uint16(reader, &data->encr_bits) ||
		!reader->read_uint16(reader, &integ))
	{
		return FALSE;
	}
	memcpy(&data->spi, spi.ptr, sizeof(data->spi));
	data->protocol = protocol;
	data->encr = encr;
	data->integ = integ;
	return data->spi != 0;
}

/**
 * Read how a TEK is used
 */
static bool read_tek_use(bio_reader_t *reader, group_tek_data_t *data)
{
	uint8_t tunnel, direction, preserve, replay;

	if (!reader->read_uint8(reader, &tunnel) ||
		!reader->read_uint8(reader, &direction) ||
		!reader->read_uint8(reader, &preserve) ||
		!reader->read_uint8(reader, &replay) ||
		!reader->read_uint32(reader, &data->replay_window))
	{
		return FALSE;
	}
	data->tunnel = tunnel;
	data->direction = direction;
	data->preserve = preserve;
	data->replay = replay;
	return direction <= GROUP_TEK_SENDER_ONLY &&
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
 *
 * @param older			TRUE for the format without layout
 */
static bool read_tek(bio_reader_t *reader, const ks_instant_t *now,
					 bool older, ks_state_t *state, u_int *ended)
{
	group_tek_data_t data = {};
	ks_state_tek_t *entry;
	bool ok;

	INIT(entry);
	data.acl = group_acl_create();
	ok = read_text(reader, &entry->name) &&
		 read_life(reader, now, &entry->age, &data.lifetime) &&
		 reader->read_uint32(reader, &entry->lead) &&
		 (older || reader->read_uint32(reader, &entry->layout)) &&
		 read_tek_suite(reader, &data) && read_tek_use(reader, &data) &&
		 reader->read_data16(reader, &data.encr_key) &&
		 reader->read_data16(reader, &data.integ_key) &&
		 read_acl(reader, data.acl);
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
 * Read SPI, addresses and algorithms of the KEK
 */
static bool read_kek_suite(bio_reader_t *reader, group_kek_data_t *data)
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
		!reader->read_uint8(reader, &ack))
	{
		return FALSE;
	}
	memcpy(data->spi, spi.ptr, sizeof(data->spi));
	data->encr = encr;
	data->sig = sig;
	data->sig_hash = sig_hash;
	data->ack = ack;
	return TRUE;
}

/**
 * Read the keys of the KEK
 */
static bool read_kek_keys(bio_reader_t *reader, group_kek_data_t *data)
{
	return reader->read_data16(reader, &data->iv) &&
		   reader->read_data16(reader, &data->key) &&
		   reader->read_data16(reader, &data->sig_key) &&
		   data->sig_key.len && data->iv.len &&
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
		 read_kek_suite(reader, &data) && read_kek_keys(reader, &data);
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
 * Read which Sender IDs may have been given under the keys
 */
static bool read_sids(bio_reader_t *reader, ks_sid_state_t *sids)
{
	ks_sid_format_t *format = &sids->format;

	if (!reader->read_uint8(reader, &format->bits) ||
		!reader->read_uint8(reader, &format->server_bits) ||
		!reader->read_uint32(reader, &format->server_id) ||
		!reader->read_uint64(reader, &sids->bound))
	{
		return FALSE;
	}
	if (!format->bits)
	{
		return !sids->bound;
	}
	return format->bits >= GROUP_POLICY_SID_BITS_MIN &&
		   format->bits <= GROUP_POLICY_SID_BITS_MAX &&
		   format->server_bits < format->bits &&
		   !((uint64_t)format->server_id >> format->server_bits) &&
		   sids->bound <= ks_sid_format_capacity(format);
}

/**
 * Read the pseudotime
 */
static bool read_pseudotime(bio_reader_t *reader, ks_pseudotime_state_t *time)
{
	chunk_t id;

	if (!reader->read_uint32(reader, &time->epoch) ||
		!reader->read_uint64(reader, &time->value) ||
		!reader->read_uint64(reader, &time->boot) ||
		!reader->read_data(reader, KS_BOOT_ID_LEN, &id) ||
		!reader->read_uint64(reader, &time->wall))
	{
		return FALSE;
	}
	memcpy(time->boot_id, id.ptr, KS_BOOT_ID_LEN);
	return TRUE;
}

/**
 * Read all of a group's keys
 *
 * @param older			TRUE for the format without layouts and pseudotime
 */
static bool read_keys(bio_reader_t *reader, const ks_instant_t *now,
					  bool older, ks_state_t *state, u_int *ended)
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
		if (!read_tek(reader, now, older, state, ended))
		{
			return FALSE;
		}
	}
	return read_sids(reader, &state->sids) &&
		   (older || read_pseudotime(reader, &state->pseudotime)) &&
		   reader->remaining(reader) == 0;
}

/**
 * Read all of a group's keys in one of the formats
 *
 * @return				state, NULL if it is not of that format
 */
static ks_state_t *read_state(chunk_t data, const ks_instant_t *now,
							  bool older, u_int *ended)
{
	bio_reader_t *reader = bio_reader_create(data);
	ks_state_t *state = ks_state_create();

	*ended = 0;
	if (!read_keys(reader, now, older, state, ended))
	{
		ks_state_destroy(state);
		state = NULL;
	}
	reader->destroy(reader);
	return state;
}

/*
 * Described in header
 */
ks_codec_result_t ks_key_codec_read(chunk_t data, const ks_instant_t *now,
									 ks_state_t **state, u_int *ended)
{
	bio_reader_t *reader = bio_reader_create(data);
	uint64_t saved;
	bool complete;

	*ended = 0;
	*state = NULL;
	complete = reader->read_uint64_end(reader, &saved);
	data = reader->peek(reader);
	reader->destroy(reader);
	if (!complete)
	{
		return KS_CODEC_MALFORMED;
	}
	if (saved > (uint64_t)now->wall + KS_CODEC_SKEW)
	{
		return KS_CODEC_CLOCK;
	}
	/* nothing says which format it is, but all lengths have to fit */
	*state = read_state(data, now, FALSE, ended) ?:
			 read_state(data, now, TRUE, ended);
	return *state ? KS_CODEC_OK : KS_CODEC_MALFORMED;
}
