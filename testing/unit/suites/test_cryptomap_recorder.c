/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The recorder: every action is a line.
 */

#include "cryptomap_suites.h"

#include <crypto_map_recorder.h>

#include <stdio.h>
#include <unistd.h>

static const char expected[] =
"attach data lo 2\n"
"acl data 3\n"
"  deny udp any port 848 any port 848 -> 0\n"
"  permit ip 10.0.0.0/8 10.0.0.0/8 -> 1\n"
"  permit ip any any -> drop\n"
"spis data 01020304 a0b0c0d0\n"
"spis data 01020304/0003 a0b0c0d0/ffff\n"
"esp data 1 16 16 16\n"
"servers data 10.0.8.1 2001:db8::1\n"
"acl data 1 fallback\n"
"  deny udp any port 848 any port 848 -> 0\n"
"direction data 1 inbound-only\n"
"direction data 15 inbound-optional\n"
"direction data 1 both\n"
"ready data 1 yes\n"
"refresh data\n"
"detach data lo\n";

/**
 * Act on a recorder as a member does.
 */
static void act(crypto_map_t *map)
{
	crypto_map_line_t lines[3] = {
		{ .sa = 0 }, { .sa = 1 }, { .sa = CRYPTO_MAP_DROP },
	};
	uint32_t spis[] = { htonl(0x01020304), htonl(0xa0b0c0d0) };
	uint32_t sas[] = { 3, 0xffff };
	crypto_map_esp_t esp = { 16, 16, 16 };
	char *reason = "?";
	host_t *servers[] = {
		host_create_from_string("10.0.8.1", 848),
		host_create_from_string("2001:db8::1", 0),
	};

	group_ace_parse("deny udp any port 848 any port 848", &lines[0].ace, NULL);
	group_ace_parse("permit ip 10.0.0.0/8 10.0.0.0/8", &lines[1].ace, NULL);
	group_ace_parse("permit ip any any", &lines[2].ace, NULL);
	ck_assert(map->attach(map, &reason));
	ck_assert(reason == NULL);
	ck_assert(map->set_acl(map, lines, 3, FALSE));
	ck_assert(map->set_spis(map, spis, NULL, 2));
	ck_assert(map->set_spis(map, spis, sas, 2));
	map->set_esp(map, 1, &esp);
	ck_assert(map->set_servers(map, servers, 2));
	ck_assert(map->set_acl(map, lines, 1, TRUE));
	map->set_direction(map, 1, CRYPTO_MAP_INBOUND_ONLY);
	map->set_direction(map, 15, CRYPTO_MAP_INBOUND_OPTIONAL);
	map->set_direction(map, 1, CRYPTO_MAP_BOTH);
	map->set_ready(map, 1, TRUE);
	ck_assert(map->refresh(map));
	map->detach(map);
	ck_assert(!map->set_acl(map, lines, CRYPTO_MAP_LINES + 1, FALSE));
	ck_assert(!map->set_spis(map, spis, NULL, CRYPTO_MAP_SPIS + 1));
	ck_assert(!map->set_servers(map, servers, CRYPTO_MAP_SERVERS + 1));
	servers[0]->destroy(servers[0]);
	servers[1]->destroy(servers[1]);
}

START_TEST(test_record)
{
	crypto_map_params_t params = {
		.group = "data",
		.interface = "lo",
		.index = 2,
	};
	char path[] = "/tmp/test_cryptomap.XXXXXX", text[1024];
	crypto_map_t *map;
	FILE *file;
	size_t len;

	close(mkstemp(path));
	lib->settings->set_str(lib->settings,
				"%s.plugins.gdoi.crypto_map_record", path, lib->ns);
	map = crypto_map_recorder_create(&params);
	act(map);
	map->destroy(map);

	file = fopen(path, "r");
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	fclose(file);
	unlink(path);
	ck_assert_str_eq(text, expected);
}
END_TEST

/* an SPI that a test writes to a file is told of once */
START_TEST(test_unknown_spi)
{
	crypto_map_params_t params = { .group = "x", .interface = "lo" };
	char path[] = "/tmp/test_cryptomap.XXXXXX", name[64];
	crypto_map_t *map;
	uint32_t spi = 0;
	FILE *file;

	close(mkstemp(path));
	lib->settings->set_str(lib->settings,
				"%s.plugins.gdoi.crypto_map_record", path, lib->ns);
	map = crypto_map_recorder_create(&params);
	ck_assert(!map->get_unknown_spi(map, &spi));
	snprintf(name, sizeof(name), "%s.unknown-spi", path);
	file = fopen(name, "w");
	fputs("0000abcd\n", file);
	fclose(file);
	ck_assert(map->get_unknown_spi(map, &spi));
	ck_assert_uint_eq(spi, htonl(0xabcd));
	ck_assert(!map->get_unknown_spi(map, &spi));
	map->destroy(map);
	unlink(path);
}
END_TEST

/* an interface that does not exist is refused with a reason */
START_TEST(test_no_interface)
{
	crypto_map_params_t params = { .group = "x", .interface = "none0" };
	char *reason = NULL;
	crypto_map_t *map;

	map = crypto_map_recorder_create(&params);
	ck_assert(!map->attach(map, &reason));
	ck_assert_str_eq(reason, "no such interface");
	free(reason);
	map->destroy(map);
}
END_TEST

Suite *cryptomap_recorder_suite(void)
{
	Suite *suite = suite_create("crypto map recorder");
	TCase *tcase = tcase_create("record");

	tcase_add_test(tcase, test_record);
	tcase_add_test(tcase, test_unknown_spi);
	tcase_add_test(tcase, test_no_interface);
	suite_add_tcase(suite, tcase);
	return suite;
}
