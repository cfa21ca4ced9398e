/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options: which there are, and which verb takes which. */
#include <getopt.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/foreign.h"
#include "tool.h"

enum { ENOUGH = 16 };

const struct option_row option_rows[] = {
	{ 'h', true, "help", NULL, "this text" },
	{ 'i', true, "ifname", "NAME", "the interface in the container, instead of CNI_IFNAME" },
	{ 'n', true, "name", "NAME", "name of the namespace: /run/netns/NAME" },
	{ 'p', true, "publish", "PORTS",
	  "[ADDRESS:]HOSTPORT:PORT[/tcp|udp|sctp], several with commas: capability portMappings" },
	{ 'A', false, "ip", "ADDRESS", "the address that it gets: IP of CNI_ARGS" },
	{ 'M', false, "mac", "MAC", "the MAC that it gets: MAC of CNI_ARGS" },
	{ 'j', true, "json", NULL, "as JSON" },
	{ 'd', true, "dot", NULL, "as a graph for Graphviz" },
	{ 's', true, "svg", NULL, "as a picture" },
	{ 'w', false, "html", NULL, "as a page for a browser: to move, to search, with details" },
	{ 'B', false, "findings", NULL, "beside each part what doctor finds wrong with it" },
	{ 'N', false, "netns", "PATH", "only the attachments of this namespace" },
	{ 'F', false, "fix", NULL, "repair what is safe to repair" },
	{ 'D', false, "deep", NULL, "ask the neighbours, too, who has the containers' addresses" },
	{ '1', false, "once", NULL, "one look at a second's traffic, and no more" },
	{ 'O', false, "output", "FILE", "write it there, in one step, instead of to stdout" },
	{ 'T', false, "to", "DIR", "the folder where the runtime looks for plugins" },
	{ 'S', false, "from", "DIR", "the folder that they are in, instead of this program's own" },
	{ 'C', false, "conf", "FILE", "a configuration for NETCONFPATH, put there last" },
	{ 0 },
};

bool option_fits(const struct verb *verb, const struct option_row *row)
{
	return row->letter == 'h' || strchr(verb->options, row->letter);
}

static void add_options(const struct verb *verb, struct text *out)
{
	for (const struct option_row *row = option_rows; row->name; row++) {
		cleanup_free char *option = NULL;

		if (!option_fits(verb, row))
			continue;
		option = xasprintf("%c%c%s --%s%s%s", row->has_short ? '-' : ' ',
				   row->has_short ? row->letter : ' ', row->has_short ? "," : " ",
				   row->name, row->argument ? " " : "",
				   row->argument ? row->argument : "");
		text_addf(out, "  %-22s %s\n", option, row->summary);
	}
}

void print_help(const struct verb *verb_or_null, struct text *out)
{
	if (verb_or_null) {
		text_addf(out,
			  "cnitool %s: %s\n\nUsage:\n  cnitool %s [OPTIONS]%s%s\n\n%s%sOptions:\n",
			  verb_or_null->name, verb_or_null->summary, verb_or_null->name,
			  *verb_or_null->arguments ? " " : "", verb_or_null->arguments,
			  verb_or_null->help, *verb_or_null->help ? "\n" : "");
		add_options(verb_or_null, out);
		return;
	}
	text_add(out, "cnitool runs CNI networks by hand, and shows what they are made of.\n\n"
		      "Usage:\n  cnitool VERB [OPTIONS] [ARGUMENTS]\n\nVerbs:\n");
	for (const struct verb *verb = verbs; verb->name; verb++)
		if (*verb->summary)
			text_addf(out, "  %-10s %s\n", verb->name, verb->summary);
	text_add(out, "\n`cnitool VERB --help` tells more.\n");
}

const struct verb *verb_find(const char *name)
{
	for (const struct verb *verb = verbs; verb->name; verb++)
		if (text_equal(verb->name, name))
			return verb;
	return NULL;
}

static int complain(const struct verb *verb, const char *what, const char *value)
{
	cleanup_text struct text text = { 0 };

	text_add(&text, what);
	foreign_add(&text, value);
	text_add(&text, "\n");
	if (verb)
		text_addf(&text, "usage: cnitool %s [OPTIONS]%s%s\n", verb->name,
			  *verb->arguments ? " " : "", verb->arguments);
	text_addf(&text, "`cnitool %s%s--help` tells more\n", verb ? verb->name : "",
		  verb ? " " : "");
	ignore(file_write_fd(STDERR_FILENO, text.s, text.len)); /* nobody else could be told */
	return 1;
}

static void take_option(struct options *options, int letter, const char *value)
{
	switch (letter) {
	case 'i':
		options->ifname = value;
		break;
	case 'n':
		options->name = value;
		break;
	case 'p':
		options->publish = value;
		break;
	case 'A':
		options->address = value;
		break;
	case 'M':
		options->mac = value;
		break;
	case 'N':
		options->netns = value;
		break;
	case 'O':
		options->output = value;
		break;
	case 'T':
		options->to = value;
		break;
	case 'S':
		options->from = value;
		break;
	case 'C':
		options->conf = value;
		break;
	case 'j':
		options->json = true;
		break;
	case 'd':
		options->dot = true;
		break;
	case 's':
		options->svg = true;
		break;
	case '1':
		options->once = true;
		break;
	case 'D':
		options->deep = true;
		break;
	case 'w':
		options->html = true;
		break;
	case 'B':
		options->findings = true;
		break;
	default:
		options->fix = true;
	}
}

/* The tables that getopt_long() wants, of what the verb takes. */
static void make_tables(const struct verb *verb, char letters[2 * ENOUGH],
			struct option longs[ENOUGH])
{
	size_t used = 0;
	char *end = letters;

	*end++ = verb->takes_command ? '+' : '-';
	*end++ = ':';
	for (const struct option_row *row = option_rows; row->name; row++) {
		if (!option_fits(verb, row))
			continue;
		longs[used++] = (struct option){ .name = row->name,
						 .has_arg = row->argument ? required_argument
									  : no_argument,
						 .val = row->letter };
		if (!row->has_short)
			continue;
		*end++ = row->letter;
		if (row->argument)
			*end++ = ':';
	}
	*end = '\0';
	longs[used] = (struct option){ 0 };
}

static void take_argument(struct tool *tool, char *argument)
{
	tool->arguments[tool->argument_count++] = argument;
	tool->arguments[tool->argument_count] = NULL;
}

static int read_options(struct tool *tool, int argc, char **argv)
{
	char letters[2 * ENOUGH];
	struct option longs[ENOUGH];
	int letter;

	make_tables(tool->verb, letters, longs);
	opterr = 0;
	while ((letter = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (letter == 'h') {
			print_help(tool->verb, &tool->out);
			return 2;
		}
		if (letter == '?' || letter == ':')
			return complain(tool->verb,
					letter == '?' ? "unknown option: "
						      : "option without its value: ",
					argv[optind - 1]);
		if (letter == 1)
			take_argument(tool, optarg);
		else
			take_option(&tool->options, letter, optarg);
	}
	while (optind < argc)
		take_argument(tool, argv[optind++]);
	return 0;
}

/* No command begins with a dash, unless "--" is in front of it. */
static bool is_late_option(const struct tool *tool)
{
	return tool->argument_count > 1 && tool->arguments[1][0] == '-' &&
	       !text_equal(tool->arguments[1], "--");
}

int read_command_line(struct tool *tool, int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "help";
	cleanup_text struct text missing = { 0 };
	int r;

	if (text_equal(name, "-h") || text_equal(name, "--help"))
		name = "help";
	if (text_equal(name, "--version"))
		name = "version";
	tool->verb = verb_find(name);
	if (!tool->verb)
		return complain(NULL, "unknown command: ", name);
	tool->arguments = xcalloc((size_t)argc + 1, sizeof(char *));
	r = read_options(tool, argc > 1 ? argc - 1 : argc, argc > 1 ? argv + 1 : argv);
	if (r != 0)
		return r;
	if (tool->verb->takes_command && tool->verb->least_arguments > 0 && is_late_option(tool))
		return complain(tool->verb,
				"options stand before the first argument: ", tool->arguments[1]);
	if (tool->argument_count > tool->verb->most_arguments)
		return complain(tool->verb, "one argument too many: ",
				tool->arguments[tool->verb->most_arguments]);
	if (tool->argument_count >= tool->verb->least_arguments)
		return 0;
	text_addf(&missing, "requires at least %d arg(s), only received %d",
		  tool->verb->least_arguments, tool->argument_count);
	return complain(tool->verb, missing.s, "");
}
