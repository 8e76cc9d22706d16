/** The file with the locked outputs of the pipeline. It is next to the pipeline. */
export const LOCK_NAME = 'pipeline.lock';
