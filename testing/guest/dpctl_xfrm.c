/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/*
 * dpctl: states and policies, by "ip xfrm".
 */

#include "dpctl.h"

#include <stdlib.h>
#include <stdarg.h>

/** keys of the test: AES-256 and HMAC-SHA-256, or AES-256-GCM with salt */
#define KEY "0x000102030405060708090a0b0c0d0e0f" \
			"101112131415161718191a1b1c1d1e1f"

/** algorithms by name, and their sizes */
static const struct {
	char *name;
	char *algs;
	crypto_map_esp_t esp;
} ciphers[] = {
	{ "cbc", "enc 'cbc(aes)' " KEY " auth-trunc 'hmac(sha256)' " KEY " 128",
	  { 16, 16, 16 } },
	{ "gcm", "aead 'rfc4106(gcm(aes))' " KEY "00112233 128", { 4, 8, 16 } },
	{ "null", "enc 'ecb(cipher_null)' '' auth-trunc 'hmac(sha256)' " KEY " 128",
	  { 4, 0, 16 } },
};

static const int families[] = { AF_INET, AF_INET6 };

/**
 * Run a shell command.
 */
static bool sh(char *fmt, ...)
{
	char cmd[1024];
	va_list args;
	int status;

	va_start(args, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, args);
	va_end(args);
	status = system(cmd);
	if (status != 0)
	{
		fprintf(answer, "failed: %s\n", cmd);
	}
	return status == 0;
}

char *dpctl_anchor(int family, bool local)
{
	static char buf[4][64];
	static int next;
	char *res = buf[next++ % 4];

	snprintf(res, sizeof(buf[0]), "%H", map->get_anchor(map, family, local));
	return res;
}

bool dpctl_spis(int argc, char *argv[])
{
	uint32_t spis[CRYPTO_MAP_SPIS + 1], sas[CRYPTO_MAP_SPIS + 1];
	char *end;
	int i;

	for (i = 0; i < argc && i < countof(spis); i++)
	{
		spis[i] = htonl(strtoul(argv[i], &end, 16));
		/* as of the only group of an interface */
		sas[i] = CRYPTO_MAP_SPI_ALL_SAS |
				 (*end == '+' ? CRYPTO_MAP_SPI_STAMPED | 1u << atoi(end + 1)
							  : 0xffff);
	}
	return map->set_spis(map, spis, sas, i);
}

/**
 * Find a cipher, -1 if there is none.
 */
static int find_cipher(char *name)
{
	int i;

	for (i = 0; i < countof(ciphers); i++)
	{
		if (streq(ciphers[i].name, name))
		{
			return i;
		}
	}
	return -1;
}

/**
 * Add a state. What comes in through BEET gets the anchors back, and is
 * compared to the selector later, with its own addresses.
 */
static bool add_state(int family, bool inbound, char *spi, bool beet,
					  const char *algs)
{
	char *src = dpctl_anchor(family, !inbound);
	char *dst = dpctl_anchor(family, inbound);
	char mode[160] = "tunnel flag af-unspec", id[32] = "";

	if (beet)
	{
		snprintf(mode, sizeof(mode), "beet sel src %s/0 dst %s/0", src, dst);
	}
	if (!inbound)
	{
		snprintf(id, sizeof(id), "if_id %u", map->get_if_id(map));
	}
	return sh("ip xfrm state add src %s dst %s proto esp spi 0x%s reqid %u "
			  "replay-window 0 %s %s mode %s", src, dst, spi,
			  inbound ? CRYPTO_MAP_REQID : 1, id, algs, mode);
}

bool dpctl_state_add(int argc, char *argv[])
{
	bool beet = argc == 3 && streq(argv[2], "beet"), good;
	int i, cipher = argc >= 2 ? find_cipher(argv[1]) : -1;

	good = cipher >= 0 && (argc == 2 || beet);
	for (i = 0; i < countof(families) && good; i++)
	{
		good = add_state(families[i], TRUE, argv[0], beet,
						 ciphers[cipher].algs) &&
			   add_state(families[i], FALSE, argv[0], beet,
						 ciphers[cipher].algs);
	}
	return good;
}

bool dpctl_state_del(int argc, char *argv[])
{
	bool good = argc == 1;
	int i;

	for (i = 0; i < countof(families) && good; i++)
	{
		good &= sh("ip xfrm state delete src %s dst %s proto esp spi 0x%s",
				   dpctl_anchor(families[i], FALSE),
				   dpctl_anchor(families[i], TRUE), argv[0]);
		good &= sh("ip xfrm state delete src %s dst %s proto esp spi 0x%s",
				   dpctl_anchor(families[i], TRUE),
				   dpctl_anchor(families[i], FALSE), argv[0]);
	}
	return good;
}

bool dpctl_policy(int argc, char *argv[])
{
	bool beet = argc == 3 && streq(argv[2], "beet"), good;
	mark_t mark;
	int i;

	good = argc == 1 || argc == 2 || beet;
	for (i = 0; i < countof(families) && good; i++)
	{
		mark = map->get_mark(map, argc >= 2 ? atoi(argv[1]) : 0, beet);
		good = sh("ip xfrm policy update src %s dst %s dir out priority 1000 "
				  "mark 0x%x mask 0x%x if_id %u tmpl src %s dst %s proto esp "
				  "spi 0x%s reqid 1 mode %s",
				  i ? "::/0" : "0.0.0.0/0", i ? "::/0" : "0.0.0.0/0",
				  mark.value, mark.mask, map->get_if_id(map),
				  dpctl_anchor(families[i], TRUE),
				  dpctl_anchor(families[i], FALSE), argv[0],
				  beet ? "beet" : "tunnel");
	}
	return good;
}

bool dpctl_policy_del(int argc, char *argv[])
{
	bool beet = argc == 2 && streq(argv[1], "beet"), good = TRUE;
	mark_t mark;
	int i;

	mark = map->get_mark(map, argc ? atoi(argv[0]) : 0, beet);
	for (i = 0; i < 2; i++)
	{
		good &= sh("ip xfrm policy delete src %s dst %s dir out mark 0x%x "
				   "mask 0x%x if_id %u",
				   i ? "::/0" : "0.0.0.0/0", i ? "::/0" : "0.0.0.0/0",
				   mark.value, mark.mask, map->get_if_id(map));
	}
	return good;
}

bool dpctl_tek(int argc, char *argv[])
{
	if (argc != 2 || !dpctl_state_add(2, argv) || !dpctl_spis(1, argv) ||
		!dpctl_policy(1, argv))
	{
		return FALSE;
	}
	map->set_esp(map, 0, &ciphers[find_cipher(argv[1])].esp);
	map->set_ready(map, 0, TRUE);
	return TRUE;
}
