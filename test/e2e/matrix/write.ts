// `npm run matrix`: asks everything anew, and writes the README's matrix. Exits 1 when something is lost without a word.
import { readFile, writeFile } from 'node:fs/promises';
import { matrixBlock, withBlock } from './markdown.ts';
import { runMatrix } from './matrix.ts';

const file = new URL('../../../README.md', import.meta.url);
const matrix = await runMatrix();
const written = withBlock(await readFile(file, 'utf8'), matrixBlock(matrix));
if (written === undefined) throw new Error('the README has no place for the matrix');
await writeFile(file, written);
for (const problem of matrix.problems) process.stdout.write(`${problem}\n`);
process.stdout.write(`${matrix.calls} cells asked, ${matrix.problems.length} problems\n`);
process.exitCode = matrix.problems.length === 0 ? 0 : 1;
