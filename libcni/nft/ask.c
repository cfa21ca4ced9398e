/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how tables, chains, sets and elements are asked for, and what their answers say. */
#include "nft/ask.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "base/alloc.h"
#include "base/signals.h"
#include "nft/answer.h"

enum {
	SENT_AT_ONCE = 12, /* the answers must fit the socket's buffer, and an element takes a page
			      there */
	SET_COUNT = 20,	   /* NFTA_SET_COUNT, which older headers lack */
};

/* Where the answer goes; one of them. */
struct nft_question {
	bool *exists;
	struct nft_set_state *set;
	struct nft_holder *holder;
	struct nft_elements *elements;
	size_t limit; /* how many elements there can be */
	nft_take_fn *take;
	void *place;
	int flags; /* 0: NLM_F_ACK */
	bool is_over;
};

static struct nlmsghdr *open_question(struct nft_ask *ask, int type, const struct nft_table *table,
				      struct nft_question question)
{
	int flags = question.flags ? question.flags : NLM_F_ACK;

	ask->questions = xgrow(ask->questions, ask->buffer.count, sizeof(*ask->questions));
	ask->questions[ask->buffer.count] = question;
	return nft_buffer_open(&ask->buffer, type, table->family, flags);
}

/*
 * Tables, chains and sets are asked for by the name of the table, attribute 1 of each, and their
 * own.
 */
static void ask_object(struct nft_ask *ask, int type, const struct nft_table *table, int attribute,
		       const char *name, struct nft_question question)
{
	struct nlmsghdr *message = open_question(ask, type, table, question);

	nft_buffer_put_text(message, NFTA_TABLE_NAME, table->name);
	if (name)
		nft_buffer_put_text(message, attribute, name);
	nft_buffer_close(&ask->buffer, message);
}

void nft_ask_table(struct nft_ask *ask, const struct nft_table *table, bool *ret)
{
	*ret = false;
	ask_object(ask, NFT_MSG_GETTABLE, table, 0, NULL, (struct nft_question){ .exists = ret });
}

void nft_ask_chain(struct nft_ask *ask, const struct nft_table *table, const char *chain, bool *ret)
{
	*ret = false;
	ask_object(ask, NFT_MSG_GETCHAIN, table, NFTA_CHAIN_NAME, chain,
		   (struct nft_question){ .exists = ret });
}

void nft_ask_any(struct nft_ask *ask, int type, int flags, const struct nft_table *table,
		 const char *chain, nft_take_fn *take, void *place)
{
	ask_object(ask, type, table, NFTA_CHAIN_NAME, chain,
		   (struct nft_question){ .take = take, .place = place, .flags = flags });
}

void nft_ask_set(struct nft_ask *ask, const struct nft_table *table, const char *set,
		 struct nft_set_state *ret)
{
	*ret = (struct nft_set_state){ 0 };
	ask_object(ask, NFT_MSG_GETSET, table, NFTA_SET_NAME, set,
		   (struct nft_question){ .set = ret });
}

void nft_ask_element(struct nft_ask *ask, const struct nft_table *table,
		     const struct nft_element *element, struct nft_holder *ret)
{
	struct nft_question question = { .holder = ret };
	struct nlmsghdr *message = open_question(ask, NFT_MSG_GETSETELEM, table, question);

	*ret = (struct nft_holder){ 0 };
	nft_build_elements(message, table, element, 1, false);
	nft_buffer_close(&ask->buffer, message);
}

/* The kernel answers element by element and stops at the first that is missing. */
void nft_ask_elements(struct nft_ask *ask, const struct nft_table *table,
		      const struct nft_element *elements, size_t count, struct nft_elements *ret)
{
	struct nft_question question = { .elements = ret, .limit = ret->count + count };
	struct nlmsghdr *message = open_question(ask, NFT_MSG_GETSETELEM, table, question);

	nft_build_elements(message, table, elements, count, false);
	nft_buffer_close(&ask->buffer, message);
}

static size_t copy_value(struct nlattr *nest, uint8_t ret[NFT_KEY])
{
	const struct nlattr *value = nft_find(nest, NFTA_DATA_VALUE);

	if (!value || nla_len(value) > NFT_KEY)
		return 0;
	memcpy(ret, nla_data(value), (size_t)nla_len(value));
	return (size_t)nla_len(value);
}

static struct nft_element read_element(const struct nlattr *item)
{
	const struct nlattr *user_data = nft_find(item, NFTA_SET_ELEM_USERDATA);
	struct nft_element element = { 0 };

	element.key_size = copy_value(nft_find(item, NFTA_SET_ELEM_KEY), element.key);
	element.data_size = copy_value(nft_find(item, NFTA_SET_ELEM_DATA), element.data);
	if (user_data)
		nft_read_comment(nla_data(user_data), (size_t)nla_len(user_data), element.comment);
	return element;
}

/* Calls fn for the elements in one message of the kernel. */
static int read_elements(const struct nlmsghdr *answer, nft_element_fn *fn, void *data)
{
	struct nlattr *list, *item;
	int rest;

	if (!nft_answer_is(answer, NFT_MSG_NEWSETELEM))
		return -EBADMSG;
	list = nft_answer_find(answer, NFTA_SET_ELEM_LIST_ELEMENTS);
	if (!list)
		return 0;
	nla_for_each_nested(item, list, rest)
	{
		const struct nft_element element = read_element(item);
		int r = fn(&element, data);

		if (r)
			return r;
	}
	return 0;
}

static int keep_holder(const struct nft_element *element, void *data)
{
	struct nft_holder *holder = data;

	holder->exists = true;
	memcpy(holder->data, element->data, sizeof(holder->data));
	memcpy(holder->comment, element->comment, sizeof(holder->comment));
	return 0;
}

static int keep_element(const struct nft_element *element, void *data)
{
	const struct nft_question *question = data;
	struct nft_elements *elements = question->elements;

	if (elements->count == question->limit)
		return -EBADMSG;
	elements->items = xgrow(elements->items, elements->count, sizeof(*elements->items));
	elements->items[elements->count++] = *element;
	return 0;
}

static int keep_set(const struct nlmsghdr *answer, struct nft_set_state *state)
{
	const struct nlattr *count;

	if (!nft_answer_is(answer, NFT_MSG_NEWSET))
		return -EBADMSG;
	count = nft_answer_find(answer, SET_COUNT);
	state->exists = true;
	state->is_counted = count && nla_len(count) == sizeof(uint32_t);
	state->count = nft_number(count);
	state->key_size = nft_number(nft_answer_find(answer, NFTA_SET_KEY_LEN));
	state->data_size = nft_number(nft_answer_find(answer, NFTA_SET_DATA_LEN));
	state->flags = nft_number(nft_answer_find(answer, NFTA_SET_FLAGS));
	return 0;
}

static int keep_answer(struct nft_question *question, const struct nlmsghdr *answer)
{
	if (question->holder)
		return read_elements(answer, keep_holder, question->holder);
	if (question->elements)
		return read_elements(answer, keep_element, question);
	if (question->set)
		return keep_set(answer, question->set);
	if (question->take)
		return question->take(answer, question->place);
	*question->exists = true;
	return 0;
}

struct asking {
	struct nft_ask *ask;
	struct netlink *nl;
	uint32_t begin, end; /* the first question of those sent, and behind the last */
	uint32_t left;	     /* how many of those sent are not answered to their end */
	int error;	     /* the first */
};

/*
 * What is not there is an answer. An element whose key does not fit the set cannot be there: others
 * made the set.
 */
static int end_of_answer(struct asking *asking, const struct nft_question *question,
			 const struct nlmsghdr *answer)
{
	int r = netlink_error(asking->nl, answer);

	if (r == -EINVAL && (question->holder || question->elements)) {
		asking->ask->is_misfit = true;
		return 0;
	}
	return r == -ENOENT ? 0 : r;
}

/*
 * All answers are taken, whatever one of them says, for a list that is left early blocks its
 * socket. But for whoever has no right to it the kernel answers the first question only.
 */
static int take_answer(const struct nlmsghdr *answer, void *data)
{
	struct asking *asking = data;
	int place = nft_buffer_place(&asking->ask->buffer, answer);
	struct nft_question *question;
	bool is_end;

	if (place < 0 || (uint32_t)place >= asking->end)
		return 0;
	question = &asking->ask->questions[place];
	is_end = answer->nlmsg_type == NLMSG_ERROR || answer->nlmsg_type == NLMSG_DONE;
	if (asking->error == 0)
		asking->error = is_end ? end_of_answer(asking, question, answer)
				       : keep_answer(question, answer);
	if (asking->error && (uint32_t)place == asking->begin)
		return 1;
	if (is_end && !question->is_over) {
		question->is_over = true;
		asking->left--;
	}
	return asking->left == 0;
}

int nft_ask_run(struct netlink *nl, struct nft_ask *ask)
{
	struct nft_buffer *buffer = &ask->buffer;
	struct asking asking = { .ask = ask, .nl = nl };
	size_t from = 0;
	int r = 1;

	nft_buffer_number(buffer, nl);
	while (r > 0 && asking.error == 0 && asking.end < buffer->count) {
		size_t to = from;

		asking.begin = asking.end;
		for (; asking.left < SENT_AT_ONCE && asking.end < buffer->count; asking.end++) {
			to += ((struct nlmsghdr *)(void *)(buffer->bytes + to))->nlmsg_len;
			asking.left++;
		}
		r = netlink_exchange(nl, buffer->bytes + from, to - from, take_answer, &asking);
		from = to;
	}
	buffer->count = 0;
	buffer->size = 0;
	return r < 0 ? r : asking.error;
}

void nft_ask_release(struct nft_ask *ask)
{
	nft_buffer_release(&ask->buffer);
	free(ask->questions);
}

void nft_elements_release(struct nft_elements *elements)
{
	free(elements->items);
	*elements = (struct nft_elements){ 0 };
}

struct dump {
	const struct nft_buffer *buffer;
	struct netlink *nl;
	nft_element_fn *fn;
	void *data;
	bool is_over;
	int result;
};

/* A dump that others disturb is good enough: whoever acts on an element checks it again. */
static int take_dump_answer(const struct nlmsghdr *answer, void *data)
{
	struct dump *dump = data;

	if (nft_buffer_place(dump->buffer, answer) < 0)
		return 0;
	if (answer->nlmsg_type == NLMSG_ERROR || answer->nlmsg_type == NLMSG_DONE) {
		dump->result = netlink_error(dump->nl, answer);
		return 1;
	}
	dump->result = read_elements(answer, dump->fn, dump->data);
	return dump->result != 0;
}

int nft_each_element(const struct nft_table *table, const char *set, nft_element_fn *fn, void *data)
{
	cleanup_with(nft_buffer_release) struct nft_buffer buffer = { 0 };
	cleanup_netlink struct netlink nl =
		NETLINK_CLOSED; /* of its own: a dump that is left early blocks its socket */
	struct dump dump = { .buffer = &buffer, .nl = &nl, .fn = fn, .data = data };
	struct nlmsghdr *message;
	int r = netlink_open(&nl, NETLINK_NETFILTER);

	if (r < 0)
		return r;
	message = nft_buffer_open(&buffer, NFT_MSG_GETSETELEM, table->family, NLM_F_DUMP);
	nft_buffer_put_text(message, NFTA_SET_ELEM_LIST_TABLE, table->name);
	nft_buffer_put_text(message, NFTA_SET_ELEM_LIST_SET, set);
	nft_buffer_close(&buffer, message);
	nft_buffer_number(&buffer, &nl);
	r = netlink_exchange(&nl, buffer.bytes, buffer.size, take_dump_answer, &dump);
	return r < 0 ? r : dump.result;
}
