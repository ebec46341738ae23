/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "crypto_map_recorder.h"
#include "cm_ids.h"
#include "cm_netlink.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

typedef struct private_crypto_map_t private_crypto_map_t;
typedef struct fake_sampler_t fake_sampler_t;

/**
 * Private data of a crypto_map_t object.
 */
struct private_crypto_map_t {

	/**
	 * Public interface.
	 */
	crypto_map_t public;

	/**
	 * Names and numbers.
	 */
	cm_ids_t *ids;

	/**
	 * File to write to, NULL if none is configured.
	 */
	char *path;

	/**
	 * Freshness of SAs.
	 */
	freshness_policy_t freshness[CRYPTO_MAP_SAS];
};

/**
 * Enumerator over errors of a file.
 */
typedef struct {
	enumerator_t public;
	private_crypto_map_t *map;
	freshness_error_t current;
	FILE *file;
} error_enumerator_t;

/**
 * Append to the file: opened for every action, so that a reader sees whole
 * lines and several objects can share it.
 */
static void record(private_crypto_map_t *this, char *fmt, ...)
{
	va_list args;
	FILE *file;

	if (!this->path)
	{
		return;
	}
	file = fopen(this->path, "ae");
	if (!file)
	{
		DBG1(DBG_CFG, "opening '%s' failed: %s", this->path, strerror(errno));
		return;
	}
	va_start(args, fmt);
	vfprintf(file, fmt, args);
	va_end(args);
	fclose(file);
}

METHOD(crypto_map_t, get_interface, const char*,
	private_crypto_map_t *this)
{
	return this->ids->interface;
}

METHOD(crypto_map_t, get_anchor, host_t*,
	private_crypto_map_t *this, int family, bool local)
{
	return cm_ids_anchor(this->ids, family, local);
}

METHOD(crypto_map_t, get_if_id, uint32_t,
	private_crypto_map_t *this)
{
	return this->ids->if_id;
}

METHOD(crypto_map_t, get_mark, mark_t,
	private_crypto_map_t *this, u_int sa, bool stamped)
{
	return cm_ids_mark(sa, stamped);
}

METHOD(crypto_map_t, attach, bool,
	private_crypto_map_t *this, char **reason)
{
	bool good = cm_netlink_get_index(this->ids->interface) != 0;

	if (reason)
	{
		*reason = good ? NULL : strdup("no such interface");
	}
	if (good)
	{
		record(this, "attach %s %s %u\n", this->ids->group,
			   this->ids->interface, this->ids->index);
	}
	return good;
}

METHOD(crypto_map_t, detach, void,
	private_crypto_map_t *this)
{
	record(this, "detach %s %s\n", this->ids->group, this->ids->interface);
}

METHOD(crypto_map_t, refresh, bool,
	private_crypto_map_t *this)
{
	record(this, "refresh %s\n", this->ids->group);
	return TRUE;
}

METHOD(crypto_map_t, set_acl, bool,
	private_crypto_map_t *this, const crypto_map_line_t *lines, u_int count,
	bool fallback)
{
	char text[GROUP_ACE_TEXT_LEN], *all = NULL;
	size_t len = 0;
	FILE *mem;
	u_int i;

	if (count > CRYPTO_MAP_LINES)
	{
		return FALSE;
	}
	mem = open_memstream(&all, &len);
	if (mem)
	{
		for (i = 0; i < count; i++)
		{
			fprintf(mem, "  %s -> ",
					group_ace_print(&lines[i].ace, text, sizeof(text)));
			if (lines[i].sa == CRYPTO_MAP_DROP)
			{
				fprintf(mem, "drop\n");
			}
			else
			{
				fprintf(mem, "%u\n", lines[i].sa);
			}
		}
		fclose(mem);
	}
	record(this, "acl %s %u%s\n%s", this->ids->group, count,
		   fallback ? " fallback" : "", all ?: "");
	free(all);
	return TRUE;
}

METHOD(crypto_map_t, set_spis, bool,
	private_crypto_map_t *this, const uint32_t *spis, const uint32_t *sas,
	u_int count)
{
	char buf[CRYPTO_MAP_SPIS * 20 + 1] = "";
	size_t pos = 0;
	u_int i;

	if (count > CRYPTO_MAP_SPIS)
	{
		return FALSE;
	}
	for (i = 0; i < count; i++)
	{
		pos += snprintf(buf + pos, sizeof(buf) - pos, " %08x", ntohl(spis[i]));
		if (sas)
		{
			pos += snprintf(buf + pos, sizeof(buf) - pos, "/%04x%s",
							sas[i] & 0xffff,
							sas[i] & CRYPTO_MAP_SPI_STAMPED ? "+fresh" : "");
		}
	}
	record(this, "spis %s%s\n", this->ids->group, buf);
	return TRUE;
}

METHOD(crypto_map_t, set_esp, void,
	private_crypto_map_t *this, u_int sa, const crypto_map_esp_t *esp)
{
	record(this, "esp %s %u %u %u %u\n", this->ids->group, sa, esp->block,
		   esp->iv, esp->icv);
}

METHOD(crypto_map_t, set_ready, void,
	private_crypto_map_t *this, u_int sa, bool ready)
{
	record(this, "ready %s %u %s\n", this->ids->group, sa,
		   ready ? "yes" : "no");
}

METHOD(crypto_map_t, set_direction, void,
	private_crypto_map_t *this, u_int sa, crypto_map_direction_t dir)
{
	static const char *names[] = {
		"both", "inbound-optional", "inbound-only",
	};

	record(this, "direction %s %u %s\n", this->ids->group, sa, names[dir]);
}

METHOD(crypto_map_t, set_servers, bool,
	private_crypto_map_t *this, host_t **servers, u_int count)
{
	char buf[CRYPTO_MAP_SERVERS * (INET6_ADDRSTRLEN + 1) + 1] = "";
	size_t pos = 0;
	u_int i;

	if (count > CRYPTO_MAP_SERVERS)
	{
		return FALSE;
	}
	for (i = 0; i < count; i++)
	{
		pos += snprintf(buf + pos, sizeof(buf) - pos, " %H", servers[i]);
	}
	record(this, "servers %s%s\n", this->ids->group, buf);
	return TRUE;
}

/**
 * Open the file with what is counted, NULL if there is none.
 */
static FILE *open_freshness(private_crypto_map_t *this)
{
	char path[PATH_MAX];

	if (!this->path || snprintf(path, sizeof(path), "%s.freshness",
								this->path) >= sizeof(path))
	{
		return NULL;
	}
	return fopen(path, "re");
}

/**
 * Does the file say that there can't be any?
 */
static bool is_unable(private_crypto_map_t *this)
{
	FILE *file = open_freshness(this);
	bool unable = FALSE;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
	{
		unable = unable || strpfx(line, "unable");
	}
	if (file)
	{
		fclose(file);
	}
	return unable;
}

METHOD(crypto_map_t, set_freshness, bool,
	private_crypto_map_t *this, u_int sa, const freshness_policy_t *policy)
{
	static const freshness_policy_t none = {};
	char how[64] = "";

	policy = policy ?: &none;
	if (policy->method != FRESHNESS_NONE && is_unable(this))
	{
		record(this, "freshness %s %u unable\n", this->ids->group, sa);
		return FALSE;
	}
	switch (policy->method)
	{
		case FRESHNESS_NONE:
			record(this, "freshness %s %u none\n", this->ids->group, sa);
			this->freshness[sa % CRYPTO_MAP_SAS] = none;
			return TRUE;
		case FRESHNESS_D3P:
			snprintf(how, sizeof(how), "d3p %u", policy->type);
			break;
		case FRESHNESS_TBAR:
			snprintf(how, sizeof(how), "tbar %u %u %u", policy->epoch,
					 policy->ticks, policy->tick_ms);
			break;
	}
	record(this, "freshness %s %u %s %u %u %u %u %s\n", this->ids->group, sa,
		   how, policy->protocol, policy->header, policy->allowed_ms,
		   policy->window_ms, policy->clear_df ? "clear" : "copy");
	this->freshness[sa % CRYPTO_MAP_SAS] = *policy;
	return TRUE;
}

METHOD(crypto_map_t, set_stamped, void,
	private_crypto_map_t *this, u_int sa, bool stamped)
{
	record(this, "stamped %s %u %s\n", this->ids->group, sa,
		   stamped ? "yes" : "no");
}

/**
 * Read the counters that a line has for an SA.
 */
static void read_counters(char *line, u_int sa, freshness_counters_t *counters)
{
	freshness_counters_t new = {};
	uint64_t *errors = new.errors;
	u_int i, of;

	if (sscanf(line, "counters %u %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
			   " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNd64,
			   &of, &new.in, &new.out, &new.out_errors,
			   &errors[FRESHNESS_MISSING], &errors[FRESHNESS_MALFORMED],
			   &errors[FRESHNESS_EPOCH], &errors[FRESHNESS_EARLY],
			   &errors[FRESHNESS_LATE], &new.max_delta_ms) == 10 && of == sa)
	{
		for (i = 0; i < FRESHNESS_ERROR_KINDS; i++)
		{
			new.in_errors += errors[i];
		}
		*counters = new;
	}
}

METHOD(crypto_map_t, get_freshness, bool,
	private_crypto_map_t *this, u_int sa, freshness_counters_t *counters)
{
	char line[256];
	FILE *file;

	memset(counters, 0, sizeof(*counters));
	if (this->freshness[sa % CRYPTO_MAP_SAS].method == FRESHNESS_NONE)
	{
		return FALSE;
	}
	file = open_freshness(this);
	while (file && fgets(line, sizeof(line), file))
	{
		read_counters(line, sa, counters);
	}
	if (file)
	{
		fclose(file);
	}
	return TRUE;
}

METHOD(enumerator_t, error_enumerate, bool,
	error_enumerator_t *this, va_list args)
{
	freshness_error_t *error = &this->current, **out;
	char line[256], source[INET6_ADDRSTRLEN];
	u_int kind, sa;
	long at;

	VA_ARGS_VGET(args, out);
	DESTROY_IF(error->source);
	error->source = NULL;
	while (this->file && fgets(line, sizeof(line), this->file))
	{
		if (sscanf(line, "error %u %u %ld %45s %lf %lf %lf", &sa, &kind, &at,
				   source, &error->my_time, &error->peer_time,
				   &error->window) != 7)
		{
			continue;
		}
		error->sa = sa;
		error->kind = kind;
		error->at = at;
		error->method = this->map->freshness[sa % CRYPTO_MAP_SAS].method;
		error->source = host_create_from_string(source, 0);
		if (error->source)
		{
			*out = error;
			return TRUE;
		}
	}
	return FALSE;
}

METHOD(enumerator_t, error_destroy, void,
	error_enumerator_t *this)
{
	DESTROY_IF(this->current.source);
	if (this->file)
	{
		fclose(this->file);
	}
	free(this);
}

METHOD(crypto_map_t, create_freshness_enumerator, enumerator_t*,
	private_crypto_map_t *this)
{
	error_enumerator_t *enumerator;

	INIT(enumerator,
		.public = {
			.enumerate = enumerator_enumerate_default,
			.venumerate = _error_enumerate,
			.destroy = _error_destroy,
		},
		.map = this,
		.file = open_freshness(this),
	);
	return &enumerator->public;
}

METHOD(crypto_map_t, reset_freshness, void,
	private_crypto_map_t *this, uint32_t sas)
{
	char path[PATH_MAX];

	record(this, "reset %s %04x\n", this->ids->group, sas & 0xffff);
	if (this->path && snprintf(path, sizeof(path), "%s.freshness",
							   this->path) < sizeof(path))
	{
		unlink(path);
	}
}

METHOD(crypto_map_t, claim_spi, bool,
	private_crypto_map_t *this, uint32_t spi, char **owner)
{
	return TRUE;
}

METHOD(crypto_map_t, create_stats_enumerator, enumerator_t*,
	private_crypto_map_t *this)
{
	return enumerator_create_empty();
}

METHOD(crypto_map_t, get_unknown_spi, bool,
	private_crypto_map_t *this, uint32_t *spi)
{
	char path[PATH_MAX];
	u_int value = 0;
	FILE *file;

	if (!this->path || snprintf(path, sizeof(path), "%s.unknown-spi",
								this->path) >= sizeof(path))
	{
		return FALSE;
	}
	file = fopen(path, "re");
	if (!file)
	{
		return FALSE;
	}
	if (fscanf(file, "%8x", &value) != 1)
	{
		value = 0;
	}
	fclose(file);
	unlink(path);
	*spi = htonl(value);
	return value != 0;
}

/**
 * A sampler that has its Sender ID at once.
 */
struct fake_sampler_t {

	/**
	 * Public interface.
	 */
	sid_sampler_t public;

	/**
	 * Recorder that it belongs to.
	 */
	private_crypto_map_t *map;

	/**
	 * What is to be sampled.
	 */
	int family;
	uint32_t spi;
	uint8_t bits;
	uint32_t sid;
};

METHOD(sid_sampler_t, sampler_run, sid_sampler_status_t,
	fake_sampler_t *this, u_int ms)
{
	record(this->map, "sid %s %08x %d %u %u\n", this->map->ids->group,
		   ntohl(this->spi), this->family == AF_INET ? 4 : 6, this->bits,
		   this->sid);
	return SID_SAMPLER_DONE;
}

METHOD(sid_sampler_t, sampler_get_sid, uint32_t,
	fake_sampler_t *this)
{
	return this->sid;
}

METHOD(crypto_map_t, create_sampler, sid_sampler_t*,
	private_crypto_map_t *this, int family, uint32_t spi, uint8_t bits,
	const uint32_t *sids, u_int count)
{
	fake_sampler_t *sampler;

	if (!sid_sampler_is_possible(bits, sids, count))
	{
		return NULL;
	}
	INIT(sampler,
		.public = {
			.run = _sampler_run,
			.get_tries = (void*)return_null,
			.get_sid = _sampler_get_sid,
			.get_reason = (void*)return_null,
			.destroy = (void*)free,
		},
		.map = this,
		.family = family,
		.spi = spi,
		.bits = bits,
		.sid = sids[0],
	);
	return &sampler->public;
}

METHOD(crypto_map_t, destroy, void,
	private_crypto_map_t *this)
{
	cm_ids_destroy(this->ids);
	free(this->path);
	free(this);
}

crypto_map_t *crypto_map_recorder_create(const crypto_map_params_t *params)
{
	private_crypto_map_t *this;
	cm_ids_t *ids;
	char *path;

	ids = cm_ids_create(params);
	if (!ids)
	{
		return NULL;
	}
	path = lib->settings->get_str(lib->settings,
						"%s.plugins.gdoi.crypto_map_record", NULL, lib->ns);
	INIT(this,
		.public = {
			.get_interface = _get_interface,
			.get_anchor = _get_anchor,
			.get_if_id = _get_if_id,
			.get_mark = _get_mark,
			.attach = _attach,
			.detach = _detach,
			.refresh = _refresh,
			.set_acl = _set_acl,
			.set_spis = _set_spis,
			.set_esp = _set_esp,
			.set_ready = _set_ready,
			.set_direction = _set_direction,
			.set_freshness = _set_freshness,
			.set_stamped = _set_stamped,
			.get_freshness = _get_freshness,
			.create_freshness_enumerator = _create_freshness_enumerator,
			.reset_freshness = _reset_freshness,
			.set_servers = _set_servers,
			.claim_spi = _claim_spi,
			.release_spi = (void*)nop,
			.create_sampler = _create_sampler,
			.create_stats_enumerator = _create_stats_enumerator,
			.get_unknown_spi = _get_unknown_spi,
			.destroy = _destroy,
		},
		.ids = ids,
		.path = path ? strdup(path) : NULL,
	);
	return &this->public;
}
