/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoi_listener.h"
#include "gdoi_vendor_id.h"

#include <exchanges/informational.h>
#include <payloads/gdoi_wire.h>

#include <daemon.h>
#include <encoding/payloads/delete_payload.h>
#include <encoding/payloads/notify_payload.h>
#include <encoding/payloads/sa_payload.h>

/** first notify type that is a status, not an error */
#define NOTIFY_STATUS 16384

typedef struct private_gdoi_listener_t private_gdoi_listener_t;

/**
 * Private data
 */
struct private_gdoi_listener_t {

	/**
	 * Public interface
	 */
	gdoi_listener_t public;

	/**
	 * Bindings
	 */
	gdoi_bindings_t *bindings;

	/**
	 * Counters
	 */
	gdoi_counters_t *counters;

	/**
	 * Impairments, or NULL
	 */
	gdoi_impair_t *impair;

	/**
	 * GDOI port
	 */
	uint16_t port;

	/**
	 * Finds handlers
	 */
	gdoi_claim_t claim;
	void *user;
};

/**
 * Are we the initiator of an IKE_SA?
 */
static bool is_initiator(ike_sa_t *ike_sa)
{
	ike_sa_id_t *id = ike_sa->get_id(ike_sa);

	return id->is_initiator(id);
}

/**
 * Get the binding of an IKE_SA, or NULL
 */
static gdoi_binding_t *get_binding(private_gdoi_listener_t *this,
								   ike_sa_t *ike_sa)
{
	return this->bindings->get(this->bindings, ike_sa->get_unique_id(ike_sa));
}

/**
 * Get the DOI field of the SA payload in a message of phase 1, or NULL
 */
static uint32_t *get_doi(message_t *message)
{
	payload_t *sa;

	sa = message->get_payload(message, PLV1_SECURITY_ASSOCIATION);
	return sa ? payload_get_field(sa, U_INT_32, 0) : NULL;
}

/**
 * Is this connection, which we initiate, one of GDOI?
 */
static bool is_claimed(private_gdoi_listener_t *this, ike_sa_t *ike_sa)
{
	gdoi_slot_t *slot;

	slot = this->claim(this->user, ike_sa->get_name(ike_sa), TRUE);
	if (slot)
	{
		slot->destroy(slot);
	}
	return slot != NULL;
}

/**
 * Mark our first message as initiator, if the connection is one of GDOI
 */
static void mark_request(private_gdoi_listener_t *this, ike_sa_t *ike_sa,
						 message_t *message, uint32_t *doi)
{
	gdoi_binding_t *binding;

	if (is_claimed(this, ike_sa))
	{
		binding = this->bindings->make(this->bindings,
									   ike_sa->get_unique_id(ike_sa));
		binding->set_doi(binding, GDOI_DOI);
		binding->destroy(binding);
		*doi = GDOI_DOI;
		gdoi_vendor_id_add(message, GDOI_VENDOR_MEMBER);
	}
}

/**
 * Mark our first message as responder, if the peer's was
 */
static void mark_response(private_gdoi_listener_t *this, ike_sa_t *ike_sa,
						  message_t *message, uint32_t *doi)
{
	gdoi_binding_t *binding;

	binding = get_binding(this, ike_sa);
	if (binding)
	{
		if (binding->get_doi(binding) == GDOI_DOI)
		{
			*doi = GDOI_DOI;
			gdoi_vendor_id_add(message, GDOI_VENDOR_SERVER);
		}
		binding->destroy(binding);
	}
}

/**
 * Move an initiator and its message from the GDOI port to 4500
 */
static void float_ports(private_gdoi_listener_t *this, ike_sa_t *ike_sa,
						message_t *message)
{
	gdoi_binding_t *binding;
	gdoi_phase1_t *phase1;
	host_t *me, *other, *src, *dst;

	me = ike_sa->get_my_host(ike_sa);
	other = ike_sa->get_other_host(ike_sa);
	if (me->get_port(me) != this->port ||
		!ike_sa->has_condition(ike_sa, COND_NAT_ANY))
	{
		return;
	}
	me->set_port(me, charon->socket->get_port(charon->socket, TRUE));
	other->set_port(other, IKEV2_NATT_PORT);
	src = message->get_source(message);
	dst = message->get_destination(message);
	src->set_port(src, me->get_port(me));
	dst->set_port(dst, other->get_port(other));
	DBG1(DBG_IKE, "NAT in the path, moving from port %u to %#H", this->port,
		 other);

	binding = get_binding(this, ike_sa);
	if (binding)
	{	/* in Aggressive Mode, phase 1 is complete before its last message */
		phase1 = binding->get_phase1(binding);
		if (phase1)
		{
			phase1->update_hosts(phase1, me, other);
			phase1->destroy(phase1);
		}
		binding->destroy(binding);
	}
}

/**
 * Handle an outgoing message of phase 1
 */
static void phase1_out(private_gdoi_listener_t *this, ike_sa_t *ike_sa,
					   message_t *message)
{
	uint32_t *doi;

	doi = get_doi(message);
	if (is_initiator(ike_sa))
	{
		if (doi)
		{
			mark_request(this, ike_sa, message, doi);
		}
		else
		{
			float_ports(this, ike_sa, message);
		}
	}
	else if (doi)
	{
		mark_response(this, ike_sa, message, doi);
	}
}

/**
 * Handle an incoming message of phase 1
 */
static void phase1_in(private_gdoi_listener_t *this, ike_sa_t *ike_sa,
					  message_t *message)
{
	gdoi_binding_t *binding;
	uint32_t *doi;
	uint8_t features;

	doi = get_doi(message);
	if (!doi)
	{
		return;
	}
	if (is_initiator(ike_sa))
	{
		binding = get_binding(this, ike_sa);
	}
	else
	{	/* which connection it is gets known with the peer's identity */
		binding = this->bindings->make(this->bindings,
									   ike_sa->get_unique_id(ike_sa));
		binding->set_doi(binding, *doi);
	}
	if (binding)
	{
		features = gdoi_vendor_id_find(message);
		if (features)
		{
			binding->set_features(binding, features);
		}
		binding->destroy(binding);
	}
}

/**
 * Get phase 1 of an IKE_SA, a new reference, NULL if it is not established or
 * not for GDOI
 */
static gdoi_phase1_t *get_phase1(private_gdoi_listener_t *this,
								 ike_sa_t *ike_sa)
{
	gdoi_phase1_t *phase1 = NULL;
	gdoi_binding_t *binding;

	binding = get_binding(this, ike_sa);
	if (binding)
	{
		phase1 = binding->get_phase1(binding);
		binding->destroy(binding);
	}
	return phase1;
}

/**
 * Note how the phase 1 of an IKE_SA ends
 */
static void set_end(private_gdoi_listener_t *this, ike_sa_t *ike_sa,
					gdoi_phase1_end_t end)
{
	gdoi_phase1_t *phase1 = get_phase1(this, ike_sa);

	if (phase1)
	{
		phase1->set_end(phase1, end);
		phase1->destroy(phase1);
	}
}

/**
 * Does an Informational message delete SAs of GDOI?
 */
static bool deletes_sas(gdoi_phase1_t *phase1, message_t *message)
{
	gdoi_informational_t info = {};
	gdoi_phase2_t *phase2;
	const char *reason;
	bool deletes = FALSE;

	phase2 = phase1->create_phase2(phase1, message->get_message_id(message));
	if (!phase2)
	{
		return FALSE;
	}
	if (gdoi_informational_parse(phase2, message->get_packet_data(message),
								 &info, &reason))
	{
		deletes = info.type == GDOI_PLD_DELETE && info.delete.doi == GDOI_DOI;
		gdoi_informational_clear(&info);
	}
	phase2->destroy(phase2);
	return deletes;
}

/**
 * Look into an Informational message before charon does: its parser takes the
 * Protocol-ID of a Delete for one of IPsec, whatever the DOI, so that it
 * drops those of GDOI.
 *
 * A member refuses a policy by one. We have seen a message of it before then,
 * so that nothing has to be asked from the IKE_SA, which is locked here.
 */
static void informational_raw(private_gdoi_listener_t *this, ike_sa_t *ike_sa,
							  message_t *message)
{
	gdoi_phase1_t *phase1 = get_phase1(this, ike_sa);

	if (!phase1)
	{
		return;
	}
	if (!phase1->is_initiator(phase1) && phase1->has_phase2(phase1) &&
		message->get_message_id(message) && deletes_sas(phase1, message))
	{
		phase1->set_end(phase1, GDOI_PHASE1_REFUSED);
	}
	phase1->destroy(phase1);
}

/**
 * Does a Delete name an IKE_SA?
 */
static bool deletes_ike_sa(delete_payload_t *delete, ike_sa_t *ike_sa)
{
	ike_sa_id_t *id = ike_sa->get_id(ike_sa);
	uint64_t spi_i, spi_r;

	return delete->get_ike_spi(delete, &spi_i, &spi_r) &&
		   spi_i == id->get_initiator_spi(id) &&
		   spi_r == id->get_responder_spi(id);
}

/**
 * Handle an incoming Informational message; charon has verified its hash
 */
static void informational_in(private_gdoi_listener_t *this, ike_sa_t *ike_sa,
							 message_t *message)
{
	gdoi_binding_t *binding;
	enumerator_t *enumerator;
	notify_payload_t *notify;
	payload_t *payload;

	binding = get_binding(this, ike_sa);
	if (!binding)
	{
		return;
	}
	enumerator = message->create_payload_enumerator(message);
	while (enumerator->enumerate(enumerator, &payload))
	{
		if (payload->get_type(payload) == PLV1_NOTIFY)
		{
			notify = (notify_payload_t*)payload;
			if (notify->get_notify_type(notify) < NOTIFY_STATUS)
			{
				binding->notify(binding, notify->get_notify_type(notify));
			}
		}
		else if (payload->get_type(payload) == PLV1_DELETE &&
				 deletes_ike_sa((delete_payload_t*)payload, ike_sa))
		{
			set_end(this, ike_sa, GDOI_PHASE1_PEER);
		}
	}
	enumerator->destroy(enumerator);
	binding->destroy(binding);
}

METHOD(listener_t, message_, bool,
	private_gdoi_listener_t *this, ike_sa_t *ike_sa, message_t *message,
	bool incoming, bool plain)
{
	if (!ike_sa || ike_sa->get_version(ike_sa) != IKEV1)
	{
		return TRUE;
	}
	if (!plain)
	{
		if (incoming &&
			message->get_exchange_type(message) == INFORMATIONAL_V1)
		{
			informational_raw(this, ike_sa, message);
		}
		return TRUE;
	}
	switch (message->get_exchange_type(message))
	{
		case ID_PROT:
		case AGGRESSIVE:
			if (incoming)
			{
				phase1_in(this, ike_sa, message);
			}
			else
			{
				phase1_out(this, ike_sa, message);
			}
			break;
		case INFORMATIONAL_V1:
			if (incoming)
			{
				informational_in(this, ike_sa, message);
			}
			break;
		default:
			break;
	}
	return TRUE;
}

METHOD(listener_t, ike_derived_keys, bool,
	private_gdoi_listener_t *this, ike_sa_t *ike_sa, chunk_t sk_d,
	chunk_t sk_ai, chunk_t sk_ar, chunk_t sk_ei, chunk_t sk_er,
	chunk_t sk_pi, chunk_t sk_pr)
{
	uint8_t cookies[GDOI_COOKIES_LEN];
	gdoi_phase1_keys_t *keys;
	gdoi_binding_t *binding;

	if (!ike_sa || ike_sa->get_version(ike_sa) != IKEV1)
	{
		return TRUE;
	}
	binding = get_binding(this, ike_sa);
	if (!binding)
	{
		return TRUE;
	}
	keys = gdoi_phase1_keys_create(ike_sa, sk_ai, sk_ei);
	if (keys)
	{
		memcpy(cookies, &keys->phase2.spi_i, sizeof(uint64_t));
		memcpy(cookies + sizeof(uint64_t), &keys->phase2.spi_r,
			   sizeof(uint64_t));
		binding->set_keys(binding, keys);
		this->bindings->set_cookies(this->bindings,
									ike_sa->get_unique_id(ike_sa),
									chunk_from_thing(cookies));
	}
	binding->destroy(binding);
	return TRUE;
}

/**
 * Remove the binding of an IKE_SA that is over or not for GDOI
 */
static void unbind(private_gdoi_listener_t *this, ike_sa_t *ike_sa)
{
	gdoi_binding_t *binding;

	binding = this->bindings->remove(this->bindings,
									 ike_sa->get_unique_id(ike_sa));
	if (binding)
	{
		binding->close(binding);
		binding->destroy(binding);
	}
}

/**
 * May GDOI run under a phase 1 with the DOI that it was made with?
 */
static bool is_doi_accepted(private_gdoi_listener_t *this, ike_sa_t *ike_sa,
							gdoi_binding_t *binding)
{
	if (binding->get_doi(binding) == GDOI_DOI ||
		lib->settings->get_bool(lib->settings,
							"%s.plugins.gdoi.accept_ipsec_doi", FALSE, lib->ns))
	{
		return TRUE;
	}
	this->counters->add(this->counters, GDOI_COUNT_DOI);
	DBG1(DBG_IKE, "'%s' is a connection of GDOI, but %#H made phase 1 with "
		 "DOI %u; no registration under it", ike_sa->get_name(ike_sa),
		 ike_sa->get_other_host(ike_sa), binding->get_doi(binding));
	return FALSE;
}

/**
 * Bind an established IKE_SA to its handler; FALSE if it is not for GDOI
 */
static bool bind_sa(private_gdoi_listener_t *this, ike_sa_t *ike_sa,
					gdoi_binding_t *binding)
{
	gdoi_phase1_keys_t *keys;
	gdoi_phase1_t *phase1;
	gdoi_slot_t *slot;

	slot = binding->get_attempt(binding) ?:
		   this->claim(this->user, ike_sa->get_name(ike_sa),
					   is_initiator(ike_sa));
	if (!slot)
	{
		return FALSE;
	}
	if (!is_doi_accepted(this, ike_sa, binding) ||
		!(keys = binding->take_keys(binding)))
	{
		slot->destroy(slot);
		return FALSE;
	}
	phase1 = gdoi_phase1_create(ike_sa, keys, binding->get_features(binding),
								this->counters, this->impair);
	if (is_initiator(ike_sa))
	{
		this->bindings->add_initiator(this->bindings,
									  ike_sa->get_unique_id(ike_sa));
	}
	this->counters->add(this->counters, GDOI_COUNT_ESTABLISHED);
	binding->establish(binding, slot, phase1);
	phase1->destroy(phase1);
	slot->destroy(slot);
	return TRUE;
}

METHOD(listener_t, ike_updown, bool,
	private_gdoi_listener_t *this, ike_sa_t *ike_sa, bool up)
{
	gdoi_binding_t *binding;
	bool bound = FALSE;

	if (ike_sa->get_version(ike_sa) != IKEV1)
	{
		return TRUE;
	}
	binding = get_binding(this, ike_sa);
	if (binding)
	{
		bound = up && bind_sa(this, ike_sa, binding);
		binding->destroy(binding);
	}
	if (!bound)
	{
		unbind(this, ike_sa);
	}
	return TRUE;
}

METHOD(listener_t, ike_state_change, bool,
	private_gdoi_listener_t *this, ike_sa_t *ike_sa, ike_sa_state_t state)
{
	if (state == IKE_DELETING || state == IKE_DESTROYING)
	{
		if (state == IKE_DELETING)
		{	/* by us, if we haven't seen the peer's message */
			set_end(this, ike_sa, GDOI_PHASE1_OURS);
		}
		unbind(this, ike_sa);
	}
	return TRUE;
}

METHOD(listener_t, ike_update, bool,
	private_gdoi_listener_t *this, ike_sa_t *ike_sa, host_t *local,
	host_t *remote)
{
	gdoi_binding_t *binding;
	gdoi_phase1_t *phase1;

	binding = get_binding(this, ike_sa);
	if (binding)
	{
		phase1 = binding->get_phase1(binding);
		if (phase1)
		{
			phase1->update_hosts(phase1, local, remote);
			phase1->destroy(phase1);
		}
		binding->destroy(binding);
	}
	return TRUE;
}

METHOD(gdoi_listener_t, destroy, void,
	private_gdoi_listener_t *this)
{
	this->counters->destroy(this->counters);
	DESTROY_IF(this->impair);
	free(this);
}

/*
 * Described in header
 */
gdoi_listener_t *gdoi_listener_create(gdoi_bindings_t *bindings,
									  gdoi_counters_t *counters,
									  gdoi_impair_t *impair, uint16_t port,
									  gdoi_claim_t claim, void *user)
{
	private_gdoi_listener_t *this;

	INIT(this,
		.public = {
			.listener = {
				.message = _message_,
				.ike_derived_keys = _ike_derived_keys,
				.ike_updown = _ike_updown,
				.ike_state_change = _ike_state_change,
				.ike_update = _ike_update,
			},
			.destroy = _destroy,
		},
		.bindings = bindings,
		.counters = counters->get_ref(counters),
		.impair = impair ? impair->get_ref(impair) : NULL,
		.port = port,
		.claim = claim,
		.user = user,
	);
	return &this->public;
}
