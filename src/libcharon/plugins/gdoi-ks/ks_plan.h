/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_plan ks_plan
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_PLAN_H_
#define KS_PLAN_H_

#include "ks_keys.h"
#include "ks_rekey_content.h"

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
 * Make the keys of a rekey and what it tells. Hold the lock of the keys.
 *
 * @param plan			what the rekey is to bring
 * @param keys			keys, staged if TRUE is returned
 * @param config		configuration in force
 * @param src			where rekeys come from
 * @param now			current time
 * @param content		set to the content
 * @param protector		filled with what protects it
 * @return				FALSE if they can't be made
 */
bool ks_plan_stage(const ks_plan_t *plan, ks_keys_t *keys, ks_config_t *config,
				   host_t *src, time_t now, ks_rekey_content_t **content,
				   ks_protector_t *protector);

/**
 * Does a rekey replace the KEK, and say so?
 */
bool ks_plan_brings_kek(const ks_plan_t *plan);

/**
 * What does a rekey bring?
 */
ks_rekey_kind_t ks_plan_kind(const ks_plan_t *plan);

#endif /** KS_PLAN_H_ @}*/
