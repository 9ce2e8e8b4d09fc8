// grpcurl, which knows the gateway by server reflection alone.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { grpcurl, isProvisioned } from '../../infra/provision.ts';
import type { WorldNow } from './calls-suite.ts';

const run = promisify(execFile);

export function grpcurlTests(world: WorldNow): void {
  const call = async (before: readonly string[], after: readonly string[]) => {
    const words = ['-plaintext', '-max-time', '10', ...before, world().grpcAddress, ...after];
    return (await run(grpcurl.program, words, { timeout: 20_000 })).stdout;
  };

  (isProvisioned(grpcurl) ? describe : describe.skip)('grpcurl', () => {
    test('lists the services', async () => {
      const listed = (await call([], ['list'])).split('\n');
      expect(listed).toEqual(expect.arrayContaining(['grpc.health.v1.Health', 'waybill.gateway.v1.GenerationService']));
    });

    test('gets an answer', async () => {
      const messages = [{ role: 'ROLE_USER', parts: [{ text: { text: 'Why is the sky blue?' } }] }];
      const request = JSON.stringify({ call: { model: 'gpt-4o-mini', chat: { messages } } });
      const key = ['-H', `authorization: Bearer ${world().key}`];
      const answer = JSON.parse(await call([...key, '-d', request], ['waybill.gateway.v1.GenerationService/Generate']));
      expect(answer.summary).toMatchObject({ modelId: 'gpt-4o-mini', simulated: true });
      expect(answer.reply.content[0].text.text).not.toBe('');
    });

    test('finds it healthy', async () => {
      expect(JSON.parse(await call([], ['grpc.health.v1.Health/Check']))).toEqual({ status: 'SERVING' });
    });
  });
}
