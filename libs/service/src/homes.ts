// Which service offers what.
import type { ServiceName } from '@waybill/config';
import {
  CostServiceDefinition,
  EvaluatorServiceDefinition,
  GenerationServiceDefinition,
  LimitServiceDefinition,
  ProviderServiceDefinition,
  SelectorServiceDefinition,
} from '@waybill/contracts';
import type { ServiceDescription } from '@waybill/rpc';

const homes: readonly (readonly [ServiceDescription, ServiceName])[] = [
  [GenerationServiceDefinition, 'gateway'],
  [SelectorServiceDefinition, 'selector'],
  [LimitServiceDefinition, 'rate-limit'],
  [ProviderServiceDefinition, 'provider-adapter'],
  [EvaluatorServiceDefinition, 'evaluator'],
  [CostServiceDefinition, 'cost'],
];

/** The service that offers these methods; undefined for one that is none of ours, as in tests. */
export function homeOf({ fullName }: Pick<ServiceDescription, 'fullName'>): ServiceName | undefined {
  return homes.find(([service]) => service.fullName === fullName)?.[1];
}

/** Full names of everything a service offers. */
export function offeredBy(name: ServiceName): readonly string[] {
  return homes.filter(([, home]) => home === name).map(([{ fullName }]) => fullName);
}
