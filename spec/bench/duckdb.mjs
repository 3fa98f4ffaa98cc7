// Loads a file into DuckDB, or answers the questions:
//   node duckdb.mjs FOLDER THREADS STORE load SQL
//   node duckdb.mjs FOLDER THREADS STORE ask NAME SQL [NAME SQL]...
//   node duckdb.mjs FOLDER THREADS STORE first SQL
// FOLDER is where npm has put @duckdb/node-api.
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

// Counted from here: node's own start is not DuckDB's doing, and its module counts for a first
// answer alone.
const begun = performance.now();
const [folder, threads, store, work, ...rest] = process.argv.slice(2);
const { DuckDBInstance } = createRequire(resolve(folder) + '/')('@duckdb/node-api');
const start = work === 'first' ? begun : performance.now();
const seconds = (since) => ((performance.now() - since) / 1000).toFixed(6);

const instance = await DuckDBInstance.create(store, { threads });
const connection = await instance.connect();

if (work === 'load') {
  await connection.run(rest[0]);
  await connection.run('CHECKPOINT');
} else if (work === 'first') {
  const result = await connection.runAndReadAll(rest[0]);
  result.getRows();
  console.log('seconds\t' + seconds(start));
} else {
  for (let i = 0; i < rest.length; i += 2) {
    const asked = performance.now();
    const result = await connection.runAndReadAll(rest[i + 1]);
    const rows = result.getRows();
    const taken = seconds(asked);
    console.log('? ' + rest[i]);
    for (const row of rows) console.log(row.join('\t'));
    console.log('= ' + taken);
  }
}
connection.closeSync();
instance.closeSync();
if (work === 'load') console.log('seconds\t' + seconds(start));
