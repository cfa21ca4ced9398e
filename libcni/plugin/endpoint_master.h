/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of each verb of an endpoint is about the master that it stands on. For endpoint.c. */
#pragma once

#include "plugin/endpoint.h"

/* ADD: looks the master up, and says so in *spec. */
int endpoint_plan_master(struct endpoint *e, struct link_spec *spec,
			 struct cni_error *err) must_check;

/*
 * Whether a link of the container is of the endpoint's kind, and stands on `lower`, an index where
 * the master is (0: on nothing): 1 or 0. The names in a container are the container's to choose.
 */
int endpoint_is_on(struct endpoint *e, const struct link *link, int lower) must_check;

/* CHECK: it stands on the master that the configuration names. */
int endpoint_check_master(struct endpoint *e, const struct link *link,
			  struct cni_error *err) must_check;

/* STATUS: code 50 unless an ADD finds the master; the host's socket is open. */
int endpoint_status_master(struct endpoint *e, struct cni_error *err) must_check;
