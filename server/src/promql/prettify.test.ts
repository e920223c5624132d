import { describe, expect, it } from 'vitest';
import { parse } from './parser/parse.ts';
import { prettify } from './prettify.ts';

// The lines are those of Prometheus 3.14's /api/v1/format_query.
describe('line breaks as in Prometheus', () => {
  it.for([
    {
      why: '100 bytes stay on one line',
      expr: 'sum by (job) (rate(http_requests_total{env="prod",job="xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}[5m])) > 1',
      lines: ['sum by (job) (rate(http_requests_total{env="prod",job="xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}[5m])) > 1'],
    },
    {
      why: '101 bytes do not',
      expr: 'sum by (job) (rate(http_requests_total{env="prod",job="xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}[5m])) > 1',
      lines: ['  sum by (job) (rate(http_requests_total{env="prod",job="xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}[5m]))', '>', '  1'],
    },
    {
      why: 'bytes count, not characters',
      expr: 'sum by (job) (rate(http_requests_total{env="prod",job="äääääääääääääääääääääääää"}[5m])) > 1',
      lines: [
        '  sum by (job) (',
        '    rate(http_requests_total{env="prod",job="äääääääääääääääääääääääää"}[5m])',
        '  )',
        '>',
        '  1',
      ],
    },
    {
      why: 'a chain is indented below its last operation',
      expr: 'sum(rate(http_requests_total{job="api",status=~"5.."}[5m])) / on (job) group_left (team) sum(rate(http_requests_total{job="api"}[5m])) * 100 > bool 5',
      lines: [
        '      sum(rate(http_requests_total{job="api",status=~"5.."}[5m]))',
        '    / on (job) group_left (team)',
        '      sum(rate(http_requests_total{job="api"}[5m]))',
        '  *',
        '    100',
        '> bool',
        '  5',
      ],
    },
    {
      why: 'arguments stand on lines of their own',
      expr: 'label_replace(sum without (instance, pod) (rate(container_cpu_usage_seconds_total{namespace="shop"}[5m])), "a", "$1", "b", "(.*)")',
      lines: [
        'label_replace(',
        '  sum without (instance, pod) (rate(container_cpu_usage_seconds_total{namespace="shop"}[5m])),',
        '  "a",',
        '  "$1",',
        '  "b",',
        '  "(.*)"',
        ')',
      ],
    },
    {
      why: 'a parameter comes first',
      expr: 'topk by (namespace) (10, sum by (namespace, pod, container) (rate(container_cpu_usage_seconds_total{image!=""}[5m])))',
      lines: [
        'topk by (namespace) (',
        '  10,',
        '  sum by (namespace, pod, container) (rate(container_cpu_usage_seconds_total{image!=""}[5m]))',
        ')',
      ],
    },
    {
      why: 'a sign keeps its operand on its line',
      expr: '-(sum(rate(http_requests_total{job="api",status=~"5.."}[5m])) - sum(rate(http_requests_total{job="api",status=~"4.."}[5m])))',
      lines: [
        '-(',
        '    sum(rate(http_requests_total{job="api",status=~"5.."}[5m]))',
        '  -',
        '    sum(rate(http_requests_total{job="api",status=~"4.."}[5m]))',
        ')',
      ],
    },
    {
      why: 'subqueries',
      expr: 'max_over_time((sum by (job) (rate(http_requests_total{job="api",status=~"5.."}[5m])) / sum by (job) (rate(x[5m])))[1h:5m] @ end() offset 5m)',
      lines: [
        'max_over_time(',
        '  (sum by (job) (rate(http_requests_total{job="api",status=~"5.."}[5m])) / sum by (job) (rate(x[5m])))[1h:5m] @ end() offset 5m',
        ')',
      ],
    },
    {
      why: 'a short subquery in a long expression has no indentation',
      expr: 'label_replace(rate(http_requests_total[5m:1m]), "destination_label_name", "$1$2$3$4$5", "source_label_name", "(.*)(.*)(.*)(.*)(.*)")',
      lines: [
        'label_replace(',
        '  rate(http_requests_total[5m:1m]),',
        '  "destination_label_name",',
        '  "$1$2$3$4$5",',
        '  "source_label_name",',
        '  "(.*)(.*)(.*)(.*)(.*)"',
        ')',
      ],
    },
    {
      why: 'a long selector is never broken',
      expr: 'http_requests_total{job="api",environment="production",status=~"5..",zone="eu-1",handler="/api/v1/query_range"}',
      lines: ['http_requests_total{environment="production",handler="/api/v1/query_range",job="api",status=~"5..",zone="eu-1"}'],
    },
  ])('$why', ({ expr, lines }) => {
    expect(prettify(parse(expr)).split('\n')).toEqual(lines);
    expect(prettify(parse(prettify(parse(expr))))).toBe(lines.join('\n'));
  });

  it('leaves a chain whose indentation would be most of the text on one line', () => {
    const chain = new Array(20_000).fill('1').join(' + ');
    expect(prettify(parse(chain))).toBe(chain);
  });
});
