/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Networks in a folder of configuration files, by name (cni-protocol §8.1). Messages are the
 * reference's.
 */
#pragma once

#include "runtime/list.h"

/* The network of that name; files that sort before it must be readable too. */
int load_network(const char *folder, const char *name, struct network_list *ret,
		 struct cni_error *err) must_check;

/*
 * One file; its ending decides the format. Drop-ins are in the folder of the network's name
 * beside it.
 */
int load_file(const char *path, struct network_list *ret, struct cni_error *err) must_check;

/*
 * Calls `fn` with the path of each file, lists before single configurations, each sorted; its
 * first non-zero value ends the walk and is returned. A folder that does not exist has no files.
 */
typedef int load_fn(const char *path, void *data);
int load_each_file(const char *folder, load_fn *fn, void *data, struct cni_error *err) must_check;
