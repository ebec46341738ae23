/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_told ks_told
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_TOLD_H_
#define KS_TOLD_H_

#include "ks_config.h"

#include <gdoi_log.h>

/**
 * Log what changes for members when they are told another configuration: the
 * transport of rekeys (REKEY-032) and the direction of all SAs (LOG-145,
 * LOG-146). Any thread, no lock held.
 *
 * @param told			configuration as members know it
 * @param config		configuration that they are told
 * @param log			operator's log
 */
void ks_told_log(ks_config_t *told, ks_config_t *config, gdoi_log_t *log);

/**
 * Log that a configuration has more lines in its access lists than it uses
 * (ACL-009, LOG-119), if so.
 *
 * @param config		configuration that comes into force
 * @param log			operator's log
 */
void ks_told_log_cut(ks_config_t *config, gdoi_log_t *log);

#endif /** KS_TOLD_H_ @}*/
