/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_config_tek.h"

#include <crypto/proposal/proposal.h>

/** range of the lifetime in milliseconds */
#define LIFETIME_MIN (5 * 1000ULL)
#define LIFETIME_MAX (30 * 24 * 3600 * 1000ULL)

/** lifetimes up to this are advised against in seconds, KS-013 */
#define LIFETIME_SHORT 900

/** octets of a SAT with its attributes, without the addresses */
#define SAT_OCTETS 48

/** longest name of a TEK */
#define NAME_MAX_LEN 64

/** what is advised as proposal */
#define PROPOSAL_DEFAULT "aes256-sha256"

/**
 * Take the single algorithm of a kind out of a proposal
 */
static bool get_single(proposal_t *proposal, transform_type_t type,
					   uint16_t *alg, uint16_t *bits)
{
	enumerator_t *enumerator;
	uint16_t next, size;
	int count = 0;

	enumerator = proposal->create_enumerator(proposal, type);
	while (enumerator->enumerate(enumerator, &next, &size))
	{
		*alg = next;
		*bits = size;
		count++;
	}
	enumerator->destroy(enumerator);
	return count == 1;
}

/**
 * Is there an algorithm other than one cipher and one integrity algorithm?
 */
static bool has_others(proposal_t *proposal)
{
	uint16_t alg, bits;

	return proposal->get_algorithm(proposal, KEY_EXCHANGE_METHOD, &alg,
								   &bits) ||
		   (proposal->get_algorithm(proposal, EXTENDED_SEQUENCE_NUMBERS, &alg,
									&bits) && alg != NO_EXT_SEQ_NUMBERS);
}

/**
 * Is a cipher AES-GCM, the counter mode that groups may have, with Sender IDs
 * (RFC 6054)?
 */
static bool is_gcm(encryption_algorithm_t encr)
{
	return encr == ENCR_AES_GCM_ICV8 || encr == ENCR_AES_GCM_ICV12 ||
		   encr == ENCR_AES_GCM_ICV16;
}

/**
 * Check the algorithms of a proposal and take them over.
 *
 * @return				what is wrong, NULL if nothing
 */
static const char *set_algorithms(ks_config_tek_t *tek, proposal_t *proposal)
{
	uint16_t encr = ENCR_UNDEFINED, integ = AUTH_UNDEFINED, bits = 0, unused;
	bool ciphers, integs;

	ciphers = get_single(proposal, ENCRYPTION_ALGORITHM, &encr, &bits);
	integs = get_single(proposal, INTEGRITY_ALGORITHM, &integ, &unused);
	if (!ciphers || integs == is_gcm(encr) || has_others(proposal))
	{
		return "is not one cipher and one integrity algorithm, or one of "
			   "AES-GCM (write e.g. " PROPOSAL_DEFAULT ")";
	}
	if (encr == ENCR_NULL || encr == ENCR_DES ||
		(group_tek_is_counter_mode(encr) && !is_gcm(encr)) ||
		!group_tek_encr_key_len(encr, bits) ||
		(integs && !group_tek_integ_key_len(integ)))
	{
		return "has an algorithm that a group can't use (write e.g. "
			   PROPOSAL_DEFAULT ")";
	}
	tek->encr = encr;
	tek->encr_bits = encr == ENCR_3DES ? 0 : bits;
	tek->integ = integ;
	return NULL;
}

/**
 * Parse the proposal
 */
static void parse_proposal(ks_config_tek_t *tek, config_node_t *node,
						   config_reader_t *reader)
{
	const char *text, *wrong;
	proposal_t *proposal;

	text = reader->get_str(reader, node, "esp_proposals", PROPOSAL_DEFAULT);
	node = node->get_child(node, "esp_proposals") ?: node;
	if (strchr(text, ','))
	{
		reader->error(reader, node, "\"%s\" are several proposals (write the "
					  "one that all members are to use)", text);
		return;
	}
	proposal = proposal_create_from_string(PROTO_ESP, text);
	if (!proposal)
	{
		reader->error(reader, node, "\"%s\" is not an ESP proposal (write e.g. "
					  PROPOSAL_DEFAULT ")", text);
		return;
	}
	wrong = set_algorithms(tek, proposal);
	if (wrong)
	{
		reader->error(reader, node, "\"%s\" %s", text, wrong);
	}
	proposal->destroy(proposal);
}

/**
 * Has an access list a line that permits?
 */
static bool has_permit(group_acl_t *acl)
{
	enumerator_t *enumerator;
	const group_ace_t *ace;
	bool found = FALSE;

	enumerator = acl->create_enumerator(acl);
	while (!found && enumerator->enumerate(enumerator, &ace))
	{
		found = ace->action == GROUP_ACE_PERMIT;
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Check that an access list has traffic for a TEK to protect
 */
static void check_acl(group_acl_t *acl, config_node_t *node,
					  config_reader_t *reader)
{
	const char *name = node->get_value(node);

	if (!acl->get_count(acl))
	{
		reader->error(reader, node, "\"%s\" is an empty access list (write a "
					  "line such as 10 = permit ip 10.1.0.0/16 10.1.0.0/16 "
					  "in acls.%s)", name, name);
	}
	else if (!has_permit(acl))
	{
		reader->error(reader, node, "\"%s\" has no line with permit, so there "
					  "is nothing to protect (add a line such as 90 = permit "
					  "ip 10.1.0.0/16 10.1.0.0/16 to acls.%s)", name, name);
	}
}

/**
 * Find the access list
 */
static void parse_acl(ks_config_tek_t *tek, config_node_t *node,
					  config_reader_t *reader, group_acl_lookup_t acls,
					  void *user)
{
	const char *name;

	name = reader->get_str(reader, node, "acl", NULL);
	if (!name)
	{
		if (!node->get_child(node, "acl"))
		{
			reader->missing(reader, node, "acl", "write the name of a section "
							"in acls");
		}
		return;
	}
	node = node->get_child(node, "acl");
	tek->acl = acls(user, name);
	if (!tek->acl)
	{
		reader->error(reader, node, "\"%s\" is not an access list (write the "
					  "name of a section in acls)", name);
		return;
	}
	check_acl(tek->acl, node, reader);
}

/*
 * Described in header
 */
ks_config_tek_t *ks_config_tek_parse(config_node_t *node,
									 config_reader_t *reader,
									 group_acl_lookup_t acls, void *user)
{
	u_int errors = reader->errors(reader);
	ks_config_tek_t *tek;

	INIT(tek,
		.name = strdup(node->get_name(node)),
	);
	if (strlen(tek->name) > NAME_MAX_LEN)
	{
		reader->error(reader, node, "is too long a name (write at most %d "
					  "letters)", NAME_MAX_LEN);
	}
	parse_acl(tek, node, reader, acls, user);
	parse_proposal(tek, node, reader);
	tek->lifetime = reader->get_time(reader, node, "lifetime",
									 KS_TEK_LIFETIME_DEFAULT * 1000ULL,
									 LIFETIME_MIN, LIFETIME_MAX) / 1000;
	if (tek->lifetime <= LIFETIME_SHORT)
	{
		reader->warn(reader, node, "lifetime of %u s is short, more than %d s "
					 "are advised", tek->lifetime, LIFETIME_SHORT);
	}
	if (reader->errors(reader) > errors)
	{
		ks_config_tek_destroy(tek);
		return NULL;
	}
	return tek;
}

/*
 * Described in header
 */
size_t ks_config_tek_octets(ks_config_tek_t *tek)
{
	enumerator_t *enumerator;
	const group_ace_t *ace;
	size_t octets = 0;

	enumerator = tek->acl->create_enumerator(tek->acl);
	while (enumerator->enumerate(enumerator, &ace))
	{
		if (ace->action != GROUP_ACE_PERMIT)
		{
			continue;
		}
		octets += SAT_OCTETS + (ace->family == AF_INET ? 16 : 64);
		if (ace->family == AF_UNSPEC)
		{	/* takes one SAT per family */
			octets += SAT_OCTETS + 16;
		}
	}
	enumerator->destroy(enumerator);
	return octets;
}

/*
 * Described in header
 */
bool ks_config_tek_equals(ks_config_tek_t *a, ks_config_tek_t *b)
{
	return streq(a->name, b->name) && a->encr == b->encr &&
		   a->encr_bits == b->encr_bits && a->integ == b->integ &&
		   a->lifetime == b->lifetime && a->direction == b->direction &&
		   a->replay == b->replay && a->replay_window == b->replay_window &&
		   a->layout == b->layout && a->acl->equals(a->acl, b->acl);
}

/*
 * Described in header
 */
void ks_config_tek_destroy(ks_config_tek_t *tek)
{
	DESTROY_IF(tek->acl);
	free(tek->name);
	free(tek);
}
