/* Media types by file ending: one sorted table, searched by halves.
 *
 * The types are those of the IANA registry, or what browsers know where it has none. Types of text carry their charset;
 * JSON and the XML ones are UTF-8 by themselves. Keep the table sorted: a test looks. */
#include "proto/mime.h"

#include "base/common.h"
#include "base/str.h"

#include <stdlib.h>

typedef struct mime_entry {
    char ending[12];
    const char *type;
} mime_entry;

static const mime_entry entries[] = {
    { "7z", "application/x-7z-compressed" },
    { "aac", "audio/aac" },
    { "apng", "image/apng" },
    { "appcache", "text/cache-manifest; charset=utf-8" },
    { "atom", "application/atom+xml" },
    { "avi", "video/x-msvideo" },
    { "avif", "image/avif" },
    { "bmp", "image/bmp" },
    { "br", "application/x-brotli" },
    { "bz2", "application/x-bzip2" },
    { "c", "text/x-c; charset=utf-8" },
    { "cjs", "text/javascript; charset=utf-8" },
    { "conf", "text/plain; charset=utf-8" },
    { "css", "text/css; charset=utf-8" },
    { "csv", "text/csv; charset=utf-8" },
    { "deb", "application/vnd.debian.binary-package" },
    { "diff", "text/x-diff; charset=utf-8" },
    { "dmg", "application/x-apple-diskimage" },
    { "doc", "application/msword" },
    { "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
    { "dtd", "application/xml-dtd" },
    { "eot", "application/vnd.ms-fontobject" },
    { "epub", "application/epub+zip" },
    { "exe", "application/vnd.microsoft.portable-executable" },
    { "flac", "audio/flac" },
    { "geojson", "application/geo+json" },
    { "gif", "image/gif" },
    { "glb", "model/gltf-binary" },
    { "gltf", "model/gltf+json" },
    { "gpx", "application/gpx+xml" },
    { "gz", "application/gzip" },
    { "h", "text/x-c; charset=utf-8" },
    { "heic", "image/heic" },
    { "heif", "image/heif" },
    { "htm", "text/html; charset=utf-8" },
    { "html", "text/html; charset=utf-8" },
    { "ico", "image/vnd.microsoft.icon" },
    { "ics", "text/calendar; charset=utf-8" },
    { "ini", "text/plain; charset=utf-8" },
    { "iso", "application/x-iso9660-image" },
    { "jar", "application/java-archive" },
    { "jpeg", "image/jpeg" },
    { "jpg", "image/jpeg" },
    { "js", "text/javascript; charset=utf-8" },
    { "json", "application/json" },
    { "jsonld", "application/ld+json" },
    { "jxl", "image/jxl" },
    { "kml", "application/vnd.google-earth.kml+xml" },
    { "log", "text/plain; charset=utf-8" },
    { "m3u8", "application/vnd.apple.mpegurl" },
    { "m4a", "audio/mp4" },
    { "m4s", "video/iso.segment" },
    { "m4v", "video/mp4" },
    { "map", "application/json" },
    { "markdown", "text/markdown; charset=utf-8" },
    { "md", "text/markdown; charset=utf-8" },
    { "mid", "audio/midi" },
    { "midi", "audio/midi" },
    { "mjs", "text/javascript; charset=utf-8" },
    { "mka", "audio/matroska" },
    { "mkv", "video/matroska" },
    { "mov", "video/quicktime" },
    { "mp3", "audio/mpeg" },
    { "mp4", "video/mp4" },
    { "mpd", "application/dash+xml" },
    { "mpeg", "video/mpeg" },
    { "mpg", "video/mpeg" },
    { "ndjson", "application/x-ndjson" },
    { "odp", "application/vnd.oasis.opendocument.presentation" },
    { "ods", "application/vnd.oasis.opendocument.spreadsheet" },
    { "odt", "application/vnd.oasis.opendocument.text" },
    { "oga", "audio/ogg" },
    { "ogg", "audio/ogg" },
    { "ogv", "video/ogg" },
    { "opus", "audio/ogg" },
    { "otf", "font/otf" },
    { "pdf", "application/pdf" },
    { "pem", "application/x-pem-file" },
    { "png", "image/png" },
    { "ppt", "application/vnd.ms-powerpoint" },
    { "pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation" },
    { "ps", "application/postscript" },
    { "rar", "application/vnd.rar" },
    { "rss", "application/rss+xml" },
    { "rtf", "application/rtf" },
    { "sh", "text/x-shellscript; charset=utf-8" },
    { "sql", "application/sql" },
    { "svg", "image/svg+xml" },
    { "tar", "application/x-tar" },
    { "text", "text/plain; charset=utf-8" },
    { "tgz", "application/gzip" },
    { "tif", "image/tiff" },
    { "tiff", "image/tiff" },
    { "toml", "application/toml" },
    { "tsv", "text/tab-separated-values; charset=utf-8" },
    { "ttf", "font/ttf" },
    { "txt", "text/plain; charset=utf-8" },
    { "vcf", "text/vcard; charset=utf-8" },
    { "vtt", "text/vtt; charset=utf-8" },
    { "wasm", "application/wasm" },
    { "wav", "audio/wav" },
    { "weba", "audio/webm" },
    { "webm", "video/webm" },
    { "webmanifest", "application/manifest+json" },
    { "webp", "image/webp" },
    { "woff", "font/woff" },
    { "woff2", "font/woff2" },
    { "xhtml", "application/xhtml+xml" },
    { "xls", "application/vnd.ms-excel" },
    { "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
    { "xml", "application/xml" },
    { "xsl", "application/xslt+xml" },
    { "xslt", "application/xslt+xml" },
    { "xz", "application/x-xz" },
    { "yaml", "application/yaml" },
    { "yml", "application/yaml" },
    { "zip", "application/zip" },
    { "zst", "application/zstd" },
};

static int compare(const void *key, const void *entry)
{
    return strcmp(key, ((const mime_entry *)entry)->ending);
}

const char *ct_mime_of(const char *file_name)
{
    static const char unknown[] = "application/octet-stream";
    const char *slash = strrchr(file_name, '/');
    const char *name = slash ? slash + 1 : file_name;
    const char *dot = strrchr(name, '.');
    if (!dot || dot == name)
        return unknown;
    size_t length = strlen(dot + 1);
    char ending[sizeof(entries->ending)];
    if (length >= sizeof(ending))
        return unknown;
    for (size_t i = 0; i <= length; i++)
        ending[i] = ct_ascii_lower(dot[1 + i]);
    const mime_entry *found = bsearch(ending, entries, CT_COUNT(entries), sizeof *entries, compare);
    return found ? found->type : unknown;
}
