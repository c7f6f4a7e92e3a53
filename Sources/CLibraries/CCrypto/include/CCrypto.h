// libcrypto of OpenSSL 3. Its functions for one kind of digest are called deprecated, but they need no allocation and no
// look-up of an algorithm, as those that replace them do.
#pragma once

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/sha.h>
