/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoi_plugin.h"
#include "gdoi_log.h"
#include "config/group_config.h"
#include "member/gm_manager.h"
#include "transport/gdoi_socket.h"
#include "transport/gdoi_transport.h"
#include "vici/gdoi_vici.h"
#include "vici/group_vici.h"

#include <charon_version.h>

#include <daemon.h>

typedef struct private_gdoi_plugin_t private_gdoi_plugin_t;

/**
 * Private data
 */
struct private_gdoi_plugin_t {

	/**
	 * Public interface
	 */
	gdoi_plugin_t public;

	/**
	 * Operator's log
	 */
	gdoi_log_t *log;

	/**
	 * VICI service
	 */
	gdoi_vici_t *vici;

	/**
	 * Transport
	 */
	gdoi_transport_t *transport;

	/**
	 * Loaded groups
	 */
	group_config_t *config;

	/**
	 * VICI commands about groups
	 */
	group_vici_t *group_vici;

	/**
	 * Group members
	 */
	gm_manager_t *members;
};

METHOD(plugin_t, get_name, char*,
	private_gdoi_plugin_t *this)
{
	return "gdoi";
}

/**
 * Add the transport's counters to the stats command
 */
static void add_transport_stats(void *user, vici_builder_t *builder)
{
	gdoi_transport_t *transport = user;
	enumerator_t *enumerator;
	const char *name;
	uint64_t value;

	enumerator = transport->create_counter_enumerator(transport);
	while (enumerator->enumerate(enumerator, &name, &value))
	{
		builder->add_kv(builder, (char*)name, "%llu",
						(unsigned long long)value);
	}
	enumerator->destroy(enumerator);
}

/**
 * Take everything down, in reverse order of start()
 */
static void stop(private_gdoi_plugin_t *this)
{
	if (this->config && this->members)
	{
		this->config->remove_role(this->config, &this->members->role);
	}
	DESTROY_IF(this->group_vici);
	DESTROY_IF(this->members);
	lib->set(lib, GROUP_CONFIG_NAME, NULL);
	DESTROY_IF(this->config);
	lib->set(lib, GDOI_TRANSPORT_NAME, NULL);
	if (this->transport)
	{
		this->vici->remove_stats(this->vici, "transport");
		this->transport->destroy(this->transport);
	}
	lib->set(lib, GDOI_VICI_NAME, NULL);
	DESTROY_IF(this->vici);
	lib->set(lib, GDOI_LOG_NAME, NULL);
	DESTROY_IF(this->log);
	this->group_vici = NULL;
	this->members = NULL;
	this->config = NULL;
	this->transport = NULL;
	this->vici = NULL;
	this->log = NULL;
}

/**
 * Bring everything up; later objects look up earlier ones by name
 */
static bool start(private_gdoi_plugin_t *this)
{
	this->log = gdoi_log_create();
	lib->set(lib, GDOI_LOG_NAME, this->log);
	this->vici = gdoi_vici_create();
	if (!this->vici)
	{
		return FALSE;
	}
	lib->set(lib, GDOI_VICI_NAME, this->vici);
	this->transport = gdoi_transport_create();
	if (!this->transport)
	{
		return FALSE;
	}
	lib->set(lib, GDOI_TRANSPORT_NAME, this->transport);
	this->vici->add_stats(this->vici, "transport", add_transport_stats,
						  this->transport);
	this->config = group_config_create();
	lib->set(lib, GROUP_CONFIG_NAME, this->config);
	this->members = gm_manager_create();
	this->config->add_role(this->config, &this->members->role);
	this->group_vici = group_vici_create();
	return TRUE;
}

/**
 * Start or stop with the feature
 */
static bool plugin_cb(private_gdoi_plugin_t *this, plugin_feature_t *feature,
					  bool reg, void *data)
{
	if (reg && !start(this))
	{
		stop(this);
		return FALSE;
	}
	if (!reg)
	{
		stop(this);
	}
	return TRUE;
}

/**
 * Read the groups once all roles are there.
 *
 * A bad file must not keep charon from starting: its errors are logged and
 * the administrator loads a mended one.
 */
static bool load_cb(private_gdoi_plugin_t *this, plugin_feature_t *feature,
					bool reg, void *data)
{
	if (reg)
	{
		this->config->load_file(this->config);
	}
	return TRUE;
}

METHOD(plugin_t, get_features, int,
	private_gdoi_plugin_t *this, plugin_feature_t *features[])
{
	static plugin_feature_t f[] = {
		PLUGIN_CALLBACK(socket_register, gdoi_socket_create),
			PLUGIN_PROVIDE(CUSTOM, "socket"),
				/* exempts sockets from policies, and UDP 4500 needs it */
				PLUGIN_SDEPEND(CUSTOM, "kernel-ipsec"),
		PLUGIN_CALLBACK((plugin_feature_callback_t)plugin_cb, NULL),
			PLUGIN_PROVIDE(CUSTOM, "gdoi"),
				PLUGIN_DEPENDS(CUSTOM, "vici"),
				PLUGIN_SDEPEND(CUSTOM, "kernel-ipsec"),
				PLUGIN_SDEPEND(CUSTOM, "kernel-net"),
		PLUGIN_CALLBACK((plugin_feature_callback_t)load_cb, NULL),
			PLUGIN_PROVIDE(CUSTOM, "gdoi-groups"),
				PLUGIN_DEPENDS(CUSTOM, "gdoi"),
				PLUGIN_SDEPEND(CUSTOM, "gdoi-ks"),
				PLUGIN_SDEPEND(CUSTOM, "d3p"),
				/* signature keys of key servers */
				PLUGIN_SDEPEND(PRIVKEY, KEY_ANY),
				PLUGIN_SDEPEND(PRIVKEY, KEY_RSA),
				PLUGIN_SDEPEND(PRIVKEY, KEY_ECDSA),
				PLUGIN_SDEPEND(PUBKEY, KEY_RSA),
				PLUGIN_SDEPEND(PUBKEY, KEY_ECDSA),
	};
	*features = f;
	return countof(f);
}

METHOD(plugin_t, reload, bool,
	private_gdoi_plugin_t *this)
{
	return this->config && this->config->load_file(this->config);
}

METHOD(plugin_t, destroy, void,
	private_gdoi_plugin_t *this)
{
	free(this);
}

/*
 * Described in header of plugin_t
 */
plugin_t *gdoi_plugin_create()
{
	private_gdoi_plugin_t *this;

	if (!charon_version_matches("gdoi") ||
		!lib->caps->keep(lib->caps, CAP_NET_BIND_SERVICE) ||
		!lib->caps->keep(lib->caps, CAP_NET_ADMIN))
	{
		return NULL;
	}
	/* crypto maps load BPF programs and answer with ICMP; a key server alone
	 * does without, so that lacking these is the affair of a member, which
	 * names them in its state */
	if (!lib->caps->keep(lib->caps, CAP_BPF) ||
		!lib->caps->keep(lib->caps, CAP_PERFMON) ||
		!lib->caps->keep(lib->caps, CAP_NET_RAW))
	{
		DBG1(DBG_CFG, "gdoi: no CAP_BPF, CAP_PERFMON and CAP_NET_RAW, "
			 "members won't work");
	}
	INIT(this,
		.public = {
			.plugin = {
				.get_name = _get_name,
				.get_features = _get_features,
				.reload = _reload,
				.destroy = _destroy,
			},
		},
	);
	return &this->public.plugin;
}
