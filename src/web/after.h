/* What follows an answer: ct_after_response(). */
#ifndef CANTEEN_WEB_AFTER_H
#define CANTEEN_WEB_AFTER_H

#include "web/ct.h"

/* At the end of serve: hands what was asked for to the worker, if anything was. */
void ct_after_hand_over(ct *c);
/* Runs what was asked for, here and now: for commands. */
void ct_after_run(ct *c);

#endif
