/** `ro-crate-preview.html`: the first page of an export. It needs no script and no network. */
import { byteSize } from '../../../base/units.ts';
import { type Crate, type CrateFile, idOf } from './crate.ts';

/** More pictures would make the page slow. The list has all of them. */
const MOST_PICTURES = 60;

export function previewPage(crate: Crate, facts: Readonly<Record<string, string>>): string {
  const { name, description, command, results, read, about, program } = crate;
  const pages = results.filter(({ path }) => /\.html?$/i.test(path));
  const rows = [
    ...crate.authors.map(({ name }) => ['author', name]),
    ...(crate.publisher ? [['publisher', crate.publisher.name]] : []),
    ['run', crate.run],
    ['command', command],
    ['started', crate.started],
    ['finished', crate.finished],
    ['program', `${program.name} ${program.version}`],
    ...Object.entries(facts),
  ];
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    `<title>${escaped(name)}</title>`,
    `<style>${STYLE}</style>`,
    '<main>',
    `<h1>${escaped(name)}</h1>`,
    `<p>${escaped(description)}</p>`,
    ...(pages.length > 0 ? ['<h2>Pages</h2>', list(pages)] : []),
    ...picturesOf(results),
    '<h2>Run</h2>',
    `<dl>${rows.map(([term, text]) => `<dt>${escaped(term!)}</dt><dd>${escaped(text!)}</dd>`).join('\n')}</dl>`,
    '<h2>Files that describe the run</h2>',
    list(about),
    ...(read.length > 0 ? ['<h2>Configuration</h2>', list(read)] : []),
    '<h2>Results</h2>',
    list(results),
    '</main>',
    '</html>',
    '',
  ].join('\n');
}

/** Of a picture in several formats, only the vector format. */
function picturesOf(results: readonly CrateFile[]): readonly string[] {
  const paths = new Set(results.map(({ path }) => path));
  const pictures = results.filter(({ path }) => {
    const drawn = path.replace(/(?:@\w+)?\.[^.]+$/, '.svg');
    return /\.(?:svg|png|jpe?g|gif|webp)$/i.test(path) && (drawn === path || !paths.has(drawn));
  });
  if (pictures.length === 0) return [];
  const figures = pictures.slice(0, MOST_PICTURES).map(({ path }) => {
    const address = escaped(idOf(path));
    const picture = `<img src="${address}" alt="" loading="lazy">`;
    return `<figure><a href="${address}">${picture}</a><figcaption>${escaped(path)}</figcaption></figure>`;
  });
  const more = pictures.length - MOST_PICTURES;
  return [
    '<h2>Figures</h2>',
    `<div class="figures">${figures.join('\n')}</div>`,
    ...(more > 0 ? [`<p>${more} more are listed below.</p>`] : []),
  ];
}

function list(files: readonly CrateFile[]): string {
  const items = files.map(({ path, size }) => {
    return `<li><a href="${escaped(idOf(path))}">${escaped(path)}</a> ${byteSize(size)}</li>`;
  });
  return `<ul>${items.join('\n')}</ul>`;
}

function escaped(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (sign) => names[sign]!);
}

/** Drawings follow the scheme and have one scale. Photos and other pictures stay as they are. */
const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1rem; }
dd { margin: 0; }
ul { padding-left: 1.25rem; }
.figures { display: flex; flex-wrap: wrap; align-items: flex-start; gap: 1.5rem; }
figure { max-width: 100%; margin: 0; break-inside: avoid; }
img { max-width: 100%; background: #fff; }
img[src$=".svg"] { zoom: 1.2; }
h1, h2 { break-after: avoid; }
@media screen and (prefers-color-scheme: dark) {
  img[src$=".svg"] { filter: invert(0.9) hue-rotate(180deg); }
}
@media print {
  main { max-width: none; margin: 0; padding: 0; }
}
`;
