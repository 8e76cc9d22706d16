/** The tools, in the order of the table. */
import { dvcTool } from './dvc.ts';
import { makeTool } from './make.ts';
import { ninjaTool } from './ninja.ts';
import { matrixTool, singlesTool } from './pipeline.ts';
import { snakemakeTool } from './snakemake.ts';
import type { Places, Tool } from './tool.ts';
import { wireitTool } from './wireit.ts';

export const toolsByName: Readonly<Record<string, (places: Places) => Tool>> = {
  pipeline: singlesTool,
  matrix: matrixTool,
  dvc: dvcTool,
  snakemake: snakemakeTool,
  wireit: wireitTool,
  make: makeTool,
  ninja: ninjaTool,
};
