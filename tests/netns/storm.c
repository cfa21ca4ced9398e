/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many processes that ADD and DEL on one lease directory at once, beside one that takes lease files
 * away, and the judgement over what they were answered.
 *
 *	storm OURS REFERENCE PROCESSES SECONDS CONFIGURATION LEASES GRAVEYARD
 *
 * OURS and REFERENCE are host-local plugins that take turns, CONFIGURATION is a file with what they
 * read, LEASES the directory that they use, GRAVEYARD a folder of the same file system for the
 * files that are taken away.
 *
 * An attachment has its address from the answer of its ADD to the start of its DEL, or until its
 * lease was taken away. Its id is used only once, so a file that was taken away tells whose it was.
 * No address may have two owners at any time, every DEL must succeed, and no lease may be left
 * behind. Then the whole range is handed out and given back. The last line says what happened;
 * whatever was wrong is told on stderr, and the exit status is 1.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/netns/storm_judge.h"

enum {
	ANSWER = 8192,
	DEL_TRIES = 50,
	HOLD_US = 50000,   /* an attachment lives up to so long */
	REMOVE_US = 10000, /* and so often a lease is taken away */
	REFERENCE_SHARE = 4,
	RANGE_MAX = 4096,
};

static int64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- one command */

static void read_all(int fd, char *answer)
{
	size_t size = 0;
	ssize_t got;

	while (size < ANSWER - 1 && (got = read(fd, answer + size, ANSWER - 1 - size)) > 0)
		size += (size_t)got;
	answer[size] = '\0';
}

static pid_t start(const char *plugin, char *const environment[], int input, int output)
{
	char *const argv[] = { (char *)plugin, NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid;

	if (posix_spawn_file_actions_init(&actions) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO) != 0 ||
	    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) !=
		    0)
		give_up("posix_spawn_file_actions");
	errno = posix_spawn(&pid, plugin, &actions, NULL, argv, environment);
	if (errno)
		give_up(plugin);
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

/* The wait status; what it printed is in `answer`. */
static int run(const struct storm *storm, const char *plugin, const char *verb, const char *id,
	       char *answer)
{
	cleanup_close int input = open(storm->configuration, O_RDONLY | O_CLOEXEC);
	cleanup_close int reader = -1;
	char command[32], container[64];
	char *const environment[] = {
		command,	   container,	     "CNI_NETNS=/proc/1/ns/net",
		"CNI_IFNAME=eth0", "CNI_PATH=/none", NULL
	};
	int ends[2];
	int status;
	pid_t pid;

	(void)snprintf(command, sizeof(command), "CNI_COMMAND=%s", verb);	/* fits */
	(void)snprintf(container, sizeof(container), "CNI_CONTAINERID=%s", id); /* likewise */
	if (input < 0 || pipe2(ends, O_CLOEXEC) < 0)
		give_up("cannot start a plugin");
	reader = ends[0];
	pid = start(plugin, environment, input, ends[1]);
	(void)close(ends[1]); /* the plugin's now */
	read_all(reader, answer);
	if (waitpid(pid, &status, 0) != pid)
		give_up("waitpid");
	return status;
}

static uint32_t address_of(const char *answer)
{
	static const char key[] = "\"address\": \"";
	const char *begin = strstr(answer, key);
	char text[INET_ADDRSTRLEN] = "";
	struct in_addr address;
	const char *end;

	begin = begin ? begin + strlen(key) : NULL;
	end = begin ? strchr(begin, '/') : NULL;
	if (!end || (size_t)(end - begin) >= sizeof(text))
		return 0;
	memcpy(text, begin, (size_t)(end - begin));
	return inet_pton(AF_INET, text, &address) == 1 ? ntohl(address.s_addr) : 0;
}

/*
 * Whoever changes the directory without its lock may be in the way of a command: it says so, and is
 * repeated.
 */
static bool is_later(const char *answer)
{
	return strstr(answer, "\"code\": 11,") != NULL;
}

/* ---- the workers */

/* The address, 0 when there was none. */
static uint32_t add(const struct storm *storm, const char *plugin, const char *id)
{
	char answer[ANSWER];
	int status = run(storm, plugin, "ADD", id, answer);
	uint32_t address = status == 0 ? address_of(answer) : 0;

	if (address)
		return address;
	if (status != 0 && strstr(answer, "no IP addresses available"))
		atomic_fetch_add(&storm->shared->full, 1);
	else if (status != 0 && is_later(answer))
		atomic_fetch_add(&storm->shared->later, 1);
	else
		complain(storm, "ADD %s by %s: status %d: %s\n", id, plugin, status, answer);
	return 0;
}

static void del(const struct storm *storm, const char *plugin, const char *id)
{
	char answer[ANSWER];
	int status = 0;

	for (int i = 0; i < DEL_TRIES; i++) {
		status = run(storm, plugin, "DEL", id, answer);
		if (status == 0 || !is_later(answer))
			break;
		atomic_fetch_add(&storm->shared->later, 1);
	}
	if (status != 0)
		complain(storm, "DEL %s by %s: status %d: %s\n", id, plugin, status, answer);
}

static void take_turn(const struct storm *storm, uint32_t worker, uint32_t turn)
{
	const bool by_reference = rand() % REFERENCE_SHARE == 0;
	const char *adder = storm->plugins[by_reference];
	const char *deleter = storm->plugins[rand() % REFERENCE_SHARE == 0];
	struct hold hold = { .worker = worker, .turn = turn, .by_reference = by_reference };
	char id[32];
	uint32_t number;

	(void)snprintf(id, sizeof(id), "w%u-%u", worker, turn); /* fits */
	hold.address = add(storm, adder, id);
	hold.from = now_ns();
	if (hold.address) {
		(void)usleep((useconds_t)(rand() % HOLD_US)); /* an interruption only shortens it */
		hold.to = now_ns();
		number = atomic_fetch_add(&storm->shared->holds, 1);
		if (number >= HOLDS)
			give_up("too many turns");
		storm->shared->items[number] = hold;
	}
	del(storm, deleter, id);
}

/* ---- the one who takes leases away */

/* One of the leases, at random. */
static bool pick_lease(const struct storm *storm, char *name)
{
	DIR *dir = opendir(storm->leases);
	const struct dirent *entry;
	int seen = 0;

	while (dir && (entry = readdir(dir)))
		if (is_lease(entry->d_name) && rand() % ++seen == 0)
			(void)snprintf(name, INET_ADDRSTRLEN, "%.15s", entry->d_name); /* fits */
	if (dir)
		(void)closedir(dir); /* only read */
	return seen > 0;
}

/* The file keeps its content, and its new name says when. */
static void take_away(const struct storm *storm)
{
	char name[INET_ADDRSTRLEN], from[PATH_MAX], to[PATH_MAX];

	if (!pick_lease(storm, name))
		return;
	(void)snprintf(from, sizeof(from), "%s/%s", storm->leases, name); /* cut off: not found */
	(void)snprintf(to, sizeof(to), "%s/%lld", storm->graveyard, (long long)now_ns());
	if (rename(from, to) == 0)
		atomic_fetch_add(&storm->shared->removed, 1);
}

static void become_worker(const struct storm *storm, uint32_t worker)
{
	srand(worker + 1);
	for (uint32_t turn = 0; now_ns() < storm->end; turn++) {
		if (worker > 0) {
			take_turn(storm, worker, turn);
			continue;
		}
		take_away(storm);
		(void)usleep(
			(useconds_t)(rand() % (2 * REMOVE_US))); /* an interruption is welcome */
	}
}

static void start_worker(const struct storm *storm, uint32_t worker)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		give_up("fork");
	if (pid > 0)
		return;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(2);
	become_worker(storm, worker);
	_exit(0);
}

static void run_workers(struct storm *storm)
{
	int status;

	storm->end = now_ns() + (int64_t)storm->seconds * 1000000000;
	for (uint32_t i = 0; i <= (uint32_t)storm->processes; i++)
		start_worker(storm, i);
	while (wait(&status) > 0)
		if (status != 0)
			complain(storm, "a worker ended with status %d\n", status);
}

/* How many addresses there are after all that. */
static uint32_t hand_out_all(const struct storm *storm)
{
	uint32_t before = storm->shared->full;
	uint32_t count = 0;
	char id[32];

	for (; count < RANGE_MAX; count++) {
		(void)snprintf(id, sizeof(id), "all-%u", count); /* fits */
		if (!add(storm, storm->plugins[0], id))
			break;
	}
	if (storm->shared->full != before + 1 || count_leases(storm, false) != count)
		complain(storm, "the range does not end at %u addresses\n", count);
	for (uint32_t i = 0; i < count; i++) {
		(void)snprintf(id, sizeof(id), "all-%u", i); /* fits */
		del(storm, storm->plugins[0], id);
	}
	return count;
}

int main(int argc, char **argv)
{
	struct storm storm = { 0 };
	uint32_t full, count;

	if (argc != 8)
		return 2;
	storm.plugins[0] = argv[1];
	storm.plugins[1] = argv[2];
	storm.processes = atoi(argv[3]);
	storm.seconds = atoi(argv[4]);
	storm.configuration = argv[5];
	storm.leases = argv[6];
	storm.graveyard = argv[7];
	storm.shared = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (storm.shared == MAP_FAILED)
		give_up("mmap");
	run_workers(&storm);
	excuse_all(&storm);
	judge(&storm);
	(void)count_leases(&storm, true); /* complains */
	full = storm.shared->full;
	count = hand_out_all(&storm);
	(void)count_leases(&storm, true); /* once more */
	(void)printf("{\"adds\": %u, \"by_reference\": %u, \"removed\": %u, \"full\": %u, "
		     "\"later\": %u, \"range\": %u, \"wrong\": %u}\n",
		     storm.shared->holds, count_holds(storm.shared, true, false),
		     count_holds(storm.shared, false, true), full, storm.shared->later, count,
		     storm.shared->wrong);
	return storm.shared->wrong > 0;
}
