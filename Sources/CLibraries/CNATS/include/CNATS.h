// libnats (3.4). Swift can import every function that nestkv needs.
#pragma once

#include <nats/nats.h>
