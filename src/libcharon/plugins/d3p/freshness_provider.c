/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "freshness_provider.h"
#include "fresh_timer.h"

#include <collections/linked_list.h>
#include <threading/mutex.h>

#include <stdio.h>

#include <linux/if.h>

/** seconds between looks at the clock, which also is looked at when it is set,
 *  and at differences */
#define INTERVAL 1

/** smallest step to tell of, milliseconds */
#define STEP_TOLD 100

/** octets of a warning */
#define TEXT_LEN 256

typedef struct private_freshness_provider_t private_freshness_provider_t;
typedef struct skew_note_t skew_note_t;

/**
 * Private data
 */
struct private_freshness_provider_t {

	/**
	 * Public interface
	 */
	freshness_provider_t public;

	/**
	 * Settings
	 */
	freshness_params_t params;

	/**
	 * Clock
	 */
	fresh_clock_t *clock;

	/**
	 * Calls refresh(), NULL while stopped
	 */
	fresh_timer_t *timer;

	/**
	 * Guards what follows
	 */
	mutex_t *mutex;

	/**
	 * Maps, fresh_map_t
	 */
	linked_list_t *maps;

	/**
	 * Synchronisation that was told last, or is taken for granted
	 */
	freshness_sync_t told;
};

/**
 * A warning about an interface
 */
struct skew_note_t {

	/**
	 * Interface; the map may be gone
	 */
	char interface[IFNAMSIZ];

	/**
	 * Warning
	 */
	fresh_skew_t skew;
};

/**
 * Tell of something
 */
static void tell(private_freshness_provider_t *this, int severity,
				 const char *name, const char *text)
{
	if (this->params.tell)
	{
		this->params.tell(this->params.user, severity, name, text);
	}
}

/**
 * Tell of a step
 */
static void tell_step(private_freshness_provider_t *this, int64_t step_ms)
{
	char text[TEXT_LEN];

	snprintf(text, sizeof(text), "clock stepped by %+.3f s: packets of members "
			 "whose clock did not are refused until both agree again",
			 step_ms / 1000.0);
	tell(this, 4, "FRESHNESS_CLOCK_STEPPED", text);
}

/**
 * Tell that synchronisation is lost or regained
 */
static void tell_sync(private_freshness_provider_t *this,
					  freshness_sync_t sync)
{
	if (sync == FRESHNESS_SYNC_NO)
	{
		tell(this, 4, "FRESHNESS_CLOCK_UNSYNCHRONISED", "clock is not "
			 "synchronised: members accept packets of IP-D3P only as far as "
			 "their clocks agree");
	}
	else
	{
		tell(this, 5, "FRESHNESS_CLOCK_SYNCHRONISED",
			 "clock is synchronised again");
	}
}

/**
 * Tell that packets were nearly refused
 */
static void tell_skew(private_freshness_provider_t *this, skew_note_t *note)
{
	fresh_skew_t *skew = &note->skew;
	char text[TEXT_LEN];

	snprintf(text, sizeof(text), "packets at %s, SA %u, were up to %.3f s %s "
			 "in the last minute, and %.3f s are allowed: %s",
			 note->interface, skew->sa, llabs(skew->delta_ms) / 1000.0,
			 skew->delta_ms < 0 ? "early" : "late", skew->allowed_ms / 1000.0,
			 skew->method == FRESHNESS_D3P ? "check the members' clocks"
										   : "pseudotimes drift apart");
	tell(this, 4, "FRESHNESS_SKEW", text);
}

/**
 * Have a map use the time, and collect its warnings
 */
static bool refresh_map(private_freshness_provider_t *this, fresh_map_t *map,
						int64_t offset, linked_list_t *notes)
{
	fresh_skew_t skews[CM_SAS];
	skew_note_t *note;
	u_int count;

	map->set_offset(map, offset);
	count = map->take_skews(map, this->clock->now_boot_ms(this->clock), skews);
	while (count--)
	{
		INIT(note,
			.skew = skews[count],
		);
		snprintf(note->interface, sizeof(note->interface), "%s",
				 map->get_interface(map));
		notes->insert_first(notes, note);
	}
	return map->needs_clock(map);
}

METHOD(freshness_provider_t, refresh, void,
	private_freshness_provider_t *this)
{
	bool needed = FALSE, sync = FALSE;
	fresh_clock_news_t news;
	enumerator_t *enumerator;
	linked_list_t *notes;
	skew_note_t *note;
	fresh_map_t *map;

	notes = linked_list_create();
	this->mutex->lock(this->mutex);
	this->clock->refresh(this->clock, &news);
	enumerator = this->maps->create_enumerator(this->maps);
	while (enumerator->enumerate(enumerator, &map))
	{
		needed |= refresh_map(this, map, news.offset_ns, notes);
	}
	enumerator->destroy(enumerator);
	if (needed && news.sync != FRESHNESS_SYNC_UNKNOWN)
	{
		sync = news.sync != this->told;
		this->told = news.sync;
	}
	this->mutex->unlock(this->mutex);

	if (needed && llabs(news.step_ms) >= STEP_TOLD)
	{
		tell_step(this, news.step_ms);
	}
	if (sync)
	{
		tell_sync(this, news.sync);
	}
	while (notes->remove_first(notes, (void**)&note) == SUCCESS)
	{
		tell_skew(this, note);
		free(note);
	}
	notes->destroy(notes);
}

/**
 * A map is about to go
 */
static void map_gone(void *user, fresh_map_t *map)
{
	private_freshness_provider_t *this = user;

	this->mutex->lock(this->mutex);
	this->maps->remove(this->maps, map, NULL);
	this->mutex->unlock(this->mutex);
}

METHOD(freshness_t, create_map, freshness_map_t*,
	private_freshness_provider_t *this, const freshness_place_t *place,
	char **reason)
{
	fresh_map_params_t params = {
		.loader = this->params.loader,
		.history = this->params.history,
		.warn = this->params.warn,
		.gone = map_gone,
		.user = this,
	};
	fresh_map_t *map;
	int err = 0;

	map = fresh_map_create(place, &params, &err);
	if (!map)
	{
		if (asprintf(reason, "programs for freshness are refused by the "
					 "kernel: %s", strerror(err)) < 0)
		{
			*reason = NULL;
		}
		return NULL;
	}
	this->mutex->lock(this->mutex);
	map->set_offset(map, this->clock->get_offset(this->clock));
	this->maps->insert_last(this->maps, map);
	this->mutex->unlock(this->mutex);
	return &map->map;
}

METHOD(freshness_t, get_clock, void,
	private_freshness_provider_t *this, freshness_clock_t *clock)
{
	this->clock->get_state(this->clock, clock);
}

METHOD(freshness_t, now_real_ms, uint64_t,
	private_freshness_provider_t *this)
{
	return this->clock->now_real_ms(this->clock);
}

METHOD(freshness_provider_t, start, bool,
	private_freshness_provider_t *this)
{
	this->timer = fresh_timer_create(INTERVAL,
									 (fresh_timer_cb_t)refresh, this);
	return this->timer != NULL;
}

METHOD(freshness_provider_t, stop, void,
	private_freshness_provider_t *this)
{
	DESTROY_IF(this->timer);
	this->timer = NULL;
}

METHOD(freshness_provider_t, destroy, void,
	private_freshness_provider_t *this)
{
	stop(this);
	this->maps->destroy(this->maps);
	this->clock->destroy(this->clock);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
freshness_provider_t *freshness_provider_create(
											const freshness_params_t *params)
{
	private_freshness_provider_t *this;

	INIT(this,
		.public = {
			.freshness = {
				.create_map = _create_map,
				.get_clock = _get_clock,
				.now_real_ms = _now_real_ms,
			},
			.start = _start,
			.refresh = _refresh,
			.stop = _stop,
			.destroy = _destroy,
		},
		.params = *params,
		.clock = fresh_clock_create(params->source),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.maps = linked_list_create(),
		.told = FRESHNESS_SYNC_YES,
	);
	return &this->public;
}
