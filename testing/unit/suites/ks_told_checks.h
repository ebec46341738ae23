/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_told_checks ks_told_checks
 * @{
 *
 * What a rekey must tell members after a change of the replay protection, each
 * by the name of the change.
 */

#ifndef KS_TOLD_CHECKS_H_
#define KS_TOLD_CHECKS_H_

#include "ks_listener.h"

void told_counter(heard_t *told);
void told_no_counter(heard_t *told);
void told_counter_window(heard_t *told);
void told_time(heard_t *told);
void told_no_time(heard_t *told);
void told_time_window(heard_t *told);
void told_d3p(heard_t *told);
void told_no_d3p(heard_t *told);
void told_d3p_window(heard_t *told);
void told_d3p_replaced(heard_t *told);
void told_type_replaced(heard_t *told);
void told_time_replaced(heard_t *told);
void told_tick_replaced(heard_t *told);

#endif /** KS_TOLD_CHECKS_H_ @}*/
