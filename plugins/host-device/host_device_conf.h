/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration keys of host-device. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "net/link.h"
#include "plugin/plugin.h"

/* Which device is meant: the first that is not "" counts, device_id before pci_bus_id. */
struct host_device_conf {
	const char *device;	 /* its name */
	const char *hwaddr;	 /* its MAC */
	const char *kernel_path; /* a folder below /sys/devices/ */
	const char *pci_bus_id;	 /* "0000:01:00.0" */
	const char *device_id;	 /* of runtimeConfig: a PCI or auxiliary device */
	bool enable_dad, accept_ra;
	uint8_t mac[MAC_SIZE]; /* hwaddr */
};

int host_device_conf_read(struct cni_call *call, struct host_device_conf *ret,
			  struct cni_error *err) must_check;
