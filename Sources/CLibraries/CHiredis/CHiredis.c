// SwiftPM makes a C target of a folder only when there is something to compile.
#include "CHiredis.h"
