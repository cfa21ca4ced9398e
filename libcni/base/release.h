/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The version that was built, "v1.2.3": the newest heading of CHANGELOG.md. Runtimes read it in a
 * plugin's banner. */
extern const char release[];
