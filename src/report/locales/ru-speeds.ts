/** Whether compression made models faster, in Russian. */
import { formatNumber } from '../format.ts';
import { nameOf, noisyIn, type Speed, speedsOf } from '../speeds.ts';
import type { Summary } from '../summary.ts';

/** Longer lists are cut. */
const MANY = 5;

const named = (one: Speed): string =>
  `${nameOf(one, 'при CR')} (${formatNumber(one.ratio, 'ratio')})`;

export function russianSpeeds({ timings }: Summary): readonly string[] {
  return speedsOf(timings).map(({ batch, threads, all, faster, slower, fastest }) => {
    const shown = slower.slice(0, MANY).map(named).join(', ');
    const rest = slower.length > MANY ? ` и ещё ${slower.length - MANY}` : '';
    return (
      `Пакеты по ${batch}, потоков: ${threads}. Быстрее исходной сети ${faster.length} из ${all.length} ` +
      `сжатых конфигураций, медленнее ${slower.length}${slower.length === 0 ? '' : `: ${shown}${rest}`}. ` +
      `Наименьшее отношение времён у ${named(fastest)}.`
    );
  });
}

export function russianSpeedWarnings({ timings }: Summary): readonly string[] {
  const noisy = noisyIn(timings);
  if (noisy === 0) return [];
  return [
    `Измерения времени с шумом: ${noisy} из ${timings.length}. Запуски различаются больше чем на десятую часть, или процессор занимали другие программы. Повторите измерение на свободной машине.`,
  ];
}
