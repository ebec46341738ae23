/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * Network devices that freshness has of its own.
 *
 * @defgroup fresh_links fresh_links
 * @{ @ingroup d3p
 */

#ifndef FRESH_LINKS_H_
#define FRESH_LINKS_H_

#include <library.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <bpf/libbpf.h>
#include <libmnl/libmnl.h>

/** octets of a request */
#define FRESH_LINKS_REQUEST 1024

/**
 * Begin a request about links.
 *
 * @param buf		FRESH_LINKS_REQUEST octets
 * @param type		RTM_NEWLINK or the like
 * @param flags		additional NLM_F_* flags
 * @param info		set to the header in the request, all zero
 * @return			request, in buf, to add attributes to
 */
struct nlmsghdr *fresh_links_begin(char *buf, uint16_t type, uint16_t flags,
								   struct ifinfomsg **info);

/**
 * Send a request and wait for the answer.
 *
 * @param msg		request
 * @return			0 or an errno
 */
int fresh_links_request(struct nlmsghdr *msg);

/**
 * Get the index of a device.
 *
 * @param name		name of the device
 * @return			index, 0 if there is none
 */
u_int fresh_links_index(const char *name);

/**
 * Remove a device, if it is there.
 *
 * @param name		name of the device
 */
void fresh_links_del(const char *name);

/**
 * Let a device work, without anything to say by itself.
 *
 * @param ifindex	index of the device
 * @return			0 or an errno
 */
int fresh_links_set_up(u_int ifindex);

/**
 * Hand packets of a device to a program.
 *
 * @param ifindex	index of the device, new
 * @param point		those it receives or those it is to send
 * @param program	file descriptor of the program
 * @return			0 or an errno
 */
int fresh_links_attach(u_int ifindex, enum bpf_tc_attach_point point,
					   int program);

#endif /** FRESH_LINKS_H_ @}*/
