/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "cm_freshness.h"

#include <collections/array.h>

typedef struct private_cm_freshness_t private_cm_freshness_t;

/**
 * Private data of a cm_freshness_t object.
 */
struct private_cm_freshness_t {

	/**
	 * Public interface.
	 */
	cm_freshness_t public;

	/**
	 * Name of the interface.
	 */
	char *interface;

	/**
	 * What SAs are to be like, and which of them ever had a policy, a bit
	 * each.
	 */
	freshness_policy_t policies[CRYPTO_MAP_SAS];
	uint32_t used;

	/**
	 * Where programs go, and whether there is such a place.
	 */
	freshness_place_t place;
	bool attached;

	/**
	 * The programs, NULL while they are not needed.
	 */
	freshness_map_t *map;
};

/**
 * Enumerator over a copy of errors.
 */
typedef struct {
	enumerator_t public;
	array_t *errors;
	freshness_error_t current;
} errors_enumerator_t;

/**
 * Load the programs, and tell them of the policies that there are.
 */
static bool load(private_cm_freshness_t *this)
{
	freshness_t *provider;
	char *reason = NULL;
	u_int i;

	provider = lib->get(lib, FRESHNESS_NAME);
	if (provider)
	{
		this->map = provider->create_map(provider, &this->place, &reason);
	}
	if (!this->map)
	{
		DBG1(DBG_KNL, "no freshness of packets on %s: %s", this->interface,
			 provider ? reason ?: "unknown error" : "plugin d3p is not loaded");
		free(reason);
		return FALSE;
	}
	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		if (this->policies[i].method != FRESHNESS_NONE)
		{
			this->map->set_policy(this->map, i, &this->policies[i]);
		}
	}
	return TRUE;
}

METHOD(cm_freshness_t, attach, void,
	private_cm_freshness_t *this, const freshness_place_t *place)
{
	bool wanted = FALSE;
	u_int i;

	this->place = *place;
	this->attached = TRUE;
	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		wanted |= this->policies[i].method != FRESHNESS_NONE;
	}
	if (wanted)
	{
		load(this);
	}
}

METHOD(cm_freshness_t, detach, void,
	private_cm_freshness_t *this, bool keep)
{
	if (this->map)
	{
		this->map->destroy(this->map, keep);
		this->map = NULL;
	}
	this->attached = FALSE;
}

/**
 * Check that programs can follow a policy.
 */
static bool is_possible(const freshness_policy_t *policy)
{
	switch (policy->method)
	{
		case FRESHNESS_D3P:
			return policy->header == FRESHNESS_HEADER_D3P &&
				   (policy->type == FRESHNESS_D3P_MSEC ||
					policy->type == FRESHNESS_D3P_POSIX);
		case FRESHNESS_TBAR:
			return policy->tick_ms &&
				   (policy->header == FRESHNESS_HEADER_TBAR ||
					policy->header == FRESHNESS_HEADER_TBAR_LONG);
		default:
			return policy->method == FRESHNESS_NONE;
	}
}

METHOD(cm_freshness_t, set_policy, bool,
	private_cm_freshness_t *this, u_int sa, const freshness_policy_t *policy)
{
	static const freshness_policy_t none = { .method = FRESHNESS_NONE };
	freshness_policy_t old;

	policy = policy ?: &none;
	if (sa >= CRYPTO_MAP_SAS || !is_possible(policy))
	{
		return FALSE;
	}
	old = this->policies[sa];
	this->policies[sa] = *policy;
	if (policy->method == FRESHNESS_NONE)
	{
		if (this->map)
		{
			this->map->set_policy(this->map, sa, NULL);
		}
		return TRUE;
	}
	if (this->map)
	{
		this->map->set_policy(this->map, sa, policy);
	}
	else if (this->attached ? !load(this) : !lib->get(lib, FRESHNESS_NAME))
	{
		this->policies[sa] = old;
		return FALSE;
	}
	this->used |= 1u << sa;
	return TRUE;
}

METHOD(cm_freshness_t, get_counters, bool,
	private_cm_freshness_t *this, u_int sa, freshness_counters_t *counters)
{
	memset(counters, 0, sizeof(*counters));
	if (sa >= CRYPTO_MAP_SAS || !(this->used & 1u << sa))
	{
		return FALSE;
	}
	if (this->map)
	{
		this->map->get_counters(this->map, sa, counters);
	}
	return TRUE;
}

METHOD(enumerator_t, errors_enumerate, bool,
	errors_enumerator_t *this, va_list args)
{
	freshness_error_t **error;

	VA_ARGS_VGET(args, error);
	DESTROY_IF(this->current.source);
	this->current.source = NULL;
	if (!array_remove(this->errors, ARRAY_HEAD, &this->current))
	{
		return FALSE;
	}
	*error = &this->current;
	return TRUE;
}

METHOD(enumerator_t, errors_destroy, void,
	errors_enumerator_t *this)
{
	freshness_error_t error;

	DESTROY_IF(this->current.source);
	while (array_remove(this->errors, ARRAY_HEAD, &error))
	{
		DESTROY_IF(error.source);
	}
	array_destroy(this->errors);
	free(this);
}

/**
 * Append copies of the errors of an SA.
 */
static void add_errors(private_cm_freshness_t *this, u_int sa, array_t *errors)
{
	freshness_error_t *error, copy;
	enumerator_t *enumerator;

	enumerator = this->map->create_history_enumerator(this->map, sa);
	while (enumerator->enumerate(enumerator, &error))
	{
		copy = *error;
		copy.source = copy.source ? copy.source->clone(copy.source) : NULL;
		array_insert(errors, ARRAY_TAIL, &copy);
	}
	enumerator->destroy(enumerator);
}

/**
 * Compare errors by time. Those of one second and one SA are in order of our
 * time, which has fractions.
 */
static int compare_errors(const void *a, const void *b, void *user)
{
	const freshness_error_t *first = a, *second = b;

	if (first->at != second->at)
	{
		return first->at < second->at ? -1 : 1;
	}
	if (first->sa != second->sa)
	{
		return first->sa < second->sa ? -1 : 1;
	}
	return (first->my_time > second->my_time) -
		   (first->my_time < second->my_time);
}

METHOD(cm_freshness_t, create_enumerator, enumerator_t*,
	private_cm_freshness_t *this)
{
	errors_enumerator_t *enumerator;
	u_int i;

	if (!this->map)
	{
		return enumerator_create_empty();
	}
	INIT(enumerator,
		.public = {
			.enumerate = enumerator_enumerate_default,
			.venumerate = _errors_enumerate,
			.destroy = _errors_destroy,
		},
		.errors = array_create(sizeof(freshness_error_t), 0),
	);
	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		if (this->used & 1u << i)
		{
			add_errors(this, i, enumerator->errors);
		}
	}
	array_sort(enumerator->errors, compare_errors, NULL);
	return &enumerator->public;
}

METHOD(cm_freshness_t, reset, void,
	private_cm_freshness_t *this, uint32_t sas)
{
	u_int i;

	for (i = 0; this->map && i < CRYPTO_MAP_SAS; i++)
	{
		if (sas & this->used & 1u << i)
		{
			this->map->reset(this->map, i);
		}
	}
}

METHOD(cm_freshness_t, destroy, void,
	private_cm_freshness_t *this)
{
	free(this->interface);
	free(this);
}

cm_freshness_t *cm_freshness_create(const char *interface)
{
	private_cm_freshness_t *this;

	INIT(this,
		.public = {
			.attach = _attach,
			.detach = _detach,
			.set_policy = _set_policy,
			.get_counters = _get_counters,
			.create_enumerator = _create_enumerator,
			.reset = _reset,
			.destroy = _destroy,
		},
		.interface = strdup(interface),
	);
	return &this->public;
}
