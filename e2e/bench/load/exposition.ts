import { LINES_PER_TARGET, type Population } from './population.ts';
import { TARGET_LINES } from './target-lines.ts';

const FAMILIES = TARGET_LINES.map(({ name }) => familyOf(name));
const TYPES = new Map(TARGET_LINES.map(({ name, movement }) => [familyOf(name), typeOf(movement)]));

/** Text pages of a population, as exporters serve them: by family, with TYPE lines. Slots in order, like the population. */
export class ExpositionWriter {
  readonly #population: Population;
  readonly #row = new Float64Array(LINES_PER_TARGET);
  readonly #prefixes = new Map<number, { readonly generation: number; readonly prefixes: readonly string[] }>();

  constructor(population: Population) {
    this.#population = population;
  }

  /** The page of some targets; every line carries its labels, so a scrape of it honours them. */
  page(targets: readonly number[], slot: number): string {
    const families = new Map<string, string[]>();
    for (const target of targets) {
      this.#population.values(target, slot, this.#row);
      for (const [index, prefix] of this.#prefixesOf(target, slot).entries()) {
        const family = FAMILIES[index] ?? '';
        const lines = families.get(family) ?? [`# TYPE ${family} ${TYPES.get(family)}\n`];
        lines.push(`${prefix} ${this.#row[index]}\n`);
        families.set(family, lines);
      }
    }
    return [...families.values()].map((lines) => lines.join('')).join('');
  }

  #prefixesOf(target: number, slot: number): readonly string[] {
    const generation = this.#population.generationOf(target, slot);
    const known = this.#prefixes.get(target);
    if (known?.generation === generation) {
      return known.prefixes;
    }
    const prefixes = TARGET_LINES.map((line) => {
      const labels = Object.entries(this.#population.labelsOf(target, generation, line));
      return `${line.name}{${labels.map(([label, value]) => `${label}="${value}"`).join(',')}}`;
    });
    this.#prefixes.set(target, { generation, prefixes });
    return prefixes;
  }
}

function familyOf(name: string): string {
  return name.replace(/^(http_request_duration_seconds)_(bucket|sum|count)$/, '$1');
}

function typeOf(movement: string): string {
  if (movement === 'bucket' || movement.startsWith('histogram')) {
    return 'histogram';
  }
  return ['busy', 'rare', 'bytes-counter', 'seconds-counter'].includes(movement) ? 'counter' : 'gauge';
}
