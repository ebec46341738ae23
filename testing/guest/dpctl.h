/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/*
 * What the parts of dpctl share. Commands get their arguments without the name,
 * write to the answer, and return TRUE if they succeeded.
 */

#ifndef DPCTL_H_
#define DPCTL_H_

#include <crypto_map.h>

#include <stdio.h>

/** the crypto map, and where to write an answer */
extern crypto_map_t *map;
extern FILE *answer;

/** print an anchor into a buffer that the fourth next call overwrites */
char *dpctl_anchor(int family, bool local);

/* inbound SPIs, states and policies, dpctl_xfrm.c */
bool dpctl_spis(int argc, char *argv[]);
bool dpctl_state_add(int argc, char *argv[]);
bool dpctl_state_del(int argc, char *argv[]);
bool dpctl_policy(int argc, char *argv[]);
bool dpctl_policy_del(int argc, char *argv[]);
bool dpctl_tek(int argc, char *argv[]);

/* freshness, dpctl_fresh.c */
bool dpctl_freshness(int argc, char *argv[]);
bool dpctl_stamped(int argc, char *argv[]);
bool dpctl_fresh(int argc, char *argv[]);
bool dpctl_history(int argc, char *argv[]);
bool dpctl_fresh_reset(int argc, char *argv[]);
bool dpctl_skew(int argc, char *argv[]);

/** provide freshness to crypto maps */
bool dpctl_fresh_init();
void dpctl_fresh_deinit();

#endif /** DPCTL_H_ */
