/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Being a CNI plugin: environment, then stdin, then version gate, then the verb, then one JSON
 * object on stdout. A program describes itself in a struct cni_plugin and hands it to
 * cni_plugin_main().
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/error.h"
#include "base/privileges.h"
#include "base/text.h"
#include "types/netconf.h"
#include "types/owner.h"

/* One request. All texts are borrowed and never NULL; what was not given is "". */
struct cni_call {
	const struct cni_plugin *plugin;
	const char *container_id, *netns, *ifname, *args, *path;
	bool allow_own_netns; /* CNI_NETNS_OVERRIDE */
	struct netconf conf;
	struct text input;	 /* stdin as it came: what delegates get */
	sigset_t signal_mask;	 /* what the process was started with: for children */
	struct timespec started; /* CLOCK_MONOTONIC */
	void *pending;		 /* what ADD leaves to `answered`, or NULL */
	int turn;		 /* plugin/turn.h; -1: none */
};

typedef int cni_verb_fn(struct cni_call *call, struct cni_error *err);

struct cni_plugin {
	const char *name;
	const struct endpoint_kind *endpoint; /* for plugin/endpoint.h */
	const struct chained_kind *chained;   /* for plugin/chained.h */
	const char *lowest_version;	      /* NULL: all versions are spoken */
	/*
	 * The release of the reference's plugin that the banner claims, for runtimes that ask by
	 * version what a plugin can do; NULL: our own release alone.
	 */
	const char *reference_release;
	const char *config_words; /* in front of errors of shared keys' types, or NULL */
	const char *more_help;	  /* at the end of --help, or NULL */
	bool delegates;		  /* starts other plugins, which need root's capabilities */
	const struct privileges *privileges; /* that it keeps; NULL: privileges_attaching */
	/*
	 * Writes the finished answer to `out`. When it cannot be delivered to the caller, `del`
	 * undoes the work, or `answered` if something is pending.
	 */
	int (*add)(struct cni_call *call, struct text *out, struct cni_error *err);
	/*
	 * The last thing a process does when its ADD left something pending, also when it failed;
	 * it frees that.
	 */
	void (*answered)(struct cni_call *call, bool is_delivered);
	cni_verb_fn *del, *check, *status, *gc; /* NULL: accepted, nothing to do */
};

/*
 * The whole program: returns the exit status. Without CNI_COMMAND, `--help` among the arguments of
 * main() explains the plugin; otherwise they mean nothing, as to the reference.
 */
int cni_plugin_main(const struct cni_plugin *plugin, int count, char **arguments);

/* Whether --help, -help or -h is among them. */
bool cni_plugin_help_wanted(int count, char **arguments);

/* Whose attachment the call is about. */
static inline struct attachment call_attachment(const struct cni_call *call)
{
	return (struct attachment){
		.network = call->conf.name,
		.container_id = call->container_id,
		.ifname = call->ifname,
	};
}
