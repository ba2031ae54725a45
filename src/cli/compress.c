/* Brotli and gzip at their best levels, by libbrotlienc and zlib. Slow on purpose: it is done once, when a program is
 * built. */
#include "cli/compress.h"

#include "base/str.h"
#include "proto/mime.h"

#define ZLIB_CONST /* what is read is constant */

#include <brotli/encode.h>
#include <limits.h>
#include <zlib.h>

#define GZIP_WINDOW (15 + 16) /* the largest window, in the format of gzip */
#define GZIP_MEMORY 9
#define UNKNOWN_SYSTEM 255

bool ct_compressible(const char *name)
{
    static const char *const types[] = { "application/json",
                                         "application/ld+json",
                                         "application/geo+json",
                                         "application/manifest+json",
                                         "application/xml",
                                         "application/xhtml+xml",
                                         "application/rss+xml",
                                         "application/atom+xml",
                                         "application/wasm",
                                         "application/vnd.ms-fontobject",
                                         "font/otf",
                                         "font/ttf",
                                         "image/bmp",
                                         "image/svg+xml",
                                         "image/vnd.microsoft.icon" };
    const char *type = ct_mime_of(name);
    for (size_t i = 0; i < CT_COUNT(types); i++)
        if (strcmp(type, types[i]) == 0)
            return true;
    return ct_str_starts(ct_str_of(type), CT_STR("text/"));
}

bool ct_compress_br(ct_buffer *out, ct_str data)
{
    size_t size = BrotliEncoderMaxCompressedSize(data.length);
    uint8_t *room = size ? (uint8_t *)ct_buffer_reserve(out, size) : NULL;
    if (!room || BrotliEncoderCompress(BROTLI_MAX_QUALITY, BROTLI_MAX_WINDOW_BITS, BROTLI_MODE_GENERIC, data.length,
                                       (const uint8_t *)data.data, &size, room) != BROTLI_TRUE)
        return false;
    out->length += size;
    return true;
}

bool ct_compress_gz(ct_buffer *out, ct_str data)
{
    z_stream stream = { .next_in = (const Bytef *)data.data, .avail_in = (uInt)data.length };
    gz_header header = { .os = UNKNOWN_SYSTEM };
    if (data.length > INT_MAX ||
        deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    deflateSetHeader(&stream, &header);
    size_t size = deflateBound(&stream, data.length);
    stream.next_out = (Bytef *)ct_buffer_reserve(out, size);
    stream.avail_out = (uInt)size;
    bool good = stream.next_out && deflate(&stream, Z_FINISH) == Z_STREAM_END;
    out->length += good ? stream.total_out : 0;
    deflateEnd(&stream);
    return good;
}
