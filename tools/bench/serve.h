/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The measuring loop of bench.py. */
#pragma once

#include <stdio.h>

#include "base/cleanup.h"

/*
 * Answers each request with one line until the end of `in`; -errno when a request makes no sense.
 */
int serve(FILE *in, FILE *out) must_check;
