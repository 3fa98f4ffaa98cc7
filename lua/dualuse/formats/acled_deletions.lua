--- ACLED's lists of events that it took back: ids, which are retracted.
--
-- Kept: event_id_cnty. Not kept: deleted_timestamp, when ACLED took it back; when the store did,
-- its revision tells. A row whose event is not on record is rejected, as there is nothing to take
-- back.
-- @module dualuse.formats.acled_deletions

return {
  name = "acled-deletions",
  title = "ACLED deletions",
  kind = "events",
  prefix = "acled",
  delimiter = ",",
  quotes = true,
  header = true,
  required = { "event_id_cnty", "deleted_timestamp" },
  columns = {},
  identity = { "event_id_cnty" },
  retract = true,
}
