/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a chip says: its lines, and all else for who points at it. */
#pragma once

#include "sheet.h"

/* A name of somebody's choice, visible and not too long; the caller frees it. */
char *chip_name(const char *name) must_check;

/* Takes `text`; a chip that is full has no room for it. */
void chip_add(struct chip *chip, enum ink ink, int size, char *text);

/* Name, addresses, MAC unless it is crowded, the bridge in its own namespace. */
void chip_describe_link(struct chip *chip, const struct space *space, const struct space_link *link,
			bool is_crowded);

/* What is only to be seen at the host's end, and what the attachment asked for. */
void chip_describe_attachment(const struct drawing *drawing, struct chip *chip,
			      const struct space_link *link);

/* What doctor found of the link (NULL: of the host), in the lines and for who points at the chip.
 */
void chip_add_findings(const struct drawing *drawing, struct chip *chip,
		       const struct space_link *link_or_null);

/* All that is known of the link, a line each; the caller frees it. */
char *chip_title(const struct drawing *drawing, const struct space *space,
		 const struct space_link *link) must_check;
