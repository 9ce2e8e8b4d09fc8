// Requests about files: uploaded as a form, and read back; a batch's results are files, too.
import type { Call } from '../call.ts';
import type { FileOperation } from '../dialects/dialect.ts';
import { headerText } from '../dialects/reading.ts';
import { invalid, type Refusal } from '../dialects/refusal.ts';
import { isRefusedByFault } from '../generate.ts';
import { textOf } from '../json.ts';
import { beforeHeaders, sendJson, sendLines, sendRefusal, sendText } from '../send.ts';
import type { Simulation } from '../simulation.ts';
import type { StoredFile } from './files.ts';

/** A fault that breaks the connection comes after the work: the file is there, and nobody was told. */
export async function serveFiles(simulation: Simulation, call: Call, operation: FileOperation): Promise<void> {
  if (isRefusedByFault(simulation, call)) return;
  const answer = operation.action === 'upload' ? await upload(simulation, call) : shown(simulation, call, operation);
  if ((await beforeHeaders(call, 0)) === 'broken') return;
  answer();
}

async function upload(simulation: Simulation, call: Call): Promise<() => void> {
  const form = await formIn(call);
  const file = form?.get('file');
  const purpose = textOf(form?.get('purpose'));
  if (!(file instanceof File) || purpose !== 'batch') {
    return () => sendRefusal(call, invalid('give a form with a file and the purpose batch', 'file'));
  }
  const { id, key, dialect, startedAt: createdAt } = call;
  const stored = { id: `file-${id}`, key, dialect: dialect.id, name: file.name, purpose, createdAt };
  const kept = { ...stored, text: await file.text() };
  simulation.files.add(kept);
  return () => sendJson(call, describe(kept));
}

function formIn({ received, bodyText }: Call): Promise<FormData | undefined> {
  const contentType = headerText(received.headers['content-type']) ?? '';
  return new Response(bodyText, { headers: { 'content-type': contentType } }).formData().catch(() => undefined);
}

function shown(simulation: Simulation, call: Call, { action, id }: { action: 'show' | 'content'; id: string }) {
  const file = simulation.files.find(call.dialect.id, call.key, id);
  if (file === undefined) return resultsOf(simulation, call, id);
  return () => (action === 'show' ? sendJson(call, describe(file)) : sendText(call, file.text));
}

function resultsOf(simulation: Simulation, call: Call, fileId: string): () => void {
  const { batches } = call.dialect;
  for (const batch of simulation.batches.list(call.dialect.id, call.key)) {
    const lines = batches?.fileOf?.(batch, fileId);
    if (lines !== undefined) return () => sendLines(call, lines);
  }
  return () => sendRefusal(call, nothingThere);
}

function describe({ id, text, createdAt, name: filename, purpose }: StoredFile) {
  const created_at = Math.floor(createdAt.getTime() / 1000);
  return { id, object: 'file', bytes: Buffer.byteLength(text), created_at, filename, purpose, status: 'processed' };
}

const nothingThere: Refusal = { refusal: 'not-found', message: 'No such File object.' };
