/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks into a container's namespace without changing anything. */
#include "runtime/attached.h"

#include "net/attach.h"
#include "net/link.h"

bool interface_is_present(const struct container *container)
{
	cleanup_attach struct attach at = ATTACH_CLOSED;
	cleanup_error struct cni_error ignored = { 0 };
	struct link link;

	return attach_open(&at, container->netns, true, &ignored) == 0 && at.netns >= 0 &&
	       attach_open_container(&at, &ignored) == 0 &&
	       link_get(&at.container, container->ifname, &link) == 0;
}
