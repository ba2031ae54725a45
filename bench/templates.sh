#!/bin/sh
# What a page of templates costs: Canteen in Jinja's and in Django's language, Jinja2, Django, and C that appends the
# same bytes. All take turns in one run; each figure is the best of its rounds, since noise only adds.
set -eu
cd "$(dirname "$0")/.."

seconds=${BENCH_SECONDS:-1}
rounds=${BENCH_ROUNDS:-3}
result=build/bench/templates.txt

engine()
{
    build/bench/templates engine "bench/templates/$1" "$2" "$3"
}

peer()
{
    /usr/bin/python3 bench/peers/templates.py "$1" "bench/templates/$1" "$2" "$3"
}

by_hand()
{
    build/bench/templates c bench/templates/jinja "$1" "$2"
}

# The same page from all, or the figures compare nothing.
check()
{
    engine jinja "$1" --show >build/bench/page.ours
    peer jinja "$1" --show >build/bench/page.jinja
    by_hand "$1" --show >build/bench/page.c
    cmp build/bench/page.ours build/bench/page.jinja
    cmp build/bench/page.ours build/bench/page.c
    engine django "$1" --show >build/bench/page.ours
    peer django "$1" --show >build/bench/page.django
    cmp build/bench/page.ours build/bench/page.django
}

least()
{
    sort -n | head -n 1
}

measure()
{
    round=0
    : >build/bench/samples
    while [ "$round" -lt "$rounds" ]; do
        round=$((round + 1))
        {
            echo "jinja-ours $(engine jinja "$1" "$seconds")"
            echo "jinja-peer $(peer jinja "$1" "$seconds")"
            echo "django-ours $(engine django "$1" "$seconds")"
            echo "django-peer $(peer django "$1" "$seconds")"
            echo "by-hand $(by_hand "$1" "$seconds")"
        } >>build/bench/samples
    done
}

of()
{
    sed -n "s/^$1 //p" build/bench/samples | least
}

{
    printf '%-15s %12s %12s %8s %12s %12s %8s %12s %8s\n' page 'ours ns' 'Jinja2 ns' faster 'ours(D) ns' 'Django ns' \
        faster 'by hand ns' 'x hand'
    for page in fortunes.html table.html nested.html; do
        check "$page"
        measure "$page"
        printf '%s %s %s %s %s %s\n' "$page" "$(of jinja-ours)" "$(of jinja-peer)" "$(of django-ours)" \
            "$(of django-peer)" "$(of by-hand)" |
            awk '{ printf "%-15s %12d %12d %7.1fx %12d %12d %7.1fx %12d %8.2f\n",
                $1, $2, $3, $3 / $2, $4, $5, $5 / $4, $6, $2 / $6 }'
    done
} | tee "$result"
