/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_fixture.h"

#define PATH "groups.g.server"

/** a server section, with the access lists that wrong ones refer to */
#define FRAME \
	"groups {\n g {\n id = 3333\n server {\n%s\n}\n}\n}\n" \
	"acls {\n vpn {\n 10 = permit ip 10.1.0.0/16 10.1.0.0/16\n }\n" \
	" denies {\n 10 = deny ip any any\n }\n" \
	" mixed {\n 10 = deny udp any port 848 any port 848\n" \
	" 20 = permit ip any any\n }\n empty {\n }\n }\n"

/** parts of a good section */
#define CONN "connections = members\n"
#define TEK "teks {\n data {\n acl = vpn\n }\n }\n"
#define TEK_WITH(x) "teks {\n data {\n acl = vpn\n " x "\n }\n }\n"
#define LOCAL "local_address = 10.0.8.1\n"
#define KEK_WITH(x) "kek {\n signature_key = rsa.der\n " x "\n }\n"
#define REKEY(x) KEK_WITH("") "rekey {\n " x "\n }\n"
#define MULTICAST(x) REKEY("transport = multicast\n address = " x)

/** a wrong section and its error, without line feed */
typedef struct {
	const char *server;
	const char *error;
} wrong_t;

static const wrong_t wrongs[] = {
	/* connections */
	{ TEK,
	  PATH ".connections: is missing (write the names of the connections that "
	  "members come in by)" },
	{ TEK "connections = \n",
	  PATH ".connections: is missing (write the names of the connections that "
	  "members come in by)" },
	/* local_address */
	{ CONN TEK "local_address = ks1.example.org\n",
	  PATH ".local_address: \"ks1.example.org\" is not an address of this host "
	  "(write one IPv4 address, one IPv6 address, or both with a comma)" },
	{ CONN TEK "local_address = 10.0.8.1, 10.0.8.2\n",
	  PATH ".local_address: \"10.0.8.2\" is not an address of this host (write "
	  "one IPv4 address, one IPv6 address, or both with a comma)" },
	{ CONN TEK "local_address = 0.0.0.0\n",
	  PATH ".local_address: \"0.0.0.0\" is not an address of this host (write "
	  "one IPv4 address, one IPv6 address, or both with a comma)" },
	/* authorize */
	{ CONN TEK "authorize = yes\n",
	  PATH ".authorize: \"yes\" is not a section (write authorize { ... })" },
	{ CONN TEK "authorize {\n addresses = 10.1.0.0/33\n }\n",
	  PATH ".authorize.addresses: \"10.1.0.0/33\" is not an address or "
	  "network, write e.g. 10.1.0.0/16, \"deny 10.1.9.9\" or \"deny any\"" },
	{ CONN TEK "authorize {\n identities = 10.1.0.1\n }\n",
	  PATH ".authorize.identities: \"10.1.0.1\" is not an identity pattern, "
	  "write e.g. \"C=CH, OU=GETVPN, *\", *.example.org or \"deny any\"; "
	  "addresses go to authorize.addresses" },
	/* AUTHZ-003, AUTHZ-006: a list of nothing is no list that admits all */
	{ CONN TEK "authorize {\n addresses = \",\"\n identities = any\n }\n",
	  PATH ".authorize.addresses: \",\" names nobody (write deny any to admit "
	  "none, or leave the key out to admit all)" },
	{ CONN TEK "authorize {\n addresses = any\n identities = \"; ,;\"\n }\n",
	  PATH ".authorize.identities: \"; ,;\" names nobody (write deny any to "
	  "admit none, or leave the key out to admit all)" },
	{ CONN TEK "authorize {\n addresses = \" \"\n identities = any\n }\n",
	  PATH ".authorize.addresses: \" \" names nobody (write deny any to admit "
	  "none, or leave the key out to admit all)" },
	{ CONN TEK "authorize {\n adresses = 10.1.0.0/16\n }\n",
	  PATH ".authorize.adresses: unknown key (did you mean addresses?)" },
	/* kek */
	{ CONN TEK LOCAL "kek = aes256\n",
	  PATH ".kek: \"aes256\" is not a section (write kek { ... })" },
	{ CONN TEK LOCAL "kek {\n encryption = aes256\n }\n",
	  PATH ".kek.signature_key: is missing (write the name of the private key "
	  "that signs rekeys, or remove kek)" },
	{ CONN TEK LOCAL KEK_WITH("encryption = des"),
	  PATH ".kek.encryption: \"des\" is not known here (write 3des, aes128, "
	  "aes192 or aes256)" },
	{ CONN TEK LOCAL KEK_WITH("lifetime = 1y"),
	  PATH ".kek.lifetime: \"1y\" is not a time (number with ms, s, m, h or "
	  "d)" },
	{ CONN TEK LOCAL KEK_WITH("lifetime = 9s"),
	  PATH ".kek.lifetime: \"9s\" is out of range (write 10s to 30d)" },
	{ CONN TEK LOCAL KEK_WITH("signature_hash = md5"),
	  PATH ".kek.signature_hash: \"md5\" is not known here (write sha1, "
	  "sha256, sha384 or sha512)" },
	{ CONN TEK LOCAL "kek {\n signature_key = ecdsa.der\n "
	  "signature_hash = sha512\n }\n",
	  PATH ".kek.signature_hash: \"sha512\" does not go with an ECDSA key of "
	  "256 bits (write sha256, or leave it out)" },
	{ CONN TEK LOCAL "kek {\n signature_key = garbage.der\n }\n",
	  PATH ".kek.signature_key: \"garbage.der\" holds no private key that can "
	  "be loaded (write the name of an unencrypted RSA or ECDSA key in PEM or "
	  "DER)" },
	{ CONN TEK LOCAL KEK_WITH("acknowledgement = any"),
	  PATH ".kek.acknowledgement: unknown key (known here: encryption, "
	  "lifetime, signature_hash, signature_form, signature_key)" },
	/* teks */
	{ CONN,
	  PATH ".teks: is missing (write a section with a section per TEK, e.g. "
	  "teks { data { acl = vpn } })" },
	{ CONN "teks {\n }\n",
	  PATH ".teks: has 0 TEKs (write 1 to 16 sections, e.g. data { acl = vpn "
	  "})" },
	{ CONN "teks {\n data = vpn\n }\n",
	  PATH ".teks.data: \"vpn\" is not the section of a TEK (write data { acl "
	  "= vpn })" },
	{ CONN "teks {\n data {\n }\n }\n",
	  PATH ".teks.data.acl: is missing (write the name of a section in "
	  "acls)" },
	{ CONN "teks {\n data {\n acl = wpn\n }\n }\n",
	  PATH ".teks.data.acl: \"wpn\" is not an access list (write the name of a "
	  "section in acls)" },
	{ CONN "teks {\n data {\n acl = empty\n }\n }\n",
	  PATH ".teks.data.acl: \"empty\" is an empty access list (write a line "
	  "such as 10 = permit ip 10.1.0.0/16 10.1.0.0/16 in acls.empty)" },
	{ CONN "teks {\n data {\n acl = denies\n }\n }\n",
	  PATH ".teks.data.acl: \"denies\" has no line with permit, so there is "
	  "nothing to protect (add a line such as 90 = permit ip 10.1.0.0/16 "
	  "10.1.0.0/16 to acls.denies)" },
	{ CONN TEK "deny_lines = drop\n",
	  PATH ".deny_lines: \"drop\" is not known here (write refuse or "
	  "ignore)" },
	{ CONN TEK "acl_limit = 0\n",
	  PATH ".acl_limit: \"0\" is out of range (write 1 to 1024)" },
	{ CONN TEK "acl_limit = 1025\n",
	  PATH ".acl_limit: \"1025\" is out of range (write 1 to 1024)" },
	{ CONN TEK "receive_only = inbound\n",
	  PATH ".receive_only: \"inbound\" is neither yes nor no (write "
	  "yes or no)" },
	{ CONN TEK_WITH("esp_proposals = aes256gcm16"),
	  PATH ".sender_ids: is missing (a TEK has a counter mode: write "
	  "sender_ids { bits = 16 } for members that make them by trial, or "
	  "esp_proposals = aes256-sha256)" },
	{ CONN TEK_WITH("esp_proposals = aes128ctr-sha256"),
	  PATH ".teks.data.esp_proposals: \"aes128ctr-sha256\" has an algorithm "
	  "that a group can't use (write e.g. aes256-sha256)" },
	{ CONN TEK_WITH("esp_proposals = aes128ccm16"),
	  PATH ".teks.data.esp_proposals: \"aes128ccm16\" is not one cipher and "
	  "one integrity algorithm, or one of AES-GCM (write e.g. "
	  "aes256-sha256)" },
	{ CONN TEK_WITH("esp_proposals = aes128gmac"),
	  PATH ".teks.data.esp_proposals: \"aes128gmac\" is not one cipher and "
	  "one integrity algorithm, or one of AES-GCM (write e.g. "
	  "aes256-sha256)" },
	{ CONN TEK_WITH("esp_proposals = \"aes256-sha256, aes128-sha256\""),
	  PATH ".teks.data.esp_proposals: \"aes256-sha256, aes128-sha256\" are "
	  "several proposals (write the one that all members are to use)" },
	{ CONN TEK_WITH("esp_proposals = aes256-rot13"),
	  PATH ".teks.data.esp_proposals: \"aes256-rot13\" is not an ESP proposal "
	  "(write e.g. aes256-sha256)" },
	{ CONN TEK_WITH("esp_proposals = aes256-aes128-sha256"),
	  PATH ".teks.data.esp_proposals: \"aes256-aes128-sha256\" is not one "
	  "cipher and one integrity algorithm, or one of AES-GCM (write e.g. "
	  "aes256-sha256)" },
	{ CONN TEK_WITH("esp_proposals = aes256-sha256-modp2048"),
	  PATH ".teks.data.esp_proposals: \"aes256-sha256-modp2048\" is not one "
	  "cipher and one integrity algorithm, or one of AES-GCM (write e.g. "
	  "aes256-sha256)" },
	{ CONN TEK_WITH("esp_proposals = null-sha256"),
	  PATH ".teks.data.esp_proposals: \"null-sha256\" has an algorithm that a "
	  "group can't use (write e.g. aes256-sha256)" },
	{ CONN TEK_WITH("esp_proposals = camellia256-sha256"),
	  PATH ".teks.data.esp_proposals: \"camellia256-sha256\" has an algorithm "
	  "that a group can't use (write e.g. aes256-sha256)" },
	{ CONN TEK_WITH("lifetime = forever"),
	  PATH ".teks.data.lifetime: \"forever\" is not a time (number with ms, s, "
	  "m, h or d)" },
	{ CONN TEK_WITH("lifetime = 31d"),
	  PATH ".teks.data.lifetime: \"31d\" is out of range (write 5s to 30d)" },
	{ CONN TEK_WITH("replay = time"),
	  PATH ".teks.data.replay: \"time\" is for all TEKs of a group (write none "
	  "or counter here, or replay = time beside teks)" },
	{ CONN TEK_WITH("lifetme = 1h"),
	  PATH ".teks.data.lifetme: unknown key (did you mean lifetime?)" },
	/* rekey */
	{ CONN TEK "rekey {\n transport = unicast\n }\n",
	  PATH ".rekey: needs a KEK (write a section kek beside it, or remove "
	  "rekey)" },
	/* REKEY-009, GM-013, ACK-002, ACK-024, ATD-006 */
	{ CONN TEK REKEY("transport = broadcast"),
	  PATH ".rekey.transport: \"broadcast\" is not known here (write unicast "
	  "or multicast)" },
	{ CONN TEK REKEY("transport = multicast"),
	  PATH ".rekey.address: is missing (write the multicast group that rekeys "
	  "go to, e.g. 239.0.1.2 or ff05::1:2)" },
	{ CONN TEK MULTICAST("10.0.8.1"),
	  PATH ".rekey.address: \"10.0.8.1\" is not a multicast address (write one "
	  "of 224.0.0.0/4 or ff00::/8, e.g. 239.0.1.2)" },
	{ CONN TEK MULTICAST("group.example.org"),
	  PATH ".rekey.address: \"group.example.org\" is not a multicast address "
	  "(write one of 224.0.0.0/4 or ff00::/8, e.g. 239.0.1.2)" },
	{ CONN TEK MULTICAST("ff05::1:2"),
	  PATH ".rekey.interface: is missing (write the interface that IPv6 "
	  "multicast goes out by)" },
	{ CONN TEK LOCAL MULTICAST("ff05::1:2\n interface = eth0"),
	  PATH ".local_address: has no IPv6 address that rekeys to ff05::1:2 could "
	  "come from (add one, or leave local_address out)" },
	{ CONN TEK MULTICAST("239.0.1.2\n acknowledgement = any"),
	  PATH ".rekey.acknowledgement: goes with unicast rekeys only (write "
	  "transport = unicast, or remove it)" },
	{ CONN TEK MULTICAST("239.0.1.2\n eject_after = 2"),
	  PATH ".rekey.eject_after: goes with unicast rekeys only (write transport "
	  "= unicast, or remove it)" },
	{ CONN TEK MULTICAST("239.0.1.2\n interface = a-name-of-16-letters"),
	  PATH ".rekey.interface: \"a-name-of-16-letters\" is not the name of an "
	  "interface (write one of at most 15 letters)" },
	{ CONN TEK REKEY("address = 239.0.1.2"),
	  PATH ".rekey.address: goes with multicast rekeys only (write transport = "
	  "multicast, or remove it)" },
	{ CONN TEK REKEY("ttl = 3"),
	  PATH ".rekey.ttl: goes with multicast rekeys only (write transport = "
	  "multicast, or remove it)" },
	/* ACK-008 */
	{ CONN TEK REKEY("acknowledgement = none"),
	  PATH ".rekey.acknowledgement: \"none\" is not known here (write cisco, "
	  "interoperable or any)" },
	{ CONN TEK REKEY("acknowledgement = any\n acknowledgment = any"),
	  PATH ".rekey.acknowledgment: is the same as acknowledgement (remove one "
	  "of them)" },
	{ CONN TEK REKEY("acknowledgement_hash = md5"),
	  PATH ".rekey.acknowledgement_hash: \"md5\" is not known here (write "
	  "sha256 or sha512)" },
	/* REKEY-010 */
	{ CONN TEK REKEY("retransmit_tries = 11"),
	  PATH ".rekey.retransmit_tries: \"11\" is out of range (write 0 to 10)" },
	{ CONN TEK REKEY("retransmit_interval = 11m"),
	  PATH ".rekey.retransmit_interval: \"11m\" is out of range (write 1s to "
	  "10m)" },
	{ CONN TEK REKEY("rule = often"),
	  PATH ".rekey.rule: \"often\" is not known here (write offset or "
	  "activation)" },
	{ CONN TEK REKEY("batch = 0"),
	  PATH ".rekey.batch: \"0\" is out of range (write 1 to 100000)" },
	{ CONN TEK KEK_WITH("signature_form = naked"),
	  PATH ".kek.signature_form: \"naked\" is not known here (write "
	  "digest-info or raw)" },
	/* others */
	{ CONN TEK "max_members = 0\n",
	  PATH ".max_members: \"0\" is out of range (write 1 to 1000000)" },
	{ CONN TEK "max_members = many\n",
	  PATH ".max_members: \"many\" is not a number (write 1 to 1000000)" },
	{ CONN TEK "cooperate {\n priority = 10\n }\n",
	  PATH ".cooperate: unknown section (known here: "
	  "local_address, connections, authorize, kek, receive_only, teks, "
	  "d3p_window, freshness_unsupported, replay, d3p_type, replay_tick, "
	  "replay_sync, replay_window, rekey, deny_lines, acl_limit, "
	  "sender_ids, max_members)" },
};

/**
 * Load a server section into a new manager
 */
static char *load(const char *server, bool warnings)
{
	ks_manager_t *manager;
	char text[8192], *lines;

	manager = ks_fixture_manager_create();
	snprintf(text, sizeof(text), FRAME, server);
	lines = ks_fixture_load(text, warnings);
	ks_fixture_manager_destroy(manager);
	return lines;
}

/* each gives one line with key path, value, what is wrong, what to write */
START_TEST(test_config_wrong)
{
	char *lines = load(wrongs[_i].server, FALSE), *first, *rest;

	first = strdup(lines);
	rest = strchr(first, '\n');
	ck_assert_msg(rest != NULL, "accepted: %s", wrongs[_i].server);
	*rest++ = '\0';
	ck_assert_str_eq(first, wrongs[_i].error);
	ck_assert_msg(!*rest, "more than one line: %s", lines);
	free(first);
	free(lines);
}
END_TEST

/* REKEY-009, REKEY-010, ACK-008, ACK-014, ACK-024: defaults and every key; the
 * KEK's 3DES; KS-024: no local_address is needed */
START_TEST(test_config_rekey)
{
	ks_config_t *config = ks_fixture_config(CONN TEK KEK_WITH(""));
	ks_config_rekey_t *rekey = config->rekey;

	ck_assert(!rekey->address && rekey->ack == KS_ACK_CISCO);
	ck_assert(!rekey->sha512 && rekey->eject_after == 3);
	ck_assert(rekey->schedule.rule == REKEY_RULE_OFFSET);
	ck_assert(!rekey->schedule.multicast && !rekey->schedule.tries);
	ck_assert_uint_eq(rekey->schedule.interval, 10);
	ck_assert_uint_eq(rekey->schedule.activation, 15);
	ck_assert_uint_eq(rekey->schedule.batch, 2000);
	ck_assert_uint_eq(rekey->schedule.batch_interval, 100);
	ck_assert(config->kek->form == GDOI_SIG_DIGEST_INFO);
	ks_config_destroy(config);

	config = ks_fixture_config(CONN TEK
			"kek {\n signature_key = rsa.der\n encryption = 3des\n "
			"signature_form = raw\n }\n rekey {\n transport = unicast\n "
			"acknowledgment = interoperable\n acknowledgement_hash = sha512\n "
			"eject_after = 1\n retransmit_tries = 3\n "
			"retransmit_interval = 20s\n rule = activation\n "
			"activation_delay = 30s\n batch = 50\n batch_interval = 5s\n "
			"}\n");
	rekey = config->rekey;
	ck_assert(rekey->ack == KS_ACK_INTEROPERABLE && rekey->sha512);
	ck_assert_uint_eq(rekey->eject_after, 1);
	ck_assert(rekey->schedule.rule == REKEY_RULE_ACTIVATION);
	ck_assert_uint_eq(rekey->schedule.tries, 3);
	ck_assert_uint_eq(rekey->schedule.interval, 20);
	ck_assert_uint_eq(rekey->schedule.activation, 30);
	ck_assert_uint_eq(rekey->schedule.batch, 50);
	ck_assert_uint_eq(rekey->schedule.batch_interval, 5000);
	ck_assert(config->kek->encr == ENCR_3DES && !config->kek->encr_bits);
	ck_assert(config->kek->form == GDOI_SIG_RAW);
	ks_config_destroy(config);

	config = ks_fixture_config(CONN TEK MULTICAST("239.0.1.2\n "
			"interface = eth1\n ttl = 8"));
	rekey = config->rekey;
	ck_assert_str_eq(rekey->interface, "eth1");
	ck_assert(rekey->ttl == 8 && rekey->ack == KS_ACK_NONE);
	ck_assert(rekey->schedule.multicast);
	ck_assert_uint_eq(rekey->address->get_port(rekey->address), 848);
	ks_config_destroy(config);
}
END_TEST

/* REKEY-101, REKEY-110, REKEY-210 to REKEY-212, REKEY-214: which changes are
 * news to members */
START_TEST(test_config_news)
{
	static const struct {
		const char *to;
		bool different, news;
	} tests[] = {
		{ "transport = unicast", FALSE, FALSE },
		{ "retransmit_tries = 3", TRUE, FALSE },
		{ "retransmit_interval = 3s", TRUE, FALSE },
		{ "rule = activation", TRUE, FALSE },
		{ "activation_delay = 3s", TRUE, FALSE },
		{ "batch = 3", TRUE, FALSE },
		{ "batch_interval = 3s", TRUE, FALSE },
		{ "eject_after = 1", TRUE, FALSE },
		{ "acknowledgement = cisco", FALSE, FALSE },
		{ "acknowledgement = any", TRUE, TRUE },
		{ "acknowledgment = interoperable", TRUE, TRUE },
		/* nobody is asked for it */
		{ "acknowledgement_hash = sha512", TRUE, FALSE },
		{ "transport = multicast\n address = 239.0.1.2", TRUE, TRUE },
	};
	ks_config_t *from, *to;
	char text[1024];
	int i;

	from = ks_fixture_config(CONN TEK KEK_WITH(""));
	for (i = 0; i < countof(tests); i++)
	{
		snprintf(text, sizeof(text), CONN TEK REKEY("%s"), tests[i].to);
		to = ks_fixture_config(text);
		ck_assert_msg(!ks_config_equals(from, to) == tests[i].different, "%s",
					  tests[i].to);
		ck_assert_msg(ks_config_rekey_is_news(from->rekey, to->rekey) ==
					  tests[i].news, "%s", tests[i].to);
		ks_config_destroy(to);
	}
	ks_config_destroy(from);
}
END_TEST

/* KS-022, LOG-155: the missing key is named, and logged */
START_TEST(test_config_missing_key)
{
	char *lines, expected[1024];

	lines = load(CONN TEK LOCAL "kek {\n signature_key = none.pem\n }\n",
				 FALSE);
	snprintf(expected, sizeof(expected), PATH ".kek.signature_key: "
			 "\"none.pem\" is not a readable file (write the name of a private "
			 "key in private, rsa or ecdsa of %s)\n", ks_fixture_keydir());
	ck_assert_str_eq(lines, expected);
	ck_assert_str_eq(ks_fixture_log_text, "%GDOI-3-KS_NO_RSA_KEYS: Group g has "
					 "no key to sign rekeys with, see kek.signature_key\n");
	free(lines);
}
END_TEST

/* LOG-155: whoever only checks a configuration raises no alarm */
START_TEST(test_config_missing_key_dry_run)
{
	ks_manager_t *manager = ks_fixture_manager_create();
	char text[8192];

	snprintf(text, sizeof(text), FRAME, CONN TEK LOCAL
			 "kek {\n signature_key = none.pem\n }\n");
	ck_assert(!ks_fixture_dry_run(text));
	ck_assert_str_eq(ks_fixture_log_text, "");
	ks_fixture_manager_destroy(manager);
}
END_TEST

/* all mistakes of a section at once */
START_TEST(test_config_many_errors)
{
	char *lines = load("max_members = 0\n" TEK_WITH("lifetime = 1y")
					   "local_address = x\n", FALSE), *line;
	int count = 0;

	for (line = lines; (line = strchr(line, '\n')); line++)
	{
		count++;
	}
	ck_assert_int_eq(count, 4);
	free(lines);
}
END_TEST

static const wrong_t advised[] = {
	{ CONN TEK, "" },
	{ CONN TEK LOCAL KEK_WITH(""), "" },
	{ CONN TEK "authorize {\n addresses = any\n identities = any\n }\n", "" },
	/* KS-014 */
	{ CONN TEK LOCAL KEK_WITH("lifetime = 10799s"),
	  PATH ".kek: lifetime of 10799 s is less than three times that of TEK "
	  "data (3600 s)\n" },
	{ CONN TEK LOCAL KEK_WITH("lifetime = 10800s"), "" },
	/* REKEY-031: 10,000 members, half an hour less a minute */
	{ CONN TEK REKEY("batch = 50\n batch_interval = 8s"), "" },
	{ CONN TEK REKEY("batch = 50\n batch_interval = 9s"),
	  PATH ".rekey: sends to 10000 members in 1800 s, keys leave 1740 s for "
	  "that (write a larger batch, a shorter batch_interval, or fewer "
	  "max_members)\n" },
	/* KS-013 */
	{ CONN TEK_WITH("lifetime = 15m"),
	  PATH ".teks.data: lifetime of 900 s is short, more than 900 s are "
	  "advised\n" },
	{ CONN TEK_WITH("lifetime = 901s"), "" },
	/* AUTHZ-005 */
	{ CONN TEK "authorize {\n identities = *.example.org\n }\n",
	  PATH ".authorize: has no addresses, so members that send an address are "
	  "all admitted (write addresses = deny any to admit none of them)\n" },
	{ CONN TEK "authorize {\n addresses = 10.1.0.0/16\n }\n",
	  PATH ".authorize: has no identities, so members that send a name are all "
	  "admitted (write identities = deny any to admit none of them)\n" },
	{ CONN TEK LOCAL "kek {\n signature_key = weak.der\n }\n",
	  PATH ".kek.signature_key: \"weak.der\" is an RSA key of 1024 bits, 2048 "
	  "or more are advised\n" },
};

START_TEST(test_config_advice)
{
	char *lines = load(advised[_i].server, FALSE), *vpn;

	ck_assert_str_eq(lines, "");
	free(lines);
	lines = load(advised[_i].server, TRUE);
	/* the lists of the frame that this section doesn't use */
	vpn = strstr(lines, "acls.");
	if (vpn)
	{
		*vpn = '\0';
	}
	ck_assert_str_eq(lines, advised[_i].error);
	free(lines);
}
END_TEST

START_TEST(test_config_defaults)
{
	ks_config_t *config = ks_fixture_config(CONN TEK LOCAL KEK_WITH(""));
	ks_config_tek_t *tek;

	config->teks->get_first(config->teks, (void**)&tek);
	ck_assert_str_eq(tek->name, "data");
	ck_assert(tek->encr == ENCR_AES_CBC && tek->encr_bits == 256);
	ck_assert(tek->integ == AUTH_HMAC_SHA2_256_128);
	/* X1 */
	ck_assert_uint_eq(tek->lifetime, 3600);
	/* KS-014 */
	ck_assert_uint_eq(config->kek->lifetime, 86400);
	ck_assert(config->kek->encr == ENCR_AES_CBC);
	ck_assert_uint_eq(config->kek->encr_bits, 256);
	ck_assert(config->kek->sig == GROUP_SIG_RSA);
	ck_assert(config->kek->sig_hash == HASH_SHA256);
	ck_assert_uint_eq(config->max_members, 10000);
	ck_assert_str_eq(config->authorize, "none");
	ck_assert(ks_config_has_connection(config, "members"));
	ck_assert(!ks_config_has_connection(config, "member"));
	ck_assert(ks_config_get_local(config, AF_INET) != NULL);
	ck_assert(ks_config_get_local(config, AF_INET6) == NULL);
	ks_config_destroy(config);
}
END_TEST

/* 3DES and SHA-1 where they are named */
START_TEST(test_config_old_algorithms)
{
	ks_config_t *config = ks_fixture_config(CONN LOCAL
								TEK_WITH("esp_proposals = 3des-sha1")
								KEK_WITH("encryption = 3des\n "
										 "signature_hash = sha1"));
	ks_config_tek_t *tek;

	config->teks->get_first(config->teks, (void**)&tek);
	ck_assert(tek->encr == ENCR_3DES && tek->encr_bits == 0);
	ck_assert(tek->integ == AUTH_HMAC_SHA1_96);
	ck_assert(config->kek->encr == ENCR_3DES && config->kek->encr_bits == 0);
	ck_assert(config->kek->sig_hash == HASH_SHA1);
	ks_config_destroy(config);
}
END_TEST

START_TEST(test_config_equals)
{
	static const char *variants[] = {
		CONN TEK,
		CONN TEK LOCAL,
		CONN TEK LOCAL KEK_WITH(""),
		CONN TEK LOCAL KEK_WITH("lifetime = 2d"),
		CONN TEK LOCAL KEK_WITH("encryption = aes128"),
		CONN TEK LOCAL "kek {\n signature_key = ecdsa.der\n }\n",
		CONN TEK_WITH("lifetime = 2h"),
		CONN TEK_WITH("esp_proposals = aes128-sha512"),
		CONN "teks {\n other {\n acl = vpn\n }\n }\n",
		"connections = members, others\n" TEK,
		CONN TEK "max_members = 5\n",
		CONN TEK "authorize {\n addresses = any\n }\n",
		CONN TEK "authorize {\n identities = any\n }\n",
	};
	ks_config_t *a, *b;
	int i, j;

	for (i = 0; i < countof(variants); i++)
	{
		a = ks_fixture_config(variants[i]);
		for (j = 0; j < countof(variants); j++)
		{
			b = ks_fixture_config(variants[j]);
			ck_assert_msg(ks_config_equals(a, b) == (i == j), "%d and %d", i,
						  j);
			ks_config_destroy(b);
		}
		ks_config_destroy(a);
	}
}
END_TEST

/* AUTHZ-007: patterns of names keep their commas */
START_TEST(test_config_identities)
{
	ks_config_t *config = ks_fixture_config(CONN TEK "authorize {\n "
			"addresses = deny any\n identities = \"C=CH, OU=GETVPN, *; "
			"*.example.org, gm@example.net; deny any\"\n }\n");
	static const struct {
		char *id;
		ks_authorization_t result;
	} tests[] = {
		{ "C=CH, OU=GETVPN, CN=gm1", KS_AUTHORIZED },
		{ "C=CH, OU=TEST, CN=gm1", KS_UNAUTHORIZED_IDENTITY },
		{ "gm1.example.org", KS_AUTHORIZED },
		{ "gm@example.net", KS_AUTHORIZED },
		{ "gm@example.org", KS_UNAUTHORIZED_IDENTITY },
		{ "10.1.1.1", KS_UNAUTHORIZED_ADDRESS },
	};
	identification_t *id;
	int i;

	ck_assert_str_eq(config->authorize, "both");
	for (i = 0; i < countof(tests); i++)
	{
		id = identification_create_from_string(tests[i].id);
		ck_assert_msg(config->authorizer->check(config->authorizer, id) ==
					  tests[i].result, "%s", tests[i].id);
		id->destroy(id);
	}
	ks_config_destroy(config);
}
END_TEST

Suite *ks_config_suite()
{
	Suite *suite = suite_create("key server: configuration");
	TCase *tc = tcase_create("config");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_config_wrong, 0, countof(wrongs));
	tcase_add_test(tc, test_config_rekey);
	tcase_add_test(tc, test_config_news);
	tcase_add_test(tc, test_config_missing_key);
	tcase_add_test(tc, test_config_missing_key_dry_run);
	tcase_add_test(tc, test_config_many_errors);
	tcase_add_loop_test(tc, test_config_advice, 0, countof(advised));
	tcase_add_test(tc, test_config_defaults);
	tcase_add_test(tc, test_config_old_algorithms);
	tcase_add_test(tc, test_config_equals);
	tcase_add_test(tc, test_config_identities);
	suite_add_tcase(suite, tc);
	return suite;
}
