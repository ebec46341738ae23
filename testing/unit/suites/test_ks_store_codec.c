/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_store_fixture.h"

/** where the clocks are when something is written */
static const ks_instant_t written = { .mono = 5000, .wall = 1800000000 };

/**
 * Encode keys of an age of 600 and a lifetime of 3600 seconds
 */
static chunk_t write_keys()
{
	ks_state_t *state = fake_state_create(9, 17, 600, 3600);
	chunk_t data;

	data = ks_key_codec_write(state, 81, &written);
	ks_state_destroy(state);
	return data;
}

/**
 * Decode keys when time has passed on the wall clock, after a boot
 */
static ks_codec_result_t read_keys(chunk_t data, time_t passed,
								   ks_state_t **state, u_int *ended)
{
	ks_instant_t now = { .mono = 3, .wall = written.wall + passed };

	return ks_key_codec_read(data, &now, state, ended);
}

/* all values come back, older by the time that passed */
START_TEST(test_keys)
{
	chunk_t data = write_keys();
	ks_state_tek_t *tek;
	ks_state_t *state;
	u_int ended;

	ck_assert(read_keys(data, 100, &state, &ended) == KS_CODEC_OK);
	ck_assert_uint_eq(ended, 0);
	fake_state_check(state, 9);
	ck_assert_uint_eq(state->sequence, 81);
	ck_assert_uint_eq(state->kek_age, 700);
	state->teks->get_first(state->teks, (void**)&tek);
	ck_assert_uint_eq(tek->age, 700);
	ks_state_destroy(state);
	chunk_free(&data);
}
END_TEST

/**
 * Remove octets
 */
static void cut_out(chunk_t *data, size_t at, size_t len)
{
	memmove(data->ptr + at, data->ptr + at + len, data->len - at - len);
	data->len -= len;
}

/**
 * Find the end of the field before a TEK's layout, from an offset on
 */
static size_t find_layout(chunk_t data, size_t at, uint32_t lead,
						  uint32_t layout)
{
	uint8_t fields[8];

	htoun32(fields, lead);
	htoun32(fields + 4, layout);
	while (at + sizeof(fields) < data.len &&
		   !memeq(data.ptr + at, fields, sizeof(fields)))
	{
		at++;
	}
	ck_assert(at + sizeof(fields) < data.len);
	return at + 4;
}

/* what was written before there were layouts and pseudotime: a server that is
 * brought up to date keeps its keys, and with them its members */
START_TEST(test_keys_older)
{
	size_t time = 4 + 8 + 8 + KS_BOOT_ID_LEN + 8, at = 0;
	chunk_t data = write_keys(), alloc = data;
	ks_state_t *state, *wanted;
	enumerator_t *enumerator;
	ks_state_tek_t *tek;
	u_int ended;

	cut_out(&data, data.len - KS_CODEC_SAVED_LEN - time, time);
	wanted = fake_state_create(9, 17, 600, 3600);
	enumerator = wanted->teks->create_enumerator(wanted->teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		at = find_layout(data, at, tek->lead, tek->layout);
		cut_out(&data, at, sizeof(tek->layout));
	}
	enumerator->destroy(enumerator);
	ck_assert(read_keys(data, 100, &state, &ended) == KS_CODEC_OK);
	ck_assert_uint_eq(ended, 0);
	ck_assert_uint_eq(state->sequence, 81);
	ck_assert_uint_eq(state->kek_age, 700);
	ck_assert_uint_eq(state->pseudotime.epoch, 0);
	enumerator = state->teks->create_enumerator(state->teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		ck_assert_uint_eq(tek->layout, 0);
		ck_assert(tek->age == 700 && tek->tek->has_keys(tek->tek));
	}
	enumerator->destroy(enumerator);
	ck_assert(state->teks->get_count(state->teks) ==
			  wanted->teks->get_count(wanted->teks));
	ks_state_destroy(wanted);
	ks_state_destroy(state);
	chunk_free(&alloc);
}
END_TEST

START_TEST(test_keys_without_kek)
{
	ks_state_t *state = fake_state_create(9, 0, 600, 3600);
	chunk_t data;
	u_int ended;

	state->kek->destroy(state->kek);
	state->kek = NULL;
	data = ks_key_codec_write(state, 0, &written);
	ks_state_destroy(state);
	ck_assert(read_keys(data, 0, &state, &ended) == KS_CODEC_OK);
	ck_assert(!state->kek && state->teks->get_count(state->teks) == 2);
	ks_state_destroy(state);
	chunk_free(&data);
}
END_TEST

/* keys live to their last second and not a second longer */
START_TEST(test_keys_ended)
{
	chunk_t data = write_keys();
	ks_state_t *state;
	u_int ended;

	ck_assert(read_keys(data, 2999, &state, &ended) == KS_CODEC_OK);
	ck_assert_uint_eq(ended, 0);
	ck_assert_uint_eq(state->kek_age, 3599);
	ks_state_destroy(state);
	ck_assert(read_keys(data, 3000, &state, &ended) == KS_CODEC_OK);
	ck_assert_uint_eq(ended, 3);
	ck_assert(!state->kek && !state->teks->get_count(state->teks));
	ck_assert_uint_eq(state->sequence, 0);
	ks_state_destroy(state);
	chunk_free(&data);
}
END_TEST

/* a clock that was set back tells no ages, but a correction is none */
START_TEST(test_keys_clock)
{
	chunk_t data = write_keys();
	ks_state_t *state;
	u_int ended;

	ck_assert(read_keys(data, -KS_CODEC_SKEW, &state, &ended) == KS_CODEC_OK);
	ck_assert_uint_eq(state->kek_age, 600 - KS_CODEC_SKEW);
	ks_state_destroy(state);
	ck_assert(read_keys(data, -KS_CODEC_SKEW - 1, &state, &ended) ==
			  KS_CODEC_CLOCK);
	ck_assert(state == NULL);
	ck_assert(read_keys(data, -written.wall, &state, &ended) ==
			  KS_CODEC_CLOCK);
	chunk_free(&data);
}
END_TEST

/* a key written the moment it was made is not from before that */
START_TEST(test_keys_skew)
{
	ks_state_t *state = fake_state_create(9, 1, 0, 3600);
	chunk_t data;
	u_int ended;

	data = ks_key_codec_write(state, 65, &written);
	ks_state_destroy(state);
	ck_assert(read_keys(data, -3, &state, &ended) == KS_CODEC_OK);
	ck_assert_uint_eq(state->kek_age, 0);
	ks_state_destroy(state);
	chunk_free(&data);
}
END_TEST

/* the same keys are the same octets, but for the time */
START_TEST(test_keys_stable)
{
	ks_instant_t later = { written.mono + 7, written.wall + 7 };
	ks_state_t *state = fake_state_create(9, 17, 607, 3600);
	chunk_t a = write_keys(), b;

	b = ks_key_codec_write(state, 81, &later);
	ck_assert_uint_eq(a.len, b.len);
	ck_assert(memeq(a.ptr, b.ptr, a.len - KS_CODEC_SAVED_LEN));
	ck_assert(!chunk_equals(a, b));
	ks_state_destroy(state);
	chunk_free(&a);
	chunk_free(&b);
}
END_TEST

/* nothing that is cut or changed harms; time keeps changed octets from being
 * read as a clock that was set back */
START_TEST(test_keys_hostile)
{
	chunk_t data = write_keys(), cut;
	ks_state_t *state;
	u_int ended, i, bit;

	for (i = 0; i < data.len; i++)
	{
		cut = chunk_clone(chunk_create(data.ptr, i));
		if (read_keys(cut, 1, &state, &ended) == KS_CODEC_OK)
		{
			ck_abort_msg("%u of %zu octets are keys", i, data.len);
		}
		chunk_free(&cut);
	}
	for (i = 0; i < data.len; i++)
	{
		for (bit = 0; bit < 8; bit++)
		{
			data.ptr[i] ^= 1 << bit;
			read_keys(data, 1, &state, &ended);
			ks_state_destroy(state);
			data.ptr[i] ^= 1 << bit;
		}
	}
	chunk_free(&data);
}
END_TEST

/**
 * Make a record with a value in each field that is kept
 */
static ks_member_t *make_member(const char *address, const char *name)
{
	host_t *host = host_create_from_string((char*)address, 4500);
	identification_t *id = identification_create_from_string((char*)name);
	ks_member_t *member = ks_member_create(id, host);
	int i;

	member->number = 40;
	member->since = written.mono - 1000;
	member->last = written.mono - 100;
	member->expires = written.mono + 3500;
	member->registrations = 3;
	member->features = 0x05;
	memset(member->local, 8, 4);
	member->local_port = 4500;
	member->missed = 2;
	member->acknowledged = TRUE;
	member->ack_length = 1;
	member->rekeys = 11;
	member->retries = 12;
	member->acks = 13;
	member->acks_missed = 14;
	member->kek = 0x1122334455667788ULL;
	member->answered = TRUE;
	for (i = 0; i < KS_MEMBER_HISTORY - 1; i++)
	{
		member->sent[i] = (ks_rekey_mark_t){ 20 - i, written.mono - i };
		member->acked[i] = (ks_rekey_mark_t){ 19 - i, written.mono - i - 1 };
	}
	id->destroy(id);
	host->destroy(host);
	return member;
}

/**
 * Compare the rekeys that records remember; clocks differ by shift
 */
static void check_marks(ks_rekey_mark_t *a, ks_rekey_mark_t *b, time_t shift)
{
	int i;

	for (i = 0; i < KS_MEMBER_HISTORY; i++)
	{
		ck_assert_uint_eq(a[i].seq, b[i].seq);
		ck_assert(!b[i].seq || a[i].time == (uint32_t)(b[i].time + shift));
	}
}

/**
 * Compare what is kept of members; clocks differ by shift
 */
static void check_member(ks_member_t *a, ks_member_t *b, time_t shift)
{
	check_marks(a->sent, b->sent, shift);
	check_marks(a->acked, b->acked, shift);
	/* all the rest of it is the same, but for what is not kept */
	a->since -= shift;
	a->last -= shift;
	a->expires -= shift;
	a->number = b->number;
	a->fresh = b->fresh;
	memcpy(a->sent, b->sent, sizeof(a->sent));
	memcpy(a->acked, b->acked, sizeof(a->acked));
	memcpy(a->next, b->next, sizeof(a->next));
	ck_assert_mem_eq(a, b, offsetof(ks_member_t, id) + b->id_len);
}

START_TEST(test_members)
{
	ks_instant_t now = { .mono = 3, .wall = written.wall + 100 };
	ks_members_t *table = ks_members_create(10);
	ks_member_t *rows[3], *read[4] = {};
	chunk_t data;
	int i;

	rows[0] = make_member("10.1.1.1", "gm1@example.org");
	rows[1] = make_member("2001:db8::1", "2001:db8::1");
	rows[2] = make_member("10.1.1.2", "%any");
	data = ks_member_codec_write(rows, 3, &written);
	ck_assert(ks_member_codec_read(data, &now, table));
	ck_assert_uint_eq(table->snapshot(table, 0, read, 4), 3);
	for (i = 0; i < 3; i++)
	{
		check_member(read[i], rows[i], now.mono - written.mono - 100);
		free(read[i]);
		free(rows[i]);
	}
	table->destroy(table);
	chunk_free(&data);
}
END_TEST

START_TEST(test_members_ended)
{
	ks_instant_t now = { .mono = 3, .wall = written.wall + 3500 };
	ks_members_t *table = ks_members_create(10);
	ks_member_t *rows[2];
	chunk_t data;

	rows[0] = make_member("10.1.1.1", "gm1@example.org");
	rows[1] = make_member("10.1.1.2", "gm2@example.org");
	rows[1]->expires++;
	data = ks_member_codec_write(rows, 2, &written);
	ck_assert(ks_member_codec_read(data, &now, table));
	ck_assert_uint_eq(table->get_count(table), 1);
	table->destroy(table);
	chunk_free(&data);
	free(rows[0]);
	free(rows[1]);
}
END_TEST

START_TEST(test_members_hostile)
{
	ks_member_t *row = make_member("10.1.1.1", "gm1@example.org");
	ks_members_t *table = ks_members_create(10);
	chunk_t data, cut;
	u_int i, bit;

	data = ks_member_codec_write(&row, 1, &written);
	for (i = 0; i < data.len; i++)
	{
		cut = chunk_clone(chunk_create(data.ptr, i));
		ck_assert(!ks_member_codec_read(cut, &written, table));
		chunk_free(&cut);
		for (bit = 0; bit < 8; bit++)
		{
			data.ptr[i] ^= 1 << bit;
			ks_member_codec_read(data, &written, table);
			data.ptr[i] ^= 1 << bit;
		}
	}
	ck_assert(table->get_count(table) <= 10);
	table->destroy(table);
	chunk_free(&data);
	free(row);
}
END_TEST

Suite *ks_store_codec_suite()
{
	Suite *suite = suite_create("store codec");
	TCase *tc = tcase_create("codec");

	tcase_add_test(tc, test_keys);
	tcase_add_test(tc, test_keys_older);
	tcase_add_test(tc, test_keys_without_kek);
	tcase_add_test(tc, test_keys_ended);
	tcase_add_test(tc, test_keys_clock);
	tcase_add_test(tc, test_keys_skew);
	tcase_add_test(tc, test_keys_stable);
	tcase_add_test(tc, test_keys_hostile);
	tcase_add_test(tc, test_members);
	tcase_add_test(tc, test_members_ended);
	tcase_add_test(tc, test_members_hostile);
	suite_add_tcase(suite, tc);
	return suite;
}
