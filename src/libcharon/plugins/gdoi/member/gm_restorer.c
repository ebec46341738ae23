/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_restorer.h"
#include "gm_log.h"

typedef struct private_gm_restorer_t private_gm_restorer_t;

/**
 * Private data of an gm_restorer_t object.
 */
struct private_gm_restorer_t {

	/**
	 * Public interface
	 */
	gm_restorer_t public;

	/**
	 * Name of the group
	 */
	char *group;

	/**
	 * TEKs in the kernel
	 */
	gm_teks_t *teks;

	/**
	 * Their crypto map
	 */
	crypto_map_t *map;

	/**
	 * States that were put back
	 */
	uint64_t count;

	/**
	 * TEK that was in the log last, and until when that is enough
	 */
	uint32_t logged;
	uint64_t quiet;
};

/**
 * Log that a TEK has lost states, once for all of them
 */
static void log_restored(private_gm_restorer_t *this, uint32_t spi,
						 uint64_t now)
{
	if (spi != this->logged || now >= this->quiet)
	{
		this->logged = spi;
		this->quiet = now + GM_RESTORER_QUIET;
		gm_log(4, "GM_SA_RESTORED", this->group, NULL, "The kernel removed SA "
			   "%08x of group %s before it ended, as the clock was set; it is "
			   "put back", ntohl(spi), this->group);
	}
}

/**
 * Let a TEK of a counter mode get other Sender IDs
 */
static void renew(private_gm_restorer_t *this, gm_tek_t *tek)
{
	if (tek->sa->is_active(tek->sa))
	{
		this->map->set_ready(this->map, tek->flow, FALSE);
		tek->sa->deactivate(tek->sa);
	}
	tek->sa->renew(tek->sa);
}

METHOD(gm_restorer_t, expired, bool,
	private_gm_restorer_t *this, uint32_t spi, host_t *dst, uint64_t now)
{
	gm_tek_t *tek;
	uint64_t left;

	tek = this->teks->find(this->teks, spi);
	if (!tek || tek->info.time.expires <= now)
	{
		return FALSE;
	}
	left = (tek->info.time.expires - now + 999) / 1000;
	switch (tek->sa->restore(tek->sa, dst, min(left, UINT32_MAX)))
	{
		case SUCCESS:
			break;
		case NEED_MORE:
			renew(this, tek);
			break;
		case FAILED:
			gm_log(3, "GM_SA_LOST", this->group, NULL, "The kernel removed SA "
				   "%08x of group %s before it ended, and refuses to take it "
				   "back", ntohl(spi), this->group);
			return FALSE;
		default:
			return FALSE;
	}
	this->count++;
	log_restored(this, spi, now);
	return TRUE;
}

METHOD(gm_restorer_t, get_count, uint64_t,
	private_gm_restorer_t *this)
{
	return this->count;
}

METHOD(gm_restorer_t, destroy, void,
	private_gm_restorer_t *this)
{
	free(this->group);
	free(this);
}

/*
 * Described in header
 */
gm_restorer_t *gm_restorer_create(const char *group, gm_teks_t *teks,
								  crypto_map_t *map)
{
	private_gm_restorer_t *this;

	INIT(this,
		.public = {
			.expired = _expired,
			.get_count = _get_count,
			.destroy = _destroy,
		},
		.group = strdup(group),
		.teks = teks,
		.map = map,
	);
	return &this->public;
}
