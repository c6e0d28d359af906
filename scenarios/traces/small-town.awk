# Writes the movement of an invented town as SUMO floating-car data:
#
#     awk -f small-town.awk | gzip -9n > small-town.fcd.xml.gz
#
# Streets every 100 m make a town of 1,000 m by 700 m. 120 cars enter at crossings on its
# edge, 40 of them at once and the others during seven minutes; each drives at a speed of its
# own, at a crossing waits now and then, goes straight on half of the time or turns, and
# leaves after two to eight minutes. A position every 5 s for 600 s. Integers only (cm, ms), so
# that every awk writes the same bytes.
#
# SPDX-License-Identifier: GPL-3.0-or-later

# Lehmer's generator: products stay below 2^53.
function below(n) {
    state = (state * 16807) % 2147483647
    return int(state / 7) % n
}

function enter(c,    side) {
    side = below(4)
    cx[c] = side == 0 ? 0 : side == 1 ? NX : below(NX + 1)
    cy[c] = side == 2 ? 0 : side == 3 ? NY : below(NY + 1)
    dir[c] = side == 0 ? 0 : side == 1 ? 2 : side == 2 ? 1 : 3
    way[c] = 0
    wait[c] = 0
    speed[c] = 600 + below(800)                 # cm/s
    first[c] = c < 40 ? 0 : below(420)          # s
    last[c] = first[c] + 120 + below(360)
}

function inside(x, y) { return x >= 0 && x <= NX && y >= 0 && y <= NY }

# At a crossing: wait, then a street that is there.
function turn(c,    r, d) {
    if (below(10) < 3)
        wait[c] = 1000 * (2 + below(14))        # ms
    do {
        r = below(4)
        d = (dir[c] + (r < 2 ? 0 : r == 2 ? 1 : 3)) % 4
        if (!inside(cx[c] + dx[dir[c]], cy[c] + dy[dir[c]]) && r < 2)
            d = (dir[c] + 1 + 2 * below(2)) % 4
    } while (!inside(cx[c] + dx[d], cy[c] + dy[d]))
    dir[c] = d
}

# 5 s of a car.
function move(c,    left, need) {
    left = 5000
    while (left > 0) {
        if (wait[c] > 0) {
            need = wait[c] < left ? wait[c] : left
            wait[c] -= need
            left -= need
            continue
        }
        need = int((BLOCK - way[c]) * 1000 / speed[c]) + 1
        if (need > left) {
            way[c] += int(speed[c] * left / 1000)
            return
        }
        left -= need
        cx[c] += dx[dir[c]]
        cy[c] += dy[dir[c]]
        way[c] = 0
        turn(c)
    }
}

function metres(cm) { return sprintf("%d.%02d", int(cm / 100), cm % 100) }

BEGIN {
    NX = 10; NY = 7; BLOCK = 10000; CARS = 120; state = 20061
    dx[0] = 1; dx[1] = 0; dx[2] = -1; dx[3] = 0
    dy[0] = 0; dy[1] = 1; dy[2] = 0; dy[3] = -1
    for (c = 0; c < CARS; c++)
        enter(c)
    print "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
    print "<!-- an invented town: see small-town.awk -->"
    print "<fcd-export>"
    for (t = 0; t <= 600; t += 5) {
        printf "    <timestep time=\"%d.00\">\n", t
        for (c = 0; c < CARS; c++) {
            if (t < first[c] || t > last[c])
                continue
            x = cx[c] * BLOCK + way[c] * dx[dir[c]]
            y = cy[c] * BLOCK + way[c] * dy[dir[c]]
            printf "        <vehicle id=\"car%d\" x=\"%s\" y=\"%s\" speed=\"%s\"/>\n", c,
                   metres(x), metres(y), metres(wait[c] > 0 ? 0 : speed[c])
            move(c)
        }
        print "    </timestep>"
    }
    print "</fcd-export>"
}
