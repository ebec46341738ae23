/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_config gdoi_config
 * @{ @ingroup gdoi
 *
 * Groups of the administrator's configuration: loading them all or not at all,
 * and handing each role (member, server) its part.
 */

#ifndef GROUP_CONFIG_H_
#define GROUP_CONFIG_H_

#include "config_node.h"
#include "config_reader.h"
#include "group_change.h"

#include <group/group_acl.h>
#include <group/group_id.h>
#include <group/group_packet.h>
#include <plugins/vici/vici_builder.h>

typedef struct group_entry_t group_entry_t;
typedef struct group_role_t group_role_t;
typedef struct group_config_t group_config_t;
typedef struct group_load_t group_load_t;
typedef enum group_list_t group_list_t;
typedef enum group_reset_t group_reset_t;

/** name under which the group_config_t is registered with lib->set() */
#define GROUP_CONFIG_NAME "gdoi-config"

/**
 * A group of the configuration.
 */
struct group_entry_t {

	/** name in the configuration, at most 64 octets */
	char name[65];

	/** identity on the wire (KS-009), not bound to the name */
	group_id_t id;
};

/**
 * Resolves the name of an access list; valid during parse() only.
 *
 * @param name			name of a section in acls
 * @return				ACL, a new reference for the caller; NULL if unknown
 */
typedef group_acl_t *(*group_acl_lookup_t)(void *user, const char *name);

/**
 * Takes a row of a list.
 *
 * @param builder		row without open sections or lists, gets adopted
 */
typedef void (*group_row_cb_t)(void *user, vici_builder_t *builder);

/**
 * Counters that can be set back to zero.
 */
enum group_reset_t {
	/** those about replayed and delayed packets, and their history */
	GROUP_RESET_REPLAY = 0,
};

/**
 * What a role (group member, key server) makes of its part of a group.
 *
 * parse() and changed() must not have side effects; apply() must not fail.
 * A load calls parse() of all groups first, and apply() only if none had an
 * error. All calls come from one load at a time, with no lock of the roles
 * held.
 */
struct group_role_t {

	/** name of the sub section: "member" or "server" */
	const char *section;

	/**
	 * Parse a group's section.
	 *
	 * @param group		name and identity, copy what is kept
	 * @param node		the role's section
	 * @param reader	collects errors; return NULL after recording one
	 * @param acls		resolver of ACL names
	 * @param user		user data of acls
	 * @return			parsed configuration, owned by the caller
	 */
	void *(*parse)(group_role_t *this, const group_entry_t *group,
				   config_node_t *node, config_reader_t *reader,
				   group_acl_lookup_t acls, void *user);

	/**
	 * Check a group's section against that of another group of the same
	 * configuration. May be NULL.
	 *
	 * @param parsed	what parse() returned for the section
	 * @param node		the section
	 * @param reader	collects errors
	 * @param other		what parse() returned for a group before it
	 */
	void (*compare)(group_role_t *this, void *parsed, config_node_t *node,
					config_reader_t *reader, void *other);

	/**
	 * Log what operators watch for about a group that parse() refused. Called
	 * if the load was no dry run. May be NULL.
	 *
	 * @param group		name and identity
	 * @param reader	errors of all groups; paths start with groups.NAME
	 */
	void (*refused)(group_role_t *this, const group_entry_t *group,
					config_reader_t *reader);

	/**
	 * Compare with what runs.
	 *
	 * @param name		name of the group
	 * @param parsed	what parse() returned
	 * @return			TRUE if applying it would change something
	 */
	bool (*changed)(group_role_t *this, const char *name, void *parsed);

	/**
	 * Tell what applying would change, and what follows from that; called
	 * before anything is applied, and only if there is a change. May be NULL.
	 *
	 * @param name		name of the group
	 * @param parsed	what parse() returned; NULL if the group goes
	 * @param change	called per change
	 * @param user		data to pass to change
	 */
	void (*plan)(group_role_t *this, const char *name, void *parsed,
				 group_change_cb_t change, void *user);

	/**
	 * Create, change or leave alone a group.
	 *
	 * @param parsed	what parse() returned, gets adopted
	 */
	void (*apply)(group_role_t *this, const group_entry_t *group, void *parsed);

	/**
	 * End a group that is in the configuration no more.
	 *
	 * @param name		name of the group
	 */
	void (*remove)(group_role_t *this, const char *name);

	/**
	 * Throw away a parsed configuration that is not applied.
	 */
	void (*discard)(group_role_t *this, void *parsed);

	/**
	 * Describe a group's state for list-groups; adds keys to an open section.
	 *
	 * @param name		name of the group
	 * @param builder	open section named "gm" or "ks"
	 */
	void (*describe)(group_role_t *this, const char *name,
					 vici_builder_t *builder);

	/**
	 * List a group's KEKs and TEKs for list-policies, each as one row with the
	 * keys that vici/README.md defines (kind, spi, ...; group and role are
	 * added by the caller). Hold no lock while handing over a row. May be NULL.
	 *
	 * @param name		name of the group
	 * @param row		to call with a new builder per row, which it adopts
	 * @param user		data to pass to row
	 */
	void (*policies)(group_role_t *this, const char *name,
					 group_row_cb_t row, void *user);

	/**
	 * List the lines in force for a group, or what becomes of a packet, for
	 * list-policies, as policies() does. May be NULL.
	 *
	 * @param name		name of the group
	 * @param packet	NULL for a row per line, or a packet for one row
	 * @param row		to call with a new builder per row, which it adopts
	 * @param user		data to pass to row
	 */
	void (*rules)(group_role_t *this, const char *name,
				  const group_packet_t *packet, group_row_cb_t row, void *user);

	/**
	 * List what there is to tell of a group's rekeys for list-rekeys, as
	 * policies() does: a row of the key server, a row per KEK of the member.
	 * May be NULL.
	 *
	 * @param name		name of the group
	 * @param row		to call with a new builder per row, which it adopts
	 * @param user		data to pass to row
	 */
	void (*rekeys)(group_role_t *this, const char *name, group_row_cb_t row,
				   void *user);

	/**
	 * List the Sender IDs of a group with counter modes for list-sids, as
	 * policies() does: one row, none for a group without. May be NULL.
	 *
	 * @param name		name of the group
	 * @param row		to call with a new builder per row, which it adopts
	 * @param user		data to pass to row
	 */
	void (*sids)(group_role_t *this, const char *name, group_row_cb_t row,
				 void *user);

	/**
	 * List how replayed and delayed packets of a group are found for
	 * list-replay, as policies() does: one row. May be NULL.
	 *
	 * @param name		name of the group
	 * @param row		to call with a new builder per row, which it adopts
	 * @param user		data to pass to row
	 */
	void (*replay)(group_role_t *this, const char *name, group_row_cb_t row,
				   void *user);

	/**
	 * List the packets that were refused as replayed or delayed, a sample of
	 * them, oldest first, for list-replay with history. Otherwise as replay().
	 * May be NULL.
	 */
	void (*replay_errors)(group_role_t *this, const char *name,
						  group_row_cb_t row, void *user);

	/**
	 * List what the parties of a group can do for list-features, as policies()
	 * does: a row per party and feature, with at least the keys `feature` and
	 * `supported`. May be NULL.
	 *
	 * @param name		name of the group
	 * @param row		to call with a new builder per row, which it adopts
	 * @param user		data to pass to row
	 */
	void (*features)(group_role_t *this, const char *name, group_row_cb_t row,
					 void *user);

	/**
	 * Set counters of a group back to zero for reset-counters. May be NULL.
	 *
	 * @param name		name of the group
	 * @param what		which
	 */
	void (*reset)(group_role_t *this, const char *name, group_reset_t what);
};

/**
 * What roles list of a group, each as rows.
 */
enum group_list_t {
	/** KEKs and TEKs, group_role_t.policies() */
	GROUP_LIST_POLICIES = 0,
	/** how rekeys go, group_role_t.rekeys() */
	GROUP_LIST_REKEYS,
	/** Sender IDs, group_role_t.sids() */
	GROUP_LIST_SIDS,
	/** how replays are found, group_role_t.replay() */
	GROUP_LIST_REPLAY,
	/** refused packets, group_role_t.replay_errors() */
	GROUP_LIST_REPLAY_ERRORS,
	/** what parties can do, group_role_t.features() */
	GROUP_LIST_FEATURES,
};

/**
 * How to load groups.
 */
struct group_load_t {

	/** only find out what would change */
	bool dry_run;

	/** go back to what was in force before unless confirm() is called within
	 *  so many seconds; 0 to load for good. Another load that is not refused
	 *  takes the place of one that waits */
	uint32_t confirm;

	/**
	 * Called per group and role that changes, in the order of the steps; may
	 * be NULL.
	 *
	 * @param user		user data
	 * @param what		"add", "change" or "remove"
	 * @param role		the role's section
	 * @param group		name of the group
	 */
	void (*report)(void *user, const char *what, const char *role,
				   const char *group);

	/**
	 * Called per change that the role tells of, after report(); may be NULL.
	 *
	 * @param user		user data
	 * @param role		the role's section
	 * @param group		name of the group
	 * @param change	change
	 */
	void (*plan)(void *user, const char *role, const char *group,
				 const group_change_t *change);

	/** user data */
	void *user;
};

/**
 * The loaded groups.
 */
struct group_config_t {

	/**
	 * Add a role. Groups that are loaded already are not parsed again; roles
	 * register at plugin load, before the first load().
	 *
	 * @param role		role, valid until removed
	 */
	void (*add_role)(group_config_t *this, group_role_t *role);

	/**
	 * Remove a role, for plugin unload.
	 */
	void (*remove_role)(group_config_t *this, group_role_t *role);

	/**
	 * Replace all groups and ACLs by those of a tree, or change nothing.
	 *
	 * Loading the same tree twice changes nothing the second time.
	 *
	 * @param root		tree with sections "groups" and "acls"; others ignored
	 * @param reader	gets errors and warnings
	 * @param load		how to load; NULL to load for good and report nothing
	 * @return			TRUE if loaded, FALSE if refused (see reader)
	 */
	bool (*load)(group_config_t *this, config_node_t *root,
				 config_reader_t *reader, const group_load_t *load);

	/**
	 * Read the groups and acls sections of swanctl.conf and load them; errors
	 * go to the log.
	 *
	 * @return			TRUE if loaded, FALSE if refused or unreadable
	 */
	bool (*load_file)(group_config_t *this);

	/**
	 * Keep what was loaded with a time to confirm it.
	 *
	 * @return			FALSE if nothing waits to be confirmed
	 */
	bool (*confirm)(group_config_t *this);

	/**
	 * Seconds after which what was in force before is loaded again.
	 *
	 * @return			seconds, at least 1; 0 if nothing waits to be confirmed
	 */
	uint32_t (*get_confirm_in)(group_config_t *this);

	/**
	 * Enumerate loaded groups.
	 *
	 * @return			enumerator over (const group_entry_t*), valid while
	 *					enumerating
	 */
	enumerator_t *(*create_enumerator)(group_config_t *this);

	/**
	 * Let every role describe a loaded group, in sections "gm" and "ks".
	 */
	void (*describe)(group_config_t *this, const char *name,
					 vici_builder_t *builder);

	/**
	 * Let every role list something of a loaded group.
	 *
	 * @param what		what to list
	 * @param name		name of the group
	 * @param row		called per row, "group" and "role" are added already
	 * @param user		data to pass to row
	 */
	void (*list)(group_config_t *this, group_list_t what, const char *name,
				 group_row_cb_t row, void *user);

	/**
	 * Let every role list the lines in force for a loaded group, or what
	 * becomes of a packet.
	 *
	 * @param name		name of the group
	 * @param packet	NULL for a row per line, or a packet for a row per role
	 * @param row		called per row, "group" and "role" are added already
	 * @param user		data to pass to row
	 */
	void (*rules)(group_config_t *this, const char *name,
				  const group_packet_t *packet, group_row_cb_t row, void *user);

	/**
	 * Let every role set counters of a loaded group back to zero.
	 *
	 * @param name		name of the group
	 * @param what		which
	 */
	void (*reset)(group_config_t *this, const char *name, group_reset_t what);

	/**
	 * End all groups and destroy.
	 */
	void (*destroy)(group_config_t *this);
};

/**
 * Create the group configuration, with nothing loaded.
 */
group_config_t *group_config_create();

#endif /** GROUP_CONFIG_H_ @}*/
