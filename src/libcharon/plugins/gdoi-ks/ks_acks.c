/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_acks.h"
#include "ks_ack_log.h"

#include <collections/array.h>
#include <threading/condvar.h>
#include <threading/mutex.h>

/** messages that may wait per KEK */
#define QUEUE 16384

/** replaced KEKs that are kept at a time, however fast they come */
#define MAX_RETIRED 8

/** milliseconds by which a timer may be early */
#define SLACK 1000

/** acknowledgements per KEK that are known by their hashes: twice as many as a
 *  large group has members, in memory that small groups don't touch */
#define CACHE_SLOTS 16384

/** longest message that is known by its hash */
#define CACHE_MAX_LEN 512

typedef struct private_ks_acks_t private_ks_acks_t;
typedef struct entry_t entry_t;
typedef struct expiry_t expiry_t;

/**
 * Private data
 */
struct private_ks_acks_t {

	/**
	 * Public interface
	 */
	ks_acks_t public;

	/**
	 * Members of the group
	 */
	ks_members_t *members;

	/**
	 * Transport
	 */
	gdoi_transport_t *transport;

	/**
	 * Clock and timers
	 */
	ks_runtime_t *runtime;

	/**
	 * What the operator hears of dropped ones
	 */
	ks_ack_log_t *log;

	/**
	 * Key of the hashes that messages are known by
	 */
	u_char cache_key[16];

	/**
	 * Replaced KEKs, entry_t*, oldest first
	 */
	array_t *retired;

	/**
	 * Present KEK, NULL if there is none
	 */
	entry_t *current;

	/**
	 * Counters
	 */
	ks_acks_stats_t stats;

	/**
	 * Protects KEKs and counters
	 */
	mutex_t *mutex;

	/**
	 * Timers that are forgetting a KEK
	 */
	u_int expiring;

	/**
	 * Signaled when one of these is through
	 */
	condvar_t *expired;

	/**
	 * References: the owner's and one per timer
	 */
	refcount_t refs;
};

/**
 * A KEK
 */
struct entry_t {

	/** implements gdoi_kek_handler_t, whose calls are serialised */
	gdoi_kek_handler_t handler;

	/** whose it is */
	private_ks_acks_t *this;

	/** SPI */
	uint8_t spi[GROUP_KEK_SPI_LEN];

	/** HMAC-SHA-512 is asked for; only set_kek() looks at it */
	bool sha512;

	/** milliseconds when it is forgotten, if retired */
	uint64_t deadline;

	/** what is taken */
	ks_ack_mode_t mode;

	/** checks messages */
	gdoi_push_ack_verifier_t *verifier;

	/** protects mode and verifier; nobody waits for it unless they change */
	mutex_t *mutex;

	/** keyed hashes of messages that were booked; used by message() only */
	uint64_t *cache;
};

/**
 * A timer that forgets a KEK
 */
struct expiry_t {

	/** referenced */
	private_ks_acks_t *this;

	/** SPI of the KEK */
	uint8_t spi[GROUP_KEK_SPI_LEN];
};

/**
 * Give back a reference
 */
static void put_acks(private_ks_acks_t *this)
{
	if (ref_put(&this->refs))
	{
		array_destroy(this->retired);
		this->log->destroy(this->log);
		this->expired->destroy(this->expired);
		this->mutex->destroy(this->mutex);
		memwipe(this->cache_key, sizeof(this->cache_key));
		free(this);
	}
}

/**
 * Present time in seconds
 */
static time_t get_now(private_ks_acks_t *this)
{
	return this->runtime->now(this->runtime) / 1000;
}

/**
 * Increase a counter
 */
static void count(private_ks_acks_t *this, uint64_t *counter)
{
	this->mutex->lock(this->mutex);
	(*counter)++;
	this->mutex->unlock(this->mutex);
}

/**
 * Keyed hash of a message with its source: what members behind different
 * translators send may be equal octet by octet
 *
 * @return			hash, 0 if the message is too long
 */
static uint64_t hash_message(private_ks_acks_t *this, chunk_t data,
							 host_t *src)
{
	uint8_t buf[CACHE_MAX_LEN + sizeof(struct sockaddr_in6)];
	chunk_t address = src->get_address(src);
	uint16_t port = src->get_port(src);
	size_t len = 0;

	if (data.len > CACHE_MAX_LEN || address.len > 16)
	{
		return 0;
	}
	memcpy(buf, &port, sizeof(port));
	len += sizeof(port);
	memcpy(buf + len, address.ptr, address.len);
	len += address.len;
	memcpy(buf + len, data.ptr, data.len);
	len += data.len;
	return chunk_mac(chunk_create(buf, len), this->cache_key);
}

/**
 * Book an acknowledgement that is authentic and of a kind that is taken
 *
 * @return			TRUE if nothing more can come of this message
 */
static bool book(entry_t *entry, const gdoi_push_ack_t *ack, host_t *src)
{
	private_ks_acks_t *this = entry->this;
	time_t now = get_now(this);
	char id[64];

	switch (this->members->book(this->members, ack->id, src,
						ks_member_kek(chunk_from_thing(entry->spi)), ack->seq,
						ack->length, now))
	{
		case KS_BOOKED:
			count(this, &this->stats.booked);
			return TRUE;
		case KS_BOOKED_BEFORE:
			count(this, &this->stats.duplicates);
			return TRUE;
		case KS_BOOKED_STALE:
			count(this, &this->stats.stale);
			break;
		case KS_BOOKED_UNKNOWN:
			count(this, &this->stats.unsolicited);
			snprintf(id, sizeof(id), "it names %H", ack->id);
			this->log->dropped(this->log, KS_ACK_DROP_UNSOLICITED, src, id,
							   now);
			break;
	}
	return FALSE;
}

/**
 * Verify a message, and see whether its kind is taken
 *
 * @param ack		content, ack->id to destroy, if TRUE is returned
 */
static bool check(entry_t *entry, chunk_t data, host_t *src,
				  gdoi_push_ack_t *ack)
{
	private_ks_acks_t *this = entry->this;
	const char *reason = NULL;
	bool authentic, accepted;

	entry->mutex->lock(entry->mutex);
	authentic = entry->verifier->verify(entry->verifier, data, ack, &reason);
	accepted = authentic && ks_ack_accepts(entry->mode, ack->kind);
	entry->mutex->unlock(entry->mutex);
	if (!authentic)
	{
		count(this, &this->stats.invalid);
		this->log->dropped(this->log, KS_ACK_DROP_INVALID, src, reason,
						   get_now(this));
	}
	else if (!accepted)
	{
		ack->id->destroy(ack->id);
		count(this, &this->stats.refused);
		this->log->dropped(this->log, KS_ACK_DROP_REFUSED, src, NULL,
						   get_now(this));
	}
	return accepted;
}

METHOD(gdoi_kek_handler_t, message, void,
	entry_t *this, packet_t *packet)
{
	chunk_t data = packet->get_data(packet);
	host_t *src = packet->get_source(packet);
	gdoi_push_ack_t ack = {};
	uint64_t hash, *slot;

	hash = hash_message(this->this, data, src);
	slot = &this->cache[hash % CACHE_SLOTS];
	if (hash && *slot == hash)
	{
		count(this->this, &this->this->stats.duplicates);
		return;
	}
	if (check(this, data, src, &ack))
	{
		if (book(this, &ack, src))
		{
			*slot = hash;
		}
		ack.id->destroy(ack.id);
	}
}

/**
 * Free a KEK that is not with the transport
 */
static void destroy_entry(entry_t *entry)
{
	entry->verifier->destroy(entry->verifier);
	entry->mutex->destroy(entry->mutex);
	free(entry->cache);
	free(entry);
}

/**
 * Take a KEK that is in no list anymore from the transport, and free it; no
 * lock held
 */
static void forget(private_ks_acks_t *this, entry_t *entry)
{
	this->transport->remove_kek(this->transport, chunk_from_thing(entry->spi),
								GDOI_KEK_ACK, &entry->handler);
	destroy_entry(entry);
}

/**
 * Create an entry and register it with the transport
 *
 * @return			NULL if that is not possible
 */
static entry_t *create_entry(private_ks_acks_t *this, group_kek_t *kek,
							 ks_ack_mode_t mode, bool sha512)
{
	gdoi_push_ack_verifier_t *verifier;
	entry_t *entry;

	verifier = gdoi_push_ack_verifier_create(kek, sha512);
	if (!verifier)
	{
		DBG1(DBG_APP, "no acknowledgements can be verified under a KEK: its "
			 "algorithms are not available");
		return NULL;
	}
	INIT(entry,
		.handler = {
			.message = _message,
		},
		.this = this,
		.sha512 = sha512,
		.mode = mode,
		.verifier = verifier,
		.cache = calloc(CACHE_SLOTS, sizeof(uint64_t)),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	memcpy(entry->spi, kek->get(kek)->spi, sizeof(entry->spi));
	if (!this->transport->add_kek(this->transport,
								  chunk_from_thing(entry->spi), GDOI_KEK_ACK,
								  &entry->handler, QUEUE))
	{
		DBG1(DBG_APP, "acknowledgements under a KEK go to another already");
		destroy_entry(entry);
		return NULL;
	}
	return entry;
}

/**
 * Change how an entry takes messages
 */
static void update_entry(entry_t *entry, group_kek_t *kek, ks_ack_mode_t mode,
						 bool sha512)
{
	gdoi_push_ack_verifier_t *verifier = NULL, *old = NULL;

	if (entry->sha512 != sha512)
	{
		verifier = gdoi_push_ack_verifier_create(kek, sha512);
	}
	entry->mutex->lock(entry->mutex);
	entry->mode = mode;
	if (verifier)
	{
		old = entry->verifier;
		entry->verifier = verifier;
		entry->sha512 = sha512;
	}
	entry->mutex->unlock(entry->mutex);
	DESTROY_IF(old);
}

/**
 * Take a replaced KEK from the list
 *
 * @param spi		SPI of the KEK
 * @param due		only if its time is over
 * @return			KEK, NULL if there is none
 */
static entry_t *take_retired(private_ks_acks_t *this, const uint8_t *spi,
							 bool due)
{
	uint64_t now = this->runtime->now(this->runtime);
	entry_t *entry, *found = NULL;
	int i;

	this->mutex->lock(this->mutex);
	for (i = 0; !found && array_get(this->retired, i, &entry); i++)
	{
		if (memeq(entry->spi, spi, sizeof(entry->spi)) &&
			(!due || now + SLACK >= entry->deadline))
		{
			array_remove(this->retired, i, &found);
		}
	}
	this->mutex->unlock(this->mutex);
	return found;
}

/**
 * A replaced KEK was kept long enough; implements ks_runtime_t.call()
 */
static void expire(void *data)
{
	expiry_t *expiry = data;
	private_ks_acks_t *this = expiry->this;
	entry_t *entry;

	this->mutex->lock(this->mutex);
	this->expiring++;
	this->mutex->unlock(this->mutex);
	entry = take_retired(this, expiry->spi, TRUE);
	if (entry)
	{
		forget(this, entry);
	}
	this->mutex->lock(this->mutex);
	this->expiring--;
	this->expired->broadcast(this->expired);
	this->mutex->unlock(this->mutex);
}

/**
 * Free a timer
 */
static void destroy_expiry(void *data)
{
	expiry_t *expiry = data;

	put_acks(expiry->this);
	free(expiry);
}

/**
 * Keep a replaced KEK for a while
 */
static void retire(private_ks_acks_t *this, entry_t *entry)
{
	entry_t *oldest = NULL;
	expiry_t *expiry;

	INIT(expiry,
		.this = this,
	);
	memcpy(expiry->spi, entry->spi, sizeof(expiry->spi));
	ref_get(&this->refs);
	entry->deadline = this->runtime->now(this->runtime) + KS_ACKS_GRACE;
	this->mutex->lock(this->mutex);
	if (array_count(this->retired) >= MAX_RETIRED)
	{
		array_remove(this->retired, ARRAY_HEAD, &oldest);
	}
	array_insert(this->retired, ARRAY_TAIL, entry);
	this->mutex->unlock(this->mutex);
	if (oldest)
	{
		forget(this, oldest);
	}
	this->runtime->call(this->runtime, KS_ACKS_GRACE, expire, expiry,
						destroy_expiry);
}

/**
 * Exchange the present KEK
 *
 * @return			the one before
 */
static entry_t *set_current(private_ks_acks_t *this, entry_t *entry)
{
	entry_t *old;

	this->mutex->lock(this->mutex);
	old = this->current;
	this->current = entry;
	this->mutex->unlock(this->mutex);
	return old;
}

METHOD(ks_acks_t, set_kek, void,
	private_ks_acks_t *this, group_kek_t *kek, ks_ack_mode_t mode, bool sha512)
{
	entry_t *entry = NULL, *old = this->current;

	if (kek && old && memeq(old->spi, kek->get(kek)->spi, sizeof(old->spi)))
	{
		update_entry(old, kek, mode, sha512);
		return;
	}
	if (kek)
	{
		entry = take_retired(this, kek->get(kek)->spi, FALSE);
		if (entry)
		{
			update_entry(entry, kek, mode, sha512);
		}
		else
		{
			entry = create_entry(this, kek, mode, sha512);
		}
	}
	old = set_current(this, entry);
	if (old)
	{
		retire(this, old);
	}
}

METHOD(ks_acks_t, get_stats, void,
	private_ks_acks_t *this, ks_acks_stats_t *stats)
{
	this->mutex->lock(this->mutex);
	*stats = this->stats;
	this->mutex->unlock(this->mutex);
}

METHOD(ks_acks_t, destroy, void,
	private_ks_acks_t *this)
{
	entry_t *entry = set_current(this, NULL);
	bool more;

	if (entry)
	{
		forget(this, entry);
	}
	do
	{
		this->mutex->lock(this->mutex);
		more = array_remove(this->retired, ARRAY_HEAD, &entry);
		this->mutex->unlock(this->mutex);
		if (more)
		{
			forget(this, entry);
		}
	}
	while (more);
	/* messages of a KEK that a timer has taken still reach the members */
	this->mutex->lock(this->mutex);
	while (this->expiring)
	{
		this->expired->wait(this->expired, this->mutex);
	}
	this->mutex->unlock(this->mutex);
	put_acks(this);
}

/**
 * Make the key of the hashes. A guessed one would let nobody in: who could
 * make use of it has to be able to make messages that verify.
 */
static void create_cache_key(private_ks_acks_t *this)
{
	rng_t *rng;

	rng = lib->crypto->create_rng(lib->crypto, RNG_WEAK);
	if (!rng ||
		!rng->get_bytes(rng, sizeof(this->cache_key), this->cache_key))
	{
		memset(this->cache_key, 0, sizeof(this->cache_key));
	}
	DESTROY_IF(rng);
}

/*
 * Described in header
 */
ks_acks_t *ks_acks_create(const char *group, ks_members_t *members,
						  gdoi_transport_t *transport, ks_runtime_t *runtime,
						  gdoi_log_t *log)
{
	private_ks_acks_t *this;

	INIT(this,
		.public = {
			.set_kek = _set_kek,
			.get_stats = _get_stats,
			.destroy = _destroy,
		},
		.members = members,
		.transport = transport,
		.runtime = runtime,
		.log = ks_ack_log_create(group, log),
		.retired = array_create(0, 0),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.expired = condvar_create(CONDVAR_TYPE_DEFAULT),
		.refs = 1,
	);
	create_cache_key(this);
	return &this->public;
}
