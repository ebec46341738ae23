/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_member.h"

#include <transport/gdoi_vendor_id.h>

/*
 * Described in header
 */
ks_member_t *ks_member_create(identification_t *id, host_t *host)
{
	chunk_t encoding = id->get_encoding(id);
	chunk_t address = host->get_address(host);
	ks_member_t *member;

	encoding.len = min(encoding.len, UINT16_MAX);
	member = calloc(1, sizeof(*member) + encoding.len);
	member->family = host->get_family(host);
	member->port = host->get_port(host);
	memcpy(member->address, address.ptr,
		   min(address.len, sizeof(member->address)));
	member->id_type = id->get_type(id);
	member->id_len = encoding.len;
	memcpy(member->id, encoding.ptr, encoding.len);
	return member;
}

/*
 * Described in header
 */
ks_member_t *ks_member_clone(const ks_member_t *member)
{
	size_t len = sizeof(*member) + member->id_len;
	ks_member_t *copy;

	copy = memcpy(malloc(len), member, len);
	memset(copy->next, 0, sizeof(copy->next));
	return copy;
}

/*
 * Described in header
 */
u_int ks_member_hash(const void *key)
{
	const ks_member_t *member = key;

	return chunk_hash_inc(chunk_create((u_char*)member->id, member->id_len),
						  chunk_hash(chunk_create((u_char*)member->address,
												  sizeof(member->address))));
}

/*
 * Described in header
 */
bool ks_member_equals(const void *key, const void *other_key)
{
	const ks_member_t *a = key, *b = other_key;

	return a->family == b->family && a->id_type == b->id_type &&
		   a->id_len == b->id_len &&
		   memeq(a->address, b->address, sizeof(a->address)) &&
		   memeq(a->id, b->id, a->id_len);
}

/*
 * Described in header
 */
void ks_member_registered(ks_member_t *member, host_t *local,
						  uint8_t features, time_t now, time_t expires,
						  const ks_sid_lease_t *sids)
{
	chunk_t address = local->get_address(local);

	memset(member->local, 0, sizeof(member->local));
	memcpy(member->local, address.ptr,
		   min(address.len, sizeof(member->local)));
	member->local_port = local->get_port(local);
	member->features = features;
	member->last = now;
	member->expires = expires;
	member->registrations++;
	member->missed = 0;
	member->acknowledged = FALSE;
	member->assumed = FALSE;
	member->sid_count = sids ? sids->count : 0;
	member->sid = member->sid_count ? ks_sid_value(&sids->format, sids->first)
									: 0;
}

/**
 * Put a mark at the head of a history
 */
static void push_mark(ks_rekey_mark_t *marks, uint32_t seq, time_t now)
{
	memmove(marks + 1, marks, (KS_MEMBER_HISTORY - 1) * sizeof(*marks));
	marks[0] = (ks_rekey_mark_t){ .seq = seq, .time = (uint32_t)now };
}

/*
 * Described in header
 */
void ks_member_sent(ks_member_t *member, uint64_t kek, uint32_t seq,
					uint32_t rekey, bool retry, time_t now)
{
	if (retry)
	{
		member->retries++;
	}
	else
	{
		member->rekeys++;
		member->rekey_time = (uint32_t)now;
		member->answered = FALSE;
	}
	member->rekey = rekey;
	member->kek = kek;
	push_mark(member->sent, seq, now);
}

/*
 * Described in header
 */
ks_booking_t ks_member_book(ks_member_t *member, uint64_t kek, uint32_t seq,
							uint8_t length, time_t now)
{
	if (!member->sent[0].seq)
	{
		return KS_BOOKED_UNKNOWN;
	}
	if (member->sent[0].seq != seq || member->kek != kek)
	{
		return KS_BOOKED_STALE;
	}
	if (member->answered)
	{
		return KS_BOOKED_BEFORE;
	}
	member->answered = TRUE;
	member->acknowledged = TRUE;
	member->missed = 0;
	member->acks++;
	member->ack_length = length;
	push_mark(member->acked, seq, now);
	return KS_BOOKED;
}

/*
 * Described in header
 */
bool ks_member_answers(const ks_member_t *member)
{
	return member->acknowledged ||
		   (member->features & GDOI_FEATURE_ENCRYPTED_ACK);
}

/*
 * Described in header
 */
int ks_member_find_assumed(ks_member_t **members, u_int count)
{
	int found = -1;
	u_int i;

	for (i = 0; i < count; i++)
	{
		if (members[i]->assumed &&
			(found == -1 || members[i]->last < members[found]->last))
		{
			found = i;
		}
	}
	return found;
}

/*
 * Described in header
 */
bool ks_member_missed(ks_member_t *member, u_int threshold, time_t now)
{
	if (member->answered ||
		(uint32_t)now - member->rekey_time < KS_MEMBER_ACK_WAIT)
	{
		return FALSE;
	}
	member->acks_missed++;
	if (member->missed < UINT8_MAX)
	{
		member->missed++;
	}
	return threshold && member->missed >= threshold &&
		   ks_member_answers(member);
}

/*
 * Described in header
 */
uint64_t ks_member_kek(chunk_t spi)
{
	return spi.len < sizeof(uint64_t) ? 0 : untoh64(spi.ptr);
}

/*
 * Described in header
 */
host_t *ks_member_get_host(ks_member_t *member)
{
	chunk_t address = chunk_create(member->address, 16);

	if (member->family == AF_INET)
	{
		address.len = 4;
	}
	return host_create_from_chunk(member->family, address, member->port);
}

/*
 * Described in header
 */
identification_t *ks_member_get_id(ks_member_t *member)
{
	return identification_create_from_encoding(member->id_type,
									chunk_create(member->id, member->id_len));
}
