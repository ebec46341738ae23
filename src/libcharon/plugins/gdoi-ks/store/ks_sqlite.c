/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_sqlite.h"

#include <threading/mutex.h>

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

/** most columns of a query */
#define COLUMNS_MAX 8

typedef struct private_ks_sqlite_t private_ks_sqlite_t;
typedef struct rows_t rows_t;

/**
 * Private data
 */
struct private_ks_sqlite_t {

	/**
	 * Public interface
	 */
	database_t public;

	/**
	 * Connection
	 */
	sqlite3 *db;

	/**
	 * Transactions begun and not ended by the thread that has the mutex
	 */
	u_int depth;

	/**
	 * One of these was rolled back
	 */
	bool spoiled;

	/**
	 * Held by the thread that uses the connection, recursive
	 */
	mutex_t *mutex;
};

/**
 * Rows of a query
 */
struct rows_t {

	/** implements enumerator_t */
	enumerator_t public;

	/** database, its mutex is held */
	private_ks_sqlite_t *db;

	/** statement */
	sqlite3_stmt *statement;

	/** types that the caller wants */
	db_type_t types[COLUMNS_MAX];

	/** number of columns */
	int columns;
};

/**
 * Set a placeholder from the next argument
 */
static int bind_next(sqlite3_stmt *statement, int i, va_list *args)
{
	chunk_t blob;

	switch (va_arg(*args, db_type_t))
	{
		case DB_INT:
			return sqlite3_bind_int(statement, i, va_arg(*args, int));
		case DB_UINT:
			return sqlite3_bind_int64(statement, i, va_arg(*args, u_int));
		case DB_TEXT:
			return sqlite3_bind_text(statement, i, va_arg(*args, char*), -1,
									 SQLITE_TRANSIENT);
		case DB_BLOB:
			blob = va_arg(*args, chunk_t);
			/* libsqlite3 takes no address for NULL */
			return blob.len ? sqlite3_bind_blob(statement, i, blob.ptr,
												blob.len, SQLITE_TRANSIENT)
							: sqlite3_bind_zeroblob(statement, i, 0);
		case DB_NULL:
			return sqlite3_bind_null(statement, i);
		default:
			return SQLITE_MISUSE;
	}
}

/**
 * Make a statement of its text and arguments; mutex held
 */
static sqlite3_stmt *prepare(private_ks_sqlite_t *this, const char *sql,
							 va_list *args)
{
	sqlite3_stmt *statement = NULL;
	int i, count, rc;

	rc = sqlite3_prepare_v2(this->db, sql, -1, &statement, NULL);
	count = rc == SQLITE_OK ? sqlite3_bind_parameter_count(statement) : 0;
	for (i = 1; rc == SQLITE_OK && i <= count; i++)
	{
		rc = bind_next(statement, i, args);
	}
	if (rc != SQLITE_OK)
	{
		DBG1(DBG_LIB, "database statement failed: %s",
			 sqlite3_errmsg(this->db));
		sqlite3_finalize(statement);
		return NULL;
	}
	return statement;
}

/**
 * Hand out a column
 */
static bool read_column(sqlite3_stmt *statement, int i, db_type_t type,
						va_list *args)
{
	chunk_t *blob;

	switch (type)
	{
		case DB_INT:
			*va_arg(*args, int*) = sqlite3_column_int(statement, i);
			return TRUE;
		case DB_UINT:
			*va_arg(*args, u_int*) = sqlite3_column_int64(statement, i);
			return TRUE;
		case DB_TEXT:
			*va_arg(*args, const char**) =
							(const char*)sqlite3_column_text(statement, i);
			return TRUE;
		case DB_BLOB:
			blob = va_arg(*args, chunk_t*);
			blob->ptr = (u_char*)sqlite3_column_blob(statement, i);
			blob->len = blob->ptr ? sqlite3_column_bytes(statement, i) : 0;
			return TRUE;
		default:
			return FALSE;
	}
}

METHOD(enumerator_t, rows_enumerate, bool,
	rows_t *this, va_list args)
{
	va_list copy;
	bool ok = TRUE;
	int i, rc;

	rc = sqlite3_step(this->statement);
	if (rc != SQLITE_ROW)
	{
		if (rc != SQLITE_DONE)
		{
			DBG1(DBG_LIB, "reading database failed: %s",
				 sqlite3_errmsg(this->db->db));
		}
		return FALSE;
	}
	va_copy(copy, args);
	for (i = 0; ok && i < this->columns; i++)
	{
		ok = read_column(this->statement, i, this->types[i], &copy);
	}
	va_end(copy);
	return ok;
}

METHOD(enumerator_t, rows_destroy, void,
	rows_t *this)
{
	sqlite3_finalize(this->statement);
	this->db->mutex->unlock(this->db->mutex);
	free(this);
}

METHOD(database_t, query, enumerator_t*,
	private_ks_sqlite_t *this, char *sql, ...)
{
	sqlite3_stmt *statement;
	rows_t *rows;
	va_list args;
	int i;

	va_start(args, sql);
	this->mutex->lock(this->mutex);
	statement = prepare(this, sql, &args);
	if (!statement || sqlite3_column_count(statement) > COLUMNS_MAX)
	{
		sqlite3_finalize(statement);
		this->mutex->unlock(this->mutex);
		va_end(args);
		return NULL;
	}
	INIT(rows,
		.public = {
			.enumerate = enumerator_enumerate_default,
			.venumerate = _rows_enumerate,
			.destroy = _rows_destroy,
		},
		.db = this,
		.statement = statement,
		.columns = sqlite3_column_count(statement),
	);
	for (i = 0; i < rows->columns; i++)
	{
		rows->types[i] = va_arg(args, db_type_t);
	}
	va_end(args);
	return &rows->public;
}

METHOD(database_t, execute, int,
	private_ks_sqlite_t *this, int *rowid, char *sql, ...)
{
	sqlite3_stmt *statement;
	int affected = -1;
	va_list args;

	va_start(args, sql);
	this->mutex->lock(this->mutex);
	statement = prepare(this, sql, &args);
	va_end(args);
	if (statement)
	{
		if (sqlite3_step(statement) == SQLITE_DONE)
		{
			affected = sqlite3_changes(this->db);
			if (rowid)
			{
				*rowid = sqlite3_last_insert_rowid(this->db);
			}
		}
		else
		{
			DBG1(DBG_LIB, "writing database failed: %s",
				 sqlite3_errmsg(this->db));
		}
		sqlite3_finalize(statement);
	}
	this->mutex->unlock(this->mutex);
	return affected;
}

METHOD(database_t, transaction, bool,
	private_ks_sqlite_t *this, bool serializable)
{
	this->mutex->lock(this->mutex);
	if (!this->depth &&
		execute(this, NULL, serializable ? "BEGIN EXCLUSIVE" : "BEGIN") < 0)
	{
		this->mutex->unlock(this->mutex);
		return FALSE;
	}
	this->depth++;
	return TRUE;
}

/**
 * End a transaction, the outermost one for good
 */
static bool end_transaction(private_ks_sqlite_t *this, bool good)
{
	bool ok = TRUE;

	this->mutex->lock(this->mutex);
	if (!this->depth)
	{
		this->mutex->unlock(this->mutex);
		return FALSE;
	}
	this->spoiled = this->spoiled || !good;
	if (--this->depth == 0)
	{
		ok = !this->spoiled && execute(this, NULL, "COMMIT") >= 0;
		if (!ok && !sqlite3_get_autocommit(this->db))
		{
			execute(this, NULL, "ROLLBACK");
		}
		ok = ok || !good;
		this->spoiled = FALSE;
	}
	this->mutex->unlock(this->mutex);
	/* what transaction() took */
	this->mutex->unlock(this->mutex);
	return ok;
}

METHOD(database_t, commit, bool,
	private_ks_sqlite_t *this)
{
	return end_transaction(this, TRUE);
}

METHOD(database_t, rollback, bool,
	private_ks_sqlite_t *this)
{
	return end_transaction(this, FALSE);
}

METHOD(database_t, get_driver, db_driver_t,
	private_ks_sqlite_t *this)
{
	return DB_SQLITE;
}

METHOD(database_t, destroy, void,
	private_ks_sqlite_t *this)
{
	sqlite3_close(this->db);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
database_t *ks_sqlite_create(const char *path)
{
	private_ks_sqlite_t *this;
	sqlite3 *db = NULL;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
						SQLITE_OPEN_FULLMUTEX, NULL) != SQLITE_OK)
	{
		DBG1(DBG_LIB, "opening database %s failed: %s", path,
			 db ? sqlite3_errmsg(db) : "no memory");
		sqlite3_close(db);
		return NULL;
	}
	INIT(this,
		.public = {
			.query = _query,
			.execute = _execute,
			.transaction = _transaction,
			.commit = _commit,
			.rollback = _rollback,
			.get_driver = _get_driver,
			.destroy = _destroy,
		},
		.db = db,
		.mutex = mutex_create(MUTEX_TYPE_RECURSIVE),
	);
	return &this->public;
}

/**
 * See that there is a file that is ours alone
 */
static bool prepare_file(const char *path)
{
	struct stat st;
	int fd;
	bool ok;

	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
	{
		DBG1(DBG_LIB, "opening database %s failed: %s", path, strerror(errno));
		return FALSE;
	}
	ok = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		 (!(st.st_mode & 077) || fchmod(fd, 0600) == 0);
	if (!ok)
	{
		DBG1(DBG_LIB, "database %s is no file, or not ours", path);
	}
	close(fd);
	return ok;
}

/*
 * Described in header
 */
database_t *ks_sqlite_open(const char *uri)
{
	const char *path = uri + strlen(KS_SQLITE_SCHEME);
	database_t *db;

	if (!strpfx(uri, KS_SQLITE_SCHEME) || *path != '/')
	{
		DBG1(DBG_LIB, "'%s' is no database: write " KS_SQLITE_SCHEME
			 "/PATH", uri);
		return NULL;
	}
	if (!prepare_file(path))
	{
		return NULL;
	}
	db = lib->db->create(lib->db, (char*)uri);
	return db ?: ks_sqlite_create(path);
}
