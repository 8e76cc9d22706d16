/**
 * Vega's SVG without what draws nothing: backgrounds that have no paint, groups that only hold others, and
 * what is said of marks to screen readers, where one image is enough. Half of its elements, each of which a
 * PDF, a PNG and the page would take apart.
 */

export function plainSvg(svg: string): string {
  const kept: boolean[] = [];
  return (
    svg
      // Names that a page's style could catch go too.
      .replace(/ (?:class|role|aria-[a-z]+|pointer-events)="[^"]*"/g, '')
      .replace(/ (?:opacity="1"|transform="translate\(0,0\)")/g, '')
      // A dash without a gap is a solid line to all but PDF.
      .replaceAll(' stroke-dasharray="1,0"', '')
      // All is in a group whose `fill` is none.
      .replace(/<path d="(?:M0,0h[^"]*Z|" display="none)"\/>/g, '')
      .replace(/<g( [^>]*)?>|<\/g>/g, (tag, attributes?: string) => {
        if (tag !== '</g>') kept.push(attributes !== undefined);
        return (tag === '</g>' ? kept.pop() : kept.at(-1)) ? tag : '';
      })
  );
}
