/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which attachments of the cache GC deletes, with plugins that only say how they end. */
#include <stdio.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "runtime/runtime.h"
#include "unit.h"

#define LIST "{\"cniVersion\":\"1.1.0\",\"name\":\"net\",\"plugins\":[{\"type\":\"%s\"}]%s}"

struct world {
	char *folder;
	sigset_t mask;
	struct runtime runtime;
	struct network_list list;
};

static void make_plugin(const struct world *world, const char *name, const char *body)
{
	cleanup_free char *path = xasprintf("%s/%s", world->folder, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fprintf(file, "#!/bin/sh\n%s\n", body) > 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0755), 0);
}

static void attach(const struct world *world, const char *id)
{
	const struct text config = { .s = (char *)"{}", .len = 2 };
	const struct container container = { .id = id, .netns = "", .ifname = "eth0" };
	cleanup_error struct cni_error err = { 0 };

	assert_int_equal(cache_write(world->runtime.cache,
				     &(struct cache_entry){
					     .network = "net",
					     .container = &container,
					     .config = &config,
					     .result = "{\"cniVersion\":\"1.1.0\"}" },
				     &err),
			 0);
}

static bool is_attached(const struct world *world, const char *id)
{
	const struct container container = { .id = id, .netns = "", .ifname = "eth0" };

	return cache_has(world->runtime.cache, "net", &container);
}

static void open_world(struct world *world, const char *plugin, const char *more)
{
	cleanup_free char *text = xasprintf(LIST, plugin, more);
	cleanup_error struct cni_error err = { 0 };
	char folder[] = "/tmp/unit-gc.XXXXXX";

	assert_non_null(mkdtemp(folder));
	*world = (struct world){ .folder = xstrdup(folder) };
	world->runtime = (struct runtime){
		.path = world->folder,
		.cache = world->folder,
		.signal_mask = &world->mask,
	};
	(void)sigemptyset(&world->mask);
	make_plugin(world, "good", "cat >/dev/null");
	make_plugin(world, "bad", "cat >/dev/null; echo '{\"code\":99,\"msg\":\"bad\"}'; exit 1");
	assert_int_equal(list_parse(text, strlen(text), &world->list, &err), 0);
	attach(world, "a");
	attach(world, "b");
}

static void close_world(struct world *world)
{
	static const char *const files[] = { "good", "bad", "results/net-a-eth0",
					     "results/net-b-eth0", "results" };

	for (size_t i = 0; i < array_size(files); i++) {
		cleanup_free char *path = xasprintf("%s/%s", world->folder, files[i]);

		(void)remove(path); /* GC may have done so */
	}
	assert_int_equal(remove(world->folder), 0);
	list_release(&world->list);
	free(world->folder);
}

#define cleanup_world cleanup_with(close_world)

static void valid_attachments_stay(void **state)
{
	cleanup_json cJSON *list = parse_json("[{\"containerID\":\"a\",\"ifname\":\"eth0\"},"
					      "{\"containerID\":\"b\",\"ifname\":\"eth1\"},7]");
	cleanup_world struct world world = { 0 };
	cleanup_error struct cni_error err = { 0 };
	const struct valid valid = { .is_known = true, .list = list };

	(void)state;
	open_world(&world, "good", "");
	assert_int_equal(runtime_gc(&world.runtime, &world.list, &valid, &err), 0);
	assert_true(is_attached(&world, "a"));
	assert_false(is_attached(&world, "b"));
}

static void without_a_list_all_go(void **state)
{
	const struct valid unknown = { .is_known = false };
	cleanup_world struct world world = { 0 };
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	open_world(&world, "good", "");
	assert_int_equal(runtime_gc(&world.runtime, &world.list, &unknown, &err), 0);
	assert_false(is_attached(&world, "a"));
	assert_false(is_attached(&world, "b"));
}

static void failures_are_told_together(void **state)
{
	const struct valid none = { .is_known = true };
	cleanup_world struct world world = { 0 };
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	open_world(&world, "bad", "");
	assert_true(runtime_gc(&world.runtime, &world.list, &none, &err) < 0);
	assert_true(text_starts_with(err.msg, "failed to delete stale attachment a eth0: "));
	assert_non_null(strstr(err.details, "failed to delete stale attachment b eth0: "));
	assert_non_null(strstr(err.details, "failed to GC plugin bad: "));
	assert_true(is_attached(&world, "a"));
}

static void a_list_may_forbid_it(void **state)
{
	const struct valid none = { .is_known = true };
	cleanup_world struct world world = { 0 };
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	open_world(&world, "good", ",\"disableGC\":true");
	assert_int_equal(runtime_gc(&world.runtime, &world.list, &none, &err), 0);
	assert_true(is_attached(&world, "b"));
}

static void an_unreadable_cache_is_told_and_plugins_are_asked(void **state)
{
	const struct valid none = { .is_known = true };
	cleanup_world struct world world = { 0 };
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	open_world(&world, "bad", "");
	world.runtime.cache = "/dev/null";
	assert_true(runtime_gc(&world.runtime, &world.list, &none, &err) < 0);
	assert_string_equal(err.msg,
			    "failed to read cached results: /dev/null/results: not a directory");
	assert_non_null(strstr(err.details, "failed to GC plugin bad: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_attachments_stay),
		cmocka_unit_test(without_a_list_all_go),
		cmocka_unit_test(failures_are_told_together),
		cmocka_unit_test(a_list_may_forbid_it),
		cmocka_unit_test(an_unreadable_cache_is_told_and_plugins_are_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
