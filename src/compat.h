/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup compat compat
 * @{ @ingroup gdoi
 *
 * Every difference between the strongSwan versions we build for, and nothing
 * else. The build defines GDOI_STRONGSWAN as major * 10000 + minor * 100 +
 * release of the headers, e.g. 50908 or 60001.
 */

#ifndef GDOI_COMPAT_H_
#define GDOI_COMPAT_H_

#include <library.h>

#ifndef GDOI_STRONGSWAN
# error "GDOI_STRONGSWAN is defined by configure"
#endif

/*
 * The key exchange argument of listener_t's ike_keys() and ike_derived_keys():
 * one before 6.0, a list of several since.
 */
#if GDOI_STRONGSWAN >= 60000
# define COMPAT_KES_T array_t
#else
# define COMPAT_KES_T key_exchange_t
#endif

/*
 * 6.0 added the log level up to which a controller callback is invoked.
 */
#if GDOI_STRONGSWAN >= 60000
# define COMPAT_CONTROLLER_LEVEL LEVEL_CTRL,
#else
# define COMPAT_CONTROLLER_LEVEL
#endif

/*
 * 6.0 made a seed of the private key that a key exchange can be given.
 */
#if GDOI_STRONGSWAN >= 60000
# define COMPAT_SET_PRIVATE_KEY(ke, key) (ke)->set_seed(ke, key, NULL)
#else
# define COMPAT_SET_PRIVATE_KEY(ke, key) (ke)->set_private_key(ke, key)
#endif

#endif /** GDOI_COMPAT_H_ @}*/
