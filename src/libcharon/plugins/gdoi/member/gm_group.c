/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_group.h"
#include "gm_core.h"
#include "gm_expiry.h"
#include "gm_serializer.h"

#include <threading/mutex.h>

typedef struct private_gm_group_t private_gm_group_t;

/**
 * Events of a group
 */
typedef enum {
	/** a timer is due, or something to do after start() */
	EVENT_WAKE,
	/** methods of gm_group_t */
	EVENT_CONFIGURE,
	EVENT_CLEAR,
	EVENT_RESET,
	EVENT_DIRECT,
	EVENT_ROAM,
	EVENT_EXPIRED,
	EVENT_ESTABLISHED,
	EVENT_PULL,
	EVENT_PUSH,
	EVENT_UNKNOWN,
	EVENT_NOTIFY,
	EVENT_CLOSED,
	EVENT_FAILED,
	EVENT_STOP,
} event_type_t;

/**
 * An event with what belongs to it
 */
typedef struct {
	/** what happened */
	event_type_t type;
	/** phase 1 it happened to */
	gdoi_phase1_t *phase1;
	/** EVENT_PULL: message */
	chunk_t datagram;
	/** EVENT_PUSH: message with its endpoints */
	packet_t *packet;
	/** EVENT_UNKNOWN: endpoints; EVENT_EXPIRED: destination */
	host_t *src;
	host_t *dst;
	/** EVENT_EXPIRED: SPI, network order */
	uint32_t spi;
	/** EVENT_NOTIFY: type */
	uint16_t notify;
	/** FALSE if the notify may be for another group */
	bool alone;
	/** EVENT_FAILED: name */
	char *connection;
	/** EVENT_CONFIGURE: configuration */
	gm_config_t *config;
	/** EVENT_DIRECT: direction */
	crypto_map_direction_t direction;
} event_t;

/**
 * Private data of an gm_group_t object.
 */
struct private_gm_group_t {

	/**
	 * Public interface
	 */
	gm_group_t public;

	/**
	 * Gets rekeys from the transport
	 */
	gdoi_kek_handler_t kek_handler;

	/**
	 * Name of the group
	 */
	char *name;

	/**
	 * Clock and timers
	 */
	gm_runtime_t *runtime;

	/**
	 * State machine, only touched while handling an event
	 */
	gm_core_t *core;

	/**
	 * Hands events to handle()
	 */
	gm_serializer_t *serializer;

	/**
	 * Hears of states that are gone, NULL after stop()
	 */
	gm_expiry_t *expiry;

	/**
	 * Protects config and status against other threads than the one that
	 * handles an event, which is the only one to write them
	 */
	mutex_t *mutex;

	/**
	 * Configuration
	 */
	gm_config_t *config;

	/**
	 * What others see
	 */
	gm_status_t status;

	/**
	 * Earliest call that is on its way; touched as core is
	 */
	uint64_t wake_at;

	/**
	 * TRUE after stop(); touched as core is
	 */
	bool stopped;

	/**
	 * References
	 */
	refcount_t ref;
};

/**
 * Free an event
 */
static void destroy_event(event_t *event)
{
	DESTROY_IF(event->phase1);
	DESTROY_IF(event->config);
	DESTROY_IF(event->packet);
	DESTROY_IF(event->src);
	DESTROY_IF(event->dst);
	chunk_clear(&event->datagram);
	free(event->connection);
	free(event);
}

/**
 * Use another configuration
 */
static void configure_core(private_gm_group_t *this, gm_config_t *config)
{
	gm_config_t *old;

	this->core->configure(this->core, config);
	this->mutex->lock(this->mutex);
	old = this->config;
	this->config = config->get_ref(config);
	this->mutex->unlock(this->mutex);
	old->destroy(old);
}

/**
 * Pass an event of phase 1 to what registers
 */
static void dispatch_phase1(private_gm_group_t *this, event_t *event)
{
	gm_registrar_t *registrar = this->core->get_registrar(this->core);

	switch (event->type)
	{
		case EVENT_ESTABLISHED:
			registrar->established(registrar, event->phase1);
			break;
		case EVENT_PULL:
			registrar->pull(registrar, event->phase1, event->datagram);
			break;
		case EVENT_NOTIFY:
			registrar->notify(registrar, event->phase1, event->notify,
							  event->alone);
			break;
		case EVENT_CLOSED:
			registrar->closed(registrar, event->phase1);
			break;
		case EVENT_FAILED:
			registrar->failed(registrar, event->connection);
			break;
		default:
			break;
	}
}

/**
 * Pass an event to the state machine
 */
static void dispatch(private_gm_group_t *this, event_t *event)
{
	switch (event->type)
	{
		case EVENT_WAKE:
			break;
		case EVENT_CONFIGURE:
			configure_core(this, event->config);
			break;
		case EVENT_RESET:
			this->core->reset(this->core);
			break;
		case EVENT_CLEAR:
			this->core->clear(this->core);
			break;
		case EVENT_DIRECT:
			this->core->direct(this->core, event->direction);
			break;
		case EVENT_ROAM:
			this->core->roam(this->core);
			break;
		case EVENT_EXPIRED:
			this->core->expired(this->core, event->spi, event->dst);
			break;
		case EVENT_PUSH:
			this->core->push(this->core, event->packet);
			break;
		case EVENT_UNKNOWN:
			this->core->unknown(this->core, event->src, event->dst);
			break;
		case EVENT_STOP:
			this->core->stop(this->core);
			this->stopped = TRUE;
			break;
		default:
			dispatch_phase1(this, event);
			break;
	}
}

/**
 * Let others see what has become of the group
 */
static void publish(private_gm_group_t *this)
{
	gm_status_t fresh, old;

	this->core->get_status(this->core, &fresh);
	this->mutex->lock(this->mutex);
	old = this->status;
	this->status = fresh;
	this->mutex->unlock(this->mutex);
	gm_status_clear(&old);
}

static void wake(private_gm_group_t *this);

/**
 * Give back the reference of a call
 */
static void put_ref(private_gm_group_t *this)
{
	this->public.destroy(&this->public);
}

/**
 * Ask to be called when something is due
 */
static void arm(private_gm_group_t *this)
{
	uint64_t next, now = this->runtime->now(this->runtime);

	next = this->core->get_deadline(this->core);
	if (next < this->wake_at)
	{
		this->wake_at = next;
		ref_get(&this->ref);
		this->runtime->call(this->runtime, next > now ? next - now : 1,
							(void*)wake, this, (void*)put_ref);
	}
}

/**
 * Handle an event; called for one at a time
 */
static void handle(private_gm_group_t *this, event_t *event)
{
	if (this->stopped)
	{
		return;
	}
	if (this->runtime->now(this->runtime) >= this->wake_at)
	{	/* that call has come, or will come for nothing */
		this->wake_at = GM_NEVER;
	}
	dispatch(this, event);
	this->core->run(this->core);
	publish(this);
	arm(this);
}

/**
 * Post an event, urgent unless it came from the network
 */
static void post(private_gm_group_t *this, event_t values)
{
	event_t *event = malloc_thing(event_t);
	bool urgent;

	urgent = values.type != EVENT_PULL && values.type != EVENT_PUSH &&
			 values.type != EVENT_UNKNOWN;
	*event = values;
	this->serializer->post(this->serializer, event, urgent);
}

/**
 * Call of the runtime
 */
static void wake(private_gm_group_t *this)
{
	post(this, (event_t){ .type = EVENT_WAKE });
}

/**
 * A state that is gone, on its way to the group
 */
typedef struct {
	/** group, with a reference */
	private_gm_group_t *group;
	/** SPI, network order */
	uint32_t spi;
	/** destination */
	host_t *dst;
} expired_t;

/**
 * Tell the group of a state that is gone
 */
static void post_expired(expired_t *expired)
{
	post(expired->group, (event_t){
		.type = EVENT_EXPIRED,
		.spi = expired->spi,
		.dst = expired->dst->clone(expired->dst),
	});
}

/**
 * Free what was told
 */
static void destroy_expired(expired_t *expired)
{
	expired->dst->destroy(expired->dst);
	put_ref(expired->group);
	free(expired);
}

/**
 * Hear of a state that is gone; with locks of others held
 */
static void queue_expired(private_gm_group_t *this, uint32_t spi, host_t *dst)
{
	expired_t *expired;

	INIT(expired,
		.group = this,
		.spi = spi,
		.dst = dst->clone(dst),
	);
	ref_get(&this->ref);
	this->runtime->call(this->runtime, 0, (void*)post_expired, expired,
						(void*)destroy_expired);
}

METHOD(gm_group_t, get_name, const char*,
	private_gm_group_t *this)
{
	return this->name;
}

METHOD(gm_group_t, get_config, gm_config_t*,
	private_gm_group_t *this)
{
	gm_config_t *config;

	this->mutex->lock(this->mutex);
	config = this->config->get_ref(this->config);
	this->mutex->unlock(this->mutex);
	return config;
}

METHOD(gm_group_t, start, void,
	private_gm_group_t *this)
{
	ref_get(&this->ref);
	this->runtime->call(this->runtime, 0, (void*)wake, this, (void*)put_ref);
}

METHOD(gm_group_t, configure, void,
	private_gm_group_t *this, gm_config_t *config)
{
	post(this, (event_t){
		.type = EVENT_CONFIGURE,
		.config = config->get_ref(config),
	});
}

METHOD(gm_group_t, clear, void,
	private_gm_group_t *this)
{
	post(this, (event_t){ .type = EVENT_CLEAR });
}

METHOD(gm_group_t, reset, void,
	private_gm_group_t *this)
{
	post(this, (event_t){ .type = EVENT_RESET });
}

METHOD(gm_group_t, direct, void,
	private_gm_group_t *this, crypto_map_direction_t direction)
{
	post(this, (event_t){
		.type = EVENT_DIRECT,
		.direction = direction,
	});
}

METHOD(gm_group_t, roam, void,
	private_gm_group_t *this)
{
	post(this, (event_t){ .type = EVENT_ROAM });
}

METHOD(gm_group_t, established, void,
	private_gm_group_t *this, gdoi_phase1_t *phase1)
{
	post(this, (event_t){
		.type = EVENT_ESTABLISHED,
		.phase1 = phase1->get_ref(phase1),
	});
}

METHOD(gm_group_t, pull, void,
	private_gm_group_t *this, gdoi_phase1_t *phase1, chunk_t datagram)
{
	post(this, (event_t){
		.type = EVENT_PULL,
		.phase1 = phase1->get_ref(phase1),
		.datagram = chunk_clone(datagram),
	});
}

METHOD(gm_group_t, unknown, void,
	private_gm_group_t *this, host_t *src, host_t *dst)
{
	post(this, (event_t){
		.type = EVENT_UNKNOWN,
		.src = src->clone(src),
		.dst = dst->clone(dst),
	});
}

METHOD(gdoi_kek_handler_t, message, void,
	gdoi_kek_handler_t *handler, packet_t *packet)
{
	private_gm_group_t *this = (private_gm_group_t*)((char*)handler -
								offsetof(private_gm_group_t, kek_handler));

	/* handling it may take the group down, by another event */
	ref_get(&this->ref);
	post(this, (event_t){
		.type = EVENT_PUSH,
		.packet = packet->clone(packet),
	});
	put_ref(this);
}

METHOD(gm_group_t, notify, void,
	private_gm_group_t *this, gdoi_phase1_t *phase1, uint16_t type, bool alone)
{
	post(this, (event_t){
		.type = EVENT_NOTIFY,
		.phase1 = phase1->get_ref(phase1),
		.notify = type,
		.alone = alone,
	});
}

METHOD(gm_group_t, closed, void,
	private_gm_group_t *this, gdoi_phase1_t *phase1)
{
	post(this, (event_t){
		.type = EVENT_CLOSED,
		.phase1 = phase1->get_ref(phase1),
	});
}

METHOD(gm_group_t, failed, void,
	private_gm_group_t *this, const char *connection)
{
	post(this, (event_t){
		.type = EVENT_FAILED,
		.connection = strdup(connection),
	});
}

METHOD(gm_group_t, get_status, void,
	private_gm_group_t *this, gm_status_t *status)
{
	this->mutex->lock(this->mutex);
	gm_status_clone(&this->status, status);
	this->mutex->unlock(this->mutex);
}

METHOD(gm_group_t, create_stats_enumerator, enumerator_t*,
	private_gm_group_t *this)
{
	crypto_map_t *map = this->core->get_map(this->core);

	return map->create_stats_enumerator(map);
}

METHOD(gm_group_t, get_map, crypto_map_t*,
	private_gm_group_t *this)
{
	return this->core->get_map(this->core);
}

METHOD(gm_group_t, stop, void,
	private_gm_group_t *this)
{
	DESTROY_IF(this->expiry);
	this->expiry = NULL;
	post(this, (event_t){ .type = EVENT_STOP });
	this->serializer->wait_idle(this->serializer);
}

METHOD(gm_group_t, get_ref_, gm_group_t*,
	private_gm_group_t *this)
{
	ref_get(&this->ref);
	return &this->public;
}

METHOD(gm_group_t, destroy, void,
	private_gm_group_t *this)
{
	if (!ref_put(&this->ref))
	{
		return;
	}
	DESTROY_IF(this->expiry);
	this->serializer->destroy(this->serializer);
	this->core->destroy(this->core);
	gm_status_clear(&this->status);
	this->config->destroy(this->config);
	this->mutex->destroy(this->mutex);
	free(this->name);
	free(this);
}

/*
 * Described in header
 */
gm_group_t *gm_group_create(gm_config_t *config, u_int index,
							gm_runtime_t *runtime, gm_system_t *system,
							gm_link_t *link)
{
	private_gm_group_t *this;

	INIT(this,
		.public = {
			.get_name = _get_name,
			.get_config = _get_config,
			.start = _start,
			.configure = _configure,
			.clear = _clear,
			.reset = _reset,
			.direct = _direct,
			.roam = _roam,
			.established = _established,
			.pull = _pull,
			.unknown = _unknown,
			.notify = _notify,
			.closed = _closed,
			.failed = _failed,
			.get_status = _get_status,
			.create_stats_enumerator = _create_stats_enumerator,
			.get_map = _get_map,
			.stop = _stop,
			.get_ref = _get_ref_,
			.destroy = _destroy,
		},
		.name = strdup(config->get(config)->group.name),
		.runtime = runtime,
		.kek_handler = {
			.message = _message,
		},
		.config = config->get_ref(config),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.wake_at = GM_NEVER,
		.ref = 1,
	);
	this->core = gm_core_create(config, index, runtime, system, link,
								&this->kek_handler);
	if (!this->core)
	{
		this->config->destroy(this->config);
		this->mutex->destroy(this->mutex);
		free(this->name);
		free(this);
		return NULL;
	}
	this->core->get_status(this->core, &this->status);
	this->serializer = gm_serializer_create((void*)handle, this,
											(void*)destroy_event);
	this->expiry = gm_expiry_create((void*)queue_expired, this);
	return &this->public;
}
