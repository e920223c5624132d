import { describe, expect, it } from 'vitest';
import { concerns, fillExpression, seriesName } from './entity.ts';

const entity = { environment: 'prod', cluster: 'core', service: 'payments' };

describe('fillExpression', () => {
  it.for([
    {
      expr: 'up{service="$service",environment="$environment"}',
      service: 'payments',
      filled: 'up{service="payments",environment="prod"}',
      why: 'every variable is filled',
    },
    {
      expr: 'up{s="$service"}',
      service: 'a"} or up{x="',
      filled: 'up{s="a\\"} or up{x=\\""}',
      why: 'a quote does not leave the string',
    },
    { expr: 'up{s="$service"}', service: 'a\\', filled: 'up{s="a\\\\"}', why: 'nor does a backslash' },
    { expr: 'up{s="$services"}', service: 'x', filled: 'up{s="$services"}', why: 'only whole names are variables' },
    { expr: 'up{s="$service"}', service: '$cluster', filled: 'up{s="$cluster"}', why: 'a value is not filled again' },
  ])('$why', ({ expr, service, filled }) => {
    expect(fillExpression(expr, { ...entity, service })).toBe(filled);
  });
});

it.for([
  {
    legend: '{{code}} on {{ instance }}',
    labels: { code: '500', instance: 'a' },
    name: '500 on a',
    why: 'labels fill the legend',
  },
  { legend: '{{gone}}', labels: {}, name: 'value', why: 'a legend that comes out empty is still a name' },
  {
    legend: '',
    labels: { __name__: 'up', service: 'x', job: 'j' },
    name: 'job=j',
    why: 'without a legend the distinguishing labels',
  },
  { legend: '', labels: { __name__: 'up' }, name: 'up', why: 'or the metric' },
])('$why', ({ legend, labels, name }) => {
  expect(seriesName(legend, labels)).toBe(name);
});

it.for([
  { labels: { environment: 'prod', cluster: 'core', service: 'payments' }, is: true, why: 'the same entity' },
  { labels: { environment: 'prod', service: 'payments' }, is: true, why: 'no cluster means every cluster' },
  { labels: { environment: 'prod', cluster: 'other', service: 'payments' }, is: false, why: 'another cluster' },
  { labels: { environment: 'dev', cluster: 'core', service: 'payments' }, is: false, why: 'another environment' },
])('$why', ({ labels, is }) => {
  expect(concerns(labels, entity)).toBe(is);
});
