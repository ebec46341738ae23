/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "sid_sampler.h"
#include "bpf/cm_shared.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/xfrm.h>

#include <libmnl/libmnl.h>

/** room for a state with its keys in a message */
#define STATE_LEN 2048

/** port that probes go to, "discard" */
#define PROBE_PORT 9

/** probes without answer, one after the other, until we give up */
#define LOST_MAX 20

/** how long an answer may take where the kernel encrypts asynchronously, in
 *  steps of so many microseconds */
#define ANSWER_STEPS 40
#define ANSWER_STEP 50

/** tries between two looks at the clock */
#define TRIES_PER_LOOK 8

typedef struct private_sid_sampler_t private_sid_sampler_t;

/**
 * Private data of a sid_sampler_t object.
 */
struct private_sid_sampler_t {

	/**
	 * Public interface.
	 */
	sid_sampler_t public;

	/**
	 * What to sample, with our own hosts.
	 */
	sid_sampler_params_t params;

	/**
	 * Interface that the crypto map sits on.
	 */
	char *interface;

	/**
	 * Reads probes, and its argument.
	 */
	sid_sampler_cb_t cb;
	void *user;

	/**
	 * Our number among all that probe.
	 */
	u_int slot;

	/**
	 * To manage states by, NULL before the first run().
	 */
	struct mnl_socket *xfrm;

	/**
	 * To send probes by, -1 before the first run().
	 */
	int probe;

	/**
	 * Two messages that replace the state: it goes, it comes. With keys.
	 */
	char replace[STATE_LEN];

	/**
	 * Octets of the first message and of both, 0 before the first run().
	 */
	size_t del_len;
	size_t len;

	/**
	 * TRUE if the policy for probes is installed.
	 */
	bool policy;

	/**
	 * Sender ID of the state, when done.
	 */
	uint32_t sid;

	/**
	 * States tried, and probes lost one after the other.
	 */
	uint32_t tries;
	u_int lost;

	/**
	 * How far it is.
	 */
	sid_sampler_status_t status;

	/**
	 * Why it failed.
	 */
	const char *reason;
};

/** attributes that are taken over from the template; not the replay state,
 *  with which a state would not begin at the first sequence number */
static const uint16_t kept_attributes[] = {
	XFRMA_ALG_AEAD,
	XFRMA_ALG_AUTH_TRUNC,
	XFRMA_ALG_CRYPT,
	XFRMA_SA_EXTRA_FLAGS,
	XFRMA_IF_ID,
	XFRMA_MARK,
	XFRMA_SET_MARK,
	XFRMA_SET_MARK_MASK,
	XFRMA_TFCPAD,
};

bool sid_sampler_match(uint64_t iv, uint8_t bits, uint32_t sid)
{
	return (iv >> (64 - bits)) == sid;
}

bool sid_sampler_is_possible(uint8_t bits, const uint32_t *sids, u_int count)
{
	u_int i;

	if (bits < SID_SAMPLER_BITS_MIN || bits > SID_SAMPLER_BITS_MAX ||
		!count || count > SID_SAMPLER_SIDS_MAX)
	{
		return FALSE;
	}
	for (i = 0; i < count; i++)
	{
		if (sids[i] >> bits)
		{
			return FALSE;
		}
	}
	return TRUE;
}

/**
 * Fail for good.
 */
static bool fail(private_sid_sampler_t *this, const char *reason)
{
	this->status = SID_SAMPLER_FAILED;
	this->reason = reason;
	return FALSE;
}

/**
 * Family of the state.
 */
static int get_family(private_sid_sampler_t *this)
{
	return this->params.local->get_family(this->params.local);
}

/**
 * Write an address as XFRM has it.
 */
static void write_address(host_t *host, xfrm_address_t *address)
{
	chunk_t addr = host->get_address(host);

	memset(address, 0, sizeof(*address));
	memcpy(address, addr.ptr, min(addr.len, sizeof(*address)));
}

/**
 * Begin a message.
 */
static struct nlmsghdr *begin(void *buf, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *msg;

	msg = mnl_nlmsg_put_header(buf);
	msg->nlmsg_type = type;
	msg->nlmsg_flags = NLM_F_REQUEST | flags;
	msg->nlmsg_seq = 1;
	return msg;
}

/**
 * Send messages and wait for the answer to the last one.
 *
 * @return			0 or an errno
 */
static int transact(private_sid_sampler_t *this, const void *msgs, size_t len,
					mnl_cb_t cb, void *data)
{
	char buf[STATE_LEN];
	ssize_t got;
	int res = MNL_CB_ERROR, err = 0;

	if (mnl_socket_sendto(this->xfrm, msgs, len) < 0)
	{
		return errno;
	}
	do
	{
		got = mnl_socket_recvfrom(this->xfrm, buf, sizeof(buf));
		res = got <= 0 ? MNL_CB_ERROR
					   : mnl_cb_run(buf, got, 0,
									mnl_socket_get_portid(this->xfrm), cb,
									data);
		err = res == MNL_CB_ERROR ? errno : 0;
	}
	while (res > MNL_CB_STOP && !cb);
	memwipe(buf, sizeof(buf));
	return err;
}

/**
 * Write the message that asks for or removes the state.
 */
static struct nlmsghdr *write_id(private_sid_sampler_t *this, void *buf,
								 uint16_t type, uint16_t flags)
{
	struct xfrm_usersa_id *id;
	struct nlmsghdr *msg;

	msg = begin(buf, type, flags);
	id = mnl_nlmsg_put_extra_header(msg, sizeof(*id));
	write_address(this->params.remote, &id->daddr);
	id->spi = this->params.spi;
	id->family = get_family(this);
	id->proto = IPPROTO_ESP;
	return msg;
}

/**
 * Check if the kernel keeps keys to itself, as it does when locked down.
 */
static bool is_hidden(const struct nlattr *attr)
{
	const struct xfrm_algo_aead *algo = mnl_attr_get_payload(attr);
	u_int i, len;

	if (mnl_attr_get_type(attr) != XFRMA_ALG_AEAD)
	{
		return FALSE;
	}
	len = algo->alg_key_len / 8;
	for (i = 0; i < len; i++)
	{
		if (algo->alg_key[i])
		{
			return FALSE;
		}
	}
	return TRUE;
}

/**
 * Check if an attribute is to be taken over.
 */
static bool is_kept(uint16_t type)
{
	u_int i;

	for (i = 0; i < countof(kept_attributes); i++)
	{
		if (kept_attributes[i] == type)
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Make the messages that replace the state out of what the kernel says of it.
 */
static int read_template(const struct nlmsghdr *answer, void *data)
{
	private_sid_sampler_t *this = data;
	struct xfrm_usersa_info *info;
	struct nlmsghdr *msg;
	struct nlattr *attr;

	if (answer->nlmsg_type != XFRM_MSG_NEWSA ||
		answer->nlmsg_len < NLMSG_LENGTH(sizeof(*info)) ||
		answer->nlmsg_len > STATE_LEN / 2)
	{
		return MNL_CB_STOP;
	}
	msg = begin(this->replace + this->del_len, XFRM_MSG_NEWSA,
				NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
	info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));
	memcpy(info, mnl_nlmsg_get_payload(answer), sizeof(*info));
	memset(&info->curlft, 0, sizeof(info->curlft));
	memset(&info->stats, 0, sizeof(info->stats));
	info->seq = 0;
	mnl_attr_for_each(attr, answer, sizeof(*info))
	{
		if (is_hidden(attr))
		{
			return MNL_CB_STOP;
		}
		if (is_kept(mnl_attr_get_type(attr)))
		{
			mnl_attr_put(msg, mnl_attr_get_type(attr),
						 mnl_attr_get_payload_len(attr),
						 mnl_attr_get_payload(attr));
		}
	}
	this->len = this->del_len + msg->nlmsg_len;
	return MNL_CB_STOP;
}

/**
 * Get the state that is there as a template.
 */
static bool get_template(private_sid_sampler_t *this)
{
	char buf[256] = {};
	struct nlmsghdr *msg;

	msg = write_id(this, this->replace, XFRM_MSG_DELSA, 0);
	this->del_len = NLMSG_ALIGN(msg->nlmsg_len);
	msg = write_id(this, buf, XFRM_MSG_GETSA, 0);
	if (transact(this, msg, msg->nlmsg_len, read_template, this) != 0 ||
		!this->len)
	{
		return fail(this, "the kernel does not show the state with its keys");
	}
	return TRUE;
}

/**
 * The mark of our probes.
 */
static uint32_t get_mark(private_sid_sampler_t *this)
{
	return CM_MARK_PROBE | this->slot;
}

/**
 * Remove the policy for probes.
 */
static void del_policy(private_sid_sampler_t *this)
{
	struct xfrm_mark mark = { .v = get_mark(this), .m = ~0 };
	struct xfrm_userpolicy_id *id;
	struct nlmsghdr *msg;
	char buf[512] = {};

	msg = begin(buf, XFRM_MSG_DELPOLICY, NLM_F_ACK);
	id = mnl_nlmsg_put_extra_header(msg, sizeof(*id));
	id->dir = XFRM_POLICY_OUT;
	id->sel.family = get_family(this);
	mnl_attr_put(msg, XFRMA_MARK, sizeof(mark), &mark);
	mnl_attr_put_u32(msg, XFRMA_IF_ID, this->params.if_id);
	transact(this, msg, msg->nlmsg_len, NULL, NULL);
	this->policy = FALSE;
}

/**
 * Install the policy that has probes encrypted with the state.
 */
static bool add_policy(private_sid_sampler_t *this)
{
	struct xfrm_mark mark = { .v = get_mark(this), .m = ~0 };
	const struct xfrm_usersa_info *state;
	struct xfrm_userpolicy_info *info;
	struct xfrm_user_tmpl tmpl = {
		.id.spi = this->params.spi,
		.id.proto = IPPROTO_ESP,
		.family = get_family(this),
		.aalgos = ~0,
		.ealgos = ~0,
		.calgos = ~0,
	};
	struct nlmsghdr *msg;
	char buf[512] = {};

	state = mnl_nlmsg_get_payload((void*)this->replace + this->del_len);
	tmpl.reqid = state->reqid;
	tmpl.mode = state->mode;
	write_address(this->params.local, &tmpl.saddr);
	write_address(this->params.remote, &tmpl.id.daddr);
	msg = begin(buf, XFRM_MSG_UPDPOLICY, NLM_F_ACK);
	info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));
	info->sel.family = get_family(this);
	info->dir = XFRM_POLICY_OUT;
	info->action = XFRM_POLICY_ALLOW;
	info->share = XFRM_SHARE_ANY;
	info->lft.soft_byte_limit = info->lft.hard_byte_limit = XFRM_INF;
	info->lft.soft_packet_limit = info->lft.hard_packet_limit = XFRM_INF;
	mnl_attr_put(msg, XFRMA_MARK, sizeof(mark), &mark);
	mnl_attr_put_u32(msg, XFRMA_IF_ID, this->params.if_id);
	mnl_attr_put(msg, XFRMA_TMPL, sizeof(tmpl), &tmpl);
	this->policy = transact(this, msg, msg->nlmsg_len, NULL, NULL) == 0;
	return this->policy || fail(this, "the kernel refused a policy");
}

/**
 * Let a socket's packets pass by the policies of others, on their way to the
 * crypto map.
 */
static bool bypass(int fd, int family)
{
	struct xfrm_userpolicy_info policy = {
		.action = XFRM_POLICY_ALLOW,
		.dir = XFRM_POLICY_OUT,
		.sel.family = family,
	};
	bool v4 = family == AF_INET;

	return setsockopt(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6,
					  v4 ? IP_XFRM_POLICY : IPV6_XFRM_POLICY,
					  &policy, sizeof(policy)) == 0;
}

/**
 * Open the socket that probes leave by: from anchor to anchor, over the
 * interface of the crypto map.
 */
static bool open_probe(private_sid_sampler_t *this)
{
	host_t *local = this->params.local, *remote;
	int family = get_family(this), one = 1;
	uint32_t mark = get_mark(this);
	bool good;

	remote = host_create_from_chunk(family,
				this->params.remote->get_address(this->params.remote),
				PROBE_PORT);
	this->probe = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP);
	good = this->probe != -1 &&
		   setsockopt(this->probe, SOL_SOCKET, SO_MARK, &mark,
					  sizeof(mark)) == 0 &&
		   setsockopt(this->probe, SOL_SOCKET, SO_BINDTODEVICE,
					  this->interface, strlen(this->interface)) == 0 &&
		   setsockopt(this->probe, family == AF_INET ? IPPROTO_IP
													 : IPPROTO_IPV6,
					  family == AF_INET ? IP_FREEBIND : IPV6_FREEBIND,
					  &one, sizeof(one)) == 0 &&
		   bypass(this->probe, family) &&
		   bind(this->probe, local->get_sockaddr(local),
				*local->get_sockaddr_len(local)) == 0 &&
		   connect(this->probe, remote->get_sockaddr(remote),
				   *remote->get_sockaddr_len(remote)) == 0;
	if (!good)
	{
		DBG1(DBG_KNL, "opening a socket for probes failed: %s",
			 strerror(errno));
	}
	remote->destroy(remote);
	return good || fail(this, "no socket for probes could be opened");
}

/**
 * Set up what all tries need.
 */
static bool set_up(private_sid_sampler_t *this)
{
	this->xfrm = mnl_socket_open2(NETLINK_XFRM, SOCK_CLOEXEC);
	if (!this->xfrm ||
		mnl_socket_bind(this->xfrm, 0, MNL_SOCKET_AUTOPID) != 0)
	{
		return fail(this, "no XFRM socket could be opened");
	}
	return get_template(this) && add_policy(this) && open_probe(this);
}

/**
 * Get the IV of the state's first packet.
 *
 * @return			FALSE if the probe got lost
 */
static bool probe(private_sid_sampler_t *this, uint64_t *iv)
{
	u_int i;

	this->cb(this->user, this->slot, 0, iv);
	if (send(this->probe, NULL, 0, MSG_DONTWAIT) == -1)
	{
		return FALSE;
	}
	for (i = 0; i < ANSWER_STEPS; i++)
	{
		if (this->cb(this->user, this->slot, this->params.spi, iv))
		{
			return TRUE;
		}
		usleep(ANSWER_STEP);
	}
	return FALSE;
}

/**
 * Check if an IV begins with one of the Sender IDs.
 */
static bool has_sid(private_sid_sampler_t *this, uint64_t iv)
{
	u_int i;

	for (i = 0; i < this->params.count; i++)
	{
		if (sid_sampler_match(iv, this->params.bits, this->params.sids[i]))
		{
			this->sid = this->params.sids[i];
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Ask a state that seems to fit once more: with asynchronous crypto the first
 * answer may have been one of the state tried before, that came late.
 */
static bool confirm(private_sid_sampler_t *this, uint64_t iv)
{
	uint64_t again;

	return probe(this, &again) && again >> 32 == iv >> 32;
}

/**
 * Try a state. The first one is there already, but may have sent before.
 */
static void try(private_sid_sampler_t *this)
{
	uint64_t iv;

	this->tries++;
	if (transact(this, this->replace, this->len, NULL, NULL) != 0)
	{
		fail(this, "the kernel refused the state");
	}
	else if (probe(this, &iv))
	{
		this->lost = 0;
		if (has_sid(this, iv) && confirm(this, iv))
		{
			this->status = SID_SAMPLER_DONE;
		}
	}
	else if (++this->lost > LOST_MAX)
	{
		fail(this, "probes get lost on their way through the kernel (does a "
			 "firewall drop what goes to the anchors?)");
	}
}

/**
 * Milliseconds of a clock that is never set back.
 */
static uint64_t get_now()
{
	timeval_t now;

	time_monotonic(&now);
	return (uint64_t)now.tv_sec * 1000 + now.tv_usec / 1000;
}

METHOD(sid_sampler_t, run, sid_sampler_status_t,
	private_sid_sampler_t *this, u_int ms)
{
	uint32_t most = SID_SAMPLER_PATIENCE << this->params.bits;
	uint64_t end = get_now() + ms;

	if (this->status == SID_SAMPLER_MORE && !this->xfrm)
	{
		set_up(this);
	}
	while (this->status == SID_SAMPLER_MORE)
	{
		if (this->tries >= most)
		{
			fail(this, "no state got the Sender ID in so many tries");
			break;
		}
		try(this);
		if ((this->lost || this->tries % TRIES_PER_LOOK == 0) &&
			get_now() >= end)
		{
			break;
		}
	}
	return this->status;
}

METHOD(sid_sampler_t, get_tries, uint32_t,
	private_sid_sampler_t *this)
{
	return this->tries;
}

METHOD(sid_sampler_t, get_sid, uint32_t,
	private_sid_sampler_t *this)
{
	return this->sid;
}

METHOD(sid_sampler_t, get_reason, const char*,
	private_sid_sampler_t *this)
{
	return this->reason;
}

METHOD(sid_sampler_t, destroy, void,
	private_sid_sampler_t *this)
{
	if (this->policy)
	{
		del_policy(this);
	}
	if (this->xfrm)
	{
		mnl_socket_close(this->xfrm);
	}
	if (this->probe != -1)
	{
		close(this->probe);
	}
	memwipe(this->replace, sizeof(this->replace));
	this->params.local->destroy(this->params.local);
	this->params.remote->destroy(this->params.remote);
	free(this->interface);
	free(this);
}

sid_sampler_t *sid_sampler_create(const sid_sampler_params_t *params,
								  const char *interface, sid_sampler_cb_t cb,
								  void *user)
{
	static refcount_t slots = 0;
	private_sid_sampler_t *this;

	if (!sid_sampler_is_possible(params->bits, params->sids, params->count))
	{
		return NULL;
	}
	INIT(this,
		.public = {
			.run = _run,
			.get_tries = _get_tries,
			.get_sid = _get_sid,
			.get_reason = _get_reason,
			.destroy = _destroy,
		},
		.params = *params,
		.interface = strdup(interface),
		.cb = cb,
		.user = user,
		.slot = ref_get(&slots) % SID_SAMPLER_SLOTS,
		.probe = -1,
	);
	this->params.local = params->local->clone(params->local);
	this->params.remote = params->remote->clone(params->remote);
	return &this->public;
}
