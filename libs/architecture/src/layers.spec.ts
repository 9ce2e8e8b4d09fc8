import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Rule, rules } from './layers.ts';
import { readSourceTree, type SourceTree, sourceFile } from './source-tree.ts';

const tree = readSourceTree(join(import.meta.dirname, '../../..'));

/** A small sound repository, with one more file in it. */
function treeWith(path: string, ...lines: string[]): SourceTree {
  return {
    files: [
      sourceFile('libs/kernel/src/index.ts', "export * from './ids.ts';"),
      sourceFile('libs/config/src/environment.ts', 'export const environment = process.env;'),
      sourceFile('libs/rating/src/testing/rows.ts', "import { test } from '@jest/globals';"),
      sourceFile('services/cost/src/service.ts', "import { SqliteLedger } from './adapters/sqlite-ledger.ts';"),
      sourceFile('services/cost/src/core/decide.ts', "import type { Decider } from '@waybill/kernel';"),
      sourceFile('services/cost/src/core/policy.ts', "import type { Scope } from '@waybill/config';"),
      sourceFile('services/cost/src/core/decide.spec.ts', "import { expect } from '@jest/globals';"),
      sourceFile(path, lines.join('\n')),
    ],
    manifests: {
      '': { name: 'waybill', devDependencies: { '@jest/globals': '1.0.0' } },
      'libs/kernel': { name: '@waybill/kernel' },
      'libs/config': { name: '@waybill/config', dependencies: { '@waybill/kernel': '0.1.0' } },
      'libs/simulator': { name: '@waybill/simulator' },
      'services/cost': {
        name: '@waybill/cost',
        dependencies: { '@waybill/kernel': '0.1.0', '@waybill/config': '0.1.0' },
      },
      'services/gateway': { name: '@waybill/gateway' },
    },
  };
}

describe.each(Object.entries(rules))('%s', (_name, rule: Rule) => {
  test('in the whole repository', () => {
    expect(rule(tree)).toEqual([]);
  });

  test('in the small repository into which violations are planted below', () => {
    expect(rule(treeWith('services/cost/src/core/empty.ts'))).toEqual([]);
  });
});

const planted: [rule: string, path: string, line: string][] = [
  ['kernel, contracts and simulator import nothing of ours', 'libs/kernel/src/a.ts', "import '@waybill/config';"],
  [
    'kernel, contracts and simulator import nothing of ours',
    'libs/simulator/src/a.spec.ts',
    "import '@waybill/kernel';",
  ],
  ['libs never import services', 'libs/config/src/a.ts', "export type { Ledger } from '@waybill/cost';"],
  [
    'services never import each other',
    'services/cost/src/a.ts',
    ['const gateway = await import(', "'@waybill/gateway');"].join(''),
  ],
  ["nobody imports past another package's index", 'libs/config/src/a.ts', "import '@waybill/kernel/src/ids.ts';"],
  ["nobody imports past another package's index", 'libs/config/src/a.ts', "import '../../kernel/src/ids.ts';"],
  ["nobody imports past another package's index", 'test/e2e/a.ts', "import '../../libs/kernel/src/ids.ts';"],
  ['the product does not import test code', 'libs/rating/src/a.ts', "import './testing/rows.ts';"],
  ['the product does not import test code', 'services/cost/src/a.ts', "import './core/decide.spec.ts';"],
  [
    'core imports only core and pure libraries',
    'services/cost/src/core/a.ts',
    "import '../adapters/sqlite-ledger.ts';",
  ],
  [
    'core imports only core and pure libraries',
    'services/cost/src/core/a.ts',
    "import { randomUUID } from 'node:crypto';",
  ],
  ['core imports only core and pure libraries', 'services/cost/src/core/a.ts', "import type { Logger } from 'pino';"],
  [
    'core imports only core and pure libraries',
    'services/cost/src/core/a.ts',
    "import { load } from '@waybill/config';",
  ],
  ['core uses no clock, chance, log or waiting', 'services/cost/src/core/a.ts', 'const now = Date.now();'],
  ['pure libraries do no input or output', 'libs/kernel/src/a.ts', "import { readFile } from 'node:fs/promises';"],
  ['only service.ts sees adapters', 'services/cost/src/usecases/a.ts', "import '../adapters/sqlite-ledger.ts';"],
  ['the environment is read in one place', 'services/cost/src/a.ts', 'const port = process.env.PORT;'],
  ['the environment is read in one place', 'libs/config/src/second.ts', 'const port = process.env.PORT;'],
  ['package.json declares what is imported', 'services/cost/src/a.ts', "import { Agent } from 'undici';"],
  ['package.json declares what is imported', 'services/gateway/src/a.ts', "import {\n  a,\n} from '@waybill/kernel';"],
];

test.each(planted)('%s: notices %s with %s', (name, path, line) => {
  expect(rules[name]?.(treeWith(path, '// A file with a violation.', line))).toEqual([expect.stringContaining(path)]);
});

test('every rule has a violation planted', () => {
  expect(new Set(planted.map(([name]) => name))).toEqual(new Set(Object.keys(rules)));
});

test('the whole repository is looked at', () => {
  expect(tree.files.length).toBeGreaterThan(60);
  expect(Object.keys(tree.manifests).length).toBeGreaterThan(15);
});
