/*
** check_indexes.c - the indexes of names, of full text and of likeness, held
** against the records that they follow.
*/
#include <string.h>

#include "check.h"

/* ------------------------------------------------------------------- names */

/* Each key, name and alias is in the index of names. */
static void check_names_of(Check *check, DuText *text, const DuKind *kind,
                           const DuField *field) {
  lua_State *L = check->L;
  DuStatement *row, *index;
  DuStatus status, found;
  du_text_puts(text, "SELECT t.id, ");
  if (field->flags & DU_LIST)
    du_text_puts(text, "j.atom");
  else
    du_text_format(text, "t.%q", field->name);
  du_add_from(text, kind, field);
  du_text_format(text, " WHERE t.retracted IS NULL AND t.%q IS NOT NULL",
                 field->name);
  if (field->flags & DU_LIST)
    du_text_puts(text, " AND j.type = 'text'");
  row = du_text_prepare(text, check->sql);
  text->length = 0;
  index = du_prepare(check->L, check->sql,
                     "SELECT 1 FROM names WHERE folded = ?1 AND kind = ?2 "
                     "AND record = ?3 AND until IS NULL");
  while ((status = du_sql_step(row)) == DU_ROW) {
    size_t length;
    const char *name = du_sql_text(row, 1, &length);
    du_push_folded(L, name, length);
    name = lua_tolstring(L, -1, &length);
    du_sql_bind_text(index, 1, name, length);
    du_sql_bind_text(index, 2, kind->name, strlen(kind->name));
    du_sql_bind_integer(index, 3, du_sql_integer(row, 0));
    if ((found = du_sql_step(index)) == DU_FAILED)
      du_raise_sql(L, check->sql);
    if (found == DU_DONE) {
      lua_pushliteral(L, "it is missing from the index of names");
      du_add_finding(check, kind, du_sql_integer(row, 0), field->name);
    }
    du_sql_reset(index);
    lua_pop(L, 1);
  }
  du_sql_release(index);
  du_finish(check->L, check->sql, row, status);
}

/* Names of records that are not there, or no longer. */
static void check_stray_names(Check *check, DuText *text, const DuKind *kind) {
  du_text_format(text,
                 "SELECT n.record, n.folded FROM names n WHERE n.kind = '%s' "
                 "AND n.until IS NULL AND NOT EXISTS (SELECT 1 FROM %q t "
                 "WHERE t.id = n.record AND t.retracted IS NULL)",
                 kind->name, kind->name);
  du_find(check, text, kind, NULL,
          "the index of names has a record that there is not");
}

/* The other names that the index has, and since when and until when, are those
** of the records and of their history. A name that was away for no revision was
** not away, and one that was there for none was not there. */
static void check_names_then(Check *check) {
  static const char text[] =
      "WITH kept AS (SELECT *, coalesce(lag(until) OVER (PARTITION BY folded, "
      "kind, record ORDER BY revision) <> revision, 1) AS fresh FROM names "
      "WHERE until IS NULL OR until > revision), "
      "counted AS (SELECT *, sum(fresh) OVER (PARTITION BY folded, kind, "
      "record ORDER BY revision) AS stay FROM kept), "
      "found AS (SELECT folded, kind, record, min(revision), CASE WHEN "
      "max(until IS NULL) THEN NULL ELSE max(until) END FROM counted "
      "GROUP BY folded, kind, record, stay), "
      "odd AS (SELECT * FROM (SELECT * FROM temp.expected_names EXCEPT "
      "SELECT * FROM found) UNION SELECT * FROM (SELECT * FROM found EXCEPT "
      "SELECT * FROM temp.expected_names)) "
      "SELECT DISTINCT o.kind, o.record, o.folded FROM odd o "
      /* what check_names_of and check_stray_names have found */
      "WHERE EXISTS (SELECT 1 FROM temp.expected_names e WHERE "
      "(e.folded, e.kind, e.record) = (o.folded, o.kind, o.record) AND "
      "e.until IS NULL) = EXISTS (SELECT 1 FROM names n WHERE "
      "(n.folded, n.kind, n.record) = (o.folded, o.kind, o.record) AND "
      "n.until IS NULL) OR (NOT EXISTS (SELECT 1 FROM temp.expected_names e "
      "WHERE (e.folded, e.kind, e.record) = (o.folded, o.kind, o.record) AND "
      "e.until IS NULL) AND EXISTS (SELECT 1 FROM temp.expected_names e WHERE "
      "(e.kind, e.record) = (o.kind, o.record) AND e.until IS NULL)) "
      "ORDER BY 1, 2, 3";
  lua_State *L = check->L;
  DuStatement *row = du_prepare(L, check->sql, text);
  DuStatus status;
  while ((status = du_sql_step(row)) == DU_ROW) {
    size_t length;
    const DuKind *kind = du_kind_find(du_sql_text(row, 0, &length));
    du_value_push_stored(L, row, 2);
    du_show(L, -1);
    lua_pushfstring(L, "the index of names has not what it was called: %s",
                    lua_tostring(L, -1));
    lua_replace(L, -3);
    lua_pop(L, 1);
    du_add_finding(check, kind, du_sql_integer(row, 1), NULL);
  }
  du_finish(L, check->sql, row, status);
}

void du_check_names(Check *check, DuText *text, const DuKind *all) {
  (void)all;
  for (int i = 0; i < DU_KINDS; i++) {
    const DuKind *kind = &du_kinds[i];
    for (int f = 0; f < kind->nfields; f++)
      if (kind->fields[f].flags & DU_NAME)
        check_names_of(check, text, kind, &kind->fields[f]);
    check_stray_names(check, text, kind);
  }
  du_names_expect(check->L, check->sql);
  check_names_then(check);
  du_names_forget(check->L, check->sql);
}

/* --------------------------------------------------------------- full text */

/* `SELECT id` of the records that have full text */
static void add_searched(DuText *text) {
  bool first = true;
  for (int i = 0; i < DU_KINDS; i++)
    for (int f = 0; f < du_kinds[i].nfields; f++)
      if (du_kinds[i].fields[f].flags & DU_SEARCHED) {
        du_text_format(text,
                       "%sSELECT id FROM %q WHERE retracted IS NULL AND "
                       "%q IS NOT NULL",
                       first ? "" : " UNION ", du_kinds[i].name,
                       du_kinds[i].fields[f].name);
        first = false;
      }
}

/* The records with full text are those in its index, with their words. */
void du_check_full_text(Check *check, DuText *text, const DuKind *all) {
  (void)all;
  du_text_puts(text, "SELECT id, NULL FROM (");
  add_searched(text);
  du_text_puts(text, ") WHERE id NOT IN (SELECT rowid FROM fulltext)");
  du_find(check, text, NULL, NULL, "it is missing from the full-text index");
  du_text_puts(text, "SELECT rowid, NULL FROM fulltext WHERE rowid NOT IN (");
  add_searched(text);
  du_text_puts(text, ")");
  du_find(check, text, NULL, NULL,
          "the full-text index has a record that there is not");
  du_text_index_expect(check->L, check->sql);
  du_text_puts(text,
               "SELECT DISTINCT doc, NULL FROM (SELECT * FROM (SELECT * FROM "
               "temp.expected_words EXCEPT SELECT * FROM temp.found_words) "
               "UNION ALL SELECT * FROM (SELECT * FROM temp.found_words EXCEPT "
               "SELECT * FROM temp.expected_words)) WHERE doc IN (SELECT rowid "
               "FROM fulltext) AND doc IN (SELECT rowid FROM "
               "temp.expected_fulltext) ORDER BY doc");
  du_find(check, text, NULL, NULL,
          "the full-text index has other words of it than it has");
  du_text_index_forget(check->L, check->sql);
}

/* ---------------------------------------------------------------- likeness */

/* The index of likeness has each gram of as many parties as have it. */
void du_check_likeness(Check *check, DuText *text, const DuKind *all) {
  lua_State *L = check->L;
  (void)text;
  (void)all;
  du_match_push_fault(L, check->sql);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return;
  }
  du_show(L, -1);
  lua_pushfstring(L, "the index of likeness has not the parties with %s",
                  lua_tostring(L, -1));
  lua_replace(L, -3);
  lua_pop(L, 1);
  du_add_finding(check, du_kind_find("parties"), 0, NULL);
}
