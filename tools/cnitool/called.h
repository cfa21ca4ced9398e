/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a runtime calls a container, from the files that it keeps, not from its socket: podman and
 * CRI-O (containers.json of their storage), Docker (config.v2.json), containerd and nerdctl (the
 * specification of the running container). Read only; what cannot be read is not known.
 */
#pragma once

#include "picture.h"

/* Sets `container` and `runtime` of the namespaces whose container is known. */
void spaces_call(struct picture *picture);
