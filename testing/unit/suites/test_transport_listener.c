/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test_transport.h"

#include <transport/gdoi_listener.h>
#include <transport/gdoi_vendor_id.h>
#include <cryptomap/freshness.h>

#include <daemon.h>
#include <encoding/payloads/delete_payload.h>
#include <encoding/payloads/notify_payload.h>
#include <encoding/payloads/sa_payload.h>
#include <encoding/payloads/vendor_id_payload.h>

/** port that the listener takes for GDOI's */
#define PORT 848

/** what our vendor ID announces, as member and as key server */
#define FEATURES GDOI_FEATURES

/**
 * What the IKE_SA says of itself, and what the handler was told
 */
static struct {
	bool initiator;
	bool nat;
	bool claimed;
	char events[16];
	gdoi_phase1_end_t end;
	ike_sa_id_t *id;
	host_t *me, *other;
	identification_t *my_id, *other_id;
	proposal_t *proposal;
} mock;

METHOD(ike_sa_t, get_version, ike_version_t,
	ike_sa_t *this)
{
	return IKEV1;
}

METHOD(ike_sa_t, get_unique_id, uint32_t,
	ike_sa_t *this)
{
	return 7;
}

METHOD(ike_sa_t, get_id, ike_sa_id_t*,
	ike_sa_t *this)
{
	return mock.id;
}

METHOD(ike_sa_t, get_name, char*,
	ike_sa_t *this)
{
	return "conn";
}

METHOD(ike_sa_t, get_my_host, host_t*,
	ike_sa_t *this)
{
	return mock.me;
}

METHOD(ike_sa_t, get_other_host, host_t*,
	ike_sa_t *this)
{
	return mock.other;
}

METHOD(ike_sa_t, get_my_id, identification_t*,
	ike_sa_t *this)
{
	return mock.my_id;
}

METHOD(ike_sa_t, get_other_id, identification_t*,
	ike_sa_t *this)
{
	return mock.other_id;
}

METHOD(ike_sa_t, has_condition, bool,
	ike_sa_t *this, ike_condition_t condition)
{
	return condition == COND_NAT_ANY && mock.nat;
}

METHOD(ike_sa_t, get_proposal, proposal_t*,
	ike_sa_t *this)
{
	return mock.proposal;
}

METHOD(ike_cfg_t, get_dscp, uint8_t,
	ike_cfg_t *this)
{
	return 0;
}

static ike_cfg_t ike_cfg;

METHOD(ike_sa_t, get_ike_cfg, ike_cfg_t*,
	ike_sa_t *this)
{
	return &ike_cfg;
}

static ike_sa_t ike_sa;

static gdoi_handler_t handler;
static gdoi_slot_t *slot;
static gdoi_counters_t *counters;
static gdoi_bindings_t *bindings;
static gdoi_listener_t *listener;

static void told(char event)
{
	mock.events[strlen(mock.events)] = event;
}

METHOD(gdoi_handler_t, established, void,
	gdoi_handler_t *this, gdoi_phase1_t *phase1)
{
	chunk_t cookies = phase1->get_cookies(phase1);

	ck_assert_str_eq(phase1->get_connection(phase1), "conn");
	ck_assert_int_eq(cookies.len, 16);
	ck_assert_int_eq(cookies.ptr[0], 1);
	ck_assert_int_eq(cookies.ptr[8], 2);
	ck_assert(phase1->is_initiator(phase1) == mock.initiator);
	told('E');
}

METHOD(gdoi_handler_t, notify, void,
	gdoi_handler_t *this, gdoi_phase1_t *phase1, uint16_t type)
{
	told(type == 18 ? 'N' : '?');
}

METHOD(gdoi_handler_t, closed, void,
	gdoi_handler_t *this, gdoi_phase1_t *phase1)
{
	mock.end = phase1->get_end(phase1);
	told('C');
}

static gdoi_slot_t *claim(void *user, const char *connection, bool initiator)
{
	ck_assert_str_eq(connection, "conn");
	ck_assert(initiator == mock.initiator);
	return mock.claimed ? slot->get_ref(slot) : NULL;
}

METHOD(ike_sa_t, create_auth_cfg_enumerator, enumerator_t*,
	ike_sa_t *this, bool local)
{
	return enumerator_create_empty();
}

/**
 * Be the other side of the IKE_SA
 */
static void set_role(bool initiator)
{
	uint8_t spis[] = { 1,1,1,1,1,1,1,1, 2,2,2,2,2,2,2,2 };
	uint64_t spi_i, spi_r;

	memcpy(&spi_i, spis, sizeof(spi_i));
	memcpy(&spi_r, spis + 8, sizeof(spi_r));
	DESTROY_IF(mock.id);
	mock.id = ike_sa_id_create(IKEV1_MAJOR_VERSION, spi_i, spi_r, initiator);
	mock.initiator = initiator;
}

static void setup()
{
	memset(&mock, 0, sizeof(mock));
	mock.claimed = TRUE;
	mock.me = host_create_from_string("192.0.2.1", PORT);
	mock.other = host_create_from_string("192.0.2.2", PORT);
	mock.my_id = identification_create_from_string("192.0.2.1");
	mock.other_id = identification_create_from_string("192.0.2.2");
	mock.proposal = proposal_create(PROTO_IKE, 0);
	mock.proposal->add_algorithm(mock.proposal, ENCRYPTION_ALGORITHM,
								 ENCR_AES_CBC, 128);
	mock.proposal->add_algorithm(mock.proposal, INTEGRITY_ALGORITHM,
								 AUTH_HMAC_SHA2_256_128, 0);
	set_role(TRUE);
	ike_cfg = (ike_cfg_t){
		.get_dscp = _get_dscp,
	};
	ike_sa = (ike_sa_t){
		.get_version = _get_version,
		.get_unique_id = _get_unique_id,
		.get_id = _get_id,
		.get_name = _get_name,
		.get_my_host = _get_my_host,
		.get_other_host = _get_other_host,
		.get_my_id = _get_my_id,
		.get_other_id = _get_other_id,
		.has_condition = _has_condition,
		.get_proposal = _get_proposal,
		.get_ike_cfg = _get_ike_cfg,
		.create_auth_cfg_enumerator = _create_auth_cfg_enumerator,
	};
	handler = (gdoi_handler_t){
		.established = _established,
		.notify = _notify,
		.closed = _closed,
	};
	slot = gdoi_slot_create(&handler);
	counters = gdoi_counters_create();
	bindings = gdoi_bindings_create(counters);
	listener = gdoi_listener_create(bindings, counters, NULL, PORT, claim,
									NULL);
}

static void teardown()
{
	listener->destroy(listener);
	bindings->destroy(bindings);
	slot->vacate(slot);
	slot->destroy(slot);
	counters->destroy(counters);
	mock.proposal->destroy(mock.proposal);
	mock.my_id->destroy(mock.my_id);
	mock.other_id->destroy(mock.other_id);
	mock.me->destroy(mock.me);
	mock.other->destroy(mock.other);
	mock.id->destroy(mock.id);
}

/**
 * Create a message, with an SA payload of a DOI unless that is 0
 */
static message_t *create_message(exchange_type_t exchange, uint32_t doi)
{
	message_t *message;
	payload_t *sa;

	message = message_create(IKEV1_MAJOR_VERSION, IKEV1_MINOR_VERSION);
	message->set_exchange_type(message, exchange);
	message->set_source(message, mock.me->clone(mock.me));
	message->set_destination(message, mock.other->clone(mock.other));
	if (doi)
	{
		sa = (payload_t*)sa_payload_create(PLV1_SECURITY_ASSOCIATION);
		*(uint32_t*)payload_get_field(sa, U_INT_32, 0) = doi;
		message->add_payload(message, sa);
	}
	return message;
}

/**
 * Show a message to the listener
 */
static void show(message_t *message, bool incoming)
{
	ck_assert(listener->listener.message(&listener->listener, &ike_sa, message,
										 incoming, FALSE));
	ck_assert(listener->listener.message(&listener->listener, &ike_sa, message,
										 incoming, TRUE));
}

/**
 * DOI in a message
 */
static uint32_t doi_of(message_t *message)
{
	payload_t *sa;

	sa = message->get_payload(message, PLV1_SECURITY_ASSOCIATION);
	return *(uint32_t*)payload_get_field(sa, U_INT_32, 0);
}

/**
 * Number of vendor IDs in a message
 */
static int vendor_ids(message_t *message)
{
	enumerator_t *enumerator;
	payload_t *payload;
	int count = 0;

	enumerator = message->create_payload_enumerator(message);
	while (enumerator->enumerate(enumerator, &payload))
	{
		count += payload->get_type(payload) == PLV1_VENDOR_ID;
	}
	enumerator->destroy(enumerator);
	return count;
}

/**
 * Derive keys and establish
 */
static void establish()
{
	chunk_t key = chunk_from_chars(
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);

	listener->listener.ike_derived_keys(&listener->listener, &ike_sa,
					chunk_empty, key, chunk_empty, key, chunk_empty,
					chunk_empty, chunk_empty);
	listener->listener.ike_updown(&listener->listener, &ike_sa, TRUE);
}

/**
 * Is there a binding with the cookies of the IKE_SA?
 */
static bool is_bound()
{
	uint8_t cookies[] = { 1,1,1,1,1,1,1,1, 2,2,2,2,2,2,2,2 };
	gdoi_binding_t *binding;

	binding = bindings->lookup(bindings, chunk_from_thing(cookies));
	DESTROY_IF(binding);
	return binding != NULL;
}

START_TEST(test_initiator_doi)
{
	message_t *message;

	message = create_message(_i ? AGGRESSIVE : ID_PROT, 1);
	show(message, FALSE);
	ck_assert_int_eq(doi_of(message), 2);
	/* charon generates the first message twice */
	show(message, FALSE);
	ck_assert_int_eq(vendor_ids(message), 1);
	ck_assert_int_eq(gdoi_vendor_id_find(message), FEATURES);
	message->destroy(message);
}
END_TEST

/* who can't do freshness does not announce it, at the time of each phase 1:
 * with a provider, and where the data plane is recorded only */
START_TEST(test_freshness_announced)
{
	static const struct {
		bool provider;
		char *crypto_map;
		uint8_t features;
	} cases[] = {
		{ FALSE, NULL, FEATURES },
		{ TRUE, NULL, FEATURES | GDOI_FEATURE_FRESHNESS },
		{ FALSE, "record", FEATURES | GDOI_FEATURE_FRESHNESS },
		{ FALSE, "bpf", FEATURES },
		{ TRUE, "bpf", FEATURES | GDOI_FEATURE_FRESHNESS },
		{ FALSE, NULL, FEATURES },
	};
	message_t *message;

	ck_assert(!(FEATURES & GDOI_FEATURE_FRESHNESS));
	for (u_int i = 0; i < countof(cases); i++)
	{
		lib->set(lib, FRESHNESS_NAME, cases[i].provider ? &mock : NULL);
		lib->settings->set_str(lib->settings, "%s.plugins.gdoi.crypto_map",
							   cases[i].crypto_map, lib->ns);
		ck_assert_int_eq(gdoi_vendor_features(), cases[i].features);
		message = create_message(ID_PROT, 1);
		show(message, FALSE);
		ck_assert_int_eq(gdoi_vendor_id_find(message), cases[i].features);
		message->destroy(message);
	}
}
END_TEST

START_TEST(test_others_unchanged)
{
	message_t *message;

	mock.claimed = FALSE;
	message = create_message(ID_PROT, 1);
	show(message, FALSE);
	ck_assert_int_eq(doi_of(message), 1);
	ck_assert_int_eq(vendor_ids(message), 0);
	message->destroy(message);
	establish();
	ck_assert(!is_bound());
}
END_TEST

/**
 * A peer's first message and our answer, with a DOI and our vendor ID or not
 */
static void respond(uint32_t doi, bool vendor_id)
{
	message_t *message;

	set_role(FALSE);
	message = create_message(ID_PROT, doi);
	if (vendor_id)
	{
		gdoi_vendor_id_add(message, GDOI_VENDOR_MEMBER);
	}
	show(message, TRUE);
	message->destroy(message);
	message = create_message(ID_PROT, 1);
	show(message, FALSE);
	ck_assert_int_eq(doi_of(message), doi);
	ck_assert_int_eq(vendor_ids(message), doi == 2 ? 1 : 0);
	ck_assert_int_eq(gdoi_vendor_id_find(message), doi == 2 ? FEATURES : 0);
	message->destroy(message);
}

START_TEST(test_responder)
{
	gdoi_binding_t *binding;

	respond(2, TRUE);
	binding = bindings->get(bindings, 7);
	ck_assert_int_eq(binding->get_features(binding), FEATURES);
	binding->destroy(binding);
	establish();
	ck_assert(is_bound());
	wait_for(streq(mock.events, "E"));
}
END_TEST

/* gdoi-wire 1: no GDOI under a phase 1 of DOI 1 unless allowed */
START_TEST(test_ipsec_doi)
{
	lib->settings->set_bool(lib->settings,
							"charon.plugins.gdoi.accept_ipsec_doi", _i);
	respond(1, FALSE);
	establish();
	ck_assert(is_bound() == _i);
	ck_assert_int_eq(counters->get(counters, GDOI_COUNT_DOI), !_i);
	ck_assert_int_eq(counters->get(counters, GDOI_COUNT_ESTABLISHED), _i);
	lib->settings->set_bool(lib->settings,
							"charon.plugins.gdoi.accept_ipsec_doi", FALSE);
}
END_TEST

START_TEST(test_end)
{
	message_t *message;
	payload_t *notify;

	respond(2, FALSE);
	establish();
	message = create_message(INFORMATIONAL_V1, 0);
	notify = (payload_t*)notify_payload_create_from_protocol_and_type(
								PLV1_NOTIFY, PROTO_IKE, INVALID_ID_INFORMATION);
	message->add_payload(message, notify);
	notify = (payload_t*)notify_payload_create_from_protocol_and_type(
								PLV1_NOTIFY, PROTO_IKE, INITIAL_CONTACT_IKEV1);
	message->add_payload(message, notify);
	show(message, FALSE);
	show(message, TRUE);
	message->destroy(message);
	listener->listener.ike_state_change(&listener->listener, &ike_sa,
										IKE_ESTABLISHED);
	ck_assert(is_bound());
	listener->listener.ike_state_change(&listener->listener, &ike_sa,
										_i ? IKE_DELETING : IKE_DESTROYING);
	ck_assert(!is_bound());
	wait_for(streq(mock.events, "ENC"));
}
END_TEST

/**
 * Show a Delete of an IKE_SA to the listener
 */
static void show_delete(uint64_t spi_r)
{
	message_t *message = create_message(INFORMATIONAL_V1, 0);
	delete_payload_t *delete;

	delete = delete_payload_create(PLV1_DELETE, PROTO_IKE);
	delete->set_ike_spi(delete, mock.id->get_initiator_spi(mock.id), spi_r);
	message->add_payload(message, (payload_t*)delete);
	show(message, TRUE);
	message->destroy(message);
}

/** how a phase 1 ends */
static const struct {
	/** a Delete of it, of another one, none */
	int delete;
	ike_sa_state_t state;
	gdoi_phase1_end_t end;
} ends[] = {
	{ 2, IKE_DELETING, GDOI_PHASE1_PEER },
	{ 2, IKE_DESTROYING, GDOI_PHASE1_PEER },
	{ 1, IKE_DELETING, GDOI_PHASE1_OURS },
	{ 1, IKE_DESTROYING, GDOI_PHASE1_LOST },
	{ 0, IKE_DELETING, GDOI_PHASE1_OURS },
	{ 0, IKE_DESTROYING, GDOI_PHASE1_LOST },
};

/* LOG-148, KS-016: who ended phase 1 */
START_TEST(test_who_ended)
{
	uint64_t spi_r;

	respond(2, FALSE);
	establish();
	if (ends[_i].delete)
	{
		spi_r = mock.id->get_responder_spi(mock.id);
		show_delete(ends[_i].delete == 2 ? spi_r : spi_r + 1);
	}
	listener->listener.ike_state_change(&listener->listener, &ike_sa,
										ends[_i].state);
	wait_for(streq(mock.events, "EC"));
	ck_assert_int_eq(mock.end, ends[_i].end);
}
END_TEST

START_TEST(test_half_open)
{
	respond(2, FALSE);
	listener->listener.ike_state_change(&listener->listener, &ike_sa,
										IKE_DESTROYING);
	ck_assert(!bindings->get(bindings, 7));
	establish();
	ck_assert(!is_bound());
}
END_TEST

START_TEST(test_float)
{
	message_t *message;

	message = create_message(ID_PROT, 1);
	show(message, FALSE);
	message->destroy(message);
	/* not without a NAT */
	message = create_message(ID_PROT, 0);
	show(message, FALSE);
	ck_assert_int_eq(mock.other->get_port(mock.other), PORT);
	mock.nat = TRUE;
	show(message, TRUE);
	ck_assert_int_eq(mock.other->get_port(mock.other), PORT);
	show(message, FALSE);
	ck_assert_int_eq(mock.other->get_port(mock.other), 4500);
	ck_assert_int_eq(mock.me->get_port(mock.me),
					 charon->socket->get_port(charon->socket, TRUE));
	ck_assert(mock.me->equals(mock.me, message->get_source(message)));
	ck_assert(mock.other->equals(mock.other,
								 message->get_destination(message)));
	message->destroy(message);
}
END_TEST

START_TEST(test_float_others)
{
	message_t *message;

	/* charon itself moves what is on its own port */
	mock.nat = TRUE;
	mock.me->set_port(mock.me, 500);
	mock.other->set_port(mock.other, 500);
	message = create_message(ID_PROT, 0);
	show(message, FALSE);
	ck_assert_int_eq(mock.other->get_port(mock.other), 500);
	message->destroy(message);
}
END_TEST

Suite *suite_transport_listener(void)
{
	Suite *suite = suite_create("transport listener");
	TCase *tc;

	tc = tcase_create("phase 1");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_initiator_doi, 0, 2);
	tcase_add_test(tc, test_freshness_announced);
	tcase_add_test(tc, test_others_unchanged);
	tcase_add_test(tc, test_responder);
	tcase_add_loop_test(tc, test_ipsec_doi, 0, 2);
	tcase_add_loop_test(tc, test_end, 0, 2);
	tcase_add_test(tc, test_half_open);
	tcase_add_loop_test(tc, test_who_ended, 0, countof(ends));
	tcase_add_test(tc, test_float);
	tcase_add_test(tc, test_float_others);
	suite_add_tcase(suite, tc);
	return suite;
}
