/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup feature_row feature_row
 * @{ @ingroup gdoi_vici
 *
 * The rows of list-features: what a party can do, by the feature bits that it
 * announces in phase 1 (KS-027, KS-028). Compiled into every plugin that needs
 * it; any thread.
 */

#ifndef FEATURE_ROW_H_
#define FEATURE_ROW_H_

#include <plugins/vici/vici_builder.h>

/**
 * Hand out a row per feature, with the keys kind, id, version, feature and
 * supported.
 *
 * @param features		feature bits, 0 of a peer without our vendor ID
 * @param kind			what the party is, server or member
 * @param id			what it is called
 * @param row			called per row, with a builder that it adopts
 * @param user			passed to row
 */
void feature_row_list(uint8_t features, const char *kind, const char *id,
					  void (*row)(void *user, vici_builder_t *builder),
					  void *user);

#endif /** FEATURE_ROW_H_ @}*/
