/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every verb of cnitool is given, and how a verb describes itself. */
#pragma once

#include <signal.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "runtime/runtime.h"

#define DEFAULT_FOLDER "/etc/cni/net.d"
#define DEFAULT_PATH "/opt/cni/bin"
#define DEFAULT_IFNAME "eth0"

enum { EXIT_USAGE = 1, EXIT_NOT_RUN = 127 };

struct options {
	const char *ifname;  /* -i; NULL: CNI_IFNAME or eth0 */
	const char *name;    /* run --name */
	const char *netns;   /* doctor --netns */
	const char *publish; /* run --publish */
	const char *address; /* run --ip */
	const char *mac;     /* run --mac */
	const char *to;	     /* install --to */
	const char *from;    /* install --from */
	const char *conf;    /* install --conf */
	const char *output;  /* metrics --output */
	bool json, dot, svg, html, findings, fix, deep, once;
};

struct tool {
	const struct verb *verb;
	struct options options;
	char **arguments; /* behind the options, NULL at the end */
	int argument_count;
	const char *folder; /* of the configurations */
	struct runtime runtime;
	sigset_t signal_mask; /* what we were started with: for children */
	bool is_brief;	      /* only what is read: plugins and name servers are not asked */
	int failure;	      /* the exit status of a failure, where it is not 1 */
	struct text out;      /* what goes to stdout at the end */
};

/* The exit status, or -errno with `err` filled. */
typedef int verb_fn(struct tool *tool, struct cni_error *err);

struct verb {
	const char *name;
	verb_fn *run;
	const char *arguments;
	const char *summary; /* "": not for people */
	const char *options; /* letters of those it takes, besides -h */
	const char *help;
	int least_arguments, most_arguments;
	bool takes_command; /* what comes behind the first argument is not ours to read */
};

struct option_row {
	char letter;
	bool has_short; /* else the letter is only ours */
	const char *name, *argument, *summary;
};

/* Ends with an option without a name. */
extern const struct option_row option_rows[];

bool option_fits(const struct verb *verb, const struct option_row *row);

/* Ends with a verb without a name. */
extern const struct verb verbs[];

verb_fn verb_add, verb_check, verb_del, verb_readd, verb_exec, verb_connect, verb_disconnect,
	verb_rm, verb_gc, verb_status, verb_run, verb_list, verb_ps, verb_show, verb_doctor,
	verb_metrics, verb_top, verb_install, verb_version, verb_help, verb_complete;

/*
 * 0, or 1 when the command line was wrong and the reader was told, or 2 when only help was
 * wanted.
 */
int read_command_line(struct tool *tool, int argc, char **argv) must_check;

/* stdout is a terminal that knows colours, and NO_COLOR is not set. */
bool terminal_wants_colour(void);

const struct verb *verb_find(const char *name);
void print_help(const struct verb *verb_or_null, struct text *out);
