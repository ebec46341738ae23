/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_store.h"
#include "ks_seal.h"

#include <bio/bio_writer.h>

/** version of the format of pages, part of what they are sealed for */
#define FORMAT 1

/** what the row that tells a wrong secret says */
#define CHECK "gdoi-ks"

typedef struct private_ks_store_t private_ks_store_t;

/**
 * Private data
 */
struct private_ks_store_t {

	/**
	 * Public interface
	 */
	ks_store_t public;

	/**
	 * Database
	 */
	database_t *db;

	/**
	 * Encryption
	 */
	ks_seal_t *seal;
};

/**
 * What a page is sealed for, to free
 */
static chunk_t get_assoc(const char *group, uint32_t page)
{
	bio_writer_t *writer = bio_writer_create(64);
	chunk_t assoc;

	writer->write_data8(writer, chunk_from_str("gdoi-ks store page"));
	writer->write_uint8(writer, FORMAT);
	writer->write_uint32(writer, page);
	writer->write_data16(writer, chunk_from_str((char*)group));
	assoc = writer->extract_buf(writer);
	writer->destroy(writer);
	return assoc;
}

/**
 * Get the first number of a query's first row
 */
static bool query_number(database_t *db, char *sql, const char *arg,
						 u_int *number)
{
	enumerator_t *rows;
	bool ok = FALSE;

	rows = db->query(db, sql, DB_TEXT, arg, DB_UINT);
	if (rows)
	{
		ok = rows->enumerate(rows, number);
		rows->destroy(rows);
	}
	return ok;
}

/**
 * Run a statement that answers with a text, as pragmas do
 */
static bool query_text(database_t *db, char *sql, const char *wanted)
{
	enumerator_t *rows;
	bool ok = FALSE;
	char *text;

	rows = db->query(db, sql, DB_TEXT);
	if (rows)
	{
		ok = rows->enumerate(rows, &text) && text && streq(text, wanted);
		rows->destroy(rows);
	}
	return ok;
}

/**
 * Run a statement whose answer, if it has any, doesn't matter
 */
static bool run(database_t *db, char *sql)
{
	enumerator_t *rows;
	char *text;

	rows = db->query(db, sql, DB_TEXT);
	if (!rows)
	{
		return FALSE;
	}
	while (rows->enumerate(rows, &text))
	{
		/* nothing that we want to know */
	}
	rows->destroy(rows);
	return TRUE;
}

METHOD(ks_store_t, load, bool,
	private_ks_store_t *this, const char *group, ks_store_cb_t cb, void *user)
{
	chunk_t assoc, sealed, plain;
	u_int page, count, seen = 0;
	enumerator_t *rows;

	if (!query_number(this->db, "SELECT COUNT(*) FROM gdoi_pages "
					  "WHERE name = ?", group, &count))
	{
		return FALSE;
	}
	rows = this->db->query(this->db, "SELECT page, data FROM gdoi_pages "
						   "WHERE name = ? ORDER BY page", DB_TEXT, group,
						   DB_UINT, DB_BLOB);
	if (!rows)
	{
		return FALSE;
	}
	while (rows->enumerate(rows, &page, &sealed))
	{
		seen++;
		assoc = get_assoc(group, page);
		if (this->seal->open(this->seal, assoc, sealed, &plain))
		{
			cb(user, page, &plain);
			chunk_clear(&plain);
		}
		else
		{
			cb(user, page, NULL);
		}
		chunk_free(&assoc);
	}
	rows->destroy(rows);
	return seen == count;
}

METHOD(ks_store_t, put, bool,
	private_ks_store_t *this, const char *group, uint32_t page, chunk_t plain)
{
	chunk_t assoc, sealed;
	bool ok;

	assoc = get_assoc(group, page);
	ok = this->seal->seal(this->seal, assoc, plain, &sealed);
	chunk_free(&assoc);
	if (!ok)
	{
		return FALSE;
	}
	ok = this->db->execute(this->db, NULL, "INSERT OR REPLACE INTO "
						   "gdoi_pages (name, page, data) VALUES (?, ?, ?)",
						   DB_TEXT, group, DB_UINT, page,
						   DB_BLOB, sealed) >= 0;
	chunk_free(&sealed);
	return ok;
}

METHOD(ks_store_t, drop, bool,
	private_ks_store_t *this, const char *group, uint32_t page)
{
	return this->db->execute(this->db, NULL, "DELETE FROM gdoi_pages "
							 "WHERE name = ? AND page = ?", DB_TEXT, group,
							 DB_UINT, page) >= 0;
}

METHOD(ks_store_t, remove_, bool,
	private_ks_store_t *this, const char *group)
{
	return this->db->execute(this->db, NULL, "DELETE FROM gdoi_pages "
							 "WHERE name = ?", DB_TEXT, group) >= 0;
}

METHOD(ks_store_t, begin, bool,
	private_ks_store_t *this)
{
	return this->db->transaction(this->db, FALSE);
}

METHOD(ks_store_t, commit, bool,
	private_ks_store_t *this, bool good)
{
	if (good)
	{
		return this->db->commit(this->db);
	}
	this->db->rollback(this->db);
	return FALSE;
}

METHOD(ks_store_t, destroy, void,
	private_ks_store_t *this)
{
	DESTROY_IF(this->seal);
	this->db->destroy(this->db);
	free(this);
}

/**
 * Read a value about the store, to free
 */
static bool get_meta(private_ks_store_t *this, const char *name,
					 chunk_t *value)
{
	enumerator_t *rows;
	chunk_t blob;
	bool ok = FALSE;

	rows = this->db->query(this->db, "SELECT value FROM gdoi_store "
						   "WHERE name = ?", DB_TEXT, name, DB_BLOB);
	if (rows)
	{
		ok = rows->enumerate(rows, &blob);
		if (ok)
		{
			*value = chunk_clone(blob);
		}
		rows->destroy(rows);
	}
	return ok;
}

/**
 * Write a value about the store
 */
static bool put_meta(private_ks_store_t *this, const char *name, chunk_t value)
{
	return this->db->execute(this->db, NULL, "INSERT INTO gdoi_store "
							 "(name, value) VALUES (?, ?)", DB_TEXT, name,
							 DB_BLOB, value) >= 0;
}

/**
 * What the check row is sealed for
 */
static chunk_t check_assoc()
{
	return chunk_from_str("gdoi-ks store check");
}

/**
 * Fill an empty database, in a transaction
 */
static bool fill(private_ks_store_t *this, chunk_t secret)
{
	uint8_t salt[KS_SEAL_SALT_LEN], format = FORMAT;
	chunk_t check = chunk_empty;
	rng_t *rng;
	bool ok;

	rng = lib->crypto->create_rng(lib->crypto, RNG_STRONG);
	ok = rng && rng->get_bytes(rng, sizeof(salt), salt);
	DESTROY_IF(rng);
	this->seal = ok ? ks_seal_create(secret, chunk_from_thing(salt)) : NULL;
	ok = this->seal && this->seal->seal(this->seal, check_assoc(),
										chunk_from_str(CHECK), &check) &&
		 this->db->execute(this->db, NULL, "CREATE TABLE gdoi_pages "
						   "(name TEXT NOT NULL, page INTEGER NOT NULL, "
						   "data BLOB NOT NULL, PRIMARY KEY (name, page))")
																	>= 0 &&
		 this->db->execute(this->db, NULL, "CREATE TABLE gdoi_store "
						   "(name TEXT PRIMARY KEY, value BLOB NOT NULL)")
																	>= 0 &&
		 put_meta(this, "format", chunk_from_thing(format)) &&
		 put_meta(this, "salt", chunk_from_thing(salt)) &&
		 put_meta(this, "check", check);
	chunk_free(&check);
	return ok;
}

/**
 * Make a store of an empty database
 */
static ks_store_result_t create_tables(private_ks_store_t *this,
									   chunk_t secret)
{
	bool ok;

	if (!begin(this))
	{
		return KS_STORE_UNREADABLE;
	}
	ok = fill(this, secret);
	if (commit(this, ok))
	{
		return KS_STORE_READY;
	}
	return this->seal ? KS_STORE_UNREADABLE : KS_STORE_NO_CRYPTO;
}

/**
 * Try the secret on the check row
 */
static ks_store_result_t check_secret(private_ks_store_t *this, chunk_t secret,
									  chunk_t salt, chunk_t check)
{
	chunk_t plain;

	this->seal = ks_seal_create(secret, salt);
	if (!this->seal)
	{
		return KS_STORE_NO_CRYPTO;
	}
	if (!this->seal->open(this->seal, check_assoc(), check, &plain))
	{
		return KS_STORE_WRONG_SECRET;
	}
	chunk_free(&plain);
	return KS_STORE_READY;
}

/**
 * Use a store that is there
 */
static ks_store_result_t read_tables(private_ks_store_t *this, chunk_t secret)
{
	ks_store_result_t result = KS_STORE_UNREADABLE;
	chunk_t format = chunk_empty, salt = chunk_empty, check = chunk_empty;

	if (get_meta(this, "format", &format) && get_meta(this, "salt", &salt) &&
		get_meta(this, "check", &check) && format.len == 1 &&
		*format.ptr == FORMAT && salt.len == KS_SEAL_SALT_LEN)
	{
		result = check_secret(this, secret, salt, check);
	}
	chunk_free(&format);
	chunk_free(&salt);
	chunk_free(&check);
	return result;
}

/**
 * Look whether the database is whole and ours alone. Nothing may be written
 * before.
 */
static bool check_database(database_t *db)
{
	/* the lock is kept from the first access on: two key servers with one
	 * sequence would send the same numbers */
	return query_text(db, "PRAGMA locking_mode = EXCLUSIVE", "exclusive") &&
		   query_text(db, "PRAGMA quick_check", "ok") &&
		   run(db, "PRAGMA synchronous = FULL") &&
		   /* keys that are over shall not stay in the file */
		   run(db, "PRAGMA secure_delete = ON");
}

/**
 * Take the lock of the database for good. A transaction that writes nothing
 * is enough.
 */
static bool lock_database(database_t *db)
{
	return db->transaction(db, TRUE) && db->commit(db);
}

/**
 * Open the store
 */
static ks_store_result_t open_store(private_ks_store_t *this, chunk_t secret)
{
	u_int tables;

	if (!check_database(this->db) || !lock_database(this->db) ||
		!query_number(this->db, "SELECT COUNT(*) FROM sqlite_master "
					  "WHERE name <> ?", "", &tables))
	{
		return KS_STORE_UNREADABLE;
	}
	return tables ? read_tables(this, secret) : create_tables(this, secret);
}

/*
 * Described in header
 */
ks_store_t *ks_store_create(database_t *db, chunk_t secret,
							ks_store_result_t *result)
{
	private_ks_store_t *this;

	INIT(this,
		.public = {
			.load = _load,
			.put = _put,
			.drop = _drop,
			.remove = _remove_,
			.begin = _begin,
			.commit = _commit,
			.destroy = _destroy,
		},
		.db = db,
	);
	*result = open_store(this, secret);
	if (*result != KS_STORE_READY)
	{
		destroy(this);
		return NULL;
	}
	return &this->public;
}
