/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "member_suites.h"
#include "member_world.h"

#include <member/gm_accept.h>

/**
 * A policy of one TEK, with values changed by a case
 */
typedef struct {
	/** algorithms of the TEK */
	encryption_algorithm_t encr;
	uint16_t bits;
	integrity_algorithm_t integ;
	/** esp_proposals, NULL for the default */
	const char *esp;
	/** part of the reason, NULL if accepted */
	const char *reason;
} tek_case_t;

static const tek_case_t tek_cases[] = {
	/* GM-029 as issue 2 has it: AES-CBC with SHA-2 */
	{ ENCR_AES_CBC, 128, AUTH_HMAC_SHA2_256_128, NULL, NULL },
	{ ENCR_AES_CBC, 256, AUTH_HMAC_SHA2_512_256, NULL, NULL },
	{ ENCR_AES_CBC, 128, AUTH_HMAC_SHA1_96, NULL, "esp_proposals" },
	{ ENCR_3DES, 0, AUTH_HMAC_SHA2_256_128, NULL, "esp_proposals" },
	{ ENCR_3DES, 0, AUTH_HMAC_SHA1_96, NULL, "esp_proposals" },
	{ ENCR_DES, 0, AUTH_HMAC_SHA2_256_128, NULL, "esp_proposals" },
	{ ENCR_NULL, 0, AUTH_HMAC_SHA2_256_128, NULL, "esp_proposals" },
	/* GM-028: only where the configuration names them */
	{ ENCR_3DES, 0, AUTH_HMAC_SHA1_96, "3des-sha1", NULL },
	{ ENCR_AES_CBC, 128, AUTH_HMAC_SHA1_96, "aes128-sha1", NULL },
	{ ENCR_AES_CBC, 256, AUTH_HMAC_SHA1_96, "aes128-sha1", "esp_proposals" },
	{ ENCR_AES_CBC, 256, AUTH_HMAC_SHA2_256_128, "aes128-sha256",
	  "esp_proposals" },
	{ ENCR_AES_CBC, 256, AUTH_HMAC_SHA2_256_128,
	  "aes128-sha256, aes256-sha256", NULL },
	/* both algorithms of one entry, not one of each */
	{ ENCR_AES_CBC, 256, AUTH_HMAC_SHA1_96, "aes256-sha256, 3des-sha1",
	  "esp_proposals" },
	/* counter modes: AES-GCM with a full ICV, others if they are listed */
	{ ENCR_AES_GCM_ICV16, 256, AUTH_UNDEFINED, NULL, NULL },
	{ ENCR_AES_GCM_ICV16, 128, AUTH_UNDEFINED, NULL, NULL },
	{ ENCR_AES_GCM_ICV8, 256, AUTH_UNDEFINED, NULL, "not in esp_proposals" },
	{ ENCR_AES_CCM_ICV16, 256, AUTH_UNDEFINED, NULL, "not in esp_proposals" },
	{ ENCR_AES_CTR, 256, AUTH_HMAC_SHA2_256_128, NULL,
	  "not in esp_proposals" },
	{ ENCR_AES_GCM_ICV8, 256, AUTH_UNDEFINED, "aes256gcm8", NULL },
	{ ENCR_AES_GCM_ICV16, 256, AUTH_UNDEFINED, "aes256gcm8",
	  "not in esp_proposals" },
	{ ENCR_AES_GCM_ICV16, 128, AUTH_UNDEFINED, "aes256gcm16,aes256-sha256",
	  "not in esp_proposals" },
	{ ENCR_NULL_AUTH_AES_GMAC, 128, AUTH_UNDEFINED, NULL,
	  "not in esp_proposals" },
};

/**
 * Judge a TEK, with or without a KEK
 */
static void judge(const char *key, const char *proposals,
				  group_tek_data_t *values, group_kek_t *kek,
				  const char *expected)
{
	config_reader_t *reader = config_reader_create();
	group_policy_t *policy = group_policy_create();
	gm_config_t *config;
	char *reason = NULL;

	config = world_parse(reader, "g", 1, "servers", "a", "interface", "e",
						 proposals ? key : NULL, proposals, NULL);
	ck_assert(config != NULL);
	policy->set_kek(policy, kek);
	if (values)
	{
		policy->add_tek(policy, group_tek_create(values));
	}
	if (expected)
	{
		ck_assert(!gm_accept(config, policy, &reason));
		ck_assert_reason(reason, expected);
	}
	else
	{
		ck_assert_msg(gm_accept(config, policy, &reason), "%s", reason);
	}
	policy->destroy(policy);
	config->destroy(config);
	reader->destroy(reader);
}

/**
 * Values that are accepted, with an ACL to be destroyed
 */
static group_tek_data_t good_values()
{
	group_ace_t ace = test_ace("permit ip 10.0.0.0/8 10.0.0.0/8");
	group_tek_data_t values = {
		.protocol = PROTO_ESP,
		.spi = htonl(0x1000),
		.encr = ENCR_AES_CBC,
		.encr_bits = 256,
		.integ = AUTH_HMAC_SHA2_256_128,
		.tunnel = TRUE,
		.lifetime = 3600,
		.acl = group_acl_create(),
	};

	values.acl->append(values.acl, &ace);
	return values;
}

START_TEST(test_tek_algorithms)
{
	const tek_case_t *c = &tek_cases[_i];
	group_tek_data_t values = good_values();

	values.encr = c->encr;
	values.encr_bits = c->bits;
	values.integ = c->integ;
	judge("esp_proposals", c->esp, &values, NULL, c->reason);
	values.acl->destroy(values.acl);
}
END_TEST

START_TEST(test_tek_form)
{
	group_tek_data_t values = good_values(), v;

	v = values;
	v.protocol = PROTO_AH;
	v.encr = ENCR_UNDEFINED;
	judge(NULL, NULL, &v, NULL, "AH");
	v = values;
	v.tunnel = FALSE;
	judge(NULL, NULL, &v, NULL, "transport mode");
	v = values;
	v.preserve = GROUP_TEK_PRESERVE_SRC;
	judge(NULL, NULL, &v, NULL, "preserve");
	v = values;
	for (v.replay = GROUP_REPLAY_NONE; v.replay <= GROUP_REPLAY_D3P; v.replay++)
	{	/* if time stamps can be made is the crypto map's to say (GM-030) */
		judge(NULL, NULL, &v, NULL, NULL);
	}
	v = values;
	v.direction = GROUP_TEK_RECEIVER_ONLY;
	judge(NULL, NULL, &v, NULL, NULL);
	judge(NULL, NULL, NULL, NULL, "no TEK");
	values.acl->destroy(values.acl);
}
END_TEST

/* GM-027 */
static const struct {
	encryption_algorithm_t encr;
	uint16_t bits;
	group_sig_t sig;
	hash_algorithm_t hash;
	const char *kek, *reason;
} kek_cases[] = {
	{ ENCR_AES_CBC, 128, GROUP_SIG_RSA, HASH_SHA256, NULL, NULL },
	{ ENCR_AES_CBC, 256, GROUP_SIG_ECDSA_384, HASH_SHA384, NULL, NULL },
	{ ENCR_AES_CBC, 128, GROUP_SIG_RSA, HASH_SHA1, NULL, "kek_proposals" },
	{ ENCR_AES_CBC, 128, GROUP_SIG_RSA, HASH_MD5, NULL, "kek_proposals" },
	{ ENCR_AES_CBC, 128, GROUP_SIG_RSA, HASH_UNKNOWN, NULL, "kek_proposals" },
	{ ENCR_3DES, 0, GROUP_SIG_RSA, HASH_SHA256, NULL, "kek_proposals" },
	{ ENCR_3DES, 0, GROUP_SIG_RSA, HASH_SHA1, "3des-sha1", NULL },
	{ ENCR_AES_CBC, 128, GROUP_SIG_RSA, HASH_SHA256, "aes256-sha256",
	  "kek_proposals" },
	{ ENCR_AES_CBC, 128, GROUP_SIG_DSS, HASH_SHA1, "aes128-sha1", "DSS" },
};

START_TEST(test_kek_algorithms)
{
	group_tek_data_t values = good_values();
	group_kek_t *kek = test_kek(1);
	group_kek_data_t data = *kek->get(kek);

	data.encr = kek_cases[_i].encr;
	data.encr_bits = kek_cases[_i].bits;
	data.sig = kek_cases[_i].sig;
	data.sig_hash = kek_cases[_i].hash;
	data.iv = data.key = chunk_empty;
	judge("kek_proposals", kek_cases[_i].kek, &values, group_kek_create(&data),
		  kek_cases[_i].reason);
	kek->destroy(kek);
	values.acl->destroy(values.acl);
}
END_TEST

/* more than the crypto map has room for */
START_TEST(test_size)
{
	config_reader_t *reader = config_reader_create();
	group_policy_t *policy = group_policy_create();
	char line[64], *reason = NULL;
	gm_config_t *config;
	int i;

	config = world_parse(reader, "g", 1, "servers", "a", "interface", "e",
						 NULL);
	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		snprintf(line, sizeof(line), "permit ip 10.%d.0.0/16 any", i);
		policy->add_tek(policy, test_tek(i + 1, line, NULL));
		/* the same lines are the same flow */
		policy->add_tek(policy, test_tek(100 + i, line, NULL));
		ck_assert(gm_accept(config, policy, &reason));
	}
	policy->add_tek(policy, test_tek(99, "permit ip any any", NULL));
	ck_assert(!gm_accept(config, policy, &reason));
	ck_assert_reason(reason, "at most");
	policy->destroy(policy);
	config->destroy(config);
	reader->destroy(reader);
}
END_TEST

Suite *member_accept_suite(void)
{
	Suite *s = suite_create("member acceptance");
	TCase *tc = tcase_create("accept");

	tcase_add_checked_fixture(tc, world_setup, world_teardown);
	tcase_add_loop_test(tc, test_tek_algorithms, 0, countof(tek_cases));
	tcase_add_test(tc, test_tek_form);
	tcase_add_loop_test(tc, test_kek_algorithms, 0, countof(kek_cases));
	tcase_add_test(tc, test_size);
	suite_add_tcase(s, tc);
	return s;
}
