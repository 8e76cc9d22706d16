/**
 * The script of the page, which is embedded in it: tooltips of marks, buttons that hide a series of a figure, and
 * tables that can be sorted with a click on a heading or with the keyboard. Without the script the page shows the
 * same content, but does not react.
 */

import type { PageTexts } from './locales/texts.ts';

export function pageScript({ series, sortBy }: PageTexts): string {
  return `(${browser.toString()})(${JSON.stringify({ series, sortBy }).replace(/</g, '\\u003c')});`;
}

/** The part of the DOM that the script uses. The program is checked without the types of the DOM. */
interface PageElement {
  className: string;
  hidden: boolean;
  type: string;
  title: string;
  textContent: string | null;
  readonly style: { left: string; top: string; display: string };
  readonly dataset: { readonly v?: string };
  readonly classList: { contains(name: string): boolean };
  readonly childNodes: Iterable<PageElement>;
  readonly offsetWidth: number;
  readonly offsetHeight: number;
  readonly clientWidth: number;
  getAttribute(name: string): string | null;
  hasAttribute(name: string): boolean;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  append(...children: readonly PageElement[]): void;
  after(...siblings: readonly PageElement[]): void;
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
  addEventListener(type: string, listener: (event: PageEvent) => void): void;
  getBoundingClientRect(): Readonly<Record<'left' | 'right' | 'top' | 'bottom', number>>;
}

interface PageEvent {
  readonly key: string;
  readonly clientX: number;
  readonly clientY: number;
}

interface PageTable extends PageElement {
  readonly tHead: { readonly rows: readonly [PageRow] };
  readonly tBodies: readonly [PageElement & { readonly rows: Iterable<PageRow> }];
}

interface PageRow extends PageElement {
  readonly cells: Iterable<PageElement> & { readonly [column: number]: PageElement };
}

declare const document: Pick<PageElement, 'querySelectorAll' | 'addEventListener'> & {
  readonly body: PageElement;
  readonly documentElement: PageElement;
  createElement(tag: string): PageElement;
  querySelectorAll(selector: 'main table'): Iterable<PageTable>;
};

/** Runs in the browser, and uses nothing outside this function. */
function browser(words: Pick<PageTexts, 'series' | 'sortBy'>): void {
  const page = document;
  const tip = page.createElement('div');
  tip.className = 'tip';
  tip.hidden = true;
  tip.setAttribute('role', 'status');
  page.body.append(tip);
  for (const figure of page.querySelectorAll('figure')) {
    const marks = [...figure.querySelectorAll('[data-series]')];
    const point = (mark: PageElement, x: number, y: number) => {
      tip.textContent = mark.getAttribute('data-tip');
      tip.hidden = false;
      const width = tip.offsetWidth;
      tip.style.left = `${Math.max(4, Math.min(x + 12, page.documentElement.clientWidth - width - 8))}px`;
      tip.style.top = `${Math.max(4, y - tip.offsetHeight - 10)}px`;
    };
    // The nearest mark, since marks are smaller than fingers.
    figure.addEventListener('pointermove', (event) => {
      let nearest: PageElement | null = null;
      let least = 18;
      for (const mark of marks) {
        if (!mark.hasAttribute('data-tip') || mark.style.display === 'none') continue;
        const box = mark.getBoundingClientRect();
        const distance = Math.hypot(
          event.clientX - (box.left + box.right) / 2,
          event.clientY - (box.top + box.bottom) / 2,
        );
        if (distance < least) [nearest, least] = [mark, distance];
      }
      if (nearest === null) tip.hidden = true;
      else point(nearest, event.clientX, event.clientY);
    });
    figure.addEventListener('pointerleave', () => {
      tip.hidden = true;
    });
    // Only series with a line: for others, only the marks would be hidden.
    const lines = marks.filter((mark) => !mark.hasAttribute('data-tip'));
    const names = [...new Set(lines.map((mark) => mark.getAttribute('data-series')))];
    if (names.length < 2) continue;
    const group = page.createElement('div');
    group.className = 'series';
    group.setAttribute('role', 'group');
    group.setAttribute('aria-label', words.series);
    for (const name of names) {
      const button = page.createElement('button');
      button.type = 'button';
      button.textContent = name;
      button.setAttribute('aria-pressed', 'true');
      button.addEventListener('click', () => {
        const isShown = button.getAttribute('aria-pressed') !== 'true';
        button.setAttribute('aria-pressed', String(isShown));
        for (const mark of marks) {
          if (mark.getAttribute('data-series') === name) mark.style.display = isShown ? '' : 'none';
        }
      });
      group.append(button);
    }
    figure.querySelector('.card')!.after(group);
  }
  page.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') tip.hidden = true;
  });
  for (const table of page.querySelectorAll('main table')) {
    const body = table.tBodies[0];
    const heads = [...table.tHead.rows[0].cells];
    for (const [i, head] of heads.entries()) {
      const button = page.createElement('button');
      button.type = 'button';
      button.title = words.sortBy;
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener('click', () => {
        const isDown = head.getAttribute('aria-sort') === 'ascending';
        for (const other of heads) other.removeAttribute('aria-sort');
        head.setAttribute('aria-sort', isDown ? 'descending' : 'ascending');
        const value = ({ cells }: PageRow) => cells[i]!.dataset.v ?? cells[i]!.textContent ?? '';
        const isNumber = head.classList.contains('n');
        const rows = [...body.rows].sort((a, b) => {
          const [x, y] = [value(a), value(b)];
          // Missing values come last in both orders.
          if (x === '' || y === '') return Number(x === '') - Number(y === '');
          const order = isNumber ? Number(x) - Number(y) : x < y ? -1 : Number(x > y);
          return isDown ? -order : order;
        });
        body.append(...rows);
      });
    }
  }
}
