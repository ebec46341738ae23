/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _GNU_SOURCE /* for vasprintf() */
#include "group_packet.h"

#include <stdarg.h>
#include <stdio.h>
#include <arpa/inet.h>

/** words of a packet, and one more to see surplus ones */
#define MAX_WORDS 6
/** longest word */
#define MAX_WORD 64

/** how a packet is written */
#define FORM "SRC DST PROTO, and SPORT DPORT for tcp and udp, " \
	"e.g. 10.1.0.1 10.2.0.1 tcp 40000 443"

/**
 * Set the reason, always FALSE to return it directly.
 */
static bool refuse(char **reason, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (vasprintf(reason, fmt, args) < 0)
	{
		*reason = NULL;
	}
	va_end(args);
	return FALSE;
}

/**
 * Split a text into words.
 *
 * @return			number of words, MAX_WORDS if there are too many
 */
static u_int split(const char *text, char words[MAX_WORDS][MAX_WORD])
{
	u_int count = 0;
	size_t len;

	while (count < MAX_WORDS)
	{
		text += strspn(text, " \t");
		len = strcspn(text, " \t");
		if (!len)
		{
			break;
		}
		snprintf(words[count++], MAX_WORD, "%.*s",
				 (int)min(len, (size_t)MAX_WORD - 1), text);
		text += len;
	}
	return count;
}

/**
 * Parse an address of either family.
 *
 * @return			AF_INET, AF_INET6, AF_UNSPEC if it is none
 */
static uint16_t parse_address(const char *word, uint8_t *addr)
{
	memset(addr, 0, 16);
	if (inet_pton(AF_INET, word, addr) == 1)
	{
		return AF_INET;
	}
	return inet_pton(AF_INET6, word, addr) == 1 ? AF_INET6 : AF_UNSPEC;
}

/**
 * Parse a protocol, by the names that lines have.
 *
 * @param ports		set to TRUE if it has ports
 */
static bool parse_protocol(const char *word, uint8_t *protocol, bool *ports)
{
	char line[MAX_WORD + 32];
	group_ace_t ace;

	snprintf(line, sizeof(line), "permit %s any any", word);
	if (!group_ace_parse(line, &ace, NULL) || !ace.protocol)
	{
		return FALSE;
	}
	*protocol = ace.protocol;
	snprintf(line, sizeof(line), "permit %s any port 1 any", word);
	*ports = group_ace_parse(line, &ace, NULL);
	return TRUE;
}

/**
 * Parse a port.
 */
static bool parse_port(const char *word, uint16_t *port)
{
	u_int value = 0;
	size_t i;

	for (i = 0; word[i] >= '0' && word[i] <= '9' && i < 5; i++)
	{
		value = value * 10 + (u_int)(word[i] - '0');
	}
	*port = (uint16_t)value;
	return i && !word[i] && value <= UINT16_MAX;
}

/**
 * Parse the ports, if the protocol has some.
 */
static bool parse_ports(group_packet_t *packet, bool ports, u_int count,
						char words[MAX_WORDS][MAX_WORD], char **reason)
{
	u_int i;

	if (!ports)
	{
		return count == 3 || refuse(reason, "protocol %s has no ports (write "
									"source, destination and %s only)",
									words[2], words[2]);
	}
	if (count != 5)
	{
		return refuse(reason, "protocol %s needs two ports (write "
					  "SRC DST %s SPORT DPORT)", words[2], words[2]);
	}
	for (i = 3; i < 5; i++)
	{
		if (!parse_port(words[i], i == 3 ? &packet->sport : &packet->dport))
		{
			return refuse(reason, "\"%s\" is not a port (write 0..65535)",
						  words[i]);
		}
	}
	return TRUE;
}

bool group_packet_parse(const char *text, group_packet_t *packet,
						char **reason)
{
	char words[MAX_WORDS][MAX_WORD] = {};
	group_packet_t parsed = {};
	uint16_t families[2];
	bool ports = FALSE;
	u_int count;

	count = split(text, words);
	if (count < 3 || count == MAX_WORDS)
	{
		return refuse(reason, "\"%s\" is not a packet (write %s)", text, FORM);
	}
	families[0] = parse_address(words[0], parsed.src);
	families[1] = parse_address(words[1], parsed.dst);
	if (!families[0] || !families[1])
	{
		return refuse(reason, "\"%s\" is not an address (write one without "
					  "prefix, e.g. 10.1.0.1)", words[families[0] ? 1 : 0]);
	}
	if (families[0] != families[1])
	{
		return refuse(reason, "%s and %s are of two families (write two IPv4 "
					  "or two IPv6 addresses)", words[0], words[1]);
	}
	if (!parse_protocol(words[2], &parsed.protocol, &ports))
	{
		return refuse(reason, "\"%s\" is not the protocol of a packet (write "
					  "a name as tcp, or a number 1..255)", words[2]);
	}
	parsed.family = families[0];
	if (!parse_ports(&parsed, ports, count, words, reason))
	{
		return FALSE;
	}
	*packet = parsed;
	return TRUE;
}

group_packet_t group_packet_mirror(const group_packet_t *packet)
{
	group_packet_t mirror = *packet;

	memcpy(mirror.src, packet->dst, sizeof(mirror.src));
	memcpy(mirror.dst, packet->src, sizeof(mirror.dst));
	mirror.sport = packet->dport;
	mirror.dport = packet->sport;
	return mirror;
}

/**
 * Does a line look at ports?
 */
static bool has_ports(const group_ace_t *ace)
{
	return ace->src.port_lo || ace->src.port_hi != UINT16_MAX ||
		   ace->dst.port_lo || ace->dst.port_hi != UINT16_MAX;
}

bool group_packet_matches(const group_packet_t *packet, const group_ace_t *ace,
						  bool protects)
{
	uint16_t sport = packet->sport, dport = packet->dport;
	uint8_t protocol = packet->protocol;
	bool hidden = FALSE;

	if (packet->loose && ace->protocol && ace->protocol != protocol)
	{
		protocol = ace->protocol;
		hidden = TRUE;
	}
	if ((packet->later || packet->loose) && has_ports(ace))
	{
		sport = ace->src.port_lo;
		dport = ace->dst.port_lo;
		hidden = TRUE;
	}
	return (protects || !hidden) &&
		   group_ace_matches(ace, protocol, packet->family, packet->src,
							 packet->dst, sport, dport);
}
