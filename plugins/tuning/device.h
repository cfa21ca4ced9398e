/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The settings of a link. */
#pragma once

#include "tuning_conf.h"

/* True when nothing is given. */
bool settings_are_none(const struct settings *settings);

/* What the link has, of those that are given in `wanted`. */
struct settings settings_of_link(const struct link *link, const struct settings *wanted);

/* Those of `first`, and of `second` where `first` has none. */
struct settings settings_join(const struct settings *first, const struct settings *second);

/* Sets all that are given; goes on after an error, the first of which is returned. */
int settings_apply(struct netlink *nl, const struct link *link, const struct settings *settings,
		   struct cni_error *err) must_check;

/* CHECK: code 104. */
int settings_check(const struct link *link, const struct settings *wanted,
		   struct cni_error *err) must_check;
