/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoi_vendor_id.h"

#include <encoding/payloads/vendor_id_payload.h>

/** octets of the fixed part, and of all */
#define MAGIC_LEN 12
#define VENDOR_ID_LEN 16

/** version of our extensions */
#define VERSION_MAJOR 1
#define VERSION_MINOR 0

/**
 * Fixed part
 */
static const uint8_t magic[MAGIC_LEN] = {
	0x46, 0x51, 0x9a, 0x8a, 0x6f, 0x22, 0x2d, 0x5e, 0x3b, 0x4e, 0x71, 0xc4,
};

/*
 * Described in header
 */
uint8_t gdoi_vendor_id_find(message_t *message)
{
	enumerator_t *enumerator;
	payload_t *payload;
	uint8_t features = 0;
	chunk_t data;

	enumerator = message->create_payload_enumerator(message);
	while (!features && enumerator->enumerate(enumerator, &payload))
	{
		if (payload->get_type(payload) == PLV1_VENDOR_ID)
		{
			vendor_id_payload_t *vid = (vendor_id_payload_t*)payload;

			data = vid->get_data(vid);
			if (data.len == VENDOR_ID_LEN && memeq(data.ptr, magic, MAGIC_LEN))
			{
				features = data.ptr[VENDOR_ID_LEN - 1];
			}
		}
	}
	enumerator->destroy(enumerator);
	return features;
}

/*
 * Described in header
 */
void gdoi_vendor_id_add(message_t *message, gdoi_vendor_role_t role)
{
	const uint8_t tail[] = {
		role, VERSION_MAJOR, VERSION_MINOR, GDOI_FEATURE_BASE
	};
	vendor_id_payload_t *vid;
	chunk_t data;

	if (!gdoi_vendor_id_find(message))
	{
		data = chunk_cat("cc", chunk_create((u_char*)magic, MAGIC_LEN),
						 chunk_create((u_char*)tail, sizeof(tail)));
		vid = vendor_id_payload_create_data(PLV1_VENDOR_ID, data);
		message->add_payload(message, &vid->payload_interface);
	}
}
