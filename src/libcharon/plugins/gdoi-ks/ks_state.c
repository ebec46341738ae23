/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_state.h"

/**
 * Destroy a generation of a TEK
 */
static void tek_destroy(ks_state_tek_t *tek)
{
	DESTROY_IF(tek->tek);
	free(tek->name);
	free(tek);
}

/*
 * Described in header
 */
ks_state_t *ks_state_create()
{
	ks_state_t *state;

	INIT(state,
		.teks = linked_list_create(),
	);
	return state;
}

/*
 * Described in header
 */
void ks_state_destroy(ks_state_t *state)
{
	if (state)
	{
		DESTROY_IF(state->kek);
		free(state->kek_name);
		state->teks->destroy_function(state->teks, (void*)tek_destroy);
		free(state);
	}
}
