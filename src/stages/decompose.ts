/** `decompose`: a model whose layers are replaced by products of smaller ones, with one method. */
import * as v from 'valibot';
import {
  type Form,
  type MethodFacts,
  type MethodName,
  methodFacts,
  methodNames,
  renamedMethods,
} from '../linalg/methods/names.ts';
import { defineStage, StageError } from '../runner/index.ts';
import { backendResources } from './shared/backend/backend-resources.ts';
import { oneThread } from './shared/backend/backend-variables.ts';
import { choice } from './shared/choice.ts';
import { type Unit, unitNames, units } from './shared/layers/budget-units.ts';
import { patternsSchema } from './shared/layers/layer-selection.ts';
import { formParameter } from './shared/ranks/form-parameter.ts';
import { countAsked, type RankAsked, rankParameters } from './shared/ranks/rank-parameters.ts';

const whole = v.pipe(v.number(), v.integer());

export const convolutionSchemes = ['channel', 'input', 'spatial', 'tucker'] as const;

/** The method that factors nothing, and stores all layers in 8 bits. */
const INT8 = 'int8';

interface Asked extends RankAsked {
  readonly method: string;
  readonly allocation: string;
}

function asksOnce(asked: Asked): boolean {
  const isAll = asked.method === INT8 && asked.allocation === 'uniform';
  return countAsked(asked) === (isAll ? 0 : 1);
}

function asksRate({ method, allocation, rate, budget }: Asked & Budgeted): boolean {
  const needsRate = (method === INT8 && allocation === 'budget') || (budget ?? null) !== null;
  return !needsRate || (rate !== null && allocation === 'budget');
}

interface Budgeted {
  readonly budget?: Unit | null;
}

/** Times are those of floats. */
function timesFit({
  method,
  quantize,
  budget,
}: Budgeted & { readonly method: string; readonly quantize?: string | null }): boolean {
  return budget !== 'milliseconds' || (method !== INT8 && (quantize ?? null) === null);
}

interface Shaped {
  readonly method: MethodName | typeof INT8;
  readonly form: Form | null;
  readonly core: string | null;
  readonly oversampling: number | null;
}

const factsOf = (method: Shaped['method']): Pick<MethodFacts, 'forms' | 'ownCore'> =>
  methodFacts.find(({ name }) => name === method) ?? { forms: [] };

function hasForm({ method, form }: Shaped): boolean {
  return form === null || factsOf(method).forms.includes(form);
}

/** The first form is the default. */
function formOf({ method, form }: Shaped): Form | undefined {
  return form ?? factsOf(method).forms[0];
}

function takesCore(asked: Shaped): boolean {
  if (asked.core === null) return true;
  return (formOf(asked) ?? '').startsWith('cur') && !factsOf(asked.method).ownCore;
}

function takesRows(asked: Shaped): boolean {
  return asked.oversampling === null || formOf(asked) === 'cur';
}

function needsTimes(): StageError {
  return new StageError(
    '"budget: milliseconds" and the input "times" need each other',
    'give both or neither; "times" is the output of a stage of the type "measure-layers"',
  );
}

/** A rate that differs from the requested one by more than this is reported in the log. */
const REPORTED_DIFFERENCE = 0.1;

export const decompose = defineStage({
  name: 'decompose',
  description: 'A model whose layers are factored.',
  parameters: v.pipe(
    v.strictObject({
      method: v.pipe(
        choice([...methodNames, INT8], renamedMethods),
        v.description(
          'The compression method. "int8" factors nothing, and stores the layers in 8 bits.',
        ),
      ),
      ...rankParameters,
      budget: v.exactOptional(
        v.nullable(
          v.pipe(
            v.picklist(units),
            v.description(
              'The unit of the rate, for `allocation: budget`. Default: parameters; bytes for the method "int8".',
            ),
          ),
        ),
      ),
      quantize: v.exactOptional(
        v.nullable(
          v.pipe(
            v.picklist([INT8]),
            v.description(
              'Stores the layers in 8 bits, with a scale per output. A budget in bytes decides for each layer.',
            ),
          ),
        ),
      ),
      layers: v.optional(
        v.pipe(
          v.union([v.picklist(['dense', 'all']), patternsSchema]),
          v.description(
            'The layers to compress: "dense" layers only, "all" with convolutions, or patterns for their names.',
          ),
        ),
        'dense',
      ),
      scheme: v.optional(
        v.pipe(v.picklist(convolutionSchemes), v.description('How a convolution is factored.')),
        'channel',
      ),
      form: formParameter,
      core: v.optional(
        v.nullable(
          v.pipe(
            v.picklist(['best', 'cross']),
            v.description(
              'For a CUR of columns and rows: how the matrix between them is computed.',
            ),
          ),
        ),
        null,
      ),
      oversampling: v.optional(
        v.nullable(
          v.pipe(
            v.number(),
            v.minValue(1),
            v.description('The number of rows drawn, divided by the number of columns.'),
          ),
        ),
        null,
      ),
      seed: v.optional(v.pipe(whole, v.description('The seed of a random method.')), 0),
    }),
    v.check(
      (asked) => asksOnce(asked),
      'give one of "rate", "rank" and "energy"; the method "int8" takes only a rate, with "allocation: budget"',
    ),
    v.check((asked) => asksRate(asked), 'a "budget" needs a "rate" and "allocation: budget"'),
    v.check((asked) => timesFit(asked), 'a "budget" in milliseconds is for layers in floats'),
    v.check((asked) => hasForm(asked), 'the method does not support this "form"'),
    v.check((asked) => takesCore(asked), 'this form of the method has no "core"'),
    v.check(
      (asked) => takesRows(asked),
      '"oversampling" is for the form "cur", where more rows cost nothing',
    ),
  ),
  inputs: {
    model: { kind: 'model' },
    factors: { kind: 'factors' },
    /** Statistics of the layers' inputs on calibration images, for methods that use data. */
    statistics: { kind: 'statistics', many: true, optional: true },
    /** The times of the layers, for a budget in milliseconds. */
    times: { kind: 'times', optional: true },
  },
  outputs: { model: 'model' },
  environment: ['backend'],
  resources: backendResources,
  variables: oneThread,
  parallel: true,
  load: async () => {
    const { withModel } = await import('./shared/open-model.ts');
    const { byWeights } = await import('./shared/compression/factor-by-weights.ts');
    const { compressedHistory } = await import('./shared/compression/compression-history.ts');
    const { methodNamed } = await import('../linalg/methods/index.ts');
    const { int8Alone } = await import('../linalg/methods/int8-alone.ts');
    const { unitOf } = await import('./shared/ranks/chosen-forms.ts');
    const { readTimes } = await import('./shared/latency/layer-times.ts');
    const { startMultiplying } = await import('./shared/backend/computing.ts');
    const { backendMultiply } = await import('../nn/products.ts');
    return {
      run: async (context) => {
        const { parameters } = context;
        const { method: name } = parameters;
        const method = name === INT8 ? int8Alone : methodNamed(name);
        const given = context.optionalInput('times');
        if ((parameters.budget === 'milliseconds') !== (given !== undefined)) throw needsTimes();
        const times = given && readTimes(given, parameters);
        await withModel(context.input('model'), context.scratch, async (model) => {
          const factoring = byWeights(
            {
              factors: context.input('factors'),
              statistics: context.inputs('statistics')[0],
              multiply: async () => {
                // Small layers do not need the backend, which takes a while to start.
                await startMultiplying(context.fact('backend'), context.cores);
                return backendMultiply();
              },
            },
            { ...parameters, method },
          );
          const compressed = await model.compress(
            factoring,
            { ...parameters, method, times },
            (fraction, message) => context.progress({ fraction, message }),
          );
          const { rate, layers, scheme } = parameters;
          for (const { name, reason } of model.unfit(layers, [scheme])) {
            context.log(`${name} stays as it is: ${reason}`);
          }
          const { achieved } = compressed;
          if (rate !== null && Math.abs(achieved / rate - 1) > REPORTED_DIFFERENCE) {
            const unit = unitOf({ ...parameters, method });
            const rates = `rate of ${achieved.toPrecision(3)} instead of ${rate}`;
            context.log(
              unit === 'parameters'
                ? `the factored layers have a ${rates}, because ranks are whole numbers`
                : `in ${unitNames[unit]}, the layers have a ${rates}: no choice within the budget loses less`,
            );
          }
          const history = compressedHistory(model.history, method, parameters, compressed);
          compressed.write(context.output('model'), history);
        });
      },
    };
  },
});
