// libnats (3.4) and Linux's functions for the threads that run it. Swift can import every function that nestkv needs.
#pragma once

#include <nats/nats.h>
#include <sched.h>
#include <sys/epoll.h> /* neither is part of Swift's Glibc module */
#include <sys/eventfd.h>

/* SCHED_BATCH, which <sched.h> has only with _GNU_SOURCE. */
enum { CNATS_SCHED_BATCH = 3 };
