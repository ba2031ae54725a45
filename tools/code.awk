# Prints C files as FILE:LINE:CODE, comments and the content of literals blanked: for checks that look at code alone.

FNR == 1 { in_comment = 0 }
{
    line = $0
    code = ""
    while (line != "") {
        if (in_comment) {
            end = index(line, "*/")
            if (!end)
                break
            line = substr(line, end + 2)
            in_comment = 0
        } else if (match(line, /\/\*|\/\/|"([^"\\]|\\.)*"|'([^'\\]|\\.)*'/)) {
            token = substr(line, RSTART, RLENGTH)
            code = code substr(line, 1, RSTART - 1)
            line = substr(line, RSTART + RLENGTH)
            if (token == "//")
                break
            else if (token == "/*")
                in_comment = 1
            else
                code = code substr(token, 1, 1) substr(token, 1, 1)
        } else {
            code = code line
            break
        }
    }
    sub(/[ \t]+$/, "", code)
    print FILENAME ":" FNR ":" code
}
