/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_listener.h"

#include <transport/gdoi_vendor_id.h>

/** milliseconds that the clock of the boot is ahead of the world's */
#define BOOT_OFFSET 7777777

heard_t heard[HEARD_MAX];
u_int heard_count;
rekey_world_t *listen_world;
ks_group_t *listen_group;
u_int listen_acking;

/** KEKs that the listener knows */
static gdoi_push_receiver_t *keks[KEKS_MAX];
static u_int kek_count;

/** members so far */
static u_int enrolled;

/** time of listen_begin() */
static time_t begun;

static ks_spis_t *spis;

/**
 * Number of the KEK of an SPI, -1 if it is not known
 */
static int find_kek(const uint8_t *spi)
{
	group_kek_t *kek;
	int i;

	for (i = 0; i < kek_count; i++)
	{
		kek = keks[i]->get_kek(keks[i]);
		if (memeq(kek->get(kek)->spi, spi, GROUP_KEK_SPI_LEN))
		{
			return i;
		}
	}
	return -1;
}

/**
 * Get to know a KEK
 *
 * @return				its number
 */
static int learn_kek(group_kek_t *kek, uint32_t seq)
{
	int number = find_kek(kek->get(kek)->spi);

	if (number < 0)
	{
		ck_assert_uint_lt(kek_count, KEKS_MAX);
		number = kek_count++;
		keks[number] = gdoi_push_receiver_create(kek, seq, 0);
		ck_assert(keks[number] != NULL);
	}
	return number;
}

/**
 * Note the lines of a TEK
 */
static void note_lines(heard_t *note, group_acl_t *acl)
{
	enumerator_t *enumerator;
	group_ace_t *ace;
	bool first = TRUE;

	enumerator = acl->create_enumerator(acl);
	while (enumerator->enumerate(enumerator, &ace))
	{
		note->denies += ace->action == GROUP_ACE_DENY;
		if (first)
		{
			group_ace_print(ace, note->last_line, sizeof(note->last_line));
			first = FALSE;
		}
	}
	enumerator->destroy(enumerator);
	if (!note->first_line[0])
	{
		memcpy(note->first_line, note->last_line, sizeof(note->first_line));
	}
}

/**
 * Note what a message installs
 */
static void note_policy(heard_t *note, group_policy_t *policy)
{
	group_kek_t *kek = policy->get_kek(policy);
	const group_tek_data_t *data;
	enumerator_t *enumerator;
	group_tek_t *tek;
	uint16_t dtd;

	policy->get_delays(policy, &note->atd, &dtd);
	note->form = policy->get_acl_form(policy);
	policy->get_d3p(policy, &note->d3p_type, &note->d3p_window);
	policy->get_pseudotime(policy, &note->pseudotime);
	enumerator = policy->create_tek_enumerator(policy);
	while (enumerator->enumerate(enumerator, &tek))
	{
		data = tek->get(tek);
		if (note->teks < countof(note->lifetimes))
		{
			note->lifetimes[note->teks] = data->lifetime;
			note->replays[note->teks] = data->replay;
			note->windows[note->teks] = data->replay_window;
		}
		note->teks++;
		note->last = data->spi;
		note->key_len = data->encr_key.len;
		note->lines = data->acl->get_count(data->acl);
		note->inbound += data->direction == GROUP_TEK_RECEIVER_ONLY;
		note_lines(note, data->acl);
	}
	enumerator->destroy(enumerator);
	if (kek)
	{
		note->brings = learn_kek(kek, 0);
		note->kek_lifetime = kek->get(kek)->lifetime;
		note->ack = kek->get(kek)->ack;
		snprintf(note->tells, sizeof(note->tells), "%#H", kek->get(kek)->dst);
	}
}

/**
 * Note what a message ends
 */
static void note_deletes(heard_t *note, group_rekey_t *rekey)
{
	enumerator_t *enumerator;
	group_delete_t *delete;

	enumerator = rekey->create_delete_enumerator(rekey);
	while (enumerator->enumerate(enumerator, &delete))
	{
		note->kek_ends = note->kek_ends || delete->kek;
		note->all_end = note->all_end || (!delete->kek && !delete->spi);
		note->deletes += !delete->kek && delete->spi;
	}
	enumerator->destroy(enumerator);
}

/**
 * Have members acknowledge what was sent to them
 */
static void acknowledge(rekey_sent_t *sent, heard_t *note)
{
	group_kek_t *kek = keks[note->kek]->get_kek(keks[note->kek]);
	enumerator_t *enumerator;
	chunk_t datagram;
	char text[64];
	host_t *host;

	enumerator = sent->dsts->create_enumerator(sent->dsts);
	while (enumerator->enumerate(enumerator, &host))
	{
		if (host->get_address(host).ptr[3] <= listen_acking)
		{
			ck_assert(gdoi_push_ack_write(GDOI_PUSH_ACK_ENCRYPTED, kek,
							note->seq, host, chunk_from_str("0123456789abcdef"),
							&datagram));
			snprintf(text, sizeof(text), "%H", host);
			rekey_world_deliver(listen_world, datagram, text);
			chunk_free(&datagram);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Read a message as a member does
 */
static void on_send(rekey_world_t *world, rekey_sent_t *sent)
{
	gdoi_push_result_t result = {};
	gdoi_push_receiver_t *receiver;
	group_kek_t *kek;
	heard_t *note;
	host_t *dst;
	int number;

	ck_assert_uint_lt(heard_count, HEARD_MAX);
	number = find_kek(sent->datagram.ptr);
	ck_assert_msg(number >= 0, "message under a KEK that nobody has");
	receiver = keks[number];
	ck_assert_int_eq(receiver->process(receiver, sent->datagram, &result),
					 GDOI_PUSH_NEW);
	note = &heard[heard_count++];
	*note = (heard_t){
		.time = ks_fixture_now - begun,
		.receivers = sent->dsts->get_count(sent->dsts),
		.seq = result.seq,
		.kek = number,
		.brings = -1,
		.octets = sent->datagram.len,
	};
	sent->dsts->get_first(sent->dsts, (void**)&dst);
	snprintf(note->dst, sizeof(note->dst), "%#H", dst);
	kek = receiver->get_kek(receiver);
	note->sig_key = kek->get(kek)->sig_key.ptr[
										kek->get(kek)->sig_key.len - 20];
	note_deletes(note, result.rekey);
	if (result.rekey->get_policy(result.rekey))
	{
		note_policy(note, result.rekey->get_policy(result.rekey));
	}
	gdoi_push_result_clear(&result);
	acknowledge(sent, note);
}

uint64_t listen_boot()
{
	return listen_world->now + BOOT_OFFSET;
}

void listen_wait(u_int seconds)
{
	while (seconds--)
	{
		rekey_world_advance(listen_world, 1000);
		listen_group->tick(listen_group);
	}
}

/**
 * Text of a section
 */
static char *section(const char *rekey, const char *kek, const char *tek)
{
	static char text[2048];

	snprintf(text, sizeof(text), "local_address = 10.0.8.1\n connections = c\n"
			 " kek {\n signature_key = rsa.der\n %s\n }\n rekey {\n %s\n }\n"
			 " teks {\n data {\n acl = vpn\n %s\n }\n }\n", kek, rekey, tek);
	return text;
}

group_policy_t *listen_ask(fake_phase1_t *phase1)
{
	gdoi_notify_t notify;
	group_policy_t *policy;
	char *reason = NULL;

	policy = listen_group->authorize(listen_group, &phase1->public, &notify,
									 &reason);
	ck_assert_msg(policy != NULL, "%s", reason);
	return policy;
}

void listen_enter(fake_phase1_t *phase1, group_policy_t *policy)
{
	gdoi_notify_t notify;
	char *reason = NULL;

	ck_assert(listen_group->registered(listen_group, &phase1->public, policy,
									   0, &notify, &reason));
}

void listen_rekey(bool replace)
{
	const char *reason;

	ck_assert(listen_group->rekey(listen_group, replace, &reason));
}

u_int listen_remove(const char *id, bool now)
{
	const char *reason;
	u_int count;

	ck_assert(listen_group->remove_members(listen_group, id, now, &count,
										   &reason));
	return count;
}

void listen_learn()
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.0.1", "10.1.0.1", "c");
	group_policy_t *policy;

	phase1->features = GDOI_FEATURES | GDOI_FEATURE_FRESHNESS;
	policy = listen_ask(phase1);
	if (policy->get_kek(policy))
	{
		learn_kek(policy->get_kek(policy), 0);
	}
	policy->destroy(policy);
	fake_phase1_destroy(phase1);
}

void listen_begin_section(const char *section)
{
	ks_services_t services = {
		.log = &ks_fixture_log,
		.clock = ks_fixture_clock,
		.trust = ks_fixture_trust,
	};
	static const ks_boot_t boot = {
		.now = listen_boot,
		.wall = ks_fixture_clock,
	};

	ks_fixture_now = begun = 1000000;
	ks_fixture_log_text[0] = '\0';
	heard_count = kek_count = enrolled = listen_acking = 0;
	listen_world = rekey_world_create();
	listen_world->on_send = on_send;
	services.runtime = &listen_world->runtime;
	services.transport = &listen_world->transport;
	services.boot = &boot;
	spis = ks_spis_create();
	listen_group = ks_group_create(ks_fixture_config(section), spis,
								   &services, FALSE);
	listen_learn();
}

void listen_begin(const char *rekey, const char *kek, const char *tek)
{
	listen_begin_section(section(rekey, kek, tek));
}

void listen_load(const char *section)
{
	listen_group->configure(listen_group, ks_fixture_config(section));
}

void listen_configure(const char *rekey, const char *kek, const char *tek)
{
	listen_load(section(rekey, kek, tek));
}

void listen_enrol(u_int count, uint8_t features)
{
	ks_members_t *members = listen_group->get_members(listen_group);
	host_t *host, *local = rekey_world_host("10.0.8.1");
	identification_t *id;
	char text[64];

	while (count--)
	{
		enrolled++;
		snprintf(text, sizeof(text), "10.1.%u.%u", enrolled / 200,
				 enrolled % 200 + enrolled / 200);
		host = rekey_world_host(text);
		id = identification_create_from_string(text);
		members->add(members, id, host, local, features, ks_fixture_now,
					 ks_fixture_now + ((time_t)1 << 30), NULL);
		id->destroy(id);
		host->destroy(host);
	}
	local->destroy(local);
}

u_int listen_members()
{
	ks_members_t *members = listen_group->get_members(listen_group);

	return members->get_count(members);
}

int listen_logged(const char *text)
{
	const char *pos = ks_fixture_log_text;
	int count = 0;

	while ((pos = strstr(pos, text)))
	{
		count++;
		pos++;
	}
	return count;
}

void listen_check_numbers()
{
	uint32_t last[KEKS_MAX] = {};
	int i;

	for (i = 0; i < heard_count; i++)
	{	/* the variants of one rekey have one number */
		if (heard[i].seq != last[heard[i].kek])
		{
			ck_assert_uint_eq(heard[i].seq, last[heard[i].kek] + 1);
			last[heard[i].kek] = heard[i].seq;
		}
	}
}

void listen_end()
{
	while (kek_count)
	{
		kek_count--;
		keks[kek_count]->destroy(keks[kek_count]);
	}
	listen_group->stop(listen_group);
	listen_group->destroy(listen_group);
	spis->destroy(spis);
	rekey_world_destroy(listen_world);
}
