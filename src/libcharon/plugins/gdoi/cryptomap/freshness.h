/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup freshness freshness
 * @{ @ingroup gdoi
 *
 * Freshness of data packets: a header inside the encryption that says when a
 * packet was sent, IP-D3P's (draft-weis-delay-detection) or that of time based
 * anti-replay (TBAR). What a crypto map is told about it, what it tells, and
 * what the plugin that has the programs offers to crypto maps.
 */

#ifndef FRESHNESS_H_
#define FRESHNESS_H_

#include <library.h>
#include <networking/host.h>

struct cm_shared;

typedef enum freshness_method_t freshness_method_t;
typedef enum freshness_error_kind_t freshness_error_kind_t;
typedef enum freshness_sync_t freshness_sync_t;
typedef struct freshness_policy_t freshness_policy_t;
typedef struct freshness_counters_t freshness_counters_t;
typedef struct freshness_error_t freshness_error_t;
typedef struct freshness_clock_t freshness_clock_t;
typedef struct freshness_place_t freshness_place_t;
typedef struct freshness_map_t freshness_map_t;
typedef struct freshness_t freshness_t;

/** name of the provider, for lib->get() */
#define FRESHNESS_NAME "gdoi-freshness"

/** IP protocols of the headers, unless configured: "experiments" */
#define FRESHNESS_PROTOCOL_D3P 253
#define FRESHNESS_PROTOCOL_TBAR 254

/** octets of an IP-D3P header, and of the two TBAR headers */
#define FRESHNESS_HEADER_D3P 12
#define FRESHNESS_HEADER_TBAR 12
#define FRESHNESS_HEADER_TBAR_LONG 16

/** IP-D3P types: 64 bits of milliseconds, or seconds and microseconds with a
 *  length octet as in drafts -01 to -03 */
#define FRESHNESS_D3P_MSEC 3
#define FRESHNESS_D3P_POSIX 1

/** devices of a crypto map, by its number, that cut large packets into segments
 *  and that stamp these */
#define FRESHNESS_SEGMENTS "gseg%u"
#define FRESHNESS_STAMPS "glow%u"

/** a pair of devices that merges segments after their headers are off */
#define FRESHNESS_MERGE "gmrg%u"
#define FRESHNESS_MERGED "gmrd%u"

/** errors that are kept per SA, the newest ones, and the number of them that
 *  is taken down in a minute at most (D3P-014) */
#define FRESHNESS_HISTORY 64
#define FRESHNESS_ERRORS_PER_MINUTE 10

/**
 * How packets show that they are fresh.
 */
enum freshness_method_t {
	/** they don't */
	FRESHNESS_NONE = 0,
	/** by the sender's real time (IP-D3P) */
	FRESHNESS_D3P,
	/** by the group's pseudotime (TBAR) */
	FRESHNESS_TBAR,
};

/**
 * Why a packet was refused.
 */
enum freshness_error_kind_t {
	/** it has no freshness header */
	FRESHNESS_MISSING = 0,
	/** its header is cut short, or has another type, version, length or
	 *  reserved octets, or is not followed by the packet it announces */
	FRESHNESS_MALFORMED,
	/** its pseudotime is of another epoch */
	FRESHNESS_EPOCH,
	/** it is from the future */
	FRESHNESS_EARLY,
	/** it is too old */
	FRESHNESS_LATE,
	/** number of kinds */
	FRESHNESS_ERROR_KINDS,
};

/**
 * Freshness of an SA, a plain value.
 */
struct freshness_policy_t {

	/** method; all else is ignored with FRESHNESS_NONE */
	freshness_method_t method;

	/** IP protocol of the header, by default 253 for D3P and 254 for TBAR */
	uint8_t protocol;

	/** type of D3P, FRESHNESS_D3P_MSEC or FRESHNESS_D3P_POSIX */
	uint8_t type;

	/** octets of the header that is sent: 12, or 16 for TBAR; of TBAR both
	 *  are accepted */
	uint8_t header;

	/** largest difference that is accepted, either way, milliseconds:
	 *  for D3P half the window rounded down, or the window if it is to be
	 *  "full"; for TBAR the window */
	uint32_t allowed_ms;

	/** window, milliseconds, for those who want to see it */
	uint32_t window_ms;

	/** TRUE if packets outside never have their DF bit set, else they have
	 *  that of the packet inside (GM-020) */
	bool clear_df;

	/** TBAR: ticks of an epoch at an instant of CLOCK_BOOTTIME, and the
	 *  length of a tick in milliseconds */
	uint32_t epoch;
	uint32_t ticks;
	uint32_t tick_ms;
	uint64_t boot_ns;
};

/**
 * What was counted for an SA since the last reset. Errors of inbound packets
 * are those of kinds, errors of outbound packets have no room for the header.
 */
struct freshness_counters_t {

	/** packets accepted, and packets that got a header */
	uint64_t in;
	uint64_t out;

	/** packets refused, and packets that could not get a header */
	uint64_t in_errors;
	uint64_t out_errors;

	/** refused packets by freshness_error_kind_t */
	uint64_t errors[FRESHNESS_ERROR_KINDS];

	/** largest difference that was accepted, milliseconds: positive if the
	 *  packet was old, negative if it was from the future */
	int64_t max_delta_ms;
};

/**
 * A packet that was refused.
 */
struct freshness_error_t {

	/** SA whose SPI it had */
	u_int sa;

	/** method of that SA, then */
	freshness_method_t method;

	/** real time when it came */
	time_t at;

	/** source address outside; owned by who owns the error */
	host_t *source;

	/** our time and that of the packet, seconds: since 1970 for D3P, since
	 *  the epoch's begin for TBAR; peer_time is 0 if it shows none */
	double my_time;
	double peer_time;

	/** largest difference that was allowed, seconds */
	double window;

	/** why */
	freshness_error_kind_t kind;
};

/**
 * Is the clock of this host synchronised?
 */
enum freshness_sync_t {
	FRESHNESS_SYNC_UNKNOWN = 0,
	FRESHNESS_SYNC_NO,
	FRESHNESS_SYNC_YES,
};

/**
 * State of the real time clock.
 */
struct freshness_clock_t {

	/** what the kernel says */
	freshness_sync_t sync;

	/** estimated and largest error, milliseconds, as the kernel says */
	uint32_t error_ms;
	uint32_t max_error_ms;

	/** steps seen, and the last one in milliseconds */
	u_int steps;
	int64_t last_step_ms;
};

/**
 * What the programs of a crypto map lend to those of freshness. Programs are
 * of the same interface and are there as long.
 */
struct freshness_place_t {

	/** name of the interface, and index */
	const char *interface;
	u_int ifindex;

	/** XFRM interface of the crypto map: name and index */
	const char *xfrm;
	u_int xfrm_ifindex;

	/** number of the crypto map, unique in the network namespace */
	u_int index;

	/** file descriptors of the crypto map's maps, of which freshness programs
	 *  use the same ones: owned by the crypto map, valid as long as it is */
	int jumps;
	int slots;
	int bss;
	int events;
	int pmtus;

	/** memory that the crypto map shares with its programs, valid as long */
	struct cm_shared *shared;
};

/**
 * Freshness on one interface, by the SA index of the interface. Thread safe;
 * methods don't call back.
 */
struct freshness_map_t {

	/**
	 * Set what the packets of an SA look like and how fresh they must be, in
	 * one step for all packets. Counters and history stay. Which SPIs and
	 * outbound packets it is about is the crypto map's business.
	 *
	 * @param sa		index of the SA on the interface
	 * @param policy	policy, copied, or NULL for none: packets that need one
	 *					are dropped
	 */
	void (*set_policy)(freshness_map_t *this, u_int sa,
					   const freshness_policy_t *policy);

	/**
	 * Get the counters of an SA.
	 *
	 * @param sa		index of the SA
	 * @param counters	filled in
	 */
	void (*get_counters)(freshness_map_t *this, u_int sa,
						 freshness_counters_t *counters);

	/**
	 * Enumerate the last errors of an SA.
	 *
	 * @param sa		index of the SA
	 * @return			enumerator over freshness_error_t*, oldest first, over
	 *					a copy; each is valid until the next call
	 */
	enumerator_t *(*create_history_enumerator)(freshness_map_t *this, u_int sa);

	/**
	 * Begin to count anew, and forget the errors.
	 *
	 * @param sa		index of the SA
	 */
	void (*reset)(freshness_map_t *this, u_int sa);

	/**
	 * Forget about the object. Packets that are in need of its programs are
	 * dropped from then on, unless the programs stay.
	 *
	 * @param keep		TRUE if the crypto map's programs stay on the interface
	 *					without this process, and these are to stay as well;
	 *					FALSE to leave no trace
	 */
	void (*destroy)(freshness_map_t *this, bool keep);
};

/**
 * Who can do freshness: lib->get(lib, FRESHNESS_NAME), set by plugin d3p.
 * Thread safe.
 */
struct freshness_t {

	/**
	 * Load the programs and make them reachable for those of a crypto map.
	 *
	 * @param place		crypto map; the strings and memory that it points to
	 *					are valid until the object is destroyed
	 * @param reason	set to a sentence, to free(), if NULL is returned
	 * @return			map without policies
	 */
	freshness_map_t *(*create_map)(freshness_t *this,
								   const freshness_place_t *place,
								   char **reason);

	/**
	 * Get the state of the real time clock.
	 *
	 * @param clock		filled in
	 */
	void (*get_clock)(freshness_t *this, freshness_clock_t *clock);

	/**
	 * Get the real time as packets show it.
	 *
	 * @return			milliseconds since 1970
	 */
	uint64_t (*now_real_ms)(freshness_t *this);
};

#endif /** FRESHNESS_H_ @}*/
