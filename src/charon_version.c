/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <link.h>
#include <stdio.h>

#include "charon_version.h"

#include <plugins/vici/vici_dispatcher.h>

typedef struct image_t image_t;

/**
 * A loaded object, found by an address in it
 */
struct image_t {

	/** address inside the object */
	uintptr_t address;

	/** version found instead of ours, if any */
	const char *found;

	/** ours was found */
	bool matches;
};

/**
 * Is it a number of the form 5.9.8, 6.0.1dr2 or 6.0.1rc1, and nothing else?
 */
static bool is_version(const char *str)
{
	int major, minor, release, len = 0;

	return sscanf(str, "%2d.%2d.%2d%n", &major, &minor, &release, &len) == 3 &&
		   major >= 4 && len &&
		   strspn(str + len, "0123456789drc") == strlen(str + len);
}

/*
 * Described in header
 */
bool charon_version_search(chunk_t data, const char *compiled,
						   const char **found)
{
	u_char *end = data.ptr + data.len, *pos = data.ptr, *nul;

	while (pos < end && (nul = memchr(pos, '\0', end - pos)))
	{
		if (nul != pos && nul - pos < 16)
		{
			if (streq((char*)pos, compiled))
			{
				return TRUE;
			}
			if (!*found && is_version((char*)pos))
			{
				*found = (char*)pos;
			}
		}
		pos = nul + 1;
	}
	return FALSE;
}

/**
 * Search the read-only segments of the object that has our address
 */
static int search_object(struct dl_phdr_info *info, size_t size, void *data)
{
	image_t *image = data;
	const ElfW(Phdr) *ph;
	uintptr_t start;
	bool inside = FALSE;
	int i;

	for (i = 0; i < info->dlpi_phnum; i++)
	{
		ph = &info->dlpi_phdr[i];
		start = info->dlpi_addr + ph->p_vaddr;
		if (ph->p_type == PT_LOAD && image->address >= start &&
			image->address < start + ph->p_memsz)
		{
			inside = TRUE;
		}
	}
	for (i = 0; inside && !image->matches && i < info->dlpi_phnum; i++)
	{
		ph = &info->dlpi_phdr[i];
		if (ph->p_type == PT_LOAD && (ph->p_flags & PF_R) &&
			!(ph->p_flags & (PF_W | PF_X)))
		{
			image->matches = charon_version_search(
				chunk_create((u_char*)info->dlpi_addr + ph->p_vaddr,
							 ph->p_filesz), VERSION, &image->found);
		}
	}
	return inside;
}

/*
 * Described in header
 */
bool charon_version_matches(const char *plugin)
{
	image_t image = {
		.address = (uintptr_t)vici_dispatcher_create,
	};

	dl_iterate_phdr(search_object, &image);
	if (!image.matches)
	{
		DBG1(DBG_LIB, "plugin '%s' is compiled for strongSwan " VERSION
			 ", refusing to load into %s", plugin,
			 image.found ?: "a charon of unknown version");
	}
	return image.matches;
}
