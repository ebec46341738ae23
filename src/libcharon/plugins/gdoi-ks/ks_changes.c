/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_changes.h"
#include "ks_changes_freshness.h"

#include <config/config_text.h>
#include <config/group_diff.h>

/** room for a value */
#define VALUE_LEN 256

typedef struct report_t report_t;

/**
 * A comparison
 */
struct report_t {

	/**
	 * Configurations
	 */
	ks_config_t *old, *new;

	/**
	 * Takes the changes
	 */
	group_change_cb_t change;

	/**
	 * Data to pass to change
	 */
	void *user;
};

/** what follows from which change, for a group that has rekeys before and
 *  after */
static const group_rule_t rules[] = {
	{ "", FALSE, GROUP_EFFECT_NOW, NULL },
	{ "id", FALSE, GROUP_EFFECT_ID, "REKEY-209" },
	{ "local_address", FALSE, GROUP_EFFECT_NEXT, NULL },
	{ "connections", FALSE, GROUP_EFFECT_NOW, NULL },
	{ "authorize.addresses", FALSE, GROUP_EFFECT_AUTHORIZE, NULL },
	{ "authorize.identities", FALSE, GROUP_EFFECT_AUTHORIZE, NULL },
	{ "authorize.recheck", FALSE, GROUP_EFFECT_NOW, NULL },
	{ "max_members", FALSE, GROUP_EFFECT_NOW, NULL },
	{ "receive_only", TRUE, GROUP_EFFECT_REKEY, "REKEY-108, REKEY-109" },
	{ "acl_limit", FALSE, GROUP_EFFECT_NOW, NULL },
	{ "deny_lines", FALSE, GROUP_EFFECT_NEXT, NULL },
	/* which rows hold of these depends on the values, see
	 * ks_changes_freshness.c */
	{ "replay", TRUE, GROUP_EFFECT_BESIDE, NULL },
	{ "replay_window", FALSE, GROUP_EFFECT_SCHEDULED,
	  "REKEY-106, REKEY-222" },
	{ "replay_tick", TRUE, GROUP_EFFECT_REPLACE, NULL },
	{ "replay_sync", FALSE, GROUP_EFFECT_NOW, NULL },
	{ "d3p_window", FALSE, GROUP_EFFECT_NEXT, "X15" },
	{ "d3p_type", TRUE, GROUP_EFFECT_REPLACE, NULL },
	{ "freshness_unsupported", FALSE, GROUP_EFFECT_NOW, NULL },
	{ "sender_ids", FALSE, GROUP_EFFECT_NOW, NULL },
	{ "sender_ids.bits", TRUE, GROUP_EFFECT_END, NULL },
	{ "sender_ids.server_bits", TRUE, GROUP_EFFECT_END, NULL },
	{ "sender_ids.server_id", TRUE, GROUP_EFFECT_END, NULL },
	{ "sender_ids.max_per_member", FALSE, GROUP_EFFECT_REGISTER, NULL },
	{ "kek", FALSE, GROUP_EFFECT_REGISTER, "REKEY-215" },
	{ "kek.encryption", TRUE, GROUP_EFFECT_KEK, "REKEY-112, REKEY-218" },
	{ "kek.lifetime", FALSE, GROUP_EFFECT_NEXT, "REKEY-110, REKEY-213" },
	{ "kek.signature_key", TRUE, GROUP_EFFECT_REKEY, "REKEY-111, REKEY-217" },
	{ "kek.signature_hash", TRUE, GROUP_EFFECT_REKEY, "REKEY-111, REKEY-217" },
	{ "kek.signature_form", FALSE, GROUP_EFFECT_NEXT, NULL },
	{ "rekey.transport", TRUE, GROUP_EFFECT_REKEY, "REKEY-210, REKEY-211" },
	{ "rekey.address", TRUE, GROUP_EFFECT_REKEY, "REKEY-212" },
	{ "rekey.interface", FALSE, GROUP_EFFECT_NEXT, NULL },
	{ "rekey.ttl", FALSE, GROUP_EFFECT_NEXT, NULL },
	{ "rekey.acknowledgement", TRUE, GROUP_EFFECT_REKEY, NULL },
	{ "rekey.acknowledgement_hash", TRUE, GROUP_EFFECT_REKEY, NULL },
	{ "rekey.eject_after", FALSE, GROUP_EFFECT_NEXT, NULL },
	{ "rekey.rule", FALSE, GROUP_EFFECT_NEXT, NULL },
	{ "rekey.activation_delay", FALSE, GROUP_EFFECT_NEXT, NULL },
	{ "rekey.retransmit_tries", FALSE, GROUP_EFFECT_NEXT, "REKEY-214" },
	{ "rekey.retransmit_interval", FALSE, GROUP_EFFECT_NEXT, "REKEY-214" },
	{ "rekey.batch", FALSE, GROUP_EFFECT_NEXT, NULL },
	{ "rekey.batch_interval", FALSE, GROUP_EFFECT_NEXT, NULL },
	/* their order, which decides where lists overlap */
	{ "teks", TRUE, GROUP_EFFECT_ACL, "REKEY-241" },
	{ "teks.*", TRUE, GROUP_EFFECT_REKEY, "REKEY-241" },
	{ "teks.*.acl", TRUE, GROUP_EFFECT_ACL,
	  "REKEY-104, REKEY-202, REKEY-220" },
	{ "teks.*.esp_proposals", TRUE, GROUP_EFFECT_BESIDE,
	  "REKEY-102, REKEY-103, REKEY-208, REKEY-219" },
	{ "teks.*.replay", TRUE, GROUP_EFFECT_BESIDE, NULL },
	{ "teks.*.lifetime", FALSE, GROUP_EFFECT_SCHEDULED,
	  "REKEY-101, REKEY-207" },
	{ NULL, FALSE, GROUP_EFFECT_NOW, NULL },
};

/**
 * Does a change of the section rekey concern only what members aren't told of,
 * in these configurations?
 */
static bool is_untold(report_t *this, const char *key)
{
	return strpfx(key, "rekey.") && this->old->rekey && this->new->rekey &&
		   !ks_config_rekey_is_news(this->old->rekey, this->new->rekey);
}

/**
 * Is it a TEK's cipher that makes a group need Sender IDs, which didn't before?
 */
static bool is_first_counter(report_t *this, const char *key)
{
	return strpfx(key, "teks.") && !ks_config_needs_sids(this->old) &&
		   ks_config_needs_sids(this->new);
}

/**
 * Hand out a change, with what holds for groups without rekeys; implements
 * group_change_cb_t
 */
static void hand_out(void *user, const group_change_t *change)
{
	report_t *this = user;
	group_change_t adapted = *change;

	ks_changes_freshness_adapt(this->old, this->new, &adapted);
	change = &adapted;
	if (streq(change->key, "kek") && !change->to)
	{
		adapted.effective = GROUP_EFFECT_NO_KEK;
		adapted.rule = "REKEY-216";
	}
	else if (change->rekey && !this->new->kek)
	{
		adapted.rekey = FALSE;
		adapted.effective = GROUP_EFFECT_REGISTER;
	}
	else if (change->rekey && !this->old->kek)
	{	/* it is sent, but no member has the KEK yet */
		adapted.effective = GROUP_EFFECT_REGISTER;
	}
	else if (change->rekey && strpfx(change->key, "sender_ids.") &&
			 !(ks_config_needs_sids(this->old) &&
			   ks_config_needs_sids(this->new)))
	{
		adapted.rekey = FALSE;
		adapted.effective = GROUP_EFFECT_NOW;
	}
	else if (change->rekey && is_first_counter(this, change->key))
	{
		adapted.effective = GROUP_EFFECT_SIDS;
	}
	else if (change->rekey && is_untold(this, change->key))
	{
		adapted.rekey = FALSE;
		adapted.effective = GROUP_EFFECT_NEXT;
	}
	this->change(this->user, &adapted);
}

/**
 * Text of an address, NULL for none
 */
static char *print_host(host_t *host, char *buf, size_t len)
{
	if (!host)
	{
		return NULL;
	}
	snprintf(buf, len, "%H", host);
	return buf;
}

/**
 * Text of the addresses that rekeys come from
 */
static char *print_local(ks_config_t *config, char *buf, size_t len)
{
	host_t **local = config->local;

	if (local[0] && local[1])
	{
		snprintf(buf, len, "%H, %H", local[0], local[1]);
		return buf;
	}
	return print_host(local[0] ?: local[1], buf, len);
}

/**
 * Names of a list as text, cut off where there is no room
 */
static char *print_names(enumerator_t *enumerator, char *buf, size_t len)
{
	size_t at = 0;
	char *name;

	*buf = '\0';
	while (at < len && enumerator->enumerate(enumerator, &name))
	{
		at += snprintf(buf + at, len - at, "%s%s", at ? ", " : "", name);
	}
	enumerator->destroy(enumerator);
	return buf;
}

/**
 * Text of a cipher with its key length
 */
static char *print_cipher(ks_config_kek_t *kek, char *buf, size_t len)
{
	if (kek->encr == ENCR_3DES)
	{
		snprintf(buf, len, "3des");
	}
	else
	{
		snprintf(buf, len, "aes%u", kek->encr_bits);
	}
	return buf;
}

/**
 * Text of the algorithms of a TEK
 */
static char *print_algorithms(ks_config_tek_t *tek, char *buf, size_t len)
{
	char bits[8] = "";

	if (tek->encr_bits)
	{
		snprintf(bits, sizeof(bits), "_%u", tek->encr_bits);
	}
	if (tek->integ == AUTH_UNDEFINED)
	{
		snprintf(buf, len, "%N%s", encryption_algorithm_names, tek->encr, bits);
	}
	else
	{
		snprintf(buf, len, "%N%s/%N", encryption_algorithm_names, tek->encr,
				 bits, integrity_algorithm_names, tek->integ);
	}
	return buf;
}

/**
 * Text of a limit of lines, NULL without a limit
 */
static char *print_limit(u_int limit, char *buf, size_t len)
{
	if (!limit)
	{
		return NULL;
	}
	snprintf(buf, len, "%u", limit);
	return buf;
}

/**
 * What is general about a group
 */
static void compare_general(report_t *this, group_diff_t *diff)
{
	ks_config_t *a = this->old, *b = this->new;
	char from[VALUE_LEN], to[VALUE_LEN];
	const char *old, *new;

	old = group_id_print(&a->group.id, from, sizeof(from));
	new = group_id_print(&b->group.id, to, sizeof(to));
	if (!group_id_equals(&a->group.id, &b->group.id))
	{
		diff->add_changed(diff, "id", NULL, old, new);
	}
	diff->add(diff, "local_address", NULL, print_local(a, from, sizeof(from)),
			  print_local(b, to, sizeof(to)));
	diff->add(diff, "connections", NULL,
			  print_names(a->connections->create_enumerator(a->connections),
						  from, sizeof(from)),
			  print_names(b->connections->create_enumerator(b->connections),
						  to, sizeof(to)));
	diff->add_number(diff, "max_members", NULL, a->max_members,
					 b->max_members);
	diff->add_bool(diff, "receive_only", NULL, a->receive_only,
				   b->receive_only);
	diff->add(diff, "acl_limit", NULL,
			  print_limit(a->acl.limit, from, sizeof(from)),
			  print_limit(b->acl.limit, to, sizeof(to)));
	snprintf(from, sizeof(from), "%N", ks_deny_names, a->acl.deny);
	snprintf(to, sizeof(to), "%N", ks_deny_names, b->acl.deny);
	diff->add(diff, "deny_lines", NULL, from, to);
}

/**
 * Which Sender IDs members get
 */
static void compare_sids(report_t *this, group_diff_t *diff)
{
	ks_config_sid_t *a = this->old->sids, *b = this->new->sids;

	if (!a || !b)
	{
		diff->add(diff, "sender_ids", NULL, a ? "present" : NULL,
				  b ? "present" : NULL);
		return;
	}
	diff->add_number(diff, "sender_ids.bits", NULL, a->format.bits,
					 b->format.bits);
	diff->add_number(diff, "sender_ids.server_bits", NULL,
					 a->format.server_bits, b->format.server_bits);
	diff->add_number(diff, "sender_ids.server_id", NULL, a->format.server_id,
					 b->format.server_id);
	diff->add_number(diff, "sender_ids.max_per_member", NULL,
					 a->max_per_member, b->max_per_member);
}

/**
 * Who may have the group
 */
static void compare_authorization(report_t *this, group_diff_t *diff)
{
	ks_config_t *a = this->old, *b = this->new;

	if (!a->authorizer->equals(a->authorizer, b->authorizer))
	{
		diff->add(diff, "authorize.addresses", NULL, a->addresses,
				  b->addresses);
		diff->add(diff, "authorize.identities", NULL, a->identities,
				  b->identities);
	}
	diff->add_time(diff, "authorize.recheck", NULL, a->recheck * 1000ULL,
				   b->recheck * 1000ULL);
}

/**
 * Two KEKs
 */
static void compare_keks(ks_config_kek_t *a, ks_config_kek_t *b,
						 group_diff_t *diff)
{
	char from[VALUE_LEN], to[VALUE_LEN];

	diff->add(diff, "kek.encryption", NULL,
			  print_cipher(a, from, sizeof(from)),
			  print_cipher(b, to, sizeof(to)));
	diff->add_time(diff, "kek.lifetime", NULL, a->lifetime * 1000ULL,
				   b->lifetime * 1000ULL);
	if (!chunk_equals(a->public_key, b->public_key))
	{
		diff->add_changed(diff, "kek.signature_key", NULL, a->key_name,
						  b->key_name);
	}
	snprintf(from, sizeof(from), "%N", hash_algorithm_short_names,
			 a->sig_hash);
	snprintf(to, sizeof(to), "%N", hash_algorithm_short_names, b->sig_hash);
	diff->add(diff, "kek.signature_hash", NULL, from, to);
	diff->add(diff, "kek.signature_form", NULL,
			  a->form == GDOI_SIG_RAW ? "raw" : "digest-info",
			  b->form == GDOI_SIG_RAW ? "raw" : "digest-info");
}

/**
 * How rekeys are sent, what depends on the transport
 */
static void compare_transport(ks_config_rekey_t *a, ks_config_rekey_t *b,
							  group_diff_t *diff)
{
	char from[VALUE_LEN], to[VALUE_LEN];

	diff->add(diff, "rekey.transport", NULL,
			  a->address ? "multicast" : "unicast",
			  b->address ? "multicast" : "unicast");
	diff->add(diff, "rekey.address", NULL,
			  print_host(a->address, from, sizeof(from)),
			  print_host(b->address, to, sizeof(to)));
	diff->add(diff, "rekey.interface", NULL, a->interface, b->interface);
	if (!a->address != !b->address)
	{	/* the others have no meaning for one of them */
		return;
	}
	diff->add_number(diff, "rekey.ttl", NULL, a->ttl, b->ttl);
	snprintf(from, sizeof(from), "%N", ks_ack_mode_names, a->ack);
	snprintf(to, sizeof(to), "%N", ks_ack_mode_names, b->ack);
	diff->add(diff, "rekey.acknowledgement", NULL, from, to);
	diff->add(diff, "rekey.acknowledgement_hash", NULL,
			  a->sha512 ? "sha512" : "sha256",
			  b->sha512 ? "sha512" : "sha256");
	diff->add_number(diff, "rekey.eject_after", NULL, a->eject_after,
					 b->eject_after);
}

/**
 * When to rekey, and how it is paced
 */
static void compare_schedule(const rekey_schedule_t *a,
							 const rekey_schedule_t *b, group_diff_t *diff)
{
	diff->add(diff, "rekey.rule", NULL,
			  a->rule == REKEY_RULE_OFFSET ? "offset" : "activation",
			  b->rule == REKEY_RULE_OFFSET ? "offset" : "activation");
	diff->add_time(diff, "rekey.activation_delay", NULL,
				   a->activation * 1000ULL, b->activation * 1000ULL);
	diff->add_number(diff, "rekey.retransmit_tries", NULL, a->tries, b->tries);
	diff->add_time(diff, "rekey.retransmit_interval", NULL,
				   a->interval * 1000ULL, b->interval * 1000ULL);
	diff->add_number(diff, "rekey.batch", NULL, a->batch, b->batch);
	diff->add_time(diff, "rekey.batch_interval", NULL, a->batch_interval,
				   b->batch_interval);
}

/**
 * KEK and rekeys, of which a group may have none
 */
static void compare_rekeys(report_t *this, group_diff_t *diff)
{
	ks_config_kek_t *a = this->old->kek, *b = this->new->kek;

	if (a && b)
	{
		compare_keks(a, b, diff);
		compare_transport(this->old->rekey, this->new->rekey, diff);
		compare_schedule(&this->old->rekey->schedule,
						 &this->new->rekey->schedule, diff);
	}
	else
	{
		diff->add(diff, "kek", NULL, a ? "present" : NULL,
				  b ? "present" : NULL);
	}
}

/**
 * Two TEKs of the same name
 */
static void compare_tek(ks_config_tek_t *a, ks_config_tek_t *b,
						group_diff_t *diff)
{
	char from[VALUE_LEN], to[VALUE_LEN];

	diff->add_acl(diff, "teks.*.acl", a->name, NULL, a->acl, NULL, b->acl);
	diff->add(diff, "teks.*.esp_proposals", a->name,
			  print_algorithms(a, from, sizeof(from)),
			  print_algorithms(b, to, sizeof(to)));
	diff->add_time(diff, "teks.*.lifetime", a->name, a->lifetime * 1000ULL,
				   b->lifetime * 1000ULL);
}

CALLBACK(filter_common, bool,
	ks_config_t *other, enumerator_t *orig, va_list args)
{
	ks_config_tek_t *tek;
	char **name;

	VA_ARGS_VGET(args, name);
	while (orig->enumerate(orig, &tek))
	{
		if (ks_config_find_tek(other, tek->name))
		{
			*name = tek->name;
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Enumerate the names of TEKs that another configuration has as well
 */
static enumerator_t *create_common(ks_config_t *config, ks_config_t *other)
{
	return enumerator_create_filter(config->teks->create_enumerator(
									config->teks), filter_common, other, NULL);
}

/**
 * All TEKs
 */
static void compare_teks(report_t *this, group_diff_t *diff)
{
	ks_config_t *a = this->old, *b = this->new;
	char from[VALUE_LEN], to[VALUE_LEN];
	enumerator_t *enumerator;
	ks_config_tek_t *tek, *other;

	enumerator = a->teks->create_enumerator(a->teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		other = ks_config_find_tek(b, tek->name);
		if (other)
		{
			compare_tek(tek, other, diff);
		}
		else
		{
			diff->add(diff, "teks.*", tek->name, "present", NULL);
		}
	}
	enumerator->destroy(enumerator);
	enumerator = b->teks->create_enumerator(b->teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		if (!ks_config_find_tek(a, tek->name))
		{
			diff->add(diff, "teks.*", tek->name, NULL, "present");
		}
	}
	enumerator->destroy(enumerator);
	diff->add(diff, "teks", NULL,
			  print_names(create_common(a, b), from, sizeof(from)),
			  print_names(create_common(b, a), to, sizeof(to)));
}

/**
 * Compare two configurations
 */
static void compare(report_t *this, group_diff_t *diff)
{
	compare_general(this, diff);
	compare_authorization(this, diff);
	ks_changes_freshness_compare(this->old, this->new, diff);
	compare_sids(this, diff);
	compare_rekeys(this, diff);
	compare_teks(this, diff);
	if (!diff->get_count(diff) && !ks_config_equals(this->old, this->new))
	{
		diff->add(diff, "", NULL, "settings", "other settings");
	}
}

/*
 * Described in header
 */
void ks_changes_report(ks_config_t *old, ks_config_t *new,
					   group_change_cb_t change, void *user)
{
	report_t this = {
		.old = old,
		.new = new,
		.change = change,
		.user = user,
	};
	group_change_t whole = {
		.key = "",
		.from = old ? "present" : NULL,
		.to = new ? "present" : NULL,
		.effective = new ? GROUP_EFFECT_NOW : GROUP_EFFECT_GONE,
	};
	group_diff_t *diff;

	if (!old || !new)
	{
		change(user, &whole);
		return;
	}
	diff = group_diff_create(rules, hand_out, &this);
	compare(&this, diff);
	diff->destroy(diff);
}
