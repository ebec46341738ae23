/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoi_vendor_id.h"

#include <cryptomap/freshness.h>

#include <payloads/gdoi_basic.h>

#include <encoding/payloads/vendor_id_payload.h>

/** version of our extensions */
#define VERSION_MAJOR 1
#define VERSION_MINOR 0

/*
 * Described in header
 */
uint8_t gdoi_vendor_id_find(message_t *message)
{
	vendor_id_payload_t *payload;
	enumerator_t *enumerator;
	gdoi_vendor_id_t vid;
	payload_t *current;
	uint8_t features = 0;

	enumerator = message->create_payload_enumerator(message);
	while (!features && enumerator->enumerate(enumerator, &current))
	{
		if (current->get_type(current) == PLV1_VENDOR_ID)
		{
			payload = (vendor_id_payload_t*)current;
			if (gdoi_vendor_id_parse(payload->get_data(payload), &vid))
			{
				features = vid.features;
			}
		}
	}
	enumerator->destroy(enumerator);
	return features;
}

/*
 * Described in header
 */
uint8_t gdoi_vendor_features(void)
{
	if (lib->get(lib, FRESHNESS_NAME) ||
		streq(lib->settings->get_str(lib->settings,
						"%s.plugins.gdoi.crypto_map", "bpf", lib->ns),
			  "record"))
	{
		return GDOI_FEATURES | GDOI_FEATURE_FRESHNESS;
	}
	return GDOI_FEATURES;
}

/**
 * Pretend to be of another vendor?
 */
static bool is_foreign()
{
#ifdef GDOI_IMPAIR
	return lib->settings->get_bool(lib->settings,
						"%s.plugins.gdoi.impair.foreign", FALSE, lib->ns);
#else
	return FALSE;
#endif
}

/*
 * Described in header
 */
void gdoi_vendor_id_add(message_t *message, gdoi_vendor_role_t role)
{
	gdoi_vendor_id_t vid = {
		.roles = role,
		.major = VERSION_MAJOR,
		.minor = VERSION_MINOR,
		.features = gdoi_vendor_features(),
	};
	vendor_id_payload_t *payload;
	bio_writer_t *writer;

	if (!is_foreign() && !gdoi_vendor_id_find(message))
	{
		writer = bio_writer_create(GDOI_VENDOR_ID_LEN);
		gdoi_vendor_id_write(&vid, writer);
		payload = vendor_id_payload_create_data(PLV1_VENDOR_ID,
												writer->extract_buf(writer));
		writer->destroy(writer);
		message->add_payload(message, &payload->payload_interface);
	}
}
