# shellcheck shell=sh disable=SC2154 # work is set by those who read this
# A browser that is told what to do, for tests in shell: Chromium by its driver (W3C WebDriver), asked by curl. To be
# read with `.`; $work is a folder of the test's own.
#
#   browser_start; browser_go URL; browser_type CSS TEXT; browser_click CSS; browser_text CSS; browser_url;
#   browser_script JAVASCRIPT; browser_stop
#
# What reads prints its value; what cannot be done fails and prints what the driver said.

browser_driver='' browser_base='' browser_session=''

# browser_ask METHOD PATH [JSON]: the answer; fails on an error of the driver's.
browser_ask()
{
    if [ $# -eq 3 ]; then
        curl -sS --max-time 30 -X "$1" -H 'Content-Type: application/json' --data-binary "$3" "$browser_base$2"
    else
        curl -sS --max-time 30 -X "$1" "$browser_base$2"
    fi >"$work/browser.answer" || return 1
    if grep -q '"error":"' "$work/browser.answer"; then
        cat "$work/browser.answer" >&2
        return 1
    fi
}

# The text of a JSON answer's "value", when that is text or a number.
browser_value()
{
    sed -n -e 's/^{"value":"\(.*\)"}$/\1/p' -e 's/^{"value":\([0-9a-z.]*\)}$/\1/p' "$work/browser.answer" |
        sed -e 's/\\"/"/g' -e 's/\\u003C/</g' -e 's/\\\\/\\/g'
}

# browser_json TEXT: the text as JSON.
browser_json()
{
    printf '"%s"' "$(printf '%s' "$1" | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g')"
}

browser_start()
{
    command -v chromedriver >/dev/null || {
        echo 'chromedriver is missing: apt-get install chromium-driver (./dev setup does)' >&2
        return 1
    }
    chromedriver --port=0 >"$work/chromedriver.log" 2>&1 &
    browser_driver=$!
    for _ in $(seq 100); do
        port=$(sed -n 's/.*started successfully on port \([0-9]*\).*/\1/p' "$work/chromedriver.log")
        [ -n "$port" ] && break
        sleep 0.1
    done
    browser_base=http://127.0.0.1:$port
    browser_ask POST /session '{"capabilities":{"alwaysMatch":{"goog:loggingPrefs":{"browser":"ALL"},
        "goog:chromeOptions":{"args":["--headless","--no-sandbox","--disable-gpu","--disable-dev-shm-usage",
        "--disable-background-networking","--no-first-run","--user-data-dir='"$work"'/browser"]}}}}' || return 1
    browser_session=$(sed -n 's/.*"sessionId":"\([^"]*\)".*/\1/p' "$work/browser.answer")
    browser_base=$browser_base/session/$browser_session
    browser_ask POST /timeouts '{"implicit":5000,"pageLoad":20000}'
}

browser_stop()
{
    if [ -n "$browser_session" ]; then
        browser_ask DELETE ''
    fi
    if [ -n "$browser_driver" ]; then
        kill "$browser_driver"
        wait "$browser_driver"
    fi
    browser_driver='' browser_session=''
} 2>/dev/null

browser_go()
{
    browser_ask POST /url "{\"url\":$(browser_json "$1")}"
}

# The id of the first element that a CSS selector finds, waiting some seconds for it to be there.
browser_find()
{
    browser_ask POST /element "{\"using\":\"css selector\",\"value\":$(browser_json "$1")}" || return 1
    sed -n 's/.*:"\([^"]*\)"}}$/\1/p' "$work/browser.answer"
}

browser_click()
{
    element=$(browser_find "$1") && browser_ask POST "/element/$element/click" '{}'
}

browser_type()
{
    element=$(browser_find "$1") && browser_ask POST "/element/$element/value" "{\"text\":$(browser_json "$2")}"
}

browser_text()
{
    element=$(browser_find "$1") && browser_ask GET "/element/$element/text" && browser_value
}

browser_url()
{
    browser_ask GET /url && browser_value
}

browser_script()
{
    browser_ask POST /execute/sync "{\"script\":$(browser_json "$1"),\"args\":[]}" && browser_value
}

# Errors in the console since the last call, one a line.
browser_errors()
{
    browser_ask POST /se/log '{"type":"browser"}' && grep -o '"level":"SEVERE","message":"[^}]*' "$work/browser.answer"
}
