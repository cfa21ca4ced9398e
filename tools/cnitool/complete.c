/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cnitool complete: what could stand in the place of the last word of a command line, for the
 * completion of shells. It knows verbs and options from their tables; a line for each candidate,
 * or one that asks the shell for what it knows better.
 */
#include <dirent.h>
#include <errno.h>

#include "base/alloc.h"
#include "runtime/load.h"
#include "tool.h"
#include "types/key_table.h"

#define SPACES_FOLDER "/run/netns"

struct completion {
	struct tool *tool;
	const char *word;   /* the one that is being written */
	char *const *given; /* those before it, behind the verb */
	size_t given_count;
	bool takes_lists; /* with commas */
	size_t names;	  /* of those: neither options nor their values */
};

/* ---- offers */

/* One line is one offer, so a name with a line's end in it is none. */
static bool is_printable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

/* `before` stands in front of it in the same word. */
static void offer(const struct completion *c, const char *before, const char *text)
{
	size_t size = strlen(before);

	if (strncmp(c->word, before, size) == 0 && text_starts_with(text, c->word + size) &&
	    is_printable(text))
		text_addf(&c->tool->out, "%s%s\n", before, text);
}

static bool is_given(const struct completion *c, const char *text)
{
	for (size_t i = 0; i < c->given_count; i++)
		if (text_equal(c->given[i], text))
			return true;
	return false;
}

static const struct option_row *find_option(const char *word)
{
	for (const struct option_row *row = option_rows; row->name; row++)
		if ((row->has_short && word[0] == '-' && word[1] == row->letter && !word[2]) ||
		    (text_starts_with(word, "--") && text_equal(word + 2, row->name)))
			return row;
	return NULL;
}

static bool is_option_given(const struct completion *c, const struct option_row *row)
{
	for (size_t i = 0; i < c->given_count; i++)
		if (find_option(c->given[i]) == row)
			return true;
	return false;
}

static void offer_options(const struct completion *c, const struct verb *verb)
{
	for (const struct option_row *row = option_rows; row->name; row++) {
		cleanup_free char *name = xasprintf("--%s", row->name);
		const char letter[] = { '-', row->letter, '\0' };

		if (!option_fits(verb, row) || is_option_given(c, row))
			continue;
		offer(c, "", name);
		if (row->has_short && !text_starts_with(c->word, "--"))
			offer(c, "", letter);
	}
}

/* ---- what stands in the place of a word in capitals */

static void offer_verbs(const struct completion *c)
{
	for (const struct verb *verb = verbs; verb->name; verb++)
		if (*verb->summary)
			offer(c, "", verb->name);
}

/* Whether it stands in the list with commas at the start of the word. */
static bool is_in_word(const struct completion *c, const char *name, size_t end)
{
	size_t size = strlen(name);

	for (size_t i = 0; i < end; i += strcspn(c->word + i, ",") + 1)
		if (strcspn(c->word + i, ",") == size && strncmp(c->word + i, name, size) == 0)
			return true;
	return false;
}

static int offer_network(const char *path, void *data)
{
	const struct completion *c = data;
	cleanup_list struct network_list list = { 0 };
	cleanup_error struct cni_error err = { 0 };
	const char *comma = c->takes_lists ? strrchr(c->word, ',') : NULL;
	size_t end = comma ? (size_t)(comma - c->word) + 1 : 0;
	cleanup_free char *before = xstrndup(c->word, end);

	if (load_file(path, &list, &err) < 0)
		return 0; /* no name to offer */
	if (!is_given(c, list.name) && !is_in_word(c, list.name, end))
		offer(c, before, list.name);
	return 0;
}

static void offer_networks(struct completion *c, bool takes_lists)
{
	cleanup_error struct cni_error err = { 0 };

	c->takes_lists = takes_lists;
	ignore(load_each_file(c->tool->folder, offer_network, c, &err)); /* none, then */
}

static void offer_spaces(const struct completion *c, const char *before)
{
	DIR *folder = opendir(SPACES_FOLDER);
	const struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		cleanup_free char *whole = xasprintf("%s%s", before, entry->d_name);

		if (*entry->d_name != '.' && !is_given(c, whole))
			offer(c, before, entry->d_name);
	}
	if (folder)
		closedir(folder);
}

static void offer_plugins(const struct completion *c)
{
	for (size_t i = 0; i < key_place_count; i++)
		if ((i == 0 || !text_equal(key_places[i].type, key_places[i - 1].type)) &&
		    *key_places[i].type && !is_given(c, key_places[i].type))
			offer(c, "", key_places[i].type);
}

static void offer_for(struct completion *c, const struct verb *verb, const char *what)
{
	if (text_starts_with(what, "NETWORK"))
		offer_networks(c, text_starts_with(what, "NETWORK[,"));
	else if (text_starts_with(what, "NETNS"))
		offer_spaces(c, SPACES_FOLDER "/");
	else if (text_starts_with(what, "NAME...") && verb->run == verb_install)
		offer_plugins(c);
	else if (text_starts_with(what, "NAME"))
		offer_spaces(c, "");
	else if (text_starts_with(what, "VERB"))
		offer_verbs(c);
	else if (text_starts_with(what, "COMMAND"))
		text_add(&c->tool->out, ":command\n");
}

static void offer_value(const struct completion *c, const struct option_row *row)
{
	if (text_equal(row->name, "netns"))
		offer_spaces(c, SPACES_FOLDER "/");
	else if (text_equal(row->argument, "DIR"))
		text_add(&c->tool->out, ":folder\n");
	else if (text_equal(row->argument, "FILE"))
		text_add(&c->tool->out, ":file\n");
}

/* The n-th word of "NETWORK [--] [COMMAND...]"; the last one that goes on stands for all further.
 */
static const char *argument_at(const struct verb *verb, size_t n)
{
	const char *word = verb->arguments, *repeated = "";

	for (size_t i = 0; *word; word += strcspn(word, " "), word += *word == ' ') {
		size_t size = strcspn(word, " ");

		if (strncmp(word, "[--]", size) == 0)
			continue;
		word += *word == '[';
		if (i++ == n)
			return word;
		if (strstr(word, "...") && !strchr(word, ' '))
			repeated = word;
	}
	return repeated;
}

/* ---- the line */

/* The option whose value the word is, if it is one. */
static const struct option_row *read_given(struct completion *c, const struct verb *verb)
{
	const struct option_row *awaits = NULL;
	bool is_over = false; /* no options any more */

	for (size_t i = 0; i < c->given_count; i++) {
		const char *word = c->given[i];

		if (awaits) {
			awaits = NULL;
			continue;
		}
		if (text_equal(word, "--")) {
			is_over = true;
			continue;
		}
		if (*word != '-' || is_over) {
			is_over = is_over || verb->takes_command;
			c->names++;
			continue;
		}
		awaits = find_option(word);
		if (awaits && !awaits->argument)
			awaits = NULL;
	}
	return awaits;
}

static bool has_command(const struct completion *c, const struct verb *verb)
{
	return verb->takes_command && c->names > 0;
}

int verb_complete(struct tool *tool, struct cni_error *err)
{
	size_t count = (size_t)tool->argument_count;
	struct completion c = { .tool = tool, .word = count ? tool->arguments[count - 1] : "" };
	const struct option_row *awaits;
	const struct verb *verb;

	(void)err; /* who has nothing to offer fails in nothing */
	if (count < 2) {
		offer_verbs(&c);
		return 0;
	}
	verb = verb_find(tool->arguments[0]);
	if (!verb)
		return 0;
	c.given = tool->arguments + 1;
	c.given_count = count - 2;
	awaits = read_given(&c, verb);
	if (awaits)
		offer_value(&c, awaits);
	else if (*c.word == '-' && !has_command(&c, verb))
		offer_options(&c, verb);
	else
		offer_for(&c, verb, argument_at(verb, c.names));
	return 0;
}
