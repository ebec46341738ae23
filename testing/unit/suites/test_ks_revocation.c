/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_listener.h"

#include <ks_id.h>

#include <transport/gdoi_vendor_id.h>

#include <time.h>

/** what members announced */
#define NATIVE GDOI_FEATURES

/** end of the name of the member whose certificate is not to be trusted */
static const char *revoked;

/** certificates that were checked */
static u_int checked;

/**
 * Implements ks_trust_t
 */
static bool trust(certificate_t *certificate, identification_t *id)
{
	identification_t *subject = certificate->get_subject(certificate);
	char name[64];

	checked++;
	ck_assert(subject->equals(subject, id));
	snprintf(name, sizeof(name), "%Y", id);
	return !revoked || !strstr(name, revoked);
}

/**
 * A section with lists of who may have the group
 */
static void load(const char *authorize)
{
	char text[1024];

	snprintf(text, sizeof(text), "local_address = 10.0.8.1\n connections = c\n"
			 "authorize {\n%s\n}\n kek { signature_key = rsa.der\n "
			 "lifetime = 1d }\n"
			 "teks { a { acl = vpn\n lifetime = 1h } }\n", authorize);
	listen_load(text);
}

/**
 * Make a certificate
 *
 * @param ca			certificate of the authority, NULL for a self-signed one
 */
static certificate_t *issue(const char *name, char *serial, certificate_t *ca)
{
	certificate_t *certificate;
	identification_t *subject;
	private_key_t *key;
	public_key_t *public;
	char path[128];

	snprintf(path, sizeof(path), "%s/private/rsa.der", ks_fixture_keydir());
	key = lib->creds->create(lib->creds, CRED_PRIVATE_KEY, KEY_RSA,
							 BUILD_FROM_FILE, path, BUILD_END);
	ck_assert(key != NULL);
	public = key->get_public_key(key);
	subject = identification_create_from_string((char*)name);
	certificate = lib->creds->create(lib->creds, CRED_CERTIFICATE, CERT_X509,
							BUILD_SIGNING_KEY, key, BUILD_PUBLIC_KEY, public,
							BUILD_SUBJECT, subject,
							BUILD_NOT_BEFORE_TIME, time(NULL) - 60,
							BUILD_NOT_AFTER_TIME, time(NULL) + 3600,
							BUILD_SERIAL, chunk_from_str(serial),
							ca ? BUILD_SIGNING_CERT : BUILD_END, ca, BUILD_END);
	ck_assert(certificate != NULL);
	subject->destroy(subject);
	public->destroy(public);
	key->destroy(key);
	return certificate;
}

/**
 * Make a self-signed certificate
 */
static certificate_t *make_certificate(const char *name, char *serial)
{
	return issue(name, serial, NULL);
}

/**
 * Register a member with a certificate
 *
 * @return				FALSE if it was refused
 */
static bool enter(const char *name, const char *address,
				  certificate_t *certificate)
{
	fake_phase1_t *phase1 = fake_phase1_create(name, address, "c");
	gdoi_notify_t notify;
	group_policy_t *policy;
	char *reason = NULL;
	bool admitted;

	phase1->certificate = certificate;
	policy = listen_group->authorize(listen_group, &phase1->public, &notify,
									 &reason);
	admitted = policy != NULL;
	if (admitted)
	{
		listen_enter(phase1, policy);
		policy->destroy(policy);
	}
	else
	{
		ck_assert_int_eq(notify, GDOI_NOTIFY_AUTHENTICATION_FAILED);
		free(reason);
	}
	fake_phase1_destroy(phase1);
	return admitted;
}

/* AUTHZ-012, LOG-149: who is in no list any more loses the group, and others
 * get a KEK and under it TEKs that it does not have */
START_TEST(test_lists)
{
	listen_begin("", "lifetime = 1d", "lifetime = 1h");
	listen_enrol(3, NATIVE);
	listen_acking = 3;
	load("addresses = 10.1.0.1, 10.1.0.3");
	listen_wait(60);
	ck_assert_uint_eq(listen_members(), 2);
	ck_assert_int_eq(listen_logged("%GDOI-1-KS_GM_REVOKED: Member 10.1.0.2"),
					 1);
	ck_assert_uint_eq(heard_count, 2);
	ck_assert_uint_eq(heard[0].receivers, 2);
	ck_assert_int_eq(heard[0].brings, 1);
	ck_assert_uint_eq(heard[0].teks, 0);
	ck_assert_uint_eq(heard[1].receivers, 2);
	ck_assert_uint_eq(heard[1].kek, 1);
	ck_assert_uint_eq(heard[1].teks, 2);
	ck_assert_uint_eq(heard[1].lifetimes[0], 90);
	ck_assert(!enter("10.1.0.2", "10.1.0.2", NULL));
	/* others that admit the same members remove nobody */
	load("addresses = deny 10.1.0.2, any");
	listen_wait(60);
	ck_assert_uint_eq(listen_members(), 2);
	ck_assert_uint_eq(heard_count, 2);
	listen_end();
}
END_TEST

/* many members go by one expulsion and a bounded number of lines */
START_TEST(test_many)
{
	listen_begin("", "lifetime = 1d", "lifetime = 1h");
	listen_enrol(40, NATIVE);
	listen_acking = 40;
	load("addresses = 10.1.0.0/29");
	listen_wait(60);
	ck_assert_uint_eq(listen_members(), 7);
	ck_assert_int_eq(listen_logged("KS_GM_REVOKED: Member"), 16);
	ck_assert_int_eq(listen_logged("KS_GM_REVOKED: 17 more members"), 1);
	ck_assert_uint_eq(heard_count, 2);
	ck_assert_uint_eq(heard[1].receivers, 7);
	listen_end();
}
END_TEST

#define GM1 "C=CH, OU=GETVPN, CN=gm1"
#define GM2 "C=CH, OU=GETVPN, CN=gm2"

static certificate_t *cert1, *cert2;

/**
 * A group with two members that have certificates, and one that has none
 */
static void begin_certified()
{
	revoked = NULL;
	checked = 0;
	ks_fixture_trust = trust;
	cert1 = make_certificate(GM1, "1");
	cert2 = make_certificate(GM2, "2");
	listen_begin("", "lifetime = 1d", "lifetime = 1h");
	listen_enrol(1, NATIVE);
	listen_acking = 3;
	ck_assert(enter(GM1, "10.1.1.1", cert1));
	ck_assert(enter(GM2, "10.1.1.2", cert2));
}

static void end_certified()
{
	listen_end();
	cert1->destroy(cert1);
	cert2->destroy(cert2);
	ks_fixture_trust = NULL;
}

/* AUTHZ-012: a revoked certificate costs the group, once it failed twice */
START_TEST(test_certificate)
{
	begin_certified();
	revoked = "gm2";
	listen_wait(100);
	ck_assert_uint_eq(checked, 0);
	listen_group->recheck(listen_group);
	listen_wait(5);
	ck_assert_uint_eq(checked, 2);
	ck_assert_uint_eq(listen_members(), 3);
	listen_wait(10);
	ck_assert_uint_eq(checked, 3);
	ck_assert_uint_eq(listen_members(), 2);
	ck_assert_int_eq(listen_logged("KS_GM_REVOKED: Member 10.1.1.2 "
								   "(Dist.name: " GM2 ")"), 1);
	listen_wait(60);
	/* two kinds of members, so the TEKs come in two messages */
	ck_assert_uint_eq(heard_count, 3);
	ck_assert_uint_eq(heard[0].receivers, 2);
	ck_assert_uint_eq(heard[1].kek, 1);
	ck_assert_str_eq(heard[1].dst, "10.1.0.1[848]");
	ck_assert_uint_eq(heard[2].kek, 1);
	ck_assert_str_eq(heard[2].dst, "10.1.1.1[848]");
	/* a phase 1 from before does not help it, a new certificate does */
	ck_assert(!enter(GM2, "10.1.1.2", cert2));
	ck_assert_int_eq(listen_logged("KS_UNAUTHORIZED"), 1);
	ck_assert(enter(GM1, "10.1.1.1", cert1));
	revoked = NULL;
	cert2->destroy(cert2);
	cert2 = make_certificate(GM2, "3");
	ck_assert(enter(GM2, "10.1.1.2", cert2));
	ck_assert_uint_eq(listen_members(), 3);
	end_certified();
}
END_TEST

/* credentials that were just being loaded anew cost nobody the group, and who
 * is trusted again is admitted again */
START_TEST(test_again)
{
	begin_certified();
	revoked = "gm";
	listen_group->recheck(listen_group);
	listen_wait(5);
	ck_assert_uint_eq(checked, 2);
	revoked = NULL;
	listen_wait(60);
	ck_assert_uint_eq(checked, 4);
	ck_assert_uint_eq(listen_members(), 3);
	ck_assert_uint_eq(heard_count, 0);
	revoked = "gm1";
	listen_group->recheck(listen_group);
	listen_wait(30);
	ck_assert_uint_eq(listen_members(), 2);
	ck_assert(!enter(GM1, "10.1.1.1", cert1));
	revoked = NULL;
	listen_group->recheck(listen_group);
	listen_wait(5);
	ck_assert(enter(GM1, "10.1.1.1", cert1));
	end_certified();
}
END_TEST

/* the setting recheck, both ways */
START_TEST(test_interval)
{
	begin_certified();
	load("recheck = 1m");
	listen_wait(59);
	ck_assert_uint_eq(checked, 0);
	listen_wait(3);
	ck_assert_uint_eq(checked, 2);
	listen_wait(60);
	ck_assert_uint_eq(checked, 4);
	load("recheck = 0");
	listen_wait(4000);
	ck_assert_uint_eq(checked, 4);
	load("");
	listen_wait(3700);
	ck_assert_uint_ge(checked, 6);
	end_certified();
}
END_TEST

/* nobody's certificate is kept for ever */
START_TEST(test_forget)
{
	begin_certified();
	listen_remove(GM2, FALSE);
	listen_group->recheck(listen_group);
	listen_wait(5);
	ck_assert_uint_eq(checked, 1);
	end_certified();
}
END_TEST

/* by the daemon's credentials: without a CA nothing is trusted */
START_TEST(test_credentials)
{
	certificate_t *ca = make_certificate("C=CH, CN=CA", "7");
	certificate_t *certificate = issue(GM1, "1", ca);
	identification_t *id = identification_create_from_string(GM1);

	ck_assert(!ks_certificates_trusted(certificate, id));
	ca->destroy(ca);
	id->destroy(id);
	certificate->destroy(certificate);
}
END_TEST

/* identities that charon takes for the same have the same hash, so that tables
 * find them */
START_TEST(test_ids)
{
	static const struct {
		char *id, *other;
		bool same;
	} cases[] = {
		{ "gm.example.org", "GM.Example.ORG", TRUE },
		{ "gm@example.org", "gm@EXAMPLE.org", TRUE },
		{ "gm.example.org", "gn.example.org", FALSE },
		{ "gm.example.org", "gm@example.org", FALSE },
		{ "10.0.0.1", "10.0.0.1", TRUE },
		{ "10.0.0.1", "10.0.0.2", FALSE },
		{ "C=CH, CN=gm", "C=CH, CN=gm", TRUE },
		{ "C=CH, CN=gm", "C=CH, CN=GM", TRUE },
		{ "C=CH, CN=gm", "C=CH, CN=gn", FALSE },
	};
	identification_t *id, *other;
	bool same;

	id = identification_create_from_string(cases[_i].id);
	other = identification_create_from_string(cases[_i].other);
	same = id->equals(id, other);
	ck_assert_int_eq(same, cases[_i].same);
	ck_assert_int_eq(ks_id_equals(id, other), same);
	if (same)
	{
		ck_assert_uint_eq(ks_id_hash(id), ks_id_hash(other));
	}
	else
	{
		ck_assert_uint_ne(ks_id_hash(id), ks_id_hash(other));
	}
	id->destroy(id);
	other->destroy(other);
}
END_TEST

Suite *ks_revocation_suite()
{
	Suite *suite = suite_create("ks_revocation");
	TCase *tcase = tcase_create("ks_revocation");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_lists);
	tcase_add_test(tcase, test_many);
	tcase_add_test(tcase, test_certificate);
	tcase_add_test(tcase, test_again);
	tcase_add_test(tcase, test_interval);
	tcase_add_test(tcase, test_forget);
	tcase_add_test(tcase, test_credentials);
	tcase_add_loop_test(tcase, test_ids, 0, 9);
	suite_add_tcase(suite, tcase);
	return suite;
}
