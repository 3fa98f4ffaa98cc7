rockspec_format = "3.0"
package = "dualuse"
version = "scm-1"

source = {
  url = "git+https://github.com/dualuse/dualuse.git",
}

description = {
  summary = "An embeddable store for export-control disputes, over SQLite",
  detailed = [[
    What happened, who says what about it, which licence applied, and which unauthorised exports
    were caught: events, claims, measures, disclosed totals and enforcement cases in one SQLite
    file, every value with its source, every revision kept.
  ]],
  homepage = "https://github.com/dualuse/dualuse",
  license = "MIT",
}

dependencies = {
  "lua >= 5.4, < 5.5",
}

external_dependencies = {
  SQLITE = {
    header = "sqlite3.h",
    library = "sqlite3",
  },
}

-- spec/rock_spec.lua holds both lists against the files.
build = {
  type = "builtin",
  modules = {
    ["dualuse.core"] = {
      sources = {
        "csrc/bucket.c",
        "csrc/cells.c",
        "csrc/change.c",
        "csrc/check.c",
        "csrc/clock.c",
        "csrc/dates.c",
        "csrc/delimited.c",
        "csrc/describe.c",
        "csrc/edtf.c",
        "csrc/entry.c",
        "csrc/errors.c",
        "csrc/fold.c",
        "csrc/group.c",
        "csrc/identity.c",
        "csrc/import.c",
        "csrc/json.c",
        "csrc/kinds.c",
        "csrc/likeness.c",
        "csrc/loader.c",
        "csrc/marks.c",
        "csrc/match.c",
        "csrc/module.c",
        "csrc/names.c",
        "csrc/once.c",
        "csrc/output.c",
        "csrc/plan.c",
        "csrc/query.c",
        "csrc/record.c",
        "csrc/records.c",
        "csrc/rows.c",
        "csrc/schema.c",
        "csrc/sql.c",
        "csrc/store.c",
        "csrc/terminal.c",
        "csrc/text.c",
        "csrc/value.c",
        "csrc/where.c",
      },
      libraries = { "sqlite3" },
      incdirs = { "$(SQLITE_INCDIR)" },
      libdirs = { "$(SQLITE_LIBDIR)" },
    },
    ["dualuse"] = "lua/dualuse/init.lua",
    ["dualuse.applications"] = "lua/dualuse/applications.lua",
    ["dualuse.audit"] = "lua/dualuse/audit.lua",
    ["dualuse.calendar"] = "lua/dualuse/calendar.lua",
    ["dualuse.chronology"] = "lua/dualuse/chronology.lua",
    ["dualuse.chunks"] = "lua/dualuse/chunks.lua",
    ["dualuse.differences"] = "lua/dualuse/differences.lua",
    ["dualuse.gzip"] = "lua/dualuse/gzip.lua",
    ["dualuse.formats"] = "lua/dualuse/formats.lua",
    ["dualuse.formats.acled"] = "lua/dualuse/formats/acled.lua",
    ["dualuse.formats.acled_deletions"] = "lua/dualuse/formats/acled_deletions.lua",
    ["dualuse.formats.actors"] = "lua/dualuse/formats/actors.lua",
    ["dualuse.formats.cameo"] = "lua/dualuse/formats/cameo.lua",
    ["dualuse.formats.gdelt"] = "lua/dualuse/formats/gdelt.lua",
    ["dualuse.formats.icews"] = "lua/dualuse/formats/icews.lua",
    ["dualuse.formats.polecat"] = "lua/dualuse/formats/polecat.lua",
    ["dualuse.formats.screening_list"] = "lua/dualuse/formats/screening_list.lua",
    ["dualuse.formats.states"] = "lua/dualuse/formats/states.lua",
    ["dualuse.import"] = "lua/dualuse/import.lua",
    ["dualuse.import.mapping"] = "lua/dualuse/import/mapping.lua",
    ["dualuse.import.rejects"] = "lua/dualuse/import/rejects.lua",
    ["dualuse.import.result"] = "lua/dualuse/import/result.lua",
    ["dualuse.layout"] = "lua/dualuse/layout.lua",
    ["dualuse.licence"] = "lua/dualuse/licence.lua",
    ["dualuse.licence.answer"] = "lua/dualuse/licence/answer.lua",
    ["dualuse.licence.asking"] = "lua/dualuse/licence/asking.lua",
    ["dualuse.licence.rules"] = "lua/dualuse/licence/rules.lua",
    ["dualuse.licence.scope"] = "lua/dualuse/licence/scope.lua",
    ["dualuse.licence.timeline"] = "lua/dualuse/licence/timeline.lua",
    ["dualuse.licence.wording"] = "lua/dualuse/licence/wording.lua",
    ["dualuse.lookup"] = "lua/dualuse/lookup.lua",
    ["dualuse.options"] = "lua/dualuse/options.lua",
    ["dualuse.period"] = "lua/dualuse/period.lua",
    ["dualuse.positions"] = "lua/dualuse/positions.lua",
    ["dualuse.precision"] = "lua/dualuse/precision.lua",
    ["dualuse.printing"] = "lua/dualuse/printing.lua",
    ["dualuse.progress"] = "lua/dualuse/progress.lua",
    ["dualuse.provenance"] = "lua/dualuse/provenance.lua",
    ["dualuse.reconcile"] = "lua/dualuse/reconcile.lua",
    ["dualuse.reconcile.cases"] = "lua/dualuse/reconcile/cases.lua",
    ["dualuse.reconcile.formula"] = "lua/dualuse/reconcile/formula.lua",
    ["dualuse.reconcile.part"] = "lua/dualuse/reconcile/part.lua",
    ["dualuse.repeats"] = "lua/dualuse/repeats.lua",
    ["dualuse.report.brief"] = "lua/dualuse/report/brief.lua",
    ["dualuse.report.page"] = "lua/dualuse/report/page.lua",
    ["dualuse.rows"] = "lua/dualuse/rows.lua",
    ["dualuse.screen"] = "lua/dualuse/screen.lua",
    ["dualuse.screen.history"] = "lua/dualuse/screen/history.lua",
    ["dualuse.screen.lists"] = "lua/dualuse/screen/lists.lua",
    ["dualuse.screen.matches"] = "lua/dualuse/screen/matches.lua",
    ["dualuse.sample.japan_korea_2019"] = "lua/dualuse/sample/japan_korea_2019.lua",
    ["dualuse.scope"] = "lua/dualuse/scope.lua",
    ["dualuse.transparency"] = "lua/dualuse/transparency.lua",
  },
}
