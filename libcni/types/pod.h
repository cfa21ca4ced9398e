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

/*
 * "pod.NAMESPACE.NAME" for eth0, "pod.NAMESPACE.NAME+net1" for another interface: what a link of
 * the host can be called besides, without any character but letters, digits, '.', '_', '-' and '+',
 * which no pod's name has. What the kernel does not take ends in '-' and 8 digits of its SHA-512.
 * NULL where the pod is not told; the caller frees it.
 */
char *pod_link_name(const struct pod *pod, const char *ifname) must_check;
void pod_release(struct pod *pod);
