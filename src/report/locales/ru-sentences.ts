/** The findings of a study and its warnings, in Russian: shorter than in English, from the same numbers. */

import { type Aggregate, accuracyAbove, phasesOf } from '../aggregate.ts';
import { misnamed, trueRate } from '../best-rate.ts';
import { formatLevel, formatNumber } from '../format.ts';
import type { Hypothesis } from '../hypotheses.ts';
import { samplesWord } from '../study.ts';
import type { Summary } from '../summary.ts';
import { RUSSIAN_MEASURES } from './ru-words.ts';

type Words = (phase: string) => string;

export function russianSentences(summary: Summary, words: Words): readonly string[] {
  const { study, baseline, controls, aggregates } = summary;
  const phases = phasesOf(aggregates);
  return [
    ...(baseline === null
      ? []
      : [
          `Несжатая ${study.model}: параметров ${formatNumber(baseline.parameters.total, 'count')}` +
            (baseline.parameters.features === 0
              ? ''
              : `, из них в классификаторе ${formatNumber(baseline.parameters.classifier, 'count')}`) +
            `${measured(summary, baseline)}.`,
        ]),
    ...(phases.length === 0 ? ['Ничего не сжато.'] : []),
    ...phases.flatMap((phase) => best(summary, phase, words)),
    ...controls.map(
      ({ accuracy, gain, phase }) =>
        `Для сравнения, ${words(phase)}: несжатая сеть, дообученная столько же, даёт ` +
        `${formatNumber(accuracy.median, 'percent')} (${formatNumber(gain, 'points')} п. п.).`,
    ),
    ...phases.flatMap((phase) => answer(summary, phase, words)),
  ];
}

function measured({ study }: Summary, { accuracy }: Aggregate): string {
  const count = formatNumber(study.rows[0]!.count, 'count');
  switch (study.measure) {
    case 'accuracy':
      return `; точность на тесте ${formatNumber(accuracy.median, 'percent')} (${samplesWord(study) === 'images' ? 'изображений' : 'примеров'}: ${count})`;
    case 'agreement':
      return `. Меток в данных нет: сжатые сети сравниваются по согласию с исходной, то есть по доле примеров (их ${count}), где они предсказывают тот же класс`;
    case 'similarity':
      return `. Модель не предсказывает классов: сжатые сети сравниваются по близости выходов (примеров: ${count}), то есть 1 минус наибольшая относительная ошибка выхода`;
  }
}

function best(
  { best: all, tolerance, study }: Summary,
  phase: string,
  words: Words,
): readonly string[] {
  const ofPhase = all.filter((one) => one.phase === phase && !one.isUncompressed);
  const [first] = ofPhase;
  if (first === undefined) return [];
  const { noun } = RUSSIAN_MEASURES[study.measure];
  const of = first.reference === 'control' ? 'контроля' : 'исходной сети';
  const within = `в пределах ${formatNumber(100 * tolerance, 'rate')} п. п. от ${of}`;
  const good = ofPhase
    .flatMap(({ label, at, name }) =>
      at === null || name === null || name.nominal <= 1 ? [] : [{ label, at, name }],
    )
    .sort((a, b) => b.name.real - a.name.real);
  if (good.length === 0) {
    return [
      `Протокол «${words(phase)}»: уже при наименьшей степени сжатия ${noun} не остаётся ${within}.`,
    ];
  }
  const parts = good.slice(0, 5).map(({ label, at, name: { nominal, real, isMisleading } }) => {
    const [shown, exact] = [formatNumber(nominal, 'rate'), formatNumber(real, 'ratio')];
    const rate = isMisleading ? `истинная CR\u00a0${exact}` : `CR\u00a0${shown}`;
    const trueRate = isMisleading ? '' : `истинная ${exact}, `;
    return `${label} — ${rate} (${trueRate}${formatNumber(at.accuracy.median, 'percent')})`;
  });
  const rest = good.length > 5 ? ` и ещё методов: ${good.length - 5}` : '';
  return [`Протокол «${words(phase)}»: ${noun} ${within} до ${parts.join(', ')}${rest}.`];
}

function answer(summary: Summary, phase: string, words: Words): readonly string[] {
  const curs = summary.hypotheses.filter(({ family }) => family === 'cur');
  const start = `Протокол «${words(phase)}», при равном числе`;
  return [
    ...verdicts(curs, phase, `${start} параметров: CUR лучше SVD`),
    ...verdicts(summary.inBytes, phase, `${start} байтов: разложение и int8 лучше одного int8`),
  ];
}

function verdicts(
  hypotheses: readonly Hypothesis[],
  phase: string,
  start: string,
): readonly string[] {
  const compared = hypotheses
    .filter((one) => one.phase === phase && one.difference !== null)
    .sort((a, b) => b.difference! - a.difference!);
  const [first] = compared;
  if (first === undefined) return [];
  const better = compared.filter(({ verdict }) => verdict === 'better').length;
  const worse = compared.filter(({ verdict }) => verdict === 'worse').length;
  const interval =
    first.test === null
      ? ', не проверено'
      : `, ${formatLevel(first.test.level)}-й интервал от ${formatNumber(first.test.lower, 'points')} до ${formatNumber(first.test.upper, 'points')}`;
  const nearestWorse = compared.find(({ verdict }) => verdict === 'worse');
  const open = compared.filter(
    ({ verdict, difference }) =>
      verdict === 'no difference shown' &&
      nearestWorse !== undefined &&
      difference! < nearestWorse.difference!,
  );
  const widths =
    open.length === 0
      ? ''
      : ` Средняя разность ниже, а различие не показано (интервал шире и содержит 0): ${open.map(({ label }) => label).join(', ')}.`;
  return [
    `${start} — ${better}, хуже — ${worse} из ${compared.length}; ` +
      `ближе всех ${first.label} (${formatNumber(first.difference, 'points')} п. п.${interval}).${widths}`,
  ];
}

/** Networks that differ by at most this number of test images differ only by rounding. */
const NOISE_IMAGES = 10;

export function russianWarnings(
  { aggregates, baseline, hypotheses, study, best: all }: Summary,
  words: Words,
): readonly string[] {
  const random = aggregates.filter(({ family, isRandom }) => family === 'cur' && isRandom);
  const single = random.filter(({ accuracy, networks }) => accuracy.count === networks);
  const trainings = new Set(study.rows.map(({ trainingSeed }) => trainingSeed)).size;
  const beyond = hypotheses.filter((one) => one.beyond.length > 0).length;
  const baselines = study.rows.filter(({ protocol }) => protocol === 'baseline');
  const off = study.rows.filter((row) => {
    const gain =
      row.rate === 1 && row.protocol === 'posthoc' ? accuracyAbove(row, baselines) : null;
    return gain !== null && Math.abs(Math.round(gain * row.count)) > NOISE_IMAGES;
  });
  const far = misnamed(aggregates);
  const lucky = all.filter(({ againAt }) => againAt.length > 0);
  return [
    ...(baseline === null ? ['Исходной сети нет: нельзя сказать, чего стоило сжатие.'] : []),
    ...(single.length === 0
      ? []
      : [
          `Только один запуск у результатов CUR: ${single.length} из ${random.length}. Один случайный выбор может отличаться от медианы на несколько пунктов.`,
        ]),
    ...(trainings > 1 || !hypotheses.some(({ test }) => test !== null)
      ? []
      : ['Все результаты получены на одной сети: проверки говорят о ней, а не о других таких же.']),
    ...(beyond === 0
      ? []
      : [
          `Не у всех степеней сжатия нашлась SVD с таким же числом параметров: методов, которых это касается, ${beyond}.`,
        ]),
    ...(far.length === 0
      ? []
      : [
          `Истинная степень сжатия далека от заданной: ${[
            ...new Set(
              far.map(
                (one) =>
                  `${one.label} при CR\u00a0${formatNumber(one.rate, 'rate')} (истинная ${formatNumber(trueRate(one), 'ratio')})`,
              ),
            ),
          ]
            .slice(0, 4)
            .join(', ')}.`,
        ]),
    ...(off.length === 0
      ? []
      : [
          `При CR\u00a01, где ничего не сжато, отличаются от исходной сети: ${[...new Set(off.map(({ label }) => label))].join(', ')}. Различия такого размера вызваны не сжатием.`,
        ]),
    ...(lucky.length === 0
      ? []
      : [
          `Выше первой степени, при которой допуск не выдержан, он снова выдержан (это может быть удачей и не учтено): ${lucky
            .slice(0, 4)
            .map(({ label, phase }) => `${label} (${words(phase)})`)
            .join(', ')}.`,
        ]),
  ];
}
