/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GC: which attachments of the network the runtime still knows (cni-protocol §6.8). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "types/netconf.h"
#include "types/owner.h"

struct attachments {
	struct owner *owners; /* sorted */
	size_t count;
};

#define cleanup_attachments cleanup_with(attachments_release)

/*
 * 1 when the runtime sent a list (null counts as an empty one), 0 when it sent none: then nothing
 * may be removed. Container ids and interface names of the list are validated like those of the
 * environment.
 */
int attachments_read(const struct netconf *conf, struct attachments *ret,
		     struct cni_error *err) must_check;

/* Fits the keep functions of the collectors in nft/; `data` is a struct attachments. */
bool attachments_keep(const char *owner_text, void *data);

/* One more that is valid. */
void attachments_add(struct attachments *attachments, const char *owner_text);

/*
 * The configuration with these attachments of its network in the list of valid ones, for the GC of
 * a delegate. False when the text of one has no room for its names.
 */
bool attachments_write(const struct netconf *conf, const struct attachments *more,
		       struct text *ret) must_check;

/* True when the text of some owner begins with this one. */
bool attachments_have_prefix(const struct attachments *list, const char *prefix);

void attachments_release(struct attachments *attachments);
