import { expect, test } from '@jest/globals';
import { createGroupCommit } from './group-commit.ts';

const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test('what is added in one turn, and what is added while a commit runs, is one commit each', async () => {
  const commits: (readonly string[])[] = [];
  const ends: (() => void)[] = [];
  const group = createGroupCommit<string>((items) => {
    commits.push(items);
    return new Promise((resolve) => ends.push(resolve));
  });
  for (const item of ['a', 'b']) group.add(item);
  await turn();
  for (const item of ['c', 'd', 'e']) {
    group.add(item);
    await turn();
  }
  expect(commits).toEqual([['a', 'b']]);
  ends.shift()?.();
  await turn();
  expect(commits).toEqual([
    ['a', 'b'],
    ['c', 'd', 'e'],
  ]);
  const drained = group.drained();
  ends.shift()?.();
  await drained;
  group.add('f');
  await turn();
  expect(commits.at(-1)).toEqual(['f']);
});
