import { expect, test } from '@jest/globals';
import { labelsIn, metricsIn, valuesOf } from './promql.ts';

const quantile =
  'histogram_quantile(0.99, sum by (le, model) (rate(a_seconds_bucket{outcome="durable", x=~"p|q"}[$__rate_interval]))) > 1.5e3';
const raised =
  'sum by (alarm) (b_total unless b_total offset 10m) > 0 or on () job:c:rate5m * 2 and absent(d{e!="x or y"})';

test('finds every series, and neither functions, words, labels nor numbers', () => {
  expect(metricsIn(quantile)).toEqual(['a_seconds_bucket']);
  expect(metricsIn(raised)).toEqual(['b_total', 'job:c:rate5m', 'd']);
});

test('finds labels in selectors and groupings, and the values they are matched with', () => {
  expect(labelsIn(quantile)).toEqual(['outcome', 'x', 'le', 'model']);
  expect(labelsIn(raised)).toEqual(['e', 'alarm']);
  expect(valuesOf('x', quantile)).toEqual(['p', 'q']);
});
