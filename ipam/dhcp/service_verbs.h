/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon does for a caller. */
#pragma once

#include "lease_json.h"
#include "service.h"

struct caller {
	struct event event;
	struct caller *next;
	struct text in, out;
	size_t sent;		   /* of out */
	struct holding *waits_for; /* an ADD; NULL */
};

/* Serves the line of this size in caller->in; answers now, or when there is a lease. */
void service_serve(struct daemon *daemon, struct caller *caller, size_t size);

/* For leases that were on file, too: how the daemon wants its clients. */
void service_prepare_client(const struct daemon *daemon, struct dhcp_wishes *wishes);
void service_seed(uint8_t ret[DHCP_SEED_SIZE]);

void caller_answer(struct daemon *daemon, struct caller *caller, const struct text *line);
