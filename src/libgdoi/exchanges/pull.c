/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "pull.h"

/** message IDs that a history holds */
#define HISTORY 16

typedef struct private_gdoi_pull_history_t private_gdoi_pull_history_t;

/**
 * Private data of a history.
 */
struct private_gdoi_pull_history_t {

	/**
	 * Public interface.
	 */
	gdoi_pull_history_t public;

	/**
	 * Message IDs, 0 (which no exchange has) where none was put yet.
	 */
	uint32_t ids[HISTORY];

	/**
	 * Where the next one goes.
	 */
	u_int next;
};

void gdoi_pull_result_clear(gdoi_pull_result_t *result)
{
	chunk_free(&result->out);
	free(result->reason);
	result->reason = NULL;
}

void gdoi_pull_result_ignore(gdoi_pull_result_t *result, gdoi_notify_t notify,
							 const char *reason)
{
	result->status = GDOI_PULL_IGNORED;
	result->notify = notify;
	result->reason = strdup(reason);
}

uint32_t gdoi_pull_retransmit_delay(u_int sends, uint16_t jitter)
{
	static const uint32_t delays[GDOI_PULL_SENDS] = {
		5000, 10000, 20000, 5000,
	};
	uint32_t delay;

	if (!sends || sends > GDOI_PULL_SENDS)
	{
		return 0;
	}
	delay = delays[sends - 1];
	return delay + delay / 10 * jitter / UINT16_MAX;
}

METHOD(gdoi_pull_history_t, contains, bool,
	private_gdoi_pull_history_t *this, uint32_t message_id)
{
	for (u_int i = 0; i < HISTORY; i++)
	{
		if (message_id && this->ids[i] == message_id)
		{
			return TRUE;
		}
	}
	return FALSE;
}

METHOD(gdoi_pull_history_t, add, void,
	private_gdoi_pull_history_t *this, uint32_t message_id)
{
	this->ids[this->next] = message_id;
	this->next = (this->next + 1) % HISTORY;
}

METHOD(gdoi_pull_history_t, destroy, void,
	private_gdoi_pull_history_t *this)
{
	free(this);
}

/*
 * See header
 */
gdoi_pull_history_t *gdoi_pull_history_create()
{
	private_gdoi_pull_history_t *this;

	INIT(this,
		.public = {
			.contains = _contains,
			.add = _add,
			.destroy = _destroy,
		},
	);

	return &this->public;
}
