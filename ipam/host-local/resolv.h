/* SPDX-License-Identifier: GPL-2.0-or-later */
/* resolv.conf as the dns of a result. */
#pragma once

#include "base/cleanup.h"
#include "base/text.h"
#include "types/result.h"

/* Adds what the text of a resolv.conf says to `dns`; lines that say nothing are skipped. */
void resolv_parse(const struct text *text, struct dns *dns);

/* Reads the file at `path`; 0 or -errno. Waits for no FIFO and swallows no device. */
int resolv_read(const char *path, struct dns *dns) must_check;
