// The README's matrix is what the gateway does.
import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { matrixBlock } from './matrix/markdown.ts';
import { runMatrix } from './matrix/matrix.ts';

test('every dialect with every provider: what works, what is warned of, and nothing lost without a word', async () => {
  const matrix = await runMatrix();
  expect(matrix.problems).toEqual([]);
  expect(matrix.calls).toBeGreaterThan(500);
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  expect(readme).toContain(matrixBlock(matrix));
}, 300_000);
