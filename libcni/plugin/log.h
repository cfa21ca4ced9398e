/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line of a log, and where it goes: the journal, syslog, or a file. Nothing here waits, and
 * what fails is said on stderr and nowhere else.
 */
#pragma once

#include <stdbool.h>

#include "base/text.h"
#include "types/json.h"

/* The same fields in two forms: one JSON object, and the native protocol of the journal. */
struct log_line {
	struct text json, journal;
	struct json_writer writer;
	bool is_failure;
};

#define cleanup_log_line cleanup_with(log_line_release)

void log_line_start(struct log_line *line);

/*
 * "pod_name" becomes CNI_POD_NAME in the journal. A value that is NULL or "" adds nothing; of a
 * long one only the beginning is kept.
 */
void log_add(struct log_line *line, const char *key, const char *value_or_null);
void log_add_number(struct log_line *line, const char *key, long value);

/*
 * Ends the line and sends it: `where` is "journal", "syslog", or the absolute path of a file, which
 * is made with mode 0600. `message` is for those who read the journal.
 */
void log_send(struct log_line *line, const char *where, const char *message);
void log_line_release(struct log_line *line);
