/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The versions of the CNI protocol: which exist, their order, and what they allow. Pure. */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"

/* The shapes of results, cni-protocol §3.1. */
enum version_shape {
	SHAPE_NONE, /* no version we know */
	SHAPE_0_1,  /* 0.1.0, 0.2.0 */
	SHAPE_0_3,  /* 0.3.0, 0.3.1, 0.4.0 */
	SHAPE_1_0,  /* 1.0.0, 1.1.0 */
};

#define VERSION_NEWEST "1.1.0"
#define VERSION_UNSET "0.1.0" /* what a missing or empty cniVersion means */

/* Every version this library speaks, oldest first, NULL at the end. */
extern const char *const version_list[];

/* "" and NULL count as 0.1.0. */
enum version_shape version_shape(const char *version);

/*
 * Numeric order of two versions: *ret is negative, 0 or positive. Up to three parts, missing parts
 * are 0, "" is 0.1.0. -EINVAL with the reference's text in err (code 6) when a version is not
 * numeric.
 */
int version_compare(const char *a, const char *b, int *ret, struct cni_error *err) must_check;

/* True when `version` is, as a string, in the list from `lowest` on. */
bool version_is_supported(const char *version, const char *lowest);

/* The VERSION answer with its newline: {"cniVersion":"1.1.0","supportedVersions":[…]}. */
void version_print(const char *lowest, struct text *out);

/* ["0.1.0" "0.2.0" …] with quotes, and 0.1.0, 0.2.0, …: for messages and the about text. */
void version_print_quoted(const char *lowest, struct text *out);
void version_print_plain(const char *lowest, struct text *out);
