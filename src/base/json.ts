/** Plain JSON values: what documents hold, what crosses processes, what the journal keeps. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}
