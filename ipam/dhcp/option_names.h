/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What options are called in configurations: the names of dhcp-options(5), or numbers. Pure. */
#pragma once

/* Its code, or -1 when it is none. */
int option_names_find(const char *name);
