/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fuzz.h"
#include "group/group_id.h"

/* the text of a line, and of a group's identity */
void fuzz_one(chunk_t data)
{
	char buf[GROUP_ACE_TEXT_LEN], *text, *reason = NULL;
	group_ace_t ace, again;
	group_id_t id, same;

	text = strndup((char*)data.ptr, data.len);
	if (group_ace_parse(text, &ace, &reason))
	{
		FUZZ_ASSERT(!reason);
		/* the canonical text gives the same line */
		group_ace_print(&ace, buf, sizeof(buf));
		FUZZ_ASSERT(strlen(buf) < sizeof(buf) - 1);
		FUZZ_ASSERT(group_ace_parse(buf, &again, &reason));
		FUZZ_ASSERT(group_ace_equals(&ace, &again));
	}
	else
	{
		FUZZ_ASSERT(reason != NULL);
	}
	free(reason);
	if (group_id_parse(text, &id))
	{
		group_id_print(&id, buf, 16);
		FUZZ_ASSERT(group_id_parse(buf, &same) && group_id_equals(&id, &same));
	}
	free(text);
}
