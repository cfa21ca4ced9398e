/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The links in a container that are an attachment's, by name and by mark. */
#pragma once

#include "plugin/endpoint.h"

/*
 * The link called CNI_IFNAME, if it is of the kind: also one that the reference made. Unless it has
 * the owner's mark, those of the kind that have it, whatever the container called them.
 */
int endpoint_delete_links(struct endpoint *endpoint) must_check;
