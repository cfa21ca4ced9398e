/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The grammar of RFC 8259 around strings, as a loop over states, so that no nesting can exhaust the
 * stack. cJSON holds the tree, but its parser is not used: it lets byte-order marks, raw control
 * characters, numbers with leading zeros and more pass, and refuses what the reference accepts.
 */
#include <errno.h>
#include <limits.h>

#include "base/alloc.h"
#include "types/json.h"
#include "types/json_scan.h"

enum { DEPTH_MAX = 10000 }; /* the reference's limit */

enum state { VALUE, FIRST_VALUE, KEY, FIRST_KEY, AFTER_VALUE, DONE, FAILED };

struct level {
	cJSON *node;
};

struct parser {
	struct json_scan scan;
	cJSON *root;
	struct level *open; /* lists and objects that are not closed yet, outermost first */
	size_t depth;
	char *key; /* of the value to come */
};

static enum state fail(struct parser *p, const char *where)
{
	json_scan_fail(&p->scan, where);
	return FAILED;
}

static cJSON *add_node(struct parser *p, int type)
{
	cJSON *node = cJSON_CreateNull();

	if (!node)
		out_of_memory();
	node->type = type;
	if (p->depth == 0) {
		p->root = node;
		return node;
	}
	node->string = steal(&p->key);
	(void)cJSON_AddItemToArray(p->open[p->depth - 1].node, node); /* fails only for NULL */
	return node;
}

static enum state open_node(struct parser *p, int type)
{
	cJSON *node;

	if (p->depth == DEPTH_MAX)
		return fail(p, "exceeded max depth");
	node = add_node(p, type);
	p->open = xgrow(p->open, p->depth, sizeof(*p->open));
	p->open[p->depth++].node = node;
	p->scan.at++;
	return type == cJSON_Object ? FIRST_KEY : FIRST_VALUE;
}

static enum state close_node(struct parser *p)
{
	p->scan.at++;
	p->depth--;
	return AFTER_VALUE;
}

static enum state read_string(struct parser *p)
{
	char *s = json_scan_string(&p->scan);

	if (!s)
		return FAILED;
	add_node(p, cJSON_String)->valuestring = s;
	return AFTER_VALUE;
}

static int clamp_to_int(double number)
{
	if (number >= INT_MAX)
		return INT_MAX;
	return number <= INT_MIN ? INT_MIN : (int)number;
}

/* The digits stay beside the double: it cannot hold every integer, nor tell 1 from 1.0. */
static enum state read_number(struct parser *p)
{
	char *digits = json_scan_number(&p->scan);
	cJSON *node;

	if (!digits)
		return FAILED;
	node = add_node(p, cJSON_Number);
	node->valuestring = digits;
	node->valuedouble = strtod(digits, NULL);
	node->valueint = clamp_to_int(node->valuedouble);
	return AFTER_VALUE;
}

static enum state read_word(struct parser *p, const char *word, int type)
{
	if (!json_scan_word(&p->scan, word))
		return FAILED;
	(void)add_node(p, type); /* the tree holds it */
	return AFTER_VALUE;
}

static enum state read_value(struct parser *p)
{
	switch (json_scan_peek(&p->scan)) {
	case '{':
		return open_node(p, cJSON_Object);
	case '[':
		return open_node(p, cJSON_Array);
	case '"':
		return read_string(p);
	case '-':
	case '0' ... '9':
		return read_number(p);
	case 't':
		return read_word(p, "true", cJSON_True);
	case 'f':
		return read_word(p, "false", cJSON_False);
	case 'n':
		return read_word(p, "null", cJSON_NULL);
	default:
		return fail(p, "looking for beginning of value");
	}
}

static enum state read_key(struct parser *p)
{
	if (json_scan_peek(&p->scan) != '"')
		return fail(p, "looking for beginning of object key string");
	p->key = json_scan_string(&p->scan);
	if (!p->key)
		return FAILED;
	json_scan_blanks(&p->scan);
	if (json_scan_peek(&p->scan) != ':')
		return fail(p, "after object key");
	p->scan.at++;
	return VALUE;
}

static enum state read_after_value(struct parser *p)
{
	int c = json_scan_peek(&p->scan);
	bool is_object;

	if (p->depth == 0)
		return p->scan.at == p->scan.end ? DONE : fail(p, "after top-level value");
	is_object = p->open[p->depth - 1].node->type == cJSON_Object;
	if (c == (is_object ? '}' : ']'))
		return close_node(p);
	if (c != ',')
		return fail(p, is_object ? "after object key:value pair" : "after array element");
	p->scan.at++;
	return is_object ? KEY : VALUE;
}

static enum state read_next(struct parser *p, enum state state)
{
	json_scan_blanks(&p->scan);
	switch (state) {
	case FIRST_VALUE:
		return json_scan_peek(&p->scan) == ']' ? close_node(p) : read_value(p);
	case VALUE:
		return read_value(p);
	case FIRST_KEY:
		return json_scan_peek(&p->scan) == '}' ? close_node(p) : read_key(p);
	case KEY:
		return read_key(p);
	case AFTER_VALUE:
	default:
		return read_after_value(p);
	}
}

/* Where an editor shows it: columns are characters, counted by the bytes that begin one. */
static void add_position(const char *text, struct json_scan *scan)
{
	cleanup_free char *why = scan->why;
	unsigned line = 1, column = 1;

	for (const char *c = text; c < scan->at; c++) {
		if (*c == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)*c & 0xc0) != 0x80) {
			column++;
		}
	}
	scan->why = xasprintf("%s (line %u, column %u)", why, line, column);
}

int json_parse(const char *text, size_t size, cJSON **ret, char **ret_why)
{
	struct parser p = { .scan = { .at = text, .end = text + size } };
	enum state state = VALUE;

	while (state != DONE && state != FAILED)
		state = read_next(&p, state);
	free(p.open);
	free(p.key);
	if (state == FAILED) {
		cJSON_Delete(p.root);
		if (size > 0)
			add_position(text, &p.scan);
		*ret_why = p.scan.why;
		return -EINVAL;
	}
	*ret = p.root;
	return 0;
}
