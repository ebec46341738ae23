/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_expiry.h"

#include <daemon.h>

typedef struct private_gm_expiry_t private_gm_expiry_t;

/**
 * Private data of an gm_expiry_t object.
 */
struct private_gm_expiry_t {

	/**
	 * Public interface
	 */
	gm_expiry_t public;

	/**
	 * Hears of all states of the host
	 */
	kernel_listener_t listener;

	/**
	 * Called for those of ESP that are gone
	 */
	void (*expired)(void *user, uint32_t spi, host_t *dst);

	/**
	 * Argument of expired
	 */
	void *user;
};

METHOD(kernel_listener_t, expire, bool,
	kernel_listener_t *listener, uint8_t protocol, uint32_t spi, host_t *dst,
	bool hard)
{
	private_gm_expiry_t *this;

	this = (private_gm_expiry_t*)((char*)listener -
								  offsetof(private_gm_expiry_t, listener));
	if (hard && protocol == IPPROTO_ESP)
	{
		this->expired(this->user, spi, dst);
	}
	return TRUE;
}

METHOD(gm_expiry_t, destroy, void,
	private_gm_expiry_t *this)
{
	charon->kernel->remove_listener(charon->kernel, &this->listener);
	free(this);
}

/*
 * Described in header
 */
gm_expiry_t *gm_expiry_create(void (*expired)(void *user, uint32_t spi,
											  host_t *dst), void *user)
{
	private_gm_expiry_t *this;

	INIT(this,
		.public = {
			.destroy = _destroy,
		},
		.listener = {
			.expire = _expire,
		},
		.expired = expired,
		.user = user,
	);
	charon->kernel->add_listener(charon->kernel, &this->listener);
	return &this->public;
}
