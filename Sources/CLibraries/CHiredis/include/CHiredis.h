// hiredis (0.14). Swift can import every function that nestkv needs; its variadic functions are not needed.
#pragma once

#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <sys/epoll.h> /* neither is part of Swift's Glibc module */
#include <sys/eventfd.h>
#include <sys/ioctl.h>
