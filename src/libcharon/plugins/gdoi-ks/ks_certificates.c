/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_certificates.h"
#include "ks_id.h"

#include <collections/hashtable.h>
#include <credentials/sets/mem_cred.h>
#include <threading/mutex.h>

typedef struct private_ks_certificates_t private_ks_certificates_t;
typedef struct entry_t entry_t;

/**
 * A certificate
 */
struct entry_t {

	/** identity that the member authenticated with */
	identification_t *id;

	/** DER of the certificate */
	chunk_t der;

	/** it is not to be trusted */
	bool refused;
};

/**
 * Private data
 */
struct private_ks_certificates_t {

	/**
	 * Public interface
	 */
	ks_certificates_t public;

	/**
	 * Checks certificates
	 */
	ks_trust_t trust;

	/**
	 * identification_t* => entry_t*
	 */
	hashtable_t *entries;

	/**
	 * Protects entries
	 */
	mutex_t *mutex;
};

/**
 * Destroy an entry
 */
static void destroy_entry(entry_t *entry)
{
	if (entry)
	{
		entry->id->destroy(entry->id);
		chunk_free(&entry->der);
		free(entry);
	}
}

/**
 * Destroy an entry of the table
 */
static void destroy_item(void *value, const void *key)
{
	destroy_entry(value);
}

METHOD(ks_certificates_t, forget, void,
	private_ks_certificates_t *this, identification_t *id)
{
	this->mutex->lock(this->mutex);
	destroy_entry(this->entries->remove(this->entries, id));
	this->mutex->unlock(this->mutex);
}

METHOD(ks_certificates_t, note, void,
	private_ks_certificates_t *this, identification_t *id,
	certificate_t *certificate)
{
	entry_t *entry, *old;
	chunk_t der;

	if (!certificate || certificate->get_type(certificate) != CERT_X509 ||
		!certificate->get_encoding(certificate, CERT_ASN1_DER, &der))
	{
		forget(this, id);
		return;
	}
	INIT(entry,
		.id = id->clone(id),
		.der = der,
	);
	this->mutex->lock(this->mutex);
	old = this->entries->remove(this->entries, id);
	/* it may have been refused while the member registered */
	entry->refused = old && old->refused && chunk_equals(old->der, der);
	this->entries->put(this->entries, entry->id, entry);
	this->mutex->unlock(this->mutex);
	destroy_entry(old);
}

/**
 * Set whether a member is refused
 */
static void set_refused(private_ks_certificates_t *this, identification_t *id,
						bool refused)
{
	entry_t *entry;

	this->mutex->lock(this->mutex);
	entry = this->entries->get(this->entries, id);
	if (entry)
	{
		entry->refused = refused;
	}
	this->mutex->unlock(this->mutex);
}

METHOD(ks_certificates_t, refuse, void,
	private_ks_certificates_t *this, identification_t *id)
{
	set_refused(this, id, TRUE);
}

METHOD(ks_certificates_t, is_refused, bool,
	private_ks_certificates_t *this, identification_t *id,
	certificate_t *certificate)
{
	chunk_t der = chunk_empty;
	entry_t *entry;
	bool refused;

	if (certificate &&
		!certificate->get_encoding(certificate, CERT_ASN1_DER, &der))
	{
		return FALSE;
	}
	this->mutex->lock(this->mutex);
	entry = this->entries->get(this->entries, id);
	refused = entry && entry->refused &&
			  (!certificate || chunk_equals(entry->der, der));
	this->mutex->unlock(this->mutex);
	chunk_free(&der);
	return refused;
}

/**
 * Copy a member's certificate.
 *
 * @return				DER, to free; empty if there is none
 */
static chunk_t get_der(private_ks_certificates_t *this, identification_t *id)
{
	chunk_t der = chunk_empty;
	entry_t *entry;

	this->mutex->lock(this->mutex);
	entry = this->entries->get(this->entries, id);
	if (entry)
	{
		der = chunk_clone(entry->der);
	}
	this->mutex->unlock(this->mutex);
	return der;
}

METHOD(ks_certificates_t, check_, bool,
	private_ks_certificates_t *this, identification_t *id)
{
	certificate_t *certificate;
	chunk_t der;
	bool trusted;

	der = get_der(this, id);
	if (!der.len)
	{
		return TRUE;
	}
	certificate = lib->creds->create(lib->creds, CRED_CERTIFICATE, CERT_X509,
									 BUILD_BLOB_ASN1_DER, der, BUILD_END);
	chunk_free(&der);
	trusted = certificate && this->trust(certificate, id);
	DESTROY_IF(certificate);
	if (trusted)
	{
		set_refused(this, id, FALSE);
	}
	return trusted;
}

METHOD(ks_certificates_t, get_ids, linked_list_t*,
	private_ks_certificates_t *this)
{
	linked_list_t *ids = linked_list_create();
	enumerator_t *enumerator;
	identification_t *id;
	entry_t *entry;

	this->mutex->lock(this->mutex);
	enumerator = this->entries->create_enumerator(this->entries);
	while (enumerator->enumerate(enumerator, &id, &entry))
	{
		ids->insert_last(ids, id->clone(id));
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return ids;
}

METHOD(ks_certificates_t, get_count, u_int,
	private_ks_certificates_t *this)
{
	u_int count;

	this->mutex->lock(this->mutex);
	count = this->entries->get_count(this->entries);
	this->mutex->unlock(this->mutex);
	return count;
}

METHOD(ks_certificates_t, destroy, void,
	private_ks_certificates_t *this)
{
	this->entries->destroy_function(this->entries, destroy_item);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
ks_certificates_t *ks_certificates_create(ks_trust_t trust)
{
	private_ks_certificates_t *this;

	INIT(this,
		.public = {
			.note = _note,
			.forget = _forget,
			.refuse = _refuse,
			.is_refused = _is_refused,
			.check = _check_,
			.get_ids = _get_ids,
			.get_count = _get_count,
			.destroy = _destroy,
		},
		.trust = trust,
		.entries = hashtable_create(ks_id_hash, ks_id_equals, 8),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}

/*
 * Described in header
 */
bool ks_certificates_trusted(certificate_t *certificate, identification_t *id)
{
	enumerator_t *enumerator;
	certificate_t *current;
	bool trusted = FALSE;
	mem_cred_t *creds;
	auth_cfg_t *auth;

	creds = mem_cred_create();
	creds->add_cert(creds, FALSE, certificate->get_ref(certificate));
	lib->credmgr->add_local_set(lib->credmgr, &creds->set, FALSE);
	enumerator = lib->credmgr->create_trusted_enumerator(lib->credmgr, KEY_ANY,
														 id, TRUE);
	while (!trusted && enumerator->enumerate(enumerator, &current, &auth))
	{
		trusted = current->equals(current, certificate);
	}
	enumerator->destroy(enumerator);
	lib->credmgr->remove_local_set(lib->credmgr, &creds->set);
	creds->destroy(creds);
	return trusted;
}
