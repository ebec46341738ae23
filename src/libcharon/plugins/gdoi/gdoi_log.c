/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoi_log.h"
#include "config/config_text.h"
#include "vici/gdoi_vici.h"
#include "vici/vici_time.h"

#include <stdarg.h>
#include <time.h>

typedef struct private_gdoi_log_t private_gdoi_log_t;

/**
 * Private data of a gdoi_log_t object.
 */
struct private_gdoi_log_t {

	/**
	 * Public interface
	 */
	gdoi_log_t public;

	/**
	 * Number of the last event
	 */
	refcount_t sequence;
};

/**
 * Level of charon's log for a severity: what needs somebody's attention can't
 * be turned off by a level, what is normal shows at the default level
 */
static level_t get_level(int severity)
{
	if (severity <= 4)
	{
		return LEVEL_AUDIT;
	}
	return severity <= 6 ? LEVEL_CTRL : LEVEL_DIAG;
}

/**
 * Build the message of an event
 */
static vici_message_t *build(private_gdoi_log_t *this, int severity,
							 const char *mnemonic, const char *group,
							 const char *peer, const char *text)
{
	vici_builder_t *builder;
	char now[VICI_TIME_LEN];

	builder = vici_builder_create();
	builder->add_kv(builder, "name", "%s", mnemonic);
	builder->add_kv(builder, "severity", "%d", severity);
	if (group)
	{
		builder->add_kv(builder, "group", "%s", group);
	}
	if (peer)
	{
		builder->add_kv(builder, "peer", "%s", peer);
	}
	builder->add_kv(builder, "text", "%s", text);
	builder->add_kv(builder, "time-at", "%s",
					vici_time_print(time(NULL), now, sizeof(now)));
	builder->add_kv(builder, "sequence", "%u", ref_get(&this->sequence));
	return builder->finalize(builder);
}

METHOD(gdoi_log_t, log_, void,
	private_gdoi_log_t *this, int severity, const char *mnemonic,
	const char *group, const char *peer, const char *fmt, ...)
{
	gdoi_vici_t *vici;
	va_list args;
	char *text;

	va_start(args, fmt);
	text = config_text_vformat(fmt, args);
	va_end(args);
	/* an identity comes from the network and must not forge a line */
	config_text_sanitize(text);

	dbg(DBG_CFG, get_level(severity), "%%GDOI-%d-%s: %s", severity, mnemonic,
		text);
	/* asking for listeners first would take the dispatcher's lock, and the
	 * caller may have the bus's */
	vici = lib->get(lib, GDOI_VICI_NAME);
	if (vici)
	{
		vici->queue_event(vici, "gdoi-event",
						  build(this, severity, mnemonic, group, peer, text));
	}
	free(text);
}

METHOD(gdoi_log_t, destroy, void,
	private_gdoi_log_t *this)
{
	free(this);
}

/*
 * Described in header.
 */
gdoi_log_t *gdoi_log_create()
{
	private_gdoi_log_t *this;

	INIT(this,
		.public = {
			.log = _log_,
			.destroy = _destroy,
		},
	);
	return &this->public;
}
