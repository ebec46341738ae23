/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup kernel_recorder_ipsec kernel_recorder_ipsec
 * @{ @ingroup kernel_recorder
 */

#ifndef KERNEL_RECORDER_IPSEC_H_
#define KERNEL_RECORDER_IPSEC_H_

#include <kernel/kernel_ipsec.h>

typedef struct kernel_recorder_ipsec_t kernel_recorder_ipsec_t;

/**
 * Kernel backend that succeeds with everything and writes it to a file.
 *
 * Every call becomes one line of JSON in charon.plugins.kernel-recorder.file.
 * Keys are written as their length and the first octets of a SHA-256 over
 * them: enough to see that two hosts got the same one, and no more.
 * All methods may be called from any thread.
 */
struct kernel_recorder_ipsec_t {

	/** implements kernel_ipsec_t */
	kernel_ipsec_t interface;
};

/**
 * Create the backend.
 *
 * @return				backend, NULL if the file is not configured or can't be
 *						written
 */
kernel_recorder_ipsec_t *kernel_recorder_ipsec_create();

#endif /** KERNEL_RECORDER_IPSEC_H_ @}*/
