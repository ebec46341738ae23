/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "fake_map.h"

#include <stdio.h>

fake_map_t *fake_map;
int fake_maps, fake_attached;
bool fake_refuses;

/** all since the last cleanup, the newest first */
static fake_map_t *maps;

METHOD(crypto_map_t, attach, bool,
	fake_map_t *this, char **reason)
{
	if (fake_refuses)
	{
		*reason = strdup("refused");
		return FALSE;
	}
	this->attached = TRUE;
	fake_attached++;
	return TRUE;
}

METHOD(crypto_map_t, detach, void,
	fake_map_t *this)
{
	this->attached = FALSE;
	fake_attached--;
}

METHOD(crypto_map_t, refresh, bool,
	fake_map_t *this)
{
	return !this->gone;
}

METHOD(crypto_map_t, set_acl, bool,
	fake_map_t *this, const crypto_map_line_t *lines, u_int count,
	bool fallback)
{
	memcpy(this->lines, lines, count * sizeof(*lines));
	this->line_count = count;
	this->fallback = fallback;
	this->pushes++;
	return TRUE;
}

METHOD(crypto_map_t, set_spis, bool,
	fake_map_t *this, const uint32_t *spis, const uint32_t *sas, u_int count)
{
	memcpy(this->spis, spis, count * sizeof(*spis));
	this->has_sas = sas != NULL;
	if (sas)
	{
		memcpy(this->sas, sas, count * sizeof(*sas));
	}
	this->spi_count = count;
	return TRUE;
}

METHOD(crypto_map_t, set_esp, void,
	fake_map_t *this, u_int sa, const crypto_map_esp_t *esp)
{
	this->esp[sa] = *esp;
}

METHOD(crypto_map_t, set_ready, void,
	fake_map_t *this, u_int sa, bool ready)
{
	this->ready = ready ? this->ready | 1u << sa : this->ready & ~(1u << sa);
}

METHOD(crypto_map_t, set_direction, void,
	fake_map_t *this, u_int sa, crypto_map_direction_t dir)
{
	this->dirs[sa] = dir;
}

METHOD(crypto_map_t, set_servers, bool,
	fake_map_t *this, host_t **servers, u_int count)
{
	u_int i;

	for (i = 0; i < count; i++)
	{
		snprintf(this->servers[i], sizeof(this->servers[i]), "%H", servers[i]);
	}
	this->server_count = count;
	return TRUE;
}

METHOD(crypto_map_t, set_freshness, bool,
	fake_map_t *this, u_int sa, const freshness_policy_t *policy)
{
	static const freshness_policy_t none;

	if (policy && this->refuses_freshness)
	{
		return FALSE;
	}
	this->freshness[sa] = policy ? *policy : none;
	return TRUE;
}

METHOD(crypto_map_t, set_stamped, void,
	fake_map_t *this, u_int sa, bool stamped)
{
	this->stamped &= ~(1u << sa);
	this->stamped |= stamped ? 1u << sa : 0;
}

METHOD(crypto_map_t, get_freshness, bool,
	fake_map_t *this, u_int sa, freshness_counters_t *counters)
{
	memset(counters, 0, sizeof(*counters));
	counters->in = 100 + sa;
	return this->freshness[sa].method != FRESHNESS_NONE;
}

CALLBACK(error_filter, bool,
	void *unused, enumerator_t *orig, va_list args)
{
	freshness_error_t **out;

	VA_ARGS_VGET(args, out);
	return orig->enumerate(orig, out);
}

METHOD(crypto_map_t, create_freshness_enumerator, enumerator_t*,
	fake_map_t *this)
{
	linked_list_t *list = linked_list_create();
	u_int i;

	for (i = 0; i < this->error_count; i++)
	{
		list->insert_last(list, &this->errors[i]);
	}
	return enumerator_create_filter(list->create_enumerator(list),
									error_filter, list,
									(void*)list->destroy);
}

METHOD(crypto_map_t, reset_freshness, void,
	fake_map_t *this, uint32_t sas)
{
	this->reset |= sas;
}

METHOD(crypto_map_t, create_stats_enumerator, enumerator_t*,
	fake_map_t *this)
{
	static crypto_map_stat_t stat = { .name = "encrypted", .value = 3 };

	return enumerator_create_single(&stat, NULL);
}

METHOD(crypto_map_t, get_unknown_spi, bool,
	fake_map_t *this, uint32_t *spi)
{
	*spi = this->unknown_spi;
	this->unknown_spi = 0;
	return *spi != 0;
}

METHOD(crypto_map_t, destroy, void,
	fake_map_t *this)
{
	fake_maps--;
}

crypto_map_t *fake_map_create(const crypto_map_params_t *params)
{
	INIT(fake_map,
		.public = {
			.attach = _attach,
			.detach = _detach,
			.refresh = _refresh,
			.set_acl = _set_acl,
			.set_spis = _set_spis,
			.set_esp = _set_esp,
			.set_ready = _set_ready,
			.set_direction = _set_direction,
			.set_servers = _set_servers,
			.set_freshness = _set_freshness,
			.set_stamped = _set_stamped,
			.get_freshness = _get_freshness,
			.create_freshness_enumerator = _create_freshness_enumerator,
			.reset_freshness = _reset_freshness,
			.create_stats_enumerator = _create_stats_enumerator,
			.get_unknown_spi = _get_unknown_spi,
			.destroy = _destroy,
		},
		.next = maps,
	);
	maps = fake_map;
	snprintf(fake_map->name, sizeof(fake_map->name), "%s %s %u", params->group,
			 params->interface, params->index);
	fake_maps++;
	return &fake_map->public;
}

void fake_map_cleanup()
{
	fake_map_t *next;

	while (maps)
	{
		next = maps->next;
		free(maps);
		maps = next;
	}
	fake_map = NULL;
	fake_maps = fake_attached = 0;
	fake_refuses = FALSE;
}
