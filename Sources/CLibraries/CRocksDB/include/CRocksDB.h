// RocksDB's C interface (7.8), nothing added: every function that nestkv needs is importable as it is.
#pragma once

#include <rocksdb/c.h>
