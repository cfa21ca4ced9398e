/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The DNS of results, for who looks up names inside. */
#include "base/alloc.h"
#include "inside.h"
#include "target.h"
#include "types/result.h"

/* A result is anybody's word: what does not fit into a line of words is left out. */
static bool is_word(const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return false;
	return *text;
}

static void add_words(struct text *out, const char *key, const struct strings *words)
{
	const char *between = key;

	for (size_t i = 0; i < words->count; i++) {
		if (!is_word(words->items[i]))
			continue;
		text_addf(out, "%s %s", between, words->items[i]);
		between = "";
	}
	if (!*between)
		text_add(out, "\n");
}

static char *print_dns(const struct dns *dns)
{
	cleanup_text struct text out = { 0 };

	for (size_t i = 0; i < dns->nameservers.count; i++)
		if (is_word(dns->nameservers.items[i]))
			text_addf(&out, "nameserver %s\n", dns->nameservers.items[i]);
	if (dns->domain && is_word(dns->domain))
		text_addf(&out, "domain %s\n", dns->domain);
	add_words(&out, "search", &dns->search);
	add_words(&out, "options", &dns->options);
	return steal(&out.s);
}

/* NULL when the result says nothing. */
static char *read_dns(const struct cached *cached)
{
	cleanup_result struct result result = { 0 };
	cleanup_error struct cni_error ignored = { 0 };

	if (!cached->result || cached_result(cached, &result, &ignored) < 0)
		return NULL;
	return print_dns(&result.dns);
}

/* Of several attachments that have something to say the one of the first interface counts. */
char *inside_resolv_conf(const struct tool *tool, const char *netns)
{
	cleanup_cache_list struct cache_list cache = { 0 };
	cleanup_error struct cni_error ignored = { 0 };
	const char *ifname = NULL;
	char *found = NULL;

	if (cache_list(tool->runtime.cache, NULL, &cache, &ignored) < 0)
		return NULL;
	for (size_t i = 0; i < cache.count; i++) {
		const struct cached *cached = &cache.items[i];
		char *text;

		if (!path_is_same_place(cached_netns(cached), netns) ||
		    (found && strcmp(cached->ifname, ifname) >= 0))
			continue;
		text = read_dns(cached);
		if (!text)
			continue;
		free(found);
		found = text;
		ifname = cached->ifname;
	}
	return found;
}
