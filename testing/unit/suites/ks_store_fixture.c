/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_store_fixture.h"

#include <credentials/sets/mem_cred.h>

#include <stdio.h>
#include <unistd.h>

/** where the clocks start; the monotonic one as that of a server just booted */
#define MONO_START 50
#define WALL_START 1800000000

time_t store_mono, store_wall;

char store_log_text[65536];

/** folder of the test's files */
static char folder[] = "/tmp/ks-store-test.XXXXXX";

/** secret of the store */
static mem_cred_t *creds;

time_t store_clock()
{
	return store_mono;
}

time_t store_wall_clock()
{
	return store_wall;
}

void store_pass(time_t seconds)
{
	store_mono += seconds;
	store_wall += seconds;
}

static void log_(gdoi_log_t *this, int severity, const char *mnemonic,
				 const char *group, const char *peer, const char *fmt, ...)
{
	size_t len = strlen(store_log_text);
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	snprintf(store_log_text + len, sizeof(store_log_text) - len, "%s %s\n",
			 mnemonic, text);
}

gdoi_log_t store_log = {
	.log = log_,
};

void assert_logged(const char *text)
{
	ck_assert_msg(strstr(store_log_text, text) != NULL,
				  "'%s' is not in the log: %s", text, store_log_text);
}

void assert_not_logged(const char *text)
{
	ck_assert_msg(strstr(store_log_text, text) == NULL,
				  "'%s' is in the log: %s", text, store_log_text);
}

const char *store_path()
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/store.db", folder);
	return path;
}

char *store_uri()
{
	static char uri[160];

	snprintf(uri, sizeof(uri), "%s%s", KS_SQLITE_SCHEME, store_path());
	return uri;
}

/**
 * Remove the database and what may be beside it
 */
static void remove_files()
{
	static const char *suffixes[] = { "", "-journal", "-wal", "-shm", ".2" };
	char path[160];
	int i;

	for (i = 0; i < countof(suffixes); i++)
	{
		snprintf(path, sizeof(path), "%s%s", store_path(), suffixes[i]);
		unlink(path);
	}
}

/**
 * Put a secret into the credential store, instead of what is there
 */
static void set_secret(shared_key_type_t type, const char *secret,
					   const char *owner)
{
	creds->clear(creds);
	creds->add_shared(creds, shared_key_create(type,
							chunk_clone(chunk_from_str((char*)secret))),
					  identification_create_from_string((char*)owner), NULL);
}

void store_set_secret(const char *secret, const char *owner)
{
	creds->clear(creds);
	if (secret)
	{
		set_secret(SHARED_PPK, secret, owner);
	}
}

void store_set_psk(const char *secret, const char *owner)
{
	set_secret(SHARED_IKE, secret, owner);
}

void store_fixture_reset()
{
	remove_files();
	store_mono = MONO_START;
	store_wall = WALL_START;
	store_log_text[0] = '\0';
	store_set_secret(SECRET, KS_KEEPER_SECRET);
}

bool store_fixture_init()
{
	if (!library_init(NULL, "unit") || !mkdtemp(folder))
	{
		return FALSE;
	}
	lib->settings->set_bool(lib->settings, "unit.load_modular", FALSE);
	/* OpenSSL doesn't free that provider when the plugin goes */
	lib->settings->set_bool(lib->settings, "unit.plugins.openssl.load_legacy",
							FALSE);
	lib->settings->set_str(lib->settings, "unit.plugins.gdoi-ks.store.uri",
						   store_uri());
	lib->plugins->add_path(lib->plugins, PLUGINDIR);
	if (!lib->plugins->load(lib->plugins, "random nonce openssl"))
	{
		fprintf(stderr, "no plugins of strongSwan in %s\n", PLUGINDIR);
		return FALSE;
	}
	creds = mem_cred_create();
	lib->credmgr->add_set(lib->credmgr, &creds->set);
	return TRUE;
}

void store_fixture_deinit()
{
	remove_files();
	rmdir(folder);
	lib->credmgr->remove_set(lib->credmgr, &creds->set);
	creds->destroy(creds);
	library_deinit();
}

/**
 * Make a KEK whose octets tell its generation
 */
static group_kek_t *make_kek(uint32_t generation, uint32_t lifetime)
{
	uint8_t iv[16], key[32], sig[91];
	group_kek_data_t data = {
		.encr = ENCR_AES_CBC,
		.encr_bits = 256,
		.sig = GROUP_SIG_ECDSA_256,
		.sig_hash = HASH_SHA256,
		.sig_bits = 256,
		.lifetime = lifetime,
		.ack = GROUP_ACK_KEK_SHA256,
		.iv = chunk_from_thing(iv),
		.key = chunk_from_thing(key),
		.sig_key = chunk_from_thing(sig),
		.src = host_create_from_string("10.0.8.1", 848),
		.dst = host_create_from_string("ff05::848", 848),
	};
	group_kek_t *kek;

	memset(iv, generation, sizeof(iv));
	memset(key, generation + 1, sizeof(key));
	memset(sig, generation + 2, sizeof(sig));
	memset(data.spi, 0xaa, sizeof(data.spi));
	htoun32(data.spi, generation);
	kek = group_kek_create(&data);
	data.src->destroy(data.src);
	data.dst->destroy(data.dst);
	return kek;
}

/**
 * Make a TEK whose octets tell its generation
 */
static group_tek_t *make_tek(uint32_t generation, uint32_t lifetime)
{
	uint8_t encr[16], integ[32];
	group_tek_data_t data = {
		.protocol = PROTO_ESP,
		.spi = htonl(0x10000 + generation),
		.encr = ENCR_AES_CBC,
		.encr_bits = 128,
		.integ = AUTH_HMAC_SHA2_256_128,
		.tunnel = TRUE,
		.lifetime = lifetime,
		.direction = GROUP_TEK_RECEIVER_ONLY,
		.preserve = GROUP_TEK_PRESERVE_SRC,
		.replay = GROUP_REPLAY_TIME,
		.replay_window = 100000,
		.encr_key = chunk_from_thing(encr),
		.integ_key = chunk_from_thing(integ),
		.acl = group_acl_create(),
	};
	group_tek_t *tek;
	group_ace_t ace;

	ck_assert(group_ace_parse("deny tcp any any port 179", &ace, NULL));
	data.acl->append(data.acl, &ace);
	ck_assert(group_ace_parse("permit ip 2001:db8::/32 2001:db8:1::/48", &ace,
							  NULL));
	data.acl->append(data.acl, &ace);
	memset(encr, generation, sizeof(encr));
	memset(integ, generation + 7, sizeof(integ));
	tek = group_tek_create(&data);
	data.acl->destroy(data.acl);
	return tek;
}

ks_state_t *fake_state_create(uint32_t generation, uint32_t sequence,
							  uint32_t age, uint32_t lifetime)
{
	ks_state_t *state = ks_state_create();
	ks_state_tek_t *tek;
	int i;

	state->kek = make_kek(generation, lifetime);
	state->kek_name = strdup("rekey.pem");
	state->kek_age = age;
	state->sequence = sequence;
	for (i = 0; i < 2; i++)
	{
		INIT(tek,
			.name = strdup(i ? "data" : "voice"),
			.tek = make_tek(generation + i, lifetime),
			.age = age,
			.lead = 90 + i,
			.layout = 1000 * i,
		);
		state->teks->insert_last(state->teks, tek);
	}
	state->pseudotime = (ks_pseudotime_state_t){
		.epoch = generation,
		.value = ((uint64_t)generation << 40) + 1,
		.boot = ((uint64_t)generation << 40) + 2,
		.boot_id = { 1, 2, 3, [KS_BOOT_ID_LEN - 1] = generation },
		.wall = 1700000000 + generation,
	};
	return state;
}

uint32_t fake_state_generation(ks_state_t *state)
{
	return untoh32((void*)state->kek->get(state->kek)->spi);
}

/**
 * Compare a KEK
 */
static void check_kek(group_kek_t *kek, group_kek_t *wanted)
{
	const group_kek_data_t *a = kek->get(kek), *b = wanted->get(wanted);

	ck_assert(memeq(a->spi, b->spi, sizeof(a->spi)));
	ck_assert(a->src->equals(a->src, b->src) &&
			  a->dst->equals(a->dst, b->dst));
	ck_assert(a->multicast == b->multicast && a->encr == b->encr &&
			  a->encr_bits == b->encr_bits && a->sig == b->sig &&
			  a->sig_hash == b->sig_hash && a->sig_bits == b->sig_bits &&
			  a->lifetime == b->lifetime && a->ack == b->ack);
	ck_assert(chunk_equals(a->iv, b->iv) && chunk_equals(a->key, b->key) &&
			  chunk_equals(a->sig_key, b->sig_key));
}

/**
 * Compare a TEK
 */
static void check_tek(group_tek_t *tek, group_tek_t *wanted)
{
	const group_tek_data_t *a = tek->get(tek), *b = wanted->get(wanted);

	ck_assert(a->protocol == b->protocol && a->spi == b->spi &&
			  a->encr == b->encr && a->encr_bits == b->encr_bits &&
			  a->integ == b->integ && a->tunnel == b->tunnel &&
			  a->lifetime == b->lifetime && a->direction == b->direction &&
			  a->preserve == b->preserve && a->replay == b->replay &&
			  a->replay_window == b->replay_window);
	ck_assert(a->acl->equals(a->acl, b->acl));
	ck_assert(chunk_equals(a->encr_key, b->encr_key) &&
			  chunk_equals(a->integ_key, b->integ_key));
}

void fake_state_check(ks_state_t *state, uint32_t generation)
{
	uint32_t lifetime = state->kek->get(state->kek)->lifetime;
	ks_state_t *wanted = fake_state_create(generation, 0, 0, lifetime);
	ks_state_tek_t *a, *b;

	ck_assert(memeq(&state->pseudotime, &wanted->pseudotime,
					sizeof(state->pseudotime)));
	check_kek(state->kek, wanted->kek);
	ck_assert_str_eq(state->kek_name, wanted->kek_name);
	ck_assert_int_eq(state->teks->get_count(state->teks), 2);
	while (wanted->teks->remove_first(wanted->teks, (void**)&b) == SUCCESS)
	{
		ck_assert(state->teks->remove_first(state->teks,
											(void**)&a) == SUCCESS);
		ck_assert_str_eq(a->name, b->name);
		ck_assert_uint_eq(a->lead, b->lead);
		ck_assert_uint_eq(a->layout, b->layout);
		check_tek(a->tek, b->tek);
		state->teks->insert_last(state->teks, a);
		b->tek->destroy(b->tek);
		free(b->name);
		free(b);
	}
	ks_state_destroy(wanted);
}

METHOD(ks_group_t, get_name, const char*,
	fake_group_t *this)
{
	return this->name;
}

METHOD(ks_group_t, get_members, ks_members_t*,
	fake_group_t *this)
{
	return this->members;
}

METHOD(ks_group_t, get_state, ks_state_t*,
	fake_group_t *this, time_t *now)
{
	ks_state_t *state;

	*now = store_mono;
	if (!this->begun)
	{
		return NULL;
	}
	state = fake_state_create(this->generation, this->sequence,
							  store_mono - this->created, this->lifetime);
	this->sids->get_state(this->sids, &state->sids);
	return state;
}

METHOD(ks_group_t, begin, void,
	fake_group_t *this, ks_state_t *state)
{
	ks_sid_format_t format = { .bits = 16 };

	this->begun = TRUE;
	this->restored = state && state->kek;
	if (this->restored)
	{
		this->generation = fake_state_generation(state);
		this->sequence = state->sequence;
		this->created = store_mono - state->kek_age;
		this->lifetime = state->kek->get(state->kek)->lifetime;
		this->teks = state->teks->get_count(state->teks);
		this->sids->set_state(this->sids, &state->sids);
	}
	this->sids->configure(this->sids, &format);
}

METHOD(ks_group_t, get_ref, ks_group_t*,
	fake_group_t *this)
{
	this->refs++;
	return &this->public;
}

METHOD(ks_group_t, destroy, void,
	fake_group_t *this)
{
	this->refs--;
}

fake_group_t *fake_group_create(const char *name)
{
	fake_group_t *this;

	INIT(this,
		.public = {
			.get_name = _get_name,
			.get_members = _get_members,
			.get_state = _get_state,
			.begin = _begin,
			.get_ref = _get_ref,
			.destroy = _destroy,
		},
		.name = name,
		.generation = 1,
		.created = store_mono,
		.lifetime = 3600,
		.members = ks_members_create(100000),
		.sids = ks_sid_pool_create(),
		.refs = 1,
	);
	return this;
}

void fake_group_rekey(fake_group_t *this)
{
	this->generation++;
	this->sequence = 0;
	this->created = store_mono;
}

void fake_group_join(fake_group_t *this, u_int first, u_int count,
					 time_t expires)
{
	host_t *local = host_create_from_string("10.0.8.1", 848), *host;
	identification_t *id;
	char text[64];

	for (; count--; first++)
	{
		snprintf(text, sizeof(text), "10.%u.%u.%u", first >> 16,
				 (first >> 8) & 0xff, first & 0xff);
		host = host_create_from_string(text, 848);
		snprintf(text, sizeof(text), "gm%u@example.org", first);
		id = identification_create_from_string(text);
		this->members->add(this->members, id, host, local, 1, store_mono,
						   expires, NULL);
		id->destroy(id);
		host->destroy(host);
	}
	local->destroy(local);
}

void fake_group_destroy(fake_group_t *this)
{
	ck_assert_uint_eq(this->refs, 1);
	this->members->destroy(this->members);
	this->sids->destroy(this->sids);
	free(this);
}
