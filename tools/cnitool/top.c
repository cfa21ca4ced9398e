/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cnitool top: who has what traffic, on a terminal until q is pressed, or once. */
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/signals.h"
#include "flow.h"
#include "picture.h"
#include "table.h"
#include "target.h"
#include "tool.h"
#include "types/json.h"

enum { FIRST_MS = 1000, EVERY_MS = 2000, LINES_UNKNOWN = 24 };

/* "12.3k": 1000 of one unit are one of the next. */
static char *word_amount(uint64_t amount)
{
	static const char units[] = " kMGTPE";
	uint64_t rest = 0;
	size_t i = 0;

	for (; amount >= 1000; i++) {
		rest = amount % 1000;
		amount /= 1000;
	}
	if (i == 0)
		return xasprintf("%llu", (unsigned long long)amount);
	return xasprintf("%llu.%llu%c", (unsigned long long)amount,
			 (unsigned long long)(rest / 100), units[i]);
}

/* The busiest first. */
static int compare_rates(const void *a, const void *b)
{
	const struct flow *left = *(const struct flow *const *)a;
	const struct flow *right = *(const struct flow *const *)b;
	uint64_t l = left->rx_rate + left->tx_rate, r = right->rx_rate + right->tx_rate;

	if (l != r)
		return l > r ? -1 : 1;
	return strverscmp(left->name, right->name) ?: strcmp(left->key, right->key);
}

static const struct flow **sort_flows(const struct flows *flows)
{
	const struct flow **sorted = xcalloc(flows->count + 1, sizeof(*sorted));

	for (size_t i = 0; i < flows->count; i++)
		sorted[i] = &flows->items[i];
	if (flows->count > 1)
		qsort(sorted, flows->count, sizeof(*sorted), compare_rates);
	return sorted;
}

static void add_row(struct table *table, const struct flow *flow)
{
	const uint64_t amounts[] = { flow->rx_rate, flow->tx_rate, flow->counts.rx_bytes,
				     flow->counts.tx_bytes, flow->counts.dropped };

	table_add(table, flow->name);
	table_add(table, flow->network);
	table_add(table, flow->ifname);
	for (size_t i = 0; i < array_size(amounts); i++) {
		cleanup_free char *word = word_amount(amounts[i]);

		table_add(table, word);
	}
	table_add(table, flow->addresses);
}

static void print_table(const struct flows *flows, struct text *out)
{
	static const char *const titles[] = { "NAME", "NETWORK", "IFNAME",  "RX/s",	"TX/s",
					      "RX",   "TX",	 "DROPPED", "ADDRESSES" };
	cleanup_free const struct flow **sorted = sort_flows(flows);
	struct table table = { .columns = array_size(titles) };

	for (size_t i = 0; i < array_size(titles); i++)
		table_add(&table, titles[i]);
	for (size_t i = 0; i < flows->count; i++)
		add_row(&table, sorted[i]);
	table_print(&table, out);
	table_release(&table);
}

static void print_json(const struct flows *flows, struct text *out)
{
	cleanup_free const struct flow **sorted = sort_flows(flows);
	struct json_writer w = { .out = out, .visible = true };

	json_open(&w, NULL, '[');
	for (size_t i = 0; i < flows->count; i++) {
		json_open(&w, NULL, '{');
		json_string(&w, "name", sorted[i]->name);
		json_string(&w, "network", sorted[i]->network);
		json_string(&w, "ifname", sorted[i]->ifname);
		json_integer(&w, "rxRate", (long)sorted[i]->rx_rate);
		json_integer(&w, "txRate", (long)sorted[i]->tx_rate);
		json_integer(&w, "rxBytes", (long)sorted[i]->counts.rx_bytes);
		json_integer(&w, "txBytes", (long)sorted[i]->counts.tx_bytes);
		json_integer(&w, "rxPackets", (long)sorted[i]->counts.rx_packets);
		json_integer(&w, "txPackets", (long)sorted[i]->counts.tx_packets);
		json_integer(&w, "dropped", (long)sorted[i]->counts.dropped);
		json_close(&w, '}');
	}
	json_close(&w, ']');
	text_add(out, "\n");
}

/* ---- the terminal */

struct screen {
	struct termios before;
	bool is_open;
};

static void say(const char *sequence)
{
	ignore(file_write_fd(STDOUT_FILENO, sequence, strlen(sequence))); /* nobody could be told */
}

/* Keys come one by one and are not shown; what was on the screen comes back at the end. */
static void screen_open(struct screen *screen)
{
	struct termios now;

	if (tcgetattr(STDIN_FILENO, &screen->before) < 0)
		return;
	now = screen->before;
	now.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	screen->is_open = tcsetattr(STDIN_FILENO, TCSANOW, &now) == 0;
	say("\x1b[?1049h\x1b[?25l\x1b[?7l");
}

static void screen_close(struct screen *screen)
{
	if (!screen->is_open)
		return;
	say("\x1b[?7h\x1b[?25h\x1b[?1049l");
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &screen->before); /* the terminal may be gone */
}

static unsigned lines_of_screen(void)
{
	struct winsize size = { 0 };

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 2 ? size.ws_row
									       : LINES_UNKNOWN;
}

static void draw(const struct flows *flows)
{
	cleanup_text struct text table = { 0 }, out = { 0 };
	unsigned left = lines_of_screen() - 1;
	const char *end;

	print_table(flows, &table);
	end = table.s;
	while (left > 1 && *end && (end = strchr(end, '\n'))) {
		end++;
		left--;
	}
	text_add(&out, "\x1b[H\x1b[J");
	text_add_bytes(&out, table.s, end ? (size_t)(end - table.s) : table.len);
	text_add(&out, "\x1b[7mbytes per second; q quits\x1b[0m");
	ignore(file_write_fd(STDOUT_FILENO, out.s, out.len)); /* as above */
}

/* 1: to quit; 0: time for another look. */
static int wait_for_key(int ms)
{
	struct deadline deadline = deadline_in(ms);

	for (;;) {
		struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
		int r = signals_poll(&in, 1, deadline);
		char key;

		if (r <= 0)
			return r == 0 ? 0 : 1;
		if (read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q' || key == 3)
			return 1;
	}
}

static int run_on_screen(struct tool *tool, struct flows *flows, struct cni_error *err)
{
	cleanup_with(screen_close) struct screen screen = { 0 };
	int wait = FIRST_MS;

	screen_open(&screen);
	for (;;) {
		struct flows next = { 0 };
		int r;

		draw(flows);
		if (wait_for_key(wait) != 0)
			return 0;
		r = flows_read(tool->runtime.cache, tool->arguments[0], flows, &next, err);
		flows_release(flows);
		*flows = next;
		if (r < 0)
			return r;
		wait = EVERY_MS;
	}
}

static int run_once(struct tool *tool, const struct flows *earlier, struct cni_error *err)
{
	cleanup_flows struct flows flows = { 0 };
	int r = signals_poll(NULL, 0, deadline_in(FIRST_MS));

	if (r < 0)
		return cni_fail(err, CNI_ERR_TRY_LATER, -r, "terminated while counting");
	r = flows_read(tool->runtime.cache, tool->arguments[0], earlier, &flows, err);
	if (r < 0)
		return r;
	if (tool->options.json)
		print_json(&flows, &tool->out);
	else
		print_table(&flows, &tool->out);
	return 0;
}

/* A network without attachments is one that somebody has configured. */
static int check_network(const struct tool *tool, const struct flows *flows, struct cni_error *err)
{
	cleanup_picture struct picture picture = { 0 };

	if (!tool->arguments[0] || flows->count)
		return 0;
	return picture_take(tool->runtime.cache, PICTURE_LINKS, &picture, err)
		       ?: target_check_network(tool, &picture, err);
}

int verb_top(struct tool *tool, struct cni_error *err)
{
	cleanup_flows struct flows flows = { 0 };
	int r = flows_read(tool->runtime.cache, tool->arguments[0], NULL, &flows, err)
			?: check_network(tool, &flows, err);

	if (r < 0)
		return r;
	if (tool->options.once || tool->options.json || !isatty(STDIN_FILENO) ||
	    !isatty(STDOUT_FILENO))
		return run_once(tool, &flows, err);
	return run_on_screen(tool, &flows, err);
}
