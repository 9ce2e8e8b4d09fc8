import type { Server } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { fileDescriptors, withMapEntryNames } from '@waybill/contracts';
import { service as healthService } from 'grpc-health-check';

/** Lets tools such as grpcurl ask which of these services there are and what their messages look like. */
export function addReflection(registrar: Pick<Server, 'addService'>, services: readonly string[]): void {
  const files = {
    ours: { fileDescriptorProtos: fileDescriptors().map((file) => Buffer.from(file)) },
    health: { fileDescriptorProtos: healthFiles().map((file) => Buffer.from(withMapEntryNames(file))) },
  };
  const reflection = new ReflectionService(files as unknown as ConstructorParameters<typeof ReflectionService>[0], {
    services: [...services, 'grpc.health.v1.Health'],
  });
  reflection.addToServer(registrar);
}

function healthFiles(): readonly Buffer[] {
  return (
    (healthService.Check?.requestType as { fileDescriptorProtos?: Buffer[] } | undefined)?.fileDescriptorProtos ?? []
  );
}
