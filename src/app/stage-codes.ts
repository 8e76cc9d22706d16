/** The codes of the stage types of a build. Their evidence is large, and read when a plan needs it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StageCodes } from '../runner/index.ts';
import type { Build } from './build.ts';

type StageCode = StageCodes[string];

export function stageCodesOf({ codes, evidence }: Build, dist: string): StageCodes {
  let read: Readonly<Record<string, StageCode['files']>> | undefined;
  const filesOf = (name: string): StageCode['files'] => {
    read ??= JSON.parse(readFileSync(join(dist, evidence), 'utf8')) as NonNullable<typeof read>;
    return read[name]!;
  };
  const entries = Object.entries(codes).map(([name, { digest, packages }]): [string, StageCode] => [
    name,
    {
      digest,
      packages,
      get files() {
        return filesOf(name);
      },
    },
  ]);
  return Object.fromEntries(entries);
}
