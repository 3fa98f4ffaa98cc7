-- Writes csrc/states.inc from Debian's iso-codes; `make states` runs it in the sqlite3 shell.
--
-- A state is known by its common name where ISO 3166-1 has one apart ("South Korea"), or else by its name, just as
-- iso-codes prints it. Its other names become aliases: the official name, the name that a common one stands for, and
-- the alpha-2 code, in this order, each once.

CREATE TABLE state AS
SELECT value ->> 'alpha_3' AS key,
       coalesce(value ->> 'common_name', value ->> 'name') AS name,
       json_array(value ->> 'official_name', value ->> 'name', value ->> 'alpha_2') AS others
FROM json_each(readfile('/usr/share/iso-codes/json/iso_3166-1.json'), '$."3166-1"');

-- A name once only, where it comes first.
CREATE TABLE alias AS
SELECT state.key AS state, other.value AS alias, min(other.key) AS place
FROM state, json_each(state.others) AS other
WHERE other.value IS NOT NULL AND other.value <> state.name
GROUP BY state.key, other.value;

CREATE TABLE line AS
SELECT key, name,
       (SELECT json_group_array(alias)
        FROM (SELECT alias FROM alias WHERE state = key ORDER BY place)) AS aliases
FROM state;

-- The package's version is nowhere but in its pkg-config file.
CREATE TABLE package AS
SELECT substr(rest, 1, instr(rest || char(10), char(10)) - 1) AS version
FROM (SELECT substr(text, instr(text, 'Version: ') + 9) AS rest
      FROM (SELECT CAST(readfile('/usr/share/pkgconfig/iso-codes.pc') AS TEXT) AS text));

SELECT '/*' || char(10) ||
       '** The states of ISO 3166-1, from iso-codes ' || version || '. Made by `make states`: do not edit.' || char(10) ||
       '** Copyright 2001-2023 the authors of iso-codes; licence of these data: LGPL-2.1-or-later.' || char(10) ||
       '** STATE(alpha-3, name, aliases as a JSON array)' || char(10) ||
       '*/'
FROM package;

-- Inside a C string a backslash and a quotation mark stand behind a backslash.
SELECT 'STATE("' || key ||
       '", "' || replace(replace(name, '\', '\\'), '"', '\"') ||
       '", "' || replace(replace(aliases, '\', '\\'), '"', '\"') || '")'
FROM line
ORDER BY key;
