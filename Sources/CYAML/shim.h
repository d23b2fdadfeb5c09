// libyaml as Debian ships it: its parser reports line and column of every event.
#pragma once
#include <yaml.h>
