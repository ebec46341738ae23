/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "member_suites.h"
#include "member_world.h"

#include <member/gm_dataplane.h>
#include <member/gm_flows.h>

#include <stdarg.h>

#define APPLY(...) world_apply("g", 1, "servers", "ks1", "interface", "eth0", \
							   ##__VA_ARGS__, NULL)

/**
 * The model's list: permit ip 10.0.0.0/8 10.0.0.0/8
 */
#define INSIDE "10.0.0.1 10.0.0.2 icmp"

/**
 * Text of a line of the crypto map, "drop" before it if it drops
 */
static char *line_at(u_int i)
{
	static char text[GROUP_ACE_TEXT_LEN];

	ck_assert_uint_lt(i, world->map->line_count);
	return group_ace_print(&world->map->lines[i].ace, text, sizeof(text));
}

/**
 * Compare a key of list-groups
 */
static void check_group(const char *key, const char *value)
{
	vici_message_t *message = world_describe("g");

	ck_assert_str_eq(message->get_str(message, "(none)", (char*)key), value);
	message->destroy(message);
}

/**
 * Compare keys of a row of list-policies, NULL for a row that isn't there
 */
static void check_rule(const char *packet, u_int position, ...)
{
	vici_message_t *row = world_rule("g", packet, position);
	const char *key, *value;
	va_list args;

	va_start(args, position);
	key = va_arg(args, const char*);
	ck_assert(!key == !row);
	while (key)
	{
		value = va_arg(args, const char*);
		ck_assert_msg(streq(row->get_str(row, "(none)", (char*)key), value),
					  "%s: %s is %s, not %s", packet ?: "line", key,
					  row->get_str(row, "(none)", (char*)key), value);
		key = va_arg(args, const char*);
	}
	va_end(args);
	DESTROY_IF(row);
}

/* ACL-003, ACL-004, LOG-121, LOG-122: own lines come first, deny is clear,
 * permit drops */
START_TEST(test_merge_acl_004)
{
	world_acl("own", "deny ip host 10.0.0.1 host 10.0.0.9",
			  "permit tcp any any port 23", NULL);
	APPLY("acl", "own");
	/* GM-050: no policy, no list */
	ck_assert_uint_eq(world->map->line_count, 0);
	ck_assert_int_eq(world_logged("GM_ACL_PERMIT"), 1);
	ck_assert_int_eq(world_logged("GM_ACL_MERGE"), 0);
	world_settle();
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
	ck_assert_uint_eq(world->map->line_count, 3);
	ck_assert_str_eq(line_at(0), "deny ip host 10.0.0.1 host 10.0.0.9");
	ck_assert_str_eq(line_at(1), "permit tcp any any port 23");
	ck_assert_uint_eq(world->map->lines[1].sa, CRYPTO_MAP_DROP);
	ck_assert_str_eq(line_at(2), "permit ip 10.0.0.0/8 10.0.0.0/8");
	ck_assert_uint_eq(world->map->lines[2].sa, 0);
	ck_assert_int_eq(world_logged("GM_ACL_MERGE"), 1);
	check_group("local-list", "own");

	check_rule(NULL, 1, "kind", "line", "position", "1", "action", "clear",
			   "origin", "local", "list", "own", "number", "10",
			   "text", "deny ip host 10.0.0.1 host 10.0.0.9",
			   "spi", "(none)", NULL);
	check_rule(NULL, 2, "position", "2", "action", "drop", "origin", "local",
			   "number", "20", NULL);
	check_rule(NULL, 3, "position", "3", "action", "encrypt",
			   "origin", "server", "list", "(none)", "spi", "00001000",
			   "text", "permit ip 10.0.0.0/8 10.0.0.0/8", NULL);
	check_rule(NULL, 4, NULL);

	check_rule(INSIDE, 0, "kind", "match", "outbound", "encrypt",
			   "inbound", "drop", "position", "3", "spi", "00001000",
			   "inbound-position", "3", NULL);
	/* ACL-010: the mirrored list decides about what comes in */
	check_rule("10.0.0.1 10.0.0.9 icmp", 0, "outbound", "clear", "inbound",
			   "drop", "position", "1", "inbound-position", "3", NULL);
	check_rule("10.0.0.9 10.0.0.1 icmp", 0, "outbound", "encrypt", "inbound",
			   "accept", "position", "3", "inbound-position", "1", NULL);
	check_rule("192.0.2.1 10.0.0.2 tcp 9 23", 0, "outbound", "drop",
			   "inbound", "accept", "position", "2", NULL);
	/* ACL-008 */
	check_rule("192.0.2.1 10.0.0.2 tcp 9 24", 0, "outbound", "clear",
			   "inbound", "accept", "position", "(none)",
			   "reason", "no line matches", NULL);
	/* GM-056: only this host's key server, by its ports */
	check_rule("10.0.1.1 10.0.8.1 udp 848 848", 0, "outbound", "clear",
			   "inbound", "drop", "position", "(none)", NULL);
	check_rule("10.0.8.1 10.0.1.1 udp 848 500", 0, "outbound", "encrypt",
			   "inbound", "accept", NULL);
	check_rule("10.0.1.1 10.0.8.1 udp 848 849", 0, "outbound", "encrypt",
			   NULL);
	check_rule("10.0.1.1 10.0.8.7 udp 848 848", 0, "outbound", "encrypt",
			   NULL);
}
END_TEST

/* other own lines are in force at once, and no key goes */
START_TEST(test_change_at_once)
{
	int installed;

	APPLY(NULL);
	world_settle();
	ck_assert_uint_eq(world->map->line_count, 1);
	installed = world->servers[0].registered;
	world_acl("own", "deny ip host 10.0.0.1 any", NULL);
	APPLY("acl", "own");
	world_settle();
	ck_assert_uint_eq(world->map->line_count, 2);
	ck_assert_int_eq(world_logged("GM_ACL_MERGE"), 1);
	/* the same name with other lines is another list */
	world_acl("own", "deny ip host 10.0.0.1 any", "deny igmp any any", NULL);
	APPLY("acl", "own");
	world_settle();
	ck_assert_uint_eq(world->map->line_count, 3);
	ck_assert_int_eq(world_logged("GM_ACL_MERGE"), 2);
	APPLY(NULL);
	world_settle();
	ck_assert_uint_eq(world->map->line_count, 1);
	ck_assert_int_eq(world_logged("GM_ACL_MERGE"), 2);
	ck_assert_int_eq(world->servers[0].registered, installed);
	ck_assert_int_eq(world_traced("remove 1000", 0), -1);
	ck_assert_int_eq(world_traced("detach eth0", 0), -1);
}
END_TEST

/* ACL-006, GM-031: the merged list goes with the group */
START_TEST(test_removed_acl_006)
{
	group_role_t *role = &world->manager->role;

	world_acl("own", "deny ip host 10.0.0.1 any", NULL);
	APPLY("acl", "own");
	world_settle();
	ck_assert_uint_eq(world->map->line_count, 2);
	ck_assert(world_command("register", "g"));
	ck_assert_int_ge(world_traced("acl 0", world_traced("acl 2", 0)), 0);
	ck_assert_uint_eq(world->map->line_count, 2);
	role->remove(role, "g");
	ck_assert_int_ge(world_traced("detach eth0", 0), 0);
}
END_TEST

/* GM-051, GM-052, GM-054, GM-055, GM-058: exceptions pass, both ways, and all
 * of it ends with the registration */
START_TEST(test_exceptions_gm_052)
{
	world->servers[0].phase1 = PHASE1_SILENT;
	world_acl("open", "deny tcp any port 22 any",
			  "deny udp any port 848 any port 848", NULL);
	APPLY("fail_close", "yes", "fail_close_acl", "open");
	world_settle();
	ck_assert_uint_eq(world->map->line_count, 3);
	ck_assert(world->map->fallback);
	ck_assert_uint_eq(world->map->lines[2].sa, CRYPTO_MAP_DROP);
	check_group("fail-close", "ACTIVE");
	check_group("fail-close-revert", "no");
	check_group("fail-close-list", "open");
	check_rule(NULL, 1, "origin", "exception", "list", "open",
			   "action", "clear", NULL);
	check_rule(NULL, 3, "origin", "fail-close", "list", "(none)",
			   "number", "(none)", "action", "drop",
			   "text", "permit ip any any", NULL);
	check_rule("10.0.1.1 192.0.2.7 tcp 22 40000", 0, "outbound", "clear",
			   "inbound", "drop", NULL);
	check_rule("192.0.2.7 10.0.1.1 tcp 40000 22", 0, "outbound", "drop",
			   "inbound", "accept", NULL);
	check_rule("2001:db8::1 2001:db8::2 icmpv6", 0, "outbound", "drop",
			   "inbound", "drop", "position", "3", NULL);
	/* GM-040: registrations of members behind this one; GM-056: our own need
	 * no line */
	check_rule("10.3.0.1 10.7.7.7 udp 848 848", 0, "outbound", "clear",
			   "position", "2", NULL);
	check_rule("10.0.1.1 10.0.8.1 udp 848 848", 0, "outbound", "clear",
			   "position", "(none)", NULL);

	world->servers[0].phase1 = PHASE1_UP;
	ck_assert(world_command("register", "g"));
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
	ck_assert_uint_eq(world->map->line_count, 1);
	ck_assert(!world->map->fallback);
	check_group("fail-close", "ARMED");
	check_rule("192.0.2.7 10.0.1.1 tcp 40000 23", 0, "outbound", "clear",
			   "inbound", "accept", NULL);
}
END_TEST

/* GM-053: exceptions without fail_close do nothing, and are warned of */
START_TEST(test_inactive_gm_053)
{
	config_reader_t *reader = config_reader_create();
	enumerator_t *enumerator;
	gm_config_t *config;
	bool error;
	char *line;
	int warned = 0;

	world_acl("open", "deny tcp any port 22 any", NULL);
	config = world_parse(reader, "x", 2, "servers", "ks1", "interface", "eth0",
						 "fail_close_acl", "open", "fail_close_revert", "yes",
						 NULL);
	ck_assert(config != NULL);
	config->destroy(config);
	enumerator = reader->create_enumerator(reader);
	while (enumerator->enumerate(enumerator, &error, &line))
	{
		ck_assert(!error);
		warned += strstr(line, "does nothing as fail_close") != NULL;
	}
	enumerator->destroy(enumerator);
	reader->destroy(reader);
	ck_assert_int_eq(warned, 2);
	world->servers[0].phase1 = PHASE1_SILENT;
	APPLY("fail_close_acl", "open");
	world_settle();
	ck_assert_uint_eq(world->map->line_count, 0);
	check_group("fail-close", "OFF");
	check_rule(INSIDE, 0, "outbound", "clear", "reason",
			   "there is no list before the registration", NULL);
}
END_TEST

/* fail_close can be armed and lifted while the group runs */
START_TEST(test_arm_at_run_time)
{
	world->servers[0].phase1 = PHASE1_SILENT;
	APPLY(NULL);
	world_settle();
	ck_assert_uint_eq(world->map->line_count, 0);
	APPLY("fail_close", "yes");
	world_settle();
	ck_assert_uint_eq(world->map->line_count, 1);
	check_group("fail-close", "ACTIVE");
	world_acl("open", "deny tcp any port 22 any", NULL);
	APPLY("fail_close", "yes", "fail_close_acl", "open");
	world_settle();
	ck_assert_uint_eq(world->map->line_count, 2);
	APPLY(NULL);
	world_settle();
	ck_assert_uint_eq(world->map->line_count, 0);
	ck_assert_int_eq(world_traced("detach eth0", 0), -1);
	/* registered: the policy's list stays, whatever is armed */
	world->servers[0].phase1 = PHASE1_UP;
	ck_assert(world_command("register", "g"));
	APPLY("fail_close", "yes");
	world_settle();
	ck_assert_uint_eq(world->map->line_count, 1);
	ck_assert(!world->map->fallback);
	ck_assert_int_eq(world_traced("remove 1000", 0), -1);
	check_group("fail-close", "ARMED");
}
END_TEST

/* ACL-007 and fail_close_revert: keys run out, and come again */
START_TEST(test_revert)
{
	world_acl("open", "deny tcp any port 22 any", NULL);
	APPLY("fail_close", "yes", "fail_close_acl", "open",
		  "fail_close_revert", _i ? "yes" : "no");
	world_settle();
	ck_assert_uint_eq(world->map->line_count, 1);
	world->servers[0].phase1 = PHASE1_SILENT;
	world_close(&world->servers[0]);
	world_advance(WORLD_LIFE * 1000);
	ck_assert_uint_eq(world->map->sends[0], 0);
	ck_assert_uint_eq(world->map->line_count, _i ? 2 : 1);
	ck_assert(world->map->fallback == _i);
	check_group("fail-close", _i ? "ACTIVE" : "ARMED");
	check_rule(INSIDE, 0, "outbound", "drop", "inbound", "drop",
			   "origin", _i ? "fail-close" : "server", NULL);
	check_rule("192.0.2.7 10.0.1.1 icmp", 0, "outbound", _i ? "drop" : "clear",
			   "inbound", _i ? "drop" : "accept", NULL);
	/* at run time as well */
	APPLY("fail_close", "yes", "fail_close_acl", "open",
		  "fail_close_revert", _i ? "no" : "yes");
	world_settle();
	ck_assert_uint_eq(world->map->line_count, _i ? 1 : 2);
	world->servers[0].phase1 = PHASE1_UP;
	ck_assert(world_command("register", "g"));
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
	ck_assert_uint_eq(world->map->line_count, 1);
	ck_assert(!world->map->fallback);
}
END_TEST

/**
 * A TEK with a list of several lines
 */
static group_tek_t *tek_with(uint32_t spi, ...)
{
	group_tek_t *model = world_tek(spi, 3600, "permit ip any any"), *tek;
	group_tek_data_t data = *model->get(model);
	const char *line;
	group_ace_t ace;
	va_list args;

	data.acl = group_acl_create();
	va_start(args, spi);
	while ((line = va_arg(args, const char*)))
	{
		ck_assert(group_ace_parse(line, &ace, NULL));
		data.acl->append(data.acl, &ace);
	}
	va_end(args);
	tek = group_tek_create(&data);
	data.acl->destroy(data.acl);
	model->destroy(model);
	return tek;
}

static gm_config_t *config;
static gm_dataplane_t *dp;

static void start(const char *key, const char *value)
{
	config_reader_t *reader = config_reader_create();
	char *reason;

	config = world_parse(reader, "d", 1, "servers", "a", "interface", "eth0",
						 key, value, NULL);
	ck_assert(config != NULL);
	reader->destroy(reader);
	dp = gm_dataplane_create(config, 3, world_runtime());
	ck_assert(dp->open(dp, &reason));
}

static void finish()
{
	dp->destroy(dp);
	config->destroy(config);
}

/**
 * Install TEKs by a registration, or by a rekey that deletes all others
 */
static bool install(uint64_t now, bool rekeyed, ...)
{
	group_policy_t *policy = group_policy_create();
	group_delete_t all = { .protocol = PROTO_ESP };
	group_rekey_t *rekey;
	char *reason = NULL;
	group_tek_t *tek;
	va_list args;
	bool done;

	va_start(args, rekeyed);
	while ((tek = va_arg(args, group_tek_t*)))
	{
		policy->add_tek(policy, tek);
	}
	va_end(args);
	if (rekeyed)
	{
		rekey = group_rekey_create(1);
		rekey->set_policy(rekey, policy);
		rekey->add_delete(rekey, &all);
		done = dp->merge(dp, rekey, now * 1000, &reason);
		rekey->destroy(rekey);
	}
	else
	{
		done = dp->install(dp, policy, now * 1000, &reason);
		policy->destroy(policy);
	}
	ck_assert(done == !reason);
	free(reason);
	return done;
}

/* ACL-002, ACL-004: downloaded deny lines keep their place among the lists of
 * all TEKs */
START_TEST(test_deny_acl_002)
{
	start(NULL, NULL);
	ck_assert(install(0, FALSE,
				tek_with(0x10, "deny udp any port 848 any port 848",
						 "permit ip 10.1.0.0/16 10.1.0.0/16", NULL),
				tek_with(0x20, "deny ip 10.2.0.0/16 any",
						 "permit ip 10.0.0.0/8 10.0.0.0/8", NULL), NULL));
	ck_assert_uint_eq(world->map->line_count, 4);
	ck_assert_str_eq(line_at(0), "deny udp any port 848 any port 848");
	ck_assert_str_eq(line_at(2), "deny ip 10.2.0.0/16 any");
	ck_assert_uint_eq(world->map->lines[1].sa, 0);
	ck_assert_uint_eq(world->map->lines[3].sa, 1);
	/* the next TEK of the same list, deny lines included, follows it */
	ck_assert(install(3500, FALSE,
				tek_with(0x11, "deny udp any port 848 any port 848",
						 "permit ip 10.1.0.0/16 10.1.0.0/16", NULL),
				tek_with(0x20, "deny ip 10.2.0.0/16 any",
						 "permit ip 10.0.0.0/8 10.0.0.0/8", NULL), NULL));
	ck_assert_uint_eq(world->map->line_count, 4);
	ck_assert_uint_eq(world->map->sends[0], 0x11);
	/* another deny line is another list */
	ck_assert(install(3501, FALSE,
				tek_with(0x11, "deny udp any port 500 any port 500",
						 "permit ip 10.1.0.0/16 10.1.0.0/16", NULL), NULL));
	ck_assert_uint_eq(world->map->line_count, 2);
	ck_assert_str_eq(line_at(0), "deny udp any port 500 any port 500");
	finish();
}
END_TEST

/** lists and if they compete for a packet */
static const struct {
	const char *a[3], *b[3];
	bool overlap;
} overlaps[] = {
	{ { "permit ip 10.1.0.0/16 any" }, { "permit ip 10.1.2.0/24 any" }, TRUE },
	{ { "permit ip 10.1.0.0/16 any" }, { "permit ip 10.2.0.0/16 any" }, FALSE },
	{ { "deny ip 10.1.0.0/16 any" }, { "permit ip 10.1.0.0/16 any" }, FALSE },
	{ { "deny ip 10.1.2.0/24 any", "permit ip 10.1.0.0/16 any" },
	  { "permit ip 10.1.2.0/24 any" }, FALSE },
	{ { "permit ip 10.1.0.0/16 any", "deny ip 10.1.2.0/24 any" },
	  { "permit ip 10.1.2.0/24 any" }, TRUE },
	{ { "deny tcp 10.1.2.0/24 any", "permit ip 10.1.0.0/16 any" },
	  { "permit ip 10.1.2.0/24 any" }, TRUE },
	{ { "deny tcp 10.1.2.0/24 any", "permit ip 10.1.0.0/16 any" },
	  { "permit tcp 10.1.2.0/24 any port 7" }, FALSE },
	{ { "permit ip any any" },
	  { "deny udp any any", "permit udp any port 1 any" }, FALSE },
	{ { "permit ip any any" },
	  { "permit ip 2001:db8::/32 any" }, TRUE },
};

START_TEST(test_overlap)
{
	const char *const *a = overlaps[_i].a, *const *b = overlaps[_i].b;
	group_tek_t *x = tek_with(1, a[0], a[1], NULL);
	group_tek_t *y = tek_with(2, b[0], b[1], NULL);
	group_acl_t *lists[] = { x->get(x)->acl, y->get(y)->acl };

	ck_assert(gm_flows_overlap(lists[0], lists[1]) == overlaps[_i].overlap);
	ck_assert(gm_flows_overlap(lists[1], lists[0]) == overlaps[_i].overlap);
	x->destroy(x);
	y->destroy(y);
}
END_TEST

/**
 * A TEK with 1,024 lines
 */
static group_tek_t *long_tek(uint32_t spi, u_int net)
{
	group_tek_t *model = world_tek(spi, 3600, "permit ip any any"), *tek;
	group_tek_data_t data = *model->get(model);
	group_ace_t ace;
	char text[64];
	u_int i;

	data.acl = group_acl_create();
	for (i = 0; i < 1024; i++)
	{
		snprintf(text, sizeof(text), "permit ip host 10.%u.%u.%u any", net,
				 i / 256, i % 256);
		ck_assert(group_ace_parse(text, &ace, NULL));
		data.acl->append(data.acl, &ace);
	}
	tek = group_tek_create(&data);
	data.acl->destroy(data.acl);
	model->destroy(model);
	return tek;
}

/* 1,024 lines of the server fit in beside 1,024 own ones, also where a rekey
 * brings as many others in their place (ACL-012) */
START_TEST(test_room)
{
	world_long_acl("long", 1024);
	start("acl", "long");
	ck_assert(install(0, FALSE, long_tek(0x10, 1), NULL));
	ck_assert_uint_eq(world->map->line_count, 2048);
	ck_assert(install(10, TRUE, long_tek(0x20, 2), NULL));
	ck_assert_uint_eq(world->map->line_count, 2048);
	ck_assert_uint_eq(world->map->lines[1024].ace.src.addr[1], 2);
	/* both don't */
	ck_assert(!install(20, FALSE, long_tek(0x30, 3), long_tek(0x40, 4), NULL));
	ck_assert_uint_eq(world->map->line_count, 2048);
	ck_assert_uint_eq(world->map->lines[1024].ace.src.addr[1], 2);
	finish();
}
END_TEST

/* a longer own list than there is room for beside the policy closes, and
 * leaves nothing out in clear */
START_TEST(test_no_room)
{
	gm_config_t *longer;

	start(NULL, NULL);
	ck_assert(install(0, FALSE, long_tek(0x10, 1), long_tek(0x20, 2), NULL));
	ck_assert_uint_eq(world->map->line_count, 2048);
	longer = config;
	world_acl("own", "deny ip host 10.0.0.1 any", NULL);
	{
		config_reader_t *reader = config_reader_create();

		config = world_parse(reader, "d", 1, "servers", "a", "interface",
							 "eth0", "acl", "own", NULL);
		reader->destroy(reader);
	}
	longer->destroy(longer);
	dp->configure(dp, config);
	ck_assert_uint_eq(world->map->line_count, 2048);
	ck_assert_uint_eq(world->map->lines[2047].sa, CRYPTO_MAP_DROP);
	ck_assert_uint_eq(world->map->lines[2047].ace.family, AF_UNSPEC);
	finish();
}
END_TEST

/** few addresses and ports, so that lines and packets meet often */
static const char *nets[] = {
	"any", "10.0.0.0/8", "10.1.0.0/16", "host 10.1.0.1", "host 10.2.0.1",
};
static const char *hosts[] = {
	"10.1.0.1", "10.1.0.2", "10.2.0.1", "10.0.8.1", "192.0.2.1",
};

/**
 * Write a random line
 */
static const char *random_line(char *buf, size_t len, bool permit)
{
	static const char *protocols[] = { "ip", "tcp", "udp", "icmp" };
	u_int protocol = test_random(countof(protocols));
	char ports[2][16] = {};
	int i;

	for (i = 0; i < 2; i++)
	{
		if ((protocol == 1 || protocol == 2) && test_random(2))
		{
			snprintf(ports[i], sizeof(ports[i]), " port %u",
					 test_random(2) ? 848 : 22);
		}
	}
	snprintf(buf, len, "%s %s %s%s %s%s",
			 permit && test_random(2) ? "permit" : "deny",
			 protocols[protocol], nets[test_random(countof(nets))], ports[0],
			 nets[test_random(countof(nets))], ports[1]);
	return buf;
}

/**
 * Line of the crypto map that decides about a packet, NULL for none
 */
static crypto_map_line_t *map_line(const group_packet_t *packet)
{
	u_int i;

	for (i = 0; i < world->map->line_count; i++)
	{
		if (group_ace_matches(&world->map->lines[i].ace, packet->protocol,
							  packet->family, packet->src, packet->dst,
							  packet->sport, packet->dport))
		{
			return &world->map->lines[i];
		}
	}
	return NULL;
}

/**
 * What the crypto map does, by what it was told
 */
static const char *map_outbound(const group_packet_t *packet)
{
	crypto_map_line_t *line = map_line(packet);

	if (!line || line->ace.action == GROUP_ACE_DENY)
	{
		return "clear";
	}
	return line->sa != CRYPTO_MAP_DROP && world->map->ready[line->sa]
								? "encrypt" : "drop";
}

static bool map_accepts(const group_packet_t *packet)
{
	group_packet_t mirror = group_packet_mirror(packet);
	crypto_map_line_t *line = map_line(&mirror);

	return !line || line->ace.action == GROUP_ACE_DENY;
}

/**
 * Compare rows with the crypto map for random packets
 */
static void compare_packets()
{
	static const char *protocols[] = {
		"tcp 22 22", "tcp 1 22", "udp 848 1", "udp 848 22", "icmp", "gre",
	};
	group_packet_t packet;
	vici_message_t *row;
	char text[128], *reason;
	int i;

	for (i = 0; i < 40; i++)
	{
		snprintf(text, sizeof(text), "%s %s %s",
				 hosts[test_random(countof(hosts))],
				 hosts[test_random(countof(hosts))],
				 protocols[test_random(countof(protocols))]);
		ck_assert(group_packet_parse(text, &packet, &reason));
		row = world_rule("g", text, 0);
		ck_assert_msg(streq(row->get_str(row, "", "outbound"),
							map_outbound(&packet)), "%s: %s", text,
					  row->get_str(row, "", "outbound"));
		ck_assert_msg(streq(row->get_str(row, "", "inbound"),
							map_accepts(&packet) ? "accept" : "drop"),
					  "%s: %s", text, row->get_str(row, "", "inbound"));
		row->destroy(row);
	}
}

/* what the rows say is what the crypto map was told, before the registration,
 * with keys, and when they have run out; random lists and packets */
START_TEST(test_rows_are_true)
{
	char lines[6][128];
	int round, i;

	for (round = 0; round < 50; round++)
	{
		for (i = 0; i < 6; i++)
		{
			random_line(lines[i], sizeof(lines[i]), i < 3);
		}
		world_acl("own", lines[0], lines[1], lines[2], NULL);
		world_acl("open", lines[3], lines[4], lines[5], NULL);
		world->servers[0].phase1 = PHASE1_SILENT;
		world_apply("g", 1, "servers", "ks1", "interface", "eth0", "acl",
					"own", "fail_close", test_random(2) ? "yes" : "no",
					"fail_close_acl", "open", "fail_close_revert",
					test_random(2) ? "yes" : "no", NULL);
		world_settle();
		compare_packets();
		world->servers[0].phase1 = PHASE1_UP;
		world_command("register", "g");
		ck_assert_int_eq(world_state("g"), GM_REGISTERED);
		compare_packets();
		world->servers[0].phase1 = PHASE1_SILENT;
		world_close(&world->servers[0]);
		world_advance(WORLD_LIFE * 1000);
		compare_packets();
		world->manager->role.remove(&world->manager->role, "g");
	}
}
END_TEST

Suite *member_lists_suite(void)
{
	Suite *s = suite_create("member lists");
	TCase *tc = tcase_create("lists");

	tcase_add_checked_fixture(tc, world_setup, world_teardown);
	tcase_add_test(tc, test_merge_acl_004);
	tcase_add_test(tc, test_change_at_once);
	tcase_add_test(tc, test_removed_acl_006);
	tcase_add_test(tc, test_exceptions_gm_052);
	tcase_add_test(tc, test_inactive_gm_053);
	tcase_add_test(tc, test_arm_at_run_time);
	tcase_add_loop_test(tc, test_revert, 0, 2);
	tcase_add_test(tc, test_deny_acl_002);
	tcase_add_loop_test(tc, test_overlap, 0, countof(overlaps));
	tcase_add_test(tc, test_room);
	tcase_add_test(tc, test_no_room);
	tcase_add_test(tc, test_rows_are_true);
	suite_add_tcase(s, tc);
	return s;
}
