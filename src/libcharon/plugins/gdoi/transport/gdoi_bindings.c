/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoi_bindings.h"

#include <collections/hashtable.h>
#include <collections/linked_list.h>
#include <threading/mutex.h>

typedef struct private_gdoi_bindings_t private_gdoi_bindings_t;
typedef struct entry_t entry_t;

/**
 * A binding in the table
 */
struct entry_t {

	/**
	 * Binding
	 */
	gdoi_binding_t *binding;

	/**
	 * Unique id of the IKE_SA
	 */
	uint32_t unique_id;

	/**
	 * Cookies, as key into the second table; empty if not in there
	 */
	chunk_t key;
	uint8_t cookies[GDOI_COOKIES_LEN];

	/**
	 * TRUE if in the list of initiators
	 */
	bool initiator;
};

/**
 * Private data
 */
struct private_gdoi_bindings_t {

	/**
	 * Public interface
	 */
	gdoi_bindings_t public;

	/**
	 * Entries by unique id
	 */
	hashtable_t *by_id;

	/**
	 * Entries by cookies
	 */
	hashtable_t *by_cookies;

	/**
	 * Entries of established IKE_SAs that we are the initiator of
	 */
	linked_list_t *initiators;

	/**
	 * Counters for the bindings
	 */
	gdoi_counters_t *counters;

	/**
	 * Lock
	 */
	mutex_t *mutex;
};

/**
 * Make a hash table key of a unique id
 */
static void *id_key(uint32_t unique_id)
{
	return (void*)(uintptr_t)unique_id;
}

/**
 * Hash cookies, keyed: peers choose them
 */
static u_int cookies_hash(const void *key)
{
	return chunk_hash(*(const chunk_t*)key);
}

/**
 * Compare cookies
 */
static bool cookies_equal(const void *a, const void *b)
{
	return chunk_equals(*(const chunk_t*)a, *(const chunk_t*)b);
}

/**
 * Destroy an entry
 */
static void entry_destroy(entry_t *entry)
{
	entry->binding->destroy(entry->binding);
	free(entry);
}

METHOD(gdoi_bindings_t, get, gdoi_binding_t*,
	private_gdoi_bindings_t *this, uint32_t unique_id)
{
	gdoi_binding_t *binding = NULL;
	entry_t *entry;

	this->mutex->lock(this->mutex);
	entry = this->by_id->get(this->by_id, id_key(unique_id));
	if (entry)
	{
		binding = entry->binding->get_ref(entry->binding);
	}
	this->mutex->unlock(this->mutex);
	return binding;
}

METHOD(gdoi_bindings_t, make, gdoi_binding_t*,
	private_gdoi_bindings_t *this, uint32_t unique_id)
{
	gdoi_binding_t *binding;
	entry_t *entry;

	this->mutex->lock(this->mutex);
	entry = this->by_id->get(this->by_id, id_key(unique_id));
	if (!entry)
	{
		INIT(entry,
			.binding = gdoi_binding_create(unique_id, this->counters),
			.unique_id = unique_id,
		);
		this->by_id->put(this->by_id, id_key(unique_id), entry);
	}
	binding = entry->binding->get_ref(entry->binding);
	this->mutex->unlock(this->mutex);
	return binding;
}

METHOD(gdoi_bindings_t, lookup, gdoi_binding_t*,
	private_gdoi_bindings_t *this, chunk_t cookies)
{
	gdoi_binding_t *binding = NULL;
	entry_t *entry;

	this->mutex->lock(this->mutex);
	entry = this->by_cookies->get(this->by_cookies, &cookies);
	if (entry)
	{
		binding = entry->binding->get_ref(entry->binding);
	}
	this->mutex->unlock(this->mutex);
	return binding;
}

/**
 * Take an entry out of the table of cookies
 */
static void remove_cookies(private_gdoi_bindings_t *this, entry_t *entry)
{
	if (entry->key.len)
	{
		this->by_cookies->remove(this->by_cookies, &entry->key);
		entry->key = chunk_empty;
	}
}

METHOD(gdoi_bindings_t, set_cookies, void,
	private_gdoi_bindings_t *this, uint32_t unique_id, chunk_t cookies)
{
	entry_t *entry, *former;

	this->mutex->lock(this->mutex);
	entry = this->by_id->get(this->by_id, id_key(unique_id));
	if (entry && cookies.len == GDOI_COOKIES_LEN)
	{
		remove_cookies(this, entry);
		memcpy(entry->cookies, cookies.ptr, GDOI_COOKIES_LEN);
		entry->key = chunk_from_thing(entry->cookies);
		former = this->by_cookies->get(this->by_cookies, &entry->key);
		if (former)
		{	/* charon doesn't give out the same cookies twice */
			remove_cookies(this, former);
		}
		this->by_cookies->put(this->by_cookies, &entry->key, entry);
	}
	this->mutex->unlock(this->mutex);
}

METHOD(gdoi_bindings_t, add_initiator, void,
	private_gdoi_bindings_t *this, uint32_t unique_id)
{
	entry_t *entry;

	this->mutex->lock(this->mutex);
	entry = this->by_id->get(this->by_id, id_key(unique_id));
	if (entry && !entry->initiator)
	{
		entry->initiator = TRUE;
		this->initiators->insert_last(this->initiators, entry);
	}
	this->mutex->unlock(this->mutex);
}

METHOD(gdoi_bindings_t, find_initiator, gdoi_binding_t*,
	private_gdoi_bindings_t *this, gdoi_binding_match_t match, void *user)
{
	gdoi_binding_t *found = NULL;
	enumerator_t *enumerator;
	gdoi_phase1_t *phase1;
	entry_t *entry;

	this->mutex->lock(this->mutex);
	enumerator = this->initiators->create_enumerator(this->initiators);
	while (!found && enumerator->enumerate(enumerator, &entry))
	{
		phase1 = entry->binding->get_phase1(entry->binding);
		if (phase1)
		{
			if (match(user, entry->binding, phase1))
			{
				found = entry->binding->get_ref(entry->binding);
			}
			phase1->destroy(phase1);
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return found;
}

METHOD(gdoi_bindings_t, remove_, gdoi_binding_t*,
	private_gdoi_bindings_t *this, uint32_t unique_id)
{
	gdoi_binding_t *binding = NULL;
	entry_t *entry;

	this->mutex->lock(this->mutex);
	entry = this->by_id->remove(this->by_id, id_key(unique_id));
	if (entry)
	{
		remove_cookies(this, entry);
		if (entry->initiator)
		{
			this->initiators->remove(this->initiators, entry, NULL);
		}
		binding = entry->binding;
		free(entry);
	}
	this->mutex->unlock(this->mutex);
	return binding;
}

METHOD(gdoi_bindings_t, destroy, void,
	private_gdoi_bindings_t *this)
{
	enumerator_t *enumerator;
	entry_t *entry;

	enumerator = this->by_id->create_enumerator(this->by_id);
	while (enumerator->enumerate(enumerator, NULL, &entry))
	{
		entry_destroy(entry);
	}
	enumerator->destroy(enumerator);
	this->by_id->destroy(this->by_id);
	this->by_cookies->destroy(this->by_cookies);
	this->initiators->destroy(this->initiators);
	this->counters->destroy(this->counters);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
gdoi_bindings_t *gdoi_bindings_create(gdoi_counters_t *counters)
{
	private_gdoi_bindings_t *this;

	INIT(this,
		.public = {
			.get = _get,
			.make = _make,
			.lookup = _lookup,
			.set_cookies = _set_cookies,
			.add_initiator = _add_initiator,
			.find_initiator = _find_initiator,
			.remove = _remove_,
			.destroy = _destroy,
		},
		.by_id = hashtable_create(hashtable_hash_ptr, hashtable_equals_ptr,
								  64),
		.by_cookies = hashtable_create(cookies_hash, cookies_equal, 64),
		.initiators = linked_list_create(),
		.counters = counters->get_ref(counters),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
