/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_members.h"
#include "ks_member_index.h"

#include <collections/hashtable.h>
#include <threading/mutex.h>

/** a time that never comes */
#define NEVER ((time_t)INT64_MAX)

typedef struct private_ks_members_t private_ks_members_t;
typedef struct filter_t filter_t;

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
	 * Records by address and port
	 */
	ks_member_index_t *index;

	/**
	 * Records in ascending order of number
	 */
	ks_member_t **order;

	/**
	 * Number of records in order, and of those that it has room for
	 */
	u_int count, room;

	/**
	 * Number of the last record made
	 */
	uint64_t number;

	/**
	 * No record expires before this time
	 */
	time_t earliest;

	/**
	 * Number of the present rekey, from 1; nobody has it if there is none at
	 * present
	 */
	uint32_t rekey;

	/**
	 * When the keys end that the present rekey brings
	 */
	time_t rekey_expires;

	/**
	 * Members that the present rekey was sent to, and that acknowledged it
	 */
	u_int sent, acked;

	/**
	 * Largest number of records
	 */
	u_int limit;

	/**
	 * Number that goes up whenever a record comes, goes or changes
	 */
	uint32_t changes;

	/**
	 * Protects all of the above
	 */
	mutex_t *mutex;
};

/**
 * Says which records have to go
 */
struct filter_t {

	/** does this one? */
	bool (*matches)(private_ks_members_t *this, filter_t *filter,
					ks_member_t *member);

	/** monotonic time */
	time_t now;

	/** consecutive misses that eject */
	u_int threshold;

	/** gets the removed records */
	linked_list_t *removed;
};

/**
 * Index of the first record with a larger number; lock held
 */
static u_int find_after(private_ks_members_t *this, uint64_t after)
{
	u_int low = 0, high = this->count, middle;

	while (low < high)
	{
		middle = (low + high) / 2;
		if (this->order[middle]->number > after)
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

/**
 * Index of a record, the number of records if there is none; lock held
 */
static u_int find_number(private_ks_members_t *this, uint64_t number)
{
	u_int i = number ? find_after(this, number - 1) : this->count;

	return i < this->count && this->order[i]->number == number ? i
															   : this->count;
}

/**
 * Was the present rekey sent to a member?
 */
static bool has_rekey(private_ks_members_t *this, const ks_member_t *member)
{
	return this->rekey && member->rekey == this->rekey;
}

/**
 * Is a member one of those that have to acknowledge the present rekey?
 */
static bool is_counted(private_ks_members_t *this, const ks_member_t *member)
{
	return has_rekey(this, member) && member->fresh != this->rekey;
}

/**
 * Don't count a member with those of the present rekey; lock held
 */
static void leave_rekey(private_ks_members_t *this, ks_member_t *member)
{
	if (is_counted(this, member))
	{
		this->sent--;
		this->acked -= member->answered ? 1 : 0;
	}
	member->rekey = 0;
}

/**
 * Forget a record, except for its place in the order; lock held
 */
static void forget(private_ks_members_t *this, ks_member_t *member)
{
	leave_rekey(this, member);
	this->table->remove(this->table, member);
	this->index->remove(this->index, member);
	this->changes++;
}

/**
 * Take the record at a place out of the table; lock held
 */
static ks_member_t *take_at(private_ks_members_t *this, u_int i)
{
	ks_member_t *member = this->order[i];

	forget(this, member);
	this->count--;
	memmove(this->order + i, this->order + i + 1,
			(this->count - i) * sizeof(*this->order));
	return member;
}

/**
 * Remove all records that a filter finds; lock held
 */
static void remove_matching(private_ks_members_t *this, filter_t *filter)
{
	ks_member_t *member;
	u_int i, kept = 0;

	for (i = 0; i < this->count; i++)
	{
		member = this->order[i];
		if (filter->matches(this, filter, member))
		{
			forget(this, member);
			filter->removed->insert_last(filter->removed, member);
		}
		else
		{
			this->order[kept++] = member;
		}
	}
	this->count = kept;
}

/**
 * Implements filter_t.matches: keys ended
 */
static bool is_expired(private_ks_members_t *this, filter_t *filter,
					   ks_member_t *member)
{
	if (member->expires <= filter->now)
	{
		return TRUE;
	}
	this->earliest = min(this->earliest, member->expires);
	return FALSE;
}

/**
 * Implements filter_t.matches: missed too many
 */
static bool is_silent(private_ks_members_t *this, filter_t *filter,
					  ks_member_t *member)
{
	return is_counted(this, member) &&
		   ks_member_missed(member, filter->threshold, filter->now);
}

/**
 * Remove expired records; lock held
 *
 * @return			removed records, ks_member_t*
 */
static linked_list_t *purge_locked(private_ks_members_t *this, time_t now)
{
	filter_t filter = {
		.matches = is_expired,
		.now = now,
		.removed = linked_list_create(),
	};

	if (now >= this->earliest)
	{
		this->earliest = NEVER;
		remove_matching(this, &filter);
	}
	return filter.removed;
}

METHOD(ks_members_t, has_room, bool,
	private_ks_members_t *this, identification_t *id, host_t *host, time_t now)
{
	linked_list_t *removed;
	ks_member_t *key;
	bool room;

	this->mutex->lock(this->mutex);
	room = this->count < this->limit;
	if (!room)
	{
		key = ks_member_create(id, host);
		room = this->table->get(this->table, key) != NULL;
		free(key);
	}
	if (!room)
	{
		removed = purge_locked(this, now);
		room = this->count < this->limit ||
			   ks_member_find_assumed(this->order, this->count) != -1;
		removed->destroy_function(removed, free);
	}
	this->mutex->unlock(this->mutex);
	return room;
}

/**
 * Make room for one more record, if need be by the one that is kept without
 * knowing whether its member is still there; lock held
 */
static bool make_room(private_ks_members_t *this)
{
	int i;

	if (this->count < this->limit)
	{
		return TRUE;
	}
	i = ks_member_find_assumed(this->order, this->count);
	if (i != -1)
	{
		free(take_at(this, i));
	}
	return this->count < this->limit;
}

/**
 * Add a record that isn't there; lock held
 *
 * @return			FALSE if there is no room
 */
static bool insert(private_ks_members_t *this, ks_member_t *member)
{
	if (!make_room(this))
	{
		return FALSE;
	}
	if (this->count == this->room)
	{
		this->room = max(16, this->room * 2);
		this->order = realloc(this->order,
							  this->room * sizeof(*this->order));
	}
	member->number = ++this->number;
	this->table->put(this->table, member, member);
	this->index->add(this->index, member);
	this->order[this->count++] = member;
	this->earliest = min(this->earliest, member->expires);
	return TRUE;
}

METHOD(ks_members_t, add, ks_members_result_t,
	private_ks_members_t *this, identification_t *id, host_t *host,
	host_t *local, uint8_t features, time_t now, time_t expires,
	const ks_sid_lease_t *sids)
{
	ks_member_t *member, *known;
	ks_members_result_t result = KS_MEMBERS_UPDATED;

	member = ks_member_create(id, host);
	ks_member_registered(member, local, features, now, expires, sids);
	member->since = now;
	this->mutex->lock(this->mutex);
	this->changes++;
	member->fresh = this->rekey;
	known = this->table->get(this->table, member);
	if (known)
	{
		this->index->remove(this->index, known);
		known->port = member->port;
		this->index->add(this->index, known);
		/* it has the present keys now, whether it got the rekey or not */
		leave_rekey(this, known);
		ks_member_registered(known, local, features, now, expires, sids);
		known->fresh = this->rekey;
		this->earliest = min(this->earliest, expires);
	}
	else if (insert(this, member))
	{
		result = this->count == 1 ? KS_MEMBERS_FIRST : KS_MEMBERS_ADDED;
	}
	else
	{
		result = KS_MEMBERS_FULL;
	}
	this->mutex->unlock(this->mutex);
	if (result == KS_MEMBERS_UPDATED || result == KS_MEMBERS_FULL)
	{
		free(member);
	}
	return result;
}

METHOD(ks_members_t, restore, bool,
	private_ks_members_t *this, const ks_member_t *record)
{
	ks_member_t *member = ks_member_clone(record);
	bool restored;

	member->rekey = 0;
	member->fresh = 0;
	this->mutex->lock(this->mutex);
	this->changes++;
	restored = !this->table->get(this->table, member) && insert(this, member);
	this->mutex->unlock(this->mutex);
	if (!restored)
	{
		free(member);
	}
	return restored;
}

/**
 * Is a member yet to acknowledge the present rekey? Lock held
 */
static bool is_pending(private_ks_members_t *this, ks_member_t *member)
{
	return is_counted(this, member) && !member->answered;
}

METHOD(ks_members_t, get_targets, u_int,
	private_ks_members_t *this, uint64_t after, bool pending,
	ks_target_t *targets, u_int max)
{
	ks_target_t *target;
	ks_member_t *member;
	u_int i, count = 0;

	this->mutex->lock(this->mutex);
	for (i = find_after(this, after); i < this->count && count < max; i++)
	{
		member = this->order[i];
		if (!pending || is_pending(this, member))
		{
			target = &targets[count++];
			*target = (ks_target_t){
				.number = member->number,
				.family = member->family,
				.port = member->port,
				.local_port = member->local_port,
				.features = member->features,
			};
			memcpy(target->address, member->address, sizeof(target->address));
			memcpy(target->local, member->local, sizeof(target->local));
		}
	}
	this->mutex->unlock(this->mutex);
	return count;
}

METHOD(ks_members_t, mark_sent, void,
	private_ks_members_t *this, const ks_target_t *targets, u_int count,
	uint64_t kek, uint32_t seq, bool retry, time_t now)
{
	ks_member_t *member;
	u_int i, found;

	this->mutex->lock(this->mutex);
	this->changes++;
	for (i = 0; i < count; i++)
	{
		found = find_number(this, targets[i].number);
		if (found < this->count)
		{
			member = this->order[found];
			leave_rekey(this, member);
			ks_member_sent(member, kek, seq, this->rekey, retry, now);
			if (ks_member_answers(member))
			{	/* misses end its record (ACK-004), not a lost answer */
				member->expires = max(member->expires, this->rekey_expires);
			}
			if (is_counted(this, member))
			{
				this->sent++;
				this->acked += member->answered ? 1 : 0;
			}
		}
	}
	this->mutex->unlock(this->mutex);
}

METHOD(ks_members_t, include, void,
	private_ks_members_t *this, uint64_t number)
{
	u_int i;

	this->mutex->lock(this->mutex);
	i = find_number(this, number);
	if (i < this->count)
	{
		/* it counts from when it is sent to */
		leave_rekey(this, this->order[i]);
		this->order[i]->fresh = 0;
	}
	this->mutex->unlock(this->mutex);
}

METHOD(ks_members_t, book, ks_booking_t,
	private_ks_members_t *this, host_t *id, host_t *src, uint64_t kek,
	uint32_t seq, uint8_t length, time_t now)
{
	ks_booking_t result = KS_BOOKED_UNKNOWN;
	ks_member_t *member;

	this->mutex->lock(this->mutex);
	member = this->index->find(this->index, id, src);
	if (member)
	{
		result = ks_member_book(member, kek, seq, length, now);
		this->changes += result == KS_BOOKED ? 1 : 0;
	}
	if (result == KS_BOOKED && has_rekey(this, member))
	{
		this->acked += is_counted(this, member) ? 1 : 0;
		member->expires = max(member->expires, this->rekey_expires);
	}
	this->mutex->unlock(this->mutex);
	return result;
}

METHOD(ks_members_t, begin_rekey, void,
	private_ks_members_t *this, time_t expires)
{
	this->mutex->lock(this->mutex);
	/* zero is what members have that got no rekey */
	this->rekey += this->rekey == UINT32_MAX ? 2 : 1;
	this->rekey_expires = expires;
	this->sent = 0;
	this->acked = 0;
	this->mutex->unlock(this->mutex);
}

METHOD(ks_members_t, end_rekey, linked_list_t*,
	private_ks_members_t *this, u_int threshold, time_t now)
{
	filter_t filter = {
		.matches = is_silent,
		.now = now,
		.threshold = threshold,
		.removed = linked_list_create(),
	};
	u_int i;

	this->mutex->lock(this->mutex);
	this->changes++;
	remove_matching(this, &filter);
	for (i = 0; i < this->count; i++)
	{	/* counted, and not again if this is called twice */
		this->order[i]->rekey = 0;
	}
	this->sent = 0;
	this->acked = 0;
	this->mutex->unlock(this->mutex);
	return filter.removed;
}

METHOD(ks_members_t, get_progress, void,
	private_ks_members_t *this, u_int *sent, u_int *acked)
{
	this->mutex->lock(this->mutex);
	*sent = this->sent;
	*acked = this->acked;
	this->mutex->unlock(this->mutex);
}

METHOD(ks_members_t, remove_, ks_member_t*,
	private_ks_members_t *this, uint64_t number)
{
	ks_member_t *member = NULL;
	u_int i;

	this->mutex->lock(this->mutex);
	i = find_number(this, number);
	if (i < this->count)
	{
		member = take_at(this, i);
	}
	this->mutex->unlock(this->mutex);
	return member;
}

METHOD(ks_members_t, extend, void,
	private_ks_members_t *this, time_t expires)
{
	u_int i;

	this->mutex->lock(this->mutex);
	this->changes++;
	for (i = 0; i < this->count; i++)
	{
		this->order[i]->expires = max(this->order[i]->expires, expires);
		this->order[i]->assumed = TRUE;
	}
	this->mutex->unlock(this->mutex);
}

METHOD(ks_members_t, purge, u_int,
	private_ks_members_t *this, time_t now, ks_member_t **last)
{
	linked_list_t *removed;
	u_int count;

	*last = NULL;
	this->mutex->lock(this->mutex);
	removed = purge_locked(this, now);
	if (!this->count)
	{
		removed->remove_last(removed, (void**)last);
	}
	this->mutex->unlock(this->mutex);
	count = removed->get_count(removed) + (*last ? 1 : 0);
	removed->destroy_function(removed, free);
	return count;
}

METHOD(ks_members_t, snapshot, u_int,
	private_ks_members_t *this, uint64_t after, ks_member_t **rows, u_int max)
{
	u_int i, count = 0;

	this->mutex->lock(this->mutex);
	for (i = find_after(this, after); i < this->count && count < max; i++)
	{
		rows[count++] = ks_member_clone(this->order[i]);
	}
	this->mutex->unlock(this->mutex);
	return count;
}

METHOD(ks_members_t, get_count, u_int,
	private_ks_members_t *this)
{
	u_int count;

	this->mutex->lock(this->mutex);
	count = this->count;
	this->mutex->unlock(this->mutex);
	return count;
}

METHOD(ks_members_t, get_changes, uint32_t,
	private_ks_members_t *this)
{
	uint32_t changes;

	this->mutex->lock(this->mutex);
	changes = this->changes;
	this->mutex->unlock(this->mutex);
	return changes;
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
	u_int i;

	for (i = 0; i < this->count; i++)
	{
		free(this->order[i]);
	}
	free(this->order);
	this->index->destroy(this->index);
	this->table->destroy(this->table);
	this->mutex->destroy(this->mutex);
	free(this);
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
			.get_targets = _get_targets,
			.mark_sent = _mark_sent,
			.include = _include,
			.book = _book,
			.begin_rekey = _begin_rekey,
			.end_rekey = _end_rekey,
			.get_progress = _get_progress,
			.restore = _restore,
			.remove = _remove_,
			.extend = _extend,
			.purge = _purge,
			.snapshot = _snapshot,
			.get_count = _get_count,
			.get_changes = _get_changes,
			.set_limit = _set_limit,
			.destroy = _destroy,
		},
		.table = hashtable_create(ks_member_hash, ks_member_equals, 16),
		.index = ks_member_index_create(),
		.earliest = NEVER,
		.limit = limit,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
