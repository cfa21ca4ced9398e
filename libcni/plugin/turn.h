/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One ADD or DEL of an attachment at a time. Runtimes are not to start two, but one that gave up on
 * an ADD may try again while the first still works. Without an order between them the first one's
 * undoing would take away what the second was given.
 */
#pragma once

#include "plugin/plugin.h"

/*
 * ADD waits until others of the same attachment have ended: code 11 after 30 seconds. DEL waits for
 * 5 seconds and goes on then, as it must not be kept from its work. After SIGTERM: code 11.
 *
 * *ret_fd is the turn, which ends with the process or with close(); -1 where none can be had, as
 * without a /run that can be written to.
 */
int turn_wait(const struct cni_call *call, bool is_del, int *ret_fd,
	      struct cni_error *err) must_check;

/*
 * The same for all interfaces of the namespace that is open as `netns`, taken by a plugin when it
 * has its turn for the one.
 */
int turn_wait_namespace(const struct cni_call *call, int netns, bool is_del, int *ret_fd,
			struct cni_error *err) must_check;
