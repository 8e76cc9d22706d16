/**
 * A map with any keys. valibot's `record` also accepts a list, as a map with the keys "0" and "1". A list
 * in place of a map would then be ignored without an error.
 */
import * as v from 'valibot';

export function mapOf<V extends v.GenericSchema>(
  value: V,
): v.RecordSchema<v.StringSchema<undefined>, V, undefined> {
  const record = v.record(v.string(), value);
  const run: (typeof record)['~run'] = (dataset, config) => {
    if (!Array.isArray(dataset.value)) return record['~run'](dataset, config);
    v._addIssue(record, 'type', dataset, config);
    return dataset as unknown as ReturnType<typeof run>;
  };
  return { ...record, '~run': run };
}
