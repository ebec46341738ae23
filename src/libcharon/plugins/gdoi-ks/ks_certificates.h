/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_certificates ks_certificates
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_CERTIFICATES_H_
#define KS_CERTIFICATES_H_

#include <library.h>
#include <collections/linked_list.h>
#include <credentials/certificates/certificate.h>
#include <utils/identification.h>

typedef struct ks_certificates_t ks_certificates_t;

/**
 * Tells if a certificate is to be trusted today. May take long, as it may
 * fetch revocation lists; called with no lock held.
 *
 * @param certificate	certificate of a member
 * @param id			identity that the member authenticated with
 */
typedef bool (*ks_trust_t)(certificate_t *certificate, identification_t *id);

/**
 * The certificates that members of a group authenticated with, by identity:
 * the last one of each. Their DER is kept, about 1 KiB each.
 *
 * Thread-safe, by a lock of its own that is not held while a certificate is
 * checked.
 */
struct ks_certificates_t {

	/**
	 * Keep the certificate of a member, or forget the one it had.
	 *
	 * @param id			identity
	 * @param certificate	certificate, only read; NULL if it has none
	 */
	void (*note)(ks_certificates_t *this, identification_t *id,
				 certificate_t *certificate);

	/**
	 * Forget a member's certificate.
	 */
	void (*forget)(ks_certificates_t *this, identification_t *id);

	/**
	 * Check the certificate of a member.
	 *
	 * @param id		identity
	 * @return			FALSE if it is not to be trusted; TRUE also if it has
	 *					none
	 */
	bool (*check)(ks_certificates_t *this, identification_t *id);

	/**
	 * A member is not to have the group by its certificate until check() finds
	 * it trusted again, or note() brings another one.
	 */
	void (*refuse)(ks_certificates_t *this, identification_t *id);

	/**
	 * Is a member refused by its certificate?
	 *
	 * @param id			identity
	 * @param certificate	certificate that it comes with, NULL for any
	 */
	bool (*is_refused)(ks_certificates_t *this, identification_t *id,
					   certificate_t *certificate);

	/**
	 * Get all identities.
	 *
	 * @return			identification_t*, to destroy with the list
	 */
	linked_list_t *(*get_ids)(ks_certificates_t *this);

	/**
	 * Number of certificates.
	 */
	u_int (*get_count)(ks_certificates_t *this);

	/**
	 * Destroy it.
	 */
	void (*destroy)(ks_certificates_t *this);
};

/**
 * Create an empty table.
 *
 * @param trust			checks certificates
 */
ks_certificates_t *ks_certificates_create(ks_trust_t trust);

/**
 * Implements ks_trust_t by the credentials of the daemon: there is a chain to
 * a CA that is loaded, nothing in it has expired or is revoked. Where no
 * revocation list is to be had, the certificate is trusted, as by strongSwan.
 */
bool ks_certificates_trusted(certificate_t *certificate, identification_t *id);

#endif /** KS_CERTIFICATES_H_ @}*/
