// Every version of every event that was ever stored can still be read. Samples are added and never changed.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { events, eventTypes } from './events.ts';

/** `<type>.v<version>.json`, with a label before `.json` where a version has several. */
interface Sample {
  readonly type: string;
  readonly version: number;
  /** The payload as JSON, lifted to the current version. */
  readonly payload: unknown;
  /** The payload's bytes as they were stored, base64. */
  readonly bytes: string;
}

const folder = new URL('../../../test/fixtures/events/', import.meta.url);
const samples = readdirSync(folder).map((file) => ({
  file,
  sample: JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Sample,
}));

describe('stored events', () => {
  test.each(samples)('$file is read as it was meant, and written as it was stored', ({ file, sample }) => {
    const { type, version, payload } = sample;
    expect(file.startsWith(`${type}.v${version}.`)).toBe(true);
    const eventType = eventTypes.get(type)!;
    const bytes = Buffer.from(sample.bytes, 'base64');
    const read = eventType.decode({ eventId: file, type, version, payload: bytes });
    expect(eventType.codec.toJSON(read)).toEqual(payload);
    if (version !== eventType.version) return;
    expect(Buffer.from(eventType.codec.encode(read).finish())).toEqual(bytes);
  });

  test.each(Object.values(events).map(({ type, version }) => ({ type, version })))(
    '$type has a sample of each version up to $version',
    ({ type, version }) => {
      const stored = samples.filter(({ sample }) => sample.type === type).map(({ sample }) => sample.version);
      for (let number = 1; number <= version; number += 1) expect(stored).toContain(number);
    },
  );

  test('have one definition for each message of the contract', () => {
    expect(eventTypes.size).toBe(Object.keys(events).length);
    const protos = new URL('../../../proto/waybill/', import.meta.url);
    const files = readdirSync(protos, { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => name.endsWith('_events.proto'))) {
      const text = readFileSync(new URL(file, protos), 'utf8');
      const domain = /^package (.+);$/m.exec(text)![1];
      const messages = [...text.matchAll(/^message (\w+) \{$/gm)].map(([, message]) => `${domain}.${message}`);
      const nested = messages.filter((message) => !eventTypes.has(message));
      for (const message of nested) expect(text).toMatch(new RegExp(`\\b${message.split('.').at(-1)} \\w+ = \\d+;`));
    }
  });
});
