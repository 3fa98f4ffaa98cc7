--- Why lines of the C core are run by no spec and by no fault, for spec/fault/coverage.lua.
--
-- A reason has `why` and a list of places: the `file` in csrc, the `body` that the line is in, what
-- the `code` holds; what is left out may be any. The first that fits counts.
return {
  { why = "SQLite or the disk fails in the midst of a statement: make fault reaches this at one " ..
      "of many thousand points, of which make coverage takes few",
    { code = "du_raise_sql(" }, { code = "du_sql_release(loader->find)" },
    { file = "sql.c", body = "code_of" }, { file = "sql.c", body = "failed" },
    { file = "sql.c", body = "bound" }, { file = "sql.c", body = "du_sql_step" },
    { file = "sql.c", body = "copy_pages" }, { file = "sql.c", body = "du_sql_backup" },
    { file = "sql.c", body = "restrict_connection" }, { file = "store.c", body = "note_lost" },
    { file = "store.c", body = "add_revision" }, { file = "packer.c", body = "was_interrupted" },
    { file = "packer.c", body = "du_columns_pack_first" } },
  { why = "no memory is left: make fault reaches this, too",
    { code = '"nomem"' }, { code = "not ours: no memory" }, { file = "sql.c", body = "fold" },
    { file = "sql.c", body = "du_sql_open" },
    { file = "check_schema.c", body = "du_check_schema" } },
  { why = "what does not return needs no end, but no compiler knows",
    { code = "abort();" } },
  { why = "the caller has looked before: kept so that a mistake there is an error, not a crash",
    { code = "du_misuse(" }, { file = "group_asked.c", code = "too many measures" },
    { file = "bucket.c", body = "du_bucket_text" }, { file = "entry.c", body = "day_of_style" },
    { file = "identity.c", body = "field_of" }, { file = "edtf.c", body = "splice" },
    { file = "edtf.c", body = "refuse_character" }, { file = "edtf.c", body = "repair_compact" },
    { file = "edtf.c", body = "du_edtf_day_text" }, { file = "import.c", body = "loader_run" },
    { file = "errors.c", body = "error_tostring" }, { file = "errors.c", body = "du_check_text" },
    { file = "exact.c", body = "add_limbs" }, { file = "exact.c", body = "subtract_limbs" },
    { file = "exact.c", body = "du_wide_add" }, { file = "exact.c", body = "du_exact_number" },
    { file = "module.c", body = "du_tostring" }, { file = "records.c", body = "check_delimiter" },
    { file = "records.c", body = "feed" }, { file = "delimited.c", body = "du_delimited_plain" },
    { file = "text.c", body = "du_text_format" }, { file = "segment.c", body = "du_segment_keep" },
    { file = "match.c", body = "add_escape" }, { file = "sql.c", body = "path_is_plain" },
    { file = "likeness.c", body = "du_like_score" }, { file = "json.c", body = "push_real" } },
  { why = "another system or version: no sync, no links, no terminal's size, an older SQLite, a " ..
      "file that is no longer what it was",
    { file = "output.c" }, { file = "terminal.c" }, { code = "needs SQLite 3.38" },
    { file = "store.c", body = "look_first" } },
  { why = "a column in a file that is damaged though its sum is right: make fuzz reads such, in " ..
      "a build of its own",
    { file = "segment.c", body = "take" }, { file = "segment.c", body = "read_texts" },
    { file = "segment.c", body = "read_days" }, { file = "segment.c", body = "read_integers" },
    { file = "segment.c", body = "read_values" }, { file = "segment.c", body = "read_following" },
    { file = "segment.c", body = "read_form" }, { file = "scan.c", body = "drop_stale" },
    { file = "tally.c", body = "leave_odd" }, { file = "tally.c", body = "tally_segment" } },
  { why = "columns larger than a spec's: a segment without room for a row, or more groups than " ..
      "16384; spec/segment_spec.lua has such in a program of its own",
    { file = "segment.c", body = "add" }, { file = "segment.c", body = "du_packing_null" },
    { file = "segment.c", body = "du_packing_integer" },
    { file = "segment.c", body = "du_packing_undo" }, { file = "packer.c", body = "add_values" },
    { file = "tally_cells.c", body = "place_hashed" },
    { file = "tally_cells.c", body = "cell_hashed" },
    { file = "identity.c", body = "make_filter" } },
}
