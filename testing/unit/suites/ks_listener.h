/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_listener ks_listener
 * @{
 *
 * A group on its key server in a rekey_world_t, members of it, and one of them
 * that reads each rekey as members do. One thread.
 */

#ifndef KS_LISTENER_H_
#define KS_LISTENER_H_

#include "ks_rekey_world.h"

#include <exchanges/push_ack.h>
#include <exchanges/push_receiver.h>

/** most messages that are remembered, and KEKs that are known */
#define HEARD_MAX 256
#define KEKS_MAX 128

typedef struct heard_t heard_t;

/**
 * A message that members got.
 */
struct heard_t {

	/** when, seconds since listen_begin() */
	uint32_t time;

	/** receivers of it, and the first of them */
	u_int receivers;
	char dst[64];

	/** sequence number, and number of the KEK that protects it, from 0 */
	uint32_t seq;
	u_int kek;

	/** number of the KEK that it describes, -1 for none */
	int brings;

	/** lifetime of that KEK, and what it asks for */
	uint32_t kek_lifetime;
	group_ack_t ack;

	/** destination of rekeys that it tells, as text */
	char tells[64];

	/** TEKs that it describes, and the lifetimes of the first four */
	u_int teks;
	uint32_t lifetimes[4];

	/** replay protection and windows of the first four */
	group_replay_t replays[4];
	uint32_t windows[4];

	/** D3P, type 0 for none, and pseudotime, epoch 0 for none */
	uint8_t d3p_type;
	uint32_t d3p_window;
	group_pseudotime_t pseudotime;

	/** SPI of the last one, octets of its cipher key, lines of its list */
	uint32_t last;
	size_t key_len;
	u_int lines;

	/** how lists travel, and all lines that deny */
	group_acl_form_t form;
	u_int denies;

	/** TEKs that are to be received by only */
	u_int inbound;

	/** first line of the first TEK and of the last one */
	char first_line[GROUP_ACE_TEXT_LEN], last_line[GROUP_ACE_TEXT_LEN];

	/** octets of the message */
	size_t octets;

	/** activation time delay */
	uint16_t atd;

	/** TEKs that end, all TEKs end, the KEK ends */
	u_int deletes;
	bool all_end, kek_ends;

	/** octets of the public key that it was verified with, an example */
	uint8_t sig_key;
};

/** messages heard, in their order */
extern heard_t heard[HEARD_MAX];
extern u_int heard_count;

/** world and group of the test */
extern rekey_world_t *listen_world;
extern ks_group_t *listen_group;

/**
 * Milliseconds of the clock of the boot that the group has.
 */
uint64_t listen_boot();

/** answers of members: as many of the first of them as acknowledge */
extern u_int listen_acking;

/**
 * Create world and group, and hear what is sent.
 *
 * @param rekey			lines of the section rekey
 * @param kek			lines of the section kek besides the key
 * @param tek			lines of the only TEK besides its access list
 */
void listen_begin(const char *rekey, const char *kek, const char *tek);

/**
 * As listen_begin(), with the text of the whole section.
 */
void listen_begin_section(const char *section);

/**
 * Give the group another configuration.
 */
void listen_configure(const char *rekey, const char *kek, const char *tek);

/**
 * Give the group a configuration from the text of its section.
 */
void listen_load(const char *section);

/**
 * Add members: 10.1.0.1 and so on.
 *
 * @param count			number of them
 * @param features		what they announced
 */
void listen_enrol(u_int count, uint8_t features);

/**
 * Learn the present KEK as a member that registers, so that rekeys under it are
 * heard.
 */
void listen_learn();

/**
 * Begin the registration of a member, message 1.
 */
group_policy_t *listen_ask(fake_phase1_t *phase1);

/**
 * Complete the registration of a member, message 3.
 *
 * @param policy		what listen_ask() returned
 */
void listen_enter(fake_phase1_t *phase1, group_policy_t *policy);

/**
 * Send a rekey on command.
 *
 * @param replace		whether everything is replaced
 */
void listen_rekey(bool replace);

/**
 * Remove members on command.
 *
 * @param id			address, NULL for all
 * @param now			at once
 * @return				number of members removed
 */
u_int listen_remove(const char *id, bool now);

/**
 * Let seconds pass, each with a tick.
 */
void listen_wait(u_int seconds);

/**
 * Number of members of the group.
 */
u_int listen_members();

/**
 * Number of lines of the log with a text.
 */
int listen_logged(const char *text);

/**
 * Check that the group's messages under each KEK count from 1 without a gap
 * (REKEY-017).
 */
void listen_check_numbers();

/**
 * Stop and destroy all.
 */
void listen_end();

#endif /** KS_LISTENER_H_ @}*/
