/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/*
 * What an acknowledgement costs a key server, in process: its HMAC alone, its
 * verification, and all of it with booking. CPU time of one thread; the three
 * alternate, so that a busy machine changes all of them.
 */

#include <ks_acks.h>

#include "exchanges/push_ack.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

/** offset of what the HMAC of a clear acknowledgement covers, and of itself */
#define COVERED 64
#define HMAC 32

/** when keys end that nobody waits for */
#define FAR ((time_t)1 << 40)

/** what is measured */
typedef enum {
	MEASURE_HMAC = 0,
	MEASURE_VERIFY,
	MEASURE_BOOK,
	MEASURE_DUPLICATE,
	MEASURES,
} measure_t;

/** names of what is measured */
static const char *names[MEASURES] = {
	"bare HMAC-SHA-256", "verification", "with booking", "a duplicate",
};

/**
 * A run.
 */
typedef struct {
	/** number of members, and rounds */
	u_int count, rounds;
	/** KEK, and its policy's request */
	group_kek_t *kek;
	/** kind of acknowledgements */
	gdoi_push_ack_kind_t kind;
	ks_members_t *members;
	ks_acks_t *acks;
	/** who takes acknowledgements */
	gdoi_kek_handler_t *handler;
	/** keyed with the key of acknowledgements */
	prf_t *prf;
	gdoi_push_ack_verifier_t *verifier;
	/** acknowledgements of the present round */
	packet_t **packets;
	/** seconds per measure and round */
	double *results[MEASURES];
} run_t;

/** the run, for the fake transport */
static run_t run;

static uint64_t runtime_now(ks_runtime_t *this)
{
	return 1000000;
}

static void runtime_call(ks_runtime_t *this, uint64_t delay,
						 void (*callback)(void *data), void *data,
						 void (*cleanup)(void *data))
{
	cleanup(data);
}

static bool transport_add_kek(gdoi_transport_t *this, chunk_t spi,
							  gdoi_kek_use_t use, gdoi_kek_handler_t *handler,
							  u_int queue)
{
	run.handler = handler;
	return TRUE;
}

static void transport_remove_kek(gdoi_transport_t *this, chunk_t spi,
								 gdoi_kek_use_t use,
								 gdoi_kek_handler_t *handler)
{
	run.handler = NULL;
}

static void log_(gdoi_log_t *this, int severity, const char *mnemonic,
				 const char *group, const char *peer, const char *fmt, ...)
{
	fprintf(stderr, "gdoi-acks: %s from %s\n", mnemonic, peer);
}

static ks_runtime_t runtime = {
	.now = runtime_now,
	.call = runtime_call,
};

static gdoi_transport_t transport = {
	.add_kek = transport_add_kek,
	.remove_kek = transport_remove_kek,
};

static gdoi_log_t oplog = {
	.log = log_,
};

/**
 * CPU seconds of this thread.
 */
static double cpu()
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/**
 * Address of a member.
 */
static host_t *address(u_int number)
{
	uint32_t addr = htonl(0x0a010001 + number);

	return host_create_from_chunk(AF_INET, chunk_from_thing(addr), 848);
}

/**
 * Create the KEK.
 */
static group_kek_t *create_kek(gdoi_push_ack_kind_t kind)
{
	group_kek_data_t data = {
		.spi = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 },
		.src = host_create_from_string("10.0.8.1", 848),
		.dst = host_create_from_string("0.0.0.0", 848),
		.encr = ENCR_AES_CBC,
		.encr_bits = 256,
		.iv = chunk_from_str("initialisation.."),
		.key = chunk_from_str("a key of thirty-two octets......"),
		.sig = GROUP_SIG_RSA,
		.sig_hash = HASH_SHA256,
		.sig_bits = 2048,
		.sig_key = chunk_from_str("no key"),
		.lifetime = 86400,
		.ack = kind == GDOI_PUSH_ACK_CLEAR ? GROUP_ACK_KEK_SHA256
										   : GROUP_ACK_NONE,
	};
	group_kek_t *kek = group_kek_create(&data);

	data.src->destroy(data.src);
	data.dst->destroy(data.dst);
	return kek;
}

/**
 * Register all members.
 */
static void enrol()
{
	identification_t *id;
	host_t *host, *me = address(1 << 20);

	for (u_int i = 0; i < run.count; i++)
	{
		host = address(i);
		id = identification_create_from_sockaddr(host->get_sockaddr(host));
		run.members->add(run.members, id, host, me, 1, 1000, FAR, NULL);
		id->destroy(id);
		host->destroy(host);
	}
	me->destroy(me);
}

/**
 * Note a rekey to all members, and write their answers.
 */
static bool rekey(uint32_t seq)
{
	ks_target_t *targets = calloc(run.count, sizeof(*targets));
	const group_kek_data_t *data = run.kek->get(run.kek);
	chunk_t datagram, spi = chunk_create((u_char*)data->spi, 16);
	uint8_t nonce[GDOI_PUSH_ACK_NONCE_LEN] = {};
	host_t *host;
	u_int count;

	run.members->begin_rekey(run.members, FAR);
	count = run.members->get_targets(run.members, 0, FALSE, targets,
									 run.count);
	run.members->mark_sent(run.members, targets, count, ks_member_kek(spi),
						   seq, FALSE, 1000);
	free(targets);
	for (u_int i = 0; i < run.count; i++)
	{
		host = address(i);
		htoun32(nonce, i);
		if (!gdoi_push_ack_write(run.kind, run.kek, seq, host,
								 chunk_from_thing(nonce), &datagram))
		{
			host->destroy(host);
			return FALSE;
		}
		run.packets[i] = packet_create_from_data(host, address(1 << 20),
												 datagram);
	}
	return count == run.count;
}

/**
 * Compute and compare the HMAC of an acknowledgement, nothing else. For the
 * encrypted kind: of as many octets.
 */
static bool bare(chunk_t data)
{
	uint8_t hash[HMAC];

	if (data.len <= COVERED ||
		!run.prf->get_bytes(run.prf, chunk_skip(data, COVERED), hash))
	{
		return FALSE;
	}
	return memeq_const(hash, data.ptr + COVERED - HMAC, HMAC) ||
		   run.kind == GDOI_PUSH_ACK_ENCRYPTED;
}

/**
 * Verify an acknowledgement.
 */
static bool verify(chunk_t data)
{
	gdoi_push_ack_t ack;
	const char *reason;

	if (!run.verifier->verify(run.verifier, data, &ack, &reason))
	{
		return FALSE;
	}
	ack.id->destroy(ack.id);
	return TRUE;
}

/**
 * Measure one thing over all members.
 *
 * @return			CPU seconds, 0 if something failed
 */
static double measure(measure_t what)
{
	double started = cpu();
	packet_t *packet;

	for (u_int i = 0; i < run.count; i++)
	{
		packet = run.packets[i];
		switch (what)
		{
			case MEASURE_HMAC:
				if (!bare(packet->get_data(packet)))
				{
					return 0;
				}
				break;
			case MEASURE_VERIFY:
				if (!verify(packet->get_data(packet)))
				{
					return 0;
				}
				break;
			default:
				run.handler->message(run.handler, packet);
				break;
		}
	}
	return cpu() - started;
}

/**
 * Measure everything once.
 */
static bool do_round(u_int number)
{
	ks_acks_stats_t stats;
	linked_list_t *removed;
	bool good;

	good = rekey(number + 1);
	for (int what = 0; good && what < MEASURES; what++)
	{
		run.results[what][number] = measure(what);
		good = run.results[what][number] > 0;
	}
	run.acks->get_stats(run.acks, &stats);
	if (stats.booked != (number + 1) * (uint64_t)run.count)
	{
		fprintf(stderr, "gdoi-acks: not all were booked\n");
		good = FALSE;
	}
	for (u_int i = 0; i < run.count; i++)
	{
		DESTROY_IF(run.packets[i]);
		run.packets[i] = NULL;
	}
	removed = run.members->end_rekey(run.members, 0, 1000);
	removed->destroy(removed);
	return good;
}

/**
 * Order results.
 */
static int compare(const void *a, const void *b)
{
	double x = *(const double*)a, y = *(const double*)b;

	return x < y ? -1 : x > y;
}

/**
 * Print the medians.
 */
static void report()
{
	double median[MEASURES];

	printf("acks: %s, %u members, %u rounds:\n",
		   run.kind == GDOI_PUSH_ACK_CLEAR ? "clear (RFC 8263)" : "encrypted",
		   run.count, run.rounds);
	for (int i = 0; i < MEASURES; i++)
	{
		qsort(run.results[i], run.rounds, sizeof(double), compare);
		median[i] = run.results[i][run.rounds / 2] / run.count;
		printf("acks:   %-18s %6.2f us of CPU\n", names[i], median[i] * 1e6);
	}
	printf("acks:   bookkeeping to bare HMAC: %.2f; all to bare HMAC: %.2f; "
		   "all to verification: %.2f\n",
		   (median[MEASURE_BOOK] - median[MEASURE_VERIFY]) /
		   median[MEASURE_HMAC],
		   median[MEASURE_BOOK] / median[MEASURE_HMAC],
		   median[MEASURE_BOOK] / median[MEASURE_VERIFY]);
}

/**
 * Create the objects of a run.
 */
static bool prepare()
{
	const group_kek_data_t *data;
	chunk_t key;

	run.kek = create_kek(run.kind);
	data = run.kek->get(run.kek);
	run.members = ks_members_create(run.count);
	run.acks = ks_acks_create("bench", run.members, &transport, &runtime,
							  &oplog);
	run.packets = calloc(run.count, sizeof(packet_t*));
	for (int i = 0; i < MEASURES; i++)
	{
		run.results[i] = calloc(run.rounds, sizeof(double));
	}
	run.verifier = gdoi_push_ack_verifier_create(run.kek, FALSE);
	run.prf = lib->crypto->create_prf(lib->crypto, PRF_HMAC_SHA2_256);
	if (!run.verifier || !run.prf ||
		!gdoi_push_ack_key(run.kind, GROUP_ACK_KEK_SHA256, data->key,
						   chunk_create((u_char*)data->spi, 16),
						   GDOI_PUSH_ACK_LENGTH_BLOCK, &key))
	{
		return FALSE;
	}
	if (!run.prf->set_key(run.prf, key))
	{
		chunk_clear(&key);
		return FALSE;
	}
	chunk_clear(&key);
	run.acks->set_kek(run.acks, run.kek, KS_ACK_ANY, FALSE);
	enrol();
	return run.handler != NULL;
}

/**
 * Destroy the objects of a run.
 */
static void cleanup()
{
	run.acks->destroy(run.acks);
	run.members->destroy(run.members);
	DESTROY_IF(run.verifier);
	DESTROY_IF(run.prf);
	run.kek->destroy(run.kek);
	free(run.packets);
	for (int i = 0; i < MEASURES; i++)
	{
		free(run.results[i]);
	}
}

/**
 * Measure one kind of acknowledgements.
 */
static bool work(gdoi_push_ack_kind_t kind)
{
	bool good;

	run.kind = kind;
	good = prepare();
	for (u_int i = 0; good && i < run.rounds; i++)
	{
		good = do_round(i);
	}
	if (good)
	{
		report();
	}
	cleanup();
	return good;
}

int main(int argc, char *argv[])
{
	bool good;

	run.count = argc > 1 ? (u_int)atoi(argv[1]) : 8000;
	run.rounds = argc > 2 ? (u_int)atoi(argv[2]) : 15;
	if (argc > 3 || run.count < 1 || run.count > 1000000 || run.rounds < 1)
	{
		fprintf(stderr, "usage: gdoi-acks [MEMBERS [ROUNDS]]\n");
		return 2;
	}
	if (!library_init(NULL, "gdoi-acks"))
	{
		return 1;
	}
	lib->plugins->add_path(lib->plugins, PLUGINDIR);
	good = lib->plugins->load(lib->plugins, "random nonce openssl") &&
		   work(GDOI_PUSH_ACK_CLEAR) && work(GDOI_PUSH_ACK_ENCRYPTED);
	if (!good)
	{
		fprintf(stderr, "gdoi-acks: failed\n");
	}
	library_deinit();
	return good ? 0 : 1;
}
