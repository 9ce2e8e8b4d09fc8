import { type AdmitResponse, LimitServiceDefinition, ProviderServiceDefinition } from '@waybill/contracts';
import { type Fault, FaultError, fault } from '@waybill/kernel';
import type { Limits, Timeouts } from '../limits.ts';
import type { Client, Handlers, Offer, Transport } from '../ports.ts';
import { offer } from '../routes.ts';

export interface StartOptions {
  readonly limits?: Partial<Limits>;
  readonly timeouts?: Partial<Timeouts>;
}

/** A transport with the handlers behind it, up and running. */
export interface RunningTransport {
  readonly transport: Transport;
  /** What onError was told. */
  readonly errors: readonly unknown[];
  /** Refuses new calls and waits for those under way. */
  drain(): Promise<void>;
  /** Closes both ends. */
  close(): Promise<void>;
}

export interface TransportUnderTest {
  readonly name: string;
  start(offers: readonly Offer[], options: StartOptions): Promise<RunningTransport>;
}

export type LimitHandlers = Handlers<LimitServiceDefinition>;
export type ProviderHandlers = Handlers<ProviderServiceDefinition>;

/** The two services of the suite, with just the handlers a test is about. */
export function suiteOffers(
  handlers: Partial<Pick<LimitHandlers, 'admit'> & Pick<ProviderHandlers, 'attempt'>>,
): Offer[] {
  const none = () => Promise.reject(new FaultError(fault('internal', 'this test has no such handler')));
  const admit = handlers.admit ?? none;
  const attempt = handlers.attempt ?? async function* () {};
  return [
    offer(LimitServiceDefinition, { admit, settle: none, release: none, listBudgets: none, listLimits: none }),
    offer(ProviderServiceDefinition, {
      attempt,
      countTokens: none,
      listProviders: none,
      listUpstreamModels: none,
      submitBatch: none,
      findBatch: none,
      getBatch: none,
      cancelBatch: none,
      readBatch: async function* () {},
    }),
  ];
}

export function limitClient(transport: Transport): Client<LimitServiceDefinition> {
  return transport.client(LimitServiceDefinition);
}

export function providerClient(transport: Transport): Client<ProviderServiceDefinition> {
  return transport.client(ProviderServiceDefinition);
}

/** The fault something ends with. */
export async function faultFrom(work: Promise<unknown>): Promise<Fault> {
  const thrown: unknown = await work.then(
    () => new Error('it ended well'),
    (error) => error,
  );
  if (thrown instanceof FaultError) return thrown.fault;
  throw new Error('expected a FaultError', { cause: thrown });
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** Resolves when the signal aborts, with its reason. */
export function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    else signal.addEventListener('abort', () => resolve(signal.reason), { once: true });
  });
}

/** A handler's wait for something that never comes, heeding its signal as handlers should. */
export async function waitForEver(signal: AbortSignal): Promise<AdmitResponse> {
  throw await aborted(signal);
}
