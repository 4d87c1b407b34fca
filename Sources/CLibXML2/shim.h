// Debian builds libxml2 with ICU, whose headers clash with the copy inside Foundation. Only a struct that is
// never touched here (xmlCharEncodingHandler) has other members with it.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
// Trees of the elements that a record is made of, and the expressions that pick fields out of them.
#include <libxml/tree.h>
#include <libxml/xpath.h>
// The default handlers of the parser, of which one is replaced.
#include <libxml/SAX2.h>
// HTML as published: not well-formed.
#include <libxml/HTMLparser.h>
// Structured errors (line, message) instead of text on stderr.
#include <libxml/xmlerror.h>

// xmlFree is a mutable global function pointer, which Swift 6 does not let us read.
static inline void xml_release(void *memory) { xmlFree(memory); }

// Some of its errors libxml2 writes to standard error and nowhere else, by a handler for each thread. What went wrong is
// told by the parser's state, in a sentence of our own. Swift cannot write the function, which is variadic.
static inline void xml_ignore(void *context, const char *format, ...) {
    (void)context;
    (void)format;
}
static inline void xml_silence(void) { xmlSetGenericErrorFunc(0, xml_ignore); }
