/*
** import.c - the records of a file brought into a kind: each field's text is
** read as what the field holds and bound to a prepared insert, without passing
** through Lua. What a mapping cannot do by itself (to find or make a party, to
** convert) is asked of Lua functions, whose answers are remembered.
**
** The rows of a large kind (events) go straight into its table. Into an empty
** one they go without its indexes, which are made at the end; what identity a
** row has is then known only by a filter that can be wrong in one way: a row
** that may be there already is put aside, and looked at again when the index
** is there. Rows of other kinds, whose names and texts have indexes of their
** own, go the way of `add`.
**
** A loader is used inside one transaction, or several, of its store; whatever
** raises here, the transaction undoes.
*/
#include <stdio.h>
#include <string.h>

#include "core.h"
#include "entry.h"
#include "fold.h"
#include "records.h"

#define DU_LOADER "dualuse.loader"

/* user values */
enum {
  COLLECTION = 1, /* anchors the store */
  RECORDS,        /* what is read */
  PLAN,           /* the mapping as it was given */
  PARTS,          /* by target: see enum Part */
  ANCHORS,        /* what cells point to until the row is written */
  MEMORY,         /* the userdata that hold targets, cells and the filter */
  USERVALUES = MEMORY
};

/* Stack indices while rows are read. */
enum { LOADER = 1, LIMIT, ROWS, ALL_PARTS, ALL_ANCHORS, ROW, PLANNED, BASE };

/* Of each target in the table of parts, from 4 * its number on. */
enum Part { WORDS = 1, RESOLVE, CONVERT, KNOWN, PART_COUNT = 4 };

/* What a field's text was read as before. */
enum { MEMO_KEY = 30, MEMOS = 4096 };
typedef struct Memo {
  uint8_t length; /* of the key; 0: nothing is remembered */
  char key[MEMO_KEY];
  char day[DU_DAY_TEXT];
  DuColumn type;
  int64_t integer, last;
  double number;
  const char *text; /* in a table of words, or NULL: day */
  size_t size;
} Memo;

enum { JOINED = 8, SEPARATOR = 16 };

/* Where one field's value comes from. */
typedef struct Target {
  const DuField *field;
  int cell;   /* its first stored column, from 0 */
  int part;   /* its number in the table of parts */
  int column; /* in the record, from 0; -1: joined */
  int join[JOINED], njoin;
  DuDateStyle dates[DU_DATE_STYLES];
  int ndates;
  char separator[SEPARATOR];
  bool words, strict, resolve, convert;
  Memo *memos; /* NULL: not remembered */
} Target;

/* What a record with so many fields is. */
typedef struct Layout {
  int count;
  Target *targets;
  int ntargets;
  int identity[JOINED], nidentity;
  int version; /* the column of the row's version, or -1 */
} Layout;

/* One stored column of the row on its way. */
typedef struct Cell {
  DuColumn type;
  int64_t integer;
  double number;
  const char *text;
  size_t length;
} Cell;

typedef struct Required {
  const DuField *field;
  int cell;
} Required;

typedef enum Identity { BY_LINE, BY_NUMBER, BY_COLUMNS } Identity;

typedef struct Loader {
  DuStore *store;
  const DuKind *kind;
  DuRecords *records;
  Layout *layouts;
  int nlayouts;
  Cell *cells;    /* of all stored columns */
  Cell *constant; /* what they are before a row is read */
  int *used;      /* the columns that rows fill, and their number */
  int nused;
  Required *required; /* what a row must have */
  int nrequired;
  int origin, sources, key; /* their columns */
  const DuField *origin_field;
  const Layout *layout; /* of the row being read */
  DuStatement *insert;  /* taken: to be put away before Lua is called */
  DuColumn *bound; /* what its parameters have, so that most NULLs need not be
                   ** bound again */
  const char *insert_text;
  size_t insert_length;
  uint64_t *filter;
  uint64_t blocks; /* of the filter, 512 bits each; 0: none */
  char prefix[64];
  char version[48]; /* of the row, with the word before it */
  char *origin_text;
  size_t origin_size;
  Identity identity;
  int64_t source; /* of the whole file, or 0 */
  bool mapped, direct, each, stop, update, terminated, missing, bulk, again;
  int64_t line; /* of a row that is looked at again */
  int64_t read, added, updated, duplicate, rejected, retracted;
  /* the row's fault */
  const char *wrong; /* the field, or NULL */
  char why[DU_WHY + 200];
} Loader;

/* Puts the insert away: what is called next may write, too. */
static void put_away(Loader *loader) {
  if (loader->insert != NULL) {
    du_sql_release(loader->insert);
    loader->insert = NULL;
  }
}

/* --------------------------------------------------------------- rejecting */

static bool wrong(Loader *loader, const char *field, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(loader->why, sizeof loader->why, format, arguments);
  va_end(arguments);
  loader->wrong = field;
  return false;
}

/* The first bytes of a text, for a message. */
#define SHOWN 60
static int shown(size_t length) {
  return length > SHOWN ? SHOWN : (int)length;
}

/* Takes the error on top of the stack for the row's fault, where it is about
** the row; else it goes on. [-1, +0] */
static void fault_of_error(lua_State *L, Loader *loader, const char *field) {
  const char *message = NULL;
  if (lua_istable(L, -1)) {
    const char *code;
    lua_getfield(L, -1, "code");
    code = lua_tostring(L, -1);
    if (code == NULL ||
        (strcmp(code, "invalid") != 0 && strcmp(code, "constraint") != 0)) {
      lua_pop(L, 1);
      lua_error(L);
    }
    lua_getfield(L, -2, "field");
    if (field == NULL && lua_type(L, -1) == LUA_TSTRING) {
      int known = du_field_find(loader->kind, lua_tostring(L, -1));
      field = known >= 0 ? loader->kind->fields[known].name : NULL;
    }
    lua_getfield(L, -3, "message");
    message = lua_tostring(L, -1);
    wrong(loader, field, "%s", message != NULL ? message : "it is invalid");
    lua_pop(L, 4);
    return;
  }
  message = lua_tostring(L, -1);
  if (message == NULL || field == NULL ||
      strstr(message, "interrupted!") != NULL) /* by lua5.4's Ctrl-C */
    lua_error(L);
  wrong(loader, field, "%s", message);
  lua_pop(L, 1);
}

static int64_t line_of(const Loader *loader) {
  return loader->again ? loader->line : (int64_t)loader->records->reader.line;
}

/* Gives the row to the function that rejected rows go to, or stops. */
static void reject(lua_State *L, Loader *loader) {
  size_t length;
  const char *line = du_records_line(loader->records, &length);
  put_away(loader);
  loader->rejected++;
  if (loader->stop)
    du_raise(L, "invalid", loader->kind->name, loader->wrong, "line %I: %s",
             (LUAI_UACINT)line_of(loader), loader->why);
  lua_getfield(L, PLANNED, "reject");
  lua_pushinteger(L, line_of(loader));
  lua_pushstring(L, loader->wrong);
  lua_pushstring(L, loader->why);
  lua_pushlstring(L, line, length);
  lua_pushboolean(L, loader->records->reader.cut);
  lua_call(L, 5, 0);
}

/* Gives the function for rejected rows a further piece of the last one, which
** is a line longer than the limit. */
static void reject_rest(lua_State *L, Loader *loader) {
  size_t length;
  const char *piece = du_records_line(loader->records, &length);
  put_away(loader);
  lua_getfield(L, PLANNED, "reject_rest");
  lua_pushlstring(L, piece, length);
  lua_call(L, 1, 0);
}

/* ------------------------------------------------------------ fields' texts */

/* Whether a text is one of those that mean nothing, which the table of parts
** has. */
static bool means_nothing(lua_State *L, int parts, const char *text,
                          size_t length) {
  bool found = false;
  lua_Integer count;
  lua_rawgeti(L, parts, 0);
  count = (lua_Integer)lua_rawlen(L, -1);
  for (lua_Integer i = 1; i <= count && !found; i++) {
    size_t size;
    const char *missing;
    lua_rawgeti(L, -1, i);
    missing = lua_tolstring(L, -1, &size);
    found = size == length && memcmp(missing, text, size) == 0;
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return found;
}

/* The text of a column, empty where it is one that means nothing. */
static const char *column_text(lua_State *L, Loader *loader, int column,
                               size_t *length) {
  const char *text = du_records_text(L, loader->records, ROWS, column, length);
  if (*length > 0 && loader->missing &&
      means_nothing(L, ALL_PARTS, text, *length))
    *length = 0;
  return text;
}

/* row(name) -> the text of a column of the row, or nil where it is empty or
** means nothing. Upvalues: the loader, and its names of columns by layout. */
static int row_text(lua_State *L) {
  Loader *loader = lua_touserdata(L, lua_upvalueindex(1));
  size_t length;
  const char *text;
  int column;
  luaL_checkany(L, 1);
  lua_settop(L, 1);
  lua_rawgeti(L, lua_upvalueindex(2), loader->layout->count);
  lua_pushvalue(L, 1);
  if (lua_rawget(L, -2) != LUA_TNUMBER) {
    if (lua_type(L, 1) != LUA_TNUMBER) {
      lua_pushnil(L);
      return 1;
    }
    lua_pushvalue(L, 1);
  }
  column = (int)lua_tointeger(L, -1);
  if (column < 1 || column > loader->layout->count)
    return luaL_argerror(L, 1, "no such column");
  lua_getiuservalue(L, lua_upvalueindex(1), RECORDS);
  text =
      du_records_text(L, loader->records, lua_gettop(L), column - 1, &length);
  if (length > 0 && loader->missing) {
    lua_getiuservalue(L, lua_upvalueindex(1), PARTS);
    if (means_nothing(L, lua_gettop(L), text, length))
      length = 0;
  }
  if (length == 0)
    lua_pushnil(L);
  else
    lua_pushlstring(L, text, length);
  return 1;
}

static void push_part(lua_State *L, const Target *target, enum Part part) {
  lua_rawgeti(L, ALL_PARTS, target->part * PART_COUNT + (int)part);
}

/* Keeps the text on top of the stack until the row is written. [-1, +0] */
static const char *anchor(lua_State *L, int cell, size_t *length) {
  const char *text = lua_tolstring(L, -1, length);
  lua_rawseti(L, ALL_ANCHORS, cell + 1);
  return text;
}

/* The texts of several columns with commas, each once. */
static const char *joined_text(lua_State *L, Loader *loader,
                               const Target *target, size_t *length) {
  const char *texts[JOINED];
  size_t lengths[JOINED];
  int count = 0;
  luaL_Buffer buffer;
  for (int i = 0; i < target->njoin; i++) {
    bool seen = false;
    texts[count] = column_text(L, loader, target->join[i], &lengths[count]);
    for (int j = 0; j < count; j++)
      seen = seen || (lengths[j] == lengths[count] &&
                      memcmp(texts[j], texts[count], lengths[j]) == 0);
    if (lengths[count] > 0 && !seen)
      count++;
  }
  if (count <= 1) {
    *length = count == 1 ? lengths[0] : 0;
    return count == 1 ? texts[0] : "";
  }
  luaL_buffinit(L, &buffer);
  for (int i = 0; i < count; i++) {
    if (i > 0)
      luaL_addstring(&buffer, ", ");
    luaL_addlstring(&buffer, texts[i], lengths[i]);
  }
  luaL_pushresult(&buffer);
  return anchor(L, target->cell, length);
}

/* ---------------------------------------------------------- texts as values */

static void set_null(Cell *cell) {
  cell->type = DU_NULL_COLUMN;
}

static void set_integer(Cell *cell, int64_t value) {
  cell->type = DU_INTEGER_COLUMN;
  cell->integer = value;
}

static void set_number(Cell *cell, double value) {
  cell->type = DU_NUMBER_COLUMN;
  cell->number = value;
}

static void set_text(Cell *cell, const char *text, size_t length) {
  cell->type = DU_TEXT_COLUMN;
  cell->text = text;
  cell->length = length;
}

/* The Lua value on top of the stack as it is bound, false and nil as NULL.
** [-1, +0] */
static void set_value(lua_State *L, Cell *cell, int number) {
  size_t length;
  const char *text;
  switch (lua_type(L, -1)) {
  case LUA_TNUMBER:
    if (lua_isinteger(L, -1))
      set_integer(cell, lua_tointeger(L, -1));
    else
      set_number(cell, lua_tonumber(L, -1));
    lua_pop(L, 1);
    break;
  case LUA_TSTRING:
    text = anchor(L, number, &length);
    set_text(cell, text, length);
    break;
  default:
    set_null(cell);
    lua_pop(L, 1);
  }
}

static bool read_number(Loader *loader, const Target *target, Cell *cell,
                        const char *text, size_t length) {
  char why[DU_WHY];
  const char *name = target->field->name;
  double value;
  if (target->field->type == DU_INTEGER) {
    int64_t integer;
    if (!du_entry_integer(text, length, &integer))
      return wrong(loader, name, "expected an integer, got \"%.*s\"",
                   shown(length), text);
    value = (double)integer;
    set_integer(cell, integer);
  } else {
    if (!du_entry_number(text, length, &value))
      return wrong(loader, name, "expected a number, got \"%.*s\"",
                   shown(length), text);
    set_number(cell, value);
  }
  if (!du_number_fit(target->field, value, why))
    return wrong(loader, name, "%.*s is out of range: %s", shown(length), text,
                 why);
  return true;
}

static bool read_date(Loader *loader, const Target *target, Memo *memo,
                      Cell *cell, const char *text, size_t length) {
  char why[DU_EDTF_WHY], first[DU_EDTF_WHY];
  const char *date;
  size_t size;
  DuEdtf days;
  *first = '\0';
  for (int i = 0; i < target->ndates; i++)
    if (du_entry_date(target->dates[i], text, length, memo->day, &date, &size,
                      &days, why, sizeof why)) {
      set_text(cell, date, size);
      set_integer(cell + 1, days.first);
      set_integer(cell + 2, days.last);
      return true;
    } else if (i == 0 || strncmp(why, "expected ", 9) != 0) {
      memcpy(first, why, sizeof first); /* what comes nearest to a date */
    }
  return wrong(loader, target->field->name, "\"%.*s\" is not a date: %s%s",
               shown(length), text, first,
               target->ndates > 1 ? " (nor one of the other styles)" : "");
}

static bool read_word(lua_State *L, Loader *loader, const Target *target,
                      Cell *cell, const char *text, size_t length) {
  const DuField *field = target->field;
  for (int i = 0; field->words[i] != NULL; i++)
    if (strlen(field->words[i]) == length &&
        memcmp(field->words[i], text, length) == 0) {
      set_text(cell, field->words[i], length);
      return true;
    }
  du_show_words(L, field->words);
  wrong(loader, field->name, "expected %s, got \"%.*s\"", lua_tostring(L, -1),
        shown(length), text);
  lua_pop(L, 1);
  return false;
}

static bool read_boolean(Loader *loader, const Target *target, Cell *cell,
                         const char *text, size_t length) {
  bool yes = length == 4 && memcmp(text, "true", 4) == 0;
  if (!yes && !(length == 5 && memcmp(text, "false", 5) == 0))
    return wrong(loader, target->field->name,
                 "expected true or false, got \"%.*s\"", shown(length), text);
  set_integer(cell, yes);
  return true;
}

static bool read_text(Loader *loader, const Target *target, Cell *cell,
                      const char *text, size_t length) {
  char why[DU_WHY];
  switch (du_text_fit(target->field, text, length, why)) {
  case DU_UNFIT:
    return wrong(loader, target->field->name, "%s", why);
  case DU_UNEXPECTED:
    return wrong(loader, target->field->name, "expected %s, got \"%.*s\"", why,
                 shown(length), text);
  default:
    set_text(cell, text, length);
    return true;
  }
}

/* loader (light), target (light), record -> id of the record of that key, which
** is added where there is none. All checks come before the first write. */
static int make_body(lua_State *L) {
  Loader *loader = lua_touserdata(L, 1);
  const Target *target = lua_touserdata(L, 2);
  const DuKind *kind = du_target_kind(target->field->targets);
  DuRow row = {0, 0, false};
  if (lua_getfield(L, 3, "key") == LUA_TSTRING)
    row = du_find_row(L, loader->store, kind, "key", -1);
  if (row.retracted) {
    du_show(L, -1);
    du_raise(L, "invalid", kind->name, "key",
             "the %s with the key %s was retracted", kind->singular,
             lua_tostring(L, -1));
  }
  lua_pushinteger(L, row.id != 0 ? row.id
                                 : du_add_record(L, loader->store, kind, 3));
  return 1;
}

/* The record on top of the stack, which stands for a text, becomes its id. */
static bool make(lua_State *L, Loader *loader, const Target *target) {
  lua_pushcfunction(L, make_body);
  lua_insert(L, -2);
  lua_pushlightuserdata(L, loader);
  lua_insert(L, -2);
  lua_pushlightuserdata(L, (void *)target);
  lua_insert(L, -2);
  if (lua_pcall(L, 3, 1, 0) == LUA_OK)
    return true;
  fault_of_error(L, loader, target->field->name);
  return false;
}

/* Asks Lua for the id that the text on top of the stack names: it gives the
** id, the record to make, or nil and why there is none. [-1, +0] */
static bool resolve(lua_State *L, Loader *loader, const Target *target,
                    Cell *cell) {
  push_part(L, target, KNOWN);
  lua_pushvalue(L, -2);
  if (lua_rawget(L, -2) != LUA_TNUMBER) {
    lua_pop(L, 1);
    put_away(loader);
    push_part(L, target, RESOLVE);
    lua_pushvalue(L, -3);
    lua_pushvalue(L, ROW);
    if (lua_pcall(L, 2, 2, 0) != LUA_OK) {
      fault_of_error(L, loader, target->field->name);
      lua_pop(L, 2);
      return false;
    }
    if (!lua_isinteger(L, -2) && !lua_istable(L, -2)) {
      wrong(loader, target->field->name, "%s",
            lua_isstring(L, -1) ? lua_tostring(L, -1) : "it names nothing");
      lua_pop(L, 4);
      return false;
    }
    lua_pop(L, 1);
    if (lua_istable(L, -1) && !make(L, loader, target)) {
      lua_pop(L, 2);
      return false;
    }
    lua_pushvalue(L, -3);
    lua_pushvalue(L, -2);
    lua_rawset(L, -4);
  }
  set_integer(cell, lua_tointeger(L, -1));
  lua_pop(L, 3);
  return true;
}

static bool read_reference(lua_State *L, Loader *loader, const Target *target,
                           Cell *cell, const char *text, size_t length) {
  if (!du_utf8_valid(text, length, NULL))
    return wrong(loader, target->field->name, "the text is not UTF-8");
  lua_pushlstring(L, text, length);
  return resolve(L, loader, target, cell);
}

/* One text as what the field holds, without what is remembered. */
static bool read_fresh(lua_State *L, Loader *loader, const Target *target,
                       Memo *memo, Cell *cell, const char *text,
                       size_t length) {
  switch (target->field->type) {
  case DU_INTEGER:
  case DU_NUMBER:
    return read_number(loader, target, cell, text, length);
  case DU_DATE:
    return read_date(loader, target, memo, cell, text, length);
  case DU_WORD:
    return read_word(L, loader, target, cell, text, length);
  case DU_BOOLEAN:
    return read_boolean(loader, target, cell, text, length);
  case DU_REFERENCE:
  case DU_CITATIONS:
    return read_reference(L, loader, target, cell, text, length);
  default:
    return read_text(loader, target, cell, text, length);
  }
}

/* [-0, +1] What the target's words have for a text, or nil; its type. */
static int push_word(lua_State *L, const Target *target, const char *text,
                     size_t length) {
  push_part(L, target, WORDS);
  lua_pushlstring(L, text, length);
  lua_rawget(L, -2);
  lua_remove(L, -2);
  return lua_type(L, -1);
}

/* Looks the text up in the target's words first; an empty word is no value. */
static bool read_worded(lua_State *L, Loader *loader, const Target *target,
                        Memo *memo, Cell *cell, const char *text,
                        size_t length) {
  if (target->words) {
    if (push_word(L, target, text, length) == LUA_TSTRING) {
      text = lua_tolstring(L, -1, &length); /* anchored by the words */
      if (length == 0) {
        for (int i = 0; i < du_field_columns(target->field); i++)
          set_null(cell + i);
        lua_pop(L, 1);
        return true;
      }
    } else if (lua_isnumber(L, -1)) {
      set_value(L, cell, target->cell);
      return true;
    } else if (target->strict) {
      lua_pop(L, 1);
      return wrong(loader, target->field->name,
                   "\"%.*s\" is none of the words of the mapping",
                   shown(length), text);
    }
    lua_pop(L, 1);
  }
  return read_fresh(L, loader, target, memo, cell, text, length);
}

static void recall(const Memo *memo, const Target *target, Cell *cell) {
  cell->type = memo->type;
  cell->integer = memo->integer;
  cell->number = memo->number;
  cell->text = memo->text;
  cell->length = memo->size;
  if (target->field->type == DU_DATE) {
    cell->text = memo->text != NULL ? memo->text : memo->day;
    set_integer(cell + 1, memo->integer);
    set_integer(cell + 2, memo->last);
  }
}

/* Words' texts stay where they are; a date's text may be the record's, which
** is gone with the next: only days of other styles than EDTF fit in `day`. */
static void remember(Memo *memo, const Target *target, const Cell *cell,
                     const char *text, size_t length) {
  if (cell->type == DU_NULL_COLUMN)
    return; /* by an empty word: found as quickly again */
  memo->type = cell->type;
  memo->integer = cell->integer;
  memo->number = cell->number;
  memo->text = cell->text;
  memo->size = cell->length;
  if (target->field->type == DU_DATE) {
    if (cell->length >= DU_DAY_TEXT) {
      memo->length = 0;
      return;
    }
    if (cell->text != memo->day)
      memcpy(memo->day, cell->text, cell->length);
    memo->text = NULL;
    memo->integer = cell[1].integer;
    memo->last = cell[2].integer;
  }
  memo->length = (uint8_t)length;
  memcpy(memo->key, text, length);
}

static bool read_scalar(lua_State *L, Loader *loader, const Target *target,
                        Cell *cell, const char *text, size_t length) {
  Memo *memo, none;
  if (target->field->type != DU_TEXT)
    du_entry_trim(&text, &length);
  if (length == 0) {
    set_null(cell);
    if (target->field->type == DU_DATE) {
      set_null(cell + 1);
      set_null(cell + 2);
    }
    return true;
  }
  if (target->memos == NULL)
    return read_worded(L, loader, target, &none, cell, text, length);
  if (length > MEMO_KEY) {
    none.length = 0;
    /* the day of a date that is no memo must outlive this call */
    if (!read_worded(L, loader, target, &none, cell, text, length))
      return false;
    if (target->field->type == DU_DATE && cell->type != DU_NULL_COLUMN &&
        cell->text == none.day) {
      lua_pushlstring(L, none.day, cell->length);
      cell->text = anchor(L, target->cell, &cell->length);
    }
    return true;
  }
  memo = &target->memos[du_entry_hash(text, length) % MEMOS];
  if (memo->length == length && memcmp(memo->key, text, length) == 0) {
    recall(memo, target, cell);
    return true;
  }
  memo->length = 0;
  if (!read_worded(L, loader, target, memo, cell, text, length))
    return false;
  remember(memo, target, cell, text, length);
  return true;
}

/* ------------------------------------------------------------------- lists */

static bool add_elements(lua_State *L, Loader *loader, const Target *target,
                         DuText *json, const char *text, size_t length);

/* Adds the elements that a word stands for, which are no words again. */
static bool add_word(lua_State *L, Loader *loader, const Target *target,
                     DuText *json) {
  Target plain = *target;
  size_t length;
  const char *word = lua_tolstring(L, -1, &length);
  plain.words = false;
  return add_elements(L, loader, &plain, json, word, length);
}

/* Adds one element's JSON; refuses one that the list has. */
static bool add_element(lua_State *L, Loader *loader, const Target *target,
                        DuText *json, const char *text, size_t length) {
  Target element = *target;
  Cell cell[3];
  size_t start = json->length;
  Memo none;
  element.memos = NULL;
  none.length = 0;
  du_entry_trim(&text, &length);
  if (length == 0)
    return true;
  if (target->words && !target->resolve) {
    bool word = push_word(L, target, text, length) == LUA_TSTRING;
    bool good = word && add_word(L, loader, target, json);
    lua_pop(L, 1);
    if (word)
      return good;
  }
  if (!read_worded(L, loader, &element, &none, cell, text, length))
    return false;
  if (cell->type == DU_NULL_COLUMN)
    return true;
  du_text_puts(json, start == 0 ? "[" : ",");
  if (cell->type == DU_INTEGER_COLUMN)
    du_text_format(json, "%I", cell->integer);
  else
    du_text_json(json, cell->text, cell->length);
  /* between the comma before it and the end */
  lua_pushlstring(L, json->bytes + start + 1, json->length - start - 1);
  lua_pushvalue(L, -1);
  if (lua_rawget(L, json->slot + 1) != LUA_TNIL) {
    lua_pop(L, 2);
    return wrong(loader, target->field->name,
                 "the list has the same element twice: \"%.*s\"", shown(length),
                 text);
  }
  lua_pop(L, 1);
  lua_pushboolean(L, true);
  lua_rawset(L, json->slot + 1);
  return true;
}

/* Where the separator begins in the text, or its end. */
static size_t part_length(const Target *target, const char *text,
                          size_t length) {
  size_t size = strlen(target->separator);
  if (size > 0)
    for (size_t i = 0; i + size <= length; i++)
      if (memcmp(text + i, target->separator, size) == 0)
        return i;
  return length;
}

static bool add_elements(lua_State *L, Loader *loader, const Target *target,
                         DuText *json, const char *text, size_t length) {
  size_t size = strlen(target->separator);
  while (length > 0) {
    size_t part = part_length(target, text, length);
    if (!add_element(L, loader, target, json, text, part))
      return false;
    part += part < length ? size : 0;
    text += part;
    length -= part;
  }
  return true;
}

/* [-0, +1] The list that a text was found to be before, or nil. */
static bool recall_list(lua_State *L, const Target *target, Cell *cell,
                        const char *text, size_t length) {
  push_part(L, target, KNOWN);
  lua_pushlstring(L, text, length);
  lua_rawget(L, -2);
  lua_remove(L, -2);
  if (lua_type(L, -1) == LUA_TSTRING) { /* anchored by what is known */
    text = lua_tolstring(L, -1, &length);
    set_text(cell, text, length);
    return true;
  }
  set_null(cell);
  return lua_type(L, -1) == LUA_TBOOLEAN;
}

/* Notes what list a text is; none is noted as false. */
static void remember_list(lua_State *L, const Target *target, const Cell *cell,
                          const char *text, size_t length) {
  push_part(L, target, KNOWN);
  lua_pushlstring(L, text, length);
  if (cell->type == DU_NULL_COLUMN)
    lua_pushboolean(L, false);
  else
    lua_pushlstring(L, cell->text, cell->length);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

static bool read_elements(lua_State *L, Loader *loader, const Target *target,
                          Cell *cell, const char *text, size_t length) {
  DuText json;
  int top = lua_gettop(L);
  bool good;
  du_text_init(L, &json);
  lua_newtable(L); /* the elements so far */
  if (target->cell == loader->sources && loader->source != 0) {
    du_text_format(&json, "[%I", loader->source);
    lua_pushfstring(L, "%I", (LUAI_UACINT)loader->source);
    lua_pushboolean(L, true);
    lua_rawset(L, -3);
  }
  good = add_elements(L, loader, target, &json, text, length);
  if (good && json.length > 0) {
    du_text_puts(&json, "]");
    du_text_push(&json);
    text = anchor(L, target->cell, &length);
    set_text(cell, text, length);
  } else {
    set_null(cell);
  }
  lua_settop(L, top);
  return good;
}

/* A list. A text that is a word as a whole stands for what that says, and so
** does an element; both are separated like a field. What a whole text stands
** for is made once. */
static bool read_list(lua_State *L, Loader *loader, const Target *target,
                      Cell *cell, const char *text, size_t length) {
  int top = lua_gettop(L);
  Target plain = *target;
  bool good;
  if (!target->words || target->resolve)
    return read_elements(L, loader, target, cell, text, length);
  good = recall_list(L, target, cell, text, length);
  if (!good && push_word(L, target, text, length) == LUA_TSTRING) {
    size_t size;
    const char *word = lua_tolstring(L, -1, &size);
    plain.words = false;
    good = read_elements(L, loader, &plain, cell, word, size);
    if (good)
      remember_list(L, target, cell, text, length);
  } else if (!good) {
    good = read_elements(L, loader, target, cell, text, length);
  }
  lua_settop(L, top);
  return good;
}

/* -------------------------------------------------------------- converting */

/* loader (light), target (light), fn, text, row, array -> leaves the columns
** of what fn(text, row) returns in the array, or the text itself */
static int convert_body(lua_State *L) {
  Loader *loader = lua_touserdata(L, 1);
  const Target *target = lua_touserdata(L, 2);
  lua_call(L, 2, 1);
  /* loader, target, array, value */
  if (lua_type(L, -1) == LUA_TSTRING)
    return 1;
  du_value_store(L, loader->store, loader->kind, target->field, -1, 3, 1);
  return 0;
}

/* What the mapping's function makes of a text. */
static bool convert(lua_State *L, Loader *loader, const Target *target,
                    Cell *cell, const char *text, size_t length) {
  int top = lua_gettop(L);
  bool good = true;
  put_away(loader);
  lua_newtable(L);
  lua_pushcfunction(L, convert_body);
  lua_pushlightuserdata(L, loader);
  lua_pushlightuserdata(L, (void *)target);
  lua_pushvalue(L, top + 1);
  push_part(L, target, CONVERT);
  if (length > 0)
    lua_pushlstring(L, text, length);
  else
    lua_pushnil(L);
  lua_pushvalue(L, ROW);
  if (lua_pcall(L, 6, 1, 0) != LUA_OK) {
    fault_of_error(L, loader, target->field->name);
    good = false;
  } else if (lua_type(L, -1) == LUA_TSTRING) {
    /* kept behind the cells' own anchors, which reading it may fill */
    lua_pushvalue(L, -1);
    text = anchor(L, du_stored_columns(loader->kind) + target->cell, &length);
    good = target->field->flags & DU_LIST
               ? read_list(L, loader, target, cell, text, length)
               : read_scalar(L, loader, target, cell, text, length);
  } else {
    for (int i = 0; i < du_field_columns(target->field); i++) {
      lua_rawgeti(L, top + 1, i + 1);
      set_value(L, cell + i, target->cell + i);
    }
  }
  lua_settop(L, top);
  return good;
}

/* ----------------------------------------------------------------- the row */

static bool read_target(lua_State *L, Loader *loader, const Target *target) {
  Cell *cell = &loader->cells[target->cell];
  size_t length;
  const char *text = target->column >= 0
                         ? column_text(L, loader, target->column, &length)
                         : joined_text(L, loader, target, &length);
  if (target->convert)
    return convert(L, loader, target, cell, text, length);
  if (length == 0)
    return true; /* it stays what it was before: nothing, or a constant */
  if (target->field->flags & DU_LIST)
    return read_list(L, loader, target, cell, text, length);
  return read_scalar(L, loader, target, cell, text, length);
}

/* Adds to the text of the row's origin, whose memory only grows. */
static void add_origin(lua_State *L, Loader *loader, size_t *length,
                       const char *text, size_t more) {
  if (*length + more > loader->origin_size) {
    size_t size = (*length + more) * 2;
    char *grown = lua_newuserdatauv(L, size, 0);
    if (*length > 0)
      memcpy(grown, loader->origin_text, *length);
    lua_getiuservalue(L, LOADER, MEMORY);
    lua_insert(L, -2);
    lua_setfield(L, -2, "origin");
    lua_pop(L, 1);
    loader->origin_text = grown;
    loader->origin_size = size;
  }
  memcpy(loader->origin_text + *length, text, more);
  *length += more;
}

/* What makes the row the same as another. */
static bool read_identity(lua_State *L, Loader *loader) {
  const Layout *layout = loader->layout;
  size_t length = 0, size;
  char number[24];
  const char *text;
  bool any = false;
  add_origin(L, loader, &length, loader->prefix, strlen(loader->prefix));
  add_origin(L, loader, &length, ":", 1);
  switch (loader->identity) {
  case BY_LINE:
    text = du_records_line(loader->records, &size);
    size = (size_t)snprintf(number, sizeof number, "%016llx",
                            (unsigned long long)du_entry_hash(text, size));
    add_origin(L, loader, &length, number, size);
    any = true;
    break;
  case BY_NUMBER:
    size = (size_t)snprintf(number, sizeof number, "%lld",
                            (long long)loader->read);
    add_origin(L, loader, &length, number, size);
    any = true;
    break;
  case BY_COLUMNS:
    for (int i = 0; i < layout->nidentity; i++) {
      text = column_text(L, loader, layout->identity[i], &size);
      du_entry_trim(&text, &size);
      any = any || size > 0;
      if (i > 0)
        add_origin(L, loader, &length, "|", 1);
      add_origin(L, loader, &length, text, size);
    }
  }
  if (!any)
    return wrong(loader, "origin",
                 "the columns that tell the row from others are empty");
  if (loader->identity == BY_COLUMNS) {
    char why[DU_WHY];
    if (du_text_fit(loader->origin_field, loader->origin_text, length, why) !=
        DU_FITS)
      return wrong(loader, "origin", "%s", why);
  }
  set_text(&loader->cells[loader->origin], loader->origin_text, length);
  return true;
}

/* The citation of a row that has a version, which is its locator. */
static bool read_version(lua_State *L, Loader *loader) {
  size_t length, size;
  const char *text = column_text(L, loader, loader->layout->version, &length);
  double value;
  DuText json;
  du_entry_trim(&text, &length);
  if (length >= sizeof loader->version - 10 ||
      !du_entry_number(text, length, &value))
    return wrong(loader, "sources", "the version is no number: \"%.*s\"",
                 shown(length), text);
  snprintf(loader->version, sizeof loader->version, "version %.*s", (int)length,
           text);
  if (loader->source == 0)
    return true;
  du_text_init(L, &json);
  du_text_format(&json, "[{\"source\":%I,\"locator\":", loader->source);
  du_text_json(&json, loader->version, strlen(loader->version));
  du_text_puts(&json, "}]");
  du_text_push(&json);
  lua_remove(L, json.slot);
  text = anchor(L, loader->sources, &size);
  set_text(&loader->cells[loader->sources], text, size);
  return true;
}

static bool has_required(Loader *loader) {
  for (int i = 0; i < loader->nrequired; i++) {
    const DuField *field = loader->required[i].field;
    Cell *cell = &loader->cells[loader->required[i].cell];
    if (cell->type != DU_NULL_COLUMN)
      continue;
    if (field->absent == NULL)
      return wrong(loader, field->name, "it is required, and missing (%s)",
                   field->help);
    set_text(cell, field->absent, strlen(field->absent));
  }
  return true;
}

static const Layout *layout_of(const Loader *loader, int count) {
  for (int i = 0; i < loader->nlayouts; i++)
    if (loader->layouts[i].count == count)
      return &loader->layouts[i];
  return NULL;
}

static bool wrong_count(Loader *loader, int count) {
  char expected[100] = "";
  for (int i = 0; i < loader->nlayouts; i++) {
    size_t length = strlen(expected);
    snprintf(expected + length, sizeof expected - length, "%s%d",
             i == 0                      ? ""
             : i + 1 == loader->nlayouts ? " or "
                                         : ", ",
             loader->layouts[i].count);
  }
  return wrong(loader, NULL, "the line has %d fields, expected %s", count,
               expected);
}

/* Reads the record as a row of the kind: fills the cells. */
static bool read_row(lua_State *L, Loader *loader) {
  const DuDelimited *reader = &loader->records->reader;
  const Layout *layout;
  if (loader->terminated && !reader->ended)
    return wrong(loader, NULL,
                 "the file ends inside this line: it was cut off");
  layout = loader->layout != NULL && loader->layout->count == reader->count
               ? loader->layout
               : layout_of(loader, reader->count);
  if (layout == NULL)
    return wrong_count(loader, reader->count);
  loader->layout = layout;
  if (loader->each)
    return true;
  for (int i = 0; i < loader->nused; i++)
    loader->cells[loader->used[i]] = loader->constant[loader->used[i]];
  for (int i = 0; i < layout->ntargets; i++)
    if (!read_target(L, loader, &layout->targets[i]))
      return false;
  if (layout->version >= 0 && !read_version(L, loader))
    return false;
  if (loader->cells[loader->origin].type == DU_NULL_COLUMN &&
      loader->cells[loader->key].type == DU_NULL_COLUMN &&
      !read_identity(L, loader))
    return false;
  return has_required(loader);
}

/* ------------------------------------------------------------- what is there
 */

static void bind_cell(DuStatement *statement, int parameter, const Cell *cell) {
  switch (cell->type) {
  case DU_INTEGER_COLUMN:
    du_sql_bind_integer(statement, parameter, cell->integer);
    break;
  case DU_NUMBER_COLUMN:
    du_sql_bind_number(statement, parameter, cell->number);
    break;
  case DU_TEXT_COLUMN:
    du_sql_bind_text(statement, parameter, cell->text, cell->length);
    break;
  default:
    du_sql_bind_null(statement, parameter);
  }
}

static bool same_cell(DuStatement *statement, int column, const Cell *cell) {
  size_t length;
  const char *text;
  if (du_sql_type(statement, column) != cell->type)
    return false;
  switch (cell->type) {
  case DU_INTEGER_COLUMN:
    return du_sql_integer(statement, column) == cell->integer;
  case DU_NUMBER_COLUMN: /* bits, or both the same zero */
    return !(du_sql_number(statement, column) < cell->number) &&
           !(du_sql_number(statement, column) > cell->number);
  case DU_TEXT_COLUMN:
    text = du_sql_text(statement, column, &length);
    return length == cell->length && memcmp(text, cell->text, length) == 0;
  default:
    return true;
  }
}

/* The name of the field whose column it is, from 0. */
static const char *field_of(const DuKind *kind, int column) {
  for (int i = 0; i < kind->nfields; i++)
    if (column <
        du_column_number(kind, i) - 1 + du_field_columns(&kind->fields[i]))
      return kind->fields[i].name;
  return NULL;
}

/* [-0, +0] adds the name of a stored column */
static void add_column(DuText *text, const DuKind *kind, int column) {
  static const char *const suffixes[] = {"", "_first", "_last"};
  int field = du_field_find(kind, field_of(kind, column));
  du_text_format(text, "\"%s%s\"", kind->fields[field].name,
                 suffixes[column - (du_column_number(kind, field) - 1)]);
}

typedef struct Found {
  DuRow row;
  const char *other; /* the first field that differs, or NULL */
} Found;

/* The record that has the row's key or origin. */
static Found find_same(lua_State *L, Loader *loader) {
  Found found = {{0, 0, false}, NULL};
  const Cell *key = &loader->cells[loader->key];
  bool keyed = key->type != DU_NULL_COLUMN;
  DuText text;
  DuStatement *statement;
  DuStatus status;
  du_text_init(L, &text);
  du_text_puts(&text, "SELECT id, revision, retracted");
  for (int i = 0; i < loader->nused; i++) {
    du_text_puts(&text, ", ");
    add_column(&text, loader->kind, loader->used[i]);
  }
  du_text_format(&text, " FROM %q WHERE %q = ?1", loader->kind->name,
                 keyed ? "key" : "origin");
  statement = du_text_prepare(&text, loader->store->sql);
  bind_cell(statement, 1, keyed ? key : &loader->cells[loader->origin]);
  status = du_sql_step(statement);
  if (status == DU_ROW) {
    found.row.id = du_sql_integer(statement, 0);
    found.row.revision = du_sql_integer(statement, 1);
    found.row.retracted = du_sql_type(statement, 2) != DU_NULL_COLUMN;
    for (int i = 0; i < loader->nused && found.other == NULL; i++) {
      int column = loader->used[i];
      if (column != loader->sources && column != loader->origin &&
          !same_cell(statement, 3 + i, &loader->cells[column]))
        found.other = field_of(loader->kind, column);
    }
  }
  du_finish(L, loader->store->sql, statement, status);
  lua_pop(L, 1);
  return found;
}

/* Is the row's version larger than that of the record? */
static bool is_newer(lua_State *L, Loader *loader, int64_t id) {
  DuText text;
  DuStatement *statement;
  DuStatus status;
  double old = 0, new;
  bool known = false;
  du_text_init(L, &text);
  du_text_format(&text,
                 "SELECT value ->> 'locator' FROM %q t, json_each(t.sources) "
                 "WHERE t.id = ?1 AND value ->> 'locator' GLOB 'version *'",
                 loader->kind->name);
  statement = du_text_prepare(&text, loader->store->sql);
  du_sql_bind_integer(statement, 1, id);
  while ((status = du_sql_step(statement)) == DU_ROW) {
    size_t length;
    const char *locator = du_sql_text(statement, 0, &length);
    double value;
    if (du_entry_number(locator + 8, length - 8, &value) &&
        (!known || value > old)) {
      old = value;
      known = true;
    }
  }
  du_finish(L, loader->store->sql, statement, status);
  lua_pop(L, 1);
  return du_entry_number(loader->version + 8, strlen(loader->version + 8),
                         &new) &&
         (!known || new > old);
}

/* ----------------------------------------------------------------- writing */

/* [-0, +1] the cells as an array of stored columns; of an update, over those
** that are on top of the stack */
static void push_columns(lua_State *L, const Loader *loader, int before) {
  int count = du_stored_columns(loader->kind);
  lua_createtable(L, count, 0);
  for (int i = 0; i < count; i++) {
    if (before != 0)
      lua_rawgeti(L, before, i + 1);
    else
      lua_pushboolean(L, false);
    lua_rawseti(L, -2, i + 1);
  }
  for (int i = 0; i < loader->nused; i++) {
    const Cell *cell = &loader->cells[loader->used[i]];
    switch (cell->type) {
    case DU_INTEGER_COLUMN:
      lua_pushinteger(L, cell->integer);
      break;
    case DU_NUMBER_COLUMN:
      lua_pushnumber(L, cell->number);
      break;
    case DU_TEXT_COLUMN:
      lua_pushlstring(L, cell->text, cell->length);
      break;
    default:
      lua_pushboolean(L, false);
    }
    lua_rawseti(L, -2, loader->used[i] + 1);
  }
}

/* loader (light), id, revision, retracted: lays the row over the record */
static int change_body(lua_State *L) {
  Loader *loader = lua_touserdata(L, 1);
  DuRow row = {lua_tointeger(L, 2), lua_tointeger(L, 3), false};
  int before = du_push_columns(L, loader->store, loader->kind, row.id);
  push_columns(L, loader, before);
  du_change_columns(L, loader->store, loader->kind, row, before, lua_gettop(L));
  return 0;
}

/* loader (light): adds the row */
static int add_body(lua_State *L) {
  Loader *loader = lua_touserdata(L, 1);
  push_columns(L, loader, 0);
  du_add_columns(L, loader->store, loader->kind, lua_gettop(L));
  return 0;
}

/* Calls what writes one row; its error may be the row's fault. What it wrote
** before it failed is nothing: all checks come first. */
static bool write_row(lua_State *L, Loader *loader, int arguments) {
  if (lua_pcall(L, arguments, 0, 0) == LUA_OK)
    return true;
  fault_of_error(L, loader, NULL);
  return false;
}

/* A row whose identity is on record. */
static bool meet(lua_State *L, Loader *loader, const Found *found) {
  bool newer = loader->layout->version >= 0 && found->other != NULL &&
               is_newer(L, loader, found->row.id);
  if (found->row.retracted)
    return wrong(loader, NULL,
                 "the %s with that identity (id %lld) was retracted",
                 loader->kind->singular, (long long)found->row.id);
  if (found->other == NULL || (loader->layout->version >= 0 && !newer)) {
    loader->duplicate++;
    return true;
  }
  if (!newer && !loader->update)
    return wrong(loader, found->other,
                 "the %s with that identity (id %lld) has another value",
                 loader->kind->singular, (long long)found->row.id);
  lua_pushcfunction(L, change_body);
  lua_pushlightuserdata(L, loader);
  lua_pushinteger(L, found->row.id);
  lua_pushinteger(L, found->row.revision);
  if (!write_row(L, loader, 3))
    return false;
  loader->updated++;
  return true;
}

/* A row of a kind with indexes of its own. */
static bool put_row(lua_State *L, Loader *loader) {
  Found found = find_same(L, loader);
  if (found.row.id != 0)
    return meet(L, loader, &found);
  lua_pushcfunction(L, add_body);
  lua_pushlightuserdata(L, loader);
  if (!write_row(L, loader, 1))
    return false;
  loader->added++;
  return true;
}

/* Makes the text of the insert that takes the cells, once a run. */
static void write_insert(lua_State *L, Loader *loader) {
  DuText text;
  du_text_init(L, &text);
  du_text_format(&text, "INSERT INTO %q (id, revision", loader->kind->name);
  for (int i = 0; i < loader->nused; i++) {
    du_text_puts(&text, ", ");
    add_column(&text, loader->kind, loader->used[i]);
  }
  du_text_puts(&text, ") VALUES (?1, ?2");
  for (int i = 0; i < loader->nused; i++)
    du_text_format(&text, ", ?%d", i + 3);
  du_text_puts(&text, ")");
  if (!loader->bulk)
    du_text_puts(&text, " ON CONFLICT (origin) WHERE origin IS NOT NULL "
                        "DO NOTHING");
  lua_getiuservalue(L, LOADER, MEMORY);
  du_text_push(&text);
  loader->insert_text = lua_tolstring(L, -1, &loader->insert_length);
  lua_setfield(L, -2, "insert");
  lua_pop(L, 2);
}

/* The insert, which is the loader's until Lua is called. */
static void take_insert(lua_State *L, Loader *loader) {
  if (loader->insert != NULL)
    return;
  for (int i = 0; i < loader->nused; i++)
    loader->bound[i] = DU_NULL_COLUMN;
  loader->insert = du_sql_prepare(loader->store->sql, loader->insert_text,
                                  loader->insert_length);
  if (loader->insert == NULL)
    du_raise_sql(L, loader->store->sql);
  /* that it wrote is noted with the first row that it adds */
  du_sql_bind_integer(loader->insert, 2, loader->store->base->revision);
}

/* Inserts the row, unless its origin is on record. */
static bool insert_row(lua_State *L, Loader *loader) {
  DuStore *store = loader->store;
  DuStatement *statement;
  take_insert(L, loader);
  statement = loader->insert;
  du_sql_bind_integer(statement, 1, du_next_id(store));
  for (int i = 0; i < loader->nused; i++) {
    const Cell *cell = &loader->cells[loader->used[i]];
    if (cell->type != DU_NULL_COLUMN || loader->bound[i] != DU_NULL_COLUMN)
      bind_cell(statement, i + 3, cell);
    loader->bound[i] = cell->type;
  }
  if (du_sql_step(statement) == DU_FAILED)
    du_raise_sql(L, store->sql);
  du_sql_reset(statement);
  if (loader->bulk || du_sql_changes(store->sql) > 0) {
    du_writing(store);
    loader->added++;
    return true;
  }
  store->base->last_id--; /* the id was not used */
  put_away(loader);
  Found found = find_same(L, loader);
  return meet(L, loader, &found);
}

/* ----------------------------------------------------------- rows put aside */

/* Notes an identity; tells whether it may have been noted before. A block of
** 512 bits holds the 4 of one identity, so that it costs one look into
** memory. */
static bool may_repeat(Loader *loader) {
  const Cell *origin = &loader->cells[loader->origin];
  uint64_t hash = du_entry_hash(origin->text, origin->length);
  uint64_t *block = loader->filter + (hash >> 36) % loader->blocks * 8;
  bool seen = true;
  for (int i = 0; i < 4; i++) {
    unsigned bit = hash >> (9 * i) & 511;
    uint64_t mask = (uint64_t)1 << (bit & 63);
    seen = seen && (block[bit >> 6] & mask) != 0;
    block[bit >> 6] |= mask;
  }
  return seen;
}

static void put_aside(lua_State *L, Loader *loader) {
  static const char text[] = "INSERT INTO temp.aside (line, text) VALUES "
                             "(?1, ?2)";
  DuStatement *statement;
  size_t length;
  const char *line = du_records_line(loader->records, &length);
  put_away(loader);
  statement = du_prepare(L, loader->store->sql, text);
  du_sql_bind_integer(statement, 1, line_of(loader));
  du_sql_bind_text(statement, 2, line, length);
  du_finish(L, loader->store->sql, statement, du_sql_step(statement));
}

/* Gives the rows that were put aside one by one, as a file. Upvalues: the
** loader, and the number of the last one. */
static int next_aside(lua_State *L) {
  static const char text[] = "SELECT rowid, line, text FROM temp.aside WHERE "
                             "rowid > ?1 ORDER BY rowid LIMIT 1";
  Loader *loader = lua_touserdata(L, lua_upvalueindex(1));
  DuStatement *statement;
  DuStatus status;
  put_away(loader);
  statement = du_prepare(L, loader->store->sql, text);
  du_sql_bind_integer(statement, 1, lua_tointeger(L, lua_upvalueindex(2)));
  status = du_sql_step(statement);
  if (status == DU_ROW) {
    size_t length;
    const char *line = du_sql_text(statement, 2, &length);
    luaL_Buffer buffer;
    loader->line = du_sql_integer(statement, 1);
    luaL_buffinitsize(L, &buffer, length + 1);
    luaL_addlstring(&buffer, line, length);
    luaL_addchar(&buffer, '\n');
    luaL_pushresult(&buffer);
    lua_pushinteger(L, du_sql_integer(statement, 0));
    lua_replace(L, lua_upvalueindex(2));
  } else {
    lua_pushnil(L);
  }
  du_finish(L, loader->store->sql, statement, status);
  return 1;
}

/* ----------------------------------------------------------------- running */

/* Gives the row to a function of Lua, which says what became of it. */
static bool give_row(lua_State *L, Loader *loader) {
  static const char *const outcomes[] = {"added", "updated", "duplicate",
                                         "retracted", NULL};
  int64_t *counts[4];
  int top = lua_gettop(L);
  const char *outcome;
  counts[0] = &loader->added;
  counts[1] = &loader->updated;
  counts[2] = &loader->duplicate;
  counts[3] = &loader->retracted;
  put_away(loader);
  lua_getfield(L, PLANNED, "each");
  lua_pushvalue(L, ROW);
  if (lua_pcall(L, 1, 3, 0) != LUA_OK) {
    fault_of_error(L, loader, NULL);
    return false;
  }
  outcome = lua_tostring(L, -3);
  for (int i = 0; outcome != NULL && outcomes[i] != NULL; i++)
    if (strcmp(outcome, outcomes[i]) == 0) {
      ++*counts[i];
      lua_settop(L, top);
      return true;
    }
  wrong(loader, NULL, "%s",
        lua_isstring(L, -2) ? lua_tostring(L, -2) : "it is no record");
  if (lua_isstring(L, -1)) {
    int field = du_field_find(loader->kind, lua_tostring(L, -1));
    loader->wrong = field >= 0 ? loader->kind->fields[field].name : NULL;
  }
  lua_settop(L, top);
  return false;
}

/* Reads one record and does what is to be done with it. */
static void load_row(lua_State *L, Loader *loader, DuDelimitedStatus status) {
  bool good;
  if (status == DU_DELIMITED_FAULT) {
    good = wrong(loader, NULL, "%s", loader->records->reader.why);
  } else {
    good = read_row(L, loader);
    if (good && loader->each) {
      good = give_row(L, loader);
    } else if (good && loader->bulk && loader->identity != BY_NUMBER &&
               may_repeat(loader)) {
      put_aside(L, loader);
      return;
    } else if (good) {
      good = loader->direct ? insert_row(L, loader) : put_row(L, loader);
    }
  }
  if (!good)
    reject(L, loader);
}

/* An empty line, which is no record unless records have one field, and what
** belongs to the record before. */
static bool is_passed_over(const Loader *loader, DuDelimitedStatus status) {
  return status == DU_DELIMITED_REST ||
         (status == DU_DELIMITED_RECORD && loader->records->reader.blank &&
          layout_of(loader, 1) == NULL);
}

/* Reads up to `limit` records; false where there are no more. */
static bool load_rows(lua_State *L, Loader *loader, int64_t limit) {
  DuRecords *records = loader->records;
  for (int64_t i = 0; limit < 0 || i < limit; i++) {
    DuDelimitedStatus status;
    /* a chunk is asked of Lua only when there is no whole record left */
    status = records->peeked
                 ? du_records_next(L, records, ROWS)
                 : du_delimited_next(&records->reader, records->bytes,
                                     records->length, records->ended);
    if (status == DU_DELIMITED_MORE) {
      put_away(loader);
      status = du_records_next(L, records, ROWS);
    }
    if (status == DU_DELIMITED_END)
      return false;
    if (status == DU_DELIMITED_REST) {
      reject_rest(L, loader);
    } else if (!is_passed_over(loader, status)) {
      loader->read += !loader->again;
      load_row(L, loader, status);
    }
    lua_settop(L, BASE - 1);
  }
  return true;
}

/* Reads the rows that were put aside, now that there is an index. */
static void load_aside(lua_State *L, Loader *loader) {
  DuRecords *records = loader->records;
  lua_getfield(L, PLANNED, "again");
  lua_pushvalue(L, LOADER);
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, next_aside, 2);
  lua_call(L, 1, 1);
  loader->records = du_check_records(L, -1);
  lua_pushvalue(L, -1);
  lua_replace(L, ROWS);
  lua_setiuservalue(L, LOADER, RECORDS); /* row(name) reads it too */
  loader->again = true;
  load_rows(L, loader, -1);
  put_away(loader);
  loader->again = false;
  loader->records = records;
}

static bool is_empty(lua_State *L, Loader *loader) {
  DuText text;
  DuStatement *statement;
  DuStatus status;
  du_text_init(L, &text);
  du_text_format(&text, "SELECT 1 FROM %q LIMIT 1", loader->kind->name);
  statement = du_text_prepare(&text, loader->store->sql);
  status = du_sql_step(statement);
  du_finish(L, loader->store->sql, statement, status);
  lua_pop(L, 1);
  return status == DU_DONE;
}

static void run(lua_State *L, Loader *loader, const char *text) {
  if (!du_sql_script(loader->store->sql, text))
    du_raise_sql(L, loader->store->sql);
}

/* 16 bits a row, in memory that goes with the loader: of a million rows, some
** two thousand are put aside for nothing. */
static void make_filter(lua_State *L, Loader *loader, int64_t rows) {
  uint64_t blocks = (uint64_t)rows / 32 + 64;
  if (blocks > 1 << 18) /* 16 MiB */
    blocks = 1 << 18;
  lua_getiuservalue(L, LOADER, MEMORY);
  loader->filter = lua_newuserdatauv(L, blocks * 64, 0);
  memset(loader->filter, 0, blocks * 64);
  loader->blocks = blocks;
  lua_setfield(L, -2, "filter");
  lua_pop(L, 1);
}

static Loader *check_loader(lua_State *L) {
  Loader *loader = du_check_object(L, 1, DU_LOADER, "a loader");
  du_enter(L, loader->store);
  loader->insert = NULL;
  return loader;
}

/*
** loader:run([limit [, rows]]) -> boolean
** Inside a transaction: reads up to so many records, or all, and brings them
** into the kind. False where there are no more.
**   rows  how many there may be in all: into an empty kind they are then
**         loaded without its indexes
*/
static int loader_run(lua_State *L) {
  Loader *loader = check_loader(L);
  int64_t limit = luaL_optinteger(L, 2, -1);
  int64_t rows = luaL_optinteger(L, 3, -1);
  bool more;
  luaL_argcheck(L, loader->mapped, 1, "it has no mapping yet");
  if (loader->store->base->depth == 0)
    du_raise(L, "misuse", NULL, NULL, "a loader runs inside a transaction");
  lua_settop(L, LIMIT);
  luaL_checkstack(L, 40, NULL);
  lua_getiuservalue(L, LOADER, RECORDS);
  lua_getiuservalue(L, LOADER, PARTS);
  lua_getiuservalue(L, LOADER, ANCHORS);
  lua_getiuservalue(L, LOADER, PLAN);
  lua_getfield(L, -1, "names");
  lua_pushvalue(L, LOADER);
  lua_insert(L, -2);
  lua_pushcclosure(L, row_text, 2);
  lua_insert(L, ROW);
  if (loader->each)
    return lua_pushboolean(L, load_rows(L, loader, limit)), 1;
  loader->bulk = rows >= 0 && loader->direct && is_empty(L, loader);
  if (loader->bulk) {
    make_filter(L, loader, rows);
    run(L, loader, "CREATE TEMP TABLE aside (line INTEGER, text)");
  }
  if (loader->direct) {
    write_insert(L, loader);
    du_schema_open(L, loader->store->sql, loader->kind, loader->bulk);
  }
  more = load_rows(L, loader, limit);
  put_away(loader);
  if (loader->direct)
    du_schema_shut(L, loader->store->sql, loader->kind, loader->bulk);
  if (loader->bulk) {
    loader->bulk = false;
    write_insert(L, loader);
    du_schema_open(L, loader->store->sql, loader->kind, false);
    load_aside(L, loader);
    du_schema_shut(L, loader->store->sql, loader->kind, false);
    run(L, loader, "DROP TABLE temp.aside");
  }
  lua_pushboolean(L, more);
  return 1;
}

/*
** loader:skip(count) -> offset
** Passes over so many records, which an earlier load has read, and returns the
** bytes before the next one.
*/
static int loader_skip(lua_State *L) {
  Loader *loader = check_loader(L);
  int64_t count = luaL_checkinteger(L, 2);
  DuRecords *records = loader->records;
  lua_settop(L, LIMIT);
  lua_getiuservalue(L, LOADER, RECORDS);
  while (loader->read < count) {
    DuDelimitedStatus status = du_records_next(L, records, ROWS);
    if (status == DU_DELIMITED_END)
      break;
    if (!is_passed_over(loader, status))
      loader->read++;
  }
  lua_pushinteger(L, (lua_Integer)records->reader.next_offset);
  return 1;
}

/*
** loader:counts() -> { read=, added=, updated=, duplicate=, rejected=,
** retracted=, offset= }
** What became of the records so far; offset: the bytes before the next one.
*/
static int loader_counts(lua_State *L) {
  const Loader *loader = du_check_object(L, 1, DU_LOADER, "a loader");
  const struct {
    const char *name;
    int64_t count;
  } counts[] = {
      {"read", loader->read},
      {"added", loader->added},
      {"updated", loader->updated},
      {"duplicate", loader->duplicate},
      {"rejected", loader->rejected},
      {"retracted", loader->retracted},
      {"offset", (int64_t)loader->records->reader.next_offset},
  };
  lua_newtable(L);
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    lua_pushinteger(L, counts[i].count);
    lua_setfield(L, -2, counts[i].name);
  }
  return 1;
}

/* ----------------------------------------------------------------- mapping */

/* The integer table[name] at index, or `absent`. */
static lua_Integer integer_of(lua_State *L, int index, const char *name,
                              lua_Integer absent) {
  lua_Integer value;
  lua_getfield(L, index, name);
  value = luaL_optinteger(L, -1, absent);
  lua_pop(L, 1);
  return value;
}

static bool boolean_of(lua_State *L, int index, const char *name) {
  bool value;
  lua_getfield(L, index, name);
  value = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return value;
}

/* The list table[name] at index as numbers of columns, from 0. */
static int columns_of(lua_State *L, int index, const char *name,
                      int columns[JOINED]) {
  int count = 0, top = lua_gettop(L);
  if (lua_getfield(L, index, name) == LUA_TTABLE)
    while (count < JOINED && lua_rawgeti(L, -1, count + 1) == LUA_TNUMBER) {
      columns[count++] = (int)lua_tointeger(L, -1) - 1;
      lua_pop(L, 1);
    }
  luaL_argcheck(L, count < JOINED, 2, "too many columns");
  lua_settop(L, top);
  return count;
}

/* [-0, +1] memory that the loader keeps */
static void *keep(lua_State *L, size_t size) {
  void *memory = lua_newuserdatauv(L, size > 0 ? size : 1, 0);
  memset(memory, 0, size > 0 ? size : 1);
  lua_getiuservalue(L, LOADER, MEMORY);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  lua_pop(L, 2);
  return memory;
}

static void read_dates(lua_State *L, int index, Target *target) {
  lua_getfield(L, index, "dates");
  for (lua_Integer i = 1; lua_istable(L, -1) && i <= DU_DATE_STYLES; i++) {
    if (lua_rawgeti(L, -1, i) == LUA_TSTRING)
      target->dates[target->ndates++] =
          (DuDateStyle)luaL_checkoption(L, -1, NULL, du_date_styles);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* What texts are read as is remembered where reading them costs, and where it
** is no longer the text itself. */
static bool is_remembered(const Target *target) {
  switch (target->field->type) {
  case DU_REFERENCE:
  case DU_DATE:
  case DU_WORD:
    return !(target->field->flags & DU_LIST);
  case DU_INTEGER:
  case DU_NUMBER:
    return target->words;
  default:
    return false;
  }
}

/* One of a layout's targets, on top of the stack. */
static void read_target_plan(lua_State *L, Loader *loader, Target *target,
                             int part, int parts) {
  static const char *const names[] = {"words", "resolve", "convert", "known"};
  int given = lua_gettop(L), field;
  size_t length;
  const char *separator;
  lua_getfield(L, given, "field");
  field = du_field_find(loader->kind, luaL_checkstring(L, -1));
  luaL_argcheck(L, field >= 0, 2, "no such field");
  target->field = &loader->kind->fields[field];
  luaL_argcheck(L, du_field_columns(target->field) > 0, 2,
                "a field that is not stored");
  target->cell = du_column_number(loader->kind, field) - 1;
  target->part = part;
  target->column = (int)integer_of(L, given, "column", 0) - 1;
  target->njoin = columns_of(L, given, "join", target->join);
  target->strict = boolean_of(L, given, "strict");
  for (int i = 0; i < PART_COUNT; i++) {
    lua_getfield(L, given, names[i]);
    lua_rawseti(L, parts, part * PART_COUNT + i + 1);
  }
  target->words = boolean_of(L, given, "words");
  target->resolve = boolean_of(L, given, "resolve");
  target->convert = boolean_of(L, given, "convert");
  read_dates(L, given, target);
  lua_getfield(L, given, "separator");
  separator = luaL_optlstring(L, -1, "", &length);
  luaL_argcheck(L, length < SEPARATOR, 2, "the separator is too long");
  memcpy(target->separator, separator, length);
  if (is_remembered(target))
    target->memos = keep(L, MEMOS * sizeof(Memo));
  lua_settop(L, given);
}

static void use(Loader *loader, int column) {
  for (int i = 0; i < loader->nused; i++)
    if (loader->used[i] == column)
      return;
  loader->used[loader->nused++] = column;
}

static void use_field(Loader *loader, const DuField *field, int cell) {
  for (int i = 0; i < du_field_columns(field); i++)
    use(loader, cell + i);
}

/* The layout on top of the stack. */
static void read_layout(lua_State *L, Loader *loader, Layout *layout, int *part,
                        int parts) {
  int given = lua_gettop(L);
  layout->count = (int)integer_of(L, given, "count", 0);
  layout->version = (int)integer_of(L, given, "version", 0) - 1;
  layout->nidentity = columns_of(L, given, "identity", layout->identity);
  lua_getfield(L, given, "targets");
  layout->ntargets = (int)luaL_len(L, -1);
  layout->targets = keep(L, (size_t)layout->ntargets * sizeof(Target));
  for (int i = 0; i < layout->ntargets; i++) {
    Target *target = &layout->targets[i];
    lua_rawgeti(L, -1, i + 1);
    read_target_plan(L, loader, target, ++*part, parts);
    if (target->field->flags & (DU_NAME | DU_SEARCHED | DU_TREE))
      loader->direct = false;
    use_field(loader, target->field, target->cell);
    lua_pop(L, 1);
  }
  lua_settop(L, given);
}

/* Fields with one value for all rows: THE check reads them. */
static void read_constants(lua_State *L, Loader *loader, int plan) {
  lua_getfield(L, plan, "constants");
  for (int i = 0; lua_istable(L, -1) && i < loader->kind->nfields; i++) {
    const DuField *field = &loader->kind->fields[i];
    int cell = du_column_number(loader->kind, i) - 1;
    if (lua_getfield(L, -1, field->name) != LUA_TNIL) {
      lua_newtable(L);
      du_value_store(L, loader->store, loader->kind, field, -2, lua_gettop(L),
                     1);
      for (int j = 0; j < du_field_columns(field); j++) {
        lua_rawgeti(L, -1, j + 1);
        lua_getiuservalue(L, LOADER, MEMORY); /* anchors a text for good */
        lua_pushvalue(L, -2);
        lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
        lua_pop(L, 1);
        if (lua_type(L, -1) == LUA_TSTRING) {
          size_t length;
          const char *text = lua_tolstring(L, -1, &length);
          set_text(&loader->constant[cell + j], text, length);
          lua_pop(L, 1);
        } else {
          set_value(L, &loader->constant[cell + j], cell + j);
        }
      }
      if (field->flags & (DU_NAME | DU_SEARCHED | DU_TREE))
        loader->direct = false;
      use_field(loader, field, cell);
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

static int column_named(const Loader *loader, const char *name) {
  return du_column_number(loader->kind, du_field_find(loader->kind, name)) - 1;
}

/* The source of the whole file, as the citation of each row. */
static void read_source(lua_State *L, Loader *loader, int plan) {
  loader->source = integer_of(L, plan, "source", 0);
  if (loader->source != 0) {
    size_t length;
    const char *text;
    lua_getiuservalue(L, LOADER, MEMORY);
    lua_pushfstring(L, "[%I]", (LUAI_UACINT)loader->source);
    text = lua_tolstring(L, -1, &length);
    set_text(&loader->constant[loader->sources], text, length);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    lua_pop(L, 1);
    use(loader, loader->sources);
  }
}

/* What is required; what is stored where that is left out is filled in, too. */
static void list_required(lua_State *L, Loader *loader) {
  const DuKind *kind = loader->kind;
  loader->required = keep(L, (size_t)kind->nfields * sizeof(Required));
  for (int i = 0; i < kind->nfields; i++) {
    int cell = du_column_number(kind, i) - 1;
    if (!(kind->fields[i].flags & DU_REQUIRED))
      continue;
    loader->required[loader->nrequired].field = &kind->fields[i];
    loader->required[loader->nrequired++].cell = cell;
    if (kind->fields[i].absent != NULL)
      use(loader, cell);
  }
}

/*
** loader:map(plan)
** Says what the records are. Made by the module dualuse.import, which checks
** what users give.
**   layouts     list of { count=, targets=, identity=, version= }: columns are
**               numbers; a target has field=, column= or join=, words=,
**               strict=, resolve=, known=, convert=, dates=, separator=
**   names       by count: the columns' numbers by their names
**   constants   values by field
**   prefix      of the origin; identity: "line", "number" or "columns"
**   source      id of the source of the whole file
**   missing     list of texts that mean nothing
**   each        function(row) -> outcome: does it all
**   reject      function(line, field, why, text, cut): cut, if there is more of
**               the text, in pieces
**   reject_rest function(piece)
**   again       function(read) -> records, of the same kind
**   stop, update, terminated   booleans
*/
static int loader_map(lua_State *L) {
  static const char *const identities[] = {"line", "number", "columns", NULL};
  Loader *loader = check_loader(L);
  size_t columns = (size_t)du_stored_columns(loader->kind);
  int part = 0, parts;
  size_t length;
  const char *prefix;
  lua_settop(L, 2);
  luaL_checktype(L, 2, LUA_TTABLE);
  luaL_argcheck(L, !loader->mapped, 1, "it has a mapping already");
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, LOADER, PLAN);
  lua_newtable(L);
  parts = lua_gettop(L);
  loader->missing = lua_getfield(L, 2, "missing") == LUA_TTABLE;
  lua_rawseti(L, parts, 0);
  loader->direct = loader->kind->large;
  loader->cells = keep(L, columns * sizeof(Cell));
  loader->constant = keep(L, columns * sizeof(Cell));
  loader->used = keep(L, columns * sizeof(int));
  loader->bound = keep(L, columns * sizeof(DuColumn));
  loader->each = boolean_of(L, 2, "each");
  loader->stop = boolean_of(L, 2, "stop");
  loader->update = boolean_of(L, 2, "update");
  loader->terminated = boolean_of(L, 2, "terminated");
  lua_getfield(L, 2, "prefix");
  prefix = luaL_optlstring(L, -1, "", &length);
  luaL_argcheck(L, length < sizeof loader->prefix, 2, "the prefix is too long");
  memcpy(loader->prefix, prefix, length + 1);
  lua_getfield(L, 2, "identity");
  loader->identity = (Identity)luaL_checkoption(L, -1, "line", identities);
  use(loader, loader->origin);
  read_constants(L, loader, 2);
  read_source(L, loader, 2);
  lua_getfield(L, 2, "layouts");
  loader->nlayouts = (int)luaL_len(L, -1);
  loader->layouts = keep(L, (size_t)loader->nlayouts * sizeof(Layout));
  for (int i = 0; i < loader->nlayouts; i++) {
    lua_rawgeti(L, -1, i + 1);
    read_layout(L, loader, &loader->layouts[i], &part, parts);
    lua_pop(L, 1);
  }
  list_required(L, loader);
  lua_pushvalue(L, parts);
  lua_setiuservalue(L, LOADER, PARTS);
  lua_newtable(L);
  lua_setiuservalue(L, LOADER, ANCHORS);
  loader->mapped = true;
  return 0;
}

/*
** loader(collection, records) -> loader
** What brings the records of a file into a collection's store.
*/
static int loader_new(lua_State *L) {
  DuCollection *collection =
      du_check_object(L, 1, DU_COLLECTION, "a collection");
  DuRecords *records = du_check_records(L, 2);
  Loader *loader;
  du_store_sql(L, collection->store);
  loader = lua_newuserdatauv(L, sizeof *loader, USERVALUES);
  memset(loader, 0, sizeof *loader);
  luaL_setmetatable(L, DU_LOADER);
  loader->store = collection->store;
  loader->kind = collection->kind;
  loader->records = records;
  loader->origin = column_named(loader, "origin");
  loader->origin_field =
      &loader->kind->fields[du_field_find(loader->kind, "origin")];
  loader->sources = column_named(loader, "sources");
  loader->key = column_named(loader, "key");
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, COLLECTION);
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, -2, RECORDS);
  lua_newtable(L);
  lua_setiuservalue(L, -2, MEMORY);
  return 1;
}

/* ------------------------------------------------------------------- marks
 */

/* Prepares a statement with the mark's name, at 2, as its parameter. */
static DuStatement *about_mark(lua_State *L, DuSql *sql, const char *text) {
  DuStatement *statement = du_prepare(L, sql, text);
  du_value_bind(L, statement, 1, 2);
  return statement;
}

/*
** mark(store, name) -> text or nil
** mark(store, name, text or false)
** How far a load has come that is done in parts. It is noted in the transaction
** of the part, and taken away with the last.
*/
static int mark(lua_State *L) {
  static const char there[] =
      "SELECT 1 FROM sqlite_schema WHERE name = 'marks'";
  DuStore *store = du_check_store(L, 1);
  DuSql *sql = du_store_sql(L, store);
  DuStatement *statement;
  DuStatus status;
  int64_t exists;
  luaL_checkstring(L, 2);
  lua_settop(L, 3);
  if (!du_sql_number_of(sql, there, &exists))
    du_raise_sql(L, sql);
  if (lua_isnil(L, 3)) {
    if (!exists)
      return 1;
    statement = about_mark(L, sql, "SELECT text FROM marks WHERE name = ?1");
    status = du_sql_step(statement);
    if (status == DU_ROW)
      du_value_push_stored(L, statement, 0);
    du_finish(L, sql, statement, status);
    return 1;
  }
  if (!exists && !du_sql_script(sql, "CREATE TABLE marks (name TEXT PRIMARY "
                                     "KEY, text TEXT) STRICT"))
    du_raise_sql(L, sql);
  if (lua_toboolean(L, 3)) {
    statement = about_mark(
        L, sql, "INSERT OR REPLACE INTO marks (name, text) VALUES (?1, ?2)");
    du_value_bind(L, statement, 2, 3);
  } else {
    statement = about_mark(L, sql, "DELETE FROM marks WHERE name = ?1");
  }
  du_finish(L, sql, statement, du_sql_step(statement));
  return 0;
}

static const luaL_Reg methods[] = {
    {"map", loader_map},       {"run", loader_run}, {"skip", loader_skip},
    {"counts", loader_counts}, {NULL, NULL},
};

/* Adds `loader` and `mark` to the core table on top of the stack. */
void du_open_import(lua_State *L) {
  luaL_newmetatable(L, DU_LOADER);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, DU_LOADER);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
  lua_pushcfunction(L, loader_new);
  lua_setfield(L, -2, "loader");
  lua_pushcfunction(L, mark);
  lua_setfield(L, -2, "mark");
}
