/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_config_freshness ks_config_freshness
 * @{ @ingroup gdoi_ks
 *
 * How members of a group tell fresh packets from replayed ones: settings of the
 * server section.
 */

#ifndef KS_CONFIG_FRESHNESS_H_
#define KS_CONFIG_FRESHNESS_H_

#include "ks_config_tek.h"

#include <collections/linked_list.h>

typedef struct ks_config_freshness_t ks_config_freshness_t;
typedef enum ks_unsupported_t ks_unsupported_t;

/** most members that may send in a group with counters, GM-023 */
#define KS_COUNTER_MEMBERS_MAX 2

/**
 * Setting "freshness_unsupported": what becomes of registered members that
 * can't do what a change asks for.
 */
enum ks_unsupported_t {
	/** the change is refused, the default */
	KS_UNSUPPORTED_REFUSE = 0,
	/** they are removed */
	KS_UNSUPPORTED_EXCLUDE,
};

/**
 * enum names for the settings, as in the configuration.
 */
extern enum_name_t *ks_unsupported_names;
extern enum_name_t *ks_replay_names;
extern enum_name_t *ks_d3p_type_names;

/**
 * What a group wants its packets to be checked by. Part of a ks_config_t, read
 * only.
 */
struct ks_config_freshness_t {

	/** method of all TEKs but for those that have another one of none and
	 *  counter */
	group_replay_t replay;

	/** a TEK has counters */
	bool counter;

	/** milliseconds with D3P and time, else packets */
	uint32_t window;

	/** GROUP_REPLAY_D3P: layout of the header, d3p_type_t */
	uint8_t d3p_type;

	/** GROUP_REPLAY_TIME: milliseconds of a tick, and seconds after which
	 *  members are told the time although there is no other rekey */
	uint32_t tick;
	uint32_t sync;

	/** what becomes of members that can't do it */
	ks_unsupported_t unsupported;
};

/**
 * Read the settings of the server section, and give them to the TEKs with what
 * these have of their own.
 *
 * @param freshness		filled
 * @param teks			ks_config_tek_t* whose sections are below teks, gets
 *						their replay and replay_window
 * @param node			server section of the group
 * @param reader		gets errors
 */
void ks_config_freshness_parse(ks_config_freshness_t *freshness,
							   linked_list_t *teks, config_node_t *node,
							   config_reader_t *reader);

/**
 * Have packets a header of their own by a method, so that it is not for members
 * that did not announce GDOI_FEATURE_FRESHNESS?
 */
bool ks_replay_has_header(group_replay_t replay);

/**
 * Do packets of two methods need a different treatment that can't be there at a
 * time: is it another of D3P and time, D3P-011, or the same with another
 * layout?
 *
 * @param a				method
 * @param a_layout		its type of D3P, or milliseconds of a tick
 */
bool ks_replay_excludes(group_replay_t a, uint32_t a_layout,
						group_replay_t b, uint32_t b_layout);

/**
 * What ks_replay_excludes() wants to know of a method.
 *
 * @return				type of D3P, or milliseconds of a tick; 0 for none
 */
uint32_t ks_config_freshness_layout(const ks_config_freshness_t *freshness);

/**
 * Compare settings; those of TEKs are compared with these.
 */
bool ks_config_freshness_equals(const ks_config_freshness_t *a,
								const ks_config_freshness_t *b);

#endif /** KS_CONFIG_FRESHNESS_H_ @}*/
