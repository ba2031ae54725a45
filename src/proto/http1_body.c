/* The chunked decoder: a state machine that takes framing byte by byte and payload as whole runs.
 *
 *     size [extensions] CR LF   payload CR LF        any number of chunks
 *     0 [extensions] CR LF
 *     name: value CR LF                              any number of trailer fields
 *     CR LF
 *
 * A state says what may come next, so that a body can stop anywhere between two calls. The grammar of extensions is the
 * table `extension`; the rest is plain from the code.
 *
 * It deliberately does not hand out extensions or trailers, join payload runs, or limit the whole body: the caller
 * counts payload as it comes. */
#include "proto/http1_body.h"

#define DIGITS_MAX 16

enum {
    WRONG, /* in the table: no byte of this kind may come here */

    /* chunk-ext = *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] ) */
    BEFORE_SEMICOLON, /* in the space before a ';' */
    BEFORE_NAME,
    IN_NAME,
    AFTER_NAME, /* in the space behind a name: '=' or ';' must come */
    BEFORE_VALUE,
    IN_VALUE,
    IN_QUOTES,
    IN_ESCAPE, /* behind a backslash in quotes */
    AFTER_QUOTES,
    SIZE_LF,

    SIZE, /* in the digits, or before them */
    PAYLOAD,
    PAYLOAD_CR,
    PAYLOAD_LF,
    TRAILER_START, /* a trailer's first byte, or the last line's CR */
    TRAILER_NAME,
    TRAILER_VALUE,
    TRAILER_LF,
    LAST_LF,
    DONE,
    FAILED
};

/* Kinds of bytes in extensions. Anything that is no field character is OTHER. */
typedef enum { OTHER, SPACE, WORD, TEXT, SEMICOLON, EQUALS, QUOTE, BACKSLASH, CR, KINDS } byte_kind;

static const uint8_t extension[SIZE_LF][KINDS] = {
    [BEFORE_SEMICOLON] = { [SPACE] = BEFORE_SEMICOLON, [SEMICOLON] = BEFORE_NAME },
    [BEFORE_NAME] = { [SPACE] = BEFORE_NAME, [WORD] = IN_NAME },
    [IN_NAME] = { [WORD] = IN_NAME,
                  [SPACE] = AFTER_NAME,
                  [EQUALS] = BEFORE_VALUE,
                  [SEMICOLON] = BEFORE_NAME,
                  [CR] = SIZE_LF },
    [AFTER_NAME] = { [SPACE] = AFTER_NAME, [EQUALS] = BEFORE_VALUE, [SEMICOLON] = BEFORE_NAME },
    [BEFORE_VALUE] = { [SPACE] = BEFORE_VALUE, [WORD] = IN_VALUE, [QUOTE] = IN_QUOTES },
    [IN_VALUE] = { [WORD] = IN_VALUE, [SPACE] = BEFORE_SEMICOLON, [SEMICOLON] = BEFORE_NAME, [CR] = SIZE_LF },
    [IN_QUOTES] = { [SPACE] = IN_QUOTES,
                    [WORD] = IN_QUOTES,
                    [TEXT] = IN_QUOTES,
                    [SEMICOLON] = IN_QUOTES,
                    [EQUALS] = IN_QUOTES,
                    [BACKSLASH] = IN_ESCAPE,
                    [QUOTE] = AFTER_QUOTES },
    [IN_ESCAPE] = { [SPACE] = IN_QUOTES,
                    [WORD] = IN_QUOTES,
                    [TEXT] = IN_QUOTES,
                    [SEMICOLON] = IN_QUOTES,
                    [EQUALS] = IN_QUOTES,
                    [BACKSLASH] = IN_QUOTES,
                    [QUOTE] = IN_QUOTES },
    [AFTER_QUOTES] = { [SPACE] = BEFORE_SEMICOLON, [SEMICOLON] = BEFORE_NAME, [CR] = SIZE_LF },
};

static byte_kind kind_of(char ch)
{
    switch (ch) {
    case ' ':
    case '\t':
        return SPACE;
    case ';':
        return SEMICOLON;
    case '=':
        return EQUALS;
    case '"':
        return QUOTE;
    case '\\':
        return BACKSLASH;
    case '\r':
        return CR;
    default:
        return ct_http1_char_is(ch, CT_CHAR_TOKEN) ? WORD : ct_http1_char_is(ch, CT_CHAR_FIELD) ? TEXT : OTHER;
    }
}

static void refuse(ct_http1_chunked *decoder, int status, const char *reason)
{
    decoder->state = FAILED;
    decoder->error_status = status;
    decoder->error = reason;
}

/* The next state, or why there is none. */
static void expect(ct_http1_chunked *decoder, bool right, int state, const char *otherwise)
{
    if (right)
        decoder->state = (uint8_t)state;
    else
        refuse(decoder, 400, otherwise);
}

static void take_size(ct_http1_chunked *decoder, char ch)
{
    if (ct_http1_char_is(ch, CT_CHAR_HEX)) {
        if (decoder->digits == DIGITS_MAX || decoder->left > INT64_MAX >> 4) {
            refuse(decoder, 400, "chunk size too large");
            return;
        }
        decoder->left = decoder->left << 4 | (uint64_t)(ch <= '9' ? ch - '0' : (ch | 0x20) - 'a' + 10);
        decoder->digits++;
        return;
    }
    byte_kind kind = kind_of(ch);
    int next = kind == CR ? SIZE_LF : kind == SPACE ? BEFORE_SEMICOLON : kind == SEMICOLON ? BEFORE_NAME : WRONG;
    expect(decoder, next != WRONG && decoder->digits > 0, next, "malformed chunk size");
}

static void take_size_line(ct_http1_chunked *decoder, char ch)
{
    if (decoder->line++ == decoder->limits.line)
        refuse(decoder, 400, "chunk size line too long");
    else if (decoder->state == SIZE)
        take_size(decoder, ch);
    else if (decoder->state == SIZE_LF)
        expect(decoder, ch == '\n', decoder->left > 0 ? PAYLOAD : TRAILER_START, "CR without LF in a chunk size");
    else {
        int next = extension[decoder->state][kind_of(ch)];
        expect(decoder, next != WRONG, next, "malformed chunk extension");
    }
}

static void take_payload_end(ct_http1_chunked *decoder, char ch)
{
    if (decoder->state == PAYLOAD_CR) {
        expect(decoder, ch == '\r', PAYLOAD_LF, "chunk longer than its size");
        return;
    }
    expect(decoder, ch == '\n', SIZE, "CR without LF behind a chunk");
    decoder->line = 0;
    decoder->digits = 0;
}

static void take_trailer(ct_http1_chunked *decoder, char ch)
{
    bool token = ct_http1_char_is(ch, CT_CHAR_TOKEN);
    if (decoder->state == TRAILER_START && ch == '\r')
        decoder->state = LAST_LF;
    else if (decoder->state == LAST_LF)
        expect(decoder, ch == '\n', DONE, "CR without LF behind the last chunk");
    else if (decoder->trailer_size++ == decoder->limits.trailer_size)
        refuse(decoder, 431, "trailers too large");
    else if (decoder->state == TRAILER_START && decoder->trailer_count++ == decoder->limits.trailers)
        refuse(decoder, 431, "too many trailer fields");
    else if (decoder->state == TRAILER_START)
        expect(decoder, token, TRAILER_NAME, "malformed trailer name");
    else if (decoder->state == TRAILER_NAME)
        expect(decoder, token || ch == ':', token ? TRAILER_NAME : TRAILER_VALUE, "malformed trailer name");
    else if (decoder->state == TRAILER_VALUE)
        expect(decoder, ch == '\r' || ct_http1_char_is(ch, CT_CHAR_FIELD), ch == '\r' ? TRAILER_LF : TRAILER_VALUE,
               "trailer value with a character it may not have");
    else
        expect(decoder, ch == '\n', TRAILER_START, "CR without LF in a trailer");
}

static void take(ct_http1_chunked *decoder, char ch)
{
    if (decoder->state <= SIZE)
        take_size_line(decoder, ch);
    else if (decoder->state <= PAYLOAD_LF)
        take_payload_end(decoder, ch);
    else
        take_trailer(decoder, ch);
}

void ct_http1_chunked_init(ct_http1_chunked *decoder, const ct_http1_chunked_limits *limits)
{
    *decoder = (ct_http1_chunked){ .limits = limits ? *limits : CT_HTTP1_CHUNKED_LIMITS, .state = SIZE };
}

ct_http1_result ct_http1_chunked_next(ct_http1_chunked *decoder, const char *data, size_t length, size_t *ret_consumed,
                                      ct_str *ret_payload)
{
    size_t at = 0;
    *ret_payload = (ct_str){ NULL, 0 };
    while (at < length && decoder->state != PAYLOAD && decoder->state < DONE)
        take(decoder, data[at++]);
    if (at < length && decoder->state == PAYLOAD) {
        size_t run = CT_MIN(length - at, decoder->left);
        *ret_payload = (ct_str){ data + at, run };
        at += run;
        decoder->left -= run;
        if (decoder->left == 0)
            decoder->state = PAYLOAD_CR;
    }
    *ret_consumed = at;
    return decoder->state == DONE ? CT_HTTP1_DONE : decoder->state == FAILED ? CT_HTTP1_ERROR : CT_HTTP1_INCOMPLETE;
}
