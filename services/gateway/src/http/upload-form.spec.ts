import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readUploadForm } from './upload-form.ts';

async function encoded(form: FormData): Promise<{ body: Buffer; type: string }> {
  const response = new Response(form);
  return { body: Buffer.from(await response.arrayBuffer()), type: response.headers.get('content-type') ?? '' };
}

function formOf(fields: Readonly<Record<string, string | Blob>>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

async function read(fields: Readonly<Record<string, string | Blob>>) {
  const { body, type } = await encoded(formOf(fields));
  return readUploadForm(body, type);
}

const lines = '{"ä":"\\r\\n"}\r\n{}\n';

test('a form gives its file to the byte', async () => {
  const file = new File([lines], 'calls.jsonl', { type: 'application/jsonl' });
  const content = Buffer.from(lines);
  expect(await read({ purpose: 'batch', file })).toEqual({ filename: 'calls.jsonl', purpose: 'batch', content });
  const long = await read({ purpose: 'batch', file: new File(['x'], 'n'.repeat(1_000)) });
  expect(long.filename).toHaveLength(255);
});

test.each([
  ['purpose', { file: new File(['x'], 'x') }],
  ['purpose', { purpose: 'assistants', file: new File(['x'], 'x') }],
  ['file', { purpose: 'batch' }],
  ['file', { purpose: 'batch', file: 'text' }],
  ['file', { purpose: 'batch', file: new File([], 'x') }],
  ['file', { purpose: 'batch', file: new File([new Uint8Array([0xff])], 'x') }],
])('what is wrong with %s is said', async (field, fields) => {
  await expect(read(fields)).rejects.toMatchObject({ fault: { kind: 'invalid', details: { field } } });
});

test('whatever comes is a file or a fault of the caller', async () => {
  const { body, type } = await encoded(formOf({ purpose: 'batch', file: new File([lines], 'x') }));
  const damage = fc.record({ at: fc.nat(body.length), cut: fc.nat(20), put: fc.uint8Array({ maxLength: 20 }) });
  const types = fc.oneof(
    fc.constant(type),
    fc.constant(undefined),
    fc.string({ unit: 'binary' }),
    fc.constant('multipart/form-data'),
  );
  await fc.assert(
    fc.asyncProperty(damage, types, async ({ at, cut, put }, contentType) => {
      const damaged = Buffer.concat([body.subarray(0, at), put, body.subarray(at + cut)]);
      const end = await readUploadForm(damaged, contentType).catch((thrown: unknown) => thrown);
      const { content, fault } = end as { content?: unknown; fault?: { kind?: unknown } };
      expect(Buffer.isBuffer(content) || fault?.kind === 'invalid').toBe(true);
    }),
    { numRuns: 500 },
  );
  await expect(readUploadForm(undefined, type)).rejects.toMatchObject({ fault: { kind: 'invalid' } });
});
