/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoictl.h"
#include "json.h"
#include "text.h"

#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

/** how often to see if the service is still there, in seconds */
#define PROBE_INTERVAL 5

/*
 * Described in header.
 */
void gdoictl_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGHUP);
}

/**
 * Print a value without its control characters
 */
static void print_value(row_t *row, const char *key)
{
	const char *value = row_get(row, key);

	text_clean(stdout, value ? value : "-");
}

/**
 * Take an event from libvici, in a thread of its own
 */
static void take_event(void *user, char *name, vici_res_t *res)
{
	gdoictl_t *ctl = user;
	row_t *row;

	row = row_parse(res);
	if (!row)
	{
		return;
	}
	if (ctl->json)
	{
		json_row(stdout, row, false);
	}
	else
	{
		print_value(row, "time-at");
		fputs(" %GDOI-", stdout);
		print_value(row, "severity");
		fputc('-', stdout);
		print_value(row, "name");
		fputs(": ", stdout);
		print_value(row, "text");
	}
	fputc('\n', stdout);
	/* somebody is watching, or a pipe is */
	if (fflush(stdout) != 0)
	{	/* not any more */
		kill(getpid(), SIGTERM);
	}
	row_destroy(row);
}

/**
 * See if the service is still there; libvici doesn't tell by itself
 */
static bool probe(gdoictl_t *ctl)
{
	vici_res_t *res;

	res = vici_submit(vici_begin("version"), ctl->conn);
	if (!res)
	{
		return false;
	}
	vici_free_res(res);
	return true;
}

/*
 * Described in header.
 */
int gdoictl_log(gdoictl_t *ctl)
{
	struct timespec interval = {
		.tv_sec = PROBE_INTERVAL,
	};
	sigset_t signals;

	gdoictl_signals(&signals);
	if (vici_register(ctl->conn, "gdoi-event", take_event, ctl) != 0)
	{
		return gdoictl_failed("gdoi-event");
	}
	while (sigtimedwait(&signals, NULL, &interval) < 0)
	{
		if (errno == EAGAIN && !probe(ctl))
		{
			fputs("gdoictl: the service has gone\n", stderr);
			return GDOICTL_UNREACHABLE;
		}
	}
	vici_register(ctl->conn, "gdoi-event", NULL, NULL);
	return GDOICTL_DONE;
}
