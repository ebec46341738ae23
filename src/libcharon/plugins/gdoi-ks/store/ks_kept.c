/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_kept.h"
#include "ks_keeper.h"

#include <collections/hashtable.h>

typedef struct private_ks_kept_t private_ks_kept_t;
typedef struct page_t page_t;
typedef struct reading_t reading_t;

/**
 * A page of members as it was written
 */
struct page_t {

	/** number of the page in the store */
	uint32_t number;

	/** digest of what was written, if it was */
	uint64_t digest;

	/** what the digest says is in the store */
	bool written;

	/** it was removed from the store */
	bool dropped;

	/** round of writing that came by last */
	u_int round;
};

/**
 * Private data
 */
struct private_ks_kept_t {

	/**
	 * Public interface
	 */
	ks_kept_t public;

	/**
	 * Group
	 */
	ks_group_t *group;

	/**
	 * Digest of the keys as they were written, if they were
	 */
	uint64_t keys;

	/**
	 * What it says is in the store
	 */
	bool keys_written;

	/**
	 * Bound of sequence numbers in the store, and SPI of the KEK it is for
	 */
	uint32_t bound;
	uint8_t spi[GROUP_KEK_SPI_LEN];

	/**
	 * Pages of members in the store, by number
	 */
	hashtable_t *pages;

	/**
	 * Round of writing members
	 */
	u_int round;

	/**
	 * State of the member table that was written last, if it was, and offset
	 * of the clocks then
	 */
	uint32_t changes;
	time_t offset;
	bool members_written;

	/**
	 * Key of the digests
	 */
	u_char digest_key[16];
};

/**
 * Reading of a group that is under way
 */
struct reading_t {

	/** group */
	private_ks_kept_t *this;

	/** present moment */
	const ks_instant_t *now;

	/** result */
	ks_kept_report_t *report;
};

METHOD(ks_kept_t, get_group, ks_group_t*,
	private_ks_kept_t *this)
{
	return this->group;
}

/**
 * Key of a page in the table
 */
static void *page_key(uint32_t number)
{
	return (void*)(uintptr_t)number;
}

/**
 * Get a page, whether it is known or not
 */
static page_t *get_page(private_ks_kept_t *this, uint32_t number)
{
	page_t *page;

	page = this->pages->get(this->pages, page_key(number));
	if (!page)
	{
		INIT(page,
			.number = number,
		);
		this->pages->put(this->pages, page_key(number), page);
	}
	return page;
}

/**
 * Implements ks_store_cb_t
 */
static void read_page(void *user, uint32_t number, chunk_t *plain)
{
	reading_t *reading = user;
	private_ks_kept_t *this = reading->this;
	ks_kept_report_t *report = reading->report;
	ks_codec_result_t result;

	if (number == KS_STORE_KEYS)
	{
		result = plain ? ks_key_codec_read(*plain, reading->now,
											&report->state, &report->ended)
					   : KS_CODEC_MALFORMED;
		report->clock = result == KS_CODEC_CLOCK;
		report->bad += result == KS_CODEC_MALFORMED;
	}
	else
	{	/* it is replaced or removed when the members are written */
		get_page(this, number);
		/* keys come first; members without keys are no members */
		if (report->state && (!plain ||
			!ks_member_codec_read(*plain, reading->now,
								   this->group->get_members(this->group))))
		{
			report->bad++;
		}
	}
}

METHOD(ks_kept_t, load, bool,
	private_ks_kept_t *this, ks_store_t *store, const ks_instant_t *now,
	ks_kept_report_t *report)
{
	reading_t reading = {
		.this = this,
		.now = now,
		.report = report,
	};

	memset(report, 0, sizeof(*report));
	return store->load(store, this->group->get_name(this->group), read_page,
					   &reading);
}

/**
 * Which bound has to be in the store for a state?
 */
static uint32_t get_bound(private_ks_kept_t *this, ks_state_t *state,
						  uint32_t spare)
{
	const group_kek_data_t *kek;

	if (!state->kek)
	{
		return 0;
	}
	kek = state->kek->get(state->kek);
	if (this->bound && memeq(this->spi, kek->spi, sizeof(this->spi)) &&
		this->bound >= state->sequence &&
		this->bound - state->sequence >= spare)
	{
		return this->bound;
	}
	/* numbers don't wrap, see REKEY-017: the last ones are for nobody */
	return state->sequence > UINT32_MAX - KS_KEEPER_STEP ?
						UINT32_MAX : state->sequence + KS_KEEPER_STEP;
}

/**
 * Write keys if they are not what was written
 */
static bool put_keys(private_ks_kept_t *this, ks_store_t *store,
					 ks_state_t *state, uint32_t bound,
					 const ks_instant_t *now)
{
	const char *name = this->group->get_name(this->group);
	uint64_t digest;
	chunk_t data;
	bool ok;

	data = ks_key_codec_write(state, bound, now);
	digest = chunk_mac(chunk_create(data.ptr, data.len - KS_CODEC_SAVED_LEN),
					   this->digest_key);
	ok = this->keys_written && this->keys == digest;
	if (!ok)
	{
		ok = store->put(store, name, KS_STORE_KEYS, data);
		this->keys_written = ok;
		this->keys = digest;
		this->bound = bound;
		if (state->kek)
		{
			memcpy(this->spi, state->kek->get(state->kek)->spi,
				   sizeof(this->spi));
		}
	}
	chunk_clear(&data);
	return ok;
}

METHOD(ks_kept_t, write_keys, bool,
	private_ks_kept_t *this, ks_store_t *store, time_t offset, uint32_t spare)
{
	ks_instant_t now;
	ks_state_t *state;
	bool ok;

	state = this->group->get_state(this->group, &now.mono);
	if (!state)
	{
		return TRUE;
	}
	now.wall = now.mono + offset;
	ok = put_keys(this, store, state, get_bound(this, state, spare), &now);
	ks_state_destroy(state);
	return ok;
}

/**
 * Write a page of members if it is not what was written; frees the members
 */
static bool put_page(private_ks_kept_t *this, ks_store_t *store,
					 uint32_t number, ks_member_t **rows, u_int count,
					 const ks_instant_t *now)
{
	page_t *page = get_page(this, number);
	uint64_t digest;
	chunk_t data;
	bool ok = TRUE;

	data = ks_member_codec_write(rows, count, now);
	digest = chunk_mac(data, this->digest_key);
	if (!page->written || page->digest != digest)
	{
		page->dropped = FALSE;
		ok = store->put(store, this->group->get_name(this->group), number,
						data);
		page->written = ok;
		page->digest = digest;
	}
	page->round = this->round;
	chunk_free(&data);
	while (count--)
	{
		free(rows[count]);
	}
	return ok;
}

/**
 * Remove the pages that no member is on any longer
 */
static bool drop_pages(private_ks_kept_t *this, ks_store_t *store)
{
	enumerator_t *enumerator;
	bool ok = TRUE;
	page_t *page;

	enumerator = this->pages->create_enumerator(this->pages);
	while (ok && enumerator->enumerate(enumerator, NULL, &page))
	{
		if (page->round != this->round && !page->dropped)
		{
			page->written = FALSE;
			page->dropped = TRUE;
			ok = store->drop(store, this->group->get_name(this->group),
							 page->number);
		}
	}
	enumerator->destroy(enumerator);
	return ok;
}

/**
 * Forget the pages that were removed in a transaction that is over
 */
static void forget_dropped(private_ks_kept_t *this)
{
	enumerator_t *enumerator;
	page_t *page;

	enumerator = this->pages->create_enumerator(this->pages);
	while (enumerator->enumerate(enumerator, NULL, &page))
	{
		if (page->dropped)
		{
			this->pages->remove_at(this->pages, enumerator);
			free(page);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Number of the page that a member is on
 */
static uint32_t page_of(ks_member_t *member)
{
	return KS_STORE_KEYS + 1 + member->number / KS_KEEPER_PAGE;
}

/**
 * Write all pages that changed
 */
static bool put_pages(private_ks_kept_t *this, ks_store_t *store,
					  const ks_instant_t *now)
{
	ks_members_t *members = this->group->get_members(this->group);
	ks_member_t *batch[KS_KEEPER_PAGE], *rows[KS_KEEPER_PAGE];
	uint32_t page = 0;
	u_int count, i, n = 0;
	uint64_t after = 0;
	bool ok = TRUE;

	/* members come in order of number, no page has more than rows has */
	while ((count = members->snapshot(members, after, batch, KS_KEEPER_PAGE)))
	{
		for (i = 0; i < count; i++)
		{
			if (n && page_of(batch[i]) != page)
			{
				ok = put_page(this, store, page, rows, n, now) && ok;
				n = 0;
			}
			page = page_of(batch[i]);
			after = batch[i]->number;
			rows[n++] = batch[i];
		}
	}
	if (n)
	{
		ok = put_page(this, store, page, rows, n, now) && ok;
	}
	return ok;
}

METHOD(ks_kept_t, write_members, bool,
	private_ks_kept_t *this, ks_store_t *store, const ks_instant_t *now)
{
	ks_members_t *members = this->group->get_members(this->group);
	time_t offset = now->wall - now->mono;
	uint32_t changes = members->get_changes(members);

	if (this->members_written && this->changes == changes &&
		this->offset == offset)
	{
		return TRUE;
	}
	forget_dropped(this);
	this->round++;
	this->changes = changes;
	this->offset = offset;
	this->members_written = put_pages(this, store, now) &&
							drop_pages(this, store);
	return this->members_written;
}

METHOD(ks_kept_t, lost, void,
	private_ks_kept_t *this)
{
	enumerator_t *enumerator;
	page_t *page;

	this->keys_written = FALSE;
	this->members_written = FALSE;
	enumerator = this->pages->create_enumerator(this->pages);
	while (enumerator->enumerate(enumerator, NULL, &page))
	{
		page->written = FALSE;
		page->dropped = FALSE;
	}
	enumerator->destroy(enumerator);
}

METHOD(ks_kept_t, destroy, void,
	private_ks_kept_t *this)
{
	enumerator_t *enumerator;
	page_t *page;

	enumerator = this->pages->create_enumerator(this->pages);
	while (enumerator->enumerate(enumerator, NULL, &page))
	{
		free(page);
	}
	enumerator->destroy(enumerator);
	this->pages->destroy(this->pages);
	this->group->destroy(this->group);
	free(this);
}

/*
 * Described in header
 */
ks_kept_t *ks_kept_create(ks_group_t *group)
{
	private_ks_kept_t *this;
	rng_t *rng;

	INIT(this,
		.public = {
			.get_group = _get_group,
			.load = _load,
			.write_keys = _write_keys,
			.write_members = _write_members,
			.lost = _lost,
			.destroy = _destroy,
		},
		.group = group->get_ref(group),
		.pages = hashtable_create(hashtable_hash_ptr, hashtable_equals_ptr,
								  32),
	);
	/* nobody chooses what is digested: any key will do, if need be */
	rng = lib->crypto->create_rng(lib->crypto, RNG_WEAK);
	ignore_result(rng && rng->get_bytes(rng, sizeof(this->digest_key),
										this->digest_key));
	DESTROY_IF(rng);
	return &this->public;
}
