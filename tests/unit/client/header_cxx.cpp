/* The public header alone, as C99 and as C++. */
#include <dalv/dalv.h>

int main(void)
{
    return dalv_status_outcome(DALV_OK);
}
