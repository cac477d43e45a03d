#include <libmilter/mfapi.h>
#include <malloc.h>
