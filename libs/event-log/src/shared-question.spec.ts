import { expect, test } from '@jest/globals';
import { sharedQuestion } from './shared-question.ts';

test('those who ask while it is being answered share the next answer', async () => {
  const answers: PromiseWithResolvers<string>[] = [];
  const ask = sharedQuestion(() => {
    answers.push(Promise.withResolvers());
    return answers.at(-1)!.promise;
  });
  const first = ask();
  const later = [ask(), ask()];
  answers[0]?.resolve('old');
  expect(await first).toBe('old');
  expect(answers).toHaveLength(2);
  answers[1]?.resolve('new');
  expect(await Promise.all(later)).toEqual(['new', 'new']);
  expect(answers).toHaveLength(2);
});

test('a question that failed is put again', async () => {
  let count = 0;
  const ask = sharedQuestion(async () => {
    count += 1;
    if (count === 1) throw new Error('no answer');
    return count;
  });
  const first = ask();
  const second = ask();
  await expect(first).rejects.toThrow('no answer');
  expect(await second).toBe(2);
});
