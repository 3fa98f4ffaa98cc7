/*
** absent.c - what stands in for a table that is not made yet; see absent.h.
** It knows neither Lua nor SQLite.
*/
#include "absent.h"

#include <stdarg.h>
#include <stdio.h>

/* Text on its way into bytes that may be too few. */
typedef struct Writing {
  char *bytes;
  size_t size, length;
} Writing;

static void write(Writing *to, const char *format, ...) {
  size_t left = to->length < to->size ? to->size - to->length : 0;
  va_list arguments;
  int length;
  va_start(arguments, format);
  length = vsnprintf(left > 0 ? to->bytes + to->length : NULL, left, format,
                     arguments);
  va_end(arguments);
  to->length += length > 0 ? (size_t)length : 0;
}

static const DuKind *kind_of(int table) {
  return table < 2 * DU_KINDS ? &du_kinds[table % DU_KINDS] : NULL;
}

/* Those that are of no kind. */
static const struct {
  const char *name, *columns;
} others[DU_ABSENTABLE - 2 * DU_KINDS] = {
    {"reasons", "NULL AS record, NULL AS revision, NULL AS \"by\", "
                "NULL AS reason"},
    {"texts", "NULL AS id, NULL AS text"}};

void du_absent_name(int table, char name[DU_TABLE_NAME]) {
  const DuKind *kind = kind_of(table);
  if (kind == NULL)
    snprintf(name, DU_TABLE_NAME, "%s", others[table - 2 * DU_KINDS].name);
  else
    snprintf(name, DU_TABLE_NAME, "%s%s", kind->name,
             table >= DU_KINDS ? "_history" : "");
}

/* As many columns as the table has, in its order: those of a history stand
** below those of what is now. */
static void write_columns(Writing *to, const DuKind *kind, bool history) {
  write(to, "SELECT %sNULL AS id", history ? "NULL AS until, " : "");
  for (int i = 0; i < kind->nfields; i++)
    for (int part = 0; part < du_field_columns(&kind->fields[i]); part++)
      write(to, ", NULL AS \"%s%s\"", kind->fields[i].name,
            du_column_suffix(part));
  write(to, ", NULL AS revision, NULL AS retracted");
}

size_t du_absent_write(int table, char *bytes, size_t size) {
  const DuKind *kind = kind_of(table);
  Writing to = {bytes, size, 0};
  char name[DU_TABLE_NAME];
  du_absent_name(table, name);
  write(&to, "\"%s\" AS (", name);
  if (kind != NULL)
    write_columns(&to, kind, table >= DU_KINDS);
  else
    write(&to, "SELECT %s", others[table - 2 * DU_KINDS].columns);
  write(&to, " WHERE 0)");
  return to.length;
}
