// Which service may call which method of which other. Whoever is not named is refused before a handler runs.
import type { ServiceName } from '@waybill/config';
import {
  CostServiceDefinition,
  EvaluatorServiceDefinition,
  GenerationServiceDefinition,
  LimitServiceDefinition,
  ProviderServiceDefinition,
  SelectorServiceDefinition,
  TenantKeyServiceDefinition,
} from '@waybill/contracts';
import type { AllowedCallers, ServiceDescription } from '@waybill/rpc';

type CallersOf<Service extends ServiceDescription> = Readonly<Record<keyof Service['methods'], readonly ServiceName[]>>;

const fromGateway: readonly ServiceName[] = ['gateway'];
/** Nobody among the services: for people's tools, which have an entrance of their own, or for later. */
const fromNone: readonly ServiceName[] = [];

/** By full method path; every method of every service has an entry. */
export const allowedCallers: AllowedCallers = Object.fromEntries([
  ...callersOf(GenerationServiceDefinition, {
    generate: fromNone,
    generateStream: fromNone,
    complete: fromNone,
    embed: fromNone,
    estimateCost: fromNone,
  }),
  ...callersOf(SelectorServiceDefinition, { rank: fromGateway, listModels: fromGateway, reportOutcome: fromGateway }),
  ...callersOf(LimitServiceDefinition, {
    admit: fromGateway,
    settle: fromGateway,
    release: fromGateway,
    listBudgets: fromGateway,
    listLimits: fromGateway,
  }),
  ...callersOf(ProviderServiceDefinition, {
    attempt: fromGateway,
    countTokens: fromGateway,
    listProviders: fromGateway,
    listUpstreamModels: fromGateway,
    submitBatch: fromGateway,
    findBatch: fromGateway,
    getBatch: fromGateway,
    cancelBatch: fromGateway,
    readBatch: fromGateway,
  }),
  ...callersOf(TenantKeyServiceDefinition, {
    storeTenantKey: fromGateway,
    listTenantKeys: fromGateway,
    replaceTenantKey: fromGateway,
    removeTenantKey: fromGateway,
    rewrapTenantKeys: fromGateway,
  }),
  ...callersOf(EvaluatorServiceDefinition, { submit: fromGateway, evaluate: fromNone }),
  ...callersOf(CostServiceDefinition, { getSpend: fromGateway, explainCall: fromGateway, getLedgerHead: fromNone }),
]);

function callersOf<Service extends ServiceDescription>(
  { fullName, methods }: Service,
  callers: CallersOf<Service>,
): Array<[path: string, callers: readonly ServiceName[]]> {
  return Object.entries(methods).map(([key, { name }]) => [`/${fullName}/${name}`, callers[key] ?? fromNone]);
}
