/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_ack_log.h"

#include <threading/mutex.h>

/** sorts of lines */
#define SORTS (KS_ACK_DROP_BLACKHOLE + 1)

typedef struct private_ks_ack_log_t private_ks_ack_log_t;
typedef struct sender_t sender_t;
typedef struct line_t line_t;

/**
 * Someone whose acknowledgements were dropped
 */
struct sender_t {

	/** hash of the address */
	uint32_t hash;

	/** acknowledgements dropped since */
	u_int drops;

	/** when the first of them was */
	time_t since;
};

/**
 * A sort of lines
 */
struct line_t {

	/** when the last one was logged */
	time_t last;

	/** number that was not logged since */
	u_int left_out;
};

/**
 * How a sort of lines looks
 */
static const struct {
	int severity;
	const char *mnemonic;
	const char *text;
} sorts[SORTS] = {
	[KS_ACK_DROP_INVALID] = {
		4, "KS_BAD_ACK", "Dropped an acknowledgement that doesn't verify"
	},
	[KS_ACK_DROP_REFUSED] = {
		4, "KS_ACK_REFUSED", "Refused an acknowledgement of a kind that the "
		"group doesn't take"
	},
	[KS_ACK_DROP_UNSOLICITED] = {
		3, "KS_UNSOL_ACK", "Unsolicited acknowledgement"
	},
	[KS_ACK_DROP_BLACKHOLE] = {
		3, "KS_BLACKHOLE_ACK", "The acknowledgements keep being dropped"
	},
};

/**
 * Private data
 */
struct private_ks_ack_log_t {

	/**
	 * Public interface
	 */
	ks_ack_log_t public;

	/**
	 * Name of the group
	 */
	char *group;

	/**
	 * Operator's log
	 */
	gdoi_log_t *log;

	/**
	 * Senders by the hash of their address; one takes another's place
	 */
	sender_t senders[KS_ACK_LOG_SENDERS];

	/**
	 * Lines by their sort
	 */
	line_t lines[SORTS];

	/**
	 * Protects senders and lines
	 */
	mutex_t *mutex;
};

/**
 * May a line be logged now? Lock held
 *
 * @param left_out	gets the number of lines before it that were not
 */
static bool is_due(line_t *line, time_t now, u_int *left_out)
{
	if (line->last && now <= line->last)
	{
		line->left_out++;
		return FALSE;
	}
	*left_out = line->left_out;
	*line = (line_t){ .last = now };
	return TRUE;
}

/**
 * Count what was dropped of a sender; lock held
 *
 * @return			TRUE if it is too much
 */
static bool is_blackholed(private_ks_ack_log_t *this, host_t *src, time_t now)
{
	uint32_t hash = chunk_hash(src->get_address(src));
	sender_t *sender = &this->senders[hash % KS_ACK_LOG_SENDERS];

	if (sender->hash != hash || now - sender->since >= KS_ACK_LOG_WINDOW)
	{
		*sender = (sender_t){ .hash = hash, .since = now };
	}
	return ++sender->drops == KS_ACK_LOG_DROPS;
}

/**
 * Log a line unless there was one of its sort just now
 */
static void log_line(private_ks_ack_log_t *this, ks_ack_drop_t sort,
					 host_t *src, const char *detail, time_t now)
{
	char peer[64], more[64] = "";
	u_int left_out;
	bool due;

	this->mutex->lock(this->mutex);
	due = is_due(&this->lines[sort], now, &left_out);
	this->mutex->unlock(this->mutex);
	if (!due)
	{
		return;
	}
	snprintf(peer, sizeof(peer), "%H", src);
	if (left_out)
	{
		snprintf(more, sizeof(more), " (%u more like this before)", left_out);
	}
	this->log->log(this->log, sorts[sort].severity, sorts[sort].mnemonic,
				   this->group, peer, "%s from %s in group %s%s%s%s",
				   sorts[sort].text, peer, this->group, detail ? ": " : "",
				   detail ?: "", more);
}

METHOD(ks_ack_log_t, dropped, void,
	private_ks_ack_log_t *this, ks_ack_drop_t why, host_t *src,
	const char *detail, time_t now)
{
	bool blackholed;

	log_line(this, why, src, detail, now);
	this->mutex->lock(this->mutex);
	blackholed = is_blackholed(this, src, now);
	this->mutex->unlock(this->mutex);
	if (blackholed)
	{
		log_line(this, KS_ACK_DROP_BLACKHOLE, src, "could be considered a "
				 "hostile event", now);
	}
}

METHOD(ks_ack_log_t, destroy, void,
	private_ks_ack_log_t *this)
{
	this->mutex->destroy(this->mutex);
	free(this->group);
	free(this);
}

/*
 * Described in header
 */
ks_ack_log_t *ks_ack_log_create(const char *group, gdoi_log_t *log)
{
	private_ks_ack_log_t *this;

	INIT(this,
		.public = {
			.dropped = _dropped,
			.destroy = _destroy,
		},
		.group = strdup(group),
		.log = log,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
