/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_sockets.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

/** state of an established connection */
#define ESTABLISHED 0x01

/** digits of an IPv6 address in the list */
#define DIGITS 32

/*
 * Described in header
 */
u_int gm_sockets_ports(const char *text, uint16_t *ports)
{
	u_int count = 0;
	u_long port;
	char *end;

	while (*text && count < GM_MANAGEMENT_PORTS)
	{
		text += strspn(text, ", \t");
		port = strtoul(text, &end, 10);
		if (end != text && strspn(end, ", \t") + !*end && port &&
			port <= UINT16_MAX)
		{
			ports[count++] = (uint16_t)port;
		}
		text += strcspn(text, ", \t");
	}
	return count;
}

/**
 * Make an address of its words, which are in the machine's order
 */
static host_t *parse_address(const char *text, u_int port)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	size_t i, digits = strlen(text);
	uint32_t words[DIGITS / 8];
	char word[9] = "";
	chunk_t addr;

	if (digits != 8 && digits != DIGITS)
	{
		return NULL;
	}
	for (i = 0; i < digits / 8; i++)
	{
		memcpy(word, text + 8 * i, 8);
		words[i] = (uint32_t)strtoul(word, NULL, 16);
	}
	addr = chunk_create((u_char*)words, digits / 2);
	if (digits == DIGITS && memeq(addr.ptr, mapped, sizeof(mapped)))
	{
		addr = chunk_skip(addr, sizeof(mapped));
	}
	return host_create_from_chunk(addr.len == 4 ? AF_INET : AF_INET6, addr,
								  (uint16_t)port);
}

/**
 * Is a port one of a list?
 */
static bool has_port(const uint16_t *ports, u_int count, u_int port)
{
	u_int i;

	for (i = 0; i < count; i++)
	{
		if (ports[i] == port)
		{
			return TRUE;
		}
	}
	return FALSE;
}

/*
 * Described in header
 */
void gm_sockets_read(FILE *file, const uint16_t *ports, u_int count,
					 linked_list_t *list)
{
	char line[256], local[DIGITS + 1], remote[DIGITS + 1];
	u_int lport, rport, state;
	gm_tcp_t *tcp;

	while (fgets(line, sizeof(line), file))
	{
		if (sscanf(line, " %*u: %32[0-9A-Fa-f]:%4x %32[0-9A-Fa-f]:%4x %2x",
				   local, &lport, remote, &rport, &state) != 5 ||
			state != ESTABLISHED || !has_port(ports, count, lport))
		{
			continue;
		}
		INIT(tcp,
			.local = parse_address(local, lport),
			.remote = parse_address(remote, rport),
		);
		if (!tcp->local || !tcp->remote ||
			tcp->local->ip_equals(tcp->local, tcp->remote))
		{
			gm_tcp_destroy(tcp);
			continue;
		}
		list->insert_last(list, tcp);
	}
}

/*
 * Described in header
 */
void gm_tcp_destroy(gm_tcp_t *tcp)
{
	DESTROY_IF(tcp->local);
	DESTROY_IF(tcp->remote);
	free(tcp);
}
