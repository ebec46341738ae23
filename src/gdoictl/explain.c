/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ask.h"
#include "json.h"
#include "text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/** columns that a sentence is indented by behind its bullet */
#define SENTENCE_COLUMN 2

/** share of what is accepted from which on a difference is worth telling */
#define NEAR 2

/** numbers that ESP has for the packets of a sender under a TEK */
#define SEQUENCES (1LL << 32)

/** packets a second that a gateway may well send, GM-024 */
#define FAST 100000

typedef struct explain_t explain_t;
typedef struct facts_t facts_t;

/**
 * What is known of a group, as the service tells it
 */
struct facts_t {

	/** the group */
	row_t *group;

	/** how replays are found, and refused packets */
	row_t *replay;

	/** KEKs and TEKs */
	row_t *policies;
};

/**
 * What is told about a group
 */
struct explain_t {

	/** command line */
	gdoictl_t *ctl;

	/** "gm" or "ks", whom the sentences are about */
	const char *role;

	/** role that the heading was printed for, NULL for none */
	const char *last;

	/** sentences told */
	unsigned count;
};

/**
 * Print a sentence
 */
static void print_sentence(explain_t *this, const char *text)
{
	if (this->ctl->json)
	{
		fputs(this->count ? ",\n" : "[\n", stdout);
		fputs("{\"group\": ", stdout);
		json_string(stdout, this->ctl->args[0]);
		printf(", \"role\": \"%s\", \"text\": ", this->role);
		json_string(stdout, text);
		fputc('}', stdout);
		return;
	}
	if (!this->last || strcmp(this->last, this->role))
	{
		fputs(this->last ? "\n" : "", stdout);
		text_clean(stdout, this->ctl->args[0]);
		puts(strcmp(this->role, "ks") ? ", member" : ", key server");
		this->last = this->role;
	}
	fputs("- ", stdout);
	text_wrapped(stdout, text, SENTENCE_COLUMN);
}

/**
 * Tell a sentence
 */
__attribute__((format(printf, 2, 3)))
static void say(explain_t *this, const char *format, ...)
{
	char *text = NULL;
	va_list args;
	size_t len;
	FILE *out;

	out = open_memstream(&text, &len);
	if (!out)
	{
		abort();
	}
	va_start(args, format);
	vfprintf(out, format, args);
	va_end(args);
	fclose(out);
	print_sentence(this, text);
	this->count++;
	free(text);
}

/**
 * Print the seconds of a key as a span
 */
static const char *span(row_t *row, const char *key, char *buf)
{
	return row_get(row, key) ?
				text_span(ask_number(row, key), buf, TEXT_SPAN_LEN) : "-";
}

/**
 * What a member's state means
 */
static void say_state(explain_t *this, row_t *gm)
{
	const char *reason = row_get(gm, "reason");
	char since[TEXT_SPAN_LEN], then[TEXT_SPAN_LEN];

	if (reason)
	{
		say(this, "The state is %s for %s: %s.", ask_get(gm, "state"),
			span(gm, "state-for", since), reason);
	}
	else if (row_get(gm, "registered-with"))
	{
		say(this, "It has registered with %s %s ago, and registers again in "
			"%s.", ask_get(gm, "registered-with"),
			span(gm, "registered-for", since),
			span(gm, "reregister-in", then));
	}
	else
	{
		say(this, "The state is %s for %s.", ask_get(gm, "state"),
			span(gm, "state-for", since));
	}
	if (row_get(gm, "retry-in"))
	{
		say(this, "It tries its key servers again in %s; gdoictl register %s "
			"does so at once.", span(gm, "retry-in", then),
			this->ctl->args[0]);
	}
}

/**
 * What becomes of a member's traffic
 */
static void say_traffic(explain_t *this, row_t *gm)
{
	const char *origin = ask_get(gm, "direction-origin");

	if (ask_is(gm, "fail-close", "ACTIVE"))
	{
		say(this, "fail_close drops all traffic but its exceptions, until "
			"there are keys.");
	}
	else if (!ask_is(gm, "ready", "yes"))
	{
		say(this, "No traffic is being encrypted.");
	}
	if (ask_is(gm, "direction", "inbound-only"))
	{
		say(this, "What it sends is in the clear, and what comes may be: the "
			"group is receive-only (origin: %s).", origin);
	}
	else if (ask_is(gm, "direction", "inbound-optional"))
	{
		say(this, "It accepts packets in the clear beside encrypted ones "
			"(origin: %s).", origin);
	}
}

/**
 * What a key server's state means
 */
static void say_server(explain_t *this, row_t *ks)
{
	const char *reason = row_get(ks, "reason");
	char end[TEXT_SPAN_LEN];

	if (reason)
	{
		say(this, "The state is %s: %s.", ask_get(ks, "state"), reason);
		return;
	}
	say(this, "%s of at most %s members are registered; the TEK that ends next "
		"has %s left.", ask_get(ks, "members"), ask_get(ks, "members-max"),
		span(ks, "tek-expires-in", end));
	if (ask_is(ks, "rekey-transport", "none"))
	{
		say(this, "There is no section kek, so that members register again for "
			"each key.");
	}
}

/**
 * Largest difference that is accepted as configured, in milliseconds
 */
static long long accepted(row_t *row)
{
	long long window = ask_number(row, "window-ms");

	return ask_is(row, "method", "d3p") ? window / 2 : window;
}

/**
 * How replays are found
 */
static void say_method(explain_t *this, row_t *row)
{
	double allowed = accepted(row) / 1000.0;

	if (ask_is(row, "method", "none"))
	{
		say(this, "Replayed packets are not found: the key server has neither "
			"d3p_window nor replay.");
	}
	else if (ask_is(row, "method", "counter"))
	{
		say(this, "Replayed packets are found by ESP's sequence numbers, which "
			"works between two members only.");
	}
	else if (ask_is(row, "method", "time"))
	{
		say(this, "Replayed packets are found by the group's pseudotime "
			"(TBAR), once they are more than %.2f s old.", allowed);
	}
	else
	{
		say(this, "Replayed and delayed packets are found by the system clocks "
			"(IP-D3P): a window of %.2f s accepts %.2f s on either side, or "
			"all of it with d3p_full.", allowed * 2, allowed);
	}
}

/**
 * If the clock is good enough for IP-D3P
 */
static void say_clock(explain_t *this, row_t *row)
{
	long long error = ask_number(row, "clock-error-ms");

	if (ask_is(row, "clock", "unsynchronised"))
	{
		say(this, "The clock of this host is not synchronised: IP-D3P needs a "
			"time daemon on every member, or they drop each other's packets.");
	}
	else if (ask_is(row, "clock", "unknown"))
	{
		say(this, "Nothing is known of how good the clock of this host is.");
	}
	else if (error * NEAR >= accepted(row) && error)
	{
		say(this, "The clock of this host may be wrong by %lld ms, which is "
			"much for this window.", error);
	}
	if (ask_number(row, "clock-steps"))
	{
		say(this, "The clock of this host was set %s times. Packets are "
			"refused while clocks differ.", ask_get(row, "clock-steps"));
	}
}

/**
 * Why most packets were refused
 */
static const char *most_refused(row_t *row, long long *count)
{
	static const struct {
		const char *key, *text;
	} kinds[] = {
		{ "errors-missing", "had no time stamp: their senders have not got the "
		  "policy yet, or use another d3p_protocol" },
		{ "errors-malformed", "had a time stamp that can't be read, of another "
		  "type or version" },
		{ "errors-epoch", "were of another pseudotime clock: their senders "
		  "registered before the key server began anew" },
		{ "errors-early", "were ahead of our time: their senders' clocks are "
		  "fast, or ours is slow" },
		{ "errors-late", "were behind our time: they were delayed or replayed, "
		  "or their senders' clocks are slow, or ours is fast" },
	};
	const char *text = "";
	size_t i;

	*count = 0;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
	{
		if (ask_number(row, kinds[i].key) > *count)
		{
			*count = ask_number(row, kinds[i].key);
			text = kinds[i].text;
		}
	}
	return text;
}

/**
 * Find the newest refused packet that was noted
 */
static row_t *newest_error(row_t *rows)
{
	row_t *row, *found = NULL;

	for (row = rows; row; row = row->next)
	{	/* the form of the moments makes them sort as text */
		if (ask_is(row, "kind", "error") &&
			(!found || strcmp(ask_get(row, "at"), ask_get(found, "at")) >= 0))
		{
			found = row;
		}
	}
	return found;
}

/**
 * Which packets were refused
 */
static void say_errors(explain_t *this, row_t *row, row_t *rows)
{
	long long count, total = ask_number(row, "input-errors");
	row_t *error = newest_error(rows);
	const char *text;

	text = most_refused(row, &count);
	if (total)
	{
		say(this, "%lld packets were refused, %s were accepted. %lld of those "
			"refused %s.", total, ask_get(row, "input-packets"), count, text);
	}
	if (error)
	{
		say(this, "The last one noted came at %s from %s: my time %s, its time "
			"%s, %s s allowed (%s).", ask_get(error, "at"),
			ask_get(error, "source"), ask_get(error, "my-time"),
			ask_get(error, "peer-time"), ask_get(error, "window"),
			ask_get(error, "reason"));
	}
	if (ask_number(row, "output-errors"))
	{
		say(this, "%s packets could not get a time stamp and were dropped.",
			ask_get(row, "output-errors"));
	}
}

/**
 * If clocks come near to what is accepted
 */
static void say_skew(explain_t *this, row_t *row)
{
	long long skew = llabs(ask_number(row, "max-delta-ms"));

	if (accepted(row) && skew * NEAR >= accepted(row))
	{
		say(this, "An accepted packet was %.2f s off (%s): clocks drift apart "
			"or the network is slow, and packets will be lost. Take a wider "
			"window, or see to the clocks.", skew / 1000.0,
			ask_number(row, "max-delta-ms") < 0 ? "ahead of us" : "behind us");
	}
	if (ask_number(row, "sync-errors"))
	{
		say(this, "The key server's pseudotime was off %s times, by %.2f s at "
			"most.", ask_get(row, "sync-errors"),
			ask_number(row, "sync-max-delta-ms") / 1000.0);
	}
}

/**
 * If a TEK may live longer than ESP has numbers (GM-024)
 */
static void say_wrap(explain_t *this, row_t *policies)
{
	long long lifetime = 0;
	char life[TEXT_SPAN_LEN];
	row_t *row;

	for (row = policies; row; row = row->next)
	{
		if (ask_is(row, "role", this->role) && ask_is(row, "kind", "tek") &&
			ask_number(row, "lifetime") > lifetime)
		{
			lifetime = ask_number(row, "lifetime");
		}
	}
	if (lifetime && SEQUENCES / lifetime < FAST)
	{
		say(this, "A TEK lives %s: a member that sends more than %lld packets "
			"a second runs out of ESP's numbers before, and stops sending. "
			"Take a shorter lifetime if there is one.",
			text_span(lifetime, life, sizeof(life)), SEQUENCES / lifetime);
	}
}

/**
 * Tell about replay protection, of one role
 */
static void say_replay(explain_t *this, row_t *row, row_t *rows)
{
	say_method(this, row);
	if (ask_number(row, "members-unable"))
	{
		say(this, "%s registered members can't do it; gdoictl features "
			"--missing names them.", ask_get(row, "members-unable"));
	}
	if (ask_is(row, "role", "gm"))
	{
		if (row_get(row, "clock"))
		{
			say_clock(this, row);
		}
		say_errors(this, row, rows);
		say_skew(this, row);
	}
}

/**
 * Tell all about a group
 */
static void say_group(explain_t *this, facts_t *facts)
{
	static const char *const roles[] = { "gm", "ks" };
	row_t *section, *row;
	int i;

	for (i = 0; i < 2; i++)
	{
		section = row_find(facts->group, roles[i]);
		if (!section)
		{
			continue;
		}
		this->role = roles[i];
		if (i == 0)
		{
			say_state(this, section);
			say_traffic(this, section);
		}
		else
		{
			say_server(this, section);
		}
		say_wrap(this, facts->policies);
		for (row = facts->replay; row; row = row->next)
		{
			if (ask_is(row, "role", roles[i]) && ask_is(row, "kind", "group"))
			{
				say_replay(this, row, facts->replay);
			}
		}
	}
}

/**
 * Ask for what is known of a group
 */
static int ask_facts(gdoictl_t *ctl, facts_t *facts)
{
	const char *name = ctl->args[0];
	int code;

	code = ask_rows(ctl, "list-groups", "list-group", name, NULL,
					&facts->group);
	if (code == GDOICTL_DONE)
	{
		code = ask_rows(ctl, "list-replay", "list-replay", name, "history",
						&facts->replay);
	}
	if (code == GDOICTL_DONE)
	{
		code = ask_rows(ctl, "list-policies", "list-policy", name, NULL,
						&facts->policies);
	}
	return code;
}

/*
 * Described in header.
 */
int gdoictl_explain(gdoictl_t *ctl)
{
	explain_t this = {
		.ctl = ctl,
	};
	facts_t facts = {};
	int code;

	code = ask_facts(ctl, &facts);
	if (code == GDOICTL_DONE && !facts.group)
	{
		fprintf(stderr, "gdoictl: nothing found for %s\n", ctl->args[0]);
		code = GDOICTL_REFUSED;
	}
	else if (code == GDOICTL_DONE)
	{
		say_group(&this, &facts);
		fputs(ctl->json ? "\n]\n" : "", stdout);
	}
	row_destroy(facts.group);
	row_destroy(facts.replay);
	row_destroy(facts.policies);
	return code;
}
