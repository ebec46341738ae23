/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_rekey_world.h"

#include <ks_vici.h>

#define CONFIG \
	"groups {\n" \
	" getvpn {\n id = 3333\n server {\n local_address = 10.0.8.1\n" \
	"  connections = members, others\n" \
	"  kek {\n signature_key = rsa.der\n }\n" \
	"  teks {\n data {\n acl = vpn\n }\n }\n }\n }\n" \
	" plain {\n id = 10.9.9.9\n server {\n connections = members\n" \
	"  max_members = 5\n teks {\n data {\n acl = vpn\n }\n }\n }\n }\n" \
	"}\n" \
	"acls {\n vpn {\n 10 = permit ip 10.1.0.0/16 10.1.0.0/16\n }\n }\n"

static rekey_world_t *world;
static ks_manager_t *manager;
static ks_pull_t *pull;
static ks_vici_t *vici;

/** rows that were raised, vici_message_t* */
static linked_list_t *rows;

/** commands and counters that were registered */
static vici_command_cb_t command, rekey, remove_members;
static void *command_user;
static gdoi_stats_cb_t stats;
static void *stats_user;

static void manage_command(vici_dispatcher_t *this, char *name,
						   vici_command_cb_t cb, void *user)
{
	if (streq(name, "list-members"))
	{
		command = cb;
	}
	else if (streq(name, "rekey"))
	{
		rekey = cb;
	}
	else if (!streq(name, "recheck"))
	{
		ck_assert_str_eq(name, "remove-members");
		remove_members = cb;
	}
	command_user = user;
}

static void manage_event(vici_dispatcher_t *this, char *name, bool reg)
{
	ck_assert_str_eq(name, "list-member");
}

static void raise_event(vici_dispatcher_t *this, char *name, u_int id,
						vici_message_t *message)
{
	ck_assert_str_eq(name, "list-member");
	ck_assert_uint_eq(id, 42);
	rows->insert_last(rows, message);
}

static void add_stats(gdoi_vici_t *this, const char *room, gdoi_stats_cb_t cb,
					  void *user)
{
	ck_assert_str_eq(room, "ks");
	stats = cb;
	stats_user = user;
}

static void remove_stats(gdoi_vici_t *this, const char *room)
{
	stats = NULL;
}

static vici_dispatcher_t dispatcher = {
	.manage_command = manage_command,
	.manage_event = manage_event,
	.raise_event = raise_event,
};

static gdoi_vici_t service = {
	.dispatcher = &dispatcher,
	.add_stats = add_stats,
	.remove_stats = remove_stats,
};

static void setup()
{
	char *lines;

	ks_fixture_now = 1000000;
	rows = linked_list_create();
	world = rekey_world_create();
	ks_fixture_transport = &world->transport;
	ks_fixture_runtime = &world->runtime;
	manager = ks_fixture_manager_create();
	lines = ks_fixture_load(CONFIG, FALSE);
	ck_assert_str_eq(lines, "");
	free(lines);
	pull = ks_pull_create(manager, &ks_fixture_log, ks_fixture_clock);
	vici = ks_vici_create(&service, manager, pull, ks_fixture_clock);
}

static void teardown()
{
	rows->destroy_offset(rows, offsetof(vici_message_t, destroy));
	vici->destroy(vici);
	ck_assert(!command && !stats);
	pull->destroy(pull);
	ks_fixture_manager_destroy(manager);
	rekey_world_destroy(world);
	ks_fixture_transport = NULL;
	ks_fixture_runtime = NULL;
}

/**
 * Take the oldest row
 */
static vici_message_t *take_row()
{
	vici_message_t *row = NULL;

	rows->remove_first(rows, (void**)&row);
	ck_assert(row != NULL);
	return row;
}

/**
 * Check that a row has a value
 */
static void check(vici_message_t *row, char *key, const char *value)
{
	char *found = row->get_str(row, NULL, key);

	ck_assert_msg(found && streq(found, value), "%s is %s, not %s", key,
				  found ?: "missing", value);
}

/**
 * Put members into a group
 */
static void enrol(char *name, u_int count, time_t expires)
{
	linked_list_t *list = manager->list(manager, name);
	identification_t *id;
	ks_members_t *members;
	ks_group_t *group;
	host_t *host, *local = host_create_from_string("10.0.8.1", 848);
	char text[64];
	u_int i;

	list->get_first(list, (void**)&group);
	members = group->get_members(group);
	for (i = 0; i < count; i++)
	{
		snprintf(text, sizeof(text), "gm%u.example.org", i);
		id = identification_create_from_string(text);
		snprintf(text, sizeof(text), "10.1.%u.%u", i / 250, i % 250 + 1);
		host = host_create_from_string(text, 848);
		members->add(members, id, host, local, 1, ks_fixture_now, expires,
					NULL);
		id->destroy(id);
		host->destroy(host);
	}
	local->destroy(local);
	list->destroy_offset(list, offsetof(ks_group_t, destroy));
}

/**
 * Run list-members, returns the number of rows
 */
static int list_members(char *group, char *id)
{
	vici_builder_t *builder = vici_builder_create();
	vici_message_t *request, *response;

	rows->destroy_offset(rows, offsetof(vici_message_t, destroy));
	rows = linked_list_create();
	if (group)
	{
		builder->add_kv(builder, "group", "%s", group);
	}
	if (id)
	{
		builder->add_kv(builder, "id", "%s", id);
	}
	request = builder->finalize(builder);
	response = command(command_user, "list-members", 42, request);
	ck_assert(response != NULL);
	response->destroy(response);
	request->destroy(request);
	return rows->get_count(rows);
}

START_TEST(test_list_members)
{
	vici_message_t *row;

	enrol("getvpn", 300, ks_fixture_now + 3600);
	enrol("plain", 2, ks_fixture_now + 10);
	rekey_world_advance(world, 1000 * 20);
	ck_assert_int_eq(list_members(NULL, NULL), 302);
	ck_assert_int_eq(list_members("plain", NULL), 2);
	ck_assert_int_eq(list_members("none", NULL), 0);
	ck_assert_int_eq(list_members("getvpn", "10.1.0.7"), 1);
	ck_assert_int_eq(list_members(NULL, "GM1.example.org"), 2);
	row = take_row();
	check(row, "group", "getvpn");
	check(row, "id", "gm1.example.org");
	check(row, "id-type", "fqdn");
	check(row, "address", "10.1.0.2");
	check(row, "port", "848");
	check(row, "server", "10.0.8.1");
	check(row, "state", "REGISTERED");
	check(row, "registrations", "1");
	check(row, "registered-for", "20");
	check(row, "last-registration", "20");
	check(row, "expires-in", "3580");
	row->destroy(row);
	row = take_row();
	check(row, "group", "plain");
	check(row, "state", "EXPIRED");
	check(row, "expires-in", "0");
	row->destroy(row);
}
END_TEST

START_TEST(test_describe)
{
	vici_builder_t *builder = vici_builder_create();
	vici_message_t *row;

	enrol("getvpn", 3, ks_fixture_now + 3600);
	rekey_world_advance(world, 1000 * 100);
	manager->role.describe(&manager->role, "getvpn", builder);
	row = builder->finalize(builder);
	check(row, "state", "ACTIVE");
	check(row, "local-address", "10.0.8.1");
	check(row, "members", "3");
	check(row, "members-max", "10000");
	check(row, "rekey-transport", "unicast");
	check(row, "authorize", "none");
	check(row, "teks", "1");
	check(row, "kek-lifetime", "86400");
	check(row, "kek-expires-in", "86300");
	check(row, "tek-expires-in", "3500");
	ck_assert_uint_eq(strlen(row->get_str(row, "", "kek-spi")), 32);
	row->destroy(row);

	builder = vici_builder_create();
	manager->role.describe(&manager->role, "plain", builder);
	row = builder->finalize(builder);
	check(row, "members-max", "5");
	check(row, "rekey-transport", "none");
	ck_assert(row->get_str(row, NULL, "kek-spi") == NULL);
	row->destroy(row);
}
END_TEST

/**
 * Implements group_row_cb_t
 */
static void add_row(void *user, vici_builder_t *builder)
{
	rows->insert_last(rows, builder->finalize(builder));
}

START_TEST(test_policies)
{
	vici_message_t *row;

	rekey_world_advance(world, 1000 * 3300);
	manager->tick(manager);
	manager->role.policies(&manager->role, "getvpn", add_row, NULL);
	ck_assert_int_eq(rows->get_count(rows), 3);
	row = take_row();
	check(row, "kind", "kek");
	check(row, "encryption", "aes-cbc");
	check(row, "encryption-bits", "256");
	check(row, "signature", "rsa");
	check(row, "signature-hash", "sha256");
	check(row, "signature-bits", "2048");
	check(row, "signature-key", "rsa.der");
	check(row, "lifetime", "86400");
	row->destroy(row);
	row = take_row();
	check(row, "kind", "tek");
	check(row, "name", "data");
	check(row, "state", "CURRENT");
	check(row, "expires-in", "300");
	check(row, "created-for", "3300");
	check(row, "replaced-in", "0");
	check(row, "integrity", "hmac-sha2-256");
	check(row, "integrity-bits", "256");
	ck_assert_uint_eq(strlen(row->get_str(row, "", "spi")), 8);
	row->destroy(row);
	row = take_row();
	check(row, "state", "NEXT");
	check(row, "expires-in", "3600");
	check(row, "replaced-in", "3240");
	row->destroy(row);
}
END_TEST

/**
 * Run a command
 *
 * @param reason		expected errmsg, NULL for success
 * @return				response, to destroy
 */
static vici_message_t *run(vici_command_cb_t cb, const char *reason,
						   vici_builder_t *builder)
{
	vici_message_t *request, *response;

	request = builder->finalize(builder);
	response = cb(command_user, "", 42, request);
	request->destroy(request);
	check(response, "success", reason ? "no" : "yes");
	if (reason)
	{
		check(response, "errmsg", reason);
	}
	return response;
}

/**
 * Request with up to two keys
 */
static vici_builder_t *request(char *key, char *value, char *second,
							   char *other)
{
	vici_builder_t *builder = vici_builder_create();

	if (key)
	{
		builder->add_kv(builder, key, "%s", value);
	}
	if (second)
	{
		builder->add_kv(builder, second, "%s", other);
	}
	return builder;
}

/* SHOW-006, SHOW-008, SHOW-101: the key server's row of list-rekeys, and what
 * list-members says of rekeys */
START_TEST(test_rekeys)
{
	vici_message_t *row, *response;

	enrol("getvpn", 3, ks_fixture_now + 36000);
	manager->tick(manager);
	rekey_world_advance(world, 1000 * 100);
	response = run(rekey, NULL, request("group", "getvpn", NULL, NULL));
	response->destroy(response);
	rekey_world_advance(world, 1000 * 10);
	manager->role.rekeys(&manager->role, "plain", add_row, NULL);
	ck_assert_int_eq(rows->get_count(rows), 0);
	manager->role.rekeys(&manager->role, "getvpn", add_row, NULL);
	row = take_row();
	check(row, "state", "IDLE");
	check(row, "transport", "unicast");
	check(row, "acknowledgement", "cisco");
	check(row, "sequence", "1");
	check(row, "rekeys-sent", "1");
	check(row, "rekeys-retransmitted", "0");
	check(row, "last-rekey", "10");
	check(row, "last-rekey-kind", "tek");
	check(row, "last-rekey-sent", "3");
	check(row, "last-rekey-acked", "0");
	check(row, "last-rekey-duration", "0");
	check(row, "retransmit-interval", "10");
	check(row, "retransmits-left", "0");
	check(row, "kek-lifetime", "86400");
	check(row, "kek-expires-in", "86290");
	check(row, "kek-replaced-in", "86065");
	check(row, "tek-lifetime", "3600");
	check(row, "tek-expires-in", "3490");
	check(row, "next-rekey-kind", "tek");
	check(row, "next-rekey-in", "3229");
	check(row, "members-ejected", "0");
	check(row, "acks-received", "0");
	row->destroy(row);
	ck_assert_int_eq(list_members("getvpn", NULL), 3);
	row = take_row();
	check(row, "rekeys-sent", "1");
	check(row, "rekey-retries", "0");
	check(row, "acks-received", "0");
	check(row, "missed-in-a-row", "0");
	check(row, "last-rekey", "10");
	ck_assert(!row->get_str(row, NULL, "last-ack"));
	row->destroy(row);
}
END_TEST

/* commands that are refused say why; those that are not, what they do */
START_TEST(test_commands)
{
	vici_message_t *response;

	enrol("getvpn", 3, ks_fixture_now + 36000);
	manager->tick(manager);
	response = run(rekey, "there is no such group",
				   request("group", "none", NULL, NULL));
	response->destroy(response);
	response = run(rekey, "the group has no rekeys (see kek)",
				   request("group", "plain", NULL, NULL));
	response->destroy(response);
	response = run(rekey, "replace: is neither yes nor no (write yes or no)",
				   request("group", "getvpn", "replace", "perhaps"));
	response->destroy(response);
	response = run(remove_members, "group: is missing",
				   request("id", "10.1.0.1", NULL, NULL));
	response->destroy(response);
	response = run(remove_members, "there is no such member",
				   request("group", "getvpn", "id", "10.9.9.9"));
	response->destroy(response);
	response = run(remove_members, NULL,
				   request("group", "getvpn", "id", "10.1.0.1"));
	check(response, "removed", "1");
	response->destroy(response);
	response = run(remove_members, NULL,
				   request("group", "getvpn", "now", "yes"));
	check(response, "removed", "2");
	response->destroy(response);
	/* all that can, without a name */
	response = run(rekey, NULL, request(NULL, NULL, NULL, NULL));
	response->destroy(response);
}
END_TEST

START_TEST(test_stats)
{
	vici_builder_t *builder = vici_builder_create();
	vici_message_t *row;

	enrol("getvpn", 3, ks_fixture_now + 3600);
	stats(stats_user, builder);
	row = builder->finalize(builder);
	check(row, "groups", "2");
	check(row, "members", "3");
	check(row, "pulls-started", "0");
	check(row, "pulls-open", "0");
	row->destroy(row);
}
END_TEST

Suite *ks_status_suite()
{
	Suite *suite = suite_create("key server: listings");
	TCase *tc = tcase_create("status");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_list_members);
	tcase_add_test(tc, test_describe);
	tcase_add_test(tc, test_policies);
	tcase_add_test(tc, test_rekeys);
	tcase_add_test(tc, test_commands);
	tcase_add_test(tc, test_stats);
	suite_add_tcase(suite, tc);
	return suite;
}
