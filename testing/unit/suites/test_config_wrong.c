/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * Wrong configurations, given to the loader with the parsers of both roles.
 * Each must be refused with the path of the key, what is wrong, and what to
 * write instead; and whatever ran has to run on as it was.
 */

#include "ks_fixture.h"

#include <config/config_file.h>
#include <member/gm_config.h>

#include <unistd.h>

/** what runs before and after, and the lists that are there to be named */
#define RUNNING \
	"groups {\n" \
	"served {\n id = 1\n server {\n connections = c\n kek {\n " \
	"signature_key = rsa.der\n }\n teks {\n data {\n acl = vpn\n }\n }\n }\n" \
	"}\n" \
	"joined {\n id = 2\n member {\n servers = ks1\n interface = eth0\n }\n" \
	"}\n" \
	"%s\n}\n" \
	"acls {\n vpn {\n 10 = permit ip 10.1.0.0/16 10.1.0.0/16\n }\n" \
	"denies {\n 10 = deny ip host 10.1.0.1 any\n }\n" \
	"mixed {\n 10 = deny udp any port 848 any\n 20 = permit ip any any\n }\n" \
	"empty {\n }\n%s\n}\n"

/** kinds of cases: a group, an access list, sections of a group */
enum kind_t {
	GROUP,
	ACL,
	SERVER,
	MEMBER,
};

/** parts of server and member sections that are right */
#define CONN "connections = c\n"
#define TEK "teks {\n data {\n acl = vpn\n }\n }\n"
#define WITH_TEK(lines) "teks {\n data {\n acl = vpn\n " lines "\n }\n }\n"
#define WITH_KEK(lines) "kek {\n signature_key = rsa.der\n " lines "\n }\n"
#define WITH_REKEY(lines) CONN TEK WITH_KEK("") "rekey {\n " lines "\n }\n"
#define TIMED(lines) WITH_KEK("") "replay = time\n " lines
#define WITH_SIDS(lines) CONN TEK "sender_ids {\n " lines "\n }\n"
#define WITH_AUTH(lines) CONN TEK "authorize {\n " lines "\n }\n"
#define SRV "servers = ks1\n"
#define IFC "interface = eth1\n"

/**
 * The table
 */
static const struct {
	enum kind_t kind;
	/** snippet */
	const char *text;
	/** path below the snippet's group or list, "" for itself */
	const char *path;
	/** what is wrong */
	const char *reason;
	/** what to write */
	const char *write;
} cases[] = {
	/* groups */
	{ GROUP, "new {\n member {\n servers = a\n interface = b\n }\n }", ".id",
	  "is missing", "write a number 0 to 4294967295, or an IPv4 address" },
	{ GROUP, "new {\n id = 1\n member {\n servers = a\n interface = b\n }\n }",
	  ".id", "\"1\" is the id of group served already",
	  "give every group its own" },
	{ GROUP, "new {\n id = fe80::1\n member {\n servers = a\n interface = b\n "
	  "}\n }", ".id", "is not the id of a group", "write a number" },
	{ GROUP, "new {\n id = 3\n }", "", "has no role", "write member" },
	{ GROUP, "new = 3", "", "is not a section", "write new { id = ... }" },
	{ GROUP, "new {\n id = 3\n sever {\n connections = c\n }\n }", ".sever",
	  "unknown section", "did you mean server?" },
	{ GROUP, "new {\n id = 3\n server = yes\n }", ".server",
	  "\"yes\" is not a section", "write server { ... }" },

	/* access lists */
	{ ACL, "new {\n 10 = permit ip 10.1.0.0/16\n }", ".10",
	  "the destination is missing", "write any, host ADDRESS" },
	{ ACL, "new {\n 10 = permit ip 10.1.0.0/16 fd00::/16\n }", ".10",
	  "are of different address families", "write two of one family" },
	{ ACL, "new {\n 10 = permit ip 10.1.0.1/16 any\n }", ".10",
	  "has bits behind its prefix", "write 10.1.0.0/16" },
	/* GM-026 */
	{ ACL, "new {\n 10 = permit udp any port 1-9 any\n }", ".10",
	  "a port range can't be matched", "write one line per port" },
	{ ACL, "new {\n 10 = permit ip any port 9 any\n }", ".10",
	  "a port needs a protocol that has ports", "e.g. \"udp\"" },
	{ ACL, "new {\n 10 = allow ip any any\n }", ".10", "a line begins with",
	  "\"permit\" or \"deny\"" },
	{ ACL, "new {\n ten = permit ip any any\n }", ".ten",
	  "is not the number of a line", "write 1 to" },
	{ ACL, "new {\n 1 = permit ip any any\n 01 = deny ip any any\n }", ".01",
	  "is there twice", "number every line once" },
	{ ACL, "new = permit", "", "is not a section", "write new {" },

	/* server: what every group needs */
	{ SERVER, TEK, ".connections", "is missing", "write the names of the "
	  "connections" },
	{ SERVER, CONN, ".teks", "is missing", "write a section with a section per "
	  "TEK" },
	{ SERVER, CONN "teks {\n }\n", ".teks", "has 0 TEKs", "write 1 to 16" },
	{ SERVER, CONN "teks {\n data = vpn\n }\n", ".teks.data",
	  "is not the section of a TEK", "write data { acl = vpn }" },
	{ SERVER, CONN TEK "local_address = localhost\n", ".local_address",
	  "is not an address of this host", "write one IPv4 address" },
	{ SERVER, CONN TEK "local_address = 10.0.0.1, 10.0.0.2\n",
	  ".local_address", "\"10.0.0.2\" is not", "write one IPv4 address" },
	{ SERVER, CONN TEK "max_members = 0\n", ".max_members", "is out of range",
	  "write 1 to 1000000" },
	{ SERVER, CONN TEK "max_members = all\n", ".max_members",
	  "is not a number", "write 1 to" },
	{ SERVER, CONN TEK "maxmembers = 5\n", ".maxmembers", "unknown key",
	  "did you mean max_members?" },
	{ SERVER, CONN TEK "receive_only = sometimes\n", ".receive_only",
	  "is neither yes nor no", "write yes or no" },
	{ SERVER, CONN TEK "deny_lines = drop\n", ".deny_lines",
	  "is not known here", "write refuse or ignore" },
	{ SERVER, CONN TEK "acl_limit = 0\n", ".acl_limit", "is out of range",
	  "write 1 to 1024" },

	/* server: TEKs */
	{ SERVER, CONN "teks {\n data {\n lifetime = 1h\n }\n }\n",
	  ".teks.data.acl", "is missing", "write the name of a section in acls" },
	/* REKEY-202: a list that is gone is no reason to go without policy */
	{ SERVER, CONN "teks {\n data {\n acl = gone\n }\n }\n", ".teks.data.acl",
	  "\"gone\" is not an access list", "write the name of a section in acls" },
	{ SERVER, CONN "teks {\n data {\n acl = empty\n }\n }\n",
	  ".teks.data.acl", "is an empty access list", "write a line such as" },
	{ SERVER, CONN "teks {\n data {\n acl = denies\n }\n }\n",
	  ".teks.data.acl", "has no line with permit", "add a line such as" },
	{ SERVER, CONN WITH_TEK("lifetime = 4s"), ".teks.data.lifetime",
	  "is out of range", "write 5s to 30d" },
	{ SERVER, CONN WITH_TEK("lifetime = 1y"), ".teks.data.lifetime",
	  "is not a time", "number with ms, s, m, h or d" },
	{ SERVER, CONN WITH_TEK("esp_proposals = aes256-sha256, aes128-sha256"),
	  ".teks.data.esp_proposals", "are several proposals", "write the one" },
	{ SERVER, CONN WITH_TEK("esp_proposals = aes256"),
	  ".teks.data.esp_proposals", "is not one cipher and one integrity",
	  "write e.g. aes256-sha256" },
	{ SERVER, CONN WITH_TEK("esp_proposals = null-sha256"),
	  ".teks.data.esp_proposals", "has an algorithm that a group can't use",
	  "write e.g. aes256-sha256" },
	{ SERVER, CONN WITH_TEK("esp_proposals = rot13-sha256"),
	  ".teks.data.esp_proposals", "is not an ESP proposal",
	  "write e.g. aes256-sha256" },
	{ SERVER, CONN WITH_TEK("esp_proposals = aes256gcm16"), ".sender_ids",
	  "is missing", "write sender_ids { bits = 16 }" },
	{ SERVER, CONN WITH_TEK("replay = 64"), ".teks.data.replay",
	  "is not known here", "write none, counter or time" },
	/* D3P-006: D3P and time are the group's */
	{ SERVER, CONN WITH_TEK("replay = time"), ".teks.data.replay",
	  "is for all TEKs of a group", "write none or counter here" },
	{ SERVER, CONN WITH_TEK("replay = counter") "d3p_window = 1s\n",
	  ".teks.data.replay", "is not possible, d3p is for all TEKs",
	  "remove it" },
	{ SERVER, CONN WITH_TEK("replay = none") TIMED(""),
	  ".teks.data.replay", "is not possible, time is for all TEKs",
	  "remove it" },
	{ SERVER, CONN WITH_TEK("lifetim = 1h"), ".teks.data.lifetim",
	  "unknown key", "did you mean lifetime?" },

	/* server: freshness; D3P-001 */
	{ SERVER, CONN TEK "d3p_window = 0s\n", ".d3p_window",
	  "\"0s\" is not a window of D3P", "write 1s to 100s, or 100ms to "
	  "10000ms" },
	{ SERVER, CONN TEK "d3p_window = 101s\n", ".d3p_window",
	  "\"101s\" is not a window", "write 1s to 100s" },
	{ SERVER, CONN TEK "d3p_window = 99ms\n", ".d3p_window",
	  "\"99ms\" is not a window", "100ms to 10000ms" },
	{ SERVER, CONN TEK "d3p_window = 10001ms\n", ".d3p_window",
	  "\"10001ms\" is not a window", "100ms to 10000ms" },
	{ SERVER, CONN TEK "d3p_window = 1s\n d3p_type = posix-time-sec\n",
	  ".d3p_type", "is not known here",
	  "write posix-time-msec or posix-time" },
	{ SERVER, CONN TEK "d3p_type = posix-time\n", ".d3p_type",
	  "has no meaning without d3p_window = 1s", "or remove it" },
	/* D3P-011, TBAR-010 */
	{ SERVER, CONN TEK TIMED("d3p_window = 1s\n"), ".replay",
	  "\"time\" does not go with d3p_window", "write none" },
	{ SERVER, CONN TEK "replay = counter\n d3p_window = 1s\n", ".replay",
	  "\"counter\" does not go with d3p_window", "write none" },
	{ SERVER, CONN TEK "d3p_window = 1s\n replay_window = 5s\n",
	  ".replay_window", "has no meaning without replay", "or remove it" },
	{ SERVER, CONN TEK "replay = both\n", ".replay", "is not known here",
	  "write none, counter or time" },
	/* TBAR-004, TBAR-007 */
	{ SERVER, CONN TEK "replay = time\n", ".replay", "needs rekeys that tell",
	  "write a section kek" },
	{ SERVER, CONN TEK TIMED("replay_window = 101s\n"), ".replay_window",
	  "is out of range", "write 1s to" },
	{ SERVER, CONN TEK TIMED("replay_window = 1500ms\n"), ".replay_window",
	  "is not in whole seconds", "write 1s to 100s" },
	{ SERVER, CONN TEK TIMED("replay_tick = 99ms\n"), ".replay_tick",
	  "is out of range", "write 100ms to 10s" },
	{ SERVER, CONN TEK TIMED("replay_window = 2s\n replay_tick = 3s\n"),
	  ".replay_tick", "don't fit into a window of 2000 ms",
	  "write a shorter replay_tick" },
	{ SERVER, CONN TEK TIMED("replay_sync = 31m\n"), ".replay_sync",
	  "is out of range", "write 10s to 30m" },
	{ SERVER, CONN TEK "replay_sync = 10m\n", ".replay_sync",
	  "has no meaning without replay = time", "or remove it" },
	{ SERVER, CONN TEK "replay_tick = 1s\n", ".replay_tick",
	  "has no meaning without replay = time", "or remove it" },
	{ SERVER, CONN TEK "replay_window = 64\n", ".replay_window",
	  "has no meaning without replay", "or remove it" },
	{ SERVER, CONN TEK "replay = counter\n replay_window = 31\n",
	  ".replay_window", "is out of range", "write 32 to 4096" },
	{ SERVER, CONN TEK "replay = counter\n replay_window = 4097\n",
	  ".replay_window", "is out of range", "write 32 to 4096" },
	{ SERVER, "replay = counter\n" WITH_REKEY("transport = multicast\n "
	  "address = 239.0.1.2"), ".rekey.transport",
	  "\"multicast\" does not go with replay = counter", "write unicast" },
	{ SERVER, CONN TEK "freshness_unsupported = ignore\n",
	  ".freshness_unsupported", "is not known here",
	  "write refuse or exclude" },

	/* server: KEK */
	{ SERVER, CONN TEK "kek {\n lifetime = 1d\n }\n", ".kek.signature_key",
	  "is missing", "write the name of the private key" },
	{ SERVER, CONN TEK "kek {\n signature_key = none.pem\n }\n",
	  ".kek.signature_key", "is not a readable file",
	  "write the name of a private key" },
	{ SERVER, CONN TEK "kek {\n signature_key = garbage.der\n }\n",
	  ".kek.signature_key", "holds no private key",
	  "write the name of an unencrypted RSA or ECDSA key" },
	{ SERVER, CONN TEK WITH_KEK("encryption = des"), ".kek.encryption",
	  "is not known here", "write 3des, aes128, aes192 or aes256" },
	{ SERVER, CONN TEK WITH_KEK("signature_hash = md5"),
	  ".kek.signature_hash", "is not known here", "write sha1" },
	{ SERVER, CONN TEK "kek {\n signature_key = ecdsa.der\n "
	  "signature_hash = sha512\n }\n", ".kek.signature_hash",
	  "does not go with an ECDSA key", "write sha256, or leave it out" },
	{ SERVER, CONN TEK WITH_KEK("lifetime = 9s"), ".kek.lifetime",
	  "is out of range", "write 10s to 30d" },

	/* server: rekeys */
	{ SERVER, CONN TEK "rekey {\n retransmit_tries = 2\n }\n", ".rekey",
	  "needs a KEK", "write a section kek beside it" },
	{ SERVER, WITH_REKEY("transport = anycast"), ".rekey.transport",
	  "is not known here", "write unicast or multicast" },
	{ SERVER, WITH_REKEY("transport = multicast"), ".rekey.address",
	  "is missing", "write the multicast group" },
	{ SERVER, WITH_REKEY("transport = multicast\n address = 10.0.0.1"),
	  ".rekey.address", "is not a multicast address", "write one of "
	  "224.0.0.0/4" },
	{ SERVER, WITH_REKEY("transport = multicast\n address = ff05::1:2"),
	  ".rekey.interface", "is missing", "write the interface" },
	/* GM-013 */
	{ SERVER, WITH_REKEY("address = 239.0.1.2"), ".rekey.address",
	  "goes with multicast rekeys only", "write transport = multicast" },
	/* ACK-002, ACK-024 */
	{ SERVER, WITH_REKEY("transport = multicast\n address = 239.0.1.2\n "
	  "acknowledgement = any"), ".rekey.acknowledgement",
	  "goes with unicast rekeys only", "write transport = unicast" },
	{ SERVER, WITH_REKEY("acknowledgement = any\n acknowledgment = cisco"),
	  ".rekey.acknowledgment", "is the same as acknowledgement",
	  "remove one of them" },
	{ SERVER, WITH_REKEY("retransmit_interval = 0s"),
	  ".rekey.retransmit_interval", "is out of range", "write 1s to" },
	{ SERVER, WITH_REKEY("batch = 0"), ".rekey.batch", "is out of range",
	  "write 1 to" },
	{ SERVER, WITH_REKEY("rule = whenever"), ".rekey.rule",
	  "is not known here", "write offset or activation" },
	{ SERVER, "local_address = 10.0.0.1\n" WITH_REKEY("transport = multicast\n "
	  "address = ff05::1:2\n interface = eth0"), ".local_address",
	  "has no IPv6 address", "add one, or leave local_address out" },

	/* server: Sender IDs */
	{ SERVER, WITH_SIDS("bits = 7"), ".sender_ids.bits", "is out of range",
	  "write 8 to 32" },
	{ SERVER, WITH_SIDS("bits = 8\n server_bits = 5"),
	  ".sender_ids.server_bits", "leaves fewer than 4 of 8 bits",
	  "write 0 to 4, or more bits" },
	{ SERVER, WITH_SIDS("bits = 16\n server_bits = 2\n server_id = 4"),
	  ".sender_ids.server_id", "does not fit into 2 bits", "write 0 to 3" },
	{ SERVER, WITH_SIDS("bits = 16\n server_bits = 2"),
	  ".sender_ids.server_id", "is missing", "write another number on each" },

	/* server: authorisation */
	{ SERVER, WITH_AUTH("addresses = 10.0.0.300"), ".authorize.addresses",
	  "is not an address or network", "write e.g. 10.1.0.0/16" },
	{ SERVER, WITH_AUTH("addresses = ,"), ".authorize.addresses",
	  "names nobody", "write deny any to admit none" },
	{ SERVER, WITH_AUTH("identities = ;"), ".authorize.identities",
	  "names nobody", "write deny any to admit none" },

	/* member: what every group needs */
	{ MEMBER, IFC, ".servers", "is missing", "names of connections" },
	{ MEMBER, SRV, ".interface", "is missing", "eth0" },
	{ MEMBER, IFC "servers = a, b, a\n", ".servers", "names \"a\" twice",
	  "write every connection once" },
	{ MEMBER, IFC "servers = a, b, c, d, e, f, g, h, i\n", ".servers",
	  "has 9 key servers", "write at most 8" },
	{ MEMBER, IFC "severs = ks1\n", ".severs", "unknown key",
	  "did you mean servers?" },
	/* GM-014 */
	{ MEMBER, SRV "interface = eth0, eth1\n", ".interface",
	  "is more than one interface", "write one" },
	{ MEMBER, SRV "interface = thisnameistoolong\n", ".interface",
	  "is not an interface", "write a name of at most 15 characters" },
	{ MEMBER, SRV IFC "local_address = 0.0.0.0\n", ".local_address",
	  "is not an address of this host", "write one" },
	{ MEMBER, SRV IFC "anchor_local = 192.0.2.1\n", ".anchor_remote",
	  "is missing", "anchors of a family go in pairs" },
	{ MEMBER, SRV IFC "anchor_local6 = 192.0.2.1\n", ".anchor_local6",
	  "is of the wrong family", "write an IPv6 address" },

	/* member: policy */
	{ MEMBER, SRV IFC "acl = gone\n", ".acl", "\"gone\" is not an access list",
	  "write the name of a section in acls" },
	{ MEMBER, SRV IFC "acl = empty\n", ".acl", "has no lines",
	  "write deny lines" },
	{ MEMBER, SRV IFC "fail_close = perhaps\n", ".fail_close",
	  "is neither yes nor no", "write yes or no" },
	/* GM-057 */
	{ MEMBER, SRV IFC "fail_close = yes\n fail_close_acl = mixed\n",
	  ".fail_close_acl", "line 20 of \"mixed\"", "write deny" },
	{ MEMBER, SRV IFC "fail_close_acl = gone\n", ".fail_close_acl",
	  "is not an access list", "write the name" },
	{ MEMBER, SRV IFC "fail_close_revert = 1h\n", ".fail_close_revert",
	  "is neither yes nor no", "write yes or no" },
	{ MEMBER, SRV IFC "lockout_check = ask\n", ".lockout_check",
	  "is not known here", "write refuse, warn or off" },
	{ MEMBER, SRV IFC "direction = outbound\n", ".direction",
	  "is not known here", "write " },
	{ MEMBER, SRV IFC "kek_proposals = aes256gcm16\n", ".kek_proposals",
	  "is a counter mode", "write" },
	{ MEMBER, SRV IFC "esp_proposals = nonsense\n", ".esp_proposals",
	  "is not a proposal", "write cipher and hash" },
	/* GM-028 */
	{ MEMBER, SRV IFC "esp_proposals = aes128-sha1, aes192-sha1, aes256-sha1, "
	  "aes128-sha256, aes192-sha256, aes256-sha256, 3des-sha1\n",
	  ".esp_proposals", "has 7 proposals", "write one to 6" },

	/* member: times */
	{ MEMBER, SRV IFC "register_timeout = 0s\n", ".register_timeout",
	  "is out of range", "write 1s to 10m" },
	/* D3P-001, D3P-002 */
	{ MEMBER, SRV IFC "d3p_window = 101s\n", ".d3p_window",
	  "\"101s\" is not a window", "write 1s to 100s, or 100ms to 10000ms" },
	{ MEMBER, SRV IFC "d3p_window = 99ms\n", ".d3p_window",
	  "\"99ms\" is not a window", "write 1s to 100s" },
	{ MEMBER, SRV IFC "d3p_protocol = 41\n", ".d3p_protocol",
	  "41 is the number of another protocol", "write one that is free" },
	{ MEMBER, SRV IFC "d3p_full = both\n", ".d3p_full",
	  "is neither yes nor no", "write yes or no" },
	{ MEMBER, SRV IFC "replay_header = 13\n", ".replay_header",
	  "13 is not a length of the header", "write 12 or 16" },
	{ MEMBER, SRV IFC "retry_jitter = 101\n", ".retry_jitter",
	  "is out of range", "write 0 to 100" },
	{ MEMBER, SRV IFC "retry_initial = 10m\n", "",
	  "retry_max is shorter than retry_initial", "write at least 600s" },
	{ MEMBER, SRV IFC "reregister_margin = soon\n", ".reregister_margin",
	  "is not a time", "number with ms, s, m, h or d" },
	{ MEMBER, SRV IFC "keep_phase1 {\n }\n", ".keep_phase1", "is a section",
	  "write keep_phase1 = VALUE" },
};

/** loader, and the key server's role in it */
static group_config_t *config;
static ks_manager_t *manager;

/** configuration of the member that runs, and how often one was applied */
static gm_config_t *running;
static u_int applied;

static void *parse_member(group_role_t *this, const group_entry_t *group,
						  config_node_t *node, config_reader_t *reader,
						  group_acl_lookup_t acls, void *user)
{
	return gm_config_parse(group, node, reader, acls, user);
}

static bool changed_member(group_role_t *this, const char *name, void *parsed)
{
	return !running || !running->equals(running, parsed);
}

static void apply_member(group_role_t *this, const group_entry_t *group,
						 void *parsed)
{
	DESTROY_IF(running);
	running = parsed;
	applied++;
}

static void remove_member(group_role_t *this, const char *name)
{
	DESTROY_IF(running);
	running = NULL;
	applied++;
}

static void discard_member(group_role_t *this, void *parsed)
{
	gm_config_t *config = parsed;

	config->destroy(config);
}

static void describe_member(group_role_t *this, const char *name,
							vici_builder_t *builder)
{
	builder->add_kv(builder, "applied", "%u", applied);
}

/** the member's parser with nothing behind it */
static group_role_t member = {
	.section = "member",
	.parse = parse_member,
	.changed = changed_member,
	.apply = apply_member,
	.remove = remove_member,
	.discard = discard_member,
	.describe = describe_member,
};

static void setup(void)
{
	ks_services_t services = {
		.log = &ks_fixture_log,
		.clock = ks_fixture_clock,
	};

	applied = 0;
	manager = ks_manager_create(&services);
	config = group_config_create();
	config->add_role(config, &member);
	config->add_role(config, &manager->role);
}

static void teardown(void)
{
	config->destroy(config);
	manager->destroy(manager);
}

/**
 * Load what runs with something more
 *
 * @param group			group, or ""
 * @param acl			access list, or ""
 * @return				all errors, a line each
 */
static char *load(const char *group, const char *acl)
{
	config_reader_t *reader = config_reader_create();
	char text[8192], file[] = "./wrong.XXXXXX", *line, *lines = strdup("");
	enumerator_t *enumerator;
	config_node_t *root;
	bool error, good;
	char *next;
	int fd, len;

	len = snprintf(text, sizeof(text), RUNNING, group, acl);
	ck_assert_int_lt(len, sizeof(text));
	fd = mkstemp(file);
	ck_assert(fd >= 0 && write(fd, text, len) == len);
	close(fd);
	root = config_file_read(file);
	unlink(file);
	ck_assert_msg(root != NULL, "no configuration: %s", text);
	good = config->load(config, root, reader, NULL);
	enumerator = reader->create_enumerator(reader);
	while (enumerator->enumerate(enumerator, &error, &line))
	{
		if (error)
		{
			ck_assert(asprintf(&next, "%s%s\n", lines, line) > 0);
			free(lines);
			lines = next;
		}
	}
	enumerator->destroy(enumerator);
	ck_assert(good == !*lines);
	reader->destroy(reader);
	root->destroy(root);
	return lines;
}

/**
 * Text of a message, without the keys that tell the time of day
 */
static char *print_message(vici_message_t *message)
{
	enumerator_t *enumerator;
	char *text = strdup(""), *next, *name;
	vici_type_t type;
	chunk_t value;

	enumerator = message->create_enumerator(message);
	while (enumerator->enumerate(enumerator, &type, &name, &value) &&
		   type != VICI_END)
	{
		if (type == VICI_KEY_VALUE && strlen(name) > 3 &&
			streq(name + strlen(name) - 3, "-at"))
		{
			continue;
		}
		if (type != VICI_KEY_VALUE && type != VICI_LIST_ITEM)
		{
			value = chunk_empty;
		}
		ck_assert(asprintf(&next, "%s%d %s = %.*s\n", text, type,
						   type == VICI_LIST_ITEM ? "" : name ?: "",
						   (int)value.len, value.ptr) > 0);
		free(text);
		text = next;
	}
	enumerator->destroy(enumerator);
	return text;
}

/**
 * What there is to see of all that runs
 */
static char *describe(void)
{
	vici_builder_t *builder = vici_builder_create();
	const group_entry_t *group;
	enumerator_t *enumerator;
	vici_message_t *message;
	char *text;

	enumerator = config->create_enumerator(config);
	while (enumerator->enumerate(enumerator, &group))
	{
		builder->begin_section(builder, (char*)group->name);
		config->describe(config, group->name, builder);
		builder->end_section(builder);
	}
	enumerator->destroy(enumerator);
	message = builder->finalize(builder);
	text = print_message(message);
	message->destroy(message);
	return text;
}

/**
 * Load a case
 */
static char *load_case(int i)
{
	char group[4096];

	switch (cases[i].kind)
	{
		case GROUP:
			return load(cases[i].text, "");
		case ACL:
			return load("", cases[i].text);
		default:
			snprintf(group, sizeof(group), "new {\n id = 3\n %s {\n %s\n }\n }",
					 cases[i].kind == SERVER ? "server" : "member",
					 cases[i].text);
			return load(group, "");
	}
}

/**
 * Find the line of an error
 *
 * @return				the line behind its path, NULL if there is none
 */
static char *find_line(char *lines, const char *path)
{
	char *line, *found = NULL;
	size_t len = strlen(path);

	for (line = strtok(lines, "\n"); line && !found; line = strtok(NULL, "\n"))
	{
		if (strneq(line, path, len) && strneq(line + len, ": ", 2))
		{
			found = line + len + 2;
		}
	}
	return found;
}

START_TEST(test_wrong)
{
	static const char *prefixes[] = {
		"groups.new", "acls.new", "groups.new.server", "groups.new.member",
	};
	char path[256], *before, *after, *all, *copy, *line;

	all = load("", "");
	ck_assert_str_eq(all, "");
	free(all);
	before = describe();

	snprintf(path, sizeof(path), "%s%s", prefixes[cases[_i].kind],
			 cases[_i].path);
	all = load_case(_i);
	copy = strdup(all);
	line = find_line(copy, path);
	ck_assert_msg(line != NULL, "no line for %s in:\n%s", path, all);
	ck_assert_msg(strstr(line, cases[_i].reason) != NULL &&
				  strstr(line, cases[_i].write) != NULL,
				  "\"%s\" and \"%s\" are not in:\n%s", cases[_i].reason,
				  cases[_i].write, line);
	free(copy);
	free(all);

	after = describe();
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
	/* and it is what it was: loading it once more changes nothing */
	all = load("", "");
	ck_assert_str_eq(all, "");
	free(all);
	ck_assert_uint_eq(applied, 1);
}
END_TEST

START_TEST(test_enough)
{
	ck_assert_uint_ge(countof(cases), 60);
}
END_TEST

Suite *config_wrong_suite(void)
{
	Suite *suite = suite_create("wrong configurations");
	TCase *tc = tcase_create("wrong");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_wrong, 0, countof(cases));
	tcase_add_test(tc, test_enough);
	suite_add_tcase(suite, tc);
	return suite;
}
