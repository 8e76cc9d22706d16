/** The notes under the titles of tables, in Russian. */

import { someOfNetworks } from '../best-rate.ts';
import { formatLevel, formatNumber } from '../format.ts';
import { ALPHA, countTests, type Hypothesis } from '../hypotheses.ts';
import { samplesWord } from '../study.ts';
import type { Summary } from '../summary.ts';
import { RUSSIAN_MEASURES } from './ru-words.ts';

export function russianNote(
  name: string,
  summary: Summary,
  words: (phase: string) => string,
): string {
  switch (name) {
    case 'best':
      return bestNote(summary, words);
    case 'hypotheses':
      return testsNote(summary.hypotheses, summary, 'SVD');
    case 'bytes':
      return testsNote(summary.inBytes, summary, 'одного int8 без разложения');
    case 'comparison':
      return (
        'Разности в процентных пунктах. Каждый интервал — 95%-й для одной своей степени сжатия, без поправки ' +
        'на их число; выводов из него не делается.'
      );
    case 'slower':
    case 'latency':
      return SPEED_NOTE;
    case 'layers':
      return layersNote(summary);
    default:
      return '';
  }
}

const SPEED_NOTE =
  'Время — медиана на пакет. Каждая конфигурация измерена поочерёдно с исходной сетью. Она медленнее или быстрее, если промежутки между квартилями у них не пересекаются.';

function bestNote(
  { best, controls, study, tolerance }: Summary,
  words: (phase: string) => string,
): string {
  const points = `${formatNumber(100 * tolerance, 'rate')} п. п.`;
  const control =
    controls.length === 0
      ? ''
      : ' Строки с дообучением сравниваются с контролем, то есть с несжатой сетью, дообученной так же, прочие — с исходной сетью.';
  const alone = [
    ...new Set(
      best
        .filter((one) => one.reference === 'baseline' && one.phase.startsWith('fine-tuned'))
        .map(({ phase }) => words(phase)),
    ),
  ];
  const without =
    alone.length === 0
      ? ''
      : ` Контроля нет у таких строк, и они сравниваются с исходной сетью: ${alone.join(', ')}.`;
  const unknown = someOfNetworks(best)
    ? 'Если степень сжатия слоёв неизвестна, лучшая CR — всей сети. '
    : '';
  const images = formatNumber(study.rows[0]!.count, 'count');
  const { genitive } = RUSSIAN_MEASURES[study.measure];
  const samples = samplesWord(study) === 'images' ? 'изображениям' : 'примерам';
  return (
    `Степени сжатия берутся от меньшей к большей: лучшая CR — последняя перед первой, при которой медиана ${genitive} ниже ${genitive} несжатой сети больше чем на ${points}${control}${without} ` +
    `Лучшая CR — истинная, всех сжатых слоёв вместе; рядом заданная. ${unknown}` +
    `Выбор сделан по тем же тестовым ${samples} (${images}), поэтому он немного лучше, чем был бы на других.`
  );
}

function testsNote(
  hypotheses: readonly Hypothesis[],
  { study }: Summary,
  reference: string,
): string {
  const tests = countTests(hypotheses);
  if (tests === 0) return '';
  const percent = formatLevel(ALPHA);
  const { noun } = RUSSIAN_MEASURES[study.measure];
  const what = `Средняя разность — ${noun} метода минус ${noun} ${reference} в процентных пунктах, в среднем по сравнимым степеням больше 1. `;
  if (tests === 1) {
    return `${what}Значение p двустороннее, проверка одна. Вывод сделан, если p не больше ${percent}; интервал имеет уровень проверки (95%) и не содержит 0 именно тогда.`;
  }
  return (
    `${what}Значения p двусторонние; p (Холм) исправлено на число проверок в таблице: ${tests}. ` +
    `Вывод сделан, если p (Холм) не больше ${percent}. Интервал (от, до) имеет тот уровень, на котором с этой поправкой проверяется разность, и не содержит 0 именно там, где есть вывод.`
  );
}

function layersNote({ study }: Summary): string {
  const approximate = new Set(
    study.rows.flatMap(({ layers }) =>
      layers.filter((layer) => layer.approximate).map((layer) => layer.name),
    ),
  );
  if (approximate.size === 0) return '';
  return (
    `Наименьшая возможная ошибка приближённая (${[...approximate].join(', ')}): она вычислена из сингулярных чисел, найденных итерацией, и может быть завышена меньше чем на 1%. ` +
    'Ошибка SVD там — то же число по построению.'
  );
}
