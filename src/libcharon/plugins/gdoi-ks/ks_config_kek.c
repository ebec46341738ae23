/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_config_kek.h"

#include <errno.h>
#include <unistd.h>

/** range of the lifetime in milliseconds */
#define LIFETIME_MIN (10 * 1000ULL)
#define LIFETIME_MAX (30 * 24 * 3600 * 1000ULL)

/** smallest RSA keys that are accepted, and that pass without advice */
#define RSA_BITS_MIN 1024
#define RSA_BITS_GOOD 2048

typedef enum kek_cipher_t kek_cipher_t;

/**
 * Ciphers that a KEK may have
 */
enum kek_cipher_t {
	KEK_3DES = 0,
	KEK_AES128,
	KEK_AES192,
	KEK_AES256,
};

ENUM(kek_cipher_names, KEK_3DES, KEK_AES256,
	"3des",
	"aes128",
	"aes192",
	"aes256",
);

typedef enum kek_hash_t kek_hash_t;

/**
 * Hashes that a signature may have
 */
enum kek_hash_t {
	KEK_HASH_NONE = 0,
	KEK_SHA1,
	KEK_SHA256,
	KEK_SHA384,
	KEK_SHA512,
};

ENUM(kek_hash_names, KEK_SHA1, KEK_SHA512,
	"sha1",
	"sha256",
	"sha384",
	"sha512",
);

/** hash algorithms by kek_hash_t */
static const hash_algorithm_t hashes[] = {
	HASH_UNKNOWN, HASH_SHA1, HASH_SHA256, HASH_SHA384, HASH_SHA512,
};

ENUM(sig_form_names, GDOI_SIG_DIGEST_INFO, GDOI_SIG_RAW,
	"digest-info",
	"raw",
);

/**
 * Set the cipher
 */
static void set_cipher(ks_config_kek_t *kek, kek_cipher_t cipher)
{
	kek->encr = cipher == KEK_3DES ? ENCR_3DES : ENCR_AES_CBC;
	kek->encr_bits = cipher == KEK_3DES ? 0 : 64 + 64 * cipher;
}

/**
 * Path of a readable key file.
 *
 * @return				FALSE if there is none
 */
static bool find_file(const char *dir, const char *name, char *path, size_t len)
{
	static const char *subdirs[] = { "private", "rsa", "ecdsa" };
	int i;

	if (*name == '/')
	{
		snprintf(path, len, "%s", name);
		return access(path, R_OK) == 0;
	}
	for (i = 0; i < countof(subdirs); i++)
	{
		snprintf(path, len, "%s/%s/%s", dir, subdirs[i], name);
		if (access(path, R_OK) == 0)
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Load the private key and its public half
 */
static bool load_key(ks_config_kek_t *kek, config_node_t *node,
					 config_reader_t *reader, const char *dir)
{
	public_key_t *public;
	char path[PATH_MAX];
	bool ok;

	if (!find_file(dir, kek->key_name, path, sizeof(path)))
	{
		reader->error(reader, node, "\"%s\" is not a readable file (write the "
					  "name of a private key in private, rsa or ecdsa of %s)",
					  kek->key_name, dir);
		return FALSE;
	}
	kek->key = lib->creds->create(lib->creds, CRED_PRIVATE_KEY, KEY_ANY,
								  BUILD_FROM_FILE, path, BUILD_END);
	public = kek->key ? kek->key->get_public_key(kek->key) : NULL;
	ok = public && public->get_encoding(public, PUBKEY_SPKI_ASN1_DER,
										&kek->public_key);
	DESTROY_IF(public);
	if (!ok)
	{
		reader->error(reader, node, "\"%s\" holds no private key that can be "
					  "loaded (write the name of an unencrypted RSA or ECDSA "
					  "key in PEM or DER)", kek->key_name);
	}
	return ok;
}

/**
 * Set up an RSA signature
 */
static bool set_rsa(ks_config_kek_t *kek, config_node_t *node,
					config_reader_t *reader, kek_hash_t hash)
{
	if (kek->sig_bits < RSA_BITS_MIN)
	{
		reader->error(reader, node, "\"%s\" is an RSA key of %d bits (write "
					  "the name of one with %d bits or more)", kek->key_name,
					  kek->sig_bits, RSA_BITS_GOOD);
		return FALSE;
	}
	if (kek->sig_bits < RSA_BITS_GOOD)
	{
		reader->warn(reader, node, "\"%s\" is an RSA key of %d bits, %d or "
					 "more are advised", kek->key_name, kek->sig_bits,
					 RSA_BITS_GOOD);
	}
	kek->sig = GROUP_SIG_RSA;
	kek->sig_hash = hashes[hash ?: KEK_SHA256];
	return TRUE;
}

/**
 * Set up an ECDSA signature; the curve implies the hash
 */
static bool set_ecdsa(ks_config_kek_t *kek, config_node_t *node,
					  config_reader_t *reader, kek_hash_t hash)
{
	kek_hash_t implied;

	switch (kek->sig_bits)
	{
		case 256:
			kek->sig = GROUP_SIG_ECDSA_256;
			implied = KEK_SHA256;
			break;
		case 384:
			kek->sig = GROUP_SIG_ECDSA_384;
			implied = KEK_SHA384;
			break;
		case 521:
			kek->sig = GROUP_SIG_ECDSA_521;
			implied = KEK_SHA512;
			break;
		default:
			reader->error(reader, node, "\"%s\" is an ECDSA key of %d bits "
						  "(write the name of one on P-256, P-384 or P-521)",
						  kek->key_name, kek->sig_bits);
			return FALSE;
	}
	if (hash && hash != implied)
	{
		reader->error(reader, node->get_parent(node)->get_child(
					  node->get_parent(node), "signature_hash"), "\"%N\" does "
					  "not go with an ECDSA key of %d bits (write %N, or leave "
					  "it out)", kek_hash_names, hash, kek->sig_bits,
					  kek_hash_names, implied);
		return FALSE;
	}
	kek->sig_hash = hashes[implied];
	return TRUE;
}

/**
 * Set up the signature by the type of the key
 */
static void set_signature(ks_config_kek_t *kek, config_node_t *node,
						  config_reader_t *reader, kek_hash_t hash)
{
	kek->sig_bits = kek->key->get_keysize(kek->key);
	switch (kek->key->get_type(kek->key))
	{
		case KEY_RSA:
			set_rsa(kek, node, reader, hash);
			break;
		case KEY_ECDSA:
			set_ecdsa(kek, node, reader, hash);
			break;
		default:
			reader->error(reader, node, "\"%s\" is neither an RSA nor an ECDSA "
						  "key (write the name of one)", kek->key_name);
			break;
	}
}

/*
 * Described in header
 */
ks_config_kek_t *ks_config_kek_parse(config_node_t *node,
									 config_reader_t *reader,
									 const char *keydir)
{
	u_int errors = reader->errors(reader);
	config_node_t *key;
	ks_config_kek_t *kek;
	kek_hash_t hash;
	const char *name;

	INIT(kek);
	set_cipher(kek, reader->get_word(reader, node, "encryption",
									 kek_cipher_names, KEK_AES256));
	kek->lifetime = reader->get_time(reader, node, "lifetime",
									 KS_KEK_LIFETIME_DEFAULT * 1000ULL,
									 LIFETIME_MIN, LIFETIME_MAX) / 1000;
	hash = reader->get_word(reader, node, "signature_hash", kek_hash_names,
							KEK_HASH_NONE);
	kek->form = reader->get_word(reader, node, "signature_form",
								 sig_form_names, GDOI_SIG_DIGEST_INFO);
	name = reader->get_str(reader, node, "signature_key", NULL);
	key = node->get_child(node, "signature_key");
	if (name)
	{
		kek->key_name = strdup(name);
		if (load_key(kek, key, reader, keydir))
		{
			set_signature(kek, key, reader, hash);
		}
	}
	else if (!key)
	{
		reader->missing(reader, node, "signature_key", "write the name of the "
						"private key that signs rekeys, or remove kek");
	}
	if (reader->errors(reader) > errors)
	{
		ks_config_kek_destroy(kek);
		return NULL;
	}
	return kek;
}

/*
 * Described in header
 */
bool ks_config_kek_equals(ks_config_kek_t *a, ks_config_kek_t *b)
{
	if (!a || !b)
	{
		return a == b;
	}
	return a->encr == b->encr && a->encr_bits == b->encr_bits &&
		   a->lifetime == b->lifetime && a->sig_hash == b->sig_hash &&
		   a->form == b->form &&
		   chunk_equals(a->public_key, b->public_key);
}

/*
 * Described in header
 */
void ks_config_kek_destroy(ks_config_kek_t *kek)
{
	if (kek)
	{
		DESTROY_IF(kek->key);
		chunk_free(&kek->public_key);
		free(kek->key_name);
		free(kek);
	}
}
