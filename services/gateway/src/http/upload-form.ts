// The form that a file is uploaded by.
import { isUtf8 } from 'node:buffer';
import type { Upload } from '../batches/uploads.ts';
import { wrong } from './batch-requests.ts';

const longestName = 255;

/** Throws a FaultError `invalid` unless it holds one file of text, for batches. */
export async function readUploadForm(
  body: unknown,
  contentType: string | undefined,
): Promise<Pick<Upload, 'filename' | 'purpose' | 'content'>> {
  const form = Buffer.isBuffer(body) ? await formIn(body, contentType ?? '') : undefined;
  if (form === undefined) throw wrong('the body', 'is no form; give one with `purpose` and `file`');
  const purpose = form.get('purpose');
  if (purpose !== 'batch') throw wrong('purpose', 'has to be batch: files are taken for nothing else');
  const file = form.get('file');
  if (file === null || typeof file === 'string') throw wrong('file', 'is missing; give a file of one request a line');
  const content = Buffer.from(await file.arrayBuffer());
  if (content.length === 0) throw wrong('file', 'is empty');
  if (!isUtf8(content)) throw wrong('file', 'is not valid UTF-8');
  return { filename: file.name.slice(0, longestName), purpose, content };
}

async function formIn(body: Buffer, contentType: string): Promise<FormData | undefined> {
  try {
    return await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  } catch {
    return undefined;
  }
}
