/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_plan.h"

ENUM(ks_rekey_kind_names, KS_REKEY_TEK, KS_REKEY_DELETE,
	"tek",
	"kek",
	"both",
	"delete",
);

/*
 * Described in header
 */
bool ks_plan_brings_kek(const ks_plan_t *plan)
{
	return (plan->stage & KS_STAGE_KEK) && plan->give != KS_GIVE_LIVE &&
		   !plan->end_all;
}

/*
 * Described in header
 */
ks_rekey_kind_t ks_plan_kind(const ks_plan_t *plan)
{
	if (plan->end_all)
	{
		return KS_REKEY_DELETE;
	}
	if (plan->give == KS_GIVE_KEK)
	{
		return KS_REKEY_KEK;
	}
	return ks_plan_brings_kek(plan) ? KS_REKEY_BOTH : KS_REKEY_TEK;
}

/*
 * Described in header
 */
bool ks_plan_stage(const ks_plan_t *plan, ks_keys_t *keys, ks_config_t *config,
				   host_t *src, time_t now, ks_rekey_content_t **content,
				   ks_protector_t *protector)
{
	if (plan->cut)
	{
		keys->cut(keys, plan->cut, plan->cut_kek, now);
	}
	if (!keys->stage(keys, config, plan->stage, now))
	{
		return FALSE;
	}
	*content = plan->end_all ? ks_rekey_content_end_all(now) :
					ks_rekey_content_build(keys, plan->give, config, src, now);
	if (*content && keys->get_protector(keys, protector))
	{
		return TRUE;
	}
	DESTROY_IF(*content);
	keys->discard(keys);
	return FALSE;
}
