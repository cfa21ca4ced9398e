/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `cnitool doctor` finds of networks. Everything is looked at twice, with a pause between, as
 * containers come and go meanwhile: what only one look has seen is no finding.
 */
#pragma once

#include "configured.h"
#include "finding.h"
#include "runtime/list.h"
#include "tool.h"

/* One for each list, in `ret`; one picture of the machine serves all of them. */
int examine_all(struct tool *tool, const struct network_list *lists, size_t count,
		struct findings *ret, struct cni_error *err) must_check;

/* The same for one, with repairs; a repair counts only when nothing is found any more. */
int examine_and_fix(struct tool *tool, const struct network_list *list, struct findings *ret,
		    struct cni_error *err) must_check;

/*
 * The network of that name, or all of the tool's folder, which the caller releases, and what is
 * wrong with files that are no network's. With repairs where the tool was asked for them.
 */
int examine_named(struct tool *tool, const char *name, struct findings *ret,
		  struct cni_error *err) must_check;
int examine_folder(struct tool *tool, struct configured *ret_configured, struct findings *ret,
		   struct cni_error *err) must_check;

struct findings *findings_new(size_t count) must_check;
void findings_free(struct findings *findings, size_t count);
