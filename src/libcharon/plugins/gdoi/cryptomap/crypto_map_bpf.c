/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _GNU_SOURCE

#include "crypto_map_bpf.h"
#include "cm_freshness.h"
#include "cm_icmp.h"
#include "cm_ids.h"
#include "cm_netlink.h"
#include "cm_programs.h"
#include "cm_settings.h"
#include "cm_setup.h"

#include <collections/linked_list.h>
#include <threading/mutex.h>

#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <unistd.h>

typedef struct private_crypto_map_t private_crypto_map_t;

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
	 * Programs, NULL while not attached.
	 */
	cm_programs_t *programs;

	/**
	 * Freshness of packets.
	 */
	cm_freshness_t *freshness;

	/**
	 * Settings and lists: own memory while not attached, else that of the
	 * programs.
	 */
	struct cm_shared *shared;

	/**
	 * Index of the interface, 0 while not attached.
	 */
	u_int ifindex;

	/**
	 * Index of the VRF's device that the interface is in, 0 if none. The
	 * watcher's thread reads it without the mutex.
	 */
	u_int vrf;

	/**
	 * Limit of ICMP answers, used by the watcher's thread only.
	 */
	cm_icmp_limit_t limit;

	/**
	 * Protects all of it.
	 */
	mutex_t *mutex;
};

/**
 * Enumerator over counters.
 */
typedef struct {
	enumerator_t public;
	uint64_t values[CM_STATS];
	crypto_map_stat_t current;
	u_int next;
} stats_enumerator_t;

/**
 * Names of the counters, order of enum cm_stat.
 */
static const char *stat_names[] = {
	"encrypted",
	"decrypted",
	"sent-clear",
	"received-clear",
	"bypassed",
	"redirected",
	"drop-not-ready",
	"drop-list",
	"drop-no-slot",
	"drop-anchor",
	"drop-clear",
	"drop-unknown-spi",
	"drop-addresses",
	"drop-selector",
	"drop-too-big",
	"drop-malformed",
	"pmtu-learned",
	"esp-fragments",
	"cached-verdicts",
	"drop-freshness",
};

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

/**
 * Check that an interface exists and has Ethernet headers.
 *
 * @return			its index, 0 with a reason if not
 */
static u_int check_interface(const char *name, char **reason)
{
	struct ifreq ifr = {};
	u_int ifindex = cm_netlink_get_index(name);
	int fd, res;

	if (!ifindex)
	{
		*reason = strdup("no such interface");
		return 0;
	}
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	strncpy(ifr.ifr_name, name, IFNAMSIZ - 1);
	res = fd < 0 ? -1 : ioctl(fd, SIOCGIFHWADDR, &ifr);
	if (fd >= 0)
	{
		close(fd);
	}
	if (res != 0 || ifr.ifr_hwaddr.sa_family != ARPHRD_ETHER)
	{
		*reason = strdup("interface has no Ethernet header");
		return 0;
	}
	return ifindex;
}

/**
 * Answer what does not fit.
 */
static void on_event(private_crypto_map_t *this, const struct cm_event *event)
{
	cm_icmp_answer(event, &this->limit,
				   __atomic_load_n(&this->vrf, __ATOMIC_RELAXED));
}

/**
 * Say why programs can't be loaded.
 */
static const char *explain(int err)
{
	switch (err)
	{
		case EPERM:
		case EACCES:
			return "no permission to load BPF programs, they need CAP_BPF, "
				   "CAP_PERFMON and CAP_NET_ADMIN";
		case EINVAL:
			return "the kernel refuses the BPF programs, it must be 5.17 or "
				   "newer";
		default:
			return strerror(err);
	}
}

/**
 * Follow the interface into a VRF, out of it or into another one. What is
 * decrypted between the move and this call has its addresses not compared.
 *
 * @return			0 or an errno
 */
static int follow_vrf(private_crypto_map_t *this, cm_programs_t *programs,
					  u_int vrf)
{
	if (this->vrf && this->vrf != vrf)
	{
		cm_programs_purge_vrf(this->vrf, this->ids->index);
		cm_setup_leave_vrf(this->ids, this->vrf);
	}
	__atomic_store_n(&this->vrf, vrf, __ATOMIC_RELAXED);
	return vrf ? programs->attach_vrf(programs, vrf, this->ids->index) : 0;
}

/**
 * Tell freshness where it is to be.
 */
static void attach_freshness(private_crypto_map_t *this,
							 cm_programs_t *programs, u_int ifindex,
							 u_int xfrm)
{
	freshness_place_t place = {
		.interface = this->ids->interface,
		.ifindex = ifindex,
		.xfrm = this->ids->link,
		.xfrm_ifindex = xfrm,
		.index = this->ids->index,
	};

	programs->get_fds(programs, &place);
	this->freshness->attach(this->freshness, &place);
}

/**
 * Load the programs, give them our settings and attach them.
 */
static bool attach_programs(private_crypto_map_t *this, u_int ifindex,
							u_int xfrm, char **reason)
{
	cm_programs_t *programs;
	struct cm_shared *shared;
	int err;

	programs = cm_programs_create((cm_programs_cb_t)on_event, this, &err);
	if (!programs)
	{
		*reason = strdup(explain(err));
		return FALSE;
	}
	shared = programs->get_shared(programs);
	this->shared->config.xfrm_ifindex = xfrm;
	this->shared->config.ifindex = ifindex;
	memset(this->shared->cpu, 0, sizeof(this->shared->cpu));
	memcpy(shared, this->shared, sizeof(*shared));
	cm_programs_prepare(xfrm);
	attach_freshness(this, programs, ifindex, xfrm);
	/* the first packet that comes back decrypted is to meet it */
	err = follow_vrf(this, programs, cm_netlink_get_vrf(ifindex)) ?:
		  programs->attach(programs, ifindex, this->ids->interface);
	if (err)
	{
		*reason = strdup(strerror(err));
		this->freshness->detach(this->freshness, FALSE);
		programs->destroy(programs);
		return FALSE;
	}
	free(this->shared);
	this->shared = shared;
	this->programs = programs;
	this->ifindex = ifindex;
	return TRUE;
}

/**
 * Do the work of attach().
 */
static bool do_attach(private_crypto_map_t *this, char **reason)
{
	char alias[CM_ALIAS_LEN];
	u_int ifindex, xfrm;

	ifindex = check_interface(this->ids->interface, reason);
	if (!ifindex)
	{
		return FALSE;
	}
	xfrm = cm_netlink_add_xfrm(this->ids->link, this->ids->if_id,
							   cm_ids_print_alias(this->ids, alias));
	if (!xfrm || !cm_setup_up(this->ids, ifindex))
	{
		*reason = strdup("kernel refuses the XFRM interface, an address or a "
						 "route (see the log)");
	}
	else if (attach_programs(this, ifindex, xfrm, reason))
	{
		cm_setup_purge(this->ids->interface, this->ids);
		return TRUE;
	}
	follow_vrf(this, NULL, 0);
	cm_setup_down(this->ids, ifindex);
	return FALSE;
}

METHOD(crypto_map_t, attach, bool,
	private_crypto_map_t *this, char **reason)
{
	char *why = NULL;
	bool good;

	this->mutex->lock(this->mutex);
	good = this->programs || do_attach(this, &why);
	this->mutex->unlock(this->mutex);
	if (reason)
	{
		*reason = why;
	}
	else
	{
		free(why);
	}
	return good;
}

METHOD(crypto_map_t, detach, void,
	private_crypto_map_t *this)
{
	struct cm_shared *shared;

	this->mutex->lock(this->mutex);
	if (this->programs)
	{
		INIT(shared);
		memcpy(shared, this->shared, sizeof(*shared));
		this->shared = shared;
		this->programs->detach(this->programs);
		this->freshness->detach(this->freshness, FALSE);
		this->programs->destroy(this->programs);
		this->programs = NULL;
		follow_vrf(this, NULL, 0);
		cm_setup_down(this->ids, this->ifindex);
		this->ifindex = 0;
	}
	this->mutex->unlock(this->mutex);
}

METHOD(crypto_map_t, refresh, bool,
	private_crypto_map_t *this)
{
	bool good = TRUE;

	this->mutex->lock(this->mutex);
	if (this->programs)
	{
		good = cm_netlink_get_index(this->ids->interface) == this->ifindex &&
			   cm_setup_up(this->ids, this->ifindex) &&
			   follow_vrf(this, this->programs,
						  cm_netlink_get_vrf(this->ifindex)) == 0;
	}
	this->mutex->unlock(this->mutex);
	return good;
}

METHOD(crypto_map_t, set_acl, bool,
	private_crypto_map_t *this, const crypto_map_line_t *lines, u_int count,
	bool fallback)
{
	bool good;

	this->mutex->lock(this->mutex);
	good = cm_settings_acl(this->shared, lines, count);
	this->mutex->unlock(this->mutex);
	return good;
}

METHOD(crypto_map_t, set_spis, bool,
	private_crypto_map_t *this, const uint32_t *spis, const uint32_t *sas,
	u_int count)
{
	bool good;

	this->mutex->lock(this->mutex);
	good = cm_settings_spis(this->shared, spis, sas, count);
	this->mutex->unlock(this->mutex);
	return good;
}

METHOD(crypto_map_t, set_esp, void,
	private_crypto_map_t *this, u_int sa, const crypto_map_esp_t *esp)
{
	this->mutex->lock(this->mutex);
	cm_settings_esp(this->shared, sa, esp);
	this->mutex->unlock(this->mutex);
}

METHOD(crypto_map_t, set_ready, void,
	private_crypto_map_t *this, u_int sa, bool ready)
{
	this->mutex->lock(this->mutex);
	cm_settings_ready(this->shared, sa, ready);
	this->mutex->unlock(this->mutex);
}

METHOD(crypto_map_t, set_direction, void,
	private_crypto_map_t *this, u_int sa, crypto_map_direction_t dir)
{
	this->mutex->lock(this->mutex);
	cm_settings_direction(this->shared, sa, dir);
	this->mutex->unlock(this->mutex);
}

METHOD(crypto_map_t, set_freshness, bool,
	private_crypto_map_t *this, u_int sa, const freshness_policy_t *policy)
{
	bool good;

	this->mutex->lock(this->mutex);
	good = this->freshness->set_policy(this->freshness, sa, policy);
	this->mutex->unlock(this->mutex);
	return good;
}

METHOD(crypto_map_t, set_stamped, void,
	private_crypto_map_t *this, u_int sa, bool stamped)
{
	this->mutex->lock(this->mutex);
	cm_settings_stamped(this->shared, sa, stamped);
	this->mutex->unlock(this->mutex);
}

METHOD(crypto_map_t, get_freshness, bool,
	private_crypto_map_t *this, u_int sa, freshness_counters_t *counters)
{
	bool found;

	this->mutex->lock(this->mutex);
	found = this->freshness->get_counters(this->freshness, sa, counters);
	this->mutex->unlock(this->mutex);
	return found;
}

METHOD(crypto_map_t, create_freshness_enumerator, enumerator_t*,
	private_crypto_map_t *this)
{
	enumerator_t *enumerator;

	this->mutex->lock(this->mutex);
	enumerator = this->freshness->create_enumerator(this->freshness);
	this->mutex->unlock(this->mutex);
	return enumerator;
}

METHOD(crypto_map_t, reset_freshness, void,
	private_crypto_map_t *this, uint32_t sas)
{
	this->mutex->lock(this->mutex);
	this->freshness->reset(this->freshness, sas);
	this->mutex->unlock(this->mutex);
}

METHOD(crypto_map_t, set_servers, bool,
	private_crypto_map_t *this, host_t **servers, u_int count)
{
	bool good;

	this->mutex->lock(this->mutex);
	good = cm_settings_servers(this->shared, servers, count);
	this->mutex->unlock(this->mutex);
	return good;
}

METHOD(enumerator_t, stats_enumerate, bool,
	stats_enumerator_t *this, va_list args)
{
	crypto_map_stat_t **stat;

	VA_ARGS_VGET(args, stat);
	if (this->next >= CM_STATS)
	{
		return FALSE;
	}
	this->current.name = stat_names[this->next];
	this->current.value = this->values[this->next++];
	*stat = &this->current;
	return TRUE;
}

METHOD(crypto_map_t, claim_spi, bool,
	private_crypto_map_t *this, uint32_t spi, char **owner)
{
	return TRUE;
}

METHOD(crypto_map_t, create_stats_enumerator, enumerator_t*,
	private_crypto_map_t *this)
{
	stats_enumerator_t *enumerator;
	u_int i;

	INIT(enumerator,
		.public = {
			.enumerate = enumerator_enumerate_default,
			.venumerate = _stats_enumerate,
			.destroy = (void*)free,
		},
	);
	this->mutex->lock(this->mutex);
	for (i = 0; i < CM_STATS; i++)
	{
		enumerator->values[i] = cm_settings_count(this->shared, i);
	}
	this->mutex->unlock(this->mutex);
	return &enumerator->public;
}

METHOD(crypto_map_t, get_unknown_spi, bool,
	private_crypto_map_t *this, uint32_t *spi)
{
	this->mutex->lock(this->mutex);
	*spi = __atomic_exchange_n(&this->shared->unknown_spi, 0,
							   __ATOMIC_RELAXED);
	this->mutex->unlock(this->mutex);
	return *spi != 0;
}

/**
 * Read a probe's IV.
 */
static bool read_probe(private_crypto_map_t *this, u_int slot, uint32_t spi,
					   uint64_t *iv)
{
	bool found;

	this->mutex->lock(this->mutex);
	found = cm_settings_probe(this->shared, slot, spi, iv);
	this->mutex->unlock(this->mutex);
	return found;
}

METHOD(crypto_map_t, create_sampler, sid_sampler_t*,
	private_crypto_map_t *this, int family, uint32_t spi, uint8_t bits,
	const uint32_t *sids, u_int count)
{
	sid_sampler_params_t params = {
		.local = cm_ids_anchor(this->ids, family, TRUE),
		.remote = cm_ids_anchor(this->ids, family, FALSE),
		.spi = spi,
		.if_id = this->ids->if_id,
		.bits = bits,
		.count = count,
	};

	if (!this->programs || count > countof(params.sids))
	{
		return NULL;
	}
	memcpy(params.sids, sids, count * sizeof(*sids));
	return sid_sampler_create(&params, this->ids->interface,
							  (sid_sampler_cb_t)read_probe, this);
}

METHOD(crypto_map_t, destroy, void,
	private_crypto_map_t *this)
{
	if (this->programs)
	{
		this->freshness->detach(this->freshness, TRUE);
		this->programs->destroy(this->programs);
	}
	else
	{
		free(this->shared);
	}
	this->freshness->destroy(this->freshness);
	this->mutex->destroy(this->mutex);
	cm_ids_destroy(this->ids);
	free(this);
}

crypto_map_t *crypto_map_bpf_create(const crypto_map_params_t *params)
{
	private_crypto_map_t *this;
	cm_ids_t *ids;

	ids = cm_ids_create(params);
	if (!ids)
	{
		return NULL;
	}
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
		.freshness = cm_freshness_create(ids->interface),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	INIT(this->shared);
	cm_settings_init(this->shared, ids);
	return &this->public;
}
