/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_plan ks_plan
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_PLAN_H_
#define KS_PLAN_H_

#include "ks_teks.h"

typedef struct ks_plan_t ks_plan_t;
typedef enum ks_rekey_kind_t ks_rekey_kind_t;

/**
 * What a rekey is to bring.
 */
struct ks_plan_t {

	/** ks_stage_t flags */
	u_int stage;

	/** which keys it describes */
	ks_give_t give;

	/** it describes no keys, but ends all */
	bool end_all;

	/** seconds that keys in force live on at most, 0 for no limit */
	uint32_t cut;

	/** also the KEK */
	bool cut_kek;

	/** who has not registered since is to be forgotten when it is over */
	bool forget;
};

/**
 * What a rekey brought.
 */
enum ks_rekey_kind_t {
	/** TEKs, or the same again */
	KS_REKEY_TEK = 0,
	/** a KEK */
	KS_REKEY_KEK,
	/** a KEK and TEKs */
	KS_REKEY_BOTH,
	/** the end of all keys */
	KS_REKEY_DELETE,
};

/**
 * enum names for ks_rekey_kind_t.
 */
extern enum_name_t *ks_rekey_kind_names;

/**
 * Does a rekey replace the KEK, and say so?
 */
bool ks_plan_brings_kek(const ks_plan_t *plan);

/**
 * What does a rekey bring?
 */
ks_rekey_kind_t ks_plan_kind(const ks_plan_t *plan);

#endif /** KS_PLAN_H_ @}*/
