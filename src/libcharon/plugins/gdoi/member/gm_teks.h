/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_teks gm_teks
 * @{ @ingroup gdoi_member
 */

#ifndef GM_TEKS_H_
#define GM_TEKS_H_

#include "gm_schedule.h"

#include <cryptomap/crypto_map.h>
#include <cryptomap/group_sa.h>
#include <group/group_policy.h>

typedef struct gm_teks_t gm_teks_t;
typedef struct gm_tek_t gm_tek_t;
typedef struct gm_tek_info_t gm_tek_info_t;

/** SPIs of removed TEKs that are remembered */
#define GM_TEKS_REMOVED 64

/**
 * What a TEK is used for.
 */
typedef enum {
	/** sends and receives */
	GM_TEK_CURRENT,
	/** receives, will send when the current one is about to end */
	GM_TEK_NEXT,
	/** only receives: gave way to a newer one, or not in the policy any more */
	GM_TEK_OLD,
} gm_tek_state_t;

/**
 * enum names for gm_tek_state_t.
 */
extern enum_name_t *gm_tek_state_names;

/**
 * An installed TEK, for showing it.
 */
struct gm_tek_info_t {

	/** TEK */
	group_tek_t *tek;

	/** when it was installed and when it ends */
	gm_tek_time_t time;

	/** use */
	gm_tek_state_t state;

	/** in which directions it is in use, set when enumerated */
	crypto_map_direction_t direction;
};

/**
 * An installed TEK.
 */
struct gm_tek_t {

	/** what is shown of it; state is set by set_states() */
	gm_tek_info_t info;

	/** its states in the kernel */
	group_sa_t *sa;

	/** index of its flow */
	u_int flow;

	/** TRUE if it may send for its flow, as far as the policy goes */
	bool current;

	/** latest end by the key server's DTD, GM_NEVER without */
	uint64_t limit;

	/** TRUE if the rekey that is being installed deletes it */
	bool deleted;
};

/**
 * The TEKs of a group that are in the kernel. Not thread safe; calls into the
 * kernel, so no lock may be held.
 */
struct gm_teks_t {

	/**
	 * Add a TEK as the latest.
	 *
	 * @param tek		TEK, adopted
	 */
	void (*add)(gm_teks_t *this, gm_tek_t *tek);

	/**
	 * Remove a TEK from the kernel and destroy it.
	 */
	void (*remove)(gm_teks_t *this, gm_tek_t *tek);

	/**
	 * Enumerate the TEKs in the order they came.
	 *
	 * @return			enumerator over (gm_tek_t*)
	 */
	enumerator_t *(*create_enumerator)(gm_teks_t *this);

	/**
	 * Find a TEK by its SPI.
	 *
	 * @param spi		SPI in network order
	 * @return			TEK, or NULL
	 */
	gm_tek_t *(*find)(gm_teks_t *this, uint32_t spi);

	/**
	 * Check if a TEK of an SPI is or was installed not long ago.
	 *
	 * @param spi		SPI in network order
	 */
	bool (*is_known)(gm_teks_t *this, uint32_t spi);

	/**
	 * Find the TEK that sends for a flow, or NULL.
	 */
	gm_tek_t *(*find_active)(gm_teks_t *this, u_int flow);

	/**
	 * Find the TEK of a flow that came last, and among those that came
	 * together the one that ends last.
	 *
	 * @return			TEK that is in the policy, or NULL
	 */
	gm_tek_t *(*find_newest)(gm_teks_t *this, u_int flow);

	/**
	 * Choose the TEK that should send for a flow.
	 *
	 * @param any		TRUE to take those that members may only receive with,
	 *					too
	 * @param now		present time
	 * @param next		set to when to ask again
	 * @return			TEK, or NULL
	 */
	gm_tek_t *(*choose)(gm_teks_t *this, u_int flow, bool any, uint64_t now,
						uint64_t *next);

	/**
	 * Set the states of a flow's TEKs, to be shown.
	 *
	 * @param sends		FALSE if the flow only receives: the newest TEK is the
	 *					current one then
	 */
	void (*set_states)(gm_teks_t *this, u_int flow, bool sends);

	/**
	 * When the last current TEK of a flow ends.
	 *
	 * @return			time, 0 without TEKs
	 */
	uint64_t (*get_end)(gm_teks_t *this, u_int flow);

	/**
	 * Remove TEKs that have ended, and the oldest that don't send if there
	 * are more than CRYPTO_MAP_SPIS.
	 *
	 * @param now		present time
	 * @param removed	set to TRUE if there were any, unchanged otherwise
	 * @return			when the next one ends, GM_NEVER without TEKs
	 */
	uint64_t (*expire)(gm_teks_t *this, uint64_t now, bool *removed);

	/**
	 * Remove the TEKs that are marked as deleted.
	 *
	 * @return			TRUE if there were any
	 */
	bool (*end_deleted)(gm_teks_t *this);

	/**
	 * Clear the marks of deleted TEKs.
	 */
	void (*keep_deleted)(gm_teks_t *this);

	/**
	 * Tell a crypto map which SPIs to decrypt.
	 */
	void (*push_spis)(gm_teks_t *this, crypto_map_t *map);

	/**
	 * Remove all TEKs from the kernel.
	 */
	void (*clear)(gm_teks_t *this);

	/**
	 * Destroy the object with its TEKs.
	 */
	void (*destroy)(gm_teks_t *this);
};

/**
 * Create an object without TEKs.
 */
gm_teks_t *gm_teks_create();

/**
 * Install the SA of a TEK in the kernel; nothing is sent with it yet.
 *
 * @param map			crypto map
 * @param tek			TEK, referenced
 * @param flow			index of its flow
 * @param reqid			reqid of the group's SAs
 * @param clear_df		TRUE to clear the outer DF bit
 * @param now			when it came, which its lifetime counts from
 * @return				TEK, NULL if the kernel refused it
 */
gm_tek_t *gm_tek_install(crypto_map_t *map, group_tek_t *tek, u_int flow,
						 uint32_t reqid, bool clear_df, uint64_t now);

/**
 * Remove a TEK that was not added to a gm_teks_t from the kernel.
 */
void gm_tek_destroy(gm_tek_t *tek);

/**
 * Take over what a policy says of an installed TEK, but for the lifetime that
 * it began with.
 *
 * @param tek			installed TEK
 * @param said			the same TEK in the policy, referenced
 * @param now			when the policy came
 */
void gm_tek_describe(gm_tek_t *tek, group_tek_t *said, uint64_t now);

#endif /** GM_TEKS_H_ @}*/
