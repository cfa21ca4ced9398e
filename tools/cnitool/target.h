/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the classic verbs are about: a network by its name, and a namespace by its path. */
#pragma once

#include "tool.h"

struct target {
	struct network_list list;
	struct container container;
	char *netns, *id;
	struct container_args args;
	cJSON *capabilities;
};

#define cleanup_target cleanup_with(target_release)

/* From the first two arguments and the environment, in the reference's order. */
int target_read(const struct tool *tool, struct target *ret, struct cni_error *err) must_check;
void target_release(struct target *target);

/* The parts, for verbs with other arguments. */
int target_read_environment(struct target *target, struct cni_error *err) must_check;
const char *target_ifname(const struct tool *tool);

struct picture;

/*
 * Fails unless the first argument, if there is one, is the name of a network: of a configuration,
 * or of an attachment in the picture.
 */
int target_check_network(const struct tool *tool, const struct picture *picture,
			 struct cni_error *err) must_check;

/*
 * Absolute, without ".", ".." and double slashes, as the reference writes paths; the caller frees
 * it.
 */
char *path_absolute(const char *path) must_check;

/*
 * Whether the path that an attachment was made with leads to the same namespace as another one, as
 * those below /run and /var/run do.
 */
bool path_is_same_place(const char *cached, const char *path);
