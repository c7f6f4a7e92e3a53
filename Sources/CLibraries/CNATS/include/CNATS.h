// libnats (3.4), nothing added: every function that nestkv needs is importable as it is.
#pragma once

#include <nats/nats.h>
