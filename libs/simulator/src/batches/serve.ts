// Requests about batches, answered in their dialect.
import type { Call } from '../call.ts';
import type { BatchOperation } from '../dialects/dialect.ts';
import { invalid, isRefusal, type Refusal } from '../dialects/refusal.ts';
import { isRefusedByFault } from '../generate.ts';
import { beforeHeaders, sendJson, sendLines, sendRefusal } from '../send.ts';
import type { Simulation } from '../simulation.ts';
import type { Batch } from './book.ts';
import { workOff } from './work.ts';

/** A fault that breaks the connection comes after the work: the batch is there, and nobody was told. */
export async function serveBatches(simulation: Simulation, call: Call, operation: BatchOperation): Promise<void> {
  if (isRefusedByFault(simulation, call)) return;
  const answer = answerTo(simulation, call, operation);
  if ((await beforeHeaders(call, 0)) === 'broken') return;
  answer();
}

/** Does what is asked for; the result sends the answer. */
function answerTo(simulation: Simulation, call: Call, operation: BatchOperation): () => void {
  const { batches } = call.dialect;
  if (batches === undefined) return () => sendRefusal(call, nothingThere);
  if (operation.action === 'create') return create(simulation, call);
  if (operation.action === 'list') return () => sendJson(call, batches.page(listed(simulation, call), call.received));
  const batch = simulation.batches.find(call.dialect.id, call.key, operation.id);
  if (batch === undefined) return () => sendRefusal(call, nothingThere);
  if (operation.action === 'cancel') batch.cancelledAt ??= call.startedAt;
  else workOff(simulation, call, batch);
  if (operation.action !== 'results') return () => sendJson(call, batches.show(batch, originOf(call)));
  if (batch.endedAt === undefined) return () => sendRefusal(call, nothingThere);
  return () => sendLines(call, batch.results.map(batches.line));
}

function create(simulation: Simulation, call: Call): () => void {
  const { dialect, body = {} } = call;
  const fileText = (id: string) => simulation.files.find(dialect.id, call.key, id)?.text;
  const read = dialect.batches!.read(body, fileText);
  if (isRefusal(read)) return () => sendRefusal(call, read);
  const ids = new Set(read.entries.map(({ customId }) => customId));
  if (ids.size < read.entries.length) return () => sendRefusal(call, invalid('custom_id: must be unique'));
  const { key, startedAt: createdAt } = call;
  const id = `${dialect.batches!.idPrefix}${call.id}`;
  const batch = simulation.batches.add({ ...read, id, key, dialect: dialect.id, createdAt });
  return () => sendJson(call, dialect.batches!.show(batch, originOf(call)));
}

function listed(simulation: Simulation, call: Call): readonly Batch[] {
  const batches = simulation.batches.list(call.dialect.id, call.key);
  for (const batch of batches) workOff(simulation, call, batch);
  return batches;
}

function originOf({ received }: Call): string {
  return `http://${String(received.headers.host ?? '')}`;
}

const nothingThere: Refusal = { refusal: 'not-found', message: 'There is no such batch, or no results of it.' };
