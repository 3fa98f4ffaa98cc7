--- How a report in HTML looks: on a desk, on a phone, in the dark, and on A4.
-- @module dualuse.report.stylesheet

local Picture = require "dualuse.chart.picture"

local PAGE = [[
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1b1f24; --soft: #59636e; --rule: #d5dae0; --tint: #f4f6f8;
  --link: #0063a6; --flag: #b34d00;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14181d; --ink: #e8eaed; --soft: #a3adb8; --rule: #3a424c; --tint: #1d232a;
    --link: #7cc0f0; --flag: #ff9d5c;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body {
  margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: break-word;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
header, nav, main, footer { max-width: 47rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 2.5rem; }
h1, h2, h3 { line-height: 1.2; font-family: Charter, "Iowan Old Style", Georgia, serif; }
h1 { font-size: 2.1rem; margin: 0 0 .6rem; }
h2 { font-size: 1.5rem; margin: 0 0 1rem; }
h3 { font-size: 1.15rem; margin: 2rem 0 .6rem; }
.facts { color: var(--soft); margin: 0 0 .4rem; }
section { border-top: 1px solid var(--rule); margin-top: 2.5rem; padding-top: 1.5rem; }
p, ul, dl { margin: 0 0 1rem; }
ul { padding-left: 1.2rem; }
li { margin-bottom: .3rem; }
li > ul { margin: .2rem 0 .3rem; color: var(--soft); font-size: .94em; }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: 2px; }
a:focus-visible, input:focus-visible + span { outline: 2px solid var(--link); outline-offset: 2px; }
q { font-style: italic; }
.cite { color: var(--soft); font-size: .8em; unicode-bidi: isolate; }
.cite a { text-decoration: none; }
.cite a:hover { text-decoration: underline; }
h1 .cite, h2 .cite, h3 .cite { font-family: system-ui, sans-serif; font-weight: normal;
  font-size: .7em; }
h1 .cite { font-size: .4em; }
.soft { color: var(--soft); }
.flag { color: var(--flag); font-style: normal; }
h3 .flag { font-family: system-ui, sans-serif; font-size: .8em; font-weight: 600; }
.unsure { border-left: 3px dotted var(--flag); padding-left: .5rem; list-style: none;
  margin-left: -.7rem; }

nav { margin-top: 1.2rem; }
nav ul { list-style: none; padding: .8rem 1rem; margin: 0; background: var(--tint); columns: 2;
  column-gap: 2rem; border-radius: 4px; }
nav li { margin: 0; break-inside: avoid; padding: .15rem 0; }

.entries > div { display: grid; grid-template-columns: 11rem 1fr; gap: 0 1.2rem;
  padding: .55rem 0; border-top: 1px solid var(--rule); }
.entries > div:first-child { border-top: 0; }
.entries dt { font-weight: 600; font-size: .92em; }
.entries dd { margin: 0; min-width: 0; }
.entries ul { list-style: none; padding: 0; margin: 0; }
.entries li > ul { padding-left: 1rem; }
h3 + .entries > div:first-child { padding-top: 0; }

figure { margin: 0 0 1.5rem; }
figcaption { font-weight: 600; margin-bottom: .5rem; }
figure svg { display: block; width: 100%; height: auto; }
.narrow { display: none; }

.table { margin: 0 0 1.5rem; overflow-x: auto; }
.sort { border: 0; padding: 0; margin: 0 0 .4rem; font-size: .82rem; color: var(--soft); }
.sort legend { float: left; padding: 0 .6rem 0 0; }
.sort label { margin-right: .7rem; cursor: pointer; display: inline-block; }
.sort input { position: absolute; opacity: 0; }
.sort span { border-bottom: 1px dotted currentColor; }
.sort input:checked + span { color: var(--ink); font-weight: 600; border-bottom-style: solid; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; line-height: 1.4; }
.caption { font-weight: 600; margin: 0 0 .3rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0;
  border-bottom: 1px solid var(--rule); }
.long { overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 600; font-size: .92em; border-bottom-color: var(--soft); }
td .cite { font-size: .9em; }
th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.sort { display: none; }
@supports (grid-template-columns: subgrid) and selector(:has(*)) {
  @media screen {
    .sort { display: block; }
    .sortable table, .sortable thead, .sortable tbody, .sortable tr { display: grid; }
    .sortable table { grid-template-columns: var(--grid); }
    .sortable thead, .sortable tbody, .sortable tr { grid-template-columns: subgrid;
      grid-column: 1 / -1; }
SORTING  }
}

.sources { list-style: none; padding: 0; }
.sources li { display: grid; grid-template-columns: 2.4rem 1fr; margin-bottom: .7rem; }
.sources li:target { background: var(--tint); }
.sources p { margin: 0; min-width: 0; }
.sources .more { color: var(--soft); font-size: .9rem; }
footer { padding-top: 2rem; padding-bottom: 3rem; color: var(--soft); font-size: .85rem; }

@media screen and (min-width: 75rem) {
  body:has(nav) { display: grid; grid-template-columns: 15rem minmax(0, 47rem);
    justify-content: center; column-gap: 2.5rem; }
  header, main { grid-column: 2; width: 100%; }
  nav { grid-column: 1; grid-row: 1 / span 2; position: sticky; top: 0; align-self: start;
    max-height: 100vh; overflow-y: auto; margin-top: 0; padding: 2.5rem 0 1rem; }
  nav ul { columns: 1; padding: .4rem 0; background: none; font-size: .9rem; line-height: 1.35; }
  nav li { padding: .3rem 0; }
  nav a { text-decoration: none; }
  nav a:hover { text-decoration: underline; }
  header + main section:first-child, nav + main section:first-child { margin-top: 1.5rem; }
}

@media screen and (max-width: 640px) {
  header { padding-top: 1.5rem; }
  h1 { font-size: 1.65rem; }
  h2 { font-size: 1.3rem; }
  nav ul { columns: 1; }
  .wide { display: none; }
  .narrow { display: block; }
  .entries > div { display: block; }
  .entries dt { margin-bottom: .25rem; }
  th, td { padding-right: .45rem; }
  .cards table, .cards tbody { display: block; }
  .cards thead { position: absolute; width: 1px; height: 1px; overflow: hidden;
    clip-path: inset(50%); }
  .cards tr { display: block; border-top: 1px solid var(--rule); padding: .5rem 0; }
  .cards.sortable tr { display: block; }
  .cards.sortable tbody { display: flex; flex-direction: column; }
  .cards td, .cards td.number { display: grid; grid-template-columns: 8.5rem 1fr; gap: .6rem;
    border: 0; text-align: left; padding: .1rem 0; }
  .cards td::before { content: attr(data-label); color: var(--soft); font-size: .82rem; }
  .cards td > span { min-width: 0; }
  .cards td:first-child > span { font-weight: 600; }
  .cards td.empty { display: none; }
}

@media screen and (max-width: 370px) { table { font-size: .8rem; } }
@media screen and (max-width: 340px) { table { font-size: .75rem; } }

@page {
  size: A4; margin: 18mm 16mm 20mm;
  @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif;
    color: #59636e; }
}
@media print {
  body { font-size: 10pt; line-height: 1.4; }
  header, nav, main, footer { max-width: none; padding: 0; }
  header { padding-top: 0; }
  h1 { font-size: 20pt; }
  h2 { font-size: 14pt; break-after: avoid; }
  h2 + p:has(+ figure), h2 + p:has(+ .table) { break-after: avoid; }
  h3, .caption, figcaption { break-after: avoid; }
  h3 { font-size: 11.5pt; margin-top: 1rem; }
  section { margin-top: 1.4rem; padding-top: 1rem; }
  nav ul { padding: 0; }
  p, li { orphans: 2; widows: 2; }
  .table { overflow-x: visible; }
  figure, tr, .entries > div > dd > ul > li, .sources li { break-inside: avoid; }
  a { color: inherit; text-decoration: none; }
  .sources a { text-decoration: underline; }
  table { font-size: 8.5pt; }
}
]]

local M = {}

-- As many columns can a table be sorted by.
M.most_columns = 12

--- The style sheet.
-- @treturn string CSS
function M.css()
  local sorting = {}
  for i = 1, M.most_columns do
    sorting[i] = ("    .sortable:has(.by-%d:checked) tbody tr { order: var(--o%d); }\n")
      :format(i, i)
  end
  return (PAGE:gsub("SORTING", table.concat(sorting))) .. Picture.style()
end

return M
