/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What a group SA asks of the kernel, seen by a kernel interface that notes
 * it all and refuses what it is told to.
 */

#include "cryptomap_suites.h"

#include <crypto_map_recorder.h>
#include <group_sa.h>

#include <daemon.h>

#define SPI 0x0a0b0c0d
#define NEXT_SPI 0x01020304
#define REQID 77

/** the daemon that group_sa.c looks for; libcharon is not linked */
static daemon_t fake_daemon;
static kernel_interface_t fake_kernel;
daemon_t *charon = &fake_daemon;

/** the crypto map of all tests */
static crypto_map_t *map;

/** what happened, and calls until one is refused, 0 for never */
static char notes[4096];
static int refuse;

/** mode and replay window that states must have, and policies of the mode */
static ipsec_mode_t mode;
static u_int window;

/** note what the crypto map is told */
static bool note_flips;

/** TRUE if the kernel has not the state that it is asked for */
static bool gone;

/** seconds that states have to live at least, and a minute more at most */
static uint64_t life;

/**
 * Note a call.
 */
static status_t note(char *fmt, ...)
{
	size_t len = strlen(notes);
	va_list args;

	va_start(args, fmt);
	vsnprintf(notes + len, sizeof(notes) - len, fmt, args);
	va_end(args);
	return refuse && --refuse == 0 ? FAILED : SUCCESS;
}

/**
 * Name of a state: family and direction.
 */
static const char *name_state(kernel_ipsec_sa_id_t *id)
{
	return id->dst->get_family(id->dst) == AF_INET
		? id->if_id ? "out4" : "in4"
		: id->if_id ? "out6" : "in6";
}

/**
 * Check a selector: an anchor, but it matches everything.
 */
static void assert_selector(linked_list_t *list, host_t *anchor)
{
	traffic_selector_t *ts;
	uint8_t mask = 255;
	host_t *net;

	ck_assert_int_eq(list->get_count(list), 1);
	ck_assert_int_eq(list->get_first(list, (void**)&ts), SUCCESS);
	ck_assert_int_eq(ts->get_type(ts),
					 anchor->get_family(anchor) == AF_INET
						? TS_IPV4_ADDR_RANGE : TS_IPV6_ADDR_RANGE);
	ck_assert_uint_eq(ts->get_protocol(ts), 0);
	ck_assert_uint_eq(ts->get_from_port(ts), 0);
	ck_assert_uint_eq(ts->get_to_port(ts), 65535);
	ck_assert(ts->to_subnet(ts, &net, &mask));
	ck_assert(net->ip_equals(net, anchor));
	ck_assert_uint_eq(mask, 0);
	net->destroy(net);
}

METHOD(kernel_interface_t, add_sa, status_t,
	kernel_interface_t *this, kernel_ipsec_sa_id_t *id,
	kernel_ipsec_add_sa_t *data)
{
	ck_assert_int_eq(id->proto, IPPROTO_ESP);
	ck_assert_int_eq(data->mode, mode);
	if (mode == MODE_BEET)
	{
		assert_selector(data->src_ts, id->src);
		assert_selector(data->dst_ts, id->dst);
	}
	ck_assert_uint_eq(data->replay_window, data->inbound ? window : 0);
	ck_assert(!data->esn && !data->encap && !data->update);
	ck_assert_int_eq(data->inbound, id->if_id == 0);
	/* inbound ones are known to their policies by this */
	ck_assert_uint_eq(data->reqid, data->inbound ? CRYPTO_MAP_REQID : REQID);
	ck_assert_uint_eq(data->enc_key.len, 32);
	ck_assert_uint_eq(data->int_key.len, 32);
	ck_assert_uint_ge(data->lifetime->time.life, life);
	ck_assert_uint_le(data->lifetime->time.life, life + 60);
	ck_assert_uint_eq(data->lifetime->time.rekey, 0);
	return note("add %s %08x df=%d\n", name_state(id), ntohl(id->spi),
				data->copy_df);
}

METHOD(kernel_interface_t, del_sa, status_t,
	kernel_interface_t *this, kernel_ipsec_sa_id_t *id,
	kernel_ipsec_del_sa_t *data)
{
	return note("del %s %08x\n", name_state(id), ntohl(id->spi));
}

METHOD(kernel_interface_t, query_sa, status_t,
	kernel_interface_t *this, kernel_ipsec_sa_id_t *id,
	kernel_ipsec_query_sa_t *data, uint64_t *bytes, uint64_t *packets,
	time_t *time)
{
	*bytes = 1000;
	*packets = id->if_id ? 1 : 2;
	return gone ? FAILED : SUCCESS;
}

/**
 * Note a policy.
 */
static status_t note_policy(char *what, kernel_ipsec_policy_id_t *id,
							kernel_ipsec_manage_policy_t *data)
{
	ck_assert_int_eq(id->dir, POLICY_OUT);
	ck_assert_uint_ne(id->if_id, 0);
	ck_assert(id->mark.mask != 0);
	ck_assert_uint_eq(id->mark.value, map->get_mark(map, 0,
										data->sa->mode == MODE_BEET).value);
	ck_assert(data->sa->esp.use);
	ck_assert_uint_eq(data->sa->reqid, REQID);
	return note("%s policy%d %08x\n", what,
				data->src->get_family(data->src) == AF_INET ? 4 : 6,
				ntohl(data->sa->esp.spi));
}

METHOD(kernel_interface_t, add_policy, status_t,
	kernel_interface_t *this, kernel_ipsec_policy_id_t *id,
	kernel_ipsec_manage_policy_t *data)
{
	return note_policy("add", id, data);
}

METHOD(kernel_interface_t, del_policy, status_t,
	kernel_interface_t *this, kernel_ipsec_policy_id_t *id,
	kernel_ipsec_manage_policy_t *data)
{
	return note_policy("del", id, data);
}

/**
 * Compare what happened since the last time.
 */
static void assert_notes(const char *expected)
{
	ck_assert_str_eq(notes, expected);
	notes[0] = '\0';
}

/**
 * Values of a TEK with the default algorithms.
 */
static group_tek_data_t tek_data(uint32_t spi)
{
	static uint8_t key[32];

	return (group_tek_data_t){
		.protocol = PROTO_ESP,
		.spi = htonl(spi),
		.encr = ENCR_AES_CBC,
		.encr_bits = 256,
		.integ = AUTH_HMAC_SHA2_256_128,
		.tunnel = TRUE,
		.lifetime = 3600,
		.encr_key = chunk_from_thing(key),
		.integ_key = chunk_from_thing(key),
	};
}

/**
 * Make an SA, or NULL if it is refused.
 */
static group_sa_t *make_sa(crypto_map_t *map, group_tek_data_t data)
{
	group_tek_t *tek;
	group_sa_t *sa;

	data.acl = group_acl_create();
	tek = group_tek_create(&data);
	sa = group_sa_create(map, tek, 0, REQID);
	tek->destroy(tek);
	data.acl->destroy(data.acl);
	return sa;
}

METHOD(crypto_map_t, note_stamped, void,
	crypto_map_t *this, u_int sa, bool stamped)
{
	if (note_flips)
	{
		note("stamped %u %s\n", sa, stamped ? "yes" : "no");
	}
}

static void set_up(void)
{
	crypto_map_params_t params = { .group = "data", .interface = "lo" };

	map = crypto_map_recorder_create(&params);
	map->set_stamped = _note_stamped;
	mode = MODE_TUNNEL;
	window = 0;
	note_flips = FALSE;
	fake_kernel = (kernel_interface_t){
		.add_sa = _add_sa,
		.del_sa = _del_sa,
		.query_sa = _query_sa,
		.add_policy = _add_policy,
		.del_policy = _del_policy,
	};
	fake_daemon.kernel = &fake_kernel;
	notes[0] = '\0';
	refuse = 0;
	life = 3600;
	gone = FALSE;
}

static void tear_down(void)
{
	map->destroy(map);
}

#define INSTALLED \
	"add in4 0a0b0c0d df=1\nadd in6 0a0b0c0d df=1\n" \
	"add out4 0a0b0c0d df=1\nadd out6 0a0b0c0d df=1\n"
#define REMOVED \
	"del out6 0a0b0c0d\ndel out4 0a0b0c0d\n" \
	"del in6 0a0b0c0d\ndel in4 0a0b0c0d\n"

/* nothing is sent before activate(), and nothing is left after destroy() */
START_TEST(test_life)
{
	uint64_t bytes, packets;
	group_sa_t *sa;

	sa = make_sa(map, tek_data(SPI));
	ck_assert_uint_eq(ntohl(sa->get_spi(sa)), SPI);
	ck_assert(!sa->activate(sa, NULL));
	ck_assert(!sa->query(sa, TRUE, &bytes, &packets));
	assert_notes("");
	ck_assert(sa->install(sa, FALSE));
	assert_notes(INSTALLED);
	ck_assert(sa->install(sa, FALSE));
	assert_notes("");
	ck_assert(!sa->is_active(sa));
	ck_assert(sa->activate(sa, NULL));
	ck_assert(sa->is_active(sa));
	assert_notes("add policy4 0a0b0c0d\nadd policy6 0a0b0c0d\n");
	ck_assert(sa->query(sa, TRUE, &bytes, &packets));
	ck_assert_uint_eq(packets, 4);
	ck_assert_uint_eq(bytes, 2000);
	ck_assert(sa->query(sa, FALSE, &bytes, &packets));
	ck_assert_uint_eq(packets, 2);
	sa->destroy(sa);
	assert_notes("del policy4 0a0b0c0d\ndel policy6 0a0b0c0d\n" REMOVED);
}
END_TEST

/**
 * Where a state leads to, by direction.
 */
static host_t *get_anchor(int family, bool inbound)
{
	return map->get_anchor(map, family, inbound);
}

/* a state that is gone comes back alone, with the time that is left; what is
 * not a state of the SA doesn't */
START_TEST(test_restore)
{
	host_t *other = host_create_from_string("203.0.113.9", 0);
	group_sa_t *sa;

	sa = make_sa(map, tek_data(SPI));
	ck_assert_int_eq(sa->restore(sa, get_anchor(AF_INET, TRUE), 3600),
					 NOT_FOUND);
	ck_assert(sa->install(sa, FALSE) && sa->activate(sa, NULL));
	notes[0] = '\0';
	/* it was a larval state that is gone, ours is there */
	ck_assert_int_eq(sa->restore(sa, get_anchor(AF_INET, FALSE), 7),
					 NOT_FOUND);
	gone = TRUE;
	ck_assert_int_eq(sa->restore(sa, other, 3600), NOT_FOUND);
	assert_notes("");
	life = 7 + 30;
	ck_assert_int_eq(sa->restore(sa, get_anchor(AF_INET, TRUE), 7), SUCCESS);
	assert_notes("add in4 0a0b0c0d df=1\n");
	ck_assert_int_eq(sa->restore(sa, get_anchor(AF_INET6, FALSE), 7), SUCCESS);
	assert_notes("add out6 0a0b0c0d df=1\n");
	ck_assert(sa->is_active(sa));
	/* what came in between is replaced */
	refuse = 1;
	ck_assert_int_eq(sa->restore(sa, get_anchor(AF_INET, FALSE), 7), SUCCESS);
	assert_notes("add out4 0a0b0c0d df=1\ndel out4 0a0b0c0d\n"
				 "add out4 0a0b0c0d df=1\n");
	sa->destroy(sa);
	other->destroy(other);
}
END_TEST

/* ACL-013: the next SA takes over before the one before lets go */
START_TEST(test_switch)
{
	group_sa_t *sa, *next;

	sa = make_sa(map, tek_data(SPI));
	next = make_sa(map, tek_data(NEXT_SPI));
	ck_assert(sa->install(sa, FALSE));
	ck_assert(sa->activate(sa, NULL));
	ck_assert(next->install(next, FALSE));
	notes[0] = '\0';
	ck_assert(next->activate(next, sa));
	assert_notes("add policy4 01020304\nadd policy6 01020304\n"
				 "del policy4 0a0b0c0d\ndel policy6 0a0b0c0d\n");
	ck_assert(!sa->is_active(sa));
	ck_assert(next->is_active(next));
	/* the old one still receives, and then goes alone */
	sa->destroy(sa);
	assert_notes(REMOVED);
	next->destroy(next);
}
END_TEST

/* a switch that the kernel refuses leaves the old one active */
START_TEST(test_switch_refused)
{
	group_sa_t *sa, *next;

	sa = make_sa(map, tek_data(SPI));
	next = make_sa(map, tek_data(NEXT_SPI));
	ck_assert(sa->install(sa, FALSE) && sa->activate(sa, NULL));
	ck_assert(next->install(next, FALSE));
	notes[0] = '\0';
	refuse = _i;
	ck_assert(!next->activate(next, sa));
	ck_assert(sa->is_active(sa));
	ck_assert(!next->is_active(next));
	ck_assert(strstr(notes, "del policy4 01020304\n"
					 "del policy6 01020304\n") != NULL);
	ck_assert(strstr(notes, "0a0b0c0d") == NULL);
	refuse = 0;
	sa->destroy(sa);
	next->destroy(next);
}
END_TEST

/**
 * Make the SA of a TEK with anti-replay.
 */
static group_sa_t *make_replay_sa(uint32_t spi, group_replay_t replay,
								  uint32_t replay_window)
{
	group_tek_data_t data = tek_data(spi);

	data.replay = replay;
	data.replay_window = replay_window;
	return make_sa(map, data);
}

static const struct {
	group_replay_t replay;
	uint32_t replay_window;
	ipsec_mode_t mode;
	u_int window;
} replays[] = {
	{ GROUP_REPLAY_NONE, 0, MODE_TUNNEL, 0 },
	/* a leftover number is nobody's window */
	{ GROUP_REPLAY_NONE, 64, MODE_TUNNEL, 0 },
	{ GROUP_REPLAY_COUNTER, 32, MODE_TUNNEL, 32 },
	{ GROUP_REPLAY_COUNTER, 4096, MODE_TUNNEL, 4096 },
	{ GROUP_REPLAY_TIME, 30000, MODE_BEET, 0 },
	{ GROUP_REPLAY_D3P, 1000, MODE_BEET, 0 },
};

/* TBAR-010, TBAR-015, D3P: what states are like by method; the sequence numbers
 * of outbound ones are never looked at */
START_TEST(test_replay)
{
	bool stamped = replays[_i].mode == MODE_BEET;
	group_sa_t *sa;

	mode = replays[_i].mode;
	window = replays[_i].window;
	note_flips = TRUE;
	sa = make_replay_sa(SPI, replays[_i].replay, replays[_i].replay_window);
	ck_assert(sa->install(sa, FALSE));
	assert_notes(INSTALLED);
	ck_assert(sa->activate(sa, NULL));
	assert_notes(stamped ? "add policy4 0a0b0c0d\nadd policy6 0a0b0c0d\n"
						   "stamped 0 yes\n"
						 : "add policy4 0a0b0c0d\nadd policy6 0a0b0c0d\n"
						   "stamped 0 no\n");
	sa->destroy(sa);
	assert_notes("del policy4 0a0b0c0d\ndel policy6 0a0b0c0d\n" REMOVED);
}
END_TEST

/* REKEY-242: headers come and go without loss: policies of both kinds are there
 * when the crypto map is told to use the other one */
START_TEST(test_switch_kind)
{
	group_sa_t *sa, *next;

	note_flips = TRUE;
	mode = _i ? MODE_BEET : MODE_TUNNEL;
	sa = make_replay_sa(SPI, _i ? GROUP_REPLAY_D3P : GROUP_REPLAY_NONE, 1000);
	ck_assert(sa->install(sa, FALSE) && sa->activate(sa, NULL));
	mode = _i ? MODE_TUNNEL : MODE_BEET;
	next = make_replay_sa(NEXT_SPI, _i ? GROUP_REPLAY_NONE : GROUP_REPLAY_D3P,
						  1000);
	ck_assert(next->install(next, FALSE));
	notes[0] = '\0';
	ck_assert(next->activate(next, sa));
	assert_notes(_i ? "add policy4 01020304\nadd policy6 01020304\n"
					  "stamped 0 no\n"
					  "del policy4 0a0b0c0d\ndel policy6 0a0b0c0d\n"
					: "add policy4 01020304\nadd policy6 01020304\n"
					  "stamped 0 yes\n"
					  "del policy4 0a0b0c0d\ndel policy6 0a0b0c0d\n");
	sa->destroy(sa);
	next->destroy(next);
}
END_TEST

/* a state that a dead process left is replaced (same TEK, same SPI) */
START_TEST(test_leftover)
{
	group_sa_t *sa;

	sa = make_sa(map, tek_data(SPI));
	refuse = 2;
	ck_assert(sa->install(sa, TRUE));
	assert_notes("add in4 0a0b0c0d df=0\nadd in6 0a0b0c0d df=0\n"
				 "del in6 0a0b0c0d\nadd in6 0a0b0c0d df=0\n"
				 "add out4 0a0b0c0d df=0\nadd out6 0a0b0c0d df=0\n");
	sa->destroy(sa);
	assert_notes(REMOVED);
}
END_TEST

/**
 * Refuse everything from the third state on.
 */
METHOD(kernel_interface_t, add_sa_refused, status_t,
	kernel_interface_t *this, kernel_ipsec_sa_id_t *id,
	kernel_ipsec_add_sa_t *data)
{
	return data->inbound ? _add_sa(this, id, data) : FAILED;
}

/* states that can't be installed leave none behind */
START_TEST(test_install_refused)
{
	group_sa_t *sa;

	fake_kernel.add_sa = _add_sa_refused;
	sa = make_sa(map, tek_data(SPI));
	ck_assert(!sa->install(sa, FALSE));
	assert_notes("add in4 0a0b0c0d df=1\nadd in6 0a0b0c0d df=1\n"
				 "del out4 0a0b0c0d\n"
				 "del in6 0a0b0c0d\ndel in4 0a0b0c0d\n");
	ck_assert(!sa->activate(sa, NULL));
	sa->destroy(sa);
	assert_notes("");
}
END_TEST

/* what can't be a group SA */
START_TEST(test_refused)
{
	group_tek_data_t data;

	data = tek_data(SPI);
	data.protocol = PROTO_AH;
	ck_assert(make_sa(map, data) == NULL);
	data = tek_data(SPI);
	data.tunnel = FALSE;
	ck_assert(make_sa(map, data) == NULL);
	data = tek_data(SPI);
	data.encr_key = chunk_empty;
	ck_assert(make_sa(map, data) == NULL);
	data = tek_data(SPI);
	data.encr = ENCR_BLOWFISH;
	ck_assert(make_sa(map, data) == NULL);
}
END_TEST

static const struct {
	encryption_algorithm_t encr;
	uint16_t bits;
	integrity_algorithm_t integ;
	crypto_map_esp_t esp;
} algorithms[] = {
	{ ENCR_AES_CBC, 256, AUTH_HMAC_SHA2_256_128, { 16, 16, 16 } },
	{ ENCR_AES_CBC, 128, AUTH_HMAC_SHA2_512_256, { 16, 16, 32 } },
	{ ENCR_3DES, 0, AUTH_HMAC_SHA1_96, { 8, 8, 12 } },
	{ ENCR_AES_GCM_ICV16, 256, AUTH_UNDEFINED, { 4, 8, 16 } },
	{ ENCR_AES_GCM_ICV8, 128, AUTH_UNDEFINED, { 4, 8, 8 } },
};

START_TEST(test_sizes)
{
	group_tek_data_t data = tek_data(SPI);
	crypto_map_esp_t esp;
	group_tek_t *tek;

	data.encr = algorithms[_i].encr;
	data.encr_bits = algorithms[_i].bits;
	data.integ = algorithms[_i].integ;
	data.encr_key = data.integ_key = chunk_empty;
	data.acl = group_acl_create();
	tek = group_tek_create(&data);
	ck_assert(group_sa_esp_sizes(tek, &esp));
	ck_assert_uint_eq(esp.block, algorithms[_i].esp.block);
	ck_assert_uint_eq(esp.iv, algorithms[_i].esp.iv);
	ck_assert_uint_eq(esp.icv, algorithms[_i].esp.icv);
	tek->destroy(tek);
	data.acl->destroy(data.acl);
}
END_TEST

Suite *cryptomap_group_sa_suite(void)
{
	Suite *suite = suite_create("group SA");
	TCase *tcase = tcase_create("kernel");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, test_life);
	tcase_add_test(tcase, test_restore);
	tcase_add_test(tcase, test_switch);
	tcase_add_loop_test(tcase, test_switch_refused, 1, 3);
	tcase_add_loop_test(tcase, test_replay, 0, countof(replays));
	tcase_add_loop_test(tcase, test_switch_kind, 0, 2);
	tcase_add_test(tcase, test_leftover);
	tcase_add_test(tcase, test_install_refused);
	tcase_add_test(tcase, test_refused);
	tcase_add_loop_test(tcase, test_sizes, 0, countof(algorithms));
	suite_add_tcase(suite, tcase);
	return suite;
}
