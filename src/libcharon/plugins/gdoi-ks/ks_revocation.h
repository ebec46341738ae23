/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_revocation ks_revocation
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_REVOCATION_H_
#define KS_REVOCATION_H_

#include "ks_certificates.h"
#include "ks_group.h"

typedef struct ks_revocation_t ks_revocation_t;

/** certificates that one step of a check looks at */
#define KS_REVOCATION_STEP 64

/** lines logged of one check, a last one tells how many there were more */
#define KS_REVOCATION_LINES 16

/** seconds until a certificate that failed is checked again: credentials may
 *  just be loaded anew */
#define KS_REVOCATION_AGAIN 10

/**
 * Finds the members of a group that may have it no longer, and removes their
 * records (AUTHZ-012, LOG-149): by the lists of the configuration when these
 * change, by certificates every now and then.
 *
 * Thread-safe; no lock is held while anything is checked or called.
 */
struct ks_revocation_t {

	/**
	 * The group has another configuration: check all members against its
	 * lists if these changed.
	 *
	 * @param old		configuration before, NULL to check in any case
	 * @param config	configuration in force
	 */
	void (*configured)(ks_revocation_t *this, ks_config_t *old,
					   ks_config_t *config);

	/**
	 * May a member have the group by its certificate? It may still hold a
	 * phase 1 from before that was found revoked. Logs a refusal.
	 *
	 * @param phase1	phase 1 of the member
	 */
	bool (*admits)(ks_revocation_t *this, gdoi_phase1_t *phase1);

	/**
	 * May a member that is in the table now have the group still? What
	 * removes members may have gone over the table before it was there. If
	 * not, its records are removed, which is logged.
	 *
	 * @param phase1	phase 1 of the member
	 */
	bool (*keeps)(ks_revocation_t *this, gdoi_phase1_t *phase1);

	/**
	 * Remember the certificate that a member authenticated with.
	 *
	 * @param phase1	phase 1 of a registered member
	 */
	void (*note)(ks_revocation_t *this, gdoi_phase1_t *phase1);

	/**
	 * Have all certificates checked from the next tick() on.
	 */
	void (*recheck)(ks_revocation_t *this);

	/**
	 * Let time work: check the next few certificates by a job if they are due.
	 *
	 * One that fails is checked once more after KS_REVOCATION_AGAIN, and if
	 * it still does its members are removed.
	 *
	 * @param config	configuration in force
	 */
	void (*tick)(ks_revocation_t *this, ks_config_t *config);

	/**
	 * Destroy it.
	 */
	void (*destroy)(ks_revocation_t *this);
};

/**
 * Create it.
 *
 * @param group			group, gets referenced by jobs
 * @param members		members of the group, outlive it
 * @param services		log, clock, and what checks certificates
 * @param removed		called without lock when members were removed; others
 *						need new keys then
 * @param user			first argument of removed
 */
ks_revocation_t *ks_revocation_create(ks_group_t *group,
									  ks_members_t *members,
									  const ks_services_t *services,
									  void (*removed)(void *user), void *user);

#endif /** KS_REVOCATION_H_ @}*/
