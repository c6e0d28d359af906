/* mip6sim. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/cli/cli.h"

int main(int argc, char **argv)
{
    return sim_cli_main(argc, argv);
}
