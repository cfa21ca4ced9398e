/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The only file that is compiled anew when the version changes. */
#include "base/release.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"

#ifndef RELEASE
#define RELEASE "version unknown"
#endif

/* What release_of() looks for in a program of ours: these bytes, with a version behind them. */
enum { MARK_LENGTH = sizeof("cni-plugins-c release ") - 1 };
static const char stamp[] = "cni-plugins-c release " RELEASE;

const char *const release = stamp + MARK_LENGTH;

/* Go writes the linker's settings into a program. */
static const char reference_mark[] = "buildversion.BuildVersion=";

enum { LONGEST_VERSION = 64 };

static char *version_behind(const char *mark, size_t mark_length, const char *bytes, size_t size)
{
	const char *end = bytes + size, *at = bytes;

	while ((at = memmem(at, (size_t)(end - at), mark, mark_length))) {
		size_t length = 0;

		at += mark_length;
		while (at + length < end && length < LONGEST_VERSION &&
		       (isalnum((unsigned char)at[length]) ||
			(length > 0 && strchr(".+-~_", at[length]) && at[length])))
			length++;
		if (length > 1 && at[0] == 'v' && isdigit((unsigned char)at[1]))
			return xstrndup(at, length);
	}
	return NULL;
}

char *release_of(const void *program, size_t size)
{
	char *version = version_behind(stamp, MARK_LENGTH, program, size);

	return version ? version
		       : version_behind(reference_mark, sizeof(reference_mark) - 1, program, size);
}
