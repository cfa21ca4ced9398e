/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of domains in options: as text (RFC 2132) and packed as in DNS (RFC 3397). Pure. */
#pragma once

#include "types/result.h"

enum { SEARCH_NAMES_MOST = 32 };

/* The text as a name for the caller to free; NULL when it is none. */
char *search_name(const uint8_t *bytes, size_t size) must_check;

/* Adds the names of option 119, at most SEARCH_NAMES_MOST; what is malformed ends the list. */
void search_list(const uint8_t *bytes, size_t size, struct strings *into);
