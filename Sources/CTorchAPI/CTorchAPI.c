// Gives SwiftPM an object to build; the target is its header.
#include "CTorchAPI.h"
