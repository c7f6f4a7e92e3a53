// RocksDB's C interface (7.8). Swift can import every function that nestkv needs.
#pragma once

#include <rocksdb/c.h>
