/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_id.h"

#include <ctype.h>

/** octets of a string that are looked at, longer ones just share a hash */
#define HASHED 128

/**
 * Go on with a hash over a string, whatever the case of its letters
 */
static u_int hash_string(chunk_t string, u_int hash)
{
	uint8_t buf[HASHED];
	size_t i, len = min(string.len, sizeof(buf));

	for (i = 0; i < len; i++)
	{
		buf[i] = tolower(string.ptr[i]);
	}
	return chunk_hash_inc(chunk_create(buf, len), hash);
}

/*
 * Described in header
 */
u_int ks_id_hash(const void *key)
{
	identification_t *id = (identification_t*)key;
	id_type_t type = id->get_type(id);
	u_int hash = chunk_hash(chunk_from_thing(type));
	enumerator_t *parts;
	id_part_t part;
	chunk_t data;

	if (type != ID_DER_ASN1_DN)
	{
		return hash_string(id->get_encoding(id), hash);
	}
	/* the same string may be encoded in several ways */
	parts = id->create_part_enumerator(id);
	while (parts->enumerate(parts, &part, &data))
	{
		hash = hash_string(data, hash);
	}
	parts->destroy(parts);
	return hash;
}

/*
 * Described in header
 */
bool ks_id_equals(const void *key, const void *other)
{
	identification_t *id = (identification_t*)key;

	return id->equals(id, (identification_t*)other);
}
