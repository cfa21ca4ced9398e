/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `cnitool doctor` finds of networks. Everything is looked at twice, with a pause between, as
 * containers come and go meanwhile: what only one look has seen is no finding.
 */
#pragma once

#include "finding.h"
#include "runtime/list.h"
#include "tool.h"

/* One for each list, in `ret`; one picture of the machine serves all of them. */
int examine_all(struct tool *tool, const struct network_list *lists, size_t count,
		struct findings *ret, struct cni_error *err) must_check;

/* The same for one, with repairs; a repair counts only when nothing is found any more. */
int examine_and_fix(struct tool *tool, const struct network_list *list, struct findings *ret,
		    struct cni_error *err) must_check;

struct findings *findings_new(size_t count) must_check;
void findings_free(struct findings *findings, size_t count);
