/* Media types by the ending of a file's name. */
#ifndef CANTEEN_PROTO_MIME_H
#define CANTEEN_PROTO_MIME_H

/* The media type for a file's name or path, ready for Content-Type: text is UTF-8 and says so. What counts is the part
 * after the last dot of the last segment, upper or lower case; a name that only begins with a dot has no ending.
 * Unknown or none: "application/octet-stream". The content is never looked at: guessing from it is how a picture
 * becomes a script. The text lives as long as the program. */
const char *ct_mime_of(const char *file_name);

#endif
