// libcurl as Debian ships it. Its option setters are variadic, which Swift cannot call.
#pragma once
#include <curl/curl.h>
