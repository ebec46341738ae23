/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "group_rekey.h"

typedef struct private_group_rekey_t private_group_rekey_t;

/**
 * Private data of a rekey.
 */
struct private_group_rekey_t {

	/**
	 * Public interface.
	 */
	group_rekey_t public;

	/**
	 * Sequence number.
	 */
	uint32_t sequence;

	/**
	 * Keys to end, deletes of them are set.
	 */
	group_delete_t delete[GROUP_REKEY_DELETES];
	u_int deletes;

	/**
	 * Policy to install, NULL for none.
	 */
	group_policy_t *policy;
};

/**
 * Enumerator over deletes.
 */
typedef struct {
	enumerator_t public;
	private_group_rekey_t *rekey;
	u_int next;
} delete_enumerator_t;

METHOD(group_rekey_t, get_sequence, uint32_t,
	private_group_rekey_t *this)
{
	return this->sequence;
}

METHOD(group_rekey_t, add_delete, bool,
	private_group_rekey_t *this, const group_delete_t *delete)
{
	if (this->deletes == countof(this->delete))
	{
		return FALSE;
	}
	this->delete[this->deletes++] = *delete;
	return TRUE;
}

METHOD(enumerator_t, enumerate_deletes, bool,
	delete_enumerator_t *this, va_list args)
{
	group_delete_t **delete;

	VA_ARGS_VGET(args, delete);
	if (this->next == this->rekey->deletes)
	{
		return FALSE;
	}
	*delete = &this->rekey->delete[this->next++];
	return TRUE;
}

METHOD(group_rekey_t, create_delete_enumerator, enumerator_t*,
	private_group_rekey_t *this)
{
	delete_enumerator_t *enumerator;

	INIT(enumerator,
		.public = {
			.enumerate = enumerator_enumerate_default,
			.venumerate = _enumerate_deletes,
			.destroy = (void*)free,
		},
		.rekey = this,
	);
	return &enumerator->public;
}

METHOD(group_rekey_t, get_delete_count, u_int,
	private_group_rekey_t *this)
{
	return this->deletes;
}

METHOD(group_rekey_t, set_policy, void,
	private_group_rekey_t *this, group_policy_t *policy)
{
	DESTROY_IF(this->policy);
	this->policy = policy;
}

METHOD(group_rekey_t, get_policy, group_policy_t*,
	private_group_rekey_t *this)
{
	return this->policy;
}

METHOD(group_rekey_t, destroy, void,
	private_group_rekey_t *this)
{
	DESTROY_IF(this->policy);
	free(this);
}

/*
 * See header
 */
group_rekey_t *group_rekey_create(uint32_t sequence)
{
	private_group_rekey_t *this;

	INIT(this,
		.public = {
			.get_sequence = _get_sequence,
			.add_delete = _add_delete,
			.create_delete_enumerator = _create_delete_enumerator,
			.get_delete_count = _get_delete_count,
			.set_policy = _set_policy,
			.get_policy = _get_policy,
			.destroy = _destroy,
		},
		.sequence = sequence,
	);

	return &this->public;
}
