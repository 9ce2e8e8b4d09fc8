import { describe, expect, test } from '@jest/globals';
import { Problems } from './problems.ts';
import { readYaml } from './yaml.ts';

function read(text: string) {
  const problems = new Problems();
  const tree = readYaml(text, 'waybill.yaml', problems);
  return { tree, told: problems.none ? '' : problems.toFault('told:').message };
}

describe('YAML', () => {
  test('keeps every digit of a number, as text', () => {
    const { tree } = read('a: 0.15000000000000000000001\nb: 1e-7\nc: 0x1f\nd: [1.0, -2]\ne: .5');
    expect(tree).toEqual({ a: '0.15000000000000000000001', b: '1e-7', c: '0x1f', d: ['1.0', '-2'], e: '.5' });
  });

  test('keeps dates as text, knows true and false, and forgets names with nothing behind them', () => {
    expect(read('a: 2026-10-07\nb: true\nc: null\nd:\ne: "x"').tree).toEqual({ a: '2026-10-07', b: true, e: 'x' });
  });

  test('may be JSON', () => {
    expect(read('{"a": {"b": [0.10, "0.2"]}}').tree).toEqual({ a: { b: ['0.10', '0.2'] } });
  });

  test('may be empty', () => {
    expect(read('# nothing yet\n')).toEqual({ tree: {}, told: '' });
  });

  test.each([
    ['a: 1\nb: 2\na: 3', 'waybill.yaml:3:1: Map keys must be unique'],
    ['a: "x', 'waybill.yaml:1:6: Missing closing "quote'],
    ['a: [1', 'waybill.yaml:1:6:'],
    ['a: !secret x', 'waybill.yaml:1:4: Unresolved tag'],
    ['- a\n- b', 'waybill.yaml: is not a mapping'],
    ['just text', 'waybill.yaml: is not a mapping'],
    ['a: 1\n---\nb: 2', 'multiple documents'],
    ['a:\n  __proto__: { host: x }', 'waybill.yaml: __proto__: is not allowed as a name'],
    ['a: [{ constructor: 1 }]', 'waybill.yaml: constructor: is not allowed as a name'],
    ['a: *gone', 'has aliases that cannot be resolved'],
  ])('that is broken is told with its place: %j', (text, expected) => {
    expect(read(text).told).toContain(expected);
  });

  test('does not blow up by aliases', () => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const previous = level === 0 ? 'x' : `*l${level - 1}`;
      return `l${level}: &l${level} [${Array(10).fill(previous).join(', ')}]`;
    });
    expect(read(levels.join('\n')).told).toContain('aliases that cannot be resolved');
  });

  test('with a forbidden name changes no prototype', () => {
    read('__proto__: { polluted: yes }');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
