/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_fixture.h"

#include <ks_authorizer.h>
#include <ks_dn.h>

typedef struct {
	/** rules for addresses and identities, separated by '|', may be NULL */
	const char *addresses;
	const char *identities;
	/** identity of phase 1 */
	const char *id;
	/** expected result */
	ks_authorization_t result;
} check_t;

#define OK KS_AUTHORIZED
#define ADDR KS_UNAUTHORIZED_ADDRESS
#define ID KS_UNAUTHORIZED_IDENTITY

static const check_t checks[] = {
	/* AUTHZ-003: without a list everyone who has phase 1 */
	{ NULL, NULL, "10.1.1.9", OK },
	{ NULL, NULL, "gm1.example.org", OK },
	/* AUTHZ-006: the address must match a permit */
	{ "10.1.0.0/16", NULL, "10.1.1.9", OK },
	{ "10.1.0.0/16", NULL, "10.2.1.9", ADDR },
	{ "10.1.1.9", NULL, "10.1.1.9", OK },
	{ "10.1.1.9", NULL, "10.1.1.8", ADDR },
	{ "10.1.1.128/25", NULL, "10.1.1.127", ADDR },
	{ "10.1.1.128/25", NULL, "10.1.1.128", OK },
	{ "0.0.0.0/0", NULL, "192.0.2.1", OK },
	{ "0.0.0.0/0", NULL, "2001:db8::1", ADDR },
	{ "2001:db8::/32", NULL, "2001:db8:1::1", OK },
	{ "2001:db8::/32", NULL, "2001:db9::1", ADDR },
	{ "2001:db8::/32", NULL, "10.1.1.1", ADDR },
	/* the first rule that matches decides */
	{ "deny 10.1.9.9|10.1.0.0/16", NULL, "10.1.9.9", ADDR },
	{ "deny 10.1.9.9|10.1.0.0/16", NULL, "10.1.9.8", OK },
	{ "permit 10.1.0.0/16|deny 10.1.9.9", NULL, "10.1.9.9", OK },
	{ "deny 10.1.9.9", NULL, "10.1.9.8", ADDR },
	{ "deny 10.1.9.9|any", NULL, "172.16.0.1", OK },
	/* AUTHZ-004, AUTHZ-005: the type of the identity selects the list */
	{ "10.1.0.0/16", NULL, "gm1.example.org", OK },
	{ NULL, "*.example.org", "10.1.1.9", OK },
	{ "10.1.0.0/16", "*.example.org", "gm1.example.net", ID },
	{ "10.1.0.0/16", "*.example.org", "10.1.1.9", OK },
	{ "10.1.0.0/16", "*.example.org", "10.9.1.9", ADDR },
	/* AUTHZ-005: only names */
	{ "deny any", "*.example.org", "10.1.1.9", ADDR },
	{ "deny any", "*.example.org", "gm1.example.org", OK },
	{ "any", "deny any", "gm1.example.org", ID },
	{ "any", "deny any", "10.1.1.9", OK },
	/* names */
	{ NULL, "gm1.example.org", "gm1.example.org", OK },
	{ NULL, "gm1.example.org", "GM1.Example.ORG", OK },
	{ NULL, "gm1.example.org", "gm2.example.org", ID },
	{ NULL, "*.example.org", "example.org", ID },
	{ NULL, "*@example.org", "gm@example.org", OK },
	{ NULL, "*@example.org", "gm.example.org", ID },
	{ NULL, "*.example.org", "gm@x.example.org", ID },
	{ NULL, "deny gm3.example.org|*.example.org", "gm3.example.org", ID },
	/* AUTHZ-007: distinguished names */
	{ NULL, "OU=GETVPN, *", "C=CH, OU=GETVPN, CN=gm1", OK },
	{ NULL, "C=CH, OU=GETVPN, *", "C=CH, O=x, OU=GETVPN, CN=gm1", OK },
	{ NULL, "C=CH, OU=GETVPN, *", "C=CH, OU=GETVPN", OK },
	{ NULL, "OU=GETVPN, C=CH, *", "C=CH, OU=GETVPN, CN=gm1", OK },
	/* AUTHZ-008 */
	{ NULL, "C=CH, OU=GETVPN, *", "C=CH, OU=TEST, CN=gm1", ID },
	{ NULL, "C=CH, OU=GETVPN, *", "C=DE, OU=GETVPN, CN=gm1", ID },
	{ NULL, "C=CH, OU=GETVPN, *", "OU=GETVPN, CN=gm1", ID },
	{ NULL, "OU=GETVPN, *", "C=CH, OU=GETVPN2, CN=gm1", ID },
	{ NULL, "OU=GETVPN, *", "C=CH, O=GETVPN, CN=gm1", ID },
	/* AUTHZ-010: regardless of case */
	{ NULL, "OU=getvpn, *", "C=CH, OU=GETVPN, CN=gm1", OK },
	{ NULL, "OU=GETVPN, *", "C=CH, OU=getvpn, CN=gm1", OK },
	/* without the last wildcard the name has no more parts */
	{ NULL, "OU=GETVPN", "C=CH, OU=GETVPN, CN=gm1", ID },
	{ NULL, "C=CH, OU=GETVPN, CN=*", "C=CH, OU=GETVPN, CN=gm1", OK },
	{ NULL, "C=CH, OU=GETVPN, CN=*", "C=CH, OU=GETVPN, O=gm1", ID },
	{ NULL, "C=CH, OU=*, CN=*", "C=CH, OU=X, CN=gm1", OK },
	/* a wildcard doesn't take what an exact value needs */
	{ NULL, "OU=*, OU=A", "OU=A, OU=B", OK },
	{ NULL, "OU=A, OU=A", "OU=A, OU=B", ID },
	{ NULL, "OU=A, OU=A, *", "C=CH, OU=A", ID },
	/* kinds don't mix */
	{ NULL, "OU=GETVPN, *", "gm1.example.org", ID },
	{ NULL, "*.example.org", "C=CH, CN=gm1.example.org", ID },
	{ NULL, "*.example.org|OU=GETVPN, *", "C=CH, OU=GETVPN", OK },
	{ NULL, "*", "C=CH, OU=TEST", OK },
};

/**
 * Add rules separated by '|'
 */
static void add_rules(ks_authorizer_t *authorizer, const char *rules,
					  bool (*add)(ks_authorizer_t*, const char*, const char**))
{
	enumerator_t *enumerator;
	const char *reason = NULL;
	char *rule, *copy = strdup(rules ?: "");

	enumerator = enumerator_create_token(copy, "|", "");
	while (enumerator->enumerate(enumerator, &rule))
	{
		if (*rule)
		{
			ck_assert_msg(add(authorizer, rule, &reason), "%s %s", rule,
						  reason);
		}
	}
	enumerator->destroy(enumerator);
	free(copy);
}

/* AUTHZ-003 to AUTHZ-008, AUTHZ-010 */
START_TEST(test_authz_check)
{
	const check_t *check = &checks[_i];
	ks_authorizer_t *authorizer = ks_authorizer_create();
	identification_t *id;

	add_rules(authorizer, check->addresses, authorizer->add_address);
	add_rules(authorizer, check->identities, authorizer->add_identity);
	id = identification_create_from_string((char*)check->id);
	ck_assert_msg(authorizer->check(authorizer, id) == check->result,
				  "%s with addresses %s, identities %s", check->id,
				  check->addresses ?: "-", check->identities ?: "-");
	id->destroy(id);
	authorizer->destroy(authorizer);
}
END_TEST

/* AUTHZ-010: string types of certificates differ */
START_TEST(test_authz_string_types)
{
	/* OU=GETVPN as PrintableString, as UTF8String */
	static uint8_t printable[] = {
		0x30, 0x11, 0x31, 0x0f, 0x30, 0x0d, 0x06, 0x03, 0x55, 0x04, 0x0b,
		0x13, 0x06, 'G', 'E', 'T', 'V', 'P', 'N',
	};
	static uint8_t utf8[] = {
		0x30, 0x11, 0x31, 0x0f, 0x30, 0x0d, 0x06, 0x03, 0x55, 0x04, 0x0b,
		0x0c, 0x06, 'g', 'e', 't', 'v', 'p', 'n',
	};

	ck_assert(ks_dn_matches(chunk_from_thing(printable),
							chunk_from_thing(utf8), FALSE));
	ck_assert(ks_dn_matches(chunk_from_thing(utf8),
							chunk_from_thing(printable), TRUE));
}
END_TEST

/* names that are cut off or malformed match nothing, whatever the pattern */
START_TEST(test_authz_malformed_names)
{
	identification_t *dn = identification_create_from_string(
											"C=CH, OU=GETVPN, CN=gm1");
	identification_t *pattern = identification_create_from_string("OU=GETVPN");
	chunk_t der = chunk_clone(dn->get_encoding(dn)), part;
	size_t len;

	for (len = 0; len < der.len; len++)
	{
		part = chunk_clone(chunk_create(der.ptr, len));
		ck_assert(!ks_dn_matches(part, pattern->get_encoding(pattern), TRUE));
		ck_assert(!ks_dn_matches(der, part, TRUE));
		chunk_free(&part);
	}
	ck_assert(ks_dn_matches(der, pattern->get_encoding(pattern), TRUE));
	chunk_free(&der);
	dn->destroy(dn);
	pattern->destroy(pattern);
}
END_TEST

START_TEST(test_authz_wrong_rules)
{
	static const char *addresses[] = {
		"10.1.0.0/33", "gm1.example.org", "", "deny", "10.1.0", "10.1.0.0/x",
	};
	static const char *identities[] = {
		"10.1.1.1", "OU", "QQ=x, *", "", "=",
	};
	ks_authorizer_t *authorizer = ks_authorizer_create();
	const char *reason;
	int i;

	for (i = 0; i < countof(addresses); i++)
	{
		reason = NULL;
		ck_assert_msg(!authorizer->add_address(authorizer, addresses[i],
											   &reason), "%s", addresses[i]);
		ck_assert(reason != NULL);
	}
	for (i = 0; i < countof(identities); i++)
	{
		reason = NULL;
		/* a bare word is a host name */
		ck_assert_msg(streq(identities[i], "OU") ==
					  authorizer->add_identity(authorizer, identities[i],
											   &reason), "%s", identities[i]);
	}
	authorizer->destroy(authorizer);
}
END_TEST

START_TEST(test_authz_rule_limit)
{
	ks_authorizer_t *authorizer = ks_authorizer_create();
	const char *reason = NULL;
	char rule[32];
	int i;

	for (i = 0; i < 1024; i++)
	{
		snprintf(rule, sizeof(rule), "10.1.%d.%d", i / 256, i % 256);
		ck_assert(authorizer->add_address(authorizer, rule, &reason));
	}
	ck_assert(!authorizer->add_address(authorizer, "10.9.9.9", &reason));
	ck_assert(strstr(reason, "1024") != NULL);
	authorizer->destroy(authorizer);
}
END_TEST

START_TEST(test_authz_equals)
{
	ks_authorizer_t *a = ks_authorizer_create(), *b = ks_authorizer_create();

	ck_assert(a->equals(a, b));
	add_rules(a, "10.1.0.0/16|deny any", a->add_address);
	ck_assert(!a->equals(a, b));
	add_rules(b, "10.1.0.0/16", b->add_address);
	ck_assert(!a->equals(a, b));
	add_rules(b, "deny any", b->add_address);
	ck_assert(a->equals(a, b));
	add_rules(b, "*.example.org", b->add_identity);
	ck_assert(!a->equals(a, b));
	a->destroy(a);
	b->destroy(b);
}
END_TEST

Suite *ks_authorizer_suite()
{
	Suite *suite = suite_create("key server: authorisation");
	TCase *tc = tcase_create("authorizer");

	tcase_add_loop_test(tc, test_authz_check, 0, countof(checks));
	tcase_add_test(tc, test_authz_string_types);
	tcase_add_test(tc, test_authz_malformed_names);
	tcase_add_test(tc, test_authz_wrong_rules);
	tcase_add_test(tc, test_authz_rule_limit);
	tcase_add_test(tc, test_authz_equals);
	suite_add_tcase(suite, tc);
	return suite;
}
