/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_members.h"

#include <collections/array.h>
#include <collections/hashtable.h>
#include <threading/mutex.h>

/** a time that never comes */
#define NEVER ((time_t)INT64_MAX)

typedef struct private_ks_members_t private_ks_members_t;

/**
 * Private data
 */
struct private_ks_members_t {

	/**
	 * Public interface
	 */
	ks_members_t public;

	/**
	 * Records by address and identity, ks_member_t* => ks_member_t*
	 */
	hashtable_t *table;

	/**
	 * Records in ascending order of number, ks_member_t*
	 */
	array_t *order;

	/**
	 * Number of the last record made
	 */
	uint64_t number;

	/**
	 * No record expires before this time
	 */
	time_t earliest;

	/**
	 * Largest number of records
	 */
	u_int limit;

	/**
	 * Protects all of the above
	 */
	mutex_t *mutex;
};

/**
 * What identifies a record: address, family and identity
 */
static u_int member_hash(const void *key)
{
	const ks_member_t *member = key;

	return chunk_hash_inc(chunk_create((u_char*)member->id, member->id_len),
						  chunk_hash(chunk_create((u_char*)member->address,
												  sizeof(member->address))));
}

/**
 * Are two records of the same member and address?
 */
static bool member_equals(const void *key, const void *other_key)
{
	const ks_member_t *a = key, *b = other_key;

	return a->family == b->family && a->id_type == b->id_type &&
		   a->id_len == b->id_len &&
		   memeq(a->address, b->address, sizeof(a->address)) &&
		   memeq(a->id, b->id, a->id_len);
}

/**
 * Make a record that no table has yet
 */
static ks_member_t *member_create(identification_t *id, host_t *host)
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

/**
 * Copy a record
 */
static ks_member_t *member_clone(ks_member_t *member)
{
	return memcpy(malloc(sizeof(*member) + member->id_len), member,
				  sizeof(*member) + member->id_len);
}

/**
 * Remove expired records; lock held
 */
static u_int purge_locked(private_ks_members_t *this, time_t now,
						  ks_member_t **last)
{
	ks_member_t *member;
	enumerator_t *enumerator;
	u_int before = array_count(this->order), left = before;

	*last = NULL;
	if (now < this->earliest)
	{
		return 0;
	}
	this->earliest = NEVER;
	enumerator = array_create_enumerator(this->order);
	while (enumerator->enumerate(enumerator, &member))
	{
		if (member->expires > now)
		{
			this->earliest = min(this->earliest, member->expires);
			continue;
		}
		array_remove_at(this->order, enumerator);
		this->table->remove(this->table, member);
		if (--left == 0)
		{
			*last = member_clone(member);
		}
		free(member);
	}
	enumerator->destroy(enumerator);
	return before - left;
}

METHOD(ks_members_t, has_room, bool,
	private_ks_members_t *this, identification_t *id, host_t *host, time_t now)
{
	ks_member_t *key, *last;
	bool room;

	this->mutex->lock(this->mutex);
	room = array_count(this->order) < this->limit;
	if (!room)
	{
		key = member_create(id, host);
		room = this->table->get(this->table, key) != NULL;
		free(key);
	}
	if (!room && purge_locked(this, now, &last))
	{
		free(last);
		room = array_count(this->order) < this->limit;
	}
	this->mutex->unlock(this->mutex);
	return room;
}

/**
 * Add a record; lock held
 */
static ks_members_result_t insert(private_ks_members_t *this,
								  ks_member_t *member, time_t now)
{
	if (array_count(this->order) >= this->limit)
	{
		free(member);
		return KS_MEMBERS_FULL;
	}
	member->number = ++this->number;
	member->since = now;
	member->last = now;
	member->registrations = 1;
	this->table->put(this->table, member, member);
	array_insert(this->order, ARRAY_TAIL, member);
	this->earliest = min(this->earliest, member->expires);
	return array_count(this->order) == 1 ? KS_MEMBERS_FIRST : KS_MEMBERS_ADDED;
}

METHOD(ks_members_t, add, ks_members_result_t,
	private_ks_members_t *this, identification_t *id, host_t *host,
	uint8_t features, time_t now, time_t expires)
{
	ks_member_t *member, *known;
	ks_members_result_t result = KS_MEMBERS_UPDATED;

	member = member_create(id, host);
	member->expires = expires;
	member->features = features;
	this->mutex->lock(this->mutex);
	known = this->table->get(this->table, member);
	if (known)
	{
		known->last = now;
		known->expires = expires;
		known->port = member->port;
		known->features = features;
		known->registrations++;
		this->earliest = min(this->earliest, expires);
		free(member);
	}
	else
	{
		result = insert(this, member, now);
	}
	this->mutex->unlock(this->mutex);
	return result;
}

METHOD(ks_members_t, purge, u_int,
	private_ks_members_t *this, time_t now, ks_member_t **last)
{
	u_int removed;

	this->mutex->lock(this->mutex);
	removed = purge_locked(this, now, last);
	this->mutex->unlock(this->mutex);
	return removed;
}

/**
 * Index of the first record with a larger number; lock held
 */
static int find_after(private_ks_members_t *this, uint64_t after)
{
	int low = 0, high = array_count(this->order), middle;
	ks_member_t *member;

	while (low < high)
	{
		middle = (low + high) / 2;
		array_get(this->order, middle, &member);
		if (member->number > after)
		{
			high = middle;
		}
		else
		{
			low = middle + 1;
		}
	}
	return low;
}

METHOD(ks_members_t, snapshot, u_int,
	private_ks_members_t *this, uint64_t after, ks_member_t **rows, u_int max)
{
	ks_member_t *member;
	u_int count = 0;
	int i;

	this->mutex->lock(this->mutex);
	i = find_after(this, after);
	while (count < max && array_get(this->order, i++, &member))
	{
		rows[count++] = member_clone(member);
	}
	this->mutex->unlock(this->mutex);
	return count;
}

METHOD(ks_members_t, get_count, u_int,
	private_ks_members_t *this)
{
	u_int count;

	this->mutex->lock(this->mutex);
	count = array_count(this->order);
	this->mutex->unlock(this->mutex);
	return count;
}

METHOD(ks_members_t, set_limit, void,
	private_ks_members_t *this, u_int limit)
{
	this->mutex->lock(this->mutex);
	this->limit = limit;
	this->mutex->unlock(this->mutex);
}

METHOD(ks_members_t, destroy, void,
	private_ks_members_t *this)
{
	ks_member_t *member;

	while (array_remove(this->order, ARRAY_TAIL, &member))
	{
		free(member);
	}
	array_destroy(this->order);
	this->table->destroy(this->table);
	this->mutex->destroy(this->mutex);
	free(this);
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

/*
 * Described in header
 */
ks_members_t *ks_members_create(u_int limit)
{
	private_ks_members_t *this;

	INIT(this,
		.public = {
			.has_room = _has_room,
			.add = _add,
			.purge = _purge,
			.snapshot = _snapshot,
			.get_count = _get_count,
			.set_limit = _set_limit,
			.destroy = _destroy,
		},
		.table = hashtable_create(member_hash, member_equals, 16),
		.order = array_create(0, 0),
		.earliest = NEVER,
		.limit = limit,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
