/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "group_kek.h"

typedef struct private_group_kek_t private_group_kek_t;

/**
 * Private data of a KEK.
 */
struct private_group_kek_t {

	/**
	 * Public interface.
	 */
	group_kek_t public;

	/**
	 * Values, with memory of our own.
	 */
	group_kek_data_t data;

	/**
	 * References.
	 */
	refcount_t ref;
};

size_t group_kek_key_len(encryption_algorithm_t encr, uint16_t bits)
{
	switch (encr)
	{
		case ENCR_DES:
			return 8;
		case ENCR_3DES:
			return 24;
		case ENCR_AES_CBC:
			return bits == 128 || bits == 192 || bits == 256 ? bits / 8 : 0;
		default:
			return 0;
	}
}

size_t group_kek_iv_len(encryption_algorithm_t encr)
{
	switch (encr)
	{
		case ENCR_DES:
		case ENCR_3DES:
			return 8;
		case ENCR_AES_CBC:
			return 16;
		default:
			return 0;
	}
}

METHOD(group_kek_t, get, const group_kek_data_t*,
	private_group_kek_t *this)
{
	return &this->data;
}

METHOD(group_kek_t, has_keys, bool,
	private_group_kek_t *this)
{
	return this->data.iv.len && this->data.key.len && this->data.sig_key.len;
}

METHOD(group_kek_t, with_keys, group_kek_t*,
	private_group_kek_t *this, chunk_t iv, chunk_t key, chunk_t sig_key)
{
	group_kek_data_t data = this->data;

	if (!iv.len || iv.len != group_kek_iv_len(data.encr) ||
		key.len != group_kek_key_len(data.encr, data.encr_bits))
	{
		return NULL;
	}
	data.iv = iv;
	data.key = key;
	data.sig_key = sig_key;
	return group_kek_create(&data);
}

METHOD(group_kek_t, with_lifetime, group_kek_t*,
	private_group_kek_t *this, uint32_t lifetime)
{
	group_kek_data_t data = this->data;

	data.lifetime = lifetime;
	return group_kek_create(&data);
}

METHOD(group_kek_t, with_destination, group_kek_t*,
	private_group_kek_t *this, host_t *dst)
{
	group_kek_data_t data = this->data;

	data.dst = dst;
	return group_kek_create(&data);
}

METHOD(group_kek_t, get_ref, group_kek_t*,
	private_group_kek_t *this)
{
	ref_get(&this->ref);
	return &this->public;
}

METHOD(group_kek_t, destroy, void,
	private_group_kek_t *this)
{
	if (ref_put(&this->ref))
	{
		DESTROY_IF(this->data.src);
		DESTROY_IF(this->data.dst);
		chunk_clear(&this->data.iv);
		chunk_clear(&this->data.key);
		chunk_free(&this->data.sig_key);
		free(this);
	}
}

/**
 * Check for a multicast address, IPv4 or IPv6.
 */
static bool is_multicast(host_t *host)
{
	chunk_t addr = host->get_address(host);

	if (addr.len == 4)
	{
		return (addr.ptr[0] & 0xf0) == 0xe0;
	}
	return addr.len == 16 && addr.ptr[0] == 0xff;
}

/*
 * See header
 */
group_kek_t *group_kek_create(const group_kek_data_t *data)
{
	private_group_kek_t *this;

	INIT(this,
		.public = {
			.get = _get,
			.has_keys = _has_keys,
			.with_keys = _with_keys,
			.with_lifetime = _with_lifetime,
			.with_destination = _with_destination,
			.get_ref = _get_ref,
			.destroy = _destroy,
		},
		.data = *data,
		.ref = 1,
	);

	this->data.src = data->src ? data->src->clone(data->src) : NULL;
	this->data.dst = data->dst ? data->dst->clone(data->dst) : NULL;
	this->data.iv = chunk_clone(data->iv);
	this->data.key = chunk_clone(data->key);
	this->data.sig_key = chunk_clone(data->sig_key);
	if (this->data.dst)
	{
		this->data.multicast = is_multicast(this->data.dst);
	}
	return &this->public;
}
