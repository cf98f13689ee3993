/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.1, both ways, in one loop: connections of the service side (kept, one request at a time), those of
 * the control port, and ours to the users, which repeat a message until it is taken (204) or refused (400).
 */
#include "fake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BODY_MAX ((size_t)32 << 20)
#define AGAIN_MAX 5000 /* ms between two tries at most */
#define TAKE_MS 30000  /* a user that answers nothing for so long is asked again */

enum role { LISTENER, CONTROL_LISTENER, CALLER, CONTROLLER, OURS };
struct conn {
	int fd;
	enum role role;
	bool dead, connecting, continued;
	bool busy; /* CALLER: an answer is to come later; OURS: a message is under way */
	struct buf in, out;
	size_t out_at;
	uint32_t watching;
	/* OURS */
	int user;
	struct out message;
	struct buf text;
	int tries;
	int64_t since, rest_until;
};

static void watch(struct world *w, struct conn *c)
{
	uint32_t want = EPOLLIN | (c->connecting || c->out_at < c->out.len ? EPOLLOUT : 0);
	struct epoll_event ev = { .events = want, .data.ptr = c };

	if (want == c->watching)
		return;
	epoll_ctl(w->epoll, c->watching ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, c->fd, &ev);
	c->watching = want;
}

static struct conn *conn_new(struct world *w, int fd, enum role role)
{
	struct conn *c = need(calloc(1, sizeof *c));

	c->fd = fd;
	c->role = role;
	c->user = -1;
	w->conn = grow(w->conn, &w->cconns, w->nconns + 1, sizeof *w->conn);
	w->conn[w->nconns++] = c;
	return c;
}

static void conn_close(struct conn *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->watching = 0;
	c->connecting = false;
	c->out_at = 0;
	buf_clear(&c->in);
	buf_clear(&c->out);
}

static void conn_drop(struct world *w, struct conn *c)
{
	conn_close(c);
	if (c->role == OURS) {
		int64_t rest = c->tries < 8 ? (int64_t)50 << c->tries : AGAIN_MAX;

		if (c->busy && c->tries++ >= 0)
			w->again_count++;
		c->rest_until = mono_ms() + (rest > AGAIN_MAX ? AGAIN_MAX : rest);
		return;
	}
	c->dead = true;
}

static void conn_write(struct world *w, struct conn *c)
{
	while (c->out_at < c->out.len) {
		ssize_t n = send(c->fd, c->out.p + c->out_at, c->out.len - c->out_at, MSG_NOSIGNAL);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n <= 0) {
			conn_drop(w, c);
			return;
		}
		c->out_at += (size_t)n;
	}
	if (c->out_at == c->out.len) {
		c->out_at = 0;
		buf_clear(&c->out);
	}
	watch(w, c);
}

static void reply(struct world *w, struct conn *c, int status, const char *type, const struct buf *body)
{
	static const struct {
		int status;
		const char *text;
	} word[] = { { 200, "OK" },
		     { 400, "Bad Request" },
		     { 404, "Not Found" },
		     { 429, "Too Many Requests" },
		     { 500, "Internal Server Error" } };
	const char *text = "OK";

	for (size_t i = 0; i < sizeof word / sizeof *word; i++)
		if (word[i].status == status)
			text = word[i].text;
	buf_fmt(&c->out, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n", status, text,
		type, body->len);
	buf_add(&c->out, body->p, body->len);
	conn_write(w, c);
}

/* The value of a header, or NULL. */
static const char *header(const char *head, const char *name, size_t *ret_n)
{
	size_t n = strlen(name);

	for (const char *at = strstr(head, "\r\n"); at; at = strstr(at + 2, "\r\n")) {
		const char *line = at + 2;

		if (strncasecmp(line, name, n) != 0 || line[n] != ':')
			continue;
		line += n + 1 + strspn(line + n + 1, " ");
		*ret_n = strcspn(line, "\r");
		return line;
	}
	return NULL;
}

static void later(struct world *w, struct conn *c, int64_t ms, struct buf *answer)
{
	w->late = grow(w->late, &w->clate, w->nlate + 1, sizeof *w->late);
	w->late[w->nlate++] = (struct late){ mono_ms() + ms, c, answer->p };
	c->busy = true;
	*answer = (struct buf){ 0 };
}

void net_late(struct world *w)
{
	int64_t now = mono_ms();

	for (size_t i = 0; i < w->nlate;) {
		struct late l = w->late[i];

		if (l.at > now && !l.conn->dead) {
			i++;
			continue;
		}
		w->late[i] = w->late[--w->nlate];
		l.conn->busy = false;
		if (!l.conn->dead) {
			struct buf body = { .p = l.text, .len = strlen(l.text) };

			reply(w, l.conn, 200, "application/xml", &body);
		}
		free(l.text);
	}
}

static void call_do(struct world *w, struct conn *c, const char *path, const char *body, size_t n)
{
	static const char *const paths[] = { "/api/v1/serviceD", "/api/v1/serviceS", "/api/v1/serviceT" };
	static const char *const in_names[] = { "D", "S", "T" };
	struct buf answer = { 0 };
	int64_t late = 0;
	int s, status = 404;

	for (s = 0; s < 3 && strcmp(path, paths[s]) != 0; s++)
		;
	w->bytes_in += (int64_t)n;
	if (s < 3) {
		say_log(w, in_names[s], body, n);
		status = service_do(w, (enum service)s, body, n, &answer, &late);
		say_log(w, "answer", answer.p, answer.len);
	}
	if (!late)
		late = w->delay_answer;
	if (status < 0)
		conn_drop(w, c);
	else if (status == 0)
		c->busy = true; /* for ever */
	else if (status == 200 && late)
		later(w, c, late, &answer);
	else
		reply(w, c, status, "application/xml", &answer);
	buf_free(&answer);
}

/* One request of the head at c->in, when it is whole. */
static bool request_take(struct world *w, struct conn *c)
{
	char *end = c->in.len ? strstr(c->in.p, "\r\n\r\n") : NULL, method[8], path[200];
	size_t head, n = 0, len;
	const char *v;

	if (!end || c->busy)
		return false;
	head = (size_t)(end - c->in.p) + 4;
	end[2] = '\0';
	v = header(c->in.p, "Content-Length", &len);
	if (v)
		n = strtoul(v, NULL, 10);
	if (n > BODY_MAX || sscanf(c->in.p, "%7s %199s", method, path) != 2) {
		conn_drop(w, c);
		return false;
	}
	v = header(c->in.p, "Expect", &len);
	end[2] = '\r';
	if (c->in.len < head + n) {
		if (v && !c->continued) {
			c->continued = true;
			buf_put(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
			conn_write(w, c);
		}
		return false;
	}
	c->continued = false;
	if (c->role == CONTROLLER) {
		struct buf answer = { 0 };
		int status = control_do(w, method, path, c->in.p + head, n, &answer);

		reply(w, c, status, "application/json", &answer);
		buf_free(&answer);
	} else {
		call_do(w, c, path, c->in.p + head, n);
	}
	if (c->fd < 0)
		return false;
	memmove(c->in.p, c->in.p + head + n, c->in.len - head - n + 1);
	c->in.len -= head + n;
	return true;
}

/* ---- ours ---- */

static void message_over(struct world *w, struct conn *c, int status)
{
	if (status == 204 || status == 400 || status == 413) {
		w->sent[c->message.what]++;
		if (status == 204)
			w->taken++;
		else
			w->refused_by_user++;
		if (status != 204 && !c->message.forged)
			fprintf(stderr, "firpath-fakedcc: a message of kind %s was refused (%d)\n",
				message_text[c->message.what], status);
		free(c->message.raw);
		c->message.raw = NULL;
		c->busy = false;
		c->tries = 0;
		return;
	}
	w->again_count++;
	c->rest_until = mono_ms() + (c->tries < 6 ? (int64_t)50 << c->tries : AGAIN_MAX);
	c->tries++;
	c->since = 0;
}

static void answer_take(struct world *w, struct conn *c)
{
	char *end = c->in.len ? strstr(c->in.p, "\r\n\r\n") : NULL;
	size_t head, n = 0, len;
	const char *v;
	int status = 0;
	bool ends;

	if (!end)
		return;
	head = (size_t)(end - c->in.p) + 4;
	end[2] = '\0';
	sscanf(c->in.p, "HTTP/1.%*d %3d", &status);
	v = header(c->in.p, "Content-Length", &len);
	if (v)
		n = strtoul(v, NULL, 10);
	v = header(c->in.p, "Connection", &len);
	ends = v && !strncasecmp(v, "close", 5);
	end[2] = '\r';
	if (c->in.len < head + n)
		return;
	memmove(c->in.p, c->in.p + head + n, c->in.len - head - n + 1);
	c->in.len -= head + n;
	if (status == 100)
		return;
	message_over(w, c, status);
	if (ends)
		conn_close(c);
}

static bool ours_connect(struct world *w, struct conn *c)
{
	const struct user *u = &w->user[c->user];
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV },
			*a = NULL;
	int one = 1;

	if (getaddrinfo(u->host, u->port, &hints, &a))
		return false;
	c->fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd >= 0) {
		setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		c->connecting = connect(c->fd, a->ai_addr, a->ai_addrlen) < 0;
		if (c->connecting && errno != EINPROGRESS) {
			close(c->fd);
			c->fd = -1;
		}
	}
	freeaddrinfo(a);
	return c->fd >= 0;
}

static void ours_send(struct world *w, struct conn *c)
{
	const struct user *u = &w->user[c->user];

	if (c->fd < 0 && !ours_connect(w, c)) {
		conn_drop(w, c);
		return;
	}
	c->since = mono_ms();
	buf_fmt(
	    &c->out,
	    "POST %s HTTP/1.1\r\nHost: %s:%s\r\nContent-Type: application/xml\r\nContent-Length: %zu\r\n\r\n",
	    u->path, u->host, u->port, c->text.len);
	buf_add(&c->out, c->text.p, c->text.len);
	if (c->connecting)
		watch(w, c);
	else
		conn_write(w, c);
}

static struct conn *ours_free(struct world *w, int user)
{
	int have = 0;

	for (size_t i = 0; i < w->nconns; i++)
		if (w->conn[i]->role == OURS && w->conn[i]->user == user && !w->conn[i]->dead) {
			if (!w->conn[i]->busy)
				return w->conn[i];
			have++;
		}
	if (have < w->parallel) {
		struct conn *c = conn_new(w, -1, OURS);

		c->user = user;
		return c;
	}
	return NULL;
}

void net_pump(struct world *w)
{
	int64_t now = mono_ms();

	for (size_t i = 0; i < w->nconns; i++) {
		struct conn *c = w->conn[i];

		if (c->role != OURS || !c->busy)
			continue;
		if (c->since && now - c->since > TAKE_MS)
			conn_drop(w, c);
		if ((c->fd < 0 || !c->since) && now >= c->rest_until)
			ours_send(w, c);
	}
	while (w->queue_len && !w->paused) {
		struct out *o = &w->queue[w->queue_first];
		struct conn *c = ours_free(w, o->user);

		if (!c)
			return; /* the order of one user's messages is kept as far as it can be */
		c->message = *o;
		w->queue_first = (w->queue_first + 1) % w->queue_cap;
		w->queue_len--;
		c->busy = true;
		c->tries = 0;
		buf_clear(&c->text);
		say_message(w, &c->message, &c->text);
		if (!c->message.forged)
			say_log(w, "message", c->text.p, c->text.len);
		ours_send(w, c);
	}
}

/* ---- the loop ---- */

static void conn_read(struct world *w, struct conn *c)
{
	char *room;
	ssize_t n;

	for (;;) {
		c->in.p = grow(c->in.p, &c->in.cap, c->in.len + 65537, 1);
		room = c->in.p + c->in.len;
		n = recv(c->fd, room, 65536, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n <= 0) {
			conn_drop(w, c);
			return;
		}
		c->in.len += (size_t)n;
		c->in.p[c->in.len] = '\0';
		if (n < 65536)
			break;
	}
	if (c->role == OURS)
		answer_take(w, c);
	else
		while (request_take(w, c))
			;
}

static void conn_accept(struct world *w, struct conn *l)
{
	int one = 1, fd;

	while ((fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct conn *c = conn_new(w, fd, l->role == LISTENER ? CALLER : CONTROLLER);

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		watch(w, c);
	}
}

static void conn_ready(struct world *w, struct conn *c, uint32_t events)
{
	int error = 0;
	socklen_t len = sizeof error;

	if (c->fd < 0)
		return;
	if (c->role == LISTENER || c->role == CONTROL_LISTENER) {
		conn_accept(w, c);
		return;
	}
	if (c->connecting) {
		getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len);
		if (error || events & EPOLLERR) {
			conn_drop(w, c);
			return;
		}
		c->connecting = false;
	}
	if (events & EPOLLOUT)
		conn_write(w, c);
	if (c->fd >= 0 && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		conn_read(w, c);
}

void net_wait(struct world *w, int64_t ms)
{
	struct epoll_event ev[256];
	int n = epoll_wait(w->epoll, ev, 256, (int)ms);

	for (int i = 0; i < n; i++) {
		if (!ev[i].data.ptr)
			w->stop = true;
		else
			conn_ready(w, ev[i].data.ptr, ev[i].events);
	}
	for (size_t i = 0; i < w->nconns;) {
		struct conn *c = w->conn[i];
		bool waited = false;

		for (size_t k = 0; k < w->nlate; k++)
			waited |= w->late[k].conn == c;
		if (!c->dead || waited) {
			i++;
			continue;
		}
		buf_free(&c->in);
		buf_free(&c->out);
		buf_free(&c->text);
		free(c);
		w->conn[i] = w->conn[--w->nconns];
	}
}

bool net_listen(struct world *w, const char *where, bool control, char *ret_where, size_t n)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof a;
	char host[40], port[8];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 || sscanf(where, "%39[0-9.]:%7[0-9]", host, port) != 2 ||
	    inet_pton(AF_INET, host, &a.sin_addr) != 1)
		return false;
	a.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 512) ||
	    getsockname(fd, (struct sockaddr *)&a, &len)) {
		perror(where);
		close(fd);
		return false;
	}
	snprintf(ret_where, n, "%s:%u", host, ntohs(a.sin_port));
	watch(w, conn_new(w, fd, control ? CONTROL_LISTENER : LISTENER));
	return true;
}
