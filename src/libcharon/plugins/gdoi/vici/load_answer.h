/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup load_answer load_answer
 * @{ @ingroup gdoi_vici
 */

#ifndef LOAD_ANSWER_H_
#define LOAD_ANSWER_H_

#include "../config/group_config.h"

typedef struct load_answer_t load_answer_t;

/** most lines of the plan that are answered */
#define LOAD_PLAN_MAX 500

/**
 * Collects what a load tells, for the answer to load-groups. Belongs to one
 * load.
 */
struct load_answer_t {

	/**
	 * Let a load report here.
	 *
	 * @param load		report, plan and user are set
	 */
	void (*attach)(load_answer_t *this, group_load_t *load);

	/**
	 * Build the answer.
	 *
	 * @param good		what the load returned
	 * @param reader	errors and warnings of the load
	 * @param confirm	seconds that are left to confirm, 0 for none
	 * @return			message
	 */
	vici_message_t *(*build)(load_answer_t *this, bool good,
							 config_reader_t *reader, uint32_t confirm);

	/**
	 * Destroy the object.
	 */
	void (*destroy)(load_answer_t *this);
};

/**
 * Create it empty.
 */
load_answer_t *load_answer_create();

#endif /** LOAD_ANSWER_H_ @}*/
