/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup libgdoi libgdoi
 *
 * The GDOI protocol (RFC 6407) as values, payloads and state machines, over
 * keys, nonces and datagrams that are handed in: no socket, no thread and no
 * clock.
 *
 * @defgroup libgdoi_group group
 * @ingroup libgdoi
 *
 * The engine's values, which know nothing of the wire.
 *
 * @defgroup group_ace group_ace
 * @{ @ingroup libgdoi_group
 */

#ifndef GROUP_ACE_H_
#define GROUP_ACE_H_

#include <library.h>

typedef struct group_ace_t group_ace_t;
typedef struct group_ace_side_t group_ace_side_t;
typedef enum group_ace_action_t group_ace_action_t;

/** buffer size that holds every text of group_ace_print() */
#define GROUP_ACE_TEXT_LEN 160

/**
 * What a line does with the packets that match it.
 */
enum group_ace_action_t {
	/** leave them in the clear */
	GROUP_ACE_DENY = 0,
	/** protect them with the group's TEK */
	GROUP_ACE_PERMIT = 1,
};

/**
 * Source or destination half of a line.
 */
struct group_ace_side_t {

	/** address in network order, IPv4 in the first four octets; the bits
	 *  behind the prefix and all unused octets are zero */
	uint8_t addr[16];

	/** length of the prefix in bits, 0..32 or 0..128; 0 is any address */
	uint8_t prefix;

	/** lowest and highest port in host byte order; 0..65535 is any port,
	 *  everything else has both equal (GM-026) */
	uint16_t port_lo;
	uint16_t port_hi;
};

/**
 * One line of an access list (access control entry). A plain value that holds
 * no memory: copy it freely.
 */
struct group_ace_t {

	/** number of the line, it decides the order in a list; not part of the
	 *  line's text and not sent in a SAT */
	uint32_t number;

	/** deny or permit */
	group_ace_action_t action;

	/** IP protocol number, 0 is any */
	uint8_t protocol;

	/** AF_INET or AF_INET6; AF_UNSPEC (both families) only if both sides
	 *  are any address */
	uint16_t family;

	/** source */
	group_ace_side_t src;

	/** destination */
	group_ace_side_t dst;
};

/**
 * Parse the text of a line.
 *
 *     ACTION PROTOCOL SIDE SIDE
 *     ACTION   = "permit" | "deny"
 *     PROTOCOL = "ip" | "tcp" | "udp" | "icmp" | ... | 0..255
 *     SIDE     = ( "any" | "host" ADDRESS | ADDRESS [ "/" PREFIX ] )
 *                [ "port" 0..65535 ]
 *
 * Words are separated by blanks and are not case-sensitive. Ports need
 * protocol tcp, udp, dccp, sctp or udplite. Port 0 stands for any port, as on
 * the wire. A port range is refused (GM-026), and so are two families on one
 * line and bits set behind the prefix.
 *
 * @param text		text of the line
 * @param ace		line, set only if TRUE is returned; its number is 0
 * @param reason	set to a sentence that says what is wrong and what to
 *					write, if FALSE is returned; free() it; may be NULL
 * @return			TRUE if the line was understood
 */
bool group_ace_parse(const char *text, group_ace_t *ace, char **reason);

/**
 * Print a line in its canonical form, which group_ace_parse() reads back to
 * an equal line.
 *
 * @param ace		line
 * @param buf		buffer for the zero terminated text
 * @param len		size of buf, GROUP_ACE_TEXT_LEN is always enough
 * @return			buf
 */
char *group_ace_print(const group_ace_t *ace, char *buf, size_t len);

/**
 * Compare two lines, the number included.
 *
 * @return			TRUE if every field is the same
 */
bool group_ace_equals(const group_ace_t *a, const group_ace_t *b);

/**
 * Compare what two lines select, regardless of number and action.
 *
 * @return			TRUE if protocol, family and both sides are the same
 */
bool group_ace_same_selector(const group_ace_t *a, const group_ace_t *b);

/**
 * Swap source and destination of a line.
 *
 * @param ace		line
 * @return			line for the other direction, same number and action
 */
group_ace_t group_ace_mirror(const group_ace_t *ace);

/**
 * Check if a packet matches a line.
 *
 * @param ace		line
 * @param protocol	IP protocol of the packet
 * @param family	AF_INET or AF_INET6
 * @param src		source address, 4 or 16 octets
 * @param dst		destination address, 4 or 16 octets
 * @param sport		source port in host byte order, 0 if the packet has none
 * @param dport		destination port in host byte order, 0 if none
 * @return			TRUE if the line matches
 */
bool group_ace_matches(const group_ace_t *ace, uint8_t protocol,
					   uint16_t family, const uint8_t *src,
					   const uint8_t *dst, uint16_t sport, uint16_t dport);

/**
 * Check if there may be packets that match both of two lines, regardless of
 * their actions.
 *
 * @param a			line
 * @param b			line
 * @return			TRUE if a packet can match both
 */
bool group_ace_overlaps(const group_ace_t *a, const group_ace_t *b);

#endif /** GROUP_ACE_H_ @}*/
