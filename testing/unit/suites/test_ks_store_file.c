/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_store_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/** octets of a page of SQLite's */
#define SQLITE_PAGE 4096

/* RFC 5869, test case 1 */
START_TEST(test_hkdf)
{
	uint8_t out[42];
	chunk_t wanted, secret, salt, info;

	secret = chunk_from_hex(
		chunk_from_str("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"), NULL);
	salt = chunk_from_hex(chunk_from_str("000102030405060708090a0b0c"), NULL);
	info = chunk_from_hex(chunk_from_str("f0f1f2f3f4f5f6f7f8f9"), NULL);
	wanted = chunk_from_hex(chunk_from_str(
		"3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
		"34007208d5b887185865"), NULL);
	ck_assert(ks_seal_derive(secret, salt, info, chunk_from_thing(out)));
	ck_assert(chunk_equals(wanted, chunk_from_thing(out)));
	chunk_free(&wanted);
	chunk_free(&secret);
	chunk_free(&salt);
	chunk_free(&info);
}
END_TEST

/**
 * Create a seal with a salt of one value
 */
static ks_seal_t *make_seal(const char *secret, uint8_t value)
{
	uint8_t salt[KS_SEAL_SALT_LEN];
	ks_seal_t *seal;

	memset(salt, value, sizeof(salt));
	seal = ks_seal_create(chunk_from_str((char*)secret),
						  chunk_from_thing(salt));
	ck_assert(seal != NULL);
	return seal;
}

/* every changed octet is found, and so are another place, salt and secret */
START_TEST(test_seal)
{
	chunk_t plain = chunk_from_str("some keys"), sealed, again, opened;
	chunk_t assoc = chunk_from_str("place"), other = chunk_from_str("plaCe");
	ks_seal_t *seal = make_seal(SECRET, 1), *others[2];
	int i;

	ck_assert(seal->seal(seal, assoc, plain, &sealed));
	ck_assert_uint_eq(sealed.len, plain.len + KS_SEAL_OVERHEAD);
	ck_assert(seal->seal(seal, assoc, plain, &again));
	ck_assert(!chunk_equals(sealed, again));
	ck_assert(seal->open(seal, assoc, again, &opened));
	ck_assert(chunk_equals(opened, plain));
	chunk_free(&again);
	chunk_free(&opened);

	ck_assert(!seal->open(seal, other, sealed, &opened));
	for (i = 0; i < sealed.len; i++)
	{
		sealed.ptr[i] ^= 0x10;
		ck_assert(!seal->open(seal, assoc, sealed, &opened));
		sealed.ptr[i] ^= 0x10;
		ck_assert(!seal->open(seal, assoc, chunk_create(sealed.ptr, i),
							  &opened));
	}
	others[0] = make_seal(SECRET, 2);
	others[1] = make_seal("another secret of 32 octets here", 1);
	for (i = 0; i < countof(others); i++)
	{
		ck_assert(!others[i]->open(others[i], assoc, sealed, &opened));
		others[i]->destroy(others[i]);
	}
	ck_assert(seal->open(seal, assoc, sealed, &opened));
	chunk_free(&opened);
	chunk_free(&sealed);
	seal->destroy(seal);
}
END_TEST

/**
 * Permissions of the database file, or of one beside it
 */
static mode_t get_mode(const char *suffix)
{
	char path[160];
	struct stat st;

	snprintf(path, sizeof(path), "%s%s", store_path(), suffix);
	ck_assert(stat(path, &st) == 0);
	return st.st_mode & 07777;
}

/* nobody else may read the file, whatever umask and file were before */
START_TEST(test_file_mode)
{
	mode_t mask = umask(0);
	database_t *db;
	int fd;

	store_fixture_reset();
	db = ks_sqlite_open(store_uri());
	ck_assert(db != NULL);
	db->destroy(db);
	ck_assert_uint_eq(get_mode(""), 0600);

	unlink(store_path());
	fd = open(store_path(), O_CREAT | O_WRONLY, 0644);
	ck_assert(fd >= 0);
	close(fd);
	ck_assert_uint_eq(get_mode(""), 0644);
	db = ks_sqlite_open(store_uri());
	ck_assert(db != NULL);
	/* the journal has what was in the file before */
	ck_assert(db->transaction(db, FALSE));
	ck_assert(db->execute(db, NULL, "CREATE TABLE t (i INTEGER)") >= 0);
	ck_assert_uint_eq(get_mode("-journal"), 0600);
	ck_assert(db->commit(db));
	db->destroy(db);
	ck_assert_uint_eq(get_mode(""), 0600);
	umask(mask);
}
END_TEST

/* what is no file of ours is refused */
START_TEST(test_file_refused)
{
	char other[160];

	store_fixture_reset();
	snprintf(other, sizeof(other), "%s.2", store_path());
	ck_assert(symlink(other, store_path()) == 0);
	ck_assert(ks_sqlite_open(store_uri()) == NULL);
	ck_assert(access(other, F_OK) != 0);
	ck_assert(ks_sqlite_open("sqlite:///nowhere/at/all/store.db") == NULL);
	ck_assert(ks_sqlite_open("sqlite:///tmp") == NULL);
	ck_assert(ks_sqlite_open("sqlite://relative.db") == NULL);
	ck_assert(ks_sqlite_open("mysql://u:p@h/d") == NULL);
}
END_TEST

/**
 * Sum of a column
 */
static int get_sum(database_t *db)
{
	enumerator_t *rows;
	int i, sum = 0;

	rows = db->query(db, "SELECT i FROM t WHERE i > ?", DB_INT, 0, DB_INT);
	ck_assert(rows != NULL);
	while (rows->enumerate(rows, &i))
	{
		sum += i;
	}
	rows->destroy(rows);
	return sum;
}

/**
 * Insert a row and tell whether that worked
 */
static bool insert(database_t *db, int i)
{
	return db->execute(db, NULL, "INSERT INTO t (i) VALUES (?)",
					   DB_INT, i) == 1;
}

/* database_t: nested transactions end with the outermost, one that was rolled
 * back spoils all */
START_TEST(test_transactions)
{
	database_t *db;

	store_fixture_reset();
	db = ks_sqlite_create(store_path());
	ck_assert(db->get_driver(db) == DB_SQLITE);
	ck_assert(db->execute(db, NULL, "CREATE TABLE t (i INTEGER)") >= 0);
	ck_assert(db->execute(db, NULL, "CREATE TABLE t (i INTEGER)") < 0);
	ck_assert(db->query(db, "SELECT nothing FROM nowhere", DB_INT) == NULL);
	ck_assert(!db->commit(db));

	ck_assert(db->transaction(db, FALSE) && insert(db, 1));
	ck_assert(db->transaction(db, TRUE) && insert(db, 2) && db->commit(db));
	ck_assert(db->commit(db));
	ck_assert_int_eq(get_sum(db), 3);

	ck_assert(db->transaction(db, FALSE) && insert(db, 4));
	ck_assert(db->transaction(db, FALSE) && insert(db, 8) && db->rollback(db));
	ck_assert(!db->commit(db));
	ck_assert_int_eq(get_sum(db), 3);

	ck_assert(db->transaction(db, TRUE) && insert(db, 16) && db->rollback(db));
	ck_assert_int_eq(get_sum(db), 3);
	ck_assert(insert(db, 32));
	ck_assert_int_eq(get_sum(db), 35);
	db->destroy(db);
}
END_TEST

/**
 * Open the store
 */
static ks_store_t *open_store(const char *secret, ks_store_result_t *result)
{
	database_t *db = ks_sqlite_open(store_uri());

	ck_assert(db != NULL);
	return ks_store_create(db, chunk_from_str((char*)secret), result);
}

/**
 * Implements ks_store_cb_t: makes a text of pages
 */
static void print_page(void *user, uint32_t page, chunk_t *plain)
{
	char *text = user;
	size_t len = strlen(text);

	snprintf(text + len, 256 - len, "%u=%.*s;", page,
			 plain ? (int)plain->len : 3, plain ? (char*)plain->ptr : "BAD");
}

/**
 * Fail the test if the pages of a group are other ones
 */
static void check_pages(ks_store_t *store, const char *group,
						const char *wanted)
{
	char text[256] = "";

	ck_assert(store->load(store, group, print_page, text));
	ck_assert_str_eq(text, wanted);
}

/**
 * Write a page that has a text
 */
static bool put(ks_store_t *store, const char *group, uint32_t page,
				const char *text)
{
	return store->put(store, group, page, chunk_from_str((char*)text));
}

START_TEST(test_store_pages)
{
	ks_store_result_t result;
	ks_store_t *store;

	store_fixture_reset();
	store = open_store(SECRET, &result);
	ck_assert(store && result == KS_STORE_READY);
	check_pages(store, "a", "");
	ck_assert(put(store, "a", 7, "seven") && put(store, "a", 0, "keys") &&
			  put(store, "b", 0, "other") && put(store, "a", 2, "gone") &&
			  put(store, "a", 7, "7") && store->drop(store, "a", 2));
	ck_assert(store->begin(store) && put(store, "b", 1, "undone"));
	ck_assert(!store->commit(store, FALSE));
	store->destroy(store);

	store = open_store(SECRET, &result);
	ck_assert(store != NULL);
	check_pages(store, "a", "0=keys;7=7;");
	check_pages(store, "b", "0=other;");
	ck_assert(store->remove(store, "a"));
	check_pages(store, "a", "");
	check_pages(store, "b", "0=other;");
	store->destroy(store);
}
END_TEST

/* keys don't lie about in the file, neither as they are nor once they went */
START_TEST(test_store_encrypted)
{
	ks_store_result_t result;
	ks_store_t *store;
	chunk_t *map;

	store_fixture_reset();
	store = open_store(SECRET, &result);
	ck_assert(store && put(store, "a", 0, "the key of the group"));
	store->destroy(store);
	map = chunk_map((char*)store_path(), FALSE);
	ck_assert(map != NULL);
	ck_assert(!memmem(map->ptr, map->len, "the key of", 10));
	ck_assert(!memmem(map->ptr, map->len, SECRET, strlen(SECRET)));
	chunk_unmap(map);
}
END_TEST

/**
 * Open the store and fail the test unless that fails and changes nothing
 */
static void check_refused(const char *secret, ks_store_result_t wanted)
{
	ks_store_result_t result;
	chunk_t before, *map;

	map = chunk_map((char*)store_path(), FALSE);
	before = chunk_clone(*map);
	chunk_unmap(map);
	ck_assert_msg(open_store(secret, &result) == NULL,
				  "a store of %zu octets is good", before.len);
	ck_assert_int_eq(result, wanted);
	map = chunk_map((char*)store_path(), FALSE);
	ck_assert(chunk_equals(before, *map));
	chunk_unmap(map);
	chunk_free(&before);
}

/**
 * Run statements on the closed database
 */
static void tamper(char *sql)
{
	database_t *db = ks_sqlite_create(store_path());

	ck_assert(db->execute(db, NULL, sql) >= 0);
	db->destroy(db);
}

/* another secret, another format: the store stays as it is */
START_TEST(test_store_refused)
{
	ks_store_result_t result;
	ks_store_t *store;

	store_fixture_reset();
	store = open_store(SECRET, &result);
	ck_assert(put(store, "a", 0, "keys"));
	store->destroy(store);
	check_refused("another secret of 32 octets here", KS_STORE_WRONG_SECRET);

	tamper("UPDATE gdoi_store SET value = x'02' WHERE name = 'format'");
	check_refused(SECRET, KS_STORE_UNREADABLE);
	tamper("UPDATE gdoi_store SET value = x'01' WHERE name = 'format'");
	tamper("UPDATE gdoi_store SET value = x'0102' WHERE name = 'check'");
	check_refused(SECRET, KS_STORE_WRONG_SECRET);
	tamper("DELETE FROM gdoi_store WHERE name = 'salt'");
	check_refused(SECRET, KS_STORE_UNREADABLE);
	tamper("DROP TABLE gdoi_store");
	check_refused(SECRET, KS_STORE_UNREADABLE);
}
END_TEST

/**
 * Implements ks_store_cb_t: counts pages that were not written so
 */
static void count_bad(void *user, uint32_t page, chunk_t *plain)
{
	*(u_int*)user += !plain;
}

/**
 * Fail the test unless one page of a group is bad
 */
static void check_one_bad(const char *group)
{
	ks_store_result_t result;
	ks_store_t *store;
	u_int bad = 0;

	store = open_store(SECRET, &result);
	ck_assert(store != NULL);
	ck_assert(store->load(store, group, count_bad, &bad));
	ck_assert_uint_eq(bad, 1);
	store->destroy(store);
}

/* somebody's file, and a file that is cut short: at the last of SQLite's pages
 * that is found by the one of ours that it belongs to */
START_TEST(test_store_garbled)
{
	ks_store_result_t result;
	ks_store_t *store;
	chunk_t *map, whole;
	char text[5000];
	size_t len;
	int i;

	store_fixture_reset();
	ck_assert(chunk_write(chunk_from_str("dear diary, today I configured"),
						  (char*)store_path(), 077, TRUE));
	check_refused(SECRET, KS_STORE_UNREADABLE);

	store_fixture_reset();
	store = open_store(SECRET, &result);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (i = 0; i < 4; i++)
	{
		ck_assert(put(store, "a", i, text));
	}
	store->destroy(store);
	map = chunk_map((char*)store_path(), FALSE);
	whole = chunk_clone(*map);
	chunk_unmap(map);
	for (len = 512; len < whole.len; len += 512)
	{
		ck_assert(chunk_write(chunk_create(whole.ptr, len),
							  (char*)store_path(), 077, TRUE));
		if (len <= whole.len - SQLITE_PAGE)
		{
			check_refused(SECRET, KS_STORE_UNREADABLE);
		}
		else
		{
			check_one_bad("a");
		}
	}
	chunk_free(&whole);
}
END_TEST

/* two servers with one sequence would send the same numbers */
START_TEST(test_store_exclusive)
{
	ks_store_result_t result;
	ks_store_t *store;

	store_fixture_reset();
	store = open_store(SECRET, &result);
	ck_assert(store && put(store, "a", 0, "keys"));
	check_refused(SECRET, KS_STORE_UNREADABLE);
	check_pages(store, "a", "0=keys;");
	store->destroy(store);
	/* also if the first one has only read so far */
	store = open_store(SECRET, &result);
	ck_assert(store != NULL);
	check_refused(SECRET, KS_STORE_UNREADABLE);
	store->destroy(store);
}
END_TEST

/* a page is good for its group and number only */
START_TEST(test_store_swapped)
{
	ks_store_result_t result;
	ks_store_t *store;

	store_fixture_reset();
	store = open_store(SECRET, &result);
	ck_assert(put(store, "a", 0, "keys") && put(store, "a", 1, "members") &&
			  put(store, "b", 0, "other"));
	store->destroy(store);
	tamper("UPDATE gdoi_pages SET page = 5 - page WHERE name = 'a'");
	tamper("UPDATE gdoi_pages SET name = 'c' WHERE name = 'b'");
	store = open_store(SECRET, &result);
	ck_assert(store != NULL);
	check_pages(store, "a", "4=BAD;5=BAD;");
	check_pages(store, "c", "0=BAD;");
	store->destroy(store);
	tamper("UPDATE gdoi_pages SET page = 5 - page WHERE name = 'a'");
	tamper("UPDATE gdoi_pages SET data = data || x'00' WHERE page = 1");
	store = open_store(SECRET, &result);
	check_pages(store, "a", "0=keys;1=BAD;");
	store->destroy(store);
}
END_TEST

Suite *ks_store_file_suite()
{
	Suite *suite = suite_create("store file");
	TCase *tc = tcase_create("file");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, test_hkdf);
	tcase_add_test(tc, test_seal);
	tcase_add_test(tc, test_file_mode);
	tcase_add_test(tc, test_file_refused);
	tcase_add_test(tc, test_transactions);
	tcase_add_test(tc, test_store_pages);
	tcase_add_test(tc, test_store_encrypted);
	tcase_add_test(tc, test_store_refused);
	tcase_add_test(tc, test_store_garbled);
	tcase_add_test(tc, test_store_exclusive);
	tcase_add_test(tc, test_store_swapped);
	suite_add_tcase(suite, tc);
	return suite;
}
