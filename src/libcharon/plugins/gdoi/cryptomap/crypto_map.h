/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup crypto_map crypto_map
 * @{ @ingroup gdoi
 */

#ifndef CRYPTO_MAP_H_
#define CRYPTO_MAP_H_

#include <limits.h>

#include <library.h>
#include <ipsec/ipsec_types.h>
#include <networking/host.h>

#include "freshness.h"
#include "sid_sampler.h"

#include "group/group_ace.h"

typedef struct crypto_map_t crypto_map_t;
typedef struct crypto_map_params_t crypto_map_params_t;
typedef struct crypto_map_line_t crypto_map_line_t;
typedef struct crypto_map_esp_t crypto_map_esp_t;
typedef struct crypto_map_stat_t crypto_map_stat_t;
typedef enum crypto_map_direction_t crypto_map_direction_t;

/** TEKs that one crypto map can send with at the same time */
#define CRYPTO_MAP_SAS 16

/** in place of an SA: packets of the line are dropped, both ways (ACL-003) */
#define CRYPTO_MAP_DROP UINT_MAX

/** SPIs that one crypto map accepts at the same time */
#define CRYPTO_MAP_SPIS 64

/** flag among an SPI's bits of SAs: what it brings has a freshness header, as
 *  the policy of the lowest of these SAs says */
#define CRYPTO_MAP_SPI_STAMPED (1u << 31)

/** flag among an SPI's bits of SAs: it may bring the traffic of all SAs, the
 *  bits are there for CRYPTO_MAP_SPI_STAMPED only */
#define CRYPTO_MAP_SPI_ALL_SAS (1u << 30)

/** lines of an access list: 1,024 of the key server, and the member's own */
#define CRYPTO_MAP_LINES 2048

/** key servers whose IKE and GDOI packets pass by the list (GM-056) */
#define CRYPTO_MAP_SERVERS 32

/** reqid of all inbound states, by which their policies know them; outbound
 *  states have others */
#define CRYPTO_MAP_REQID 0x47444f49

/** largest group index, one crypto map each */
#define CRYPTO_MAP_INDEX_MAX 239

/**
 * What a member does with the traffic that the permit lines of an SA select.
 */
enum crypto_map_direction_t {
	/** encrypt outbound, drop inbound packets in clear */
	CRYPTO_MAP_BOTH = 0,
	/** encrypt outbound, accept inbound packets in clear too */
	CRYPTO_MAP_INBOUND_OPTIONAL,
	/** send in clear, accept inbound packets both ways */
	CRYPTO_MAP_INBOUND_ONLY,
};

/**
 * Parameters of a crypto map.
 */
struct crypto_map_params_t {

	/** name of the group, for logs */
	char *group;

	/** name of the interface that it sits on */
	char *interface;

	/** number 0..CRYPTO_MAP_INDEX_MAX, unique among the crypto maps of a
	 *  network namespace; XFRM interface, if_id, priorities and the default
	 *  anchors derive from it */
	u_int index;

	/** anchors, or NULL for the defaults (index i): 192.0.2.(i+1) local,
	 *  198.51.100.(i+1) remote, 2001:db8:6407::1:(i+1) local,
	 *  2001:db8:6407::2:(i+1) remote. Cloned. Never seen on the wire; they
	 *  may differ between members. */
	host_t *local4;
	host_t *remote4;
	host_t *local6;
	host_t *remote6;

	/** TRUE to clear the outer DF bit where the inner one is set, instead of
	 *  path MTU discovery through the core (GM-020, GM-021). Used by who
	 *  installs the states (copy_df). */
	bool clear_df;
};

/**
 * One line of the merged access list, with the SA that protects it.
 */
struct crypto_map_line_t {

	/** the line; a deny line leaves matching packets in the clear */
	group_ace_t ace;

	/** SA of a permit line, 0..CRYPTO_MAP_SAS-1, or CRYPTO_MAP_DROP; ignored
	 *  for deny */
	u_int sa;
};

/**
 * Sizes of the outbound ESP encapsulation, to compute path MTUs.
 */
struct crypto_map_esp_t {

	/** block size that the payload gets padded to, a power of two 4..16 */
	u_int block;

	/** octets of IV */
	u_int iv;

	/** octets of ICV */
	u_int icv;
};

/**
 * A counter. Packets since attach(), all counters are packets.
 */
struct crypto_map_stat_t {

	/** name from a closed list, e.g. "encrypted"; static string */
	const char *name;

	/** value */
	uint64_t value;
};

/**
 * The crypto map of a group on an interface, see shared_map_create() for what
 * happens where several groups share one: decides by the access list
 * which packets leave encrypted, gives encrypted packets the addresses of
 * the packet inside (GM-017, GM-018), and drops inbound packets that should
 * have been encrypted.
 *
 * All methods are thread safe, don't call back and may take some milliseconds
 * (netlink); don't call them with a lock held. They need CAP_NET_ADMIN and
 * CAP_BPF (or CAP_SYS_ADMIN) and work on the network namespace of the caller.
 *
 * A fresh crypto map has an empty list (everything passes clear), no SPIs, no
 * SA ready and all directions both ways. Setters may be called before attach(),
 * whose first packet then meets that state already. Every setter is one step:
 * a packet meets what was before it or what is after it.
 *
 * Sending (per SA index): install states and policies with group_sa_t, then
 * set_esp(), set_spis(), set_acl(), set_ready(TRUE). To go, the other way
 * round.
 */
struct crypto_map_t {

	/**
	 * Get the name of the interface.
	 */
	const char* (*get_interface)(crypto_map_t *this);

	/**
	 * Get an anchor, the tunnel endpoint of the group's states.
	 *
	 * @param family	AF_INET or AF_INET6
	 * @param local		TRUE for the local one: source of outbound states,
	 *					destination of inbound states
	 * @return			host, owned by the crypto map
	 */
	host_t* (*get_anchor)(crypto_map_t *this, int family, bool local);

	/**
	 * Get the XFRM interface ID that outbound states and policies carry.
	 * Inbound states have none.
	 */
	uint32_t (*get_if_id)(crypto_map_t *this);

	/**
	 * Get the mark by which an outbound policy recognises the packets of an
	 * SA. States have no mark.
	 *
	 * @param sa		index of the SA, 0..CRYPTO_MAP_SAS-1
	 * @param stamped	TRUE for packets with a freshness header, which have a
	 *					policy of their own, see set_stamped()
	 * @return			value and mask for the policy; the mask is 0 if the
	 *					groups of the interface need more SAs than there are
	 */
	mark_t (*get_mark)(crypto_map_t *this, u_int sa, bool stamped);

	/**
	 * Put the crypto map on its interface: programs, XFRM interface, anchors
	 * and routes to them. Replaces what a dead process left on the same
	 * interface, without a moment in which packets pass unseen (GM-051).
	 *
	 * @param reason	set to a sentence if FALSE is returned (interface does
	 *					not exist or has no Ethernet header, groups on it don't
	 *					agree on anchors, kernel too old, no permission);
	 *					free() it; may be NULL
	 * @return			TRUE if attached
	 */
	bool (*attach)(crypto_map_t *this, char **reason);

	/**
	 * Take everything down, without a trace. Traffic passes clear from here.
	 * What other groups on the interface want stays.
	 */
	void (*detach)(crypto_map_t *this);

	/**
	 * Check what the kernel may have taken away (links going down lose their
	 * addresses' routes and neighbours), and put it back. Call it when
	 * interfaces or routes have changed.
	 *
	 * @return			FALSE if the interface is gone or something could not
	 *					be restored
	 */
	bool (*refresh)(crypto_map_t *this);

	/**
	 * Replace the access list, in one step for all packets (ACL-011). First
	 * match decides, no match is clear (ACL-008). Inbound packets are matched
	 * with source and destination swapped (ACL-010, GM-055). Where ports or
	 * protocol can't be seen (in later fragments, packets cut short, and behind
	 * too many extension headers) permit lines match by what can be seen, and
	 * deny lines that ask for the rest don't.
	 *
	 * Permit lines: outbound packets are encrypted, and dropped while their SA
	 * is not ready (ACL-007); inbound packets in clear are dropped. Directions
	 * change both. Lines with CRYPTO_MAP_DROP drop both ways, what came
	 * encrypted too. Neighbour discovery and group memberships (IGMP, MLD) on
	 * the link pass permit lines.
	 *
	 * @param lines		lines in order, copied
	 * @param count		number of lines, 0..CRYPTO_MAP_LINES
	 * @param fallback	TRUE for the list of a group without policy
	 *					(fail-close, GM-051); where several groups share an
	 *					interface it comes after the lists of all others
	 * @return			FALSE if there are too many lines: the list is
	 *					unchanged, but of a group that shares its interface,
	 *					for which all is dropped that isn't on the others' lists
	 */
	bool (*set_acl)(crypto_map_t *this, const crypto_map_line_t *lines,
					u_int count, bool fallback);

	/**
	 * Set the inbound SPIs that get decrypted; others are dropped and counted
	 * where the list demands encryption.
	 *
	 * @param spis		SPIs in network order as strongSwan keeps them, copied
	 * @param sas		for each SPI a bit per SA whose traffic it may bring:
	 *					what the list wants protected by another SA is dropped.
	 *					With CRYPTO_MAP_SPI_STAMPED its packets must have a
	 *					freshness header, else they must not. NULL for all SAs
	 *					and no headers
	 * @param count		number of SPIs, 0..CRYPTO_MAP_SPIS
	 * @return			FALSE if there are too many (set unchanged)
	 */
	bool (*set_spis)(crypto_map_t *this, const uint32_t *spis,
					 const uint32_t *sas, u_int count);

	/**
	 * Tell the sizes of an outbound SA's encapsulation.
	 *
	 * @param sa		index of the SA
	 * @param esp		sizes, see group_sa_esp_sizes()
	 */
	void (*set_esp)(crypto_map_t *this, u_int sa,
					const crypto_map_esp_t *esp);

	/**
	 * Tell whether an SA can encrypt. If not, packets of its permit lines
	 * are dropped (ACL-007).
	 *
	 * @param sa		index of the SA
	 * @param ready		TRUE if outbound state and policy are installed
	 */
	void (*set_ready)(crypto_map_t *this, u_int sa, bool ready);

	/**
	 * Set the direction of an SA. Encrypted packets are accepted in all of
	 * them.
	 *
	 * @param sa		index of the SA
	 * @param dir		direction, CRYPTO_MAP_BOTH is the default
	 */
	void (*set_direction)(crypto_map_t *this, u_int sa,
						  crypto_map_direction_t dir);

	/**
	 * Set what the freshness headers of an SA look like, and how fresh packets
	 * must be, in one step for all packets: for those that it sends, if
	 * set_stamped() says so, and for the SPIs with CRYPTO_MAP_SPI_STAMPED that
	 * have it as their lowest SA. To be called before either.
	 *
	 * @param sa		index of the SA
	 * @param policy	policy, copied; NULL or FRESHNESS_NONE for none, packets
	 *					that need one are dropped then
	 * @return			FALSE with a line in the log if nobody can do it: no
	 *					provider, programs refused by the kernel, no room for
	 *					the SA, policy out of range. The policy before stays
	 */
	bool (*set_freshness)(crypto_map_t *this, u_int sa,
						  const freshness_policy_t *policy);

	/**
	 * Give the outbound packets of an SA a freshness header from now on, or no
	 * longer. They use the policy with get_mark(sa, stamped), which must be
	 * there, with its state.
	 *
	 * @param sa		index of the SA
	 * @param stamped	TRUE for a header
	 */
	void (*set_stamped)(crypto_map_t *this, u_int sa, bool stamped);

	/**
	 * Get the freshness counters of an SA, see freshness_counters_t.
	 *
	 * @param sa		index of the SA
	 * @param counters	filled in, zero if FALSE is returned
	 * @return			FALSE if it never had a policy
	 */
	bool (*get_freshness)(crypto_map_t *this, u_int sa,
						  freshness_counters_t *counters);

	/**
	 * Enumerate the packets of all SAs of the group that were refused last,
	 * newest last: FRESHNESS_HISTORY of each SA at most.
	 *
	 * @return			enumerator over freshness_error_t*, each valid until the
	 *					next call
	 */
	enumerator_t *(*create_freshness_enumerator)(crypto_map_t *this);

	/**
	 * Begin to count the freshness of SAs of the group anew, and forget their
	 * errors.
	 *
	 * @param sas		bit for each SA, ~0 for all
	 */
	void (*reset_freshness)(crypto_map_t *this, uint32_t sas);

	/**
	 * Set the key servers. UDP packets to and from them with a port of 500,
	 * 848 or 4500 on both sides, and later fragments of UDP packets, pass the
	 * list in both directions (GM-056). Outbound only those of this host do:
	 * those of a member behind it are packets as all others (GM-040).
	 *
	 * @param servers	host_t objects, cloned as needed; ports ignored
	 * @param count		number of hosts, 0..CRYPTO_MAP_SERVERS
	 * @return			FALSE if there are too many (set unchanged)
	 */
	bool (*set_servers)(crypto_map_t *this, host_t **servers, u_int count);

	/**
	 * Make an SPI ours: the states of two groups that share an interface would
	 * be one and the same. Claims are counted.
	 *
	 * @param spi		SPI in network order
	 * @param owner		set to the name of the group that has it, to free(), if
	 *					FALSE is returned; may be NULL
	 * @return			FALSE if another group of the interface has that SPI
	 */
	bool (*claim_spi)(crypto_map_t *this, uint32_t spi, char **owner);

	/**
	 * Take one claim back. If there is none, nothing happens.
	 *
	 * @param spi		SPI in network order
	 */
	void (*release_spi)(crypto_map_t *this, uint32_t spi);

	/**
	 * Create a sampler, which gives an outbound state a Sender ID. The crypto
	 * map must be attached, and stay so until the sampler is destroyed.
	 *
	 * @param family	AF_INET or AF_INET6, of the state
	 * @param spi		SPI of the state, network order
	 * @param bits		length of the Sender IDs,
	 *					SID_SAMPLER_BITS_MIN..SID_SAMPLER_BITS_MAX
	 * @param sids		Sender IDs, one of which the state is to get
	 * @param count		their number, 1..SID_SAMPLER_SIDS_MAX
	 * @return			sampler, NULL if it is not attached or if bits, count
	 *					or a Sender ID are out of range
	 */
	sid_sampler_t *(*create_sampler)(crypto_map_t *this, int family,
									 uint32_t spi, uint8_t bits,
									 const uint32_t *sids, u_int count);

	/**
	 * Enumerate the counters. Not attached: all zero.
	 *
	 * @return			enumerator over (crypto_map_stat_t*), valid until the
	 *					next call of enumerate()
	 */
	enumerator_t* (*create_stats_enumerator)(crypto_map_t *this);

	/**
	 * Get the last inbound SPI that was not known, of a packet that the list
	 * demands encryption of, and forget it.
	 *
	 * @param spi		SPI in network order
	 * @return			FALSE if there was none since the last call
	 */
	bool (*get_unknown_spi)(crypto_map_t *this, uint32_t *spi);

	/**
	 * Forget about the object. What is attached stays attached, so that
	 * fail-close outlives the daemon; call detach() before where it must go.
	 */
	void (*destroy)(crypto_map_t *this);
};

/**
 * Create a group's crypto map, which the groups of an interface share, of the
 * kind that the setting "PREFIX.plugins.gdoi.crypto_map" asks for: "bpf"
 * (default) or "record".
 *
 * @param params		parameters, cloned
 * @return				crypto map, NULL if parameters are out of range
 */
crypto_map_t *crypto_map_create(const crypto_map_params_t *params);

/**
 * Remove what a dead process left of a crypto map on an interface.
 *
 * @param interface		name of the interface
 * @return				TRUE if nothing is left
 */
bool crypto_map_purge(const char *interface);

#endif /** CRYPTO_MAP_H_ @}*/
