// Which service offers what.
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
import type { ServiceDescription } from '@waybill/rpc';

const homes: readonly (readonly [ServiceDescription, ServiceName])[] = [
  [GenerationServiceDefinition, 'gateway'],
  [SelectorServiceDefinition, 'selector'],
  [LimitServiceDefinition, 'rate-limit'],
  [ProviderServiceDefinition, 'provider-adapter'],
  [TenantKeyServiceDefinition, 'provider-adapter'],
  [EvaluatorServiceDefinition, 'evaluator'],
  [CostServiceDefinition, 'cost'],
];

const homesByName = new Map(homes.map(([{ fullName }, home]) => [fullName, home]));

/** The service that offers these methods; undefined for one that is none of ours, as in tests. */
export function homeOf({ fullName }: Pick<ServiceDescription, 'fullName'>): ServiceName | undefined {
  return homesByName.get(fullName);
}

/** The same by a method's path, such as /waybill.selector.v1.SelectorService/Rank. */
export function homeOfPath(path: string): ServiceName | undefined {
  return homesByName.get(path.slice(1, path.lastIndexOf('/')));
}

/** Full names of everything a service offers. */
export function offeredBy(name: ServiceName): readonly string[] {
  return homes.filter(([, home]) => home === name).map(([{ fullName }]) => fullName);
}
