# shellcheck shell=sh
# The same surroundings for tests, whoever runs them, wherever: to be read with `.`.
#
# Settings and databases are what a test says itself; curl goes straight to 127.0.0.1; compilers and programs speak
# English; script(1) takes a shell that there is; make takes its flags from its Makefile.
for name in $(env | sed -n -E 's/^((CANTEEN|PG|LC)_?[A-Za-z0-9_]*|[A-Za-z]+_(proxy|PROXY))=.*/\1/p'); do
    unset "$name"
done
unset DATABASE_URL LANGUAGE TZ NOTIFY_SOCKET LISTEN_FDS LISTEN_PID WATCHDOG_USEC
unset MAKEFLAGS MAKELEVEL MFLAGS CFLAGS CPPFLAGS LDFLAGS LDLIBS CC GCC_COLORS CURL_HOME DESTDIR
SHELL=/bin/sh TERM=dumb LANG=C.UTF-8
export SHELL TERM LANG
umask 022
if [ ! -w "${HOME:-}" ]; then # browsers want one
    HOME=${TMPDIR:-/tmp}
fi
export HOME
