/**
 * Removes from Vega's SVG everything that draws nothing: backgrounds without paint, groups that only contain other
 * groups, and the descriptions of marks for screen readers, where one image is enough. These are half of its
 * elements, and a PDF, a PNG and the page would process each of them.
 */

export function plainSvg(svg: string): string {
  const kept: boolean[] = [];
  return (
    svg
      // Also removes class names that a page's style could match.
      .replace(/ (?:class|role|aria-[a-z]+|pointer-events)="[^"]*"/g, '')
      .replace(/ (?:opacity="1"|transform="translate\(0,0\)")/g, '')
      // A dash without a gap is a solid line, except in PDF.
      .replaceAll(' stroke-dasharray="1,0"', '')
      // Everything is in a group whose `fill` is none.
      .replace(/<path d="(?:M0,0h[^"]*Z|" display="none)"\/>/g, '')
      .replace(/<g( [^>]*)?>|<\/g>/g, (tag, attributes?: string) => {
        if (tag !== '</g>') kept.push(attributes !== undefined);
        return (tag === '</g>' ? kept.pop() : kept.at(-1)) ? tag : '';
      })
  );
}
