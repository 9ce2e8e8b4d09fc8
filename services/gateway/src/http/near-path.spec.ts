import { expect, test } from '@jest/globals';
import { nearPath } from './near-path.ts';

const served = ['/v1/chat/completions', '/v1/messages', '/v1/messages/count_tokens', '/v1/models', '/api/ai/chat'];

test.each([
  ['/chat/completions', '/v1/chat/completions'],
  ['/v1/chat/completions/', '/v1/chat/completions'],
  ['/v1//chat/completions', '/v1/chat/completions'],
  ['/v1/v1/messages', '/v1/messages'],
  ['/v1/v1/messages/count_tokens', '/v1/messages/count_tokens'],
  ['/openai/deployments/gpt/chat/completions', '/v1/chat/completions'],
  ['/api/v1/models', '/v1/models'],
  ['/v1/api/ai/chat', '/api/ai/chat'],
  ['/v1/nothing', undefined],
  ['/', undefined],
  ['', undefined],
])('%s is nearest to %s', (path, near) => {
  expect(nearPath(path, (each) => served.includes(each))).toBe(near);
});

test('however long a path is, it is looked at a few times', () => {
  let looks = 0;
  nearPath('/a'.repeat(8_000), () => {
    looks += 1;
    return false;
  });
  expect(looks).toBeLessThan(11);
});
