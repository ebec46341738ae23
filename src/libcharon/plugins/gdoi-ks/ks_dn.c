/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_dn.h"

#include <asn1/asn1.h>

/** most relative names that are looked at */
#define MAX_RDNS 32

typedef struct rdn_t rdn_t;

/**
 * A type and value of a name, pointing into its DER
 */
struct rdn_t {

	/** object identifier of the type */
	chunk_t oid;

	/** value without its string type */
	chunk_t value;
};

/**
 * Take the next type and value out of a set of them
 */
static bool parse_attribute(chunk_t *set, rdn_t *rdn)
{
	chunk_t pair;

	return asn1_unwrap(set, &pair) == ASN1_SEQUENCE &&
		   asn1_unwrap(&pair, &rdn->oid) == ASN1_OID &&
		   asn1_unwrap(&pair, &rdn->value) != ASN1_INVALID && !pair.len;
}

/**
 * Parse a name.
 *
 * @return				number of types and values, -1 if malformed or too many
 */
static int parse_name(chunk_t dn, rdn_t *rdns)
{
	chunk_t sets, set;
	int count = 0;

	if (asn1_unwrap(&dn, &sets) != ASN1_SEQUENCE || dn.len)
	{
		return -1;
	}
	while (sets.len)
	{
		if (asn1_unwrap(&sets, &set) != ASN1_SET)
		{
			return -1;
		}
		while (set.len)
		{
			if (count == MAX_RDNS || !parse_attribute(&set, &rdns[count++]))
			{
				return -1;
			}
		}
	}
	return count;
}

/**
 * Does a part of a name match one of a pattern?
 */
static bool rdn_matches(rdn_t *rdn, rdn_t *pattern)
{
	if (!chunk_equals(rdn->oid, pattern->oid))
	{
		return FALSE;
	}
	if (chunk_equals(pattern->value, chunk_from_chars('*')))
	{
		return TRUE;
	}
	return rdn->value.len == pattern->value.len &&
		   strncasecmp((char*)rdn->value.ptr, (char*)pattern->value.ptr,
					   rdn->value.len) == 0;
}

/**
 * Find a part that matches and isn't taken, and take it
 */
static bool take_match(rdn_t *rdns, int count, uint32_t *taken, rdn_t *pattern)
{
	int i;

	for (i = 0; i < count; i++)
	{
		if (!(*taken & (1U << i)) && rdn_matches(&rdns[i], pattern))
		{
			*taken |= 1U << i;
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Is a part's value the wildcard?
 */
static bool is_wildcard(rdn_t *rdn)
{
	return chunk_equals(rdn->value, chunk_from_chars('*'));
}

/*
 * Described in header
 */
bool ks_dn_matches(chunk_t dn, chunk_t pattern, bool more)
{
	rdn_t rdns[MAX_RDNS], wanted[MAX_RDNS];
	int count, patterns, pass, i;
	uint32_t taken = 0;

	count = parse_name(dn, rdns);
	patterns = parse_name(pattern, wanted);
	if (count < 0 || patterns < 0 || patterns > count ||
		(!more && patterns != count))
	{
		return FALSE;
	}
	/* exact values first, so that a wildcard doesn't take what they need */
	for (pass = 0; pass < 2; pass++)
	{
		for (i = 0; i < patterns; i++)
		{
			if (is_wildcard(&wanted[i]) == (pass == 1) &&
				!take_match(rdns, count, &taken, &wanted[i]))
			{
				return FALSE;
			}
		}
	}
	return TRUE;
}
