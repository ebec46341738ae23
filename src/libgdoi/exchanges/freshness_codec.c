/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "freshness_codec.h"
#include "../payloads/gdoi_reader.h"

/**
 * Check D3P's values, the same way for what is sent and what came.
 */
static bool check_d3p(uint32_t type, uint32_t window, char **reason)
{
	if (!d3p_type_is_known(type))
	{
		return gdoi_refuse(reason, "D3P_TYPE %u is not known", type);
	}
	if (!window || window > D3P_WINDOW_MAX)
	{
		return gdoi_refuse(reason, "D3P_WINDOWSIZE of %u ms is not from 1 to "
						   "%u", window, D3P_WINDOW_MAX);
	}
	return TRUE;
}

/**
 * Check a pseudotime.
 */
static bool check_pseudotime(const group_pseudotime_t *time, char **reason)
{
	return pseudotime_is_valid(time) ||
		   gdoi_refuse(reason, "PSEUDOTIME has ticks of %u ms, not from %u to "
					   "%u", time->tick_ms, PSEUDOTIME_TICK_MIN,
					   PSEUDOTIME_TICK_MAX);
}

/**
 * Check the number of packets of a window.
 */
static bool check_packets(uint32_t packets, char **reason)
{
	return (packets && packets <= GROUP_REPLAY_PACKETS_MAX) ||
		   gdoi_refuse(reason, "replay window of %u packets is not from 1 to "
					   "%u", packets, GROUP_REPLAY_PACKETS_MAX);
}

/**
 * Check the seconds of a window.
 */
static bool check_seconds(uint32_t seconds, char **reason)
{
	return (seconds >= PSEUDOTIME_WINDOW_MIN &&
			seconds <= PSEUDOTIME_WINDOW_MAX) ||
		   gdoi_refuse(reason, "replay window of %u s is not from %u to %u",
					   seconds, PSEUDOTIME_WINDOW_MIN, PSEUDOTIME_WINDOW_MAX);
}

/**
 * D3P and pseudotime exclude each other, D3P-011.
 */
static bool refuse_both(char **reason)
{
	return gdoi_refuse(reason, "D3P and PSEUDOTIME are there at once");
}

bool gdoi_freshness_is_told(group_policy_t *policy)
{
	enumerator_t *enumerator;
	uint32_t window;
	group_tek_t *tek;
	uint8_t type;
	bool told;

	told = policy->get_d3p(policy, &type, &window);
	enumerator = policy->create_tek_enumerator(policy);
	while (!told && enumerator->enumerate(enumerator, &tek))
	{
		told = tek->get(tek)->replay != GROUP_REPLAY_NONE;
	}
	enumerator->destroy(enumerator);
	return told;
}

bool gdoi_freshness_write_gap(group_policy_t *policy, gdoi_gap_t *gap,
							  char **reason)
{
	group_pseudotime_t time;
	uint32_t window;
	uint8_t type;

	if (policy->get_d3p(policy, &type, &window))
	{
		if (!check_d3p(type, window, reason))
		{
			return FALSE;
		}
		gap->has_d3p_type = gap->has_d3p_window = TRUE;
		gap->d3p_type = type;
		gap->d3p_window = window;
	}
	if (policy->get_pseudotime(policy, &time))
	{
		if (gap->has_d3p_type)
		{
			return refuse_both(reason);
		}
		if (!check_pseudotime(&time, reason))
		{
			return FALSE;
		}
		gap->has_pseudotime = TRUE;
		gap->epoch = time.epoch;
		gap->ticks = time.ticks;
		gap->tick_ms = time.tick_ms;
	}
	return TRUE;
}

/**
 * Put pseudotime's method and window into a SAT.
 */
static bool write_time(group_policy_t *policy, uint32_t window,
					   gdoi_sat_t *sat, char **reason)
{
	group_pseudotime_t time;

	if (!policy->get_pseudotime(policy, &time))
	{
		return gdoi_refuse(reason, "a TEK has time based replay protection, "
						   "but the policy has no pseudotime");
	}
	if (window % 1000)
	{
		return gdoi_refuse(reason, "replay window of %u ms has no whole "
						   "seconds", window);
	}
	sat->replay_method = GDOI_REPLAY_TIME;
	sat->replay_window = window / 1000;
	return check_seconds(sat->replay_window, reason);
}

/**
 * Put D3P's method into a SAT.
 */
static bool write_d3p(group_policy_t *policy, gdoi_sat_t *sat, char **reason)
{
	uint32_t window;
	uint8_t type;

	if (!policy->get_d3p(policy, &type, &window))
	{
		return gdoi_refuse(reason, "a TEK has D3P, but the policy has not");
	}
	sat->replay_method = GDOI_REPLAY_D3P;
	return TRUE;
}

bool gdoi_freshness_write_sat(group_policy_t *policy,
							  const group_tek_data_t *tek, gdoi_sat_t *sat,
							  char **reason)
{
	if (!gdoi_freshness_is_told(policy))
	{
		return TRUE;
	}
	switch (tek->replay)
	{
		case GROUP_REPLAY_COUNTER:
			sat->replay_method = GDOI_REPLAY_COUNTER;
			sat->replay_window = tek->replay_window;
			return check_packets(tek->replay_window, reason);
		case GROUP_REPLAY_TIME:
			return write_time(policy, tek->replay_window, sat, reason);
		case GROUP_REPLAY_D3P:
			return write_d3p(policy, sat, reason);
		case GROUP_REPLAY_NONE:
		default:
			sat->replay_method = GDOI_REPLAY_NONE;
			return TRUE;
	}
}

/**
 * Take D3P and pseudotime of a GAP.
 */
static bool read_gap(const gdoi_gap_t *gap, group_policy_t *policy,
					 char **reason)
{
	group_pseudotime_t time = { gap->epoch, gap->ticks, gap->tick_ms };

	if (gap->has_d3p_type != gap->has_d3p_window)
	{
		return gdoi_refuse(reason, "GAP has only one of D3P_TYPE and "
						   "D3P_WINDOWSIZE");
	}
	if (gap->has_d3p_type)
	{
		if (gap->has_pseudotime)
		{
			return refuse_both(reason);
		}
		if (!check_d3p(gap->d3p_type, gap->d3p_window, reason))
		{
			return FALSE;
		}
		policy->set_d3p(policy, (uint8_t)gap->d3p_type, gap->d3p_window);
	}
	if (gap->has_pseudotime)
	{
		if (!check_pseudotime(&time, reason))
		{
			return FALSE;
		}
		policy->set_pseudotime(policy, &time);
	}
	return TRUE;
}

bool gdoi_freshness_read_sa(const gdoi_sa_t *sa, group_policy_t *policy,
							char **reason)
{
	for (u_int i = 1; i < sa->sat_count; i++)
	{
		if (!sa->sats[i].replay_method != !sa->sats[0].replay_method)
		{
			return gdoi_refuse(reason, "some SATs have a REPLAY_METHOD, "
							   "others have none");
		}
	}
	return !sa->has_gap || read_gap(&sa->gap, policy, reason);
}

/**
 * Take the window of a SAT, whose method has one.
 */
static bool read_windowed(const gdoi_sat_t *sat, group_policy_t *policy,
						  group_tek_data_t *tek, char **reason)
{
	group_pseudotime_t time;

	if (sat->replay_method == GDOI_REPLAY_COUNTER)
	{
		tek->replay = GROUP_REPLAY_COUNTER;
		tek->replay_window = sat->replay_window;
		return check_packets(sat->replay_window, reason);
	}
	if (!policy->get_pseudotime(policy, &time))
	{
		return gdoi_refuse(reason, "SAT has time based replay protection, but "
						   "there is no PSEUDOTIME");
	}
	if (!check_seconds(sat->replay_window, reason))
	{
		return FALSE;
	}
	tek->replay = GROUP_REPLAY_TIME;
	tek->replay_window = sat->replay_window * 1000;
	return TRUE;
}

bool gdoi_freshness_read_sat(const gdoi_sat_t *sat, group_policy_t *policy,
							 group_tek_data_t *tek, char **reason)
{
	uint32_t window, method = sat->replay_method;
	uint8_t type;

	if (method == GDOI_REPLAY_COUNTER || method == GDOI_REPLAY_TIME)
	{
		return read_windowed(sat, policy, tek, reason);
	}
	if (sat->replay_window)
	{
		return gdoi_refuse(reason, "SAT has a REPLAY_WINDOW, but no method "
						   "that takes one");
	}
	tek->replay = GROUP_REPLAY_NONE;
	tek->replay_window = 0;
	if (method == GDOI_REPLAY_NONE)
	{
		return TRUE;
	}
	if (method && method != GDOI_REPLAY_D3P)
	{
		return gdoi_refuse(reason, "SAT has the unknown REPLAY_METHOD %u",
						   method);
	}
	if (policy->get_d3p(policy, &type, &window))
	{
		tek->replay = GROUP_REPLAY_D3P;
		tek->replay_window = window;
		return TRUE;
	}
	return !method || gdoi_refuse(reason, "SAT has D3P, but the GAP has not");
}
