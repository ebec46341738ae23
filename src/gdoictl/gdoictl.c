/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoictl.h"

#include <library.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* strongSwan's own build sets it on the command line */
#ifndef IPSEC_PIDDIR
# define IPSEC_PIDDIR "/var/run"
#endif

/** socket that the plugin opens by default */
#define DEFAULT_URI "unix://" IPSEC_PIDDIR "/charon.gdoi.vici"

/** options that only some commands take */
#define OPTION_FILE		(1 << 0)
#define OPTION_DRY_RUN	(1 << 1)
#define OPTION_REPLACE	(1 << 2)
#define OPTION_NOW		(1 << 3)
#define OPTION_MISSING	(1 << 4)
#define OPTION_CONFIRM	(1 << 5)
#define OPTION_EFFECTIVE (1 << 6)
#define OPTION_PACKET	(1 << 7)
#define OPTION_HISTORY	(1 << 8)

/**
 * Commands
 */
static const struct {
	/** name */
	const char *name;
	/** its arguments, for the usage */
	const char *args;
	/** what it does, for the usage */
	const char *text;
	/** least and most number of arguments */
	int min, max;
	/** OPTION_* that it takes */
	int options;
	/** function */
	int (*run)(gdoictl_t *ctl);
} commands[] = {
	{ "load-groups", "[--file FILE] [--dry-run] [--confirm TIME]",
	  "load groups and ACLs of swanctl.conf",
	  0, 0, OPTION_FILE | OPTION_DRY_RUN | OPTION_CONFIRM,
	  gdoictl_load_groups },
	{ "confirm", "", "keep what was loaded with --confirm",
	  0, 0, 0, gdoictl_confirm },
	{ "groups", "[GROUP]", "list groups, or show one",
	  0, 1, 0, gdoictl_groups },
	{ "members", "[GROUP] [ID] [--missing]", "list a key server's members",
	  0, 2, OPTION_MISSING, gdoictl_members },
	{ "policy", "[GROUP] [--effective | --packet 'SRC DST PROTO SPORT DPORT']",
	  "list KEKs and TEKs, lines in force, or what becomes of a packet",
	  0, 1, OPTION_EFFECTIVE | OPTION_PACKET, gdoictl_policy },
	{ "sids", "[GROUP]", "list Sender IDs, or show a group's",
	  0, 1, 0, gdoictl_sids },
	{ "replay", "[GROUP] [--history]", "show how replays are found, and clocks",
	  0, 1, OPTION_HISTORY, gdoictl_replay },
	{ "features", "[FEATURE] [GROUP] [--missing]",
	  "list what key server and members can do",
	  0, 2, OPTION_MISSING, gdoictl_features },
	{ "explain", "GROUP", "tell what state a group is in, and why",
	  1, 1, 0, gdoictl_explain },
	{ "rekeys", "[GROUP]", "list how rekeys go, or show a group's",
	  0, 1, 0, gdoictl_rekeys },
	{ "rekey", "[GROUP] [--replace]", "key server: send new keys now",
	  0, 1, OPTION_REPLACE, gdoictl_rekey },
	{ "remove-members", "GROUP [ID] [--now]", "key server: remove members",
	  1, 2, OPTION_NOW, gdoictl_remove_members },
	{ "recheck", "[GROUP]", "key server: check certificates now",
	  0, 1, 0, gdoictl_recheck },
	{ "register", "GROUP", "drop a member's keys, register again",
	  1, 1, 0, gdoictl_register },
	{ "direction", "GROUP inbound-optional|both",
	  "until the next rekey: which packets to accept",
	  2, 2, 0, gdoictl_direction },
	{ "stats", "", "show counters",
	  0, 0, 0, gdoictl_stats },
	{ "reset-counters", "GROUP [replay]", "set counters back to zero",
	  1, 2, 0, gdoictl_reset_counters },
	{ "metrics", "", "print what a scraper of metrics reads",
	  0, 0, 0, gdoictl_metrics },
	{ "log", "", "follow events until interrupted",
	  0, 0, 0, gdoictl_log },
	{ "version", "", "show versions",
	  0, 0, 0, gdoictl_version },
};

/** number of commands */
#define COMMANDS (int)(sizeof(commands) / sizeof(commands[0]))

/**
 * Print how to use this
 */
static void usage(FILE *out)
{
	int i;

	fprintf(out, "usage: gdoictl COMMAND [ARGUMENTS] [--json] "
			"[--uri SOCKET]\n\n");
	for (i = 0; i < COMMANDS; i++)
	{
		fprintf(out, "  %-14s %-25s", commands[i].name, commands[i].args);
		if (strlen(commands[i].args) > 25)
		{
			fprintf(out, "\n%16s", "");
		}
		fprintf(out, " %s\n", commands[i].text);
	}
	fprintf(out, "\nexit codes: 0 done or unchanged, 1 refused, 2 changed or "
			"missing,\n            3 not reachable\n");
}

/**
 * Refuse the command line
 */
static int refuse(const char *what, const char *which)
{
	fprintf(stderr, "gdoictl: %s%s%s\n\n", what, which ? " " : "",
			which ? which : "");
	usage(stderr);
	return GDOICTL_REFUSED;
}

/*
 * Described in header.
 */
int gdoictl_failed(const char *what)
{
	switch (errno)
	{
		case ENOENT:
			fprintf(stderr, "gdoictl: the service doesn't know %s, a plugin is "
					"not loaded\n", what);
			return GDOICTL_REFUSED;
		case EINVAL:
		case EMSGSIZE:
			fprintf(stderr, "gdoictl: %s can't be sent, it is too large\n",
					what);
			return GDOICTL_REFUSED;
		default:
			fprintf(stderr, "gdoictl: %s failed: %s\n", what,
					errno ? strerror(errno) : "the connection broke");
			return GDOICTL_UNREACHABLE;
	}
}

/**
 * Find a command by its name
 */
static int find_command(const char *name)
{
	int i;

	for (i = 0; i < COMMANDS; i++)
	{
		if (strcmp(commands[i].name, name) == 0)
		{
			return i;
		}
	}
	return -1;
}

/**
 * Read options
 *
 * @return				-1 to go on, exit code else
 */
static int parse_options(gdoictl_t *ctl, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "uri", required_argument, NULL, 'u' },
		{ "file", required_argument, NULL, 'f' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "confirm", required_argument, NULL, 'C' },
		{ "replace", no_argument, NULL, 'R' },
		{ "now", no_argument, NULL, 'N' },
		{ "missing", no_argument, NULL, 'M' },
		{ "effective", no_argument, NULL, 'E' },
		{ "packet", required_argument, NULL, 'P' },
		{ "history", no_argument, NULL, 'H' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, "ju:f:nh", options, NULL)) != -1)
	{
		switch (opt)
		{
			case 'j':
				ctl->json = true;
				break;
			case 'u':
				ctl->uri = optarg;
				break;
			case 'f':
				ctl->file = optarg;
				break;
			case 'n':
				ctl->dry_run = true;
				break;
			case 'C':
				ctl->confirm = optarg;
				break;
			case 'R':
				ctl->replace = true;
				break;
			case 'N':
				ctl->now = true;
				break;
			case 'M':
				ctl->missing = true;
				break;
			case 'E':
				ctl->effective = true;
				break;
			case 'P':
				ctl->packet = optarg;
				break;
			case 'H':
				ctl->history = true;
				break;
			case 'h':
				usage(stdout);
				return GDOICTL_DONE;
			default:
				return refuse("unknown option, or one that lacks its value:",
							  argv[optind - 1]);
		}
	}
	return -1;
}

/**
 * Options on the command line that only some commands take
 */
static int given_options(gdoictl_t *ctl)
{
	return (ctl->file ? OPTION_FILE : 0) |
		   (ctl->dry_run ? OPTION_DRY_RUN : 0) |
		   (ctl->confirm ? OPTION_CONFIRM : 0) |
		   (ctl->replace ? OPTION_REPLACE : 0) |
		   (ctl->now ? OPTION_NOW : 0) |
		   (ctl->missing ? OPTION_MISSING : 0) |
		   (ctl->effective ? OPTION_EFFECTIVE : 0) |
		   (ctl->packet ? OPTION_PACKET : 0) |
		   (ctl->history ? OPTION_HISTORY : 0);
}

/**
 * Check the arguments of a command
 *
 * @return				-1 to go on, exit code else
 */
static int parse_args(gdoictl_t *ctl, int command, int argc, char *argv[])
{
	int i;

	if (argc < commands[command].min)
	{
		return refuse("an argument is missing for", commands[command].name);
	}
	if (argc > commands[command].max)
	{
		return refuse("there is an argument too many for",
					  commands[command].name);
	}
	if (given_options(ctl) & ~commands[command].options)
	{
		return refuse("there is an option that is of no use for",
					  commands[command].name);
	}
	if (ctl->effective && ctl->packet)
	{
		return refuse("use either --effective or --packet", NULL);
	}
	for (i = 0; i < argc; i++)
	{
		ctl->args[i] = argv[i];
	}
	return -1;
}

/**
 * Connect and run a command
 */
static int run(gdoictl_t *ctl, int command)
{
	sigset_t signals;
	int code;

	if (commands[command].run == gdoictl_log)
	{
		gdoictl_signals(&signals);
		sigprocmask(SIG_BLOCK, &signals, NULL);
	}
	/* a service that goes is an error of a request, not the end of us */
	signal(SIGPIPE, SIG_IGN);
	vici_init();
	/* we tell what is wrong ourselves */
	dbg_default_set_level(LEVEL_AUDIT);
	ctl->conn = vici_connect((char*)ctl->uri);
	if (!ctl->conn)
	{
		fprintf(stderr, "gdoictl: can't reach %s: %s\n", ctl->uri,
				strerror(errno));
		vici_deinit();
		return GDOICTL_UNREACHABLE;
	}
	code = commands[command].run(ctl);
	vici_disconnect(ctl->conn);
	vici_deinit();
	return code;
}

/**
 * Control GDOI groups
 */
int main(int argc, char *argv[])
{
	gdoictl_t ctl = {
		.uri = DEFAULT_URI,
	};
	int command, code;

	code = parse_options(&ctl, argc, argv);
	if (code != -1)
	{
		return code;
	}
	if (optind == argc)
	{
		return refuse("there is no command", NULL);
	}
	command = find_command(argv[optind]);
	if (command < 0)
	{
		return refuse("unknown command", argv[optind]);
	}
	optind++;
	code = parse_args(&ctl, command, argc - optind, argv + optind);
	if (code != -1)
	{
		return code;
	}
	code = run(&ctl, command);
	if (fflush(stdout) != 0 || ferror(stdout))
	{
		fputs("gdoictl: the output couldn't be written\n", stderr);
		return code == GDOICTL_DONE ? GDOICTL_REFUSED : code;
	}
	return code;
}
