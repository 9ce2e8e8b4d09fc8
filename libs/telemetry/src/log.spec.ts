import { expect, test } from '@jest/globals';
import { FaultError, fault, Secret } from '@waybill/kernel';
import { createLogger } from './log.ts';

function logged(write: (log: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  write(createLogger({ level: 'debug', process: 'test', destination: { write: (line) => void lines.push(line) } }));
  return lines.join('');
}

test('no header, field or secret that carries a key is written', () => {
  const canary = 'sk-canary-000000';
  const text = logged((log) => {
    log.info({ authorization: `Bearer ${canary}` }, 'one');
    log.info({ headers: { authorization: canary, 'x-api-key': canary, 'x-goog-api-key': canary } }, 'two');
    log.info({ request: { headers: { 'api-key': canary } }, secret: canary }, 'three');
    log.info({ credential: new Secret(canary), nested: { apiKey: canary } }, 'four');
    log.info({ err: new FaultError(fault('internal', 'broke', { cause: { key: new Secret(canary) } })) }, 'five');
  });
  expect(text).not.toContain(canary);
  expect(text.match(/\[redacted\]/g)?.length).toBeGreaterThanOrEqual(7);
});

test('a line is JSON with level, time, process and message', () => {
  const line = JSON.parse(logged((log) => log.warn({ count: 1 }, 'hello'))) as Record<string, unknown>;
  expect(line).toMatchObject({ process: 'test', msg: 'hello', count: 1 });
  expect(Date.parse(String(line.time))).not.toBeNaN();
});
