/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup sid_sampler sid_sampler
 * @{ @ingroup gdoi
 */

#ifndef SID_SAMPLER_H_
#define SID_SAMPLER_H_

#include <library.h>
#include <networking/host.h>

typedef struct sid_sampler_t sid_sampler_t;
typedef struct sid_sampler_params_t sid_sampler_params_t;
typedef enum sid_sampler_status_t sid_sampler_status_t;

/** lengths of Sender IDs in bits that can be had */
#define SID_SAMPLER_BITS_MIN 8
#define SID_SAMPLER_BITS_MAX 16

/** times the average number of tries after which a sampler gives up; it has
 *  bad luck for that long with a probability of e^-32 */
#define SID_SAMPLER_PATIENCE 32

/** Sender IDs that a sampler can look for at the same time */
#define SID_SAMPLER_SIDS_MAX 16

/** samplers of one interface that may be at work at the same time */
#define SID_SAMPLER_SLOTS 16

/**
 * How far a sampler is.
 */
enum sid_sampler_status_t {
	/** call run() again */
	SID_SAMPLER_MORE,
	/** the state in the kernel has the Sender ID */
	SID_SAMPLER_DONE,
	/** it can't be had, see get_reason() */
	SID_SAMPLER_FAILED,
};

/**
 * What to sample.
 */
struct sid_sampler_params_t {

	/** anchors of the state: local and remote, of one family */
	host_t *local;
	host_t *remote;

	/** SPI, network order */
	uint32_t spi;

	/** XFRM interface ID of state and policy */
	uint32_t if_id;

	/** length of the Sender IDs, SID_SAMPLER_BITS_MIN..MAX */
	uint8_t bits;

	/** Sender IDs, one of which the state is to get: the more, the faster */
	uint32_t sids[SID_SAMPLER_SIDS_MAX];

	/** number of Sender IDs, at least 1 */
	u_int count;
};

/**
 * Gives the outbound state of a counter mode TEK a Sender ID (RFC 6054): the
 * first bits of all its IVs.
 *
 * The kernel's IV is the sequence number XOR a random number of each state,
 * that nothing sets. So the state is removed and added again until the IV of
 * its first packet, a probe that the crypto map's programs read and drop,
 * begins with the Sender ID. As sequence numbers have 32 bits, the first 32
 * bits of an IV stay what they are, and no IV comes twice.
 *
 * The state must be in the kernel at first and not be used by a policy; it is
 * taken as the template of all others, so that it doesn't matter who installed
 * it. It must not be touched while there is a sampler. If sampling fails or is
 * given up, a state with a wrong IV may be left: remove it.
 *
 * Not thread safe. Calls into the kernel: no lock may be held.
 */
struct sid_sampler_t {

	/**
	 * Try.
	 *
	 * @param ms		return after this time at the latest, milliseconds
	 * @return			status
	 */
	sid_sampler_status_t (*run)(sid_sampler_t *this, u_int ms);

	/**
	 * Get the number of states that were tried.
	 */
	uint32_t (*get_tries)(sid_sampler_t *this);

	/**
	 * Get the Sender ID that the state has.
	 *
	 * @return			Sender ID, if run() gave SID_SAMPLER_DONE
	 */
	uint32_t (*get_sid)(sid_sampler_t *this);

	/**
	 * Get why sampling failed.
	 *
	 * @return			sentence, static; NULL if it didn't
	 */
	const char *(*get_reason)(sid_sampler_t *this);

	/**
	 * Destroy the object, leaving the state.
	 */
	void (*destroy)(sid_sampler_t *this);
};

/**
 * Reads the IV of a sampler's last probe and forgets it.
 *
 * @param user			as given with the callback
 * @param slot			number of the sampler, 0..SID_SAMPLER_SLOTS-1
 * @param spi			SPI that the probe must have, network order; 0 to only
 *						forget
 * @param iv			set to the IV, host order
 * @return				FALSE if there was no such probe
 */
typedef bool (*sid_sampler_cb_t)(void *user, u_int slot, uint32_t spi,
								 uint64_t *iv);

/**
 * Create a sampler.
 *
 * @param params		what to sample, hosts are cloned
 * @param interface		interface that the crypto map sits on
 * @param cb			reads probes
 * @param user			handed to cb
 * @return				sampler; NULL if bits, count or a Sender ID are out of
 *						range
 */
sid_sampler_t *sid_sampler_create(const sid_sampler_params_t *params,
								  const char *interface, sid_sampler_cb_t cb,
								  void *user);

/**
 * Check if an IV begins with a Sender ID.
 *
 * @param iv			IV in host order
 * @param bits			length of the Sender ID, 1..32
 * @param sid			Sender ID
 */
bool sid_sampler_match(uint64_t iv, uint8_t bits, uint32_t sid);

/**
 * Check if a state can be brought to use one of some Sender IDs.
 *
 * @param bits			length of the Sender IDs
 * @param sids			Sender IDs
 * @param count			their number
 * @return				TRUE if all are in range
 */
bool sid_sampler_is_possible(uint8_t bits, const uint32_t *sids, u_int count);

#endif /** SID_SAMPLER_H_ @}*/
