/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE /* for fmemopen() */
#include "member_suites.h"
#include "member_world.h"

#include <member/gm_config.h>
#include <member/gm_sockets.h>

#include <arpa/inet.h>
#include <stdio.h>

#define PATH "groups.g.member.fail_close: "

/**
 * Messages of a reader, errors behind "E ", warnings behind "W "
 */
static char *messages(config_reader_t *reader)
{
	char *all = strdup(""), *old, *line;
	enumerator_t *enumerator;
	bool error;

	enumerator = reader->create_enumerator(reader);
	while (enumerator->enumerate(enumerator, &error, &line))
	{
		old = all;
		ck_assert(asprintf(&all, "%s%c %s\n", old, error ? 'E' : 'W',
						   line) > 0);
		free(old);
	}
	enumerator->destroy(enumerator);
	return all;
}

/**
 * TRUE for a load that nobody waits for, as going back is
 */
static bool unattended = FALSE;

/**
 * Parse a section with fail_close, for what it says
 *
 * @param good			TRUE if it must be taken
 * @return				messages, valid until the next call
 */
static const char *parse(bool good, const char *key, const char *value,
						 const char *key2, const char *value2)
{
	static char *all = NULL;
	config_reader_t *reader = config_reader_create();
	gm_config_t *config;

	if (unattended)
	{
		reader->set_unattended(reader);
	}
	config = world_parse(reader, "g", 1, "servers", "ks1, ks2", "interface",
						 "eth0", "fail_close", "yes", key, value, key2, value2,
						 NULL);
	free(all);
	all = messages(reader);
	ck_assert_msg(good == (config != NULL), "%s", all);
	DESTROY_IF(config);
	reader->destroy(reader);
	return all;
}

/* ACL-016: the connection that the load would cut, the line that does it, and
 * the line to write; which is enough then */
START_TEST(test_refused_acl_016)
{
	const char *said;

	world_connect("10.0.1.1 22", "192.0.2.7 40000");
	said = parse(FALSE, NULL, NULL, NULL, NULL);
	ck_assert_str_eq(said, "E " PATH "would drop the connection of 192.0.2.7 "
					 "to port 22 of 10.0.1.1, by its line \"permit ip any "
					 "any\" (write 10 = deny tcp host 10.0.1.1 port 22 host "
					 "192.0.2.7 in acls.NAME and fail_close_acl = NAME, or "
					 "lockout_check = warn)\n");
	world_acl("open", "deny tcp host 10.0.1.1 port 22 host 192.0.2.8", NULL);
	said = parse(FALSE, "fail_close_acl", "open", NULL, NULL);
	ck_assert_msg(strstr(said, "(write 20 = deny tcp host 10.0.1.1 port 22 "
						 "host 192.0.2.7 in acls.open, or") != NULL, "%s",
				  said);
	world_acl("open", "deny tcp host 10.0.1.1 port 22 host 192.0.2.8",
			  "deny tcp host 10.0.1.1 port 22 host 192.0.2.7", NULL);
	ck_assert_str_eq(parse(TRUE, "fail_close_acl", "open", NULL, NULL), "");
	/* the wrong way round it helps nobody */
	world_acl("open", "deny tcp host 192.0.2.7 host 10.0.1.1 port 22", NULL);
	parse(FALSE, "fail_close_acl", "open", NULL, NULL);
	world_acl("open", "deny tcp any port 22 any", NULL);
	ck_assert_str_eq(parse(TRUE, "fail_close_acl", "open", NULL, NULL), "");
}
END_TEST

START_TEST(test_ipv6)
{
	world_connect("2001:db8::1 22", "2001:db8:7::9 40000");
	ck_assert(strstr(parse(FALSE, NULL, NULL, NULL, NULL), "10 = deny tcp host "
					 "2001:db8::1 port 22 host 2001:db8:7::9 in") != NULL);
	world_acl("open", "deny tcp host 2001:db8::1 port 22 host 2001:db8:7::9",
			  NULL);
	ck_assert_str_eq(parse(TRUE, "fail_close_acl", "open", NULL, NULL), "");
}
END_TEST

/* lockout_check, and the start of charon, where a refusal would cost the
 * group */
START_TEST(test_warned)
{
	const char *said;

	world_connect("10.0.1.1 22", "192.0.2.7 40000");
	said = parse(TRUE, "lockout_check", "warn", NULL, NULL);
	ck_assert_msg(strpfx(said, "W " PATH "would drop the connection"), "%s",
				  said);
	ck_assert_str_eq(parse(TRUE, "lockout_check", "off", NULL, NULL), "");
	unattended = TRUE;
	said = parse(TRUE, NULL, NULL, NULL, NULL);
	ck_assert_msg(strpfx(said, "W " PATH "would drop the connection"), "%s",
				  said);
	unattended = FALSE;
	world->starting = TRUE;
	said = parse(TRUE, NULL, NULL, NULL, NULL);
	ck_assert_msg(strpfx(said, "W " PATH "would drop the connection"), "%s",
				  said);
}
END_TEST

/* four connections are named, the others counted */
START_TEST(test_many)
{
	char remote[32];
	const char *said, *pos;
	int i;

	for (i = 0; i < 7; i++)
	{
		snprintf(remote, sizeof(remote), "192.0.2.7 %d", 40000 + i);
		world_connect("10.0.1.1 22", remote);
	}
	said = parse(FALSE, NULL, NULL, NULL, NULL);
	for (i = 0, pos = said; (pos = strstr(pos, "connection of")); pos++)
	{
		i++;
	}
	ck_assert_int_eq(i, 4);
	ck_assert(strstr(said, "E " PATH "would drop 3 more connections\n"));
}
END_TEST

/* only what is newly armed is checked: a load of the same does nothing */
START_TEST(test_armed_only)
{
	world_apply("g", 1, "servers", "ks1, ks2", "interface", "eth0",
				"fail_close", "yes", NULL);
	world_settle();
	world_connect("10.0.1.1 22", "192.0.2.7 40000");
	ck_assert_str_eq(parse(TRUE, NULL, NULL, NULL, NULL), "");
	ck_assert_str_eq(parse(TRUE, "fail_close_revert", "yes", NULL, NULL), "");
	world_acl("open", "deny udp any any", NULL);
	parse(FALSE, "fail_close_acl", "open", NULL, NULL);
}
END_TEST

/* key servers that can't be reached through fail_close */
START_TEST(test_servers)
{
	const char *said;

	world->servers[0].named = TRUE;
	said = parse(TRUE, NULL, NULL, NULL, NULL);
	ck_assert_msg(strpfx(said, "W " PATH "connection \"ks1\" has a name"),
				  "%s", said);
	world_acl("open", "deny udp any any port 53", NULL);
	ck_assert_str_eq(parse(TRUE, "fail_close_acl", "open", NULL, NULL), "");
	world_acl("open", "deny udp any port 53 any", NULL);
	ck_assert(*parse(TRUE, "fail_close_acl", "open", NULL, NULL));

	world->servers[0].named = FALSE;
	world->servers[0].host->set_port(world->servers[0].host, 8480);
	said = parse(TRUE, NULL, NULL, NULL, NULL);
	ck_assert_msg(strstr(said, "goes to port 8480 of connection \"ks1\"") &&
				  strstr(said, "deny udp any host 10.0.8.1 port 8480"), "%s",
				  said);
	world_acl("open", "deny udp host 10.0.1.1 host 10.0.8.1 port 8480", NULL);
	ck_assert_str_eq(parse(TRUE, "fail_close_acl", "open", NULL, NULL), "");
	world_acl("open", "deny udp any host 10.0.8.2 port 8480", NULL);
	ck_assert(*parse(TRUE, "fail_close_acl", "open", NULL, NULL));
	/* nothing is known of a connection that isn't loaded */
	world->servers[0].loaded = FALSE;
	ck_assert_str_eq(parse(TRUE, NULL, NULL, NULL, NULL), "");
}
END_TEST

/** texts of management_ports */
static const struct {
	const char *text;
	u_int count;
	uint16_t ports[3];
} port_texts[] = {
	{ "22", 1, { 22 } },
	{ "22, 2222 443", 3, { 22, 2222, 443 } },
	{ "", 0 },
	{ " , ", 0 },
	{ "0, 65536, 22x, 80", 1, { 80 } },
};

START_TEST(test_ports)
{
	uint16_t ports[GM_MANAGEMENT_PORTS];
	u_int count;

	count = gm_sockets_ports(port_texts[_i].text, ports);
	ck_assert_uint_eq(count, port_texts[_i].count);
	ck_assert(memeq(ports, port_texts[_i].ports, count * sizeof(*ports)));
}
END_TEST

/**
 * An address as the kernel writes it
 */
static void print_words(const char *addr, char *buf)
{
	bool v6 = strchr(addr, ':') != NULL;
	uint32_t words[4];
	int i;

	ck_assert_int_eq(inet_pton(v6 ? AF_INET6 : AF_INET, addr, words), 1);
	for (i = 0; i < (v6 ? 4 : 1); i++)
	{
		sprintf(buf + i * 8, "%08X", words[i]);
	}
}

/** lines of /proc/net/tcp{,6}: addresses, ports, state, and if it counts */
static const struct {
	const char *local, *remote;
	u_int lport, rport, state;
	bool found;
	/* how local is shown, NULL for the same */
	const char *shown;
} sockets[] = {
	{ "10.0.1.1", "192.0.2.7", 22, 40000, 1, TRUE },
	{ "10.0.1.1", "192.0.2.7", 23, 40000, 1, FALSE },
	{ "10.0.1.1", "192.0.2.7", 40000, 22, 1, FALSE },
	{ "10.0.1.1", "192.0.2.7", 22, 40000, 6, FALSE },
	{ "0.0.0.0", "0.0.0.0", 22, 0, 10, FALSE },
	{ "127.0.0.1", "127.0.0.1", 22, 40000, 1, FALSE },
	{ "2001:db8::1", "2001:db8::2", 22, 40000, 1, TRUE },
	{ "::ffff:10.0.1.1", "::ffff:192.0.2.7", 22, 40000, 1, TRUE, "10.0.1.1" },
};

START_TEST(test_sockets)
{
	char local[33], remote[33], text[512];
	linked_list_t *list = linked_list_create();
	uint16_t ports[] = { 2222, 22 };
	gm_tcp_t *tcp;
	host_t *host;
	FILE *file;

	print_words(sockets[_i].local, local);
	print_words(sockets[_i].remote, remote);
	snprintf(text, sizeof(text), "  sl  local_address rem_address   st\n"
			 "   0: %s:%04X %s:%04X %02X 00000000:00000000 00:00000000\n"
			 "   1: trash\n\n   2: 0:1\n", local, sockets[_i].lport, remote,
			 sockets[_i].rport, sockets[_i].state);
	file = fmemopen(text, strlen(text), "r");
	ck_assert(file != NULL);
	gm_sockets_read(file, ports, countof(ports), list);
	fclose(file);
	ck_assert_int_eq(list->get_count(list), sockets[_i].found);
	while (list->remove_first(list, (void**)&tcp) == SUCCESS)
	{
		host = host_create_from_string(
				(char*)(sockets[_i].shown ?: sockets[_i].local), 22);
		ck_assert(host->equals(host, tcp->local));
		ck_assert_uint_eq(tcp->remote->get_port(tcp->remote), 40000);
		host->destroy(host);
		gm_tcp_destroy(tcp);
	}
	list->destroy(list);
}
END_TEST

Suite *member_lockout_suite(void)
{
	Suite *s = suite_create("member lock-out");
	TCase *tc = tcase_create("lockout");

	tcase_add_checked_fixture(tc, world_setup, world_teardown);
	tcase_add_test(tc, test_refused_acl_016);
	tcase_add_test(tc, test_ipv6);
	tcase_add_test(tc, test_warned);
	tcase_add_test(tc, test_many);
	tcase_add_test(tc, test_armed_only);
	tcase_add_test(tc, test_servers);
	tcase_add_loop_test(tc, test_ports, 0, countof(port_texts));
	tcase_add_loop_test(tc, test_sockets, 0, countof(sockets));
	suite_add_tcase(s, tc);
	return s;
}
