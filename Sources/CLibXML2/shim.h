// The streaming reader: one node at a time, in constant memory.
#include <libxml/xmlreader.h>
// Trees of the elements that a record is made of, and the expressions that pick fields out of them.
#include <libxml/tree.h>
#include <libxml/xpath.h>
// HTML as published: not well-formed.
#include <libxml/HTMLparser.h>
// Structured errors (line, message) instead of text on stderr.
#include <libxml/xmlerror.h>
