/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dns object of results and configurations, and lists of strings. */
#include "base/alloc.h"
#include "types/conf.h"
#include "types/result.h"

struct dns_keys {
	const cJSON *nameservers, *search, *options;
	const char *domain;
};

static const struct conf_key dns_keys[] = {
	CONF_STRINGS(struct dns_keys, nameservers, "nameservers"),
	CONF_STRING(struct dns_keys, domain, "domain", NULL),
	CONF_STRINGS(struct dns_keys, search, "search"),
	CONF_STRINGS(struct dns_keys, options, "options"),
};

void strings_add(struct strings *strings, const char *s)
{
	strings->items = xgrow(strings->items, strings->count, sizeof(*strings->items));
	strings->items[strings->count++] = xstrdup(s);
}

static void strings_release(struct strings *strings)
{
	for (size_t i = 0; i < strings->count; i++)
		free(strings->items[i]);
	free(strings->items);
}

static void add_all(struct strings *strings, const cJSON *list)
{
	for (const cJSON *item = list ? list->child : NULL; item; item = item->next)
		strings_add(strings, cJSON_IsString(item) ? item->valuestring : "");
}

int dns_parse(const cJSON *object, const char *where, struct dns *ret, struct cni_error *err)
{
	struct dns dns = { 0 };
	struct dns_keys read;
	int r;

	r = conf_read(object, dns_keys, array_size(dns_keys), where, &read, err);
	if (r < 0)
		return r;
	add_all(&dns.nameservers, read.nameservers);
	add_all(&dns.search, read.search);
	add_all(&dns.options, read.options);
	if (!text_is_empty(read.domain))
		dns.domain = xstrdup(read.domain);
	*ret = dns;
	return 0;
}

void dns_release(struct dns *dns)
{
	strings_release(&dns->nameservers);
	strings_release(&dns->search);
	strings_release(&dns->options);
	free(dns->domain);
	*dns = (struct dns){ 0 };
}
