/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup crypto_map_recorder crypto_map_recorder
 * @{ @ingroup gdoi
 */

#ifndef CRYPTO_MAP_RECORDER_H_
#define CRYPTO_MAP_RECORDER_H_

#include "crypto_map.h"

/**
 * Create a crypto map that does nothing, but appends a line per action to the
 * file that the setting "PREFIX.plugins.gdoi.crypto_map_record" names: for
 * tests on kernels without IPsec. attach() fails if there is no such
 * interface.
 *
 *     attach GROUP INTERFACE INDEX
 *     detach GROUP INTERFACE
 *     acl GROUP COUNT [fallback]
 *       LINE -> SA|drop                      one line each follows
 *     spis GROUP [SPI[/SAS][+fresh] ...]     8 and 4 hexadecimal digits
 *     esp GROUP SA BLOCK IV ICV
 *     ready GROUP SA yes|no
 *     direction GROUP SA both|inbound-optional|inbound-only
 *     servers GROUP [ADDRESS ...]
 *     freshness GROUP SA none
 *     freshness GROUP SA d3p TYPE PROTOCOL HEADER ALLOWED WINDOW copy|clear
 *     freshness GROUP SA tbar EPOCH TICKS TICK PROTOCOL HEADER ALLOWED WINDOW
 *       copy|clear                           times in ms, then the outer DF bit
 *     freshness GROUP SA unable              set_freshness() failed
 *     stamped GROUP SA yes|no
 *     reset GROUP SAS                        4 hexadecimal digits
 *     refresh GROUP
 *
 * get_unknown_spi() gives the SPI, 8 hexadecimal digits, of a file of the same
 * name with ".unknown-spi" appended, and removes it: a test that writes it
 * plays a packet that came in.
 *
 * Freshness needs no provider. What is counted comes from a file of the same
 * name with ".freshness" appended, by SA index and with as many lines as one
 * likes, times in seconds:
 *
 *     counters SA IN OUT OUT-ERRORS MISSING MALFORMED EPOCH EARLY LATE
 *       MAX-DELTA                            all on one line
 *     error SA KIND AT SOURCE MY-TIME PEER-TIME WINDOW    KIND as a number
 *     unable               set_freshness() fails, as if programs didn't load
 *
 * @param params		parameters, cloned
 * @return				crypto map, NULL if parameters are out of range
 */
crypto_map_t *crypto_map_recorder_create(const crypto_map_params_t *params);

#endif /** CRYPTO_MAP_RECORDER_H_ @}*/
