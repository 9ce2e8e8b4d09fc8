import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { loadConfiguration, type PinRequest, pinModel } from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'waybill-pin-'));
afterAll(() => rmSync(root, { recursive: true }));

const request: PinRequest = {
  id: 'fast',
  version: 'gpt-4o-mini-2024-07-18',
  pinnedDate: '2026-11-28',
  keepsUpstream: false,
};

/** What the file says after the pin, and how that went. */
function pin(text: string, extra: Partial<PinRequest> = {}) {
  const file = join(mkdtempSync(join(root, 'case-')), 'waybill.yaml');
  writeFileSync(file, text);
  const outcome = pinModel(file, { ...request, ...extra });
  return { outcome, file, after: readFileSync(file, 'utf8') };
}

const block = `# Ours
providers:
  - { id: sim, kind: simulator, base_url: "\${SIM_URL}" }   # where it is
models:
  - id: slow
    provider: sim
    prices: free
  - id: fast   # the one that is asked for most
    provider: sim
    upstream_model: gpt-4o-mini
    prices: free
`;

describe('a pin', () => {
  test('is written into the entry and changes nothing else', () => {
    const { outcome, after, file } = pin(block);
    expect(outcome).toMatchObject({ written: true, why: '' });
    expect(after).toBe(
      block
        .replace('upstream_model: gpt-4o-mini', 'upstream_model: gpt-4o-mini-2024-07-18')
        .replace(
          'asked for most\n',
          'asked for most\n    version: gpt-4o-mini-2024-07-18\n    pinned_date: 2026-11-28\n',
        ),
    );
    const loaded = loadConfiguration({ file, environment: { SIM_URL: 'http://127.0.0.1:1' }, cwd: root });
    expect(loaded).toMatchObject({
      ok: true,
      value: { models: [{ snapshot: { version: undefined } }, { id: 'fast', snapshot: { version: request.version } }] },
    });
  });

  test('takes the place of an earlier one', () => {
    const again = pin(pin(block).after, { version: 'gpt-4o-mini-2025-01-01', pinnedDate: '2026-12-01' });
    expect(again.after.match(/gpt-4o-mini-2025-01-01/g)).toHaveLength(2);
    expect(again.after).toContain('pinned_date: 2026-12-01');
    expect(again.after).not.toContain('2024-07-18');
  });

  test('leaves the name that is asked for, when told so', () => {
    expect(pin(block, { keepsUpstream: true }).after).toContain('upstream_model: gpt-4o-mini\n');
  });

  test.each([
    ['flow style', 'models: [{ id: fast, provider: sim, prices: free }]'],
    ['JSON', '{\n  "models": [\n    { "id": "fast", "provider": "sim", "prices": "free" }\n  ]\n}\n'],
    ['no line end', 'models:\n  - provider: sim\n    id: fast'],
  ])('is written in %s', (_style, text) => {
    const { outcome, after } = pin(text);
    expect(outcome.written).toBe(true);
    expect(after).toContain('gpt-4o-mini-2024-07-18');
    expect(pin(after, { version: 'other' }).outcome.written).toBe(true);
  });

  test.each([
    ['a model of another name', 'models: [{ id: slow, provider: sim, prices: free }]', 'fast is not written out'],
    ['models elsewhere', 'registry: [models.json]', 'fast is not written out'],
    ['two of the name', 'models: [{ id: fast, a: 1 }, { id: fast, a: 2 }]', 'fast is not written out'],
    [
      'an entry that others share',
      'models:\n  - &it\n    id: fast\n    provider: sim\nother: *it\n',
      'cannot be changed alone',
    ],
    ['a broken file', 'models: [{ id: fast', 'fast is not written out'],
  ])('is told, not written, where there is %s', (_what, text, why) => {
    const { outcome, after } = pin(text);
    expect(outcome.written).toBe(false);
    expect(outcome.why).toContain(why);
    expect(outcome.snippet).toBe(
      'models:\n  - id: fast\n    upstream_model: gpt-4o-mini-2024-07-18\n    version: gpt-4o-mini-2024-07-18\n    pinned_date: 2026-11-28',
    );
    expect(after).toBe(text);
  });

  test('is told where there is no file', () => {
    expect(pinModel(undefined, request)).toMatchObject({ written: false, why: 'there is no configuration file' });
    expect(pinModel(join(root, 'gone.yaml'), request).why).toContain('ENOENT');
  });

  test('keeps a link a link, and the mode of the file', () => {
    const { file } = pin(block);
    chmodSync(file, 0o600);
    const folder = mkdtempSync(join(root, 'link-'));
    const link = join(folder, 'waybill.yaml');
    symlinkSync(file, link);
    expect(pinModel(link, { ...request, version: 'v2' }).written).toBe(true);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(lstatSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toContain('version: v2');
    expect(readdirSync(folder)).toEqual(['waybill.yaml']);
  });
});
