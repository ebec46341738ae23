/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup map_part map_part
 * @{ @ingroup gdoi
 */

#ifndef MAP_PART_H_
#define MAP_PART_H_

#include "crypto_map.h"
#include "cm_ids.h"

#include <collections/linked_list.h>

typedef struct map_part_t map_part_t;
typedef struct map_part_sa_t map_part_sa_t;

/** no index was given out for an SA */
#define MAP_PART_NONE UINT_MAX

/**
 * What a group said about one of its SAs.
 */
struct map_part_sa_t {

	/** index that it has in the crypto map of the interface, or
	 *  MAP_PART_NONE */
	u_int real;

	/** TRUE if it can encrypt */
	bool ready;

	/** sizes of its encapsulation, block is 0 while they are not known */
	crypto_map_esp_t esp;

	/** its direction */
	crypto_map_direction_t dir;

	/** how fresh its packets must be, and whether outbound ones show it */
	freshness_policy_t freshness;
	bool stamped;
};

/**
 * What one group wants of the crypto map that it shares with the other groups
 * of its interface. A plain value that the lock of the interface protects; the
 * functions below call nobody.
 *
 * Lists of parts are in the order in which their access lists are searched:
 * by the names of the groups.
 */
struct map_part_t {

	/** name of the group */
	char *group;

	/** names and numbers that it would have alone */
	cm_ids_t *ids;

	/** which of its anchors are not the defaults, order of cm_ids_t.anchors */
	bool given[4];

	/** TRUE while the group is attached; parts that are not take no part in
	 *  what is put together */
	bool attached;

	/** access list, and whether it comes after those of all others */
	crypto_map_line_t *lines;
	u_int line_count;
	bool fallback;

	/** inbound SPIs, and the SAs whose traffic each may bring: a bit for each
	 *  index that the group knows, and flags, see CRYPTO_MAP_SPI_STAMPED */
	uint32_t spis[CRYPTO_MAP_SPIS];
	uint32_t spi_sas[CRYPTO_MAP_SPIS];
	u_int spi_count;

	/** SPIs that no other group may use: uint32_t, by value */
	linked_list_t *claims;

	/** key servers */
	host_t *servers[CRYPTO_MAP_SERVERS];
	u_int server_count;

	/** SAs, by the index that the group knows */
	map_part_sa_t sas[CRYPTO_MAP_SAS];

	/** unknown SPI that the group was not told of yet, 0 if none */
	uint32_t unknown_spi;

	/** overlap that was told last, or NULL */
	char *overlap;
};

/**
 * Create a part.
 *
 * @param params		parameters of the group's crypto map
 * @return				part, to be put into a list with map_part_insert(); NULL
 *						if parameters are out of range
 */
map_part_t *map_part_create(const crypto_map_params_t *params);

/**
 * Get the parameters of the crypto map that the part would have alone.
 *
 * @param part			part
 * @param index			index instead of the part's own
 * @return				parameters, valid as long as the part
 */
crypto_map_params_t map_part_get_params(map_part_t *part, u_int index);

/**
 * Insert a part where it belongs.
 *
 * @param parts			list of map_part_t
 * @param part			part; among equal names it comes last
 */
void map_part_insert(linked_list_t *parts, map_part_t *part);

/**
 * Count the parts that are attached.
 *
 * @param parts			list of map_part_t
 * @param fallbacks		number of those whose list is a fallback, may be NULL
 * @return				number of parts
 */
u_int map_part_count(linked_list_t *parts, u_int *fallbacks);

/**
 * Get the index of an SA in the crypto map of the interface. It is given out
 * at the first use, the group's own number if that is free, and stays the
 * same until map_part_free_sas(): policies of the kernel have it in their mark.
 *
 * @param parts			list of map_part_t
 * @param part			part
 * @param sa			index that the group knows
 * @return				index, MAP_PART_NONE if all are in use
 */
u_int map_part_get_sa(linked_list_t *parts, map_part_t *part, u_int sa);

/**
 * Give out indices for all SAs that a part says something about.
 *
 * @param parts			list of map_part_t
 * @param part			part
 * @return				FALSE if there are not enough
 */
bool map_part_get_sas(linked_list_t *parts, map_part_t *part);

/**
 * Take back the indices of a part.
 *
 * @param part			part
 */
void map_part_free_sas(map_part_t *part);

/**
 * Translate a set of SAs.
 *
 * @param part			part
 * @param sas			a bit for each index that the group knows
 * @return				a bit for each index of the interface, without those
 *						that have none
 */
uint32_t map_part_translate_sas(map_part_t *part, uint32_t sas);

/**
 * Put the access lists together: first those of groups with a policy, then the
 * fallbacks; both by name. SAs are those of the interface.
 *
 * @param parts			list of map_part_t, whose SAs have indices
 * @param lines			filled in, CRYPTO_MAP_LINES of them
 * @return				number of lines; more than CRYPTO_MAP_LINES if there is
 *						no room
 */
u_int map_part_unite_lines(linked_list_t *parts, crypto_map_line_t *lines);

/**
 * Put the SPIs together. No group may bring what another one's access list
 * protects.
 *
 * @param parts			list of map_part_t, whose SAs have indices
 * @param spis			filled in, CRYPTO_MAP_SPIS of them
 * @param sas			for each a bit for each SA of the interface whose
 *						traffic it may bring, and CRYPTO_MAP_SPI_STAMPED if it
 *						has that
 * @return				number of SPIs; more than CRYPTO_MAP_SPIS if there is no
 *						room
 */
u_int map_part_unite_spis(linked_list_t *parts, uint32_t *spis, uint32_t *sas);

/**
 * Put the key servers together, every address once.
 *
 * @param parts			list of map_part_t
 * @param servers		filled in, CRYPTO_MAP_SERVERS of them, owned by parts
 * @return				number of servers; more than CRYPTO_MAP_SERVERS if there
 *						is no room
 */
u_int map_part_unite_servers(linked_list_t *parts, host_t **servers);

/**
 * Find the part that claims an SPI.
 *
 * @param parts			list of map_part_t
 * @param spi			SPI in network order
 * @return				part, NULL if there is none
 */
map_part_t *map_part_find_claim(linked_list_t *parts, uint32_t spi);

/**
 * Find a line of one group that takes traffic away from another: a group that
 * comes earlier permits or denies what a later one permits.
 *
 * @param parts			list of map_part_t
 * @param part			part whose list is compared with those of all others
 * @return				sentence to free(), NULL if there is none or it is the
 *						same as last time
 */
char *map_part_find_overlap(linked_list_t *parts, map_part_t *part);

/**
 * Destroy a part that is in no list any more.
 *
 * @param part			part
 */
void map_part_destroy(map_part_t *part);

#endif /** MAP_PART_H_ @}*/
