/** The images and pages that the last stages of the pipeline made. */
import { type Prepared, readArtifact, sinksOf } from '../../runner/index.ts';
import type { FigureFile, FiguresAnswer } from '../answers.ts';

const MOST = 200;

/**
 * With settings on the command line, the results of an earlier state may be those of other settings, so they are left
 * out.
 */
export function figuresOf({ plan, planContext }: Prepared, hasSettings: boolean): FiguresAnswer {
  const { pipeline, decisions } = plan;
  const ends = new Set(sinksOf(pipeline));
  const images: FigureFile[] = [];
  const pages: FigureFile[] = [];
  for (const { id, name } of pipeline.stages) {
    if (!ends.has(name)) continue;
    const decision = decisions.get(id)!;
    const stale = decision.kind !== 'hit';
    const earlier = hasSettings ? undefined : planContext.latest.get(id)?.outputs;
    const outputs = stale ? earlier : decision.outputs;
    for (const artifact of Object.values(outputs ?? {})) {
      const files = readArtifact(artifact, planContext.store)?.files ?? [];
      const paths = new Set(files.map((file) => file.path));
      for (const { path, size } of files) {
        const figure = { stage: id, artifact, path, size, stale };
        if (/\.html?$/i.test(path)) pages.push(figure);
        // If an image exists in several formats, the vector format is shown.
        const drawn = path.replace(/(?:@\w+)?\.[^.]+$/, '.svg');
        const isImage = /\.(?:svg|png|jpe?g|gif|webp)$/i.test(path);
        if (isImage && (drawn === path || !paths.has(drawn))) images.push(figure);
      }
    }
  }
  return { images: images.slice(0, MOST), pages };
}
