/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _GNU_SOURCE /* for vasprintf() */
#include "group_ace.h"

#include <ctype.h>
#include <stdarg.h>
#include <arpa/inet.h>

/** more words than the longest line has, so that surplus ones are seen */
#define MAX_WORDS 16
/** longest word: an IPv6 address with prefix */
#define MAX_WORD 64

/**
 * Names of protocols, independent of the machine's /etc/protocols.
 */
static const struct {
	const char *name;
	uint8_t number;
	bool ports;
} protocols[] = {
	{ "ip",			0,		FALSE	},
	{ "icmp",		1,		FALSE	},
	{ "igmp",		2,		FALSE	},
	{ "ipip",		4,		FALSE	},
	{ "tcp",		6,		TRUE	},
	{ "udp",		17,		TRUE	},
	{ "dccp",		33,		TRUE	},
	{ "ipv6",		41,		FALSE	},
	{ "gre",		47,		FALSE	},
	{ "esp",		50,		FALSE	},
	{ "ah",			51,		FALSE	},
	{ "icmpv6",		58,		FALSE	},
	{ "eigrp",		88,		FALSE	},
	{ "ospf",		89,		FALSE	},
	{ "pim",		103,	FALSE	},
	{ "vrrp",		112,	FALSE	},
	{ "l2tp",		115,	FALSE	},
	{ "sctp",		132,	TRUE	},
	{ "udplite",	136,	TRUE	},
};

/**
 * State while reading a line.
 */
typedef struct {
	char words[MAX_WORDS][MAX_WORD];
	u_int count;
	u_int pos;
	char *reason;
} line_t;

/**
 * Keep the first reason, always FALSE to return it directly.
 */
static bool refuse(line_t *line, const char *fmt, ...)
{
	va_list args;

	if (!line->reason)
	{
		va_start(args, fmt);
		if (vasprintf(&line->reason, fmt, args) < 0)
		{
			line->reason = NULL;
		}
		va_end(args);
	}
	return FALSE;
}

/**
 * Split a text into lower case words.
 */
static bool split(line_t *line, const char *text)
{
	size_t len;

	while (TRUE)
	{
		text += strspn(text, " \t");
		len = strcspn(text, " \t");
		if (!len)
		{
			return TRUE;
		}
		if (len >= MAX_WORD || line->count >= MAX_WORDS)
		{
			return refuse(line, "the line is too long");
		}
		for (size_t i = 0; i < len; i++)
		{
			line->words[line->count][i] = (char)tolower((u_char)text[i]);
		}
		line->words[line->count++][len] = '\0';
		text += len;
	}
}

/**
 * Word at the current place, NULL at the end.
 */
static const char *peek(line_t *line)
{
	return line->pos < line->count ? line->words[line->pos] : NULL;
}

/**
 * Take the next word if it is the given one.
 */
static bool take(line_t *line, const char *word)
{
	const char *next = peek(line);

	if (next && streq(next, word))
	{
		line->pos++;
		return TRUE;
	}
	return FALSE;
}

/**
 * Parse a decimal number up to a maximum.
 */
static bool parse_number(const char *word, u_int max, u_int *value)
{
	u_int number = 0;

	if (!*word || strlen(word) > 5)
	{
		return FALSE;
	}
	for (; *word; word++)
	{
		if (*word < '0' || *word > '9')
		{
			return FALSE;
		}
		number = number * 10 + (u_int)(*word - '0');
	}
	*value = number;
	return number <= max;
}

static bool parse_action(line_t *line, group_ace_t *ace)
{
	if (take(line, "permit"))
	{
		ace->action = GROUP_ACE_PERMIT;
		return TRUE;
	}
	if (take(line, "deny"))
	{
		ace->action = GROUP_ACE_DENY;
		return TRUE;
	}
	return refuse(line, "a line begins with \"permit\" or \"deny\"");
}

static bool parse_protocol(line_t *line, group_ace_t *ace)
{
	const char *word = peek(line);
	u_int number;

	if (!word)
	{
		return refuse(line, "the protocol is missing, e.g. \"ip\" for any");
	}
	line->pos++;
	for (int i = 0; i < countof(protocols); i++)
	{
		if (streq(word, protocols[i].name))
		{
			ace->protocol = protocols[i].number;
			return TRUE;
		}
	}
	if (parse_number(word, 255, &number))
	{
		ace->protocol = (uint8_t)number;
		return TRUE;
	}
	return refuse(line, "\"%s\" is not a protocol (ip, tcp, udp, icmp, ... or "
				  "a number 0..255)", word);
}

/**
 * Check if a protocol has ports.
 */
static bool has_ports(uint8_t protocol)
{
	for (int i = 0; i < countof(protocols); i++)
	{
		if (protocols[i].number == protocol)
		{
			return protocols[i].ports;
		}
	}
	return FALSE;
}

/**
 * Clear the bits behind the prefix.
 *
 * @return			FALSE if any was set
 */
static bool mask_address(group_ace_side_t *side, size_t len)
{
	bool clean = TRUE;
	uint8_t mask;
	u_int bits;

	for (size_t i = 0; i < len; i++)
	{
		bits = side->prefix > i * 8 ? side->prefix - (u_int)i * 8 : 0;
		bits = min(bits, 8u);
		mask = (uint8_t)(0xff00 >> bits);
		if (side->addr[i] & ~mask)
		{
			clean = FALSE;
			side->addr[i] &= mask;
		}
	}
	return clean;
}

/**
 * Parse ADDRESS or ADDRESS/PREFIX.
 */
static bool parse_address(line_t *line, const char *word, bool host,
						  group_ace_side_t *side, uint16_t *family)
{
	char addr[MAX_WORD], text[INET6_ADDRSTRLEN], *slash;
	u_int prefix, max;

	snprintf(addr, sizeof(addr), "%s", word);
	slash = host ? NULL : strchr(addr, '/');
	if (slash)
	{
		*slash++ = '\0';
	}
	*family = strchr(addr, ':') ? AF_INET6 : AF_INET;
	max = *family == AF_INET6 ? 128 : 32;
	if (inet_pton(*family, addr, side->addr) != 1)
	{
		return refuse(line, "\"%s\" is not an address (any, host ADDRESS, "
					  "ADDRESS or ADDRESS/PREFIX)", word);
	}
	prefix = max;
	if (slash && !parse_number(slash, max, &prefix))
	{
		return refuse(line, "the prefix of \"%s\" is not a number 0..%u", word,
					  max);
	}
	side->prefix = (uint8_t)prefix;
	if (!mask_address(side, max / 8))
	{
		inet_ntop(*family, side->addr, text, sizeof(text));
		return refuse(line, "\"%s\" has bits behind its prefix, write %s/%u",
					  word, text, prefix);
	}
	return TRUE;
}

/**
 * Parse an optional port.
 */
static bool parse_port(line_t *line, group_ace_t *ace, group_ace_side_t *side)
{
	const char *word = peek(line);
	u_int port;

	side->port_lo = 0;
	side->port_hi = 65535;
	if (word && (streq(word, "range") || streq(word, "gt") ||
				 streq(word, "lt") || streq(word, "neq")))
	{
		return refuse(line, "a port range can't be matched (GM-026), write one "
					  "line per port: \"port N\"");
	}
	if (!take(line, "port") && !take(line, "eq"))
	{
		return TRUE;
	}
	if (!has_ports(ace->protocol))
	{
		return refuse(line, "a port needs a protocol that has ports, e.g. "
					  "\"udp\"");
	}
	word = peek(line);
	if (word && strpbrk(word, "-:,"))
	{
		return refuse(line, "a port range can't be matched (GM-026), write one "
					  "line per port: \"port N\"");
	}
	if (!word || !parse_number(word, 65535, &port))
	{
		return refuse(line, "\"%s\" is not a port (0..65535)", word ?: "");
	}
	line->pos++;
	if (port)
	{
		side->port_lo = side->port_hi = (uint16_t)port;
	}
	return TRUE;
}

/**
 * Parse one side with its port.
 */
static bool parse_side(line_t *line, group_ace_t *ace, const char *name,
					   group_ace_side_t *side, uint16_t *family)
{
	const char *word;
	bool host;

	*family = AF_UNSPEC;
	if (!take(line, "any"))
	{
		host = take(line, "host");
		word = peek(line);
		if (!word)
		{
			return refuse(line, "the %s is missing (write any, host ADDRESS, "
						  "or ADDRESS/PREFIX)", name);
		}
		if (!parse_address(line, word, host, side, family))
		{
			return FALSE;
		}
		line->pos++;
	}
	return parse_port(line, ace, side);
}

/**
 * Find the family of a line from those of its sides.
 */
static bool join_families(line_t *line, group_ace_t *ace, uint16_t src,
						  uint16_t dst)
{
	if (src != AF_UNSPEC && dst != AF_UNSPEC && src != dst)
	{
		return refuse(line, "source and destination are of different address "
					  "families (write two of one family)");
	}
	ace->family = src != AF_UNSPEC ? src : dst;
	return TRUE;
}

static bool parse_line(line_t *line, group_ace_t *ace)
{
	uint16_t src, dst;

	if (!parse_action(line, ace) ||
		!parse_protocol(line, ace) ||
		!parse_side(line, ace, "source", &ace->src, &src) ||
		!parse_side(line, ace, "destination", &ace->dst, &dst))
	{
		return FALSE;
	}
	if (peek(line))
	{
		return refuse(line, "unexpected \"%s\" (networks are written as "
					  "ADDRESS/PREFIX, without a mask)", peek(line));
	}
	return join_families(line, ace, src, dst);
}

bool group_ace_parse(const char *text, group_ace_t *ace, char **reason)
{
	group_ace_t parsed = {};
	line_t line = {};

	if (split(&line, text) && parse_line(&line, &parsed))
	{
		*ace = parsed;
		return TRUE;
	}
	if (reason)
	{
		*reason = line.reason;
	}
	else
	{
		free(line.reason);
	}
	return FALSE;
}

/**
 * Print one side.
 */
static void print_side(const group_ace_side_t *side, uint16_t family, bool any,
					   char *buf, size_t len)
{
	char addr[INET6_ADDRSTRLEN], port[12] = "";
	uint8_t max = family == AF_INET6 ? 128 : 32;

	if (side->port_lo || side->port_hi != 65535)
	{
		snprintf(port, sizeof(port), " port %u", side->port_lo);
	}
	if (any)
	{
		snprintf(buf, len, "any%s", port);
		return;
	}
	inet_ntop(family, side->addr, addr, sizeof(addr));
	if (side->prefix == max)
	{
		snprintf(buf, len, "host %s%s", addr, port);
	}
	else
	{
		snprintf(buf, len, "%s/%u%s", addr, side->prefix, port);
	}
}

char *group_ace_print(const group_ace_t *ace, char *buf, size_t len)
{
	char src[80], dst[80], number[4];
	const char *protocol = NULL;
	bool sany, dany;

	/* "any" twice would lose the family */
	sany = !ace->src.prefix && (ace->family == AF_UNSPEC || ace->dst.prefix);
	dany = !ace->dst.prefix && (ace->family == AF_UNSPEC || ace->src.prefix);
	print_side(&ace->src, ace->family, sany, src, sizeof(src));
	print_side(&ace->dst, ace->family, dany, dst, sizeof(dst));
	for (int i = 0; i < countof(protocols); i++)
	{
		if (protocols[i].number == ace->protocol)
		{
			protocol = protocols[i].name;
		}
	}
	snprintf(number, sizeof(number), "%u", ace->protocol);
	snprintf(buf, len, "%s %s %s %s",
			 ace->action == GROUP_ACE_PERMIT ? "permit" : "deny",
			 protocol ?: number, src, dst);
	return buf;
}

/**
 * Compare two sides.
 */
static bool side_equals(const group_ace_side_t *a, const group_ace_side_t *b)
{
	return a->prefix == b->prefix && a->port_lo == b->port_lo &&
		   a->port_hi == b->port_hi &&
		   memeq(a->addr, b->addr, sizeof(a->addr));
}

bool group_ace_same_selector(const group_ace_t *a, const group_ace_t *b)
{
	return a->protocol == b->protocol && a->family == b->family &&
		   side_equals(&a->src, &b->src) && side_equals(&a->dst, &b->dst);
}

bool group_ace_equals(const group_ace_t *a, const group_ace_t *b)
{
	return a->number == b->number && a->action == b->action &&
		   group_ace_same_selector(a, b);
}

group_ace_t group_ace_mirror(const group_ace_t *ace)
{
	group_ace_t mirror = *ace;

	mirror.src = ace->dst;
	mirror.dst = ace->src;
	return mirror;
}

/**
 * Check if an address and a port are within a side.
 */
static bool side_matches(const group_ace_side_t *side, const uint8_t *addr,
						 uint16_t port)
{
	u_int octets = side->prefix / 8, bits = side->prefix % 8;

	if (port < side->port_lo || port > side->port_hi ||
		!memeq(side->addr, addr, octets))
	{
		return FALSE;
	}
	return !bits || !((side->addr[octets] ^ addr[octets]) & (0xff00 >> bits));
}

bool group_ace_matches(const group_ace_t *ace, uint8_t protocol,
					   uint16_t family, const uint8_t *src,
					   const uint8_t *dst, uint16_t sport, uint16_t dport)
{
	return (!ace->protocol || ace->protocol == protocol) &&
		   (ace->family == AF_UNSPEC || ace->family == family) &&
		   side_matches(&ace->src, src, sport) &&
		   side_matches(&ace->dst, dst, dport);
}

/**
 * May one address and port be on both of two sides?
 */
static bool sides_overlap(const group_ace_side_t *a, const group_ace_side_t *b)
{
	const group_ace_side_t *wide = a->prefix < b->prefix ? a : b;
	const group_ace_side_t *narrow = wide == a ? b : a;
	uint16_t port = a->port_lo > b->port_lo ? a->port_lo : b->port_lo;

	return port <= min(a->port_hi, b->port_hi) &&
		   side_matches(wide, narrow->addr, port);
}

bool group_ace_overlaps(const group_ace_t *a, const group_ace_t *b)
{
	return (!a->protocol || !b->protocol || a->protocol == b->protocol) &&
		   (a->family == AF_UNSPEC || b->family == AF_UNSPEC ||
			a->family == b->family) &&
		   sides_overlap(&a->src, &b->src) && sides_overlap(&a->dst, &b->dst);
}
