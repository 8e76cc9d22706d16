/** The report in Russian. */

import type { Measure } from '../measure.ts';
import type { Summary } from '../summary.ts';
import { machinesOf } from './machines.ts';
import { russianNote } from './ru-notes.ts';
import { russianSentences, russianWarnings } from './ru-sentences.ts';
import { russianSpeeds, russianSpeedWarnings } from './ru-speeds.ts';
import {
  RUSSIAN_HEADINGS,
  RUSSIAN_MEASURES,
  RUSSIAN_TITLES,
  RUSSIAN_WORDS,
  russianPhase,
} from './ru-words.ts';
import type { About, Texts } from './texts.ts';

const where = ({ model, dataset }: About): string => `${model} на ${dataset}`;
const spread = ({ seeds }: About): string =>
  seeds > 1
    ? ` Знаки — медианы не более чем по ${seeds} запускам, полосы — от квартиля до квартиля.`
    : '';
const title = ({ measure }: About): string => RUSSIAN_MEASURES[measure].title;
const start = ({ measure }: About): string => RUSSIAN_MEASURES[measure].start;
const inPhase = ({ phase }: About): string => (phase === null ? '' : `, ${phase}`);
const panels = ({ phase }: About): string =>
  phase === null ? '' : ' Каждому методу своя панель; пунктир — SVD.';
const publishedFigure = (family: string) => (about: About) => ({
  title: `${family}: ${RUSSIAN_MEASURES[about.measure].noun} и число параметров от степени сжатия`,
  caption:
    `${where(about)}, по заданной степени сжатия.${spread(about)} Пустые знаки — дообученные сети.` +
    (about.isPublished
      ? ' Серым — опубликованная кривая полной VGG-11, свёртки которой были дообучены.'
      : ''),
});

const heading = (id: string, measure: Measure): string | undefined =>
  id === 'accuracy' ? RUSSIAN_MEASURES[measure].title : RUSSIAN_HEADINGS[id];

export const ru: Texts = {
  language: 'ru',
  figures: {
    accuracy: RUSSIAN_MEASURES.accuracy.axis,
    parameters: 'Параметры',
    macs: 'Умножений на изображение',
    rate: 'Заданная степень сжатия (CR)',
    rank: 'Ранг',
    time: 'Время на пакет (мс)',
    batch: (batch, threads) => `Пакеты по ${batch}, потоков: ${threads}`,
    gainOverRate: 'Отличие от исходной сети (п. п.) по заданной степени сжатия (CR)',
    published: 'Опубликовано',
    before: 'До дообучения',
    after: 'После',
    control: (gain) => `Несжатая, дообучена (${gain})`,
    baseline: (accuracy) => `Исходная сеть (${accuracy})`,
    results: (count) => `медиана, результатов: ${count}`,
    phase: russianPhase,
    capitalised: (text) => text.charAt(0).toUpperCase() + text.slice(1),
    word: (english) => RUSSIAN_WORDS[english] ?? english,
    layerParameters: (count) => `Параметры: ${count}`,
  },
  measures: RUSSIAN_MEASURES,
  captions: {
    differences: ({ tests, measure }) => ({
      title: 'Отличие от SVD',
      caption:
        `Средняя разность ${RUSSIAN_MEASURES[measure].genitive} с SVD в процентных пунктах при равном числе параметров по тем степеням ` +
        'сжатия, которые можно сравнить. ' +
        (tests === 1
          ? 'Интервал двусторонней проверки на уровне 5%.'
          : `Интервалы и выводы исправлены на число двусторонних проверок на уровне 5% (Холм): ${tests}.`) +
        ' Интервал не содержит 0 именно там, где метод лучше или хуже; прочие знаки пустые. Масштабы панелей разные.',
    }),
    accuracy: (about) => ({
      title: `${title(about)} от степени сжатия${inPhase(about)}`,
      caption: `${start(about)} ${where(about)} по заданной степени сжатия.${spread(about)}${panels(about)}`,
    }),
    'accuracy-near-baseline': (about) => ({
      title: `${title(about)} вблизи исходной${inPhase(about)}`,
      caption:
        `${start(about)} ${where(about)}: отличие от исходной сети в процентных пунктах, до ${about.floor}. ` +
        `Выше серой линии — в пределах допуска от исходной сети${
          about.hasControl ? ', а после дообучения — от контроля' : ''
        }.${panels(about)}`,
    }),
    tradeoff: (about) => ({
      title: `${title(about)} от числа параметров`,
      caption: `${start(about)} ${where(about)} по числу оставшихся параметров всей сети.${spread(about)}`,
    }),
    latency: (about) => ({
      title: `${title(about)} от времени`,
      caption:
        `${start(about)} ${where(about)} по медиане времени на пакет, без загрузки модели. Измерено на ` +
        `${machinesOf(about, (version) => `ONNX Runtime ${version}`).join('; ')}. На другой машине время другое.`,
    }),
    front: (about) => ({
      title: 'Недоминируемые конфигурации',
      caption:
        `Фронт Парето ${where(about)}: полные знаки — те, которых ни одна другая не превосходит и ${RUSSIAN_MEASURES[about.measure].instrumental}, ` +
        'и малостью; прочие бледны. Медианы, до десяти допусков ниже лучшей.',
    }),
    'published-svd': publishedFigure('SVD'),
    'published-cur': publishedFigure('CUR'),
    scheme: () => ({
      title: 'Схема разложения слоя',
      caption:
        'Веса A наибольшего сжатого слоя становятся весами двух слоёв: B и C у SVD, D (столбцы A) и E у CUR. ' +
        'При средней из степеней сжатия; тонкие стороны нарисованы шире.',
    }),
    tuning: (about) => ({
      title: `${title(about)} до и после дообучения`,
      caption: `${where(about)}, панель на метод, медианы. Пустые знаки — после дообучения. Точечная линия — что то же обучение даёт несжатой сети.`,
    }),
    training: (about) => ({
      title: 'Ход обучения',
      caption: `Потери и точность ${where(about)} по эпохам: медианы по обучениям одного метода, полосы — от квартиля до квартиля. Пунктир — отложенные изображения.`,
    }),
    ranks: (about) => ({
      title: 'Ранги слоёв',
      caption: `Ранги слоёв ${where(about)}, медианы. Панель на способ выбора рангов; у согласных методов она общая.`,
    }),
    errors: ({ approximate }) => ({
      title: 'Ошибка относительно наименьшей возможной',
      caption:
        'Ошибка разложенных весов без дообучения, делённая на ошибку лучшего приближения того же ранга ' +
        '(усечённого SVD): строка на метод, знак на степень сжатия, чем темнее, тем она больше. Медианы.' +
        (approximate.length === 0
          ? ''
          : ` Наименьшая ошибка приближённая, с точностью до 1%: ${approximate.join(', ')}.`),
    }),
    parameters: ({ hasParts }) => ({
      title: 'Параметры от степени сжатия',
      caption: `Параметры всей сети${hasParts ? ' (сплошная) и классификатора (пунктир)' : ''}.`,
    }),
    spectrum: ({ leftOut, truncated, approximate }) => ({
      title: 'Убывание сингулярных чисел',
      caption: `Сингулярные числа слоёв несжатой сети, делённые на наибольшее.${
        leftOut.length === 0
          ? ''
          : ` Опущены как меньшие 10⁻⁸: ${leftOut.join(', ').replaceAll(' of ', ' у ')}.`
      }${
        truncated.length === 0
          ? ''
          : ` Вычислены только наибольшие: ${truncated.join(', ').replace(/ of (.*?) of /g, ' из $1 у ')}.`
      }${
        approximate.length === 0
          ? ''
          : ` Найдены итерацией (${approximate.join(', ')}): при медленном убывании последние могут быть занижены на несколько процентов.`
      }`,
    }),
  },
  tables: {
    title: ({ name, title }, on, within) => RUSSIAN_TITLES[name]?.(on, within) ?? title,
    note: (name, summary) => russianNote(name, summary, russianPhase),
    same: (values) => `Во всех строках: ${values.join(', ')}.`,
    heading: (id, own, measure) => heading(id, measure) ?? own,
  },
  page: {
    figure: 'Рисунок',
    table: 'Таблица',
    on: (model, dataset) => `${model} на ${dataset}`,
    contents: 'Содержание',
    figures: 'Рисунки',
    numbers: 'Все числа',
    settings: 'Настройки',
    provenance: 'Происхождение',
    provenanceNote: 'Обученные сети, из которых получены результаты, и sha256 весов каждой.',
    severalBackends: (names) =>
      `Результаты получены на разных вычислителях: ${names.join('; ')}. Последние цифры чисел у них различаются, и сжатие тут ни при чём.`,
    unpromised: (names) =>
      `Вычислено на ${names.join('; ')}: здесь повтор не обязан дать те же цифры; сверить их можно командой «pipeline verify --rerun --tolerance 1e-4».`,
    stageNote:
      'Времени и ключей в этом файле нет, чтобы он был одинаков у всякого, кто его повторит. В последнем столбце ' +
      'таблицы всех измерений стоит начало контрольной суммы. По нему эта команда покажет стадию, которая измерила ' +
      'строку: её ключ, запуск, коммит, параметры и файлы:',
    keepInMind: 'Следует учесть',
    nothing: 'Результатов нет.',
    rows: (count) => `строк: ${count}`,
    and: 'и',
    more: 'Ещё рисунки',
    series: 'Показанные ряды',
    sortBy: 'Упорядочить по этому столбцу',
  },
  sentences: (summary: Summary) => [
    ...russianSentences(summary, russianPhase),
    ...russianSpeeds(summary),
  ],
  warnings: (summary: Summary) => [
    ...russianWarnings(summary, russianPhase),
    ...russianSpeedWarnings(summary),
  ],
};
