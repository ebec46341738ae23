/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_rekey_content.h"
#include "ks_unable.h"

/** part of a window that a pseudotime may be late by, and milliseconds where
 *  there is no TEK that has one */
#define FRESH_PART 10
#define FRESH_DEFAULT 1000

/** features of members that speak RFC 6407 only */
#define OTHERS 0

typedef struct private_ks_rekey_content_t private_ks_rekey_content_t;

/**
 * Private data
 */
struct private_ks_rekey_content_t {

	/**
	 * Public interface
	 */
	ks_rekey_content_t public;

	/**
	 * Time that lifetimes are counted from
	 */
	time_t made;

	/**
	 * Keys that end
	 */
	group_delete_t deletes[GROUP_REKEY_DELETES];

	/**
	 * Number of them
	 */
	u_int count;

	/**
	 * What to install by kind of member, NULL for nothing
	 */
	group_policy_t *policies[KS_FANOUT_VARIANTS];

	/**
	 * All members are told the same
	 */
	bool same;

	/**
	 * Pseudotime of the group, may be NULL
	 */
	ks_pseudotime_t *pseudotime;
};

METHOD(ks_rekey_content_t, add_deletes, void,
	private_ks_rekey_content_t *this, const group_delete_t *deletes,
	u_int count)
{
	count = min(count, GROUP_REKEY_DELETES - this->count);
	memcpy(&this->deletes[this->count], deletes, count * sizeof(*deletes));
	this->count += count;
}

METHOD(ks_rekey_content_t, set_policies, void,
	private_ks_rekey_content_t *this, group_policy_t *native,
	group_policy_t *others, bool same)
{
	this->policies[0] = native;
	this->policies[1] = others;
	this->same = same;
}

METHOD(ks_rekey_content_t, set_pseudotime, void,
	private_ks_rekey_content_t *this, ks_pseudotime_t *pseudotime)
{
	this->pseudotime = pseudotime;
}

/**
 * Copy what tells fresh packets, as of this moment
 */
static void renew_freshness(private_ks_rekey_content_t *this,
							group_policy_t *policy, group_policy_t *aged)
{
	group_pseudotime_t time;
	uint32_t window;
	uint8_t type;

	if (policy->get_d3p(policy, &type, &window))
	{
		aged->set_d3p(aged, type, window);
	}
	if (policy->get_pseudotime(policy, &time))
	{
		if (this->pseudotime)
		{
			this->pseudotime->get(this->pseudotime, time.tick_ms, &time);
		}
		aged->set_pseudotime(aged, &time);
	}
}

/**
 * Copy a policy with what is left of its lifetimes and delays
 *
 * @param elapsed		seconds that have passed
 */
static group_policy_t *age_policy(private_ks_rekey_content_t *this,
								  group_policy_t *policy, uint32_t elapsed)
{
	group_policy_t *aged = group_policy_create();
	group_kek_t *kek = policy->get_kek(policy);
	enumerator_t *enumerator;
	uint16_t atd, dtd;
	group_tek_t *tek;
	uint32_t lifetime;

	enumerator = policy->create_tek_enumerator(policy);
	while (enumerator->enumerate(enumerator, &tek))
	{
		lifetime = tek->get(tek)->lifetime;
		if (lifetime > elapsed)
		{
			aged->add_tek(aged, tek->with_lifetime(tek, lifetime - elapsed));
		}
	}
	enumerator->destroy(enumerator);
	if (kek && kek->get(kek)->lifetime > elapsed)
	{
		lifetime = kek->get(kek)->lifetime;
		aged->set_kek(aged, kek->with_lifetime(kek, lifetime - elapsed));
	}
	policy->get_delays(policy, &atd, &dtd);
	if (atd)
	{
		atd = atd > elapsed ? atd - elapsed : 1;
	}
	aged->set_delays(aged, atd, dtd);
	aged->set_acl_form(aged, policy->get_acl_form(policy));
	renew_freshness(this, policy, aged);
	return aged;
}

/**
 * Write the message for one kind of member
 */
static bool write_one(private_ks_rekey_content_t *this, int kind,
					  ks_protector_t *protector, gdoi_sig_form_t form,
					  uint32_t seq, time_t now, chunk_t *message,
					  char **reason)
{
	uint32_t elapsed = now > this->made ? now - this->made : 0;
	group_rekey_t *rekey = group_rekey_create(seq);
	bool ok = TRUE;
	u_int i;

	for (i = 0; ok && i < this->count; i++)
	{
		ok = rekey->add_delete(rekey, &this->deletes[i]);
	}
	if (this->policies[kind])
	{
		rekey->set_policy(rekey, age_policy(this, this->policies[kind],
											elapsed));
	}
	ok = ok && gdoi_push_write(rekey, protector->kek, protector->key, form,
							   message, reason);
	rekey->destroy(rekey);
	return ok;
}

METHOD(ks_rekey_content_t, get_freshness, uint32_t,
	private_ks_rekey_content_t *this)
{
	group_policy_t *policy = this->policies[0];
	group_pseudotime_t time;
	uint32_t window;

	if (!this->pseudotime || !policy || !policy->get_pseudotime(policy, &time))
	{
		return 0;
	}
	window = ks_pseudotime_window(policy);
	return max(window ? window / FRESH_PART : FRESH_DEFAULT, time.tick_ms);
}

METHOD(ks_rekey_content_t, write_, bool,
	private_ks_rekey_content_t *this, ks_protector_t *protector,
	gdoi_sig_form_t form, uint32_t seq, time_t now,
	const bool kinds[KS_FANOUT_VARIANTS], chunk_t messages[KS_FANOUT_VARIANTS],
	char **reason)
{
	int i, last = this->same ? 0 : 1;

	messages[0] = messages[1] = chunk_empty;
	*reason = NULL;
	for (i = 0; i <= last; i++)
	{
		if ((this->same || (kinds[i] && this->policies[i])) &&
			!write_one(this, i, protector, form, seq, now, &messages[i],
					   reason))
		{
			ks_rekey_messages_clear(messages);
			return FALSE;
		}
	}
	if (this->same)
	{
		messages[1] = messages[0];
	}
	return TRUE;
}

METHOD(ks_rekey_content_t, destroy, void,
	private_ks_rekey_content_t *this)
{
	DESTROY_IF(this->policies[0]);
	DESTROY_IF(this->policies[1]);
	free(this);
}

/*
 * Described in header
 */
ks_rekey_content_t *ks_rekey_content_create(time_t now)
{
	private_ks_rekey_content_t *this;

	INIT(this,
		.public = {
			.add_deletes = _add_deletes,
			.set_policies = _set_policies,
			.set_pseudotime = _set_pseudotime,
			.get_freshness = _get_freshness,
			.write = _write_,
			.destroy = _destroy,
		},
		.made = now,
		.same = TRUE,
	);
	return &this->public;
}

/**
 * Seconds until members have to send by a TEK that the rekey brings, ATD-003;
 * 0 if it brings none
 */
static uint16_t get_atd(ks_keys_t *keys, group_policy_t *policy, host_t *dst,
						time_t now)
{
	group_policy_t *live;
	enumerator_t *enumerator;
	const group_tek_data_t *data = NULL;
	group_tek_t *tek;
	uint32_t old = 0, last = 0;
	uint16_t atd = 0;

	enumerator = policy->create_tek_enumerator(policy);
	while (enumerator->enumerate(enumerator, &tek))
	{
		old = last;
		data = tek->get(tek);
		last = data->lifetime;
	}
	enumerator->destroy(enumerator);
	live = keys->get_policy(keys, KS_GIVE_LIVE, now, dst, dst, GROUP_ACK_NONE);
	if (data && (!live || !live->find_tek(live, data->protocol, data->spi)))
	{
		atd = rekey_schedule_atd(old);
	}
	DESTROY_IF(live);
	return atd;
}

/**
 * Get what members of a kind are told
 *
 * @return				policy, NULL if there are no keys to describe
 */
static group_policy_t *get_policy(ks_keys_t *keys, ks_give_t give,
								  ks_config_t *config, ks_peer_t peer,
								  host_t *src, host_t *dst, time_t now)
{
	ks_config_rekey_t *rekey = config->rekey;
	group_policy_t *policy;

	policy = keys->get_policy(keys, give, now, src, dst,
							  ks_ack_request(rekey->ack, peer, rekey->sha512));
	if (policy)
	{
		policy->set_acl_form(policy, ks_config_acl_form(&config->acl, peer));
	}
	return policy;
}

/**
 * Are members of both kinds told the same, but for the delay?
 */
static bool is_same(ks_config_t *config)
{
	ks_config_rekey_t *rekey = config->rekey;

	return ks_ack_request(rekey->ack, KS_PEER_NATIVE, rekey->sha512) ==
		   ks_ack_request(rekey->ack, KS_PEER_OTHER, rekey->sha512) &&
		   ks_config_acl_form(&config->acl, KS_PEER_NATIVE) ==
		   ks_config_acl_form(&config->acl, KS_PEER_OTHER);
}

/**
 * Set what members of each kind are to install
 */
static void set_both(ks_rekey_content_t *this, ks_keys_t *keys,
					 ks_config_t *config, group_policy_t *native,
					 group_policy_t *others, host_t *dst, time_t now)
{
	uint16_t atd = 0;

	if (ks_config_acl_told(&config->acl, KS_PEER_OTHER) == KS_TOLD_NOT ||
		ks_unable_policy(OTHERS, native))
	{	/* one may be left that registered a moment ago */
		others->destroy(others);
		this->set_policies(this, native, NULL, FALSE);
		return;
	}
	if (!config->rekey->address && ks_ack_wants_atd(KS_PEER_OTHER) &&
		config->teks->get_count(config->teks) == 1)
	{	/* ATD-004 to ATD-006 */
		atd = get_atd(keys, others, dst, now);
		others->set_delays(others, atd, 0);
	}
	this->set_policies(this, native, others, !atd && is_same(config));
}

/*
 * Described in header
 */
ks_rekey_content_t *ks_rekey_content_build(ks_keys_t *keys, ks_give_t give,
										   ks_config_t *config, host_t *src,
										   time_t now)
{
	ks_config_rekey_t *rekey = config->rekey;
	group_delete_t deletes[GROUP_REKEY_DELETES];
	ks_rekey_content_t *this = NULL;
	group_policy_t *native, *others;
	host_t *dst;

	dst = rekey->address ? rekey->address->clone(rekey->address)
						 : host_create_any(src->get_family(src));
	dst->set_port(dst, 848);
	native = get_policy(keys, give, config, KS_PEER_NATIVE, src, dst, now);
	others = get_policy(keys, give, config, KS_PEER_OTHER, src, dst, now);
	if (native && others)
	{
		this = ks_rekey_content_create(now);
		this->set_pseudotime(this, keys->get_pseudotime(keys));
		this->add_deletes(this, deletes, keys->get_deletes(keys, deletes));
		set_both(this, keys, config, native, others, dst, now);
	}
	else
	{
		DESTROY_IF(native);
		DESTROY_IF(others);
	}
	dst->destroy(dst);
	return this;
}

/*
 * Described in header
 */
ks_rekey_content_t *ks_rekey_content_end_all(time_t now)
{
	group_delete_t deletes[] = {
		{ .protocol = PROTO_ESP },
		{ .kek = TRUE },
	};
	ks_rekey_content_t *this = ks_rekey_content_create(now);

	this->add_deletes(this, deletes, countof(deletes));
	return this;
}

/*
 * Described in header
 */
void ks_rekey_messages_clear(chunk_t messages[KS_FANOUT_VARIANTS])
{
	if (messages[1].ptr == messages[0].ptr)
	{
		messages[1] = chunk_empty;
	}
	chunk_clear(&messages[0]);
	chunk_clear(&messages[1]);
}
