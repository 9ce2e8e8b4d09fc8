// Asks a provider which models it has.
import type { UpstreamModels } from '@waybill/contracts';
import { type Clock, type Fault, FaultError, fault, faultOf } from '@waybill/kernel';
import { type ListedModel, type ModelListWire, modelListOf } from '@waybill/providers';
import { faultToMessage } from '@waybill/rpc';
import { withoutSecret } from '../core/without-secret.ts';
import { peerName } from '../engine/peer.ts';
import { AnswerBroken, readError, readWhole } from '../engine/read.ts';
import type { IncomingAnswer, SendResult } from '../engine/send.ts';
import { startWatch, type Watch } from '../engine/watch.ts';
import type { Target } from '../ports.ts';

const listBytes = 8 * 1024 * 1024;
const mostPages = 20;

export interface ListingWorld {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Never rejects: why there is no list is told in its place. */
export async function listUpstreamModels(target: Target, world: ListingWorld): Promise<UpstreamModels> {
  const { providerId, codec, timeouts } = target;
  const wire = codec.hidesModels ? undefined : modelListOf(codec.family);
  if (wire === undefined) return { providerId, models: [], fault: faultToMessage(hasNoList) };
  const watch = startWatch(timeouts, world.signal, { peer: peerName(providerId, target.server) });
  try {
    const models = await readPages(target, wire, { watch, clock: world.clock });
    return { providerId, models, fault: undefined };
  } catch (thrown) {
    return { providerId, models: [], fault: faultToMessage(withoutSecret(faultIn(thrown), target.credential)) };
  } finally {
    watch.stop();
  }
}

const hasNoList = fault('invalid', 'this kind of provider has no list of models that Waybill can read');

interface Asking {
  readonly watch: Watch;
  readonly clock: Clock;
}

async function readPages(target: Target, wire: ModelListWire, asking: Asking): Promise<ListedModel[]> {
  const models: ListedModel[] = [];
  let next: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const body = await readPage(target, { wire, next }, asking);
    const read = wire.read(body);
    if (read === undefined) throw new FaultError(fault('upstream', 'the provider answered with no list of models'));
    models.push(...read.models);
    next = read.next;
    if (next === undefined) break;
  }
  return models;
}

interface Page {
  readonly wire: ModelListWire;
  readonly next: string | undefined;
}

async function readPage(target: Target, { wire, next }: Page, { watch, clock }: Asking): Promise<Uint8Array> {
  const { codec, credential, basePath, connection } = target;
  const nowMicros = clock.nowMicros();
  const sent = await connection.send({
    method: 'GET',
    path: `${basePath}${wire.path(next)}`,
    headers: { ...wire.headers, ...codec.authorize(credential, nowMicros) },
    body: undefined,
    signal: watch.signal,
    mayGo: () => true,
  });
  if (!sent.ok) throw new FaultError(watch.reason() ?? reasonOf(sent));
  const { answer } = sent;
  if (!isSuccess(answer)) {
    const body = await readError(answer, watch);
    throw new FaultError(codec.classify({ status: answer.status, headers: answer.headers, body }, nowMicros));
  }
  return readWhole(answer, watch, listBytes);
}

function reasonOf(sent: Extract<SendResult, { ok: false }>): Fault {
  return sent.withheld ? (sent.because ?? faultOf(undefined)) : sent.fault;
}

function isSuccess({ status }: IncomingAnswer): boolean {
  return status >= 200 && status <= 299;
}

/** A broken answer brings its own fault. */
function faultIn(thrown: unknown): Fault {
  return thrown instanceof AnswerBroken ? thrown.fault : faultOf(thrown);
}
