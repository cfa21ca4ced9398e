/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The questions to firewalld: one call each, with a deadline of its own; results as of bus_ask().
 */
#pragma once

#include "zone.h"

#define FIREWALLD "org.fedoraproject.FirewallD1"

/* "10.1.2.3/32" */
const char *zone_source(const struct addr *address, char ret[PREFIX_TEXT]);

/* 0 also when it is a source already, or no source any more. */
int zone_ask_add(struct zone *zone, const char *source) must_check;
int zone_ask_remove(struct zone *zone, const char *source) must_check;

int zone_ask_query(struct zone *zone, const char *source, bool *ret) must_check;
int zone_ask_list(struct zone *zone, struct bus_answer *ret) must_check;

/* Fills the error when that was not answered well; returns r. */
int zone_fail_list(const struct zone *zone, int r, unsigned code, struct cni_error *err);
