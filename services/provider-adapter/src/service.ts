// The wiring of provider-adapter: providers and their keys -> targets, breakers -> ProviderService.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Configuration } from '@waybill/config';
import { type BreakerChanged, ProviderServiceDefinition, TenantKeyServiceDefinition } from '@waybill/contracts';
import { type EventDraft, type EventProducer, events } from '@waybill/event-log';
import { eventIdOf, type Fault, FaultError, fault, faultOf } from '@waybill/kernel';
import { type Handlers, offer } from '@waybill/rpc';
import { type Finding, type ServiceContext, type ServiceDefinition, withDistributedStores } from '@waybill/service';
import { envelopeBy } from './adapters/envelope.ts';
import { openEncryption } from './adapters/key-encryption/open.ts';
import { openMongoSealedKeys } from './adapters/mongo-sealed-keys.ts';
import { prometheusMeters } from './adapters/prometheus-meters.ts';
import { recordingFiles } from './adapters/recording-files.ts';
import { simulatedUpstream } from './adapters/simulated-upstream.ts';
import { openSqliteSealedKeys, tenantKeysFile } from './adapters/sqlite-sealed-keys.ts';
import { connectOwn, openTargets } from './adapters/targets.ts';
import { rerunCommand } from './commands/rerun.ts';
import { isRewrapDue } from './core/tenant-key.ts';
import { readOwnAddress } from './engine/own-address.ts';
import type { Recordings, SealedKey, SealedKeys, Target } from './ports.ts';
import { providerHandlers } from './rpc/provider-handlers.ts';
import { tenantKeyHandlers } from './rpc/tenant-key-handlers.ts';
import { openAccess } from './usecases/access.ts';
import { type Breakers, createBreakers, statesByModel } from './usecases/breakers.ts';
import { checkHealth } from './usecases/check-health.ts';
import { keepRecordings, openExchanges } from './usecases/exchanges.ts';
import { observeAttempts } from './usecases/observe-attempt.ts';
import { offlineTarget } from './usecases/offline-connection.ts';
import { openedKeys } from './usecases/opened-keys.ts';
import { openTenantKeyBook } from './usecases/tenant-key-book.ts';
import { tenantTargets } from './usecases/tenant-targets.ts';
import { watchPins } from './usecases/watch-pins.ts';
import { rewrapsDue, watchRewrapDue } from './usecases/watch-rewrap-due.ts';

export const providerAdapterService: ServiceDefinition = {
  name: 'provider-adapter',
  async start(context) {
    const { configuration, clock, log } = context;
    const producer = await context.openProducer();
    const simulated = simulatedUpstream(configuration.simulator);
    const offline = openOffline(context);
    const targets = mapped(await openTargets(configuration, simulated, clock), offline.of);
    const life = new AbortController();
    const tenantKeys = await openTenantKeys(context, { producer, targets, offline, signal: life.signal });
    let written: Promise<unknown> = Promise.resolve();
    const breakers = createBreakers(clock, (change) => {
      log.warn({ change }, 'breaker changed');
      written = producer
        .append([breakerDraft(context, change)])
        .catch((err: unknown) => context.alarm('notice_not_written', { err }));
    });
    const observe = observeAttempts({ spans: context.spans, meters: prometheusMeters(context.metrics) });
    watchBreakers(context, targets, breakers);
    const access = openAccess({ breakers, clock, alarm: context.alarm });
    const checking = checkHealth({ targets, access, clock, signal: life.signal });
    const { tenants } = tenantKeys;
    const asked = watchPins(providerHandlers({ targets, access, clock, observe, tenants }), (drift) =>
      context.alarm('model_drift', { ...drift }),
    );
    const handlers = offline.kept(asked);
    return {
      offers: [offer(ProviderServiceDefinition, handlers), offer(TenantKeyServiceDefinition, tenantKeys.handlers)],
      async close() {
        life.abort();
        await checking;
        await tenantKeys.close();
        await Promise.all([...targets.values()].map(({ connection }) => connection.close()));
        await simulated.close();
        await written;
        await producer.close();
      },
    };
  },
  diagnose: diagnoseTenantKeys,
  commands: [rerunCommand((configuration) => recordingsOf(configuration, configuration.storage.dataDirectory))],
};

function recordingsOf({ offline }: Configuration, dataDirectory: string): Recordings {
  return recordingFiles(offline.folder ?? join(dataDirectory, 'recordings'));
}

/** What stands between attempts and providers while answers are recorded or played back; nothing where that is off. */
function openOffline({ configuration, clock, dataDirectory, log, alarm }: ServiceContext) {
  const { mode, timing } = configuration.offline;
  if (mode === 'off') return { of: (target: Target) => target, kept: (handlers: ProviderHandlers) => handlers };
  const recordings = recordingsOf(configuration, dataDirectory);
  const exchanges = openExchanges();
  const nowIso = () => new Date(Number(clock.nowMicros() / 1_000n)).toISOString();
  log.warn(
    { mode, folder: recordings.place },
    'answers of providers are recorded or played back: prompts and answers are kept in files',
  );
  return {
    of: (target: Target) => offlineTarget(target, { mode, timing, recordings, exchanges, clock }),
    kept: (handlers: ProviderHandlers) => keepRecordings(handlers, { exchanges, recordings, nowIso, alarm }),
  };
}

type Targets = ReadonlyMap<string, Target>;
type ProviderHandlers = Handlers<ProviderServiceDefinition>;

function mapped(targets: Targets, change: (target: Target) => Target): Targets {
  return new Map([...targets].map(([id, target]) => [id, change(target)]));
}

/** Of stored keys, where there are any: whether what encrypts them is due to be changed. */
async function diagnoseTenantKeys(configuration: Configuration): Promise<readonly Finding[]> {
  const check = 'keys of tenants';
  const { storage, tenantKeys } = configuration;
  const file = tenantKeysFile(storage.dataDirectory);
  if (storage.distributed === undefined && !existsSync(file)) return [];
  const age = { nowMicros: BigInt(Date.now()) * 1_000n, afterDays: tenantKeys.rewrapAfterDays };
  try {
    const keys = await storedKeys(configuration, file);
    const due = keys.filter((key) => isRewrapDue(key, age)).length;
    const fix = `; ${due} due to be encrypted anew: waybill keys provider rewrap --new-key`;
    return [{ check, ok: due === 0, detail: `${keys.length} stored${due === 0 ? '' : fix}` }];
  } catch (thrown) {
    return [{ check, ok: false, detail: faultOf(thrown).message }];
  }
}

async function storedKeys(configuration: Configuration, file: string): Promise<readonly SealedKey[]> {
  const allIn = (store: SealedKeys) => store.all().finally(store.close);
  if (configuration.storage.distributed === undefined) return allIn(openSqliteSealedKeys(file));
  return withDistributedStores(configuration, async ({ mongodb }) => allIn(await openMongoSealedKeys(mongodb)));
}

interface TenantKeyMeans {
  readonly producer: EventProducer;
  readonly targets: Targets;
  readonly offline: { of(target: Target): Target };
  readonly signal: AbortSignal;
}

/** The keys that tenants have stored: who administers them, and who is served by them. */
async function openTenantKeys(context: ServiceContext, { producer, targets, offline, signal }: TenantKeyMeans) {
  const { configuration, clock, dataDirectory, mongodb, log, alarm } = context;
  const { allowPrivate, rewrapAfterDays } = configuration.tenantKeys;
  const nowIso = () => new Date(Number(clock.nowMicros() / 1_000n)).toISOString();
  const store = mongodb ? await openMongoSealedKeys(mongodb) : openSqliteSealedKeys(tenantKeysFile(dataDirectory));
  const envelope = envelopeBy(
    openEncryption({ configuration, dataDirectory, isShared: mongodb !== undefined, nowIso }),
  );
  const onFailed = (err: Fault) =>
    log.warn({ err }, 'keys of tenants that others change are not heard of for the moment');
  const book = await openTenantKeyBook({ store, signal, onFailed });
  const append = (drafts: readonly EventDraft[]) => producer.append(drafts);
  const age = () => ({ nowMicros: clock.nowMicros(), afterDays: rewrapAfterDays });
  void watchRewrapDue({ book, signal, age, alarm });
  context.metrics.watch('waybill_tenant_keys_due', 'Keys of tenants whose encryption is due to be changed.', {
    read: () => [{ value: rewrapsDue(book, age()) }],
  });
  const tenants = tenantTargets({
    book,
    openKey: openedKeys({ ...context, envelope, append }),
    connectOwn(target, baseUrl) {
      const place = connectOwn(target, baseUrl, { allowPrivate });
      return place.ok ? { ok: true, value: offline.of({ ...target, ...place.value }) } : place;
    },
  });
  const refuseProvider = (providerId: string) => refusalOf(targets.get(providerId), providerId);
  const readAddress = (baseUrl: string) => readOwnAddress(baseUrl, { allowPrivate });
  const world = { ...context, store, book, envelope, append, refuseProvider, readAddress };
  return {
    tenants,
    handlers: tenantKeyHandlers({ world, rewrapAfterDays }),
    async close() {
      await tenants.close();
      await store.close();
      await envelope.close();
    },
  };
}

function refusalOf(target: Target | undefined, providerId: string): FaultError | undefined {
  if (target === undefined) return new FaultError(fault('not_found', `no provider ${providerId} is configured here`));
  if (target.tenantKeys !== 'refused') return undefined;
  return new FaultError(fault('forbidden', `${providerId} is served by the shared key alone (tenant_keys: refused)`));
}

function watchBreakers({ metrics }: ServiceContext, targets: Targets, breakers: Breakers): void {
  const states = { closed: 0, half_open: 1, open: 2 } as const;
  metrics.watch('waybill_breaker_state', '0 closed, 1 let through to see whether it is back, 2 open.', {
    labels: ['provider', 'upstream_model'],
    read: () =>
      [...targets.values()].flatMap((target) =>
        [...statesByModel(breakers, target)].map(([model, state]) => ({
          labels: { provider: target.providerId, upstream_model: model },
          value: states[state],
        })),
      ),
  });
}

function breakerDraft(context: ServiceContext, change: BreakerChanged): EventDraft {
  const streamId = `breaker/${change.providerId}/${change.upstreamModel}`;
  const id = context.newId('change');
  return events.breakerChanged.draft({
    eventId: eventIdOf(streamId, id),
    tenantId: '',
    streamId,
    correlationId: id,
    occurredAtMicros: context.clock.nowMicros(),
    payload: change,
  });
}
