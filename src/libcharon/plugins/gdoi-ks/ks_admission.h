/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_admission ks_admission
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_ADMISSION_H_
#define KS_ADMISSION_H_

#include "ks_config.h"

#include <gdoi_log.h>
#include <transport/gdoi_phase1.h>

/**
 * May a member have the group, KS-020 and AUTHZ-003? Logs a refusal (LOG-014,
 * LOG-015, LOG-161). Any thread.
 *
 * @param config		configuration of the group
 * @param phase1		phase 1 of the member
 * @param log			operator's log
 */
bool ks_admission_check(ks_config_t *config, gdoi_phase1_t *phase1,
						gdoi_log_t *log);

#endif /** KS_ADMISSION_H_ @}*/
