/*
** cells.c - a record's texts as the stored columns of a row: each field's text
** is read as what the field holds, without passing through Lua. What a mapping
** cannot do by itself (to find or make a party, to convert) is asked of Lua
** functions, whose answers are remembered.
*/
#include "loader.h"

#include <math.h>
#include <string.h>

#include "bytes.h"
#include "fold.h"

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

/* [-0, +1] A text with U+FFFD for each byte that is not UTF-8, or NUL. */
static void push_repaired(lua_State *L, const char *text, size_t length) {
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  while (length > 0) {
    size_t size = 0;
    uint32_t code;
    if (*text != '\0')
      size = du_utf8_decode((const unsigned char *)text, length, &code);
    if (size > 0)
      luaL_addlstring(&buffer, text, size);
    else
      luaL_addlstring(&buffer, "\xEF\xBF\xBD", 3);
    text += size > 0 ? size : 1;
    length -= size > 0 ? size : 1;
  }
  luaL_pushresult(&buffer);
}

/* Looks at a text that is not empty: it may mean nothing, or need repair. parts
** is the stack index of the table of parts. Returns whether a repaired text was
** pushed. */
static bool look_at(lua_State *L, DuLoader *loader, int parts,
                    const char **text, size_t *length) {
  if (loader->missing && means_nothing(L, parts, *text, *length))
    *length = 0;
  if (!loader->repair || *length == 0 ||
      (du_utf8_valid(*text, *length, NULL) &&
       memchr(*text, '\0', *length) == NULL))
    return false;
  loader->mended = true;
  push_repaired(L, *text, *length);
  *text = lua_tolstring(L, -1, length);
  return true;
}

/* Most texts are those of the record. */
static inline const char *text_of(lua_State *L, DuLoader *loader, int column,
                                  size_t *length) {
  const char *text =
      du_records_text(L, loader->records, DU_AT_ROWS, column, length);
  if ((loader->missing || loader->repair) && *length > 0 &&
      look_at(L, loader, DU_AT_PARTS, &text, length))
    lua_rawseti(L, DU_AT_ANCHORS,
                -1 - column); /* apart from the cells' texts */
  return text;
}

const char *du_cells_text(lua_State *L, DuLoader *loader, int column,
                          size_t *length) {
  return text_of(L, loader, column, length);
}

/* [-0, +1] The number of the column that row(name) is asked for, or false. The
** name is at 1; names that were asked for before are in upvalue 2. */
static void push_column(lua_State *L, const DuLoader *loader) {
  int count = loader->layout->count;
  if (lua_rawgeti(L, lua_upvalueindex(2), count) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawseti(L, lua_upvalueindex(2), count);
  }
  lua_pushvalue(L, 1);
  if (lua_rawget(L, -2) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_getiuservalue(L, lua_upvalueindex(1), DU_LOADER_PLAN);
    lua_getfield(L, -1, "column");
    lua_replace(L, -2);
    lua_pushinteger(L, count);
    lua_pushvalue(L, 1);
    lua_call(L, 2, 1);
    lua_pushvalue(L, 1);
    lua_pushvalue(L, -2);
    lua_rawset(L, -4);
  }
  lua_replace(L, -2);
}

/* row(name) -> the text of a column of the row, or nil where it is empty or
** means nothing. Upvalues: the loader, and its columns' numbers by the names
** that it was asked for, by layout. Only while the row is read are its texts
** there. */
int du_cells_row(lua_State *L) {
  DuLoader *loader = lua_touserdata(L, lua_upvalueindex(1));
  size_t length;
  const char *text;
  lua_settop(L, 1);
  if (!loader->reading)
    du_raise(L, "misuse", loader->kind->name, NULL,
             "row: the row that it was given with has been read");
  if (lua_isnil(L, 1))
    du_misuse(L, 1, "the name or number of a column");
  push_column(L, loader);
  if (!lua_toboolean(L, -1))
    return lua_pushnil(L), 1;
  lua_getiuservalue(L, lua_upvalueindex(1), DU_LOADER_RECORDS);
  lua_getiuservalue(L, lua_upvalueindex(1), DU_LOADER_PARTS);
  text = du_records_text(L, loader->records, 3, (int)lua_tointeger(L, 2) - 1,
                         &length);
  if (length > 0)
    look_at(L, loader, 4, &text, &length);
  if (length == 0)
    lua_pushnil(L);
  else
    lua_pushlstring(L, text, length);
  return 1;
}

static void push_part(lua_State *L, const DuTarget *target, enum DuPart part) {
  lua_rawgeti(L, DU_AT_PARTS, target->part * DU_PARTS + (int)part);
}

const char *du_cells_anchor(lua_State *L, int cell, size_t *length) {
  const char *text = lua_tolstring(L, -1, length);
  lua_rawseti(L, DU_AT_ANCHORS, cell + 1);
  return text;
}

/* The texts of several columns with commas, each once. */
static const char *joined_text(lua_State *L, DuLoader *loader,
                               const DuTarget *target, size_t *length) {
  DuBytes *texts = target->joined;
  int count = 0;
  luaL_Buffer buffer;
  for (int i = 0; i < target->njoin; i++) {
    DuBytes *bytes = &texts[count];
    bool seen = false;
    bytes->text = du_cells_text(L, loader, target->join[i], &bytes->length);
    for (int j = 0; j < count; j++)
      seen = seen || (texts[j].length == bytes->length &&
                      memcmp(texts[j].text, bytes->text, bytes->length) == 0);
    if (bytes->length > 0 && !seen)
      count++;
  }
  *length = count > 0 ? texts[0].length : 0;
  if (count <= 1)
    return count > 0 ? texts[0].text : "";
  luaL_buffinit(L, &buffer);
  for (int i = 0; i < count; i++) {
    if (i > 0)
      luaL_addstring(&buffer, ", ");
    luaL_addlstring(&buffer, texts[i].text, texts[i].length);
  }
  luaL_pushresult(&buffer);
  return du_cells_anchor(L, target->cell, length);
}

/* ---------------------------------------------------------- texts as values */

/* Up to this number a float holds every integer. */
#define MOST_KEPT 9007199254740992.0 /* 2^53 */

void du_cell_value(lua_State *L, DuCell *cell, int number) {
  size_t length;
  const char *text;
  switch (lua_type(L, -1)) {
  case LUA_TNUMBER:
    if (lua_isinteger(L, -1))
      du_cell_integer(cell, lua_tointeger(L, -1));
    else
      du_cell_number(cell, lua_tonumber(L, -1));
    lua_pop(L, 1);
    break;
  case LUA_TSTRING:
    text = du_cells_anchor(L, number, &length);
    du_cell_text(cell, text, length);
    break;
  default:
    du_cell_null(cell);
    lua_pop(L, 1);
  }
}

/* An integer may be written with a fraction of zero, as programs do that keep a
** column of numbers. */
static bool read_integer(const char *text, size_t length, int64_t *integer) {
  size_t zeros = length;
  while (zeros > 0 && text[zeros - 1] == '0')
    zeros--;
  if (zeros > 1 && zeros < length && text[zeros - 1] == '.')
    length = zeros - 1;
  return du_entry_integer(text, length, integer);
}

static bool read_number(lua_State *L, DuLoader *loader, const DuTarget *target,
                        DuCell *cell, const char *text, size_t length) {
  char why[DU_WHY];
  const char *name = target->field->name;
  double value;
  if (target->field->type == DU_INTEGER) {
    int64_t integer;
    if (!read_integer(text, length, &integer))
      return du_fault_text(L, loader, name, "expected an integer, got %s", text,
                           length);
    value = (double)integer;
    du_cell_integer(cell, integer);
  } else {
    if (!du_entry_number(text, length, &value))
      return du_fault_text(L, loader, name, "expected a number, got %s", text,
                           length);
    if (fabs(value) >= MOST_KEPT && !du_entry_kept(text, length, value))
      return du_fault_text(L, loader, name,
                           "expected a number that a float holds exactly, "
                           "got %s",
                           text, length);
    du_cell_number(cell, value);
  }
  if (!du_number_fit(target->field, value, why)) {
    lua_pushlstring(L, text, length);
    du_fault(L, loader, name, "%s is out of range: %s", lua_tostring(L, -1),
             why);
    lua_pop(L, 1);
    return false;
  }
  return true;
}

/* What is wrong with a text that is a date in none of the styles. impossible:
** why the day that it names in one of them is none; or edtf: why it is no EDTF,
** where that is one of them. */
static bool wrong_date(lua_State *L, DuLoader *loader, const DuTarget *target,
                       const char *text, size_t length, const char *impossible,
                       const char *edtf) {
  const char *others[DU_DATE_STYLES + 1];
  const char *name = target->field->name;
  int count = 0;
  for (int i = 0; i < target->ndates; i++)
    if (target->dates[i] != DU_DATE_EDTF)
      others[count++] = du_date_styles[target->dates[i]];
  others[count] = NULL;
  lua_pushlstring(L, text, length);
  du_show(L, -1);
  du_show_words(L, others);
  if (*impossible != '\0')
    du_fault(L, loader, name, "%s is not a date: %s", lua_tostring(L, -2),
             impossible);
  else if (*edtf == '\0')
    du_fault(L, loader, name, "%s is not a date: expected %s",
             lua_tostring(L, -2), lua_tostring(L, -1));
  else if (count == 0)
    du_fault(L, loader, name, "%s is not a date: %s", lua_tostring(L, -2),
             edtf);
  else
    du_fault(L, loader, name, "%s is not a date: %s (nor is it %s)",
             lua_tostring(L, -2), edtf, lua_tostring(L, -1));
  lua_pop(L, 3);
  return false;
}

/* memo: room for a day that is not written in EDTF. */
static bool read_date(lua_State *L, DuLoader *loader, const DuTarget *target,
                      DuMemo *memo, DuCell *cell, const char *text,
                      size_t length) {
  char why[DU_EDTF_WHY], impossible[DU_EDTF_WHY] = "", edtf[DU_EDTF_WHY] = "";
  const char *date;
  size_t size;
  DuEdtf days;
  for (int i = 0; i < target->ndates; i++)
    if (du_entry_date(target->dates[i], text, length, memo->day, &date, &size,
                      &days, why, sizeof why)) {
      du_cell_text(cell, date, size);
      du_cell_integer(cell + 1, days.first);
      du_cell_integer(cell + 2, days.last);
      return true;
    } else if (target->dates[i] == DU_DATE_EDTF) {
      memcpy(edtf, why, sizeof edtf);
    } else if (*impossible == '\0' && *why != '\0') {
      memcpy(impossible, why, sizeof impossible);
    }
  return wrong_date(L, loader, target, text, length, impossible, edtf);
}

static bool read_word(lua_State *L, DuLoader *loader, const DuTarget *target,
                      DuCell *cell, const char *text, size_t length) {
  const DuField *field = target->field;
  for (int i = 0; field->words[i] != NULL; i++)
    if (strlen(field->words[i]) == length &&
        memcmp(field->words[i], text, length) == 0) {
      du_cell_text(cell, field->words[i], length);
      return true;
    }
  lua_pushlstring(L, text, length);
  du_show(L, -1);
  du_show_words(L, field->words);
  du_fault(L, loader, field->name, "expected %s, got %s", lua_tostring(L, -1),
           lua_tostring(L, -2));
  lua_pop(L, 3);
  return false;
}

static bool read_boolean(lua_State *L, DuLoader *loader, const DuTarget *target,
                         DuCell *cell, const char *text, size_t length) {
  bool yes = du_entry_is(text, length, "true");
  if (!yes && !du_entry_is(text, length, "false"))
    return du_fault_text(L, loader, target->field->name,
                         "expected true or false, got %s", text, length);
  du_cell_integer(cell, yes);
  return true;
}

/* Is it a part of the record, of which all is plain? */
static bool is_plain(const DuLoader *loader, const char *text) {
  const DuRecords *records = loader->records;
  return records->reader.plain &&
         (uintptr_t)text - (uintptr_t)records->bytes < records->length;
}

static bool read_text(lua_State *L, DuLoader *loader, const DuTarget *target,
                      DuCell *cell, const char *text, size_t length) {
  char why[DU_WHY];
  if (is_plain(loader, text) &&
      (target->field->flags & (DU_FIXED | DU_CURRENCY)) == 0) {
    du_cell_text(cell, text, length);
    return true;
  }
  switch (du_text_fit(target->field, text, length, why)) {
  case DU_UNFIT:
    return du_fault(L, loader, target->field->name, "%s", why);
  case DU_UNEXPECTED:
    lua_pushlstring(L, text, length);
    du_fault(L, loader, target->field->name, "expected %s, got %s", why,
             du_show(L, -1));
    lua_pop(L, 2);
    return false;
  default:
    du_cell_text(cell, text, length);
    return true;
  }
}

/* [-0, +3] Asks Lua what the text at index names: it gives the id, the record
** to make, or nil and why there is none; and whether it looked for records of
** that name. */
static bool ask(lua_State *L, DuLoader *loader, const DuTarget *target,
                int text) {
  if (loader->quiet)
    du_loader_let_go(loader);
  else
    du_loader_put_away(L, loader);
  push_part(L, target, DU_PART_RESOLVE);
  lua_pushvalue(L, text);
  lua_pushvalue(L, DU_AT_ROW);
  if (lua_pcall(L, 2, 3, 0) == LUA_OK)
    return true;
  du_fault_of_error(L, loader, target->field->name);
  return false;
}

/* The same as an id, or as the number of what is to be made; 0 and a fault
** where it is neither. What the row's other fields have put off is not on
** record yet. known is the stack index of what is known of texts. */
static int64_t look_up(lua_State *L, DuLoader *loader, const DuTarget *target,
                       int text, int known) {
  int answer = lua_gettop(L) + 1;
  int64_t id = 0;
  if (loader->makings > 0)
    id = du_making_find(L, loader, known, text);
  if (id != 0 || !ask(L, loader, target, text))
    return id;
  if (lua_isinteger(L, answer))
    return lua_tointeger(L, answer);
  if (loader->makings > 0 && lua_toboolean(L, answer + 2) &&
      !du_making_named(L, loader, target->field, text, &id))
    return 0;
  if (id == 0 && lua_istable(L, answer)) {
    lua_settop(L, answer);
    return du_making_add(L, loader, target->field, known, text, answer);
  }
  if (id == 0)
    du_fault(L, loader, target->field->name, "%s",
             lua_isstring(L, answer + 1) ? lua_tostring(L, answer + 1)
                                         : "it names nothing");
  return id;
}

/* Puts what the text on top of the stack names into the cell. [-1, +0] */
static bool resolve(lua_State *L, DuLoader *loader, const DuTarget *target,
                    DuCell *cell) {
  int text = lua_gettop(L), known = text + 1;
  int64_t id;
  push_part(L, target, DU_PART_KNOWN);
  lua_pushvalue(L, text);
  lua_rawget(L, known);
  id = lua_tointeger(L, -1);
  lua_settop(L, known);
  if (id == 0) {
    id = look_up(L, loader, target, text, known);
    if (id > 0) {
      lua_pushvalue(L, text);
      lua_pushinteger(L, id);
      lua_rawset(L, known);
    }
  }
  lua_settop(L, text - 1);
  du_cell_integer(cell, id);
  return id != 0;
}

static bool read_reference(lua_State *L, DuLoader *loader,
                           const DuTarget *target, DuCell *cell,
                           const char *text, size_t length) {
  char why[DU_WHY];
  if (du_text_fit(target->field, text, length, why) != DU_FITS)
    return du_fault(L, loader, target->field->name, "%s", why);
  lua_pushlstring(L, text, length);
  return resolve(L, loader, target, cell);
}

/* A text is plain data, too: its JSON is stored. */
static bool read_data(lua_State *L, DuLoader *loader, const DuTarget *target,
                      DuCell *cell, const char *text, size_t length) {
  DuText json;
  if (!read_text(L, loader, target, cell, text, length))
    return false;
  du_text_init(L, &json);
  du_text_json(&json, text, length);
  du_text_push(&json);
  lua_remove(L, json.slot);
  text = du_cells_anchor(L, target->cell, &length);
  du_cell_text(cell, text, length);
  return true;
}

/* One text as what the field holds, without what is remembered. */
static bool read_fresh(lua_State *L, DuLoader *loader, const DuTarget *target,
                       DuMemo *memo, DuCell *cell, const char *text,
                       size_t length) {
  switch (target->field->type) {
  case DU_INTEGER:
  case DU_NUMBER:
    return read_number(L, loader, target, cell, text, length);
  case DU_DATE:
    return read_date(L, loader, target, memo, cell, text, length);
  case DU_WORD:
    return read_word(L, loader, target, cell, text, length);
  case DU_BOOLEAN:
    return read_boolean(L, loader, target, cell, text, length);
  case DU_REFERENCE:
  case DU_CITATIONS:
    return read_reference(L, loader, target, cell, text, length);
  case DU_DATA:
    return read_data(L, loader, target, cell, text, length);
  default:
    return read_text(L, loader, target, cell, text, length);
  }
}

/* [-0, +1] What the target's words have for a text, or nil; its type. */
static int push_word(lua_State *L, const DuTarget *target, const char *text,
                     size_t length) {
  push_part(L, target, DU_PART_WORDS);
  lua_pushlstring(L, text, length);
  lua_rawget(L, -2);
  lua_remove(L, -2);
  return lua_type(L, -1);
}

/* The text of a word, which is on top of the stack and anchored by the words.
** [-1, +0] */
static bool read_word_text(lua_State *L, DuLoader *loader,
                           const DuTarget *target, DuMemo *memo, DuCell *cell) {
  static const DuDateStyle edtf[DU_DATE_STYLES] = {DU_DATE_EDTF};
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  lua_pop(L, 1);
  if (length == 0)
    return true;
  if (target->field->type == DU_DATE) {
    DuTarget worded = *target;
    memcpy(worded.dates, edtf, sizeof edtf);
    worded.ndates = 1;
    return read_date(L, loader, &worded, memo, cell, text, length);
  }
  return read_fresh(L, loader, target, memo, cell, text, length);
}

/* Looks the text up in the target's words first; an empty word says nothing, as
** an empty column does. */
static bool read_worded(lua_State *L, DuLoader *loader, const DuTarget *target,
                        DuMemo *memo, DuCell *cell, const char *text,
                        size_t length) {
  if (!target->words)
    return read_fresh(L, loader, target, memo, cell, text, length);
  if (push_word(L, target, text, length) == LUA_TSTRING)
    return read_word_text(L, loader, target, memo, cell);
  if (lua_isnumber(L, -1)) {
    du_cell_value(L, cell, target->cell);
    return true;
  }
  lua_pop(L, 1);
  if (target->strict)
    return du_fault_text(L, loader, target->field->name,
                         "%s is none of the words of the mapping", text,
                         length);
  return read_fresh(L, loader, target, memo, cell, text, length);
}

/* Where a text with this key is remembered. */
static inline DuMemo *memo_of(const DuTarget *target, const DuKey *key) {
  return &target->memos[du_key_hash(key) % DU_MEMOS];
}

static inline bool is_of(const DuMemo *memo, size_t length, const DuKey *key) {
  return memo->length == length && du_key_same(&memo->key, key);
}

/* One that says nothing leaves the cell as it is. */
static void recall(const DuMemo *memo, const DuTarget *target, DuCell *cell) {
  if (memo->type == DU_NULL_COLUMN)
    return;
  cell->type = memo->type;
  cell->integer = memo->integer;
  cell->number = memo->number;
  cell->text = memo->text;
  cell->length = memo->size;
  if (target->field->type == DU_DATE) {
    cell->text = memo->text != NULL ? memo->text : memo->day;
    du_cell_integer(cell + 1, memo->integer);
    du_cell_integer(cell + 2, memo->last);
  }
}

/* Is it worth to remember what a text was read as, and will it last? Texts of
** words and of lists that are known stay where they are; the record's is gone
** with the next. */
static bool lasts(const DuTarget *target, const DuCell *cell,
                  const char *text) {
  if (cell->type == DU_NULL_COLUMN)
    return true;
  if (target->resolve)
    return cell->integer >= 0; /* else it is to be made */
  if (target->field->type == DU_DATE)
    return cell->length < DU_DAY_TEXT; /* which `day` has room for */
  return cell->type != DU_TEXT_COLUMN || cell->text != text;
}

static void remember(DuMemo *memo, const DuTarget *target, const DuCell *cell,
                     size_t length, const DuKey *key) {
  memo->type = cell->type;
  memo->integer = cell->integer;
  memo->number = cell->number;
  memo->text = cell->text;
  memo->size = cell->length;
  if (target->field->type == DU_DATE && cell->type != DU_NULL_COLUMN) {
    if (cell->text != memo->day)
      memcpy(memo->day, cell->text, cell->length);
    memo->text = NULL;
    memo->integer = cell[1].integer;
    memo->last = cell[2].integer;
  }
  memo->length = (uint8_t)length;
  memo->key = *key;
}

/* The same as read_worded, where the text may have been read before. */
static bool read_often(lua_State *L, DuLoader *loader, const DuTarget *target,
                       DuCell *cell, const char *text, size_t length) {
  DuKey key = du_bytes_key(text, length);
  DuMemo *memo = memo_of(target, &key);
  if (is_of(memo, length, &key)) {
    recall(memo, target, cell);
    return true;
  }
  memo->length = 0;
  if (!read_worded(L, loader, target, memo, cell, text, length))
    return false;
  if (lasts(target, cell, text))
    remember(memo, target, cell, length, &key);
  return true;
}

static bool read_scalar(lua_State *L, DuLoader *loader, const DuTarget *target,
                        DuCell *cell, const char *text, size_t length) {
  DuMemo none;
  if (length == 0)
    return true; /* it stays what it was before: nothing, or a constant */
  if ((unsigned char)text[0] <= ' ' || (unsigned char)text[length - 1] <= ' ') {
    const char *plain = text;
    size_t size = length;
    du_entry_trim(&plain, &size);
    if (size == 0)
      return true; /* likewise */
    if (target->field->type != DU_TEXT && target->field->type != DU_DATA) {
      text = plain;
      length = size;
    }
  }
  if (target->memos != NULL && length <= DU_KEY_BYTES)
    return read_often(L, loader, target, cell, text, length);
  /* no date that is given as a day in another style is as long: none.day, which
  ** does not outlive this call, stays unused */
  return target->words
             ? read_worded(L, loader, target, &none, cell, text, length)
             : read_fresh(L, loader, target, &none, cell, text, length);
}

/* ------------------------------------------------------------------- lists */

static bool add_elements(lua_State *L, DuLoader *loader, const DuTarget *target,
                         DuText *json, const char *text, size_t length);

/* Adds the elements that a word stands for, which are no words again. */
static bool add_word(lua_State *L, DuLoader *loader, const DuTarget *target,
                     DuText *json) {
  DuTarget plain = *target;
  size_t length;
  const char *word = lua_tolstring(L, -1, &length);
  plain.words = false;
  return add_elements(L, loader, &plain, json, word, length);
}

/* Adds one element's JSON; refuses one that the list has. */
static bool add_element(lua_State *L, DuLoader *loader, const DuTarget *target,
                        DuText *json, const char *text, size_t length) {
  DuTarget element = *target;
  DuCell cell[3] = {{.text = ""}};
  size_t start = json->length;
  DuMemo none;
  element.memos = NULL;
  none.length = 0;
  du_cell_null(cell); /* it stays so where a word says nothing */
  du_entry_trim(&text, &length);
  if (length == 0)
    return true;
  if (target->words) {
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
  if (lua_rawget(L, json->slot + 1) == LUA_TBOOLEAN && !lua_toboolean(L, -1)) {
    json->length = start; /* the source of the file, which is there */
  } else if (!lua_isnil(L, -1)) {
    lua_pop(L, 2);
    return du_fault_text(L, loader, target->field->name,
                         "the list has the same element twice: %s", text,
                         length);
  }
  lua_pop(L, 1);
  lua_pushboolean(L, true);
  lua_rawset(L, json->slot + 1);
  return true;
}

/* Where the separator begins in the text, or its end. */
static size_t part_length(const DuTarget *target, const char *text,
                          size_t length) {
  size_t size = target->separator.length;
  if (size > 0)
    for (size_t i = 0; i + size <= length; i++)
      if (memcmp(text + i, target->separator.text, size) == 0)
        return i;
  return length;
}

static bool add_elements(lua_State *L, DuLoader *loader, const DuTarget *target,
                         DuText *json, const char *text, size_t length) {
  size_t size = target->separator.length;
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
static bool recall_list(lua_State *L, const DuTarget *target, DuCell *cell,
                        const char *text, size_t length) {
  push_part(L, target, DU_PART_KNOWN);
  lua_pushlstring(L, text, length);
  lua_rawget(L, -2);
  lua_remove(L, -2);
  if (lua_type(L, -1) == LUA_TSTRING) { /* anchored by what is known */
    text = lua_tolstring(L, -1, &length);
    du_cell_text(cell, text, length);
  }
  return !lua_isnil(L, -1);
}

/* Notes what list a text is, and has the cell keep it from there; one that says
** nothing (cell: NULL) as false. */
static void remember_list(lua_State *L, const DuTarget *target, DuCell *cell,
                          const char *text, size_t length) {
  push_part(L, target, DU_PART_KNOWN);
  lua_pushlstring(L, text, length);
  if (cell != NULL)
    cell->text = lua_pushlstring(L, cell->text, cell->length);
  else
    lua_pushboolean(L, false);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

/* Reads the elements into the cell, which stays what it was where there are
** none. */
static bool read_elements(lua_State *L, DuLoader *loader,
                          const DuTarget *target, DuCell *cell,
                          const char *text, size_t length) {
  DuText json;
  int top = lua_gettop(L);
  bool good;
  du_text_init(L, &json);
  lua_newtable(L); /* the elements so far */
  if (target->cell == loader->sources && loader->source != 0) {
    du_text_format(&json, "[%I", loader->source);
    lua_pushfstring(L, "%I", (LUAI_UACINT)loader->source);
    lua_pushboolean(L, false); /* the row may name it, once */
    lua_rawset(L, -3);
  }
  good = add_elements(L, loader, target, &json, text, length);
  if (good && json.length > 0) {
    du_text_puts(&json, "]");
    du_text_push(&json);
    text = du_cells_anchor(L, target->cell, &length);
    du_cell_text(cell, text, length);
  }
  lua_settop(L, top);
  return good;
}

/* A list. A text that is a word as a whole stands for what that says, and so
** does an element; both are separated like a field. What a whole text stands
** for is made once, but for references, of which the names are known. known: is
** it that? */
static bool read_worded_list(lua_State *L, DuLoader *loader,
                             const DuTarget *target, DuCell *cell,
                             const char *text, size_t length, bool *known) {
  int top = lua_gettop(L);
  bool good;
  *known = !target->resolve && recall_list(L, target, cell, text, length);
  good = *known;
  if (!good && push_word(L, target, text, length) == LUA_TSTRING) {
    DuTarget plain = *target;
    size_t size;
    const char *word = lua_tolstring(L, -1, &size);
    plain.words = false;
    good = size == 0 || read_elements(L, loader, &plain, cell, word, size);
    *known = good && !target->resolve;
    if (*known)
      remember_list(L, target, size > 0 ? cell : NULL, text, length);
  } else if (!good) {
    good = read_elements(L, loader, target, cell, text, length);
  }
  lua_settop(L, top);
  return good;
}

static bool read_list(lua_State *L, DuLoader *loader, const DuTarget *target,
                      DuCell *cell, const char *text, size_t length) {
  DuMemo *memo;
  DuKey key;
  bool known;
  if (!target->words)
    return read_elements(L, loader, target, cell, text, length);
  if (target->memos == NULL || length == 0 || length > DU_KEY_BYTES)
    return read_worded_list(L, loader, target, cell, text, length, &known);
  key = du_bytes_key(text, length);
  memo = memo_of(target, &key);
  if (is_of(memo, length, &key)) {
    recall(memo, target, cell);
    return true;
  }
  memo->length = 0;
  if (!read_worded_list(L, loader, target, cell, text, length, &known))
    return false;
  if (known)
    remember(memo, target, cell, length, &key);
  return true;
}

/* -------------------------------------------------------------- converting */

/* [-0, +0] Does the element of a list of citations on top of the stack cite the
** file's own source, and no place in it? */
static bool cites_file(lua_State *L, const DuLoader *loader,
                       const DuField *field) {
  int given = lua_gettop(L), values = 1;
  bool cites;
  lua_pushvalue(L, given);
  if (lua_istable(L, given)) {
    values = 0;
    for (lua_pushnil(L); lua_next(L, given) != 0; lua_pop(L, 1))
      values++;
    lua_rawgeti(L, given, 1);
  }
  cites = values == 1 &&
          (lua_type(L, -1) == LUA_TSTRING || lua_isinteger(L, -1)) &&
          du_resolve_or_none(L, loader->store, field->targets, -1, loader->kind,
                             field->name) == loader->source;
  lua_settop(L, given);
  return cites;
}

void du_cells_cite_file(lua_State *L, const DuLoader *loader,
                        const DuField *field) {
  int given = lua_gettop(L);
  lua_Integer length = du_check_list(L, loader->kind, field, given);
  lua_Integer count = 1;
  bool named = false;
  lua_createtable(L, (int)length + 1, 0);
  lua_pushinteger(L, loader->source);
  lua_rawseti(L, given + 1, count);
  for (lua_Integer i = 1; i <= length; i++) {
    lua_rawgeti(L, given, i);
    if (!named && cites_file(L, loader, field)) {
      named = true; /* a second time is refused, as in any list */
      lua_pop(L, 1);
    } else {
      lua_rawseti(L, given + 1, ++count);
    }
  }
  lua_replace(L, given);
}

/* loader (light), target (light), array, fn, text, row, field -> leaves the
** columns of what fn(text, row, field) returns in the array; or returns the
** text itself, or false for nothing, which is as an empty column */
static int convert_body(lua_State *L) {
  DuLoader *loader = lua_touserdata(L, 1);
  const DuTarget *target = lua_touserdata(L, 2);
  lua_call(L, 3, 1);
  /* loader, target, array, value */
  if (lua_type(L, -1) == LUA_TSTRING)
    return 1;
  if (lua_isnil(L, -1))
    return lua_pushboolean(L, false), 1;
  if (target->cell == loader->sources && loader->source != 0 &&
      lua_istable(L, -1))
    du_cells_cite_file(L, loader, target->field);
  du_value_store(L, loader->store, loader->kind, target->field, -1, 3, 1);
  return 0;
}

/* What the mapping's function makes of a text. */
static bool convert(lua_State *L, DuLoader *loader, const DuTarget *target,
                    DuCell *cell, const char *text, size_t length) {
  int top = lua_gettop(L);
  bool good = true;
  du_loader_put_away(L, loader);
  lua_newtable(L);
  lua_pushcfunction(L, convert_body);
  lua_pushlightuserdata(L, loader);
  lua_pushlightuserdata(L, (void *)target);
  lua_pushvalue(L, top + 1);
  push_part(L, target, DU_PART_CONVERT);
  if (length > 0)
    lua_pushlstring(L, text, length);
  else
    lua_pushnil(L);
  lua_pushvalue(L, DU_AT_ROW);
  lua_pushstring(L, target->field->name);
  if (lua_pcall(L, 7, 1, 0) != LUA_OK) {
    du_fault_of_error(L, loader, target->field->name);
    good = false;
  } else if (lua_type(L, -1) == LUA_TSTRING) {
    /* kept behind the cells' own anchors, which reading it may fill */
    lua_pushvalue(L, -1);
    text = du_cells_anchor(L, du_stored_columns(loader->kind) + target->cell,
                           &length);
    good = target->field->flags & DU_LIST
               ? read_list(L, loader, target, cell, text, length)
               : read_scalar(L, loader, target, cell, text, length);
  } else if (!lua_isboolean(L, -1)) {
    for (int i = 0; i < du_field_columns(target->field); i++) {
      lua_rawgeti(L, top + 1, i + 1);
      du_cell_value(L, cell + i, target->cell + i);
    }
  }
  lua_settop(L, top);
  return good;
}

/* ----------------------------------------------------------------- the row */

static bool read_target(lua_State *L, DuLoader *loader,
                        const DuTarget *target) {
  DuCell *cell = &loader->cells[target->cell];
  size_t length;
  const char *text = target->column >= 0
                         ? text_of(L, loader, target->column, &length)
                         : joined_text(L, loader, target, &length);
  if (target->convert)
    return convert(L, loader, target, cell, text, length);
  if (length == 0)
    return true; /* it stays what it was before: nothing, or a constant */
  if (target->field->flags & DU_LIST)
    return read_list(L, loader, target, cell, text, length);
  return read_scalar(L, loader, target, cell, text, length);
}

void du_cells_begin(DuLoader *loader) {
  for (int i = 0; i < loader->nused; i++)
    loader->cells[loader->used[i]].type = DU_NULL_COLUMN;
  for (int i = 0; i < loader->ngiven; i++)
    loader->cells[loader->given[i]] = loader->constant[loader->given[i]];
  loader->makings = 0;
}

bool du_cells_read(lua_State *L, DuLoader *loader) {
  const DuLayout *layout = loader->layout;
  for (int i = 0; i < layout->ntargets; i++)
    if (!read_target(L, loader, &layout->targets[i]))
      return false;
  return true;
}
