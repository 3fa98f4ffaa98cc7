#include "core.h"
int du_store_check(lua_State *L) { lua_newtable(L); return 1; }
