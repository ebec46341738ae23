/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_fixture.h"

#include <config/config_file.h>

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

time_t ks_fixture_now = 1000000;

char ks_fixture_log_text[65536];

gdoi_transport_t *ks_fixture_transport;
ks_runtime_t *ks_fixture_runtime;
ks_trust_t ks_fixture_trust;

/** configuration of the manager */
static group_config_t *config;

/** folder of keys */
static char keydir[] = "/tmp/ks-test.XXXXXX";

time_t ks_fixture_clock()
{
	return ks_fixture_now;
}

const char *ks_fixture_keydir()
{
	return keydir;
}

static void log_(gdoi_log_t *this, int severity, const char *mnemonic,
				 const char *group, const char *peer, const char *fmt, ...)
{
	size_t len = strlen(ks_fixture_log_text);
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	snprintf(ks_fixture_log_text + len, sizeof(ks_fixture_log_text) - len,
			 "%%GDOI-%d-%s: %s\n", severity, mnemonic, text);
}

gdoi_log_t ks_fixture_log = {
	.log = log_,
};

/**
 * Path of a file below the folder of keys, in static memory
 */
static const char *key_path(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", keydir, name);
	return path;
}

/**
 * Make a private key
 */
static bool make_key(key_type_t type, u_int bits, const char *name)
{
	private_key_t *key;
	chunk_t der;
	bool ok;

	key = lib->creds->create(lib->creds, CRED_PRIVATE_KEY, type,
							 BUILD_KEY_SIZE, bits, BUILD_END);
	if (!key)
	{
		return FALSE;
	}
	ok = key->get_encoding(key, PRIVKEY_ASN1_DER, &der) &&
		 chunk_write(der, (char*)key_path(name), 077, TRUE);
	chunk_clear(&der);
	key->destroy(key);
	return ok;
}

bool ks_fixture_init()
{
	if (!library_init(NULL, "unit") || !mkdtemp(keydir))
	{
		return FALSE;
	}
	lib->settings->set_bool(lib->settings, "unit.load_modular", FALSE);
	/* OpenSSL doesn't free that provider when the plugin goes */
	lib->settings->set_bool(lib->settings, "unit.plugins.openssl.load_legacy",
							FALSE);
	lib->settings->set_str(lib->settings, "unit.plugins.gdoi-ks.key_dir",
						   keydir);
	lib->settings->set_int(lib->settings, "unit.plugins.gdoi-ks.max_exchanges",
						   8);
	lib->settings->set_int(lib->settings, "unit.plugins.gdoi-ks.pull_rate", 0);
	lib->plugins->add_path(lib->plugins, PLUGINDIR);
	if (!lib->plugins->load(lib->plugins, "random nonce openssl pem pkcs1 "
							"pkcs8 pubkey x509"))
	{
		fprintf(stderr, "no plugins of strongSwan in %s\n", PLUGINDIR);
		return FALSE;
	}
	mkdir(key_path("private"), 0700);
	return make_key(KEY_RSA, 2048, "private/rsa.der") &&
		   make_key(KEY_RSA, 1024, "private/weak.der") &&
		   make_key(KEY_ECDSA, 256, "private/ecdsa.der") &&
		   chunk_write(chunk_from_str("garbage"),
					   (char*)key_path("private/garbage.der"), 077, TRUE);
}

void ks_fixture_deinit()
{
	static const char *names[] = {
		"private/rsa.der", "private/weak.der", "private/ecdsa.der",
		"private/garbage.der", "swanctl.conf",
	};
	int i;

	for (i = 0; i < countof(names); i++)
	{
		unlink(key_path(names[i]));
	}
	rmdir(key_path("private"));
	rmdir(keydir);
	library_deinit();
}

/**
 * Read a configuration from text
 */
static config_node_t *read_text(const char *text)
{
	config_node_t *root;

	ck_assert(chunk_write(chunk_from_str((char*)text),
						  (char*)key_path("swanctl.conf"), 077, TRUE));
	root = config_file_read(key_path("swanctl.conf"));
	ck_assert_msg(root != NULL, "unreadable: %s", text);
	return root;
}

ks_manager_t *ks_fixture_manager_create()
{
	ks_services_t services = {
		.log = &ks_fixture_log,
		.clock = ks_fixture_clock,
		.transport = ks_fixture_transport,
		.runtime = ks_fixture_runtime,
		.trust = ks_fixture_trust,
	};
	ks_manager_t *manager;

	ks_fixture_log_text[0] = '\0';
	manager = ks_manager_create(&services);
	config = group_config_create();
	config->add_role(config, &manager->role);
	return manager;
}

void ks_fixture_manager_destroy(ks_manager_t *manager)
{
	config->remove_role(config, &manager->role);
	config->destroy(config);
	manager->destroy(manager);
}

char *ks_fixture_load(const char *text, bool warnings)
{
	config_reader_t *reader = config_reader_create();
	config_node_t *root = read_text(text);
	enumerator_t *enumerator;
	char *line, *lines = strdup(""), *next;
	bool error;

	config->load(config, root, reader, NULL);
	enumerator = reader->create_enumerator(reader);
	while (enumerator->enumerate(enumerator, &error, &line))
	{
		if (error != warnings)
		{
			ck_assert(asprintf(&next, "%s%s\n", lines, line) > 0);
			free(lines);
			lines = next;
		}
	}
	enumerator->destroy(enumerator);
	root->destroy(root);
	reader->destroy(reader);
	return lines;
}

bool ks_fixture_dry_run(const char *text)
{
	group_load_t load = {
		.dry_run = TRUE,
	};
	config_reader_t *reader = config_reader_create();
	config_node_t *root = read_text(text);
	bool good;

	good = config->load(config, root, reader, &load);
	root->destroy(root);
	reader->destroy(reader);
	return good;
}

/** access lists of ks_fixture_config() */
static const struct {
	const char *name;
	const char *lines[3];
} lists[] = {
	{ "vpn", { "permit ip 10.1.0.0/16 10.1.0.0/16" } },
	{ "more", { "permit ip 10.1.0.0/16 10.1.0.0/16",
				"permit ip 10.1.0.0/16 10.2.0.0/16" } },
	{ "turned", { "permit ip 10.1.0.0/16 10.2.0.0/16",
				  "permit ip 10.1.0.0/16 10.1.0.0/16" } },
	{ "other", { "permit ip 10.3.0.0/16 10.3.0.0/16" } },
};

/**
 * Make a list of lines separated by semicolons
 */
static group_acl_t *inline_list(const char *lines)
{
	group_acl_t *acl = group_acl_create();
	enumerator_t *enumerator;
	group_ace_t ace;
	char *line;

	enumerator = enumerator_create_token(lines, ";", " ");
	while (enumerator->enumerate(enumerator, &line))
	{
		ck_assert_msg(group_ace_parse(line, &ace, NULL), "%s", line);
		acl->append(acl, &ace);
	}
	enumerator->destroy(enumerator);
	return acl;
}

/**
 * Make a list of a number of lines, of which no two overlap
 */
static group_acl_t *long_list(u_int count, bool ipv6)
{
	group_acl_t *acl = group_acl_create();
	group_ace_t ace;

	ck_assert(group_ace_parse(ipv6 ? "permit ip host 2001:db8:: 2001:db8::/32"
								   : "permit ip host 10.0.0.0 10.0.0.0/8",
							  &ace, NULL));
	while (count--)
	{
		htoun16(ace.src.addr + (ipv6 ? 14 : 2), count);
		acl->append(acl, &ace);
	}
	return acl;
}

/**
 * Implements group_acl_lookup_t
 */
static group_acl_t *lookup(void *user, const char *name)
{
	group_acl_t *acl = NULL;
	group_ace_t ace;
	int i, j;

	if (strchr(name, ' '))
	{
		return inline_list(name);
	}
	if (strpfx(name, "lines6-"))
	{
		return long_list(atoi(name + 7), TRUE);
	}
	if (strpfx(name, "lines"))
	{
		return long_list(atoi(name + 5), FALSE);
	}
	for (i = 0; i < countof(lists); i++)
	{
		if (streq(name, lists[i].name))
		{
			acl = group_acl_create();
			for (j = 0; j < countof(lists[i].lines) && lists[i].lines[j]; j++)
			{
				ck_assert(group_ace_parse(lists[i].lines[j], &ace, NULL));
				acl->append(acl, &ace);
			}
		}
	}
	return acl;
}

ks_config_t *ks_fixture_config(const char *server)
{
	group_entry_t group = {
		.name = "g",
		.id = { .type = GROUP_ID_NUMBER, .value = 3333 },
	};
	config_reader_t *reader = config_reader_create();
	config_node_t *root, *node;
	enumerator_t *enumerator;
	ks_config_t *config;
	char text[4096], *line;
	bool error;

	snprintf(text, sizeof(text), "groups {\n g {\n server {\n%s\n}\n}\n}\n",
			 server);
	root = read_text(text);
	node = root->get_child(root, "groups");
	node = node->get_child(node, "g");
	node = node->get_child(node, "server");
	config = ks_config_parse(&group, node, reader, lookup, NULL, keydir);
	enumerator = reader->create_enumerator(reader);
	while (enumerator->enumerate(enumerator, &error, &line))
	{
		ck_assert_msg(!error, "%s", line);
	}
	enumerator->destroy(enumerator);
	reader->destroy(reader);
	root->destroy(root);
	return config;
}

METHOD(gdoi_phase1_t, get_cookies, chunk_t,
	fake_phase1_t *this)
{
	return chunk_create(this->cookies, sizeof(this->cookies));
}

METHOD(gdoi_phase1_t, get_connection, const char*,
	fake_phase1_t *this)
{
	return this->connection;
}

METHOD(gdoi_phase1_t, get_my_host, host_t*,
	fake_phase1_t *this)
{
	return this->me->clone(this->me);
}

METHOD(gdoi_phase1_t, get_other_host, host_t*,
	fake_phase1_t *this)
{
	return this->other->clone(this->other);
}

METHOD(gdoi_phase1_t, get_other_id, identification_t*,
	fake_phase1_t *this)
{
	return this->id;
}

METHOD(gdoi_phase1_t, get_certificate, certificate_t*,
	fake_phase1_t *this)
{
	return this->certificate;
}

METHOD(gdoi_phase1_t, get_features, uint8_t,
	fake_phase1_t *this)
{
	return this->features;
}

METHOD(gdoi_phase1_t, create_phase2, gdoi_phase2_t*,
	fake_phase1_t *this, uint32_t mid)
{
	uint8_t secret[32], key[32], iv[16] = {};
	gdoi_phase2_keys_t keys = {
		.prf = PRF_HMAC_SHA2_256,
		.skeyid_a = chunk_from_thing(secret),
		.encr = ENCR_AES_CBC,
		.encr_key = chunk_from_thing(key),
	};

	memcpy(&keys.spi_i, this->cookies, 8);
	memcpy(&keys.spi_r, this->cookies + 8, 8);
	memset(secret, this->cookies[0], sizeof(secret));
	memset(key, this->cookies[1], sizeof(key));
	htoun32(iv, mid);
	return gdoi_phase2_create(&keys, mid, chunk_from_thing(iv));
}

METHOD(gdoi_phase1_t, send_, void,
	fake_phase1_t *this, chunk_t datagram)
{
	chunk_t *copy = malloc_thing(chunk_t);

	*copy = chunk_clone(datagram);
	this->sent->insert_last(this->sent, copy);
}

METHOD(gdoi_phase1_t, terminate, void,
	fake_phase1_t *this)
{
	this->terminated = TRUE;
}

chunk_t fake_phase1_take(fake_phase1_t *this)
{
	chunk_t *first, datagram = chunk_empty;

	if (this->sent->remove_first(this->sent, (void**)&first) == SUCCESS)
	{
		datagram = *first;
		free(first);
	}
	return datagram;
}

METHOD(gdoi_phase1_t, get_end, gdoi_phase1_end_t,
	fake_phase1_t *this)
{
	return this->terminated ? GDOI_PHASE1_OURS : this->end;
}

void fake_phase1_destroy(fake_phase1_t *this)
{
	chunk_t datagram;

	while ((datagram = fake_phase1_take(this)).len)
	{
		chunk_free(&datagram);
	}
	this->sent->destroy(this->sent);
	this->id->destroy(this->id);
	this->me->destroy(this->me);
	this->other->destroy(this->other);
	free(this);
}

fake_phase1_t *fake_phase1_create(const char *id, const char *address,
								  const char *connection)
{
	static uint64_t number;
	fake_phase1_t *this;

	INIT(this,
		.public = {
			.get_cookies = _get_cookies,
			.get_connection = _get_connection,
			.get_my_host = _get_my_host,
			.get_other_host = _get_other_host,
			.get_other_id = _get_other_id,
			.get_certificate = _get_certificate,
			.get_features = _get_features,
			.create_phase2 = _create_phase2,
			.send = _send_,
			.terminate = _terminate,
			.get_end = _get_end,
		},
		.features = 1,
		.connection = connection,
		.id = identification_create_from_string((char*)id),
		.me = host_create_from_string("10.0.8.1", 848),
		.other = host_create_from_string((char*)address, 848),
		.sent = linked_list_create(),
	);
	number++;
	memset(this->cookies, 7, sizeof(this->cookies));
	memcpy(this->cookies, &number, sizeof(number));
	return this;
}
