/** A column of zigzag steps in byte planes and what to make of them; `from` to `to` are the rows wanted. Reused between columns. */
export interface StepPlanes {
  readonly bytes: Uint8Array;
  /** Of the first plane. */
  offset: number;
  /** Planes, and bytes of each. */
  width: number;
  stride: number;
  /** For second differences: the step they begin at. */
  isSecondOrder: boolean;
  firstStep: number;
  /** The first number, what steps are multiplied by, and numbers divided by. */
  first: number;
  factor: number;
  power: number;
  from: number;
  to: number;
}

// All sums below are of whole numbers that a double holds exactly; see MAX_SCALED.

/** So many steps of two bytes add up to less than 2^31. */
const MOST_SMALL_STEPS = 65_000;

/** Decodes rows `from` to `to` to `values[at]` and on. */
export function addSteps(planes: StepPlanes, values: Float64Array, at: number): void {
  if (planes.isSecondOrder) {
    addSecondSteps(planes, values, at);
    return;
  }
  if (planes.from > 0) {
    skip(planes);
  }
  const { width, first, power, to } = planes;
  values[at] = first / power;
  if (width === 0) {
    for (let i = 1; i < to; i += 1) {
      values[at + i] = first / power;
    }
  } else if (width === 1 && to < MOST_SMALL_STEPS) {
    addBytes(planes, values, at);
  } else if (width === 2 && to < MOST_SMALL_STEPS) {
    addPairs(planes, values, at);
  } else if (width <= 4) {
    addWords(planes, values, at);
  } else {
    addWideSteps(planes, values, at);
  }
}

/** Makes the first row that is wanted the first of all. */
function skip(planes: StepPlanes): void {
  let sum = 0;
  for (let i = 0; i < planes.from; i += 1) {
    sum += stepAt(planes, i);
  }
  planes.first += sum * planes.factor;
  planes.offset += planes.from;
  planes.to -= planes.from;
  planes.from = 0;
}

// Sums of small steps are kept as integers: adding those takes a fraction of the time that adding doubles takes.

function addBytes({ bytes, offset, first, factor, power, to }: StepPlanes, values: Float64Array, at: number): void {
  let sum = 0;
  const before = offset - 1;
  if (power === 1) {
    for (let i = 1; i < to; i += 1) {
      const number = bytes[before + i] ?? 0;
      sum = (sum + ((number >>> 1) ^ -(number & 1))) | 0;
      values[at + i] = first + sum * factor;
    }
    return;
  }
  for (let i = 1; i < to; i += 1) {
    const number = bytes[before + i] ?? 0;
    sum = (sum + ((number >>> 1) ^ -(number & 1))) | 0;
    values[at + i] = (first + sum * factor) / power;
  }
}

function addPairs({ bytes, offset, stride, first, factor, power, to }: StepPlanes, values: Float64Array, at: number): void {
  let sum = 0;
  const before = offset - 1;
  const second = before + stride;
  for (let i = 1; i < to; i += 1) {
    const number = (bytes[before + i] ?? 0) | ((bytes[second + i] ?? 0) << 8);
    sum = (sum + ((number >>> 1) ^ -(number & 1))) | 0;
    values[at + i] = (first + sum * factor) / power;
  }
}

/** Of up to four bytes. */
function addWords(
  { bytes, offset, stride, width, first, factor, power, to }: StepPlanes,
  values: Float64Array,
  at: number,
): void {
  const before = offset - 1;
  const [second, third, fourth] = [before + stride, before + 2 * stride, before + 3 * stride];
  let scaled = first;
  for (let i = 1; i < to; i += 1) {
    let number = bytes[before + i] ?? 0;
    number |= width > 1 ? (bytes[second + i] ?? 0) << 8 : 0;
    number |= width > 2 ? (bytes[third + i] ?? 0) << 16 : 0;
    number |= width > 3 ? (bytes[fourth + i] ?? 0) << 24 : 0;
    scaled += ((number >>> 1) ^ -(number & 1)) * factor;
    values[at + i] = scaled / power;
  }
}

function addWideSteps(planes: StepPlanes, values: Float64Array, at: number): void {
  const { first, factor, power, to } = planes;
  let scaled = first;
  for (let i = 1; i < to; i += 1) {
    scaled += stepAt(planes, i - 1) * factor;
    values[at + i] = scaled / power;
  }
}

function addSecondSteps(planes: StepPlanes, values: Float64Array, at: number): void {
  const { first, firstStep, factor, power, from, to, width } = planes;
  const shift = at - from;
  let scaled = first;
  let step = firstStep;
  if (from === 0) {
    values[at] = scaled / power;
  }
  for (let i = 1; i < to; i += 1) {
    step += i > 1 && width > 0 ? stepAt(planes, i - 2) : 0;
    scaled += step * factor;
    if (i >= from) {
      values[i + shift] = scaled / power;
    }
  }
}

/** The step at a place, its sign taken back from zigzag. */
function stepAt({ bytes, offset, stride, width }: StepPlanes, place: number): number {
  switch (width) {
    case 0:
      return 0;
    case 1: {
      const number = bytes[offset + place] ?? 0;
      return (number >>> 1) ^ -(number & 1);
    }
    case 2: {
      const number = (bytes[offset + place] ?? 0) | ((bytes[offset + place + stride] ?? 0) << 8);
      return (number >>> 1) ^ -(number & 1);
    }
    default:
      return wideStepAt({ bytes, offset, stride, width }, place);
  }
}

/** Of more bytes than whole-number operations may take. */
function wideStepAt(
  { bytes, offset, stride, width }: Pick<StepPlanes, 'bytes' | 'offset' | 'stride' | 'width'>,
  place: number,
): number {
  let number = 0;
  let weight = 1;
  for (let plane = 0, at = offset + place; plane < width; plane += 1, at += stride) {
    number += (bytes[at] ?? 0) * weight;
    weight *= 256;
  }
  return number % 2 === 0 ? number / 2 : -(number + 1) / 2;
}
