/*
** match.c - store.parties:match(text, n): the parties whose name or alias is
** most like a text. What likeness is, likeness.h tells.
**
** The index is a full-text index of its own, without content, in which a
** party is the grams of its names (see du_like_grams), and a list of these
** grams with the number of parties. It is made when a party is first written,
** so that opening a new store does not wait for it. The states that every
** store has are in it once they are changed; as they stand from the
** beginning, they are few and are read one by one.
**
** A search looks up the rarest grams of the rarest words, as many as a party
** that scores FOUND or more cannot do without; only what it finds is scored.
** Why they are enough:
**
**   1. a score of 0.8 takes 11/15 of the letters asked for, as even if the
**      whole name was asked for that is 3/4 * 11/15 + 1/4 = 0.8. So of any
**      words with more than 4/15 of the letters, one is paired.
**   2. a word that is paired shares at least du_like_shared of its grams. So
**      of any grams but one fewer than these, one is shared.
*/
#include "core.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fold.h"
#include "likeness.h"

enum {
  LEAST = 500,       /* thousandths: what scores less is not told */
  WORTH = 20,        /* finds: what it costs to look up rather than to score */
  FOUND = 800,       /* thousandths: what scores that or more is always found */
  MOST_UNSURE = 250, /* of candidates for less, so many are scored */
  MOST_GRAMS = 2 * DU_LIKE_LETTERS
};

static const char create_index[] =
    "CREATE VIRTUAL TABLE IF NOT EXISTS likeness USING fts5 (grams, "
    "content = '', detail = none, tokenize = \"ascii tokenchars '_'\")";
static const char create_terms[] =
    "CREATE VIRTUAL TABLE IF NOT EXISTS likeness_terms USING "
    "fts5vocab (likeness, row)";

static void run(lua_State *L, DuSql *sql, const char *text) {
  if (!du_sql_run(sql, text))
    du_raise_sql(L, sql);
}

static bool is_there(lua_State *L, DuSql *sql, const char *text, int64_t id) {
  DuStatement *statement = du_prepare(L, sql, text);
  DuStatus status;
  du_sql_bind_integer(statement, 1, id);
  status = du_sql_step(statement);
  du_finish(L, sql, statement, status);
  return status == DU_ROW;
}

static bool has_index(lua_State *L, DuSql *sql) {
  int64_t count;
  if (!du_sql_number_of(
          sql, "SELECT count(*) FROM sqlite_schema WHERE name = 'likeness'",
          &count))
    du_raise_sql(L, sql);
  return count > 0;
}

/* --------------------------------------------------------- a party's names */

/* The four digits of a JSON escape. */
static uint32_t read_hex(const char *text) {
  char digits[5] = {0};
  strncpy(digits, text, 4);
  return (uint32_t)strtoul(digits, NULL, 16);
}

/* Adds the character that a JSON escape stands for; returns its length. The
** store itself writes \" \\ and \u00XX. */
static size_t add_escape(DuText *text, const char *escape) {
  static const char plain[] = "b\bf\fn\nr\rt\t";
  const char *known = strchr(plain, escape[1]);
  if (escape[1] == 'u') {
    char control = (char)(read_hex(escape + 2) & 0x7F);
    du_text_add(text, &control, 1);
    return 2 + strspn(escape + 2, "0123456789abcdefABCDEF") % 5;
  }
  if (escape[1] == '\0')
    return 1;
  du_text_add(text, known != NULL && known > plain ? known + 1 : escape + 1, 1);
  return 2;
}

/* The names of a party: its own, then its aliases. `json` is the rest of
** their list; the scratch text holds one that has escapes. */
typedef struct Names {
  const char *name, *json;
  size_t length;
  DuText scratch;
} Names;

static void names_init(lua_State *L, Names *names) { /* [-0, +1] */
  du_text_init(L, &names->scratch);
}

static void names_start(Names *names, const char *name, size_t length,
                        const char *json) {
  names->name = name;
  names->length = length;
  names->json = json;
}

/* The next name; false after the last. It stays until the one after it. */
static bool names_next(Names *names, const char **text, size_t *length) {
  const char *p = names->json;
  if (names->name != NULL) {
    *text = names->name;
    *length = names->length;
    names->name = NULL;
    return true;
  }
  if (p == NULL || (p = strchr(p, '"')) == NULL)
    return false;
  p++;
  *length = strcspn(p, "\"\\");
  *text = p;
  if (p[*length] == '\\') {
    names->scratch.length = 0;
    while (*p != '\0' && *p != '"') {
      size_t plain = strcspn(p, "\"\\");
      du_text_add(&names->scratch, p, plain);
      p += plain;
      if (*p == '\\')
        p += add_escape(&names->scratch, p);
    }
    *text = names->scratch.bytes;
    *length = names->scratch.length;
  } else {
    p += *length;
  }
  names->json = *p == '"' ? p + 1 : p;
  return true;
}

/* ------------------------------------------------------------------ indexing
 */

/* Room for one name, and for the grams of one word, on the Lua stack. */
typedef struct Reading {
  DuLikeName name;
  char grams[DU_LIKE_LETTERS][DU_LIKE_GRAM];
} Reading;

/* Adds the grams of all names, with a space after each. */
static void add_grams(DuText *text, Names *names, Reading *reading) {
  const char *name;
  size_t length;
  while (names_next(names, &name, &length)) {
    du_like_read(name, length, &reading->name);
    for (int w = 0; w < reading->name.nwords; w++) {
      int count =
          du_like_grams(&reading->name, w, reading->grams, DU_LIKE_LETTERS);
      for (int i = 0; i < count; i++) {
        du_text_puts(text, reading->grams[i]);
        du_text_puts(text, " ");
      }
    }
  }
}

/* [-0, +1] the grams of a party, whose stored columns are at `columns` */
static void push_grams(lua_State *L, const DuKind *kind, int columns) {
  int top = lua_gettop(L);
  Names names;
  DuText text;
  size_t length;
  const char *name;
  Reading *reading = lua_newuserdatauv(L, sizeof *reading, 0);
  names_init(L, &names);
  du_text_init(L, &text);
  lua_rawgeti(L, columns, du_column_number(kind, du_field_find(kind, "name")));
  lua_rawgeti(L, columns,
              du_column_number(kind, du_field_find(kind, "aliases")));
  name = lua_tolstring(L, -2, &length);
  names_start(&names, name, length, lua_tostring(L, -1));
  add_grams(&text, &names, reading);
  du_text_push(&text);
  lua_replace(L, top + 1);
  lua_settop(L, top + 1);
}

/* Runs a statement with an id and the grams on top of the stack. */
static void index_grams(lua_State *L, DuSql *sql, const char *text,
                        int64_t id) {
  DuStatement *statement = du_prepare(L, sql, text);
  size_t length;
  const char *grams = lua_tolstring(L, -1, &length);
  du_sql_bind_integer(statement, 1, id);
  du_sql_bind_text(statement, 2, grams, length);
  du_finish(L, sql, statement, du_sql_step(statement));
}

static const char insert_grams[] =
    "INSERT INTO likeness (rowid, grams) VALUES (?1, ?2)";

void du_match_update(lua_State *L, DuStore *store, const DuKind *kind,
                     int64_t id, int before, int after) {
  DuSql *sql = du_store_sql(L, store);
  int top = lua_gettop(L);
  bool known;
  if (strcmp(kind->name, "parties") != 0)
    return;
  luaL_checkstack(L, 12, NULL);
  run(L, sql, create_index);
  run(L, sql, create_terms);
  known = is_there(L, sql, "SELECT 1 FROM likeness_docsize WHERE id = ?1", id);
  if (after != 0)
    push_grams(L, kind, after);
  else
    lua_pushboolean(L, false);
  if (known && before != 0) {
    push_grams(L, kind, before);
    if (lua_rawequal(L, -1, -2)) {
      lua_settop(L, top);
      return;
    }
    index_grams(L, sql,
                "INSERT INTO likeness (likeness, rowid, grams) "
                "VALUES ('delete', ?1, ?2)",
                id);
    lua_pop(L, 1);
  }
  if (after != 0)
    index_grams(L, sql, insert_grams, id);
  lua_settop(L, top);
}

/* The parties that are in the index. */
#define INDEXED "retracted IS NULL AND revision > 0"

/* Calls `visit` with the grams of each party that is in the index, or should
** be, on top of the stack. */
static void each_party(lua_State *L, DuSql *sql,
                       void (*visit)(lua_State *L, DuSql *sql, int64_t id)) {
  int top = lua_gettop(L);
  Reading *reading = lua_newuserdatauv(L, sizeof *reading, 0);
  Names names;
  DuText text;
  DuStatement *row = du_prepare(
      L, sql, "SELECT id, name, aliases FROM parties WHERE " INDEXED);
  DuStatus status;
  names_init(L, &names);
  du_text_init(L, &text);
  while ((status = du_sql_step(row)) == DU_ROW) {
    size_t length, ignored;
    const char *name = du_sql_text(row, 1, &length);
    names_start(&names, name, length, du_sql_text(row, 2, &ignored));
    text.length = 0;
    add_grams(&text, &names, reading);
    du_text_push(&text);
    visit(L, sql, du_sql_integer(row, 0));
    lua_pop(L, 1);
  }
  du_finish(L, sql, row, status);
  lua_settop(L, top);
}

static void add_to_index(lua_State *L, DuSql *sql, int64_t id) {
  index_grams(L, sql, insert_grams, id);
}

void du_match_rebuild(lua_State *L, DuSql *sql) {
  run(L, sql, "DROP TABLE IF EXISTS likeness_terms");
  if (!du_sql_drop_full_text(sql, "likeness"))
    du_raise_sql(L, sql);
  if (is_there(L, sql, "SELECT 1 FROM parties WHERE " INDEXED " AND id > ?1",
               0)) {
    run(L, sql, create_index);
    run(L, sql, create_terms);
    each_party(L, sql, add_to_index);
  }
}

/* Counts the grams on top of the stack, each once, in the table that is below
** what each_party has there. */
static void count_grams(lua_State *L, DuSql *sql, int64_t id) {
  int counts = lua_upvalueindex(1);
  const char *p = lua_tostring(L, -1);
  (void)sql;
  luaL_checkstack(L, 6, NULL);
  lua_newtable(L);
  while (*p != '\0') {
    size_t length = strcspn(p, " ");
    lua_pushlstring(L, p, length);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) == LUA_TNIL) {
      lua_pushvalue(L, -2);
      lua_pushinteger(L, id);
      lua_rawset(L, -5);
      lua_pushvalue(L, -2);
      lua_rawget(L, counts);
      lua_pushinteger(L, lua_tointeger(L, -1) + 1);
      lua_replace(L, -2);
      lua_pushvalue(L, -3);
      lua_insert(L, -2);
      lua_rawset(L, counts);
    }
    lua_pop(L, 2);
    p += length + 1;
  }
  lua_pop(L, 1);
}

/* the connection; the table of counts is the upvalue */
static int count_all(lua_State *L) {
  DuSql *sql = lua_touserdata(L, 1);
  each_party(L, sql, count_grams);
  return 0;
}

/* [-0, +1] the first gram whose parties in the index are not as many as there
** are with it, or nil: what check tells */
void du_match_push_fault(lua_State *L, DuSql *sql) {
  int top = lua_gettop(L);
  DuStatement *row;
  DuStatus status;
  lua_pushnil(L);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, count_all, 1);
  lua_pushlightuserdata(L, sql);
  lua_call(L, 1, 0);
  if (has_index(L, sql)) {
    row = du_prepare(L, sql, "SELECT term, doc FROM likeness_terms");
    while ((status = du_sql_step(row)) == DU_ROW) {
      du_value_push_stored(L, row, 0);
      lua_pushvalue(L, -1);
      lua_rawget(L, top + 2);
      if (lua_tointeger(L, -1) != du_sql_integer(row, 1)) {
        lua_pushvalue(L, -2);
        lua_replace(L, top + 1);
      }
      lua_pop(L, 1);
      lua_pushnil(L);
      lua_rawset(L, top + 2);
    }
    du_finish(L, sql, row, status);
  }
  lua_pushnil(L);
  if (lua_next(L, top + 2) != 0) {
    lua_pop(L, 1);
    lua_replace(L, top + 1);
  }
  lua_settop(L, top + 1);
}

/* ------------------------------------------------------------------- planning
 */

/* A gram of a word asked for, and how many parties have it. */
typedef struct Term {
  char gram[DU_LIKE_GRAM];
  int64_t parties;
} Term;

/* A word asked for: its terms, rarest first, of which `chosen` find it. */
typedef struct Plan {
  Term *terms;
  int nterms, chosen, shared, weight;
  int word;          /* its number */
  int64_t cost, all; /* how many finds the chosen terms give, and all */
} Plan;

/* A party that has been found. */
typedef struct Candidate {
  int64_t id;      /* 0: a free place */
  int word, terms; /* the last word that found it, and with how many terms */
  int promise;     /* thousandths by letters that its names may have at most */
} Candidate;

typedef struct Result {
  int64_t id;
  int score, which; /* which of its names: 0 for its own, then the aliases */
} Result;

typedef struct Search {
  lua_State *L;
  DuSql *sql;
  lua_Integer wanted;
  DuLikeName asked;
  Reading reading;
  Names names;
  Term terms[MOST_GRAMS];
  Plan plans[DU_LIKE_WORDS];
  int most[DU_LIKE_LETTERS + 1]; /* by terms found, of the word looked up */
  int nplans;
  int unknown;           /* letters of words that were not looked up */
  Candidate *candidates; /* a hash table, then a list */
  size_t places, count;
  Result *results;
  size_t nresults, room;
  int slot;                /* where the results are anchored */
  lua_Integer tally[1001]; /* how many have each score */
} Search;

static int by_parties(const void *a, const void *b) {
  const Term *x = a, *y = b;
  if (x->parties != y->parties)
    return x->parties < y->parties ? -1 : 1;
  return strcmp(x->gram, y->gram);
}

/* The cheapest for their letters first; those that may not be found by their
** grams last. */
static int by_cost(const void *a, const void *b) {
  const Plan *x = a, *y = b;
  int64_t difference;
  if ((x->shared == 0) != (y->shared == 0))
    return x->shared == 0 ? 1 : -1;
  difference = x->cost * y->weight - y->cost * x->weight;
  if (difference == 0)
    return x->terms < y->terms ? -1 : 1;
  return difference < 0 ? -1 : 1;
}

static int64_t parties_with(Search *search, const char *gram) {
  DuStatement *row = du_prepare(
      search->L, search->sql, "SELECT doc FROM likeness_terms WHERE term = ?1");
  DuStatus status;
  int64_t parties = 0;
  du_sql_bind_text(row, 1, gram, strlen(gram));
  if ((status = du_sql_step(row)) == DU_ROW)
    parties = du_sql_integer(row, 0);
  du_finish(search->L, search->sql, row, status);
  return parties;
}

static Plan plan_word(Search *search, int word, Term *terms) {
  Reading *reading = &search->reading;
  Plan plan;
  plan.terms = terms;
  plan.weight = du_like_weight(&search->asked.words[word]);
  plan.nterms =
      du_like_grams(&search->asked, word, reading->grams, DU_LIKE_LETTERS);
  plan.shared = du_like_shared(&search->asked, word, plan.nterms);
  plan.chosen = plan.nterms - (plan.shared > 0 ? plan.shared - 1 : 0);
  plan.word = word;
  plan.cost = plan.all = 0;
  for (int i = 0; i < plan.nterms; i++) {
    memcpy(terms[i].gram, reading->grams[i], DU_LIKE_GRAM);
    terms[i].parties = parties_with(search, terms[i].gram);
  }
  qsort(terms, (size_t)plan.nterms, sizeof *terms, by_parties);
  for (int i = 0; i < plan.nterms; i++) {
    plan.cost += i < plan.chosen ? terms[i].parties : 0;
    plan.all += terms[i].parties;
  }
  return plan;
}

static void plan_words(Search *search) {
  int used = 0;
  search->nplans = 0;
  for (int w = 0; w < search->asked.nwords; w++) {
    if (used + search->asked.words[w].roughness > MOST_GRAMS)
      break;
    search->plans[w] = plan_word(search, w, search->terms + used);
    used += search->plans[w].nterms;
    search->nplans++;
  }
  qsort(search->plans, (size_t)search->nplans, sizeof(Plan), by_cost);
}

/* How many plans have to be carried out to find all that score FOUND, by the
** reasons at the top; 0 if all of them would not. */
static int needed(const Search *search) {
  int weight = 0;
  for (int i = 0; i < search->nplans && search->plans[i].shared > 0; i++) {
    weight += search->plans[i].weight;
    if (15 * weight > 4 * search->asked.weight)
      return i + 1;
  }
  return 0;
}

/* ----------------------------------------------------------------- candidates
 */

static Candidate *place_of(Search *search, int64_t id) {
  size_t place = (size_t)((uint64_t)id * 0x9E3779B97F4A7C15u >> 20);
  Candidate *candidate = &search->candidates[place % search->places];
  while (candidate->id != 0 && candidate->id != id)
    candidate = &search->candidates[++place % search->places];
  return candidate;
}

/* [-0, +1] makes room for so many candidates. */
static void make_places(Search *search, int64_t most) {
  assert(most >= 0);
  search->places = (size_t)most * 2 + 16;
  search->candidates =
      lua_newuserdatauv(search->L, search->places * sizeof(Candidate), 0);
  memset(search->candidates, 0, search->places * sizeof(Candidate));
}

/* Looks up the terms of a word. New candidates come from its chosen terms, if
** it is needed; the others tell more of those there are. */
static void look_up(Search *search, int number, bool is_needed) {
  const Plan *plan = &search->plans[number];
  DuStatement *row =
      du_prepare(search->L, search->sql,
                 "SELECT rowid FROM likeness WHERE likeness MATCH ?1");
  DuStatus status = DU_DONE;
  for (int i = 0; i <= plan->nterms; i++)
    search->most[i] = plan->weight *
                      du_like_most(&search->asked, plan->word, plan->nterms, i);
  for (int i = 0; i < plan->nterms && status != DU_FAILED; i++) {
    char quoted[DU_LIKE_GRAM + 4];
    if (plan->terms[i].parties == 0)
      continue;
    snprintf(quoted, sizeof quoted, "\"%s\"", plan->terms[i].gram);
    du_sql_bind_text(row, 1, quoted, strlen(quoted));
    while ((status = du_sql_step(row)) == DU_ROW) {
      int64_t id = du_sql_integer(row, 0);
      Candidate *candidate = place_of(search, id);
      if (candidate->id == 0 && !(is_needed && i < plan->chosen))
        continue;
      candidate->id = id;
      if (candidate->word != number + 1) {
        candidate->word = number + 1;
        candidate->terms = 0;
      }
      candidate->terms++;
      candidate->promise +=
          search->most[candidate->terms] - search->most[candidate->terms - 1];
    }
    du_sql_reset(row);
  }
  du_finish(search->L, search->sql, row, status);
}

/* Every party in the index, where no grams are sure to find what is alike. */
static void take_all(Search *search) {
  DuStatement *row;
  DuStatus status;
  int64_t most;
  if (!du_sql_number_of(search->sql, "SELECT count(*) FROM likeness_docsize",
                        &most))
    du_raise_sql(search->L, search->sql);
  make_places(search, most);
  row = du_prepare(search->L, search->sql, "SELECT id FROM likeness_docsize");
  while ((status = du_sql_step(row)) == DU_ROW)
    place_of(search, du_sql_integer(row, 0))->id = du_sql_integer(row, 0);
  du_finish(search->L, search->sql, row, status);
  search->unknown = search->asked.weight;
}

/* What a candidate can score at most, in thousandths, rounded up. */
static int at_most(const Search *search, const Candidate *candidate) {
  int64_t all = 1000 * (int64_t)search->asked.weight;
  int64_t promise = candidate->promise + 1000 * (int64_t)search->unknown;
  return (int)(250 + (750 * (promise < all ? promise : all) + all - 1) / all);
}

/* How many candidates have to be scored, so far as is known of them. */
static int64_t count_promising(const Search *search) {
  int64_t count = 0;
  for (size_t i = 0; i < search->places; i++)
    if (search->candidates[i].id != 0 &&
        at_most(search, &search->candidates[i]) >= FOUND)
      count++;
  return count;
}

static int by_promise(const void *a, const void *b) {
  const Candidate *x = a, *y = b;
  if (x->promise != y->promise)
    return x->promise > y->promise ? -1 : 1;
  return x->id < y->id ? -1 : 1;
}

/* [-0, +1] finds candidates; those that can score most come first. */
static void find_candidates(Search *search) {
  int count, first;
  int64_t cost = 0;
  plan_words(search);
  first = needed(search);
  search->unknown = search->asked.weight;
  if (first == 0) {
    take_all(search);
  } else {
    for (int i = 0; i < first; i++)
      cost += search->plans[i].cost;
    make_places(search, cost);
    for (int i = 0; i < search->nplans; i++) {
      const Plan *plan = &search->plans[i];
      if (plan->shared == 0) /* these are last: who has them stays unknown */
        break;
      if (i >= first && plan->all > WORTH * count_promising(search))
        break;
      look_up(search, i, i < first);
      search->unknown -= plan->weight;
    }
  }
  count = 0;
  for (size_t i = 0; i < search->places; i++) {
    Candidate candidate = search->candidates[i];
    if (candidate.id != 0 && (candidate.promise > 0 || first == 0))
      search->candidates[count++] = candidate;
  }
  search->count = (size_t)count;
  qsort(search->candidates, search->count, sizeof(Candidate), by_promise);
}

/* -------------------------------------------------------------------- scoring
 */

/* The score of the last of those wanted so far; LEAST while there are too
** few. */
static int lowest_wanted(const Search *search) {
  lua_Integer count = 0;
  for (int score = 1000; score > LEAST; score--)
    if ((count += search->tally[score]) >= search->wanted)
      return score;
  return LEAST;
}

static void add_result(Search *search, Result result) {
  if (search->nresults == search->room) {
    size_t room = search->room * 2 + 64;
    Result *grown = lua_newuserdatauv(search->L, room * sizeof(Result), 0);
    if (search->nresults > 0)
      memcpy(grown, search->results, search->nresults * sizeof(Result));
    lua_replace(search->L, search->slot);
    search->results = grown;
    search->room = room;
  }
  search->results[search->nresults++] = result;
  search->tally[result.score]++;
}

/* Scores the names that have been started; the first of equal ones counts. */
static void score_names(Search *search, int64_t id) {
  Result result = {id, 0, 0};
  const char *text;
  size_t length;
  for (int which = 0; names_next(&search->names, &text, &length); which++) {
    int score;
    du_like_read(text, length, &search->reading.name);
    score = du_like_score(&search->asked, &search->reading.name);
    if (score > result.score) {
      result.score = score;
      result.which = which;
    }
  }
  if (result.score >= LEAST)
    add_result(search, result);
}

static void start_names(Search *search, DuStatement *row) {
  size_t length, ignored;
  const char *name = du_sql_text(row, 1, &length);
  names_start(&search->names, name, length, du_sql_text(row, 2, &ignored));
}

static void score_states(Search *search) {
  DuStatement *row =
      du_prepare(search->L, search->sql,
                 "SELECT id, name, aliases FROM parties WHERE revision = 0 AND "
                 "id <= (SELECT last_id FROM revisions WHERE revision = 0)");
  DuStatus status;
  while ((status = du_sql_step(row)) == DU_ROW) {
    start_names(search, row);
    score_names(search, du_sql_integer(row, 0));
  }
  du_finish(search->L, search->sql, row, status);
}

static void score_candidates(Search *search) {
  DuStatement *row =
      du_prepare(search->L, search->sql,
                 "SELECT id, name, aliases FROM parties WHERE id = ?1");
  DuStatus status = DU_DONE;
  int unsure = 0;
  for (size_t i = 0; i < search->count && status != DU_FAILED; i++) {
    int most = at_most(search, &search->candidates[i]);
    if (most < lowest_wanted(search) ||
        (most < FOUND && ++unsure > MOST_UNSURE))
      break;
    du_sql_bind_integer(row, 1, search->candidates[i].id);
    if ((status = du_sql_step(row)) == DU_ROW) {
      start_names(search, row);
      score_names(search, search->candidates[i].id);
    }
    du_sql_reset(row);
  }
  du_finish(search->L, search->sql, row, status);
}

static int by_score(const void *a, const void *b) {
  const Result *x = a, *y = b;
  if (x->score != y->score)
    return x->score > y->score ? -1 : 1;
  return x->id < y->id ? -1 : 1;
}

/* [-0, +1] { party=, name=, matched=, score= } */
static void push_result(Search *search, const Result *result) {
  lua_State *L = search->L;
  DuStatement *row =
      du_prepare(L, search->sql,
                 "SELECT \"key\", name, aliases FROM parties WHERE id = ?1");
  DuStatus status;
  const char *text = "";
  size_t length = 0;
  du_sql_bind_integer(row, 1, result->id);
  status = du_sql_step(row);
  lua_createtable(L, 0, 4);
  if (status == DU_ROW) {
    du_value_push_stored(L, row, 0);
    lua_setfield(L, -2, "party");
    du_value_push_stored(L, row, 1);
    lua_setfield(L, -2, "name");
    start_names(search, row);
    for (int i = 0; i <= result->which; i++)
      names_next(&search->names, &text, &length);
    lua_pushlstring(L, text, length);
    lua_setfield(L, -2, "matched");
  }
  du_finish(L, search->sql, row, status);
  lua_pushnumber(L, result->score / 1000.0);
  lua_setfield(L, -2, "score");
}

/* [-0, +1] the list of the parties most like a text */
static void push_matches(lua_State *L, DuStore *store, const char *text,
                         size_t length, lua_Integer wanted) {
  Search *search;
  int top = lua_gettop(L);
  luaL_checkstack(L, 20, NULL);
  search = lua_newuserdatauv(L, sizeof *search, 0);
  memset(search, 0, sizeof *search);
  search->L = L;
  search->sql = du_store_sql(L, store);
  search->wanted = wanted;
  names_init(L, &search->names);
  lua_pushnil(L);
  search->slot = lua_gettop(L);
  du_like_read(text, length, &search->asked);
  if (search->asked.weight > 0) {
    score_states(search);
    if (has_index(L, search->sql)) {
      find_candidates(search);
      score_candidates(search);
    }
  }
  if (search->nresults > 0)
    qsort(search->results, search->nresults, sizeof(Result), by_score);
  lua_newtable(L);
  for (size_t i = 0; i < search->nresults && (lua_Integer)i < wanted; i++) {
    push_result(search, &search->results[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_replace(L, top + 1);
  lua_settop(L, top + 1);
}

/* The number of matches wanted, at index 3; ten where it is left out. */
static lua_Integer check_wanted(lua_State *L) {
  int exact = 0;
  lua_Integer wanted = 10;
  if (lua_isnil(L, 3))
    return wanted;
  if (lua_type(L, 3) == LUA_TNUMBER)
    wanted = lua_tointegerx(L, 3, &exact);
  if (!exact || wanted < 1)
    du_misuse(L, 3, "how many matches are wanted, 1 or more");
  return wanted;
}

/*
** store.parties:match(text [, n]) -> list of
** { party=, name=, matched=, score= }
** The n parties (10) whose name or alias is most like the text, in any word
** order, whatever the accents, legal forms and transliteration; best first,
** equal ones in order of their ids. `matched` is the name that is alike, and
** `score` goes from 0.5 to 1, which is the same name. Every party that scores
** 0.8 or more is found; of those that score less, some may be missed. Raises
** `misuse` for arguments of a wrong type, another kind than parties, and a
** view of an earlier revision; `invalid` for an empty text.
*/
int du_match(lua_State *L, DuStore *store, const DuKind *kind) {
  lua_Integer wanted;
  const char *text;
  size_t length;
  lua_settop(L, 3);
  if (strcmp(kind->name, "parties") != 0)
    du_raise(L, "misuse", kind->name, NULL,
             "match: only parties are found by likeness (store.parties:match)");
  if (store->as_of != DU_NOW)
    du_raise(L, "misuse", NULL, NULL,
             "match: names are indexed as they are now, not as of a revision");
  if (lua_type(L, 2) != LUA_TSTRING)
    du_misuse(L, 2, "a name as text");
  wanted = check_wanted(L);
  text = lua_tolstring(L, 2, &length);
  if (strlen(text) != length || !du_utf8_valid(text, length, NULL))
    du_raise(L, "invalid", kind->name, NULL,
             "match: expected a name in UTF-8 without NUL bytes");
  if (strspn(text, " \t\r\n") == length)
    du_raise(L, "invalid", kind->name, NULL,
             "match: expected a name, got an empty text");
  push_matches(L, store, text, length, wanted);
  return 1;
}
