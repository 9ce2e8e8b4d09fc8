import { describe, expect, test } from '@jest/globals';
import { alarmsRaised, dashboards, expressions, readYaml, rules } from './observability.ts';
import { valuesOf } from './promql.ts';

describe('alert rules', () => {
  const alerts = rules().filter(({ alert }) => alert !== undefined);

  test('have a severity, and say what is the matter and what to do', () => {
    expect(alerts.length).toBeGreaterThan(25);
    for (const { alert, labels, annotations } of alerts) {
      expect([alert, ['critical', 'warning', 'info'].includes(labels?.severity ?? '')]).toEqual([alert, true]);
      expect([alert, annotations?.summary.endsWith('.'), annotations?.action.endsWith('.')]).toEqual([
        alert,
        true,
        true,
      ]);
    }
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
  });

  test('cover every alarm that a service can raise, and none that there is not', () => {
    const covered = rules().flatMap(({ expr }) => valuesOf('alarm', expr));
    const raised = alarmsRaised();
    expect(raised.length).toBeGreaterThan(20);
    expect([...new Set(covered)].sort()).toEqual(raised);
  });

  test('see the first alarm of its kind, for which `increase` is blind', () => {
    const direct = alerts.filter(({ expr }) => expr.includes('waybill_alarms_total'));
    expect(direct.map(({ alert }) => alert)).toEqual([]);
  });
});

describe('dashboards', () => {
  test('are four, with panels that can be told apart', () => {
    expect(
      dashboards()
        .map(({ uid }) => uid)
        .sort(),
    ).toEqual(['waybill-calls', 'waybill-infrastructure', 'waybill-limits', 'waybill-money']);
    for (const { panels } of dashboards()) {
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    }
  });

  test('name no alarm that there is not', () => {
    const raised = alarmsRaised();
    const named = expressions().flatMap(({ text }) => valuesOf('alarm', text));
    expect(named.filter((name) => !raised.includes(name))).toEqual([]);
  });
});

test('the collector takes traces and metrics, and has every part that its pipelines name', () => {
  const { service, ...parts } = readYaml('collector.yaml') as {
    service: { extensions: string[]; pipelines: Record<string, Record<string, string[]>> };
  } & Record<string, Record<string, unknown>>;
  expect(Object.keys(service.pipelines)).toEqual(['traces', 'metrics']);
  for (const pipeline of Object.values(service.pipelines)) {
    for (const [kind, names] of Object.entries(pipeline)) {
      expect(Object.keys(parts[kind]!)).toEqual(expect.arrayContaining(names));
    }
  }
  expect(Object.keys(parts.extensions!)).toEqual(service.extensions);
});

test('Prometheus reads the rules', () => {
  expect(readYaml('prometheus.yaml')).toMatchObject({ rule_files: ['alerts.yaml'] });
});
