/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_spis.h"

#include <collections/hashtable.h>
#include <threading/mutex.h>

/** attempts to find an unused SPI; two in a row taken means a broken RNG */
#define MAX_TRIES 16

typedef struct private_ks_spis_t private_ks_spis_t;

/**
 * Private data
 */
struct private_ks_spis_t {

	/**
	 * Public interface
	 */
	ks_spis_t public;

	/**
	 * SPIs in use, as pointers
	 */
	hashtable_t *used;

	/**
	 * Protects used
	 */
	mutex_t *mutex;
};

METHOD(ks_spis_t, reserve, bool,
	private_ks_spis_t *this, uint32_t spi)
{
	void *key = (void*)(uintptr_t)spi;
	bool taken = FALSE;

	if (ntohl(spi) < KS_SPI_MIN)
	{
		return FALSE;
	}
	this->mutex->lock(this->mutex);
	if (!this->used->get(this->used, key))
	{
		this->used->put(this->used, key, this);
		taken = TRUE;
	}
	this->mutex->unlock(this->mutex);
	return taken;
}

METHOD(ks_spis_t, alloc, bool,
	private_ks_spis_t *this, uint32_t *spi)
{
	bool found = FALSE;
	rng_t *rng;
	int i;

	rng = lib->crypto->create_rng(lib->crypto, RNG_STRONG);
	if (!rng)
	{
		return FALSE;
	}
	for (i = 0; i < MAX_TRIES && !found; i++)
	{
		if (!rng->get_bytes(rng, sizeof(*spi), (uint8_t*)spi))
		{
			break;
		}
		found = reserve(this, *spi);
	}
	rng->destroy(rng);
	return found;
}

METHOD(ks_spis_t, release, void,
	private_ks_spis_t *this, uint32_t spi)
{
	this->mutex->lock(this->mutex);
	this->used->remove(this->used, (void*)(uintptr_t)spi);
	this->mutex->unlock(this->mutex);
}

METHOD(ks_spis_t, destroy, void,
	private_ks_spis_t *this)
{
	this->used->destroy(this->used);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
ks_spis_t *ks_spis_create()
{
	private_ks_spis_t *this;

	INIT(this,
		.public = {
			.alloc = _alloc,
			.reserve = _reserve,
			.release = _release,
			.destroy = _destroy,
		},
		.used = hashtable_create(hashtable_hash_ptr, hashtable_equals_ptr, 8),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
