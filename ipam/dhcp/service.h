/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's side of its socket. A caller, who must be root, sends one JSON object in one line
 * and gets one back: {"verb": "add", …} → {"ack": "…"}, or {"error": {"code", "msg", "details"}}.
 */
#pragma once

#include "daemon.h"

struct caller;

/* Somebody connects: the event of the listener. */
void service_accept(struct event *event, uint32_t what, void *daemon);

/* The one answer to a caller, who is gone behind it. */
void caller_answer_lease(struct daemon *daemon, struct caller *caller,
			 const struct holding *holding);
void caller_fail(struct daemon *daemon, struct caller *caller, const struct cni_error *err);

/* Hangs up on everybody. */
void service_close(struct daemon *daemon);
