// SwiftPM makes a folder a C target only if it contains a source file.
#include "CCrypto.h"
