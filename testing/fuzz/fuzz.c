/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fuzz.h"

#include <stdio.h>

/* OpenSSL frees what it holds after the leak check */
const char *__lsan_default_suppressions(void);
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

const char *__lsan_default_suppressions(void)
{
	return "leak:libcrypto\n";
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	if (!library_init(NULL, "fuzz"))
	{
		abort();
	}
	lib->plugins->add_path(lib->plugins, PLUGINDIR);
	if (!lib->plugins->load(lib->plugins, "random nonce openssl"))
	{
		abort();
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_one(chunk_create((uint8_t*)data, size));
	return 0;
}

void fuzz_fail(const char *expr, const char *file, int line)
{
	fprintf(stderr, "%s:%d: property does not hold: %s\n", file, line, expr);
	abort();
}

gdoi_phase2_t *fuzz_phase2()
{
	gdoi_phase2_keys_t keys = {
		.spi_i = 1,
		.spi_r = 2,
		.prf = PRF_HMAC_SHA2_256,
		.skeyid_a = chunk_from_str("0123456789abcdef0123456789abcdef"),
		.encr = ENCR_AES_CBC,
		.encr_key = chunk_from_str("fedcba9876543210"),
	};
	uint8_t iv[16] = {};
	gdoi_phase2_t *phase2;

	phase2 = gdoi_phase2_create(&keys, 1, chunk_from_thing(iv));
	FUZZ_ASSERT(phase2 != NULL);
	return phase2;
}

bool fuzz_protect(gdoi_phase2_t *phase2, gdoi_exchange_t exchange,
				  const chunk_t *extra, u_int count, chunk_t data,
				  chunk_t *datagram)
{
	uint8_t first;

	if (!data.len || data.len > 60000)
	{
		return FALSE;
	}
	first = data.ptr[0];
	data = chunk_skip(data, 1);
	if (first == 0xff)
	{
		*datagram = chunk_clone(data);
		return TRUE;
	}
	return phase2->protect(phase2, exchange, extra, count, first, data,
						   datagram);
}

/**
 * Add a TEK of 3DES and SHA-1.
 */
static void add_tek(group_policy_t *policy, uint32_t spi, bool keys)
{
	uint8_t key[24] = {};
	group_tek_data_t data = {
		.protocol = PROTO_ESP,
		.spi = htonl(spi),
		.encr = ENCR_3DES,
		.integ = AUTH_HMAC_SHA1_96,
		.tunnel = TRUE,
		.lifetime = 60,
		.acl = group_acl_create(),
	};
	group_ace_t ace;

	if (keys)
	{
		data.encr_key = chunk_create(key, 24);
		data.integ_key = chunk_create(key, 20);
	}
	FUZZ_ASSERT(group_ace_parse("permit ip 10.0.0.0/8 239.0.0.0/8", &ace,
								NULL));
	data.acl->append(data.acl, &ace);
	policy->add_tek(policy, group_tek_create(&data));
	data.acl->destroy(data.acl);
}

group_policy_t *fuzz_policy(bool keys)
{
	group_policy_t *policy = group_policy_create();
	uint8_t key[24] = {};
	group_kek_data_t data = {
		.spi = "abcdefgh0123456",
		.src = host_create_from_string("10.0.0.1", 848),
		.dst = host_create_from_string("239.1.1.1", 848),
		.encr = ENCR_3DES,
		.sig = GROUP_SIG_RSA,
		.sig_hash = HASH_SHA1,
	};

	data.spi[15] = '7';
	if (keys)
	{
		data.iv = chunk_create(key, 8);
		data.key = chunk_create(key, 24);
		data.sig_key = chunk_create(key, 8);
	}
	policy->set_kek(policy, group_kek_create(&data));
	data.src->destroy(data.src);
	data.dst->destroy(data.dst);
	add_tek(policy, 0x1122aabb, keys);
	add_tek(policy, 0x3344ccdd, keys);
	return policy;
}
