/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../../ipam/host-local/resolv.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/file.h"
#include "unit.h"

static void parse(const char *content, struct dns *dns)
{
	cleanup_text struct text text = { 0 };

	*dns = (struct dns){ 0 };
	text_add(&text, content);
	resolv_parse(&text, dns);
}

/* "n1,n2 d s1,s2 o1": one word per member, "-" for nothing. */
static void print(const struct dns *dns, struct text *out)
{
	const struct strings *const lists[] = { &dns->nameservers, &dns->search, &dns->options };

	for (size_t i = 0; i < array_size(lists); i++) {
		for (size_t j = 0; j < lists[i]->count; j++)
			text_addf(out, "%s%s", j ? "," : "", lists[i]->items[j]);
		text_add(out, lists[i]->count ? " " : "- ");
	}
	text_add(out, dns->domain ? dns->domain : "-");
}

static void every_line_says_one_thing(void **state)
{
	static const struct {
		const char *content, *expected; /* nameservers search options domain */
	} rows[] = {
		{ "", "- - - -" },
		{ "nameserver 192.0.2.0\nnameserver 192.0.2.1\n", "192.0.2.0,192.0.2.1 - - -" },
		{ "nameserver 192.0.2.1 # not this\n", "192.0.2.1 - - -" },
		{ "# nameserver 192.0.2.0\n;nameserver 192.0.2.1\n  # x\n", "- - - -" },
		{ "domain example.com\n", "- - - example.com" },
		{ "domain a\ndomain b c\n", "- - - b" },
		{ "search a b\nsearch c\n", "- a,b,c - -" },
		{ "options four\noptions five six\n", "- - four,five,six -" },
		{ "nameserver\nsearch\noptions\ndomain\n", "- - - -" },
		{ "\t nameserver\t192.0.2.1 \r\n", "192.0.2.1 - - -" },
		{ "nameserver 2001:db8::1", "2001:db8::1 - - -" },
		{ "sortlist 1.2.3.4\nNAMESERVER 1.1.1.1\n", "- - - -" },
		{ "nameserver 192.0.2.0\nsearch example.net example.org\n"
		  "nameserver 192.0.2.2\noptions four\noptions five\ndomain example.net\n",
		  "192.0.2.0,192.0.2.2 example.net,example.org four,five example.net" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_text struct text printed = { 0 };
		cleanup_with(dns_release) struct dns dns;

		parse(rows[i].content, &dns);
		print(&dns, &printed);
		assert_string_equal(printed.s, rows[i].expected);
	}
}

static void only_regular_files_are_read(void **state)
{
	char folder[] = "/tmp/resolv.XXXXXX", path[64];
	cleanup_with(dns_release) struct dns dns = { 0 };

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(resolv_read(folder, &dns), -EISDIR);
	(void)snprintf(path, sizeof(path), "%s/fifo", folder);
	assert_int_equal(resolv_read(path, &dns), -ENOENT);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(resolv_read(path, &dns), -EINVAL);
	assert_int_equal(resolv_read("/dev/zero", &dns), -EINVAL);
	assert_int_equal(resolv_read("/proc/self/pagemap", &dns), -EFBIG); /* half a terabyte */
	(void)unlink(path);
	(void)rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_line_says_one_thing),
		cmocka_unit_test(only_regular_files_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
