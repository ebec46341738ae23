/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup member_world member_world
 * @{
 *
 * A member in memory: clock, host, phase 1, key servers, kernel and crypto
 * maps are fakes that a test steers and looks into. One thread; time only
 * passes in world_advance().
 */

#ifndef MEMBER_WORLD_H_
#define MEMBER_WORLD_H_

#include "../test_keys.h"


#include <exchanges/push_ack.h>
#include <gdoi_log.h>
#include <cryptomap/crypto_map.h>
#include <member/gm_manager.h>
#include <member/gm_status.h>
#include <member/gm_system.h>
#include <transport/gdoi_transport.h>
#include <vici/gdoi_vici.h>

/** life of a TEK of the key servers' model */
#define WORLD_LIFE 3600

/** SPI of the first TEK of the model, host byte order */
#define WORLD_SPI 0x1000

typedef struct server_t server_t;
typedef struct fake_map_t fake_map_t;

/**
 * What a fake key server does with phase 1.
 */
typedef enum {
	/** answers */
	PHASE1_UP,
	/** says nothing */
	PHASE1_SILENT,
	/** refuses */
	PHASE1_FAILS,
} phase1_mode_t;

/**
 * A fake key server, one per connection.
 */
struct server_t {
	/** name of the connection */
	char name[16];
	/** address */
	host_t *host;
	/** TRUE if the connection is loaded */
	bool loaded;
	/** TRUE if the connection has a host name as remote_addrs */
	bool named;
	/** behaviour in phase 1 */
	phase1_mode_t phase1;
	/** TRUE: messages get lost on the way to it */
	bool deaf;
	/** stops answering after this many replies of an exchange, -1 never */
	int replies;
	/** number of messages to lose before any arrives */
	int lose;
	/** TRUE: keys differ from the member's, so that no hash is right */
	bool wrong_keys;
	/** error notify in answer to message 1, 0 for none */
	uint16_t notify;
	/** number of a group that it authorises nobody for, 0 for none */
	uint32_t refused;
	/** makes the policy; NULL for the model */
	group_policy_t *(*policy)(const group_id_t *group);
	/** feature bits that it announces in phase 1 */
	uint8_t features;
	/** counters: calls of initiate(), phase 1 SAs made, ended; messages
	 *  that arrived; Informationals that arrived; registrations */
	int initiated, established, terminated, messages, informationals;
	int registered;
	/** length and next value of the Sender IDs that it gives, 0 for none, and
	 *  how many were asked for last */
	uint8_t sid_bits;
	uint32_t next_sid;
	uint16_t sender_ids;
	/** source address of the last initiate(), or NULL */
	host_t *local;
};

/**
 * A fake crypto map.
 */
struct fake_map_t {
	/** implements this */
	crypto_map_t public;
	/** as given to create */
	char interface[16];
	u_int index;
	/** what was set */
	bool attached, fallback;
	crypto_map_line_t lines[CRYPTO_MAP_LINES];
	u_int line_count;
	uint32_t spis[CRYPTO_MAP_SPIS];
	u_int spi_count;
	bool ready[CRYPTO_MAP_SAS];
	crypto_map_direction_t directions[CRYPTO_MAP_SAS];
	/** host byte order SPI that sends per index, 0 none */
	uint32_t sends[CRYPTO_MAP_SAS];
	u_int server_count;
	/** SPI of a packet that came in and is not known, host byte order */
	uint32_t unknown_spi;
	/** SAs that each SPI may bring, with flags; 0 for all */
	uint32_t spi_sas[CRYPTO_MAP_SPIS];
	/** time stamps of an SA, method FRESHNESS_NONE for none */
	freshness_policy_t stamps[CRYPTO_MAP_SAS];
	/** packets that were refused for them, at SA 0, and the last one */
	uint64_t refused;
	freshness_error_t error;
	/** calls of reset_freshness() */
	int resets;
	/** calls of refresh() */
	int refreshed;
	host_t *anchors[4];
};

/**
 * An acknowledgement that was sent.
 */
typedef struct {
	chunk_t datagram;
	host_t *src;
	host_t *dst;
	/** when, ms */
	uint64_t when;
} world_ack_t;

/**
 * The world. There is one at a time.
 */
typedef struct {
	/** present time, ms */
	uint64_t now;
	/** time that the host has slept, ms: only the boot clock has it */
	uint64_t slept;
	/** member under test */
	gm_manager_t *manager;
	/** key servers */
	server_t servers[8];
	/** interface eth0 and eth1 exist */
	bool eth0, eth1;
	/** address of lo1, or NULL */
	host_t *lo1;
	/** the last crypto map that was made, and all */
	fake_map_t *map;
	linked_list_t *maps;
	/** SPI that the kernel refuses, host byte order */
	uint32_t refused;
	/** TRUE: crypto maps can't do time stamps */
	bool no_stamps;
	/** reason for attach() to fail, or NULL */
	char *attach_error;
	/** value that jitter() returns */
	uint32_t jitter;
	/** seconds that the model's clock is ahead: ages its TEKs */
	uint32_t age;
	/** TRUE: the model makes no new TEKs */
	bool frozen;
	/** what happened to SAs, in order: "install 1000", "activate 1000",
	 *  "remove 1000"; and to maps: "attach eth0", "acl 2", "detach eth0" */
	linked_list_t *trace;
	/** lines of the operator's log */
	linked_list_t *log;
	/** multicast group that was joined last, or NULL, and its interface;
	 *  number of groups that are joined */
	host_t *joined;
	char joined_on[16];
	int memberships;
	/** KEK of the model, its last sequence number */
	group_kek_t *kek;
	uint32_t sequence;
	/** acknowledgements that were sent, as world_ack_t */
	linked_list_t *acks;
	/** KEKs that rekeys are taken for */
	int keks;
	/** access lists of the configuration, as world_list_t */
	linked_list_t *lists;
	/** connections of administrators over eth0, as gm_tcp_t */
	linked_list_t *connections;
	/** TRUE: charon has not started yet */
	bool starting;
	/** states of the kernel: number of installed SAs */
	int sas;
	/** calls until an outbound state has its Sender ID; TRUE: none gets one;
	 *  packets that each outbound SA has sent */
	int slices;
	bool no_sids;
	/** groups that hear of states that are gone */
	linked_list_t *expiries;
	/** TRUE: the kernel takes no state back */
	bool no_states;
	uint64_t sent;
} world_t;

/** the world */
extern world_t *world;

/** A check fixture: create and destroy the world. */
void world_setup();
void world_teardown();

/** Let time pass, calling what is due. */
void world_advance(uint64_t ms);

/** Call what is due now. */
#define world_settle() world_advance(100)

/**
 * Apply a member section.
 *
 * @param name		name of the group
 * @param id		number of the group
 * @param ...		key, value pairs, ended by NULL
 */
void world_apply(const char *name, uint32_t id, ...);

/** Parse a member section; NULL if refused, errors in reader. */
void *world_parse(config_reader_t *reader, const char *name, uint32_t id, ...);

/**
 * A TEK with keys that depend on its SPI only.
 *
 * @param spi		SPI, host byte order
 * @param lifetime	seconds
 * @param line		permit line
 */
group_tek_t *world_tek(uint32_t spi, uint32_t lifetime, const char *line);

/**
 * Write an access list of the configuration anew, numbered 10, 20, ...
 *
 * @param name		name in acls
 * @param ...		lines, ended by NULL
 */
void world_acl(const char *name, ...);

/** Write an access list of so many deny lines. */
void world_long_acl(const char *name, u_int count);

/**
 * Let an administrator be connected over eth0.
 *
 * @param local		address and port of this host, "ADDRESS PORT"
 * @param remote	the administrator's
 */
void world_connect(const char *local, const char *remote);

/**
 * What list-policies says of a packet or of a line in force, to be destroyed.
 *
 * @param name		name of the group
 * @param packet	packet, NULL for lines
 * @param position	position of the line, 1 for the first
 * @return			row, NULL if there is none
 */
vici_message_t *world_rule(const char *name, const char *packet,
						   u_int position);

/**
 * A TEK with AES-GCM, as world_tek().
 */
group_tek_t *world_tek_gcm(uint32_t spi, uint32_t lifetime, const char *line);

/** Get a group's status; gm_status_clear() it. */
gm_status_t world_status(const char *name);

/** State of a group. */
gm_state_t world_state(const char *name);

/** Seconds until a group registers again. */
int64_t world_reregister_in(const char *name);

/** Describe a group as list-groups does; the message is to be destroyed. */
vici_message_t *world_describe(const char *name);

/** Number of log lines that contain a text. */
int world_logged(const char *text);

/** Position of a trace entry from a position on, -1 if there is none. */
int world_traced(const char *entry, int from);

/** Run a VICI command of the member; returns "success". */
bool world_command(const char *command, const char *group);

/** As world_command(), with another key; NULL without. */
bool world_command_with(const char *command, const char *group, char *key,
						const char *value);

/** Number of established phase 1 SAs. */
int world_phase1s();

/** End all phase 1 SAs of a server, as if it deleted them. */
void world_close(server_t *server);

/** End all phase 1 SAs of a server in some way, not GDOI_PHASE1_LOST. */
void world_end(server_t *server, gdoi_phase1_end_t end);

/** Destinations of states: inbound and outbound ones. */
#define WORLD_INBOUND "198.18.1.1"
#define WORLD_OUTBOUND "198.18.1.2"

/**
 * Let the kernel find the time of a state over.
 *
 * @param spi		SPI, host byte order
 * @param dst		WORLD_INBOUND, WORLD_OUTBOUND or any address
 */
void world_expire(uint32_t spi, char *dst);

/** Does the map decrypt an SPI (host byte order)? */
bool world_decrypts(fake_map_t *map, uint32_t spi);

/** Does the map want time stamps in the packets of an SPI that it decrypts? */
bool world_stamped(fake_map_t *map, uint32_t spi);

/** The member's clocks. */
gm_runtime_t *world_runtime();

/**
 * Let a message of the key server come to the member.
 *
 * @param datagram	message, gets freed
 * @param dst		address it goes to
 */
void world_deliver(chunk_t datagram, const char *dst);

/** As world_deliver(), from another address and port. */
void world_deliver_from(chunk_t datagram, const char *src, uint16_t port,
						const char *dst);

/**
 * Write a rekey under the model's KEK, or another one, and deliver it.
 *
 * @param rekey		rekey, gets destroyed
 * @param kek		KEK, NULL for the model's
 * @param dst		address it goes to
 */
void world_push(group_rekey_t *rekey, group_kek_t *kek, const char *dst);

/** Destination of unicast rekeys: the member. */
#define WORLD_MEMBER "10.0.1.1"

/** Destination of multicast rekeys. */
#define WORLD_MULTICAST "239.1.1.1"

/**
 * Make the model's KEK another one.
 *
 * @param first		first octet of its SPI
 * @param dst		destination of its rekeys
 * @param ack		acknowledgement that it asks for
 */
void world_set_kek(uint8_t first, const char *dst, group_ack_t ack);

/**
 * A rekey under the next sequence number.
 *
 * @param described	TRUE to describe the model's KEK again
 * @param ...		TEKs, get adopted; ended by NULL
 */
group_rekey_t *world_rekey(bool described, ...);

/**
 * Verify the last acknowledgement, which must be there.
 *
 * @param kek		KEK it must be under
 * @return			its content, ID checked
 */
gdoi_push_ack_t world_ack(group_kek_t *kek);

/** Number of acknowledgements that were sent. */
int world_acks();

/** Tell the member that a rekey under an unknown KEK came. */
void world_unknown(const char *src, const char *dst);

/** Tell the member that addresses or routes changed. */
void world_roam();

#endif /** MEMBER_WORLD_H_ @}*/
