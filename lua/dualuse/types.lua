---@meta _
-- Types for editors that know LuaCATS. Nothing loads this file; the explorer's help reads it.
-- `make types` writes it, from the docstrings of csrc/ and lua/ and from the kinds, and
-- spec/types_spec.lua holds it against what is there.
-- luacheck: ignore, no max line length

---An id, a key, a name or an alias
---@alias dualuse.reference integer|string

---A date in EDTF: "2019-07-04", "2019-07", "2019~", "1910/1945", "[..2018]"
---@alias dualuse.date string

---Who changed something, and why
---@class dualuse.why
---@field by? string
---@field reason? string

---@class dualuse.open_options
---@field readonly? boolean
---@field timeout? number # seconds to wait for another writer (5)
---@field deadline? number # seconds that one query may run (no limit)
---@field durability? "full"|"normal" # "full": what a write returned survives power loss
---@field column_cache? integer # bytes of memory that columns may take; 0: they are not used

---What is raised, and what open gives where a file cannot be had
---@class dualuse.error
---@field code "misuse"|"invalid"|"constraint"|"busy"|"readonly"|"full"|"corrupt"|"io"|"nomem"|"closed"|"interrupted"
---@field message string
---@field kind? dualuse.kind
---@field field? string
---@field where? string # script and line

---A source that a record rests on: its key first
---@class dualuse.citation
---@field [1] dualuse.reference
---@field field? string # the one field that it supports; all, where none is named
---@field locator? string # the place in it, such as "para 5"
---@field quote? string # its words

---What a query asks of a field beside a value or a list of values
---@class dualuse.operators
---@field lt? any
---@field lte? any
---@field gt? any
---@field gte? any
---@field ne? any
---@field like? string # % and _ stand for anything
---@field within? dualuse.reference # it, and all below it
---@field missing? boolean
---@field during? dualuse.date # certainly within
---@field before? dualuse.date # certainly before
---@field after? dualuse.date # certainly after

---What every record has of the store
---@class dualuse.record
---@field id integer # given by the store, for good
---@field revision integer # the transaction that gave it this state
---@field recorded string # when that was (UTC)

---What store:check finds
---@class dualuse.finding
---@field problem string
---@field kind? dualuse.kind
---@field id? integer
---@field field? string

---What store:repair has done
---@class dualuse.repair
---@field mended dualuse.finding[] # what check no longer finds
---@field left dualuse.finding[] # what it still finds

---A party whose name is like a text
---@class dualuse.match
---@field party dualuse.reference
---@field name string
---@field matched string # which of its names is alike
---@field score number # 0.5 to 1

---What query:explain is asked for: one of them
---@class dualuse.explained
---@field count? true
---@field group? table
---@field values? string[]
---@field sum? string
---@field mean? string
---@field min? string
---@field max? string
---@field median? string
---@field distinct? string

---How a query is answered; it prints as text
---@class dualuse.explanation
---@field kind dualuse.kind
---@field what string
---@field finds "columns"|"rows"
---@field reads "columns"|"rows"
---@field why? string # columns do not
---@field packs boolean # columns would be made first
---@field segments? integer
---@field skipped? integer
---@field touched? integer
---@field columns? string[]
---@field bytes? integer
---@field cached? integer
---@field changed? integer
---@field unpacked? integer
---@field sqlite string[] # how it reads rows

---What dualuse.describe gives; it prints as help
---@class dualuse.description
---@field kind? dualuse.kind
---@field singular? string
---@field help? string
---@field date? string # the field that is its own date
---@field fields? dualuse.description.field[]

---@class dualuse.description.field
---@field name string
---@field type string
---@field list boolean
---@field required boolean
---@field help string
---@field kinds? dualuse.kind[]
---@field words? string[]
---@field least? integer
---@field most? integer
---@field absent? string

---@alias dualuse.kind "sources"|"parties"|"memberships"|"items"|"disputes"|"events"|"questions"|"claims"|"measures"|"stages"|"applications"|"cases"|"disclosures"|"listings"|"screenings"|"links"

---A store, or a view of one as it was recorded earlier
---@class dualuse.store
---@field sources dualuse.collection.sources # articles, statements, gazettes and data files
---@field parties dualuse.collection.parties # states, ministries, companies, persons, groups
---@field memberships dualuse.collection.memberships # a party in a group, and what became of it
---@field items dualuse.collection.items # controlled goods, software and technology
---@field disputes dualuse.collection.disputes # what the rest is part of
---@field events dualuse.collection.events # who did what to whom, when
---@field questions dualuse.collection.questions # what is contested
---@field claims dualuse.collection.claims # who says what on a question
---@field measures dualuse.collection.measures # licence requirements, and what became of them
---@field stages dualuse.collection.stages # of measures and memberships
---@field applications dualuse.collection.applications # contracts put to a licensing authority
---@field cases dualuse.collection.cases # unauthorised exports that were caught
---@field disclosures dualuse.collection.disclosures # totals that an authority published or withholds
---@field listings dualuse.collection.listings # entries on restricted-party lists
---@field screenings dualuse.collection.screenings # contracts checked, and what was found
---@field links dualuse.collection.links # relations between records
local store = {}

---`store:as_of(when) -> store`
---
---The store as it was recorded at a revision (an integer) or at a time (text: UTC, to the second; a
---day means its end). It can be asked everything but full text, and cannot be written to.
---@param when integer|string
---@return dualuse.store
function store:as_of(when) end

---`store:backup(path)`
---
---Copies the store into a new file, while others read and write it.
---
---Raises `io` if the file exists.
---@param path string
function store:backup(path) end

---`store:check() -> list of findings`
---
---An empty list if all is well. A finding has `problem`, a sentence, and where they apply `kind`,
---`id` and `field`.
---@return dualuse.finding[]
function store:check() end

---`store:close()`
---
---Finalizes what is being read, and closes. Closing again does nothing; any other use of the store,
---its views, queries and loops raises `closed`.
function store:close() end

---Writes a dossier: all records of the store, or those of a query and all that they refer to.
---
---What is left out: what was retracted, the history, ids and times, and the states that every store
---has from the start, as far as they were not changed. A record comes after all that it refers to;
---otherwise kinds are in a fixed order, records with a key in the order of the keys, and those
---without in the order in which they were added. The same records always give the same bytes, and
---so does a store that a dossier was read into.
---
---A file at a path is put there when it is whole and synced to the disk; a failure leaves nothing.
---What is told is the newest revision, without what an open transaction has not committed.
---
---Raises `io` for a file that exists or cannot be written, `full` for a full disk, `misuse` for
---wrong options, what the function raises
---@param target any # a path, an open file, or a function that is called with chunks of text
---@param given? table # `query`, a query or collection of this store, or a list of them (all records); `overwrite`, whether a file at the path is replaced (false)
---@return integer # how many records were written
function store:export(target, given) end

---Reads a dossier: adds its records, or updates those that are there.
---
---A record is known by its key or its origin: what its line leaves out stays as it is, and a line
---that changes nothing makes no revision. One with neither is added unless a record of just the
---same content, with neither key nor origin, is there already: so reading a dossier twice adds
---nothing. A line may refer to what only a later line tells.
---
---All of it is one transaction.
---
---Raises `invalid` or `constraint` for a line that is wrong, naming it; `invalid` for a dossier
---that was cut off, whatever `on_error` says; `io` for what cannot be read; `misuse` for wrong
---options
---@param source any # a path, an open file, or a function that returns chunks of text and at last nil; gzip data are inflated
---@param given? table # `by`, `reason`, as in `transaction`; `record`, the kind of records that do not say it, such as "events"; `on_error`, "stop" (the first line that is wrong undoes everything, and is raised as an error) or "continue" (it is rejected, and the others are read); `on_reject`, a function that is called with every reject, or the path of a new file for the lines as they stand; `dry_run`, whether to say what would happen, and write nothing (false); `progress`, true for a line on the terminal, or a function of bytes, total and lines
---@return table # `read`, the sum of `added`, `updated`, `duplicate` and `rejected`; `rejects`, the first hundred, each with `line`, `field`, `reason` and `text`; `bytes`, `seconds`, `format`, `dry_run`. It prints as a line and what was rejected.
function store:import(source, given) end

---`store:interrupt()`
---
---Ends the loops over records that have begun and not yet ended, those of the store's views as
---well: each raises `interrupted` when it asks for its next record. It is for programs that keep
---several going, in coroutines. What runs in the store while it is called, and what is asked
---afterwards, goes on; a single query is stopped from outside, by Ctrl-C or a `deadline`.
function store:interrupt() end

---`store:repair() -> { mended=, left= }`
---
---Makes anew what follows from the records and their history: the first and last day of dates, the
---indexes of names, of full text and of likeness, columns, SQLite's own indexes, and the triggers
---that guard the records. All of it or, where that fails, nothing; no record changes, and no
---revision is made. What the records themselves say is never invented: a revision that is lost, a
---reference to nothing or a word that there is not stays as it is. `mended` is the list of those
---findings of store:check() that are there no longer, and `left` that of those that are; both are
---as check gives them.
---
---Raises `misuse` for a view and inside a transaction, `readonly` for a store that was opened so,
---and `corrupt` where the schema has triggers or views that are not of dualuse, or pages of the
---file itself are damaged: nothing is written while they are there.
---@return dualuse.repair
function store:repair() end

---`store:revision() -> integer`
---
---The newest revision, or the one that a view shows. 0 is the new store.
---@return integer
function store:revision() end

---`store:transaction(fn [, { by=, reason= }]) -> value, …`
---
---Calls fn(store). What it writes becomes one revision when it returns, and is undone when it
---raises; the error goes on. Inside another transaction it is undone alone. Returns what fn
---returns.
---@param fn fun(store: dualuse.store): ...
---@param why? dualuse.why
---@return any ...
function store:transaction(fn, why) end

---What is asked of a kind of record; it never changes
---@class dualuse.query
local query = {}

---`query:all() -> list of records`
---
---All records that it finds, read into memory.
---@return dualuse.record[]
function query:all() end

---`query:count() -> integer`
---
---How many records it finds; also #query.
---@return integer
function query:count() end

---`query:distinct(field) -> integer`
---
---How many different values the records it finds have.
---@param field string
---@return integer
function query:distinct(field) end

---Groups of more than one record that agree in some fields. They are for a person to look at: dates
---agree if they are written alike, a month with the same month; lists if they have the same
---elements. What lacks one of the fields agrees with nothing.
---
---Raises `misuse` for unknown fields, and for those that hold a table
---@param options table # `by`: the fields to agree in; "day", for the kind's own date where that is certainly one day
---@return dualuse.rows # rows, sorted by these fields: the fields, `count`, and `ids`, sorted
function query:duplicates(options) end

---`query:each() -> loop over record`
---
---Loops over the records. They are read one by one; leaving the loop ends the reading at once. The
---store may be written to inside: the loop sees it as it was when it began.
---@return fun(): dualuse.record
function query:each() end

---`query:exists() -> boolean`
---
---Whether it finds any.
---@return boolean
function query:exists() end

---`query:explain([{ count = true }]) -> explanation`
---
---How the query would be answered, which is told without reading its records: as a loop over them,
---or as what one option names. count = true; group, with the table that query:group takes; values,
---with a list of fields; sum, mean, min, max, median or distinct, with a field. The explanation
---prints as text. `finds` says whether the records are found in "columns" or "rows", `reads` where
---their values come from, and `why` why that is not columns; `packs` is true where columns would be
---made first. Where columns find: `segments`, how many there are; `skipped`, those that the least
---and most value of their columns, or the months of a date, pass over; `touched`, the others, of
---which fewer are read where the first by a date are asked for; `columns`, which fields are read,
---`bytes`, how large they are in these at most, and `cached`, how much of that is in memory;
---`changed` and `unpacked`, how many records come from rows since they have changed, or are in no
---segment. `sqlite` is the list of lines in which SQLite tells how it reads rows, if any are read.
---A grouping may turn to rows after all, where its keys have too many values.
---
---Raises `misuse` for unknown options and fields.
---@param what? dualuse.explained
---@return dualuse.explanation
function query:explain(what) end

---Writes the records that a query finds, in its order: one after the other, however many.
---
---- `csv`: RFC 4180, UTF-8, lines that end with CRLF; a header with the names of the fields, those
---  of `select` or all; references are keys, or ids where there is none.
---- `tsv`: tabs between the cells, LF at the end of a line, nothing quoted. A tab or a line end in
---  a value is an error.
---- `jsonl`: the lines that `store:export` writes of these records, for `store:import` and for
---  other programs; ids and revisions are left out. What they refer to is named, not told.
---
---A file at a path is put there when it is whole and synced to the disk; a failure leaves nothing.
---
---Raises `io` for a file that exists or cannot be written, `full` for a full disk, `invalid` for a
---value that TSV cannot hold and, as jsonl, for a reference to a record that has no key and is not
---among those exported; `misuse` for wrong options; what the function raises
---@param target any # a path, an open file, or a function that is called with chunks of text
---@param given? table # `format`, "csv", "tsv" or "jsonl" (what the path ends with); `spreadsheet`, whether a text that a spreadsheet would run as a formula gets an apostrophe before it (false; numbers and dates stay as they are); `separator`, between the elements of a list ("; "); `overwrite`, whether a file at the path is replaced (false)
---@return integer # how many records were written
function query:export(target, given) end

---`query:first() -> record or nil`
---
---The first record that it finds.
---@return dualuse.record?
function query:first() end

---`query:group{ key, …, name = measure, … } -> rows`
---
---Counts what the query finds by keys. A key is a field ("destination"), a field of what it refers
---to ("destination.name"), or a bucket of a date: "year" of the kind's own date, "exported.year" of
---another; decade, quarter, month, week and day likewise. A measure is "count", "possible", or {
---"sum", field } and so on with distinct, mean, min, max and median; count and possible when none
---is named. provenance = false leaves out `records`, `sources` and `independent`; top = 20 leaves
---only the twenty groups of the highest count, and their rows come in the order of that. Rows come
---in the order of their keys; those whose date has no bounds ("unbounded") and those without a
---value come last.
---
---Raises `misuse` for unknown keys and measures.
---@param keys table
---@return dualuse.rows
function query:group(keys) end

---`query:kind() -> text`
---
---The kind of its records, such as "cases".
---@return string
function query:kind() end

---`query:limit(count [, offset]) -> query`
---
---Of what the query finds, at most `count` records after the first `offset` ones. A limit on a
---limit narrows it further.
---@param count integer
---@param offset? integer
---@return dualuse.query
function query:limit(count, offset) end

---`query:max(field) -> number, text or nil`
---
---The greatest value of the records it finds; nil where none has one.
---@param field string
---@return number|string|nil
function query:max(field) end

---`query:mean(field) -> number or nil`
---
---The mean over the records it finds that have a value; nil where none has.
---@param field string
---@return number?
function query:mean(field) end

---`query:median(field) -> number or nil`
---
---The median over the records it finds; nil where none has a value.
---@param field string
---@return number?
function query:median(field) end

---`query:min(field) -> number, text or nil`
---
---The least value of the records it finds; nil where none has one.
---@param field string
---@return number|string|nil
function query:min(field) end

---`query:once({ field, … } [, { missing=, least= }]) -> query`
---
---Of the records that agree in all of these fields, the first alone (the one with the lowest id).
---As a table, each record then has `ids`: those that it stands for, itself included.
---  field    a field, or "day": of the kind's own date, if it is certainly
---           one day
---  missing  the fields in which two records that lack a value agree; in all
---           others a record without a value agrees with none
---  least    how many records one must stand for (1)
---It is about what the query asks so far; a later where asks the records that are left.
---
---Raises `misuse` for unknown fields, and for tables.
---@param fields string[]
---@param options? table
---@return dualuse.query
function query:once(fields, options) end

---Events, one a day: of those that a query finds with the same day, actor, target and code the
---first recorded. It is a query itself:
---
---   store.events:where{ quad = 4 }:one_a_day():group{ "month", "actor" }
---
---and each of its records has `ids`, the events that it stands for, itself among them. All else in
---it is that of the first. For other fields, or other kinds, see `query:once`.
---
---Raises `misuse` for another kind, and for a query that is one a day already
---@param options? table # `missing`: "alone" (the default), events without an actor or a target stand for themselves; "equal", two without one are taken to have the same
---@return userdata # a query
function query:one_a_day(options) end

---`query:order(field, …) -> query`
---
---In the order of the fields, descending where one is written "-field"; dates by their first and
---then their last possible day, references by key. What is missing comes last, and equals come by
---id.
---@param field string
---@param ... string
---@return dualuse.query
function query:order(field, ...) end

---`query:search(text) -> query`
---
---The records whose title or text has all words of it, "phrases" as they stand, and words that
---begin with a prefix*; case and accents are ignored. The most relevant come first, unless `order`
---says otherwise.
---@param text string
---@return dualuse.query
function query:search(text) end

---`query:select(field, …) -> query`
---
---Records that hold only these fields, and their id.
---@param field string
---@param ... string
---@return dualuse.query
function query:select(field, ...) end

---`query:sql() -> text, list of values`
---
---The SQL that finds the records, for the curious: the values are bound to ?1, ?2 and so on. The
---columns are those of the kind's fields, in their order.
---@return string
---@return any[]
function query:sql() end

---`query:sum(field) -> number or nil`
---
---The sum over the records it finds; nil where none has a value. A sum of numbers is exact, and
---rounded once: the same in whatever order the records are read.
---@param field string
---@return number?
function query:sum(field) end

---`query:values(field, …) -> loop over id, value, …`
---
---Loops over the ids and the values of the fields: no table is made, and a missing value is nil.
---@param field string
---@param ... string
---@return fun(): integer, ...
function query:values(field, ...) end

---`query:where{ field = value, … } -> query`
---
---The records for which all of it holds, and what the query asked before. A value is one to be
---equal to, a list of which any will do, or a table of operators: lt, lte, gt, gte, ne, like (% and
---_, ignoring ASCII case), within, missing; for dates during, before and after, which want to be
---certain, where a plain date asks what may overlap it. A reference takes the fields of what it
---refers to: { exporter = { country = "KOR" } }.
---
---Raises `misuse` for an unknown field or operator, `invalid` for a value that does not fit.
---@param conditions table
---@return dualuse.query
function query:where(conditions) end

---The records of a kind; all that a query has, it has as well
---@class dualuse.collection
local collection = {}

---`collection:add(record [, { by=, reason= }]) -> id`
---
---Adds a record.
---
---Raises `invalid` for a value that does not fit its field or refers to nothing, `constraint` for a
---key or origin that is taken.
---@param record table
---@param why? dualuse.why
---@return integer
function collection:add(record, why) end

---`collection:get(reference) -> record or nil`
---
---The record of that id, key, name or alias.
---@param reference dualuse.reference
---@return dualuse.record?
function collection:get(reference) end

---`collection:history(reference) -> list of records`
---
---Every state the record had, oldest first, with by and reason; `retracted` is true in one that
---took it back. A retracted record is found by its id or key.
---@param reference dualuse.reference
---@return dualuse.record[]
function collection:history(reference) end

---Brings a file into a collection.
---
---Raises `misuse` and `invalid` for options and for columns and fields that there are not, before
---the first row; `io` for a file that cannot be read; what a function raises, but for errors that
---reject a row
---@param source string|file*|function # a path, an open file, or a function that returns chunks of text and nil at the end; gzip is recognised
---@param options? table # a format by its name or as a table (`format`), or a mapping (see above), and besides: `source` (what all rows rest on: a reference, a record; a source of the file's name unless given; false for none), `dry_run` (true: says what would happen, and writes nothing), `on_reject` (where rejected lines go: the path of a new file, which begins with the file's header; or a function of a table as in `rejects`), `on_error` ("stop": the first one undoes everything), `progress` (true: a line on the terminal; or a function of bytes, total and rows), `batch` (rows a transaction: a load that was stopped goes on where it was, when it is run again), `threads` (2: while the file is read, a second thread inserts and packs the rows of a large kind, as of events; 1 unless given), `limit` (bytes a record may have), `by` and `reason` of the revision
---@return table # `read`, `added`, `updated`, `duplicate`, `rejected` and `retracted` (`read` is the sum of the others), `rejects` (the first hundred: `line`, `field`, `reason`, `text`, and `cut` where there is more of the text), `repaired` (rows, with the option), `format`, `kind`, `delimiter`, `bytes`, `seconds`, `dry_run`. It prints as a line and what was rejected.
function collection:import(source, options) end

---`store.parties:match(text [, n]) -> list of { party=, name=, matched=, score= }`
---
---The n parties (10) whose name or alias is most like the text, in any word order, whatever the
---accents, legal forms and transliteration; best first, equal ones in order of their ids. `matched`
---is the name that is alike, and `score` goes from 0.5 to 1, which is the same name. Every party
---that scores 0.8 or more is found; of those that score less, some may be missed.
---
---Raises `misuse` for arguments of a wrong type, another kind than parties, and a view of an
---earlier revision; `invalid` for an empty text.
---@param text string
---@param n? integer
---@return dualuse.match[]
function collection:match(text, n) end

---`collection:put(record [, { by=, reason= }]) -> id, "added" | "updated" | "unchanged"`
---
---Adds the record, or updates the one of that id, key or origin. Absent fields stay as they are; a
---retracted record comes back.
---@param record table
---@param why? dualuse.why
---@return integer
---@return "added"|"updated"|"unchanged"
function collection:put(record, why) end

---`collection:retract(reference [, { by=, reason= }])`
---
---Takes a record back: it is no longer found, its history stays, its key stays taken.
---
---Raises `constraint` if something refers to it.
---@param reference dualuse.reference
---@param why? dualuse.why
function collection:retract(reference, why) end

---`collection:update(reference, changes [, { by=, reason= }]) -> boolean`
---
---Changes the fields given; dualuse.null clears one. The earlier state is kept. Returns whether
---anything was different.
---@param reference dualuse.reference
---@param changes table
---@param why? dualuse.why
---@return boolean
function collection:update(reference, changes, why) end

---Extended Date/Time Format (ISO 8601-2:2019)
---@class dualuse.edtf
local edtf = {}

---`edtf.bounds(text) -> integer or nil, integer or nil`
---
---The first and the last possible day as YYYYMMDD, nil where there is none.
---
---Raises `invalid` for what is no date.
---@param text string
---@return integer?
---@return integer?
function edtf.bounds(text) end

---`edtf.overlaps(date, other) -> boolean`
---
---Whether two dates may share a day.
---
---Raises `invalid` for what is no date.
---@param date dualuse.date
---@param other dualuse.date
---@return boolean
function edtf.overlaps(date, other) end

---`edtf.parse(text) -> table, or nil and why it is no date`
---
---What a date in EDTF says: its `text`; `first` and `last`, the first and last possible day as
---YYYYMMDD, nil where there is none; `precision`, such as "day" or "month"; `level` of EDTF, 0 to
---2; and whether it is `uncertain`, `approximate`, `unspecified` (an X for a digit), has an
---`open_start`, `open_end`, `unknown_start`, `unknown_end`, or `gaps` (a set of days).
---@param text string
---@return table?
---@return string?
function edtf.parse(text) end

---`edtf.valid(text) -> boolean`
---
---Whether the text is a date in EDTF.
---@param text string
---@return boolean
function edtf.valid(text) end

---`edtf.within(date, other) -> boolean`
---
---Whether the first date is certainly within the second.
---
---Raises `invalid` for what is no date.
---@param date dualuse.date
---@param other dualuse.date
---@return boolean
function edtf.within(date, other) end

---What may be given of a source: articles, statements, gazettes and data files
---@class dualuse.source.changes
---@field key? string # a name of your own; never changed once given
---@field title? string # as published, or what it is
---@field publisher? string # who published it
---@field agency? string # the news agency that it comes from
---@field published? dualuse.date # when; a time of day where known
---@field retrieved? dualuse.date # when it was read
---@field republished_from? dualuse.reference # what it repeats, so that both are one voice
---@field url? string # where it stands
---@field archive_url? string # where a copy is kept
---@field language? string # its language
---@field author? string # who wrote it
---@field text? string # its text
---@field sources? (dualuse.reference|dualuse.citation)[] # each a source, or { source, field=, locator=, quote= }
---@field inferred? boolean # in no source: reasoned in note
---@field note? string # what a reader should know
---@field origin? string # its identity in the file it came from

---A source to add
---@class dualuse.source.values: dualuse.source.changes
---@field key string
---@field title string

---A source as the store gives it: articles, statements, gazettes and data files
---@class dualuse.source: dualuse.source.values, dualuse.record

---@class dualuse.source.where
---@field id? integer|integer[]|dualuse.operators
---@field key? string|string[]|dualuse.operators
---@field title? string|string[]|dualuse.operators
---@field publisher? string|string[]|dualuse.operators
---@field agency? string|string[]|dualuse.operators
---@field published? dualuse.date|dualuse.date[]|dualuse.operators
---@field retrieved? dualuse.date|dualuse.date[]|dualuse.operators
---@field republished_from? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.source.where
---@field url? string|string[]|dualuse.operators
---@field archive_url? string|string[]|dualuse.operators
---@field language? string|string[]|dualuse.operators
---@field author? string|string[]|dualuse.operators
---@field text? string|string[]|dualuse.operators
---@field sources? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.source.where
---@field inferred? boolean|boolean[]|dualuse.operators
---@field note? string|string[]|dualuse.operators
---@field origin? string|string[]|dualuse.operators
---@field revision? integer|integer[]|dualuse.operators
---@field recorded? string|string[]|dualuse.operators

---@alias dualuse.source.field "id"|"key"|"title"|"publisher"|"agency"|"published"|"retrieved"|"republished_from"|"url"|"archive_url"|"language"|"author"|"text"|"sources"|"inferred"|"note"|"origin"|"revision"|"recorded"

---@class dualuse.query.sources: dualuse.query
---@field all fun(self: dualuse.query.sources): dualuse.source[] # All records that it finds, read into memory
---@field distinct fun(self: dualuse.query.sources, field: dualuse.source.field): integer # How many different values the records it finds have
---@field each fun(self: dualuse.query.sources): fun(): dualuse.source # Loops over the records
---@field first fun(self: dualuse.query.sources): dualuse.source? # The first record that it finds
---@field limit fun(self: dualuse.query.sources, count: integer, offset?: integer): dualuse.query.sources # Of what the query finds, at most `count` records after the first `offset` ones
---@field max fun(self: dualuse.query.sources, field: dualuse.source.field): number|string|nil # The greatest value of the records it finds; nil where none has one
---@field mean fun(self: dualuse.query.sources, field: dualuse.source.field): number? # The mean over the records it finds that have a value; nil where none has
---@field median fun(self: dualuse.query.sources, field: dualuse.source.field): number? # The median over the records it finds; nil where none has a value
---@field min fun(self: dualuse.query.sources, field: dualuse.source.field): number|string|nil # The least value of the records it finds; nil where none has one
---@field once fun(self: dualuse.query.sources, fields: string[], options?: table): dualuse.query.sources # Of the records that agree in all of these fields, the first alone (the one with the lowest id)
---@field order fun(self: dualuse.query.sources, field: dualuse.source.field, ...: string): dualuse.query.sources # In the order of the fields, descending where one is written "-field"; dates by their first and then their last possible day, references by key
---@field search fun(self: dualuse.query.sources, text: string): dualuse.query.sources # The records whose title or text has all words of it, "phrases" as they stand, and words that begin with a prefix*; case and accents are ignored
---@field select fun(self: dualuse.query.sources, field: dualuse.source.field, ...: string): dualuse.query.sources # Records that hold only these fields, and their id
---@field sum fun(self: dualuse.query.sources, field: dualuse.source.field): number? # The sum over the records it finds; nil where none has a value
---@field values fun(self: dualuse.query.sources, field: dualuse.source.field, ...: string): fun(): integer, ... # Loops over the ids and the values of the fields: no table is made, and a missing value is nil
---@field where fun(self: dualuse.query.sources, conditions: dualuse.source.where): dualuse.query.sources # The records for which all of it holds, and what the query asked before

---store.sources: articles, statements, gazettes and data files
---@class dualuse.collection.sources: dualuse.query.sources, dualuse.collection
---@field add fun(self: dualuse.collection.sources, record: dualuse.source.values, why?: dualuse.why): integer # Adds a record
---@field get fun(self: dualuse.collection.sources, reference: dualuse.reference): dualuse.source? # The record of that id, key, name or alias
---@field history fun(self: dualuse.collection.sources, reference: dualuse.reference): dualuse.source[] # Every state the record had, oldest first, with by and reason; `retracted` is true in one that took it back
---@field put fun(self: dualuse.collection.sources, record: dualuse.source.values, why?: dualuse.why): integer, "added"|"updated"|"unchanged" # Adds the record, or updates the one of that id, key or origin
---@field update fun(self: dualuse.collection.sources, reference: dualuse.reference, changes: dualuse.source.changes, why?: dualuse.why): boolean # Changes the fields given; dualuse

---@alias dualuse.party.kind "state"|"ministry"|"agency"|"court"|"company"|"person"|"organisation"|"group"

---What may be given of a party: states, ministries, companies, persons, groups
---@class dualuse.party.changes
---@field key? string # a name of your own; never changed once given
---@field name? string # the common name
---@field kind? dualuse.party.kind # what it is
---@field country? dualuse.reference # the state it belongs to
---@field parent? dualuse.reference # what it is part of
---@field aliases? string[] # other names
---@field sources? (dualuse.reference|dualuse.citation)[] # each a source, or { source, field=, locator=, quote= }
---@field inferred? boolean # in no source: reasoned in note
---@field note? string # what a reader should know
---@field origin? string # its identity in the file it came from

---A party to add
---@class dualuse.party.values: dualuse.party.changes
---@field key string
---@field name string
---@field kind dualuse.party.kind

---A party as the store gives it: states, ministries, companies, persons, groups
---@class dualuse.party: dualuse.party.values, dualuse.record

---@class dualuse.party.where
---@field id? integer|integer[]|dualuse.operators
---@field key? string|string[]|dualuse.operators
---@field name? string|string[]|dualuse.operators
---@field kind? dualuse.party.kind|dualuse.party.kind[]|dualuse.operators
---@field country? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field parent? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field aliases? string|string[]|dualuse.operators
---@field sources? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.source.where
---@field inferred? boolean|boolean[]|dualuse.operators
---@field note? string|string[]|dualuse.operators
---@field origin? string|string[]|dualuse.operators
---@field revision? integer|integer[]|dualuse.operators
---@field recorded? string|string[]|dualuse.operators

---@alias dualuse.party.field "id"|"key"|"name"|"kind"|"country"|"parent"|"aliases"|"sources"|"inferred"|"note"|"origin"|"revision"|"recorded"

---@class dualuse.query.parties: dualuse.query
---@field all fun(self: dualuse.query.parties): dualuse.party[] # All records that it finds, read into memory
---@field distinct fun(self: dualuse.query.parties, field: dualuse.party.field): integer # How many different values the records it finds have
---@field each fun(self: dualuse.query.parties): fun(): dualuse.party # Loops over the records
---@field first fun(self: dualuse.query.parties): dualuse.party? # The first record that it finds
---@field limit fun(self: dualuse.query.parties, count: integer, offset?: integer): dualuse.query.parties # Of what the query finds, at most `count` records after the first `offset` ones
---@field max fun(self: dualuse.query.parties, field: dualuse.party.field): number|string|nil # The greatest value of the records it finds; nil where none has one
---@field mean fun(self: dualuse.query.parties, field: dualuse.party.field): number? # The mean over the records it finds that have a value; nil where none has
---@field median fun(self: dualuse.query.parties, field: dualuse.party.field): number? # The median over the records it finds; nil where none has a value
---@field min fun(self: dualuse.query.parties, field: dualuse.party.field): number|string|nil # The least value of the records it finds; nil where none has one
---@field once fun(self: dualuse.query.parties, fields: string[], options?: table): dualuse.query.parties # Of the records that agree in all of these fields, the first alone (the one with the lowest id)
---@field order fun(self: dualuse.query.parties, field: dualuse.party.field, ...: string): dualuse.query.parties # In the order of the fields, descending where one is written "-field"; dates by their first and then their last possible day, references by key
---@field search fun(self: dualuse.query.parties, text: string): dualuse.query.parties # The records whose title or text has all words of it, "phrases" as they stand, and words that begin with a prefix*; case and accents are ignored
---@field select fun(self: dualuse.query.parties, field: dualuse.party.field, ...: string): dualuse.query.parties # Records that hold only these fields, and their id
---@field sum fun(self: dualuse.query.parties, field: dualuse.party.field): number? # The sum over the records it finds; nil where none has a value
---@field values fun(self: dualuse.query.parties, field: dualuse.party.field, ...: string): fun(): integer, ... # Loops over the ids and the values of the fields: no table is made, and a missing value is nil
---@field where fun(self: dualuse.query.parties, conditions: dualuse.party.where): dualuse.query.parties # The records for which all of it holds, and what the query asked before

---store.parties: states, ministries, companies, persons, groups
---@class dualuse.collection.parties: dualuse.query.parties, dualuse.collection
---@field add fun(self: dualuse.collection.parties, record: dualuse.party.values, why?: dualuse.why): integer # Adds a record
---@field get fun(self: dualuse.collection.parties, reference: dualuse.reference): dualuse.party? # The record of that id, key, name or alias
---@field history fun(self: dualuse.collection.parties, reference: dualuse.reference): dualuse.party[] # Every state the record had, oldest first, with by and reason; `retracted` is true in one that took it back
---@field put fun(self: dualuse.collection.parties, record: dualuse.party.values, why?: dualuse.why): integer, "added"|"updated"|"unchanged" # Adds the record, or updates the one of that id, key or origin
---@field update fun(self: dualuse.collection.parties, reference: dualuse.reference, changes: dualuse.party.changes, why?: dualuse.why): boolean # Changes the fields given; dualuse

---What may be given of a membership: a party in a group, and what became of it
---@class dualuse.membership.changes
---@field key? string # a name of your own; never changed once given
---@field group? dualuse.reference # the group
---@field member? dualuse.reference # who is in it
---@field stages? dualuse.stage.values[] # what became of it: stage, date, sources
---@field sources? (dualuse.reference|dualuse.citation)[] # each a source, or { source, field=, locator=, quote= }
---@field inferred? boolean # in no source: reasoned in note
---@field note? string # what a reader should know
---@field origin? string # its identity in the file it came from

---A membership to add
---@class dualuse.membership.values: dualuse.membership.changes
---@field group dualuse.reference
---@field member dualuse.reference

---A membership as the store gives it: a party in a group, and what became of it
---@class dualuse.membership: dualuse.membership.values, dualuse.record

---@class dualuse.membership.where
---@field id? integer|integer[]|dualuse.operators
---@field key? string|string[]|dualuse.operators
---@field group? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field member? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field stages? dualuse.stage.values|dualuse.stage.values[]|dualuse.operators|dualuse.stage.where
---@field sources? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.source.where
---@field inferred? boolean|boolean[]|dualuse.operators
---@field note? string|string[]|dualuse.operators
---@field origin? string|string[]|dualuse.operators
---@field revision? integer|integer[]|dualuse.operators
---@field recorded? string|string[]|dualuse.operators

---@alias dualuse.membership.field "id"|"key"|"group"|"member"|"stages"|"sources"|"inferred"|"note"|"origin"|"revision"|"recorded"

---@class dualuse.query.memberships: dualuse.query
---@field all fun(self: dualuse.query.memberships): dualuse.membership[] # All records that it finds, read into memory
---@field distinct fun(self: dualuse.query.memberships, field: dualuse.membership.field): integer # How many different values the records it finds have
---@field each fun(self: dualuse.query.memberships): fun(): dualuse.membership # Loops over the records
---@field first fun(self: dualuse.query.memberships): dualuse.membership? # The first record that it finds
---@field limit fun(self: dualuse.query.memberships, count: integer, offset?: integer): dualuse.query.memberships # Of what the query finds, at most `count` records after the first `offset` ones
---@field max fun(self: dualuse.query.memberships, field: dualuse.membership.field): number|string|nil # The greatest value of the records it finds; nil where none has one
---@field mean fun(self: dualuse.query.memberships, field: dualuse.membership.field): number? # The mean over the records it finds that have a value; nil where none has
---@field median fun(self: dualuse.query.memberships, field: dualuse.membership.field): number? # The median over the records it finds; nil where none has a value
---@field min fun(self: dualuse.query.memberships, field: dualuse.membership.field): number|string|nil # The least value of the records it finds; nil where none has one
---@field once fun(self: dualuse.query.memberships, fields: string[], options?: table): dualuse.query.memberships # Of the records that agree in all of these fields, the first alone (the one with the lowest id)
---@field order fun(self: dualuse.query.memberships, field: dualuse.membership.field, ...: string): dualuse.query.memberships # In the order of the fields, descending where one is written "-field"; dates by their first and then their last possible day, references by key
---@field search fun(self: dualuse.query.memberships, text: string): dualuse.query.memberships # The records whose title or text has all words of it, "phrases" as they stand, and words that begin with a prefix*; case and accents are ignored
---@field select fun(self: dualuse.query.memberships, field: dualuse.membership.field, ...: string): dualuse.query.memberships # Records that hold only these fields, and their id
---@field sum fun(self: dualuse.query.memberships, field: dualuse.membership.field): number? # The sum over the records it finds; nil where none has a value
---@field values fun(self: dualuse.query.memberships, field: dualuse.membership.field, ...: string): fun(): integer, ... # Loops over the ids and the values of the fields: no table is made, and a missing value is nil
---@field where fun(self: dualuse.query.memberships, conditions: dualuse.membership.where): dualuse.query.memberships # The records for which all of it holds, and what the query asked before

---store.memberships: a party in a group, and what became of it
---@class dualuse.collection.memberships: dualuse.query.memberships, dualuse.collection
---@field add fun(self: dualuse.collection.memberships, record: dualuse.membership.values, why?: dualuse.why): integer # Adds a record
---@field get fun(self: dualuse.collection.memberships, reference: dualuse.reference): dualuse.membership? # The record of that id, key, name or alias
---@field history fun(self: dualuse.collection.memberships, reference: dualuse.reference): dualuse.membership[] # Every state the record had, oldest first, with by and reason; `retracted` is true in one that took it back
---@field put fun(self: dualuse.collection.memberships, record: dualuse.membership.values, why?: dualuse.why): integer, "added"|"updated"|"unchanged" # Adds the record, or updates the one of that id, key or origin
---@field update fun(self: dualuse.collection.memberships, reference: dualuse.reference, changes: dualuse.membership.changes, why?: dualuse.why): boolean # Changes the fields given; dualuse

---@alias dualuse.item.category "material"|"equipment"|"software"|"technology"

---@alias dualuse.item.regimes "wassenaar"|"australia_group"|"nsg"|"mtcr"|"cwc"

---What may be given of a item: controlled goods, software and technology
---@class dualuse.item.changes
---@field key? string # a name of your own; never changed once given
---@field name? string # the common name
---@field category? dualuse.item.category # what it is
---@field parent? dualuse.reference # what it is a kind of
---@field aliases? string[] # other names
---@field hs? string # code of the Harmonized System
---@field eccn? string # export control classification number
---@field regimes? dualuse.item.regimes[] # the control regimes that list it
---@field uses? string[] # what it is used for
---@field sources? (dualuse.reference|dualuse.citation)[] # each a source, or { source, field=, locator=, quote= }
---@field inferred? boolean # in no source: reasoned in note
---@field note? string # what a reader should know
---@field origin? string # its identity in the file it came from

---A item to add
---@class dualuse.item.values: dualuse.item.changes
---@field key string
---@field name string

---A item as the store gives it: controlled goods, software and technology
---@class dualuse.item: dualuse.item.values, dualuse.record

---@class dualuse.item.where
---@field id? integer|integer[]|dualuse.operators
---@field key? string|string[]|dualuse.operators
---@field name? string|string[]|dualuse.operators
---@field category? dualuse.item.category|dualuse.item.category[]|dualuse.operators
---@field parent? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.item.where
---@field aliases? string|string[]|dualuse.operators
---@field hs? string|string[]|dualuse.operators
---@field eccn? string|string[]|dualuse.operators
---@field regimes? dualuse.item.regimes|dualuse.item.regimes[]|dualuse.operators
---@field uses? string|string[]|dualuse.operators
---@field sources? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.source.where
---@field inferred? boolean|boolean[]|dualuse.operators
---@field note? string|string[]|dualuse.operators
---@field origin? string|string[]|dualuse.operators
---@field revision? integer|integer[]|dualuse.operators
---@field recorded? string|string[]|dualuse.operators

---@alias dualuse.item.field "id"|"key"|"name"|"category"|"parent"|"aliases"|"hs"|"eccn"|"regimes"|"uses"|"sources"|"inferred"|"note"|"origin"|"revision"|"recorded"

---@class dualuse.query.items: dualuse.query
---@field all fun(self: dualuse.query.items): dualuse.item[] # All records that it finds, read into memory
---@field distinct fun(self: dualuse.query.items, field: dualuse.item.field): integer # How many different values the records it finds have
---@field each fun(self: dualuse.query.items): fun(): dualuse.item # Loops over the records
---@field first fun(self: dualuse.query.items): dualuse.item? # The first record that it finds
---@field limit fun(self: dualuse.query.items, count: integer, offset?: integer): dualuse.query.items # Of what the query finds, at most `count` records after the first `offset` ones
---@field max fun(self: dualuse.query.items, field: dualuse.item.field): number|string|nil # The greatest value of the records it finds; nil where none has one
---@field mean fun(self: dualuse.query.items, field: dualuse.item.field): number? # The mean over the records it finds that have a value; nil where none has
---@field median fun(self: dualuse.query.items, field: dualuse.item.field): number? # The median over the records it finds; nil where none has a value
---@field min fun(self: dualuse.query.items, field: dualuse.item.field): number|string|nil # The least value of the records it finds; nil where none has one
---@field once fun(self: dualuse.query.items, fields: string[], options?: table): dualuse.query.items # Of the records that agree in all of these fields, the first alone (the one with the lowest id)
---@field order fun(self: dualuse.query.items, field: dualuse.item.field, ...: string): dualuse.query.items # In the order of the fields, descending where one is written "-field"; dates by their first and then their last possible day, references by key
---@field search fun(self: dualuse.query.items, text: string): dualuse.query.items # The records whose title or text has all words of it, "phrases" as they stand, and words that begin with a prefix*; case and accents are ignored
---@field select fun(self: dualuse.query.items, field: dualuse.item.field, ...: string): dualuse.query.items # Records that hold only these fields, and their id
---@field sum fun(self: dualuse.query.items, field: dualuse.item.field): number? # The sum over the records it finds; nil where none has a value
---@field values fun(self: dualuse.query.items, field: dualuse.item.field, ...: string): fun(): integer, ... # Loops over the ids and the values of the fields: no table is made, and a missing value is nil
---@field where fun(self: dualuse.query.items, conditions: dualuse.item.where): dualuse.query.items # The records for which all of it holds, and what the query asked before

---store.items: controlled goods, software and technology
---@class dualuse.collection.items: dualuse.query.items, dualuse.collection
---@field add fun(self: dualuse.collection.items, record: dualuse.item.values, why?: dualuse.why): integer # Adds a record
---@field get fun(self: dualuse.collection.items, reference: dualuse.reference): dualuse.item? # The record of that id, key, name or alias
---@field history fun(self: dualuse.collection.items, reference: dualuse.reference): dualuse.item[] # Every state the record had, oldest first, with by and reason; `retracted` is true in one that took it back
---@field put fun(self: dualuse.collection.items, record: dualuse.item.values, why?: dualuse.why): integer, "added"|"updated"|"unchanged" # Adds the record, or updates the one of that id, key or origin
---@field update fun(self: dualuse.collection.items, reference: dualuse.reference, changes: dualuse.item.changes, why?: dualuse.why): boolean # Changes the fields given; dualuse

---@alias dualuse.dispute.channel "bilateral"|"mediation"|"consultations"|"panel"|"appeal"|"settled"

---What may be given of a dispute: what the rest is part of
---@class dualuse.dispute.changes
---@field key? string # a name of your own; never changed once given
---@field title? string # what it is about
---@field parties? dualuse.reference[] # who disputes
---@field channel? dualuse.dispute.channel # where it is fought out
---@field sources? (dualuse.reference|dualuse.citation)[] # each a source, or { source, field=, locator=, quote= }
---@field inferred? boolean # in no source: reasoned in note
---@field note? string # what a reader should know
---@field origin? string # its identity in the file it came from

---A dispute to add
---@class dualuse.dispute.values: dualuse.dispute.changes
---@field key string
---@field title string

---A dispute as the store gives it: what the rest is part of
---@class dualuse.dispute: dualuse.dispute.values, dualuse.record

---@class dualuse.dispute.where
---@field id? integer|integer[]|dualuse.operators
---@field key? string|string[]|dualuse.operators
---@field title? string|string[]|dualuse.operators
---@field parties? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field channel? dualuse.dispute.channel|dualuse.dispute.channel[]|dualuse.operators
---@field sources? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.source.where
---@field inferred? boolean|boolean[]|dualuse.operators
---@field note? string|string[]|dualuse.operators
---@field origin? string|string[]|dualuse.operators
---@field revision? integer|integer[]|dualuse.operators
---@field recorded? string|string[]|dualuse.operators

---@alias dualuse.dispute.field "id"|"key"|"title"|"parties"|"channel"|"sources"|"inferred"|"note"|"origin"|"revision"|"recorded"

---@class dualuse.query.disputes: dualuse.query
---@field all fun(self: dualuse.query.disputes): dualuse.dispute[] # All records that it finds, read into memory
---@field distinct fun(self: dualuse.query.disputes, field: dualuse.dispute.field): integer # How many different values the records it finds have
---@field each fun(self: dualuse.query.disputes): fun(): dualuse.dispute # Loops over the records
---@field first fun(self: dualuse.query.disputes): dualuse.dispute? # The first record that it finds
---@field limit fun(self: dualuse.query.disputes, count: integer, offset?: integer): dualuse.query.disputes # Of what the query finds, at most `count` records after the first `offset` ones
---@field max fun(self: dualuse.query.disputes, field: dualuse.dispute.field): number|string|nil # The greatest value of the records it finds; nil where none has one
---@field mean fun(self: dualuse.query.disputes, field: dualuse.dispute.field): number? # The mean over the records it finds that have a value; nil where none has
---@field median fun(self: dualuse.query.disputes, field: dualuse.dispute.field): number? # The median over the records it finds; nil where none has a value
---@field min fun(self: dualuse.query.disputes, field: dualuse.dispute.field): number|string|nil # The least value of the records it finds; nil where none has one
---@field once fun(self: dualuse.query.disputes, fields: string[], options?: table): dualuse.query.disputes # Of the records that agree in all of these fields, the first alone (the one with the lowest id)
---@field order fun(self: dualuse.query.disputes, field: dualuse.dispute.field, ...: string): dualuse.query.disputes # In the order of the fields, descending where one is written "-field"; dates by their first and then their last possible day, references by key
---@field search fun(self: dualuse.query.disputes, text: string): dualuse.query.disputes # The records whose title or text has all words of it, "phrases" as they stand, and words that begin with a prefix*; case and accents are ignored
---@field select fun(self: dualuse.query.disputes, field: dualuse.dispute.field, ...: string): dualuse.query.disputes # Records that hold only these fields, and their id
---@field sum fun(self: dualuse.query.disputes, field: dualuse.dispute.field): number? # The sum over the records it finds; nil where none has a value
---@field values fun(self: dualuse.query.disputes, field: dualuse.dispute.field, ...: string): fun(): integer, ... # Loops over the ids and the values of the fields: no table is made, and a missing value is nil
---@field where fun(self: dualuse.query.disputes, conditions: dualuse.dispute.where): dualuse.query.disputes # The records for which all of it holds, and what the query asked before

---store.disputes: what the rest is part of
---@class dualuse.collection.disputes: dualuse.query.disputes, dualuse.collection
---@field add fun(self: dualuse.collection.disputes, record: dualuse.dispute.values, why?: dualuse.why): integer # Adds a record
---@field get fun(self: dualuse.collection.disputes, reference: dualuse.reference): dualuse.dispute? # The record of that id, key, name or alias
---@field history fun(self: dualuse.collection.disputes, reference: dualuse.reference): dualuse.dispute[] # Every state the record had, oldest first, with by and reason; `retracted` is true in one that took it back
---@field put fun(self: dualuse.collection.disputes, record: dualuse.dispute.values, why?: dualuse.why): integer, "added"|"updated"|"unchanged" # Adds the record, or updates the one of that id, key or origin
---@field update fun(self: dualuse.collection.disputes, reference: dualuse.reference, changes: dualuse.dispute.changes, why?: dualuse.why): boolean # Changes the fields given; dualuse

---@alias dualuse.event.kind "agree"|"consult"|"support"|"concede"|"cooperate"|"aid"|"retreat"|"request"|"accuse"|"reject"|"threaten"|"protest"|"sanction"|"mobilize"|"coerce"|"assault"|"other"

---@alias dualuse.event.status "confirmed"|"reported"|"alleged"|"denied"

---What may be given of a event: who did what to whom, when
---@class dualuse.event.changes
---@field key? string # a name of your own; never changed once given
---@field date? dualuse.date # when
---@field kind? dualuse.event.kind # PLOVER event type
---@field title? string # what happened, in a line
---@field actor? dualuse.reference # who did it
---@field target? dualuse.reference # to whom
---@field participants? dualuse.reference[] # who else took part
---@field items? dualuse.reference[] # what it was about
---@field dispute? dualuse.reference # part of which dispute
---@field status? dualuse.event.status # how sure it is that it happened
---@field place? string # where
---@field mode? string # PLOVER mode
---@field contexts? string[] # PLOVER contexts
---@field code? string # CAMEO code
---@field quad? integer # quad class: 1 and 2 cooperation, 3 and 4 conflict
---@field goldstein? number # Goldstein scale
---@field mentions? integer # how often it was reported
---@field tone? number # average tone of the reports
---@field latitude? number # degrees north
---@field longitude? number # degrees east
---@field url? string # where a report stands
---@field sources? (dualuse.reference|dualuse.citation)[] # each a source, or { source, field=, locator=, quote= }
---@field inferred? boolean # in no source: reasoned in note
---@field note? string # what a reader should know
---@field origin? string # its identity in the file it came from

---A event to add
---@class dualuse.event.values: dualuse.event.changes
---@field date dualuse.date
---@field kind dualuse.event.kind

---A event as the store gives it: who did what to whom, when
---@class dualuse.event: dualuse.event.values, dualuse.record

---@class dualuse.event.where
---@field id? integer|integer[]|dualuse.operators
---@field key? string|string[]|dualuse.operators
---@field date? dualuse.date|dualuse.date[]|dualuse.operators
---@field kind? dualuse.event.kind|dualuse.event.kind[]|dualuse.operators
---@field title? string|string[]|dualuse.operators
---@field actor? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field target? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field participants? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field items? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.item.where
---@field dispute? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.dispute.where
---@field status? dualuse.event.status|dualuse.event.status[]|dualuse.operators
---@field place? string|string[]|dualuse.operators
---@field mode? string|string[]|dualuse.operators
---@field contexts? string|string[]|dualuse.operators
---@field code? string|string[]|dualuse.operators
---@field quad? integer|integer[]|dualuse.operators
---@field goldstein? number|number[]|dualuse.operators
---@field mentions? integer|integer[]|dualuse.operators
---@field tone? number|number[]|dualuse.operators
---@field latitude? number|number[]|dualuse.operators
---@field longitude? number|number[]|dualuse.operators
---@field url? string|string[]|dualuse.operators
---@field sources? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.source.where
---@field inferred? boolean|boolean[]|dualuse.operators
---@field note? string|string[]|dualuse.operators
---@field origin? string|string[]|dualuse.operators
---@field revision? integer|integer[]|dualuse.operators
---@field recorded? string|string[]|dualuse.operators

---@alias dualuse.event.field "id"|"key"|"date"|"kind"|"title"|"actor"|"target"|"participants"|"items"|"dispute"|"status"|"place"|"mode"|"contexts"|"code"|"quad"|"goldstein"|"mentions"|"tone"|"latitude"|"longitude"|"url"|"sources"|"inferred"|"note"|"origin"|"revision"|"recorded"

---@class dualuse.query.events: dualuse.query
---@field all fun(self: dualuse.query.events): dualuse.event[] # All records that it finds, read into memory
---@field distinct fun(self: dualuse.query.events, field: dualuse.event.field): integer # How many different values the records it finds have
---@field each fun(self: dualuse.query.events): fun(): dualuse.event # Loops over the records
---@field first fun(self: dualuse.query.events): dualuse.event? # The first record that it finds
---@field limit fun(self: dualuse.query.events, count: integer, offset?: integer): dualuse.query.events # Of what the query finds, at most `count` records after the first `offset` ones
---@field max fun(self: dualuse.query.events, field: dualuse.event.field): number|string|nil # The greatest value of the records it finds; nil where none has one
---@field mean fun(self: dualuse.query.events, field: dualuse.event.field): number? # The mean over the records it finds that have a value; nil where none has
---@field median fun(self: dualuse.query.events, field: dualuse.event.field): number? # The median over the records it finds; nil where none has a value
---@field min fun(self: dualuse.query.events, field: dualuse.event.field): number|string|nil # The least value of the records it finds; nil where none has one
---@field once fun(self: dualuse.query.events, fields: string[], options?: table): dualuse.query.events # Of the records that agree in all of these fields, the first alone (the one with the lowest id)
---@field order fun(self: dualuse.query.events, field: dualuse.event.field, ...: string): dualuse.query.events # In the order of the fields, descending where one is written "-field"; dates by their first and then their last possible day, references by key
---@field search fun(self: dualuse.query.events, text: string): dualuse.query.events # The records whose title or text has all words of it, "phrases" as they stand, and words that begin with a prefix*; case and accents are ignored
---@field select fun(self: dualuse.query.events, field: dualuse.event.field, ...: string): dualuse.query.events # Records that hold only these fields, and their id
---@field sum fun(self: dualuse.query.events, field: dualuse.event.field): number? # The sum over the records it finds; nil where none has a value
---@field values fun(self: dualuse.query.events, field: dualuse.event.field, ...: string): fun(): integer, ... # Loops over the ids and the values of the fields: no table is made, and a missing value is nil
---@field where fun(self: dualuse.query.events, conditions: dualuse.event.where): dualuse.query.events # The records for which all of it holds, and what the query asked before

---store.events: who did what to whom, when
---@class dualuse.collection.events: dualuse.query.events, dualuse.collection
---@field add fun(self: dualuse.collection.events, record: dualuse.event.values, why?: dualuse.why): integer # Adds a record
---@field get fun(self: dualuse.collection.events, reference: dualuse.reference): dualuse.event? # The record of that id, key, name or alias
---@field history fun(self: dualuse.collection.events, reference: dualuse.reference): dualuse.event[] # Every state the record had, oldest first, with by and reason; `retracted` is true in one that took it back
---@field put fun(self: dualuse.collection.events, record: dualuse.event.values, why?: dualuse.why): integer, "added"|"updated"|"unchanged" # Adds the record, or updates the one of that id, key or origin
---@field update fun(self: dualuse.collection.events, reference: dualuse.reference, changes: dualuse.event.changes, why?: dualuse.why): boolean # Changes the fields given; dualuse

---What may be given of a question: what is contested
---@class dualuse.question.changes
---@field key? string # a name of your own; never changed once given
---@field title? string # the question
---@field dispute? dualuse.reference # part of which dispute
---@field sources? (dualuse.reference|dualuse.citation)[] # each a source, or { source, field=, locator=, quote= }
---@field inferred? boolean # in no source: reasoned in note
---@field note? string # what a reader should know
---@field origin? string # its identity in the file it came from

---A question to add
---@class dualuse.question.values: dualuse.question.changes
---@field key string
---@field title string

---A question as the store gives it: what is contested
---@class dualuse.question: dualuse.question.values, dualuse.record

---@class dualuse.question.where
---@field id? integer|integer[]|dualuse.operators
---@field key? string|string[]|dualuse.operators
---@field title? string|string[]|dualuse.operators
---@field dispute? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.dispute.where
---@field sources? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.source.where
---@field inferred? boolean|boolean[]|dualuse.operators
---@field note? string|string[]|dualuse.operators
---@field origin? string|string[]|dualuse.operators
---@field revision? integer|integer[]|dualuse.operators
---@field recorded? string|string[]|dualuse.operators

---@alias dualuse.question.field "id"|"key"|"title"|"dispute"|"sources"|"inferred"|"note"|"origin"|"revision"|"recorded"

---@class dualuse.query.questions: dualuse.query
---@field all fun(self: dualuse.query.questions): dualuse.question[] # All records that it finds, read into memory
---@field distinct fun(self: dualuse.query.questions, field: dualuse.question.field): integer # How many different values the records it finds have
---@field each fun(self: dualuse.query.questions): fun(): dualuse.question # Loops over the records
---@field first fun(self: dualuse.query.questions): dualuse.question? # The first record that it finds
---@field limit fun(self: dualuse.query.questions, count: integer, offset?: integer): dualuse.query.questions # Of what the query finds, at most `count` records after the first `offset` ones
---@field max fun(self: dualuse.query.questions, field: dualuse.question.field): number|string|nil # The greatest value of the records it finds; nil where none has one
---@field mean fun(self: dualuse.query.questions, field: dualuse.question.field): number? # The mean over the records it finds that have a value; nil where none has
---@field median fun(self: dualuse.query.questions, field: dualuse.question.field): number? # The median over the records it finds; nil where none has a value
---@field min fun(self: dualuse.query.questions, field: dualuse.question.field): number|string|nil # The least value of the records it finds; nil where none has one
---@field once fun(self: dualuse.query.questions, fields: string[], options?: table): dualuse.query.questions # Of the records that agree in all of these fields, the first alone (the one with the lowest id)
---@field order fun(self: dualuse.query.questions, field: dualuse.question.field, ...: string): dualuse.query.questions # In the order of the fields, descending where one is written "-field"; dates by their first and then their last possible day, references by key
---@field search fun(self: dualuse.query.questions, text: string): dualuse.query.questions # The records whose title or text has all words of it, "phrases" as they stand, and words that begin with a prefix*; case and accents are ignored
---@field select fun(self: dualuse.query.questions, field: dualuse.question.field, ...: string): dualuse.query.questions # Records that hold only these fields, and their id
---@field sum fun(self: dualuse.query.questions, field: dualuse.question.field): number? # The sum over the records it finds; nil where none has a value
---@field values fun(self: dualuse.query.questions, field: dualuse.question.field, ...: string): fun(): integer, ... # Loops over the ids and the values of the fields: no table is made, and a missing value is nil
---@field where fun(self: dualuse.query.questions, conditions: dualuse.question.where): dualuse.query.questions # The records for which all of it holds, and what the query asked before

---store.questions: what is contested
---@class dualuse.collection.questions: dualuse.query.questions, dualuse.collection
---@field add fun(self: dualuse.collection.questions, record: dualuse.question.values, why?: dualuse.why): integer # Adds a record
---@field get fun(self: dualuse.collection.questions, reference: dualuse.reference): dualuse.question? # The record of that id, key, name or alias
---@field history fun(self: dualuse.collection.questions, reference: dualuse.reference): dualuse.question[] # Every state the record had, oldest first, with by and reason; `retracted` is true in one that took it back
---@field put fun(self: dualuse.collection.questions, record: dualuse.question.values, why?: dualuse.why): integer, "added"|"updated"|"unchanged" # Adds the record, or updates the one of that id, key or origin
---@field update fun(self: dualuse.collection.questions, reference: dualuse.reference, changes: dualuse.question.changes, why?: dualuse.why): boolean # Changes the fields given; dualuse

---@alias dualuse.claim.stance "asserts"|"denies"|"doubts"|"declines"|"qualifies"

---@alias dualuse.claim.attribution "named"|"anonymous"|"unattributed"

---@alias dualuse.claim.directness "quoted"|"paraphrased"|"reported"

---What may be given of a claim: who says what on a question
---@class dualuse.claim.changes
---@field key? string # a name of your own; never changed once given
---@field question? dualuse.reference # what it answers
---@field speaker? dualuse.reference # who says so; absent: widely seen
---@field role? string # the speaker's office or title, as given
---@field stance? dualuse.claim.stance # on the question
---@field text? string # what is said
---@field date? dualuse.date # when it was said
---@field attribution? dualuse.claim.attribution # whether the source names who spoke
---@field directness? dualuse.claim.directness # how the source gives it
---@field about? dualuse.reference # the record it is about
---@field replies_to? dualuse.reference # the claim it answers
---@field sources? (dualuse.reference|dualuse.citation)[] # each a source, or { source, field=, locator=, quote= }
---@field inferred? boolean # in no source: reasoned in note
---@field note? string # what a reader should know
---@field origin? string # its identity in the file it came from

---A claim to add
---@class dualuse.claim.values: dualuse.claim.changes
---@field question dualuse.reference
---@field stance dualuse.claim.stance

---A claim as the store gives it: who says what on a question
---@class dualuse.claim: dualuse.claim.values, dualuse.record

---@class dualuse.claim.where
---@field id? integer|integer[]|dualuse.operators
---@field key? string|string[]|dualuse.operators
---@field question? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.question.where
---@field speaker? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field role? string|string[]|dualuse.operators
---@field stance? dualuse.claim.stance|dualuse.claim.stance[]|dualuse.operators
---@field text? string|string[]|dualuse.operators
---@field date? dualuse.date|dualuse.date[]|dualuse.operators
---@field attribution? dualuse.claim.attribution|dualuse.claim.attribution[]|dualuse.operators
---@field directness? dualuse.claim.directness|dualuse.claim.directness[]|dualuse.operators
---@field about? dualuse.reference|dualuse.reference[]|dualuse.operators
---@field replies_to? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.claim.where
---@field sources? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.source.where
---@field inferred? boolean|boolean[]|dualuse.operators
---@field note? string|string[]|dualuse.operators
---@field origin? string|string[]|dualuse.operators
---@field revision? integer|integer[]|dualuse.operators
---@field recorded? string|string[]|dualuse.operators

---@alias dualuse.claim.field "id"|"key"|"question"|"speaker"|"role"|"stance"|"text"|"date"|"attribution"|"directness"|"about"|"replies_to"|"sources"|"inferred"|"note"|"origin"|"revision"|"recorded"

---@class dualuse.query.claims: dualuse.query
---@field all fun(self: dualuse.query.claims): dualuse.claim[] # All records that it finds, read into memory
---@field distinct fun(self: dualuse.query.claims, field: dualuse.claim.field): integer # How many different values the records it finds have
---@field each fun(self: dualuse.query.claims): fun(): dualuse.claim # Loops over the records
---@field first fun(self: dualuse.query.claims): dualuse.claim? # The first record that it finds
---@field limit fun(self: dualuse.query.claims, count: integer, offset?: integer): dualuse.query.claims # Of what the query finds, at most `count` records after the first `offset` ones
---@field max fun(self: dualuse.query.claims, field: dualuse.claim.field): number|string|nil # The greatest value of the records it finds; nil where none has one
---@field mean fun(self: dualuse.query.claims, field: dualuse.claim.field): number? # The mean over the records it finds that have a value; nil where none has
---@field median fun(self: dualuse.query.claims, field: dualuse.claim.field): number? # The median over the records it finds; nil where none has a value
---@field min fun(self: dualuse.query.claims, field: dualuse.claim.field): number|string|nil # The least value of the records it finds; nil where none has one
---@field once fun(self: dualuse.query.claims, fields: string[], options?: table): dualuse.query.claims # Of the records that agree in all of these fields, the first alone (the one with the lowest id)
---@field order fun(self: dualuse.query.claims, field: dualuse.claim.field, ...: string): dualuse.query.claims # In the order of the fields, descending where one is written "-field"; dates by their first and then their last possible day, references by key
---@field search fun(self: dualuse.query.claims, text: string): dualuse.query.claims # The records whose title or text has all words of it, "phrases" as they stand, and words that begin with a prefix*; case and accents are ignored
---@field select fun(self: dualuse.query.claims, field: dualuse.claim.field, ...: string): dualuse.query.claims # Records that hold only these fields, and their id
---@field sum fun(self: dualuse.query.claims, field: dualuse.claim.field): number? # The sum over the records it finds; nil where none has a value
---@field values fun(self: dualuse.query.claims, field: dualuse.claim.field, ...: string): fun(): integer, ... # Loops over the ids and the values of the fields: no table is made, and a missing value is nil
---@field where fun(self: dualuse.query.claims, conditions: dualuse.claim.where): dualuse.query.claims # The records for which all of it holds, and what the query asked before

---store.claims: who says what on a question
---@class dualuse.collection.claims: dualuse.query.claims, dualuse.collection
---@field add fun(self: dualuse.collection.claims, record: dualuse.claim.values, why?: dualuse.why): integer # Adds a record
---@field get fun(self: dualuse.collection.claims, reference: dualuse.reference): dualuse.claim? # The record of that id, key, name or alias
---@field history fun(self: dualuse.collection.claims, reference: dualuse.reference): dualuse.claim[] # Every state the record had, oldest first, with by and reason; `retracted` is true in one that took it back
---@field put fun(self: dualuse.collection.claims, record: dualuse.claim.values, why?: dualuse.why): integer, "added"|"updated"|"unchanged" # Adds the record, or updates the one of that id, key or origin
---@field update fun(self: dualuse.collection.claims, reference: dualuse.reference, changes: dualuse.claim.changes, why?: dualuse.why): boolean # Changes the fields given; dualuse

---@alias dualuse.measure.activities "export"|"re_export"|"transit"|"brokering"|"technology"|"transfer"

---@alias dualuse.measure.requirement "none"|"general"|"bulk"|"individual"|"prohibited"

---What may be given of a measure: licence requirements, and what became of them
---@class dualuse.measure.changes
---@field key? string # a name of your own; never changed once given
---@field title? string # what it is
---@field jurisdiction? dualuse.reference # who set it
---@field basis? string # the legal regime it belongs to
---@field destinations? dualuse.reference[] # for whom; none is for any
---@field items? dualuse.reference[] # for what; none is any controlled item
---@field activities? dualuse.measure.activities[] # for what acts; none is for any
---@field requirement? dualuse.measure.requirement # the licence needed
---@field term? string # the issuer's own name for it
---@field review_policy? string # how applications are decided
---@field excepts? dualuse.reference[] # measures that yield to this one
---@field penalties? string # for a breach
---@field dispute? dualuse.reference # part of which dispute
---@field stages? dualuse.stage.values[] # what became of it: stage, date, sources
---@field sources? (dualuse.reference|dualuse.citation)[] # each a source, or { source, field=, locator=, quote= }
---@field inferred? boolean # in no source: reasoned in note
---@field note? string # what a reader should know
---@field origin? string # its identity in the file it came from

---A measure to add
---@class dualuse.measure.values: dualuse.measure.changes
---@field title string
---@field jurisdiction dualuse.reference
---@field requirement dualuse.measure.requirement

---A measure as the store gives it: licence requirements, and what became of them
---@class dualuse.measure: dualuse.measure.values, dualuse.record

---@class dualuse.measure.where
---@field id? integer|integer[]|dualuse.operators
---@field key? string|string[]|dualuse.operators
---@field title? string|string[]|dualuse.operators
---@field jurisdiction? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field basis? string|string[]|dualuse.operators
---@field destinations? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field items? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.item.where
---@field activities? dualuse.measure.activities|dualuse.measure.activities[]|dualuse.operators
---@field requirement? dualuse.measure.requirement|dualuse.measure.requirement[]|dualuse.operators
---@field term? string|string[]|dualuse.operators
---@field review_policy? string|string[]|dualuse.operators
---@field excepts? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.measure.where
---@field penalties? string|string[]|dualuse.operators
---@field dispute? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.dispute.where
---@field stages? dualuse.stage.values|dualuse.stage.values[]|dualuse.operators|dualuse.stage.where
---@field sources? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.source.where
---@field inferred? boolean|boolean[]|dualuse.operators
---@field note? string|string[]|dualuse.operators
---@field origin? string|string[]|dualuse.operators
---@field revision? integer|integer[]|dualuse.operators
---@field recorded? string|string[]|dualuse.operators

---@alias dualuse.measure.field "id"|"key"|"title"|"jurisdiction"|"basis"|"destinations"|"items"|"activities"|"requirement"|"term"|"review_policy"|"excepts"|"penalties"|"dispute"|"stages"|"sources"|"inferred"|"note"|"origin"|"revision"|"recorded"

---@class dualuse.query.measures: dualuse.query
---@field all fun(self: dualuse.query.measures): dualuse.measure[] # All records that it finds, read into memory
---@field distinct fun(self: dualuse.query.measures, field: dualuse.measure.field): integer # How many different values the records it finds have
---@field each fun(self: dualuse.query.measures): fun(): dualuse.measure # Loops over the records
---@field first fun(self: dualuse.query.measures): dualuse.measure? # The first record that it finds
---@field limit fun(self: dualuse.query.measures, count: integer, offset?: integer): dualuse.query.measures # Of what the query finds, at most `count` records after the first `offset` ones
---@field max fun(self: dualuse.query.measures, field: dualuse.measure.field): number|string|nil # The greatest value of the records it finds; nil where none has one
---@field mean fun(self: dualuse.query.measures, field: dualuse.measure.field): number? # The mean over the records it finds that have a value; nil where none has
---@field median fun(self: dualuse.query.measures, field: dualuse.measure.field): number? # The median over the records it finds; nil where none has a value
---@field min fun(self: dualuse.query.measures, field: dualuse.measure.field): number|string|nil # The least value of the records it finds; nil where none has one
---@field once fun(self: dualuse.query.measures, fields: string[], options?: table): dualuse.query.measures # Of the records that agree in all of these fields, the first alone (the one with the lowest id)
---@field order fun(self: dualuse.query.measures, field: dualuse.measure.field, ...: string): dualuse.query.measures # In the order of the fields, descending where one is written "-field"; dates by their first and then their last possible day, references by key
---@field search fun(self: dualuse.query.measures, text: string): dualuse.query.measures # The records whose title or text has all words of it, "phrases" as they stand, and words that begin with a prefix*; case and accents are ignored
---@field select fun(self: dualuse.query.measures, field: dualuse.measure.field, ...: string): dualuse.query.measures # Records that hold only these fields, and their id
---@field sum fun(self: dualuse.query.measures, field: dualuse.measure.field): number? # The sum over the records it finds; nil where none has a value
---@field values fun(self: dualuse.query.measures, field: dualuse.measure.field, ...: string): fun(): integer, ... # Loops over the ids and the values of the fields: no table is made, and a missing value is nil
---@field where fun(self: dualuse.query.measures, conditions: dualuse.measure.where): dualuse.query.measures # The records for which all of it holds, and what the query asked before

---store.measures: licence requirements, and what became of them
---@class dualuse.collection.measures: dualuse.query.measures, dualuse.collection
---@field add fun(self: dualuse.collection.measures, record: dualuse.measure.values, why?: dualuse.why): integer # Adds a record
---@field get fun(self: dualuse.collection.measures, reference: dualuse.reference): dualuse.measure? # The record of that id, key, name or alias
---@field history fun(self: dualuse.collection.measures, reference: dualuse.reference): dualuse.measure[] # Every state the record had, oldest first, with by and reason; `retracted` is true in one that took it back
---@field put fun(self: dualuse.collection.measures, record: dualuse.measure.values, why?: dualuse.why): integer, "added"|"updated"|"unchanged" # Adds the record, or updates the one of that id, key or origin
---@field update fun(self: dualuse.collection.measures, reference: dualuse.reference, changes: dualuse.measure.changes, why?: dualuse.why): boolean # Changes the fields given; dualuse

---@alias dualuse.stage.stage "considered"|"announced"|"in_force"|"end_considered"|"end_announced"|"ended"

---What may be given of a stage: of measures and memberships
---@class dualuse.stage.changes
---@field key? string # a name of your own; never changed once given
---@field of? dualuse.reference # the measure or membership
---@field stage? dualuse.stage.stage # what became of it
---@field date? dualuse.date # when
---@field sources? (dualuse.reference|dualuse.citation)[] # each a source, or { source, field=, locator=, quote= }
---@field inferred? boolean # in no source: reasoned in note
---@field note? string # what a reader should know
---@field origin? string # its identity in the file it came from

---A stage to add
---@class dualuse.stage.values: dualuse.stage.changes
---@field of dualuse.reference
---@field stage dualuse.stage.stage
---@field date dualuse.date

---A stage as the store gives it: of measures and memberships
---@class dualuse.stage: dualuse.stage.values, dualuse.record

---@class dualuse.stage.where
---@field id? integer|integer[]|dualuse.operators
---@field key? string|string[]|dualuse.operators
---@field of? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.membership.where|dualuse.measure.where
---@field stage? dualuse.stage.stage|dualuse.stage.stage[]|dualuse.operators
---@field date? dualuse.date|dualuse.date[]|dualuse.operators
---@field sources? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.source.where
---@field inferred? boolean|boolean[]|dualuse.operators
---@field note? string|string[]|dualuse.operators
---@field origin? string|string[]|dualuse.operators
---@field revision? integer|integer[]|dualuse.operators
---@field recorded? string|string[]|dualuse.operators

---@alias dualuse.stage.field "id"|"key"|"of"|"stage"|"date"|"sources"|"inferred"|"note"|"origin"|"revision"|"recorded"

---@class dualuse.query.stages: dualuse.query
---@field all fun(self: dualuse.query.stages): dualuse.stage[] # All records that it finds, read into memory
---@field distinct fun(self: dualuse.query.stages, field: dualuse.stage.field): integer # How many different values the records it finds have
---@field each fun(self: dualuse.query.stages): fun(): dualuse.stage # Loops over the records
---@field first fun(self: dualuse.query.stages): dualuse.stage? # The first record that it finds
---@field limit fun(self: dualuse.query.stages, count: integer, offset?: integer): dualuse.query.stages # Of what the query finds, at most `count` records after the first `offset` ones
---@field max fun(self: dualuse.query.stages, field: dualuse.stage.field): number|string|nil # The greatest value of the records it finds; nil where none has one
---@field mean fun(self: dualuse.query.stages, field: dualuse.stage.field): number? # The mean over the records it finds that have a value; nil where none has
---@field median fun(self: dualuse.query.stages, field: dualuse.stage.field): number? # The median over the records it finds; nil where none has a value
---@field min fun(self: dualuse.query.stages, field: dualuse.stage.field): number|string|nil # The least value of the records it finds; nil where none has one
---@field once fun(self: dualuse.query.stages, fields: string[], options?: table): dualuse.query.stages # Of the records that agree in all of these fields, the first alone (the one with the lowest id)
---@field order fun(self: dualuse.query.stages, field: dualuse.stage.field, ...: string): dualuse.query.stages # In the order of the fields, descending where one is written "-field"; dates by their first and then their last possible day, references by key
---@field search fun(self: dualuse.query.stages, text: string): dualuse.query.stages # The records whose title or text has all words of it, "phrases" as they stand, and words that begin with a prefix*; case and accents are ignored
---@field select fun(self: dualuse.query.stages, field: dualuse.stage.field, ...: string): dualuse.query.stages # Records that hold only these fields, and their id
---@field sum fun(self: dualuse.query.stages, field: dualuse.stage.field): number? # The sum over the records it finds; nil where none has a value
---@field values fun(self: dualuse.query.stages, field: dualuse.stage.field, ...: string): fun(): integer, ... # Loops over the ids and the values of the fields: no table is made, and a missing value is nil
---@field where fun(self: dualuse.query.stages, conditions: dualuse.stage.where): dualuse.query.stages # The records for which all of it holds, and what the query asked before

---store.stages: of measures and memberships
---@class dualuse.collection.stages: dualuse.query.stages, dualuse.collection
---@field add fun(self: dualuse.collection.stages, record: dualuse.stage.values, why?: dualuse.why): integer # Adds a record
---@field get fun(self: dualuse.collection.stages, reference: dualuse.reference): dualuse.stage? # The record of that id, key, name or alias
---@field history fun(self: dualuse.collection.stages, reference: dualuse.reference): dualuse.stage[] # Every state the record had, oldest first, with by and reason; `retracted` is true in one that took it back
---@field put fun(self: dualuse.collection.stages, record: dualuse.stage.values, why?: dualuse.why): integer, "added"|"updated"|"unchanged" # Adds the record, or updates the one of that id, key or origin
---@field update fun(self: dualuse.collection.stages, reference: dualuse.reference, changes: dualuse.stage.changes, why?: dualuse.why): boolean # Changes the fields given; dualuse

---@alias dualuse.application.decision "pending"|"approved"|"denied"|"returned"|"withdrawn"

---What may be given of a application: contracts put to a licensing authority
---@class dualuse.application.changes
---@field key? string # a name of your own; never changed once given
---@field date? dualuse.date # when it was made
---@field exporter? dualuse.reference # who wants to export
---@field end_user? dualuse.reference # who is to use it
---@field jurisdiction? dualuse.reference # who decides
---@field destination? dualuse.reference # where it is to go
---@field items? dualuse.reference[] # what
---@field quantity? number # how much
---@field unit? string # of the quantity
---@field value? number # of the contract, in whole units of currency
---@field currency? string # ISO 4217
---@field measure? dualuse.reference # that requires the licence
---@field decision? dualuse.application.decision # what came of it
---@field decided? dualuse.date # when it was decided
---@field conditions? string # of the licence
---@field sources? (dualuse.reference|dualuse.citation)[] # each a source, or { source, field=, locator=, quote= }
---@field inferred? boolean # in no source: reasoned in note
---@field note? string # what a reader should know
---@field origin? string # its identity in the file it came from

---A application to add
---@class dualuse.application.values: dualuse.application.changes
---@field date dualuse.date
---@field jurisdiction dualuse.reference
---@field destination dualuse.reference
---@field items dualuse.reference[]
---@field decision dualuse.application.decision

---A application as the store gives it: contracts put to a licensing authority
---@class dualuse.application: dualuse.application.values, dualuse.record

---@class dualuse.application.where
---@field id? integer|integer[]|dualuse.operators
---@field key? string|string[]|dualuse.operators
---@field date? dualuse.date|dualuse.date[]|dualuse.operators
---@field exporter? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field end_user? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field jurisdiction? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field destination? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field items? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.item.where
---@field quantity? number|number[]|dualuse.operators
---@field unit? string|string[]|dualuse.operators
---@field value? number|number[]|dualuse.operators
---@field currency? string|string[]|dualuse.operators
---@field measure? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.measure.where
---@field decision? dualuse.application.decision|dualuse.application.decision[]|dualuse.operators
---@field decided? dualuse.date|dualuse.date[]|dualuse.operators
---@field conditions? string|string[]|dualuse.operators
---@field sources? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.source.where
---@field inferred? boolean|boolean[]|dualuse.operators
---@field note? string|string[]|dualuse.operators
---@field origin? string|string[]|dualuse.operators
---@field revision? integer|integer[]|dualuse.operators
---@field recorded? string|string[]|dualuse.operators

---@alias dualuse.application.field "id"|"key"|"date"|"exporter"|"end_user"|"jurisdiction"|"destination"|"items"|"quantity"|"unit"|"value"|"currency"|"measure"|"decision"|"decided"|"conditions"|"sources"|"inferred"|"note"|"origin"|"revision"|"recorded"

---@class dualuse.query.applications: dualuse.query
---@field all fun(self: dualuse.query.applications): dualuse.application[] # All records that it finds, read into memory
---@field distinct fun(self: dualuse.query.applications, field: dualuse.application.field): integer # How many different values the records it finds have
---@field each fun(self: dualuse.query.applications): fun(): dualuse.application # Loops over the records
---@field first fun(self: dualuse.query.applications): dualuse.application? # The first record that it finds
---@field limit fun(self: dualuse.query.applications, count: integer, offset?: integer): dualuse.query.applications # Of what the query finds, at most `count` records after the first `offset` ones
---@field max fun(self: dualuse.query.applications, field: dualuse.application.field): number|string|nil # The greatest value of the records it finds; nil where none has one
---@field mean fun(self: dualuse.query.applications, field: dualuse.application.field): number? # The mean over the records it finds that have a value; nil where none has
---@field median fun(self: dualuse.query.applications, field: dualuse.application.field): number? # The median over the records it finds; nil where none has a value
---@field min fun(self: dualuse.query.applications, field: dualuse.application.field): number|string|nil # The least value of the records it finds; nil where none has one
---@field once fun(self: dualuse.query.applications, fields: string[], options?: table): dualuse.query.applications # Of the records that agree in all of these fields, the first alone (the one with the lowest id)
---@field order fun(self: dualuse.query.applications, field: dualuse.application.field, ...: string): dualuse.query.applications # In the order of the fields, descending where one is written "-field"; dates by their first and then their last possible day, references by key
---@field search fun(self: dualuse.query.applications, text: string): dualuse.query.applications # The records whose title or text has all words of it, "phrases" as they stand, and words that begin with a prefix*; case and accents are ignored
---@field select fun(self: dualuse.query.applications, field: dualuse.application.field, ...: string): dualuse.query.applications # Records that hold only these fields, and their id
---@field sum fun(self: dualuse.query.applications, field: dualuse.application.field): number? # The sum over the records it finds; nil where none has a value
---@field values fun(self: dualuse.query.applications, field: dualuse.application.field, ...: string): fun(): integer, ... # Loops over the ids and the values of the fields: no table is made, and a missing value is nil
---@field where fun(self: dualuse.query.applications, conditions: dualuse.application.where): dualuse.query.applications # The records for which all of it holds, and what the query asked before

---store.applications: contracts put to a licensing authority
---@class dualuse.collection.applications: dualuse.query.applications, dualuse.collection
---@field add fun(self: dualuse.collection.applications, record: dualuse.application.values, why?: dualuse.why): integer # Adds a record
---@field get fun(self: dualuse.collection.applications, reference: dualuse.reference): dualuse.application? # The record of that id, key, name or alias
---@field history fun(self: dualuse.collection.applications, reference: dualuse.reference): dualuse.application[] # Every state the record had, oldest first, with by and reason; `retracted` is true in one that took it back
---@field put fun(self: dualuse.collection.applications, record: dualuse.application.values, why?: dualuse.why): integer, "added"|"updated"|"unchanged" # Adds the record, or updates the one of that id, key or origin
---@field update fun(self: dualuse.collection.applications, reference: dualuse.reference, changes: dualuse.application.changes, why?: dualuse.why): boolean # Changes the fields given; dualuse

---@alias dualuse.case.offences "unlicensed_export"|"diversion"|"re_export"|"transit"|"brokering"|"false_declaration"|"deemed_export"|"breach_of_condition"|"sanctions_evasion"

---@alias dualuse.case.stopped "intercepted"|"completed"|"unknown"

---@alias dualuse.case.detected_by "authority"|"customs"|"self_disclosure"|"tip"|"partner"

---@alias dualuse.case.disposition "detected"|"investigating"|"closed"|"no_action"|"acquitted"|"sanctioned"

---@alias dualuse.case.outcomes "warning"|"education_order"|"referral"|"settlement"|"fine"|"denial_order"|"conviction"|"forfeiture"

---What may be given of a case: unauthorised exports that were caught
---@class dualuse.case.changes
---@field key? string # a name of your own; never changed once given
---@field authority? dualuse.reference # who caught it
---@field date? dualuse.date # when it was detected
---@field exported? dualuse.date # when it was exported
---@field items? dualuse.reference[] # what
---@field quantity? number # how much
---@field unit? string # of the quantity
---@field origin_country? dualuse.reference # where it was made
---@field exporter? dualuse.reference # who exported it
---@field exporter_country? dualuse.reference # the exporter's state
---@field end_user? dualuse.reference # who was to use it
---@field destination? dualuse.reference # where it went
---@field parties? dualuse.reference[] # who else was involved
---@field offences? dualuse.case.offences[] # what was done
---@field stopped? dualuse.case.stopped # whether it got through
---@field detected_by? dualuse.case.detected_by # how it came to light
---@field disposition? dualuse.case.disposition # how far it has come
---@field outcomes? dualuse.case.outcomes[] # what it led to
---@field fine? integer # in whole units of currency
---@field fine_suspended? integer # the part that was suspended
---@field currency? string # ISO 4217
---@field prison_months? integer # of the sentence
---@field publicised? boolean # made public as flagrant
---@field dispute? dualuse.reference # part of which dispute
---@field sources? (dualuse.reference|dualuse.citation)[] # each a source, or { source, field=, locator=, quote= }
---@field inferred? boolean # in no source: reasoned in note
---@field note? string # what a reader should know
---@field origin? string # its identity in the file it came from

---A case to add
---@class dualuse.case.values: dualuse.case.changes
---@field authority dualuse.reference

---A case as the store gives it: unauthorised exports that were caught
---@class dualuse.case: dualuse.case.values, dualuse.record

---@class dualuse.case.where
---@field id? integer|integer[]|dualuse.operators
---@field key? string|string[]|dualuse.operators
---@field authority? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field date? dualuse.date|dualuse.date[]|dualuse.operators
---@field exported? dualuse.date|dualuse.date[]|dualuse.operators
---@field items? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.item.where
---@field quantity? number|number[]|dualuse.operators
---@field unit? string|string[]|dualuse.operators
---@field origin_country? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field exporter? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field exporter_country? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field end_user? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field destination? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field parties? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field offences? dualuse.case.offences|dualuse.case.offences[]|dualuse.operators
---@field stopped? dualuse.case.stopped|dualuse.case.stopped[]|dualuse.operators
---@field detected_by? dualuse.case.detected_by|dualuse.case.detected_by[]|dualuse.operators
---@field disposition? dualuse.case.disposition|dualuse.case.disposition[]|dualuse.operators
---@field outcomes? dualuse.case.outcomes|dualuse.case.outcomes[]|dualuse.operators
---@field fine? integer|integer[]|dualuse.operators
---@field fine_suspended? integer|integer[]|dualuse.operators
---@field currency? string|string[]|dualuse.operators
---@field prison_months? integer|integer[]|dualuse.operators
---@field publicised? boolean|boolean[]|dualuse.operators
---@field dispute? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.dispute.where
---@field sources? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.source.where
---@field inferred? boolean|boolean[]|dualuse.operators
---@field note? string|string[]|dualuse.operators
---@field origin? string|string[]|dualuse.operators
---@field revision? integer|integer[]|dualuse.operators
---@field recorded? string|string[]|dualuse.operators

---@alias dualuse.case.field "id"|"key"|"authority"|"date"|"exported"|"items"|"quantity"|"unit"|"origin_country"|"exporter"|"exporter_country"|"end_user"|"destination"|"parties"|"offences"|"stopped"|"detected_by"|"disposition"|"outcomes"|"fine"|"fine_suspended"|"currency"|"prison_months"|"publicised"|"dispute"|"sources"|"inferred"|"note"|"origin"|"revision"|"recorded"

---@class dualuse.query.cases: dualuse.query
---@field all fun(self: dualuse.query.cases): dualuse.case[] # All records that it finds, read into memory
---@field distinct fun(self: dualuse.query.cases, field: dualuse.case.field): integer # How many different values the records it finds have
---@field each fun(self: dualuse.query.cases): fun(): dualuse.case # Loops over the records
---@field first fun(self: dualuse.query.cases): dualuse.case? # The first record that it finds
---@field limit fun(self: dualuse.query.cases, count: integer, offset?: integer): dualuse.query.cases # Of what the query finds, at most `count` records after the first `offset` ones
---@field max fun(self: dualuse.query.cases, field: dualuse.case.field): number|string|nil # The greatest value of the records it finds; nil where none has one
---@field mean fun(self: dualuse.query.cases, field: dualuse.case.field): number? # The mean over the records it finds that have a value; nil where none has
---@field median fun(self: dualuse.query.cases, field: dualuse.case.field): number? # The median over the records it finds; nil where none has a value
---@field min fun(self: dualuse.query.cases, field: dualuse.case.field): number|string|nil # The least value of the records it finds; nil where none has one
---@field once fun(self: dualuse.query.cases, fields: string[], options?: table): dualuse.query.cases # Of the records that agree in all of these fields, the first alone (the one with the lowest id)
---@field order fun(self: dualuse.query.cases, field: dualuse.case.field, ...: string): dualuse.query.cases # In the order of the fields, descending where one is written "-field"; dates by their first and then their last possible day, references by key
---@field search fun(self: dualuse.query.cases, text: string): dualuse.query.cases # The records whose title or text has all words of it, "phrases" as they stand, and words that begin with a prefix*; case and accents are ignored
---@field select fun(self: dualuse.query.cases, field: dualuse.case.field, ...: string): dualuse.query.cases # Records that hold only these fields, and their id
---@field sum fun(self: dualuse.query.cases, field: dualuse.case.field): number? # The sum over the records it finds; nil where none has a value
---@field values fun(self: dualuse.query.cases, field: dualuse.case.field, ...: string): fun(): integer, ... # Loops over the ids and the values of the fields: no table is made, and a missing value is nil
---@field where fun(self: dualuse.query.cases, conditions: dualuse.case.where): dualuse.query.cases # The records for which all of it holds, and what the query asked before

---store.cases: unauthorised exports that were caught
---@class dualuse.collection.cases: dualuse.query.cases, dualuse.collection
---@field add fun(self: dualuse.collection.cases, record: dualuse.case.values, why?: dualuse.why): integer # Adds a record
---@field get fun(self: dualuse.collection.cases, reference: dualuse.reference): dualuse.case? # The record of that id, key, name or alias
---@field history fun(self: dualuse.collection.cases, reference: dualuse.reference): dualuse.case[] # Every state the record had, oldest first, with by and reason; `retracted` is true in one that took it back
---@field put fun(self: dualuse.collection.cases, record: dualuse.case.values, why?: dualuse.why): integer, "added"|"updated"|"unchanged" # Adds the record, or updates the one of that id, key or origin
---@field update fun(self: dualuse.collection.cases, reference: dualuse.reference, changes: dualuse.case.changes, why?: dualuse.why): boolean # Changes the fields given; dualuse

---@alias dualuse.disclosure.measure "cases"|"convictions"|"fines"|"licences"|"denials"

---@alias dualuse.disclosure.unit "case"|"shipment"|"company"

---@alias dualuse.disclosure.year_basis "detected"|"exported"|"decided"

---@alias dualuse.disclosure.status "published"|"withheld"|"none_found"

---@alias dualuse.disclosure.qualifier "exact"|"about"|"at_least"|"at_most"

---What may be given of a disclosure: totals that an authority published or withholds
---@class dualuse.disclosure.changes
---@field key? string # a name of your own; never changed once given
---@field authority? dualuse.reference # whose figure it is
---@field period? dualuse.date # what time it covers
---@field measure? dualuse.disclosure.measure # what is counted
---@field unit? dualuse.disclosure.unit # what counts as one
---@field year_basis? dualuse.disclosure.year_basis # which date puts one into a year
---@field status? dualuse.disclosure.status # published, or withheld, or looked for and not found
---@field value? integer # the figure; absent: published, not at hand
---@field qualifier? dualuse.disclosure.qualifier # how exact the figure is
---@field destinations? dualuse.reference[] # only exports to these
---@field items? dualuse.reference[] # only exports of these
---@field scope? string # only those which…, in words
---@field published? dualuse.date # when
---@field asserted_by? dualuse.reference # who says so, if not the authority
---@field supersedes? dualuse.reference # the figure that it replaces
---@field sources? (dualuse.reference|dualuse.citation)[] # each a source, or { source, field=, locator=, quote= }
---@field inferred? boolean # in no source: reasoned in note
---@field note? string # what a reader should know
---@field origin? string # its identity in the file it came from

---A disclosure to add
---@class dualuse.disclosure.values: dualuse.disclosure.changes
---@field authority dualuse.reference
---@field period dualuse.date
---@field measure dualuse.disclosure.measure

---A disclosure as the store gives it: totals that an authority published or withholds
---@class dualuse.disclosure: dualuse.disclosure.values, dualuse.record

---@class dualuse.disclosure.where
---@field id? integer|integer[]|dualuse.operators
---@field key? string|string[]|dualuse.operators
---@field authority? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field period? dualuse.date|dualuse.date[]|dualuse.operators
---@field measure? dualuse.disclosure.measure|dualuse.disclosure.measure[]|dualuse.operators
---@field unit? dualuse.disclosure.unit|dualuse.disclosure.unit[]|dualuse.operators
---@field year_basis? dualuse.disclosure.year_basis|dualuse.disclosure.year_basis[]|dualuse.operators
---@field status? dualuse.disclosure.status|dualuse.disclosure.status[]|dualuse.operators
---@field value? integer|integer[]|dualuse.operators
---@field qualifier? dualuse.disclosure.qualifier|dualuse.disclosure.qualifier[]|dualuse.operators
---@field destinations? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field items? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.item.where
---@field scope? string|string[]|dualuse.operators
---@field published? dualuse.date|dualuse.date[]|dualuse.operators
---@field asserted_by? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field supersedes? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.disclosure.where
---@field sources? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.source.where
---@field inferred? boolean|boolean[]|dualuse.operators
---@field note? string|string[]|dualuse.operators
---@field origin? string|string[]|dualuse.operators
---@field revision? integer|integer[]|dualuse.operators
---@field recorded? string|string[]|dualuse.operators

---@alias dualuse.disclosure.field "id"|"key"|"authority"|"period"|"measure"|"unit"|"year_basis"|"status"|"value"|"qualifier"|"destinations"|"items"|"scope"|"published"|"asserted_by"|"supersedes"|"sources"|"inferred"|"note"|"origin"|"revision"|"recorded"

---@class dualuse.query.disclosures: dualuse.query
---@field all fun(self: dualuse.query.disclosures): dualuse.disclosure[] # All records that it finds, read into memory
---@field distinct fun(self: dualuse.query.disclosures, field: dualuse.disclosure.field): integer # How many different values the records it finds have
---@field each fun(self: dualuse.query.disclosures): fun(): dualuse.disclosure # Loops over the records
---@field first fun(self: dualuse.query.disclosures): dualuse.disclosure? # The first record that it finds
---@field limit fun(self: dualuse.query.disclosures, count: integer, offset?: integer): dualuse.query.disclosures # Of what the query finds, at most `count` records after the first `offset` ones
---@field max fun(self: dualuse.query.disclosures, field: dualuse.disclosure.field): number|string|nil # The greatest value of the records it finds; nil where none has one
---@field mean fun(self: dualuse.query.disclosures, field: dualuse.disclosure.field): number? # The mean over the records it finds that have a value; nil where none has
---@field median fun(self: dualuse.query.disclosures, field: dualuse.disclosure.field): number? # The median over the records it finds; nil where none has a value
---@field min fun(self: dualuse.query.disclosures, field: dualuse.disclosure.field): number|string|nil # The least value of the records it finds; nil where none has one
---@field once fun(self: dualuse.query.disclosures, fields: string[], options?: table): dualuse.query.disclosures # Of the records that agree in all of these fields, the first alone (the one with the lowest id)
---@field order fun(self: dualuse.query.disclosures, field: dualuse.disclosure.field, ...: string): dualuse.query.disclosures # In the order of the fields, descending where one is written "-field"; dates by their first and then their last possible day, references by key
---@field search fun(self: dualuse.query.disclosures, text: string): dualuse.query.disclosures # The records whose title or text has all words of it, "phrases" as they stand, and words that begin with a prefix*; case and accents are ignored
---@field select fun(self: dualuse.query.disclosures, field: dualuse.disclosure.field, ...: string): dualuse.query.disclosures # Records that hold only these fields, and their id
---@field sum fun(self: dualuse.query.disclosures, field: dualuse.disclosure.field): number? # The sum over the records it finds; nil where none has a value
---@field values fun(self: dualuse.query.disclosures, field: dualuse.disclosure.field, ...: string): fun(): integer, ... # Loops over the ids and the values of the fields: no table is made, and a missing value is nil
---@field where fun(self: dualuse.query.disclosures, conditions: dualuse.disclosure.where): dualuse.query.disclosures # The records for which all of it holds, and what the query asked before

---store.disclosures: totals that an authority published or withholds
---@class dualuse.collection.disclosures: dualuse.query.disclosures, dualuse.collection
---@field add fun(self: dualuse.collection.disclosures, record: dualuse.disclosure.values, why?: dualuse.why): integer # Adds a record
---@field get fun(self: dualuse.collection.disclosures, reference: dualuse.reference): dualuse.disclosure? # The record of that id, key, name or alias
---@field history fun(self: dualuse.collection.disclosures, reference: dualuse.reference): dualuse.disclosure[] # Every state the record had, oldest first, with by and reason; `retracted` is true in one that took it back
---@field put fun(self: dualuse.collection.disclosures, record: dualuse.disclosure.values, why?: dualuse.why): integer, "added"|"updated"|"unchanged" # Adds the record, or updates the one of that id, key or origin
---@field update fun(self: dualuse.collection.disclosures, reference: dualuse.reference, changes: dualuse.disclosure.changes, why?: dualuse.why): boolean # Changes the fields given; dualuse

---@alias dualuse.listing.requirement "none"|"general"|"bulk"|"individual"|"prohibited"

---What may be given of a listing: entries on restricted-party lists
---@class dualuse.listing.changes
---@field key? string # a name of your own; never changed once given
---@field party? dualuse.reference # who is listed
---@field list? string # the list
---@field entry? string # the number of the entry
---@field programmes? string[] # under which programmes
---@field listed? dualuse.date # since when
---@field delisted? dualuse.date # until when
---@field requirement? dualuse.listing.requirement # the licence needed
---@field policy? string # how applications are decided
---@field notice? string # the notice that lists it
---@field sources? (dualuse.reference|dualuse.citation)[] # each a source, or { source, field=, locator=, quote= }
---@field inferred? boolean # in no source: reasoned in note
---@field note? string # what a reader should know
---@field origin? string # its identity in the file it came from

---A listing to add
---@class dualuse.listing.values: dualuse.listing.changes
---@field party dualuse.reference
---@field list string

---A listing as the store gives it: entries on restricted-party lists
---@class dualuse.listing: dualuse.listing.values, dualuse.record

---@class dualuse.listing.where
---@field id? integer|integer[]|dualuse.operators
---@field key? string|string[]|dualuse.operators
---@field party? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field list? string|string[]|dualuse.operators
---@field entry? string|string[]|dualuse.operators
---@field programmes? string|string[]|dualuse.operators
---@field listed? dualuse.date|dualuse.date[]|dualuse.operators
---@field delisted? dualuse.date|dualuse.date[]|dualuse.operators
---@field requirement? dualuse.listing.requirement|dualuse.listing.requirement[]|dualuse.operators
---@field policy? string|string[]|dualuse.operators
---@field notice? string|string[]|dualuse.operators
---@field sources? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.source.where
---@field inferred? boolean|boolean[]|dualuse.operators
---@field note? string|string[]|dualuse.operators
---@field origin? string|string[]|dualuse.operators
---@field revision? integer|integer[]|dualuse.operators
---@field recorded? string|string[]|dualuse.operators

---@alias dualuse.listing.field "id"|"key"|"party"|"list"|"entry"|"programmes"|"listed"|"delisted"|"requirement"|"policy"|"notice"|"sources"|"inferred"|"note"|"origin"|"revision"|"recorded"

---@class dualuse.query.listings: dualuse.query
---@field all fun(self: dualuse.query.listings): dualuse.listing[] # All records that it finds, read into memory
---@field distinct fun(self: dualuse.query.listings, field: dualuse.listing.field): integer # How many different values the records it finds have
---@field each fun(self: dualuse.query.listings): fun(): dualuse.listing # Loops over the records
---@field first fun(self: dualuse.query.listings): dualuse.listing? # The first record that it finds
---@field limit fun(self: dualuse.query.listings, count: integer, offset?: integer): dualuse.query.listings # Of what the query finds, at most `count` records after the first `offset` ones
---@field max fun(self: dualuse.query.listings, field: dualuse.listing.field): number|string|nil # The greatest value of the records it finds; nil where none has one
---@field mean fun(self: dualuse.query.listings, field: dualuse.listing.field): number? # The mean over the records it finds that have a value; nil where none has
---@field median fun(self: dualuse.query.listings, field: dualuse.listing.field): number? # The median over the records it finds; nil where none has a value
---@field min fun(self: dualuse.query.listings, field: dualuse.listing.field): number|string|nil # The least value of the records it finds; nil where none has one
---@field once fun(self: dualuse.query.listings, fields: string[], options?: table): dualuse.query.listings # Of the records that agree in all of these fields, the first alone (the one with the lowest id)
---@field order fun(self: dualuse.query.listings, field: dualuse.listing.field, ...: string): dualuse.query.listings # In the order of the fields, descending where one is written "-field"; dates by their first and then their last possible day, references by key
---@field search fun(self: dualuse.query.listings, text: string): dualuse.query.listings # The records whose title or text has all words of it, "phrases" as they stand, and words that begin with a prefix*; case and accents are ignored
---@field select fun(self: dualuse.query.listings, field: dualuse.listing.field, ...: string): dualuse.query.listings # Records that hold only these fields, and their id
---@field sum fun(self: dualuse.query.listings, field: dualuse.listing.field): number? # The sum over the records it finds; nil where none has a value
---@field values fun(self: dualuse.query.listings, field: dualuse.listing.field, ...: string): fun(): integer, ... # Loops over the ids and the values of the fields: no table is made, and a missing value is nil
---@field where fun(self: dualuse.query.listings, conditions: dualuse.listing.where): dualuse.query.listings # The records for which all of it holds, and what the query asked before

---store.listings: entries on restricted-party lists
---@class dualuse.collection.listings: dualuse.query.listings, dualuse.collection
---@field add fun(self: dualuse.collection.listings, record: dualuse.listing.values, why?: dualuse.why): integer # Adds a record
---@field get fun(self: dualuse.collection.listings, reference: dualuse.reference): dualuse.listing? # The record of that id, key, name or alias
---@field history fun(self: dualuse.collection.listings, reference: dualuse.reference): dualuse.listing[] # Every state the record had, oldest first, with by and reason; `retracted` is true in one that took it back
---@field put fun(self: dualuse.collection.listings, record: dualuse.listing.values, why?: dualuse.why): integer, "added"|"updated"|"unchanged" # Adds the record, or updates the one of that id, key or origin
---@field update fun(self: dualuse.collection.listings, reference: dualuse.reference, changes: dualuse.listing.changes, why?: dualuse.why): boolean # Changes the fields given; dualuse

---@alias dualuse.screening.outcome "prohibited"|"licence_required"|"review"|"unknown"|"clear"

---@alias dualuse.screening.decision "cleared"|"confirmed"|"open"

---What may be given of a screening: contracts checked, and what was found
---@class dualuse.screening.changes
---@field key? string # a name of your own; never changed once given
---@field date? dualuse.date # when
---@field subject? any # the contract as asked
---@field outcome? dualuse.screening.outcome # what was found
---@field checked? any # what it was checked against
---@field matches? any # what matched
---@field reviewer? string # who looked at it
---@field decision? dualuse.screening.decision # the reviewer's
---@field reason? string # the reviewer's
---@field sources? (dualuse.reference|dualuse.citation)[] # each a source, or { source, field=, locator=, quote= }
---@field inferred? boolean # in no source: reasoned in note
---@field note? string # what a reader should know
---@field origin? string # its identity in the file it came from

---A screening to add
---@class dualuse.screening.values: dualuse.screening.changes
---@field date dualuse.date
---@field outcome dualuse.screening.outcome

---A screening as the store gives it: contracts checked, and what was found
---@class dualuse.screening: dualuse.screening.values, dualuse.record

---@class dualuse.screening.where
---@field id? integer|integer[]|dualuse.operators
---@field key? string|string[]|dualuse.operators
---@field date? dualuse.date|dualuse.date[]|dualuse.operators
---@field subject? any|any[]|dualuse.operators
---@field outcome? dualuse.screening.outcome|dualuse.screening.outcome[]|dualuse.operators
---@field checked? any|any[]|dualuse.operators
---@field matches? any|any[]|dualuse.operators
---@field reviewer? string|string[]|dualuse.operators
---@field decision? dualuse.screening.decision|dualuse.screening.decision[]|dualuse.operators
---@field reason? string|string[]|dualuse.operators
---@field sources? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.source.where
---@field inferred? boolean|boolean[]|dualuse.operators
---@field note? string|string[]|dualuse.operators
---@field origin? string|string[]|dualuse.operators
---@field revision? integer|integer[]|dualuse.operators
---@field recorded? string|string[]|dualuse.operators

---@alias dualuse.screening.field "id"|"key"|"date"|"subject"|"outcome"|"checked"|"matches"|"reviewer"|"decision"|"reason"|"sources"|"inferred"|"note"|"origin"|"revision"|"recorded"

---@class dualuse.query.screenings: dualuse.query
---@field all fun(self: dualuse.query.screenings): dualuse.screening[] # All records that it finds, read into memory
---@field distinct fun(self: dualuse.query.screenings, field: dualuse.screening.field): integer # How many different values the records it finds have
---@field each fun(self: dualuse.query.screenings): fun(): dualuse.screening # Loops over the records
---@field first fun(self: dualuse.query.screenings): dualuse.screening? # The first record that it finds
---@field limit fun(self: dualuse.query.screenings, count: integer, offset?: integer): dualuse.query.screenings # Of what the query finds, at most `count` records after the first `offset` ones
---@field max fun(self: dualuse.query.screenings, field: dualuse.screening.field): number|string|nil # The greatest value of the records it finds; nil where none has one
---@field mean fun(self: dualuse.query.screenings, field: dualuse.screening.field): number? # The mean over the records it finds that have a value; nil where none has
---@field median fun(self: dualuse.query.screenings, field: dualuse.screening.field): number? # The median over the records it finds; nil where none has a value
---@field min fun(self: dualuse.query.screenings, field: dualuse.screening.field): number|string|nil # The least value of the records it finds; nil where none has one
---@field once fun(self: dualuse.query.screenings, fields: string[], options?: table): dualuse.query.screenings # Of the records that agree in all of these fields, the first alone (the one with the lowest id)
---@field order fun(self: dualuse.query.screenings, field: dualuse.screening.field, ...: string): dualuse.query.screenings # In the order of the fields, descending where one is written "-field"; dates by their first and then their last possible day, references by key
---@field search fun(self: dualuse.query.screenings, text: string): dualuse.query.screenings # The records whose title or text has all words of it, "phrases" as they stand, and words that begin with a prefix*; case and accents are ignored
---@field select fun(self: dualuse.query.screenings, field: dualuse.screening.field, ...: string): dualuse.query.screenings # Records that hold only these fields, and their id
---@field sum fun(self: dualuse.query.screenings, field: dualuse.screening.field): number? # The sum over the records it finds; nil where none has a value
---@field values fun(self: dualuse.query.screenings, field: dualuse.screening.field, ...: string): fun(): integer, ... # Loops over the ids and the values of the fields: no table is made, and a missing value is nil
---@field where fun(self: dualuse.query.screenings, conditions: dualuse.screening.where): dualuse.query.screenings # The records for which all of it holds, and what the query asked before

---store.screenings: contracts checked, and what was found
---@class dualuse.collection.screenings: dualuse.query.screenings, dualuse.collection
---@field add fun(self: dualuse.collection.screenings, record: dualuse.screening.values, why?: dualuse.why): integer # Adds a record
---@field get fun(self: dualuse.collection.screenings, reference: dualuse.reference): dualuse.screening? # The record of that id, key, name or alias
---@field history fun(self: dualuse.collection.screenings, reference: dualuse.reference): dualuse.screening[] # Every state the record had, oldest first, with by and reason; `retracted` is true in one that took it back
---@field put fun(self: dualuse.collection.screenings, record: dualuse.screening.values, why?: dualuse.why): integer, "added"|"updated"|"unchanged" # Adds the record, or updates the one of that id, key or origin
---@field update fun(self: dualuse.collection.screenings, reference: dualuse.reference, changes: dualuse.screening.changes, why?: dualuse.why): boolean # Changes the fields given; dualuse

---@alias dualuse.link.relation "causes"|"retaliates"|"responds_to"|"contradicts"|"supports"|"mediates"|"part_of"

---@alias dualuse.link.status "asserted"|"contested"|"accepted"|"rejected"

---What may be given of a link: relations between records
---@class dualuse.link.changes
---@field key? string # a name of your own; never changed once given
---@field from? dualuse.reference # a record
---@field relation? dualuse.link.relation # what it does to the other
---@field to? dualuse.reference # the other record
---@field asserted_by? dualuse.reference[] # who says so
---@field denied_by? dualuse.reference[] # who denies it
---@field status? dualuse.link.status # how it stands
---@field sources? (dualuse.reference|dualuse.citation)[] # each a source, or { source, field=, locator=, quote= }
---@field inferred? boolean # in no source: reasoned in note
---@field note? string # what a reader should know
---@field origin? string # its identity in the file it came from

---A link to add
---@class dualuse.link.values: dualuse.link.changes
---@field from dualuse.reference
---@field relation dualuse.link.relation
---@field to dualuse.reference

---A link as the store gives it: relations between records
---@class dualuse.link: dualuse.link.values, dualuse.record

---@class dualuse.link.where
---@field id? integer|integer[]|dualuse.operators
---@field key? string|string[]|dualuse.operators
---@field from? dualuse.reference|dualuse.reference[]|dualuse.operators
---@field relation? dualuse.link.relation|dualuse.link.relation[]|dualuse.operators
---@field to? dualuse.reference|dualuse.reference[]|dualuse.operators
---@field asserted_by? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field denied_by? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.party.where
---@field status? dualuse.link.status|dualuse.link.status[]|dualuse.operators
---@field sources? dualuse.reference|dualuse.reference[]|dualuse.operators|dualuse.source.where
---@field inferred? boolean|boolean[]|dualuse.operators
---@field note? string|string[]|dualuse.operators
---@field origin? string|string[]|dualuse.operators
---@field revision? integer|integer[]|dualuse.operators
---@field recorded? string|string[]|dualuse.operators

---@alias dualuse.link.field "id"|"key"|"from"|"relation"|"to"|"asserted_by"|"denied_by"|"status"|"sources"|"inferred"|"note"|"origin"|"revision"|"recorded"

---@class dualuse.query.links: dualuse.query
---@field all fun(self: dualuse.query.links): dualuse.link[] # All records that it finds, read into memory
---@field distinct fun(self: dualuse.query.links, field: dualuse.link.field): integer # How many different values the records it finds have
---@field each fun(self: dualuse.query.links): fun(): dualuse.link # Loops over the records
---@field first fun(self: dualuse.query.links): dualuse.link? # The first record that it finds
---@field limit fun(self: dualuse.query.links, count: integer, offset?: integer): dualuse.query.links # Of what the query finds, at most `count` records after the first `offset` ones
---@field max fun(self: dualuse.query.links, field: dualuse.link.field): number|string|nil # The greatest value of the records it finds; nil where none has one
---@field mean fun(self: dualuse.query.links, field: dualuse.link.field): number? # The mean over the records it finds that have a value; nil where none has
---@field median fun(self: dualuse.query.links, field: dualuse.link.field): number? # The median over the records it finds; nil where none has a value
---@field min fun(self: dualuse.query.links, field: dualuse.link.field): number|string|nil # The least value of the records it finds; nil where none has one
---@field once fun(self: dualuse.query.links, fields: string[], options?: table): dualuse.query.links # Of the records that agree in all of these fields, the first alone (the one with the lowest id)
---@field order fun(self: dualuse.query.links, field: dualuse.link.field, ...: string): dualuse.query.links # In the order of the fields, descending where one is written "-field"; dates by their first and then their last possible day, references by key
---@field search fun(self: dualuse.query.links, text: string): dualuse.query.links # The records whose title or text has all words of it, "phrases" as they stand, and words that begin with a prefix*; case and accents are ignored
---@field select fun(self: dualuse.query.links, field: dualuse.link.field, ...: string): dualuse.query.links # Records that hold only these fields, and their id
---@field sum fun(self: dualuse.query.links, field: dualuse.link.field): number? # The sum over the records it finds; nil where none has a value
---@field values fun(self: dualuse.query.links, field: dualuse.link.field, ...: string): fun(): integer, ... # Loops over the ids and the values of the fields: no table is made, and a missing value is nil
---@field where fun(self: dualuse.query.links, conditions: dualuse.link.where): dualuse.query.links # The records for which all of it holds, and what the query asked before

---store.links: relations between records
---@class dualuse.collection.links: dualuse.query.links, dualuse.collection
---@field add fun(self: dualuse.collection.links, record: dualuse.link.values, why?: dualuse.why): integer # Adds a record
---@field get fun(self: dualuse.collection.links, reference: dualuse.reference): dualuse.link? # The record of that id, key, name or alias
---@field history fun(self: dualuse.collection.links, reference: dualuse.reference): dualuse.link[] # Every state the record had, oldest first, with by and reason; `retracted` is true in one that took it back
---@field put fun(self: dualuse.collection.links, record: dualuse.link.values, why?: dualuse.why): integer, "added"|"updated"|"unchanged" # Adds the record, or updates the one of that id, key or origin
---@field update fun(self: dualuse.collection.links, reference: dualuse.reference, changes: dualuse.link.changes, why?: dualuse.why): boolean # Changes the fields given; dualuse

---The ledger of licence applications: what was decided, what is open, how long it took, and whether
---the licence asked for was the one that the measures of its day require.
---
---   applications.decisions(store, { by = { "destination", "year" }, jurisdiction = "JPN" })
---   applications.open(store, { on = "2019-08-01" })
---   applications.times(store, { by = "item" })
---   applications.check(store, { during = "2019" })
---
---All take `during`, an EDTF date, for the date of the application, and `jurisdiction`, whose
---authorities decide. An application that may or may not belong somewhere, because a date is not
---known to the day, is counted as `possible` there and nowhere else.
---@class dualuse.applications
local applications = {}

---How many applications were decided, and how.
---
---Raises `misuse` for an unknown option, `invalid` for what does not fit
---@param store dualuse.store # an open store, or a view of one
---@param question? table # `by`, what rows are told apart by, one or a list: destination, end_user, exporter, item, jurisdiction, measure, and of the application's date one of decade, year, quarter, month, week, day; `during` and `jurisdiction`
---@return dualuse.rows # rows of what `by` names; `approved`, `denied`, `pending`, `returned`, `withdrawn` and `count`, all of them; `possible`, those that may belong here and are counted in none of these; `records`, `sources`, `independent`. A date without a first or a last day is in a row `unbounded`. Without `by`, one row, or none without applications
function applications.decisions(store, question) end

---What was open on a day, the oldest first.
---
---Raises `misuse` for an unknown or missing option, `invalid` for what does not fit
---@param store dualuse.store # an open store, or a view of one
---@param question table # `on`, an EDTF date: applications made by then and not decided by then, whatever became of them later; `during` and `jurisdiction`
---@return dualuse.rows # rows of `application` (key or id), `date`, `age` (`least` and `most`, in days; no `most` where nothing tells when it was made), `certain` (false where its dates do not tell whether it was open), `exporter`, `destination`, `items`, `decision` (what became of it), `records`, `sources`, `independent`; `.certain` and `.possible`, how many
function applications.open(store, question) end

---How many days a decision took.
---
---Raises `misuse` for an unknown option, `invalid` for what does not fit
---@param store dualuse.store # an open store, or a view of one
---@param question? table # `by`, `during` and `jurisdiction`, as for `decisions`
---@return dualuse.rows # rows of what `by` names; `decided`, how many have both dates known to the day, and of these the `median`, `shortest` and `longest`; `ranges`, how many are decided with a date that is not, and `median_with_ranges` (`least` and `most`), where the median lies with them; `no_date`, how many are decided without a date; `possible`, those that may belong here and are counted in none of these; `records`, `sources`, `independent`
function applications.times(store, question) end

---Each application against what was in force on its date.
---
---What is found: it "agrees" if it names a measure that decides for one of its items, it "differs"
---if it names another, it is "unnamed" if it names none though a licence is needed; "not_required"
---if none is needed, and "unknown" if nothing is on record.
---
---Raises `misuse` for an unknown option, `invalid` for what does not fit
---@param store dualuse.store # an open store, or a view of one
---@param question? table # `during` and `jurisdiction`; `known` and `activity` as for `licence.requirement`
---@return dualuse.rows # rows of `application` (key or id), `date`, `items`, `destination`, `decision`, `finding`, `requirement` (the strictest of its items), `certain`, `measure` (that it names), `decides` (that decide), `reason`, `records`, `sources`, `independent`; `.counts[finding]`, and `.possible`, how many of the rows may not lie in `during`
function applications.check(store, question) end

---What rests on little.
---
---   single_sourced   on one source, or on several that repeat each other
---   anonymous        on somebody whom the source does not name
---   reported         on hearsay: a claim at second hand, an event only reported or alleged
---   unattributed     on nobody: the source does not tell who says so
---   undated          nothing tells when
---   inferred         in no source, but reasoned
---   contested        a question with claims both ways, a link or an event that is denied
---   derived          a figure worked out from disclosed ones
---   unsourced        neither in a source nor reasoned
---
---   local audit = dualuse.audit(store, { dispute = "japan-korea-2019" })
---   audit.counts.single_sourced
---
---`dualuse.audit(store, given)`
---
---What rests on little: see the top of this page for the weaknesses.
---
---A citation of a field supports that field only; a citation of none supports the whole record. So
---a weakness of the sources has a `field` where it is not the same for all values of the record.
---How we file a record (its dispute or question, what it replies to, its event code) is no value.
---What is reasoned in a note is `inferred`, and not `unsourced` as well. A derived figure is no
---record: it has no `id`, but `records`, those that it follows from, and their `sources`.
---
---With a dispute, only what belongs to it is looked through (`dualuse.scope`): no parties, items or
---sources.
---
---Raises `misuse` for what is no store, an unknown option or a wrong type; `invalid` for a dispute,
---kind or weakness that there is not; `closed`
---
---`store`: an open store, or a view of one
---
---`given`: `dispute`, a reference; `kind`, one or a list of kinds of records (all but screenings);
---`weakness`, one or a list of them (all)
---
---Returns rows of `weakness`, `kind`, `id`, `key`, `field`, `detail`, in the order of the
---weaknesses above, then of kind, id and field; with `counts`, the number of rows by weakness. A
---derived figure is no record: in place of an id, its row has `question`, what `dualuse.reconcile`
---was asked, `period`, `value` and `formula`
---@class dualuse.audit
---@overload fun(store: dualuse.store, given?: table): dualuse.rows
local audit = {}

---Pictures of what a store holds, as SVG: no script, no font, nothing fetched.
---
---   dualuse.chart.timeline(dualuse.chronology(store, { during = "2019-07" }))
---   dualuse.chart.heat_map(store.claims:group{ "speaker.country", "stance" }
---     :pivot("speaker.country", "stance", "count"), { title = "Who says what" })
---
---Each function takes rows, and gives a picture as text, or with `path` writes it to a file. The
---same rows always give the same bytes. A picture can be read in black and white, and tells what it
---shows to those who cannot see it; no two labels overlap: a label that has no room is cut, and has
---all of itself as its tip, or is left out, and the picture says how many are.
---@class dualuse.chart
local chart = {}

---What happened when, and how exactly that is known: a day is a point, a month a bar, an end that
---is not known fades. Up to sixty rows stand by themselves; more are counted, kind by kind. Where
---most lies in a small part of the time, that part gets more room, and zigzag lines tell so.
---
---Raises `misuse` for other rows, unknown options and wrong types; `invalid` for dates that are
---none and options that do not fit; `io` and `full` for the file
---@param rows table[] # rows with `date` (EDTF), `label`, `title` or `what`, and `kind`, such as those of `dualuse.chronology` and of `store.events:all()`; one with a `count`, as of `store.events:group{ "date" }`, stands for so many
---@param given? table # `during`, an EDTF date: the time to show; `title`; `description`, for those who cannot see it (what the rows say); `width` in pixels (720); `path` and `overwrite`, a file to write it to; `inside`, true for a picture inside a page, which has title and style (`dualuse.chart.picture`) itself, and `id`, what the names in it begin with
---@return string # SVG
function chart.timeline(rows, given) end

---Cases by year: what was disclosed as an outline, what follows from other figures hatched, what is
---on record solid, what possibly is dotted. Periods that hold others come last.
---
---Raises as `timeline`
---@param rows table[] # rows of `dualuse.reconcile`
---@param given? table # as for `timeline`, but for `during`
---@return string # SVG
function chart.cases_by_year(rows, given) end

---Which licence was needed when: a row for each way and item, a bar for each period.
---
---Raises as `timeline`
---@param rows table[] # rows of `dualuse.licence.periods`; or several of these, each as a table of `label` and `periods`
---@param given? table # as for `timeline`
---@return string # SVG
function chart.licences(rows, given) end

---A figure for each row and column, the greater the darker; each is also written.
---
---Raises as `timeline`
---@param rows table[] # rows, best of `pivot`
---@param given? table # `row`, the column that names the rows (the first key); `columns`, a list of those with figures (the measures); the rest as for `timeline`
---@return string # SVG
function chart.heat_map(rows, given) end

---A line for each series over time, the six with the greatest totals. It breaks where there is no
---row (`fill` the rows for counts of 0); what is `possible` beside a count is pale.
---
---Raises as `timeline`
---@param rows table[] # rows with a column of years, decades, quarters, months, weeks or days, such as `group` gives them
---@param given? table # `x`, that column (the first key that is one), of any name if all in it are of one such kind; `y`, the column of figures (the first measure); `series`, the column that tells lines apart (the other keys); the rest as for `timeline`
---@return string # SVG
function chart.lines(rows, given) end

---Who acts on whom: an arrow from each actor to each target, the thicker the more.
---
---Raises as `timeline`
---@param rows table[] # rows, each of an actor, a target and a number
---@param given? table # `actor`, `target` and `value`, the columns ("actor", "target"; the first measure, or "count"; a row without it counts as 1); the rest as for `timeline`
---@return string # SVG
function chart.network(rows, given) end

---What happened when: events, stages of measures and memberships, disclosures, cases and claims, in
---one order.
---
---   print(dualuse.chronology(store, { dispute = "japan-korea-2019", during = "2019-07" }))
---   dualuse.chronology(store, { query = store.events:where{ actor = { within = "JPN" } } })
---
---`dualuse.chronology(store, given)`
---
---What happened in a dispute, or what a query finds, in order of the first possible day, then the
---last, then kind and id. What has no date comes last, and is counted in `undated`.
---
---What belongs to a dispute is told in `dualuse.scope`. A disclosure stands at the day it was
---published, not at the period that it covers. A case whose day of detection is not known lies
---between the export and the day its earliest source was published. The links of a measure or a
---membership stand with the first of its stages.
---
---Raises `misuse` for what is no store, an unknown option or a wrong type; `invalid` for a dispute
---that there is not, a date that is none, or a query on another store; `closed`
---
---`store`: an open store, or a view of one
---
---`given`: `dispute`, a reference; `during`, an EDTF date: what may have been then, with `certain`
---telling whether it was; `kinds`, one or a list of cases, claims, disclosures, events, stages (all
---but claims); `claims`, true for the claims too; or `query`, a query on one of these kinds, on the
---same store, in place of dispute, kinds and claims; `most`, how many rows to give (all): the first
---of them, quickly also of very many events. Without dispute and query, it is of all there is.
---
---Returns rows of `date`, `precision` (the date in words), `what`, `kind`, `id`, `key`, `sources`,
---`independent` (how many of these do not repeat another), `cited` (the sources with the places in
---them), `inferred`, `note`, `links` (a list of texts), `relations` (the same, each with `text`,
---`sources`, `inferred`, and `status` and `id` of the link), `status` of an event, and `certain`;
---with `undated`, how many have no date, and `left_out`, how many come after the `most` that were
---asked for
---@class dualuse.chronology
---@overload fun(store: dualuse.store, given?: table): dualuse.rows
local chronology = {}

---For the prompt: short names, results that fit the terminal, records with their references by
---name, and help.
---
---   lua5.4 -l dualuse.explore
---   > sample()
---   > cases:where{ destination = "Vietnam" }
---   > show "kr-etching-gas-vietnam"
---
---It puts the names of the functions below, `dualuse`, and with a store open `store` and its kinds
---into the global table, and says so. A name that is there already is left as it is, and named. On
---a terminal, what prints itself (a store, a query, rows, an answer) then keeps to its width and
---height, and to ASCII where the locale has no UTF-8; Tab completes names, fields and words where
---`dualuse.explore.completion` can have it. Nobody but this module does any of that.
---@class dualuse.explore
local explore = {}

---Opens a store, and makes it the current one.
---
---Raises what `dualuse.open` gives as an error
---@param path? string # without one, a store in memory
---@param options? table # as `dualuse.open` has them
---@return any # the store
function explore.open(path, options) end

---Opens a store in memory with the sample, the dispute of 2019 between Japan and South Korea, and
---makes it the current one.
---@return any # the store
function explore.sample() end

---Makes a store, or a view of one such as `store:as_of(12)`, the current one.
---
---Raises `misuse` for what is no store, `closed` for a closed one
---@param store? dualuse.store
---@return any # the store that is now current, or without an argument the one that is; nil if none is
function explore.use(store) end

---Prints all of a value, through a pager where it is longer than the screen: of a query, the
---records it finds (a thousand at most); a record, with what it refers to by name; any other object
---as it prints itself; a table by its names.
---
---Raises `invalid` for a reference to nothing, and what reading raises
---@param value any # an object, a table; or a reference (id, key, name or alias) to any kind of record
function explore.show(value) end

---The fields of a kind, or the kinds there are: `dualuse.describe`.
---
---Raises `misuse` for a kind that there is not
---@param kind? string
---@return table # which prints as help
function explore.describe(kind) end

---Tells what can be typed.
---
---Raises `invalid` for a topic of which nothing is known
---@param topic? any # a kind ("cases"), a method or function ("where"), a module ("licence"), or an object
function explore.help(topic) end

---Which licence an item needs from one place to another on a day, and why.
---
---   licence.requirement(store, { from = "JPN", to = "KOR", item = "etching gas",
---                                on = "2019-07-04" })
---   licence.periods(store, { from = "JPN", to = "KOR", item = "etching gas" })
---
---A measure of the place it goes out from counts if its stages put it in force on the day: the
---latest `in_force` or `ended` decides, and on the day of `ended` it is no longer in force. With
---`known`, a stage counts if a source that it cites was certainly published by then (one that cites
---none rests on what its measure cites); a stage inferred without a source counts as known.
---
---A measure applies if it names the destination, a group that it is in on that day, or no
---destination; and the item, one of its parents, or no item. A party is also where its parents and
---its country are. Within one `basis` the more specific measure wins: the one that is nearer in
---destination (party before group before any) or in item (item before parent before any), and not
---farther in the other. If neither is, the stricter wins, and the answer is not certain. Across
---bases requirements add up, and the strictest stands. A measure yields to one in force that names
---it in `excepts`; one that prohibits yields to nothing else.
---
---Nothing on record is "unknown", never "none". Where the date of a stage is not known to the day,
---every way it may have been is tried: the answer is certain if all agree, and otherwise the
---strictest that may be, with what else is `possible` and what is `open`.
---@class dualuse.licence
local licence = {}

---Which licence is needed.
---
---Raises `misuse` for an unknown or missing option, `invalid` for a party or an item that is not on
---record, and for what is no date
---@param store dualuse.store # an open store, or a view of one
---@param question table # `from`, whose measures are asked for, and `to`, parties; `item`; `on`, an EDTF date: for a month, the answer is certain if it is the same on every day in it. Optional: `known`, an EDTF date, what had been published by the end of it; `assume`, what is taken to have come into force, or to have ended, on the day told: "considered" and "announced", which stand for ends as well, "end_considered" and "end_announced"; one or a list; `activity`, one of those of measures ("export")
---@return table # `requirement` ("none", "general", "bulk", "individual", "prohibited", "unknown"); `certain`; `possible`, all that it may be, the least strict first; `measure`, the key (or id) of the most specific that decides, and `decides`, all of them; `overrides`, each with `measure`, `by` and `reason`; `also`, what asks for less on another basis; `reason`, in English; `open`, what the doubt is about, each with `reason` and what it concerns (`measure`, `membership`, `measures`); `assumed` and `inferred`, stages, each with `measure` or `membership`, `stage` and `date`, and `sourced`; `unplaced`, measures and memberships without a stage, and `not_known`, those that `known` leaves a stage out of; `sources`, `records`, `independent`; and the question. It prints as text
function licence.requirement(store, question) end

---For many questions about one state of a store, which is read once.
---
---   local ask = licence.asker(store, { known = "2019-07-05" })
---   ask("JPN", "KOR", "etching gas", "2019-07-04").requirement
---
---Raises `misuse` and `invalid` as `requirement`, also from the function
---@param store dualuse.store # an open store, or a view of one
---@param settings? table # `known`, `assume` and `activity`, as in `requirement`
---@return function # from, to, item, on → what `requirement` returns
function licence.asker(store, settings) end

---The history of a requirement, as intervals. What is not certain is in rows of its own.
---
---Raises as `requirement`
---@param store dualuse.store # an open store, or a view of one
---@param question table # as for `requirement`, without `on`; `during`, an EDTF date, leaves out what is before and after
---@return dualuse.rows # rows of `from` and `to`, the first and last day as EDTF text, ".." where there is none; `requirement`, `measure`, `certain`; `decides` and `possible` as in `requirement`; `sources`, `records`, `independent`
function licence.periods(store, question) end

---Who says what on the questions of a dispute, grouped by question and state.
---
---   local positions = dualuse.positions(store, { dispute = "japan-korea-2019" })
---   positions.status["q-retaliation"]    -- "contested"
---   for _, row in ipairs(positions) do print(row.question, row.state, row.stance) end
---
---`dualuse.positions(store, given)`
---
---Who asserts, denies, doubts, declines or qualifies, on a question, all questions of a dispute,
---or, without either, all questions there are.
---
---The questions come in the order in which they were recorded; in each, the claims by state, those
---of no state last, and then by first and last possible day.
---
---`status` tells of each question, by its key, whether the claims shown leave it `contested`,
---`one_sided` or `unanswered`: see `status` above. `questions` are these in order, those without
---claims among them, as rows of `question`, `title`, `status`, `sources`, `independent`, `cited`.
---
---`contradictions` are the links which say that one claim contradicts another, with who says so:
---they are never inferred from the stances. A link counts if one of its claims at least is shown.
---`one_state` is true where both speakers are of the same state.
---
---`unplaced` has, apart, the claims that may or may not belong here, each with `why`: claims
---without a date, where a time was asked for; claims whose question names no dispute, where a
---dispute was asked for. Claims on questions of another dispute are left out.
---
---Raises `misuse` for what is no store, an unknown option or a wrong type; `invalid` for a dispute
---or question that there is not, a question of another dispute, or a date that is none; `closed`
---
---`store`: an open store, or a view of one
---
---`given`: `dispute` and `question`, references; `during`, an EDTF date: claims that may have been
---made then, with `certain` telling whether they were
---
---Returns rows of `question`, `state`, `no_state` (why there is none), `speaker`, `role`, `stance`,
---`date`, `attribution`, `directness`, `sources`, `independent` (how many of these do not repeat
---another), `cited` (the sources with the places in them), `quotes`, `inferred`, `replies_to`,
---`text`, `id`, `key`; with `status`, `questions`, `contradictions` and `unplaced`
---@class dualuse.positions
---@overload fun(store: dualuse.store, given?: table): dualuse.rows
local positions = {}

---How the claims on a question stand to each other.
---
---To assert is to point one way, to deny or to doubt the other; who declines or qualifies takes no
---side.
---
---- `contested`: claims point both ways, whether those who make them are of different states or
---  of one. Somebody who has said both counts as two voices: nothing tells which holds.
---- `one_sided`: claims point one way only. - `unanswered`: no claim takes a side, or there is
---none.
---@param stances string[] # of the claims
---@return string
function positions.status(stances) end

---What a figure rests on: its records, its sources, and how many of those are independent.
---
---A wire copy is not a second source: a source with `republished_from` speaks with the voice of
---what it repeats, up to the first that repeats nothing, whether or not that one is cited too.
---
---   local from = provenance.collector(store)
---   for case in store.cases:where{ destination = "VNM" }:each() do
---     from:add(case)
---   end
---   from:result()   -- { records = { 252, 253 }, sources = { "afp", "nikkei" }, independent = 2 }
---@class dualuse.provenance
local provenance = {}

---A function that counts independent sources, for many counts on one store: it reads the sources
---when it is first called, and only then.
---
---Raises `misuse` for what is no store
---@param store dualuse.store # an open store, or a view of one
---@return function # keys → how many independent sources they are; it raises `invalid` for a key that no source has
function provenance.counter(store) end

---How many independent sources there are among some.
---
---Raises `misuse` for what is no store or no list, `invalid` for a key that no source has
---@param store dualuse.store # an open store, or a view of one
---@param keys string[] # of sources
---@return integer
function provenance.independent(store, keys) end

---Collects the records and sources of one figure.
---
---Raises `misuse` for what is no store
---@param store dualuse.store # an open store, or a view of one
---@return table # a collector, with `add`, `add_source`, `another` and `result`
function provenance.collector(store) end

---Disclosed totals against each other, and against the cases on record.
---
---   local r = reconcile(store, { authority = "MOTIE", year_basis = "detected" })
---   r[5].period, r[5].value, r[5].basis, r[5].formula
---   --> 2018/2019-03   72   derived   156 (2015/2019-03) − 14 (2015) − 22 (2016) − 48 (2017)
---
---A total for a period is a difference between two points in time. Totals that connect two points
---make the difference between them known; totals that contradict each other are all named, and none
---of them is preferred: what depends on them has `values`, no `value`.
---
---Only like is combined: measure, unit, year basis and what part of the whole (destination, item,
---scope) belong to the question. A total that leaves unit or year basis open goes with any, and the
---answer names it in `open`. A unit or year basis that the question leaves open is the one that the
---totals have.
---
---A total that is `at_least` or `at_most` bounds; one that is `about` lies within a tenth of its
---value, or within what `about` says. Numbers of companies do not add up over periods, since one
---company may be counted in several: they are bounded, not subtracted.
---
---The module is callable: `reconcile(store, question)` is `reconcile.reconcile(store, question)`.
---@class dualuse.reconcile
---@overload fun(store: dualuse.store, question: table): dualuse.rows
local reconcile = {}

---Sets the totals that an authority disclosed against each other and against the cases on record.
---
---Raises `misuse` for unknown options and wrong types; `invalid` for an unknown party, item or
---word, and where the question leaves open a unit or year basis of which the figures have several
---@param store dualuse.store # an open store, or a view of one
---@param question table # `authority`*, whose figures; `measure` ("cases"); `unit`, `year_basis` (those of the figures); `during`, only periods within this one; `destination`, `item` (each one or a list), `scope`: the part of the whole; `about`, how far from the truth an approximate figure may be (0.1)
---@return dualuse.rows # rows in order of time, one for each period disclosed and each between adjacent ends of such: `period`, `value`, `least`, `most`, `basis` ("disclosed", "derived" or nil where nothing is known), `formula`, `conflict` and `values` where figures contradict each other; `recorded` and `possible`, how many cases certainly and how many others possibly lie in it, with their ids in `cases` and `possible_cases`; `gap`, the `least` and `most` that are not on record, negative where more are; `records`, `sources`, `independent` of the value. Beside the rows: `conflicts` (`period`, `values`, `sources`, `claims`, `text`), `unplaced`, `withheld`, `none_found`, `superseded`, `unlike`, `of_which`, `beyond`, each a list; `open`, by field the figures that leave it open; `question`, as answered; `cases`, how many there are, how many in none of the periods (`elsewhere`) and how many could not be placed
function reconcile.reconcile(store, question) end

---Reports: a dispute on a few pages, to read and to look at.
---
---   print(dualuse.report(store, { dispute = "japan-korea-2019" }))
---   dualuse.report(store, { dispute = "japan-korea-2019", path = "brief.html" })
---   dualuse.report.chronology(store, { dispute = "japan-korea-2019", to = "markdown" })
---
---Every figure and every sentence carries the numbers of its sources, which are listed at the end,
---in the order of first use. Dates are in words, never more exact than they are on record. What is
---alleged or contested reads so, and what the store does not cover is told.
---
---Each part can be had alone; together they come in the order below.
---
---`dualuse.report(store, given)`
---
---A report.
---
---It is of the store's newest revision: what an open transaction has written is not in it. The same
---revision and the same options always give the same bytes, whatever the locale, the clock or the
---time zone.
---
---In HTML, it is one file that fetches nothing and runs nothing; it has pictures (`dualuse.chart`),
---prints on A4, and fits phones; tables are sorted without a script. Markdown is that of forges.
---Text draws bars and sparklines with blocks. JSON has the shape that `dualuse.report.json`
---documents. `timelinejs` is the chronology alone, as JSON for TimelineJS. In all of them stored
---text is shown as text, whatever it holds.
---
---Raises `misuse` for what is no store, an unknown option, a wrong type, or one that has no meaning
---for the format; `invalid` for a record that there is not, or a date that is none; `io` for a file
---that exists or cannot be written, `full`; `closed`
---
---`store`: an open store, or a view of one
---
---`given`: `dispute`, a reference: only what belongs to it (`dualuse.scope`); `during`, an EDTF
---date: the chronology and the acts of what may have been then; `parts`, one or a list of the names
---of parts, in the order wanted (all); `items`, one or a list of references, whose licences are
---told (those that the measures name); `origin` and `destination`, references: from where to where
---these go (as the measures have it); `most`, how many entries of a list are told (500): what is
---left out is counted, and pictures have all of it, those of more than a thousand events as one
---mark for each date; `to`, "html", "json", "markdown", "text" or "timelinejs" (what the ending of
---`path` says, or "text"); `path`, a file to write it to, which is whole or not there; `overwrite`,
---true to replace one; `title`; `now`, an EDTF date: the day to tell (none is told if it is
---absent); `ascii`, true for text of nothing but ASCII, whatever the locale is (false); `width` of
---text, in columns (100)
---
---Returns the report, also where it was written to a file
---@class dualuse.report
---@overload fun(store: dualuse.store, given?: table): string
local report = {}

---The most that can be said in a few sentences, and how much is on record, with its units.
---
---Raises as `report`
---@param store dualuse.store # an open store, or a view of one
---@param given? table # as for `report`, but for `parts`
---@return string
function report.summary(store, given) end

---What happened when, in order of the first possible day (`dualuse.chronology`).
---
---Raises as `report`
---@param store dualuse.store # an open store, or a view of one
---@param given? table # as for `report`, but for `parts`
---@return string
function report.chronology(store, given) end

---The cases known one by one, and what is told of none of them.
---
---Raises as `report`
---@param store dualuse.store # an open store, or a view of one
---@param given? table # as for `report`, but for `parts`
---@return string
function report.cases(store, given) end

---Disclosed figures against each other and against the known cases (`dualuse.reconcile`).
---
---Raises as `report`
---@param store dualuse.store # an open store, or a view of one
---@param given? table # as for `report`, but for `parts`
---@return string
function report.cases_by_year(store, given) end

---Which licence items needed when, and why (`dualuse.licence`).
---
---Raises as `report`
---@param store dualuse.store # an open store, or a view of one
---@param given? table # as for `report`, but for `parts`
---@return string
function report.licences(store, given) end

---Licensing measures, and what became of them.
---
---Raises as `report`
---@param store dualuse.store # an open store, or a view of one
---@param given? table # as for `report`, but for `parts`
---@return string
function report.measures(store, given) end

---Who acts on whom, and events month by month.
---
---Raises as `report`
---@param store dualuse.store # an open store, or a view of one
---@param given? table # as for `report`, but for `parts`
---@return string
function report.acts(store, given) end

---Contested questions, and who says what (`dualuse.positions`).
---
---Raises as `report`
---@param store dualuse.store # an open store, or a view of one
---@param given? table # as for `report`, but for `parts`
---@return string
function report.positions(store, given) end

---Parties in these records that stand on restricted-party lists.
---
---Raises as `report`
---@param store dualuse.store # an open store, or a view of one
---@param given? table # as for `report`, but for `parts`
---@return string
function report.restricted(store, given) end

---What authorities disclose, and what they withhold (`dualuse.transparency`).
---
---Raises as `report`
---@param store dualuse.store # an open store, or a view of one
---@param given? table # as for `report`, but for `parts`
---@return string
function report.transparency(store, given) end

---How much rests on which source, and on it alone.
---
---Raises as `report`
---@param store dualuse.store # an open store, or a view of one
---@param given? table # as for `report`, but for `parts`
---@return string
function report.sources(store, given) end

---What rests on little (`dualuse.audit`).
---
---Raises as `report`
---@param store dualuse.store # an open store, or a view of one
---@param given? table # as for `report`, but for `parts`
---@return string
function report.weaknesses(store, given) end

---What the store does not cover, and must not be concluded from it.
---
---Raises as `report`
---@param store dualuse.store # an open store, or a view of one
---@param given? table # as for `report`, but for `parts`
---@return string
function report.coverage(store, given) end

---Rows: results as plain tables with methods and a printed form.
---
---Rows are a list of tables, `#rows`, `rows[1].count` and `ipairs(rows)` are what they look like.
---Methods give new rows and leave these as they are, so that they chain:
---
---   store.cases:group{ "year" }:fill():change():sort("-count")
---
---What a figure rests on goes with it: a row's `records` and `sources` (sorted lists) and
---`independent` (how many independent sources) are put together where rows are.
---
---A row whose date fits no bucket has none as its key (nothing, or the text "unbounded") but
---`undated = true` or `unbounded = true`. Such rows stay at the end, are filled nowhere and are
---never left out unasked; so does the row `rest` that `top` makes, before them.
---@class dualuse.rows: { [integer]: table }
---@field columns string[] # the names of the columns, in order
---@field keys string[] # those that tell the rows apart
---@field measures string[] # those that are figures
---@field unit? string # what is counted
---@field title? string
---@field notes? string[]
local rows = {}

---Sorts: by the first column, where that is equal by the next, and so on; equal rows stay in their
---order, missing values come last.
---
---Raises `misuse` for a column that there is not
---@param ... string # columns; "-name" from the greatest to the least
---@return dualuse.rows # new rows
function rows:sort(...) end

---Keeps some rows.
---
---Raises `misuse` for another test, and for a column that there is not
---@param test function|table # a function of a row; or a table of columns with the value wanted, a list of which any will do, or `dualuse.null` for no value
---@return dualuse.rows # new rows
function rows:filter(test) end

---The rows with the greatest figures, and one row `rest` for the others, with the sums of what can
---be added up and, in `rest`, how many they are. Rows that no bucket fits stay, at the end.
---
---Raises `misuse` for a column that there is not
---@param n integer # how many
---@param column? string # the first measure when left out
---@return dualuse.rows # new rows
function rows:top(n, column) end

---Adds the buckets in which there is nothing, between the first and the last or over a given span,
---for each combination of the other keys: counts are 0, other figures missing. Rows outside the
---span stay. They come in the order of their keys.
---
---Raises `misuse` for rows without buckets of time, other options, bounds that are no buckets or in
---the wrong order; `invalid` where that would be more than a million rows
---@param options? table # `from` and `to`, buckets
---@return dualuse.rows # new rows
function rows:fill(options) end

---Puts rows beside these that have the same values in some columns. None is left out: a row of
---either without a partner stays, without the other's figures. A column of the other whose name is
---taken gets a number: `count_2`.
---
---Raises `misuse` for a column that either has not; `invalid` where two of the other rows are equal
---in these columns
---@param other dualuse.rows # rows, told apart by these columns
---@param ... string # the columns that must be equal
---@return dualuse.rows # new rows: these in their order, then those of the other without a partner
function rows:join(other, ...) end

---Puts rows after these. What belongs at the end goes there.
---
---Raises `misuse` for what is no rows; `invalid` where they count something else
---@param other dualuse.rows # rows that count in the same unit
---@return dualuse.rows # new rows
function rows:concat(other) end

---The difference and the ratio of each bucket to the one before it: columns `change` and `ratio`
---(`<column>_change` where there is one already). Neither where the bucket before has no row or no
---value (`fill` first, to have counts of 0), no ratio where it has 0.
---
---Raises `misuse` for a column that there is not, and for rows without buckets of time
---@param column? string # the first measure when left out
---@return dualuse.rows # new rows
function rows:change(column) end

---The sum up to each bucket, for each combination of the other keys; without buckets of time, in
---the order of the rows. A row without a value has none, and the next goes on. Column `cumulative`.
---
---Raises `misuse` for a column that there is not, `invalid` for one that cannot be added up
---@param column? string # the first measure when left out
---@return dualuse.rows # new rows
function rows:cumulative(column) end

---The part that each row has in the sum of all, 0 to 1, those at the end included; none where the
---sum is 0. Column `share`.
---
---Raises `misuse` for a column that there is not, `invalid` for one that cannot be added up
---@param column? string # the first measure when left out
---@return dualuse.rows # new rows
function rows:share(column) end

---The mean of each bucket and those before it, so many together; none where one of them has no row
---or no value. Column `moving`.
---
---Raises `misuse` for a column that there is not, and for rows without buckets of time
---@param column string? # the first measure when nil
---@param n integer # how many buckets
---@return dualuse.rows # new rows
function rows:moving(column, n) end

---Turns the values of a column into columns. A combination of which there is no row has a count of
---0, other figures are missing.
---
---Raises `misuse` for a column that there is not; `invalid` where several rows fall into a cell and
---cannot be added up
---@param row string # the column that stays, one row for each of its values
---@param column string # whose values become columns
---@param value? string # the figure in the cells: the first measure when left out
---@return dualuse.rows # new rows
function rows:pivot(row, column, value) end

---Writes the rows to a file: their columns, as `query:export` writes records.
---
---Raises as there
---@param target any # a path, an open file, or a function that is called with chunks of text
---@param options? table # `format`, `spreadsheet`, `separator` and `overwrite`, as there
---@return integer # how many rows were written
function rows:export(target, options) end

---Rows: results as plain tables with methods and a printed form.
---
---Rows are a list of tables, `#rows`, `rows[1].count` and `ipairs(rows)` are what they look like.
---Methods give new rows and leave these as they are, so that they chain:
---
---   store.cases:group{ "year" }:fill():change():sort("-count")
---
---What a figure rests on goes with it: a row's `records` and `sources` (sorted lists) and
---`independent` (how many independent sources) are put together where rows are.
---
---A row whose date fits no bucket has none as its key (nothing, or the text "unbounded") but
---`undated = true` or `unbounded = true`. Such rows stay at the end, are filled nowhere and are
---never left out unasked; so does the row `rest` that `top` makes, before them.
---@class dualuse.rows_module
local rows_module = {}

---Makes rows of a list of plain tables. The tables are not copied.
---
---Raises `misuse` for what is no list of tables, and for unknown options
---@param list table[]
---@param options? table # `columns`, the names of the columns in order (the keys, the measures, and what else there is); `keys`, the names of those that tell the rows apart; `measures`, the names of those that are figures; `aggregates`, how figures were made, by column: `count`, `possible`, `distinct`, `sum`, `mean`, `min`, `max`, `median` (a column with such a name is one); `unit`, what is counted; `title`; `notes`, lines printed below; `units`, by column, the units that differ from `unit`; `independent`, a function that counts independent sources (`provenance.counter`): without it, rows put together have no such number unless one of them has all the sources; `widest`, how wide a printed cell may be
---@return dualuse.rows # rows; the options are fields of it
function rows_module.new(list, options) end

---Rows as text: title, unit, the rows in columns, and notes.
---@param rows table
---@param room? table # `width`, `rows` and `ascii`, as `layout.room` has them
---@return string # lines without a final line end
function rows_module.text(rows, room) end

---One contract, or many, checked against measures, restricted-party lists and cases.
---
---   local result = dualuse.screen(store, { exporter = "Acme Chemicals", end_user = "Widget Co",
---     items = "hydrogen fluoride", from = "JPN", to = "KOR", on = "2019-07-04" })
---   result.outcome            -- "prohibited", "licence_required", "review", "unknown", "clear"
---   result.matches[1].list    -- rows: the best first
---   result.checked            -- what it was checked against, and what it was not
---
---The outcome is the worst of what the licence requirement, the matches and what is on record mean,
---in the order above:
---
---* a licence that is needed, or an export that is prohibited; what is not on record is `unknown`;
---* a match, by what its list means (`screen.meanings`, which may be changed) or the entry's own
---  requirement, if it is by the same name (a score of `sure` or more); a name that is only alike,
---  and an entry of which it is not certain that it stands on the day, ask for a `review`;
---* earlier cases and diversion, recorded or alleged, ask for a `review`, as does a prohibition by
---  another state;
---* a party or an item that is not on record makes the outcome `unknown`, if nothing is worse.
---
---"clear" means that nothing was found in what `checked` names, and nothing else.
---
---`dualuse.screen(store, contract)`
---
---Screens one contract.
---
---Raises `misuse` for what is no store, a view of an earlier revision, an unknown option and a
---wrong type; `invalid` for a value that does not fit; `closed`
---
---`store`: an open store
---
---`contract`: `on`, an EDTF date, which has to be given; `exporter`, `end_user` and `parties` (one
---or a list), by name as people type it, key or id; `items` (one or a list), `from` and `to`;
---`quantity`, which is only noted. Settings: `known` and `activity` as in `licence.requirement`;
---`least`, the score from which on a name is a match (0.8; below that, not every one is found);
---`sure`, the score from which on it is taken to be the party listed (1); `meanings`, what lists
---mean where that is not what `screen.meanings` says; `save`, whether to keep it among the store's
---screenings
---
---Returns `outcome`; `licence`, the answers for the items, with `requirement`, `measure`, `certain`
---and `reason` of the strictest; `matches`, rows of `role`, `asked`, `party`, `name`, `matched`,
---`score`, `list`, `entry`, `programmes`, `requirement`, `policy`, `notice`, `listed`, `delisted`,
---`status` on the day, `means` (for its list), `counts` (in this outcome), and `cleared` or
---`confirmed` where a reviewer decided; `prohibited`, measures; `cases`, with `because`;
---`later_cases`, how many are later than the day; `diversion`, with `basis` "recorded" or
---"alleged"; `unknown`, what is not on record; `checked`: `lists` with their entries and dates,
---`not_loaded`, `unmeant` (lists without a meaning), `not_checked`, `parties`; and `screening`, the
---id of what was saved. It prints as text
---@class dualuse.screen
---@overload fun(store: dualuse.store, contract: table): table
local screen = {}

---Screens many contracts. One that cannot be screened has a `problem` and no result; its outcome is
---"unknown".
---
---Raises as `screen`; `invalid` for a column that is for no field
---@param store dualuse.store # an open store
---@param contracts table|string # a list of contracts as in `screen`; or the path of a CSV file, gzip or not, with a header of `exporter`, `end_user`, `parties`, `items`, `from`, `to`, `on`, `quantity`
---@param given? table # what a contract may hold, for those that lack it; of a file, `columns`, a table from titles to these fields, or to false, and `separator`, what stands between several items or parties in one cell (";")
---@return dualuse.rows? # rows of `row`, `line`, `outcome`, `exporter`, `end_user`, `requirement`, `matches`, `best`, `list`, `cases`, `diversion`, `problem`; with `result`, what `screen` gives; and with `counts`, the number of rows by outcome. nil if the file cannot be had
---@return table? # an error `io`, if so
function screen.batch(store, contracts, given) end

---Runs saved screenings anew: of each contract the last one, if a list has changed since.
---
---Raises as `screen`
---@param store dualuse.store # an open store
---@param given table # `on`, the day for which to screen now, which has to be given; `save`, whether to keep the new ones; `all`, also where no list has changed
---@return dualuse.rows # rows of `screening` (the earlier one), `lists` (those that have changed), `before` and `after` (outcomes), `appeared` and `gone` (matches that are new, no longer there, or count for something else), `differs`, `result`; with `unchanged`, how many were not run
function screen.again(store, given) end

---Lists that are in order already, as a rule.
---@class dualuse.sorting
local sorting = {}

---Sorts a list, unless it is in order: to see that takes one look at each element.
---@param list table # is changed
---@param before function # whether an element comes before another
function sorting.settle(list, before) end

---What authorities disclose, year by year: six things that a blank cell would not tell apart.
---
---   disclosed        a figure is published
---   zero             the figure that is published is zero
---   no_figure        it is published, but the figure is not on record here
---   withheld         the authority does not publish it; `asserted_by` tells who says so
---   none_found       somebody here has looked, and found none
---   not_looked_for   nobody here has looked: nothing is on record
---
---   print(dualuse.transparency(store, { measure = "cases", during = "2015/2019" }))
---
---`dualuse.transparency(store, given)`
---
---What each authority has disclosed, for each year: one row for each disclosure that has, or may
---have, to do with the year.
---
---A figure for a time that is not within one year is not divided: it stands in the row of its own
---period, which has no `year`; the rows of the years that it covers tell in `detail` what they are
---part of, and have no value. Where it is uncertain whether a period covers a year, `certain` is
---false, and `detail` says so. Figures "of which" (`scope`, `destinations`, `items`) follow those
---of the whole; superseded ones come last. A year of which nothing on the whole is on record is
---`not_looked_for`.
---
---Raises `misuse` for what is no store, an unknown option or a wrong type; `invalid` for a measure
---or authority that there is not, or for years that are none; `closed`
---
---`store`: an open store, or a view of one
---
---`given`: `measure`, one or a list of cases, convictions, fines, licences, denials: those that are
---on record if left out, or all if none is; `during`, the years, in EDTF: from the first to the
---last on record if left out; `authorities`, one or a list of references: those of a state are
---found by the state's name, too; all that disclose something or caught a case if left out
---
---Returns rows of `authority`, `measure`, `year`, `value`, `basis` (see above), `detail`, `period`,
---`certain`, `qualifier`, `scope`, `destinations`, `items`, `unit`, `year_basis`, `asserted_by`,
---`published`, `superseded`, `sources`, `independent` (how many of these do not repeat another),
---`id` and `key` of the disclosure; by authority, measure and year
---@class dualuse.transparency
---@overload fun(store: dualuse.store, given?: table): dualuse.rows
local transparency = {}

---A store for the events and enforcement cases of export-control disputes.
---
---`require "dualuse"` gives the functions of the core (`open`, `describe`, `edtf`, `null`, `raise`)
---and the modules on top of it, each loaded when it is first named: `dualuse.licence` is `require
---"dualuse.licence"`.
---@class dualuse
---@field edtf dualuse.edtf
---@field null any # clears a field; in a filter of rows, no value
---@field applications dualuse.applications
---@field audit dualuse.audit
---@field chart dualuse.chart
---@field chronology dualuse.chronology
---@field explore dualuse.explore
---@field licence dualuse.licence
---@field positions dualuse.positions
---@field provenance dualuse.provenance
---@field reconcile dualuse.reconcile
---@field report dualuse.report
---@field rows dualuse.rows_module
---@field screen dualuse.screen
---@field sorting dualuse.sorting
---@field transparency dualuse.transparency
local dualuse = {}

---`describe([kind]) -> description`
---
---Of a kind: { kind, singular, help, date = its own date's field, fields }, where a field is {
---name, type, list, required, help, kinds, words, least, most, absent }. Without a kind, the list
---of them: { kind, help }.
---
---Raises `misuse` for a kind that there is not.
---@param kind? dualuse.kind
---@return dualuse.description
function dualuse.describe(kind) end

---`raise{ code=, message=, kind=, field=, level= }`
---
---For modules on top of the store: an error like its own. `level` says whose mistake it is, as in
---error(): 1, where raise was called; 2, when left out, where the function that called raise was
---called.
---@param problem table
function dualuse.raise(problem) end

---`open([path [, { readonly=, timeout=, deadline=, durability=, column_cache= }]]) -> store, or nil and an error`
---
---Opens a store, and makes it where the file is new; without a path, one in memory.
---  path        text
---  readonly    boolean
---  timeout     seconds to wait for another writer (5)
---  deadline    seconds that one query may run (no limit)
---  durability  "full": what a write returned survives power loss; "normal":
---              the last moments may be lost, the store is whole
---  column_cache  bytes of memory that columns may take (64 MiB); 0: they are
---              not used
---Returns the store, or nil and an error where the file cannot be had: it is a directory, not a
---database, of another application or a newer version.
---
---Raises `misuse` for arguments of a wrong type and unknown options.
---@param path? string
---@param options? dualuse.open_options
---@return dualuse.store?
---@return dualuse.error?
function dualuse.open(path, options) end
