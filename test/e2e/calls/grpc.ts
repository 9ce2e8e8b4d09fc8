// A gRPC client of the gateway.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CallSummary, GenerationServiceDefinition } from '@waybill/contracts';
import { FaultError } from '@waybill/kernel';
import type { Client, Transport } from '@waybill/rpc';
import { connectGrpc, grpcQuestion } from '../grpc-client.ts';
import type { WorldNow } from './calls-suite.ts';

function expectSummary(summary: CallSummary | undefined): void {
  expect(summary).toMatchObject({ modelId: 'gpt-4o-mini', providerId: 'openai', attempts: 1, simulated: true });
  expect(summary?.callId).toMatch(/^call_/);
  expect(summary?.costPicoUsd).toBeGreaterThan(0n);
  expect(summary?.costEstimated).toBe(false);
}

export function grpcTests(world: WorldNow): void {
  describe('gRPC', () => {
    let transport: Transport;
    let client: Client<GenerationServiceDefinition>;
    beforeAll(() => {
      transport = connectGrpc(world());
      client = transport.client(GenerationServiceDefinition);
    });
    afterAll(() => transport?.close());
    const options = () => ({ metadata: { authorization: `Bearer ${world().key}` }, timeoutMs: 10_000 });
    const request = grpcQuestion('gpt-4o-mini', 'Why is the sky blue?');

    test('Generate: the answer and the summary', async () => {
      const { reply, summary } = await client.generate(request, options());
      expect(reply?.content[0]?.part).toMatchObject({ $case: 'text', value: { text: expect.stringMatching(/\w/) } });
      expectSummary(summary);
    });

    test('GenerateStream: pieces of the same answer, and last the summary', async () => {
      const whole = await client.generate(request, options());
      let text = '';
      let last: CallSummary | undefined;
      for await (const { update } of client.generateStream(request, options())) {
        expect(last).toBeUndefined();
        if (update?.$case === 'summary') last = update.value;
        else if (update?.value.part?.$case === 'text') text += update.value.part.value.text;
      }
      const part = whole.reply?.content[0]?.part;
      expect(text).toBe(part?.$case === 'text' ? part.value.text : '');
      expectSummary(last);
    });

    test('a model that does not exist is a fault that names it', async () => {
      const asked = client.generate(grpcQuestion('gpt-0', 'Are you there?'), options());
      const thrown = await asked.then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(thrown).toBeInstanceOf(FaultError);
      expect((thrown as FaultError).fault).toMatchObject({
        kind: 'not_found',
        message: expect.stringContaining('gpt-0'),
      });
    });
  });
}
