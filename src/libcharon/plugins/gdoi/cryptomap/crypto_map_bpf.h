/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup crypto_map_bpf crypto_map_bpf
 * @{ @ingroup gdoi
 */

#ifndef CRYPTO_MAP_BPF_H_
#define CRYPTO_MAP_BPF_H_

#include "crypto_map.h"

/**
 * Create a crypto map that works: programs on the interface.
 *
 * @param params		parameters, cloned
 * @return				crypto map, NULL if parameters are out of range
 */
crypto_map_t *crypto_map_bpf_create(const crypto_map_params_t *params);

#endif /** CRYPTO_MAP_BPF_H_ @}*/
