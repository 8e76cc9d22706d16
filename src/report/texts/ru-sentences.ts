/** What a study found, and what to keep in mind, in Russian: shorter than in English, from the same numbers. */

import { accuracyAbove, phasesOf } from '../aggregate.ts';
import { formatNumber } from '../format.ts';
import type { Summary } from '../summary.ts';

type Words = (phase: string) => string;

export function russianSentences(summary: Summary, words: Words): readonly string[] {
  const { study, baseline, controls, aggregates } = summary;
  const phases = phasesOf(aggregates);
  return [
    ...(baseline === null
      ? []
      : [
          `Несжатая ${study.model}: параметров ${formatNumber(baseline.parameters.total, 'count')}, из них в ` +
            `классификаторе ${formatNumber(baseline.parameters.classifier, 'count')}; точность на тесте ` +
            `${formatNumber(baseline.accuracy.median, 'percent')} (изображений: ${formatNumber(study.rows[0]!.count, 'count')}).`,
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

function best({ best: all, tolerance }: Summary, phase: string, words: Words): readonly string[] {
  const ofPhase = all.filter((one) => one.phase === phase && !one.isUncompressed);
  if (ofPhase.length === 0) return [];
  const within = formatNumber(100 * tolerance, 'rate');
  const good = ofPhase
    .filter(({ at }) => at !== null && at.rate! > 1)
    .sort((a, b) => b.at!.rate! - a.at!.rate!);
  if (good.length === 0) {
    return [
      `Протокол «${words(phase)}»: ни при одной степени сжатия точность не остаётся в пределах ${within} п. п. от исходной.`,
    ];
  }
  const parts = good
    .slice(0, 5)
    .map(
      ({ label, at }) =>
        `${label} — CR\u00a0${formatNumber(at!.rate, 'rate')} (${formatNumber(at!.accuracy.median, 'percent')})`,
    );
  const rest = good.length > 5 ? ` и ещё методов: ${good.length - 5}` : '';
  return [
    `Протокол «${words(phase)}»: точность в пределах ${within} п. п. от исходной до ${parts.join(', ')}${rest}.`,
  ];
}

function answer({ hypotheses }: Summary, phase: string, words: Words): readonly string[] {
  const compared = hypotheses
    .filter((one) => one.phase === phase && one.family === 'cur' && one.difference !== null)
    .sort((a, b) => b.difference! - a.difference!);
  const [first] = compared;
  if (first === undefined) return [];
  const better = compared.filter(({ verdict }) => verdict === 'better').length;
  const worse = compared.filter(({ verdict }) => verdict === 'worse').length;
  const interval =
    first.estimate === null
      ? ', не проверено'
      : `, 95%-й интервал от ${formatNumber(first.estimate.lower, 'points')} до ${formatNumber(first.estimate.upper, 'points')}`;
  return [
    `Протокол «${words(phase)}», при равном числе параметров: CUR лучше SVD — ${better}, хуже — ${worse} из ${compared.length}; ` +
      `ближе всех ${first.label} (${formatNumber(first.difference, 'points')} п. п.${interval}).`,
  ];
}

/** Networks that differ by no more test images than this differ by rounding. */
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
  const lucky = all.filter(({ at, failedBelow }) => at !== null && failedBelow.length > 0);
  return [
    ...(baseline === null ? ['Исходной сети нет: нельзя сказать, чего стоило сжатие.'] : []),
    ...(single.length === 0
      ? []
      : [
          `Только один запуск у результатов CUR: ${single.length} из ${random.length}. Один случайный выбор может отличаться от медианы на несколько пунктов.`,
        ]),
    ...(trainings > 1 || hypotheses.length === 0
      ? []
      : [
          'Все результаты получены из одного обучения: проверки говорят об этой сети, а не о других таких же.',
        ]),
    ...(beyond === 0
      ? []
      : [
          `Не у всех степеней сжатия нашлась SVD с таким же числом параметров: методов, которых это касается, ${beyond}.`,
        ]),
    ...(off.length === 0
      ? []
      : [
          `При CR\u00a01, где ничего не сжато, отличаются от исходной сети: ${[...new Set(off.map(({ label }) => label))].join(', ')}. Различия такого размера вызваны не сжатием.`,
        ]),
    ...(lucky.length === 0
      ? []
      : [
          `Лучшая степень может быть удачей, так как при меньшей допуск не выдержан: ${lucky
            .slice(0, 4)
            .map(({ label, phase }) => `${label} (${words(phase)})`)
            .join(', ')}.`,
        ]),
  ];
}
