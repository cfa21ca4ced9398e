/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The judgement over a storm, from what was noted while it raged; part of storm.c. */
#pragma once

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

enum { HOLDS = 1 << 21 };

/* One ADD that succeeded. */
struct hold {
	uint32_t worker, turn;
	uint32_t address; /* host byte order */
	bool by_reference, is_removed;
	int64_t from, to; /* nanoseconds */
};

struct shared {
	_Atomic uint32_t holds, full, later, removed, wrong;
	struct hold items[HOLDS];
};

struct storm {
	const char *plugins[2]; /* ours, the reference */
	const char *configuration, *leases, *graveyard;
	int processes, seconds;
	int64_t end;
	struct shared *shared;
};

__attribute__((format(printf, 2, 3))) static void complain(const struct storm *storm,
							   const char *format, ...)
{
	va_list arguments;

	atomic_fetch_add(&storm->shared->wrong, 1);
	va_start(arguments, format);
	(void)vdprintf(STDERR_FILENO, format, arguments); /* the count tells too */
	va_end(arguments);
}

static _Noreturn void give_up(const char *what)
{
	perror(what);
	exit(2);
}

static const char *print_address(uint32_t address, char *buffer)
{
	const struct in_addr in = { .s_addr = htonl(address) };

	return inet_ntop(AF_INET, &in, buffer, INET_ADDRSTRLEN);
}

static bool is_lease(const char *name)
{
	struct in_addr address;

	return inet_pton(AF_INET, name, &address) == 1;
}

static struct hold *find_hold(const struct storm *storm, uint32_t worker, uint32_t turn)
{
	struct shared *shared = storm->shared;

	for (uint32_t i = 0; i < shared->holds; i++)
		if (shared->items[i].worker == worker && shared->items[i].turn == turn)
			return &shared->items[i];
	return NULL;
}

/* The attachment whose lease it was had its address at most until then. */
static void excuse(const struct storm *storm, const char *name)
{
	long long when = strtoll(name, NULL, 10);
	char path[PATH_MAX], text[128] = "";
	cleanup_close int fd = -1;
	uint32_t worker, turn;
	struct hold *hold;

	(void)snprintf(path, sizeof(path), "%s/%s", storm->graveyard, name); /* cut off: no file */
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		give_up(path);
	if (sscanf(text, "w%u-%u\r\neth0", &worker, &turn) != 2) {
		complain(storm, "a lease that says %s\n", text);
		return;
	}
	hold = find_hold(storm, worker, turn);
	if (!hold)
		return; /* its ADD failed */
	hold->is_removed = true;
	if (when < hold->to)
		hold->to = when;
}

static void excuse_all(const struct storm *storm)
{
	DIR *dir = opendir(storm->graveyard);
	const struct dirent *entry;

	if (!dir)
		give_up(storm->graveyard);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			excuse(storm, entry->d_name);
	(void)closedir(dir); /* only read */
}

static int compare(const void *left, const void *right)
{
	const struct hold *a = left, *b = right;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	return (a->from > b->from) - (a->from < b->from);
}

/* A lease can be taken away before the answer comes: then nobody had the address. */
static bool is_void(const struct hold *hold)
{
	return hold->to <= hold->from;
}

/* Sorted, an owner that had the address too long meets one of those behind it. */
static void judge(const struct storm *storm)
{
	struct shared *shared = storm->shared;
	const struct hold *longest = NULL;
	char address[INET_ADDRSTRLEN];

	qsort(shared->items, shared->holds, sizeof(struct hold), compare);
	for (const struct hold *hold = shared->items; hold < shared->items + shared->holds;
	     hold++) {
		bool is_same = longest && hold->address == longest->address;

		if (is_void(hold))
			continue;
		if (is_same && hold->from < longest->to)
			complain(storm, "%s was w%u-%u's and w%u-%u's for %lld us\n",
				 print_address(hold->address, address), longest->worker,
				 longest->turn, hold->worker, hold->turn,
				 (long long)(longest->to - hold->from) / 1000);
		if (!is_same || hold->to > longest->to)
			longest = hold;
	}
}

static uint32_t count_leases(const struct storm *storm, bool complaining)
{
	DIR *dir = opendir(storm->leases);
	const struct dirent *entry;
	uint32_t count = 0;

	if (!dir)
		give_up(storm->leases);
	while ((entry = readdir(dir))) {
		if (!is_lease(entry->d_name))
			continue;
		count++;
		if (complaining)
			complain(storm, "%s was left behind\n", entry->d_name);
	}
	(void)closedir(dir); /* only read */
	return count;
}

static uint32_t count_holds(const struct shared *shared, bool by_reference, bool is_removed)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < shared->holds; i++)
		count += (shared->items[i].by_reference || !by_reference) &&
			 (shared->items[i].is_removed || !is_removed);
	return count;
}
