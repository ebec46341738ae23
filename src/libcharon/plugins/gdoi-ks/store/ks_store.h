/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_store ks_store
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_STORE_H_
#define KS_STORE_H_

#include <library.h>
#include <database/database.h>

typedef struct ks_store_t ks_store_t;
typedef enum ks_store_result_t ks_store_result_t;

/** shortest secret, octets */
#define KS_STORE_SECRET_MIN 16

/** page that has a group's keys; members are on those above */
#define KS_STORE_KEYS 0

/**
 * What became of opening a store.
 */
enum ks_store_result_t {
	/** it can be used */
	KS_STORE_READY,
	/** it was written with another secret */
	KS_STORE_WRONG_SECRET,
	/** it is damaged, in use by another process or of a version we don't
	 *  know */
	KS_STORE_UNREADABLE,
	/** there are no means to encrypt */
	KS_STORE_NO_CRYPTO,
};

/**
 * Called for a page.
 *
 * @param user			data of the caller
 * @param page			number of the page
 * @param plain			its contents, NULL if they were not written for this
 *						place with this secret; wiped after the call
 */
typedef void (*ks_store_cb_t)(void *user, uint32_t page, chunk_t *plain);

/**
 * Encrypted pages of groups in a database.
 *
 * Each is sealed for its group, number and the version of its format, so that
 * it is good for nothing in another place. Who can write the file can still
 * bring back an older version of a page, or of the whole file.
 *
 * What a call wrote is on the disk when it returns; of a transaction, when
 * commit() does. A process that is killed leaves all of that or nothing.
 *
 * Not thread-safe.
 */
struct ks_store_t {

	/**
	 * Read all pages of a group in ascending order.
	 *
	 * @param group		name of the group
	 * @param cb		called for each page
	 * @param user		data to pass to cb
	 * @return			FALSE if the database failed meanwhile
	 */
	bool (*load)(ks_store_t *this, const char *group, ks_store_cb_t cb,
				 void *user);

	/**
	 * Write a page.
	 *
	 * @param group		name of the group
	 * @param page		number of the page
	 * @param plain		contents
	 * @return			FALSE if the database failed, nothing is changed then
	 */
	bool (*put)(ks_store_t *this, const char *group, uint32_t page,
				chunk_t plain);

	/**
	 * Remove a page.
	 *
	 * @return			FALSE if the database failed
	 */
	bool (*drop)(ks_store_t *this, const char *group, uint32_t page);

	/**
	 * Remove all pages of a group.
	 *
	 * @return			FALSE if the database failed
	 */
	bool (*remove)(ks_store_t *this, const char *group);

	/**
	 * Begin a transaction.
	 *
	 * @return			FALSE if there is none to end
	 */
	bool (*begin)(ks_store_t *this);

	/**
	 * End a transaction.
	 *
	 * @param good		FALSE to undo it
	 * @return			FALSE if it is undone though good
	 */
	bool (*commit)(ks_store_t *this, bool good);

	/**
	 * Close the database.
	 */
	void (*destroy)(ks_store_t *this);
};

/**
 * Open a store; an empty database becomes one. Any other database that can't
 * be used stays as it is.
 *
 * @param db			database, gets adopted in any case
 * @param secret		secret, of at least KS_STORE_SECRET_MIN octets
 * @param result		set to what became of it
 * @return				store, NULL if it can't be used
 */
ks_store_t *ks_store_create(database_t *db, chunk_t secret,
							ks_store_result_t *result);

#endif /** KS_STORE_H_ @}*/
