// The reading half of libarchive: open, walk the entries, read their data.
#include <archive.h>
// Names, sizes, types and link targets of the entries.
#include <archive_entry.h>
