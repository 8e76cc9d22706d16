/**
 * A map of any keys. valibot's own `record` takes a list for one, with the keys "0", "1", and what
 * was written there would then mean nothing and be told to nobody.
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
