import { expect, it } from 'vitest';
import { formatValue, unitOf, unitOfQuery } from './units.ts';

it.for([
  { value: 0.1234, unit: 'ratio', text: '12.3 %', why: 'a ratio reads as percent' },
  { value: 99.95, unit: 'percent', text: '100 %', why: 'percent rounds to three digits' },
  { value: 0, unit: 'seconds', text: '0 s', why: 'zero seconds are seconds' },
  { value: 0.18, unit: 'seconds', text: '180 ms', why: 'short times are milliseconds' },
  { value: 2.4, unit: 'seconds', text: '2.4 s', why: 'seconds stay seconds' },
  { value: 5400, unit: 'seconds', text: '1.5 h', why: 'long times are hours' },
  { value: 0.000_25, unit: 'seconds', text: '250 µs', why: 'very short times are microseconds' },
  { value: 1536, unit: 'bytes', text: '1.5 KiB', why: 'bytes are binary' },
  { value: 1_500_000, unit: 'bytes/s', text: '1.43 MiB/s', why: 'byte rates too' },
  { value: 1500, unit: 'ops/s', text: '1.5 k/s', why: 'rates are decimal' },
  { value: 42, unit: 'ops/s', text: '42/s', why: 'a small rate has no prefix' },
  { value: -2_000_000, unit: 'short', text: '-2 M', why: 'negative values scale by size' },
  { value: null, unit: 'short', text: 'no data', why: 'nothing is not zero' },
  { value: Number.NaN, unit: 'bytes', text: 'no data', why: 'NaN is not zero' },
  { value: Number.POSITIVE_INFINITY, unit: 'count', text: '∞', why: 'infinity has a sign of its own' },
  { value: 0.0001, unit: 'short', text: '1.0e-4', why: 'tiny values are not rounded to zero' },
] as const)('$why', ({ value, unit, text }) => {
  expect(formatValue(value, unit)).toBe(text);
});

it('treats an unknown unit as plain numbers', () => {
  expect(unitOf('bananas')).toBe('short');
  expect(unitOf('bytes')).toBe('bytes');
});

it.for([
  { query: 'service:db_pool:usage_ratio', unit: 'ratio', why: 'a ratio is shown as percent' },
  { query: 'service:http_errors:ratio_rate2m', unit: 'ratio', why: 'also in the middle of a name' },
  { query: 'service:http_request_duration_seconds:p99_rate2m', unit: 'seconds', why: 'a latency' },
  { query: 'histogram_quantile(0.9, rate(x_seconds_bucket[5m]))', unit: 'seconds', why: 'a quantile of seconds is seconds' },
  { query: 'sum(rate(process_cpu_seconds_total[2m]))', unit: 'short', why: 'seconds a second are cores' },
  { query: 'sum(rate(http_requests_total[2m]))', unit: 'ops/s', why: 'a rate of a counter' },
  { query: 'rate(node_network_bytes_total[1m])', unit: 'bytes/s', why: 'a rate of bytes' },
  { query: 'jvm_memory_used_bytes{area="heap/seconds"}', unit: 'bytes', why: 'label values say nothing' },
  { query: 'a_bytes / b_bytes', unit: 'short', why: 'a quotient has another unit' },
  { query: 'up', unit: 'short', why: 'no unit in the name' },
])('$query: $why', ({ query, unit }) => {
  expect(unitOfQuery(query)).toBe(unit);
});
