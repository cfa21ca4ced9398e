/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Another /etc/resolv.conf for a process and what it starts. */
#pragma once

#include "base/cleanup.h"

/*
 * The caller gets a mount namespace of its own, in which a file with the text stands in the place
 * of /etc/resolv.conf; nobody else sees it, and it is gone with the last process in there. What is
 * mounted elsewhere later appears inside, too. -errno when there is no such file to stand in for.
 */
int resolver_place(const char *text) must_check;
