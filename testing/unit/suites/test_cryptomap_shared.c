/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Several groups on one interface: what the crypto map of the interface is
 * told, who is refused, and that groups don't touch each other's traffic.
 */

#include "cryptomap_suites.h"
#include "fake_map.h"

#include <shared_map.h>

#include <pthread.h>
#include <stdio.h>

/**
 * Create the crypto map of a group.
 */
static crypto_map_t *create(char *group, char *interface, u_int index,
							char *local4, char *remote4)
{
	crypto_map_params_t params = {
		.group = group,
		.interface = interface,
		.index = index,
		.local4 = local4 ? host_create_from_string(local4, 0) : NULL,
		.remote4 = remote4 ? host_create_from_string(remote4, 0) : NULL,
	};
	crypto_map_t *map;

	map = shared_map_create(&params, fake_map_create);
	DESTROY_IF(params.local4);
	DESTROY_IF(params.remote4);
	return map;
}

/**
 * Set a list; every text may begin with the number of its SA.
 */
static bool set_acl(crypto_map_t *map, bool fallback, int count, ...)
{
	crypto_map_line_t lines[8] = {};
	va_list args;
	char *text;
	int i;

	va_start(args, count);
	for (i = 0; i < count; i++)
	{
		text = va_arg(args, char*);
		lines[i].sa = strtoul(text, &text, 10);
		ck_assert_msg(group_ace_parse(text + strspn(text, " "), &lines[i].ace,
									  NULL), "%s", text);
	}
	va_end(args);
	return map->set_acl(map, lines, count, fallback);
}

/**
 * Set SPIs, written as numbers.
 */
static bool set_spis(crypto_map_t *map, int count, ...)
{
	uint32_t spis[CRYPTO_MAP_SPIS];
	va_list args;
	int i;

	va_start(args, count);
	for (i = 0; i < count; i++)
	{
		spis[i] = htonl(va_arg(args, u_int));
	}
	va_end(args);
	return map->set_spis(map, spis, NULL, count);
}

/**
 * Attach, which must succeed.
 */
static void attach(crypto_map_t *map)
{
	char *reason = "?";

	ck_assert_msg(map->attach(map, &reason), "%s", reason);
	ck_assert(reason == NULL);
}

/**
 * Attach, which must fail with a text in its reason.
 */
static void refuse(crypto_map_t *map, const char *text)
{
	char *reason = NULL;

	ck_assert(!map->attach(map, &reason));
	ck_assert_msg(reason && strstr(reason, text), "%s", reason);
	free(reason);
}

/**
 * Check a line of the interface's list.
 */
static void check_line(u_int number, char *text)
{
	char buf[GROUP_ACE_TEXT_LEN + 16], line[GROUP_ACE_TEXT_LEN];

	ck_assert_uint_lt(number, fake_map->line_count);
	snprintf(buf, sizeof(buf), "%u %s", fake_map->lines[number].sa,
			 group_ace_print(&fake_map->lines[number].ace, line, sizeof(line)));
	ck_assert_str_eq(buf, text);
}

/**
 * Check an SPI of the interface, and which SAs' traffic it may bring.
 */
static void check_spi(u_int number, uint32_t spi, uint32_t sas)
{
	ck_assert_uint_lt(number, fake_map->spi_count);
	ck_assert_uint_eq(fake_map->spis[number], htonl(spi));
	ck_assert_uint_eq(fake_map->sas[number], sas);
}

static void teardown(void)
{
	fake_map_cleanup();
}

/* a group that is alone has its own numbers, and leaves no trace */
START_TEST(test_alone)
{
	crypto_map_t *map = create("data", "eth0", 3, NULL, NULL);
	crypto_map_esp_t esp = { 16, 16, 16 };
	host_t *server = host_create_from_string("10.0.8.1", 0);

	ck_assert_str_eq(map->get_interface(map), "eth0");
	ck_assert(set_acl(map, FALSE, 1, "5 permit ip 10.0.0.0/8 any"));
	ck_assert(map->set_servers(map, &server, 1));
	ck_assert(!fake_map);
	attach(map);
	attach(map);
	ck_assert_int_eq(fake_attached, 1);
	ck_assert_str_eq(fake_map->name, "data eth0 3");
	check_line(0, "5 permit ip 10.0.0.0/8 any");
	ck_assert_str_eq(fake_map->servers[0], "10.0.8.1");
	ck_assert(set_spis(map, 1, 0x101));
	ck_assert(!fake_map->has_sas);
	map->set_esp(map, 5, &esp);
	map->set_direction(map, 5, CRYPTO_MAP_INBOUND_OPTIONAL);
	map->set_ready(map, 5, TRUE);
	ck_assert_uint_eq(fake_map->esp[5].block, 16);
	ck_assert_uint_eq(fake_map->dirs[5], CRYPTO_MAP_INBOUND_OPTIONAL);
	ck_assert_uint_eq(fake_map->ready, 1u << 5);
	ck_assert_uint_eq(map->get_mark(map, 5, FALSE).value >> 20 & 0xf, 5);
	ck_assert(map->refresh(map));
	map->detach(map);
	ck_assert_int_eq(fake_attached, 0);
	ck_assert_int_eq(fake_maps, 0);
	map->destroy(map);
	server->destroy(server);
}
END_TEST

/* two groups: lists by name, SAs and SPIs side by side, key servers once, and
 * nobody may bring the other's traffic; one goes and the other stays as it was
 */
START_TEST(test_two)
{
	crypto_map_t *blue = create("blue", "eth0", 1, NULL, NULL);
	crypto_map_t *amber = create("amber", "eth0", 0, NULL, NULL);
	crypto_map_esp_t cbc = { 16, 16, 16 }, gcm = { 4, 8, 16 };
	host_t *servers[] = {
		host_create_from_string("10.0.8.1", 0),
		host_create_from_string("10.0.8.2", 0),
		host_create_from_string("10.0.8.3", 0),
	};

	attach(blue);
	ck_assert_str_eq(fake_map->name, "blue eth0 1");
	ck_assert(set_acl(blue, FALSE, 2, "deny tcp any any port 22",
					  "0 permit ip 10.1.0.0/16 any"));
	blue->set_esp(blue, 0, &cbc);
	blue->set_direction(blue, 0, CRYPTO_MAP_INBOUND_OPTIONAL);
	ck_assert(set_spis(blue, 2, 0xb1, 0xb2));
	ck_assert(!fake_map->has_sas);
	ck_assert(blue->set_servers(blue, servers, 2));
	blue->set_ready(blue, 0, TRUE);

	/* set before attach(): in force with it */
	ck_assert(set_acl(amber, FALSE, 2, "0 permit ip 10.2.0.0/16 any",
					  "1 permit ip 10.3.0.0/16 any"));
	ck_assert(set_spis(amber, 1, 0xa1));
	ck_assert(amber->set_servers(amber, servers + 1, 2));
	amber->set_esp(amber, 0, &gcm);
	attach(amber);
	ck_assert_int_eq(fake_maps, 1);
	ck_assert_int_eq(fake_attached, 1);
	ck_assert_uint_eq(amber->get_if_id(amber), blue->get_if_id(blue));
	ck_assert(amber->get_anchor(amber, AF_INET, TRUE)->ip_equals(
						amber->get_anchor(amber, AF_INET, TRUE),
						blue->get_anchor(blue, AF_INET, TRUE)));

	ck_assert_uint_eq(fake_map->line_count, 4);
	check_line(0, "1 permit ip 10.2.0.0/16 any");
	check_line(1, "2 permit ip 10.3.0.0/16 any");
	check_line(2, "0 deny tcp any any port 22");
	check_line(3, "0 permit ip 10.1.0.0/16 any");
	ck_assert(fake_map->has_sas);
	check_spi(0, 0xa1, 1u << 1 | 1u << 2);
	check_spi(1, 0xb1, 1u << 0);
	check_spi(2, 0xb2, 1u << 0);
	ck_assert_uint_eq(fake_map->server_count, 3);
	ck_assert_uint_eq(fake_map->esp[0].iv, 16);
	ck_assert_uint_eq(fake_map->esp[1].iv, 8);
	ck_assert_uint_eq(fake_map->dirs[0], CRYPTO_MAP_INBOUND_OPTIONAL);
	ck_assert_uint_eq(fake_map->dirs[1], CRYPTO_MAP_BOTH);
	amber->set_ready(amber, 0, TRUE);
	ck_assert_uint_eq(fake_map->ready, 1u << 0 | 1u << 1);
	ck_assert_uint_ne(amber->get_mark(amber, 0, FALSE).value,
					  blue->get_mark(blue, 0, FALSE).value);

	/* an SA that comes later: the SPI may bring its traffic from then on */
	amber->set_direction(amber, 9, CRYPTO_MAP_INBOUND_ONLY);
	check_spi(0, 0xa1, 1u << 1 | 1u << 2 | 1u << 9);
	check_spi(1, 0xb1, 1u << 0);

	amber->detach(amber);
	ck_assert_int_eq(fake_attached, 1);
	ck_assert_uint_eq(fake_map->line_count, 2);
	check_line(0, "0 deny tcp any any port 22");
	check_line(1, "0 permit ip 10.1.0.0/16 any");
	ck_assert_uint_eq(fake_map->ready, 1u << 0);
	ck_assert_uint_eq(fake_map->dirs[9], CRYPTO_MAP_BOTH);
	ck_assert_uint_eq(fake_map->dirs[0], CRYPTO_MAP_INBOUND_OPTIONAL);
	ck_assert_uint_eq(fake_map->spi_count, 2);
	ck_assert(!fake_map->has_sas);
	ck_assert_uint_eq(fake_map->server_count, 2);

	/* and back, after which the first one goes: the map stays */
	attach(amber);
	blue->detach(blue);
	ck_assert_int_eq(fake_attached, 1);
	ck_assert_uint_eq(fake_map->line_count, 2);
	ck_assert_uint_eq(fake_map->ready, 1u << fake_map->lines[0].sa);
	amber->detach(amber);
	ck_assert_int_eq(fake_attached, 0);
	blue->destroy(blue);
	amber->destroy(amber);
	ck_assert_int_eq(fake_maps, 0);
	servers[0]->destroy(servers[0]);
	servers[1]->destroy(servers[1]);
	servers[2]->destroy(servers[2]);
}
END_TEST

/* the list of a group without policy (GM-051) comes behind all others, a group
 * that lets everything pass until it is registered (GM-050) has none */
START_TEST(test_fallback)
{
	crypto_map_t *a = create("a", "eth0", 0, NULL, NULL);
	crypto_map_t *b = create("b", "eth0", 1, NULL, NULL);
	crypto_map_t *c = create("c", "eth0", 2, NULL, NULL);

	ck_assert(set_acl(a, TRUE, 2, "deny tcp any any port 22",
					  "0 permit ip any any"));
	attach(a);
	ck_assert(fake_map->fallback);
	ck_assert(set_acl(b, FALSE, 1, "0 permit ip 10.2.0.0/16 any"));
	attach(b);
	attach(c);
	ck_assert(!fake_map->fallback);
	ck_assert_uint_eq(fake_map->line_count, 3);
	check_line(0, "1 permit ip 10.2.0.0/16 any");
	check_line(1, "0 deny tcp any any port 22");
	check_line(2, "0 permit ip any any");
	ck_assert(set_acl(a, FALSE, 1, "0 permit ip 10.1.0.0/16 any"));
	ck_assert_uint_eq(fake_map->line_count, 2);
	check_line(0, "0 permit ip 10.1.0.0/16 any");
	check_line(1, "1 permit ip 10.2.0.0/16 any");
	a->destroy(a);
	b->destroy(b);
	c->destroy(c);
}
END_TEST

/* what does not fit is refused: of lists all is dropped that others' lists
 * don't name, the rest stays as it was */
START_TEST(test_room)
{
	crypto_map_t *a = create("a", "eth0", 0, NULL, NULL);
	crypto_map_t *b = create("b", "eth0", 1, NULL, NULL);
	crypto_map_line_t lines[CRYPTO_MAP_LINES] = {};
	uint32_t spis[CRYPTO_MAP_SPIS] = {};
	host_t *servers[CRYPTO_MAP_SERVERS + 2];
	char buf[32];
	u_int i;

	for (i = 0; i < countof(lines); i++)
	{
		snprintf(buf, sizeof(buf), "permit ip host 10.0.%u.%u any", i / 256,
				 i % 256);
		ck_assert(group_ace_parse(buf, &lines[i].ace, NULL));
	}
	for (i = 0; i < countof(servers); i++)
	{
		snprintf(buf, sizeof(buf), "10.0.9.%u", i);
		servers[i] = host_create_from_string(buf, 0);
	}
	attach(a);
	attach(b);
	ck_assert(!a->set_acl(a, lines, CRYPTO_MAP_LINES + 1, FALSE));
	ck_assert(a->set_acl(a, lines, CRYPTO_MAP_LINES - 1, FALSE));
	ck_assert(b->set_acl(b, lines, 1, FALSE));
	ck_assert(!b->set_acl(b, lines, 2, FALSE));
	/* not in clear, whether there was a list before or not */
	ck_assert_uint_eq(fake_map->line_count, CRYPTO_MAP_LINES);
	ck_assert_uint_eq(fake_map->lines[CRYPTO_MAP_LINES - 1].sa,
					  CRYPTO_MAP_DROP);
	ck_assert(b->set_acl(b, NULL, 0, FALSE));
	ck_assert(!b->set_acl(b, lines, 2, FALSE));
	ck_assert_uint_eq(fake_map->line_count, CRYPTO_MAP_LINES);
	ck_assert_uint_eq(fake_map->lines[CRYPTO_MAP_LINES - 1].sa,
					  CRYPTO_MAP_DROP);
	ck_assert(b->set_acl(b, NULL, 0, FALSE));
	ck_assert_uint_eq(fake_map->line_count, CRYPTO_MAP_LINES - 1);

	ck_assert(!a->set_spis(a, spis, NULL, CRYPTO_MAP_SPIS + 1));
	ck_assert(a->set_spis(a, spis, NULL, CRYPTO_MAP_SPIS - 1));
	ck_assert(!b->set_spis(b, spis, NULL, 2));
	ck_assert_uint_eq(fake_map->spi_count, CRYPTO_MAP_SPIS - 1);
	ck_assert(b->set_spis(b, spis, NULL, 1));

	ck_assert(!a->set_servers(a, servers, CRYPTO_MAP_SERVERS + 1));
	ck_assert(a->set_servers(a, servers, CRYPTO_MAP_SERVERS - 1));
	ck_assert(b->set_servers(b, servers, CRYPTO_MAP_SERVERS - 1));
	ck_assert_uint_eq(fake_map->server_count, CRYPTO_MAP_SERVERS - 1);
	ck_assert(!b->set_servers(b, servers + 2, CRYPTO_MAP_SERVERS));
	ck_assert_uint_eq(fake_map->server_count, CRYPTO_MAP_SERVERS - 1);
	ck_assert(b->set_servers(b, servers + 1, CRYPTO_MAP_SERVERS - 1));
	ck_assert_uint_eq(fake_map->server_count, CRYPTO_MAP_SERVERS);

	/* one SA of b has an index already */
	for (i = 0; i < CRYPTO_MAP_SAS - 1; i++)
	{
		ck_assert(a->get_mark(a, i, FALSE).mask);
	}
	ck_assert(!a->get_mark(a, CRYPTO_MAP_SAS - 1, FALSE).mask);
	ck_assert(!a->get_mark(a, CRYPTO_MAP_SAS, FALSE).mask);
	ck_assert(b->get_mark(b, 0, FALSE).mask);
	ck_assert(!set_acl(b, FALSE, 1, "1 permit ip any any"));
	a->detach(a);
	ck_assert(set_acl(b, FALSE, 1, "1 permit ip any any"));
	for (i = 0; i < countof(servers); i++)
	{
		servers[i]->destroy(servers[i]);
	}
	a->destroy(a);
	b->destroy(b);
}
END_TEST

/* a group that has no room is refused, and the others don't notice */
START_TEST(test_no_room)
{
	crypto_map_t *a = create("a", "eth0", 0, NULL, NULL);
	crypto_map_t *b = create("b", "eth0", 1, NULL, NULL);
	uint32_t spis[CRYPTO_MAP_SPIS] = {};

	attach(a);
	ck_assert(set_acl(a, FALSE, 1, "0 permit ip 10.1.0.0/16 any"));
	ck_assert(a->set_spis(a, spis, NULL, CRYPTO_MAP_SPIS));
	a->set_ready(a, 0, TRUE);
	ck_assert(b->set_spis(b, spis, NULL, 1));
	ck_assert(set_acl(b, FALSE, 1, "0 permit ip any any"));
	b->set_ready(b, 0, TRUE);
	refuse(b, "no room");
	ck_assert_uint_eq(fake_map->line_count, 1);
	ck_assert_uint_eq(fake_map->ready, 1);
	ck_assert_int_eq(fake_attached, 1);
	ck_assert(b->set_spis(b, spis, NULL, 0));
	attach(b);
	ck_assert_uint_eq(fake_map->line_count, 2);
	a->destroy(a);
	b->destroy(b);
}
END_TEST

/* groups of an interface have the same anchors, those of others different */
START_TEST(test_anchors)
{
	crypto_map_t *a = create("a", "eth0", 0, "192.0.2.77", "192.0.2.78");
	crypto_map_t *b = create("b", "eth0", 1, "192.0.2.77", "192.0.2.79");
	crypto_map_t *c = create("c", "eth0", 2, "192.0.2.77", "192.0.2.78");
	crypto_map_t *d = create("d", "eth1", 3, "192.0.2.1", "192.0.2.78");
	crypto_map_t *e = create("e", "eth1", 0, NULL, NULL);

	ck_assert(!create("x", "", 0, NULL, NULL));
	attach(a);
	refuse(b, "group 'a' has other anchors");
	attach(c);
	refuse(d, "interface eth0 has one of these anchors");
	/* its index is in use by the map of the other interface */
	attach(e);
	ck_assert_str_eq(fake_map->name, "e eth1 1");
	ck_assert_uint_ne(a->get_if_id(a), e->get_if_id(e));
	ck_assert(a->get_anchor(a, AF_INET6, FALSE)->ip_equals(
						a->get_anchor(a, AF_INET6, FALSE),
						c->get_anchor(c, AF_INET6, FALSE)));
	e->detach(e);
	/* whoever comes first decides */
	a->detach(a);
	c->detach(c);
	attach(b);
	refuse(a, "group 'b' has other anchors");
	a->destroy(a);
	b->destroy(b);
	c->destroy(c);
	d->destroy(d);
	e->destroy(e);
}
END_TEST

/* an interface that went and came back: nobody joins what sits on the old one,
 * and what the kernel refuses leaves nothing */
START_TEST(test_interface)
{
	crypto_map_t *a = create("a", "eth0", 0, NULL, NULL);
	crypto_map_t *b = create("b", "eth0", 1, NULL, NULL);

	fake_refuses = TRUE;
	refuse(a, "refused");
	ck_assert_int_eq(fake_maps, 0);
	fake_refuses = FALSE;
	attach(a);
	attach(b);
	fake_map->gone = TRUE;
	ck_assert(!a->refresh(a));
	a->detach(a);
	refuse(a, "group 'a' is about to leave");
	ck_assert(!b->refresh(b));
	b->detach(b);
	ck_assert(b->refresh(b));
	attach(a);
	attach(b);
	ck_assert_int_eq(fake_maps, 1);

	/* the end of a daemon leaves what is attached */
	a->destroy(a);
	ck_assert_int_eq(fake_maps, 1);
	b->destroy(b);
	ck_assert_int_eq(fake_maps, 0);
	ck_assert_int_eq(fake_attached, 1);
}
END_TEST

/* every group is told once of an SPI that the interface does not know, and the
 * counters are there once */
START_TEST(test_told)
{
	crypto_map_t *a = create("a", "eth0", 0, NULL, NULL);
	crypto_map_t *b = create("b", "eth0", 1, NULL, NULL);
	enumerator_t *enumerator;
	crypto_map_stat_t *stat;
	crypto_map_t *maps[] = { a, b };
	uint32_t spi;
	int i, found = 0;

	ck_assert(!a->get_unknown_spi(a, &spi));
	attach(a);
	attach(b);
	fake_map->unknown_spi = 7;
	for (i = 0; i < 2; i++)
	{
		ck_assert(maps[i]->get_unknown_spi(maps[i], &spi));
		ck_assert_uint_eq(spi, 7);
		ck_assert(!maps[i]->get_unknown_spi(maps[i], &spi));
		enumerator = maps[i]->create_stats_enumerator(maps[i]);
		while (enumerator->enumerate(enumerator, &stat))
		{
			found++;
		}
		enumerator->destroy(enumerator);
	}
	ck_assert_int_eq(found, 1);
	a->destroy(a);
	b->destroy(b);
}
END_TEST

/* an SPI is one group's on an interface; another interface may have it too */
START_TEST(test_claims)
{
	crypto_map_t *a = create("a", "eth0", 0, NULL, NULL);
	crypto_map_t *b = create("b", "eth0", 1, NULL, NULL);
	crypto_map_t *c = create("c", "eth1", 2, NULL, NULL);
	char *owner = NULL;

	ck_assert(a->claim_spi(a, 5, &owner));
	ck_assert(!owner);
	ck_assert(a->claim_spi(a, 5, NULL));
	ck_assert(!b->claim_spi(b, 5, &owner));
	ck_assert_str_eq(owner, "a");
	free(owner);
	ck_assert(c->claim_spi(c, 5, NULL));
	ck_assert(b->claim_spi(b, 6, NULL));
	b->release_spi(b, 5);
	a->release_spi(a, 5);
	ck_assert(!b->claim_spi(b, 5, NULL));
	a->release_spi(a, 5);
	ck_assert(b->claim_spi(b, 5, NULL));
	a->destroy(a);
	b->destroy(b);
	c->destroy(c);
}
END_TEST

/** what a thread does again and again, until all of them did */
typedef struct {
	crypto_map_t *map;
	u_int number;
} loop_t;

static void *work(loop_t *job)
{
	crypto_map_t *map = job->map;
	char *reason;
	u_int i;

	for (i = 0; i < 200; i++)
	{
		reason = NULL;
		ck_assert(map->attach(map, &reason));
		set_acl(map, i % 3 == 0, 1, "0 permit ip 10.1.0.0/16 any");
		map->set_ready(map, 0, TRUE);
		set_spis(map, 1, job->number);
		map->refresh(map);
		map->set_ready(map, 0, FALSE);
		map->detach(map);
	}
	ck_assert(map->attach(map, &reason));
	set_acl(map, FALSE, 1, "0 permit ip 10.1.0.0/16 any");
	map->set_ready(map, 0, TRUE);
	return NULL;
}

/* threads of several groups at once leave what they want one by one */
START_TEST(test_threads)
{
	char *names[] = { "a", "b", "c", "d" };
	pthread_t threads[countof(names)];
	loop_t jobs[countof(names)];
	u_int i;

	for (i = 0; i < countof(names); i++)
	{
		jobs[i].map = create(names[i], "eth0", i, NULL, NULL);
		jobs[i].number = i + 1;
		pthread_create(&threads[i], NULL, (void*)work, &jobs[i]);
	}
	for (i = 0; i < countof(names); i++)
	{
		pthread_join(threads[i], NULL);
	}
	ck_assert_int_eq(fake_maps, 1);
	ck_assert_uint_eq(fake_map->line_count, countof(names));
	ck_assert_uint_eq(__builtin_popcount(fake_map->ready), countof(names));
	ck_assert_uint_eq(fake_map->spi_count, countof(names));
	for (i = 0; i < countof(names); i++)
	{
		ck_assert_uint_eq(fake_map->spis[i], htonl(i + 1));
		ck_assert_uint_eq(fake_map->sas[i], 1u << fake_map->lines[i].sa);
	}
	for (i = 0; i < countof(names); i++)
	{
		jobs[i].map->destroy(jobs[i].map);
	}
}
END_TEST

Suite *cryptomap_shared_suite(void)
{
	Suite *suite = suite_create("several groups on one interface");
	TCase *tcase = tcase_create("shared");

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, test_alone);
	tcase_add_test(tcase, test_two);
	tcase_add_test(tcase, test_fallback);
	tcase_add_test(tcase, test_room);
	tcase_add_test(tcase, test_no_room);
	tcase_add_test(tcase, test_anchors);
	tcase_add_test(tcase, test_interface);
	tcase_add_test(tcase, test_told);
	tcase_add_test(tcase, test_claims);
	tcase_add_test(tcase, test_threads);
	suite_add_tcase(suite, tcase);
	return suite;
}
