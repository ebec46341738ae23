/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_authorizer.h"
#include "ks_dn.h"

#include <collections/array.h>
#include <config/config_text.h>
#include <networking/host.h>

#include <arpa/inet.h>

/** most rules of a list */
#define MAX_RULES 1024

typedef struct private_ks_authorizer_t private_ks_authorizer_t;
typedef struct rule_t rule_t;

/**
 * A rule of either list
 */
struct rule_t {

	/** text as configured, to compare */
	char *text;

	/** admits what it matches */
	bool permit;

	/** pattern for addresses: network, NULL for any */
	host_t *net;

	/** length of the network's prefix */
	int prefix;

	/** pattern for identities, NULL for any */
	identification_t *id;

	/** distinguished names may have more parts than the pattern */
	bool more;
};

/**
 * Private data
 */
struct private_ks_authorizer_t {

	/**
	 * Public interface
	 */
	ks_authorizer_t public;

	/**
	 * Rules for addresses, rule_t*
	 */
	array_t *addresses;

	/**
	 * Rules for other identities, rule_t*
	 */
	array_t *identities;
};

/**
 * Destroy a rule
 */
static void rule_destroy(rule_t *rule)
{
	DESTROY_IF(rule->net);
	DESTROY_IF(rule->id);
	free(rule->text);
	free(rule);
}

/**
 * Start a rule: takes the action off, sets the pattern
 */
static rule_t *rule_create(const char *text, const char **pattern)
{
	rule_t *rule;

	INIT(rule,
		.text = strdup(text),
		.permit = TRUE,
	);
	*pattern = text;
	if (strcasepfx(text, "permit "))
	{
		*pattern += strlen("permit ");
	}
	else if (strcasepfx(text, "deny "))
	{
		*pattern += strlen("deny ");
		rule->permit = FALSE;
	}
	*pattern += strspn(*pattern, " \t");
	return rule;
}

/**
 * Add a rule, or destroy it if it could not be parsed or there are too many
 */
static bool add_rule(array_t *rules, rule_t *rule, bool parsed,
					 const char **reason)
{
	if (parsed && array_count(rules) >= MAX_RULES)
	{
		*reason = "comes after 1024 rules already, summarize them";
		parsed = FALSE;
	}
	if (!parsed)
	{
		rule_destroy(rule);
		return FALSE;
	}
	array_insert(rules, ARRAY_TAIL, rule);
	return TRUE;
}

/**
 * Parse an address or network, without looking up names
 */
static host_t *parse_network(const char *text, int *prefix)
{
	u_char buf[16];
	uint64_t bits;
	char *address, *slash;
	host_t *net = NULL;
	int max;

	address = strdup(text);
	slash = strchr(address, '/');
	if (slash)
	{
		*slash++ = '\0';
	}
	max = strchr(address, ':') ? 128 : 32;
	bits = max;
	if (inet_pton(max == 32 ? AF_INET : AF_INET6, address, buf) == 1 &&
		(!slash || (config_text_number(slash, &bits) && bits <= max)))
	{
		net = host_create_from_string(address, 0);
		*prefix = bits;
	}
	free(address);
	return net;
}

METHOD(ks_authorizer_t, add_address, bool,
	private_ks_authorizer_t *this, const char *text, const char **reason)
{
	const char *pattern;
	rule_t *rule;
	bool ok = TRUE;

	rule = rule_create(text, &pattern);
	if (!strcaseeq(pattern, "any"))
	{
		rule->net = parse_network(pattern, &rule->prefix);
		ok = rule->net != NULL;
		*reason = "is not an address or network, write e.g. 10.1.0.0/16, "
				  "\"deny 10.1.9.9\" or \"deny any\"";
	}
	return add_rule(this->addresses, rule, ok, reason);
}

/**
 * Take ", *" off the end of a distinguished name
 */
static char *strip_more(const char *pattern, bool *more)
{
	char *dn = strdup(pattern);
	size_t len = strlen(dn);

	if (len && dn[len - 1] == '*')
	{
		len--;
		while (len && strchr(" \t", dn[len - 1]))
		{
			len--;
		}
		if (len && dn[len - 1] == ',')
		{
			dn[len - 1] = '\0';
			*more = TRUE;
		}
	}
	return dn;
}

/**
 * Is it a pattern that strongSwan's identities can express?
 */
static bool is_id_pattern(identification_t *id)
{
	switch (id->get_type(id))
	{
		case ID_FQDN:
		case ID_RFC822_ADDR:
		case ID_DER_ASN1_DN:
		case ID_KEY_ID:
			return id->get_encoding(id).len > 0;
		default:
			return FALSE;
	}
}

METHOD(ks_authorizer_t, add_identity, bool,
	private_ks_authorizer_t *this, const char *text, const char **reason)
{
	const char *pattern;
	rule_t *rule;
	bool ok = TRUE;
	char *name;

	rule = rule_create(text, &pattern);
	if (!strcaseeq(pattern, "any") && !streq(pattern, "*"))
	{
		name = strip_more(pattern, &rule->more);
		rule->id = identification_create_from_string(name);
		free(name);
		ok = is_id_pattern(rule->id) &&
			 (!strchr(pattern, '=') || rule->id->get_type(rule->id) ==
															ID_DER_ASN1_DN);
		*reason = "is not an identity pattern, write e.g. "
				  "\"C=CH, OU=GETVPN, *\", *.example.org or \"deny any\"; "
				  "addresses go to authorize.addresses";
	}
	return add_rule(this->identities, rule, ok, reason);
}

/**
 * Does an address match a rule?
 */
static bool address_matches(rule_t *rule, chunk_t address)
{
	chunk_t net;
	int bytes, bits;

	if (!rule->net)
	{
		return TRUE;
	}
	net = rule->net->get_address(rule->net);
	if (net.len != address.len || rule->prefix > net.len * 8)
	{
		return FALSE;
	}
	bytes = rule->prefix / 8;
	bits = rule->prefix % 8;
	return memeq(net.ptr, address.ptr, bytes) &&
		   (!bits || !((net.ptr[bytes] ^ address.ptr[bytes]) >> (8 - bits)));
}

/**
 * Does an identity other than an address match a rule?
 */
static bool identity_matches(rule_t *rule, identification_t *id)
{
	if (!rule->id)
	{
		return TRUE;
	}
	if (id->get_type(id) != rule->id->get_type(rule->id))
	{
		return FALSE;
	}
	if (id->get_type(id) == ID_DER_ASN1_DN)
	{
		return ks_dn_matches(id->get_encoding(id),
							 rule->id->get_encoding(rule->id), rule->more);
	}
	return id->matches(id, rule->id) != ID_MATCH_NONE;
}

/**
 * Let a list decide
 */
static bool permitted(array_t *rules, identification_t *id, bool address)
{
	rule_t *rule;
	int i;

	if (!array_count(rules))
	{
		return TRUE;
	}
	for (i = 0; i < array_count(rules); i++)
	{
		array_get(rules, i, &rule);
		if (address ? address_matches(rule, id->get_encoding(id)) :
					  identity_matches(rule, id))
		{
			return rule->permit;
		}
	}
	return FALSE;
}

/**
 * Is the identity an address?
 */
static bool is_address(identification_t *id)
{
	return id->get_type(id) == ID_IPV4_ADDR || id->get_type(id) == ID_IPV6_ADDR;
}

METHOD(ks_authorizer_t, check, ks_authorization_t,
	private_ks_authorizer_t *this, identification_t *id)
{
	if (is_address(id))
	{
		return permitted(this->addresses, id, TRUE) ? KS_AUTHORIZED
													: KS_UNAUTHORIZED_ADDRESS;
	}
	return permitted(this->identities, id, FALSE) ? KS_AUTHORIZED
												  : KS_UNAUTHORIZED_IDENTITY;
}

/**
 * Compare two lists
 */
static bool rules_equal(array_t *a, array_t *b)
{
	rule_t *x, *y;
	int i;

	if (array_count(a) != array_count(b))
	{
		return FALSE;
	}
	for (i = 0; i < array_count(a); i++)
	{
		array_get(a, i, &x);
		array_get(b, i, &y);
		if (!streq(x->text, y->text))
		{
			return FALSE;
		}
	}
	return TRUE;
}

METHOD(ks_authorizer_t, equals, bool,
	private_ks_authorizer_t *this, ks_authorizer_t *other_public)
{
	private_ks_authorizer_t *other = (private_ks_authorizer_t*)other_public;

	return rules_equal(this->addresses, other->addresses) &&
		   rules_equal(this->identities, other->identities);
}

METHOD(ks_authorizer_t, destroy, void,
	private_ks_authorizer_t *this)
{
	array_destroy_function(this->addresses, (void*)rule_destroy, NULL);
	array_destroy_function(this->identities, (void*)rule_destroy, NULL);
	free(this);
}

/*
 * Described in header
 */
char *ks_authorizer_print_id(identification_t *id, char *buf, size_t len)
{
	const char *kind = "";

	switch (id->get_type(id))
	{
		case ID_DER_ASN1_DN:
			kind = "Dist.name: ";
			break;
		case ID_FQDN:
			kind = "Hostname: ";
			break;
		case ID_RFC822_ADDR:
			kind = "User name: ";
			break;
		case ID_KEY_ID:
			kind = "Key ID: ";
			break;
		default:
			break;
	}
	snprintf(buf, len, "%s%Y", kind, id);
	return buf;
}

/*
 * Described in header
 */
ks_authorizer_t *ks_authorizer_create()
{
	private_ks_authorizer_t *this;

	INIT(this,
		.public = {
			.add_address = _add_address,
			.add_identity = _add_identity,
			.check = _check,
			.equals = _equals,
			.destroy = _destroy,
		},
		.addresses = array_create(0, 0),
		.identities = array_create(0, 0),
	);
	return &this->public;
}
