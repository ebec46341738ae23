/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_member_index.h"

#include <collections/hashtable.h>
#include <daemon.h>

/** records of one address that are looked at: anybody can name any address, so
 *  thousands of members behind one must not make that expensive */
#define MAX_LOOK 16

typedef struct private_ks_member_index_t private_ks_member_index_t;
typedef enum order_t order_t;

/**
 * Places of a record, of which KS_MEMBER_INDEXES are there
 */
enum order_t {
	/** with those of the same address and port */
	BY_PORT = 0,
	/** with those of the same address */
	BY_ADDRESS,
};

/**
 * Private data
 */
struct private_ks_member_index_t {

	/**
	 * Public interface
	 */
	ks_member_index_t public;

	/**
	 * Lists of records in the same place, ks_member_t* => ks_member_t*, linked
	 * by their next[]
	 */
	hashtable_t *tables[KS_MEMBER_INDEXES];
};

/**
 * Hash of an address
 */
static u_int address_hash(const void *key)
{
	const ks_member_t *member = key;

	return chunk_hash(chunk_create((u_char*)member->address,
								   sizeof(member->address)));
}

/**
 * Do two records have the same address?
 */
static bool address_equals(const void *key, const void *other_key)
{
	const ks_member_t *a = key, *b = other_key;

	return a->family == b->family &&
		   memeq(a->address, b->address, sizeof(a->address));
}

/**
 * Hash of an address and port
 */
static u_int port_hash(const void *key)
{
	const ks_member_t *member = key;

	return chunk_hash_inc(chunk_create((u_char*)&member->port,
									   sizeof(member->port)),
						  address_hash(key));
}

/**
 * Do two records have the same address and port?
 */
static bool port_equals(const void *key, const void *other_key)
{
	const ks_member_t *a = key, *b = other_key;

	return a->port == b->port && address_equals(a, b);
}

METHOD(ks_member_index_t, add, void,
	private_ks_member_index_t *this, ks_member_t *member)
{
	int i;

	for (i = 0; i < KS_MEMBER_INDEXES; i++)
	{
		member->next[i] = this->tables[i]->put(this->tables[i], member,
											   member);
	}
}

/**
 * Remove a record from a list of several
 */
static void unlink_record(hashtable_t *table, int order, ks_member_t *head,
						  ks_member_t *member)
{
	if (head == member)
	{	/* the key that the table has goes away */
		table->put(table, member->next[order], member->next[order]);
		return;
	}
	while (head && head->next[order] != member)
	{
		head = head->next[order];
	}
	if (head)
	{
		head->next[order] = member->next[order];
	}
}

METHOD(ks_member_index_t, remove_, void,
	private_ks_member_index_t *this, ks_member_t *member)
{
	ks_member_t *head;
	int i;

	for (i = 0; i < KS_MEMBER_INDEXES; i++)
	{
		head = this->tables[i]->get(this->tables[i], member);
		if (head == member && !member->next[i])
		{
			this->tables[i]->remove(this->tables[i], member);
		}
		else
		{
			unlink_record(this->tables[i], i, head, member);
		}
		member->next[i] = NULL;
	}
}

/**
 * Is a member's identity this address?
 */
static bool has_identity(const ks_member_t *member, host_t *id)
{
	chunk_t address = id->get_address(id);

	return (member->id_type == ID_IPV4_ADDR ||
			member->id_type == ID_IPV6_ADDR) &&
		   chunk_equals(chunk_create((u_char*)member->id, member->id_len),
						address);
}

/**
 * Choose among the records of one place: the one whose identity is the
 * address, or who registered last
 */
static ks_member_t *choose(ks_member_t *member, order_t order, host_t *id)
{
	ks_member_t *best = member;
	u_int looked;

	for (looked = 0; member && looked < MAX_LOOK; looked++)
	{
		if (has_identity(member, id))
		{
			return member;
		}
		if (member->last > best->last)
		{
			best = member;
		}
		member = member->next[order];
	}
	return best;
}

/**
 * Look at one place
 */
static ks_member_t *look(private_ks_member_index_t *this, order_t order,
						 host_t *address, uint16_t port, host_t *id)
{
	chunk_t bytes = address->get_address(address);
	ks_member_t key = {
		.family = address->get_family(address),
		.port = port,
	};

	memcpy(key.address, bytes.ptr, min(bytes.len, sizeof(key.address)));
	return choose(this->tables[order]->get(this->tables[order], &key), order,
				  id);
}

METHOD(ks_member_index_t, find, ks_member_t*,
	private_ks_member_index_t *this, host_t *id, host_t *src)
{
	uint16_t port = src->get_port(src);
	ks_member_t *member, *sender = NULL;

	if (!id->ip_equals(id, src))
	{
		sender = look(this, BY_PORT, src, port, id);
		if (sender && sender->local_port == IKEV2_NATT_PORT)
		{	/* behind a translator, where any address may be in use that
			 * another member has, too */
			return sender;
		}
	}
	member = look(this, BY_PORT, id, port, id);
	if (!member)
	{
		member = look(this, BY_ADDRESS, id, port, id);
	}
	return member ?: sender;
}

METHOD(ks_member_index_t, destroy, void,
	private_ks_member_index_t *this)
{
	int i;

	for (i = 0; i < KS_MEMBER_INDEXES; i++)
	{
		this->tables[i]->destroy(this->tables[i]);
	}
	free(this);
}

/*
 * Described in header
 */
ks_member_index_t *ks_member_index_create()
{
	private_ks_member_index_t *this;

	INIT(this,
		.public = {
			.add = _add,
			.remove = _remove_,
			.find = _find,
			.destroy = _destroy,
		},
		.tables = {
			[BY_PORT] = hashtable_create(port_hash, port_equals, 16),
			[BY_ADDRESS] = hashtable_create(address_hash, address_equals, 16),
		},
	);
	return &this->public;
}
