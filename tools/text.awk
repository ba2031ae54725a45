# What every text file keeps to: no trailing blanks, no tabs, no carriage returns; code no wider than 120 columns.

function refuse(why)
{
    print FILENAME ":" FNR ": " why
    failed = 1
}

/[ \t]$/ { refuse("trailing blanks") }
/\t/ && FILENAME !~ /Makefile$/ { refuse("a tab") }
/\r/ { refuse("a carriage return") }
FILENAME !~ /\.(md|1)$/ {
    line = $0
    gsub(/[\200-\277]/, "", line) # bytes that continue a character of UTF-8
    if (length(line) > 120)
        refuse(length(line) " columns, over 120")
}

# A line marker of a header says the line that follows it.
FILENAME ~ /\.h$/ && /^# [0-9]+ "/ && $2 != FNR + 1 { refuse("the next line is " FNR + 1 ", not " $2) }

END { exit failed }
