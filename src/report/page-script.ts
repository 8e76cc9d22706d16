/**
 * The script of the page, which is in the page itself: what a mark says when it is pointed at, series
 * that can be taken out of a figure, and tables that are sorted by a click or a key on a heading.
 * Without it the page is whole, only still.
 */

import type { PageTexts } from './locales/texts.ts';

export function pageScript({ series, sortBy }: PageTexts): string {
  return `(${browser.toString()})(${JSON.stringify({ series, sortBy }).replace(/</g, '\\u003c')});`;
}

/** Runs in the browser and reaches nothing outside itself. Its types are the browser's, which we lack. */
// biome-ignore lint/suspicious/noExplicitAny: the DOM has no types here
function browser(words: any): void {
  // biome-ignore lint/suspicious/noExplicitAny: the DOM has no types here
  const page = (globalThis as any).document;
  const tip = page.createElement('div');
  tip.className = 'tip';
  tip.hidden = true;
  tip.setAttribute('role', 'status');
  page.body.append(tip);
  for (const figure of page.querySelectorAll('figure')) {
    const marks = [...figure.querySelectorAll('[data-series]')];
    // biome-ignore lint/suspicious/noExplicitAny: the DOM has no types here
    const point = (mark: any, x: number, y: number) => {
      tip.textContent = mark.getAttribute('data-tip');
      tip.hidden = false;
      const width = tip.offsetWidth;
      tip.style.left = `${Math.max(4, Math.min(x + 12, page.documentElement.clientWidth - width - 8))}px`;
      tip.style.top = `${Math.max(4, y - tip.offsetHeight - 10)}px`;
    };
    // The nearest mark, since marks are small and fingers are not.
    // biome-ignore lint/suspicious/noExplicitAny: the DOM has no types here
    figure.addEventListener('pointermove', (event: any) => {
      let nearest = null;
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
    // What has a line: marks alone would leave the rest of their series behind.
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
    figure.querySelector('.card').after(group);
  }
  page.addEventListener('keydown', (event: { readonly key: string }) => {
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
        // biome-ignore lint/suspicious/noExplicitAny: the DOM has no types here
        const value = (row: any): string => row.cells[i].dataset.v ?? row.cells[i].textContent;
        const isNumber = head.classList.contains('n');
        const rows = [...body.rows].sort((a, b) => {
          const [x, y] = [value(a), value(b)];
          // What is missing comes last, whatever the order.
          if (x === '' || y === '') return Number(x === '') - Number(y === '');
          const order = isNumber ? Number(x) - Number(y) : x < y ? -1 : Number(x > y);
          return isDown ? -order : order;
        });
        body.append(...rows);
      });
    }
  }
}
