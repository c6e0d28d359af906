/* Text for errors, causes and kinds of message.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "mip6_types.h"

const char *mip6_strerror(int error)
{
    switch (error) {
    case 0:
        return "success";
#define X(name, value, text) \
    case value:              \
        return text;
        MIP6_ERRORS(X)
#undef X
    default:
        return "unknown error";
    }
}

const char *mip6_drop_name(mip6_drop cause)
{
    static const char *const names[MIP6_N_DROPS] = {
#define X(name, text) text,
        MIP6_DROPS(X)
#undef X
    };

    return (unsigned)cause < MIP6_N_DROPS ? names[cause] : "unknown";
}

const char *mip6_message_name(mip6_message_kind kind)
{
    static const char *const names[MIP6_N_MESSAGES] = {
#define X(name, text) text,
        MIP6_MESSAGES(X)
#undef X
    };

    return (unsigned)kind < MIP6_N_MESSAGES ? names[kind] : "unknown";
}
