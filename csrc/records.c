/*
** records.c - the records of a delimited file in Lua: feeds the reader of
** delimited.c with the chunks that a Lua function gives.
*/
#include "records.h"

#include <string.h>

/* How many bytes the buffer begins with; it grows for longer records. */
#define ROOM 65536

/* user values */
enum { READ = 1, BUFFER, SCRATCH, USERVALUES = SCRATCH };

DuRecords *du_check_records(lua_State *L, int index) {
  return du_check_object(L, index, DU_RECORDS, "the records of a file");
}

/* Makes room for `more` bytes behind those that are still to be read. */
static void make_room(lua_State *L, DuRecords *records, int index,
                      size_t more) {
  size_t left = records->length - records->reader.at;
  char *bytes = records->bytes;
  if (left + more > records->size) {
    size_t size = records->size * 2;
    if (size < left + more)
      size = left + more;
    bytes = lua_newuserdatauv(L, size, 0);
    records->size = size;
  }
  memmove(bytes, records->bytes + records->reader.at, left);
  if (bytes != records->bytes)
    lua_setiuservalue(L, index, BUFFER); /* frees the smaller one */
  records->bytes = bytes;
  records->length = left;
  records->reader.at = 0;
}

/* Reads another chunk, or notes that there is none. */
static void feed(lua_State *L, DuRecords *records, int index) {
  size_t length;
  const char *chunk;
  lua_getiuservalue(L, index, READ);
  lua_call(L, 0, 1);
  if (lua_isnil(L, -1)) {
    records->ended = true;
  } else if (lua_type(L, -1) != LUA_TSTRING) {
    du_show(L, -1);
    du_raise(L, "misuse", NULL, NULL,
             "a function that gives the bytes of a file returns text or nil, "
             "got %s",
             lua_tostring(L, -1));
  } else {
    chunk = lua_tolstring(L, -1, &length);
    make_room(L, records, index, length);
    memcpy(records->bytes + records->length, chunk, length);
    records->length += length;
  }
  lua_pop(L, 1);
}

DuDelimitedStatus du_records_next(lua_State *L, DuRecords *records, int index) {
  DuDelimitedStatus status;
  if (records->peeked) {
    records->peeked = false;
    return records->status;
  }
  index = lua_absindex(L, index);
  luaL_checkstack(L, 4, NULL);
  while ((status = du_delimited_next(&records->reader, records->bytes,
                                     records->length, records->ended)) ==
         DU_DELIMITED_MORE)
    feed(L, records, index);
  records->status = status;
  return status;
}

/* Room for a field whose quotes are made single: no field is longer than the
** buffer. */
static char *scratch(lua_State *L, DuRecords *records, int index) {
  if (records->scratch_size < records->size) {
    records->scratch = lua_newuserdatauv(L, records->size, 0);
    records->scratch_size = records->size;
    lua_setiuservalue(L, index, SCRATCH);
  }
  return records->scratch;
}

const char *du_records_plain(lua_State *L, DuRecords *records, int index,
                             int field, size_t *length) {
  const DuSpan *span = &records->reader.fields[field];
  char *plain = scratch(L, records, lua_absindex(L, index)) +
                (span->text - records->bytes);
  *length = du_delimited_plain(span, plain);
  return plain;
}

const char *du_records_line(const DuRecords *records, size_t *length) {
  *length = records->reader.length;
  return records->bytes + records->reader.start;
}

/*
** records:fields([peek]) -> list of texts, line; or false, line, why, text
** The fields of the next record, with the number of its first line; of one
** that is none, what is wrong and the line, cut off at the limit. nil at the
** end. With peek = true it is read again the next time.
*/
static int records_fields(lua_State *L) {
  DuRecords *records = du_check_records(L, 1);
  bool peek = lua_toboolean(L, 2);
  DuDelimitedStatus status;
  size_t length;
  const char *text;
  do
    status = du_records_next(L, records, 1);
  while (status == DU_DELIMITED_REST);
  records->peeked = peek;
  if (status == DU_DELIMITED_END) {
    lua_pushnil(L);
    return 1;
  }
  if (status == DU_DELIMITED_FAULT) {
    lua_pushboolean(L, false);
    lua_pushinteger(L, (lua_Integer)records->reader.line);
    lua_pushstring(L, records->reader.why);
    text = du_records_line(records, &length);
    lua_pushlstring(L, text, length);
    return 4;
  }
  lua_createtable(L, records->reader.count, 0);
  for (int i = 0; i < records->reader.count; i++) {
    text = du_records_text(L, records, 1, i, &length);
    lua_pushlstring(L, text, length);
    lua_rawseti(L, -2, i + 1);
  }
  lua_pushinteger(L, (lua_Integer)records->reader.line);
  return 2;
}

/*
** records:text() -> text
** The record that `fields` has given last, as it stands in the file, without
** its line end.
*/
static int records_text(lua_State *L) {
  const DuRecords *records = du_check_records(L, 1);
  size_t length;
  const char *text = du_records_line(records, &length);
  lua_pushlstring(L, text, records->status != DU_DELIMITED_END ? length : 0);
  return 1;
}

/* The one byte of the option `delimiter`. */
static char check_delimiter(lua_State *L, int options) {
  char delimiter;
  lua_getfield(L, options, "delimiter");
  if (lua_type(L, -1) != LUA_TSTRING || lua_rawlen(L, -1) != 1 ||
      strchr("\"\r\n", *lua_tostring(L, -1)) != NULL) {
    du_show(L, -1);
    du_raise(L, "misuse", NULL, NULL,
             "option delimiter: expected one byte, neither a quote nor a line "
             "end, got %s",
             lua_tostring(L, -1));
  }
  delimiter = *lua_tostring(L, -1);
  lua_pop(L, 1);
  return delimiter;
}

/* [-0, +1] */
static DuRecords *new_records(lua_State *L, char delimiter, bool quotes,
                              size_t limit) {
  DuRecords *records = lua_newuserdatauv(L, sizeof *records, USERVALUES);
  memset(records, 0, sizeof *records);
  luaL_setmetatable(L, DU_RECORDS);
  du_delimited_init(&records->reader, delimiter, quotes, limit);
  records->bytes = lua_newuserdatauv(L, ROOM, 0);
  records->size = ROOM;
  lua_setiuservalue(L, -2, BUFFER);
  return records;
}

DuRecords *du_records_like(lua_State *L, const DuRecords *records) {
  return new_records(L, records->reader.delimiter, records->reader.quotes,
                     records->reader.limit);
}

void du_records_give(lua_State *L, DuRecords *records, int index,
                     const char *text, size_t length, int64_t line) {
  records->reader.at = records->length; /* all before it has been read */
  make_room(L, records, lua_absindex(L, index), length + 1);
  memcpy(records->bytes, text, length);
  records->bytes[length] = '\n';
  /* behind an empty line alone, which is a record by its line end: a text may
  ** end with a carriage return that is its own */
  records->length = length > 0 ? length : 1;
  records->ended = true;
  du_delimited_go(&records->reader, (uint64_t)line);
}

/*
** records(read, { delimiter=, quotes=, limit=, quiet= }) -> records
** The records of what read() gives, in chunks of text, until it gives nil.
**   delimiter  one byte
**   quotes     whether fields may stand in quotes (RFC 4180)
**   limit      the most bytes that a record may have
**   quiet      whether read() asks nothing of a store
*/
static int records_new(lua_State *L) {
  static const char *const names[] = {"delimiter", "quotes", "limit", "quiet",
                                      NULL};
  char delimiter;
  bool quotes, quiet;
  lua_Integer limit;
  lua_settop(L, 2);
  if (!lua_isfunction(L, 1))
    du_misuse(L, 1, "a function that gives chunks of text");
  luaL_checktype(L, 2, LUA_TTABLE);
  du_check_options(L, 2, names);
  delimiter = check_delimiter(L, 2);
  lua_getfield(L, 2, "quotes");
  quotes = lua_toboolean(L, -1);
  lua_getfield(L, 2, "limit");
  limit = luaL_checkinteger(L, -1);
  luaL_argcheck(L, limit > 0 && limit < INT32_MAX, 2, "limit out of range");
  lua_getfield(L, 2, "quiet");
  quiet = lua_toboolean(L, -1);
  new_records(L, delimiter, quotes, (size_t)limit)->quiet = quiet;
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, READ);
  return 1;
}

static const luaL_Reg methods[] = {
    {"fields", records_fields},
    {"text", records_text},
    {NULL, NULL},
};

/* Adds `records` to the core table on top of the stack. */
void du_open_records(lua_State *L) {
  luaL_newmetatable(L, DU_RECORDS);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, DU_RECORDS);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
  lua_pushcfunction(L, records_new);
  lua_setfield(L, -2, "records");
}
