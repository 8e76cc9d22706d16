/**
 * The style of the page. Text is in a column of about 75 characters; tables and figures are wider if the screen is.
 * Figures are drawn once, on white, and a filter makes them dark in the dark scheme. They are shown at one scale, so that
 * their text has one size; on paper they have their size in print.
 */

export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fff;
  --ink: #1d1d1f;
  --faint: #5c5c61;
  --rule: #d8d8dc;
  --stripe: #f5f5f7;
  --link: #0055a5;
  --note: #fff7e6;
  --note-rule: #d98e00;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #17171a;
    --ink: #e6e6e9;
    --faint: #a3a3aa;
    --rule: #3a3a40;
    --stripe: #202024;
    --link: #7ab8ff;
    --note: #2b2415;
    --note-rule: #d98e00;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0;
  padding: 3rem 1.25rem 5rem;
  background: var(--paper);
  color: var(--ink);
  font: 1.0625rem/1.55 Charter, 'Bitstream Charter', 'Source Serif 4', Cambria, Georgia, serif;
  overflow-wrap: break-word;
}
main { max-width: 40rem; margin: 0 auto; }
h1, h2, h3, summary, nav, figcaption, .caption, .table, .downloads, dl {
  font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif;
}
h1, h2, h3 { line-height: 1.25; text-wrap: balance; }
h1 { margin: 0 0 1.5rem; font-size: 1.75rem; font-weight: 650; letter-spacing: -0.01em; }
h2 { margin: 3.5rem 0 1rem; padding-top: 1rem; border-top: 1px solid var(--rule); font-size: 1.3rem; }
h3 { margin: 2rem 0 0.5rem; font-size: 1rem; }
p, ul { margin: 0 0 1rem; }
ul { padding-left: 1.2rem; }
li { margin-bottom: 0.5rem; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible, .table:focus-visible, .card:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.note {
  margin: 1.5rem 0;
  padding: 0.8rem 1rem;
  border-left: 3px solid var(--note-rule);
  background: var(--note);
}
.note h3 { margin-top: 0; }
.note > :last-child, .note li:last-child { margin-bottom: 0; }
.wide {
  width: min(100vw - 2.5rem, 66rem);
  margin-inline: calc(50% - min(50vw - 1.25rem, 33rem));
}
.figures {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr));
  gap: 2rem 1.5rem;
  margin-block: 2rem;
}
figure { margin: 0; }
figure .card { padding: 0.5rem; border: 1px solid var(--rule); border-radius: 4px; background: #fff; }
figure svg { display: block; width: 100%; max-width: calc(var(--units) * 1.25px); height: auto; margin: 0 auto; }
figure.full { grid-column: 1 / -1; }
figure.full .card { overflow-x: auto; }
figure.full svg { min-width: calc(var(--units) * 0.8px); }
@media screen and (prefers-color-scheme: dark) {
  figure .card { background: #1a1a1a; }
  figure svg { filter: invert(0.9) hue-rotate(180deg); }
}
figcaption { margin-top: 0.6rem; color: var(--faint); font-size: 0.85rem; line-height: 1.45; }
figcaption b { color: var(--ink); font-weight: 600; }
.downloads { white-space: nowrap; }
.caption { margin: 2rem 0 0.5rem; color: var(--faint); font-size: 0.85rem; line-height: 1.4; }
.table {
  width: max-content;
  max-width: calc(50vw + 18.75rem);
  margin: 0 0 2rem;
  overflow-x: auto;
  font-size: 0.85rem;
  line-height: 1.4;
}
details .caption { margin-top: 1rem; }
details .table { max-width: min(100vw - 2.5rem, 66rem); margin-left: calc(50% - min(50vw - 1.25rem, 33rem)); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums lining-nums; }
th, td { padding: 0.28rem 0.9rem 0.28rem 0; text-align: left; vertical-align: baseline; }
th:last-child, td:last-child { padding-right: 0; }
thead th { border-bottom: 1px solid var(--ink); font-weight: 600; vertical-align: bottom; }
tbody th { min-width: 9rem; font-weight: 400; }
thead .n { max-width: 7rem; }
tbody tr:nth-child(even) { background: var(--stripe); }
tbody tr:last-child > * { border-bottom: 1px solid var(--rule); }
.n { text-align: right; }
td, .nb { white-space: nowrap; }
.series { display: flex; flex-wrap: wrap; gap: 0.3rem; margin-top: 0.5rem; }
button { font: inherit; color: inherit; cursor: pointer; }
button:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.series button {
  padding: 0.1rem 0.55rem;
  border: 1px solid var(--rule);
  border-radius: 1rem;
  background: var(--stripe);
  font: 0.78rem/1.4 system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif;
}
.series button[aria-pressed='false'] { background: none; color: var(--faint); text-decoration: line-through; }
th button { padding: 0; border: 0; background: none; font-weight: 600; text-align: inherit; }
th[aria-sort='ascending'] button::after { content: ' ↑'; }
th[aria-sort='descending'] button::after { content: ' ↓'; }
.tip {
  position: fixed;
  z-index: 1;
  max-width: 22rem;
  padding: 0.35rem 0.6rem;
  border: 1px solid var(--rule);
  border-radius: 4px;
  background: var(--paper);
  color: var(--ink);
  font: 0.8rem/1.4 system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif;
  white-space: pre-line;
  pointer-events: none;
}
.tip[hidden] { display: none; }
@media print { .series, .tip { display: none; } }
details, .file { margin: 0.75rem 0; }
.file { font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; font-size: 0.95rem; }
summary { cursor: pointer; font-size: 0.95rem; }
pre {
  overflow-x: auto;
  padding: 0.8rem 1rem;
  background: var(--stripe);
  font: 0.8rem/1.5 ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace;
}
dl { margin: 0; font-size: 0.85rem; }
dt { margin-top: 0.6rem; }
dd { margin: 0; color: var(--faint); }
code { font: 0.92em ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; overflow-wrap: anywhere; }
@media (max-width: 42.5rem) {
  .wide { width: auto; margin-inline: 0; }
  .table, details .table { max-width: 100%; margin-left: 0; }
}
@media (max-width: 30rem) {
  body { padding: 1.5rem 1rem 3rem; font-size: 1rem; }
  h1 { font-size: 1.4rem; }
  h2 { margin-top: 2.5rem; }
  figure .card { padding: 0.25rem; }
}
@page { margin: 12mm; }
@media print {
  body { padding: 0; font-size: 9.5pt; }
  main { max-width: none; }
  .wide, details .table { width: auto; margin-inline: 0; }
  .figures { display: block; }
  figure { margin-bottom: 1.5rem; }
  figure .card { padding: 0; border: 0; overflow: visible; }
  figure svg, figure.full svg { width: calc(var(--millimetres) * 1mm); min-width: 0; max-width: 100%; margin: 0; }
  .table, details .table { max-width: none; overflow: visible; font-size: 7pt; }
  th, td { padding: 0.15rem 0.5rem 0.15rem 0; white-space: normal; }
  tbody th { min-width: 0; }
  thead .n { max-width: none; }
  thead { display: table-header-group; break-inside: avoid; }
  pre { overflow: visible; white-space: pre-wrap; font-size: 7pt; }
  .caption, summary { break-after: avoid; }
  figure, tr { break-inside: avoid; }
}
`.trim();
