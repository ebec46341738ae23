/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fuzz.h"
#include "payloads/gdoi_attribute.h"
#include "payloads/gdoi_sa.h"

/**
 * D3P and pseudotime of a GAP have to survive.
 */
static void check_freshness(const gdoi_gap_t *gap, const gdoi_gap_t *again)
{
	/* a type that has more than 16 bits isn't written as it was */
	FUZZ_ASSERT(gap->has_d3p_type == again->has_d3p_type);
	FUZZ_ASSERT((uint16_t)gap->d3p_type == again->d3p_type);
	FUZZ_ASSERT(gap->has_d3p_window == again->has_d3p_window);
	FUZZ_ASSERT(gap->d3p_window == again->d3p_window);
	FUZZ_ASSERT(gap->has_pseudotime == again->has_pseudotime);
	FUZZ_ASSERT(gap->epoch == again->epoch);
	FUZZ_ASSERT(gap->ticks == again->ticks);
	FUZZ_ASSERT(gap->tick_ms == again->tick_ms);
}

/* attributes on their own, and those of a GAP */
void fuzz_one(chunk_t data)
{
	bio_writer_t *writer = bio_writer_create(0);
	gdoi_attribute_t attr;
	chunk_t rest = data, read;
	gdoi_gap_t gap, again;
	uint32_t value;

	while (gdoi_attribute_next(&rest, &attr))
	{
		gdoi_attribute_get(&attr, &value);
		if (attr.basic)
		{
			gdoi_attribute_write_basic(writer, attr.type,
									   untoh16(attr.value.ptr));
		}
		else
		{
			gdoi_attribute_write(writer, attr.type, attr.value);
		}
	}
	/* what was read is written as it was */
	read = chunk_create(data.ptr, data.len - rest.len);
	FUZZ_ASSERT(writer->get_buf(writer).len == read.len);
	FUZZ_ASSERT(!read.len || memeq(writer->get_buf(writer).ptr, read.ptr,
								   read.len));
	writer->destroy(writer);
	if (gdoi_gap_parse(data, &gap, NULL))
	{
		writer = bio_writer_create(0);
		gdoi_gap_write(&gap, writer);
		FUZZ_ASSERT(gdoi_gap_parse(writer->get_buf(writer), &again, NULL));
		FUZZ_ASSERT(gap.present == again.present);
		FUZZ_ASSERT(memeq(gap.values, again.values, sizeof(gap.values)));
		FUZZ_ASSERT(gap.acl.len == again.acl.len);
		check_freshness(&gap, &again);
		FUZZ_ASSERT(!gap.acl.len || chunk_equals(gap.acl, again.acl));
		writer->destroy(writer);
	}
}
