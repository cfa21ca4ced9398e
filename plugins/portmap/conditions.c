/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows the words of nft and iptables that select connections by address, interface and mark. */
#include "conditions.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/sha512.h"
#include "base/text.h"

/* The words, one by one. */
struct reader {
	const char *key;
	int family;
	char **words;
	size_t count, at;
	struct conditions *into;
	unsigned lists;
	struct cni_error *err;
};

static void reader_release(struct reader *reader)
{
	for (size_t i = 0; i < reader->count; i++)
		free(reader->words[i]);
	free(reader->words);
}

enum conditions_syntax conditions_syntax(const cJSON *words)
{
	const cJSON *first = words ? words->child : NULL;

	if (!first || !cJSON_IsString(first) || !*first->valuestring)
		return SYNTAX_NONE;
	return strchr("-!", first->valuestring[0]) ? SYNTAX_IPTABLES : SYNTAX_NFTABLES;
}

static void add_word(struct reader *reader, const char *word, size_t size)
{
	reader->words = xgrow(reader->words, reader->count, sizeof(*reader->words));
	reader->words[reader->count++] = xstrndup(word, size);
}

/* Commas and braces are words of their own, blanks and quotes only separate. */
static void split(struct reader *reader, const char *text)
{
	while (*text) {
		size_t size = strcspn(text, " \t\n\"{},");

		if (size > 0)
			add_word(reader, text, size);
		text += size;
		if (*text && strchr("{},", *text))
			add_word(reader, text, 1);
		if (*text)
			text++;
	}
}

/* "" behind the last one. */
static const char *peek(const struct reader *reader)
{
	return reader->at < reader->count ? reader->words[reader->at] : "";
}

static bool take(struct reader *reader, const char *word)
{
	if (!text_equal(peek(reader), word))
		return false;
	reader->at++;
	return true;
}

static int fail_word(const struct reader *reader, const char *what)
{
	const char *word = peek(reader);
	int r;

	if (*word)
		r = cni_fail(reader->err, CNI_ERR_CONFIG, 0, "%s: word \"%s\" %s", reader->key,
			     word, what);
	else
		r = cni_fail(reader->err, CNI_ERR_CONFIG, 0, "%s: a word is missing at the end",
			     reader->key);
	cni_error_details(
		reader->err,
		"understood are source and destination addresses, interface names and packet marks, with lists and negation, as nft or iptables write them; hostIP selects one address of the host");
	return r;
}

static int read_name(const struct reader *reader, const char *word, char wildcard,
		     struct condition *into)
{
	size_t size = strlen(word);

	into->is_beginning = size > 1 && word[size - 1] == wildcard;
	if (into->is_beginning)
		size--;
	if (size >= sizeof(into->name) || strchr("-!@/", word[0]))
		return fail_word(reader, "is no interface name");
	memcpy(into->name, word, size);
	return 0;
}

/* An address alone stands for its /32 or /128. */
static int read_prefix(const struct reader *reader, const char *word, struct condition *into)
{
	struct addr addr;

	if (addr_parse(word, &addr) == 0)
		into->prefix = prefix_host(&addr);
	else if (prefix_parse(word, &into->prefix) < 0)
		return fail_word(reader, "is no address");
	if (into->prefix.addr.family != reader->family)
		return fail_word(reader, "is an address of the other family");
	into->prefix = prefix_network(&into->prefix);
	return 0;
}

static int read_number(const struct reader *reader, const char *word, uint32_t *ret)
{
	char *end = NULL;
	unsigned long number;

	errno = 0;
	number = strtoul(word, &end, 0);
	if (!*word || *end || errno || number > UINT32_MAX || !strchr("0123456789", word[0]))
		return fail_word(reader, "is no mark");
	*ret = (uint32_t)number;
	return 0;
}

/* iptables writes value/mask. */
static int read_mark(const struct reader *reader, const char *word, struct condition *into)
{
	const char *slash = strchr(word, '/');
	cleanup_free char *value = xstrndup(word, slash ? (size_t)(slash - word) : strlen(word));
	int r = read_number(reader, value, &into->mark)
			?: (slash ? read_number(reader, slash + 1, &into->mask) : 0);

	into->mark &= into->mask;
	return r;
}

/* One value of the list that `like` begins; the wildcard is the one of the syntax. */
static int read_value(struct reader *reader, const struct condition *like, char wildcard)
{
	struct conditions *into = reader->into;
	struct condition item = *like;
	const char *word = peek(reader);
	int r;

	if (into->count == CONDITIONS_MAX)
		return cni_fail(reader->err, CNI_ERR_CONFIG, 0, "%s: more than %d values",
				reader->key, CONDITIONS_MAX);
	if (!*word || strchr("{},", word[0]))
		return fail_word(reader, "is no value");
	if (item.field == CONDITION_MARK)
		r = read_mark(reader, word, &item);
	else if (item.field == CONDITION_SADDR || item.field == CONDITION_DADDR)
		r = read_prefix(reader, word, &item);
	else
		r = read_name(reader, word, wildcard, &item);
	if (r < 0)
		return r;
	into->items[into->count++] = item;
	reader->at++;
	return 0;
}

static int read_list(struct reader *reader, struct condition like, char wildcard)
{
	int r;

	like.list = reader->lists++;
	do {
		r = read_value(reader, &like, wildcard);
	} while (r == 0 && take(reader, ","));
	return r;
}

/* [meta] <field> [and <mask>] [==|!=] <value> | { <value>, … } */
static int read_nft(struct reader *reader)
{
	static const struct {
		const char *word;
		enum condition_field field;
	} fields[] = {
		{ "saddr", CONDITION_SADDR },	  { "daddr", CONDITION_DADDR },
		{ "iifname", CONDITION_IIFNAME }, { "oifname", CONDITION_OIFNAME },
		{ "mark", CONDITION_MARK },
	};
	struct condition like = { .mask = UINT32_MAX };
	bool is_address = take(reader, reader->family == AF_INET6 ? "ip6" : "ip");
	size_t i = 0;
	int r = 0;

	if (!is_address)
		(void)take(reader, "meta"); /* may be left out */
	while (i < array_size(fields) && !text_equal(peek(reader), fields[i].word))
		i++;
	if (i == array_size(fields) || is_address != (fields[i].field <= CONDITION_DADDR))
		return fail_word(reader, "is not understood");
	reader->at++;
	like.field = fields[i].field;
	if (like.field == CONDITION_MARK && (take(reader, "and") || take(reader, "&"))) {
		r = read_number(reader, peek(reader), &like.mask);
		reader->at++;
	}
	like.negated = take(reader, "!=");
	if (!like.negated)
		(void)take(reader, "=="); /* may be left out */
	if (r < 0 || !take(reader, "{"))
		return r < 0 ? r : read_list(reader, like, '*');
	return read_list(reader, like, '*')
		       ?: (!take(reader, "}")
				   ? fail_word(reader, "stands where the list should end")
				   : 0);
}

/* [!] -d <value>,… */
static int read_iptables(struct reader *reader)
{
	static const struct {
		const char *word;
		enum condition_field field;
	} options[] = {
		{ "-s", CONDITION_SADDR },
		{ "--source", CONDITION_SADDR },
		{ "--src", CONDITION_SADDR },
		{ "-d", CONDITION_DADDR },
		{ "--destination", CONDITION_DADDR },
		{ "--dst", CONDITION_DADDR },
		{ "-i", CONDITION_IIFNAME },
		{ "--in-interface", CONDITION_IIFNAME },
		{ "-o", CONDITION_OIFNAME },
		{ "--out-interface", CONDITION_OIFNAME },
		{ "--mark", CONDITION_MARK },
	};
	struct condition like = { .mask = UINT32_MAX };

	if (take(reader, "-m") || take(reader, "--match")) {
		if (!take(reader, "mark"))
			return fail_word(reader, "is not understood");
		return 0;
	}
	like.negated = take(reader, "!");
	for (size_t i = 0; i < array_size(options); i++) {
		if (take(reader, options[i].word)) {
			like.field = options[i].field;
			return read_list(reader, like, '+');
		}
	}
	return fail_word(reader, "is not understood");
}

/* The same conditions have the same hash, however they were written. */
static void hash_conditions(struct conditions *conditions, int family)
{
	cleanup_text struct text text = { 0 };
	uint8_t digest[SHA512_SIZE];

	text_addf(&text, "%d", family);
	for (size_t i = 0; i < conditions->count; i++) {
		const struct condition *item = &conditions->items[i];
		char prefix[PREFIX_TEXT];

		text_addf(&text, "\n%d %d %u %s %s%s %u %u", item->field, item->negated, item->list,
			  prefix_print(&item->prefix, prefix), item->name,
			  item->is_beginning ? "*" : "", item->mark, item->mask);
	}
	sha512(text.s, text.len, digest);
	memcpy(conditions->hash, digest, CONDITIONS_HASH);
}

int conditions_read(const cJSON *words, const char *key, int family, struct conditions *ret,
		    struct cni_error *err)
{
	cleanup_with(reader_release) struct reader reader = {
		.key = key,
		.family = family,
		.into = ret,
		.err = err,
	};
	enum conditions_syntax syntax = conditions_syntax(words);
	const cJSON *word;
	int r = 0;

	*ret = (struct conditions){ 0 };
	cJSON_ArrayForEach(word, words)
		split(&reader, cJSON_IsString(word) ? word->valuestring : "");
	while (r == 0 && reader.at < reader.count)
		r = syntax == SYNTAX_IPTABLES ? read_iptables(&reader) : read_nft(&reader);
	if (r == 0 && ret->count > 0)
		hash_conditions(ret, family);
	return r;
}
