/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_unable.h"
#include "ks_roll.h"

#include <transport/gdoi_vendor_id.h>

/** room for a printed identity */
#define ID_TEXT_LEN 256

/** members that are named at most */
#define NAMES_MAX 5

/**
 * What goes through all members
 */
typedef struct {
	/** members */
	ks_members_t *members;
	/** methods that they have to be able to do, as flags */
	u_int replays;
	/** those that can't */
	u_int count;
	/** the first of them, as text */
	char names[NAMES_MAX * (KS_ROLL_ADDRESS_LEN + 2)];
	/** group and log, if they are to be removed */
	const char *group;
	gdoi_log_t *log;
} sweep_t;

/**
 * What the setting of a configuration is called
 */
static const char *get_key(ks_config_t *config)
{
	return config->freshness.replay == GROUP_REPLAY_D3P ? "d3p_window"
														: "replay";
}

/*
 * Described in header
 */
bool ks_unable(uint8_t features, group_replay_t replay)
{
	switch (replay)
	{
		case GROUP_REPLAY_TIME:
		case GROUP_REPLAY_D3P:
			return ks_peer(features) != KS_PEER_NATIVE ||
				   !(features & GDOI_FEATURE_FRESHNESS);
		case GROUP_REPLAY_COUNTER:
			return ks_peer(features) != KS_PEER_NATIVE;
		case GROUP_REPLAY_NONE:
			break;
	}
	return FALSE;
}

/*
 * Described in header
 */
bool ks_unable_any(uint8_t features, u_int replays)
{
	group_replay_t replay;

	for (replay = GROUP_REPLAY_NONE; replay <= GROUP_REPLAY_D3P; replay++)
	{
		if ((replays & (1 << replay)) && ks_unable(features, replay))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/*
 * Described in header
 */
bool ks_unable_policy(uint8_t features, group_policy_t *policy)
{
	group_pseudotime_t time;
	enumerator_t *enumerator;
	group_tek_t *tek;
	u_int replays = 0;

	if (policy->get_pseudotime(policy, &time))
	{
		replays |= 1 << GROUP_REPLAY_TIME;
	}
	enumerator = policy->create_tek_enumerator(policy);
	while (enumerator->enumerate(enumerator, &tek))
	{
		replays |= 1 << tek->get(tek)->replay;
	}
	enumerator->destroy(enumerator);
	return ks_unable_any(features, replays);
}

/*
 * Described in header
 */
u_int ks_unable_replays(ks_config_t *config)
{
	enumerator_t *enumerator;
	ks_config_tek_t *tek;
	u_int replays = 0;

	enumerator = config->teks->create_enumerator(config->teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		replays |= 1 << tek->replay;
	}
	enumerator->destroy(enumerator);
	return replays;
}

/*
 * Described in header
 */
bool ks_unable_admit(ks_config_t *config, u_int replays,
					 gdoi_phase1_t *phase1, gdoi_log_t *log)
{
	const char *group = config->group.name;
	char id[ID_TEXT_LEN];
	host_t *host;

	replays |= ks_unable_replays(config);
	if (!ks_unable_any(phase1->get_features(phase1), replays))
	{
		return TRUE;
	}
	ks_authorizer_print_id(phase1->get_other_id(phase1), id, sizeof(id));
	host = phase1->get_other_host(phase1);
	log->log(log, 3, "KS_FRESHNESS_UNSUPPORTED", group, id, "Registration of "
			 "%s (%H) to group %s is refused: it can't do the group's replay "
			 "protection (see %s)", id, host, group, get_key(config));
	host->destroy(host);
	return FALSE;
}

/**
 * Count and name a member that is not able; implements the callback of
 * ks_roll_each()
 */
static void look_at(void *user, const ks_target_t *target)
{
	char peer[KS_ROLL_ADDRESS_LEN];
	sweep_t *this = user;
	size_t len = strlen(this->names);

	if (ks_unable_any(target->features, this->replays) &&
		this->count++ < NAMES_MAX)
	{
		snprintf(this->names + len, sizeof(this->names) - len, "%s%s",
				 len ? ", " : "", ks_roll_print(target, peer));
	}
}

/**
 * Does every member get what is sent, whether it is on the list or not?
 */
static bool is_multicast(ks_config_t *config)
{
	return config->rekey && config->rekey->address;
}

/**
 * Refuse a change that some members can't follow
 *
 * @param remedy		what else may be written
 */
static void refuse_unable(sweep_t *sweep, ks_config_t *config,
						  const char *remedy, config_node_t *node,
						  config_reader_t *reader)
{
	char more[32] = "";

	if (sweep->count > NAMES_MAX)
	{
		snprintf(more, sizeof(more), " and %u more",
				 sweep->count - NAMES_MAX);
	}
	reader->error(reader, node, "\"%s\" is not possible for %u registered "
				  "member%s: %s%s (see gdoictl features %s --missing, or %s)",
				  node->get_value(node) ?: "", sweep->count,
				  sweep->count == 1 ? "" : "s", sweep->names, more,
				  config->freshness.replay == GROUP_REPLAY_D3P ? "ip-d3p" :
				  config->freshness.replay == GROUP_REPLAY_TIME ? "tbar" :
				  "counter", remedy);
}

/**
 * Check that another kind of header can be told: D3P-011
 */
static void check_switch(ks_config_t *running, ks_config_t *config,
						 config_node_t *node, config_reader_t *reader)
{
	if (!(running->kek && config->kek) &&
		ks_replay_excludes(running->freshness.replay,
						   ks_config_freshness_layout(&running->freshness),
						   config->freshness.replay,
						   ks_config_freshness_layout(&config->freshness)))
	{
		reader->error(reader, node, "\"%s\" needs a rekey that replaces all "
					  "keys, which the group can't send (have none first, "
					  "until the keys end)", node->get_value(node) ?: "");
	}
}

/*
 * Described in header
 */
void ks_unable_check(ks_members_t *members, ks_config_t *running,
					 ks_config_t *config, config_node_t *node,
					 config_reader_t *reader)
{
	sweep_t sweep = {
		.replays = ks_unable_replays(config) & ~ks_unable_replays(running),
	};
	u_int count = members->get_count(members);

	if (reader->is_unattended(reader))
	{
		return;
	}
	node = node->get_child(node, get_key(config)) ?: node;
	check_switch(running, config, node, reader);
	if (config->freshness.unsupported == KS_UNSUPPORTED_REFUSE ||
		is_multicast(running))
	{
		ks_roll_each(members, look_at, &sweep);
		if (sweep.count)
		{
			refuse_unable(&sweep, config, is_multicast(running)
						  ? "stop them, as multicast reaches all"
						  : "write freshness_unsupported = exclude", node,
						  reader);
		}
	}
	if (config->freshness.counter && !running->freshness.counter &&
		count > KS_COUNTER_MEMBERS_MAX)
	{	/* GM-023 */
		reader->error(reader, node, "\"counter\" works with at most %d members "
					  "that send, and %u are registered (write time, which "
					  "needs no count)", KS_COUNTER_MEMBERS_MAX, count);
	}
}

/**
 * Remove a member that is not able; implements the callback of ks_roll_each()
 */
static void leave_out(void *user, const ks_target_t *target)
{
	char peer[KS_ROLL_ADDRESS_LEN];
	sweep_t *this = user;

	if (!ks_unable_any(target->features, this->replays))
	{
		return;
	}
	this->count++;
	free(this->members->remove(this->members, target->number));
	ks_roll_print(target, peer);
	this->log->log(this->log, 3, "KS_FRESHNESS_UNSUPPORTED", this->group, peer,
				   "Member %s of group %s is removed: it can't do the group's "
				   "replay protection (see freshness_unsupported)", peer,
				   this->group);
}

/*
 * Described in header
 */
u_int ks_unable_leave_out(ks_members_t *members, ks_config_t *told,
						  ks_config_t *config, gdoi_log_t *log)
{
	sweep_t sweep = {
		.members = members,
		.replays = ks_unable_replays(config) & ~ks_unable_replays(told),
		.group = config->group.name,
		.log = log,
	};

	if (sweep.replays)
	{
		ks_roll_each(members, leave_out, &sweep);
	}
	return sweep.count;
}

/**
 * Count a member that is not able; implements the callback of ks_roll_each()
 */
static void count_unable(void *user, const ks_target_t *target)
{
	sweep_t *this = user;

	this->count += ks_unable_any(target->features, this->replays);
}

/*
 * Described in header
 */
u_int ks_unable_count(ks_members_t *members, u_int replays)
{
	sweep_t sweep = {
		.replays = replays,
	};

	if (replays & ~(1 << GROUP_REPLAY_NONE))
	{
		ks_roll_each(members, count_unable, &sweep);
	}
	return sweep.count;
}
