/**
 * A map with any keys. valibot's `record` also accepts a list, as a map with the keys "0" and "1". A list
 * in place of a map would then be ignored without an error.
 */
import * as v from 'valibot';

export function mapOf<V extends v.GenericSchema>(
  value: V,
): v.RecordSchema<v.StringSchema<undefined>, V, undefined> {
  return noList(v.record(v.string(), value));
}

/** The same schema of a map, which accepts no list. */
export function noList<S extends v.GenericSchema>(schema: S): S {
  const run: S['~run'] = (dataset, config) => {
    if (!Array.isArray(dataset.value)) return schema['~run'](dataset, config);
    v._addIssue(schema, 'type', dataset, config);
    return dataset as unknown as ReturnType<S['~run']>;
  };
  return { ...schema, '~run': run };
}
