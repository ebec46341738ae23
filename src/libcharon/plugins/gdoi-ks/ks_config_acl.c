/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_config_acl.h"

#include <exchanges/acl_codec.h>

ENUM(ks_deny_names, KS_DENY_REFUSE, KS_DENY_IGNORE,
	"refuse",
	"ignore",
);

typedef struct lines_t lines_t;

/**
 * All lines in the order in which packets are matched with them
 */
struct lines_t {

	/** lines, owned by the lists */
	const group_ace_t **aces;

	/** for each line the first one before it that has all of its packets,
	 *  else its own index */
	u_int *covered;

	/** number of lines */
	u_int count;
};

/**
 * Does a line match all packets that another one matches?
 */
static bool covers(const group_ace_t *wide, const group_ace_t *narrow)
{
	return wide->src.prefix <= narrow->src.prefix &&
		   wide->dst.prefix <= narrow->dst.prefix &&
		   wide->src.port_hi >= narrow->src.port_hi &&
		   wide->dst.port_hi >= narrow->dst.port_hi &&
		   group_ace_matches(wide, narrow->protocol, narrow->family,
							 narrow->src.addr, narrow->dst.addr,
							 narrow->src.port_lo, narrow->dst.port_lo);
}

/**
 * Index of the first line that has all packets of a line
 */
static u_int find_cover(const lines_t *lines, u_int index)
{
	u_int i;

	for (i = 0; i < index; i++)
	{
		if (covers(lines->aces[i], lines->aces[index]))
		{
			break;
		}
	}
	return i;
}

/**
 * Put the lines of all TEKs one after the other
 */
static void collect_lines(lines_t *lines, linked_list_t *teks, u_int count)
{
	enumerator_t *outer, *inner;
	ks_config_tek_t *tek;
	group_ace_t *ace;

	lines->aces = calloc(count + 1, sizeof(*lines->aces));
	lines->covered = calloc(count + 1, sizeof(*lines->covered));
	outer = teks->create_enumerator(teks);
	while (outer->enumerate(outer, &tek))
	{
		inner = tek->acl->create_enumerator(tek->acl);
		while (inner->enumerate(inner, &ace) && lines->count < count)
		{
			lines->aces[lines->count] = ace;
			lines->covered[lines->count] = find_cover(lines, lines->count);
			lines->count++;
		}
		inner->destroy(inner);
	}
	outer->destroy(outer);
}

/**
 * Does a deny line keep packets from a later line that permits?
 */
static bool deny_matters(const lines_t *lines, u_int deny)
{
	const group_ace_t *line = lines->aces[deny];
	u_int i;

	if (lines->covered[deny] != deny)
	{	/* no packet gets that far */
		return FALSE;
	}
	for (i = deny + 1; i < lines->count; i++)
	{
		if (lines->aces[i]->action == GROUP_ACE_PERMIT &&
			lines->covered[i] >= deny &&
			group_ace_overlaps(line, lines->aces[i]))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Look for deny lines, and for those that make a difference
 */
static void find_denies(ks_config_acl_t *acl, linked_list_t *teks)
{
	lines_t lines = {};
	u_int i;

	collect_lines(&lines, teks, acl->used);
	for (i = 0; i < lines.count; i++)
	{
		if (lines.aces[i]->action == GROUP_ACE_DENY)
		{
			acl->has_deny = TRUE;
			acl->matters = acl->matters || deny_matters(&lines, i);
		}
	}
	free(lines.aces);
	free(lines.covered);
}

/**
 * Shorten the list of a TEK
 */
static void shorten(ks_config_tek_t *tek, u_int count)
{
	group_acl_t *acl = group_acl_create();
	enumerator_t *enumerator;
	group_ace_t *ace;

	enumerator = tek->acl->create_enumerator(tek->acl);
	while (count-- && enumerator->enumerate(enumerator, &ace))
	{
		acl->add(acl, ace);
	}
	enumerator->destroy(enumerator);
	tek->acl->destroy(tek->acl);
	tek->acl = acl;
}

/**
 * Count the lines, and use no more than there may be
 *
 * @param limit			how many lines there may be
 * @return				a TEK that is left without lines, NULL if none is
 */
static ks_config_tek_t *apply_limit(ks_config_acl_t *acl, linked_list_t *teks,
									u_int limit)
{
	ks_config_tek_t *tek, *empty = NULL;
	enumerator_t *enumerator;
	u_int count, room;

	enumerator = teks->create_enumerator(teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		count = tek->acl->get_count(tek->acl);
		room = limit - acl->used;
		if (count > room)
		{
			shorten(tek, room);
		}
		if (!room)
		{
			empty = tek;
		}
		acl->lines += count;
		acl->used += min(count, room);
	}
	enumerator->destroy(enumerator);
	return empty;
}

/**
 * Octets that all lines take, as SATs and as lines of POLICY_ACL
 */
static void count_octets(linked_list_t *teks, size_t *sats, size_t *lines)
{
	enumerator_t *enumerator;
	ks_config_tek_t *tek;

	*sats = *lines = 0;
	enumerator = teks->create_enumerator(teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		*sats += ks_config_tek_octets(tek);
		*lines += gdoi_acl_octets(tek->acl);
	}
	enumerator->destroy(enumerator);
}

/**
 * Check the number of lines
 */
static void check_lines(ks_config_acl_t *acl, ks_config_tek_t *empty,
						config_node_t *teks, config_reader_t *reader)
{
	if (!acl->limit && acl->lines > KS_ACL_LINES_MAX)
	{
		reader->error(reader, teks, "have access lists of %u lines, %d are "
					  "possible (summarize the lines, or write acl_limit = %d "
					  "to use only the first ones)", acl->lines,
					  KS_ACL_LINES_MAX, KS_ACL_LINES_MAX);
	}
	else if (empty)
	{
		reader->error(reader, teks, "have access lists of %u lines, so that "
					  "acl_limit = %u leaves none to TEK %s (write a larger "
					  "acl_limit, or fewer lines)", acl->lines, acl->limit,
					  empty->name);
	}
	else if (ks_config_acl_is_cut(acl))
	{
		reader->warn(reader, teks, "have access lists of %u lines, of which "
					 "only the first %u are used (see acl_limit)", acl->lines,
					 acl->used);
	}
}

/**
 * Check the room that the lines take
 */
static void check_room(ks_config_acl_t *acl, linked_list_t *list,
					   config_node_t *teks, config_reader_t *reader)
{
	size_t sats, lines;

	count_octets(list, &sats, &lines);
	acl->fits = sats <= KS_TEK_OCTETS_MAX;
	if (lines > KS_ACL_OCTETS_MAX)
	{
		reader->error(reader, teks, "have access lists of %zu octets, %d fit "
					  "into a registration (summarize the lines; a line with "
					  "any twice counts for both families)", lines,
					  KS_ACL_OCTETS_MAX);
	}
	else if (!acl->fits)
	{
		reader->warn(reader, teks, "have too many lines for members that only "
					 "speak RFC 6407, they are refused (about %d IPv4 or %d "
					 "IPv6 lines fit)", KS_TEK_OCTETS_MAX / 64,
					 KS_TEK_OCTETS_MAX / 112);
	}
}

/*
 * Described in header
 */
void ks_config_acl_parse(ks_config_acl_t *acl, linked_list_t *teks,
						 config_node_t *node, config_reader_t *reader,
						 bool multicast)
{
	config_node_t *section = node->get_child(node, "teks") ?: node;
	ks_config_tek_t *empty;

	*acl = (ks_config_acl_t){
		.deny = reader->get_word(reader, node, "deny_lines", ks_deny_names,
								 KS_DENY_REFUSE),
		.limit = reader->get_int(reader, node, "acl_limit", 0, 1,
								 KS_ACL_LINES_MAX),
	};
	empty = apply_limit(acl, teks, acl->limit ?: UINT_MAX);
	check_lines(acl, empty, section, reader);
	if (acl->lines > KS_ACL_LINES_MAX && !acl->limit)
	{
		return;
	}
	check_room(acl, teks, section, reader);
	find_denies(acl, teks);
	if (acl->deny == KS_DENY_IGNORE && acl->matters && multicast)
	{
		reader->error(reader, node->get_child(node, "deny_lines"), "\"ignore\" "
					  "is not possible with multicast rekeys, which are the "
					  "same for all members (write refuse, or leave "
					  "rekey.address out)");
	}
}

/*
 * Described in header
 */
ks_told_t ks_config_acl_told(const ks_config_acl_t *acl, ks_peer_t peer)
{
	if (peer == KS_PEER_NATIVE)
	{
		return KS_TOLD_ALL;
	}
	if (!acl->fits)
	{
		return KS_TOLD_NOT;
	}
	if (!acl->matters)
	{
		return KS_TOLD_ALL;
	}
	return acl->deny == KS_DENY_IGNORE ? KS_TOLD_PERMITS : KS_TOLD_NOT;
}

/*
 * Described in header
 */
group_acl_form_t ks_config_acl_form(const ks_config_acl_t *acl, ks_peer_t peer)
{
	if (peer == KS_PEER_NATIVE && (acl->has_deny || !acl->fits))
	{
		return GROUP_ACL_LISTS;
	}
	return acl->has_deny ? GROUP_ACL_PERMITS : GROUP_ACL_STRICT;
}

/*
 * Described in header
 */
bool ks_config_acl_is_cut(const ks_config_acl_t *acl)
{
	return acl->used < acl->lines;
}

/*
 * Described in header
 */
bool ks_config_acl_equals(const ks_config_acl_t *a, const ks_config_acl_t *b)
{
	return a->deny == b->deny && a->limit == b->limit && a->lines == b->lines;
}
