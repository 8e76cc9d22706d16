/** Parts of the engine that a run with nothing to do never loads. */

export const preparing = async () => {
  const [{ prepare }, { withOwnTypes }] = await Promise.all([
    import('./project/prepare.ts'),
    import('./project/load.ts'),
  ]);
  return { prepare, withOwnTypes };
};

export const stageModules = () => import('./modules/stage-modules.ts');
