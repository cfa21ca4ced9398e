/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of resolv.conf that a result has room for. */
#include "resolv.h"

#include <fcntl.h>

#include "base/alloc.h"
#include "base/file.h"

#define BLANKS " \t\r\v\f"

static void add_all(struct strings *strings, char **rest)
{
	const char *word;

	while ((word = strtok_r(NULL, BLANKS, rest)))
		strings_add(strings, word);
}

static void parse_line(char *line, struct dns *dns)
{
	char *rest = NULL;
	const char *key = strtok_r(line, BLANKS, &rest);
	const char *word;

	if (!key || *key == '#' || *key == ';')
		return;
	if (text_equal(key, "search")) {
		add_all(&dns->search, &rest);
		return;
	}
	if (text_equal(key, "options")) {
		add_all(&dns->options, &rest);
		return;
	}
	word = strtok_r(NULL, BLANKS, &rest);
	if (!word)
		return;
	if (text_equal(key, "nameserver")) {
		strings_add(&dns->nameservers, word);
	} else if (text_equal(key, "domain")) {
		free(dns->domain);
		dns->domain = xstrdup(word);
	}
}

void resolv_parse(const struct text *text, struct dns *dns)
{
	cleanup_free char *copy = xstrndup(text->s ? text->s : "", text->len);
	char *rest = NULL;

	for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		parse_line(line, dns);
}

int resolv_read(const char *path, struct dns *dns)
{
	cleanup_text struct text text = { 0 };
	int r = file_read_at(AT_FDCWD, path, &text);

	if (r == 0)
		resolv_parse(&text, dns);
	return r;
}
