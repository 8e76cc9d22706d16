/** The file that says which outputs the pipeline has. It lies beside the pipeline. */
export const LOCK_NAME = 'pipeline.lock';
