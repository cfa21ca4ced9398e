/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

/* The version that was built, "v1.2.3": the newest heading of CHANGELOG.md. Runtimes read it in a
 * plugin's banner. */
extern const char *const release;

/*
 * The version of a program, from its bytes, without starting it: of ours, and of the reference
 * where its build wrote it down. NULL when they do not tell. The caller frees it.
 */
char *release_of(const void *program, size_t size);
