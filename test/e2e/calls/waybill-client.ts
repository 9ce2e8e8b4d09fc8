// Our own client package, and its example in a process of its own.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createWaybillClient, question, textOf, type WaybillClient } from '@waybill/client';
import type { WorldNow } from './calls-suite.ts';

const run = promisify(execFile);
const example = join(dirname(fileURLToPath(import.meta.resolve('@waybill/client'))), '../examples/ask.ts');
const asked = question('gpt-4o-mini', 'Why is the sky blue?');

export function waybillClientTests(world: WorldNow): void {
  describe('@waybill/client', () => {
    let client: WaybillClient;
    beforeAll(() => {
      client = createWaybillClient({ address: world().grpcAddress, key: world().key, timeoutMs: 20_000 });
    });
    afterAll(() => client?.close());

    test('the same answer whole and as it comes, with what it cost', async () => {
      const { reply, summary } = await client.generate(asked);
      expect(textOf(reply)).not.toBe('');
      expect(summary).toMatchObject({ modelId: 'gpt-4o-mini', attempts: 1, simulated: true });
      expect(summary.costPicoUsd).toBeGreaterThan(0n);
      let text = '';
      let ending: unknown;
      for await (const update of client.stream(asked)) {
        text += textOf(update);
        if (update.$case === 'summary') ending = update.value.modelId;
      }
      expect([text, ending]).toEqual([textOf(reply), 'gpt-4o-mini']);
    });

    test('a repeat with the same idempotency key is the same call', async () => {
      const idempotencyKey = `client-${Math.random()}`;
      const first = await client.generate(asked, { idempotencyKey });
      const second = await client.generate(asked, { idempotencyKey });
      expect(second.summary.callId).toBe(first.summary.callId);
      expect(textOf(second.reply)).toBe(textOf(first.reply));
    });

    test('a fault has its kind', async () => {
      await expect(client.generate(question('gpt-0', 'Are you there?'))).rejects.toMatchObject({
        fault: { kind: 'not_found' },
      });
      const stranger = createWaybillClient({ address: world().grpcAddress, key: 'wb_nobody' });
      await expect(stranger.generate(asked)).rejects.toMatchObject({ fault: { kind: 'unauthenticated' } });
      await stranger.close();
    });

    test('the gateway is healthy', async () => {
      expect(await client.health()).toBe('SERVING');
    });

    test('the example prints an answer', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'waybill-example-'));
      try {
        writeFileSync(join(folder, 'key.txt'), world().key);
        const words = [example, world().grpcAddress, join(folder, 'key.txt'), 'gpt-4o-mini', 'Why is the sky blue?'];
        const { stdout } = await run(process.execPath, words, { timeout: 20_000 });
        expect(stdout).toMatch(/^\S.*\ncall_\w+ cost \d+ pico-USD\n$/s);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  });
}
