# The table of bench/server.sh, from its measurements: medians, and the ratios of CPU per request within the run.

function median(list, parts, n, i, j, swap)
{
    n = split(list, parts, " ")
    for (i = 1; i <= n; i++)
        for (j = i + 1; j <= n; j++)
            if (parts[j] + 0 < parts[i] + 0) {
                swap = parts[i]
                parts[i] = parts[j]
                parts[j] = swap
            }
    return n % 2 ? parts[(n + 1) / 2] : (parts[n / 2] + parts[n / 2 + 1]) / 2
}

function ratio(a, b)
{
    return a && b ? sprintf("%.2f", a / b) : "-"
}

NR == 1 { next }
{
    key = $2 SUBSEP $3
    if (!seen[$2]++)
        workloads[++workload_count] = $2
    if (!seen[$3]++)
        servers[++server_count] = $3
    rates[key] = rates[key] " " $4 / $5
    costs[key] = costs[key] " " ($4 ? $6 / ticks_a_second * 1e6 / $4 : 0)
}

END {
    for (w = 1; w <= workload_count; w++) {
        workload = workloads[w]
        printf "\n%-14s %12s %12s %10s %10s %10s\n", workload, "requests/s", "CPU us/req", "x floor", "x nginx",
            "x canteen"
        for (s = 1; s <= server_count; s++) {
            server = servers[s]
            cost = median(costs[workload, server])
            printf "%-14s %12.0f %12.3f %10s %10s %10s\n", server, median(rates[workload, server]), cost,
                ratio(cost, median(costs[workload, "floor"])), ratio(cost, median(costs[workload, "nginx"])),
                ratio(cost, median(costs[workload, "canteen"]))
        }
    }
}
