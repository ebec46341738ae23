/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE
#include "kernel_recorder_ipsec.h"

#include <library.h>
#include <crypto/hashers/hasher.h>
#include <crypto/rngs/rng.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

/** octets of a key's digest that get recorded */
#define DIGEST_LEN 8

/** longest line, in characters; what doesn't fit is marked as cut */
#define LINE_LEN 4096

/** what a line can't be longer than before its closing is added */
#define LINE_ROOM (LINE_LEN - 32)

typedef struct private_kernel_recorder_ipsec_t private_kernel_recorder_ipsec_t;
typedef struct line_t line_t;

/**
 * Private data of the backend
 */
struct private_kernel_recorder_ipsec_t {

	/** public interface */
	kernel_recorder_ipsec_t public;

	/** file the lines go to, opened for appending */
	int fd;

	/** for SPIs */
	rng_t *rng;
};

/**
 * A line that is being put together
 */
struct line_t {

	/** text so far */
	char text[LINE_LEN];

	/** length of the text */
	size_t len;

	/** TRUE if something didn't fit */
	bool cut;
};

/**
 * Add text to a line
 */
static void add(line_t *line, const char *fmt, ...)
{
	va_list args;
	int len;

	if (line->cut)
	{
		return;
	}
	va_start(args, fmt);
	len = vsnprintf(line->text + line->len, LINE_ROOM - line->len, fmt, args);
	va_end(args);
	if (len < 0 || len >= LINE_ROOM - line->len)
	{
		line->text[line->len] = '\0';
		line->cut = TRUE;
		return;
	}
	line->len += len;
}

/**
 * Begin the line of a call
 */
static void begin(line_t *line, const char *call)
{
	timeval_t now;

	line->len = 0;
	line->cut = FALSE;
	time_monotonic(&now);
	add(line, "{\"time\": %u.%06u, \"call\": \"%s\"", (u_int)now.tv_sec,
		(u_int)now.tv_usec, call);
}

/**
 * End a line and write it at once, so that lines of threads don't mix
 */
static void finish(private_kernel_recorder_ipsec_t *this, line_t *line)
{
	ssize_t written;

	line->len += snprintf(line->text + line->len, LINE_LEN - line->len,
						  "%s}\n", line->cut ? ", \"cut\": true" : "");
	written = write(this->fd, line->text, line->len);
	if (written != line->len)
	{
		DBG1(DBG_KNL, "recording a call failed: %s", strerror(errno));
	}
}

/**
 * Add an address
 */
static void add_host(line_t *line, const char *key, host_t *host)
{
	if (host)
	{
		add(line, ", \"%s\": \"%H\"", key, host);
	}
}

/**
 * Add length and digest of a key
 */
static void add_key(line_t *line, const char *key, chunk_t value)
{
	hasher_t *hasher;
	uint8_t digest[HASH_SIZE_SHA256];
	chunk_t part = chunk_create(digest, DIGEST_LEN);

	add(line, ", \"%s_key_len\": %u", key, (u_int)value.len);
	hasher = lib->crypto->create_hasher(lib->crypto, HASH_SHA256);
	if (hasher && value.len && hasher->get_hash(hasher, value, digest))
	{
		add(line, ", \"%s_key_hash\": \"%+B\"", key, &part);
	}
	DESTROY_IF(hasher);
	memwipe(digest, sizeof(digest));
}

/**
 * Add a list of traffic selectors
 */
static void add_selectors(line_t *line, const char *key, linked_list_t *list)
{
	enumerator_t *enumerator;
	traffic_selector_t *ts;
	const char *separator = "";

	if (!list)
	{
		return;
	}
	add(line, ", \"%s\": [", key);
	enumerator = list->create_enumerator(list);
	while (enumerator->enumerate(enumerator, &ts))
	{
		add(line, "%s\"%R\"", separator, ts);
		separator = ", ";
	}
	enumerator->destroy(enumerator);
	add(line, "]");
}

/**
 * Add what identifies an SA
 */
static void add_sa_id(line_t *line, kernel_ipsec_sa_id_t *id)
{
	add(line, ", \"spi\": \"0x%08x\", \"proto\": %u, \"mark\": %u, "
		"\"if_id\": %u", ntohl(id->spi), id->proto, id->mark.value, id->if_id);
	add_host(line, "src", id->src);
	add_host(line, "dst", id->dst);
}

/**
 * Add what identifies a policy
 */
static void add_policy_id(line_t *line, kernel_ipsec_policy_id_t *id)
{
	add(line, ", \"dir\": \"%N\", \"mark\": %u, \"if_id\": %u",
		policy_dir_names, id->dir, id->mark.value, id->if_id);
	add(line, ", \"src_ts\": \"%R\", \"dst_ts\": \"%R\"", id->src_ts,
		id->dst_ts);
	if (id->interface)
	{
		add(line, ", \"interface\": \"%s\"", id->interface);
	}
}

/**
 * Add what a policy does
 */
static void add_policy(line_t *line, kernel_ipsec_manage_policy_t *data)
{
	add(line, ", \"type\": %u, \"prio\": %u, \"manual_prio\": %u", data->type,
		data->prio, data->manual_prio);
	add_host(line, "src", data->src);
	add_host(line, "dst", data->dst);
	if (data->sa)
	{
		add(line, ", \"mode\": \"%N\", \"reqid\": %u", ipsec_mode_names,
			data->sa->mode, data->sa->reqid);
		if (data->sa->esp.use)
		{
			add(line, ", \"esp_spi\": \"0x%08x\"", ntohl(data->sa->esp.spi));
		}
		if (data->sa->ah.use)
		{
			add(line, ", \"ah_spi\": \"0x%08x\"", ntohl(data->sa->ah.spi));
		}
	}
}

METHOD(kernel_ipsec_t, get_features, kernel_feature_t,
	private_kernel_recorder_ipsec_t *this)
{
	return 0;
}

METHOD(kernel_ipsec_t, get_spi, status_t,
	private_kernel_recorder_ipsec_t *this, host_t *src, host_t *dst,
	uint8_t protocol, uint32_t *spi)
{
	line_t line;
	uint32_t random;

	if (!this->rng->get_bytes(this->rng, sizeof(random), (uint8_t*)&random))
	{
		return FAILED;
	}
	/* 1 to 255 are reserved; the range is the one the kernel is asked for */
	random = 0xc0000000 | (random & 0x0fffffff);
	*spi = htonl(random);
	begin(&line, "get_spi");
	add(&line, ", \"spi\": \"0x%08x\", \"proto\": %u", random, protocol);
	add_host(&line, "src", src);
	add_host(&line, "dst", dst);
	finish(this, &line);
	return SUCCESS;
}

METHOD(kernel_ipsec_t, get_cpi, status_t,
	private_kernel_recorder_ipsec_t *this, host_t *src, host_t *dst,
	uint16_t *cpi)
{
	return NOT_SUPPORTED;
}

METHOD(kernel_ipsec_t, add_sa, status_t,
	private_kernel_recorder_ipsec_t *this, kernel_ipsec_sa_id_t *id,
	kernel_ipsec_add_sa_t *data)
{
	line_t line;

	begin(&line, "add_sa");
	add_sa_id(&line, id);
	add(&line, ", \"mode\": \"%N\", \"reqid\": %u, \"enc_alg\": %u, "
		"\"int_alg\": %u", ipsec_mode_names, data->mode, data->reqid,
		data->enc_alg, data->int_alg);
	add_key(&line, "enc", data->enc_key);
	add_key(&line, "int", data->int_key);
	add(&line, ", \"replay_window\": %u, \"esn\": %s, \"encap\": %s, "
		"\"inbound\": %s, \"update\": %s, \"copy_df\": %s, \"copy_dscp\": %u",
		data->replay_window, data->esn ? "true" : "false",
		data->encap ? "true" : "false", data->inbound ? "true" : "false",
		data->update ? "true" : "false", data->copy_df ? "true" : "false",
		data->copy_dscp);
	if (data->lifetime)
	{
		add(&line, ", \"life\": %llu, \"rekey\": %llu",
			(unsigned long long)data->lifetime->time.life,
			(unsigned long long)data->lifetime->time.rekey);
	}
	add_selectors(&line, "src_ts", data->src_ts);
	add_selectors(&line, "dst_ts", data->dst_ts);
	finish(this, &line);
	return SUCCESS;
}

METHOD(kernel_ipsec_t, update_sa, status_t,
	private_kernel_recorder_ipsec_t *this, kernel_ipsec_sa_id_t *id,
	kernel_ipsec_update_sa_t *data)
{
	line_t line;

	begin(&line, "update_sa");
	add_sa_id(&line, id);
	add_host(&line, "new_src", data->new_src);
	add_host(&line, "new_dst", data->new_dst);
	finish(this, &line);
	return SUCCESS;
}

METHOD(kernel_ipsec_t, query_sa, status_t,
	private_kernel_recorder_ipsec_t *this, kernel_ipsec_sa_id_t *id,
	kernel_ipsec_query_sa_t *data, uint64_t *bytes, uint64_t *packets,
	time_t *time)
{
	/* counters would be inventions: no packet ever used the SA */
	if (bytes)
	{
		*bytes = 0;
	}
	if (packets)
	{
		*packets = 0;
	}
	if (time)
	{
		*time = 0;
	}
	return SUCCESS;
}

METHOD(kernel_ipsec_t, del_sa, status_t,
	private_kernel_recorder_ipsec_t *this, kernel_ipsec_sa_id_t *id,
	kernel_ipsec_del_sa_t *data)
{
	line_t line;

	begin(&line, "del_sa");
	add_sa_id(&line, id);
	finish(this, &line);
	return SUCCESS;
}

METHOD(kernel_ipsec_t, flush_sas, status_t,
	private_kernel_recorder_ipsec_t *this)
{
	line_t line;

	begin(&line, "flush_sas");
	finish(this, &line);
	return SUCCESS;
}

METHOD(kernel_ipsec_t, add_policy_, status_t,
	private_kernel_recorder_ipsec_t *this, kernel_ipsec_policy_id_t *id,
	kernel_ipsec_manage_policy_t *data)
{
	line_t line;

	begin(&line, "add_policy");
	add_policy_id(&line, id);
	add_policy(&line, data);
	finish(this, &line);
	return SUCCESS;
}

METHOD(kernel_ipsec_t, query_policy, status_t,
	private_kernel_recorder_ipsec_t *this, kernel_ipsec_policy_id_t *id,
	kernel_ipsec_query_policy_t *data, time_t *use_time)
{
	*use_time = 0;
	return SUCCESS;
}

METHOD(kernel_ipsec_t, del_policy, status_t,
	private_kernel_recorder_ipsec_t *this, kernel_ipsec_policy_id_t *id,
	kernel_ipsec_manage_policy_t *data)
{
	line_t line;

	begin(&line, "del_policy");
	add_policy_id(&line, id);
	add_policy(&line, data);
	finish(this, &line);
	return SUCCESS;
}

METHOD(kernel_ipsec_t, flush_policies, status_t,
	private_kernel_recorder_ipsec_t *this)
{
	line_t line;

	begin(&line, "flush_policies");
	finish(this, &line);
	return SUCCESS;
}

METHOD(kernel_ipsec_t, bypass_socket, bool,
	private_kernel_recorder_ipsec_t *this, int fd, int family)
{
	return TRUE;
}

METHOD(kernel_ipsec_t, enable_udp_decap, bool,
	private_kernel_recorder_ipsec_t *this, int fd, int family, uint16_t port)
{
	return TRUE;
}

METHOD(kernel_ipsec_t, destroy, void,
	private_kernel_recorder_ipsec_t *this)
{
	DESTROY_IF(this->rng);
	if (this->fd >= 0)
	{
		close(this->fd);
	}
	free(this);
}

/**
 * Open the configured file
 */
static int open_file()
{
	char *file;
	int fd;

	file = lib->settings->get_str(lib->settings,
								  "%s.plugins.kernel-recorder.file", NULL,
								  lib->ns);
	if (!file)
	{
		DBG1(DBG_KNL, "charon.plugins.kernel-recorder.file is not set");
		return -1;
	}
	fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
	{
		DBG1(DBG_KNL, "opening '%s' failed: %s", file, strerror(errno));
	}
	return fd;
}

/*
 * see header file
 */
kernel_recorder_ipsec_t *kernel_recorder_ipsec_create()
{
	private_kernel_recorder_ipsec_t *this;

	INIT(this,
		.public = {
			.interface = {
				.get_features = _get_features,
				.get_spi = _get_spi,
				.get_cpi = _get_cpi,
				.add_sa  = _add_sa,
				.update_sa = _update_sa,
				.query_sa = _query_sa,
				.del_sa = _del_sa,
				.flush_sas = _flush_sas,
				.add_policy = _add_policy_,
				.query_policy = _query_policy,
				.del_policy = _del_policy,
				.flush_policies = _flush_policies,
				.bypass_socket = _bypass_socket,
				.enable_udp_decap = _enable_udp_decap,
				.destroy = _destroy,
			},
		},
		.fd = open_file(),
		.rng = lib->crypto->create_rng(lib->crypto, RNG_WEAK),
	);

	if (this->fd < 0 || !this->rng)
	{
		destroy(this);
		return NULL;
	}
	return &this->public;
}
