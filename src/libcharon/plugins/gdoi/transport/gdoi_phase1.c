/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoi_phase1.h"
#include "gdoi_filter.h"
#include "gdoi_sender.h"

#include <daemon.h>
#include <processing/jobs/delete_ike_sa_job.h>
#include <sa/ikev1/keymat_v1.h>
#include <threading/mutex.h>

typedef struct private_gdoi_phase1_t private_gdoi_phase1_t;

/**
 * Private data
 */
struct private_gdoi_phase1_t {

	/**
	 * Public interface
	 */
	gdoi_phase1_t public;

	/**
	 * Both cookies
	 */
	uint8_t cookies[GDOI_COOKIES_LEN];

	/**
	 * Name of the connection
	 */
	char *connection;

	/**
	 * Unique id of the IKE_SA
	 */
	uint32_t unique_id;

	/**
	 * TRUE if we are the initiator
	 */
	bool initiator;

	/**
	 * Identities
	 */
	identification_t *my_id;
	identification_t *other_id;

	/**
	 * Certificate of the peer, or NULL
	 */
	certificate_t *certificate;

	/**
	 * Feature bits of the peer
	 */
	uint8_t features;

	/**
	 * DSCP of the connection's messages
	 */
	uint8_t dscp;

	/**
	 * Algorithms and keys
	 */
	gdoi_phase1_keys_t *keys;

	/**
	 * Endpoints
	 */
	host_t *me;
	host_t *other;

	/**
	 * Last cipher block of phase 1, empty until it was asked for
	 */
	chunk_t last_block;

	/**
	 * TRUE if the IKE_SA is gone
	 */
	bool gone;

	/**
	 * TRUE if it is to end
	 */
	bool ending;

	/**
	 * How it ends
	 */
	gdoi_phase1_end_t end;

	/**
	 * Lock for endpoints, last_block, gone, ending and end
	 */
	mutex_t *mutex;

	/**
	 * Counters
	 */
	gdoi_counters_t *counters;

	/**
	 * Impairments, or NULL
	 */
	gdoi_impair_t *impair;

	/**
	 * References
	 */
	refcount_t ref;
};

METHOD(gdoi_phase1_t, get_cookies, chunk_t,
	private_gdoi_phase1_t *this)
{
	return chunk_from_thing(this->cookies);
}

METHOD(gdoi_phase1_t, get_connection, const char*,
	private_gdoi_phase1_t *this)
{
	return this->connection;
}

METHOD(gdoi_phase1_t, get_unique_id, uint32_t,
	private_gdoi_phase1_t *this)
{
	return this->unique_id;
}

METHOD(gdoi_phase1_t, is_initiator, bool,
	private_gdoi_phase1_t *this)
{
	return this->initiator;
}

METHOD(gdoi_phase1_t, get_my_host, host_t*,
	private_gdoi_phase1_t *this)
{
	host_t *host;

	this->mutex->lock(this->mutex);
	host = this->me->clone(this->me);
	this->mutex->unlock(this->mutex);
	return host;
}

METHOD(gdoi_phase1_t, get_other_host, host_t*,
	private_gdoi_phase1_t *this)
{
	host_t *host;

	this->mutex->lock(this->mutex);
	host = this->other->clone(this->other);
	this->mutex->unlock(this->mutex);
	return host;
}

METHOD(gdoi_phase1_t, get_my_id, identification_t*,
	private_gdoi_phase1_t *this)
{
	return this->my_id;
}

METHOD(gdoi_phase1_t, get_other_id, identification_t*,
	private_gdoi_phase1_t *this)
{
	return this->other_id;
}

METHOD(gdoi_phase1_t, get_certificate, certificate_t*,
	private_gdoi_phase1_t *this)
{
	return this->certificate;
}

METHOD(gdoi_phase1_t, get_features, uint8_t,
	private_gdoi_phase1_t *this)
{
	return this->features;
}

/**
 * Make the id that charon finds the IKE_SA by
 */
static ike_sa_id_t *create_id(private_gdoi_phase1_t *this)
{
	return ike_sa_id_create(IKEV1_MAJOR_VERSION, this->keys->phase2.spi_i,
							this->keys->phase2.spi_r, this->initiator);
}

/**
 * Get the last cipher block of phase 1 from the IKE_SA, which has it only
 * after the last message of phase 1
 */
static chunk_t fetch_last_block(private_gdoi_phase1_t *this)
{
	keymat_v1_t *keymat;
	ike_sa_id_t *id;
	ike_sa_t *ike_sa;
	chunk_t block = chunk_empty;

	id = create_id(this);
	ike_sa = charon->ike_sa_manager->checkout(charon->ike_sa_manager, id);
	id->destroy(id);
	if (!ike_sa)
	{
		return chunk_empty;
	}
	keymat = (keymat_v1_t*)ike_sa->get_keymat(ike_sa);
	if (keymat->get_iv(keymat, 0, &block))
	{
		block = chunk_clone(block);
	}
	charon->ike_sa_manager->checkin(charon->ike_sa_manager, ike_sa);
	return block;
}

/**
 * Get the last cipher block of phase 1, valid as long as the object is
 */
static bool get_last_block(private_gdoi_phase1_t *this, chunk_t *block)
{
	chunk_t fetched;

	this->mutex->lock(this->mutex);
	*block = this->last_block;
	if (this->gone)
	{
		this->mutex->unlock(this->mutex);
		return FALSE;
	}
	this->mutex->unlock(this->mutex);
	if (block->len)
	{
		return TRUE;
	}
	fetched = fetch_last_block(this);
	if (!fetched.len)
	{
		return FALSE;
	}
	this->mutex->lock(this->mutex);
	if (this->last_block.len)
	{	/* another thread was faster */
		chunk_free(&fetched);
	}
	else
	{
		this->last_block = fetched;
	}
	*block = this->last_block;
	this->mutex->unlock(this->mutex);
	return TRUE;
}

METHOD(gdoi_phase1_t, create_phase2, gdoi_phase2_t*,
	private_gdoi_phase1_t *this, uint32_t mid)
{
	gdoi_phase2_t *phase2 = NULL;
	uint32_t net = htonl(mid);
	chunk_t block, data, iv;
	hasher_t *hasher;

	if (!get_last_block(this, &block))
	{
		return NULL;
	}
	hasher = lib->crypto->create_hasher(lib->crypto, this->keys->hash);
	if (!hasher)
	{
		return NULL;
	}
	data = chunk_cata("cc", block, chunk_from_thing(net));
	if (hasher->allocate_hash(hasher, data, &iv))
	{
		phase2 = gdoi_phase2_create(&this->keys->phase2, mid,
							chunk_create(iv.ptr, min(iv.len, block.len)));
		chunk_free(&iv);
	}
	hasher->destroy(hasher);
	return phase2;
}

/**
 * Send a packet, a gdoi_impair_pass_t
 *
 * Not by charon->sender, whose thread a key server would have to wake for
 * every message. UDP doesn't block, so the worker that made it can send it.
 */
static void pass(void *user, packet_t *packet)
{
	DBG2(DBG_NET, "sending packet: from %#H to %#H (%zu bytes)",
		 packet->get_source(packet), packet->get_destination(packet),
		 packet->get_data(packet).len);
	gdoi_sender_mark(packet);
	charon->socket->send(charon->socket, packet);
	packet->destroy(packet);
}

METHOD(gdoi_phase1_t, send_, void,
	private_gdoi_phase1_t *this, chunk_t datagram)
{
	packet_t *packet;

	this->mutex->lock(this->mutex);
	if (this->gone)
	{
		this->mutex->unlock(this->mutex);
		return;
	}
	packet = packet_create_from_data(this->me->clone(this->me),
									 this->other->clone(this->other),
									 chunk_clone(datagram));
	this->mutex->unlock(this->mutex);
	packet->set_dscp(packet, this->dscp);
	this->counters->add(this->counters, GDOI_COUNT_SENT);
	if (this->impair)
	{
		this->impair->apply(this->impair, FALSE, packet, pass, NULL);
		return;
	}
	pass(NULL, packet);
}

/**
 * Note how it ends, if that is not known yet; mutex is held
 */
static void set_end_locked(private_gdoi_phase1_t *this, gdoi_phase1_end_t end)
{
	if (this->end == GDOI_PHASE1_LOST)
	{
		this->end = end;
	}
}

METHOD(gdoi_phase1_t, set_end, void,
	private_gdoi_phase1_t *this, gdoi_phase1_end_t end)
{
	this->mutex->lock(this->mutex);
	set_end_locked(this, end);
	this->mutex->unlock(this->mutex);
}

METHOD(gdoi_phase1_t, get_end, gdoi_phase1_end_t,
	private_gdoi_phase1_t *this)
{
	gdoi_phase1_end_t end;

	this->mutex->lock(this->mutex);
	end = this->end;
	this->mutex->unlock(this->mutex);
	return end;
}

METHOD(gdoi_phase1_t, has_phase2, bool,
	private_gdoi_phase1_t *this)
{
	bool has;

	this->mutex->lock(this->mutex);
	has = this->last_block.len && !this->gone;
	this->mutex->unlock(this->mutex);
	return has;
}

METHOD(gdoi_phase1_t, terminate, void,
	private_gdoi_phase1_t *this)
{
	ike_sa_id_t *id;

	this->mutex->lock(this->mutex);
	this->ending = TRUE;
	set_end_locked(this, GDOI_PHASE1_OURS);
	this->mutex->unlock(this->mutex);
	id = create_id(this);
	lib->processor->queue_job(lib->processor,
							  (job_t*)delete_ike_sa_job_create(id, TRUE));
	id->destroy(id);
}

METHOD(gdoi_phase1_t, is_ending, bool,
	private_gdoi_phase1_t *this)
{
	bool ending;

	this->mutex->lock(this->mutex);
	ending = this->ending;
	this->mutex->unlock(this->mutex);
	return ending;
}

METHOD(gdoi_phase1_t, update_hosts, void,
	private_gdoi_phase1_t *this, host_t *me, host_t *other)
{
	this->mutex->lock(this->mutex);
	this->me->destroy(this->me);
	this->other->destroy(this->other);
	this->me = me->clone(me);
	this->other = other->clone(other);
	this->mutex->unlock(this->mutex);
}

METHOD(gdoi_phase1_t, invalidate, void,
	private_gdoi_phase1_t *this)
{
	this->mutex->lock(this->mutex);
	this->gone = TRUE;
	this->mutex->unlock(this->mutex);
}

METHOD(gdoi_phase1_t, get_ref, gdoi_phase1_t*,
	private_gdoi_phase1_t *this)
{
	ref_get(&this->ref);
	return &this->public;
}

METHOD(gdoi_phase1_t, destroy, void,
	private_gdoi_phase1_t *this)
{
	if (ref_put(&this->ref))
	{
		gdoi_phase1_keys_destroy(this->keys);
		chunk_free(&this->last_block);
		this->my_id->destroy(this->my_id);
		this->other_id->destroy(this->other_id);
		DESTROY_IF(this->certificate);
		this->me->destroy(this->me);
		this->other->destroy(this->other);
		this->mutex->destroy(this->mutex);
		this->counters->destroy(this->counters);
		DESTROY_IF(this->impair);
		free(this->connection);
		free(this);
	}
}

/**
 * Find the certificate that the peer authenticated with
 */
static certificate_t *find_certificate(ike_sa_t *ike_sa)
{
	certificate_t *certificate = NULL;
	enumerator_t *enumerator;
	auth_cfg_t *auth;

	enumerator = ike_sa->create_auth_cfg_enumerator(ike_sa, FALSE);
	while (!certificate && enumerator->enumerate(enumerator, &auth))
	{
		certificate = auth->get(auth, AUTH_RULE_SUBJECT_CERT);
	}
	enumerator->destroy(enumerator);
	return certificate ? certificate->get_ref(certificate) : NULL;
}

/*
 * Described in header
 */
gdoi_phase1_t *gdoi_phase1_create(ike_sa_t *ike_sa, gdoi_phase1_keys_t *keys,
								  uint8_t features, gdoi_counters_t *counters,
								  gdoi_impair_t *impair)
{
	private_gdoi_phase1_t *this;
	identification_t *my_id, *other_id;
	ike_cfg_t *ike_cfg;
	ike_sa_id_t *id;
	host_t *me, *other;

	id = ike_sa->get_id(ike_sa);
	ike_cfg = ike_sa->get_ike_cfg(ike_sa);
	my_id = ike_sa->get_my_id(ike_sa);
	other_id = ike_sa->get_other_id(ike_sa);
	me = ike_sa->get_my_host(ike_sa);
	other = ike_sa->get_other_host(ike_sa);
	INIT(this,
		.public = {
			.get_cookies = _get_cookies,
			.get_connection = _get_connection,
			.get_unique_id = _get_unique_id,
			.is_initiator = _is_initiator,
			.get_my_host = _get_my_host,
			.get_other_host = _get_other_host,
			.get_my_id = _get_my_id,
			.get_other_id = _get_other_id,
			.get_certificate = _get_certificate,
			.get_features = _get_features,
			.create_phase2 = _create_phase2,
			.send = _send_,
			.terminate = _terminate,
			.is_ending = _is_ending,
			.update_hosts = _update_hosts,
			.invalidate = _invalidate,
			.has_phase2 = _has_phase2,
			.set_end = _set_end,
			.get_end = _get_end,
			.get_ref = _get_ref,
			.destroy = _destroy,
		},
		.connection = strdup(ike_sa->get_name(ike_sa)),
		.unique_id = ike_sa->get_unique_id(ike_sa),
		.initiator = id->is_initiator(id),
		.my_id = my_id->clone(my_id),
		.other_id = other_id->clone(other_id),
		.certificate = find_certificate(ike_sa),
		.features = features,
		.dscp = ike_cfg->get_dscp(ike_cfg),
		.keys = keys,
		.me = me->clone(me),
		.other = other->clone(other),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.counters = counters->get_ref(counters),
		.impair = impair ? impair->get_ref(impair) : NULL,
		.ref = 1,
	);
	memcpy(this->cookies, &keys->phase2.spi_i, sizeof(uint64_t));
	memcpy(this->cookies + sizeof(uint64_t), &keys->phase2.spi_r,
		   sizeof(uint64_t));
	return &this->public;
}

/**
 * Find the prf that IKEv1 uses with a proposal: the one in it, or HMAC with
 * the hash algorithm
 */
static pseudo_random_function_t get_prf(proposal_t *proposal,
										integrity_algorithm_t integ)
{
	uint16_t alg;

	if (proposal->get_algorithm(proposal, PSEUDO_RANDOM_FUNCTION, &alg, NULL))
	{
		return alg;
	}
	switch (integ)
	{
		case AUTH_HMAC_MD5_96:
			return PRF_HMAC_MD5;
		case AUTH_HMAC_SHA1_96:
			return PRF_HMAC_SHA1;
		case AUTH_HMAC_SHA2_256_128:
			return PRF_HMAC_SHA2_256;
		case AUTH_HMAC_SHA2_384_192:
			return PRF_HMAC_SHA2_384;
		case AUTH_HMAC_SHA2_512_256:
			return PRF_HMAC_SHA2_512;
		default:
			return PRF_UNDEFINED;
	}
}

/**
 * Get the hash algorithm that stands behind a prf
 */
static hash_algorithm_t get_hash(integrity_algorithm_t integ)
{
	switch (integ)
	{
		case AUTH_HMAC_MD5_96:
			return HASH_MD5;
		case AUTH_HMAC_SHA1_96:
			return HASH_SHA1;
		case AUTH_HMAC_SHA2_256_128:
			return HASH_SHA256;
		case AUTH_HMAC_SHA2_384_192:
			return HASH_SHA384;
		case AUTH_HMAC_SHA2_512_256:
			return HASH_SHA512;
		default:
			return HASH_UNKNOWN;
	}
}

/*
 * Described in header
 */
gdoi_phase1_keys_t *gdoi_phase1_keys_create(ike_sa_t *ike_sa,
											chunk_t skeyid_a, chunk_t encr_key)
{
	gdoi_phase1_keys_t *keys;
	proposal_t *proposal;
	ike_sa_id_t *id;
	uint16_t encr, integ;

	id = ike_sa->get_id(ike_sa);
	proposal = ike_sa->get_proposal(ike_sa);
	if (!proposal ||
		!proposal->get_algorithm(proposal, ENCRYPTION_ALGORITHM, &encr, NULL) ||
		!proposal->get_algorithm(proposal, INTEGRITY_ALGORITHM, &integ, NULL))
	{
		return NULL;
	}
	INIT(keys,
		.phase2 = {
			.spi_i = id->get_initiator_spi(id),
			.spi_r = id->get_responder_spi(id),
			.prf = get_prf(proposal, integ),
			.skeyid_a = chunk_clone(skeyid_a),
			.encr = encr,
			.encr_key = chunk_clone(encr_key),
		},
		.hash = get_hash(integ),
	);
	if (keys->phase2.prf == PRF_UNDEFINED || keys->hash == HASH_UNKNOWN)
	{
		gdoi_phase1_keys_destroy(keys);
		return NULL;
	}
	return keys;
}

/*
 * Described in header
 */
void gdoi_phase1_keys_destroy(gdoi_phase1_keys_t *keys)
{
	if (keys)
	{
		chunk_clear(&keys->phase2.skeyid_a);
		chunk_clear(&keys->phase2.encr_key);
		free(keys);
	}
}
