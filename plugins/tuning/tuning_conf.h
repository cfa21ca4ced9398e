/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration keys of tuning, and which of their sources wins. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/link.h"
#include "plugin/plugin.h"

/* Settings of a link: wanted ones, or those it had. What is not given is negative. */
struct settings {
	bool has_mac;
	uint8_t mac[MAC_SIZE];
	int promisc, allmulti; /* 0, 1 */
	int mtu;	       /* bytes */
	int queue;	       /* its transmit queue, packets */
};

#define SETTINGS_NONE                                                                              \
	{                                                                                          \
		.promisc = -1, .allmulti = -1, .mtu = -1, .queue = -1                              \
	}

struct sysctl {
	const char *key, *value; /* as they were written */
};

struct tuning_conf {
	const char *data_dir;
	bool restore_sysctls;
	struct settings wanted;
	struct sysctl *sysctls; /* in the order of the configuration, each key once */
	size_t count;
};

#define TUNING_DATA_DIR "/run/cni/tuning"

/* With call->conf.is_lenient only where the backups are. */
int tuning_conf_read(struct cni_call *call, void *ret, struct cni_error *err) must_check;
void tuning_conf_release(void *data);
