/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the Go plugins left in nftables of attachments that neither cache nor runtime knows. */
#include "base/alloc.h"
#include "exam.h"
#include "nft/leftovers.h"

static void take_leftover(const char *what, const char *command, void *data)
{
	struct patient *patient = data;

	findings_add(patient->findings, REFERENCE_RULES, xstrdup(command), "%s", what);
}

void exam_reference(struct patient *patient)
{
	const struct cache_list *cache = &patient->picture->cache;
	cleanup_free struct attachment *known = xcalloc(cache->count + patient->work->count + 1,
							sizeof(*known));
	size_t count = 0;

	for (size_t i = 0; i < cache->count; i++)
		known[count++] = (struct attachment){ .network = cache->items[i].network,
						      .container_id = cache->items[i].container_id,
						      .ifname = cache->items[i].ifname };
	/* in most of their names there is no interface */
	for (size_t i = 0; i < patient->work->count; i++)
		known[count++] = (struct attachment){ .network = patient->list->name,
						      .container_id = patient->work->ids[i],
						      .ifname = "" };
	/* what cannot be read is not blamed */
	ignore(reference_leftovers(&patient->nft, known, count, take_leftover, patient));
}
