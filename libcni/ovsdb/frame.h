/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where one message of a stream of JSON objects ends: JSON-RPC over a socket has no other framing
 * (RFC 7047, section 4). Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

/* No answer is nested as deep: what opens more brackets is not waited for to close them. */
enum { FRAME_DEPTH_MAX = 1000 };

/*
 * Values that a message may have: the tree of one takes some 110 bytes each, however few bytes it
 * has on the wire. GC is told 50 of each port, so these are some 20,000 ports.
 */
enum { FRAME_VALUES_MAX = 1024 * 1024 };

/* How far a message was read; starts as all zero. */
struct frame {
	size_t depth;  /* of brackets that are open */
	size_t values; /* as commas and brackets tell; never fewer than there are, but for one */
	bool in_string, is_escaped;
};

/*
 * Reads on: the number of bytes up to the end of the message, 0 when it goes on behind these bytes,
 * -EBADMSG when something else than an object begins, or brackets are too deep, -EFBIG when the
 * values are too many. Blanks before an object belong to it. That
 * the brackets fit each other, and all else, is the parser's to judge.
 */
long frame_scan(struct frame *frame, const char *bytes, size_t size) must_check;
