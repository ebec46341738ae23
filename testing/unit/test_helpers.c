/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "test_helpers.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

/** longest line of a file of vectors */
#define LINE 16384

/** state of the generator (xorshift) */
static uint64_t state;

bool test_init()
{
	const char *seed = getenv("GDOI_TEST_SEED");

	if (!library_init(NULL, "unit"))
	{
		return FALSE;
	}
	lib->settings->set_bool(lib->settings, "unit.load_modular", FALSE);
	lib->plugins->add_path(lib->plugins, PLUGINDIR);
	if (!lib->plugins->load(lib->plugins, "random nonce openssl pubkey pkcs1"))
	{
		fprintf(stderr, "no plugins of strongSwan in %s\n", PLUGINDIR);
		return FALSE;
	}
	state = seed ? strtoull(seed, NULL, 0) : (uint64_t)time(NULL);
	state = state ?: 1;
	printf("seed: GDOI_TEST_SEED=%llu\n", (unsigned long long)state);
	fflush(stdout);
	return TRUE;
}

void test_deinit()
{
	library_deinit();
}

bool test_same(chunk_t a, chunk_t b)
{
	/* chunk_equals() takes no two empty chunks for equal */
	return a.len == b.len && (!a.len || memeq(a.ptr, b.ptr, a.len));
}

const char *test_diff(chunk_t a, chunk_t b)
{
	static char buf[256];
	size_t i = 0, n;
	int len;

	while (i < a.len && i < b.len && a.ptr[i] == b.ptr[i])
	{
		i++;
	}
	len = snprintf(buf, sizeof(buf), "%zu and %zu octets, differ at %zu:",
				   a.len, b.len, i);
	for (n = i; n < a.len && n < i + 16; n++)
	{
		len += snprintf(buf + len, sizeof(buf) - len, "%.2x", a.ptr[n]);
	}
	len += snprintf(buf + len, sizeof(buf) - len, " / ");
	for (n = i; n < b.len && n < i + 16; n++)
	{
		len += snprintf(buf + len, sizeof(buf) - len, "%.2x", b.ptr[n]);
	}
	return buf;
}

chunk_t test_hex(const char *hex)
{
	return chunk_from_hex(chunk_from_str((char*)hex), NULL);
}

/**
 * Find a value in an open file.
 */
static bool find_value(FILE *file, const char *section, const char *key,
					   char *line)
{
	size_t len = strlen(key), slen = section ? strlen(section) : 0;
	bool inside = section == NULL;

	while (fgets(line, LINE, file))
	{
		if (line[0] == '[')
		{
			inside = section && strneq(line + 1, section, slen) &&
					 line[slen + 1] == ']';
		}
		if (inside && strneq(line, key, len) &&
			strneq(line + len, " = ", 3))
		{
			memmove(line, line + len + 3, strlen(line + len + 3) + 1);
			line[strcspn(line, "\r\n")] = '\0';
			return TRUE;
		}
	}
	return FALSE;
}

chunk_t test_vector(const char *name, const char *section, const char *key)
{
	char path[1024], line[LINE];
	bool found;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", VECTORS, name);
	file = fopen(path, "r");
	ck_assert_msg(file != NULL, "%s can't be opened", path);
	found = find_value(file, section, key, line);
	fclose(file);
	ck_assert_msg(found, "%s has no %s %s", name, section ?: "", key);
	return test_hex(line);
}

uint32_t test_random(uint32_t limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16) % limit;
}

chunk_t test_random_chunk(size_t len)
{
	chunk_t chunk = chunk_alloc(len);

	for (size_t i = 0; i < len; i++)
	{
		chunk.ptr[i] = (uint8_t)test_random(256);
	}
	return chunk;
}

group_ace_t test_ace(const char *text)
{
	group_ace_t ace = {};
	char *reason = NULL;

	ck_assert_msg(group_ace_parse(text, &ace, &reason), "%s: %s", text,
				  reason ?: "");
	return ace;
}

group_tek_t *test_tek(uint32_t spi, ...)
{
	chunk_t encr = test_random_chunk(32), integ = test_random_chunk(32);
	group_tek_data_t data = {
		.protocol = PROTO_ESP,
		.spi = htonl(spi),
		.encr = ENCR_AES_CBC,
		.encr_bits = 256,
		.integ = AUTH_HMAC_SHA2_256_128,
		.tunnel = TRUE,
		.lifetime = 3600,
		.acl = group_acl_create(),
		.encr_key = encr,
		.integ_key = integ,
	};
	group_ace_t ace;
	group_tek_t *tek;
	va_list args;
	char *text;

	va_start(args, spi);
	while ((text = va_arg(args, char*)))
	{
		ace = test_ace(text);
		data.acl->append(data.acl, &ace);
	}
	va_end(args);
	tek = group_tek_create(&data);
	data.acl->destroy(data.acl);
	chunk_free(&encr);
	chunk_free(&integ);
	return tek;
}

group_kek_t *test_kek(uint8_t first)
{
	chunk_t iv = test_random_chunk(16), key = test_random_chunk(16);
	chunk_t sig = test_random_chunk(294);
	group_kek_data_t data = {
		.spi = { first, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 },
		.src = host_create_from_string("10.0.0.1", 848),
		.dst = host_create_from_string("239.1.1.1", 848),
		.encr = ENCR_AES_CBC,
		.encr_bits = 128,
		.iv = iv,
		.key = key,
		.sig = GROUP_SIG_RSA,
		.sig_hash = HASH_SHA256,
		.sig_bits = 2048,
		.sig_key = sig,
		.lifetime = 86400,
		.ack = GROUP_ACK_NONE,
	};
	group_kek_t *kek = group_kek_create(&data);

	data.src->destroy(data.src);
	data.dst->destroy(data.dst);
	chunk_free(&iv);
	chunk_free(&key);
	chunk_free(&sig);
	return kek;
}

group_policy_t *test_policy()
{
	group_policy_t *policy = group_policy_create();

	policy->set_kek(policy, test_kek(1));
	policy->add_tek(policy, test_tek(0x1000, "permit ip 10.0.0.0/8 10.0.0.0/8",
									 "permit udp 10.1.0.0/16 host 239.2.0.1 "
									 "port 5004", NULL));
	policy->set_delays(policy, 10, 20);
	policy->set_sequence(policy, 7);
	return policy;
}

/**
 * Compare the replay protection of TEKs.
 */
static bool replay_equals(const group_tek_data_t *x, const group_tek_data_t *y)
{
	return x->replay == y->replay && x->replay_window == y->replay_window;
}

/**
 * Compare TEKs.
 */
static bool tek_equals(group_tek_t *a, group_tek_t *b)
{
	const group_tek_data_t *x = a->get(a), *y = b->get(b);
	bool keys = a->has_keys(a) && b->has_keys(b);

	return x->protocol == y->protocol && x->spi == y->spi &&
		   x->encr == y->encr && x->encr_bits == y->encr_bits &&
		   x->integ == y->integ && x->tunnel == y->tunnel &&
		   x->lifetime == y->lifetime && x->direction == y->direction &&
		   x->preserve == y->preserve && replay_equals(x, y) &&
		   x->acl->equals(x->acl, y->acl) &&
		   (!keys || (test_same(x->encr_key, y->encr_key) &&
					  test_same(x->integ_key, y->integ_key)));
}

/**
 * Compare the policy of KEKs.
 */
static bool kek_policy_equals(const group_kek_data_t *x,
							  const group_kek_data_t *y)
{
	return memeq(x->spi, y->spi, sizeof(x->spi)) &&
		   x->multicast == y->multicast && x->src->equals(x->src, y->src) &&
		   x->dst->equals(x->dst, y->dst) && x->encr == y->encr &&
		   x->encr_bits == y->encr_bits && x->sig == y->sig &&
		   x->sig_hash == y->sig_hash && x->sig_bits == y->sig_bits &&
		   x->lifetime == y->lifetime && x->ack == y->ack;
}

/**
 * Compare KEKs, NULL for none.
 */
static bool kek_equals(group_kek_t *a, group_kek_t *b)
{
	const group_kek_data_t *x, *y;

	if (!a || !b)
	{
		return a == b;
	}
	x = a->get(a);
	y = b->get(b);
	return kek_policy_equals(x, y) &&
		   (!a->has_keys(a) || !b->has_keys(b) ||
			(test_same(x->iv, y->iv) && test_same(x->key, y->key) &&
			 test_same(x->sig_key, y->sig_key)));
}

/**
 * Compare D3P and pseudotime of policies.
 */
static bool freshness_equals(group_policy_t *a, group_policy_t *b)
{
	group_pseudotime_t x = {}, y = {};
	uint32_t window[2] = {};
	uint8_t type[2] = {};

	return a->get_d3p(a, &type[0], &window[0]) ==
		   b->get_d3p(b, &type[1], &window[1]) &&
		   type[0] == type[1] && window[0] == window[1] &&
		   a->get_pseudotime(a, &x) == b->get_pseudotime(b, &y) &&
		   x.epoch == y.epoch && x.ticks == y.ticks && x.tick_ms == y.tick_ms;
}

bool test_policy_equals(group_policy_t *a, group_policy_t *b)
{
	enumerator_t *enumerator;
	group_tek_t *tek, *other;
	uint16_t atd[2], dtd[2];
	bool equal = TRUE;

	a->get_delays(a, &atd[0], &dtd[0]);
	b->get_delays(b, &atd[1], &dtd[1]);
	if (!kek_equals(a->get_kek(a), b->get_kek(b)) || atd[0] != atd[1] ||
		dtd[0] != dtd[1] || !freshness_equals(a, b) ||
		a->get_tek_count(a) != b->get_tek_count(b))
	{
		return FALSE;
	}
	enumerator = a->create_tek_enumerator(a);
	while (equal && enumerator->enumerate(enumerator, &tek))
	{
		other = b->find_tek(b, tek->get(tek)->protocol, tek->get(tek)->spi);
		equal = other && tek_equals(tek, other);
	}
	enumerator->destroy(enumerator);
	return equal;
}

gdoi_phase2_t *test_phase2(uint32_t message_id, bool wrong)
{
	chunk_t skeyid_a = chunk_from_str("0123456789abcdef0123456789abcdef");
	chunk_t bad = chunk_from_str("0123456789abcdef0123456789abcdeX");
	gdoi_phase2_keys_t keys = {
		.spi_i = 0x1111111122222222ULL,
		.spi_r = 0x3333333344444444ULL,
		.prf = PRF_HMAC_SHA2_256,
		.skeyid_a = wrong ? bad : skeyid_a,
		.encr = ENCR_AES_CBC,
		.encr_key = chunk_from_str("fedcba9876543210fedcba9876543210"),
	};
	uint8_t iv[16] = { 0x42 };
	gdoi_phase2_t *phase2;

	htoun32(iv + 4, message_id);
	phase2 = gdoi_phase2_create(&keys, message_id, chunk_from_thing(iv));
	ck_assert(phase2 != NULL);
	return phase2;
}
