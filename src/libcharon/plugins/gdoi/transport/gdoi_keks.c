/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoi_keks.h"
#include "gdoi_filter.h"
#include "gdoi_kek_queue.h"

#include <collections/hashtable.h>
#include <threading/rwlock.h>

/** octets of a key: SPI and use */
#define KEY_LEN (GDOI_COOKIES_LEN + 1)

typedef struct private_gdoi_keks_t private_gdoi_keks_t;
typedef struct entry_t entry_t;

/**
 * Private data
 */
struct private_gdoi_keks_t {

	/**
	 * Public interface
	 */
	gdoi_keks_t public;

	/**
	 * Registrations, chunk_t* => entry_t*
	 */
	hashtable_t *entries;

	/**
	 * Lock for entries
	 */
	rwlock_t *lock;

	/**
	 * Who hears of unknown KEKs
	 */
	gdoi_unknown_t *unknown;

	/**
	 * Counters
	 */
	gdoi_counters_t *counters;
};

/**
 * A registration
 */
struct entry_t {

	/**
	 * Octets of key
	 */
	uint8_t octets[KEY_LEN];

	/**
	 * Key in the table, refers to octets
	 */
	chunk_t key;

	/**
	 * Messages for the handler
	 */
	gdoi_kek_queue_t *queue;
};

/**
 * What is counted for messages of each use
 */
static const gdoi_counter_t counted[] = {
	[GDOI_KEK_PUSH] = GDOI_COUNT_PUSH_IN,
	[GDOI_KEK_ACK] = GDOI_COUNT_ACK_IN,
};

/**
 * Hash a key
 */
static u_int hash(const chunk_t *key)
{
	return chunk_hash(*key);
}

/**
 * Compare two keys
 */
static bool equals(const chunk_t *a, const chunk_t *b)
{
	return chunk_equals(*a, *b);
}

/**
 * Make a key
 *
 * @param octets	KEY_LEN octets that the key refers to
 */
static chunk_t make_key(uint8_t *octets, chunk_t spi, gdoi_kek_use_t use)
{
	memcpy(octets, spi.ptr, GDOI_COOKIES_LEN);
	octets[GDOI_COOKIES_LEN] = use;
	return chunk_create(octets, KEY_LEN);
}

/**
 * Destroy an entry that is in the table no more
 */
static void entry_destroy(entry_t *entry)
{
	entry->queue->close(entry->queue);
	entry->queue->destroy(entry->queue);
	free(entry);
}

METHOD(gdoi_keks_t, add, bool,
	private_gdoi_keks_t *this, chunk_t spi, gdoi_kek_use_t use,
	gdoi_kek_handler_t *handler, u_int queue)
{
	entry_t *entry;
	bool added;

	if (spi.len != GDOI_COOKIES_LEN)
	{
		return FALSE;
	}
	INIT(entry,
		.queue = gdoi_kek_queue_create(handler, queue),
	);
	entry->key = make_key(entry->octets, spi, use);
	this->lock->write_lock(this->lock);
	added = !this->entries->get(this->entries, &entry->key);
	if (added)
	{
		this->entries->put(this->entries, &entry->key, entry);
	}
	this->lock->unlock(this->lock);
	if (!added)
	{
		entry_destroy(entry);
	}
	return added;
}

METHOD(gdoi_keks_t, remove_, void,
	private_gdoi_keks_t *this, chunk_t spi, gdoi_kek_use_t use,
	gdoi_kek_handler_t *handler)
{
	uint8_t octets[KEY_LEN];
	entry_t *entry;
	chunk_t key;

	if (spi.len != GDOI_COOKIES_LEN)
	{
		return;
	}
	key = make_key(octets, spi, use);
	this->lock->write_lock(this->lock);
	entry = this->entries->get(this->entries, &key);
	if (entry && entry->queue->is(entry->queue, handler))
	{
		this->entries->remove(this->entries, &key);
	}
	else
	{
		entry = NULL;
	}
	this->lock->unlock(this->lock);
	if (entry)
	{
		entry_destroy(entry);
	}
}

/**
 * Find a queue, a new reference, or NULL
 */
static gdoi_kek_queue_t *find(private_gdoi_keks_t *this, chunk_t spi,
							  gdoi_kek_use_t use)
{
	gdoi_kek_queue_t *queue = NULL;
	uint8_t octets[KEY_LEN];
	entry_t *entry;
	chunk_t key;

	key = make_key(octets, spi, use);
	this->lock->read_lock(this->lock);
	entry = this->entries->get(this->entries, &key);
	if (entry)
	{
		queue = entry->queue->get_ref(entry->queue);
	}
	this->lock->unlock(this->lock);
	return queue;
}

METHOD(gdoi_keks_t, has, bool,
	private_gdoi_keks_t *this, chunk_t spi, gdoi_kek_use_t use)
{
	gdoi_kek_queue_t *queue;

	queue = find(this, spi, use);
	if (!queue)
	{
		return FALSE;
	}
	queue->destroy(queue);
	return TRUE;
}

METHOD(gdoi_keks_t, receive_, void,
	private_gdoi_keks_t *this, gdoi_kek_use_t use, packet_t *packet)
{
	gdoi_kek_queue_t *queue;
	bool added;

	queue = find(this, packet->get_data(packet), use);
	if (queue)
	{
		added = queue->add(queue, packet);
		queue->destroy(queue);
		this->counters->add(this->counters, added ? counted[use]
												  : GDOI_COUNT_QUEUE);
		return;
	}
	this->counters->add(this->counters, GDOI_COUNT_KEK);
	if (use == GDOI_KEK_PUSH)
	{
		this->unknown->hear(this->unknown, packet);
	}
	packet->destroy(packet);
}

METHOD(gdoi_keks_t, set_unknown, void,
	private_gdoi_keks_t *this, gdoi_unknown_cb_t unknown, void *user)
{
	this->unknown->set(this->unknown, unknown, user);
}

METHOD(gdoi_keks_t, destroy, void,
	private_gdoi_keks_t *this)
{
	enumerator_t *enumerator;
	entry_t *entry;
	void *key;

	this->unknown->set(this->unknown, NULL, NULL);
	enumerator = this->entries->create_enumerator(this->entries);
	while (enumerator->enumerate(enumerator, &key, &entry))
	{
		this->entries->remove_at(this->entries, enumerator);
		entry_destroy(entry);
	}
	enumerator->destroy(enumerator);
	this->entries->destroy(this->entries);
	this->unknown->destroy(this->unknown);
	this->counters->destroy(this->counters);
	this->lock->destroy(this->lock);
	free(this);
}

/*
 * Described in header
 */
gdoi_keks_t *gdoi_keks_create(gdoi_counters_t *counters)
{
	private_gdoi_keks_t *this;

	INIT(this,
		.public = {
			.add = _add,
			.remove = _remove_,
			.has = _has,
			.receive = _receive_,
			.set_unknown = _set_unknown,
			.destroy = _destroy,
		},
		.entries = hashtable_create((hashtable_hash_t)hash,
									(hashtable_equals_t)equals, 8),
		.lock = rwlock_create(RWLOCK_TYPE_DEFAULT),
		.unknown = gdoi_unknown_create(),
		.counters = counters->get_ref(counters),
	);
	return &this->public;
}
