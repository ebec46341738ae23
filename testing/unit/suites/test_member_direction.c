/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "member_suites.h"
#include "member_world.h"

#include <member/gm_direction.h>

/** first key server */
#define KS1 (&world->servers[0])

/** access list of the model's TEKs, a part of it, and one apart */
#define LINE "permit ip 10.0.0.0/8 10.0.0.0/8"
#define PART "permit ip 10.1.0.0/16 10.0.0.0/8"
#define OTHER "permit ip 192.168.0.0/16 any"

/** seconds in milliseconds */
#define S(x) ((uint64_t)(x) * 1000)

/** flow that is not there, sends, and only receives */
#define NONE { .used = FALSE }
#define SENDS { .used = TRUE, .sends = TRUE, .same = TRUE }
#define RECEIVES { .used = TRUE, .sends = FALSE, .same = TRUE }

/**
 * What the policy of a group is, and was before
 */
typedef enum {
	POLICY_NONE,
	POLICY_BOTH,
	POLICY_RECEIVE_ONLY,
	POLICY_CONVERTING,
	POLICY_TAKEN_BACK,
} policy_t;

/** expected directions and who decided on them */
static const struct {
	policy_t policy;
	crypto_map_direction_t configured;
	/** -1 without */
	int command;
	const char *direction;
	const char *origin;
} states[] = {
#define B CRYPTO_MAP_BOTH
#define O CRYPTO_MAP_INBOUND_OPTIONAL
#define I CRYPTO_MAP_INBOUND_ONLY
	{ POLICY_NONE, B, -1, "both", "configured" },
	{ POLICY_NONE, O, -1, "inbound-optional", "configured" },
	{ POLICY_NONE, I, -1, "inbound-only", "configured" },
	{ POLICY_BOTH, B, -1, "both", "server" },
	{ POLICY_BOTH, B, O, "inbound-optional", "command" },
	{ POLICY_BOTH, B, B, "both", "command" },
	{ POLICY_BOTH, O, -1, "inbound-optional", "configured" },
	{ POLICY_BOTH, O, O, "inbound-optional", "command" },
	{ POLICY_BOTH, O, B, "both", "command" },
	{ POLICY_BOTH, I, -1, "inbound-only", "configured" },
	{ POLICY_BOTH, I, O, "inbound-optional", "command" },
	{ POLICY_BOTH, I, B, "both", "command" },
	{ POLICY_RECEIVE_ONLY, B, -1, "inbound-only", "server" },
	{ POLICY_RECEIVE_ONLY, B, O, "inbound-optional", "command" },
	{ POLICY_RECEIVE_ONLY, B, B, "both", "command" },
	{ POLICY_RECEIVE_ONLY, O, -1, "inbound-optional", "configured" },
	{ POLICY_RECEIVE_ONLY, O, O, "inbound-optional", "command" },
	{ POLICY_RECEIVE_ONLY, O, B, "both", "command" },
	{ POLICY_RECEIVE_ONLY, I, -1, "inbound-only", "configured" },
	{ POLICY_RECEIVE_ONLY, I, O, "inbound-optional", "command" },
	{ POLICY_RECEIVE_ONLY, I, B, "both", "command" },
	{ POLICY_CONVERTING, B, -1, "inbound-optional", "conversion" },
	{ POLICY_CONVERTING, B, O, "inbound-optional", "command" },
	{ POLICY_CONVERTING, B, B, "both", "command" },
	{ POLICY_CONVERTING, O, -1, "inbound-optional", "configured" },
	{ POLICY_CONVERTING, O, O, "inbound-optional", "command" },
	{ POLICY_CONVERTING, O, B, "both", "command" },
	{ POLICY_CONVERTING, I, -1, "inbound-only", "configured" },
	{ POLICY_CONVERTING, I, O, "inbound-optional", "command" },
	{ POLICY_CONVERTING, I, B, "both", "command" },
	{ POLICY_TAKEN_BACK, B, -1, "inbound-only", "server" },
	{ POLICY_TAKEN_BACK, B, O, "inbound-only", "server" },
	{ POLICY_TAKEN_BACK, B, B, "inbound-only", "server" },
	{ POLICY_TAKEN_BACK, O, -1, "inbound-only", "server" },
	{ POLICY_TAKEN_BACK, O, O, "inbound-only", "server" },
	{ POLICY_TAKEN_BACK, O, B, "inbound-only", "server" },
	{ POLICY_TAKEN_BACK, I, -1, "inbound-only", "server" },
	{ POLICY_TAKEN_BACK, I, O, "inbound-only", "server" },
	{ POLICY_TAKEN_BACK, I, B, "inbound-only", "server" },
#undef B
#undef O
#undef I
};

/**
 * Let a policy come into force; the first flow is the one to look at
 */
static void set_state(gm_direction_t *direction, policy_t policy)
{
	gm_direction_flow_t sends[CRYPTO_MAP_SAS] = { SENDS };
	gm_direction_flow_t receives[CRYPTO_MAP_SAS] = { RECEIVES };
	gm_direction_flow_t back[CRYPTO_MAP_SAS] = { RECEIVES, NONE, SENDS };

	switch (policy)
	{
		case POLICY_NONE:
			break;
		case POLICY_BOTH:
			direction->set_policy(direction, sends, TRUE, 0);
			break;
		case POLICY_RECEIVE_ONLY:
			direction->set_policy(direction, receives, TRUE, 0);
			break;
		case POLICY_CONVERTING:
			direction->set_policy(direction, receives, TRUE, 0);
			direction->set_policy(direction, sends, TRUE, 0);
			break;
		case POLICY_TAKEN_BACK:
			direction->set_policy(direction, sends, TRUE, 0);
			direction->set_policy(direction, back, TRUE, 0);
			break;
	}
}

/* GM-032, GM-033, GM-034, GM-036, GM-037, GM-039: all combinations of
 * configuration, command and policy */
START_TEST(test_states)
{
	gm_direction_t *direction = gm_direction_create(states[_i].configured);
	gm_direction_info_t info, group;
	bool received;

	set_state(direction, states[_i].policy);
	if (states[_i].command >= 0)
	{
		direction->command(direction, states[_i].command);
	}
	direction->get(direction, 0, &info);
	ck_assert_str_eq(enum_to_name(gm_direction_names, info.direction),
					 states[_i].direction);
	ck_assert_str_eq(enum_to_name(gm_direction_origin_names, info.origin),
					 states[_i].origin);
	ck_assert(info.until == (info.origin == GM_DIRECTION_CONVERTING ? S(300)
																: GM_NEVER));
	/* only who was told to sends with TEKs that are to receive with */
	received = states[_i].policy == POLICY_RECEIVE_ONLY ||
			   states[_i].policy == POLICY_TAKEN_BACK;
	ck_assert(direction->overrides(direction, 0) ==
			  (received && info.direction != CRYPTO_MAP_INBOUND_ONLY));
	if (states[_i].policy != POLICY_TAKEN_BACK)
	{
		direction->get_group(direction, &group);
		ck_assert(memeq(&group, &info, sizeof(info)));
	}
	direction->destroy(direction);
}
END_TEST

static const gm_direction_flow_t sends[CRYPTO_MAP_SAS] = { SENDS };
static const gm_direction_flow_t receives[CRYPTO_MAP_SAS] = { RECEIVES };

/**
 * Direction of the first flow
 */
static crypto_map_direction_t get(gm_direction_t *direction)
{
	gm_direction_info_t info;

	direction->get(direction, 0, &info);
	return info.direction;
}

/* GM-037: five minutes, not a millisecond more or less; LOG-126, LOG-140 */
START_TEST(test_conversion)
{
	gm_direction_t *direction = gm_direction_create(CRYPTO_MAP_BOTH);

	ck_assert_int_eq(direction->set_policy(direction, receives, TRUE, S(1)),
					 GM_DIRECTION_INGRESS);
	ck_assert(direction->get_deadline(direction) == GM_NEVER);
	/* again brings no news */
	ck_assert_int_eq(direction->set_policy(direction, receives, TRUE, S(2)), 0);
	ck_assert_int_eq(direction->set_policy(direction, sends, TRUE, S(10)),
					 GM_DIRECTION_BEGAN);
	ck_assert(direction->get_deadline(direction) == S(310));
	/* a registration without new keys does not end it */
	ck_assert_int_eq(direction->set_policy(direction, sends, FALSE, S(20)), 0);
	ck_assert_int_eq(direction->run(direction, S(310) - 1), 0);
	ck_assert_int_eq(get(direction), CRYPTO_MAP_INBOUND_OPTIONAL);
	ck_assert_int_eq(direction->run(direction, S(310)), GM_DIRECTION_DUPLEX);
	ck_assert_int_eq(get(direction), CRYPTO_MAP_BOTH);
	ck_assert(direction->get_deadline(direction) == GM_NEVER);
	ck_assert_int_eq(direction->run(direction, S(999)), 0);
	direction->destroy(direction);
}
END_TEST

/* GM-033, GM-037, GM-038: the next rekey brings the policy into force */
START_TEST(test_rekey_ends)
{
	gm_direction_t *direction = gm_direction_create(CRYPTO_MAP_BOTH);

	direction->set_policy(direction, receives, TRUE, 0);
	direction->set_policy(direction, sends, TRUE, S(1));
	ck_assert_int_eq(direction->set_policy(direction, sends, TRUE, S(60)),
					 GM_DIRECTION_DUPLEX);
	ck_assert_int_eq(get(direction), CRYPTO_MAP_BOTH);
	/* and back */
	direction->set_policy(direction, receives, TRUE, S(61));
	direction->set_policy(direction, sends, TRUE, S(62));
	ck_assert_int_eq(direction->set_policy(direction, receives, TRUE, S(63)),
					 GM_DIRECTION_INGRESS);
	ck_assert_int_eq(get(direction), CRYPTO_MAP_INBOUND_ONLY);
	ck_assert_int_eq(direction->run(direction, S(9999)), 0);
	/* commands, of which registrations without new keys are not the end */
	direction->command(direction, CRYPTO_MAP_BOTH);
	direction->set_policy(direction, receives, FALSE, S(70));
	ck_assert_int_eq(get(direction), CRYPTO_MAP_BOTH);
	direction->set_policy(direction, receives, TRUE, S(71));
	ck_assert_int_eq(get(direction), CRYPTO_MAP_INBOUND_ONLY);
	direction->command(direction, CRYPTO_MAP_BOTH);
	direction->clear(direction);
	direction->set_policy(direction, sends, FALSE, S(72));
	direction->command(direction, CRYPTO_MAP_INBOUND_OPTIONAL);
	direction->clear(direction);
	direction->set_policy(direction, sends, FALSE, S(73));
	ck_assert_int_eq(get(direction), CRYPTO_MAP_BOTH);
	direction->destroy(direction);
}
END_TEST

/* GM-032: the configuration survives rekeys; another one is the operator's
 * latest word */
START_TEST(test_configured)
{
	gm_direction_t *direction;

	direction = gm_direction_create(CRYPTO_MAP_INBOUND_OPTIONAL);
	direction->set_policy(direction, sends, TRUE, 0);
	direction->command(direction, CRYPTO_MAP_BOTH);
	direction->configure(direction, CRYPTO_MAP_INBOUND_OPTIONAL);
	ck_assert_int_eq(get(direction), CRYPTO_MAP_BOTH);
	direction->set_policy(direction, sends, TRUE, S(1));
	ck_assert_int_eq(get(direction), CRYPTO_MAP_INBOUND_OPTIONAL);
	direction->command(direction, CRYPTO_MAP_BOTH);
	direction->configure(direction, CRYPTO_MAP_INBOUND_ONLY);
	ck_assert_int_eq(get(direction), CRYPTO_MAP_INBOUND_ONLY);
	/* a conversion beneath it does not make the group bidirectional */
	direction->set_policy(direction, receives, TRUE, S(2));
	direction->set_policy(direction, sends, TRUE, S(3));
	ck_assert_int_eq(direction->run(direction, S(303)), 0);
	direction->configure(direction, CRYPTO_MAP_BOTH);
	ck_assert_int_eq(get(direction), CRYPTO_MAP_BOTH);
	direction->destroy(direction);
}
END_TEST

/* GM-037: if the lists change with the direction, new flows convert as well;
 * beside flows that send all along they don't */
START_TEST(test_new_flows)
{
	const gm_direction_flow_t moved[CRYPTO_MAP_SAS] = {
		NONE, { .used = TRUE, .sends = TRUE },
	};
	const gm_direction_flow_t added[CRYPTO_MAP_SAS] = {
		SENDS, { .used = TRUE, .sends = TRUE },
	};
	gm_direction_t *direction = gm_direction_create(CRYPTO_MAP_BOTH);
	gm_direction_info_t info;

	direction->set_policy(direction, receives, TRUE, 0);
	ck_assert_int_eq(direction->set_policy(direction, moved, TRUE, 0),
					 GM_DIRECTION_BEGAN);
	direction->get(direction, 1, &info);
	ck_assert_int_eq(info.direction, CRYPTO_MAP_INBOUND_OPTIONAL);
	direction->clear(direction);
	direction->set_policy(direction, sends, TRUE, 0);
	ck_assert_int_eq(direction->set_policy(direction, added, TRUE, 0), 0);
	direction->get(direction, 1, &info);
	ck_assert_int_eq(info.direction, CRYPTO_MAP_BOTH);
	direction->destroy(direction);
}
END_TEST

/** what the policy of the model's TEKs says */
static group_tek_direction_t model;

/**
 * A TEK of a direction
 */
static group_tek_t *tek(uint32_t spi, const char *line,
						group_tek_direction_t direction)
{
	group_tek_t *full = world_tek(spi, 3600, line), *made;
	group_tek_data_t data = *full->get(full);

	data.direction = direction;
	made = group_tek_create(&data);
	full->destroy(full);
	return made;
}

/**
 * Policy of the model for registrations
 */
static group_policy_t *policy(const group_id_t *group)
{
	group_policy_t *policy = group_policy_create();

	policy->set_kek(policy, world->kek->get_ref(world->kek));
	policy->set_sequence(policy, world->sequence);
	policy->add_tek(policy, tek(WORLD_SPI, LINE, model));
	return policy;
}

/**
 * Configure the member
 */
static void configure(const char *direction)
{
	world_apply("g", 1, "servers", "ks1", "interface", "eth0", "direction",
				direction, NULL);
	world_settle();
}

/**
 * Register the member
 */
static void start(const char *configured, group_tek_direction_t direction)
{
	model = direction;
	world_set_kek(7, WORLD_MEMBER, GROUP_ACK_NONE);
	KS1->policy = policy;
	configure(configured);
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
}

/**
 * Rekey that brings a TEK and describes the first one
 *
 * @return				position of the trace before
 */
static int push(uint32_t spi, group_tek_direction_t direction)
{
	int from = world->trace->get_count(world->trace);

	model = direction;
	world_push(world_rekey(TRUE, tek(WORLD_SPI, LINE, direction),
						   tek(spi, LINE, direction), NULL), NULL,
			   WORLD_MEMBER);
	return from;
}

/**
 * Check what the crypto map does with the first flow, and what is shown
 *
 * @param spi			SPI that sends, 0 for none
 */
static void expect(uint32_t spi, crypto_map_direction_t direction,
				   const char *origin)
{
	vici_message_t *shown = world_describe("g");

	ck_assert_uint_eq(world->map->sends[0], spi);
	ck_assert(world->map->ready[0] == (spi != 0));
	ck_assert_int_eq(world->map->directions[0], direction);
	ck_assert(world_decrypts(world->map, WORLD_SPI));
	ck_assert_str_eq(shown->get_str(shown, "", "direction"),
					 enum_to_name(gm_direction_names, direction));
	ck_assert_str_eq(shown->get_str(shown, "", "direction-origin"), origin);
	ck_assert(!shown->get_str(shown, NULL, "direction-ends-in") !=
			  streq(origin, "conversion"));
	shown->destroy(shown);
}

/**
 * Check that one thing happened before another one
 */
static void in_order(int from, const char *first, const char *second)
{
	ck_assert_int_ge(world_traced(first, from), 0);
	ck_assert_int_lt(world_traced(first, from), world_traced(second, from));
}

/* GM-036, LOG-140: receive-only from the first registration on: installed, but
 * sent in clear; and no packet finds a list without direction */
START_TEST(test_receive_only)
{
	start("both", GROUP_TEK_RECEIVER_ONLY);
	expect(0, CRYPTO_MAP_INBOUND_ONLY, "server");
	in_order(0, "direction 0 2", "acl 1");
	ck_assert_int_lt(world_traced("activate 1000", 0), 0);
	ck_assert_int_eq(world_logged("%GDOI-5-GM_SA_INGRESS: "), 1);
	/* and with the next TEK, without a line more */
	push(0x77, GROUP_TEK_RECEIVER_ONLY);
	expect(0, CRYPTO_MAP_INBOUND_ONLY, "server");
	ck_assert(world_decrypts(world->map, 0x77));
	ck_assert_int_eq(world_logged("%GDOI-5-GM_SA_INGRESS: "), 1);
}
END_TEST

/* GM-038, REKEY-108, REKEY-109, GM-037, LOG-126: receive-only comes and goes
 * with a rekey, and is active at once; packets are neither dropped in between
 * nor do they pass in clear without a policy that says so */
START_TEST(test_rekeys)
{
	int from;

	start("both", GROUP_TEK_BOTH);
	expect(WORLD_SPI, CRYPTO_MAP_BOTH, "server");
	from = push(0x77, GROUP_TEK_RECEIVER_ONLY);
	expect(0, CRYPTO_MAP_INBOUND_ONLY, "server");
	in_order(from, "direction 0 2", "ready 0 0");
	ck_assert_int_lt(world_traced("activate 77", from), 0);
	from = push(0x78, GROUP_TEK_BOTH);
	/* with the TEK that all others have */
	expect(WORLD_SPI, CRYPTO_MAP_INBOUND_OPTIONAL, "conversion");
	in_order(from, "ready 0 1", "direction 0 1");
	ck_assert_int_lt(world_traced("ready 0 0", from), 0);
	ck_assert_int_eq(world_logged("GM_CONV_SA_DUPLEX"), 0);
	from = world->trace->get_count(world->trace);
	world_advance(S(299));
	expect(WORLD_SPI, CRYPTO_MAP_INBOUND_OPTIONAL, "conversion");
	world_advance(S(1));
	expect(WORLD_SPI, CRYPTO_MAP_BOTH, "server");
	/* nothing else was touched for that */
	ck_assert_int_ge(world_traced("direction 0 0", from), 0);
	ck_assert_int_eq(world->trace->get_count(world->trace), from + 1);
	ck_assert_int_eq(world_logged("%GDOI-5-GM_CONV_SA_DUPLEX: "), 1);
}
END_TEST

/* GM-037: the key server has only the new TEK to send with: that one does */
START_TEST(test_new_sends)
{
	int from;

	start("both", GROUP_TEK_RECEIVER_ONLY);
	from = world->trace->get_count(world->trace);
	world_push(world_rekey(TRUE, tek(WORLD_SPI, LINE, GROUP_TEK_RECEIVER_ONLY),
						   tek(0x77, LINE, GROUP_TEK_BOTH), NULL), NULL,
			   WORLD_MEMBER);
	expect(0x77, CRYPTO_MAP_INBOUND_OPTIONAL, "conversion");
	in_order(from, "activate 77", "direction 0 1");
	/* GM-037: a rekey within the five minutes: its policy is in force */
	push(0x78, GROUP_TEK_BOTH);
	ck_assert_int_eq(world->map->directions[0], CRYPTO_MAP_BOTH);
	ck_assert_int_eq(world_logged("%GDOI-5-GM_CONV_SA_DUPLEX: "), 1);
}
END_TEST

/* the list changes with the direction, at the index of the old one: what is
 * laxer waits for the lines, what is stricter comes before */
START_TEST(test_list_changes)
{
	int from;

	start("both", GROUP_TEK_BOTH);
	from = world->trace->get_count(world->trace);
	world_push(world_rekey(TRUE, tek(WORLD_SPI, PART, GROUP_TEK_RECEIVER_ONLY),
						   NULL), NULL, WORLD_MEMBER);
	expect(0, CRYPTO_MAP_INBOUND_ONLY, "server");
	in_order(from, "acl 1", "direction 0 2");
	from = world->trace->get_count(world->trace);
	world_push(world_rekey(TRUE, tek(WORLD_SPI, LINE, GROUP_TEK_BOTH), NULL),
			   NULL, WORLD_MEMBER);
	expect(WORLD_SPI, CRYPTO_MAP_INBOUND_OPTIONAL, "conversion");
	in_order(from, "direction 0 1", "acl 1");
}
END_TEST

/* a list that the key server took back while others go on: not protected any
 * more, whatever the operator commands for the group */
START_TEST(test_taken_back)
{
	start("both", GROUP_TEK_BOTH);
	world_push(world_rekey(TRUE, tek(WORLD_SPI, LINE, GROUP_TEK_RECEIVER_ONLY),
						   tek(0x77, OTHER, GROUP_TEK_BOTH), NULL), NULL,
			   WORLD_MEMBER);
	ck_assert_int_eq(world->map->directions[0], CRYPTO_MAP_INBOUND_ONLY);
	ck_assert_int_eq(world->map->directions[1], CRYPTO_MAP_BOTH);
	ck_assert_int_eq(world_logged("GM_SA_INGRESS"), 0);
	ck_assert(world_command_with("direction", "g", "direction",
								 "inbound-optional"));
	ck_assert_int_eq(world->map->directions[0], CRYPTO_MAP_INBOUND_ONLY);
	ck_assert_int_eq(world->map->directions[1], CRYPTO_MAP_INBOUND_OPTIONAL);
	ck_assert_uint_eq(world->map->sends[0], 0);
}
END_TEST

/* GM-033, GM-034, GM-039, LOG-127: a single member of a receive-only group is
 * tried, first in passive mode; the next rekey ends that */
START_TEST(test_commands)
{
	int from;

	start("both", GROUP_TEK_RECEIVER_ONLY);
	from = world->trace->get_count(world->trace);
	ck_assert(world_command_with("direction", "g", "direction",
								 "inbound-optional"));
	expect(WORLD_SPI, CRYPTO_MAP_INBOUND_OPTIONAL, "command");
	in_order(from, "ready 0 1", "direction 0 1");
	from = world->trace->get_count(world->trace);
	ck_assert(world_command_with("direction", "g", "direction", "both"));
	expect(WORLD_SPI, CRYPTO_MAP_BOTH, "command");
	ck_assert_int_eq(world->trace->get_count(world->trace), from + 1);
	ck_assert_int_eq(world_logged("%GDOI-5-GM_CONV_SA_DUPLEX_LOCAL: "), 1);
	from = push(0x77, GROUP_TEK_RECEIVER_ONLY);
	expect(0, CRYPTO_MAP_INBOUND_ONLY, "server");
	in_order(from, "direction 0 2", "ready 0 0");
	/* the configuration of a group that is reloaded does not end it */
	ck_assert(world_command_with("direction", "g", "direction", "both"));
	world_apply("g", 1, "servers", "ks1", "interface", "eth0", "retry_max",
				"600s", NULL);
	world_settle();
	expect(WORLD_SPI, CRYPTO_MAP_BOTH, "command");
	/* new keys do */
	ck_assert(world_command("register", "g"));
	expect(0, CRYPTO_MAP_INBOUND_ONLY, "server");
}
END_TEST

/* commands that make no sense are refused */
START_TEST(test_refused)
{
	ck_assert(!world_command_with("direction", "g", "direction", "both"));
	KS1->phase1 = PHASE1_SILENT;
	configure("both");
	ck_assert(!world_command_with("direction", "g", "direction", "both"));
	KS1->phase1 = PHASE1_UP;
	world_advance(S(120));
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
	ck_assert(world_command_with("direction", "g", "direction", "both"));
	ck_assert(!world_command_with("direction", "g", "direction",
								  "inbound-only"));
	ck_assert(!world_command_with("direction", "g", "direction", "outbound"));
	ck_assert(!world_command("direction", "g"));
	ck_assert(!world_command_with("direction", NULL, "direction", "both"));
}
END_TEST

/* GM-032: passive by configuration, higher than the key server, across rekeys
 * and registrations; changed by a load without losing keys */
START_TEST(test_passive)
{
	start("inbound-optional", GROUP_TEK_BOTH);
	expect(WORLD_SPI, CRYPTO_MAP_INBOUND_OPTIONAL, "configured");
	push(0x77, GROUP_TEK_RECEIVER_ONLY);
	expect(WORLD_SPI, CRYPTO_MAP_INBOUND_OPTIONAL, "configured");
	ck_assert(world_command("register", "g"));
	expect(WORLD_SPI, CRYPTO_MAP_INBOUND_OPTIONAL, "configured");
	configure("inbound-only");
	expect(0, CRYPTO_MAP_INBOUND_ONLY, "configured");
	configure("both");
	expect(0, CRYPTO_MAP_INBOUND_ONLY, "server");
	push(0x78, GROUP_TEK_BOTH);
	expect(WORLD_SPI, CRYPTO_MAP_INBOUND_OPTIONAL, "conversion");
	configure("inbound-only");
	expect(0, CRYPTO_MAP_INBOUND_ONLY, "configured");
	ck_assert_int_eq(KS1->registered, 2);
	ck_assert_int_eq(world_traced("detach eth0", 0), -1);
}
END_TEST

/* ACL-007: keys that end close a group that sends; one that is receive-only
 * goes on in clear */
START_TEST(test_expiry)
{
	static const group_tek_direction_t directions[] = {
		GROUP_TEK_BOTH, GROUP_TEK_RECEIVER_ONLY,
	};

	start("both", directions[_i]);
	KS1->phase1 = PHASE1_SILENT;
	world_advance(S(3700));
	ck_assert_uint_eq(world->map->spi_count, 0);
	ck_assert_int_eq(world->map->directions[0],
					 _i ? CRYPTO_MAP_INBOUND_ONLY : CRYPTO_MAP_BOTH);
	ck_assert(!world->map->ready[0]);
	ck_assert_uint_eq(world->map->line_count, 1);
}
END_TEST

/* a TEK only to send with is not received with */
START_TEST(test_sender_only)
{
	start("both", GROUP_TEK_SENDER_ONLY);
	ck_assert_uint_eq(world->map->sends[0], WORLD_SPI);
	ck_assert_int_eq(world->map->directions[0], CRYPTO_MAP_BOTH);
	ck_assert(!world_decrypts(world->map, WORLD_SPI));
	push(0x77, GROUP_TEK_BOTH);
	ck_assert(world_decrypts(world->map, WORLD_SPI));
}
END_TEST

Suite *member_direction_suite(void)
{
	Suite *s = suite_create("member directions");
	TCase *tc;

	tc = tcase_create("decision");
	tcase_add_loop_test(tc, test_states, 0, countof(states));
	tcase_add_test(tc, test_conversion);
	tcase_add_test(tc, test_rekey_ends);
	tcase_add_test(tc, test_configured);
	tcase_add_test(tc, test_new_flows);
	suite_add_tcase(s, tc);

	tc = tcase_create("crypto map");
	tcase_add_checked_fixture(tc, world_setup, world_teardown);
	tcase_add_test(tc, test_receive_only);
	tcase_add_test(tc, test_rekeys);
	tcase_add_test(tc, test_new_sends);
	tcase_add_test(tc, test_list_changes);
	tcase_add_test(tc, test_taken_back);
	tcase_add_test(tc, test_commands);
	tcase_add_test(tc, test_refused);
	tcase_add_test(tc, test_passive);
	tcase_add_loop_test(tc, test_expiry, 0, 2);
	tcase_add_test(tc, test_sender_only);
	suite_add_tcase(s, tc);
	return s;
}
