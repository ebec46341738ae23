/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Outbound SAs of counter modes and their Sender IDs (RFC 6407 section 3.5,
 * RFC 6054): a kernel interface that notes what it is asked for, and samplers
 * that take as many slices as they are told to.
 */

#include "cryptomap_suites.h"

#include <crypto_map_recorder.h>
#include <group_sa.h>

#include <daemon.h>

#include <stdio.h>

#define SPI 0x0a0b0c0d
#define REQID 77

/** what happened */
static char notes[4096];

/** what samplers give, one letter per run(): more, done, failed */
static const char *script;

/** packets that an outbound state has sent */
static uint64_t sent;

static kernel_interface_t kernel;
static bus_t bus = { .log = (void*)nop };
static crypto_map_t *map;

/** a sampler by the script */
typedef struct {
	sid_sampler_t public;
	uint32_t sid;
} scripted_t;

/**
 * Note something.
 */
static status_t note(char *fmt, ...)
{
	size_t len = strlen(notes);
	va_list args;

	va_start(args, fmt);
	vsnprintf(notes + len, sizeof(notes) - len, fmt, args);
	va_end(args);
	return SUCCESS;
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
 * Name of a state: direction and family.
 */
static const char *name_state(kernel_ipsec_sa_id_t *id)
{
	return id->dst->get_family(id->dst) == AF_INET
		? id->if_id ? "out4" : "in4"
		: id->if_id ? "out6" : "in6";
}

METHOD(kernel_interface_t, add_sa, status_t,
	kernel_interface_t *this, kernel_ipsec_sa_id_t *id,
	kernel_ipsec_add_sa_t *data)
{
	ck_assert_int_eq(data->enc_alg, ENCR_AES_GCM_ICV16);
	/* no ESN: the kernel stops before the SSIV begins again */
	ck_assert(!data->esn);
	return note("add %s\n", name_state(id));
}

METHOD(kernel_interface_t, del_sa, status_t,
	kernel_interface_t *this, kernel_ipsec_sa_id_t *id,
	kernel_ipsec_del_sa_t *data)
{
	return note("del %s\n", name_state(id));
}

/** TRUE if the kernel has not the state that it is asked for */
static bool gone;

METHOD(kernel_interface_t, query_sa, status_t,
	kernel_interface_t *this, kernel_ipsec_sa_id_t *id,
	kernel_ipsec_query_sa_t *data, uint64_t *bytes, uint64_t *packets,
	time_t *time)
{
	*bytes = 0;
	*packets = id->if_id ? sent : 7;
	return gone ? FAILED : SUCCESS;
}

METHOD(kernel_interface_t, add_policy, status_t,
	kernel_interface_t *this, kernel_ipsec_policy_id_t *id,
	kernel_ipsec_manage_policy_t *data)
{
	return note("add policy%d\n",
				data->src->get_family(data->src) == AF_INET ? 4 : 6);
}

METHOD(kernel_interface_t, del_policy, status_t,
	kernel_interface_t *this, kernel_ipsec_policy_id_t *id,
	kernel_ipsec_manage_policy_t *data)
{
	return note("del policy%d\n",
				data->src->get_family(data->src) == AF_INET ? 4 : 6);
}

METHOD(sid_sampler_t, scripted_run, sid_sampler_status_t,
	scripted_t *this, u_int ms)
{
	ck_assert(*script);
	switch (*script++)
	{
		case 'm':
			return SID_SAMPLER_MORE;
		case 'd':
			return SID_SAMPLER_DONE;
		default:
			return SID_SAMPLER_FAILED;
	}
}

METHOD(sid_sampler_t, scripted_get_sid, uint32_t,
	scripted_t *this)
{
	return this->sid;
}

METHOD(sid_sampler_t, scripted_destroy, void,
	scripted_t *this)
{
	note("end\n");
	free(this);
}

/**
 * Make a sampler that gives the last Sender ID.
 */
static sid_sampler_t *create_sampler(crypto_map_t *this, int family,
									 uint32_t spi, uint8_t bits,
									 const uint32_t *sids, u_int count)
{
	scripted_t *sampler;

	if (!sid_sampler_is_possible(bits, sids, count))
	{
		return NULL;
	}
	ck_assert_uint_eq(spi, htonl(SPI));
	note("sample %d %u of %u\n", family == AF_INET ? 4 : 6, bits, count);
	INIT(sampler,
		.public = {
			.run = _scripted_run,
			.get_sid = _scripted_get_sid,
			.get_tries = (void*)return_null,
			.get_reason = (void*)return_null,
			.destroy = _scripted_destroy,
		},
		.sid = sids[count - 1],
	);
	return &sampler->public;
}

/**
 * Make an SA with AES-GCM for traffic of some lines.
 */
static group_sa_t *make_sa(const char *line, const char *other)
{
	static uint8_t key[36];
	group_tek_data_t data = {
		.protocol = PROTO_ESP,
		.spi = htonl(SPI),
		.encr = ENCR_AES_GCM_ICV16,
		.encr_bits = 256,
		.integ = AUTH_UNDEFINED,
		.tunnel = TRUE,
		.lifetime = 3600,
		.encr_key = chunk_from_thing(key),
		.acl = group_acl_create(),
	};
	const char *lines[] = { line, other };
	group_ace_t ace;
	group_tek_t *tek;
	group_sa_t *sa;
	int i;

	for (i = 0; i < countof(lines); i++)
	{
		if (lines[i])
		{
			ck_assert(group_ace_parse(lines[i], &ace, NULL));
			data.acl->append(data.acl, &ace);
		}
	}
	tek = group_tek_create(&data);
	sa = group_sa_create(map, tek, 0, REQID);
	ck_assert(sa != NULL);
	ck_assert_uint_eq(group_sa_count_sids(tek), line && !other ? 1 : 2);
	tek->destroy(tek);
	data.acl->destroy(data.acl);
	return sa;
}

#define LINE4 "permit ip 10.0.0.0/8 10.0.0.0/8"
#define LINE6 "permit ip fd00::/16 fd00::/16"

static const uint32_t sids[] = { 3, 4, 5 };

static void set_up(void)
{
	crypto_map_params_t params = { .group = "data", .interface = "lo" };

	map = crypto_map_recorder_create(&params);
	map->create_sampler = create_sampler;
	kernel = (kernel_interface_t){
		.add_sa = _add_sa,
		.del_sa = _del_sa,
		.query_sa = _query_sa,
		.add_policy = _add_policy,
		.del_policy = _del_policy,
	};
	charon->kernel = &kernel;
	charon->bus = &bus;
	notes[0] = '\0';
	script = "";
	sent = 0;
	gone = FALSE;
}

static void tear_down(void)
{
	ck_assert_str_eq(script, "");
	map->destroy(map);
}

/* a sender without Sender IDs installs no outbound SA; with them it has one
 * for each family, in as many slices as it takes */
START_TEST(test_life)
{
	uint64_t bytes, packets;
	group_sa_t *sa;
	uint32_t sid = 0;

	sa = make_sa(LINE4, LINE6);
	ck_assert(!sa->needs_sid(sa));
	ck_assert(sa->install(sa, FALSE));
	assert_notes("add in4\nadd in6\n");
	ck_assert(sa->needs_sid(sa));
	ck_assert(!sa->activate(sa, NULL));
	ck_assert(sa->query(sa, FALSE, &bytes, &packets));
	ck_assert_uint_eq(packets, 0);
	assert_notes("");
	script = "mmd";
	ck_assert(sa->sample(sa, 8, sids, 3, 50, &sid) == SID_SAMPLER_MORE);
	/* those of a later registration don't count for this state any more */
	ck_assert(sa->sample(sa, 12, sids, 1, 50, &sid) == SID_SAMPLER_MORE);
	ck_assert(sa->sample(sa, 12, sids, 1, 50, &sid) == SID_SAMPLER_DONE);
	ck_assert_uint_eq(sid, 5);
	assert_notes("add out4\nsample 4 8 of 3\nend\n");
	ck_assert(sa->needs_sid(sa) && !sa->activate(sa, NULL));
	script = "d";
	ck_assert(sa->sample(sa, 8, sids, 2, 50, &sid) == SID_SAMPLER_DONE);
	ck_assert_uint_eq(sid, 4);
	assert_notes("add out6\nsample 6 8 of 2\nend\n");
	ck_assert(!sa->needs_sid(sa));
	ck_assert(sa->activate(sa, NULL));
	assert_notes("add policy4\nadd policy6\n");
	sa->destroy(sa);
	assert_notes("del policy4\ndel policy6\ndel out4\ndel out6\n"
				 "del in6\ndel in4\n");
}
END_TEST

/* a family without lines needs no state and no Sender ID */
START_TEST(test_one_family)
{
	group_sa_t *sa;
	uint32_t sid;

	sa = make_sa(_i ? LINE6 : LINE4, NULL);
	ck_assert(sa->install(sa, FALSE));
	script = "d";
	ck_assert(sa->sample(sa, 16, sids, 1, 50, &sid) == SID_SAMPLER_DONE);
	ck_assert(!sa->needs_sid(sa));
	ck_assert(sa->sample(sa, 16, sids, 1, 50, &sid) == SID_SAMPLER_FAILED);
	ck_assert(sa->activate(sa, NULL));
	assert_notes(_i ? "add in4\nadd in6\nadd out6\nsample 6 16 of 1\nend\n"
					  "add policy6\n"
					: "add in4\nadd in6\nadd out4\nsample 4 16 of 1\nend\n"
					  "add policy4\n");
	sa->destroy(sa);
	assert_notes(_i ? "del policy6\ndel out6\ndel in6\ndel in4\n"
					: "del policy4\ndel out4\ndel in6\ndel in4\n");
}
END_TEST

/* an outbound state that the kernel removed does not come back with the IVs
 * that it had: renew() and sample() make another one */
START_TEST(test_restore)
{
	group_sa_t *sa;
	uint32_t sid;
	host_t *dst;

	sa = make_sa(LINE4, NULL);
	ck_assert(sa->install(sa, FALSE));
	dst = map->get_anchor(map, AF_INET, FALSE);
	/* there is none yet */
	ck_assert_int_eq(sa->restore(sa, dst, 3600), NOT_FOUND);
	script = "dd";
	ck_assert(sa->sample(sa, 8, sids, 1, 50, &sid) == SID_SAMPLER_DONE);
	notes[0] = '\0';
	/* what is gone was a larval state */
	ck_assert_int_eq(sa->restore(sa, dst, 3600), NOT_FOUND);
	gone = TRUE;
	ck_assert_int_eq(sa->restore(sa, dst, 3600), NEED_MORE);
	assert_notes("");
	sa->renew(sa);
	assert_notes("del out4\n");
	ck_assert_int_eq(sa->restore(sa, dst, 3600), NOT_FOUND);
	ck_assert(sa->needs_sid(sa));
	ck_assert(sa->sample(sa, 8, sids + 1, 1, 50, &sid) == SID_SAMPLER_DONE);
	ck_assert_uint_eq(sid, 4);
	assert_notes("add out4\nsample 4 8 of 1\nend\n");
	dst = map->get_anchor(map, AF_INET, TRUE);
	ck_assert_int_eq(sa->restore(sa, dst, 3600), SUCCESS);
	assert_notes("add in4\n");
	sa->destroy(sa);
	notes[0] = '\0';
}
END_TEST

/* a state that got no Sender ID goes, and can be tried again */
START_TEST(test_failure)
{
	group_sa_t *sa;
	uint32_t sid;

	sa = make_sa(LINE4, NULL);
	ck_assert(sa->install(sa, FALSE));
	notes[0] = '\0';
	script = "mfd";
	ck_assert(sa->sample(sa, 8, sids, 1, 50, &sid) == SID_SAMPLER_MORE);
	ck_assert(sa->sample(sa, 8, sids, 1, 50, &sid) == SID_SAMPLER_FAILED);
	assert_notes("add out4\nsample 4 8 of 1\nend\ndel out4\n");
	ck_assert(!sa->activate(sa, NULL));
	ck_assert(sa->sample(sa, 8, sids, 1, 50, &sid) == SID_SAMPLER_DONE);
	assert_notes("add out4\nsample 4 8 of 1\nend\n");
	sa->destroy(sa);
	assert_notes("del out4\ndel in6\ndel in4\n");
}
END_TEST

/* the end in the middle of it */
START_TEST(test_destroy)
{
	group_sa_t *sa;
	uint32_t sid;

	sa = make_sa(LINE4, LINE6);
	ck_assert(sa->install(sa, FALSE));
	script = "m";
	ck_assert(sa->sample(sa, 8, sids, 1, 50, &sid) == SID_SAMPLER_MORE);
	notes[0] = '\0';
	sa->destroy(sa);
	assert_notes("end\ndel out4\ndel in6\ndel in4\n");
}
END_TEST

static const struct {
	uint8_t bits;
	uint32_t sid;
	u_int count;
} impossible[] = {
	{ 0, 0, 1 },
	{ 7, 0, 1 },
	{ 17, 0, 1 },
	{ 24, 0, 1 },
	{ 8, 256, 1 },
	{ 12, 4096, 1 },
	{ 8, 1, 0 },
};

/* what can't be had leaves nothing in the kernel */
START_TEST(test_impossible)
{
	group_sa_t *sa;
	uint32_t sid;

	sa = make_sa(LINE4, NULL);
	ck_assert(sa->install(sa, FALSE));
	notes[0] = '\0';
	ck_assert(sa->sample(sa, impossible[_i].bits, &impossible[_i].sid,
						 impossible[_i].count, 50, &sid) == SID_SAMPLER_FAILED);
	assert_notes("add out4\ndel out4\n");
	sa->destroy(sa);
}
END_TEST

/* GM-024: other states take over before sequence numbers end */
START_TEST(test_renew)
{
	uint64_t bytes, packets;
	group_sa_t *sa;
	uint32_t sid;

	sa = make_sa(LINE4, LINE6);
	ck_assert(sa->install(sa, FALSE));
	script = "dddd";
	ck_assert(sa->sample(sa, 8, sids, 1, 50, &sid) == SID_SAMPLER_DONE);
	ck_assert(sa->sample(sa, 8, sids, 2, 50, &sid) == SID_SAMPLER_DONE);
	ck_assert(sa->activate(sa, NULL));
	sent = GROUP_SA_PACKETS_MAX / 2;
	ck_assert(sa->query(sa, FALSE, &bytes, &packets));
	ck_assert_uint_eq(packets, GROUP_SA_PACKETS_MAX);
	/* well before the kernel stops */
	ck_assert_uint_lt(GROUP_SA_PACKETS_MAX, UINT32_MAX);
	notes[0] = '\0';
	sa->deactivate(sa);
	sa->renew(sa);
	assert_notes("del policy4\ndel policy6\ndel out4\ndel out6\n");
	ck_assert(sa->needs_sid(sa));
	ck_assert(sa->sample(sa, 8, sids, 3, 50, &sid) == SID_SAMPLER_DONE);
	ck_assert(sa->sample(sa, 8, sids, 3, 50, &sid) == SID_SAMPLER_DONE);
	ck_assert(sa->activate(sa, NULL));
	sa->destroy(sa);
}
END_TEST

/* the Sender ID is in the leftmost bits of the IV, RFC 6054 section 3 */
START_TEST(test_match)
{
	ck_assert(sid_sampler_match(0x0100000000000001ULL, 8, 1));
	ck_assert(sid_sampler_match(0x01ffffffffffffffULL, 8, 1));
	ck_assert(!sid_sampler_match(0x0200000000000001ULL, 8, 1));
	ck_assert(sid_sampler_match(0x0010000000000000ULL, 12, 1));
	ck_assert(sid_sampler_match(0xfffe000000000000ULL, 16, 0xfffe));
	ck_assert(!sid_sampler_match(0xffff000000000000ULL, 16, 0xfffe));
	ck_assert(sid_sampler_match(0x00000000ffffffffULL, 16, 0));
}
END_TEST

/* the recorder has every Sender ID at once, and says so */
START_TEST(test_recorder)
{
	crypto_map_params_t params = { .group = "data", .interface = "lo" };
	char path[] = "/tmp/test-sids.XXXXXX", line[128] = "";
	sid_sampler_t *sampler;
	crypto_map_t *recorder;
	FILE *file;
	int fd;

	fd = mkstemp(path);
	ck_assert_int_ne(fd, -1);
	lib->settings->set_str(lib->settings, "%s.plugins.gdoi.crypto_map_record",
						   path, lib->ns);
	recorder = crypto_map_recorder_create(&params);
	sampler = recorder->create_sampler(recorder, AF_INET6, htonl(SPI), 12,
									   sids, 2);
	ck_assert(sampler->run(sampler, 50) == SID_SAMPLER_DONE);
	ck_assert_uint_eq(sampler->get_sid(sampler), 3);
	sampler->destroy(sampler);
	ck_assert(!recorder->create_sampler(recorder, AF_INET, htonl(SPI), 17,
										sids, 2));
	recorder->destroy(recorder);
	lib->settings->set_str(lib->settings, "%s.plugins.gdoi.crypto_map_record",
						   NULL, lib->ns);
	file = fdopen(fd, "r");
	ck_assert(fgets(line, sizeof(line), file) != NULL);
	ck_assert_str_eq(line, "sid data 0a0b0c0d 6 12 3\n");
	fclose(file);
	unlink(path);
}
END_TEST

Suite *cryptomap_sids_suite(void)
{
	Suite *suite = suite_create("Sender IDs");
	TCase *tcase = tcase_create("states");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, test_life);
	tcase_add_loop_test(tcase, test_one_family, 0, 2);
	tcase_add_test(tcase, test_restore);
	tcase_add_test(tcase, test_failure);
	tcase_add_test(tcase, test_destroy);
	tcase_add_loop_test(tcase, test_impossible, 0, countof(impossible));
	tcase_add_test(tcase, test_renew);
	tcase_add_test(tcase, test_match);
	tcase_add_test(tcase, test_recorder);
	suite_add_tcase(suite, tcase);
	return suite;
}
