/* Signed text at a given time, for tests and fuzzers; ct_sign() and ct_unsign() take the clock's. */
#ifndef CANTEEN_WEB_SIGN_H
#define CANTEEN_WEB_SIGN_H

#include "canteen/sign.h"

const char *ct_sign_at(ct *c, const char *purpose, const char *text, ct_time now);
const char *ct_unsign_at(ct *c, const char *purpose, const char *token, ct_time max_age, ct_time now);

#endif
