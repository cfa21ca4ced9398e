/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Kubernetes' runtimes say of a container's pod in CNI_ARGS. Pure. */
#pragma once

#include "base/cleanup.h"

/* Both are NULL where CNI_ARGS does not say. */
struct pod {
	char *namespace, *name;
};

#define cleanup_pod cleanup_with(pod_release)

/* Reads K8S_POD_NAMESPACE and K8S_POD_NAME, whatever else the text has; NULL and "" are fine. */
void pod_read(const char *args, struct pod *ret);
void pod_release(struct pod *pod);
