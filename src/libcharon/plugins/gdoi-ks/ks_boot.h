/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_boot ks_boot
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_BOOT_H_
#define KS_BOOT_H_

#include <library.h>

typedef struct ks_boot_t ks_boot_t;

/** octets of the identifier of a boot */
#define KS_BOOT_ID_LEN 16

/**
 * Clock that nobody sets and that runs on while the host sleeps, with what is
 * needed to carry it over a boot. A value.
 */
struct ks_boot_t {

	/** milliseconds of CLOCK_BOOTTIME */
	uint64_t (*now)(void);

	/** seconds since 1970, of a clock that may be set */
	time_t (*wall)(void);

	/** another one after each boot; zeroes if it can't be known */
	uint8_t id[KS_BOOT_ID_LEN];
};

/**
 * Get the clock of this host.
 *
 * @param boot			filled
 */
void ks_boot_get(ks_boot_t *boot);

#endif /** KS_BOOT_H_ @}*/
