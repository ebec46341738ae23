/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "field.h"

#include <ctype.h>
#include <string.h>

/** digits that fit the numbers of JavaScript */
#define DIGITS_MAX 15

/**
 * Keys of our VICI messages that are no plain text, see vici/README.md
 */
static const struct {
	/** name of the key */
	const char *name;
	/** how to read its value */
	field_kind_t kind;
} fields[] = {
	{ "ready",							FIELD_BOOL },
	{ "fail-close-revert",				FIELD_BOOL },
	{ "success",						FIELD_BOOL },
	{ "severity",						FIELD_NUMBER },
	{ "sequence",						FIELD_NUMBER },
	{ "rekey",							FIELD_BOOL },
	{ "plan-left-off",					FIELD_NUMBER },
	{ "port",							FIELD_NUMBER },
	{ "protocol-version",				FIELD_NUMBER },
	{ "members",						FIELD_NUMBER },
	{ "members-max",					FIELD_NUMBER },
	{ "members-without-deny",			FIELD_NUMBER },
	{ "acl-lines",						FIELD_NUMBER },
	{ "teks",							FIELD_NUMBER },
	{ "registrations",					FIELD_NUMBER },
	{ "rekey-retries",					FIELD_NUMBER },
	{ "last-rekey-sent",				FIELD_NUMBER },
	{ "last-rekey-acked",				FIELD_NUMBER },
	{ "last-rekey-retransmits",			FIELD_NUMBER },
	{ "last-rekey-sequence",			FIELD_NUMBER },
	{ "previous-sequence",				FIELD_NUMBER },
	{ "retransmits",					FIELD_NUMBER },
	{ "retransmits-left",				FIELD_NUMBER },
	{ "missed-in-a-row",				FIELD_NUMBER },
	{ "members-ejected",				FIELD_NUMBER },
	{ "removed",						FIELD_NUMBER },
	{ "encryption-bits",				FIELD_NUMBER },
	{ "integrity-bits",					FIELD_NUMBER },
	{ "iv-bits",						FIELD_NUMBER },
	{ "signature-bits",					FIELD_NUMBER },
	{ "replay-window",					FIELD_NUMBER },
	{ "states-restored",				FIELD_NUMBER },
	{ "time",							FIELD_DECIMAL },
	{ "pseudotime",						FIELD_DECIMAL },
	{ "my-time",						FIELD_DECIMAL },
	{ "peer-time",						FIELD_DECIMAL },
	{ "window",							FIELD_DECIMAL },
	{ "window-packets",					FIELD_NUMBER },
	{ "members-unable",					FIELD_NUMBER },
	{ "clock-steps",					FIELD_NUMBER },
	{ "sync-errors",					FIELD_NUMBER },
	{ "position",						FIELD_NUMBER },
	{ "inbound-position",				FIELD_NUMBER },
	{ "number",							FIELD_NUMBER },
	{ "bits",							FIELD_NUMBER },
	{ "server-bits",					FIELD_NUMBER },
	{ "server-id",						FIELD_NUMBER },
	{ "per-member",						FIELD_NUMBER },
	{ "given",							FIELD_NUMBER },
	{ "used",							FIELD_NUMBER },
	{ "available",						FIELD_NUMBER },
	{ "last-sid",						FIELD_NUMBER },
	{ "next-sid",						FIELD_NUMBER },
	{ "reinitialisations",				FIELD_NUMBER },
	{ "request",						FIELD_NUMBER },
	{ "lifetime",						FIELD_DURATION },
	{ "kek-lifetime",					FIELD_DURATION },
	{ "tek-lifetime",					FIELD_DURATION },
	{ "uptime",							FIELD_DURATION },
	{ "retransmit-interval",			FIELD_DURATION },
	{ "last-rekey-duration",			FIELD_MILLISECONDS },
	{ "window-ms",						FIELD_MILLISECONDS },
	{ "d3p-window-ms",					FIELD_MILLISECONDS },
	{ "tick-ms",						FIELD_MILLISECONDS },
	{ "clock-error-ms",					FIELD_MILLISECONDS },
	{ "sync-max-delta-ms",				FIELD_MILLISECONDS },
	{ "max-delta-ms",					FIELD_MILLISECONDS },
	{ "supported",						FIELD_BOOL },
	{ "next-sync-in",					FIELD_DISTANCE },
	{ "sync-last",						FIELD_DISTANCE },
	{ "state-for",						FIELD_DISTANCE },
	{ "registered-for",					FIELD_DISTANCE },
	{ "reregister-in",					FIELD_DISTANCE },
	{ "retry-in",						FIELD_DISTANCE },
	{ "confirm-in",						FIELD_DURATION },
	{ "expires-in",						FIELD_DISTANCE },
	{ "kek-expires-in",					FIELD_DISTANCE },
	{ "tek-expires-in",					FIELD_DISTANCE },
	{ "created-for",					FIELD_DISTANCE },
	{ "replaced-in",					FIELD_DISTANCE },
	{ "kek-replaced-in",				FIELD_DISTANCE },
	{ "last-registration",				FIELD_DISTANCE },
	{ "last-rekey",						FIELD_DISTANCE },
	{ "last-ack",						FIELD_DISTANCE },
	{ "next-rekey-in",					FIELD_DISTANCE },
	{ "next-retransmit-in",				FIELD_DISTANCE },
	{ "direction-ends-in",				FIELD_DISTANCE },
	{ "last-reinitialised-for",			FIELD_DISTANCE },
	{ "reinitialise-in",				FIELD_DISTANCE },
};

/**
 * What the names of counters begin with
 */
static const char *const counters[] = {
	"acks-", "registrations-", "rekeys-", "input-", "output-", "errors-",
};

/*
 * Described in header.
 */
field_kind_t field_kind(const char *name)
{
	size_t i, len;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
	{
		if (strcmp(fields[i].name, name) == 0)
		{
			return fields[i].kind;
		}
	}
	for (i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
	{
		if (strncmp(name, counters[i], strlen(counters[i])) == 0)
		{
			return FIELD_NUMBER;
		}
	}
	len = strlen(name);
	if (len > 3 && strcmp(name + len - 3, "-at") == 0)
	{
		return FIELD_MOMENT;
	}
	return FIELD_TEXT;
}

/*
 * Described in header.
 */
bool field_is_number(const char *value)
{
	size_t digits;

	if (*value == '-')
	{
		value++;
	}
	digits = strspn(value, "0123456789");
	return digits && !value[digits] && digits <= DIGITS_MAX &&
		   (digits == 1 || *value != '0');
}

/*
 * Described in header.
 */
bool field_is_decimal(const char *value)
{
	char whole[DIGITS_MAX + 2];
	const char *point = strchr(value, '.');
	size_t len = point ? (size_t)(point - value) : 0, digits;

	if (!len || len >= sizeof(whole))
	{
		return false;
	}
	memcpy(whole, value, len);
	whole[len] = '\0';
	digits = strspn(point + 1, "0123456789");
	return digits && !point[1 + digits] && len + digits <= DIGITS_MAX &&
		   field_is_number(whole);
}
