import type { MetricMetadata } from '../series-store.ts';
import { type LabelPair, metricType, type SeriesLabels, type WriteColumns } from './decoded-write.ts';
import { type ProtoCursor, tagOf } from './proto-cursor.ts';
import type { SeriesMemory } from './series-memory.ts';

// https://github.com/prometheus/prometheus/blob/main/prompb/remote.proto and types.proto
const TIME_SERIES = tagOf(1, 2);
const METADATA = tagOf(3, 2);
const LABEL = tagOf(1, 2);
const SAMPLE = tagOf(2, 2);
const EXEMPLAR = tagOf(3, 2);
const HISTOGRAM = tagOf(4, 2);
const SAMPLE_VALUE = tagOf(1, 1);
const SAMPLE_TIMESTAMP = tagOf(2, 0);
const NAME = tagOf(1, 2);
const VALUE = tagOf(2, 2);

/** Decodes a `prometheus.WriteRequest`. `series` keeps label sets by their bytes from one request to the next. */
export function decodeWrite1(cursor: ProtoCursor, columns: WriteColumns, series: SeriesMemory): void {
  while (cursor.at < cursor.length) {
    const tag = cursor.tag();
    if (tag === TIME_SERIES) {
      decodeSeries(cursor, columns, series);
    } else if (tag === METADATA) {
      decodeMetadata(cursor, columns);
    } else {
      cursor.skip(tag, cursor.length);
    }
  }
  cursor.assertAt(cursor.length);
}

/** One `prometheus.TimeSeries`; the cursor is after its tag. */
export function decodeSeries(cursor: ProtoCursor, columns: WriteColumns, series: SeriesMemory): void {
  const end = cursor.messageEnd(cursor.length);
  const start = cursor.at;
  let labelsEnd = start;
  let isScattered = false;
  let histograms = 0;
  while (cursor.at < end) {
    const fieldStart = cursor.at;
    const tag = cursor.tag();
    switch (tag) {
      case LABEL:
        isScattered ||= fieldStart !== labelsEnd;
        cursor.at = cursor.messageEnd(end);
        labelsEnd = cursor.at;
        break;
      case SAMPLE:
        decodeSample(cursor, columns, end);
        break;
      default:
        columns.exemplars += Number(tag === EXEMPLAR);
        histograms += Number(tag === HISTOGRAM);
        cursor.skip(tag, end);
    }
  }
  cursor.assertAt(end);
  const range = { from: start, to: isScattered ? end : labelsEnd };
  columns.endSeries(labelsIn(cursor, series, range), histograms);
  cursor.at = end;
}

/** `from` is the first label's tag. Every encoder writes labels first and together; else the whole message is read for them. */
function labelsIn(
  cursor: ProtoCursor,
  series: SeriesMemory,
  { from, to }: { readonly from: number; readonly to: number },
): SeriesLabels {
  cursor.start = from;
  cursor.end = to;
  return series.resolve(cursor, () => decodeLabels(cursor, from, to));
}

function decodeLabels(cursor: ProtoCursor, from: number, to: number): readonly LabelPair[] {
  const pairs: LabelPair[] = [];
  cursor.at = from;
  while (cursor.at < to) {
    const tag = cursor.tag();
    if (tag === LABEL) {
      pairs.push(decodeLabel(cursor, to));
    } else {
      cursor.skip(tag, to);
    }
  }
  return pairs;
}

function decodeLabel(cursor: ProtoCursor, outerEnd: number): LabelPair {
  const end = cursor.messageEnd(outerEnd);
  let name = '';
  let value = '';
  while (cursor.at < end) {
    const tag = cursor.tag();
    if (tag === NAME) {
      name = cursor.text(cursor.messageEnd(end));
    } else if (tag === VALUE) {
      value = cursor.text(cursor.messageEnd(end));
    } else {
      cursor.skip(tag, end);
    }
  }
  cursor.assertAt(end);
  return [name, value];
}

/** The same in both versions. */
export function decodeSample(cursor: ProtoCursor, columns: WriteColumns, outerEnd: number): void {
  const end = cursor.messageEnd(outerEnd);
  let value = 0;
  let timestampMs = 0;
  while (cursor.at < end) {
    const tag = cursor.tag();
    if (tag === SAMPLE_VALUE) {
      value = cursor.sampleValue();
    } else if (tag === SAMPLE_TIMESTAMP) {
      timestampMs = cursor.signed();
    } else {
      cursor.skip(tag, end);
    }
  }
  cursor.assertAt(end);
  columns.timestamps.push(timestampMs);
  columns.values.push(value);
}

function decodeMetadata(cursor: ProtoCursor, columns: WriteColumns): void {
  const end = cursor.messageEnd(cursor.length);
  let type: MetricMetadata['type'] = 'unknown';
  const texts = { name: '', help: '', unit: '' };
  while (cursor.at < end) {
    const tag = cursor.tag();
    switch (tag) {
      case tagOf(1, 0):
        type = metricType(cursor.unsigned());
        break;
      case tagOf(2, 2):
        texts.name = cursor.text(cursor.messageEnd(end));
        break;
      case tagOf(4, 2):
        texts.help = cursor.text(cursor.messageEnd(end));
        break;
      case tagOf(5, 2):
        texts.unit = cursor.text(cursor.messageEnd(end));
        break;
      default:
        cursor.skip(tag, end);
    }
  }
  cursor.assertAt(end);
  columns.metadata[texts.name] = { type, help: texts.help, unit: texts.unit };
}
