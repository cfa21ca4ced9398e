/* SPDX-License-Identifier: GPL-2.0-or-later */
/* STATUS: would an ADD get an address? */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "host_local_conf.h"
#include "store.h"

/* Takes no lock and writes nothing. Code 50 with what is missing. */
int readiness_check(const struct store_place *place, const struct host_local_conf *conf,
		    struct cni_error *err) must_check;
